/*
 * vaultctl: secrets followed in processes of their own.  Trusted with the values on their way
 * through a pipe that nobody else holds.
 */
#include "client/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/files.h"

#define LENGTH_BYTES 4
#define STEP (64 * 1024)

/* ---- the process ---- */

static int
send_fields(int fd, const struct json *fields)
{
	struct buf text = BUF_INIT, block = BUF_INIT;
	struct json_writer w = json_writer_to(&text);
	int rc;

	json_put_value(&w, NULL, fields);
	buf_put_block(&block, text.data, text.len);
	rc = file_put(fd, "pipe", buf_str(&block), NULL);
	buf_free(&text);
	buf_free(&block);
	return rc;
}

/* Signals are the parent's: it may pass them on while the terminal sends them to the group. */
static void
feed_parent(struct follow *f, int fd, pid_t parent)
{
	struct error err = ERROR_INIT;
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	while (getppid() == parent && follow_next(f, &err) == DONE &&
	       send_fields(fd, f->fields) == 0)
		;
	_exit(FAILED);
}

/* ---- who started it ---- */

int
feed_start(struct feed *feed, struct follow *f, struct error *err)
{
	pid_t parent = getpid();
	int ends[2];

	answer_free(&f->answer);
	f->fields = NULL;
	if (pipe2(ends, O_CLOEXEC) != 0 || (feed->pid = fork()) < 0)
		return error_set_errno(err, "%s", f->secret);
	if (feed->pid == 0) {
		close(ends[0]);
		feed_parent(f, ends[1], parent);
	}
	close(ends[1]);
	feed->fd = ends[0];
	return 0;
}

/* The first block of what came, when it is whole. */
static bool
take_block(struct buf *in, struct buf *fields)
{
	struct reader r = reader_of(in->data, in->len);
	struct str block = reader_block(&r);

	if (r.bad)
		return false;
	buf_clear(fields);
	buf_put_str(fields, block);
	buf_drop(in, LENGTH_BYTES + block.len);
	return true;
}

int
feed_read(struct feed *feed, struct buf *fields)
{
	ssize_t n = read(feed->fd, buf_reserve(&feed->in, STEP), STEP);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	if (n == 0)
		return -1;
	feed->in.len += (size_t)n;
	return take_block(&feed->in, fields);
}

void
feed_stop(struct feed *feed)
{
	if (feed->pid > 0) {
		kill(feed->pid, SIGKILL);
		waitpid(feed->pid, NULL, 0);
		close(feed->fd);
	}
	buf_free(&feed->in);
	*feed = (struct feed)FEED_INIT;
}
