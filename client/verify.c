/*
 * vaultctl: verifying an audit.  Trusts nothing it reads but a key that it was given.
 */
#include "client/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "client/lines.h"

/* Lines that are none: torn by a crash, if the next one says so. */
struct odd {
	char *file; /* owned; NULL: there are none */
	uint64_t line, offset;
	struct buf bytes; /* without the last newline */
	bool closed;      /* there was one */
};

struct verifier {
	struct verify_want want;
	struct verify_totals totals;
	verify_report *report;
	void *arg;
	struct arena *arena;
	const char *file;
	uint64_t line;
	bool known;   /* where the trail stands is known */
	bool keyed;   /* there was a checkpoint, or the key is pinned */
	bool vaulted; /* vault is known */
	uint8_t key[DIGEST_PUBLIC];
	uint8_t vault[TRAIL_ID], id[TRAIL_ID]; /* id: of the file as its last open line says */
	struct odd odd;
	bool past; /* the place that was noted */
};

/* A line at hand. */
struct at_hand {
	struct str text, covered;
	struct trail at;
	const struct json *json; /* of a line that says something about the trail */
	struct str type;
};

struct verifier *
verify_new(const struct verify_want *want, verify_report *report, void *arg)
{
	struct verifier *v = calloc(1, sizeof(*v));

	if (v == NULL)
		fatal("out of memory");
	v->want = *want;
	v->report = report;
	v->arg = arg;
	v->arena = arena_new((size_t)256 * 1024, 0, NULL);
	if (v->arena == NULL)
		fatal("out of memory");
	v->keyed = want->pinned;
	memcpy(v->key, want->key, sizeof(v->key));
	return v;
}

void
verify_free(struct verifier **v)
{
	if (*v == NULL)
		return;
	arena_free((*v)->arena);
	free((*v)->odd.file);
	buf_free(&(*v)->odd.bytes);
	free(*v);
	*v = NULL;
}

const struct verify_totals *
verify_totals(const struct verifier *v)
{
	return &v->totals;
}

/* ---- faults ---- */

__attribute__((format(printf, 4, 5))) static void
fault_at(struct verifier *v, const char *file, uint64_t line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->totals.faults++;
	v->report(v->arg, file, line, text);
}

#define fault(v, ...) fault_at(v, (v)->file, (v)->line, __VA_ARGS__)

/* ---- torn lines ---- */

static void
forget_odd(struct verifier *v)
{
	free(v->odd.file);
	buf_free(&v->odd.bytes);
	memset(&v->odd, 0, sizeof(v->odd));
}

static void
settle_odd(struct verifier *v)
{
	if (v->odd.file != NULL)
		fault_at(v, v->odd.file, v->odd.line,
		    "changed: %zu bytes that are no line of an "
		    "audit",
		    v->odd.bytes.len);
	forget_odd(v);
}

static void
keep_odd(struct verifier *v, const struct lines *l, struct str text, bool closed)
{
	struct odd *o = &v->odd;

	if (o->bytes.len + text.len > VERIFY_LINE_MOST)
		settle_odd(v);
	if (o->file == NULL) {
		o->file = strdup(v->file);
		o->line = v->line;
		o->offset = l->offset;
	} else {
		buf_put_u8(&o->bytes, '\n');
	}
	buf_put_str(&o->bytes, text);
	o->closed = closed;
}

static bool
is_odd(const struct odd *o, const struct json *torn, bool same_file)
{
	uint8_t named[DIGEST_SHA256], sha256[DIGEST_SHA256];
	int64_t offset, length;

	if (o->file == NULL || !json_to_int(json_find(torn, "offset"), &offset) ||
	    !json_to_int(json_find(torn, "length"), &length) ||
	    !trail_get_hex(torn, "sha256", named, sizeof(named)) ||
	    (same_file && (uint64_t)offset != o->offset) || (uint64_t)length != o->bytes.len)
		return false;
	digest_sha256(o->bytes.data, o->bytes.len, sha256);
	return memcmp(sha256, named, sizeof(sha256)) == 0;
}

/* A line names torn bytes: those before it, or at the end of the file before. */
static void
match_odd(struct verifier *v, const struct json *torn, bool same_file)
{
	if (is_odd(&v->odd, torn, same_file)) {
		v->totals.torn++;
		forget_odd(v);
		return;
	}
	settle_odd(v);
	fault(v, "changed: the torn bytes that this line names are not those before it");
}

/* ---- places ---- */

static void
compare(struct verifier *v, const struct trail *before, const struct trail *at)
{
	unsigned long long was = before->seq, is = at->seq;

	if (is > was + 1)
		fault(v, "removed: lines %llu to %llu are missing here", was + 1, is - 1);
	else
		fault(v, "reordered or repeated: line %llu stands behind line %llu", is, was);
}

/* The first line of a file or of a start: it says itself what it goes on from. */
static void
check_open(struct verifier *v, const struct at_hand *h, struct trail *before)
{
	const struct json *open = json_find(h->json, "open");
	const struct json *left = json_find(open, "left");
	struct trail carried;
	int64_t offset;

	if (!trail_get(open, &carried) || !json_to_int(json_find(open, "offset"), &offset) ||
	    !trail_get_hex(open, "file", v->id, sizeof(v->id))) {
		fault(v, "changed: the line does not say which file it opens");
		return;
	}
	if (left != NULL)
		match_odd(v, left, false);
	if (v->line == 1 && offset != 0)
		fault(v, "removed: the file's first %lld bytes", (long long)offset);
	if (!v->known)
		v->totals.first = carried;
	else if (carried.seq > before->seq)
		fault(v, "removed: lines %llu to %llu are missing before this file",
		    (unsigned long long)before->seq + 1, (unsigned long long)carried.seq);
	else if (!trail_equal(&carried, before))
		fault(v,
		    "replaced: this file goes on from line %llu, the one before ends "
		    "with another line %llu",
		    (unsigned long long)carried.seq, (unsigned long long)before->seq);
	v->known = true;
	*before = carried;
}

static void
check_place(struct verifier *v, const struct at_hand *h, const struct trail *before)
{
	uint8_t chain[DIGEST_SHA256];

	if (!v->known && h->at.seq != 1) {
		fault(v, "removed: the file does not begin with its first line");
		v->known = true;
		v->totals.first = h->at;
		return;
	}
	v->known = true;
	if (h->at.seq != before->seq + 1) {
		compare(v, before, &h->at);
		return;
	}
	trail_follow(before, h->covered, chain);
	if (memcmp(chain, h->at.chain, sizeof(chain)) != 0)
		fault(v, "changed: line %llu is not what the chain says",
		    (unsigned long long)h->at.seq);
}

/* ---- checkpoints ---- */

static const char *
judge(struct verifier *v, const struct trail_checkpoint *c, const struct trail *before)
{
	if (v->keyed && memcmp(c->key, v->key, sizeof(v->key)) != 0)
		return "another key signed this checkpoint";
	if (v->vaulted && memcmp(c->vault, v->vault, sizeof(v->vault)) != 0)
		return "the checkpoint is of another vault";
	if (memcmp(c->file, v->id, sizeof(v->id)) != 0)
		return "the checkpoint is of another file";
	if (!trail_equal(&c->at, before))
		return "the checkpoint is not of the lines before it";
	return trail_verify(c) == 0 ? NULL : "the checkpoint's signature is wrong";
}

static void
check_checkpoint(struct verifier *v, const struct at_hand *h, const struct trail *before)
{
	const struct json *time = json_find(h->json, "time");
	struct trail_checkpoint c;
	const char *why;

	if (!trail_get_checkpoint(json_find(h->json, "checkpoint"), &c)) {
		fault(v, "changed: the checkpoint is none");
		return;
	}
	why = judge(v, &c, before);
	if (why != NULL) {
		fault(v, "changed: %s", why);
		return;
	}
	memcpy(v->key, c.key, sizeof(v->key));
	memcpy(v->vault, c.vault, sizeof(v->vault));
	v->keyed = v->vaulted = true;
	v->totals.checkpoints++;
	v->totals.bare = 0;
	v->totals.signed_last = c;
	snprintf(v->totals.signed_time, sizeof(v->totals.signed_time), "%.*s", STR(time->text));
}

/* ---- lines ---- */

/* The type, which stands behind the time in every line. */
static struct str
read_type(struct str text)
{
	static const char mark[] = "\",\"type\":\"";
	const char *at = memmem(text.at, text.len < 80 ? text.len : 80, mark, sizeof(mark) - 1);
	struct str type, rest = {"", 0};

	if (!str_starts(text, "{\"time\":\"") || at == NULL)
		return rest;
	str_cut(str_from(text, (size_t)(at - text.at) + sizeof(mark) - 1), '"', &type, &rest);
	return type;
}

/* Lines that say something about the trail are read; the others only followed. */
static bool
read_line(struct verifier *v, struct str text, struct at_hand *h)
{
	static const char *const read[] = {"open", "recovered", "checkpoint"};

	*h = (struct at_hand){.text = text, .type = read_type(text)};
	if (h->type.len == 0 || !trail_read(text, &h->at, &h->covered))
		return false;
	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		if (str_is(h->type, read[i])) {
			h->json = json_parse(v->arena, text, &json_limits_body, NULL);
			return h->json != NULL && json_find(h->json, "time") != NULL;
		}
	return true;
}

static void
note(struct verifier *v, const struct trail *at)
{
	if (!v->want.noted || at->seq != v->want.place.seq)
		return;
	v->past = true;
	if (!trail_equal(at, &v->want.place))
		fault(v, "replaced: line %llu is not the one that was noted",
		    (unsigned long long)at->seq);
}

static void
check_line(struct verifier *v, const struct lines *l, struct str text, bool whole)
{
	struct trail before = v->totals.last;
	struct at_hand h;

	v->line++;
	if (!whole || !read_line(v, text, &h)) {
		keep_odd(v, l, text, whole);
		return;
	}
	v->totals.lines++;
	v->totals.bare++;
	if (str_is(h.type, "open"))
		check_open(v, &h, &before);
	else if (str_is(h.type, "recovered"))
		match_odd(v, json_find(h.json, "torn"), true);
	settle_odd(v);
	check_place(v, &h, &before);
	if (str_is(h.type, "checkpoint"))
		check_checkpoint(v, &h, &before);
	v->totals.last = h.at;
	note(v, &h.at);
}

int
verify_file(struct verifier *v, const char *path, struct error *err)
{
	struct lines l;
	struct str text;
	bool whole;
	int rc = -1;

	if (lines_open(&l, path, VERIFY_LINE_MOST, err) != 0)
		return -1;
	v->file = path;
	v->line = 0;
	v->totals.files++;
	while ((rc = lines_next(&l, &text, &whole, err)) > 0) {
		check_line(v, &l, text, whole);
		arena_reset(v->arena);
	}
	lines_close(&l);
	return rc;
}

bool
verify_end(struct verifier *v)
{
	if (v->odd.file != NULL && !v->odd.closed) {
		v->totals.torn++;
		v->report(v->arg, v->odd.file, v->odd.line,
		    "torn: the file ends within a line: a crash, or it is being written");
		forget_odd(v);
	}
	settle_odd(v);
	if (v->want.noted && !v->past)
		fault(v, "truncated: line %llu, which was noted, is not here",
		    (unsigned long long)v->want.place.seq);
	return v->totals.faults == 0;
}
