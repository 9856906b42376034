/*
 * What each kind of process may still ask of the kernel once it has entered, and what ends it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vaultd/ipc/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static char directory[] = "/tmp/vaultd-sandbox-XXXXXX";
static int dir, outside, listener;

/* Each attempt returns what the system call did: -1 and errno when it was denied. */
static int
make_file(void)
{
	return openat(dir, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static int
make_unmake(void)
{
	return openat(dir, "other", O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 ||
		       renameat(dir, "other", dir, "renamed") != 0 ||
		       unlinkat(dir, "renamed", 0) != 0
		   ? -1
		   : 0;
}

static int
open_passwd(void)
{
	return openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int
open_above(void)
{
	return openat(dir, "../../etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int
open_outside(void)
{
	return openat(outside, "passwd", O_RDONLY | O_CLOEXEC);
}

static int
make_device(void)
{
	return (int)syscall(SYS_mknodat, dir, "device", S_IFIFO | 0600, 0);
}

static int
make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
make_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int
connect_out(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(1)};

	return connect(listener, (struct sockaddr *)&to, sizeof(to));
}

/* There is nobody to accept: that it may ask is enough. */
static int
accept_one(void)
{
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EAGAIN ? 0 : -1;
}

static int
execute(void)
{
	char *argv[] = {(char *)"true", NULL};

	return execve("/bin/true", argv, argv + 1);
}

static int
trace(void)
{
	return (int)ptrace(PTRACE_SEIZE, getppid(), 0, 0);
}

static int
read_memory(void)
{
	return (int)syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
}

static int
set_up_uring(void)
{
	return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int
load_bpf(void)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int
leave_namespace(void)
{
	return (int)syscall(SYS_unshare, 0);
}

static int
signal_another(void)
{
	return kill(getppid(), 0);
}

static int
signal_another_thread(void)
{
	return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static int
signal_itself(void)
{
	return (int)syscall(SYS_tgkill, getpid(), gettid(), 0);
}

static int
control_terminal(void)
{
	return (int)syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, "x");
}

static int
make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

static int
make_process_clone3(void)
{
	return (int)syscall(SYS_clone3, NULL, 0);
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
make_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) != 0 ||
		       pthread_join(thread, NULL) != 0
		   ? -1
		   : 0;
}

static int
map(int protection)
{
	void *p = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int
map_memory(void)
{
	return map(PROT_READ | PROT_WRITE);
}

static int
map_code(void)
{
	return map(PROT_READ | PROT_EXEC);
}

static int
make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int
be_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1);
}

static int
lock_memory(void)
{
	static char page[8192];

	return mlock(page, 1);
}

enum verdict { ALLOWED, DENIED, KILLED };

static const struct {
	const char *name;
	int (*attempt)(void);
	enum verdict keeper, gate, main;
	bool landlock; /* the verdict is Landlock's */
	bool runtime;  /* the sanitizers' runtime may do it too */
} attempts[] = {
    {"make a file", make_file, ALLOWED, KILLED, ALLOWED, false, true},
    {"rename and remove", make_unmake, ALLOWED, KILLED, ALLOWED, false, true},
    {"open /etc/passwd", open_passwd, DENIED, KILLED, ALLOWED, true, true},
    {"open ../../etc/passwd", open_above, DENIED, KILLED, ALLOWED, true, true},
    {"open in a directory kept open", open_outside, DENIED, KILLED, ALLOWED, true, true},
    {"make a device", make_device, KILLED, KILLED, KILLED, false, false},
    {"make a socket", make_socket, KILLED, KILLED, KILLED, false, false},
    {"make a Unix socket", make_unix_socket, KILLED, KILLED, ALLOWED, false, false},
    {"connect", connect_out, KILLED, KILLED, KILLED, false, false},
    {"accept", accept_one, KILLED, ALLOWED, ALLOWED, false, false},
    {"execve", execute, KILLED, KILLED, ALLOWED, false, false},
    {"ptrace", trace, KILLED, KILLED, KILLED, false, false},
    {"process_vm_readv", read_memory, KILLED, KILLED, KILLED, false, false},
    {"io_uring_setup", set_up_uring, KILLED, KILLED, KILLED, false, false},
    {"bpf", load_bpf, KILLED, KILLED, KILLED, false, false},
    {"unshare", leave_namespace, KILLED, KILLED, KILLED, false, false},
    {"kill another", signal_another, KILLED, KILLED, ALLOWED, false, false},
    {"tgkill another", signal_another_thread, KILLED, KILLED, ALLOWED, false, false},
    {"tgkill itself", signal_itself, ALLOWED, ALLOWED, ALLOWED, false, false},
    {"ioctl", control_terminal, KILLED, KILLED, KILLED, false, true},
    {"fork", make_process, KILLED, KILLED, ALLOWED, false, true},
    {"clone3", make_process_clone3, DENIED, DENIED, DENIED, false, false},
    {"make a thread", make_thread, ALLOWED, KILLED, ALLOWED, false, true},
    {"map memory", map_memory, ALLOWED, ALLOWED, ALLOWED, false, false},
    {"map code", map_code, KILLED, KILLED, ALLOWED, false, true},
    {"make memory code", make_code, KILLED, KILLED, ALLOWED, false, true},
    {"be dumpable", be_dumpable, KILLED, KILLED, ALLOWED, false, true},
    {"lock memory", lock_memory, ALLOWED, KILLED, ALLOWED, false, true},
};

static enum verdict
try(int (*attempt)(void), enum sandbox_kind kind)
{
	struct error err = ERROR_INIT;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_enter(kind, &dir, kind == SANDBOX_KEEPER ? 1 : 0, &err) != 0) {
			fprintf(stderr, "%s\n", err.text);
			_exit(99);
		}
		_exit(attempt() < 0 ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	assert_int_not_equal(WEXITSTATUS(status), 99);
	return WEXITSTATUS(status) == 0 ? ALLOWED : DENIED;
}

static void
test_verdicts(void **state)
{
	static const char *const verdicts[] = {"allowed", "denied", "killed"};
	static const char *const kinds[] = {"main", "keeper", "gate"};
	bool landlock =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const enum verdict expected[] = {[SANDBOX_MAIN] = attempts[i].main,
		    [SANDBOX_KEEPER] = attempts[i].keeper,
		    [SANDBOX_GATE] = attempts[i].gate};

		if ((SANITIZED && attempts[i].runtime) || (attempts[i].landlock && !landlock))
			continue;
		for (int kind = SANDBOX_MAIN; kind <= SANDBOX_GATE; kind++) {
			enum verdict v = try(attempts[i].attempt, (enum sandbox_kind)kind);

			if (v == expected[kind])
				continue;
			wrong++;
			print_error(
			    "%s: %s is %s\n", kinds[kind], attempts[i].name, verdicts[v]);
		}
	}
	assert_int_equal(wrong, 0);
}

/* A child's filter comes on top of main's, which it has from birth. */
static int
enter_keeper(void)
{
	return sandbox_enter(SANDBOX_KEEPER, &dir, 1, NULL);
}

static void
test_filters_stack(void **state)
{
	(void)state;
	assert_int_equal(try(enter_keeper, SANDBOX_MAIN), ALLOWED);
	assert_int_equal(try(enter_keeper, SANDBOX_GATE), KILLED);
}

static int
set_up(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(directory) == NULL)
		return -1;
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	outside = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	       listen(listener, 1) != 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlinkat(dir, "file", 0);
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_filters_stack),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
