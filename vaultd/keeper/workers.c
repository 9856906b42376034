/*
 * Keeper: the threads for slow mathematics.
 */
#include "vaultd/keeper/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"

#define THREADS 2
#define ERRANDS 1024 /* that may wait or run at once */
#define WAITING_BYTES (64u * 1024 * 1024) /* of their requests, all together */
#define NICEST 10

enum state { FREE, WAITING, RUNNING, DONE };

struct place {
	enum state state;
	uint64_t order; /* of arrival */
	struct errand errand;
};

struct workers {
	pthread_t threads[THREADS];
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int done; /* eventfd */
	bool stop;
	uint64_t order;
	unsigned count; /* places that are not free */
	size_t bytes;   /* of the requests in them */
	struct place places[ERRANDS];
};

void
work_free(struct work **w)
{
	if (*w != NULL)
		(*w)->free(*w);
	*w = NULL;
}

void
errand_clear(struct errand *e)
{
	buf_free(&e->payload);
	work_free(&e->work);
	long_list_free(&e->lists);
}

/* The one in that state that came first; NULL: none.  Under the lock. */
static struct place *
first(struct workers *w, enum state state)
{
	struct place *found = NULL;

	for (unsigned i = 0; w->count > 0 && i < ERRANDS; i++)
		if (w->places[i].state == state &&
		    (found == NULL || w->places[i].order < found->order))
			found = &w->places[i];
	return found;
}

static void
finish(struct workers *w, struct place *s)
{
	uint64_t one = 1;

	s->state = DONE;
	if (write(w->done, &one, sizeof(one)) != (ssize_t)sizeof(one))
		fatal("a worker thread cannot say that it is done");
}

static void *
labour(void *arg)
{
	struct workers *w = arg;
	struct place *s;

	/* On Linux this is the thread's own priority; refused, it stays what it was. */
	(void)setpriority(PRIO_PROCESS, 0, NICEST);
	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		s = first(w, WAITING);
		if (s == NULL) {
			pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		s->state = RUNNING;
		pthread_mutex_unlock(&w->lock);
		s->errand.work->run(s->errand.work);
		pthread_mutex_lock(&w->lock);
		finish(w, s);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct workers *
workers_new(void)
{
	struct workers *w = calloc(1, sizeof(*w));

	if (w == NULL)
		fatal("no memory for the workers");
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->done < 0)
		fatal("the workers cannot be started");
	for (unsigned i = 0; i < THREADS; i++)
		if (pthread_create(&w->threads[i], NULL, labour, w) != 0)
			fatal("a worker thread cannot be started");
	return w;
}

void
workers_free(struct workers **w)
{
	if (*w == NULL)
		return;
	pthread_mutex_lock(&(*w)->lock);
	(*w)->stop = true;
	pthread_cond_broadcast(&(*w)->wake);
	pthread_mutex_unlock(&(*w)->lock);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join((*w)->threads[i], NULL);
	for (unsigned i = 0; i < ERRANDS; i++)
		errand_clear(&(*w)->places[i].errand);
	pthread_cond_destroy(&(*w)->wake);
	pthread_mutex_destroy(&(*w)->lock);
	close((*w)->done);
	free(*w);
	*w = NULL;
}

int
workers_fd(const struct workers *w)
{
	return w->done;
}

bool
workers_add(struct workers *w, struct errand *e)
{
	struct place *s = w->places;
	bool room;

	pthread_mutex_lock(&w->lock);
	room = w->count < ERRANDS && w->bytes + e->payload.len <= WAITING_BYTES;
	if (room) {
		while (s->state != FREE)
			s++;
		*s = (struct place){ WAITING, w->order++, *e };
		memset(e, 0, sizeof(*e));
		w->count++;
		w->bytes += s->errand.payload.len;
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

bool
workers_take(struct workers *w, struct errand *e)
{
	struct place *s;
	uint64_t n;

	pthread_mutex_lock(&w->lock);
	s = first(w, DONE);
	if (s != NULL) {
		*e = s->errand;
		memset(s, 0, sizeof(*s));
		w->count--;
		w->bytes -= e->payload.len;
	} else if (read(w->done, &n, sizeof(n)) < 0) {
		/* Nothing was said: there is nothing to take. */
	}
	pthread_mutex_unlock(&w->lock);
	return s != NULL;
}

void
workers_cancel(struct workers *w)
{
	struct place *s;

	pthread_mutex_lock(&w->lock);
	while ((s = first(w, WAITING)) != NULL) {
		work_free(&s->errand.work);
		finish(w, s);
	}
	pthread_mutex_unlock(&w->lock);
}

bool
workers_idle(struct workers *w)
{
	bool idle;

	pthread_mutex_lock(&w->lock);
	idle = w->count == 0;
	pthread_mutex_unlock(&w->lock);
	return idle;
}
