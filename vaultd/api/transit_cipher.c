/*
 * Keeper: encrypt, which may create its key, and data keys.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/api/transit.h"
#include "vaultd/api/transit_keys.h"
#include "vaultd/api/transit_settings.h"
#include "vaultd/api/transit_use.h"
#include "vaultd/keeper/named.h"
#include "vaultd/keeper/usage.h"

static const struct absence absent = { "encryption key not found", NULL };

/* ---- encrypt ---- */

bool
transit_key_exists(struct call *c)
{
	return named_has(c->named, c->mount->uuid, c->parameter[0]);
}

bool
transit_encrypt_creates(struct call *c)
{
	return !transit_key_exists(c);
}

/* The key that encrypting with it makes: derived when contexts come along. */
static int
read_upsert(struct call *c, const struct uses *u, struct named_key_request *r, struct error *err)
{
	bool disabled;

	if (transit_settings_get(c, &disabled, err) != 0)
		return -1;
	if (disabled)
		return call_refuse(c, 400, "%s", absent.before);
	if (transit_read_type(c, "unknown key type", r) != 0)
		return -1;
	r->derived = u->items[0].context.len > 0;
	return named_key_check(r, false, err) == 0 ? 0 : transit_refuse(c, err);
}

static struct named_key *
create(struct call *c, const struct uses *u, struct error *err)
{
	struct named_key_request r;
	struct named_key *k;

	if (read_upsert(c, u, &r, err) != 0)
		return NULL;
	k = transit_make(c, &r, err);
	if (k == NULL)
		transit_refuse(c, err);
	else
		transit_store(c, c->mount, c->parameter[0], k);
	return k;
}

int
transit_encrypt_prepare(struct call *c, struct work **w, struct error *err)
{
	struct named_key *k = named_find(c->named, c->mount->uuid, c->parameter[0], NULL);
	struct named_key_request r;
	struct uses u;
	int rc = -1;

	if (k != NULL) {
		rc = uses_prepare(c, USE_ENCRYPT, k, w);
		named_key_free(&k);
		return rc;
	}
	if (uses_read(c, USE_ENCRYPT, &u) != 0 || read_upsert(c, &u, &r, err) != 0)
		return -1;
	if (key_type_traits(r.type)->slow_new)
		*w = transit_make_work(c, &r, NULL, NULL);
	return 0;
}

int
transit_encrypt(struct call *c, struct error *err)
{
	struct named_key *k;
	struct uses u;
	int rc;

	if (transit_check_name(c, c->parameter[0]) != 0 || uses_read(c, USE_ENCRYPT, &u) != 0)
		return -1;
	k = transit_key_exists(c) ? transit_find(c, c->parameter[0], &absent, err) :
				    create(c, &u, err);
	if (k == NULL)
		return -1;
	rc = uses_serve(c, k, &u, err);
	named_key_free(&k);
	return rc;
}

/* ---- data keys ---- */

struct datakey {
	bool shown; /* datakey/plaintext */
	struct cipher_use use;
	struct buf context, associated;
	struct buf key, text;
};

static void
clear_datakey(struct datakey *d)
{
	buf_free(&d->context);
	buf_free(&d->associated);
	buf_free(&d->key);
	buf_free(&d->text);
}

static int
read_datakey(struct call *c, struct datakey *d)
{
	struct str context = { "", 0 }, associated = { "", 0 };

	d->shown = str_is(c->parameter[0], "plaintext");
	if (!d->shown && !str_is(c->parameter[0], "wrapped"))
		return call_refuse(c, 400, "Invalid path, must be 'plaintext' or 'wrapped'");
	if (field_text(c, "context", &context, NULL) != 0 ||
	    field_text(c, "associated_data", &associated, NULL) != 0 ||
	    field_int(c, "key_version", &d->use.version, NULL) != 0)
		return -1;
	if (!base64_decode(&d->context, BASE64_STD, context, NULL))
		return call_refuse(c, 400, "failed to base64-decode context");
	if (!base64_decode(&d->associated, BASE64_STD, associated, NULL))
		return call_refuse(c, 400, "failed to decode associated_data");
	d->use.context = buf_str(&d->context);
	d->use.associated = buf_str(&d->associated);
	return 0;
}

static int
draw(struct call *c, struct datakey *d)
{
	int64_t bits = 256;

	if (field_int(c, "bits", &bits, NULL) != 0)
		return -1;
	if (bits != 128 && bits != 256 && bits != 512)
		return call_refuse(c, 400, "invalid bit length");
	random_bytes(buf_reserve(&d->key, (size_t)bits / 8), (size_t)bits / 8);
	d->key.len = (size_t)bits / 8;
	return 0;
}

static void
show(struct call *c, const struct datakey *d)
{
	struct json_writer w = reply_data(c);
	struct buf key = BUF_INIT;

	json_put_str(&w, "ciphertext", buf_str(&d->text));
	json_put_int(&w, "key_version", d->use.used);
	if (d->shown) {
		base64_encode(&key, BASE64_STD, d->key.data, d->key.len);
		json_put_str(&w, "plaintext", buf_str(&key));
	}
	json_close_object(&w);
	buf_free(&key);
}

static void
count(struct call *c, uint32_t version)
{
	struct usage_key *u = usage_open(c->usage, c->mount->uuid, c->parameter[1]);

	usage_note(u, version, USAGE_ENCRYPT, 1, c->now);
	usage_close(&u);
}

/* parameters: what to show, name */
int
transit_datakey(struct call *c, struct error *err)
{
	struct datakey d = { .use = { .version = 0 } };
	struct named_key *k = NULL;
	int rc = -1;

	if (read_datakey(c, &d) != 0)
		goto out;
	k = transit_find(c, c->parameter[1], &absent, err);
	if (k == NULL || draw(c, &d) != 0)
		goto out;
	rc = named_key_encrypt(k, &d.use, buf_str(&d.key), &d.text, err);
	if (rc == 0) {
		count(c, d.use.used);
		show(c, &d);
	} else {
		transit_refuse(c, err);
	}
out:
	named_key_free(&k);
	clear_datakey(&d);
	return rc;
}
