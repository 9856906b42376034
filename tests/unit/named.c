#include "tests/unit/named.h"

#include "keys/pkey.h"

#define KNOWN 8

struct named_keys *
known_named_keys(size_t open_bytes)
{
	struct vault v;
	struct named_keys *all = NULL;

	open_known(&v);
	all = named_keys_new(v.k, &v.h, open_bytes);
	discard(&v);
	return all;
}

struct named_key_settings
named_settings(const char *type, const char *how)
{
	const struct key_traits *t = key_type_find(str_of(type));
	bool convergent = strcmp(how, "convergent") == 0;

	if (strcmp(type, "wrapping") == 0)
		t = key_type_traits(KEY_WRAPPING);
	assert_non_null(t);
	return (struct named_key_settings){.type = t->type,
	    .derived = convergent || strcmp(how, "derived") == 0,
	    .convergent = convergent,
	    .min_decryption_version = 1};
}

struct named_key *
new_named_key(struct named_keys *all, const char *type, const char *how)
{
	const struct named_key_settings set = named_settings(type, how);
	const struct named_key_request r = {.place = PLACE,
	    .type = set.type,
	    .derived = set.derived,
	    .convergent = set.convergent,
	    .key_size = set.type == KEY_HMAC ? 32 : 0};
	struct error err = ERROR_INIT;
	struct named_key *k = named_key_new(all, &r, &err);

	assert_string_equal(err.text, "");
	assert_non_null(k);
	return k;
}

struct named_key *
named_key_of(struct named_keys *all, struct named_key_settings set, const struct secret *key,
    struct str public_key)
{
	const struct named_key_place place = PLACE;
	struct named_version_source source = {.key = key, .imported = true};
	struct named_key *k = named_key_empty(all, &place, &set);

	buf_put_str(&source.public_key, public_key);
	assert_int_equal(named_key_add(k, &source, NULL), 0);
	return k;
}

static struct known {
	char type[20];
	struct buf key;
} known[KNOWN];
static unsigned known_count;

static void
keep(char *const *field, int valid)
{
	assert_true(valid && known_count < KNOWN);
	snprintf(known[known_count].type, sizeof known[0].type, "%s", field[2]);
	known[known_count++].key = bytes_of(field[3]);
}

const struct buf *
known_private(const char *type)
{
	if (known_count == 0)
		each_vector("tests/data/named/keys.txt", 4, keep);
	for (unsigned i = 0; i < known_count; i++)
		if (strcmp(known[i].type, type) == 0)
			return &known[i].key;
	fail_msg("no key of type %s is known", type);
	return NULL;
}

struct named_key *
named_key_from(
    struct named_keys *all, struct named_key_settings set, const struct buf *private_key)
{
	const struct key_traits *t = key_type_traits(set.type);
	struct secret *given = secret_new(private_key->len), *key = NULL;
	struct buf public_key = BUF_INIT;
	struct named_key *k = NULL;

	memcpy(secret_fill(given), private_key->data, private_key->len);
	if (t->family == FAMILY_ED25519) {
		key = secret_part(given, 0, private_key->len);
		if (!set.derived)
			buf_put(&public_key, private_key->data + 32, 32);
	} else {
		assert_int_equal(pkey_import(t, given, &key, &public_key, NULL), 0);
	}
	k = named_key_of(all, set, key, buf_str(&public_key));
	buf_free(&public_key);
	secret_free(&given), secret_free(&key);
	return k;
}

void
put_public_pem(const struct buf *der, struct buf *pem)
{
	buf_put_text(pem, "-----BEGIN PUBLIC KEY-----\n");
	for (size_t at = 0; at < der->len; at += 48) {
		size_t left = der->len - at;

		base64_encode(pem, BASE64_STD, der->data + at, left < 48 ? left : 48);
		buf_put_u8(pem, '\n');
	}
	buf_put_text(pem, "-----END PUBLIC KEY-----\n");
}
