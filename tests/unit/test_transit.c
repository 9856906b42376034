/* api/transit*.c: what bodies and batches come to, without a server. */
#include "tests/unit/transit_call.h"

#include "vaultd/api/transit_use.h"

static void
make(const char *name, const char *body)
{
	char path[64];
	struct told t;

	snprintf(path, sizeof path, "keys/%s", name);
	t = ask(OP_WRITE, path, body);
	if (t.status != 0)
		fail_msg("%s: %.*s", name, STR(buf_str(&t.text)));
	buf_free(&t.text);
}

/* Every type that is made quickly, a pair that is not, and derived ones. */
static int
open_keys(void **state)
{
	open_transit(state);
	make("aes", "{}");
	make("derived", "{\"derived\":true}");
	make("convergent", "{\"derived\":true,\"convergent_encryption\":true}");
	make("ed", "{\"type\":\"ed25519\"}");
	make("edd", "{\"type\":\"ed25519\",\"derived\":true}");
	make("ec", "{\"type\":\"ecdsa-p256\"}");
	make("hmac", "{\"type\":\"hmac\",\"key_size\":32}");
	make("rsa", "{\"type\":\"rsa-2048\"}");
	commit();
	return 0;
}

static bool
holds(const struct told *t, const char *text)
{
	return memmem(t->text.data, t->text.len, text, strlen(text)) != NULL;
}

static const struct {
	const char *path, *body;
	unsigned status;  /* 0: 200 */
	const char *text; /* in the reply; a leading '!' : not in it */
} cases[] = {
    /* single requests */
    {"encrypt/aes", "{\"plaintext\":\"\"}", 0, "\"ciphertext\":\"vault:v1:"},
    {"encrypt/aes", "{\"plaintext\":null}", 400, "missing plaintext to encrypt"},
    {"encrypt/aes", "{\"plaintext\":\"YQ==\",\"key_version\":\"0\"}", 0, "\"key_version\":1"},
    {"encrypt/aes", "{\"plaintext\":\"YQ==\",\"key_version\":\"1\"}", 0, "\"key_version\":1"},
    {"encrypt/aes", "{\"plaintext\":\"YQ==\",\"key_version\":1.5}", 400, "key_version"},
    {"encrypt/aes", "{\"plaintext\":\"YQ==\",\"key_version\":99999999999}", 400, "higher"},
    {"encrypt/aes", "{\"plaintext\":\"YQ=\"}", 400, "illegal base64 data at input byte"},
    {"encrypt/aes", "{\"plaintext\":\"YQ\"}", 400, "illegal base64 data at input byte"},
    {"encrypt/aes", "{\"plaintext\":\"YR==\"}", 400, "illegal base64 data at input byte"},
    {"encrypt/-aes", "{\"plaintext\":\"\"}", 404, "unsupported path"},
    {"encrypt/aes.", "{\"plaintext\":\"\"}", 404, "unsupported path"},
    {"decrypt/aes", "{\"ciphertext\":true}", 400, "no prefix"},
    {"hmac/aes", "{\"input\":\"\"}", 0, "\"hmac\":\"vault:v1:"},
    {"hmac/aes/none", "{\"input\":\"\"}", 400, "unsupported algorithm none"},
    {"sign/ed", "{\"input\":\"\"}", 0, "\"signature\":\"vault:v1:"},
    {"sign/ed", "{}", 400, "missing input"},
    {"sign/ed", "{\"input\":\"\",\"signature_algorithm\":\"nonsense\"}", 0, "signature"},
    {"sign/ec", "{\"input\":\"\",\"signature_algorithm\":\"nonsense\"}", 0, "signature"},
    {"sign/rsa", "{\"input\":\"\",\"signature_algorithm\":\"nonsense\"}", 400,
	"unsupported rsa signature algorithm nonsense"},
    {"sign/rsa", "{\"input\":\"\",\"salt_length\":20}", 0, "signature"},
    {"sign/edd", "{\"input\":\"\",\"context\":\"Yw==\"}", 0, "\"public_key\":\""},
    {"verify/ed", "{\"input\":\"\"}", 400, "neither a 'signature' nor an 'hmac' were given"},
    {"verify/ed", "{\"input\":\"\",\"signature\":\"vault:v1:AAAA\",\"hmac\":\"x\"}", 0,
	"\"valid\":false"},
    {"verify/ed", "{\"input\":\"\",\"hmac\":\"x\"}", 400, "invalid HMAC to verify: no prefix"},
    {"datakey/plaintext/aes", "{\"bits\":\"128\"}", 0, "\"plaintext\":\""},
    {"datakey/wrapped/aes", "{}", 0, "!plaintext"},
    {"datakey/wrapped/aes", "{\"associated_data\":\"*\"}", 400, "associated_data"},
    /* the form of a batch */
    {"encrypt/aes", "{\"batch_input\":null,\"plaintext\":\"\"}", 0, "!batch_results"},
    {"encrypt/aes", "{\"batch_input\":7}", 400, "must be an array or slice, got json.Number"},
    {"encrypt/aes", "{\"batch_input\":[null]}", 400, "[0] expected a map, got 'nil'"},
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"\"},[]]}", 400,
	"[1] expected a map, got '[]interface {}'"},
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"\",\"reference\":7}]}", 400,
	"'[0].reference' expected type 'string'"},
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"\",\"key_version\":\"x\"}]}", 400,
	"'[0].key_version' expected type 'int'"},
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"\",\"key_version\":\"1\"}]}", 0,
	"\"key_version\":1"},
    {"sign/ed", "{\"batch_input\":[]}", 400, "missing batch input to process"},
    {"verify/ed", "{\"batch_input\":[{\"input\":\"\"}]}", 400,
	"no batch_input elements have 'signature' or 'hmac'"},
    {"verify/ed",
	"{\"batch_input\":[{\"input\":\"\",\"signature\":\"x\"},{\"input\":\"\",\"hmac\":\"x\"}]}", 400,
	"elements of batch_input must all provide 'signature' or all provide 'hmac'"},
    {"verify/ed", "{\"batch_input\":[{\"input\":\"\",\"signature\":\"x\"},{\"input\":\"\"}]}", 400,
	"some elements of batch_input are missing 'signature'"},
    /* items, each with an end of its own */
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"*\"},{\"plaintext\":\"\"}]}", 400,
	"[{\"error\":\"illegal base64 data at input byte 0\",\"reference\":\"\"},{\"ciphertext\":"},
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"\",\"associated_data\":\"*\"}]}", 400,
	"failed to decode associated_data"},
    {"encrypt/rsa", "{\"batch_input\":[{\"plaintext\":\"\"},"
			 "{\"plaintext\":\"\",\"associated_data\":\"YQ==\"}]}", 400,
	"'[1].associated_data' provided for non-AEAD cipher suite rsa-2048"},
    {"decrypt/aes", "{\"batch_input\":[{}],\"partial_failure_response_code\":207}", 400,
	"{\"plaintext\":\"\",\"error\":\"missing ciphertext to decrypt\",\"reference\":\"\"}"},
    {"rewrap/aes", "{\"batch_input\":[{}]}", 0, "missing ciphertext to decrypt"},
    {"sign/ed", "{\"batch_input\":[{\"input\":\"*\",\"reference\":\"r\"}]}", 0,
	"{\"key_version\":0,\"error\":\"unable to decode input as base64: "},
    {"sign/edd", "{\"batch_input\":[{\"input\":\"\",\"context\":\"Yw==\"}]}", 0,
	"\"publickey\":\""},
    {"verify/hmac", "{\"batch_input\":[{\"input\":\"\",\"hmac\":\"x\"}]}", 0,
	"{\"valid\":false,\"error\":\"invalid HMAC to verify: no prefix\",\"reference\":\"\"}"},
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"\",\"reference\":\"a\\\"\\u0000b\"}]}", 0,
	"\"reference\":\"a\\\"\\u0000b\""},
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"\"},{\"plaintext\":\"*\"}],"
			 "\"partial_failure_response_code\":207}", 207, "batch_results"},
    {"encrypt/aes", "{\"batch_input\":[{\"plaintext\":\"\"},{\"plaintext\":\"*\"}],"
			 "\"partial_failure_response_code\":100}", 400, "batch_results"},
    /* keys that use makes */
    {"encrypt/absent", "{\"plaintext\":\"\",\"context\":\"Yw==\",\"convergent_encryption\":true}", 0,
	"vault:v1:"},
    {"encrypt/absent", "{\"plaintext\":\"\",\"type\":\"nonsense\"}", 400,
	"unknown key type nonsense"},
    {"encrypt/absent", "{\"plaintext\":\"\",\"type\":\"ed25519\"}", 400,
	"message encryption not supported for key type ed25519"},
    {"encrypt/absent", "{\"plaintext\":\"\",\"convergent_encryption\":true}", 400,
	"requires derivation"},
    {"decrypt/absent", "{\"ciphertext\":\"x\"}", 400, "encryption key not found"},
    {"sign/absent", "{\"input\":\"\"}", 400, "signing key not found"},
    {"verify/absent", "{\"input\":\"\",\"signature\":\"x\"}", 400,
	"signature verification key not found"},
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t mark = records_mark(records);
		struct told t = ask(OP_WRITE, cases[i].path, cases[i].body);
		bool absent = cases[i].text[0] == '!';

		if (t.status != cases[i].status ||
		    holds(&t, cases[i].text + (absent ? 1 : 0)) == absent)
			fail_msg("%s %s: %u %.*s", cases[i].path, cases[i].body, t.status,
			    STR(buf_str(&t.text)));
		records_undo(records, mark);
		buf_free(&t.text);
	}
}

/* What holds others up goes to a worker, and nothing else does. */
static void
test_workers(void **state)
{
	static const struct {
		const char *path, *body;
		bool worked;
	} uses[] = {
	    {"encrypt/aes", "{\"plaintext\":\"\"}", false},
	    {"encrypt/rsa", "{\"plaintext\":\"\"}", false},
	    {"sign/rsa", "{\"input\":\"\"}", true},
	    {"sign/ec", "{\"input\":\"\"}", false},
	    {"decrypt/rsa", "{\"ciphertext\":\"vault:v1:AAAA\"}", true},
	    {"hmac/rsa", "{\"input\":\"\"}", false},
	    {"verify/rsa", "{\"input\":\"\",\"signature\":\"vault:v1:AAAA\"}", false},
	    {"keys/rsa/rotate", "", true},
	    {"keys/aes/rotate", "", false},
	    {"keys/more", "{\"type\":\"rsa-2048\"}", true},
	    {"keys/rsa", "{\"type\":\"rsa-2048\"}", false},
	    {"encrypt/new", "{\"plaintext\":\"\",\"type\":\"rsa-2048\"}", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
		struct told t = ask(OP_WRITE, uses[i].path, uses[i].body);

		if (t.worked != uses[i].worked)
			fail_msg("%s: %s", uses[i].path, t.worked ? "worked" : "not worked");
		buf_free(&t.text);
	}
}

/* As many items as there may be, and one more. */
static void
test_many_items(void **state)
{
	static const char *const paths[] = {"encrypt/aes", "hmac/aes", "sign/ec"};
	struct buf body = BUF_INIT;

	(void)state;
	for (unsigned more = 0; more < 2; more++)
		for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
			const char *item = i == 0 ? "{\"plaintext\":\"\"}" : "{\"input\":\"\"}";
			struct told t;

			buf_clear(&body);
			buf_put_text(&body, "{\"batch_input\":[");
			for (unsigned n = 0; n < TRANSIT_BATCH_MAX + more; n++)
				buf_printf(&body, "%s%s", n > 0 ? "," : "", item);
			buf_put_text(&body, "]}");
			t = ask_bytes(OP_WRITE, str_of(paths[i]), buf_str(&body));
			assert_int_equal(t.status, more == 0 ? 0 : 400);
			assert_int_equal(holds(&t, "at most 4096 are taken at once"), more);
			/* Many signatures of a pair take long, one does not. */
			assert_int_equal(t.worked, i == 2 && more == 0);
			buf_free(&t.text);
		}
	buf_free(&body);
}

/* What a worker did with a key that has changed meanwhile does not count. */
static void
late(const char *path, const char *body, const char *change, const char *with)
{
	struct call c = {.mount = &transit, .records = records, .named = named, .usage = usage,
	    .arena = arena, .operation = OP_WRITE, .rest = str_of(path)};
	struct error err = ERROR_INIT;
	struct work *work = NULL;
	bool known;

	c.body = json_parse(arena, str_of(body), &json_limits_body, &err);
	reply_init(&c.reply);
	c.route = routes_find(&c, MOUNT_TRANSIT, &known);
	assert_int_equal(c.route->prepare(&c, &work, &err), 0);
	work->run(work);
	assert_true(work->fits(work, &c));
	make(change, with);
	assert_false(work->fits(work, &c));
	end_batch(false);
	assert_true(work->fits(work, &c));
	/* Read anew it is the same. */
	named_free(&named);
	named = named_new(records, keyring, &header);
	c.named = named;
	assert_true(work->fits(work, &c));
	work_free(&work);
	reply_clear(&c.reply);
	arena_reset(arena);
}

static void
test_late_work(void **state)
{
	(void)state;
	late("keys/rsa/rotate", "{}", "rsa/config", "{\"deletion_allowed\":true}");
	late("sign/rsa", "{\"input\":\"\"}", "rsa/versions/1/disable", "{}");
	late("decrypt/rsa", "{\"ciphertext\":\"vault:v1:AAAA\"}", "rsa/rotate", "{}");
}

#define WITH_KEYS(f) cmocka_unit_test_setup_teardown(f, open_keys, close_transit)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_KEYS(test_cases),
	    WITH_KEYS(test_workers),
	    WITH_KEYS(test_many_items),
	    WITH_KEYS(test_late_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
