/*
 * Locks on files, between processes.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdbool.h>

/*
 * Lock fd for this process alone (flock(2)), until it is closed.  A holder that was killed may
 * still be ending, in the middle of a sync: it is waited for, three seconds at most.
 * False, with errno, when somebody holds it still.
 */
bool lock_take(int fd);

#endif
