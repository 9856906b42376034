/*
 * Fields of a secret as variables of an environment: upper case, every byte that is no letter
 * and no digit a '_': "api-key" is API_KEY.
 */
#ifndef CLIENT_VARIABLES_H
#define CLIENT_VARIABLES_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

struct variables {
	struct buf text; /* NAME=VALUE, each terminated; wiped */
	char **env;      /* those of the base, then these; NULL at the end */
};

/*
 * The environment `base` with the fields added, prefix before each name.  -1 with ERR_INVALID
 * when a name is no variable's or a value holds a zero byte, ERR_CONFLICT when two fields would
 * be one variable, when base has it already, or when it is one by which a loader, shell or
 * interpreter is told what to run: whoever writes the secret is not to decide that.
 * variables_free either way.
 */
int variables_make(struct variables *v, const struct json *fields, const char *prefix,
    char *const *base, struct error *err);
void variables_free(struct variables *v);

#endif
