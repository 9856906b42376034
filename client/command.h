/*
 * A command of vaultctl is a row: what it is called, what it takes, what it means, how it is
 * used, and the function that does it.  Usage, help, manual and completion come out of the
 * rows.
 */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include "base/error.h"
#include "client/flags.h"

/* Exit codes, as those of Vault's CLI. */
enum outcome {
	DONE = 0,
	FAILED = 1, /* here: usage, a file, an answer that makes no sense */
	REFUSED = 2 /* there: the server refused, or could not be reached */
};

#define ANY_COUNT 1000 /* arguments without limit */

/*
 * A command that is one question (client/request.h).  In path and success {N} is the N-th
 * argument and {NAME} the flag of that name, slashes at its ends cut off.  Flags that are
 * members go into the body of a PUT, into the query of anything else.
 */
struct request {
	const char *method; /* LIST: the keys of path */
	const char *path;
	const char *success; /* printed when the answer has no body; or NULL */
	const char *members; /* what the arguments are (client/members.h); or NULL */
	/*
	 * The member of the answer's data that is the result: printed alone, or written to the
	 * file of the flag -out, whatever -format and -field say; "=NAME": the bytes that it is
	 * the base64 of.  NULL: all of the data.
	 */
	const char *result;
};

struct command {
	const char *name;      /* "kv metadata get" */
	const char *arguments; /* "PATH", as the usage line shows them */
	unsigned least, most;  /* how many of them */
	const char *summary;   /* one line */
	const char *text;      /* more, indented by two spaces, lines ended; or NULL */
	const char *examples;  /* lines as a person types them, ended, without prompt */
	const struct flag *flags;
	/* Does it.  When err is set, main prints it.  NULL: request says it all. */
	enum outcome (*run)(const struct flags *f, struct error *err);
	struct request request;
};

/* The groups: each table ends in a row without name. */
extern const struct command hublet_commands[], identity_commands[], entity_commands[];
extern const struct command status_commands[], operator_commands[], keyring_commands[];
extern const struct command kv_commands[], kvmeta_commands[];
extern const struct command transit_commands[], transit_keys_commands[];
extern const struct command transit_import_commands[], attest_commands[];
extern const struct command watch_commands[], exec_commands[];
extern const struct command rotation_commands[], plan_commands[], readers_commands[];
extern const struct command login_commands[], token_commands[], mounts_commands[];
extern const struct command policy_commands[], role_commands[];
extern const struct command audit_commands[];
extern const struct command raw_commands[];
extern const struct command main_commands[]; /* help and the like */

/* The table of tables, NULL at its end; and the flags that every command takes. */
extern const struct command *const commands[];
extern const struct flag common_flags[];

#endif
