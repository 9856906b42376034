/*
 * Jansson, asked as strictly as it can be.
 */
#include <jansson.h>

#include "tests/unit/jansson_oracle.h"

bool
jansson_reads(struct str text, bool *too_big)
{
	json_error_t why;
	json_t *v = json_loadb(
	    text.at, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);

	*too_big = v == NULL && json_error_code(&why) == json_error_numeric_overflow;
	json_decref(v);
	return v != NULL;
}
