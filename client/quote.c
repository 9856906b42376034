/*
 * vaultctl: quoting for shells.
 */
#include "client/quote.h"

/* A quote inside ends the quotes, stands escaped, and opens them again. */
void
quote_put(struct buf *out, struct str text)
{
	buf_put_u8(out, '\'');
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\'')
			buf_put_text(out, "'\\''");
		else
			buf_put_u8(out, (uint8_t)text.at[i]);
	buf_put_u8(out, '\'');
}
