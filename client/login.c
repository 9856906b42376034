/*
 * vaultctl: login and unwrap: tokens that come, and tokens that stand for an answer.  Trusted
 * with them: they come from the vault, a prompt or standard input, go to ~/.vault-token or
 * standard output, and never stand in argv.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/command.h"
#include "client/output.h"
#include "client/prompt.h"
#include "client/request.h"
#include "client/token_file.h"

/* "name=ROLE" of the arguments; NULL: none. */
static int
find_role(const struct flags *f, const char **role, struct error *err)
{
	*role = NULL;
	if (f->count == 0)
		return 0;
	if (strncmp(f->arguments[0], "name=", strlen("name=")) != 0)
		return error_set(err, ERR_INVALID,
		    "the certificate says who you are; "
		    "name=ROLE may say which role");
	*role = f->arguments[0] + strlen("name=");
	return 0;
}

static enum outcome
ask_cert(const struct flags *f, struct session *s, struct answer *a, struct error *err)
{
	struct buf path = BUF_INIT, body = BUF_INIT;
	struct question q = {"PUT", {NULL, 0}, NULL, &body};
	struct json_writer w = json_writer_to(&body);
	enum outcome outcome = FAILED;
	const char *role;

	if (find_role(f, &role, err) == 0) {
		request_fill(&path, "auth/{path}/login", f);
		q.path = buf_str(&path);
		json_open_object(&w, NULL);
		json_put_text(&w, "name", role != NULL ? role : "");
		json_close_object(&w);
		session_set_token(s, str_of(""));
		outcome = ask(s, &q, a, err);
	}
	buf_free(&body);
	buf_free(&path);
	return outcome;
}

/* A token that one has: what the vault says of it. */
static enum outcome
ask_token(const struct flags *f, struct session *s, struct answer *a, struct error *err)
{
	const struct question q = {"GET", str_of("auth/token/lookup-self"), NULL, NULL};
	struct buf token = BUF_INIT;
	enum outcome outcome = FAILED;

	if (prompt_argument(f->count > 0 ? f->arguments[0] : NULL, "token", &token, err) == 0) {
		if (token_fits(buf_str(&token))) {
			session_set_token(s, buf_str(&token));
			outcome = ask(s, &q, a, err);
		} else {
			error_set(err, ERR_INVALID, "this is no token");
		}
	}
	buf_free(&token);
	return outcome;
}

/* The token of the answer: of a login, or the id that a look-up tells. */
static const struct json *
token_of(const struct answer *a)
{
	const struct json *token = json_find(json_find(a->json, "auth"), "client_token");

	return token != NULL ? token : json_find(answer_data(a), "id");
}

static enum outcome
keep(const struct flags *f, const struct answer *a, struct error *err)
{
	const struct json *token = token_of(a);

	if (token == NULL || token->type != JSON_STRING || !token_fits(token->text)) {
		error_set(err, ERR_INVALID, "the answer holds no token");
		return FAILED;
	}
	if (flags_on(f, "token-only")) {
		printf("%.*s\n", STR(token->text));
		return DONE;
	}
	if (!flags_on(f, "no-store")) {
		if (token_store(token->text, err) != 0)
			return FAILED;
		fprintf(stderr,
		    "Success! The token is kept in ~/.vault-token and used from now "
		    "on.\n\n");
	}
	return output_answer(f, a, "", err);
}

static enum outcome
login(const struct flags *f, struct error *err)
{
	const char *method = flags_text(f, "method");
	bool cert = strcmp(method, "cert") == 0;
	struct answer a = ANSWER_INIT;
	struct session *s;
	enum outcome outcome;

	if (!cert && strcmp(method, "token") != 0) {
		error_set(err, ERR_INVALID, "-method is cert or token");
		return FAILED;
	}
	if ((s = session_open(f, err)) == NULL)
		return FAILED;
	outcome = cert ? ask_cert(f, s, &a, err) : ask_token(f, s, &a, err);
	if (outcome == DONE)
		outcome = keep(f, &a, err);
	answer_free(&a);
	session_close(&s);
	return outcome;
}

static enum outcome
unwrap(const struct flags *f, struct error *err)
{
	static const struct request request = {
	    "PUT", "sys/wrapping/unwrap", "Success! There was nothing in it.", "token", NULL};
	struct buf token = BUF_INIT;
	struct flags with = *f;
	enum outcome outcome = FAILED;
	char *argument;

	if (prompt_argument(
		f->count > 0 ? f->arguments[0] : NULL, "wrapping token", &token, err) == 0) {
		buf_put_u8(&token, '\0');
		argument = (char *)token.data;
		with.arguments = &argument;
		with.count = 1;
		outcome = request_run(&request, &with, err);
	}
	buf_free(&token);
	return outcome;
}

static const struct flag login_flags[] = {
    {"method", FLAG_TEXT, "NAME", "cert", NULL, "cert, or token for one that you have"},
    {"path", FLAG_TEXT, "PATH", "cert", NULL, "where the method is mounted"},
    {"no-store", FLAG_SWITCH, NULL, NULL, NULL, "do not keep the token"},
    {"token-only", FLAG_SWITCH, NULL, NULL, NULL, "print the token alone and do not keep it"},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

const struct command login_commands[] = {
    {"login", "[name=ROLE]", 0, 1, "Get a token for the client certificate, and keep it",
	"  The vault needs no token: the certificate is the credential.  This is for programs "
	"that\n"
	"  want one.  It is kept in ~/.vault-token (mode 0600), as Vault's CLI does, and works "
	"with\n"
	"  this identity alone.  With -method=token the argument is - (standard input), or "
	"the\n"
	"  token is asked for.\n",
	"vaultctl login\n"
	"vaultctl login -no-store -format=json name=billing\n"
	"export VAULT_TOKEN=$(vaultctl login -token-only)\n",
	login_flags, login},
    {"unwrap", "[-]", 0, 1, "Get the answer that a wrapping token stands for, once",
	"  The token is asked for without echo; - reads it from standard input.\n",
	"vaultctl kv get -wrap-ttl=5m -field=token secret/billing/stripe >wrapped\n"
	"vaultctl unwrap - <wrapped\n",
	NULL, unwrap},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
