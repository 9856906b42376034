/*
 * Settings that are kept as a JSON object and answered as they are kept: a table of fields says
 * what each is and what it is when nobody has said.
 */
#ifndef API_PKI_SETTINGS_H
#define API_PKI_SETTINGS_H

#include "vaultd/api/settings.h"

/*
 * Append the object: each field as the body has it, else as `old` (may be NULL) has it, else as
 * is standard.  -1: refused, a field of the body does not convert.
 */
int pki_settings_merge(struct call *c, const struct setting_field *fields,
    const struct json *old, struct buf *out);

/* The object of a record of this mount, in the arena: 0; 1 there is none; -1 err. */
int pki_settings_read(struct call *c, enum record_kind kind, struct str name,
    const struct json **settings, struct error *err);
/* Keep it (JSON), and make it the reply's data. */
void pki_settings_write(
    struct call *c, enum record_kind kind, struct str name, const struct buf *json);

/*
 * A member that is a list, in the arena; none of another type, or missing.  -1: refused, it is
 * full.
 */
int pki_list(
    struct call *c, const struct json *object, const char *name, struct str_list *list);

#endif
