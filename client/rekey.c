/*
 * vaultctl: operator rekey.  Trusted with old shares on their way to the vault and with new
 * ones, which it prints once.
 */
#include "client/rekey.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/output.h"
#include "client/share.h"

#define PATH "sys/rotate/root"

static const char *
path_of(const struct flags *f, bool giving)
{
	if (flags_on(f, "verify"))
		return PATH "/verify";
	return giving ? PATH "/update" : PATH "/init";
}

/* What stands in the answer's data under name, or NULL. */
static const struct json *
find(const struct answer *a, const char *name)
{
	return json_find(answer_data(a), name);
}

static bool
is_true(const struct json *value)
{
	return value != NULL && value->type == JSON_TRUE;
}

/* Names for the rows of the table, where they are shown. */
static const struct {
	const char *title, *field;
} rows[] = {
    {"Nonce", "nonce"},
    {"Started", "started"},
    {"Rekey Progress", "progress"},
    {"Required", "required"},
    {"New Shares", "n"},
    {"New Threshold", "t"},
    {"Verification Required", "verification_required"},
    {"Verification Nonce", "verification_nonce"},
    {"Complete", "complete"},
};

static enum outcome
show_status(const struct flags *f, const struct answer *a, struct error *err)
{
	struct buf out = BUF_INIT;
	struct json *table;

	if (output_is_json(f) || flags_text(f, "field") != NULL || answer_data(a) == NULL)
		return output_answer(f, a, "Success!", err);
	output_warnings(a);
	table = json_new(a->arena, JSON_OBJECT);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_add(a->arena, table, rows[i].title,
		    json_new_copy(a->arena, find(a, rows[i].field)));
	output_put_table(&out, table, false);
	output_write(&out);
	return DONE;
}

/* The new shares, once. */
static enum outcome
show_shares(const struct flags *f, const struct answer *a, struct error *err)
{
	const struct json *keys = find(a, "keys_base64");
	struct buf out = BUF_INIT;
	unsigned n = 0;

	if (output_is_json(f) || flags_text(f, "field") != NULL)
		return output_answer(f, a, "", err);
	for (const struct json *k = keys->first; k != NULL; k = k->next) {
		buf_printf(&out, "Unseal Key %u: ", ++n);
		buf_put_str(&out, k->text);
		buf_put_u8(&out, '\n');
	}
	buf_put_text(&out,
	    is_true(find(a, "verification_required"))
		? "\nThe old shares count until enough of these were given back: vaultctl "
		  "operator rekey\n-verify.  They are shown this once.\n"
		: "\nThese open the vault from now on, and the old ones no more.  They are "
		  "shown "
		  "this once.\n");
	output_write(&out);
	return DONE;
}

/* The nonce that the vault gave to what is going on, which -nonce must be when it is given. */
static enum outcome
find_nonce(const struct flags *f, struct session *s, struct buf *nonce, struct error *err)
{
	const struct question q = {"GET", str_of(path_of(f, false)), NULL, NULL};
	const char *wanted = flags_text(f, "nonce");
	const struct json *found;
	struct answer a = ANSWER_INIT;
	enum outcome outcome = ask(s, &q, &a, err);

	if (outcome == DONE) {
		found = find(&a, "nonce");
		if (!is_true(find(&a, "started")) || found == NULL)
			error_set(err, ERR_INVALID,
			    "no rekey is going on; begin with operator rekey -init");
		else if (wanted != NULL && !str_is(found->text, wanted))
			error_set(err, ERR_INVALID,
			    "the rekey that is going on has the nonce %.*s: it is another",
			    STR(found->text));
		else
			buf_put_str(nonce, found->text);
	}
	if (outcome == DONE && nonce->len == 0)
		outcome = FAILED;
	answer_free(&a);
	return outcome;
}

static enum outcome
give(const struct flags *f, struct session *s, const struct share_aim *aim, struct answer *a,
    struct error *err)
{
	struct buf body = BUF_INIT, nonce = BUF_INIT, share = BUF_INIT;
	const struct question q = {"PUT", str_of(path_of(f, true)), NULL, &body};
	struct json_writer w = json_writer_to(&body);
	enum outcome outcome = find_nonce(f, s, &nonce, err);

	if (outcome != DONE)
		goto out;
	outcome = FAILED;
	json_open_object(&w, NULL);
	json_put_str(&w, "nonce", buf_str(&nonce));
	if (share_read(f, aim, &share, err) == 0 &&
	    share_put(&w, aim, buf_str(&share), err) == 0) {
		json_close_object(&w);
		outcome = ask(s, &q, a, err);
	}
	if (outcome == DONE)
		outcome = find(a, "keys_base64") != NULL ? show_shares(f, a, err)
							 : show_status(f, a, err);
out:
	buf_free(&share);
	buf_free(&nonce);
	buf_free(&body);
	return outcome;
}

static enum outcome
begin(const struct flags *f, struct session *s, struct answer *a, struct error *err)
{
	struct buf body = BUF_INIT;
	const struct question q = {"PUT", str_of(PATH "/init"), NULL, &body};
	struct json_writer w = json_writer_to(&body);
	enum outcome outcome;

	json_open_object(&w, NULL);
	json_put_int(&w, "secret_shares", flags_count(f, "key-shares", 0));
	json_put_int(&w, "secret_threshold", flags_count(f, "key-threshold", 0));
	json_put_bool(&w, "require_verification", flags_on(f, "verify"));
	json_close_object(&w);
	outcome = ask(s, &q, a, err);
	buf_free(&body);
	return outcome == DONE ? show_status(f, a, err) : outcome;
}

static enum outcome
ask_plainly(const struct flags *f, struct session *s, const char *method, struct answer *a,
    struct error *err)
{
	const struct question q = {method, str_of(path_of(f, false)), NULL, NULL};
	enum outcome outcome = ask(s, &q, a, err);

	return outcome == DONE ? show_status(f, a, err) : outcome;
}

enum outcome
rekey(const struct flags *f, struct error *err)
{
	struct share_aim aim;
	struct answer a = ANSWER_INIT;
	struct session *s;
	enum outcome outcome;

	if (share_aim_by_flag(&aim, f, err) != 0 || (s = session_open(f, err)) == NULL)
		return FAILED;
	if (flags_on(f, "init"))
		outcome = begin(f, s, &a, err);
	else if (flags_on(f, "status"))
		outcome = ask_plainly(f, s, "GET", &a, err);
	else if (flags_on(f, "cancel"))
		outcome = ask_plainly(f, s, "DELETE", &a, err);
	else
		outcome = give(f, s, &aim, &a, err);
	answer_free(&a);
	session_close(&s);
	return outcome;
}

const struct flag rekey_flags[] = {
    {"init", FLAG_SWITCH, NULL, NULL, NULL, "begin"},
    {"key-shares", FLAG_COUNT, "N", "5", NULL, "with -init: how many new shares are made"},
    {"key-threshold", FLAG_COUNT, "N", "3", NULL,
	"with -init: how many of them open the vault"},
    {"verify", FLAG_SWITCH, NULL, NULL, NULL,
	"with -init: new shares count when enough were given back; else: give one back"},
    {"nonce", FLAG_TEXT, "NONCE", NULL, NULL, "give the share only to the rekey of this nonce"},
    {"status", FLAG_SWITCH, NULL, NULL, NULL, "say how far it is"},
    {"cancel", FLAG_SWITCH, NULL, NULL, NULL, "end it; nothing changes"},
    SHARE_FLAGS,
    {NULL, 0, NULL, NULL, NULL, NULL},
};
