/*
 * Keeper: entities that are worked out.
 */
#include "vaultd/keeper/virtual.h"

#include <stdio.h>
#include <string.h>

#include "keys/digest.h"

/* A version 4-shaped UUID that is always the same for one SPIFFE ID in one vault. */
void
virtual_id(const struct identities *s, struct str spiffe_id, unsigned turn, char id[UUID_TEXT])
{
	const struct secret *key = keyring_key(s->keyring, KEYRING_INDEX);
	struct buf text = BUF_INIT;
	uint8_t h[DIGEST_SHA256];

	buf_put_str(&text, spiffe_id);
	if (turn > 0)
		buf_put_u8(&text, (uint8_t)turn); /* no name holds such a byte */
	digest_hmac(key, buf_str(&text), h);
	buf_free(&text);
	snprintf(id, UUID_TEXT,
	    "%02x%02x%02x%02x-%02x%02x-4%01x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1],
	    h[2], h[3], h[4], h[5], h[6] & 15, h[7], 0x80 | (h[8] & 0x3f), h[9], h[10], h[11],
	    h[12], h[13], h[14], h[15]);
}

#define VERSION_AT 14 /* the one digit of a UUID that says that it is random */
#define VARIANT_AT 19 /* and the one of which two bits are fixed */

void
virtual_mirror(struct str id, char out[UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		const char *d = id.at[i] == '\0' ? NULL : strchr(digits, id.at[i]);

		out[i] = id.at[i];
		if (d != NULL && i != VERSION_AT && i != VARIANT_AT)
			out[i] = digits[15 - (d - digits)];
	}
	out[UUID_TEXT - 1] = '\0';
}

static struct str
append(struct buf *b, struct str s)
{
	size_t at = b->len;

	buf_put_str(b, s);
	return (struct str){ (const char *)b->data + at, s.len };
}

void
virtual_make(const struct identities *s, struct str id, const struct caller *c, struct entity *e)
{
	struct alias *a = &e->aliases[0];
	char alias_id[UUID_TEXT];

	memset(e, 0, sizeof(*e));
	virtual_mirror(id, alias_id);
	/* All of it at once: what points into the buf must not move. */
	(void)buf_reserve(&e->bytes, strlen(VIRTUAL_PREFIX) + 2 * UUID_TEXT + c->spiffe_id.len +
	    s->accessor.len);
	e->name = append(&e->bytes, str_of(VIRTUAL_PREFIX));
	e->id = append(&e->bytes, id);
	e->name.len += e->id.len;
	a->id = append(&e->bytes, str_of(alias_id));
	a->accessor = append(&e->bytes, s->accessor);
	a->name = append(&e->bytes, c->spiffe_id);
	e->created = e->updated = a->created = a->updated = c->since;
	e->alias_count = s->accessor.len > 0 ? 1 : 0;
}

bool
virtual_name_fits(struct str name, struct str id)
{
	size_t prefix = strlen(VIRTUAL_PREFIX);

	return !str_starts(name, VIRTUAL_PREFIX) || name.len != prefix + UUID_TEXT - 1 ||
	    str_equal(str_from(name, prefix), id);
}

void
virtual_name(struct str id, char name[VIRTUAL_NAME])
{
	snprintf(name, VIRTUAL_NAME, VIRTUAL_PREFIX "%.*s", STR(id));
}
