/*
 * vaultctl, the client of operators and services: finds the command, reads its flags, runs it.
 * Runs with the rights of whoever started it and is trusted with that person's key; it never
 * takes a secret from its arguments.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "client/command.h"
#include "client/help.h"
#include "client/output.h"
#include "client/request.h"

#define NAME_WORDS 3 /* "kv metadata get" */
#define NAME_BYTES 128

const struct command *const commands[] = {
    hublet_commands,
    identity_commands,
    entity_commands,
    status_commands,
    operator_commands,
    keyring_commands,
    kv_commands,
    kvmeta_commands,
    readers_commands,
    watch_commands,
    exec_commands,
    transit_commands,
    transit_keys_commands,
    transit_import_commands,
    attest_commands,
    rotation_commands,
    plan_commands,
    login_commands,
    token_commands,
    mounts_commands,
    policy_commands,
    role_commands,
    audit_commands,
    raw_commands,
    main_commands,
    NULL,
};

const struct flag common_flags[] = {
    {"address", FLAG_TEXT, "URL", "https://127.0.0.1:8200", "VAULT_ADDR", "where the vault is"},
    {"ca-cert", FLAG_TEXT, "FILE", NULL, "VAULT_CACERT", "the CA of its certificate"},
    {"ca-path", FLAG_TEXT, "DIR", NULL, "VAULT_CAPATH", "a directory of such"},
    {"client-cert", FLAG_TEXT, "FILE", NULL, "VAULT_CLIENT_CERT", "who one is: certificate"},
    {"client-key", FLAG_TEXT, "FILE", NULL, "VAULT_CLIENT_KEY", "and its key"},
    {"tls-server-name", FLAG_TEXT, "NAME", NULL, "VAULT_TLS_SERVER_NAME",
	"the name in its certificate, when that is not the address"},
    {"namespace", FLAG_TEXT, "NAME", NULL, "VAULT_NAMESPACE", "there is only root"},
    {"no-token", FLAG_SWITCH, NULL, NULL, "VAULTCTL_NO_TOKEN",
	"send no token, neither VAULT_TOKEN's nor that of ~/.vault-token"},
    {"wrap-ttl", FLAG_TIME, "DURATION", NULL, "VAULT_WRAP_TTL", "wrap the answer"},
    {"format", FLAG_TEXT, "FORMAT", "table", "VAULT_FORMAT", "table or json"},
    {"field", FLAG_TEXT, "NAME", NULL, NULL, "print this field of the answer alone"},
    {"help", FLAG_SWITCH, NULL, NULL, NULL, "this text"},
    {"h", FLAG_SWITCH, NULL, NULL, NULL, "the same"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

/* The first words, as many as there are up to `most`, with single blanks between. */
static void
join(int argc, char **argv, int most, char name[NAME_BYTES])
{
	name[0] = '\0';
	for (int i = 0; i < argc && i < most; i++)
		snprintf(name + strlen(name), NAME_BYTES - strlen(name), "%s%s",
		    i > 0 ? " " : "", argv[i]);
}

/* The command of that name, or NULL; with group, any whose name goes on behind those words. */
static const struct command *
lookup(const char *name, bool group)
{
	size_t len = strlen(name);

	for (const struct command *const *g = commands; *g != NULL; g++)
		for (const struct command *c = *g; c->name != NULL; c++)
			if (strncmp(c->name, name, len) == 0 &&
			    c->name[len] == (group ? ' ' : '\0'))
				return c;
	return NULL;
}

/* The command whose name the first words are, the longest of them; *used: how many words. */
static const struct command *
find(int argc, char **argv, int *used)
{
	const struct command *c;
	char name[NAME_BYTES];

	for (int words = argc < NAME_WORDS ? argc : NAME_WORDS; words > 0; words--) {
		join(argc, argv, words, name);
		if ((c = lookup(name, false)) != NULL) {
			*used = words;
			return c;
		}
	}
	return NULL;
}

/* The commands that begin as the words do; those of the longest group, when there is one. */
static bool
list_group(FILE *to, int argc, char **argv)
{
	char name[NAME_BYTES];

	for (int words = NAME_WORDS; words > 0; words--) {
		join(argc, argv, words, name);
		if (words <= argc && lookup(name, true) != NULL) {
			help_list(to, name);
			return true;
		}
	}
	return false;
}

static enum outcome
help(const struct flags *f, struct error *err)
{
	int used;
	const struct command *c = find((int)f->count, f->arguments, &used);

	if (c != NULL)
		help_command(stdout, c);
	else if (f->count == 0)
		help_list(stdout, "");
	else if (!list_group(stdout, (int)f->count, f->arguments)) {
		error_set(err, ERR_INVALID, "there is no command %.64s", f->arguments[0]);
		return FAILED;
	}
	return DONE;
}

static enum outcome
version(const struct flags *f, struct error *err)
{
	(void)f;
	(void)err;
	printf("vaultctl " VERSION "\n");
	return DONE;
}

static enum outcome
completion(const struct flags *f, struct error *err)
{
	if (strcmp(f->arguments[0], "bash") != 0)
		return (enum outcome) - error_set(err, ERR_INVALID, "only bash is completed");
	help_completion(stdout);
	return DONE;
}

static enum outcome
manual(const struct flags *f, struct error *err)
{
	(void)f;
	(void)err;
	help_manual(stdout);
	return DONE;
}

const struct command main_commands[] = {
    {"version", "", 0, 0, "Print the version", NULL, "vaultctl version\n", NULL, version},
    {"completion", "bash", 1, 1, "Print a completion script", NULL,
	"source <(vaultctl completion bash)\n", NULL, completion},
    {"manual", "", 0, 0, "Print the manual page", NULL,
	"vaultctl manual >/usr/local/share/man/man1/vaultctl.1\nvaultctl manual | man -l -\n",
	NULL, manual},
    {"help", "[COMMAND]", 0, NAME_WORDS, "Explain a command, with examples", NULL,
	"vaultctl help hublet create\n", NULL, help},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};

static int
count_fits(const struct command *c, const struct flags *f, struct error *err)
{
	if (f->count >= c->least && f->count <= c->most)
		return 0;
	return error_set(err, ERR_INVALID, "it takes %s; %u were given",
	    *c->arguments != '\0' ? c->arguments : "no arguments", f->count);
}

static enum outcome
run(const struct command *c, int argc, char **argv)
{
	struct error err = ERROR_INIT;
	enum outcome outcome = FAILED;
	struct flags f;

	if (flags_parse(&f, c->flags, common_flags, argc, argv, &err) != 0)
		goto usage;
	if (flags_on(&f, "help") || flags_on(&f, "h")) {
		help_command(stdout, c);
		return DONE;
	}
	if (count_fits(c, &f, &err) != 0 || output_check(&f, &err) != 0)
		goto usage;
	outcome = c->run != NULL ? c->run(&f, &err) : request_run(&c->request, &f, &err);
	if (err.code != ERR_NONE)
		fprintf(stderr, "vaultctl %s: %s\n", c->name, err.text);
	if (fflush(stdout) != 0 || ferror(stdout))
		outcome = FAILED;
	return outcome;
usage:
	fprintf(stderr, "vaultctl %s: %s\nTry: vaultctl help %s\n", c->name, err.text, c->name);
	return FAILED;
}

/* No core file holds what passes through. */
static void
forbid_cores(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

int
main(int argc, char **argv)
{
	const struct command *c;
	int used = 0;

	forbid_cores();
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2 || strcmp(argv[1], "-help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0) {
		help_list(argc < 2 ? stderr : stdout, "");
		return argc < 2 ? FAILED : DONE;
	}
	c = find(argc - 1, argv + 1, &used);
	if (c != NULL)
		return (int)run(c, argc - 1 - used, argv + 1 + used);
	if (!list_group(stderr, argc - 1, argv + 1))
		fprintf(
		    stderr, "vaultctl: there is no command %s\nTry: vaultctl help\n", argv[1]);
	return FAILED;
}
