/*
 * vaultd: main.  Reads the configuration, opens what only root may open, gives up root, and
 * becomes the supervisor; or, started by itself as `vaultd -child`, the keeper, a gate, the starter
 * of the runner or the runner.
 * Security: trusted with the listener's key for the moment it takes to hand it to the keeper.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "vaultd/config.h"
#include "vaultd/files.h"
#include "vaultd/gate/gate.h"
#include "vaultd/hooks.h"
#include "vaultd/ipc/address.h"
#include "vaultd/ipc/process.h"
#include "vaultd/ipc/sandbox.h"
#include "vaultd/keeper/keeper.h"
#include "vaultd/runner/runner.h"
#include "vaultd/runner/starter.h"
#include "vaultd/supervise.h"

struct options {
	const char *config;
	bool development, check_config, help_config, version, help;
};

/* The command line: one or two dashes, -config FILE or -config=FILE. */
static const struct option {
	const char *name, *value; /* value: what to call it; NULL: a switch */
	size_t offset;
	const char *help;
} options[] = {
    {"config", "FILE", offsetof(struct options, config), "the configuration file"},
    {"dev", NULL, offsetof(struct options, development),
	"development: warn when key memory cannot be locked"},
    {"check-config", NULL, offsetof(struct options, check_config),
	"check the configuration and the files it names, then exit"},
    {"help-config", NULL, offsetof(struct options, help_config),
	"explain every key of the configuration"},
    {"version", NULL, offsetof(struct options, version), "print the version"},
    {"help", NULL, offsetof(struct options, help), "print this"},
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

static int
run_keeper(unsigned index)
{
	(void)index; /* there is one */
	return keeper_main();
}

/* What a child may be. */
static const struct {
	const char *name;
	bool many; /* told apart by their index */
	int (*run)(unsigned index);
} roles[] = {
    {"keeper", false, run_keeper},
    {"gate", true, gate_main},
    {"starter", false, starter_main},
    {"runner", false, runner_main},
};

static enum log_format
log_format(const char *name)
{
	return name != NULL && strcmp(name, "json") == 0 ? LOG_JSON : LOG_HUMAN;
}

/* vaultd -child ROLE INDEX PARENT_PID */
static int
run_child(char **argv)
{
	static char name[32];
	unsigned index = (unsigned)atoi(argv[3]);

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(roles[i].name, argv[2]) != 0)
			continue;
		if (roles[i].many)
			snprintf(name, sizeof(name), "%s[%u]", roles[i].name, index);
		else
			snprintf(name, sizeof(name), "%s", roles[i].name);
		log_init(name, log_format(getenv("LOG_FORMAT")), LOG_LEVEL_INFO);
		process_enter((pid_t)atoi(argv[4]));
		return roles[i].run(index);
	}
	fatal("no role %s", argv[2]);
}

static void
print_help(FILE *to)
{
	fprintf(to,
	    "Usage: vaultd -config FILE [options]\n\n"
	    "The daemon of one Hublet's vault. Talk to it with vaultctl.\n\nOptions:\n");
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(to, "  -%s%s%-*s  %s\n", options[i].name, options[i].value ? " " : "",
		    (int)(16 - strlen(options[i].name)),
		    options[i].value ? options[i].value : "", options[i].help);
}

static int
print_config_help(void)
{
	struct buf out = BUF_INIT;

	config_describe(&out);
	fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	return 0;
}

/* Take one option.  Returns how many words it was, or 0. */
static int
take_option(struct options *o, char **argv)
{
	const char *name = argv[0] + (argv[0][0] == '-') + (strncmp(argv[0], "--", 2) == 0);
	size_t len = strcspn(name, "=");

	for (size_t i = 0; i < OPTIONS && name != argv[0]; i++) {
		void *to = (char *)o + options[i].offset;

		if (strlen(options[i].name) != len || strncmp(name, options[i].name, len) != 0)
			continue;
		if (options[i].value == NULL && name[len] == '\0') {
			*(bool *)to = true;
			return 1;
		}
		if (options[i].value != NULL && (name[len] == '=' || argv[1] != NULL)) {
			*(const char **)to = name[len] == '=' ? name + len + 1 : argv[1];
			return name[len] == '=' ? 1 : 2;
		}
	}
	fprintf(stderr, "vaultd: %s: no such option, or no value for it; see vaultd -help\n",
	    argv[0]);
	return 0;
}

/* Soft limits up to the hard ones; no core dumps: main sees the listener's key. */
static int
set_limits(struct error *err)
{
	static const int raised[] = {RLIMIT_MEMLOCK, RLIMIT_NOFILE};
	const struct rlimit none = {0, 0};
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++)
		if (getrlimit(raised[i], &limit) == 0) {
			limit.rlim_cur = limit.rlim_max;
			setrlimit(
			    raised[i], &limit); /* the children complain if it is too low */
		}
	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return error_set_errno(err, "forbidding core dumps");
	return 0;
}

static unsigned
count_gates(const struct config *c)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->gates != 0)
		return c->gates;
	return cores < 1 ? 1 : cores > CONFIG_GATES ? CONFIG_GATES : (unsigned)cores;
}

static int
run(const struct options *o, struct files *files, struct error *err)
{
	struct config *c = files->config;
	struct supervision s = {.config_path = o->config,
	    .development = o->development,
	    .config = c,
	    .files = files,
	    .gates = count_gates(c)};
	int status = -1;

	files->config = NULL; /* kept longer than the files */
	log_init("vaultd", log_format(c->log_format), LOG_LEVEL_INFO);
	setenv("LOG_FORMAT", c->log_format, 1);
	if (set_limits(err) == 0 && files_open_directories(c, &s.directories, err) == 0 &&
	    address_listen(c->listener.address, s.sockets, s.gates, err) == 0 &&
	    hooks_start(c, o->development, &s.starter, err) == 0 &&
	    process_drop_root(c->user, err) == 0 &&
	    sandbox_enter(SANDBOX_MAIN, NULL, 0, err) == 0) {
		log_info("vaultd " VERSION ", Hublet %s, %s, %u gate%s", c->hublet,
		    c->listener.address, s.gates, s.gates == 1 ? "" : "s");
		status = supervise(&s);
	}
	config_free(&c);
	return status;
}

/* The exit status, or -1 and err. */
static int
start(const struct options *o, struct error *err)
{
	struct files files;
	int status = 0;

	if (files_read(o->config, &files, err) != 0)
		return -1;
	if (o->check_config && hooks_check(files.config, o->development, err) != 0)
		status = -1;
	else if (o->check_config)
		printf("%s: fine\n", o->config);
	else
		status = run(o, &files, err);
	files_clear(&files);
	return status;
}

int
main(int argc, char **argv)
{
	struct options o = {.config = NULL};
	struct error err = ERROR_INIT;
	int status;

	if (argc == 5 && strcmp(argv[1], "-child") == 0)
		return run_child(argv);
	for (int i = 1, n; i < argc; i += n)
		if ((n = take_option(&o, argv + i)) == 0)
			return 1;
	if (o.version)
		return printf("vaultd " VERSION "\n") < 0;
	if (o.help_config)
		return print_config_help();
	if (o.help || o.config == NULL) {
		print_help(o.help ? stdout : stderr);
		return o.help ? 0 : 1;
	}
	log_init("vaultd", LOG_HUMAN, LOG_LEVEL_INFO);
	if ((status = start(&o, &err)) < 0) {
		log_error("%s", err.text);
		return 1;
	}
	return status;
}
