/*
 * gate: the lines of a request's head.  Trusted with refusing whatever two readers could take
 * differently: the one file that says which header means what.
 */
#include "vaultd/gate/line.h"

#include <string.h>
#include <strings.h>

#include "vaultd/gate/host.h"

#define METHOD_BYTES 32 /* longest method */

static bool
same(struct str s, const char *lower)
{
	return s.len == strlen(lower) && strncasecmp(s.at, lower, s.len) == 0;
}

static bool
token_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* RFC 9110 §5.6.2: a method, a field's name. */
static bool
token_valid(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!token_byte((unsigned char)s.at[i]))
			return false;
	return s.len > 0;
}

/* RFC 9110 §5.5, obs-text allowed: no control byte but the tab. */
static bool
value_valid(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* RFC 9112 §3.2.1: begins with '/', visible ASCII, no fragment. */
static bool
target_valid(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= 0x20 || s.at[i] >= 0x7f || s.at[i] == '#')
			return false;
	return s.len > 0 && s.at[0] == '/';
}

static enum method
method_of(struct str s)
{
	static const char *const names[METHOD_OTHER] = {
	    [METHOD_GET] = "GET",
	    [METHOD_HEAD] = "HEAD",
	    [METHOD_POST] = "POST",
	    [METHOD_PUT] = "PUT",
	    [METHOD_PATCH] = "PATCH",
	    [METHOD_DELETE] = "DELETE",
	    [METHOD_LIST] = "LIST",
	    [METHOD_SCAN] = "SCAN",
	    [METHOD_HELP] = "HELP",
	    [METHOD_OPTIONS] = "OPTIONS",
	};

	for (int i = 0; i < METHOD_OTHER; i++)
		if (str_is(s, names[i]))
			return (enum method)i;
	return METHOD_OTHER;
}

/* Where a str cut from the text lies in it. */
static struct head_span
span_of(const struct head *h, struct str s)
{
	return (struct head_span){
	    (uint32_t)(s.at - (const char *)h->text.data), (uint32_t)s.len, true};
}

static bool
version_shaped(struct str s)
{
	return s.len == 8 && str_starts(s, "HTTP/") && s.at[5] >= '0' && s.at[5] <= '9' &&
	       s.at[6] == '.' && s.at[7] >= '0' && s.at[7] <= '9';
}

static void
take_request_line(struct head *h, struct str line)
{
	struct str method, target, version;
	bool whole =
	    str_cut(line, ' ', &method, &target) && str_cut(target, ' ', &target, &version);

	h->method = method_of(method); /* of a refused one, too: for HEAD that has no body */
	if (!whole || !token_valid(method) || method.len > METHOD_BYTES || !version_shaped(version)) {
		head_refuse(h, 400, "malformed request line");
	} else if (!str_is(version, "HTTP/1.1")) {
		head_refuse(h, 505, "only HTTP/1.1 is spoken here");
	} else if (!target_valid(target)) {
		head_refuse(h, 400, "malformed request target");
	} else {
		h->target = span_of(h, target);
		h->state = HEAD_FIELDS;
	}
}

static bool
digits_only(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return s.len > 0;
}

static void
check_host(struct head *h, struct str value)
{
	if (!host_valid(value))
		head_refuse(h, 400, "malformed Host");
}

static void
check_length(struct head *h, struct str value)
{
	unsigned long long length;

	if (!digits_only(value))
		head_refuse(h, 400, "malformed Content-Length");
	else if (!str_to_u64(value, &length) || length > h->limits->body_bytes)
		head_refuse(h, 413, "http: request body too large");
	else
		h->left = length;
}

static void
check_transfer(struct head *h, struct str value)
{
	if (!same(value, "chunked"))
		head_refuse(h, 400, "unsupported Transfer-Encoding");
	h->chunked = true;
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = str_from(s, 1);
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static void
check_connection(struct head *h, struct str value)
{
	struct str option;
	bool more;

	do {
		more = str_cut(value, ',', &option, &value);
		if (same(trim(option), "close"))
			h->close = true;
	} while (more);
}

static void
check_expect(struct head *h, struct str value)
{
	if (!same(value, "100-continue"))
		head_refuse(h, 417, "unsupported Expect");
}

#define NAME(text) text, sizeof(text) - 1

static const struct field {
	const char *name;
	size_t len;
	bool once; /* given twice, it is refused; otherwise the first one counts */
	void (*check)(struct head *h, struct str value);
} known[FIELD_COUNT] = {
    [FIELD_HOST] = {NAME("host"), true, check_host},
    [FIELD_LENGTH] = {NAME("content-length"), true, check_length},
    [FIELD_TRANSFER] = {NAME("transfer-encoding"), true, check_transfer},
    [FIELD_CONNECTION] = {NAME("connection"), false, check_connection},
    [FIELD_EXPECT] = {NAME("expect"), true, check_expect},
    [FIELD_TYPE] = {NAME("content-type"), true, NULL},
    [FIELD_TOKEN] = {NAME("x-vault-token"), true, NULL},
    [FIELD_AUTHORIZATION] = {NAME("authorization"), true, NULL},
    [FIELD_SPACE] = {NAME("x-vault-namespace"), true, NULL},
    [FIELD_WRAP_TTL] = {NAME("x-vault-wrap-ttl"), true, NULL},
    [FIELD_ACCEPT] = {NAME("accept"), false, NULL},
};

static void
take_known(struct head *h, int i, struct str value)
{
	if (h->fields[i].present && known[i].once) {
		head_refuse(h, 400, "a header is given twice");
		return;
	}
	if (!h->fields[i].present)
		h->fields[i] = span_of(h, value);
	if (known[i].check != NULL)
		known[i].check(h, value);
}

static void
take_field(struct head *h, struct str line)
{
	struct str name, value;

	if (++h->count > h->limits->head_fields) {
		head_refuse(h, 431, "too many headers");
		return;
	}
	if (!str_cut(line, ':', &name, &value) || !token_valid(name) || !value_valid(value)) {
		head_refuse(h, 400, "malformed header");
		return;
	}
	for (int i = 0; i < FIELD_COUNT; i++)
		if (name.len == known[i].len && same(name, known[i].name))
			take_known(h, i, trim(value));
}

static void
end_head(struct head *h)
{
	if (!h->fields[FIELD_HOST].present) {
		head_refuse(h, 400, "a request needs one Host");
		return;
	}
	if (h->chunked && h->fields[FIELD_LENGTH].present) {
		head_refuse(h, 400, "Content-Length beside Transfer-Encoding");
		return;
	}
	h->state = h->chunked ? HEAD_CHUNK_SIZE : h->left > 0 ? HEAD_BODY : HEAD_DONE;
	h->expects = h->fields[FIELD_EXPECT].present && h->state != HEAD_DONE;
}

void
line_take(struct head *h, struct str line)
{
	if (line.len == 0 || line.at[line.len - 1] != '\r' ||
	    memchr(line.at, '\r', line.len - 1) != NULL) {
		head_refuse(h, 400, "malformed line");
		return;
	}
	line.len--;
	if (h->state == HEAD_LINE)
		take_request_line(h, line);
	else if (line.len == 0)
		end_head(h);
	else
		take_field(h, line);
}
