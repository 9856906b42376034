/*
 * Named keys keep their versions, settings and secrets through all that is done to them.
 */
#include "tests/unit/named.h"

#include <pthread.h>

#include "keys/named_use.h"

#define HOUR NAMED_PERIOD_MIN

static struct named_keys *all;

static int
set_up(void **state)
{
	(void)state;
	all = known_named_keys(1 << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	named_keys_free(&all);
	return 0;
}

/* The ciphertext of "text" under a version; "" when it is refused. */
static const char *
encrypt(const struct named_key *k, int64_t version)
{
	static char text[4][200];
	static unsigned next;
	char *at = text[next++ % 4];
	struct cipher_use use = {.version = version};
	struct buf out = BUF_INIT;

	at[0] = '\0';
	if (named_key_encrypt(k, &use, str_of("text"), &out, NULL) == 0)
		snprintf(at, sizeof text[0], "%.*s", STR(buf_str(&out)));
	buf_free(&out);
	return at;
}

/* The error's sentence, "" when text is the ciphertext of "text". */
static const char *
decrypt(const struct named_key *k, const char *text)
{
	static struct error err;
	struct cipher_use use = {.version = 0};
	struct buf out = BUF_INIT;

	error_clear(&err);
	if (named_key_decrypt(k, &use, str_of(text), &out, &err) == 0)
		assert_true(str_is(buf_str(&out), "text"));
	buf_free(&out);
	return err.text;
}

static struct named_key *
reopen(const struct named_key *k, struct named_keys *of)
{
	const struct named_key_place place = PLACE;
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct error err = ERROR_INIT;
	struct named_key *read = NULL;

	named_key_format(k, &text);
	read = named_key_parse(of, &place, buf_str(&text), &err);
	assert_string_equal(err.text, "");
	assert_non_null(read);
	named_key_format(read, &again);
	assert_true(str_equal(buf_str(&text), buf_str(&again)));
	buf_free(&text), buf_free(&again);
	return read;
}

static void
test_versions(void **state)
{
	struct named_key *k = new_named_key(all, "aes256-gcm96", ""), *copy = NULL;
	const char *first = encrypt(k, 0), *second = NULL;
	struct named_key_version v;

	(void)state;
	copy = named_key_copy(k);
	assert_int_equal(named_key_rotate(copy, NULL), 0);
	second = encrypt(copy, 0);
	assert_int_equal(strncmp(first, "vault:v1:", 9), 0);
	assert_int_equal(strncmp(second, "vault:v2:", 9), 0);
	assert_string_equal(decrypt(copy, first), "");
	assert_string_equal(decrypt(copy, second), "");
	assert_int_equal(strncmp(encrypt(copy, 1), "vault:v1:", 9), 0);
	assert_string_equal(decrypt(k, second), "invalid ciphertext: version is too new");
	assert_int_equal(named_key_settings(k)->latest_version, 1);
	assert_int_equal(named_key_settings(copy)->latest_version, 2);
	named_key_free(&k); /* the copy shares its version */
	assert_string_equal(decrypt(copy, first), "");
	k = reopen(copy, all);
	assert_string_equal(decrypt(k, first), "");
	assert_string_equal(decrypt(k, second), "");
	assert_true(named_key_version(k, 2, &v));
	assert_int_equal(v.number, 2);
	assert_true(v.created > 0 && !v.imported && !v.disabled && !v.public_only);
	assert_false(named_key_version(k, 0, &v));
	assert_false(named_key_version(k, 3, &v));
	named_key_free(&copy), named_key_free(&k);
}

/* What is in the record opens in its place, in its vault, and nowhere else. */
static void
test_record_opens_in_its_place(void **state)
{
	struct named_key *k = new_named_key(all, "aes256-gcm96", "");
	const struct named_key_place places[] = {PLACE,
	    {.mount = "mount of a tesT", .name = {"name", 4}},
	    {.mount = "mount of a test", .name = {"names", 5}}};
	const char *text = encrypt(k, 0);
	struct buf record = BUF_INIT;
	struct vault other;
	struct named_keys *foreign = NULL;

	(void)state;
	named_key_format(k, &record);
	for (unsigned i = 0; i < 3; i++) {
		struct named_key *moved =
		    named_key_parse(all, &places[i], buf_str(&record), NULL);

		assert_string_equal(decrypt(moved, text),
		    i == 0 ? "" : "the wrapped bytes do not open with this key");
		named_key_free(&moved);
	}
	open_known(&other);
	other.h.hublet[0] ^= 1;
	foreign = named_keys_new(other.k, &other.h, 1 << 20);
	named_key_free(&k);
	k = named_key_parse(foreign, &places[0], buf_str(&record), NULL);
	assert_string_not_equal(decrypt(k, text), "");
	record.data[3] = KEY_CHACHA20_POLY1305; /* as another type */
	named_key_free(&k);
	k = named_key_parse(all, &places[0], buf_str(&record), NULL);
	assert_string_equal(decrypt(k, text), "the wrapped bytes do not open with this key");
	buf_free(&record);
	named_key_free(&k);
	named_keys_free(&foreign);
	discard(&other);
}

/* A record that another program wrote (tests/data/formats.py). */
static void
test_known_record(void **state)
{
	struct named_key_place place = {.name = {"name", 4}};
	struct buf mount = bytes_of(KNOWN_MOUNT), record = bytes_of(KNOWN_NAMED_RECORD);
	struct buf out = BUF_INIT;
	const struct named_key_settings *set = NULL;
	struct named_key *k = NULL, *same = NULL;
	struct secret *key = secret_of(KNOWN_NAMED_2);
	struct named_key_version v, w;

	(void)state;
	memcpy(place.mount, mount.data, sizeof place.mount);
	k = named_key_parse(all, &place, buf_str(&record), NULL);
	assert_non_null(k);
	set = named_key_settings(k);
	assert_int_equal(set->type, KEY_AES256_GCM96);
	assert_true(set->allow_rotation && set->deletion_allowed);
	assert_false(set->imported || set->derived || set->convergent || set->soft_deleted);
	assert_int_equal(set->latest_version, 2);
	assert_int_equal(set->min_decryption_version, 1);
	assert_int_equal(set->min_encryption_version, 2);
	assert_int_equal(set->auto_rotate_period, HOUR);
	assert_int_equal(set->created, 1000);
	assert_int_equal(set->next_rotation, 5000);
	assert_true(named_key_version(k, 1, &v));
	assert_true(v.disabled && v.imported);
	assert_int_equal(v.created, 2001);
	named_key_format(k, &out);
	assert_bytes(buf_str(&out), KNOWN_NAMED_RECORD);
	same = named_key_of(all, named_settings("aes256-gcm96", ""), key, str_of(""));
	assert_string_equal(decrypt(k, encrypt(k, 0)), "");
	assert_true(named_key_version(k, 2, &v) && named_key_version(same, 1, &w));
	assert_memory_equal(v.fingerprint, w.fingerprint, NAMED_FINGERPRINT);
	named_key_disable_version(k, 1, false, NULL);
	assert_string_equal(
	    decrypt(k, encrypt(same, 0)), "cipher: message authentication failed");
	buf_free(&mount), buf_free(&record), buf_free(&out);
	secret_free(&key);
	named_key_free(&k), named_key_free(&same);
}

/* Cut anywhere, or with any byte changed, a record is refused or its settings are others. */
static void
test_refuses_damaged_records(void **state)
{
	const struct named_key_place place = PLACE;
	struct named_key *k = new_named_key(all, "ed25519", "");
	struct buf record = BUF_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(named_key_rotate(k, NULL), 0);
	named_key_format(k, &record);
	for (size_t i = 0; i < record.len; i++) {
		struct error cut = ERROR_INIT;

		assert_null(
		    named_key_parse(all, &place, (struct str){(char *)record.data, i}, &cut));
		assert_int_equal(cut.code, ERR_CORRUPT);
	}
	for (size_t i = 0; i < record.len; i++) {
		struct named_key *read = NULL;

		record.data[i] ^= 0x80;
		read = named_key_parse(all, &place, buf_str(&record), NULL);
		if (read != NULL)
			encrypt(read, 0);
		named_key_free(&read);
		record.data[i] ^= 0x80;
	}
	record.data[2] = 2;
	assert_null(named_key_parse(all, &place, buf_str(&record), &err));
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	buf_free(&record);
	named_key_free(&k);
}

/* -- rules --------------------------------------------------------------------------------- */

static void
test_requests(void **state)
{
	static const struct {
		enum key_type type;
		bool derived, convergent;
		int64_t size, period;
		bool rotation, importing;
		const char *sentence;
	} cases[] = {
	    {KEY_AES256_GCM96, true, true, 0, HOUR, false, false, ""},
	    {KEY_ED25519, true, false, 0, 0, false, false, ""},
	    {KEY_HMAC, false, false, 32, 0, false, false, ""},
	    {KEY_HMAC, false, false, 512, 0, false, false, ""},
	    {KEY_HMAC, false, false, 0, 0, false, true, ""},
	    {KEY_RSA_2048, false, false, 0, HOUR, true, true, ""},
	    {KEY_AES256_GCM96, false, true, 0, 0, false, false,
		"convergent encryption requires derivation to be enabled"},
	    {KEY_AES256_GCM96, false, false, 0, HOUR - 1, false, false,
		"auto rotate period must be 0 to disable or at least an hour"},
	    {KEY_AES256_GCM96, false, false, 0, -HOUR, false, false,
		"auto rotate period must be 0 to disable or at least an hour"},
	    {KEY_AES256_GCM96, false, false, 32, 0, false, false,
		"key_size is not valid for algorithm aes256-gcm96"},
	    {KEY_HMAC, false, false, 8, 0, false, false, "invalid key_size 8"},
	    {KEY_HMAC, false, false, 1024, 0, false, false, "invalid key_size 1024"},
	    {KEY_HMAC, false, false, -1, 0, false, false, "invalid key_size -1"},
	    {KEY_HMAC, false, false, 0, 0, false, false,
		"invalid key size for HMAC key, must be between 32 and 512 bytes"},
	    {KEY_RSA_2048, true, false, 0, 0, false, false,
		"key derivation and convergent encryption not supported for keys of type "
		"rsa-2048"},
	    {KEY_ECDSA_P256, true, false, 0, 0, false, false,
		"key derivation and convergent encryption not supported for keys of type "
		"ecdsa-p256"},
	    {KEY_HMAC, true, false, 32, 0, false, false,
		"key derivation and convergent encryption not supported for keys of type hmac"},
	    {KEY_ED25519, true, true, 0, 0, false, false,
		"convergent encryption not supported for keys of type ed25519"},
	    {KEY_AES256_GCM96, false, true, 0, 0, false, true,
		"import cannot be used on keys with convergent encryption enabled"},
	    {KEY_AES256_GCM96, false, false, 0, HOUR, false, true,
		"allow_rotation must be set to true if auto-rotation is enabled"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct named_key_request r = {.place = PLACE,
		    .type = cases[i].type,
		    .derived = cases[i].derived,
		    .convergent = cases[i].convergent,
		    .key_size = cases[i].size,
		    .auto_rotate_period = cases[i].period,
		    .allow_rotation = cases[i].rotation};
		struct error err = ERROR_INIT;

		assert_int_equal(named_key_check(&r, cases[i].importing, &err) == 0,
		    *cases[i].sentence == '\0');
		assert_string_equal(err.text, cases[i].sentence);
	}
}

#define MINIMUMS(d, e) \
	{ \
		.has_min_decryption = (d) != -9, .min_decryption = (d), \
		.has_min_encryption = (e) != -9, .min_encryption = (e) \
	}
#define UNSET (-9)

static void
test_minimums(void **state)
{
	static const struct {
		struct named_key_config config;
		const char *sentence;
		uint32_t decryption, encryption; /* afterwards */
	} cases[] = {
	    {MINIMUMS(-1, UNSET), "min decryption version cannot be negative", 1, 0},
	    {MINIMUMS(5, UNSET),
		"cannot set min decryption version of 5, latest key version is 4", 1, 0},
	    {MINIMUMS(UNSET, -1), "min encryption version cannot be negative", 1, 0},
	    {MINIMUMS(UNSET, 5),
		"cannot set min encryption version of 5, latest key version is 4", 1, 0},
	    {MINIMUMS(3, 2),
		"cannot set min encryption/decryption values; min encryption version of 2 must "
		"be "
		"greater than or equal to min decryption version of 3",
		1, 0},
	    {MINIMUMS(0, UNSET), "", 1, 0},
	    {MINIMUMS(2, 3), "", 2, 3},
	    {MINIMUMS(4, UNSET),
		"cannot set min encryption/decryption values; min encryption version of 3 must "
		"be "
		"greater than or equal to min decryption version of 4",
		2, 3},
	    {MINIMUMS(3, UNSET), "", 3, 3},
	    {MINIMUMS(UNSET, 0), "", 3, 0},
	    {MINIMUMS(UNSET, 4), "", 3, 4},
	};
	struct named_key *k = new_named_key(all, "aes256-gcm96", "");

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(named_key_rotate(k, NULL), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct named_key_config config = cases[i].config;
		struct error err = ERROR_INIT;

		assert_int_equal(
		    named_key_configure(k, &config, &err) == 0, *cases[i].sentence == '\0');
		assert_string_equal(err.text, cases[i].sentence);
		assert_int_equal(config.forced_minimum,
		    config.has_min_decryption && config.min_decryption == 0);
		assert_int_equal(
		    named_key_settings(k)->min_decryption_version, cases[i].decryption);
		assert_int_equal(
		    named_key_settings(k)->min_encryption_version, cases[i].encryption);
	}
	named_key_free(&k);
}

static void
set_minimums(struct named_key *k, int64_t decryption, int64_t encryption)
{
	struct named_key_config config = MINIMUMS(decryption, encryption);

	assert_int_equal(named_key_configure(k, &config, NULL), 0);
}

static void
assert_trim(struct named_key *k, int64_t to, const char *sentence)
{
	struct error err = ERROR_INIT;

	assert_int_equal(named_key_trim(k, to, &err) == 0, *sentence == '\0');
	assert_string_equal(err.text, sentence);
}

static void
test_trim(void **state)
{
	struct named_key *k = new_named_key(all, "chacha20-poly1305", ""), *read;
	const char *first = encrypt(k, 0), *third = NULL;
	struct named_key_config config = MINIMUMS(2, UNSET);
	struct named_key_version v;
	struct buf record = BUF_INIT;
	size_t before = 0;
	struct error err = ERROR_INIT;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(named_key_rotate(k, NULL), 0);
	third = encrypt(k, 3);
	named_key_format(k, &record);
	before = record.len;
	assert_trim(k, -1, "minimum available version cannot be decremented");
	assert_trim(k, 2,
	    "minimum available version cannot be set when minimum encryption version is not "
	    "set");
	set_minimums(k, UNSET, 3);
	assert_trim(k, 2,
	    "minimum available version cannot be greater than minimum decryption version");
	assert_trim(k, 0, "minimum available version should be positive");
	set_minimums(k, 3, UNSET);
	assert_trim(
	    k, 4, "minimum available version cannot be greater than minmum encryption version");
	assert_trim(k, 3, "");
	assert_trim(k, 2, "minimum available version cannot be decremented");
	assert_false(named_key_version(k, 2, &v));
	assert_true(named_key_version(k, 3, &v));
	assert_int_equal(named_key_configure(k, &config, &err), -1);
	assert_string_equal(
	    err.text, "min decryption version should not be less then min available version");
	error_clear(&err);
	config = (struct named_key_config)MINIMUMS(UNSET, 0);
	assert_int_equal(named_key_configure(k, &config, &err), -1);
	assert_string_equal(
	    err.text, "min encryption version should not be less than min available version");
	read = reopen(k, all);
	assert_string_equal(decrypt(read, third), "");
	assert_string_equal(decrypt(read, first),
	    "ciphertext or signature version is disallowed by policy (too old)");
	buf_clear(&record);
	named_key_format(k, &record);
	assert_int_equal(record.len, before - 2 * ((before - 54) / 4)); /* 54: the head */
	buf_free(&record);
	named_key_free(&k), named_key_free(&read);
}

static void
test_limits_of_versions(void **state)
{
	struct named_key *k = new_named_key(all, "aes128-gcm96", "");
	const char *first = encrypt(k, 0);

	(void)state;
	assert_int_equal(named_key_rotate(k, NULL), 0);
	set_minimums(k, 2, UNSET);
	assert_string_equal(decrypt(k, first),
	    "ciphertext or signature version is disallowed by policy (too old)");
	assert_string_equal(encrypt(k, 1), ""); /* what could not be decrypted */
	set_minimums(k, 1, 2);
	assert_string_equal(decrypt(k, first), "");
	assert_string_equal(encrypt(k, 1), "");
	assert_string_not_equal(encrypt(k, 2), "");
	named_key_free(&k);
}

static void
test_soft_deleted_and_disabled(void **state)
{
	struct named_key *k = new_named_key(all, "aes256-gcm96", ""), *read = NULL;
	const char *first = encrypt(k, 0);
	struct error err = ERROR_INIT;

	(void)state;
	named_key_soft_delete(k, true);
	assert_string_equal(decrypt(k, first), "refusing to use soft-deleted key");
	assert_string_equal(encrypt(k, 0), "");
	assert_int_equal(named_key_rotate(k, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	read = reopen(k, all);
	assert_string_equal(decrypt(read, first), "refusing to use soft-deleted key");
	named_key_soft_delete(k, false);
	assert_string_equal(decrypt(k, first), "");
	assert_int_equal(named_key_rotate(k, NULL), 0);
	assert_int_equal(named_key_disable_version(k, 1, true, NULL), 0);
	assert_int_equal(named_key_disable_version(k, 3, true, NULL), -1);
	named_key_free(&read);
	read = reopen(k, all);
	assert_string_equal(
	    decrypt(read, first), "version 1 of this key is disabled: compromised");
	assert_string_equal(encrypt(read, 1), "");
	assert_string_equal(decrypt(read, encrypt(read, 0)), "");
	assert_int_equal(named_key_disable_version(k, 1, false, NULL), 0);
	assert_string_equal(decrypt(k, first), "");
	named_key_free(&k), named_key_free(&read);
}

/* -- time ---------------------------------------------------------------------------------- */

static int64_t now;

static int64_t
wall(void)
{
	return now;
}

static void
test_schedule(void **state)
{
	int64_t (*real)(void) = clock_source.wall;
	struct named_key_config config = {.has_period = true, .auto_rotate_period = 100 * HOUR};
	struct named_key *k = new_named_key(all, "aes256-gcm96", "");
	int64_t first = 0, differs = 0;

	(void)state;
	clock_source.wall = wall;
	now = 1000 * HOUR;
	assert_int_equal(named_key_settings(k)->next_rotation, 0);
	for (int i = 0; i < 50; i++) {
		int64_t next = 0;

		assert_int_equal(named_key_configure(k, &config, NULL), 0);
		next = named_key_settings(k)->next_rotation;
		assert_in_range(next, now + 90 * HOUR, now + 100 * HOUR);
		first = i == 0 ? next : first;
		differs += next != first;
	}
	assert_true(differs > 0);
	now += 200 * HOUR;
	assert_int_equal(named_key_rotate(k, NULL), 0);
	assert_in_range(
	    named_key_settings(k)->next_rotation, now + 90 * HOUR, now + 100 * HOUR);
	named_key_schedule(k, 7);
	assert_int_equal(named_key_settings(k)->next_rotation, 7);
	config.auto_rotate_period = 0;
	assert_int_equal(named_key_configure(k, &config, NULL), 0);
	assert_int_equal(named_key_settings(k)->next_rotation, 0);
	config.auto_rotate_period = INT64_MAX;
	assert_int_equal(named_key_configure(k, &config, NULL), 0);
	assert_true(named_key_settings(k)->next_rotation > now);
	config.auto_rotate_period = HOUR - 1;
	assert_int_equal(named_key_configure(k, &config, NULL), -1);
	clock_source.wall = real;
	named_key_free(&k);
}

/* -- what is open -------------------------------------------------------------------------- */

static void
test_what_is_open_is_bounded(void **state)
{
	enum { KEYS = 40, FIT = 8 };
	struct named_keys *few = known_named_keys(FIT * 2048);
	struct named_key *keys[KEYS];
	char texts[KEYS][200];

	(void)state;
	for (int i = 0; i < KEYS; i++) {
		keys[i] = new_named_key(few, "aes256-gcm96", "");
		snprintf(texts[i], sizeof texts[i], "%s", encrypt(keys[i], 0));
		assert_true(named_keys_open(few) <= FIT);
	}
	assert_int_equal(named_keys_open(few), FIT);
	for (int i = 0; i < KEYS; i++)
		assert_string_equal(decrypt(keys[i], texts[i]), "");
	for (int i = 0; i < KEYS; i++) {
		encrypt(keys[0], 0); /* what is used stays */
		encrypt(keys[i], 0);
		assert_non_null(keys[0]->slots[0].version->open);
	}
	for (int i = 0; i < KEYS; i++)
		named_key_free(&keys[i]);
	assert_int_equal(named_keys_open(few), 0);
	named_keys_free(&few);
}

static void
test_a_thousand_versions_open_one(void **state)
{
	struct named_key *k = new_named_key(all, "aes256-gcm96", ""), *read = NULL;
	unsigned before = 0;

	(void)state;
	for (int i = 1; i < 1000; i++)
		assert_int_equal(named_key_rotate(k, NULL), 0);
	read = reopen(k, all);
	before = named_keys_open(all);
	assert_string_equal(decrypt(read, encrypt(read, 0)), "");
	assert_int_equal(named_keys_open(all), before + 1);
	named_key_free(&k), named_key_free(&read);
}

static void
test_sealing_closes(void **state)
{
	struct named_keys *own = known_named_keys(1 << 20);
	struct named_key *k = new_named_key(own, "aes256-gcm96", "");
	const char *text = encrypt(k, 0);
	struct named_version *v = k->slots[0].version;
	struct error err = ERROR_INIT;

	(void)state;
	assert_non_null(named_keys_acquire(k, v, NULL)); /* as a thread of the pool would */
	named_keys_free(&own);
	assert_non_null(v->open);
	named_keys_release(k, v);
	assert_null(v->open);
	assert_string_equal(decrypt(k, text), "Vault is sealed");
	assert_int_equal(named_key_rotate(k, &err), -1);
	assert_int_equal(err.code, ERR_SEALED);
	named_key_free(&k);
}

struct shared {
	struct named_key *keys[6];
	char texts[6][200];
};

static void *
use_all(void *arg)
{
	struct shared *s = arg;

	for (int i = 0; i < 3000; i++) {
		struct named_key *k = named_key_ref(s->keys[i % 6]), *copy = named_key_copy(k);
		struct cipher_use use = {.version = 0};
		struct buf out = BUF_INIT;

		if (named_key_decrypt(k, &use, str_of(s->texts[i % 6]), &out, NULL) != 0 ||
		    !str_is(buf_str(&out), "text"))
			fatal("a thread reads something else");
		if (i % 100 == 0)
			named_key_rotate(copy, NULL);
		buf_free(&out);
		named_key_free(&k), named_key_free(&copy);
	}
	return NULL;
}

static void
test_threads_share(void **state)
{
	static const char *const types[] = {
	    "aes128-gcm96", "aes256-gcm96", "chacha20-poly1305"};
	struct named_keys *few = known_named_keys(4096); /* they close each other's */
	struct shared s;
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 6; i++) {
		s.keys[i] = new_named_key(few, types[i % 3], "");
		snprintf(s.texts[i], sizeof s.texts[i], "%s", encrypt(s.keys[i], 0));
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_all, &s), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 6; i++)
		named_key_free(&s.keys[i]);
	named_keys_free(&few);
}

/* -- imports ------------------------------------------------------------------------------- */

static struct named_key *
import_public(const char *type, bool derived, struct str pem, struct error *err)
{
	const struct named_key_request r = {
	    .place = PLACE, .type = key_type_find(str_of(type))->type, .derived = derived};
	const struct named_key_source source = {.public_pem = pem};

	return named_key_import(all, &r, &source, err);
}

static void
test_public_keys_alone(void **state)
{
	struct named_key *k = new_named_key(all, "ecdsa-p256", ""), *imported = NULL;
	struct buf pem = BUF_INIT, text = BUF_INIT, out = BUF_INIT;
	struct sign_use use = {.hash = HASH_SHA2_256};
	struct hmac_use hmac = {.hash = HASH_SHA2_256};
	struct named_key_version v;
	struct error err = ERROR_INIT;
	bool valid = false;

	(void)state;
	assert_int_equal(named_key_public(k, 1, str_of(""), &pem, NULL), 0);
	imported = import_public("ecdsa-p256", false, buf_str(&pem), &err);
	assert_non_null(imported);
	assert_true(named_key_version(imported, 1, &v));
	assert_true(v.public_only && v.imported);
	assert_int_equal(named_key_sign(k, &use, str_of("x"), &text, NULL), 0);
	assert_int_equal(
	    named_key_verify(imported, &use, str_of("x"), buf_str(&text), &valid, NULL), 0);
	assert_true(valid);
	assert_int_equal(named_key_sign(imported, &use, str_of("x"), &out, &err), -1);
	assert_string_equal(
	    err.text, "requested version for signing does not contain a private part");
	assert_int_equal(named_key_hmac(imported, &hmac, str_of("x"), &out, NULL), 0);
	error_clear(&err);
	assert_int_equal(named_key_rotate(imported, &err), -1);
	assert_string_equal(err.text, "imported key name does not allow rotation within Vault");
	buf_free(&pem), buf_free(&text), buf_free(&out);
	named_key_free(&k), named_key_free(&imported);
}

static void
test_refuses_odd_public_keys(void **state)
{
	static const struct {
		const char *type;
		bool derived;
		const char *pem, *sentence;
	} cases[] = {
	    {"aes256-gcm96", false, "", "provided type does not support public_key import"},
	    {"hmac", false, "x", "provided type does not support public_key import"},
	    {"rsa-2048", false, "nonsense", "error parsing public key: not a known type"},
	    {"rsa-2048", false, "", "error parsing public key: not a known type"},
	    {"ed25519", true, "x",
		"unable to import only public key for derived Ed25519 key: imported key should "
		"not "
		"be an Ed25519 key pair but is instead an HKDF key"},
	    {"ecdsa-p256", false,
		"-----BEGIN PUBLIC KEY-----\n"
		"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
		"-----END PUBLIC KEY-----\n",
		"invalid key type: expected ecdsa-p256"},
	    {"ecdsa-p256", false,
		"-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n"
		"DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
		"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
		"-----END PUBLIC KEY-----\n",
		"error parsing public key: not a known type"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;

		assert_null(
		    import_public(cases[i].type, cases[i].derived, str_of(cases[i].pem), &err));
		assert_int_equal(err.code, ERR_INVALID);
		assert_string_equal(err.text, cases[i].sentence);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_record_opens_in_its_place),
	    cmocka_unit_test(test_known_record),
	    cmocka_unit_test(test_refuses_damaged_records),
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_minimums),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_limits_of_versions),
	    cmocka_unit_test(test_soft_deleted_and_disabled),
	    cmocka_unit_test(test_schedule),
	    cmocka_unit_test(test_what_is_open_is_bounded),
	    cmocka_unit_test(test_a_thousand_versions_open_one),
	    cmocka_unit_test(test_sealing_closes),
	    cmocka_unit_test(test_threads_share),
	    cmocka_unit_test(test_public_keys_alone),
	    cmocka_unit_test(test_refuses_odd_public_keys),
	};

	return cmocka_run_group_tests_name("named keys", tests, set_up, tear_down);
}
