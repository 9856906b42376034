/*
 * vaultctl: operator init, seal, and their table.  Trusted with shares and the
 * initial token: init prints them, nothing else does.
 */
#include <stdio.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/command.h"
#include "client/output.h"
#include "client/rekey.h"
#include "client/unseal.h"

#define ARENA_MOST ((size_t)4 * 1024 * 1024)

/*
 * As Vault's CLI prints it with -format=json, and the unseal key; the lists are those of the
 * answer.
 */
static void
put_init_json(struct buf *out, const struct answer *a, int64_t shares, int64_t threshold)
{
	const struct json *key = json_find(a->json, "unseal_public_key");
	struct json_writer w = json_writer_to(out);

	json_open_object(&w, NULL);
	json_put_value(&w, "unseal_keys_b64", json_find(a->json, "keys_base64"));
	json_put_value(&w, "unseal_keys_hex", json_find(a->json, "keys"));
	json_put_int(&w, "unseal_shares", shares);
	json_put_int(&w, "unseal_threshold", threshold);
	json_open_array(&w, "recovery_keys_b64");
	json_close_array(&w);
	json_open_array(&w, "recovery_keys_hex");
	json_close_array(&w);
	json_put_int(&w, "recovery_keys_shares", 0);
	json_put_int(&w, "recovery_keys_threshold", 0);
	json_put_value(&w, "root_token", json_find(a->json, "root_token"));
	if (key != NULL)
		json_put_value(&w, "unseal_public_key", key);
	json_close_object(&w);
}

/* A server that has no such key gave none out. */
static void
put_public_key(struct buf *out, const struct json *key)
{
	if (key == NULL)
		return;
	buf_put_text(out, "Unseal public key: ");
	buf_put_str(out, key->text);
	buf_put_text(out,
	    "\nGive it to each keeper of a share: with operator unseal -public-key=... no gate "
	    "sees the share.\n\n");
}

static void
put_init_text(struct buf *out, const struct answer *a, int64_t shares, int64_t threshold)
{
	const struct json *keys = json_find(a->json, "keys_base64");
	const struct json *token = json_find(a->json, "root_token");
	unsigned n = 0;

	for (const struct json *k = keys->first; k != NULL; k = k->next) {
		buf_printf(out, "Unseal Key %u: ", ++n);
		buf_put_str(out, k->text);
		buf_put_u8(out, '\n');
	}
	buf_put_text(out, "\nInitial Root Token: ");
	buf_put_str(out, token->text);
	buf_put_text(out, "\n\n");
	put_public_key(out, json_find(a->json, "unseal_public_key"));
	buf_printf(out,
	    "Vault initialized with %lld key shares and a key threshold of %lld. Give each "
	    "share to\nanother person, who keeps it apart from the vault: %lld of them open it "
	    "after "
	    "every start\nand seal, fewer tell nothing. They are shown this once. The token is "
	    "good for "
	    "one hour and\nonly together with the certificate that ran this command.\n",
	    (long long)shares, (long long)threshold, (long long)threshold);
}

static enum outcome
show_init(const struct flags *f, const struct answer *a, int64_t shares, int64_t threshold,
    struct error *err)
{
	struct arena *arena = arena_new(ARENA_MOST, 0, NULL);
	struct buf compact = BUF_INIT, out = BUF_INIT;
	enum outcome outcome = DONE;

	if (json_find(a->json, "keys") == NULL || json_find(a->json, "keys_base64") == NULL ||
	    json_find(a->json, "root_token") == NULL) {
		error_set(err, ERR_INVALID, "the answer lacks shares or token");
		outcome = FAILED;
	} else if (output_is_json(f)) {
		put_init_json(&compact, a, shares, threshold);
		output_put_json(
		    &out, json_parse(arena, buf_str(&compact), &json_limits_body, NULL));
	} else {
		put_init_text(&out, a, shares, threshold);
	}
	output_write(&out);
	buf_free(&compact);
	arena_free(arena);
	return outcome;
}

/* Exit code 0: initialised; 2: not. */
static enum outcome
init_status(struct session *s, struct error *err)
{
	const struct question q = {"GET", str_of("sys/init"), NULL, NULL};
	struct answer a = ANSWER_INIT;
	const struct json *made;
	enum outcome outcome = FAILED;

	if (ask(s, &q, &a, err) == DONE) {
		made = json_find(a.json, "initialized");
		outcome = made != NULL && made->type == JSON_TRUE ? DONE : REFUSED;
		printf("Vault is %sinitialized\n", outcome == DONE ? "" : "not ");
	}
	answer_free(&a);
	return outcome;
}

static enum outcome
init(const struct flags *f, struct error *err)
{
	int64_t shares = flags_count(f, "key-shares", 0);
	int64_t threshold = flags_count(f, "key-threshold", 0);
	struct buf body = BUF_INIT;
	const struct question q = {"PUT", str_of("sys/init"), NULL, &body};
	struct json_writer w = json_writer_to(&body);
	struct session *s = session_open(f, err);
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	json_open_object(&w, NULL);
	json_put_int(&w, "secret_shares", shares);
	json_put_int(&w, "secret_threshold", threshold);
	json_put_bool(&w, "unseal_public_key", true);
	json_close_object(&w);
	if (s != NULL && flags_on(f, "status"))
		outcome = init_status(s, err);
	else if (s != NULL && (outcome = ask(s, &q, &a, err)) == DONE)
		outcome = show_init(f, &a, shares, threshold, err);
	answer_free(&a);
	buf_free(&body);
	session_close(&s);
	return outcome;
}

static enum outcome
seal(const struct flags *f, struct error *err)
{
	const struct question q = {"PUT", str_of("sys/seal"), NULL, NULL};

	return ask_and_show(f, &q, "Success! Vault is sealed.", err);
}

static const struct flag init_flags[] = {
    {"key-shares", FLAG_COUNT, "N", "5", NULL, "how many shares are made"},
    {"key-threshold", FLAG_COUNT, "N", "3", NULL, "how many of them open the vault"},
    {"status", FLAG_SWITCH, NULL, NULL, NULL,
	"only say whether it is initialised (0: yes, 2: no)"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command operator_commands[] = {
    {"operator init", "", 0, 0, "Make the vault: its master key, its shares, the initial token",
	"  Prints the shares once; afterwards the vault is sealed.\n",
	"vaultctl operator init\n"
	"vaultctl operator init -key-shares=3 -key-threshold=2 -format=json\n",
	init_flags, init},
    {"operator unseal", "[-]", 0, 1, "Give one share; the last one needed opens the vault",
	"  The share is asked for without echo; - reads it from standard input.\n"
	"  It is never taken from the command line.\n"
	"  With the unseal public key that init gave out it is sent sealed, and no gate sees "
	"it.\n",
	"vaultctl operator unseal\n"
	"vaultctl operator unseal -public-key=\"$UNSEAL_PUBLIC_KEY\"\n"
	"pass show vault/share | vaultctl operator unseal -\n"
	"vaultctl operator unseal -reset\n",
	unseal_flags, unseal},
    {"operator rekey", "[-]", 0, 1, "Make new shares, against a quorum of the old ones",
	"  One begins with -init; then each keeper of an old share gives it, as for unseal, "
	"and "
	"the\n"
	"  last one gets the new shares.  The vault stays open.\n",
	"vaultctl operator rekey -init -key-shares=5 -key-threshold=3 -verify\n"
	"vaultctl operator rekey -public-key=\"$UNSEAL_PUBLIC_KEY\"\n"
	"vaultctl operator rekey -verify\n"
	"vaultctl operator rekey -cancel\n",
	rekey_flags, rekey},
    {"operator restore-policy", "[-]", 0, 1,
	"Put the built-in text of the policy operator back",
	"  With a quorum of shares, given as for unseal, by operators of the configuration.\n",
	"vaultctl operator restore-policy\n"
	"vaultctl operator restore-policy -public-key=\"$UNSEAL_PUBLIC_KEY\"\n",
	restore_policy_flags, restore_policy},
    {"operator seal", "", 0, 0, "Seal the vault: its keys are wiped, nothing is served", NULL,
	"vaultctl operator seal\n", NULL, seal},
    {"operator step-down", "", 0, 0, "Have another node act, where there is one", NULL,
	"vaultctl operator step-down\n", NULL, NULL,
	{"PUT", "sys/step-down", "Success! Stepped down.", NULL, NULL}},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
