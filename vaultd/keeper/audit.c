/*
 * Keeper: the audit.  Trusted to write down everyone, in order, and no value.
 *
 * Lines are chained as they are made and wait in memory for the next flush.  What a flush could
 * not write stays, up to a line that is half in the file: it is finished first when there is
 * room again.  audit_forget drops the rest, with the requests it tells of, and says so.
 */
#include "vaultd/keeper/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/digest.h"
#include "keys/trail.h"
#include "vaultd/keeper/audit_file.h"
#include "vaultd/keeper/audit_key.h"
#include "vaultd/keeper/audit_last.h"
#include "vaultd/keeper/audit_line.h"

#define LOOK_EVERY (CLOCK_SECOND / 10) /* whether the file is still there */
#define SIGN_AFTER (CLOCK_SECOND / 10)
#define SIGN_LINES 1000

struct audit {
	struct audit_file file;
	bool sync_always;
	int64_t looked;       /* boot ns */
	uint8_t id[TRAIL_ID]; /* of this file, anew at each opening */
	struct trail at;      /* behind the last line that was made */
	struct trail done;    /* before the first that waits */
	struct buf
	    waiting; /* whole lines; of the first of them `written` bytes are in the file */
	size_t written;
	uint64_t failures; /* of audit_flush */
	uint64_t lost; /* answers that were refused because their lines were */
	char trouble[sizeof(((struct error *)0)->text)];
	/* while the vault is open */
	uint8_t vault[TRAIL_ID];
	struct audit_key *key;
	struct secret *signer;
	const struct records_root *root; /* of the records */
	unsigned bare;          /* lines since the last checkpoint */
	int64_t since;          /* boot ns of the first of them */
	char intent[UUID_TEXT]; /* of the last call that had one */
};

/* ---- lines ---- */

static struct json_writer
begin(struct audit *a, const char *type, size_t *from)
{
	*from = a->waiting.len;
	return audit_line_begin(&a->waiting, type, clock_wall());
}

static void
end(struct audit *a, size_t from)
{
	trail_end(&a->waiting, from, &a->at);
	a->bare++;
}

void
audit_event(struct audit *a, const char *event, const char *fmt, ...)
{
	char text[2048];
	struct json_writer w;
	size_t from;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w = begin(a, "event", &from);
	json_put_text(&w, "event", event);
	json_put_text(&w, "text", text);
	end(a, from);
}

void
audit_request(struct audit *a, const struct call *c, struct str token)
{
	size_t from = a->waiting.len;

	audit_line_request(&a->waiting, c, token, a->key);
	end(a, from);
	memcpy(a->intent, c->request_id, sizeof(a->intent));
}

void
audit_response(struct audit *a, const struct call *c, struct str token, struct buf *later)
{
	bool said = memcmp(a->intent, c->request_id, sizeof(a->intent)) == 0;
	size_t from = a->waiting.len;

	if (later != NULL) {
		audit_line_response(later, c, token, a->key, said);
		return;
	}
	audit_line_response(&a->waiting, c, token, a->key, said);
	end(a, from);
}

void
audit_append(struct audit *a, struct str line)
{
	size_t from = a->waiting.len;

	buf_put_str(&a->waiting, line);
	end(a, from);
}

static void
checkpoint(struct audit *a)
{
	struct trail_checkpoint c = {.at = a->at, .commit = a->root->sequence};
	struct json_writer w;
	size_t from;

	digest_signer_public(a->signer, c.key);
	memcpy(c.vault, a->vault, sizeof(c.vault));
	memcpy(c.file, a->id, sizeof(c.file));
	trail_sign(&c, a->signer);
	w = begin(a, "checkpoint", &from);
	trail_put_checkpoint(&w, &c);
	end(a, from);
	a->bare = 0;
	a->since = 0;
}

void
audit_tick(struct audit *a, int64_t boot)
{
	if (a->signer == NULL || a->bare == 0)
		return;
	if (a->since == 0)
		a->since = boot;
	if (a->bare >= SIGN_LINES || boot - a->since >= SIGN_AFTER)
		checkpoint(a);
}

void
audit_position(const struct audit *a, uint64_t *sequence, uint8_t hash[32])
{
	*sequence = a->at.seq;
	memcpy(hash, a->at.chain, sizeof(a->at.chain));
}

void
audit_hash(const struct audit *a, struct str value, struct buf *out)
{
	if (a->key == NULL)
		fatal("a value is to be hashed while sealed");
	audit_key_hash(a->key, value, out);
}

uint64_t
audit_failures(const struct audit *a)
{
	return a->failures;
}

const char *
audit_trouble(const struct audit *a)
{
	return a->trouble;
}

/* ---- the file ---- */

static void
put_torn(struct json_writer *w, const struct audit_torn *torn)
{
	json_put_int(w, "offset", (int64_t)torn->offset);
	json_put_int(w, "length", (int64_t)torn->length);
	trail_put_hex(w, "sha256", torn->sha256, sizeof(torn->sha256));
}

/* Torn bytes stay where they are; the newline makes them a line of their own, if none. */
static void
recover(struct audit *a, const struct audit_torn *torn)
{
	struct json_writer w;
	size_t from;

	if (!torn->closed)
		buf_put_u8(&a->waiting, '\n');
	if (torn->whole)
		return;
	w = begin(a, "recovered", &from);
	json_open_object(&w, "torn");
	put_torn(&w, torn);
	json_close_object(&w);
	end(a, from);
	log_warn("the audit file ends within a line: %llu bytes are kept as they are",
	    (unsigned long long)torn->length);
}

/* The first line after opening: which file this is, where the trail stands, why. */
static void
put_open(struct audit *a, const char *why, uint64_t offset, const struct audit_torn *left)
{
	struct trail before = a->at;
	struct json_writer w;
	size_t from;

	random_bytes(a->id, sizeof(a->id));
	w = begin(a, "open", &from);
	json_open_object(&w, "open");
	trail_put_hex(&w, "file", a->id, sizeof(a->id));
	json_put_text(&w, "why", why);
	json_put_int(&w, "offset", (int64_t)offset);
	trail_put(&w, &before);
	if (left->length > 0) {
		json_open_object(&w, "left");
		put_torn(&w, left);
		json_close_object(&w);
	}
	json_close_object(&w);
	end(a, from);
}

struct audit *
audit_open(int dir, const char *name, bool sync_always, struct error *err)
{
	static const struct audit_torn nothing;
	struct audit *a = calloc(1, sizeof(*a));
	struct audit_torn torn;
	uint64_t size;

	if (a == NULL)
		fatal("no memory for the audit");
	a->sync_always = sync_always;
	if (audit_file_open(&a->file, dir, name, err) != 0) {
		free(a);
		return NULL;
	}
	if (audit_file_tail(&a->file, &a->at, &torn, &size, err) != 0) {
		audit_file_close(&a->file);
		free(a);
		return NULL;
	}
	a->done = a->at;
	if (torn.length > 0)
		recover(a, &torn);
	put_open(a, "start", size, &nothing);
	return a;
}

/*
 * The file was moved away: go on in a new one at *at, with nothing waiting.  What was torn in
 * the old one, left, is told in the new.  -1: all stays as it was.
 */
static int
move_on(struct audit *a, struct trail at, const struct audit_torn *left, struct error *err)
{
	struct audit_torn torn;
	uint64_t size;

	if (audit_file_reopen(&a->file, &torn, &size, err) != 0)
		return -1;
	log_info("the audit file was moved or deleted: a new one is begun");
	buf_clear(&a->waiting);
	a->written = 0;
	a->at = at;
	a->done = at;
	if (torn.length > 0)
		recover(a, &torn);
	put_open(a, "moved", size, left);
	return 0;
}

/* ---- writing ---- */

static int
write_waiting(struct audit *a, struct error *err)
{
	struct str rest = str_from(buf_str(&a->waiting), a->written);

	if (audit_file_write(&a->file, rest, &a->written, err) != 0)
		return -1;
	buf_clear(&a->waiting);
	a->written = 0;
	a->done = a->at;
	return 0;
}

static int
look_after(struct audit *a, struct error *err)
{
	static const struct audit_torn nothing;
	int64_t now = clock_boot();

	if (now - a->looked < LOOK_EVERY)
		return 0;
	if (audit_file_moved(&a->file) &&
	    (move_on(a, a->at, &nothing, err) != 0 || write_waiting(a, err) != 0))
		return -1;
	a->looked = now;
	return 0;
}

int
audit_flush(struct audit *a, bool sync, struct error *err)
{
	struct error why = ERROR_INIT;
	bool wrote = a->waiting.len > 0;

	if (write_waiting(a, &why) == 0 && look_after(a, &why) == 0 &&
	    (!(sync || (a->sync_always && wrote)) || audit_file_sync(&a->file, &why) == 0)) {
		a->trouble[0] = '\0';
		return 0;
	}
	memcpy(a->trouble, why.text, sizeof(a->trouble));
	a->failures++;
	return error_set(err, why.code, "%s", why.text);
}

int
audit_sync(struct audit *a, struct error *err)
{
	return audit_file_sync(&a->file, err);
}

/* ---- what could not be written ---- */

/* Behind the line that `written` ends in (or before the first): what has to stay. */
static size_t
find_end(const struct audit *a)
{
	const uint8_t *newline;

	if (a->written == 0)
		return 0;
	newline =
	    memchr(a->waiting.data + a->written - 1, '\n', a->waiting.len - (a->written - 1));
	return newline == NULL ? a->waiting.len : (size_t)(newline - a->waiting.data) + 1;
}

/* Where the trail stands behind a line of what waits that ends (newline included) at `end`. */
static struct trail
place_at(const struct audit *a, size_t end)
{
	struct trail at;

	if (end > 0 &&
	    trail_read((struct str){(const char *)a->waiting.data, end - 1}, &at, NULL))
		return at;
	return a->done;
}

static uint64_t
count_answers(struct str lines)
{
	uint64_t n = 0;
	const char *at = lines.at, *end = lines.at + lines.len;

	while ((at = memmem(at, (size_t)(end - at), "\"type\":\"response\"", 17)) != NULL) {
		at++;
		n++;
	}
	return n;
}

/* The file with half a line in it was moved away: that line ends there. */
static void
leave(struct audit *a, size_t whole)
{
	struct audit_torn left = {.length = a->written - whole};
	struct error err = ERROR_INIT;

	digest_sha256(a->waiting.data + whole, left.length, left.sha256);
	if (move_on(a, place_at(a, whole), &left, &err) != 0)
		memcpy(a->trouble, err.text, sizeof(a->trouble));
}

static void
drop(struct audit *a)
{
	size_t keep = find_end(a);
	const uint8_t *newline = memrchr(a->waiting.data, '\n', a->written);
	size_t whole = newline == NULL ? 0 : (size_t)(newline - a->waiting.data) + 1;

	a->lost += count_answers(str_from(buf_str(&a->waiting), keep));
	a->at = place_at(a, keep);
	a->waiting.len = keep;
	if (audit_file_moved(&a->file))
		leave(a, whole);
}

void
audit_forget(struct audit *a)
{
	if (a->waiting.len > 0)
		drop(a);
	audit_event(a, "refused",
	    "%s: the requests of these and the lines before this were refused; without a line, "
	    "since the start: %llu",
	    a->trouble, (unsigned long long)a->lost);
}

void
audit_close(struct audit **a)
{
	if (*a == NULL)
		return;
	audit_sealed(*a);
	if (audit_flush(*a, true, NULL) != 0)
		log_error("the audit's end is not written: %s", (*a)->trouble);
	audit_file_close(&(*a)->file);
	buf_free(&(*a)->waiting);
	free(*a);
	*a = NULL;
}

/* ---- the vault's keys ---- */

static struct record_name
signer_name(void)
{
	static const uint8_t none[16];

	return (struct record_name){RECORD_SYSTEM, none, {"", 0}, str_of("audit-signer")};
}

void
audit_fill(struct records *r)
{
	struct record_name name = signer_name();
	uint8_t public_key[DIGEST_PUBLIC];
	struct secret *signer = digest_signer_new(public_key);
	struct buf text = BUF_INIT;

	digest_signer_put(signer, &text);
	records_put(r, &name, buf_str(&text));
	buf_free(&text);
	secret_free(&signer);
}

static struct secret *
load_signer(struct records *r, struct error *err)
{
	struct record_name name = signer_name();
	struct secret *signer = NULL;
	struct buf text = BUF_INIT;

	if (records_get(r, &name, &text, err) == 0) {
		if (text.len == DIGEST_SIGNER)
			signer = secret_take(text.data, text.len);
		else
			error_set(err, ERR_CORRUPT, "the audit's signer is no key");
	}
	buf_free(&text);
	return signer;
}

int
audit_unsealed(struct audit *a, const struct header *h, const struct keyring *k,
    struct records *r, enum audit_match *match, uint64_t sequence, const uint8_t hash[32],
    struct error *err)
{
	const struct records_root *root = records_root(r);
	struct trail wanted = {.seq = sequence}, found;
	uint64_t commit;

	memcpy(wanted.chain, hash, sizeof(wanted.chain));
	if (audit_file_find(&a->file, sequence, &found, err) != 0 ||
	    audit_last_commit(&a->file, &commit, err) != 0)
		return -1;
	a->signer = load_signer(r, err);
	if (a->signer == NULL)
		return -1;
	a->key = audit_key_new(keyring_key(k, KEYRING_AUDIT));
	memcpy(a->vault, h->vault_id, sizeof(a->vault));
	a->root = root;
	/* None up to there: the file was begun after it. */
	*match = (found.seq > 0 ? !trail_equal(&found, &wanted) : a->at.seq < sequence)
		     ? AUDIT_BEHIND
	    : commit > root->sequence ? AUDIT_AHEAD
				      : AUDIT_MATCHES;
	if (*match == AUDIT_BEHIND)
		audit_event(a, "behind",
		    "the store's last commit is of line %llu, which the "
		    "file does not have so: lines were cut off, or the file was replaced",
		    (unsigned long long)sequence);
	if (*match == AUDIT_AHEAD)
		audit_event(a, "ahead",
		    "the file tells of commit %llu, and the store's last is %llu: the store was "
		    "put back, or has lost some",
		    (unsigned long long)commit, (unsigned long long)root->sequence);
	checkpoint(a);
	return 0;
}

void
audit_sealed(struct audit *a)
{
	if (a->signer != NULL && a->bare > 0)
		checkpoint(a);
	audit_key_free(&a->key);
	secret_free(&a->signer);
}
