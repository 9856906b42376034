/*
 * A hook is run as it was checked, is given its document and no more, and whatever it does ends
 * with its run.
 */
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/clock.h"
#include "vaultd/hook.h"
#include "vaultd/runner/run.h"

static char dir[] = "/tmp/vaultd-hook-XXXXXX";
static int dir_fd;

static void
write_hook(const char *name, const char *text, mode_t mode)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

struct result {
	struct buf bytes;
	struct frame_ran ran;
};

/* In a process of its own, as the runner does it. */
static struct result
run(const char *script, const char *document, uint32_t time_s, bool other_user)
{
	struct run_limits limits = { geteuid(), getegid(), 512u << 20, 64, 4096 };
	struct frame_run f = { 7, str_of("hook"), time_s, str_of(document) };
	struct result result = { BUF_INIT, { 0, 0, 0, { NULL, 0 }, { NULL, 0 } } };
	struct error err = ERROR_INIT;
	int ends[2], hook;
	ssize_t n;
	pid_t pid;

	if (other_user) {
		limits.uid = getpwnam("nobody")->pw_uid;
		limits.gid = getpwnam("nobody")->pw_gid;
	}
	write_hook("hook", script, 0755);
	hook = hook_open(dir_fd, f.hook, geteuid(), &err);
	if (hook < 0)
		fail_msg("%s", err.text);
	assert_int_equal(pipe(ends), 0);
	if ((pid = fork()) == 0) {
		close(ends[0]);
		run_hook(hook, &f, &limits, &result.bytes);
		_exit(write(ends[1], result.bytes.data, result.bytes.len) !=
		    (ssize_t)result.bytes.len);
	}
	close(ends[1]);
	close(hook);
	while ((n = read(ends[0], buf_reserve(&result.bytes, 4096), 4096)) > 0)
		result.bytes.len += (size_t)n;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	assert_true(frame_get_ran(buf_str(&result.bytes), &result.ran));
	assert_int_equal(result.ran.id, 7);
	return result;
}

static void
expect(struct result r, enum ran_outcome outcome, uint32_t code, const char *output)
{
	if (r.ran.outcome != outcome || r.ran.code != code || !str_is(r.ran.output, output))
		fail_msg("outcome %u, code %u, output \"%.*s\", complaint \"%.*s\"", r.ran.outcome,
		    r.ran.code, STR(r.ran.output), STR(r.ran.complaint));
	buf_free(&r.bytes);
}

static void
says_what_it_was_given(void **state)
{
	(void)state;
	expect(run("#!/bin/sh\nexec cat\n", "{\"step\":\"test\"}", 5, false), RAN_EXITED, 0,
	    "{\"step\":\"test\"}");
	expect(run("#!/bin/sh\nread a; echo \"<$a>\"; exit 3\n", "x\n", 5, false), RAN_EXITED, 3,
	    "<x>\n");
	expect(run("#!/bin/sh\necho said >&2; kill -9 $$\n", "", 5, false), RAN_KILLED, SIGKILL, "");
	/* One that does not read its document is not waited for. */
	expect(run("#!/bin/sh\nexit 0\n", "{\"a\":1}", 5, false), RAN_EXITED, 0, "");
}

static void
is_given_nothing_else(void **state)
{
	(void)state;
	setenv("VAULTD_TEST_LEAK", "x", 1);
	expect(run("#!/bin/sh\nenv | grep -c LEAK; ls /proc/self/fd | wc -l; echo $#; pwd\n", "", 5,
		   false), RAN_EXITED, 0, "0\n5\n0\n/\n"); /* ls: 0, 1, 2, the script, its own */
}

static void
ends_when_it_hangs_or_floods(void **state)
{
	static const char *const floods[] = { "#!/bin/sh\nwhile :; do echo flood; done\n",
		"#!/bin/sh\nwhile :; do echo flood >&2; done\n" };
	int64_t start = clock_boot();

	(void)state;
	expect(run("#!/bin/sh\necho before; exec sleep 100\n", "", 1, false), RAN_TOO_LONG, 0,
	    "before\n");
	assert_true(clock_boot() - start < 6 * CLOCK_SECOND);
	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		struct result r = run(floods[i], "", 5, false);

		assert_int_equal(r.ran.outcome, RAN_FLOODED);
		buf_free(&r.bytes);
	}
}

/* A child that has its own session and holds the pipes open ends all the same. */
static void
leaves_nobody_behind(void **state)
{
	char command[200];
	int64_t start = clock_boot();

	(void)state;
	expect(run("#!/bin/sh\nsetsid sleep 98765 & setsid sh -c 'sleep 98765 & sleep 98765' &\n"
		   "echo done\n", "", 20, false), RAN_EXITED, 0, "done\n");
	assert_true(clock_boot() - start < 10 * CLOCK_SECOND);
	snprintf(command, sizeof(command), "! pgrep -f '^sleep 98765' >/dev/null");
	assert_int_equal(system(command), 0);
}

static void
has_another_users_power_and_no_more(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("skip - %s: needs root\n", __func__);
		return;
	}
	assert_int_equal(chmod(dir, 0755), 0);
	expect(run("#!/bin/sh\nid -un; grep -c '^Cap[PE].*0000000000000000' /proc/self/status\n"
		   "cat /etc/shadow >/dev/null 2>&1 || echo no\n", "", 5, true), RAN_EXITED, 0,
	    "nobody\n2\nno\n");
}

static void
refuse(const char *name, const char *why)
{
	struct error err = ERROR_INIT;
	int fd = hook_open(dir_fd, str_of(name), 0, &err);

	if (fd >= 0 || strstr(err.text, why) == NULL)
		fail_msg("%s: %s", name, fd >= 0 ? "opened" : err.text);
}

static void
is_not_run_when_others_could_change_it(void **state)
{
	static const char *const names[] = { "", ".", "..", ".hidden", "a/b", "../hook", "a b",
		"a\nb", "x\x80" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refuse(names[i], "hook");
	refuse("absent", "there is no hook");
	write_hook("writable", "#!/bin/sh\n", 0777);
	refuse("writable", "can be changed by others");
	assert_int_equal(symlinkat("/bin/true", dir_fd, "link"), 0);
	refuse("link", "is no plain file");
	assert_int_equal(mkdirat(dir_fd, "folder", 0755), 0);
	refuse("folder", "is no plain file");
}

static void
is_not_run_when_it_cannot_be(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("skip - %s: needs root\n", __func__);
		return;
	}
	write_hook("plain", "#!/bin/sh\n", 0644);
	refuse("plain", "is not executable");
	write_hook("relative", "#!bin/sh\n", 0755);
	refuse("relative", "absolute path");
	write_hook("by-others", "#! /tmp/vaultd-no-such-thing\n", 0755);
	refuse("by-others", "its interpreter");
}

static void
directory_must_be_roots_all_the_way_up(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(hook_check_directory("/usr/bin", 0, &err), 0);
	assert_int_equal(hook_check_directory(dir, geteuid(), &err), -1); /* below /tmp */
	assert_non_null(strstr(err.text, "/tmp can be changed"));
	error_clear(&err);
	assert_int_equal(hook_check_directory("/nowhere/at/all", 0, &err), -1);
}

static int
set_up(void **state)
{
	(void)state;
	dir_fd = mkdtemp(dir) == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_was_given),
		cmocka_unit_test(is_given_nothing_else),
		cmocka_unit_test(ends_when_it_hangs_or_floods),
		cmocka_unit_test(leaves_nobody_behind),
		cmocka_unit_test(has_another_users_power_and_no_more),
		cmocka_unit_test(is_not_run_when_others_could_change_it),
		cmocka_unit_test(is_not_run_when_it_cannot_be),
		cmocka_unit_test(directory_must_be_roots_all_the_way_up),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
