/*
 * vaultctl: attest enrol, attest verify, transit attest: the paper that shows where a key lives
 * (policy/attest.h).  Trusted with the CA's key while it signs the vault's certificate; verify
 * works on files alone.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "client/ask.h"
#include "client/certs.h"
#include "client/files.h"
#include "client/output.h"
#include "client/request.h"
#include "client/transit.h"
#include "policy/attest.h"

#define ARENA_MOST ((size_t)32 * 1024 * 1024)
#define DAY (24 * 60 * 60)

/* ---- the vault's certificate ---- */

/* Sign the vault's request in its name; the chain as PEM. */
static int
certify(const struct flags *f, struct str request_pem, struct buf *chain, struct error *err)
{
	struct credential *ca =
	    credential_read(flags_text(f, "ca"), flags_text(f, "ca-key"), err);
	struct credential_wish wish = {.kind = CREDENTIAL_IDENTITY};
	struct credential *made = NULL;
	struct buf uri = BUF_INIT;

	buf_put_text(&uri, "spiffe://");
	if (ca != NULL && credential_trust_domain(ca, &uri, err) == 0) {
		buf_put_text(&uri, ATTEST_PATH);
		buf_put_u8(&uri, '\0');
		wish.uri = (const char *)uri.data;
		wish.name = str_from(str_of(ATTEST_PATH), 1);
		wish.seconds = flags_count(f, "days", 0) * DAY;
		made = credential_certify(request_pem, &wish, ca, err);
	}
	if (made != NULL)
		credential_put_certificate(made, ca, chain);
	credential_free(&made);
	credential_free(&ca);
	buf_free(&uri);
	return chain->len > 0 ? 0 : -1;
}

static enum outcome
send_certificate(struct session *s, struct str chain, struct error *err)
{
	struct buf body = BUF_INIT;
	const struct question q = {"PUT", str_of("sys/attest/certificate"), NULL, &body};
	struct json_writer w = json_writer_to(&body);
	struct answer a = ANSWER_INIT;
	enum outcome outcome;

	json_open_object(&w, NULL);
	json_put_str(&w, "certificate", chain);
	json_close_object(&w);
	outcome = ask(s, &q, &a, err);
	answer_free(&a);
	buf_free(&body);
	return outcome;
}

static enum outcome
enrol(const struct flags *f, struct error *err)
{
	static const struct request request = {"GET", "sys/attest/csr", NULL, NULL, NULL};
	struct buf chain = BUF_INIT;
	const struct json *csr;
	struct exchange x;
	enum outcome outcome;

	if (flags_count(f, "days", 0) == 0) {
		error_set(err, ERR_INVALID, "-days is at least 1");
		return FAILED;
	}
	outcome = request_ask(&request, f, &x, err);
	if (outcome == DONE) {
		csr = json_find(answer_data(&x.answer), "csr");
		if (csr == NULL || csr->type != JSON_STRING)
			outcome = (enum outcome) -
				  error_set(err, ERR_INVALID, "the answer holds no request");
		else if (certify(f, csr->text, &chain, err) != 0)
			outcome = FAILED;
		else
			outcome = send_certificate(x.session, buf_str(&chain), err);
	}
	if (outcome == DONE)
		printf("Success! The vault can attest its keys, for %s days.\n",
		    flags_text(f, "days"));
	buf_free(&chain);
	request_end(&x);
	return outcome;
}

/* ---- a paper ---- */

/* All of the paper, as JSON, whatever -format is: it is kept in a file. */
static enum outcome
attest(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/keys/{1}/attest", NULL, NULL, NULL};
	struct buf paper = BUF_INIT;
	struct exchange x;
	enum outcome outcome = request_ask(&request, f, &x, err);

	if (outcome == DONE && x.answer.status == 404) {
		outcome = ask_nothing(buf_str(&x.path));
	} else if (outcome == DONE &&
		   (flags_text(f, "field") != NULL || answer_data(&x.answer) == NULL)) {
		outcome = output_answer(f, &x.answer, "", err);
	} else if (outcome == DONE) {
		output_put_json(&paper, answer_data(&x.answer));
		outcome = request_write(f, str_trim(buf_str(&paper)), true, err);
	}
	buf_free(&paper);
	request_end(&x);
	return outcome;
}

/* What a paper's file holds, in the arena. */
static int
read_paper(struct arena *arena, const char *path, struct attest_paper *paper,
    struct buf *signature, struct buf *text, struct error *err)
{
	const struct json *tree, *part[3];
	static const char *const names[3] = {"statement", "signature", "certificate"};

	if (file_read(path, text, err) != 0)
		return -1;
	tree = json_parse(arena, buf_str(text), &json_limits_body, err);
	if (json_find(tree, "data") != NULL)
		tree = json_find(tree, "data");
	for (unsigned i = 0; i < 3; i++)
		if ((part[i] = json_find(tree, names[i])) == NULL ||
		    part[i]->type != JSON_STRING)
			return error_set(
			    err, ERR_INVALID, "%s is no paper: it has no %s", path, names[i]);
	if (!base64_decode(signature, BASE64_STD, part[1]->text, NULL))
		return error_set(err, ERR_INVALID, "%s: the signature is not base64", path);
	*paper = (struct attest_paper){part[0]->text, buf_str(signature), part[2]->text};
	return 0;
}

/* The trust of the file's CA; its trust domain, terminated. */
static struct trust *
read_trust(const struct flags *f, struct buf *domain, struct error *err)
{
	const char *path = flags_text(f, "ca"), *named = flags_text(f, "trust-domain");
	struct credential *ca = credential_read(path, NULL, err);
	struct buf pem = BUF_INIT;
	struct trust *t = NULL;

	if (ca != NULL && named != NULL)
		buf_put_text(domain, named);
	if (ca != NULL && (named != NULL || credential_trust_domain(ca, domain, err) == 0) &&
	    file_read(path, &pem, err) == 0) {
		buf_put_u8(domain, '\0');
		t = trust_new(buf_str(&pem), str_of(""), (const char *)domain->data, err);
	}
	credential_free(&ca);
	buf_free(&pem);
	return t;
}

static void
put_statement(struct buf *out, const struct json *s)
{
	static const struct column columns[] = {
	    {"Version", "version"},
	    {"Created", "created"},
	    {"Origin", "origin"},
	    {"Disabled", "disabled"},
	    {"Kind", "fingerprint.kind"},
	    {"Fingerprint", "fingerprint.value"},
	    {NULL, NULL},
	};
	static const char *const shown[] = {"hublet", "trust_domain", "vault", "mount", "key",
	    "type", "imported", "exportable", "time", "nonce"};

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const struct json *value = json_find(s, shown[i]);

		buf_printf(out, "%-16s", shown[i]);
		if (value != NULL)
			output_put_value(out, value);
		buf_put_u8(out, '\n');
	}
	buf_put_u8(out, '\n');
	output_put_columns(out, columns, json_find(s, "versions"));
}

/* Exit code 0: it is right; 2: it is not; 1: a file cannot be read. */
static enum outcome
check(const struct flags *f, struct trust *t, const char *domain,
    const struct attest_paper *paper, struct arena *arena, struct error *err)
{
	const char *nonce = flags_text(f, "nonce");
	const struct json *statement = attest_verify(arena, t, domain, paper,
	    str_of(nonce != NULL ? nonce : ""), clock_wall() / CLOCK_SECOND, err);
	struct buf out = BUF_INIT;

	if (statement == NULL)
		return REFUSED;
	if (output_is_json(f) || flags_text(f, "field") != NULL)
		return output_object(f, statement, err);
	put_statement(&out, statement);
	output_write(&out);
	if (nonce == NULL)
		fprintf(stderr, "\nNote: without -nonce this may be an old paper.\n");
	return DONE;
}

static enum outcome
verify(const struct flags *f, struct error *err)
{
	struct buf text = BUF_INIT, signature = BUF_INIT, domain = BUF_INIT;
	struct arena *arena = arena_new(ARENA_MOST, 0, err);
	struct attest_paper paper;
	enum outcome outcome = FAILED;
	struct trust *t = NULL;

	if (arena != NULL && (t = read_trust(f, &domain, err)) != NULL &&
	    read_paper(arena, f->arguments[0], &paper, &signature, &text, err) == 0)
		outcome = check(f, t, (const char *)domain.data, &paper, arena, err);
	trust_free(&t);
	arena_free(arena);
	buf_free(&domain);
	buf_free(&signature);
	buf_free(&text);
	return outcome;
}

static const struct flag enrol_flags[] = {
    {"ca", FLAG_TEXT, "FILE", "ca.pem", NULL, "the CA's certificate"},
    {"ca-key", FLAG_TEXT, "FILE", "ca.key", NULL, "the CA's key"},
    {"days", FLAG_COUNT, "N", "365", NULL, "how long its certificate is good"},
    FLAGS_END,
};

static const struct flag verify_flags[] = {
    {"ca", FLAG_TEXT, "FILE", "ca.pem", NULL, "the certificate of the Hublet's CA"},
    {"nonce", FLAG_TEXT, "TEXT", NULL, NULL, "what it was asked with; another is refused"},
    {"trust-domain", FLAG_TEXT, "NAME", NULL, NULL, "left out: that of the CA"},
    FLAGS_END,
};

static const struct flag attest_flags[] = {
    TRANSIT_MOUNT_FLAG,
    {"nonce", FLAG_TEXT, "TEXT", NULL, NULL,
	"what the asker made up, so that no old paper will do", "nonce"},
    TRANSIT_OUT_FLAGS,
    FLAGS_END,
};

const struct command attest_commands[] = {
    {"transit attest", "KEY", 1, 1, "Have the vault state, signed, what a named key is",
	"  The paper says which versions there are, where they came from, and that the key "
	"does\n"
	"  not leave this Hublet.  It is checked without the vault: attest verify.\n",
	"vaultctl transit attest -nonce=\"$(openssl rand -hex 16)\" -out=billing.paper "
	"billing\n",
	attest_flags, attest},
    {"attest enrol", "", 0, 0, "Give the vault the certificate that it attests keys with",
	"  The vault's request is signed here with the Hublet's CA.\n",
	"vaultctl attest enrol -ca=na1/ca.pem -ca-key=na1/ca.key\n", enrol_flags, enrol},
    {"attest verify", "PAPER", 1, 1, "Check what a vault stated about a key; asks no vault",
	"  Exit code 0: it is right; 2: it is not; 1: a file cannot be read.\n",
	"vaultctl attest verify -ca=na1/ca.pem -nonce=8609694a billing.paper\n", verify_flags,
	verify},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
