/*
 * vaultctl: token create, lookup, renew, revoke, capabilities.  Trusted with tokens, which come
 * from standard input, never from argv.
 */
#include <stddef.h>
#include <string.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/command.h"
#include "client/output.h"
#include "client/request.h"
#include "client/token_file.h"

/* The same of one's own token, of one that is given, and of one by its accessor. */
struct variants {
	struct request own, given, accessor;
};

static int
refuse_argument(const struct flags *f, struct error *err)
{
	if (f->count == 0 || strcmp(f->arguments[0], "-") == 0)
		return 0;
	return error_set(err, ERR_INVALID,
	    "a token in the command line can be read by others; give - and send it to standard "
	    "input, or -accessor=...");
}

static enum outcome
run_variant(const struct variants *v, const struct flags *f, struct error *err)
{
	if (refuse_argument(f, err) != 0)
		return FAILED;
	if (flags_text(f, "accessor") != NULL)
		return request_run(&v->accessor, f, err);
	return request_run(f->count > 0 ? &v->given : &v->own, f, err);
}

static enum outcome
lookup(const struct flags *f, struct error *err)
{
	static const struct variants v = {
	    {"GET", "auth/token/lookup-self", NULL, NULL, NULL},
	    {"PUT", "auth/token/lookup", NULL, "<token", NULL},
	    {"PUT", "auth/token/lookup-accessor", NULL, NULL, NULL},
	};

	return run_variant(&v, f, err);
}

static enum outcome
renew(const struct flags *f, struct error *err)
{
	static const struct variants v = {
	    {"PUT", "auth/token/renew-self", NULL, NULL, NULL},
	    {"PUT", "auth/token/renew", NULL, "<token", NULL},
	    {"PUT", "auth/token/renew-accessor", NULL, NULL, NULL},
	};

	return run_variant(&v, f, err);
}

#define REVOKED "Success! Revoked token (if it existed)."

/* One's own goes from ~/.vault-token too. */
static enum outcome
revoke(const struct flags *f, struct error *err)
{
	static const struct variants v = {
	    {"PUT", "auth/token/revoke-self", REVOKED, NULL, NULL},
	    {"PUT", "auth/token/revoke", REVOKED, "<token", NULL},
	    {"PUT", "auth/token/revoke-accessor", REVOKED, NULL, NULL},
	};
	bool own = f->count == 0 && flags_text(f, "accessor") == NULL, from_file = false;
	struct buf token = BUF_INIT;
	enum outcome outcome = run_variant(&v, f, err);

	if (outcome == DONE && own &&
	    (token_find(f, &token, &from_file, err) != 0 ||
		(from_file && token_forget(err) != 0)))
		outcome = FAILED;
	buf_free(&token);
	return outcome;
}

static enum outcome
create(const struct flags *f, struct error *err)
{
	static const struct request plain = {"PUT", "auth/token/create", NULL, NULL, NULL},
				    by_role = {
					"PUT", "auth/token/create/{role}", NULL, NULL, NULL};

	return request_run(flags_text(f, "role") != NULL ? &by_role : &plain, f, err);
}

static void
put_paths(struct json_writer *w, const struct flags *f)
{
	json_open_object(w, NULL);
	if (flags_text(f, "accessor") != NULL)
		json_put_text(w, "accessor", flags_text(f, "accessor"));
	json_open_array(w, "paths");
	for (unsigned i = 0; i < f->count; i++)
		json_put_text(w, NULL, f->arguments[i]);
	json_close_array(w);
	json_close_object(w);
}

/* "read, list" of one path; of several, each behind its path. */
static enum outcome
show_capabilities(const struct flags *f, const struct answer *a, struct error *err)
{
	struct buf out = BUF_INIT;

	if (output_is_json(f) || flags_text(f, "field") != NULL)
		return output_answer(f, a, "", err);
	for (unsigned i = 0; i < f->count; i++) {
		const struct json *list = json_find(answer_data(a), f->arguments[i]);

		if (f->count > 1)
			buf_printf(&out, "%s: ", f->arguments[i]);
		for (list = list != NULL ? list->first : NULL; list != NULL;
		     list = list->next) {
			output_put_value(&out, list);
			if (list->next != NULL)
				buf_put_text(&out, ", ");
		}
		buf_put_u8(&out, '\n');
	}
	output_write(&out);
	return DONE;
}

static enum outcome
capabilities(const struct flags *f, struct error *err)
{
	bool own = flags_text(f, "accessor") == NULL;
	struct buf body = BUF_INIT;
	struct json_writer w = json_writer_to(&body);
	const struct question q = {"PUT",
	    str_of(own ? "sys/capabilities-self" : "sys/capabilities-accessor"), NULL, &body};
	struct session *s = session_open(f, err);
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	put_paths(&w, f);
	if (s != NULL && (outcome = ask(s, &q, &a, err)) == DONE)
		outcome = show_capabilities(f, &a, err);
	answer_free(&a);
	buf_free(&body);
	session_close(&s);
	return outcome;
}

#define ACCESSOR_FLAG \
	{ \
		"accessor", FLAG_TEXT, "NAME", NULL, NULL, \
		    "of the token that has this accessor", "accessor" \
	}

static const struct flag accessor_flags[] = {
    ACCESSOR_FLAG,
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag renew_flags[] = {
    ACCESSOR_FLAG,
    {"increment", FLAG_TIME, "DURATION", NULL, NULL, "how long from now; it may be less",
	"increment"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const struct flag create_flags[] = {
    {"policy", FLAG_LIST, "NAME", NULL, NULL, "one of its policies; left out: those of yours",
	"policies"},
    {"ttl", FLAG_TIME, "DURATION", NULL, NULL, "how long it is good", "ttl"},
    {"explicit-max-ttl", FLAG_TIME, "DURATION", NULL, NULL, "and at most, however renewed",
	"explicit_max_ttl"},
    {"period", FLAG_TIME, "DURATION", NULL, NULL, "for ever, if renewed this often", "period"},
    {"use-limit", FLAG_COUNT, "N", NULL, NULL, "good for so many requests", "num_uses"},
    {"renewable", FLAG_SWITCH, NULL, NULL, NULL, "it may be renewed; -renewable=false",
	"renewable"},
    {"orphan", FLAG_SWITCH, NULL, NULL, NULL, "it outlives the token that made it",
	"no_parent"},
    {"no-default-policy", FLAG_SWITCH, NULL, NULL, NULL, "without the default policy",
	"no_default_policy"},
    {"display-name", FLAG_TEXT, "NAME", NULL, NULL, "what audit calls it", "display_name"},
    {"metadata", FLAG_PAIRS, "KEY=VALUE", NULL, NULL, "noted with it", "meta"},
    {"type", FLAG_TEXT, "TYPE", NULL, NULL, "service (when left out) or batch", "type"},
    {"entity-alias", FLAG_TEXT, "NAME", NULL, NULL, "whom it speaks for; with -role",
	"entity_alias"},
    {"role", FLAG_TEXT, "NAME", NULL, NULL, "by this token role"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

static const char which_text[] = "  Without argument: your own.  - reads a token from standard "
				 "input; -accessor names one.\n";

const struct command token_commands[] = {
    {"token create", "", 0, 0, "Make a token", NULL,
	"vaultctl token create -policy=billing -ttl=1h\n"
	"vaultctl token create -role=jobs -metadata=job=nightly\n",
	create_flags, create},
    {"token lookup", "[-]", 0, 1, "Show what a token is", which_text,
	"vaultctl token lookup\nvaultctl token lookup -accessor=8609694a\n", accessor_flags,
	lookup},
    {"token renew", "[-]", 0, 1, "Renew a token", which_text,
	"vaultctl token renew -increment=1h\n", renew_flags, renew},
    {"token revoke", "[-]", 0, 1, "Revoke a token and its children", which_text,
	"vaultctl token revoke\nvaultctl token revoke -accessor=8609694a\n"
	"vaultctl token revoke - <token\n",
	accessor_flags, revoke},
    {"token capabilities", "PATH...", 1, ANY_COUNT, "Show what a token may do with paths",
	"  Without -accessor: yours, or your certificate's.\n",
	"vaultctl token capabilities secret/data/billing/stripe\n", accessor_flags,
	capabilities},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
