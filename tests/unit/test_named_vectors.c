/*
 * What named keys make is what others make of the same key bytes: published vectors
 * (tests/data/wycheproof) and those of another implementation (tests/data/named).
 */
#include "tests/unit/named.h"

#include "keys/derive.h"
#include "keys/kwp.h"
#include "keys/pkey.h"
#include "keys/vault_text.h"

#define WYCHEPROOF "tests/data/wycheproof/"
#define NAMED "tests/data/named/"

static struct named_keys *all;

/* Wycheproof's keys, by the id that its vectors have for them. */
static struct {
	char id[8];
	struct buf der;
} published[128];
static unsigned published_count;

static void
keep_key(char *const *field, int valid)
{
	assert_true(valid && published_count < 128);
	snprintf(published[published_count].id, 8, "%s", field[0]);
	published[published_count++].der = bytes_of(field[3]);
}

static const struct buf *
published_key(const char *id)
{
	for (unsigned i = 0; i < published_count; i++)
		if (strcmp(published[i].id, id) == 0)
			return &published[i].der;
	fail_msg("no key %s", id);
	return NULL;
}

/* -- ciphers ------------------------------------------------------------------------------- */

static const char *sealed_type[2]; /* by key size: 16 bytes, 32 bytes */

static void
aead_case(char *const *field, int valid)
{
	struct secret *key = secret_of(field[2]);
	struct buf ad = bytes_of(field[4]), text = bytes_of(field[5]), sealed = BUF_INIT;
	struct buf given = BUF_INIT, out = BUF_INIT;
	struct named_key *k =
	    named_key_of(all, named_settings(sealed_type[strlen(field[2]) == 64], ""), key,
		(struct str){NULL, 0});
	struct cipher_use use = {.associated = buf_str(&ad)};

	for (int i = 0; i < 3; i++) {
		static const int parts[] = {3, 6, 7};
		struct buf part = bytes_of(field[parts[i]]);

		buf_put_str(&sealed, buf_str(&part));
		buf_free(&part);
	}
	vault_text_format(&given, 1, BASE64_STD, sealed.data, sealed.len);
	assert_int_equal(named_key_decrypt(k, &use, buf_str(&given), &out, NULL) == 0, valid);
	assert_int_equal(out.len, valid ? text.len : 0);
	if (valid) {
		assert_true(str_equal(buf_str(&out), buf_str(&text)));
		buf_clear(&out);
		pin(field[3]);
		assert_int_equal(named_key_encrypt(k, &use, buf_str(&text), &out, NULL), 0);
		unpin();
		assert_true(str_equal(buf_str(&out), buf_str(&given)));
	}
	buf_free(&ad), buf_free(&text), buf_free(&sealed), buf_free(&given), buf_free(&out);
	secret_free(&key);
	named_key_free(&k);
}

static void
test_published_aeads(void **state)
{
	(void)state;
	sealed_type[0] = "aes128-gcm96", sealed_type[1] = "aes256-gcm96";
	assert_int_equal(each_vector(WYCHEPROOF "aes_gcm.txt", 8, aead_case), 49);
	sealed_type[1] = "chacha20-poly1305";
	assert_int_equal(each_vector(WYCHEPROOF "chacha20_poly1305.txt", 8, aead_case), 83);
	sealed_type[1] = "xchacha20-poly1305";
	assert_int_equal(each_vector(WYCHEPROOF "xchacha20_poly1305.txt", 8, aead_case), 306);
}

static void
hkdf_case(char *const *field, int valid)
{
	struct secret *key = secret_of(field[2]), *out = NULL;
	struct buf info = bytes_of(field[3]);

	assert_true(valid);
	out = derive_hkdf(key, buf_str(&info), strlen(field[4]) / 2);
	assert_secret(out, field[4]);
	buf_free(&info);
	secret_free(&key), secret_free(&out);
}

static void
test_published_hkdf(void **state)
{
	(void)state;
	assert_int_equal(each_vector(WYCHEPROOF "hkdf_sha256.txt", 5, hkdf_case), 22);
}

/* type how key context ad plaintext text: derived keys and convergent ones too. */
static void
seal_case(char *const *field, int valid)
{
	struct secret *key = secret_of(field[4]);
	struct buf context = bytes_of(field[5]), ad = bytes_of(field[6]), out = BUF_INIT;
	struct named_key_settings set = named_settings(field[2], field[3]);
	struct named_key *k = named_key_of(all, set, key, (struct str){NULL, 0});
	struct cipher_use use = {.context = buf_str(&context), .associated = buf_str(&ad)};
	struct error err = ERROR_INIT;

	assert_int_equal(named_key_decrypt(k, &use, str_of(field[8]), &out, &err) == 0, valid);
	if (valid) {
		assert_bytes(buf_str(&out), field[7]);
	} else {
		assert_int_equal(out.len, 0);
		assert_int_equal(err.code, ERR_INVALID);
		assert_string_equal(
		    err.text, strchr(field[2], 'g') != NULL
				  ? "cipher: message authentication failed"
				  : "chacha20poly1305: message authentication failed");
	}
	if (valid && set.convergent) {
		struct buf plaintext = bytes_of(field[7]);

		buf_clear(&out);
		assert_int_equal(
		    named_key_encrypt(k, &use, buf_str(&plaintext), &out, NULL), 0);
		assert_true(str_is(buf_str(&out), field[8]));
		buf_free(&plaintext);
	}
	buf_free(&context), buf_free(&ad), buf_free(&out);
	secret_free(&key);
	named_key_free(&k);
}

static void
test_seals_as_others(void **state)
{
	(void)state;
	assert_int_equal(each_vector(NAMED "seals.txt", 9, seal_case), 68);
}

/* A key with a private part; checking one takes its time, so the last ones are kept. */
static struct named_key *
private_key(struct named_key_settings set, const struct buf *pkcs8)
{
	static struct {
		const struct buf *pkcs8;
		struct named_key *k;
	} made[2];
	unsigned i = set.derived ? 1 : 0;

	if (made[i].pkcs8 != pkcs8) {
		named_key_free(&made[i].k);
		made[i].k = pkcs8 == NULL ? NULL : named_key_from(all, set, pkcs8);
		made[i].pkcs8 = pkcs8;
	}
	return made[i].k == NULL ? NULL : named_key_ref(made[i].k);
}

static void
oaep_case(char *const *field, int valid)
{
	static const char *const types[] = {"rsa-2048", "rsa-3072", "rsa-4096"};
	struct buf sealed = bytes_of(field[4]), text = BUF_INIT, out = BUF_INIT;
	struct cipher_use use = {.version = 0};
	struct error err = ERROR_INIT;
	const struct buf *der = published_key(field[2]);
	struct named_key *k = private_key(named_settings(types[der->len < 1500   ? 0
							       : der->len < 2000 ? 1
										 : 2],
					      ""),
	    der);

	vault_text_format(&text, 1, BASE64_STD, sealed.data, sealed.len);
	assert_int_equal(named_key_decrypt(k, &use, buf_str(&text), &out, &err) == 0, valid);
	if (valid)
		assert_bytes(buf_str(&out), field[3]);
	else
		assert_string_equal(err.text,
		    "failed to RSA decrypt the ciphertext: crypto/rsa: decryption error");
	buf_free(&sealed), buf_free(&text), buf_free(&out);
	named_key_free(&k);
}

static void
test_published_oaep(void **state)
{
	(void)state;
	assert_int_equal(each_vector(WYCHEPROOF "oaep.txt", 5, oaep_case), 33);
}

/* -- signatures ---------------------------------------------------------------------------- */

static struct sign_use
sign_use(char *const *field)
{
	struct sign_use use = {.hash = hash_find(str_of(field[2]))};

	assert_true(use.hash < HASHES);
	assert_int_equal(sign_find_marshaling(str_of(field[0]), &use.marshaling, NULL), 0);
	assert_int_equal(sign_find_scheme(str_of(field[1]), &use.scheme, NULL), 0);
	assert_int_equal(sign_find_salt(str_of(field[3]), &use.salt, NULL), 0);
	return use;
}

/* The key is imported as its users would bring it: PEM. */
static struct named_key *
public_key(const char *type, const struct buf *der)
{
	const struct named_key_request r = {
	    .place = PLACE, .type = named_settings(type, "").type};
	struct named_key_source source = {.version = 0};
	struct error err = ERROR_INIT;
	struct named_key *k = NULL;
	struct buf pem = BUF_INIT;

	put_public_pem(der, &pem);
	source.public_pem = buf_str(&pem);
	k = named_key_import(all, &r, &source, &err);
	assert_string_equal(err.text, "");
	buf_free(&pem);
	return k;
}

/* type marshaling scheme hash salt key message signature */
static void
signature_case(char *const *field, int valid)
{
	struct buf message = bytes_of(field[8]), raw = bytes_of(field[9]), text = BUF_INIT;
	struct sign_use use = sign_use(field + 3);
	struct named_key *k = public_key(field[2], published_key(field[7]));
	struct error err = ERROR_INIT;
	bool found = true;

	vault_text_format(
	    &text, 1, use.marshaling == SIGN_JWS ? BASE64_URL : BASE64_STD, raw.data, raw.len);
	if (named_key_verify(k, &use, buf_str(&message), buf_str(&text), &found, &err) != 0)
		assert_int_equal(err.code, ERR_INVALID); /* no DER: says so */
	if (found != (bool)valid)
		fail_msg("%s %s %s", field[0], field[2], field[5]);
	buf_free(&message), buf_free(&raw), buf_free(&text);
	named_key_free(&k);
}

static void
test_published_signatures(void **state)
{
	(void)state;
	assert_int_equal(each_vector(WYCHEPROOF "signatures.txt", 10, signature_case), 550);
}

static void
ed25519_case(char *const *field, int valid)
{
	struct buf key = bytes_of(field[2]), message = bytes_of(field[3]), text = BUF_INIT;
	struct buf raw = bytes_of(field[4]);
	struct named_key *k =
	    named_key_of(all, named_settings("ed25519", ""), NULL, buf_str(&key));
	struct sign_use use = {.hash = HASH_SHA2_256};
	bool found = true;

	vault_text_format(&text, 1, BASE64_STD, raw.data, raw.len);
	assert_int_equal(
	    named_key_verify(k, &use, buf_str(&message), buf_str(&text), &found, NULL), 0);
	assert_int_equal(found, valid);
	buf_free(&key), buf_free(&message), buf_free(&raw), buf_free(&text);
	named_key_free(&k);
}

static void
test_published_ed25519(void **state)
{
	(void)state;
	assert_int_equal(each_vector(WYCHEPROOF "ed25519.txt", 5, ed25519_case), 139);
}

/*
 * type how marshaling scheme hash salt context input text.  What is made without chance is
 * made again.
 */
static void
made_case(char *const *field, int valid)
{
	struct named_key *k =
	    private_key(named_settings(field[2], field[3]), known_private(field[2]));
	struct buf context = bytes_of(field[8]), input = bytes_of(field[9]), out = BUF_INIT;
	struct sign_use use = sign_use(field + 4);
	struct error err = ERROR_INIT;
	bool found = true;

	use.context = buf_str(&context);
	use.prehashed = strcmp(field[3], "prehashed") == 0;
	assert_int_equal(
	    named_key_verify(k, &use, buf_str(&input), str_of(field[10]), &found, &err), 0);
	if (found != (bool)valid)
		fail_msg("%s %s %s %s %s", field[0], field[2], field[4], field[5], field[6]);
	assert_int_equal(named_key_sign(k, &use, buf_str(&input), &out, &err), 0);
	if (strcmp(field[2], "ed25519") == 0 || (use.scheme == SIGN_PKCS1V15 && valid))
		assert_int_equal(str_is(buf_str(&out), field[10]), valid);
	assert_int_equal(
	    named_key_verify(k, &use, buf_str(&input), buf_str(&out), &found, &err), 0);
	assert_true(found);
	buf_free(&context), buf_free(&input), buf_free(&out);
	named_key_free(&k);
}

static void
test_signs_as_others(void **state)
{
	(void)state;
	assert_int_equal(each_vector(NAMED "signatures.txt", 11, made_case), 207);
}

/* type how context shown fingerprint */
static void
public_case(char *const *field, int valid)
{
	struct named_key *k =
	    private_key(named_settings(field[2], field[3]), known_private(field[2]));
	struct buf context = bytes_of(field[4]), shown = BUF_INIT;
	struct named_key_version v;

	assert_true(valid);
	assert_int_equal(named_key_public(k, 1, buf_str(&context), &shown, NULL), 0);
	assert_bytes(buf_str(&shown), field[5]);
	assert_true(named_key_version(k, 1, &v));
	if (strcmp(field[6], "-") != 0)
		assert_bytes((struct str){(char *)v.fingerprint, NAMED_FINGERPRINT}, field[6]);
	buf_free(&context), buf_free(&shown);
	named_key_free(&k);
}

static void
test_shows_as_others(void **state)
{
	(void)state;
	assert_int_equal(each_vector(NAMED "publics.txt", 7, public_case), 9);
}

/* -- HMAC ---------------------------------------------------------------------------------- */

/* A key whose HMAC key is this. */
static struct named_key *
hmac_key(const char *type, const struct secret *key)
{
	const struct named_key_place place = PLACE;
	struct named_key_settings set = named_settings(type, "");
	const struct key_traits *t = key_type_traits(set.type);
	struct named_version_source source = {.hmac = key};
	struct secret *other = NULL;
	struct named_key *k = NULL;

	set.min_decryption_version = 1;
	k = named_key_empty(all, &place, &set);
	if (t->shown != NULL) {
		const struct buf *pkcs8 = known_private(type);
		struct secret *given = secret_new(pkcs8->len);

		memcpy(secret_fill(given), pkcs8->data, pkcs8->len);
		assert_int_equal(pkey_import(t, given, &other, &source.public_key, NULL), 0);
		secret_free(&given);
	} else if (set.type != KEY_HMAC) {
		other = secret_random(t->size);
	}
	source.key = set.type == KEY_HMAC ? key : other;
	assert_int_equal(named_key_add(k, &source, NULL), 0);
	secret_free(&other);
	return k;
}

static void
check_hmac(char *const *field, const char *type, struct str text, int valid)
{
	struct secret *key = secret_of(field[1]);
	struct named_key *k = hmac_key(type, key);
	struct buf input = bytes_of(field[2]), out = BUF_INIT;
	struct hmac_use use = {.hash = hash_find(str_of(field[0]))};
	bool found = true;

	assert_int_equal(
	    named_key_verify_hmac(k, &use, buf_str(&input), text, &found, NULL), 0);
	assert_int_equal(found, valid);
	assert_int_equal(named_key_hmac(k, &use, buf_str(&input), &out, NULL), 0);
	assert_int_equal(str_equal(buf_str(&out), text), valid);
	buf_free(&input), buf_free(&out);
	secret_free(&key);
	named_key_free(&k);
}

static void
hmac_case(char *const *field, int valid)
{
	struct buf raw = bytes_of(field[5]), text = BUF_INIT;

	vault_text_format(&text, 1, BASE64_STD, raw.data, raw.len);
	check_hmac(field + 2, "hmac", buf_str(&text), valid);
	buf_free(&raw), buf_free(&text);
}

/* type hash key input text */
static void
made_hmac_case(char *const *field, int valid)
{
	check_hmac(field + 3, field[2], str_of(field[6]), valid);
}

static void
test_hmacs(void **state)
{
	(void)state;
	assert_int_equal(each_vector(WYCHEPROOF "hmac.txt", 6, hmac_case), 80);
	assert_int_equal(each_vector(NAMED "hmacs.txt", 7, made_hmac_case), 40);
}

/* -- imports ------------------------------------------------------------------------------- */

static void
kwp_case(char *const *field, int valid)
{
	struct secret *key = secret_of(field[2]), *out = NULL;
	struct buf wrapped = bytes_of(field[4]);
	struct error err = ERROR_INIT;

	out = kwp_unwrap(key, buf_str(&wrapped), &err);
	assert_int_equal(out != NULL, valid);
	assert_int_equal(err.code, valid ? ERR_NONE : ERR_INVALID);
	if (valid)
		assert_secret(out, field[3]);
	buf_free(&wrapped);
	secret_free(&key), secret_free(&out);
}

static void
test_published_key_wrap(void **state)
{
	(void)state;
	assert_int_equal(each_vector(WYCHEPROOF "kwp.txt", 5, kwp_case), 55);
}

static struct named_key *wrapping;

/* What proves that it is the key that was wrapped: its public key, or what it made there. */
static void
check_imported(const struct named_key *k, const char *proof)
{
	const struct named_key_settings *set = named_key_settings(k);
	const struct key_traits *t = key_type_traits(set->type);
	struct hmac_use hmac = {.hash = HASH_SHA2_256};
	struct cipher_use use = {.version = 0};
	struct named_key_version v;
	struct buf out = BUF_INIT;

	assert_true(set->imported);
	assert_true(named_key_version(k, 1, &v));
	assert_true(v.imported && !v.public_only && !v.disabled);
	if (t->shown != NULL) {
		assert_int_equal(named_key_public(k, 1, str_of(""), &out, NULL), 0);
		assert_bytes(buf_str(&out), proof);
	} else if (t->encrypts) {
		assert_int_equal(named_key_decrypt(k, &use, str_of(proof), &out, NULL), 0);
		assert_true(str_is(buf_str(&out), "the quick brown fox"));
	} else {
		assert_int_equal(
		    named_key_hmac(k, &hmac, str_of("the quick brown fox"), &out, NULL), 0);
		assert_true(str_is(buf_str(&out), proof));
		assert_true(set->key_size >= 32);
	}
	buf_free(&out);
}

/* The wrapped ecdsa-p256 key, for what follows. */
static struct buf wrapped_p256 = BUF_INIT;

/* type oaep ciphertext shows */
static void
import_case(char *const *field, int valid)
{
	const struct named_key_request r = {
	    .place = PLACE, .type = named_settings(field[2], "").type};
	struct buf ciphertext = bytes_of(field[4]);
	const struct named_key_source source = {.ciphertext = buf_str(&ciphertext),
	    .wrapping = wrapping,
	    .oaep = hash_find_oaep(str_of(field[3]))};
	struct error err = ERROR_INIT;
	struct named_key *k = named_key_import(all, &r, &source, &err);

	if ((k != NULL) != (bool)valid)
		fail_msg("%s %s: %s", field[0], field[2], err.text);
	if (valid)
		check_imported(k, field[5]);
	else
		assert_int_equal(err.code, ERR_INVALID);
	if (valid && strcmp(field[2], "ecdsa-p256") == 0)
		buf_put_str(&wrapped_p256, buf_str(&ciphertext));
	buf_free(&ciphertext);
	named_key_free(&k);
}

static void
refuse_version(struct named_key *k, struct named_key_source source, const char *sentence)
{
	struct error err = ERROR_INIT;
	uint32_t latest = named_key_settings(k)->latest_version;

	assert_int_equal(named_key_import_version(k, &source, &err), -1);
	assert_string_equal(err.text, sentence);
	assert_int_equal(named_key_settings(k)->latest_version, latest);
}

/* A public key comes first, its private part later; another key becomes a version of its own.
 */
static void
check_completion(void)
{
	struct named_key *theirs =
	    named_key_from(all, named_settings("ecdsa-p256", ""), known_private("ecdsa-p256"));
	struct named_key *k = public_key("ecdsa-p256", &theirs->slots[0].version->public_key);
	struct named_key *other = new_named_key(all, "ecdsa-p256", "");
	struct named_key_source source = {
	    .ciphertext = buf_str(&wrapped_p256), .wrapping = wrapping, .oaep = HASH_SHA2_256};
	struct sign_use use = {.hash = HASH_SHA2_256};
	struct hmac_use hmac = {.hash = HASH_SHA2_256};
	struct buf before = BUF_INIT, after = BUF_INIT, pem = BUF_INIT;
	struct named_key_version v;

	assert_int_equal(named_key_hmac(k, &hmac, str_of("x"), &before, NULL), 0);
	source.version = 2;
	refuse_version(k, source, "no such key version");
	source.version = 1;
	assert_int_equal(named_key_import_version(k, &source, NULL), 0);
	assert_true(named_key_version(k, 1, &v));
	assert_false(v.public_only);
	assert_int_equal(named_key_settings(k)->latest_version, 1);
	assert_int_equal(named_key_hmac(k, &hmac, str_of("x"), &after, NULL), 0);
	assert_true(str_equal(buf_str(&before), buf_str(&after)));
	buf_clear(&after);
	assert_int_equal(named_key_sign(k, &use, str_of("x"), &after, NULL), 0);
	refuse_version(k, source, "private key imported, key version cannot be updated");
	source.version = 0;
	assert_int_equal(
	    named_key_import_version(k, &source, NULL), 0); /* once more: version 2 */
	assert_int_equal(named_key_settings(k)->latest_version, 2);
	named_key_free(&k);

	k = public_key("ecdsa-p256", &other->slots[0].version->public_key);
	source.version = 1;
	refuse_version(k, source, "cannot import key, key pair does not match");
	source.version = 0;
	assert_int_equal(named_key_import_version(k, &source, NULL), 0);
	assert_int_equal(named_key_settings(k)->latest_version, 2);
	assert_true(named_key_version(k, 1, &v));
	assert_true(v.public_only);
	put_public_pem(&theirs->slots[0].version->public_key, &pem);
	source.public_pem = buf_str(&pem);
	refuse_version(k, source,
	    "only one of the following fields, ciphertext and public_key, can be set");
	source.ciphertext.len = 0, source.version = 1;
	refuse_version(k, source,
	    "cannot add a public key to a key version that already has a public key set");
	source.version = 0;
	refuse_version(
	    other, source, "the import_version endpoint can only be used with an imported key");
	named_key_soft_delete(k, true);
	refuse_version(k, source, "refusing to use soft-deleted key");
	buf_free(&before), buf_free(&after), buf_free(&pem);
	named_key_free(&k), named_key_free(&other), named_key_free(&theirs);
}

static void
test_imports(void **state)
{
	(void)state;
	wrapping =
	    named_key_from(all, named_settings("wrapping", ""), known_private("wrapping"));
	assert_int_equal(each_vector(NAMED "imports.txt", 6, import_case), 38);
	check_completion();
	buf_free(&wrapped_p256);
	named_key_free(&wrapping);
}

static int
set_up(void **state)
{
	(void)state;
	all = known_named_keys(1 << 20);
	each_vector(WYCHEPROOF "keys.txt", 4, keep_key);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	private_key((struct named_key_settings){.derived = false}, NULL);
	private_key((struct named_key_settings){.derived = true}, NULL);
	for (unsigned i = 0; i < published_count; i++)
		buf_free(&published[i].der);
	named_keys_free(&all);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_published_aeads),
	    cmocka_unit_test(test_published_hkdf),
	    cmocka_unit_test(test_published_oaep),
	    cmocka_unit_test(test_published_signatures),
	    cmocka_unit_test(test_published_ed25519),
	    cmocka_unit_test(test_published_key_wrap),
	    cmocka_unit_test(test_seals_as_others),
	    cmocka_unit_test(test_signs_as_others),
	    cmocka_unit_test(test_shows_as_others),
	    cmocka_unit_test(test_hmacs),
	    cmocka_unit_test(test_imports),
	};

	return cmocka_run_group_tests_name("named vectors", tests, set_up, tear_down);
}
