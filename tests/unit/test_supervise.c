/*
 * Main keeps its gates alive and nothing outlives main: with a keeper and gates of the test's
 * own, which are started as the real ones are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "vaultd/ipc/channel.h"
#include "vaultd/ipc/process.h"
#include "vaultd/ipc/sandbox.h"
#include "vaultd/supervise.h"

#define GATES 2

/* The keeper's part: it answers every frame with a STATUS that names it. */
static void
say(struct channel *c, const char *what, unsigned n)
{
	char text[64];
	struct frame_status status = {true, {text, 0}};

	status.text.len = (size_t)snprintf(text, sizeof(text), "%s %u", what, n);
	frame_put_status(channel_begin(c, FRAME_STATUS), &status);
	channel_end(c);
	channel_flush(c, NULL);
}

static int
keep(void *arg, enum frame_type type, struct str payload, int fd, struct error *err)
{
	struct channel *c = arg;
	struct frame_start start;
	struct frame_gate gate;
	struct frame_text refused = {{"not this one", 12}};

	(void)err;
	if (type == FRAME_STOP) { /* its channel ends before it does */
		close(CHILD_CHANNEL);
		usleep(200000);
		_exit(0);
	}
	if (type == FRAME_GATE && frame_get_gate(payload, &gate) && fd >= 0)
		say(c, "gate", gate.index); /* fd stays open as long as the keeper lives */
	else if (type == FRAME_START && frame_get_start(payload, &start))
		say(c, "started for", start.gates);
	else if (type == FRAME_RELOAD && frame_get_start(payload, &start) &&
		 memmem(start.config.at, start.config.len, "# refuse", 8) == NULL)
		say(c, "reloaded", 0);
	else if (type == FRAME_RELOAD) {
		frame_put_text(channel_begin(c, FRAME_FAILED), &refused);
		channel_end(c);
		channel_flush(c, NULL);
	}
	return 0;
}

static int
run_keeper(void)
{
	struct channel *c = channel_new(CHILD_CHANNEL, SIDE_KEEPER, SIDE_MAIN);
	struct pollfd p = {CHILD_CHANNEL, POLLIN, 0};

	while (poll(&p, 1, -1) == 1 && channel_read(c, keep, c, NULL) == 0)
		continue;
	return 3;
}

static int
run_child(char **argv)
{
	log_init(argv[2], LOG_HUMAN, LOG_LEVEL_INFO);
	process_enter((pid_t)atoi(argv[4]));
	if (strcmp(argv[2], "keeper") == 0)
		return run_keeper();
	while (poll(NULL, 0, -1) <= 0)
		continue;
	return 0;
}

/* A supervisor that runs, and what it tells the service manager. */
struct run {
	pid_t main;
	int notify;
	char directory[64], config[96], log[96];
};

static void
write_file(const struct run *r, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", r->directory, name);
	assert_non_null(f = fopen(path, "w"));
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
write_config(const struct run *r, const char *hublet, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "hublet = \"%s\"\ntrust_domain = \"na1.example\"\n"
	    "operators = [\"spiffe://na1.example/a\"]\n"
	    "listener { address = \"127.0.0.1:1\", certificate = \"c\", key = \"k\"\n"
	    "  client_ca = \"c\" }\n"
	    "storage \"lmdb\" { path = \"data\" }\naudit \"file\" { path = \"audit\" }\n%s\n",
	    hublet, more);
	write_file(r, "vaultd.hcl", text);
}

static void
make_files(struct run *r)
{
	strcpy(r->directory, "/tmp/vaultd-supervise-XXXXXX");
	assert_non_null(mkdtemp(r->directory));
	snprintf(r->config, sizeof(r->config), "%s/vaultd.hcl", r->directory);
	snprintf(r->log, sizeof(r->log), "%s/log", r->directory);
	write_file(r, "c", "-----BEGIN CERTIFICATE-----\n");
	write_file(r, "k", "-----BEGIN PRIVATE KEY-----\n");
	write_config(r, "na1", "");
}

static void
remove_files(struct run *r)
{
	static const char *const names[] = {"c", "k", "vaultd.hcl", "log", "audit", "notify"};
	int dir = open(r->directory, O_RDONLY | O_DIRECTORY);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dir, names[i], 0);
	unlinkat(dir, "data", AT_REMOVEDIR);
	close(dir);
	rmdir(r->directory);
	close(r->notify);
}

/* In a new process: what main does, as far as it matters here. */
static int
run_main(const struct run *r)
{
	struct files files;
	struct error err = ERROR_INIT;
	struct supervision s = {.config_path = r->config, .files = &files, .starter = -1,
	    .gates = GATES};

	dup2(open(r->log, O_WRONLY | O_CREAT | O_APPEND, 0600), 2);
	log_init("vaultd", LOG_HUMAN, LOG_LEVEL_INFO);
	if (files_read(r->config, &files, &err) == 0) {
		s.config = files.config;
		files.config = NULL;
		s.directories.storage = s.directories.audit = s.sockets[0] = s.sockets[1] = 0;
		if (sandbox_enter(SANDBOX_MAIN, NULL, 0, &err) == 0)
			return supervise(&s);
	}
	log_error("%s", err.text);
	return 98;
}

static void
expect(const struct run *r, const char *told)
{
	char text[256] = "";
	struct pollfd p = {r->notify, POLLIN, 0};

	if (poll(&p, 1, 5000) != 1)
		fail_msg("not told: %s", told);
	assert_true(recv(r->notify, text, sizeof(text) - 1, 0) > 0);
	if (strncmp(text, told, strlen(told)) != 0)
		fail_msg("told \"%s\" instead of \"%s\"", text, told);
}

static void
start(struct run *r)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	make_files(r);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/notify", r->directory);
	r->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(r->notify, (struct sockaddr *)&at, sizeof(at)), 0);
	if ((r->main = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* when the test fails */
		setenv("NOTIFY_SOCKET", at.sun_path, 1);
		_exit(run_main(r));
	}
	expect(r, "READY=1\nSTATUS=started for 2");
	expect(r, "READY=1\nSTATUS=gate 0");
	expect(r, "READY=1\nSTATUS=gate 1");
}

/* The exit status of main. */
static int
wait_main(const struct run *r)
{
	int status;

	assert_int_equal(waitpid(r->main, &status, 0), r->main);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The process that main started in that role, 0 when there is none. */
static pid_t
find_child(pid_t parent, const char *role, const char *index)
{
	char path[300], line[512], wanted[64];
	DIR *d = opendir("/proc");
	struct dirent *e;
	pid_t found = 0;
	int len = snprintf(wanted, sizeof(wanted), "vaultd%c-child%c%s%c%s%c%d", 0, 0, role, 0,
	    index, 0, (int)parent);

	while ((e = readdir(d)) != NULL) {
		ssize_t n;
		int fd;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cmdline", e->d_name);
		if ((fd = open(path, O_RDONLY)) < 0)
			continue;
		n = read(fd, line, sizeof(line));
		close(fd);
		if (n == len + 1 && memcmp(line, wanted, (size_t)len) == 0)
			found = (pid_t)atoi(e->d_name);
	}
	closedir(d);
	return found;
}

/* The same, once it has become that: a child is a copy of main for a moment. */
static pid_t
await_child(pid_t parent, const char *role, const char *index)
{
	pid_t found = 0;

	for (int i = 0; i < 50 && (found = find_child(parent, role, index)) == 0; i++)
		usleep(100000);
	assert_true(found > 0);
	return found;
}

static void
assert_all_gone(const struct run *r)
{
	for (int i = 0; i < 50; i++) {
		if (find_child(r->main, "keeper", "0") == 0 &&
		    find_child(r->main, "gate", "0") == 0 &&
		    find_child(r->main, "gate", "1") == 0)
			return;
		usleep(100000);
	}
	fail_msg("something outlives main");
}

static bool
logged(const struct run *r, const char *text)
{
	char log[8192];
	FILE *f = fopen(r->log, "r");
	size_t n = fread(log, 1, sizeof(log) - 1, f);

	fclose(f);
	log[n] = '\0';
	return strstr(log, text) != NULL;
}

static void
assert_logged(const struct run *r, const char *text)
{
	if (!logged(r, text))
		fail_msg("the log does not say \"%s\"", text);
}

static void
test_gate_is_started_again(void **state)
{
	struct run r;
	pid_t first, other;

	(void)state;
	start(&r);
	first = await_child(r.main, "gate", "0");
	other = await_child(r.main, "gate", "1");
	kill(first, SIGKILL);
	expect(&r, "READY=1\nSTATUS=gate 0");
	assert_int_not_equal(await_child(r.main, "gate", "0"), first);
	assert_int_equal(find_child(r.main, "gate", "1"), other);
	assert_logged(&r, "was killed by signal 9 (Killed)");
	assert_logged(&r, "gate[0] (pid ");
	kill(r.main, SIGTERM);
	expect(&r, "STOPPING=1");
	assert_int_equal(wait_main(&r), 0);
	assert_false(logged(&r, "keeper (pid")); /* it was let end by itself */
	assert_all_gone(&r);
	remove_files(&r);
}

static void
test_reload(void **state)
{
	struct run r;

	(void)state;
	start(&r);
	kill(r.main, SIGHUP);
	expect(&r, "RELOADING=1\nMONOTONIC_USEC=");
	expect(&r, "READY=1\nSTATUS=reloaded 0");
	write_config(&r, "na1", "# refuse");
	kill(r.main, SIGHUP);
	expect(&r, "RELOADING=1");
	expect(&r, "READY=1\nSTATUS=reload refused: see the log");
	assert_logged(&r, "reload refused, all stays as it was: not this one");
	write_config(&r, "na1", "gate = 3");
	kill(r.main, SIGHUP);
	expect(&r, "RELOADING=1");
	expect(&r, "READY=1\nSTATUS=reload refused: see the log");
	assert_logged(&r, "unknown key \"gate\"; did you mean \"gates\"?");
	write_config(&r, "na2", "");
	kill(r.main, SIGHUP);
	expect(&r, "RELOADING=1");
	expect(&r, "READY=1\nSTATUS=reload refused: see the log");
	assert_logged(&r, "hublet cannot change from \"na1\" to \"na2\" while vaultd runs");
	kill(r.main, SIGINT);
	assert_int_equal(wait_main(&r), 0);
	remove_files(&r);
}

static void
test_keeper_killed(void **state)
{
	struct run r;

	(void)state;
	start(&r);
	kill(await_child(r.main, "keeper", "0"), SIGKILL);
	assert_int_equal(wait_main(&r), 1);
	assert_logged(&r, "keeper (pid ");
	assert_logged(&r, "was killed by signal 9 (Killed)");
	assert_all_gone(&r);
	remove_files(&r);
}

static void
test_main_killed(void **state)
{
	struct run r;

	(void)state;
	start(&r);
	assert_true(await_child(r.main, "keeper", "0") > 0);
	kill(r.main, SIGKILL);
	assert_int_equal(wait_main(&r), -1);
	assert_all_gone(&r);
	remove_files(&r);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_gate_is_started_again),
	    cmocka_unit_test(test_reload),
	    cmocka_unit_test(test_keeper_killed),
	    cmocka_unit_test(test_main_killed),
	};

	if (argc == 5 && strcmp(argv[1], "-child") == 0)
		return run_child(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
