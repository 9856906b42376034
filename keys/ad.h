/*
 * Associated data: parts in order, each behind its length (u32, big-endian), so that no two
 * lists of parts make the same bytes.  It lives on the stack and holds nothing secret.
 */
#ifndef KEYS_AD_H
#define KEYS_AD_H

#include <stddef.h>
#include <stdint.h>

#define AD_MAX 256

struct ad {
	size_t len;
	uint8_t bytes[AD_MAX];
};

/* Start with one part, a terminated label that names format and version. */
void ad_start(struct ad *ad, const char *label);

/* One part more: bytes, or a big-endian number of 1, 4 or 8 bytes. */
void ad_put(struct ad *ad, const void *bytes, size_t len);
void ad_put_u8(struct ad *ad, uint8_t v);
void ad_put_u32(struct ad *ad, uint32_t v);
void ad_put_u64(struct ad *ad, uint64_t v);

#endif
