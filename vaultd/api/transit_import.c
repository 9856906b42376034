/*
 * Keeper: keys from outside.  They come wrapped for a key that each mount has for this alone.
 */
#include <string.h>

#include "base/text.h"
#include "vaultd/api/transit.h"
#include "vaultd/api/transit_keys.h"
#include "vaultd/keeper/named.h"

/*
 * Bytes of what is imported, as it is sent: five times what an RSA-4096 key takes.  It is taken
 * apart in locked memory, of which there is little.
 */
#define SOURCE_MAX 16384

/* ---- the wrapping key ---- */

/* It has no name, so none can be mistaken for it. */
static struct named_key_place
wrapping_place(const struct call *c)
{
	struct named_key_place p = { .name = { "", 0 } };

	memcpy(p.mount, c->mount->uuid, sizeof(p.mount));
	return p;
}

static struct record_name
wrapping_record(const struct call *c)
{
	return (struct record_name){ RECORD_TRANSIT, c->mount->uuid, { "", 0 },
		str_of("wrapping-key") };
}

/* A reference; NULL with ERR_NOT_FOUND when nobody has asked for it yet. */
static struct named_key *
read_wrapping(struct call *c, struct error *err)
{
	struct record_name n = wrapping_record(c);
	struct named_key_place place = wrapping_place(c);
	struct named_key *k = NULL;
	struct buf text = BUF_INIT;

	if (records_get(c->records, &n, &text, err) == 0)
		k = named_key_parse(named_all(c->named), &place, buf_str(&text), err);
	buf_free(&text);
	return k;
}

static struct named_key *
make_wrapping(struct call *c, struct error *err)
{
	struct record_name n = wrapping_record(c);
	struct named_key *k = transit_made(c, err);
	struct buf text = BUF_INIT;

	if (k == NULL)
		return NULL;
	named_key_format(k, &text);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
	return k;
}

bool
transit_wrapping_creates(struct call *c)
{
	struct record_name n = wrapping_record(c);

	return !records_has(c->records, &n);
}

int
transit_wrapping_key_prepare(struct call *c, struct work **w, struct error *err)
{
	struct named_key_request r = { .place = wrapping_place(c), .type = KEY_WRAPPING };

	(void)err;
	if (transit_wrapping_creates(c))
		*w = transit_make_work(c, &r, NULL, NULL);
	return 0;
}

int
transit_wrapping_key(struct call *c, struct error *err)
{
	struct named_key *k = transit_wrapping_creates(c) ? make_wrapping(c, err) :
							    read_wrapping(c, err);
	struct buf pem = BUF_INIT;
	struct json_writer w;
	int rc = -1;

	if (k != NULL)
		rc = named_key_public(k, 1, (struct str){ "", 0 }, &pem, err);
	if (rc == 0) {
		w = reply_data(c);
		json_put_str(&w, "public_key", buf_str(&pem));
		json_close_object(&w);
	}
	buf_free(&pem);
	named_key_free(&k);
	return rc;
}

/* ---- what is sent ---- */

struct import {
	struct named_key_source source;
	struct named_key *wrapping;
	struct buf ciphertext;
};

static void
clear_import(struct import *i)
{
	named_key_free(&i->wrapping);
	buf_free(&i->ciphertext);
}

static int
read_source(struct call *c, struct import *i, struct error *err)
{
	struct str text = { "", 0 }, hash = str_of("SHA256");
	struct error why = ERROR_INIT;

	if (field_text(c, "ciphertext", &text, NULL) != 0 ||
	    field_text(c, "hash_function", &hash, NULL) != 0 ||
	    field_text(c, "public_key", &i->source.public_pem, NULL) != 0)
		return -1;
	i->source.oaep = hash_find_oaep(hash);
	if (i->source.oaep == HASHES)
		return call_refuse(c, 400, "unknown hash function: %.*s", STR(hash));
	if (text.len > SOURCE_MAX || i->source.public_pem.len > SOURCE_MAX)
		return call_refuse(c, 400, "a key to import has at most %d bytes", SOURCE_MAX);
	if (!base64_decode(&i->ciphertext, BASE64_STD, text, NULL))
		return call_refuse(c, 400, "the ciphertext is no base64");
	if (text.len == 0)
		return 0;
	i->source.ciphertext = buf_str(&i->ciphertext);
	i->wrapping = read_wrapping(c, &why);
	if (i->wrapping == NULL && why.code == ERR_NOT_FOUND)
		return call_refuse(c, 400, "this mount has no wrapping key yet: read wrapping_key, "
		    "and wrap the key for it");
	if (i->wrapping == NULL)
		*err = why;
	return i->wrapping != NULL ? 0 : -1;
}

/* ---- a new key ---- */

static int
check_absent(struct call *c)
{
	if (!named_has(c->named, c->mount->uuid, c->parameter[0]))
		return 0;
	return call_refuse(c, 400, "the import path cannot be used with an existing key; use "
	    "import-version to rotate an existing imported key");
}

int
transit_import_prepare(struct call *c, struct work **w, struct error *err)
{
	struct named_key_request r;
	struct import i = { .source = { .oaep = HASH_NONE } };
	int rc = -1;

	if (transit_read_type(c, "unknown key type:", &r) != 0 ||
	    transit_read_settings(c, &r) != 0 ||
	    field_bool(c, "allow_rotation", &r.allow_rotation, NULL) != 0)
		return -1;
	if (named_key_check(&r, true, err) != 0)
		return transit_refuse(c, err);
	if (check_absent(c) == 0 && read_source(c, &i, err) == 0) {
		*w = transit_make_work(c, &r, &i.source, i.wrapping);
		rc = 0;
	}
	clear_import(&i);
	return rc;
}

int
transit_import(struct call *c, struct error *err)
{
	struct named_key *k;

	if (check_absent(c) != 0)
		return -1;
	k = transit_made(c, err);
	if (k == NULL)
		return transit_refuse(c, err);
	transit_store(c, c->mount, c->parameter[0], k);
	named_key_free(&k);
	return 0;
}

/* ---- a further version ---- */

static const struct absence absent = { "no key found with name ",
	"; to import a new key, use the import/ endpoint" };

int
transit_import_version_prepare(struct call *c, struct work **w, struct error *err)
{
	struct named_key *k = transit_find(c, c->parameter[0], &absent, err);
	struct import i = { .source = { .oaep = HASH_NONE } };
	int64_t version = 0;
	int rc = -1;

	if (k == NULL)
		return -1;
	if (!named_key_settings(k)->imported) {
		call_refuse(c, 400,
		    "the import_version endpoint can only be used with an imported key");
	} else if (field_int(c, "version", &version, NULL) == 0 &&
	    read_source(c, &i, err) == 0) {
		i.source.version = version < 0 || version > UINT32_MAX ? UINT32_MAX :
									 (uint32_t)version;
		*w = transit_add_work(k, &i.source, i.wrapping);
		rc = 0;
	}
	clear_import(&i);
	named_key_free(&k);
	return rc;
}

int
transit_import_version(struct call *c, struct error *err)
{
	struct named_key *k = transit_find(c, c->parameter[0], &absent, err), *copy;

	if (k == NULL)
		return -1;
	copy = transit_added(c, k, err);
	named_key_free(&k);
	if (copy == NULL)
		return transit_refuse(c, err);
	transit_store(c, c->mount, c->parameter[0], copy);
	named_key_free(&copy);
	return 0;
}
