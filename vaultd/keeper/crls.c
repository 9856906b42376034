/*
 * Keeper: revocation lists in the records.  Marks, sorted: a hash of issuer and serial, and one
 * of the serial alone for certificates that name no issuer.
 */
#include "vaultd/keeper/crls.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "keys/digest.h"

#define SCRATCH_BYTES ((size_t)64 * 1024 * 1024) /* for parsing one list */
#define MARK DIGEST_SHA256

static const struct json_limits limits = { 4, 1000000 };

struct crls {
	struct records *records;
	uint8_t mount[16];
	struct arena *scratch;
	struct buf marks;
	struct error *err;
	bool failed;
};

static void
mark(struct str issuer, struct str serial, uint8_t out[MARK])
{
	struct buf text = BUF_INIT;

	buf_put_block(&text, issuer.at, issuer.len);
	buf_put_str(&text, serial);
	digest_sha256(text.data, text.len, out);
	buf_free(&text);
}

static void
add(struct crls *c, struct str issuer, struct str serial)
{
	uint8_t bytes[MARK];

	mark(issuer, serial, bytes);
	buf_put(&c->marks, bytes, sizeof(bytes));
}

static int
read_list(struct crls *c, struct str text)
{
	const struct json *list = json_parse(c->scratch, text, &limits, c->err);
	const struct json *issuer = json_find(list, "issuer");
	const struct json *serials = json_find(list, "serials");

	if (issuer == NULL || serials == NULL)
		return error_set(c->err, ERR_CORRUPT, "a revocation list cannot be read");
	for (const struct json *s = serials->first; s != NULL; s = s->next) {
		add(c, issuer->text, s->name);
		add(c, (struct str){ "", 0 }, s->name);
	}
	return 0;
}

static bool
load(void *arg, struct str name)
{
	struct crls *c = arg;
	struct record_name n = { RECORD_CERT_CRL, c->mount, { "", 0 }, name };
	struct buf text = BUF_INIT;

	c->failed = records_get(c->records, &n, &text, c->err) != 0 ||
	    read_list(c, buf_str(&text)) != 0;
	arena_reset(c->scratch);
	buf_free(&text);
	return !c->failed;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, MARK);
}

struct crls *
crls_load(struct records *r, const uint8_t mount[16], struct error *err)
{
	struct crls *c = calloc(1, sizeof(*c));
	struct str all = { "", 0 };

	if (c == NULL || (c->scratch = arena_new(SCRATCH_BYTES, 0, err)) == NULL)
		fatal("no memory for revocation lists");
	c->records = r;
	memcpy(c->mount, mount, sizeof(c->mount));
	c->err = err;
	if (records_list(r, RECORD_CERT_CRL, c->mount, all, all, 0, load, c, err) != 0 ||
	    c->failed) {
		crls_free(&c);
		return NULL;
	}
	arena_free(c->scratch);
	c->scratch = NULL;
	if (c->marks.len > 0)
		qsort(c->marks.data, c->marks.len / MARK, MARK, compare);
	return c;
}

void
crls_free(struct crls **c)
{
	if (*c == NULL)
		return;
	if ((*c)->scratch != NULL)
		arena_free((*c)->scratch);
	buf_free(&(*c)->marks);
	free(*c);
	*c = NULL;
}

bool
crls_name(const struct crls *c, const struct identity *id)
{
	uint8_t wanted[MARK];

	if (c->marks.len == 0)
		return false;
	mark(id->authority_key, id->serial, wanted);
	return bsearch(wanted, c->marks.data, c->marks.len / MARK, MARK, compare) != NULL;
}
