/*
 * The trail of an audit.  Runs in the keeper, for each line, and in vaultctl audit verify.
 * Security: a verifier's input is a stranger's: whatever is not exactly as the keeper writes it
 * is no line.
 */
#include "keys/trail.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CONTEXT "vaultd audit checkpoint 1"
#define SEQ ",\"seq\":"
#define CHAIN ",\"chain\":\""
#define CLOSE "\"}"
#define CHAIN_DIGITS (2 * (size_t)DIGEST_SHA256)
#define AFTER_SEQ (sizeof(CHAIN) - 1 + CHAIN_DIGITS + sizeof(CLOSE) - 1)

bool
trail_equal(const struct trail *a, const struct trail *b)
{
	return a->seq == b->seq && memcmp(a->chain, b->chain, sizeof(a->chain)) == 0;
}

static void
put_decimal(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t first = sizeof(digits);

	do
		digits[--first] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	buf_put(b, digits + first, sizeof(digits) - first);
}

void
trail_end(struct buf *b, size_t from, struct trail *at)
{
	struct str covered;

	buf_put(b, SEQ, sizeof(SEQ) - 1);
	put_decimal(b, at->seq + 1);
	covered = str_from(buf_str(b), from);
	trail_follow(at, covered, at->chain);
	at->seq++;
	buf_put(b, CHAIN, sizeof(CHAIN) - 1);
	hex_encode(b, at->chain, sizeof(at->chain));
	buf_put(b, CLOSE "\n", sizeof(CLOSE));
}

void
trail_follow(const struct trail *before, struct str covered, uint8_t chain[DIGEST_SHA256])
{
	digest_chain(before->chain, covered, chain);
}

static bool
read_hex(struct str text, void *bytes, size_t len)
{
	struct buf out = BUF_INIT;
	bool good = text.len == 2 * len && hex_decode(&out, text);

	if (good)
		memcpy(bytes, out.data, len);
	buf_free(&out);
	return good;
}

/* The number that s ends in, behind ,"seq": */
static bool
read_seq(struct str s, uint64_t *seq)
{
	unsigned long long n;
	size_t digits = 0;

	while (digits < s.len && s.at[s.len - digits - 1] >= '0' &&
	       s.at[s.len - digits - 1] <= '9')
		digits++;
	if (!str_ends((struct str){s.at, s.len - digits}, SEQ))
		return false;
	s = str_from(s, s.len - digits);
	if (!str_to_u64(s, &n))
		return false;
	*seq = n;
	return true;
}

bool
trail_read(struct str line, struct trail *at, struct str *covered)
{
	struct str head, end;

	if (line.len < AFTER_SEQ)
		return false;
	head = (struct str){line.at, line.len - AFTER_SEQ};
	end = str_from(line, head.len);
	if (!str_starts(end, CHAIN) || !str_ends(end, CLOSE) || !read_seq(head, &at->seq))
		return false;
	if (covered != NULL)
		*covered = head;
	end = str_from(end, sizeof(CHAIN) - 1);
	end.len = CHAIN_DIGITS;
	for (size_t i = 0; i < end.len; i++)
		if (end.at[i] >= 'A' && end.at[i] <= 'F')
			return false;
	return read_hex(end, at->chain, sizeof(at->chain));
}

void
trail_put_hex(struct json_writer *w, const char *name, const void *bytes, size_t len)
{
	struct buf text = BUF_INIT;

	hex_encode(&text, bytes, len);
	json_put_str(w, name, buf_str(&text));
	buf_free(&text);
}

bool
trail_get_hex(const struct json *object, const char *name, void *bytes, size_t len)
{
	const struct json *value = json_find(object, name);

	return value != NULL && value->type == JSON_STRING && read_hex(value->text, bytes, len);
}

void
trail_put(struct json_writer *w, const struct trail *at)
{
	json_put_int(w, "seq", (int64_t)at->seq);
	trail_put_hex(w, "chain", at->chain, sizeof(at->chain));
}

bool
trail_get(const struct json *object, struct trail *at)
{
	int64_t seq;

	if (!json_to_int(json_find(object, "seq"), &seq) || seq < 0)
		return false;
	at->seq = (uint64_t)seq;
	return trail_get_hex(object, "chain", at->chain, sizeof(at->chain));
}

static void
put_message(struct buf *out, const struct trail_checkpoint *c)
{
	buf_put_block(out, CONTEXT, sizeof(CONTEXT) - 1);
	buf_put_block(out, c->vault, sizeof(c->vault));
	buf_put_block(out, c->file, sizeof(c->file));
	buf_put_u32(out, sizeof(c->at.seq));
	buf_put_u64(out, c->at.seq);
	buf_put_block(out, c->at.chain, sizeof(c->at.chain));
}

void
trail_sign(struct trail_checkpoint *c, const struct secret *signer)
{
	struct buf message = BUF_INIT;

	put_message(&message, c);
	digest_sign(signer, buf_str(&message), c->signature);
	buf_free(&message);
}

int
trail_verify(const struct trail_checkpoint *c)
{
	struct buf message = BUF_INIT;
	int rc;

	put_message(&message, c);
	rc = digest_verify(c->key, buf_str(&message), c->signature);
	buf_free(&message);
	return rc;
}

void
trail_put_checkpoint(struct json_writer *w, const struct trail_checkpoint *c)
{
	json_open_object(w, "checkpoint");
	trail_put_hex(w, "vault", c->vault, sizeof(c->vault));
	trail_put_hex(w, "file", c->file, sizeof(c->file));
	trail_put(w, &c->at);
	trail_put_hex(w, "key", c->key, sizeof(c->key));
	trail_put_hex(w, "signature", c->signature, sizeof(c->signature));
	json_put_int(w, TRAIL_COMMIT, (int64_t)c->commit);
	json_close_object(w);
}

bool
trail_get_checkpoint(const struct json *value, struct trail_checkpoint *c)
{
	return value != NULL && value->type == JSON_OBJECT &&
	       trail_get_hex(value, "vault", c->vault, sizeof(c->vault)) &&
	       trail_get_hex(value, "file", c->file, sizeof(c->file)) &&
	       trail_get(value, &c->at) &&
	       trail_get_hex(value, "key", c->key, sizeof(c->key)) &&
	       trail_get_hex(value, "signature", c->signature, sizeof(c->signature));
}
