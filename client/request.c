/*
 * vaultctl: questions out of the rows of commands, and their results.  Trusted with what goes
 * in and comes out; both lie in buffers that wipe themselves.
 */
#include "client/request.h"

#include <string.h>

#include "base/text.h"
#include "client/ask.h"
#include "client/files.h"
#include "client/members.h"
#include "client/output.h"

static struct str
trim_slashes(const char *text)
{
	struct str s = str_of(text);

	while (str_starts(s, "/"))
		s = str_from(s, 1);
	while (str_ends(s, "/"))
		s.len--;
	return s;
}

/* What stands for the name between braces. */
static struct str
find_value(struct str name, const struct flags *f)
{
	unsigned long long number;
	const char *text;
	char flag[64];

	if (str_to_u64(name, &number))
		return trim_slashes(number <= f->count ? f->arguments[number - 1] : "");
	if (name.len >= sizeof(flag))
		fatal("a row names the flag %.*s", STR(name));
	memcpy(flag, name.at, name.len);
	flag[name.len] = '\0';
	text = flags_text(f, flag);
	if (text == NULL)
		fatal("a row needs the flag -%s", flag);
	return trim_slashes(text);
}

void
request_fill(struct buf *out, const char *text, const struct flags *f)
{
	struct str rest = str_of(text), before, name;

	while (str_cut(rest, '{', &before, &rest)) {
		buf_put_str(out, before);
		str_cut(rest, '}', &name, &rest);
		buf_put_str(out, find_value(name, f));
	}
	buf_put_str(out, before);
}

static int
put_body(struct buf *body, const struct request *r, const struct flags *f, struct error *err)
{
	struct json_writer w = json_writer_to(body);

	json_open_object(&w, NULL);
	if (members_put_arguments(&w, r->members, f, err) != 0 ||
	    members_put_flags(&w, f, err) != 0)
		return -1;
	json_close_object(&w);
	return 0;
}

/* The flags and arguments as the body of what is written, else as a query, terminated. */
static int
put_question(const struct request *r, const struct flags *f, struct exchange *x,
    struct question *q, struct error *err)
{
	if (strcmp(r->method, "PUT") == 0) {
		q->body = &x->body;
		return put_body(&x->body, r, f, err);
	}
	if (members_put_query(&x->query, f, err) != 0)
		return -1;
	if (x->query.len == 0)
		return 0;
	buf_put_u8(&x->query, '\0');
	q->query = (const char *)x->query.data;
	return 0;
}

/* The body comes first: what is refused needs no connection. */
enum outcome
request_ask(
    const struct request *r, const struct flags *f, struct exchange *x, struct error *err)
{
	struct question q = {r->method, {NULL, 0}, NULL, NULL};

	memset(x, 0, sizeof(*x));
	request_fill(&x->path, r->path, f);
	q.path = buf_str(&x->path);
	if (put_question(r, f, x, &q, err) != 0 || (x->session = session_open(f, err)) == NULL)
		return FAILED;
	return ask_maybe(x->session, &q, &x->answer, err);
}

void
request_end(struct exchange *x)
{
	answer_free(&x->answer);
	buf_free(&x->body);
	buf_free(&x->query);
	buf_free(&x->path);
	session_close(&x->session);
}

enum outcome
request_write(const struct flags *f, struct str result, bool text, struct error *err)
{
	const char *path = flags_text(f, "out");
	struct buf out = BUF_INIT;
	int rc = 0;

	buf_put_str(&out, result);
	if (text)
		buf_put_u8(&out, '\n');
	if (path != NULL)
		rc = file_write(path, buf_str(&out), 0600, flags_on(f, "replace"), err);
	else
		output_write(&out);
	buf_free(&out);
	return rc == 0 ? DONE : FAILED;
}

static enum outcome
show_result(
    const struct request *r, const struct flags *f, const struct answer *a, struct error *err)
{
	bool encoded = r->result[0] == '=';
	const struct json *value = json_find(answer_data(a), r->result + encoded);
	struct buf bytes = BUF_INIT;
	enum outcome outcome = FAILED;

	output_warnings(a);
	if (value == NULL || value->type != JSON_STRING)
		error_set(err, ERR_INVALID, "the answer holds no %s", r->result + encoded);
	else if (!encoded)
		outcome = request_write(f, value->text, true, err);
	else if (base64_decode(&bytes, BASE64_STD, value->text, NULL))
		outcome = request_write(f, buf_str(&bytes), false, err);
	else
		error_set(err, ERR_INVALID, "the answer's %s is not base64", r->result + 1);
	buf_free(&bytes);
	return outcome;
}

/* The result alone, and not more or another field. */
static bool
wants_result(const struct flags *f)
{
	return flags_text(f, "out") != NULL ||
	       (!output_is_json(f) && flags_text(f, "field") == NULL);
}

static bool
is_wrapped(const struct answer *a)
{
	const struct json *info = json_find(a->json, "wrap_info");

	return info != NULL && info->type == JSON_OBJECT;
}

static enum outcome
show(
    const struct request *r, const struct flags *f, const struct exchange *x, struct error *err)
{
	struct buf success = BUF_INIT;
	enum outcome outcome;

	if (x->answer.status == 404 && answer_data(&x->answer) == NULL)
		return ask_nothing(buf_str(&x->path));
	if (r->result != NULL && wants_result(f) && !is_wrapped(&x->answer))
		return show_result(r, f, &x->answer, err);
	request_fill(&success, r->success != NULL ? r->success : "Success!", f);
	buf_put_u8(&success, '\0');
	outcome = output_answer(f, &x->answer, (const char *)success.data, err);
	buf_free(&success);
	return outcome;
}

static enum outcome
list(const struct request *r, const struct flags *f, struct error *err)
{
	struct buf path = BUF_INIT;
	enum outcome outcome;

	request_fill(&path, r->path, f);
	outcome = ask_list(f, buf_str(&path), err);
	buf_free(&path);
	return outcome;
}

enum outcome
request_run(const struct request *r, const struct flags *f, struct error *err)
{
	struct exchange x;
	enum outcome outcome;

	if (strcmp(r->method, "LIST") == 0)
		return list(r, f, err);
	outcome = request_ask(r, f, &x, err);
	if (outcome == DONE)
		outcome = show(r, f, &x, err);
	request_end(&x);
	return outcome;
}
