/*
 * Keeper: random and hash.
 */
#include "vaultd/api/random.h"

#include "base/clock.h"
#include "base/text.h"
#include "keys/hash.h"

#define BYTES_MOST 131072

/* ---- random ---- */

static bool
is_source(struct str s)
{
	return str_is(s, "platform") || str_is(s, "seal") || str_is(s, "all");
}

/* Source and count stand in the path, both, one or none: then the body's count. */
static int
read_count(struct call *c, int64_t *count)
{
	struct str text = c->parameter[1].len > 0 ? c->parameter[1] :
	    is_source(c->parameter[0])		  ? (struct str){ "", 0 } :
						    c->parameter[0];
	struct json number = { .type = JSON_NUMBER, .text = text };

	if (text.len == 0)
		return field_int(c, "bytes", count, NULL);
	if (!json_to_int(&number, count))
		return call_refuse(c, 400, "error parsing url-set byte count: strconv.Atoi: "
		    "parsing \"%.*s\": invalid syntax", STR(text));
	return 0;
}

static int
check_source(struct call *c)
{
	struct str source = c->parameter[0];

	if (source.len > 0 && c->parameter[1].len > 0 && !is_source(source))
		return call_refuse(c, 400, "unsupported entropy source \"%.*s\"; must be "
		    "\"platform\" or \"seal\", or \"all\"", STR(source));
	if (str_is(source, "seal"))
		call_warn(c, "no seal/entropy augmentation available, using platform entropy source");
	if (source.len == 0 && json_find(c->body, "source") != NULL)
		call_warn(c, "Endpoint replaced the value of these parameters with the values "
		    "captured from the endpoint's path: [source]");
	return 0;
}

static int
read_format(struct call *c, const char *standard, const char *quote, bool *hex)
{
	struct str format = str_of(standard);

	if (field_text(c, "format", &format, NULL) != 0)
		return -1;
	*hex = str_is(format, "hex");
	if (*hex || str_is(format, "base64"))
		return 0;
	return call_refuse(c, 400,
	    "unsupported encoding format %s%.*s%s; must be \"hex\" or \"base64\"", quote,
	    STR(format), quote);
}

static void
answer(struct call *c, const char *name, bool hex, const void *bytes, size_t len)
{
	struct json_writer w = reply_data(c);
	struct buf text = BUF_INIT;

	if (hex)
		hex_encode(&text, bytes, len);
	else
		base64_encode(&text, BASE64_STD, bytes, len);
	json_put_str(&w, name, buf_str(&text));
	json_close_object(&w);
	buf_free(&text);
}

int
api_random(struct call *c, struct error *err)
{
	struct buf bytes = BUF_INIT;
	int64_t count = 32;
	bool hex;

	(void)err;
	if (read_count(c, &count) != 0)
		return -1;
	if (count < 1)
		return call_refuse(c, 400, "'bytes' cannot be less than 1");
	if (count > BYTES_MOST)
		return call_refuse(c, 400, "'bytes' should be less than %d", BYTES_MOST);
	if (read_format(c, "base64", "\"", &hex) != 0 || check_source(c) != 0)
		return -1;
	random_bytes(buf_reserve(&bytes, (size_t)count), (size_t)count);
	bytes.len = (size_t)count;
	answer(c, "random_bytes", hex, bytes.data, bytes.len);
	buf_free(&bytes);
	return 0;
}

/* ---- hash ---- */

static int
read_hash(struct call *c, enum hash *hash)
{
	struct str name = str_of("sha2-256");

	if (field_text(c, "algorithm", &name, NULL) != 0)
		return -1;
	if (c->parameter[0].len > 0)
		name = c->parameter[0];
	*hash = hash_find(name);
	if (*hash == HASHES || *hash == HASH_NONE || *hash == HASH_SHA1)
		return call_refuse(c, 400, "unsupported algorithm %.*s", STR(name));
	return 0;
}

int
api_hash(struct call *c, struct error *err)
{
	struct str text = { "", 0 }, part;
	struct buf input = BUF_INIT;
	uint8_t sum[HASH_MAX];
	enum hash hash;
	bool present, hex;
	size_t bad;

	(void)err;
	if (field_text(c, "input", &text, &present) != 0)
		return -1;
	if (!present && c->mount->type == MOUNT_TRANSIT)
		return call_refuse(c, 400, "input missing");
	if (read_format(c, "hex", "", &hex) != 0 || read_hash(c, &hash) != 0)
		return -1;
	if (!base64_decode(&input, BASE64_STD, text, &bad))
		return call_refuse(c, 400, "unable to decode input as base64: illegal base64 data "
		    "at input byte %zu", bad);
	part = buf_str(&input);
	hash_sum(hash, &part, 1, sum);
	answer(c, "sum", hex, sum, hash_size(hash));
	buf_free(&input);
	return 0;
}
