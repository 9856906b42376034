/*
 * vaultctl: transit encrypt, decrypt, rewrap, sign, verify and the like: files in, results out.
 * Trusted with what is encrypted and decrypted; it passes through buffers that wipe themselves.
 */
#include "client/transit.h"

#include <stdio.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/output.h"
#include "client/request.h"
#include "client/transit_lines.h"
#include "client/transit_show.h"
#include "client/transit_stream.h"

#define TYPE_FLAG \
	{ \
		"type", FLAG_TEXT, "TYPE", NULL, NULL, \
		    "of the key, when it is made by this: help transit keys create", "type" \
	}
#define STREAM_FLAG \
	{ \
		"stream", FLAG_SWITCH, NULL, NULL, NULL, \
		    "any size: under a data key, in chunks, in constant memory" \
	}

static const struct flag encrypt_flags[] = {
    TRANSIT_MOUNT_FLAG,
    TRANSIT_CONTEXT_FLAG,
    TRANSIT_AD_FLAG,
    TRANSIT_VERSION_FLAG,
    TYPE_FLAG,
    STREAM_FLAG,
    TRANSIT_LINES_FLAG,
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

static const struct flag decrypt_flags[] = {
    TRANSIT_MOUNT_FLAG,
    TRANSIT_CONTEXT_FLAG,
    TRANSIT_AD_FLAG,
    STREAM_FLAG,
    TRANSIT_LINES_FLAG,
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

static const struct flag rewrap_flags[] = {
    TRANSIT_MOUNT_FLAG,
    TRANSIT_CONTEXT_FLAG,
    TRANSIT_VERSION_FLAG,
    TRANSIT_LINES_FLAG,
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

static const struct flag datakey_flags[] = {
    TRANSIT_MOUNT_FLAG,
    TRANSIT_CONTEXT_FLAG,
    TRANSIT_AD_FLAG,
    TRANSIT_VERSION_FLAG,
    {"bits", FLAG_COUNT, "N", NULL, NULL, "128, 256 (when left out) or 512", "bits"},
    FLAGS_END,
};

#define ENCODING_FLAG(otherwise) \
	{ \
		"encoding", FLAG_TEXT, "NAME", NULL, NULL, "base64 or hex; " otherwise, \
		    "format" \
	}

static const struct flag random_flags[] = {
    TRANSIT_MOUNT_FLAG,
    ENCODING_FLAG("left out: base64"),
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

static const struct flag hash_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"algorithm", FLAG_TEXT, "NAME", NULL, NULL, "as sha2-256, which it is when left out",
	"algorithm"},
    ENCODING_FLAG("left out: hex"),
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

static const struct flag hmac_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"algorithm", FLAG_TEXT, "NAME", NULL, NULL, "as sha2-256, which it is when left out",
	"algorithm"},
    TRANSIT_VERSION_FLAG,
    TRANSIT_LINES_FLAG,
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

#define SIGNING_FLAGS \
	{"hash-algorithm", FLAG_TEXT, "NAME", NULL, NULL, \
	    "as sha2-256, which it is when left out; none", "hash_algorithm"}, \
	    {"signature-algorithm", FLAG_TEXT, "NAME", NULL, NULL, \
		"of an RSA key: pss (when left out) or pkcs1v15", "signature_algorithm"}, \
	    {"marshaling", FLAG_TEXT, "NAME", NULL, NULL, "asn1 (when left out) or jws", \
		"marshaling_algorithm"}, \
	    {"prehashed", FLAG_SWITCH, NULL, NULL, NULL, "the file holds the hash", \
		"prehashed"}, \
	{ \
		"salt-length", FLAG_TEXT, "N", NULL, NULL, "of pss: auto, hash or a number", \
		    "salt_length" \
	}

static const struct flag sign_flags[] = {
    TRANSIT_MOUNT_FLAG,
    TRANSIT_CONTEXT_FLAG,
    TRANSIT_VERSION_FLAG,
    SIGNING_FLAGS,
    TRANSIT_LINES_FLAG,
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

static const struct flag verify_flags[] = {
    TRANSIT_MOUNT_FLAG,
    TRANSIT_CONTEXT_FLAG,
    SIGNING_FLAGS,
    {"signature", FLAG_WORD, "TEXT", NULL, NULL, "what sign gave; @FILE reads it", "signature"},
    {"hmac", FLAG_WORD, "TEXT", NULL, NULL, "what hmac gave; @FILE reads it", "hmac"},
    FLAGS_END,
};

static const struct flag usage_flags[] = {
    TRANSIT_MOUNT_FLAG,
    FLAGS_END,
};

/* In one request, or line by line. */
static enum outcome
run(const struct request *request, const struct flags *f, struct error *err)
{
	return flags_on(f, "lines") ? transit_lines(request, f, err)
				    : request_run(request, f, err);
}

static int
refuse_both(const struct flags *f, struct error *err)
{
	if (!flags_on(f, "stream") || !flags_on(f, "lines"))
		return 0;
	return error_set(
	    err, ERR_INVALID, "-stream takes the file as one, -lines by its lines");
}

static enum outcome
encrypt(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/encrypt/{1}", NULL, "- =plaintext", "ciphertext"};

	if (refuse_both(f, err) != 0)
		return FAILED;
	return flags_on(f, "stream") ? transit_stream_encrypt(f, err) : run(&request, f, err);
}

static enum outcome
decrypt(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/decrypt/{1}", NULL, "- <ciphertext", "=plaintext"};

	if (refuse_both(f, err) != 0)
		return FAILED;
	return flags_on(f, "stream") ? transit_stream_decrypt(f, err) : run(&request, f, err);
}

static enum outcome
rewrap(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/rewrap/{1}", NULL, "- <ciphertext", "ciphertext"};

	return run(&request, f, err);
}

static enum outcome
hmac(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/hmac/{1}", NULL, "- =input", "hmac"};

	return run(&request, f, err);
}

static enum outcome
sign(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/sign/{1}", NULL, "- =input", "signature"};

	return run(&request, f, err);
}

/* Exit code 0: it is; 2: it is not. */
static enum outcome
verify(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/verify/{1}", NULL, "- =input", NULL};
	const struct json *valid;
	struct exchange x;
	enum outcome outcome;

	if ((flags_text(f, "signature") == NULL) == (flags_text(f, "hmac") == NULL)) {
		error_set(err, ERR_INVALID, "give -signature or -hmac, as text or as @FILE");
		return FAILED;
	}
	outcome = request_ask(&request, f, &x, err);
	if (outcome == DONE && answer_data(&x.answer) == NULL) {
		outcome = output_answer(f, &x.answer, "", err);
	} else if (outcome == DONE) {
		valid = json_find(answer_data(&x.answer), "valid");
		outcome = valid != NULL && valid->type == JSON_TRUE ? DONE : REFUSED;
		if (output_is_json(f) || flags_text(f, "field") != NULL)
			output_answer(f, &x.answer, "", err);
		else
			printf("%s\n", outcome == DONE ? "Valid" : "Not valid");
	}
	request_end(&x);
	return outcome;
}

const struct command transit_commands[] = {
    {"transit encrypt", "KEY [FILE]", 1, 2, "Encrypt a file with a named key",
	"  Without FILE it reads standard input.  With -stream what comes out is binary, and "
	"17\n"
	"  bytes in 65536 longer: a data key encrypts it here, and what the named key made of\n"
	"  that data key stands in front (the format: keys/stream.h).  With -lines each line "
	"is\n"
	"  encrypted by itself; lines that fail are named on standard error.\n",
	"vaultctl transit encrypt billing card.txt\n"
	"printf 4111111111111111 | vaultctl transit encrypt -context=customer-7 customers\n"
	"vaultctl transit encrypt -stream -out=backup.tar.enc billing backup.tar\n"
	"pg_dump accounts | vaultctl transit encrypt -stream billing >accounts.enc\n"
	"vaultctl transit encrypt -lines -out=cards.enc billing cards.txt\n",
	encrypt_flags, encrypt},
    {"transit decrypt", "KEY [FILE]", 1, 2, "Decrypt what a named key encrypted",
	"  Without FILE it reads standard input.  With -stream and -out nothing is there "
	"until\n"
	"  all of it was found whole; on standard output each chunk appears when it was, and "
	"an\n"
	"  exit code other than 0 says that what came is not all.\n",
	"vaultctl transit decrypt billing card.enc\n"
	"vaultctl transit decrypt -stream -out=backup.tar billing backup.tar.enc\n",
	decrypt_flags, decrypt},
    {"transit rewrap", "KEY [FILE]", 1, 2, "Encrypt anew with the latest version",
	"  The plaintext stays in the vault.\n",
	"vaultctl transit rewrap -out=card.enc -replace billing card.enc\n", rewrap_flags,
	rewrap},
    {"transit datakey", "plaintext|wrapped KEY", 2, 2, "Make a data key",
	"  plaintext gives it in the clear too; wrapped only as the named key encrypted it.\n",
	"vaultctl transit datakey wrapped billing\n"
	"vaultctl transit datakey -bits=128 plaintext billing\n",
	datakey_flags, NULL, {"PUT", "{mount}/datakey/{1}/{2}", NULL, NULL, NULL}},
    {"transit random", "[BYTES]", 0, 1, "Draw random bytes in the vault", NULL,
	"vaultctl transit random\nvaultctl transit random -encoding=hex 16\n", random_flags,
	NULL, {"PUT", "{mount}/random", NULL, "bytes", "random_bytes"}},
    {"transit hash", "[FILE]", 0, 1, "Hash a file", NULL,
	"vaultctl transit hash -algorithm=sha3-256 contract.pdf\n", hash_flags, NULL,
	{"PUT", "{mount}/hash", NULL, "=input", "sum"}},
    {"transit hmac", "KEY [FILE]", 1, 2, "Make the HMAC of a file with a named key", NULL,
	"vaultctl transit hmac billing message.json\n", hmac_flags, hmac},
    {"transit sign", "KEY [FILE]", 1, 2, "Sign a file with a named key", NULL,
	"vaultctl transit sign -out=invoice.sig invoices invoice.pdf\n"
	"openssl dgst -sha256 -binary big.iso | vaultctl transit sign -prehashed invoices\n",
	sign_flags, sign},
    {"transit verify", "KEY [FILE]", 1, 2, "Check a signature or an HMAC of a file",
	"  Exit code 0: it is right; 2: it is not.\n",
	"vaultctl transit verify -signature=@invoice.sig invoices invoice.pdf\n"
	"vaultctl transit verify -hmac=@message.mac billing message.json\n",
	verify_flags, verify},
    {"transit usage", "KEY", 1, 1, "Show how often each version was used, and when last",
	"  A version that nothing decrypts any more can be given up: transit keys config\n"
	"  -min-decryption-version, then trim.  Data keys count as encrypt, HMACs as sign.\n",
	"vaultctl transit usage billing\n", usage_flags, transit_show_usage},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
