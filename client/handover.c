/*
 * vaultctl: secrets on their way into a program.  Trusted with all of them; what it makes is
 * wiped when the program has its own.
 */
#include "client/handover.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/files.h"
#include "client/variables.h"

int
handover_open(struct handover *h, const struct flags *f, struct error *err)
{
	const char *dir = flags_text(f, "files");

	*h = (struct handover){HANDOVER_ENV, flags_text(f, "prefix"), PRIVATE_DIR_INIT};
	if (flags_on(f, "env") + flags_on(f, "stdin") + (dir != NULL) > 1)
		return error_set(
		    err, ERR_INVALID, "-env, -stdin and -files exclude each other");
	if (flags_on(f, "stdin"))
		h->way = HANDOVER_STDIN;
	if (dir == NULL)
		return 0;
	h->way = HANDOVER_FILES;
	return private_dir_open(&h->dir, dir, err);
}

void
handover_close(struct handover *h)
{
	private_dir_close(&h->dir);
}

static pid_t
start_with_env(struct handover *h, const struct values *v, struct run *r, struct error *err)
{
	struct variables variables;
	pid_t pid = -1;

	if (variables_make(&variables, v->fields, h->prefix, environ, err) == 0) {
		r->env = variables.env;
		pid = run_start(r, err);
		r->env = NULL;
	}
	variables_free(&variables);
	return pid;
}

/* A file in memory and not a pipe: whoever reads slowly, or not at all, holds nobody up. */
static pid_t
start_with_stdin(const struct values *v, struct run *r, struct error *err)
{
	int fd = memfd_create("vaultctl", MFD_CLOEXEC);
	pid_t pid = -1;

	if (fd < 0) {
		error_set_errno(err, "standard input for %s", r->argv[0]);
		return -1;
	}
	if (file_put(fd, "standard input", buf_str(&v->text), err) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0) {
		r->input = fd;
		pid = run_start(r, err);
		r->input = -1;
	}
	close(fd);
	return pid;
}

pid_t
handover_start(struct handover *h, const struct values *v, struct run *r, struct error *err)
{
	switch (h->way) {
	case HANDOVER_ENV:
		return start_with_env(h, v, r, err);
	case HANDOVER_STDIN:
		return start_with_stdin(v, r, err);
	case HANDOVER_FILES:
		return handover_renew(h, v, err) == 0 ? run_start(r, err) : -1;
	}
	return -1;
}

int
handover_check(struct handover *h, const struct values *v, struct error *err)
{
	struct variables variables;
	int rc;

	if (h->way == HANDOVER_FILES)
		return private_dir_check(v->fields, err);
	if (h->way == HANDOVER_STDIN)
		return 0;
	rc = variables_make(&variables, v->fields, h->prefix, environ, err);
	variables_free(&variables);
	return rc;
}

int
handover_renew(struct handover *h, const struct values *v, struct error *err)
{
	return private_dir_put(&h->dir, v->fields, err);
}
