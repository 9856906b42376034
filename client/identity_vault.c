/*
 * vaultctl: identities by the vault.  Trusted with the new key until it is written; the vault
 * sees a request that the key has signed, and never the key.
 */
#include "client/identity_vault.h"

#include <stdio.h>
#include <string.h>

#include "base/pem.h"
#include "client/ask.h"
#include "client/environment.h"
#include "client/files.h"
#include "client/identity.h"
#include "client/pair_file.h"
#include "keys/ca_key.h"
#include "keys/leaf_key.h"
#include "policy/certificate.h"
#include "policy/identity.h"
#include "policy/subject.h"

/* What is wished for, and what has come of it. */
struct order {
	const struct flags *flags;
	struct session *session;
	struct buf id;          /* terminated */
	struct buf key, csr;    /* PEM */
	struct buf certificate; /* PEM, with what is needed behind it */
};

static void
clear(struct order *o)
{
	session_close(&o->session);
	buf_free(&o->id);
	buf_free(&o->key);
	buf_free(&o->csr);
	buf_free(&o->certificate);
}

/* ---- the request ---- */

static int
make_key(const char *name, struct leaf_key *k, struct error *err)
{
	static const struct {
		const char *name, *type;
		unsigned bits;
	} types[] = {
	    {"p256", "ec", 256},
	    {"p384", "ec", 384},
	    {"ed25519", "ed25519", 0},
	    {"rsa2048", "rsa", 2048},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(name, types[i].name) == 0)
			return leaf_key_make(
			    types[i].type, types[i].bits, LEAF_KEY_PKCS8, k, err);
	return error_set(err, ERR_INVALID,
	    "there is no key type %.32s; use p256, p384, ed25519 or rsa2048", name);
}

/* A request for that ID, signed by the key in PEM. */
static int
sign_request(struct order *o, struct str spki, struct error *err)
{
	static struct san names;
	const char *common_name = flags_text(o->flags, "common-name");
	struct subject who = {.common_name = str_of(common_name != NULL ? common_name : "")};
	struct buf subject = BUF_INIT, info = BUF_INIT, algorithm = BUF_INIT;
	struct buf signature = BUF_INIT, der = BUF_INIT;
	struct ca_key_manner manner = {0, false};
	struct ca_key *key = ca_key_read(buf_str(&o->key), err);

	if (key == NULL)
		return -1;
	names = (struct san){.uri = {1, {str_of((const char *)o->id.data)}}};
	subject_put(&who, &subject);
	request_put(buf_str(&subject), spki, &names, &info);
	ca_key_put_algorithm(key, manner, &algorithm);
	ca_key_sign(key, manner, buf_str(&info), &signature);
	signed_put(buf_str(&info), buf_str(&algorithm), buf_str(&signature), &der);
	pem_put("CERTIFICATE REQUEST", buf_str(&der), &o->csr);
	ca_key_free(&key);
	buf_free(&subject);
	buf_free(&info);
	buf_free(&algorithm);
	buf_free(&signature);
	buf_free(&der);
	return 0;
}

static int
make_request(struct order *o, struct error *err)
{
	struct leaf_key key;
	int rc;

	if (make_key(flags_text(o->flags, "key-type"), &key, err) != 0)
		return -1;
	leaf_key_put_pem(&key, &o->key);
	buf_put_u8(&o->key, '\n');
	rc = sign_request(o, buf_str(&key.spki), err);
	leaf_key_clear(&key);
	return rc;
}

/* ---- asking ---- */

static enum outcome
ask_to_sign(struct order *o, struct answer *a, struct error *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT, ttl = BUF_INIT;
	struct json_writer w = json_writer_to(&body);
	struct question q = {"PUT", {NULL, 0}, NULL, &body};
	enum outcome outcome;

	buf_printf(
	    &path, "%s/sign/%s", flags_text(o->flags, "mount"), flags_text(o->flags, "role"));
	buf_printf(&ttl, "%llds", (long long)identity_lifetime(o->flags));
	json_open_object(&w, NULL);
	json_put_str(&w, "csr", buf_str(&o->csr));
	json_put_str(&w, "ttl", buf_str(&ttl));
	json_put_bool(&w, "exclude_cn_from_sans", true);
	json_put_bool(&w, "remove_roots_from_chain", true);
	json_close_object(&w);
	q.path = buf_str(&path);
	outcome = ask(o->session, &q, a, err);
	buf_free(&path);
	buf_free(&body);
	buf_free(&ttl);
	return outcome;
}

/* The certificate must be the one that was asked for; intermediates go behind it. */
static int
take_certificate(struct order *o, const struct answer *a, struct error *err)
{
	static const char *const labels[] = {"CERTIFICATE", NULL};
	const struct json *pem = json_find(answer_data(a), "certificate");
	const struct json *chain = json_find(answer_data(a), "ca_chain");
	struct buf der = BUF_INIT;
	struct identity *id = NULL;
	int rc = -1;

	if (pem == NULL || pem_first(pem->text, labels, &der, err) != 0 ||
	    (id = identity_read(der.data, der.len, err)) == NULL ||
	    !str_is(id->id, (const char *)o->id.data)) {
		error_set(err, ERR_INVALID, "the vault answers another certificate");
		goto out;
	}
	buf_printf(&o->certificate, "%.*s\n", STR(pem->text));
	for (const struct json *e = chain == NULL ? NULL : chain->first; e != NULL; e = e->next)
		buf_printf(&o->certificate, "%.*s\n", STR(e->text));
	rc = 0;
out:
	identity_free(&id);
	buf_free(&der);
	return rc;
}

static int
write_all(const struct order *o, struct error *err)
{
	const char *out = flags_text(o->flags, "out"), *env = flags_text(o->flags, "env");

	if (pair_file_write(out, buf_str(&o->key), buf_str(&o->certificate),
		flags_on(o->flags, "replace"), err) != 0)
		return -1;
	if (env == NULL)
		return 0;
	return environment_write(
	    env, flags_text(o->flags, "address"), flags_text(o->flags, "ca-cert"), out, err);
}

/* The trust domain is the caller's own, when none is given. */
static int
full_id(struct order *o, struct error *err)
{
	const char *given = flags_text(o->flags, "trust-domain");
	struct str domain = str_of(given != NULL ? given : ""), rest;

	if (given == NULL && strncmp(session_identity(o->session), "spiffe://", 9) == 0)
		str_cut(str_of(session_identity(o->session) + 9), '/', &domain, &rest);
	return identity_full_id(o->flags->arguments[0], domain, &o->id, err);
}

enum outcome
identity_by_vault(const struct flags *f, struct error *err)
{
	struct order o = {.flags = f};
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	if (flags_text(f, "out") == NULL || flags_text(f, "role") == NULL ||
	    identity_lifetime(f) <= 0) {
		error_set(err, ERR_INVALID,
		    "-mount needs -role=NAME, -out=PREFIX, and a lifetime above zero");
		return FAILED;
	}
	o.session = session_open(f, err);
	if (o.session == NULL || full_id(&o, err) != 0 || make_request(&o, err) != 0)
		goto out;
	outcome = ask_to_sign(&o, &a, err);
	if (outcome != DONE)
		goto out;
	outcome = FAILED;
	if (take_certificate(&o, &a, err) != 0 || write_all(&o, err) != 0)
		goto out;
	printf("%s.pem and %s.key identify %s\n", flags_text(f, "out"), flags_text(f, "out"),
	    (const char *)o.id.data);
	outcome = DONE;
out:
	answer_free(&a);
	clear(&o);
	return outcome;
}

/* ---- revoking ---- */

enum outcome
identity_revoke(const struct flags *f, struct error *err)
{
	const char *what = f->arguments[0];
	struct buf path = BUF_INIT, body = BUF_INIT, pem = BUF_INIT, octets = BUF_INIT;
	struct json_writer w = json_writer_to(&body);
	struct question q = {"PUT", {NULL, 0}, NULL, &body};
	enum outcome outcome = FAILED;

	json_open_object(&w, NULL);
	if (serial_parse(str_of(what), &octets)) {
		json_put_text(&w, "serial_number", what);
	} else {
		if (file_read(what, &pem, err) != 0)
			goto out;
		json_put_str(&w, "certificate", buf_str(&pem));
	}
	json_close_object(&w);
	buf_printf(&path, "%s/revoke", flags_text(f, "mount"));
	q.path = buf_str(&path);
	outcome = ask_and_show(f, &q, "Success! Revoked.", err);
out:
	buf_free(&path);
	buf_free(&body);
	buf_free(&pem);
	buf_free(&octets);
	return outcome;
}

const struct flag identity_revoke_flags[] = {
    {"mount", FLAG_TEXT, "PATH", "pki", NULL, "the PKI mount that issued it"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};
