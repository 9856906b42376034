/*
 * Every body of a transit mount, through the routes' own code: whatever is sent, it is answered
 * or refused as the caller's fault, and no request hurts the next one.  The first byte says which
 * operation on which key, the rest is the body.
 */
#include "tests/unit/transit_call.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *const operations[] = {"encrypt/", "decrypt/", "rewrap/", "hmac/", "sign/",
    "verify/", "datakey/plaintext/", "keys/", "random/", "hash/", "restore/"};
static const char *const ends[] = {"", "/config", "/trim", "/import", "/import_version"};
static const char *const names[] = {"aes", "derived", "convergent", "ed", "ec", "hmac", "rsa",
    "absent"};

#define OURS "\"error\":\"internal error\""
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void
make(const char *path, const char *body)
{
	struct told t = ask(OP_WRITE, path, body);

	if (t.status != 0)
		fatal("%s: %.*s", path, STR(buf_str(&t.text)));
	buf_free(&t.text);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	open_transit(NULL);
	make("keys/aes", "{}");
	make("keys/derived", "{\"derived\":true}");
	make("keys/convergent", "{\"derived\":true,\"convergent_encryption\":true}");
	make("keys/ed", "{\"type\":\"ed25519\"}");
	make("keys/ec", "{\"type\":\"ecdsa-p256\"}");
	make("keys/hmac", "{\"type\":\"hmac\",\"key_size\":32}");
	make("keys/rsa", "{\"type\":\"rsa-2048\"}");
	commit();
	/* What is open stays so; the directory need not outlive a fuzzer that is killed. */
	store_dir_remove(dup(store_dir));
	return 0;
}

/* Drawing pairs takes too long for a fuzzer: rotate, and types of RSA, are left out. */
static bool
draws(struct str body)
{
	return memmem(body.at, body.len, "rsa", 3) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str body = {(const char *)bytes + 1, len - 1};
	size_t mark = records_mark(records), operation;
	char path[64];
	struct told t;

	if (len < 2 || draws(body))
		return 0;
	operation = bytes[0] / COUNT(names) % COUNT(operations);
	snprintf(path, sizeof(path), "%s%s%s", operations[operation],
	    names[bytes[0] % COUNT(names)],
	    strcmp(operations[operation], "keys/") == 0 ? ends[len % COUNT(ends)] : "");
	t = ask_bytes(OP_WRITE, str_of(path), body);
	/* Quotes in what was sent are escaped: these are ours. */
	if ((t.refused && t.status >= 500) ||
	    memmem(t.text.data, t.text.len, OURS, strlen(OURS)) != NULL)
		abort();
	records_undo(records, mark);
	buf_free(&t.text);
	return 0;
}
