/*
 * vaultctl: streams in and out.  Trusted with plaintext, a chunk at a time.
 */
#include "client/pipe.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files.h"
#include "client/new_file.h"

static int
open_input(struct pipe *p, const struct flags *f, struct error *err)
{
	struct stat st;

	p->from = "standard input";
	p->in = STDIN_FILENO;
	if (f->count > 1 && strcmp(f->arguments[1], "-") != 0) {
		p->from = f->arguments[1];
		p->in = open(p->from, O_RDONLY | O_CLOEXEC);
	}
	if (p->in < 0 || fstat(p->in, &st) != 0)
		return error_set_errno(err, "%s", p->from);
	p->bar.bytes = true;
	p->bar.total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return 0;
}

static int
open_output(struct pipe *p, const struct flags *f, struct error *err)
{
	p->to = flags_text(f, "out");
	p->out = STDOUT_FILENO;
	if (p->to == NULL) {
		p->to = "standard output";
		return 0;
	}
	p->made = new_file_begin(p->to, 0600, flags_on(f, "replace"), err);
	if (p->made == NULL)
		return -1;
	p->out = new_file_fd(p->made);
	return 0;
}

int
pipe_open(struct pipe *p, const struct flags *f, struct error *err)
{
	memset(p, 0, sizeof(*p));
	if (open_input(p, f, err) != 0 || open_output(p, f, err) != 0)
		return -1;
	progress_begin(&p->bar);
	return 0;
}

enum outcome
pipe_close(struct pipe *p, enum outcome outcome, struct error *err)
{
	progress_end(&p->bar);
	if (outcome == DONE && p->made != NULL && new_file_keep(&p->made, err) != 0)
		outcome = FAILED;
	new_file_drop(&p->made);
	if (p->in > STDIN_FILENO)
		close(p->in);
	buf_free(&p->read);
	buf_free(&p->written);
	return outcome;
}

int
pipe_fill(struct pipe *p, size_t len, struct error *err)
{
	return file_fill(p->in, p->from, &p->read, len, err);
}

void
pipe_drop(struct pipe *p, size_t len)
{
	buf_drop(&p->read, len);
	p->done += len;
	progress_at(&p->bar, p->done);
}

int
pipe_put(struct pipe *p, struct error *err)
{
	int rc = file_put(p->out, p->to, buf_str(&p->written), err);

	buf_clear(&p->written);
	return rc;
}
