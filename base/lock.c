/*
 * Locks on files.
 */
#include "base/lock.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/file.h>

#define TRIES 60
#define PAUSE_MS 50

bool
lock_take(int fd)
{
	for (int i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		(void)poll(NULL, 0, PAUSE_MS); /* a pause that a locked-in process may make */
	}
	errno = EWOULDBLOCK;
	return false;
}
