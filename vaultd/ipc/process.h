/*
 * How each of vaultd's processes opens and ends.
 */
#ifndef IPC_PROCESS_H
#define IPC_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

/* Descriptors a child finds: its channel to the parent or keeper, and what else it was given. */
#define CHILD_CHANNEL 3
#define CHILD_FIRST 4  /* gate: listening socket.  keeper: directory of the store.  starter, runner: of the hooks */
#define CHILD_SECOND 5 /* keeper: directory of the audit file.  starter, runner: pipe with its settings */

/* What a child is started with. */
struct child {
	const char *role;  /* "keeper", "gate", "starter", "runner" */
	unsigned index;    /* which gate */
	int descriptors[3]; /* become 3, 4, 5; -1: none */
};

/*
 * Start this program again (fexecve of the running binary) as
 * `vaultd -child ROLE INDEX PARENT_PID`, with those descriptors and standard error, nothing
 * else, an empty environment but LOG_FORMAT, JOURNAL_STREAM, and death with its parent.
 * Returns the pid, or -1.
 */
pid_t process_start(const struct child *c, struct error *err);

/*
 * A child's opening: not dumpable, no core, dies with parent_pid (checked), no other descriptor
 * open; SIGPIPE and the signals that are for main alone (HUP, INT, QUIT, TERM) are ignored.
 * Fatal when the parent is gone already.
 */
void process_enter(pid_t parent_pid);

/*
 * For what a child must know and an argument would show: a pipe that holds bytes (4 KiB at most)
 * and then ends; -1 with err.  process_read_pipe, in the child, appends all of it and closes fd.
 */
int process_pipe(struct str bytes, struct error *err);
int process_read_pipe(int fd, struct buf *bytes, struct error *err);

/* The ids of the user to become: one that exists, and is not root. */
int process_find_user(const char *user, uid_t *uid, gid_t *gid, struct error *err);

/*
 * As root: become user (its groups too), keeping of root's power only what main needs
 * (CAP_SETUID, CAP_SETGID, CAP_KILL, CAP_DAC_READ_SEARCH).  Otherwise nothing.
 */
int process_drop_root(const char *user, struct error *err);

/* Whether the capabilities that are left pass an exec. */
int process_pass_capabilities(bool pass, struct error *err);
/* Give up every capability that is left. */
int process_drop_capabilities(struct error *err);

/* What a change of user takes back of process_enter: not dumpable, dies with its parent. */
int process_die_with_parent(struct error *err);

/* Tell systemd (sd_notify protocol over NOTIFY_SOCKET): "READY=1", "STATUS=...", "WATCHDOG=1".
 * Without the variable nothing happens. */
void process_notify(const char *state);
/* Microseconds between two WATCHDOG=1, half of WATCHDOG_USEC; 0: none wanted. */
long long process_watchdog(void);

#endif
