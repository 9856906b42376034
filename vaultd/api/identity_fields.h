/*
 * What goes into entities and groups from a request, and out of them into a reply.
 */
#ifndef API_IDENTITY_FIELDS_H
#define API_IDENTITY_FIELDS_H

#include "vaultd/keeper/call.h"
#include "vaultd/keeper/identities.h"

/* Fields of the body.  -1: refused. */

/* "name": printable, not longer than a SPIFFE ID may be. */
int identity_field_name(struct call *c, struct str *name, bool *present);

/* A list of names or ids, as a set (packed.h); lower: policies. */
int identity_field_set(struct call *c, const char *name, bool lower, struct str *set,
    bool *present);
/* An object, or ["key=value", ...], as pairs (packed.h). */
int identity_field_pairs(struct call *c, const char *name, struct str *pairs, bool *present);
/* "policies" may hold any but root. */
int identity_field_policies(struct call *c, struct str *set, bool *present);

/* The mount of that accessor; NULL: there is none. */
const struct mount *identity_mount_of(const struct call *c, struct str accessor);

/* A new id, in the arena. */
struct str identity_new_id(struct call *c);

/* Members of a reply.  Where nothing was said of a list, null: or [] when `empty`. */
void identity_put_list(struct json_writer *w, const char *name, struct str list, bool empty);
void identity_put_pairs(struct json_writer *w, const char *name, struct str pairs, bool empty);
void identity_put_time(struct json_writer *w, const char *name, int64_t wall);
/* The members of an alias; owner: id of its entity or group. */
void identity_put_alias(const struct call *c, struct json_writer *w, const struct alias *a,
    struct str owner);
/* Those of which lists tell: name and mount. */
void identity_put_alias_info(const struct call *c, struct json_writer *w, const struct alias *a);

#endif
