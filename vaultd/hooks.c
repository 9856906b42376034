/*
 * Main's side of the hooks: who may be named, and the starter of their runner.
 */
#include "vaultd/hooks.h"

#include <fcntl.h>
#include <unistd.h>

#include "vaultd/children.h"
#include "vaultd/hook.h"
#include "vaultd/ipc/message.h"

/* Hooks run as another user than the vault, or, in development, as oneself. */
static int
find_user(const struct config *c, bool development, struct frame_hooks *f, struct error *err)
{
	uid_t uid = geteuid(), vault;
	gid_t gid = getegid();

	if (geteuid() != 0)
		return development ? (f->uid = uid, f->gid = gid, 0) :
				     error_set(err, ERR_DENIED,
					 "hooks run as another user, and only root can become one: "
					 "start vaultd as root, or with -dev");
	if (process_find_user(c->hooks.user, &uid, &gid, err) != 0)
		return error_prefix(err, "hooks.user: ");
	f->uid = uid;
	f->gid = gid;
	if (process_find_user(c->user, &vault, &gid, err) != 0)
		return -1;
	if (vault == uid && !development)
		return error_set(err, ERR_INVALID,
		    "hooks.user and user are both \"%s\": a hook must not be able to read the store; "
		    "run `useradd --system vaultd-hooks` and name it in hooks.user", c->user);
	return 0;
}

int
hooks_check(const struct config *c, bool development, struct error *err)
{
	struct frame_hooks f;

	if (c->hooks.directory == NULL)
		return 0;
	if (find_user(c, development, &f, err) != 0)
		return -1;
	if (hook_check_directory(c->hooks.directory, development ? geteuid() : 0, err) != 0)
		return error_prefix(err, "hooks.directory: ");
	return 0;
}

/* A pipe from which the starter reads what it and the runner must know; -1. */
static int
settings(const struct config *c, bool development, struct error *err)
{
	struct frame_hooks f = { .development = development, .user = str_of(c->user),
		.memory = c->hooks.memory, .processes = c->hooks.processes,
		.output = c->hooks.output };
	struct buf bytes = BUF_INIT;
	int pipe = -1;

	if (find_user(c, development, &f, err) == 0) {
		frame_put_hooks(&bytes, &f);
		pipe = process_pipe(buf_str(&bytes), err);
	}
	buf_free(&bytes);
	return pipe;
}

int
hooks_start(const struct config *c, bool development, int *end, struct error *err)
{
	struct child child = { "starter", 0, { -1, -1, -1 } };
	int rc = -1;

	*end = -1;
	if (c->hooks.directory == NULL)
		return 0;
	if (hooks_check(c, development, err) != 0)
		return -1;
	child.descriptors[1] = open(c->hooks.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (child.descriptors[1] < 0)
		return error_set_errno(err, "hooks.directory: %s", c->hooks.directory);
	child.descriptors[2] = settings(c, development, err);
	if (child.descriptors[2] >= 0 && children_start(&child, end, err) > 0)
		rc = 0;
	close(child.descriptors[1]);
	if (child.descriptors[2] >= 0)
		close(child.descriptors[2]);
	return rc;
}
