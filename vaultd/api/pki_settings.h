/*
 * Settings that are kept as a JSON object and answered as they are kept: a table of fields says
 * what each is and what it is when nobody has said.
 */
#ifndef API_PKI_SETTINGS_H
#define API_PKI_SETTINGS_H

#include "vaultd/keeper/call.h"

enum pki_setting_kind {
	PKI_SET_TEXT,
	PKI_SET_LIST,
	PKI_SET_SECONDS,
	PKI_SET_NUMBER,
	PKI_SET_TRUTH
};

struct pki_setting {
	const char *name; /* NULL: the end of the table */
	enum pki_setting_kind kind;
	const char *standard; /* JSON */
};

/*
 * Append the object: each field as the body has it, else as `old` (may be NULL) has it, else as
 * is standard.  -1: refused, a field of the body does not convert.
 */
int pki_settings_merge(
    struct call *c, const struct pki_setting *fields, const struct json *old, struct buf *out);

/* The object of a record of this mount, in the arena: 0; 1 there is none; -1 err. */
int pki_settings_read(struct call *c, enum record_kind kind, struct str name,
    const struct json **settings, struct error *err);
/* Keep it (JSON), and make it the reply's data. */
void pki_settings_write(
    struct call *c, enum record_kind kind, struct str name, const struct buf *json);

/* Members of an object: what is missing or of another type is "", 0, false or no list. */
struct str pki_text(const struct json *object, const char *name);
int64_t pki_number(const struct json *object, const char *name);
bool pki_truth(const struct json *object, const char *name);
/* In the arena; -1: refused, it is full. */
int pki_list(
    struct call *c, const struct json *object, const char *name, struct str_list *list);

#endif
