/*
 * vaultctl: audit verify.  Works on files alone, asks no vault.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "client/command.h"
#include "client/output.h"
#include "client/verify.h"

#define REPORT_MOST 100 /* faults that are told one by one */

struct telling {
	FILE *to;
	uint64_t told;
};

static void
tell(void *arg, const char *file, uint64_t line, const char *text)
{
	struct telling *t = arg;

	if (++t->told <= REPORT_MOST)
		fprintf(t->to, "%s:%" PRIu64 ": %s\n", file, line, text);
	if (t->told == REPORT_MOST + 1)
		fprintf(t->to, "and more\n");
}

static bool
read_hex(const char *text, void *bytes, size_t len)
{
	struct buf out = BUF_INIT;
	bool good = hex_decode(&out, str_of(text)) && out.len == len;

	if (good)
		memcpy(bytes, out.data, len);
	buf_free(&out);
	return good;
}

/* -key=HEX and -place=SEQ:HEX. */
static int
read_want(const struct flags *f, struct verify_want *want, struct error *err)
{
	const char *key = flags_text(f, "key"), *place = flags_text(f, "place");
	unsigned long long seq;
	struct str number, chain;

	memset(want, 0, sizeof(*want));
	want->pinned = key != NULL;
	if (key != NULL && !read_hex(key, want->key, sizeof(want->key)))
		return error_set(err, ERR_INVALID, "-key is not a key: 64 hexadecimal digits");
	want->noted = place != NULL;
	if (place == NULL)
		return 0;
	if (!str_cut(str_of(place), ':', &number, &chain) || !str_to_u64(number, &seq) ||
	    !read_hex(chain.at, want->place.chain, sizeof(want->place.chain)))
		return error_set(err, ERR_INVALID, "-place is not a place, SEQ:CHAIN");
	want->place.seq = seq;
	return 0;
}

/* ---- what is shown ---- */

static void
put_signed(struct json_writer *w, const struct verify_totals *t)
{
	struct buf place = BUF_INIT;

	if (t->checkpoints == 0)
		return;
	buf_printf(&place, "%" PRIu64 ":", t->signed_last.at.seq);
	hex_encode(&place, t->signed_last.at.chain, sizeof(t->signed_last.at.chain));
	json_put_str(w, "signed_place", buf_str(&place));
	json_put_text(w, "signed_time", t->signed_time);
	trail_put_hex(w, "key", t->signed_last.key, sizeof(t->signed_last.key));
	trail_put_hex(w, "vault", t->signed_last.vault, sizeof(t->signed_last.vault));
	buf_free(&place);
}

static enum outcome
show(const struct flags *f, const struct verify_totals *t, struct error *err)
{
	struct buf text = BUF_INIT;
	struct json_writer w = json_writer_to(&text);
	struct arena *arena = arena_new((size_t)64 * 1024, 0, err);
	enum outcome outcome;

	json_open_object(&w, NULL);
	json_put_bool(&w, "good", t->faults == 0);
	json_put_int(&w, "faults", (int64_t)t->faults);
	json_put_int(&w, "files", (int64_t)t->files);
	json_put_int(&w, "lines", (int64_t)t->lines);
	json_put_int(&w, "goes_on_from", (int64_t)t->first.seq);
	json_put_int(&w, "last", (int64_t)t->last.seq);
	json_put_int(&w, "torn", (int64_t)t->torn);
	json_put_int(&w, "checkpoints", (int64_t)t->checkpoints);
	json_put_int(&w, "not_signed", (int64_t)t->bare);
	put_signed(&w, t);
	json_close_object(&w);
	outcome =
	    output_object(f, json_parse(arena, buf_str(&text), &json_limits_body, err), err);
	arena_free(arena);
	buf_free(&text);
	return outcome;
}

static enum outcome
verify(const struct flags *f, struct error *err)
{
	struct telling t = {output_is_json(f) ? stderr : stdout, 0};
	enum outcome outcome = FAILED;
	struct verifier *v = NULL;
	struct verify_want want;
	unsigned i = 0;
	bool good;

	if (read_want(f, &want, err) != 0)
		return FAILED;
	v = verify_new(&want, tell, &t);
	while (i < f->count && verify_file(v, f->arguments[i], err) == 0)
		i++;
	if (i == f->count) {
		good = verify_end(v);
		outcome = show(f, verify_totals(v), err);
		if (outcome == DONE && !good)
			outcome = REFUSED;
	}
	verify_free(&v);
	return outcome;
}

static const struct flag verify_flags[] = {
    {"key", FLAG_TEXT, "HEX", NULL, NULL,
	"only this key signs; else that of the first checkpoint"},
    {"place", FLAG_TEXT, "SEQ:CHAIN", NULL, NULL,
	"a signed_place that was noted earlier: the log must still hold it"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command audit_commands[] = {
    {"audit verify", "FILE...", 1, ANY_COUNT, "Check that nothing in an audit was changed",
	"  Several files are one log in the order they are given, the oldest first.  What is\n"
	"  wrong is named by file and line: changed, removed, reordered, replaced, truncated.\n"
	"  Lines behind the last checkpoint (not_signed) could be cut off or changed unseen;\n"
	"  keep key and signed_place elsewhere and give them the next time, and no more than\n"
	"  what came since can be lost.\n"
	"  Exit code 0: nothing is wrong; 2: something is; 1: a file cannot be read.\n",
	"vaultctl audit verify audit.log\n"
	"vaultctl audit verify -key=3b6a...29 audit.log.1 audit.log\n",
	verify_flags, verify},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
