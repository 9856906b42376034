/*
 * vaultctl: batches.  Trusted with what the lines hold; it passes through buffers that wipe
 * themselves.
 */
#include "client/transit_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "client/ask.h"
#include "client/members.h"
#include "client/pipe.h"
#include "client/request.h"

#define BATCH_ITEMS 500
#define BATCH_BYTES (256 * 1024) /* of lines in a request; of the longest, too */

struct batch {
	const struct request *request;
	const struct flags *flags;
	struct pipe pipe;
	struct session *session;
	uint64_t line; /* lines that were done */
	unsigned failed;
};

/* The next line in what was read, behind `used` bytes of it. */
static bool
take_line(const struct buf *read, size_t *used, struct str *line)
{
	struct str rest = str_from(buf_str(read), *used), behind;
	bool whole;

	if (rest.len == 0)
		return false;
	whole = str_cut(rest, '\n', line, &behind);
	if (!whole && read->len >= BATCH_BYTES)
		return false; /* more of it is to come */
	*used += line->len + whole;
	return true;
}

static int
put_item(struct json_writer *w, const struct batch *b, struct str line, struct error *err)
{
	const char *member = strrchr(b->request->members, ' ') + 1;
	struct buf text = BUF_INIT;
	int rc;

	if (member[0] == '=')
		base64_encode(&text, BASE64_STD, line.at, line.len);
	else
		buf_put_str(&text, str_trim(line));
	json_open_object(w, NULL);
	json_put_str(w, member + 1, buf_str(&text));
	rc = members_put_flags(w, b->flags, err);
	json_close_object(w);
	buf_free(&text);
	return rc;
}

/* A body of the lines that fit; *count: how many, *used: their bytes. */
static int
put_items(
    const struct batch *b, struct buf *body, unsigned *count, size_t *used, struct error *err)
{
	struct json_writer w = json_writer_to(body);
	struct str line;

	*count = 0;
	*used = 0;
	json_open_object(&w, NULL);
	if (members_put_flags(&w, b->flags, err) != 0)
		return -1;
	json_open_array(&w, "batch_input");
	for (; *count < BATCH_ITEMS && take_line(&b->pipe.read, used, &line); ++*count)
		if (put_item(&w, b, line, err) != 0)
			return -1;
	json_close_array(&w);
	json_close_object(&w);
	if (*count > 0)
		return 0;
	return error_set(err, ERR_LIMIT, "%s: line %llu has more than %d bytes", b->pipe.from,
	    (unsigned long long)b->line + 1, BATCH_BYTES);
}

/* One line of the output. */
static void
put_result(struct batch *b, const struct json *item)
{
	const char *name = b->request->result;
	const struct json *error = json_find(item, "error");
	const struct json *value = json_find(item, name + (name[0] == '='));

	b->line++;
	if (error != NULL && error->text.len > 0) {
		b->failed++;
		fprintf(stderr, "%s: line %llu: %.*s\n", b->pipe.from,
		    (unsigned long long)b->line, STR(error->text));
	} else if (value != NULL && name[0] == '=') {
		base64_decode(&b->pipe.written, BASE64_STD, value->text, NULL);
	} else if (value != NULL) {
		buf_put_str(&b->pipe.written, value->text);
	}
	buf_put_u8(&b->pipe.written, '\n');
}

/* A batch in which items failed has a status of its own, and the others' results all the same.
 */
static enum outcome
ask_items(struct batch *b, const struct buf *body, unsigned count, struct error *err)
{
	struct buf path = BUF_INIT;
	struct question q = {"PUT", {NULL, 0}, NULL, body};
	struct answer a = ANSWER_INIT;
	const struct json *results;
	enum outcome outcome = REFUSED;

	request_fill(&path, b->request->path, b->flags);
	q.path = buf_str(&path);
	if (session_ask(b->session, &q, &a, err) == 0) {
		results = json_find(answer_data(&a), "batch_results");
		if (results == NULL || results->count != count) {
			ask_explain(b->session, &q, &a);
		} else {
			outcome = DONE;
			for (const struct json *i = results->first; i != NULL; i = i->next)
				put_result(b, i);
		}
	}
	answer_free(&a);
	buf_free(&path);
	return outcome;
}

/* The lines of one request, from what is read to what is written. */
static enum outcome
run_some(struct batch *b, struct error *err)
{
	struct buf body = BUF_INIT;
	enum outcome outcome = FAILED;
	unsigned count;
	size_t used;

	if (put_items(b, &body, &count, &used, err) == 0)
		outcome = ask_items(b, &body, count, err);
	buf_free(&body);
	if (outcome != DONE)
		return outcome;
	pipe_drop(&b->pipe, used);
	return pipe_put(&b->pipe, err) == 0 ? DONE : FAILED;
}

enum outcome
transit_lines(const struct request *request, const struct flags *f, struct error *err)
{
	struct batch b = {.request = request, .flags = f};
	enum outcome outcome = FAILED;

	if (pipe_open(&b.pipe, f, err) == 0 && (b.session = session_open(f, err)) != NULL)
		outcome = DONE;
	while (outcome == DONE) {
		if (pipe_fill(&b.pipe, BATCH_BYTES, err) != 0)
			outcome = FAILED;
		else if (b.pipe.read.len == 0)
			break;
		else
			outcome = run_some(&b, err);
	}
	session_close(&b.session);
	outcome = pipe_close(&b.pipe, outcome, err);
	return outcome == DONE && b.failed > 0 ? REFUSED : outcome;
}
