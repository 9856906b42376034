/*
 * Keeper: keys/<name>/usage: which versions are still in use, so that old ones can be given up.
 *
 *   { "name": text, "latest_version": n, "min_decryption_version": n,
 *     "versions": { "1": { "encrypt": n, "decrypt": n, "sign": n, "verify": n,
 *                          "last_used": time, "disabled": bool }, ... } }
 *
 * versions holds those that were ever used and are still there.  encrypt counts data keys too,
 * sign HMACs; of a rewrap both ends count.  A keeper that is killed forgets the last ten
 * seconds.
 */
#include <stdio.h>

#include "vaultd/api/rotate.h"
#include "vaultd/api/transit.h"
#include "vaultd/api/transit_keys.h"
#include "vaultd/keeper/usage.h"

struct showing {
	struct json_writer *w;
	const struct named_key *key;
};

static void
show(void *arg, const struct usage_version *v)
{
	static const char *const names[USAGE_OPERATIONS] = { "encrypt", "decrypt", "sign",
		"verify" };
	struct showing *s = arg;
	struct named_key_version there;
	char number[12];

	if (!named_key_version(s->key, v->number, &there))
		return;
	snprintf(number, sizeof(number), "%u", v->number);
	json_open_object(s->w, number);
	for (unsigned i = 0; i < USAGE_OPERATIONS; i++)
		json_put_int(s->w, names[i], (int64_t)v->count[i]);
	api_put_time(s->w, "last_used", v->last);
	json_put_bool(s->w, "disabled", there.disabled);
	json_close_object(s->w);
}

int
transit_usage(struct call *c, struct error *err)
{
	struct named_key *k = transit_find(c, c->parameter[0], NULL, err);
	const struct named_key_settings *set;
	struct json_writer w;
	struct showing s = { &w, k };
	int rc;

	if (k == NULL)
		return -1;
	set = named_key_settings(k);
	w = reply_data(c);
	json_put_str(&w, "name", c->parameter[0]);
	json_put_int(&w, "latest_version", set->latest_version);
	json_put_int(&w, "min_decryption_version", set->min_decryption_version);
	json_open_object(&w, "versions");
	rc = usage_read(c->usage, c->records, c->mount->uuid, c->parameter[0], show, &s, err);
	json_close_object(&w);
	json_close_object(&w);
	named_key_free(&k);
	return rc;
}
