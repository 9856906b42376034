/*
 * A child gets what it is given and nothing else, and ends with its parent; root's power is
 * given up but for what main needs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vaultd/ipc/process.h"

extern char **environ;

static void
report_descriptors(void)
{
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			dprintf(CHILD_CHANNEL, "%d ", fd);
}

/* The child "reporter": what it finds, in words, on its channel. */
static void
report(char **argv)
{
	struct rlimit core;
	struct sigaction term;
	sigset_t mask;
	char byte[2] = "", link[64] = "";

	getrlimit(RLIMIT_CORE, &core);
	sigaction(SIGTERM, NULL, &term);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	dprintf(CHILD_CHANNEL, "%s %s; ", argv[2], argv[3]);
	report_descriptors();
	dprintf(CHILD_CHANNEL, "; dumpable %d core %d term %s blocked %d;",
	    prctl(PR_GET_DUMPABLE), (int)core.rlim_cur,
	    term.sa_handler == SIG_IGN ? "ignored" : "taken", sigismember(&mask, SIGTERM));
	for (char **e = environ; *e != NULL; e++)
		dprintf(CHILD_CHANNEL, " %s", *e);
	if (read(CHILD_FIRST, byte, 1) == 1)
		dprintf(CHILD_CHANNEL, "; first %s", byte);
	if (read(CHILD_SECOND, byte, 1) == 1)
		dprintf(CHILD_CHANNEL, "; second %s", byte);
	if (readlink("/proc/self/fd/0", link, sizeof(link) - 1) > 0)
		dprintf(CHILD_CHANNEL, "; input %s", link);
}

/* This program, started again as a child. */
static int
run_child(char **argv)
{
	process_enter((pid_t)atoi(argv[4]));
	if (strcmp(argv[2], "reporter") == 0)
		report(argv);
	else
		pause();
	return 0;
}

/* A pipe whose reading end holds one byte. */
static int
holding(char byte)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], &byte, 1), 1);
	close(ends[1]);
	return ends[0];
}

static void
read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
}

/* What the reporter says when it is given these two descriptors; closes them. */
static void
ask_reporter(int first, int second, char *text, size_t size)
{
	struct error err = ERROR_INIT;
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	struct child c = {"reporter", 3, {ends[1], first, second}};
	pid = process_start(&c, &err);
	assert_true(pid > 0);
	close(ends[1]);
	read_all(ends[0], text, size);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	if (first >= 0)
		close(first);
	if (second >= 0)
		close(second);
}

static void
test_what_a_child_finds(void **state)
{
	char text[1024];
	sigset_t all, before;
	int stray = open("/etc/passwd", O_RDONLY); /* not close-on-exec */

	(void)state;
	setenv("LOG_FORMAT", "json", 1);
	setenv("PRIVATE", "value", 1);
	unsetenv("JOURNAL_STREAM");
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	ask_reporter(holding('a'), holding('b'), text, sizeof(text));
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_string_equal(text, "reporter 3; 0 1 2 3 4 5 ; dumpable 0 core 0 term ignored "
				  "blocked 0; LOG_FORMAT=json TZ=UTC0; first a; second b; "
				  "input /dev/null");
	close(stray);
}

static void
test_descriptors_that_are_left_out(void **state)
{
	char text[1024];

	(void)state;
	ask_reporter(-1, -1, text, sizeof(text));
	assert_non_null(strstr(text, "; 0 1 2 3 ;"));
	ask_reporter(holding('a'), -1, text, sizeof(text));
	assert_non_null(strstr(text, "; 0 1 2 3 4 ;"));
	assert_non_null(strstr(text, "first a"));
}

/* Those to be given stand where others are to go: none is overwritten before it is moved. */
static void
test_descriptors_that_cross(void **state)
{
	char text[1024];
	int a = fcntl(holding('a'), F_DUPFD, 5), b = holding('b'), four = 4;

	(void)state;
	assert_int_equal(dup2(a, CHILD_SECOND), CHILD_SECOND);
	if (b != four)
		assert_int_equal(dup2(b, four), four);
	ask_reporter(CHILD_SECOND, four, text, sizeof(text));
	assert_non_null(strstr(text, "first a; second b"));
}

/* kill -9 of the parent ends the child: its end of the pipe closes. */
static void
test_child_dies_with_parent(void **state)
{
	int ends[2];
	struct pollfd end;
	pid_t parent, child = -1;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	if ((parent = fork()) == 0) {
		struct child c = {"sleeper", 0, {ends[1], -1, -1}};

		child = process_start(&c, NULL);
		assert_int_equal(write(ends[1], &child, sizeof(child)), sizeof(child));
		pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &child, sizeof(child)), sizeof(child));
	usleep(200000); /* it sleeps in its role */
	assert_int_equal(kill(child, 0), 0);
	end = (struct pollfd){ends[0], POLLIN, 0};
	assert_int_equal(poll(&end, 1, 0), 0);
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(poll(&end, 1, 5000), 1);
	assert_true(end.revents & POLLHUP);
	close(ends[0]);
}

static void
test_parent_gone_already(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		close(2);
		execl("/proc/self/exe", "vaultd", "-child", "sleeper", "0", "1", (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 70);
}

static void
test_notify(void **state)
{
	static const char *const paths[] = {"/tmp/vaultd-notify-test", "@vaultd-notify-test"};

	(void)state;
	process_notify("READY=1"); /* nobody listens: nothing happens */
	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_un at = {.sun_family = AF_UNIX};
		size_t len = strlen(paths[i]);
		char text[64] = "";
		int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

		unlink(paths[i]);
		memcpy(at.sun_path, paths[i], len);
		if (paths[i][0] == '@')
			at.sun_path[0] = '\0';
		assert_int_equal(bind(fd, (struct sockaddr *)&at,
				     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
		    0);
		setenv("NOTIFY_SOCKET", paths[i], 1);
		process_notify("READY=1\nSTATUS=fine");
		assert_int_equal(read(fd, text, sizeof(text) - 1), 19);
		assert_string_equal(text, "READY=1\nSTATUS=fine");
		unsetenv("NOTIFY_SOCKET");
		process_notify("READY=1");
		assert_int_equal(read(fd, text, sizeof(text)), -1);
		setenv("NOTIFY_SOCKET", paths[i], 1);
		for (int n = 0; n < 1000; n++) /* nobody reads: nobody waits for it */
			process_notify("READY=1");
		unsetenv("NOTIFY_SOCKET");
		close(fd);
		unlink(paths[i]);
	}
}

static void
test_watchdog(void **state)
{
	char own[16];
	const struct {
		const char *usec, *pid;
		long long every;
	} cases[] = {
	    {NULL, NULL, 0},
	    {"2000000", NULL, 1000000},
	    {"2000000", own, 1000000},
	    {"2000000", "1", 0},
	    {"0", NULL, 0},
	    {"soon", NULL, 0},
	    {"-5", NULL, 0},
	};

	(void)state;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (cases[i].usec != NULL)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid != NULL)
			setenv("WATCHDOG_PID", cases[i].pid, 1);
		assert_int_equal(process_watchdog(), cases[i].every);
	}
}

/* In a child: drop root, and say with its status what is wrong then. */
static int
drop(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct sets[2];
	const uint32_t kept =
	    1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_KILL | 1u << CAP_DAC_READ_SEARCH;
	const struct passwd *pw = getpwnam("nobody");
	gid_t groups[4];

	if (process_drop_root("nobody", NULL) != 0)
		return 1;
	if (getuid() != pw->pw_uid || geteuid() != pw->pw_uid || getegid() != pw->pw_gid)
		return 2;
	if (getgroups(4, groups) != 1 || groups[0] != pw->pw_gid)
		return 3;
	if (syscall(SYS_capget, &head, sets) != 0 || sets[0].effective != kept ||
	    sets[0].permitted != kept || sets[0].inheritable != 0 || sets[1].permitted != 0)
		return 4;
	if (open("/etc/shadow", O_WRONLY) >= 0) /* it may read, as a reload must */
		return 5;
	execl("/bin/sh", "sh", "-c", "grep -q '^CapEff:.0000000000000000' /proc/self/status",
	    (char *)NULL);
	return 6;
}

static void
test_drop_root(void **state)
{
	struct error err = ERROR_INIT;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(process_drop_root("no-such-user", NULL), 0);
		skip();
	}
	assert_int_equal(process_drop_root("no-such-user", &err), -1);
	assert_string_equal(err.text, "there is no user \"no-such-user\" to become: run "
				      "`useradd --system no-such-user`, or name another with "
				      "`user` in the configuration");
	error_clear(&err);
	assert_int_equal(process_drop_root("root", &err), -1);
	assert_string_equal(err.text, "user \"root\" is root: name another");
	if ((pid = fork()) == 0)
		_exit(drop());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_a_child_finds),
	    cmocka_unit_test(test_descriptors_that_are_left_out),
	    cmocka_unit_test(test_descriptors_that_cross),
	    cmocka_unit_test(test_child_dies_with_parent),
	    cmocka_unit_test(test_parent_gone_already),
	    cmocka_unit_test(test_notify),
	    cmocka_unit_test(test_watchdog),
	    cmocka_unit_test(test_drop_root),
	};

	if (argc == 5 && strcmp(argv[1], "-child") == 0)
		return run_child(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
