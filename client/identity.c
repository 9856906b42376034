/*
 * vaultctl: identity issue, show and revoke.  Trusted with the CA's key while it signs and with the new
 * key until it is written.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "client/certs.h"
#include "client/command.h"
#include "client/environment.h"
#include "client/files.h"
#include "client/identity.h"
#include "client/identity_vault.h"
#include "policy/identity.h"

#define DAY (24 * 60 * 60)

int
identity_full_id(const char *name, struct str domain, struct buf *id, struct error *err)
{
	if (strncmp(name, "spiffe://", strlen("spiffe://")) != 0) {
		buf_put_text(id, "spiffe://");
		buf_put_str(id, domain);
		if (name[0] != '/')
			buf_put_u8(id, '/');
	}
	buf_put_text(id, name);
	if (spiffe_check(buf_str(id), err) != 0)
		return -1;
	buf_put_u8(id, '\0');
	return 0;
}

/* In the trust domain that is given, or that of the CA. */
static int
full_id(const struct flags *f, const struct credential *ca, struct buf *id, struct error *err)
{
	const char *name = f->arguments[0], *given = flags_text(f, "trust-domain");
	struct buf domain = BUF_INIT;
	int rc = 0;

	if (given != NULL)
		buf_put_text(&domain, given);
	else if (strncmp(name, "spiffe://", strlen("spiffe://")) != 0)
		rc = credential_trust_domain(ca, &domain, err);
	if (rc == 0)
		rc = identity_full_id(name, buf_str(&domain), id, err);
	buf_free(&domain);
	return rc;
}

/* An identity of another trust domain than the CA's is of no use to anyone. */
static int
check_domain(const struct credential *ca, const char *id, struct error *err)
{
	struct buf own = BUF_INIT;
	struct str domain, path;
	int rc = 0;

	str_cut(str_of(id + strlen("spiffe://")), '/', &domain, &path);
	if (credential_trust_domain(ca, &own, NULL) == 0 && !str_equal(buf_str(&own), domain))
		rc = error_set(err, ERR_FOREIGN,
		    "the CA is that of %.*s and signs nothing for %.*s", STR(buf_str(&own)),
		    STR(domain));
	buf_free(&own);
	return rc;
}

/* The last segment: what people call the holder. */
static struct str
short_name(const char *id)
{
	return str_of(strrchr(id, '/') + 1);
}

int64_t
identity_lifetime(const struct flags *f)
{
	int64_t seconds = flags_seconds(f, "ttl", 0);

	return seconds > 0 ? seconds : flags_count(f, "days", 0) * DAY;
}

static int
write_all(const struct flags *f, const struct credential *c, const struct credential *ca,
    struct error *err)
{
	const char *out = flags_text(f, "out"), *env = flags_text(f, "env");

	if (credential_write(c, ca, out, flags_on(f, "replace"), err) != 0)
		return -1;
	if (env == NULL)
		return 0;
	return environment_write(env, flags_text(f, "address"), flags_text(f, "ca"), out, err);
}

static enum outcome
issue(const struct flags *f, struct error *err)
{
	const char *ca_path = flags_text(f, "ca"), *ca_key = flags_text(f, "ca-key");
	struct credential_wish wish = {.kind = CREDENTIAL_IDENTITY};
	struct credential *ca = NULL, *made = NULL;
	struct buf id = BUF_INIT;
	enum outcome outcome = FAILED;

	if (flags_text(f, "mount") != NULL)
		return identity_by_vault(f, err);
	wish.key_type = flags_text(f, "key-type");
	wish.seconds = identity_lifetime(f);
	if (flags_text(f, "out") == NULL || wish.seconds <= 0) {
		error_set(err, ERR_INVALID, "-out=PREFIX is needed, and a lifetime above zero");
		goto out;
	}
	if ((ca = credential_read(ca_path, ca_key, err)) == NULL ||
	    full_id(f, ca, &id, err) != 0 || check_domain(ca, (const char *)id.data, err) != 0)
		goto out;
	wish.uri = (const char *)id.data;
	wish.name = short_name(wish.uri);
	if ((made = credential_new(&wish, ca, err)) == NULL || write_all(f, made, ca, err) != 0)
		goto out;
	printf("%s.pem and %s.key identify %s\n", flags_text(f, "out"), flags_text(f, "out"),
	    wish.uri);
	outcome = DONE;
out:
	credential_free(&made);
	credential_free(&ca);
	buf_free(&id);
	return outcome;
}

static void
show_time(const char *label, int64_t seconds)
{
	char text[CLOCK_TEXT];

	clock_format(seconds * CLOCK_SECOND, text);
	printf("%-16s%s", label, text);
}

static void
show_expiry(int64_t not_after)
{
	int64_t left = not_after - clock_wall() / CLOCK_SECOND;
	struct buf text = BUF_INIT;

	show_time("Good until", not_after);
	duration_format(&text, (left < 0 ? -left : left) * CLOCK_SECOND);
	printf(left < 0 ? " (expired %.*s ago)\n" : " (%.*s left)\n", STR(buf_str(&text)));
	buf_free(&text);
}

static void
show_names(const char *label, const struct name_list *names)
{
	for (unsigned i = 0; i < names->count; i++)
		printf("%-16s%.*s\n", label, STR(names->names[i]));
}

static void
show_identity(const struct identity *id)
{
	printf("%-16s%.*s\n", "Identity", STR(id->id));
	printf("%-16s%.*s\n", "Common name", STR(id->common_name));
	show_names("DNS name", &id->dns);
	show_names("E-mail", &id->email);
	printf("%-16s%.*s\n", "Serial number", STR(id->serial_hex));
	show_time("Good from", id->not_before);
	putchar('\n');
	show_expiry(id->not_after);
}

/* What any certificate tells, whether it fits our profile or not. */
static void
show_certificate(struct str der)
{
	struct buf key = BUF_INIT, issuer = BUF_INIT;

	credential_describe_key(der, &key);
	credential_describe_issuer(der, &issuer);
	printf("%-16s%.*s\n", "Key", STR(buf_str(&key)));
	printf("%-16s%.*s\n", "Issuer", STR(buf_str(&issuer)));
	buf_free(&key);
	buf_free(&issuer);
}

static enum outcome
show(const struct flags *f, struct error *err)
{
	struct buf pem = BUF_INIT, der = BUF_INIT;
	struct identity *id = NULL;
	enum outcome outcome = FAILED;

	if (file_read(f->arguments[0], &pem, err) != 0 ||
	    credential_der(buf_str(&pem), &der, err) != 0)
		goto out;
	id = identity_read(der.data, der.len, err);
	if (id != NULL)
		show_identity(id);
	show_certificate(buf_str(&der));
	if (id == NULL) {
		error_prefix(err, "not an identity of a Hublet: ");
		goto out;
	}
	printf("%-16s%s\n", "Profile", "fits; whose CA signed it is for the server to say");
	outcome = DONE;
out:
	identity_free(&id);
	buf_free(&der);
	buf_free(&pem);
	return outcome;
}

static const struct flag issue_flags[] = {
    {"ca", FLAG_TEXT, "FILE", "ca.pem", NULL, "the CA's certificate"},
    {"ca-key", FLAG_TEXT, "FILE", "ca.key", NULL, "the CA's key"},
    {"out", FLAG_TEXT, "PREFIX", NULL, NULL, "PREFIX.pem and PREFIX.key are written"},
    {"replace", FLAG_SWITCH, NULL, NULL, NULL, "write over files that exist (to renew)"},
    {"env", FLAG_TEXT, "FILE", NULL, NULL, "also write a shell file to source; takes -address"},
    {"trust-domain", FLAG_TEXT, "NAME", NULL, NULL, "left out: that of the CA"},
    {"days", FLAG_COUNT, "N", "7", NULL, "how long it is good"},
    {"ttl", FLAG_TIME, "DURATION", NULL, NULL, "the same, as 12h; counts before -days"},
    {"key-type", FLAG_TEXT, "TYPE", "p256", NULL, "p256, p384, ed25519 or rsa2048"},
    {"mount", FLAG_TEXT, "PATH", NULL, NULL, "let the vault sign, by this PKI mount"},
    {"role", FLAG_TEXT, "NAME", NULL, NULL, "with -mount: under this role of it"},
    {"common-name", FLAG_TEXT, "NAME", NULL, NULL, "with -mount: the subject, if the role wants one"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command identity_commands[] = {
    {"identity issue", "PATH", 1, 1, "Issue a certificate for a service or a person",
	"  PATH is the SPIFFE ID without spiffe:// and trust domain, or all of it.\n"
	"  With -mount and -role the vault signs: no CA's key is on disk, and the new key is\n"
	"  made here and stays here.  Else -ca and -ca-key sign.\n",
	"vaultctl identity issue -ca=na1/ca.pem -ca-key=na1/ca.key -out=billing svc/billing\n"
	"vaultctl identity issue -out=alice -days=30 -env=env.alice operator/alice\n"
	"vaultctl identity issue -mount=pki -role=services -out=billing svc/billing\n",
	issue_flags, issue},
    {"identity show", "FILE", 1, 1, "Say whom a certificate identifies, and until when",
	"  FILE is PEM; - reads standard input.  Exit code 1 when it is no identity.\n",
	"vaultctl identity show billing.pem\n"
	"openssl s_client -connect 127.0.0.1:8200 </dev/null | vaultctl identity show -\n",
	NULL, show},
    {"identity revoke", "SERIAL|FILE", 1, 1, "Revoke an identity that the vault has issued",
	"  The listener refuses it from then on, and its connections are closed.\n",
	"vaultctl identity revoke billing.pem\n"
	"vaultctl identity revoke 5f:0a:9c:...\n",
	identity_revoke_flags, identity_revoke},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
