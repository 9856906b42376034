/*
 * Every operation on every type of named key, with every setting and every use of it, gives
 * one precise answer.
 */
#include "tests/unit/named.h"

#define AEAD "vault:v1:eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA=="
#define NO_CONTEXT \
	"missing 'context' for key derivation; the key was created using a derived key, " \
	"which " \
	"means additional, per-request information must be included in order to perform " \
	"operations with the key"

/* What each type does: written down again, not taken from the table under test. */
static const struct type {
	const char *name;
	bool encrypts, associates, signs, rsa, ecdsa, derives, converges;
} types[] = {
    {"aes128-gcm96", true, true, false, false, false, true, true},
    {"aes256-gcm96", true, true, false, false, false, true, true},
    {"chacha20-poly1305", true, true, false, false, false, true, true},
    {"xchacha20-poly1305", true, true, false, false, false, true, true},
    {"ed25519", false, false, true, false, false, true, false},
    {"ecdsa-p256", false, false, true, false, true, false, false},
    {"ecdsa-p384", false, false, true, false, true, false, false},
    {"ecdsa-p521", false, false, true, false, true, false, false},
    {"rsa-2048", true, false, true, true, false, false, false},
    {"rsa-3072", true, false, true, true, false, false, false},
    {"rsa-4096", true, false, true, true, false, false, false},
    {"hmac", false, false, false, false, false, false, false},
    {"wrapping", false, false, false, false, false, false, false},
};
#define TYPES (sizeof types / sizeof *types)

/* A key under test, and what holds for it. */
struct cell {
	const struct type *type;
	struct named_key *k;
	bool derived, convergent, public_only;
};

static struct named_keys *all;
static char context_text[] = "customer-1";

static char *sentence(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *
sentence(const char *fmt, ...)
{
	static char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return text;
}

/* want: the sentence; "": it works; NULL: it is refused as the caller's mistake. */
static void
expect(
    const struct cell *c, const char *what, int rc, const struct error *err, const char *want)
{
	bool right = want == NULL
			 ? rc == -1 && err->code == ERR_INVALID && err->text[0] != '\0'
			 : strcmp(err->text, want) == 0 && rc == (*want == '\0' ? 0 : -1);

	if (!right)
		fail_msg("%s%s%s%s: %s: %d \"%s\", not \"%s\"", c->type->name,
		    c->derived ? " derived" : "", c->convergent ? " convergent" : "",
		    c->public_only ? " public" : "", what, rc, err->text,
		    want == NULL ? "any" : want);
}

static const char *
encrypt_refusal(const struct cell *c, const struct cipher_use *use, const char *what)
{
	if (!c->type->encrypts)
		return sentence(
		    "message %s not supported for key type %s", what, c->type->name);
	if (use->associated.len > 0 && !c->type->associates)
		return sentence(
		    "associated data provided for non-AEAD cipher suite %s", c->type->name);
	if (c->derived && use->context.len == 0)
		return NO_CONTEXT;
	return "";
}

static void
try_cipher(const struct cell *c, struct str context, struct str associated)
{
	struct cipher_use use = {.context = context, .associated = associated};
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct error err = ERROR_INIT;
	const char *want = encrypt_refusal(c, &use, "encryption");
	int rc = named_key_encrypt(c->k, &use, str_of("text"), &text, &err);

	expect(c, "encrypt", rc, &err, want);
	if (rc == 0) {
		want = c->public_only
			   ? "requested version for decryption does not contain a private part"
			   : "";
		rc = named_key_decrypt(c->k, &use, buf_str(&text), &out, &err);
		expect(c, "decrypt", rc, &err, want);
		assert_true(rc != 0 || str_is(buf_str(&out), "text"));
		error_clear(&err), buf_clear(&out);
		rc = named_key_rewrap(c->k, &use, buf_str(&text), &out, &err);
		expect(c, "rewrap", rc, &err, want);
		assert_int_equal(out.len > 0, rc == 0);
	} else {
		want = encrypt_refusal(c, &use, "decryption");
		error_clear(&err);
		rc = named_key_decrypt(c->k, &use, str_of(AEAD), &out, &err);
		expect(c, "decrypt", rc, &err, want);
		error_clear(&err);
		rc = named_key_rewrap(c->k, &use, str_of(AEAD), &out, &err);
		expect(c, "rewrap", rc, &err, want);
		assert_int_equal(out.len, 0);
	}
	buf_free(&text), buf_free(&out);
}

static const char *
sign_refusal(const struct cell *c, const struct sign_use *use, bool sum_fits)
{
	if (!c->type->signs)
		return sentence("key type %s does not support signing", c->type->name);
	if (use->hash == HASH_NONE && !(use->prehashed && use->scheme == SIGN_PKCS1V15))
		return "hash_algorithm=none requires both prehashed=true and "
		       "signature_algorithm=pkcs1v15";
	if (c->derived && use->context.len == 0)
		return NO_CONTEXT;
	if (c->public_only)
		return "requested version for signing does not contain a private part";
	if (c->type->rsa && use->prehashed && use->hash != HASH_NONE && !sum_fits)
		return NULL;
	if (c->type->rsa && use->scheme == SIGN_PSS && use->salt > 400)
		return NULL;
	return "";
}

static void
try_signature(const struct cell *c, struct sign_use use, struct str input)
{
	bool fits = input.len == hash_size(use.hash), valid = true;
	struct buf text = BUF_INIT;
	struct error err = ERROR_INIT;
	int rc = named_key_sign(c->k, &use, input, &text, &err);

	expect(c, "sign", rc, &err, sign_refusal(c, &use, fits));
	error_clear(&err);
	if (rc == 0) {
		rc = named_key_verify(c->k, &use, input, buf_str(&text), &valid, &err);
		expect(c, "verify", rc, &err, "");
		assert_true(valid);
	}
	rc = named_key_verify(c->k, &use, input, str_of("vault:v1:AAAA"), &valid, &err);
	assert_false(valid);
	if (!c->type->signs)
		expect(c, "verify", rc, &err,
		    sentence("key type %s does not support verification", c->type->name));
	else if (rc != 0)
		assert_true(err.code == ERR_INVALID && err.text[0] != '\0');
	buf_free(&text);
}

static void
try_signatures(const struct cell *c, struct str context)
{
	static const int salts[] = {SIGN_SALT_AUTO, SIGN_SALT_HASH, 11, 4000};

	for (unsigned n = 0; n < HASHES * 32; n++) {
		const struct sign_use use = {.context = context,
		    .hash = n / 32,
		    .prehashed = n & 1,
		    .scheme = n & 2 ? SIGN_PKCS1V15 : SIGN_PSS,
		    .marshaling = n & 4 ? SIGN_JWS : SIGN_ASN1,
		    .salt = salts[n / 8 % 4]};

		/* Slow ones: fewer hashes, and salts where there are any. */
		if (c->type->rsa && c->type->name[4] != '2' &&
		    ((use.hash != HASH_SHA2_256 && use.hash != HASH_NONE) || n & 4))
			continue;
		if (!c->type->rsa && use.salt != SIGN_SALT_AUTO)
			continue;
		if (c->type->ecdsa && use.hash != HASH_NONE && use.hash % 3 != 0)
			continue;
		try_signature(c, use, str_of("a text of 32 bytes, as SHA-256's"));
	}
}

static void
try_hmac(const struct cell *c)
{
	bool wrapping = strcmp(c->type->name, "wrapping") == 0;

	for (enum hash h = HASH_NONE; h < HASHES; h++) {
		struct hmac_use use = {.hash = h};
		struct buf text = BUF_INIT;
		struct error err = ERROR_INIT;
		bool valid = false;
		int rc = named_key_hmac(c->k, &use, str_of("text"), &text, &err);

		expect(c, "hmac", rc, &err,
		    wrapping         ? "key type wrapping does not support HMAC"
		    : h == HASH_NONE ? NULL
				     : "");
		error_clear(&err);
		rc = named_key_verify_hmac(
		    c->k, &use, str_of("text"), buf_str(&text), &valid, &err);
		assert_int_equal(valid, !wrapping && h != HASH_NONE);
		assert_int_equal(rc == 0, valid);
		buf_free(&text);
	}
}

static void
try_public(const struct cell *c, struct str context)
{
	struct buf shown = BUF_INIT;
	struct error err = ERROR_INIT;
	bool wrapping = strcmp(c->type->name, "wrapping") == 0;
	int rc = named_key_public(c->k, 1, context, &shown, &err);

	expect(c, "public", rc, &err,
	    !c->type->signs && !wrapping
		? sentence("keys of type %s have no public part", c->type->name)
	    : c->derived && context.len == 0 ? NO_CONTEXT
					     : "");
	assert_int_equal(shown.len > 0, rc == 0);
	buf_free(&shown);
}

/* Versions that are not there. */
static void
try_versions(const struct cell *c)
{
	static const struct {
		int64_t version;
		const char *end;
	} cases[] = {{-1, "is negative"}, {2, "is higher than the latest key version"},
	    {INT64_MAX, "is higher than the latest key version"}, {INT64_MIN, "is negative"}};

	for (unsigned i = 0; i < 4; i++) {
		struct cipher_use cipher = {
		    .version = cases[i].version, .context = str_of(context_text)};
		struct sign_use sign = {.version = cases[i].version,
		    .hash = HASH_SHA2_256,
		    .context = str_of(context_text)};
		struct error err = ERROR_INIT;
		struct buf out = BUF_INIT;

		if (c->type->encrypts)
			expect(c, "version",
			    named_key_encrypt(c->k, &cipher, str_of(""), &out, &err), &err,
			    sentence("requested version for encryption %s", cases[i].end));
		error_clear(&err);
		if (c->type->signs)
			expect(c, "version",
			    named_key_sign(c->k, &sign, str_of(""), &out, &err), &err,
			    sentence("requested version for signing %s", cases[i].end));
		assert_int_equal(out.len, 0);
		buf_free(&out);
	}
}

/* HMACs of versions that are not there, or not to be used any more. */
static void
test_hmac_versions(void **state)
{
	static const struct {
		int64_t version;
		enum hash hash;
		const char *text;
	} cases[] = {
	    {1, HASH_SHA2_256,
		"cannot generate HMAC: version is too old (disallowed by policy)"},
	    {-1, HASH_SHA2_256,
		"cannot generate HMAC: version is too old (disallowed by policy)"},
	    {3, HASH_SHA2_256, "key version does not exist; latest key version is 2"},
	    {INT64_MAX, HASH_SHA2_256, "key version does not exist; latest key version is 2"},
	    {0, HASH_NONE, "unsupported algorithm: HMAC needs a hash"},
	};
	struct named_key *k = new_named_key(all, "aes256-gcm96", "");
	struct named_key_config least = {.has_min_encryption = true, .min_encryption = 2};
	struct hmac_use use;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(named_key_rotate(k, NULL), 0);
	assert_int_equal(named_key_configure(k, &least, NULL), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		use = (struct hmac_use){.version = cases[i].version, .hash = cases[i].hash};
		error_clear(&err);
		assert_int_equal(named_key_hmac(k, &use, str_of("x"), &out, &err), -1);
		assert_string_equal(err.text, cases[i].text);
	}
	assert_int_equal(out.len, 0);
	named_key_free(&k);
	buf_free(&out);
}

/* The key that imported keys come wrapped under is drawn, shown, and does nothing else. */
static void
test_wrapping_key(void **state)
{
	const struct named_key_place place = PLACE;
	struct named_key *k = named_key_new_wrapping(all, &place, NULL);
	struct hmac_use hmac = {.hash = HASH_SHA2_256};
	struct error err = ERROR_INIT;
	struct buf pem = BUF_INIT, out = BUF_INIT;

	(void)state;
	assert_non_null(k);
	assert_int_equal(named_key_public(k, 1, str_of(""), &pem, NULL), 0);
	assert_true(str_starts(buf_str(&pem), "-----BEGIN PUBLIC KEY-----"));
	assert_int_equal(named_key_hmac(k, &hmac, str_of("x"), &out, &err), -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	assert_int_equal(out.len, 0);
	named_key_free(&k);
	buf_free(&pem);
}

static void
try_all(const struct cell *c)
{
	const struct str contexts[] = {str_of(""), str_of(context_text)};

	for (unsigned i = 0; i < 2; i++) {
		try_cipher(c, contexts[i], str_of(""));
		try_cipher(c, contexts[i], str_of("associated"));
		try_signatures(c, contexts[i]);
		try_public(c, contexts[i]);
	}
	try_hmac(c);
	try_versions(c);
}

/* The key of a cell: drawn, where that is quick. */
static struct named_key *
make(const struct type *t, const char *how)
{
	struct named_key_settings set = named_settings(t->name, how);

	if (t->rsa || strcmp(t->name, "wrapping") == 0)
		return named_key_from(all, set, known_private(t->name));
	return new_named_key(all, t->name, how);
}

static void
test_keys(void **state)
{
	static const char *const hows[] = {"plain", "derived", "convergent"};

	(void)state;
	for (unsigned i = 0; i < TYPES; i++) {
		for (unsigned how = 0; how < 3; how++) {
			struct cell c = {
			    .type = &types[i], .derived = how > 0, .convergent = how > 1};

			if ((c.derived && !types[i].derives) ||
			    (c.convergent && !types[i].converges))
				continue; /* test_no_other_keys */
			c.k = make(&types[i], hows[how]);
			try_all(&c);
			named_key_free(&c.k);
		}
	}
}

static void
test_public_keys(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TYPES; i++) {
		struct named_key *whole = NULL;
		struct cell c = {.type = &types[i], .public_only = true};

		if (!types[i].signs)
			continue;
		whole = make(&types[i], "plain");
		c.k = named_key_of(all, named_settings(types[i].name, ""), NULL,
		    buf_str(&whole->slots[0].version->public_key));
		try_all(&c);
		named_key_free(&c.k), named_key_free(&whole);
	}
}

/* Flags that a type has not are refused when the key is asked for, in requests and in records.
 */
static void
test_no_other_keys(void **state)
{
	(void)state;
	for (unsigned n = 0; n < TYPES * 4; n++) {
		const struct type *t = &types[n / 4];
		bool derived = n & 1, convergent = n & 2;
		const struct named_key_request r = {.place = PLACE,
		    .type = named_settings(t->name, "").type,
		    .derived = derived,
		    .convergent = convergent,
		    .key_size = strcmp(t->name, "hmac") == 0 ? 32 : 0};
		const char *want =
		    convergent && !derived
			? "convergent encryption requires derivation to be enabled"
		    : derived && !t->derives ? sentence("key derivation and convergent "
							"encryption not supported for keys of "
							"type %s",
						   t->name)
		    : convergent && !t->converges
			? sentence("convergent encryption not supported for keys of type %s",
			      t->name)
			: "";
		struct error err = ERROR_INIT;
		struct cell c = {.type = t, .derived = derived, .convergent = convergent};

		expect(&c, "check", named_key_check(&r, false, &err), &err, want);
	}
}

static void
test_records_of_other_keys(void **state)
{
	const struct named_key_place place = PLACE;
	struct named_key *k = new_named_key(all, "aes256-gcm96", "");
	struct buf record = BUF_INIT;

	(void)state;
	named_key_format(k, &record);
	for (unsigned n = 0; n < 256 * 4; n++) {
		struct named_key *read = NULL;

		record.data[3] =
		    (uint8_t)(n / 4); /* type, then flags: derived 1, convergent 2 */
		record.data[5] = n & 3;
		read = named_key_parse(all, &place, buf_str(&record), NULL);
		assert_int_equal(
		    read != NULL, (n / 4 >= KEY_AES128_GCM96 &&
				      n / 4 <= KEY_XCHACHA20_POLY1305 && (n & 3) != 2) ||
				      (n / 4 == KEY_ED25519 &&
					  (n & 3) == 1)); /* nothing public is kept there */
		named_key_free(&read);
	}
	buf_free(&record);
	named_key_free(&k);
}

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_public_keys),
	    cmocka_unit_test(test_no_other_keys),
	    cmocka_unit_test(test_records_of_other_keys),
	    cmocka_unit_test(test_hmac_versions),
	    cmocka_unit_test(test_wrapping_key),
	};

	return cmocka_run_group_tests_name("named matrix", tests, set_up, tear_down);
}
