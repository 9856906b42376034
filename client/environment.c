/*
 * vaultctl: the shell file that says where a vault is.  It holds paths, no keys.
 */
#include "client/environment.h"

#include <stdlib.h>

#include "base/buf.h"
#include "client/files.h"
#include "client/quote.h"

static int
put_path(struct buf *out, const char *variable, const char *stem, const char *ending,
    struct error *err)
{
	struct buf path = BUF_INIT;
	char *full;

	buf_printf(&path, "%s%s", stem, ending);
	buf_put_u8(&path, '\0');
	full = realpath((const char *)path.data, NULL);
	if (full == NULL)
		error_set_errno(err, "%s", (const char *)path.data);
	buf_free(&path);
	if (full == NULL)
		return -1;
	buf_printf(out, "export %s=", variable);
	quote_put(out, str_of(full));
	buf_put_u8(out, '\n');
	free(full);
	return 0;
}

int
environment_write(
    const char *path, const char *url, const char *ca, const char *prefix, struct error *err)
{
	struct buf text = BUF_INIT;
	int rc;

	buf_put_text(&text, "export VAULT_ADDR=");
	quote_put(&text, str_of(url));
	buf_put_u8(&text, '\n');
	rc = put_path(&text, "VAULT_CACERT", ca, "", err);
	if (rc == 0)
		rc = put_path(&text, "VAULT_CLIENT_CERT", prefix, ".pem", err);
	if (rc == 0)
		rc = put_path(&text, "VAULT_CLIENT_KEY", prefix, ".key", err);
	if (rc == 0)
		rc = file_write(path, buf_str(&text), 0600, true, err);
	buf_free(&text);
	return rc;
}
