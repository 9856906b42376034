/*
 * Keeper: the ways out, all closed but that of public keys.
 */
#include <stdio.h>

#include "vaultd/api/transit.h"
#include "vaultd/api/transit_keys.h"

/* ---- flags ---- */

int
transit_refuse_exits(struct call *c)
{
	bool exportable = false, backup = false;

	if (field_bool(c, "exportable", &exportable, NULL) != 0 ||
	    field_bool(c, "allow_plaintext_backup", &backup, NULL) != 0)
		return -1;
	if (exportable)
		return call_refuse(c, 400, "exportable keys are refused: no key leaves this vault");
	if (backup)
		return call_refuse(c, 400,
		    "allow_plaintext_backup is refused: no key leaves this vault");
	return 0;
}

/* ---- public keys ---- */

/* The versions that are asked for: all, "latest", or one. */
static int
read_range(struct call *c, const struct named_key_settings *s, uint32_t *first, uint32_t *last)
{
	struct str text = c->parameter[2];
	unsigned long long number;

	*first = s->min_decryption_version;
	*last = s->latest_version;
	if (text.len == 0)
		return 0;
	if (str_is(text, "latest")) {
		*first = *last;
		return 0;
	}
	if (!str_to_u64(text, &number))
		return call_refuse(c, 400, "invalid key version");
	if (number < *first)
		return call_refuse(c, 400,
		    "version for export is below minimum decryption version");
	if (number > *last)
		return call_refuse(c, 400, "version does not exist or cannot be found");
	*first = *last = (uint32_t)number;
	return 0;
}

static int
put_public(struct json_writer *w, const struct named_key *k, uint32_t version, struct error *err)
{
	struct buf text = BUF_INIT;
	char number[16];
	int rc = named_key_public(k, version, (struct str){ "", 0 }, &text, err);

	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	snprintf(number, sizeof(number), "%u", version);
	json_put_str(w, number, buf_str(&text));
	buf_free(&text);
	return rc;
}

static int
export_public(struct call *c, const struct named_key *k, struct error *err)
{
	const struct named_key_settings *s = named_key_settings(k);
	struct json_writer w = reply_data(c);
	struct named_key_version v;
	uint32_t first, last;

	if (s->soft_deleted)
		return call_refuse(c, 400, "refusing to use soft-deleted key");
	if (read_range(c, s, &first, &last) != 0)
		return -1;
	json_put_str(&w, "name", c->parameter[1]);
	json_put_text(&w, "type", key_type_traits(s->type)->name);
	json_open_object(&w, "keys");
	for (uint32_t n = first; n <= last; n++)
		if (named_key_version(k, n, &v) && put_public(&w, k, n, err) != 0)
			return transit_refuse(c, err);
	json_close_object(&w);
	json_close_object(&w);
	return 0;
}

/* ---- the rows ---- */

/* parameters: type, name, version */
int
transit_export(struct call *c, struct error *err)
{
	static const char *const private[] = { "encryption-key", "signing-key", "hmac-key" };
	bool known = str_is(c->parameter[0], "public-key"), public = known;
	struct named_key *k;
	int rc;

	for (size_t i = 0; i < sizeof(private) / sizeof(*private); i++)
		known = known || str_is(c->parameter[0], private[i]);
	if (!known)
		return call_refuse(c, 400, "invalid export type: %.*s", STR(c->parameter[0]));
	k = transit_find(c, c->parameter[1], NULL, err);
	if (k == NULL)
		return -1;
	rc = public ? export_public(c, k, err) :
		      call_refuse(c, 400, "private key material is not exportable");
	named_key_free(&k);
	return rc;
}

int
transit_backup(struct call *c, struct error *err)
{
	struct named_key *k = transit_find(c, c->parameter[0], NULL, err);

	if (k == NULL)
		return -1;
	named_key_free(&k);
	return call_refuse(c, 400, "exporting is disallowed on the policy");
}

int
transit_restore(struct call *c, struct error *err)
{
	struct str backup = { "", 0 };

	(void)err;
	if (field_text(c, "backup", &backup, NULL) != 0)
		return -1;
	if (backup.len == 0)
		return call_refuse(c, 400, "'backup' must be supplied");
	return call_refuse(c, 400,
	    "restore is refused: named keys are in no backup but the vault's own");
}
