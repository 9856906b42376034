/*
 * Things that are kept as one JSON object of settings and written field by field: roles, and
 * the configuration of a mount.  What a write does not send stays as it was, or is standard.
 */
#ifndef API_SETTINGS_H
#define API_SETTINGS_H

#include <stdbool.h>

#include "vaultd/keeper/call.h"

enum setting_kind {
	SET_TEXT,
	SET_LIST,
	SET_NAMES,   /* a list of names of policies: canonical, sorted, each once */
	SET_ORDERED, /* the same, as it was sent */
	SET_NETWORKS,
	SET_SECONDS,
	SET_NUMBER,
	SET_TRUTH
};

struct setting_field {
	const char *name;
	enum setting_kind kind;
	const char *standard; /* JSON of one that does not say; NULL: then it is left out */
	const char *older;    /* a deprecated name, which sets it too, and is then shown; or NULL */
};

/*
 * The settings of a record, in the arena: 0; 1: there is no such record; -1 with err.
 */
int settings_read(struct call *c, const struct record_name *n, const struct json **settings,
    struct error *err);

/* Members of an object that is open: each field as sent, else as in old (NULL: none), else
 * standard.  -1: refused. */
int settings_put(struct call *c, struct json_writer *w, const struct json *old,
    const struct setting_field *fields, size_t count);

/* Whether the request's body sends a field of that name (NULL: no). */
bool settings_sent(const struct call *c, const char *name);

/* Members of settings that were read. */
int64_t settings_number(const struct json *settings, const char *name);
bool settings_truth(const struct json *settings, const char *name);
struct str settings_text(const struct json *settings, const char *name);

/*
 * Parse what settings_put made, hold it against check (which refuses), and keep it.  -1:
 * refused, or err.
 */
int settings_store(struct call *c, const struct record_name *n, const struct buf *text,
    int (*check)(struct call *c, const struct json *settings), struct error *err);

/* The names in a directory of the records, as data {"keys": [...]}, or 404. */
int settings_list(struct call *c, enum record_kind kind, const uint8_t mount[16],
    struct str directory, struct error *err);

/* Refuses unless each of token_bound_cidrs is a network, and token_type is a type. */
int settings_check_token(struct call *c, const struct json *settings);

#endif
