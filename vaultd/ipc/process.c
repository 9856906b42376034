/*
 * How main starts the others, and how each of them opens.
 * Security: a child inherits nothing but what its table names: three descriptors, two words of
 * environment, no capability.  Main keeps four of root's powers and no more.
 */
#include "vaultd/ipc/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define CHILDREN_FDS 3 /* struct child's descriptors */
#define ABOVE 16       /* where they wait while 3, 4, 5 are filled */

/* In the new process: 0 and 1 from /dev/null, 2 stays, 3..5 as named, all others end at exec.
 */
static int
arrange_descriptors(const struct child *c, int *program)
{
	int moved[CHILDREN_FDS], null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return -1;
	if ((*program = fcntl(*program, F_DUPFD_CLOEXEC, ABOVE)) < 0)
		return -1;
	for (int i = 0; i < CHILDREN_FDS; i++)
		if (c->descriptors[i] >= 0 &&
		    (moved[i] = fcntl(c->descriptors[i], F_DUPFD_CLOEXEC, ABOVE)) < 0)
			return -1;
	for (int i = 0; i < CHILDREN_FDS; i++)
		if (c->descriptors[i] < 0)
			close(CHILD_CHANNEL + i);
		else if (dup2(moved[i], CHILD_CHANNEL + i) < 0)
			return -1;
	return close_range(CHILD_CHANNEL + CHILDREN_FDS, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* In the new process: become the program again.  Comes back only when that fails. */
static void
execute(const struct child *c, int program, pid_t parent)
{
	static const char *const kept[] = {"LOG_FORMAT", "JOURNAL_STREAM"};
	char variables[2][64], index[16], pid[16];
	char *argv[] = {(char *)"vaultd", (char *)"-child", (char *)c->role, index, pid, NULL};
	char *env[] = {NULL, NULL, NULL};
	int n = 0;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *value = getenv(kept[i]);

		if (value == NULL || strlen(value) > 40)
			continue;
		snprintf(variables[n], sizeof(variables[n]), "%s=%.40s", kept[i], value);
		env[n] = variables[n];
		n++;
	}
	snprintf(index, sizeof(index), "%u", c->index);
	snprintf(pid, sizeof(pid), "%d", (int)parent);
	if (arrange_descriptors(c, &program) == 0)
		fexecve(program, argv, env);
}

pid_t
process_start(const struct child *c, struct error *err)
{
	int program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	pid_t parent = getpid(), pid;

	if (program < 0)
		return error_set_errno(err, "/proc/self/exe");
	if ((pid = fork()) == 0) {
		execute(c, program, parent);
		log_error("%s: cannot execute vaultd again: %s", c->role, strerror(errno));
		_exit(1);
	}
	if (pid < 0)
		error_set_errno(err, "starting %s", c->role);
	close(program);
	return pid;
}

void
process_enter(pid_t parent_pid)
{
	static const int ignored[] = {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGQUIT};
	const struct rlimit none = {0, 0};
	sigset_t empty;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent_pid)
		fatal("the parent process is gone");
	if (prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		fatal("cannot forbid core dumps: %s", strerror(errno));
	if (close_range(CHILD_CHANNEL + CHILDREN_FDS, ~0U, 0) != 0)
		fatal("close_range: %s", strerror(errno));
	/* A terminal and a service manager signal every process; main alone decides. */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	/* The C library reads the zone's file at its first conversion: before the door is locked. */
	setenv("TZ", "UTC0", 1);
	tzset();
}

/* Keep of the capabilities what main needs; nothing of it passes an exec. */
static int
keep_capabilities(struct error *err)
{
	static const int kept[] = {CAP_SETUID, CAP_SETGID, CAP_KILL, CAP_DAC_READ_SEARCH};
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		sets[CAP_TO_INDEX(kept[i])].effective |= CAP_TO_MASK(kept[i]);
		sets[CAP_TO_INDEX(kept[i])].permitted |= CAP_TO_MASK(kept[i]);
	}
	if (syscall(SYS_capset, &head, sets) != 0)
		return error_set_errno(err, "giving up root's capabilities");
	return 0;
}

int
process_pass_capabilities(bool pass, struct error *err)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	int rc = (int)syscall(SYS_capget, &head, sets);

	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3 && rc == 0; i++)
		sets[i].inheritable = pass ? sets[i].permitted : 0;
	if (rc == 0)
		rc = (int)syscall(SYS_capset, &head, sets); /* none inheritable: none ambient */
	for (int cap = 0; cap <= CAP_LAST_CAP && rc == 0 && pass; cap++)
		if ((sets[CAP_TO_INDEX(cap)].permitted & CAP_TO_MASK(cap)) != 0)
			rc = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	return rc == 0 ? 0 : error_set_errno(err, "passing on capabilities");
}

int
process_drop_capabilities(struct error *err)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};

	if (syscall(SYS_capset, &head, none) != 0)
		return error_set_errno(err, "giving up capabilities");
	return 0;
}

int
process_die_with_parent(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return error_set_errno(err, "dying with the parent process");
	return 0;
}

int
process_pipe(struct str bytes, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_set_errno(err, "a pipe for a child");
	if (write(ends[1], bytes.at, bytes.len) != (ssize_t)bytes.len) {
		error_set_errno(err, "a pipe for a child");
		close(ends[0]);
		ends[0] = -1;
	}
	close(ends[1]);
	return ends[0];
}

int
process_read_pipe(int fd, struct buf *bytes, struct error *err)
{
	ssize_t n;

	do {
		n = read(fd, buf_reserve(bytes, 4096), 4096);
		bytes->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	close(fd);
	return n == 0 ? 0 : error_set_errno(err, "reading what a child must know");
}

int
process_find_user(const char *user, uid_t *uid, gid_t *gid, struct error *err)
{
	const struct passwd *pw;

	errno = 0;
	if ((pw = getpwnam(user)) == NULL && errno == ENOMEM)
		return error_set_errno(err, "looking for user \"%s\"", user);
	if (pw == NULL)
		return error_set(err, ERR_NOT_FOUND,
		    "there is no user \"%s\" to become: run `useradd --system %s`, or name "
		    "another with `user` in the configuration",
		    user, user);
	if (pw->pw_uid == 0)
		return error_set(err, ERR_INVALID, "user \"%s\" is root: name another", user);
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 0;
}

int
process_drop_root(const char *user, struct error *err)
{
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0)
		return 0;
	if (process_find_user(user, &uid, &gid, err) != 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 1) != 0 || initgroups(user, gid) != 0 ||
	    setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0 ||
	    prctl(PR_SET_KEEPCAPS, 0) != 0)
		return error_set_errno(err, "becoming user \"%s\"", user);
	return keep_capabilities(err);
}

void
process_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len;
	int fd;

	if (path == NULL || (len = strlen(path)) < 2 || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (to.sun_path[0] == '@') /* an abstract name */
		to.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		log_debug("the service manager was not told: %s", strerror(errno));
	close(fd);
}

long long
process_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long n;

	if (usec == NULL || !str_to_u64(str_of(usec), &n) || n > INT64_MAX)
		return 0;
	if (pid != NULL && atol(pid) != (long)getpid())
		return 0;
	return (long long)n / 2;
}
