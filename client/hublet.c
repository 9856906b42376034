/*
 * vaultctl: hublet create, one command to launch a new Hublet.  Trusted with the new CA's key,
 * which it writes and forgets.  Nothing that exists is overwritten.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/certs.h"
#include "client/command.h"
#include "client/files.h"
#include "client/environment.h"
#include "policy/identity.h"

#define DAY (24 * 60 * 60)
#define CA_DAYS 3650
#define NAME_MAX_BYTES 32

static const char name_bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

struct plan {
	const char *name, *dir, *operator_name, *user;
	struct str host, port;
	char host_text[256];
	struct buf domain, ca_uri, operator_uri; /* terminated */
	int64_t seconds;
};

/* The same names that vaultd's configuration takes. */
static int
check_name(const char *name, struct error *err)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX_BYTES || name[0] < 'a' || name[0] > 'z' ||
	    name[len - 1] == '-' || strspn(name, name_bytes) != len)
		return error_set(err, ERR_INVALID,
		    "a Hublet's name has 1 to %d of a-z, 0-9 and -, a letter first, as na1",
		    NAME_MAX_BYTES);
	return 0;
}

/* "127.0.0.1:8200", "[::1]:8200" */
static int
cut_address(const char *address, struct plan *p, struct error *err)
{
	const char *colon = strrchr(address, ':');
	unsigned char bytes[16];
	unsigned long long port;

	p->host = (struct str){address, colon != NULL ? (size_t)(colon - address) : 0};
	p->port = str_of(colon != NULL ? colon + 1 : "");
	if (p->host.len > 2 && str_starts(p->host, "[") && str_ends(p->host, "]"))
		p->host = (struct str){address + 1, p->host.len - 2};
	if (!str_to_u64(p->port, &port) || port == 0 || port > 65535 ||
	    p->host.len >= sizeof(p->host_text))
		return error_set(
		    err, ERR_INVALID, "-address takes ADDRESS:PORT, as 127.0.0.1:8200");
	snprintf(p->host_text, sizeof(p->host_text), "%.*s", STR(p->host));
	if (inet_pton(AF_INET, p->host_text, bytes) != 1 &&
	    inet_pton(AF_INET6, p->host_text, bytes) != 1)
		return error_set(err, ERR_INVALID,
		    "-address takes numbers, as 127.0.0.1:8200, no host name");
	return 0;
}

static const char *
pick_user(const char *given)
{
	if (given != NULL)
		return given;
	if (geteuid() == 0)
		return getpwnam("vaultd") != NULL ? "vaultd" : "nobody";
	return NULL;
}

static void
plan_free(struct plan *p)
{
	buf_free(&p->domain);
	buf_free(&p->ca_uri);
	buf_free(&p->operator_uri);
}

static int
make_plan(const struct flags *f, struct plan *p, struct error *err)
{
	const char *domain = flags_text(f, "trust-domain");

	memset(p, 0, sizeof(*p));
	p->name = f->arguments[0];
	p->dir = flags_text(f, "dir") != NULL ? flags_text(f, "dir") : p->name;
	p->operator_name = flags_text(f, "operator");
	p->user = pick_user(flags_text(f, "user"));
	p->seconds = flags_count(f, "days", 0) * DAY;
	if (domain != NULL)
		buf_put_text(&p->domain, domain);
	else
		buf_printf(&p->domain, "%s.example", p->name);
	buf_printf(&p->ca_uri, "spiffe://%.*s", STR(buf_str(&p->domain)));
	buf_printf(
	    &p->operator_uri, "%.*s/operator/%s", STR(buf_str(&p->ca_uri)), p->operator_name);
	if (check_name(p->name, err) != 0 ||
	    spiffe_check_domain(buf_str(&p->domain), err) != 0 ||
	    spiffe_check(buf_str(&p->operator_uri), err) != 0 ||
	    cut_address(flags_text(f, "address"), p, err) != 0)
		return -1;
	buf_put_u8(&p->ca_uri, '\0');
	buf_put_u8(&p->operator_uri, '\0');
	return p->seconds > 0 ? 0 : error_set(err, ERR_INVALID, "-days is at least 1");
}

static int
make_directory(const char *dir, const char *name, struct error *err)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return mkdir(path, 0700) == 0 ? 0 : error_set_errno(err, "%s", path);
}

/*
 * The directory is made, or exists and is empty.  Others may pass through it: the user whom
 * vaultd becomes opens the audit file there.
 */
static int
claim_directory(const char *dir, struct error *err)
{
	if (mkdir(dir, 0711) == 0 ||
	    (errno == EEXIST && rmdir(dir) == 0 && mkdir(dir, 0711) == 0))
		return chmod(dir, 0711) == 0 ? 0 : error_set_errno(err, "%s", dir);
	if (errno != EEXIST && errno != ENOTEMPTY)
		return error_set_errno(err, "%s", dir);
	return error_set(err, ERR_CONFLICT,
	    "%s exists and is not an empty directory: nothing was changed", dir);
}

static struct credential *
issue(const struct plan *p, const struct credential_wish *wish, const struct credential *issuer,
    const char *file, struct error *err)
{
	struct credential *c = credential_new(wish, issuer, err);
	char prefix[4096];

	snprintf(prefix, sizeof(prefix), "%s/%s", p->dir, file);
	if (c != NULL && credential_write(c, issuer, prefix, false, err) != 0)
		credential_free(&c);
	return c;
}

static bool
is_wildcard(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* The CA, what the listener shows, and who may initialise the vault. */
static int
make_certificates(const struct plan *p, struct error *err)
{
	const char *hosts[] = {"localhost", "127.0.0.1", "::1", p->host_text, NULL};
	struct buf ca_name = BUF_INIT;
	struct credential *ca, *server = NULL, *first = NULL;
	struct credential_wish wish = {.kind = CREDENTIAL_CA};
	int rc = -1;

	if (is_wildcard(p->host_text) || strcmp(p->host_text, "127.0.0.1") == 0 ||
	    strcmp(p->host_text, "::1") == 0)
		hosts[3] = NULL;
	buf_printf(&ca_name, "Hublet %s CA", p->name);
	wish.name = buf_str(&ca_name);
	wish.uri = (const char *)p->ca_uri.data;
	wish.seconds =
	    CA_DAYS * (int64_t)DAY > p->seconds ? CA_DAYS * (int64_t)DAY : p->seconds + DAY;
	ca = issue(p, &wish, NULL, "ca", err);
	wish = (struct credential_wish){.kind = CREDENTIAL_SERVER,
	    .name = str_of("localhost"),
	    .hosts = hosts,
	    .seconds = p->seconds};
	if (ca != NULL)
		server = issue(p, &wish, ca, "server", err);
	wish = (struct credential_wish){.kind = CREDENTIAL_IDENTITY,
	    .name = str_of(p->operator_name),
	    .uri = (const char *)p->operator_uri.data,
	    .seconds = p->seconds};
	if (server != NULL)
		first = issue(p, &wish, ca, "operator", err);
	if (first != NULL)
		rc = 0;
	credential_free(&first);
	credential_free(&server);
	credential_free(&ca);
	buf_free(&ca_name);
	return rc;
}

static int
write_text(const struct plan *p, const char *name, const struct buf *text, struct error *err)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	return file_write(path, buf_str(text), 0600, false, err);
}

static int
write_configuration(const struct plan *p, struct error *err)
{
	struct buf t = BUF_INIT;
	int rc, six = memchr(p->host.at, ':', p->host.len) != NULL;

	buf_printf(&t, "# Hublet %s.  Paths are relative to this file.\n", p->name);
	buf_printf(&t, "hublet       = \"%s\"\n", p->name);
	buf_printf(&t, "trust_domain = \"%.*s\"\n", STR(buf_str(&p->domain)));
	buf_printf(&t, "operators    = [\"%s\"]\n", (const char *)p->operator_uri.data);
	if (p->user != NULL)
		buf_printf(&t, "user         = \"%s\"\n", p->user);
	buf_printf(&t, "\nlistener {\n\taddress     = \"%s%.*s%s:%.*s\"\n", six ? "[" : "",
	    STR(p->host), six ? "]" : "", STR(p->port));
	buf_put_text(&t, "\tcertificate = \"server.pem\"\n\tkey         = \"server.key\"\n"
			 "\tclient_ca   = \"ca.pem\"\n}\n"
			 "\nstorage \"lmdb\" {\n\tpath = \"data\"\n}\n"
			 "\naudit \"file\" {\n\tpath = \"audit.log\"\n}\n");
	rc = write_text(p, "vaultd.hcl", &t, err);
	buf_free(&t);
	return rc;
}

static void
put_url(const struct plan *p, struct buf *out)
{
	const char *host = is_wildcard(p->host_text) ? "localhost" : p->host_text;
	int six = strchr(host, ':') != NULL;

	buf_printf(
	    out, "https://%s%s%s:%.*s", six ? "[" : "", host, six ? "]" : "", STR(p->port));
}

static int
write_environment(const struct plan *p, struct error *err)
{
	struct buf url = BUF_INIT;
	char path[4096], ca[4096], prefix[4096];
	int rc;

	put_url(p, &url);
	buf_put_u8(&url, '\0');
	snprintf(path, sizeof(path), "%s/env", p->dir);
	snprintf(ca, sizeof(ca), "%s/ca.pem", p->dir);
	snprintf(prefix, sizeof(prefix), "%s/operator", p->dir);
	rc = environment_write(path, (const char *)url.data, ca, prefix, err);
	buf_free(&url);
	return rc;
}

/*
 * Made by root for a vault that runs as somebody else: whose group may enter, and make a new
 * audit file when the old one is rotated away, but not touch what is root's (sticky bit).
 */
static int
let_user_in(const struct plan *p, struct error *err)
{
	const struct passwd *user = p->user == NULL ? NULL : getpwnam(p->user);

	if (geteuid() != 0 || user == NULL)
		return 0;
	if (chown(p->dir, 0, user->pw_gid) != 0 || chmod(p->dir, 01770) != 0)
		return error_set_errno(err, "letting %s into %s", p->user, p->dir);
	return 0;
}

static void
say_what_next(const struct plan *p)
{
	printf("Hublet %s of trust domain %.*s is in %s.\n\n", p->name,
	    STR(buf_str(&p->domain)), p->dir);
	printf("Start its vault:\n\n  $ vaultd -config %s/vaultd.hcl\n\n", p->dir);
	printf("In a second terminal, as the operator %s:\n\n  $ . %s/env\n"
	       "  $ vaultctl operator init\n  $ vaultctl operator unseal\n\n",
	    (const char *)p->operator_uri.data, p->dir);
	printf("Give a service its identity:\n\n"
	       "  $ vaultctl identity issue -ca=%s/ca.pem -ca-key=%s/ca.key -out=%s/billing "
	       "svc/billing\n\n",
	    p->dir, p->dir, p->dir);
	printf("Whoever has %s/ca.key can be anyone: keep it elsewhere.\n", p->dir);
}

static enum outcome
create(const struct flags *f, struct error *err)
{
	enum outcome outcome = FAILED;
	struct plan p;

	if (make_plan(f, &p, err) == 0 && claim_directory(p.dir, err) == 0 &&
	    make_directory(p.dir, "policies", err) == 0 &&
	    make_directory(p.dir, "data", err) == 0 && make_certificates(&p, err) == 0 &&
	    write_configuration(&p, err) == 0 && write_environment(&p, err) == 0 &&
	    let_user_in(&p, err) == 0) {
		say_what_next(&p);
		outcome = DONE;
	}
	plan_free(&p);
	return outcome;
}

static const struct flag create_flags[] = {
    {"dir", FLAG_TEXT, "DIR", NULL, NULL, "where to put it; left out: the Hublet's name"},
    {"address", FLAG_TEXT, "ADDRESS:PORT", "127.0.0.1:8200", NULL, "where its vault listens"},
    {"trust-domain", FLAG_TEXT, "NAME", NULL, NULL, "left out: NAME.example"},
    {"operator", FLAG_TEXT, "NAME", "dev", NULL, "the first operator: .../operator/NAME"},
    {"user", FLAG_TEXT, "USER", NULL, NULL, "whom vaultd becomes when started as root"},
    {"days", FLAG_COUNT, "N", "365", NULL, "how long the two certificates are good"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command hublet_commands[] = {
    {"hublet create", "NAME", 1, 1, "Make a new Hublet: CA, certificates, configuration",
	"  In DIR: ca.pem, ca.key, server.pem, server.key, operator.pem, operator.key,\n"
	"  vaultd.hcl, policies/, data/ and env, a shell file to source.\n",
	"vaultctl hublet create na1\n"
	"vaultctl hublet create eu1 -dir=/etc/vaultd -address=10.0.0.5:8200 "
	"-trust-domain=eu1.corp\n",
	create_flags, create},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
