/*
 * The keeper's own loop on a simulated clock, channel and failing disk, driven by a seed: callers
 * at once, crashes, faults, clock jumps, seals.  Of each history must hold:
 *
 *   - every secret is linearizable: a read shows the version last answered before it was asked,
 *     or a later one, with the value that was written as that version; no version is given twice;
 *     cas is kept; what was answered survives a crash; what was destroyed stays so;
 *   - a named key's versions only grow, and what it encrypted opens;
 *   - its rotations come once in each period by the clock of due.h, none doubled, none skipped;
 *   - whatever was answered is in the audit, and the audit's chain verifies.
 *
 * Real: the loop, batches and their thread, workers, chores, records, LMDB, the audit's file.
 * Simulated: the clocks, randomness, the gates' channel (below), mdb_txn_commit's and fdatasync's
 * failures.  A crash loses what the process held; what was committed stands in memory's files.
 *
 *     SEEDS=n SEED=first BUILD/tests/unit/test_loop      TELL=1: tell a history that holds, too
 */
#include <dlfcn.h>
#include <lmdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "client/verify.h"
#include "tests/fuzz/inside.h"
/* For what is static in them: the turn of the loop, and a clock that a new process forgets. */
#include "vaultd/keeper/due.c"
#include "vaultd/keeper/keeper.c"

#define SECRETS 3
#define SLOTS 8      /* requests under way at once */
#define VERSIONS 256 /* of a secret or a key in one history */
#define CIPHERTEXTS 4
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define STEPS 30
#define ANSWERS 512
#define HOUR (3600 * CLOCK_SECOND)
#define YEAR (365 * 24 * HOUR)
#define PERIOD (24 * HOUR)
#define LATE (AGENDA_BUCKET * 3 + DUE_MARK_EVERY) /* most that a rotation may come late */

enum what { WRITE, READ, DESTROY, ENCRYPT, DECRYPT, KEY, OTHER };

/* A request under way, and what was known when it was asked. */
struct asked {
	bool used, answered;
	enum what what;
	unsigned key;
	int cas; /* -1: none */
	unsigned value, version; /* written; destroyed; of a ciphertext */
	unsigned floor, certain; /* versions answered; cas that must hold, or 0 */
	unsigned status;
	enum caller who;
	char target[64], body[1024];
	char reply[4096];
};

struct secret_model {
	unsigned acked;            /* highest version answered */
	unsigned value[VERSIONS];  /* by version; 0: not known */
	bool destroyed[VERSIONS];  /* answered so */
	bool destroying[VERSIONS]; /* asked */
	unsigned maybe;            /* writes that were asked and may yet be, or were lost */
};

static struct keeper *k;
static struct config *config;
static struct asked slots[SLOTS];
static struct secret_model secrets[SECRETS];
static struct {
	unsigned version;
	int64_t low[VERSIONS], high[VERSIONS]; /* it was made after low, by high */
	int64_t boot; /* the newest was seen first, by time that nobody sets */
	char text[CIPHERTEXTS][512];
	unsigned texts;
} transit_key;
static struct {
	char at[ANSWERS][40];
	unsigned count;
} ids_answered;

static void clean(void);

static uint64_t seed, state;
static unsigned values;
static int64_t wall_ns, boot_ns, peers_boot;
static int main_end;
static char share[256], dir_path[64];
static struct buf template_store, template_audit;
static struct buf told;
static _Atomic int fail_commit, fail_sync, fail_write; /* errno of the next, 0: none */
static bool write_failed; /* in this turn of the loop */
static _Atomic bool sync_failed; /* the audit's, which only a new process trusts again */

/* ---- chance ---- */

static uint64_t
next(void)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static unsigned
below(unsigned n)
{
	return (unsigned)(next() % n);
}

/*
 * For ids and nonces, so that a history is the same again: where a key stands in its period comes
 * of its mount's uuid.  Threads draw from streams of their own.
 */
static _Thread_local uint64_t drawn = 0x5eed;

static void
sim_random(void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
		uint64_t z;

		drawn += UINT64_C(0x9e3779b97f4a7c15);
		z = (drawn ^ (drawn >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		memcpy((char *)bytes + i, &z, len - i < sizeof(z) ? len - i : sizeof(z));
	}
}

static int64_t
sim_wall(void)
{
	return wall_ns;
}

static int64_t
sim_boot(void)
{
	return boot_ns;
}

#define tell(...) (buf_printf(&told, __VA_ARGS__), buf_put(&told, "\n", 1))

static _Noreturn void
end_broken(void)
{
	printf("not ok - history of SEED=%llu\n%.*s", (unsigned long long)seed,
	    STR(buf_str(&told)));
	fflush(stdout);
	clean();
	_exit(1);
}

/* The history does not hold: why. */
#define broken(...) (tell(__VA_ARGS__), end_broken())

/* ---- the disk's failures ---- */

int
mdb_txn_commit(MDB_txn *txn)
{
	static int (*real)(MDB_txn *);
	int rc = fail_commit;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "mdb_txn_commit");
	if (rc == 0)
		return real(txn);
	fail_commit = 0;
	mdb_txn_abort(txn);
	return rc;
}

int
fdatasync(int fd)
{
	int rc = fail_sync;

	(void)fd; /* files in memory need none */
	fail_sync = 0;
	if (rc == 0)
		return 0;
	sync_failed = true;
	errno = rc;
	return -1;
}

/* The audit's: half of it is written, then nothing. */
ssize_t
write(int fd, const void *bytes, size_t len)
{
	struct stat st;

	if (fail_write == 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return syscall(SYS_write, fd, bytes, len);
	if (fail_write == EAGAIN && len > 1) {
		fail_write = ENOSPC;
		return syscall(SYS_write, fd, bytes, len / 2);
	}
	errno = ENOSPC;
	fail_write = 0;
	write_failed = true;
	return -1;
}

/* ---- the audit ---- */

static void
read_file(const char *name, struct buf *out)
{
	int fd = openat(inside_dir, name, O_RDONLY | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);

	buf_clear(out);
	must(fd >= 0 && pread(fd, buf_reserve(out, (size_t)size), (size_t)size, 0) == size, name,
	    NULL);
	out->len = (size_t)size;
	close(fd);
}

/* The answer's own line, not only the intent's. */
static void
must_be_audited(const struct buf *text, const char *id)
{
	const char *at = (const char *)text->data, *end = at + text->len;

	while (at < end) {
		const char *hit = memmem(at, (size_t)(end - at), id, 36);
		const char *from = hit != NULL ? memrchr(at, '\n', (size_t)(hit - at)) : NULL;
		const char *to = hit != NULL ? memchr(hit, '\n', (size_t)(end - hit)) : NULL;

		if (to == NULL)
			break;
		from = from != NULL ? from : at;
		if (memmem(from, (size_t)(to - from), "\"type\":\"response\"", 17) != NULL)
			return;
		at = to;
	}
	broken("%s was answered and its answer is not in the audit", id);
}

/* ---- the gates: every slot is a connection ---- */

struct gates {
	struct outbox *outbox;
};

struct gates *
gates_new(void)
{
	struct gates *g = calloc(1, sizeof(*g));

	g->outbox = outbox_new();
	return g;
}

void
gates_free(struct gates **g)
{
	if (*g != NULL)
		outbox_free(&(*g)->outbox);
	free(*g);
	*g = NULL;
}

struct outbox *
gates_outbox(struct gates *g)
{
	return g->outbox;
}

struct peer *
gates_peer(struct gates *g, uint64_t serial, struct conn_name conn)
{
	(void)g, (void)serial;
	return peers_find(peers, (struct conn_name){(uint32_t)slots[conn.number].who + 1, 1},
	    peers_boot);
}

static void heard(struct asked *s);

void
gates_reply(struct gates *g, uint64_t serial, struct str reply)
{
	struct frame_reply r;
	struct asked *s;
	unsigned known = ids_answered.count;
	struct buf text = BUF_INIT;

	(void)g, (void)serial;
	if (!frame_get_reply(reply, &r) || r.conn.number >= SLOTS)
		broken("a reply to nobody");
	s = &slots[r.conn.number];
	if (!s->used || s->answered)
		broken("a second reply for %s", s->target);
	s->answered = true;
	s->status = r.status;
	snprintf(s->reply, sizeof(s->reply), "%.*s", STR(r.body));
	heard(s);
	if (write_failed && ids_answered.count > known) {
		read_file(AUDIT_FILE, &text); /* it must be there before the reply leaves */
		must_be_audited(&text, ids_answered.at[known]);
		buf_free(&text);
	}
}

static struct asked *arrived[SLOTS];
static unsigned arrived_count;

/* What has come in since the last turn, in any order. */
void
gates_read(struct keeper *keeper)
{
	while (arrived_count > 0) {
		unsigned i = below(arrived_count);
		struct asked *s = arrived[i];
		struct errand e = {.gate = 1, .conn = {(uint32_t)(s - slots), 1}};
		struct frame_request f = {.conn = e.conn,
		    .method = s->body[0] != '\0' ? METHOD_PUT : METHOD_GET,
		    .target = str_of(s->target),
		    .body = str_of(s->body)};
		struct buf payload = BUF_INIT;

		arrived[i] = arrived[--arrived_count];
		frame_put_request(&payload, &f);
		turns_serve(keeper, gates_peer(NULL, 1, e.conn), &f, &e, buf_str(&payload));
		buf_free(&payload);
	}
}

void gates_add(struct keeper *keeper, uint32_t index, int fd) { (void)keeper, (void)index, (void)fd; }
unsigned gates_count(const struct gates *g) { (void)g; return 1; }
unsigned gates_listening(const struct gates *g) { (void)g; return 1; }
unsigned gates_connections(const struct gates *g) { (void)g; return SLOTS; }
unsigned gates_poll(struct gates *g, struct pollfd *p) { (void)g, (void)p; return 0; }
bool gates_full(const struct gates *g) { (void)g; return false; }
bool gates_wait(const struct gates *g) { (void)g; return false; }
void gates_write(struct keeper *keeper) { (void)keeper; }
void gates_send_tls(struct keeper *keeper) { (void)keeper; }
void gates_drain(struct gates *g) { (void)g; }
void gates_recheck(struct keeper *keeper) { (void)keeper; }

/* ---- the keeper's process ---- */

static void
start(void)
{
	struct error err = ERROR_INIT;
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0,
	    "socketpair", NULL);
	main_end = ends[1];
	last.now = last.boot = 0;
	sync_failed = false;
	k = calloc(1, sizeof(*k));
	k->main = channel_new(ends[0], SIDE_KEEPER, SIDE_MAIN);
	k->config = config;
	k->trust = inside.trust;
	k->service = (struct service){.config = k->config,
	    .trust = k->trust,
	    .arena = inside.arena,
	    .metrics = &k->metrics,
	    .revoked = &k->revoked};
	k->service.vault = vault_new(inside_dir, UINT64_C(1) << 28, "na1", &err);
	must(k->service.vault != NULL, "store", &err);
	k->service.audit = audit_open(inside_dir, AUDIT_FILE, false, &err);
	must(k->service.audit != NULL, "audit", &err);
	k->hooks = hooks_new(false);
	k->gates = gates_new();
	k->batch = batch_new();
	k->workers = workers_new();
	k->waiters = waiters_new();
	k->chores = chores_new();
}

/* It dies: nothing is flushed, nobody answered.  A commit under way ends, or has failed. */
static void
die(void)
{
	batch_free(&k->batch);
	workers_free(&k->workers);
	waiters_free(&k->waiters);
	chores_free(&k->chores);
	plans_free(&k->service.plans);
	readers_free(&k->service.readers);
	hooks_free(&k->hooks);
	gates_free(&k->gates);
	authority_free(&k->service.authority);
	mounts_free(&k->service.mounts);
	named_free(&k->service.named);
	usage_free(&k->service.usage);
	vault_free(&k->service.vault);
	audit_close(&k->service.audit);
	channel_free(&k->main);
	buf_free(&k->revoked);
	close(main_end);
	free(k);
	k = NULL;
	fail_commit = fail_sync = fail_write = 0;
	arrived_count = 0;
}

/*
 * One turn of the loop.  What it gave to the threads is done when it ends, so that a history does
 * not hang on how fast they are; the loop hears of it in a turn that waits for it.
 */
static void
take_turn(bool wait)
{
	struct pollfd fixed[FIXED] = {{.fd = -1}, {batch_fd(k->batch), POLLIN, 0},
	    {workers_fd(k->workers), POLLIN, 0}, {.fd = -1}};
	struct error err = ERROR_INIT;
	char rest[4096];

	if (wait)
		poll(fixed, FIXED, 0);
	write_failed = false;
	if (turn(k, fixed, &err) != 0)
		broken("the loop ended: %s", err.text);
	if (!batch_idle(k->batch))
		poll(fixed + 1, 1, 2000);
	if (!workers_idle(k->workers))
		poll(fixed + 2, 1, 2000);
	while (recv(main_end, rest, sizeof(rest), 0) > 0)
		;
	boot_ns += CLOCK_SECOND / 1000;
	wall_ns += CLOCK_SECOND / 1000;
}

static bool
busy(void)
{
	bool any = !batch_idle(k->batch) || !workers_idle(k->workers);

	for (unsigned i = 0; i < SLOTS; i++)
		any |= slots[i].used && !slots[i].answered;
	return any;
}

static void
settle(void)
{
	for (unsigned i = 0; busy(); i++) {
		if (i == 1000)
			broken("a request is never answered");
		take_turn(true);
	}
}

/* ---- asking ---- */

static struct asked *
free_slot(void)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (!slots[i].used || slots[i].answered) {
			memset(&slots[i], 0, sizeof(slots[i]));
			slots[i].used = true;
			slots[i].cas = -1;
			slots[i].who = ANYBODY;
			return &slots[i];
		}
	return NULL;
}

static void
ask(struct asked *s)
{
	tell("%lld ask %td %s %s", (long long)(boot_ns / 1000000), s - slots, s->target, s->body);
	arrived[arrived_count++] = s;
}

/* One that is waited for; its status. */
static struct asked *
ask_now(enum caller who, const char *target, const char *body)
{
	struct asked *s;

	settle();
	s = free_slot();
	s->what = OTHER;
	s->who = who;
	snprintf(s->target, sizeof(s->target), "%s", target);
	snprintf(s->body, sizeof(s->body), "%s", body);
	ask(s);
	take_turn(false);
	settle();
	return s;
}

static unsigned
number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at == NULL ? 0 : (unsigned)strtoul(at + strlen(name), NULL, 10);
}

static void
ask_write(struct asked *s)
{
	struct secret_model *m = &secrets[s->key];

	s->what = WRITE;
	s->value = ++values;
	if (below(3) == 0)
		s->cas = (int)(m->acked - (m->acked > 0 && below(3) == 0));
	if (m->maybe == 0 && s->cas == (int)m->acked)
		s->certain = m->acked + 1;
	m->maybe++;
	if (s->cas >= 0)
		snprintf(s->body, sizeof(s->body),
		    "{\"data\":{\"v\":%u},\"options\":{\"cas\":%d}}", s->value, s->cas);
	else
		snprintf(s->body, sizeof(s->body), "{\"data\":{\"v\":%u}}", s->value);
}

static void
submit(void)
{
	struct asked *s = free_slot();
	struct secret_model *m;

	if (s == NULL)
		return;
	s->key = below(SECRETS);
	m = &secrets[s->key];
	s->floor = m->acked;
	snprintf(s->target, sizeof(s->target), "/v1/secret/data/s%u", s->key);
	switch (below(10)) {
	case 0: case 1: case 2: case 3:
		ask_write(s);
		break;
	case 4: case 5: case 6:
		s->what = READ;
		break;
	case 7:
		if (m->acked > 0 && below(2) == 0) {
			s->what = DESTROY;
			s->version = 1 + below(m->acked);
			m->destroying[s->version] = true;
			snprintf(s->target, sizeof(s->target), "/v1/secret/destroy/s%u", s->key);
			snprintf(s->body, sizeof(s->body), "{\"versions\":[%u]}", s->version);
			break;
		}
		s->what = KEY;
		snprintf(s->target, sizeof(s->target), "/v1/transit/keys/k");
		s->floor = transit_key.version;
		break;
	case 8:
		s->what = ENCRYPT;
		s->floor = transit_key.version;
		snprintf(s->target, sizeof(s->target), "/v1/transit/encrypt/k");
		snprintf(s->body, sizeof(s->body), "{\"plaintext\":\"QUJD\"}");
		break;
	default:
		if (transit_key.texts == 0) {
			s->what = READ;
			break;
		}
		s->what = DECRYPT;
		snprintf(s->target, sizeof(s->target), "/v1/transit/decrypt/k");
		snprintf(s->body, sizeof(s->body), "{\"ciphertext\":\"%s\"}",
		    transit_key.text[below(transit_key.texts)]);
	}
	ask(s);
}

/* ---- the model ---- */

/* A version of a secret was seen with this value. */
static void
note_version(struct secret_model *m, unsigned version, unsigned value)
{
	if (version == 0 || version >= VERSIONS)
		broken("version %u", version);
	if (m->value[version] != 0 && m->value[version] != value)
		broken("version %u holds %u, and %u", version, m->value[version], value);
	for (unsigned i = 1; i < VERSIONS; i++)
		if (i != version && m->value[i] == value)
			broken("value %u is version %u and %u", value, i, version);
	m->value[version] = value;
}

static void
heard_write(struct asked *s, struct secret_model *m)
{
	unsigned version = number(s->reply, "\"version\":");

	if (s->status == 200) {
		if (version <= s->floor || (s->cas >= 0 && version != (unsigned)s->cas + 1))
			broken("a write was given version %u, with %u before and cas %d", version,
			    s->floor, s->cas);
		note_version(m, version, s->value);
		if (version > m->acked)
			m->acked = version;
		m->maybe--;
	} else if (s->status == 400 && s->cas >= 0) {
		if (s->certain != 0 && m->acked + 1 == s->certain && m->maybe == 1)
			broken("cas %d was refused", s->cas);
		m->maybe--;
	} else if (s->status == 503 || s->status == 507) {
		m->maybe--;
	} else if (s->status != 500) {
		broken("a write got %u", s->status);
	}
}

static void
heard_read(struct asked *s, struct secret_model *m)
{
	unsigned version = number(s->reply, "\"version\":");
	bool gone = version != 0 && version < VERSIONS && m->destroying[version];

	if (s->status == 200) {
		if (version < s->floor || m->destroyed[version])
			broken("read version %u, answered was %u%s", version, s->floor,
			    m->destroyed[version] ? ", destroyed" : "");
		note_version(m, version, number(s->reply, "\"v\":"));
	} else if (s->status == 404) {
		if (s->floor != 0 && (!gone || version < s->floor))
			broken("version %u is lost", s->floor);
	} else if (s->status != 503 && s->status != 500) {
		broken("a read got %u", s->status);
	}
}

/* The key stands at this version now, by the clock that it is rotated by. */
static void
saw_version(unsigned version, unsigned floor)
{
	if (version < floor || version == 0 || version >= VERSIONS)
		broken("the key went from version %u to %u", floor, version);
	while (transit_key.version < version) {
		unsigned v = ++transit_key.version;

		transit_key.high[v] = due_now();
		transit_key.boot = boot_ns;
		for (unsigned i = 2; i < v; i++)
			if (transit_key.high[v] - transit_key.low[i] <
			    (int64_t)(v - i) * (PERIOD - PERIOD / 6))
				broken("versions %u and %u are %lld s apart", i, v,
				    (long long)((transit_key.high[v] - transit_key.low[i]) /
						CLOCK_SECOND));
	}
	if (version + 1 < VERSIONS)
		transit_key.low[version + 1] = due_now();
}

static void
heard_cipher(struct asked *s)
{
	const char *from = strstr(s->reply, "\"vault:v"), *to;

	if (s->what == DECRYPT && strstr(s->reply, "\"QUJD\"") == NULL)
		broken("what the key encrypted does not open");
	if (s->what != ENCRYPT || transit_key.texts == CIPHERTEXTS || from == NULL)
		return;
	to = strchr(++from, '"');
	snprintf(transit_key.text[transit_key.texts++], sizeof(transit_key.text[0]), "%.*s",
	    (int)(to - from), from);
	if (number(from, "vault:v") < s->floor)
		broken("encrypted by version %u, with %u before", number(from, "vault:v"), s->floor);
}

static void
heard(struct asked *s)
{
	struct secret_model *m = &secrets[s->key];
	const char *id = strstr(s->reply, "\"request_id\":\"");

	tell("%lld got %td %u %.900s", (long long)(boot_ns / 1000000), s - slots, s->status,
	    s->reply);
	if (id != NULL && id[14] != '"' && ids_answered.count < ANSWERS)
		snprintf(ids_answered.at[ids_answered.count++], 40, "%.36s", id + 14);
	switch (s->what) {
	case WRITE:
		heard_write(s, m);
		break;
	case READ:
		heard_read(s, m);
		break;
	case DESTROY:
		if (s->status < 300)
			m->destroyed[s->version] = true;
		break;
	case KEY:
		if (s->status == 200)
			saw_version(number(s->reply, "\"latest_version\":"), s->floor);
		else if (s->status != 503 && s->status != 500)
			broken("the key got %u", s->status);
		break;
	case ENCRYPT:
	case DECRYPT:
		if (s->status == 200)
			heard_cipher(s);
		else if (s->status != 503 && s->status != 500)
			broken("the key got %u", s->status);
		break;
	default:
		break;
	}
}

/* ---- what happens ---- */

/* Those under way will never hear; what they wrote may be there, or not. */
static void
restart(void)
{
	tell("crash");
	die();
	for (unsigned i = 0; i < SLOTS; i++)
		slots[i].answered = true;
	start();
}

static void
unseal(void)
{
	for (unsigned i = 0; vault_state(k->service.vault) != VAULT_OPEN; i++) {
		if (i == 10)
			broken("the vault does not open");
		if (i == 1 && sync_failed)
			restart();
		ask_now(OPERATOR, "/v1/sys/unseal", share);
	}
}

/* Time for the chores, with no fault: what is due has been done. */
static void
look_at_key(void)
{
	struct asked *s;

	settle();
	fail_commit = fail_sync = fail_write = 0;
	unseal();
	for (unsigned i = 0; i < 3; i++) {
		boot_ns += 61 * CLOCK_SECOND; /* a chore that failed waits a minute */
		wall_ns += 61 * CLOCK_SECOND;
		take_turn(false);
		settle();
	}
	settle();
	s = free_slot();
	s->what = KEY;
	s->floor = transit_key.version;
	snprintf(s->target, sizeof(s->target), "/v1/transit/keys/k");
	ask(s);
	settle();
	if (s->status != 200)
		broken("the key got %u", s->status);
	if (boot_ns - transit_key.boot > PERIOD + PERIOD / 4) /* set back, due_now is slower */
		broken("the key was not rotated for %lld s of real time",
		    (long long)((boot_ns - transit_key.boot) / CLOCK_SECOND));
	if (due_now() - transit_key.high[transit_key.version] > PERIOD + LATE)
		broken("the key was not rotated for %lld s",
		    (long long)((due_now() - transit_key.high[transit_key.version]) / CLOCK_SECOND));
}

static void
crash(void)
{
	restart();
	unseal();
}

static void
happen(void)
{
	int64_t jump;

	switch (below(16)) {
	case 0:
		crash();
		break;
	case 1:
		switch (below(4)) {
		case 0:
			fail_commit = below(3) == 0 ? EIO : ENOSPC;
			break;
		case 1:
			fail_sync = EIO;
			break;
		default: /* at once, or after half a line */
			fail_write = below(2) == 0 ? ENOSPC : EAGAIN;
		}
		tell("fault: commit %d, sync %d, write %d", fail_commit, fail_sync, fail_write);
		break;
	case 2:
		jump = (int64_t)(next() % (uint64_t)YEAR) * (below(2) == 0 ? 1 : -1);
		tell("wall clock jumps %lld s", (long long)(jump / CLOCK_SECOND));
		wall_ns += jump;
		look_at_key();
		break;
	case 3:
	case 4:
		settle();
		fail_sync = 0; /* a crash loses minutes of due_now, not the hours of one step */
		if (sync_failed)
			crash();
		jump = (int64_t)(next() % (uint64_t)(20 * HOUR));
		tell("%lld s pass", (long long)(jump / CLOCK_SECOND));
		wall_ns += jump;
		boot_ns += jump;
		look_at_key();
		break;
	case 5:
		tell("seal");
		ask_now(OPERATOR, "/v1/sys/seal", "{}");
		if (below(2) == 0)
			submit();
		take_turn(false);
		unseal();
		break;
	default:
		for (unsigned n = 1 + below(4); n > 0; n--)
			submit();
		take_turn(below(2) == 0);
		if (vault_state(k->service.vault) != VAULT_OPEN)
			unseal();
	}
}

static void
fault_of_audit(void *arg, const char *file, uint64_t line, const char *text)
{
	(void)arg, (void)file;
	tell("audit, line %llu: %s", (unsigned long long)line, text);
}

static void
write_file(const char *name, const struct buf *bytes)
{
	int fd = openat(inside_dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, bytes->data, bytes->len) == (ssize_t)bytes->len, name, NULL);
	close(fd);
}

static void
check_audit(void)
{
	static const struct verify_want any;
	struct verifier *v = verify_new(&any, fault_of_audit, NULL);
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;
	char path[96];

	snprintf(path, sizeof(path), "%s/" AUDIT_FILE, dir_path);
	must(verify_file(v, path, &err) == 0, path, &err);
	if (!verify_end(v))
		broken("the audit does not verify");
	verify_free(&v);
	read_file(AUDIT_FILE, &text);
	for (unsigned i = 0; i < ids_answered.count; i++)
		must_be_audited(&text, ids_answered.at[i]);
	buf_free(&text);
}

static void
check_secrets(void)
{
	for (unsigned i = 0; i < SECRETS; i++) {
		struct asked *s = free_slot();

		s->what = READ;
		s->key = i;
		s->floor = secrets[i].acked;
		snprintf(s->target, sizeof(s->target), "/v1/secret/data/s%u", i);
		ask(s);
		settle();
		if (s->status != 200 && s->status != 404)
			broken("at last, a read got %u", s->status);
	}
}

static void
forget_all(uint64_t number_of)
{
	seed = number_of;
	state = number_of * UINT64_C(0x2545f4914f6cdd1d) + 1;
	drawn = ~state;
	memset(slots, 0, sizeof(slots));
	memset(secrets, 0, sizeof(secrets));
	memset(&transit_key, 0, sizeof(transit_key));
	ids_answered.count = 0;
	values = 0;
	arrived_count = 0;
	fail_commit = fail_sync = fail_write = 0;
	buf_clear(&told);
	wall_ns = certs_wall() + CLOCK_SECOND;
	boot_ns = peers_boot;
}

static void
history(uint64_t number_of)
{
	forget_all(number_of);
	write_file("data.mdb", &template_store);
	write_file(AUDIT_FILE, &template_audit);
	start();
	unseal();
	transit_key.version = 1;
	transit_key.boot = boot_ns;
	transit_key.low[1] = transit_key.high[1] = due_now();
	transit_key.low[2] = due_now();
	for (unsigned i = 0; i < STEPS; i++)
		happen();
	look_at_key();
	check_secrets();
	crash();
	check_secrets();
	check_audit();
	die();
}

/* ---- what every history begins with ---- */

static void
make(enum caller who, const char *target, const char *body)
{
	struct asked *s = ask_now(who, target, body);

	if (s->status >= 300)
		broken("%s: %u %s", target, s->status, s->reply);
}

static void
make_role(struct buf *pem)
{
	struct buf body = BUF_INIT;
	struct json_writer w = json_writer_to(&body);

	json_open_object(&w, NULL);
	json_put_str(&w, "certificate", buf_str(pem));
	json_put_text(&w, "allowed_uri_sans", ids[ANYBODY]);
	json_put_text(&w, "token_policies", "all");
	json_close_object(&w);
	buf_put(&body, "", 1);
	make(OPERATOR, "/v1/auth/cert/certs/anybody", (const char *)body.data);
	buf_free(&body);
}

static void
make_template(void)
{
	struct asked *s;
	const char *at;

	start();
	s = ask_now(OPERATOR, "/v1/sys/init", "{\"secret_shares\":1,\"secret_threshold\":1}");
	at = strstr(s->reply, "\"keys\":[\"");
	if (at == NULL)
		broken("init: %u %s", s->status, s->reply);
	snprintf(share, sizeof(share), "{\"key\":\"%.*s\"}", (int)strcspn(at + 9, "\""), at + 9);
	unseal();
	make(OPERATOR, "/v1/sys/policies/acl/all",
	    "{\"policy\":\"path \\\"*\\\" { capabilities = [\\\"create\\\", \\\"read\\\", "
	    "\\\"update\\\", \\\"list\\\"] }\"}");
}

static void
prepare(void)
{
	char path[] = "/dev/shm/simulation-XXXXXX";
	struct buf pem = BUF_INIT;
	struct error err = ERROR_INIT;

	log_init("simulation", LOG_HUMAN, LOG_LEVEL_ERROR);
	clock_source.wall = sim_wall;
	clock_source.boot = sim_boot;
	clock_source.random = sim_random;
	wall_ns = certs_wall();
	peers_boot = boot_ns = 1000 * CLOCK_SECOND;
	ca = certs_ca("na1 CA", NULL, NULL);
	server = certs_leaf("spiffe://na1.example/vault", ca, NULL);
	certs_pem(&pem, ca);
	config = config_parse(str_of(inside_config), "simulation.hcl", &err);
	must(config != NULL, "configuration", &err);
	inside.trust = trust_new(buf_str(&pem), (struct str){NULL, 0}, "na1.example", &err);
	must(inside.trust != NULL, "CA", &err);
	inside.arena = arena_new((size_t)16 << 20, 0, &err);
	must(mkdtemp(path) != NULL, path, NULL);
	strcpy(dir_path, path);
	inside_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	peers = peers_new();
	for (enum caller who = OPERATOR; who < CALLERS; who++)
		inside_enter(who);
	make_template();
	make_role(&pem);
	make(ANYBODY, "/v1/transit/keys/k", "{\"auto_rotate_period\":\"24h\"}");
	die();
	read_file("data.mdb", &template_store);
	read_file(AUDIT_FILE, &template_audit);
	buf_free(&pem);
}

static void
clean(void)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "unseal.key", AUDIT_FILE};

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(inside_dir, files[i], 0);
	rmdir(dir_path);
}

static uint64_t
setting(const char *name, uint64_t usual)
{
	const char *text = getenv(name);

	return text != NULL && text[0] != '\0' ? strtoull(text, NULL, 10) : usual;
}

/*
 * Histories that showed a bug; as long as what is drawn for them stays what it was.
 * 2642: a key rotated in a jump ahead, a crash, a jump back: it was not rotated again for days.
 * 122551, 147556: a share was taken though the audit's sync had failed.
 */
static const uint64_t once_failed[] = {2642, 122551, 147556};

static void
run_share(uint64_t first, uint64_t count, uint64_t each)
{
	bool quiet = getenv("TELL") == NULL;

	prepare();
	if (quiet && freopen("/dev/null", "w", stderr) == NULL) /* faults are logged as errors */
		_exit(1);
	if (getenv("SEED") == NULL)
		for (size_t i = 0; i < COUNT(once_failed); i++)
			history(once_failed[i]);
	for (uint64_t i = 0; i < count; i += each)
		history(first + i);
	if (!quiet)
		printf("%.*s", STR(buf_str(&told)));
	clean();
	fflush(stdout);
	_exit(0);
}

int
main(void)
{
	uint64_t count = setting("SEEDS", 1000), first = setting("SEED", 1);
	uint64_t jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	struct timespec from, to;
	bool good = count > 0;
	double s;

	clock_gettime(CLOCK_MONOTONIC, &from);
	if (jobs > count)
		jobs = count;
	for (uint64_t i = 0; i < jobs; i++) {
		pid_t pid = fork();

		if (pid == 0)
			run_share(first + i, count - i, jobs);
		good &= pid > 0;
	}
	for (int status; wait(&status) > 0;)
		good &= status == 0;
	clock_gettime(CLOCK_MONOTONIC, &to);
	s = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	printf("%s - %llu histories from SEED=%llu, %.0f a second\n", good ? "ok" : "not ok",
	    (unsigned long long)count, (unsigned long long)first, (double)count / s);
	return good ? 0 : 1;
}
