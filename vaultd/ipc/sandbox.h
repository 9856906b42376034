/*
 * The locked door: no-new-privs, a seccomp filter of a process's own system calls, Landlock.
 * The list of calls is as short as the tests let it be; clone3 answers ENOSYS.  The runner's
 * filter is of another kind, for hooks inherit it: it names what nobody may, and lets the rest.
 */
#ifndef IPC_SANDBOX_H
#define IPC_SANDBOX_H

#include "base/error.h"

enum sandbox_kind { SANDBOX_MAIN, SANDBOX_KEEPER, SANDBOX_GATE, SANDBOX_RUNNER };

/*
 * Lock the door behind the calling process.  dirs: descriptors of the directories that may
 * still be used for files (keeper), count of them; the gate has none.  Landlock is used when
 * the kernel has it, with a log line when it has not.
 */
int sandbox_enter(enum sandbox_kind kind, const int *dirs, unsigned count, struct error *err);

#endif
