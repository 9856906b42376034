/*
 * Requests to every route, made up from the routes' own table: right paths, fields of each
 * route with values of every kind, some of them right.  Whoever asks whatever, the answer is
 * well formed and never "the server failed"; who has no rights gets nothing; and no value of a
 * body stands in the audit.
 * Input: up to four requests, each drawn byte by byte (see ask).
 */
#include "tests/fuzz/inside.h"
#include "vaultd/keeper/routes.h"

#define REQUESTS 4
#define CANARY "c4n4ry-in-a-value"
#define SECRET "s3cr3t-of-another"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Where the engines are mounted. */
static const struct {
	enum mount_type type;
	const char *path;
} places[] = {
    {MOUNT_SYSTEM, "sys/"},
    {MOUNT_KV2, "secret/"},
    {MOUNT_KV1, "kv1/"},
    {MOUNT_TRANSIT, "transit/"},
    {MOUNT_PKI, "pki/"},
    {MOUNT_CERT, "auth/cert/"},
    {MOUNT_TOKEN, "auth/token/"},
    {MOUNT_IDENTITY, "identity/"},
    {MOUNT_CUBBYHOLE, "cubbyhole/"},
};

/* Segments of paths: what there is, and what there is not. */
static const char *const names[] = {"a", "b", "anybody", "all", "default", "operator", "root",
    "secret", "transit", "plaintext", "sha2-256", "1", "2", "0", "-1", "aes", "ed", "hmac",
    "internal", "generate", "file", "name", "id", "der", "%2e", "a%2fb", "%ff"};

/* Values of fields, as JSON. */
static const char *const values[] = {"\"" CANARY "\"", "\"\"", "true", "false", "null", "0", "1",
    "-1", "2", "32", "2147483648", "9223372036854775807", "1e400", "0.5", "\"1h\"", "\"-5s\"",
    "\"300\"", "[]", "{}", "[\"a\",\"b\"]", "[1,null,{}]", "{\"a\":\"" CANARY "\"}",
    "{\"a\":{\"b\":[1]}}", "\"*\"", "\"a,b\"", "\"aes256-gcm96\"", "\"ed25519\"", "\"ec\"",
    "\"QUJDRA==\"", "\"QUJD\"", "\"vault:v1:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\"",
    "[{\"plaintext\":\"QUJD\"},{\"plaintext\":1},{}]", "[{\"input\":\"QUJD\"},7]",
    "[{\"ciphertext\":\"vault:v1:QUJD\",\"context\":\"QUJD\"}]", "\"sha2-256\"", "\"pss\"",
    "\"spiffe://na1.example/svc/anybody\"", "\"spiffe://na1.example/operator/dev\"",
    "\"a.example\"", "\"path \\\"secret/*\\\" { capabilities = [\\\"read\\\"] }\"",
    "\"hvs.AAAAAAAAAAAAAAAAAAAAAAAA\"", "\"0 3 1 * *\"", "\"generate\"",
    "{\"a\":{\"type\":\"password\",\"length\":16}}", "[\"default\",\"all\"]", "\"kv\"", "\"pki\"",
    "{\"version\":\"2\"}", "\"service\"", "\"batch\"", "\"01:02:03\""};

/* What is there before. */
static const struct {
	const char *target, *body;
} made[] = {
    {"/v1/sys/mounts/kv1", "{\"type\":\"kv\"}"},
    {"/v1/sys/mounts/pki", "{\"type\":\"pki\"}"},
    {"/v1/secret/data/a", "{\"data\":{\"a\":\"1\"}}"},
    {"/v1/secret/data/a", "{\"data\":{\"a\":\"" SECRET "\"}}"},
    {"/v1/secret/data/b/a", "{\"data\":{\"b\":{\"c\":[1]}}}"},
    {"/v1/kv1/a", "{\"a\":\"" SECRET "\"}"},
    {"/v1/transit/keys/a", "{\"auto_rotate_period\":\"1h\"}"},
    {"/v1/transit/keys/aes", "{\"derived\":true,\"convergent_encryption\":true}"},
    {"/v1/transit/keys/ed", "{\"type\":\"ed25519\"}"},
    {"/v1/transit/keys/hmac", "{\"type\":\"hmac\",\"key_size\":32}"},
    {"/v1/pki/root/generate/internal",
	"{\"common_name\":\"a.example\",\"key_type\":\"ec\",\"issuer_name\":\"a\"}"},
    {"/v1/pki/roles/a",
	"{\"allow_any_name\":true,\"key_type\":\"ec\",\"enforce_hostnames\":false}"},
    {"/v1/auth/token/roles/a", "{\"allowed_policies\":\"default\"}"},
    {"/v1/identity/entity", "{\"name\":\"a\",\"policies\":\"default\"}"},
    {"/v1/identity/group", "{\"name\":\"a\",\"policies\":\"default\"}"},
    {"/v1/sys/rotation/plans/secret/a", "{\"kind\":\"generate\",\"period\":\"24h\","
	"\"fields\":{\"a\":{\"type\":\"password\",\"length\":32}}}"},
};

struct input {
	const uint8_t *at;
	size_t left;
};

static unsigned
draw(struct input *in, size_t below)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++ % (unsigned)below;
}

static bool
holds(struct str s, const char *what)
{
	return s.len > 0 && memmem(s.at, s.len, what, strlen(what)) != NULL;
}

/*
 * Up to 31 of the input's own bytes.  What must not be shown is a value, never a name: libFuzzer
 * learns it from the comparisons below, and would put it into paths, which the audit shows.
 */
static struct str
draw_bytes(struct input *in)
{
	size_t len = draw(in, 32);
	struct str s;

	if (len > in->left)
		len = in->left;
	s = (struct str){(const char *)in->at, len};
	in->at += len;
	in->left -= len;
	return holds(s, CANARY) || holds(s, SECRET) ? (struct str){NULL, 0} : s;
}

static void
put_escaped(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_printf(out, "%%%02x", (uint8_t)s.at[i]);
}

static void
put_name(struct buf *out, struct input *in)
{
	unsigned i = draw(in, COUNT(names) + 1);

	if (i < COUNT(names))
		buf_printf(out, "%s", names[i]);
	else
		put_escaped(out, draw_bytes(in));
}

/* A path that the row's pattern takes, or nearly. */
static void
put_path(struct buf *out, struct str pattern, struct input *in)
{
	struct str segment, parameter;

	while (pattern.len > 0) {
		str_cut(pattern, '/', &segment, &pattern);
		if (!route_parameter(segment, &parameter)) {
			buf_put_str(out, segment);
		} else {
			put_name(out, in);
			if (segment.at[0] == '*' && draw(in, 3) == 0) {
				buf_put(out, "/", 1);
				put_name(out, in);
			}
		}
		if (pattern.len > 0)
			buf_put(out, "/", 1);
	}
}

static void
put_value(struct buf *out, struct input *in)
{
	unsigned i = draw(in, COUNT(values) + 1);
	struct json_writer w = json_writer_to(out);

	if (i < COUNT(values))
		buf_printf(out, "%s", values[i]);
	else
		json_put_str(&w, NULL, draw_bytes(in));
}

/* Each of the row's fields, or not: as members of a body, or in a query. */
static void
put_fields(struct buf *out, const char *fields, bool query, struct input *in)
{
	struct str left = str_of(fields != NULL ? fields : ""), name;
	const char *between = query ? "?" : "{";
	bool quick;

	while (left.len > 0) {
		str_cut(left, ' ', &name, &left);
		/* RSA, which is what there is without it, is drawn too slowly for a fuzzer. */
		quick = !query && str_is(name, "key_type");
		if (draw(in, 4) != 0 && !quick)
			continue;
		if (str_is(name, "*"))
			name = str_of("a");
		buf_printf(out, query ? "%s%.*s=" : "%s\"%.*s\":", between, STR(name));
		if (quick)
			buf_printf(out, "\"ec\"");
		else if (query)
			put_name(out, in);
		else
			put_value(out, in);
		between = query ? "&" : ",";
	}
	if (!query)
		buf_printf(out, "%s}", between[0] == '{' ? "{" : "");
}

static enum method
method_of(unsigned operations, struct input *in)
{
	static const enum method methods[] = {METHOD_GET, METHOD_LIST, METHOD_SCAN, METHOD_POST,
	    METHOD_PATCH, METHOD_DELETE, METHOD_HELP};
	unsigned any = draw(in, 32);

	if (any > 0 && any <= COUNT(methods)) /* whatever the row answers */
		return methods[any - 1];
	for (unsigned i = 0; i < COUNT(methods); i++)
		if ((operations >> i & 1) != 0)
			return methods[i];
	return METHOD_GET;
}

static const struct route *
draw_row(enum mount_type type, struct input *in)
{
	const struct route *table = routes_of(type);
	unsigned rows = 0;
	unsigned i = draw(in, 256) << 8;

	while (table[rows].pattern != NULL)
		rows++;
	return &table[(i | draw(in, 256)) % rows];
}

/*
 * Lines of the audit that show a value.  Names are no values: those of members, and of the
 * policies and roles that the caller has, which stand before its request.
 */
static bool
shows_value(struct str lines)
{
	size_t len = strlen(CANARY);
	bool request = false;

	for (struct str at = lines; at.len > len + 1; at = str_from(at, 1)) {
		if (str_starts(at, "\"request\":{"))
			request = true;
		if (at.at[0] == '\n')
			request = false;
		if (request && memcmp(at.at, CANARY, len) == 0 && memcmp(at.at + len, "\":", 2) != 0)
			return true;
	}
	return false;
}

static void
check_reply(enum caller who, const struct frame_request *f, struct str frame)
{
	static const char plain[] = "application/json";
	struct frame_reply r;
	struct error err = ERROR_INIT;
	struct arena *a = arena_new((size_t)8 << 20, 0, NULL);

	must(frame_get_reply(frame, &r), "REPLY", NULL);
	if (r.status == 500 || r.status < 200 || r.status > 599)
		wrong("%.*s %.*s: %u %.*s", STR(f->target), STR(f->body), r.status, STR(r.body));
	if (r.body.len > 0 && str_equal(r.content_type, str_of(plain)) &&
	    json_parse(a, r.body, &(struct json_limits){128, 1000000}, &err) == NULL &&
	    err.code != ERR_LIMIT)
		wrong("%.*s: %s: %.*s", STR(f->target), err.text, STR(r.body));
	if (who == STRANGER && !inside_changed && holds(r.body, SECRET))
		wrong("%.*s: a stranger was told", STR(f->target));
	arena_free(a);
}

/* The lines that would be written, and those that were: then the file is empty again. */
static void
check_audit(enum mount_type type, struct str outcome)
{
	static char lines[1 << 20];
	struct error err = ERROR_INIT;
	/* What gives tokens tells their policies. */
	bool told = type == MOUNT_TOKEN || type == MOUNT_CERT;
	struct str written;
	ssize_t n;

	must(audit_flush(inside.audit, false, &err) == 0, "audit", &err);
	n = pread(audit_fd, lines, sizeof(lines), 0);
	must(n >= 0 && ftruncate(audit_fd, 0) == 0, AUDIT_FILE, NULL);
	written = (struct str){lines, (size_t)n};
	if (holds(written, SECRET) || holds(outcome, SECRET) ||
	    (!told && (shows_value(written) || shows_value(outcome))))
		wrong("the audit holds a value: %.*s%.*s", STR(written), STR(outcome));
}

/* What changes the vault's keys and state commits by itself, and is not for here. */
static bool
stays(const struct route *row)
{
	return (row->flags & ROUTE_ALONE) != 0;
}

static void
ask(struct input *in)
{
	enum caller who = (enum caller)draw(in, CALLERS);
	unsigned place = draw(in, COUNT(places));
	const struct route *row = draw_row(places[place].type, in);
	struct buf target = BUF_INIT, body = BUF_INIT;
	struct frame_request f = {.conn = {(uint32_t)who + 1, 1}};
	struct served s;
	bool query;

	f.method = method_of(row->operations, in);
	query = f.method != METHOD_POST && f.method != METHOD_PATCH;
	buf_printf(&target, "/v1/%s", places[place].path);
	put_path(&target, str_of(row->pattern), in);
	put_fields(query ? &target : &body, row->fields, query, in);
	if (!query && draw(in, 8) == 1)
		buf_put_str(&body, draw_bytes(in));
	f.target = buf_str(&target);
	f.body = buf_str(&body);
	if (f.method == METHOD_PATCH)
		f.content_type = str_of("application/merge-patch+json");
	if (!stays(row)) {
		inside_serve(who, &f, &s);
		if (s.wait.until == 0)
			check_reply(who, &f, buf_str(&s.reply));
		check_audit(places[place].type, buf_str(&s.outcome));
		served_clear(&s);
	}
	buf_free(&target);
	buf_free(&body);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct arena *a = arena_new((size_t)1 << 20, 0, NULL);

	(void)argc, (void)argv;
	inside_open();
	for (size_t i = 0; i < COUNT(made); i++)
		inside_ask(a, ANYBODY, METHOD_POST, made[i].target, made[i].body);
	inside_ask(a, ANYBODY, METHOD_GET, "/v1/transit/wrapping_key", "");
	inside_commit();
	arena_free(a);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = {bytes, len};

	for (unsigned i = 0; i < REQUESTS && in.left > 0; i++)
		ask(&in);
	inside_undo();
	return 0;
}
