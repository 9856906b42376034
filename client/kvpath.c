/*
 * vaultctl: paths of secrets.
 */
#include "client/kvpath.h"

#include <string.h>

static struct str
without_slashes(struct str s)
{
	while (str_starts(s, "/"))
		s = str_from(s, 1);
	while (str_ends(s, "/"))
		s.len--;
	return s;
}

static void
set_mount(struct kvpath *k, struct str mount)
{
	buf_put_str(&k->mount, without_slashes(mount));
	buf_put_u8(&k->mount, '/');
}

/* The mount's path if arg lies in it; "secret" lies in "secret/". */
static bool
lies_in(struct str arg, struct str mount, struct str *rest)
{
	mount = without_slashes(mount);
	if (mount.len == 0 || arg.len < mount.len || memcmp(arg.at, mount.at, mount.len) != 0)
		return false;
	*rest = str_from(arg, mount.len);
	if (rest->len > 0 && rest->at[0] != '/')
		return false;
	*rest = without_slashes(*rest);
	return true;
}

static bool
is_versioned(const struct json *preflight)
{
	const struct json *version = json_find(json_find(preflight, "options"), "version");

	return preflight == NULL || (version != NULL && str_is(version->text, "2"));
}

int
kvpath_cut(struct kvpath *k, const char *arg, const char *mount, const struct json *preflight,
    struct error *err)
{
	struct str whole = without_slashes(str_of(arg)), head, rest;
	const struct json *found = json_find(preflight, "path");

	k->versioned = is_versioned(preflight);
	if (mount != NULL) {
		head = str_of(mount);
		rest = whole;
	} else if (found == NULL || !lies_in(whole, found->text, &rest)) {
		str_cut(whole, '/', &head, &rest);
	} else {
		head = found->text;
	}
	if (without_slashes(head).len == 0)
		return error_set(err, ERR_INVALID, "a path begins with its mount: secret/NAME");
	set_mount(k, head);
	buf_put_str(&k->path, rest);
	return 0;
}

int
kvpath_find(
    struct kvpath *k, struct session *s, const char *arg, const char *mount, struct error *err)
{
	struct buf path = BUF_INIT;
	struct question q = {"GET", {NULL, 0}, NULL, NULL};
	struct answer a = ANSWER_INIT;
	int rc;

	buf_put_text(&path, "sys/internal/ui/mounts/");
	buf_put_str(&path, without_slashes(str_of(mount != NULL ? mount : arg)));
	q.path = buf_str(&path);
	rc = session_ask(s, &q, &a, err);
	if (rc == 0)
		rc = kvpath_cut(k, arg, mount, a.status == 200 ? answer_data(&a) : NULL, err);
	answer_free(&a);
	buf_free(&path);
	return rc;
}

void
kvpath_free(struct kvpath *k)
{
	buf_free(&k->mount);
	buf_free(&k->path);
}

void
kvpath_put(const struct kvpath *k, const char *kind, struct buf *out)
{
	buf_put_str(out, buf_str(&k->mount));
	if (k->versioned) {
		buf_put_text(out, kind);
		if (k->path.len > 0)
			buf_put_u8(out, '/');
	}
	buf_put_str(out, buf_str(&k->path));
}
