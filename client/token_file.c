/*
 * vaultctl: where a token is kept.  Trusted with it.
 */
#include "client/token_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/files.h"

#define NAME ".vault-token"

/* ~/.vault-token, terminated.  False without a home. */
static bool
put_path(struct buf *path)
{
	const char *home = getenv("HOME");

	if (home == NULL || *home == '\0')
		return false;
	buf_printf(path, "%s/" NAME, home);
	buf_put_u8(path, '\0');
	return true;
}

bool
token_fits(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] <= ' ' || text.at[i] > '~')
			return false;
	return text.len > 0;
}

/* Nothing when there is no file. */
static int
read_file(struct buf *token, struct error *err)
{
	struct buf path = BUF_INIT;
	int rc = 0;

	if (put_path(&path) && access((const char *)path.data, F_OK) == 0)
		rc = file_read((const char *)path.data, token, err);
	while (token->len > 0 &&
	       (token->data[token->len - 1] == '\n' || token->data[token->len - 1] == '\r'))
		token->len--;
	buf_free(&path);
	return rc;
}

int
token_find(const struct flags *f, struct buf *token, bool *from_file, struct error *err)
{
	const char *given = getenv("VAULT_TOKEN");
	bool file = given == NULL || *given == '\0';

	if (flags_on(f, "no-token"))
		return 0;
	if (!file)
		buf_put_text(token, given);
	else if (read_file(token, err) != 0)
		return -1;
	if (from_file != NULL)
		*from_file = file && token->len > 0;
	if (token->len == 0 || token_fits(buf_str(token)))
		return 0;
	return error_set(err, ERR_INVALID,
	    "%s holds a byte that no token has, perhaps a newline",
	    file ? "~/" NAME : "VAULT_TOKEN");
}

int
token_store(struct str token, struct error *err)
{
	struct buf path = BUF_INIT;
	int rc;

	if (put_path(&path))
		rc = file_write((const char *)path.data, token, 0600, true, err);
	else
		rc = error_set(err, ERR_IO, "there is no HOME to keep the token in: -no-store");
	buf_free(&path);
	return rc;
}

int
token_forget(struct error *err)
{
	struct buf path = BUF_INIT;
	int rc = 0;

	if (put_path(&path) && unlink((const char *)path.data) != 0 && errno != ENOENT)
		rc = error_set_errno(err, "%s", (const char *)path.data);
	buf_free(&path);
	return rc;
}
