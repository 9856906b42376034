/*
 * vaultctl: reading long files by lines.
 */
#include "client/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM ((size_t)256 * 1024)

int
lines_open(struct lines *l, const char *path, size_t most, struct error *err)
{
	memset(l, 0, sizeof(*l));
	l->path = path;
	l->most = most;
	l->fd = open(path, O_RDONLY | O_CLOEXEC);
	return l->fd >= 0 ? 0 : error_set_errno(err, "%s", path);
}

void
lines_close(struct lines *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->data);
}

/* Room behind what is there: what was read goes first, then the room doubles. */
static void
make_room(struct lines *l)
{
	if (l->from > 0) {
		memmove(l->data, l->data + l->from, l->len - l->from);
		l->len -= l->from;
		l->from = 0;
	}
	if (l->len < l->room)
		return;
	l->room = l->room == 0 ? ROOM : l->room * 2;
	l->data = realloc(l->data, l->room);
	if (l->data == NULL)
		fatal("out of memory");
}

/* 1: more came, 0: the end, -1. */
static int
fill(struct lines *l, struct error *err)
{
	ssize_t n;

	make_room(l);
	do
		n = read(l->fd, l->data + l->len, l->room - l->len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set_errno(err, "%s", l->path);
	l->len += (size_t)n;
	return n > 0;
}

int
lines_next(struct lines *l, struct str *line, bool *whole, struct error *err)
{
	const char *newline = NULL;
	size_t seen = 0;
	int more = 1;

	while (newline == NULL && more > 0 && l->len - l->from < l->most) {
		if (l->from + seen < l->len)
			newline =
			    memchr(l->data + l->from + seen, '\n', l->len - l->from - seen);
		seen = l->len - l->from;
		if (newline == NULL)
			more = fill(l, err);
	}
	if (more < 0)
		return -1;
	line->at = l->data + l->from;
	line->len = newline != NULL ? (size_t)(newline - line->at) : l->len - l->from;
	*whole = newline != NULL;
	l->offset = l->next;
	l->from += line->len + *whole;
	l->next += line->len + *whole;
	return *whole || line->len > 0;
}
