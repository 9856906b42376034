/*
 * vaultctl: policy read, write, list, delete, fmt, check.  fmt and check work on files alone.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "client/ask.h"
#include "client/command.h"
#include "client/files.h"
#include "client/format.h"
#include "client/output.h"
#include "policy/rules.h"

#define PREFIX "sys/policies/acl"

static void
put_path(struct buf *path, const char *name)
{
	buf_printf(path, PREFIX "/%s", name);
}

/* The text alone, so that it can go to a file and come back. */
static enum outcome
show_policy(const struct flags *f, const struct answer *a, struct error *err)
{
	const struct json *text = json_find(answer_data(a), "policy");
	struct buf out = BUF_INIT;

	if (output_is_json(f) || flags_text(f, "field") != NULL || text == NULL)
		return output_answer(f, a, "", err);
	buf_put_str(&out, text->text);
	if (!str_ends(text->text, "\n"))
		buf_put_u8(&out, '\n');
	output_write(&out);
	return DONE;
}

static enum outcome
read_policy(const struct flags *f, struct error *err)
{
	struct buf path = BUF_INIT;
	struct question q = {"GET", {NULL, 0}, NULL, NULL};
	struct session *s = session_open(f, err);
	struct answer a = ANSWER_INIT;
	enum outcome outcome = FAILED;

	put_path(&path, f->arguments[0]);
	q.path = buf_str(&path);
	if (s != NULL && (outcome = ask_maybe(s, &q, &a, err)) == DONE)
		outcome = a.status == 404 ? ask_nothing(q.path) : show_policy(f, &a, err);
	answer_free(&a);
	buf_free(&path);
	session_close(&s);
	return outcome;
}

static const char *
shown_name(const char *file)
{
	return strcmp(file, "-") == 0 ? "standard input" : file;
}

/* The API wraps some complaints in a line of its own; a person needs the sentence. */
static struct str
unwrap(const char *sentence)
{
	static const char wrapping[] = "1 error occurred:\n\t* ";
	struct str s = str_of(sentence);

	return str_trim(str_starts(s, wrapping) ? str_from(s, strlen(wrapping)) : s);
}

static void
tell(void *arg, unsigned line, const char *sentence)
{
	const char *file = arg;
	struct str said = unwrap(sentence);

	if (line == 0 || memmem(said.at, said.len, "line ", strlen("line ")) != NULL)
		fprintf(stderr, "%s: %.*s\n", shown_name(file), STR(said));
	else
		fprintf(stderr, "%s: line %u: %.*s\n", shown_name(file), line, STR(said));
}

/* Read, and tell all that is wrong with it; how much that is stands in err. */
static int
load(const char *file, struct buf *text, struct error *err)
{
	unsigned complaints;

	if (file_read(file, text, err) != 0)
		return -1;
	complaints = policy_check(buf_str(text), tell, (void *)(uintptr_t)file);
	if (complaints == 0)
		return 0;
	return error_set(err, ERR_INVALID, "%s: %u complaint%s", shown_name(file), complaints,
	    complaints == 1 ? "" : "s");
}

static enum outcome
write_policy(const struct flags *f, struct error *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT, body = BUF_INIT;
	struct json_writer w = json_writer_to(&body);
	struct question q = {"PUT", {NULL, 0}, NULL, &body};
	enum outcome outcome = FAILED;
	char success[256];

	put_path(&path, f->arguments[0]);
	q.path = buf_str(&path);
	snprintf(success, sizeof(success), "Success! Uploaded policy: %s", f->arguments[0]);
	if (load(f->arguments[1], &text, err) == 0) {
		json_open_object(&w, NULL);
		json_put_str(&w, "policy", buf_str(&text));
		json_close_object(&w);
		outcome = ask_and_show(f, &q, success, err);
	}
	buf_free(&body);
	buf_free(&text);
	buf_free(&path);
	return outcome;
}

static enum outcome
list(const struct flags *f, struct error *err)
{
	return ask_list(f, str_of(PREFIX), err);
}

static enum outcome delete (const struct flags *f, struct error *err) {
	struct buf path = BUF_INIT; struct question q = {"DELETE", {NULL, 0}, NULL, NULL};
	enum outcome outcome;
	char success[256];

	put_path(&path, f->arguments[0]);
	q.path = buf_str(&path);
	snprintf(success, sizeof(success), "Success! Deleted policy: %s", f->arguments[0]);
	outcome = ask_and_show(f, &q, success, err);
	buf_free(&path);
	return outcome;
}

static enum outcome
check(const struct flags *f, struct error *err)
{
	enum outcome outcome = DONE;

	for (unsigned i = 0; i < f->count; i++) {
		struct error trouble = ERROR_INIT;
		struct buf text = BUF_INIT;

		if (load(f->arguments[i], &text, &trouble) != 0) {
			fprintf(stderr, "%s\n", trouble.text);
			outcome = FAILED;
		} else {
			printf("%s: good\n", shown_name(f->arguments[i]));
		}
		buf_free(&text);
	}
	(void)err;
	return outcome;
}

static mode_t
mode_of(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 ? st.st_mode & 0777 : 0644;
}

static enum outcome
format(const struct flags *f, struct error *err)
{
	const char *file = f->arguments[0];
	struct buf text = BUF_INIT, made = BUF_INIT;
	enum outcome outcome = FAILED;

	if (load(file, &text, err) != 0)
		goto out;
	format_policy(buf_str(&text), &made);
	if (strcmp(file, "-") == 0) {
		output_write(&made);
		outcome = DONE;
	} else if (file_write(file, buf_str(&made), mode_of(file), true, err) == 0) {
		printf("Success! Formatted policy: %s\n", file);
		outcome = DONE;
	}
out:
	buf_free(&made);
	buf_free(&text);
	return outcome;
}

const struct command policy_commands[] = {
    {"policy read", "NAME", 1, 1, "Print a policy", NULL, "vaultctl policy read billing\n",
	NULL, read_policy},
    {"policy write", "NAME FILE", 2, 2, "Store a policy",
	"  FILE is HCL or JSON; - reads standard input.  It is checked before it is sent.\n",
	"vaultctl policy write billing policies/billing.hcl\n", NULL, write_policy},
    {"policy list", "", 0, 0, "List the policies", NULL, "vaultctl policy list\n", NULL, list},
    {"policy delete", "NAME", 1, 1, "Delete a policy", NULL, "vaultctl policy delete billing\n",
	NULL, delete},
    {"policy fmt", "FILE", 1, 1, "Write a policy in the usual layout, comments kept",
	"  - formats standard input to standard output.\n",
	"vaultctl policy fmt policies/billing.hcl\n", NULL, format},
    {"policy check", "FILE...", 1, ANY_COUNT,
	"Say what is wrong with policies, and on which line",
	"  Nothing is sent.  Exit code 1 when one is wrong.\n",
	"vaultctl policy check policies/*.hcl\n", NULL, check},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
