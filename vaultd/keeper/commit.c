/*
 * Keeper: the committing thread.  It sees wrapped records only.
 */
#include "vaultd/keeper/commit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct committer {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int done; /* eventfd */
	bool busy, stop;
	bool copy; /* what is to be done: a copy of the store, not a commit */
	struct audit *audit;
	struct store *store;
	const struct store_change *changes;
	size_t count;
	int rc;
	struct error err;
};

static void
perform(struct committer *c)
{
	error_clear(&c->err);
	if (c->copy) {
		c->rc = store_copy(c->store, &c->err);
		return;
	}
	c->rc = audit_sync(c->audit, &c->err);
	if (c->rc == 0)
		c->rc = store_commit(c->store, c->changes, c->count, &c->err);
}

static void *
work(void *arg)
{
	struct committer *c = arg;
	uint64_t one = 1;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		if (c->changes == NULL && !c->copy) {
			pthread_cond_wait(&c->wake, &c->lock);
			continue;
		}
		pthread_mutex_unlock(&c->lock);
		perform(c);
		pthread_mutex_lock(&c->lock);
		c->changes = NULL;
		c->copy = false;
		if (write(c->done, &one, sizeof(one)) != (ssize_t)sizeof(one))
			fatal("the committing thread cannot say that it is done");
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

struct committer *
committer_new(void)
{
	struct committer *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("no memory for the committing thread");
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wake, NULL);
	c->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->done < 0 || pthread_create(&c->thread, NULL, work, c) != 0)
		fatal("the committing thread cannot be started");
	return c;
}

void
committer_free(struct committer **c)
{
	if (*c == NULL)
		return;
	pthread_mutex_lock(&(*c)->lock);
	(*c)->stop = true;
	pthread_cond_signal(&(*c)->wake);
	pthread_mutex_unlock(&(*c)->lock);
	pthread_join((*c)->thread, NULL);
	pthread_cond_destroy(&(*c)->wake);
	pthread_mutex_destroy(&(*c)->lock);
	close((*c)->done);
	free(*c);
	*c = NULL;
}

int
committer_fd(const struct committer *c)
{
	return c->done;
}

bool
committer_busy(const struct committer *c)
{
	return c->busy;
}

void
committer_begin(struct committer *c, struct audit *audit, struct store *store,
    const struct store_change *changes, size_t count)
{
	pthread_mutex_lock(&c->lock);
	c->audit = audit;
	c->store = store;
	c->count = count;
	c->changes = changes;
	c->busy = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

void
committer_begin_copy(struct committer *c, struct store *store)
{
	pthread_mutex_lock(&c->lock);
	c->store = store;
	c->copy = true;
	c->busy = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

int
committer_end(struct committer *c, struct error *err)
{
	uint64_t n;
	int rc;

	if (read(c->done, &n, sizeof(n)) != (ssize_t)sizeof(n))
		return error_set(err, ERR_INTERNAL, "no commit has ended");
	pthread_mutex_lock(&c->lock);
	rc = c->rc;
	if (rc != 0)
		*err = c->err;
	c->busy = false;
	pthread_mutex_unlock(&c->lock);
	return rc;
}
