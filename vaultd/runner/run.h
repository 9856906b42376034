/*
 * One run of a hook, in a short-lived process of its own under the hooks' user.
 */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include <sys/types.h>

#include "base/buf.h"
#include "vaultd/ipc/message.h"

/* Whom hooks run as, and how much they may use.  From the configuration, by way of main. */
struct run_limits {
	uid_t uid; /* of the hooks' user; that of the process: development, nothing changes */
	gid_t gid;
	uint32_t memory, processes, output; /* bytes of address space; count; bytes a stream */
};

/*
 * In the process that was forked for it: become the hooks' user, start the hook that the
 * descriptor names, give it f->document on standard input, take what it says until it has ended,
 * said too much or run too long; end everything it left behind; append the payload of a RAN
 * frame to out.
 * Security: from the first line on this process has the power of the hooks' user only.
 */
void run_hook(int hook, const struct frame_run *f, const struct run_limits *limits,
    struct buf *out);

#endif
