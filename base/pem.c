/*
 * PEM.  Runs in every process, in the keeper on bytes of strangers.
 */
#include "base/pem.h"

#include <string.h>

#include "base/text.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define LINE 64

void
pem_put(const char *label, struct str der, struct buf *out)
{
	struct buf text = BUF_INIT;
	struct str rest;

	base64_encode(&text, BASE64_STD, der.at, der.len);
	buf_printf(out, BEGIN "%s" DASHES "\n", label);
	for (rest = buf_str(&text); rest.len > 0;) {
		size_t n = rest.len < LINE ? rest.len : LINE;

		buf_put(out, rest.at, n);
		buf_put_u8(out, '\n');
		rest = str_from(rest, n);
	}
	buf_printf(out, END "%s" DASHES, label);
	buf_free(&text);
}

/* Where needle begins in s, or NULL. */
static const char *
find(struct str s, const char *needle)
{
	return s.len == 0 ? NULL : memmem(s.at, s.len, needle, strlen(needle));
}

bool
pem_next(struct str *rest, struct str *label, struct str *block)
{
	const char *begin = find(*rest, BEGIN), *dashes, *end, *last;
	struct str behind;

	if (begin == NULL)
		return false;
	behind = str_from(*rest, (size_t)(begin - rest->at) + strlen(BEGIN));
	dashes = find(behind, DASHES);
	end = find(behind, END);
	if (dashes == NULL || end == NULL || dashes > end)
		return false;
	*label = (struct str){behind.at, (size_t)(dashes - behind.at)};
	behind = str_from(behind, (size_t)(end - behind.at) + strlen(END));
	last = find(behind, DASHES);
	if (last == NULL || (size_t)(last - behind.at) != label->len ||
	    memcmp(behind.at, label->at, label->len) != 0)
		return false;
	*rest = str_from(behind, label->len + strlen(DASHES));
	*block = (struct str){begin, (size_t)(rest->at - begin)};
	return true;
}

int
pem_decode(struct str block, struct buf *der, struct error *err)
{
	size_t head = strlen(BEGIN), body;
	const char *dashes = find(str_from(block, head), DASHES), *end = find(block, END);
	struct buf text = BUF_INIT;
	int rc = 0;

	body = (size_t)(dashes - block.at) + strlen(DASHES);
	for (const char *p = block.at + body; p < end; p++)
		if (*p != '\r' && *p != '\n' && *p != ' ' && *p != '\t')
			buf_put_u8(&text, (uint8_t)*p);
	if (text.len == 0 || !base64_decode(der, BASE64_STD, buf_str(&text), NULL))
		rc = error_set(err, ERR_INVALID, "the PEM block is not base64");
	buf_free(&text);
	return rc;
}

int
pem_first(struct str pem, const char *const *labels, struct buf *der, struct error *err)
{
	struct str label, block;

	if (!pem_next(&pem, &label, &block))
		return error_set(err, ERR_INVALID, "there is no PEM block");
	for (; *labels != NULL; labels++)
		if (str_is(label, *labels))
			return pem_decode(block, der, err);
	return error_set(err, ERR_INVALID, "the PEM block is of another kind");
}
