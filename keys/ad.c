/*
 * Associated data for the formats of keys/.  The sizes of all parts are bounded by those
 * formats, so want of room is a mistake of ours.
 */
#include <endian.h>
#include <string.h>

#include "base/error.h"
#include "keys/ad.h"

void
ad_start(struct ad *ad, const char *label)
{
	ad->len = 0;
	ad_put(ad, label, strlen(label));
}

void
ad_put(struct ad *ad, const void *bytes, size_t len)
{
	uint32_t prefix = htobe32((uint32_t)len);

	if (len > AD_MAX || ad->len + sizeof prefix + len > AD_MAX)
		fatal("associated data of more than %d bytes", AD_MAX);
	memcpy(ad->bytes + ad->len, &prefix, sizeof prefix);
	memcpy(ad->bytes + ad->len + sizeof prefix, bytes, len);
	ad->len += sizeof prefix + len;
}

void
ad_put_u8(struct ad *ad, uint8_t v)
{
	ad_put(ad, &v, sizeof v);
}

void
ad_put_u32(struct ad *ad, uint32_t v)
{
	v = htobe32(v);
	ad_put(ad, &v, sizeof v);
}

void
ad_put_u64(struct ad *ad, uint64_t v)
{
	v = htobe64(v);
	ad_put(ad, &v, sizeof v);
}
