/*
 * vaultctl: the caller's own certificate and the flags that name it.  Reads no key.
 */
#include "client/caller.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/certs.h"
#include "client/files.h"
#include "policy/identity.h"

static int
refuse_skip_verify(struct error *err)
{
	const char *skip = getenv("VAULT_SKIP_VERIFY");

	if (skip == NULL || *skip == '\0' || strcmp(skip, "0") == 0 ||
	    strcmp(skip, "false") == 0)
		return 0;
	return error_set(err, ERR_INVALID,
	    "VAULT_SKIP_VERIFY is set and refused: secrets would go to whoever answers; "
	    "unset it and name the Hublet's CA with -ca-cert or VAULT_CACERT");
}

static int
check_flags(const struct flags *f, struct error *err)
{
	if (refuse_skip_verify(err) != 0)
		return -1;
	if (strncmp(flags_text(f, "address"), "https://", strlen("https://")) != 0)
		return error_set(err, ERR_INVALID,
		    "the address %.200s does not begin with https://: a vault speaks TLS only",
		    flags_text(f, "address"));
	if (flags_text(f, "client-cert") == NULL || flags_text(f, "client-key") == NULL)
		return error_set(err, ERR_INVALID,
		    "no client certificate: give -client-cert and -client-key, or set "
		    "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY (the Hublet's env file does)");
	return 0;
}

static int
check_identity(struct str der, const char *path, struct buf *identity, struct error *err)
{
	struct identity *id = identity_read(der.at, der.len, NULL);
	int rc = 0;

	if (id == NULL)
		return 0;
	buf_put_str(identity, id->id);
	if (id->not_after < clock_wall() / CLOCK_SECOND)
		rc = error_set(err, ERR_INVALID,
		    "the client certificate %s of %.*s has expired; issue a new one: vaultctl "
		    "identity issue -replace",
		    path, STR(id->id));
	identity_free(&id);
	return rc;
}

int
caller_check(const struct flags *f, struct buf *identity, struct error *err)
{
	const char *path = flags_text(f, "client-cert");
	struct buf pem = BUF_INIT, der = BUF_INIT;
	int rc = -1;

	if (check_flags(f, err) != 0 || file_read(path, &pem, err) != 0)
		goto out;
	if (credential_der(buf_str(&pem), &der, err) == 0)
		rc = check_identity(buf_str(&der), path, identity, err);
	else
		error_prefix(err, "%s: ", path);
	buf_put_u8(identity, '\0');
out:
	buf_free(&der);
	buf_free(&pem);
	return rc;
}
