/*
 * vaultctl: percent-encoding.
 */
#include "client/url.h"

#include <string.h>

void
url_put(struct buf *out, struct str text, const char *also)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c != '\0' && (strchr(plain, c) != NULL || strchr(also, c) != NULL))
			buf_put_u8(out, (uint8_t)c);
		else
			buf_printf(out, "%%%02X", (unsigned char)c);
	}
}
