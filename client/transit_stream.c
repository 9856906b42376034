/*
 * vaultctl: streams under a data key of the vault's.  Trusted with that key, which lies where
 * secrets lie, and with the plaintext, a chunk at a time in a wiped buffer.
 */
#include "client/transit_stream.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "client/pipe.h"
#include "client/request.h"
#include "keys/stream.h"

/* The data key of an answer, out of its base64. */
static struct secret *
take_key(const struct answer *a, struct error *err)
{
	const struct json *text = json_find(answer_data(a), "plaintext");
	struct secret *key = NULL;
	struct buf bytes = BUF_INIT;

	if (text != NULL && text->type == JSON_STRING &&
	    base64_decode(&bytes, BASE64_STD, text->text, NULL) && bytes.len == STREAM_KEY)
		key = secret_take(bytes.data, bytes.len);
	else
		error_set(
		    err, ERR_INVALID, "the answer holds no data key of %d bytes", STREAM_KEY);
	buf_free(&bytes);
	return key;
}

/* "transit/billing" */
static void
put_name(struct buf *out, const struct flags *f)
{
	request_fill(out, "{mount}/{1}", f);
}

/* A new data key, and the head that holds it wrapped, on its way. */
static enum outcome
begin_writing(struct pipe *p, const struct flags *f, struct stream **stream, struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/datakey/plaintext/{1}", NULL, NULL, NULL};
	struct stream_head head = {STREAM_CHUNK, {NULL, 0}, {NULL, 0}, {0}};
	struct buf name = BUF_INIT;
	struct secret *key = NULL;
	const struct json *wrapped;
	struct exchange x;
	enum outcome outcome = request_ask(&request, f, &x, err);

	if (outcome != DONE)
		goto out;
	outcome = FAILED;
	wrapped = json_find(answer_data(&x.answer), "ciphertext");
	if ((key = take_key(&x.answer, err)) == NULL || wrapped == NULL)
		goto out;
	put_name(&name, f);
	head.key = buf_str(&name);
	head.wrapped = wrapped->text;
	*stream = stream_write(key, &head, &p->written, err);
	if (*stream != NULL)
		outcome = DONE;
out:
	secret_free(&key);
	buf_free(&name);
	request_end(&x);
	return outcome;
}

static int
write_chunks(struct pipe *p, struct stream *stream, struct error *err)
{
	bool last = false;

	while (!last) {
		if (pipe_fill(p, STREAM_CHUNK, err) != 0)
			return -1;
		last = p->read.len < STREAM_CHUNK;
		stream_put(stream, buf_str(&p->read), last, &p->written);
		pipe_drop(p, p->read.len);
		if (pipe_put(p, err) != 0)
			return -1;
	}
	return 0;
}

enum outcome
transit_stream_encrypt(const struct flags *f, struct error *err)
{
	struct stream *stream = NULL;
	enum outcome outcome = FAILED;
	struct pipe p;

	if (pipe_open(&p, f, err) != 0)
		goto out;
	if (p.made == NULL && isatty(STDOUT_FILENO)) {
		error_set(err, ERR_INVALID,
		    "a stream is binary and no text for a terminal: give -out=FILE or a pipe");
		goto out;
	}
	outcome = begin_writing(&p, f, &stream, err);
	if (outcome == DONE && write_chunks(&p, stream, err) != 0)
		outcome = FAILED;
out:
	stream_free(&stream);
	return pipe_close(&p, outcome, err);
}

/* The head, left at the front of p->read: how many bytes it has, 0 when it is none. */
static size_t
read_head(struct pipe *p, struct stream_head *head, struct error *err)
{
	int n = 0;

	if (pipe_fill(p, STREAM_HEAD_MOST, err) != 0)
		return 0;
	n = stream_parse(head, buf_str(&p->read), err);
	if (n > 0)
		return (size_t)n;
	error_set(err, ERR_CORRUPT, "it is cut off within its head");
	error_prefix(err, "%s: ", p->from);
	return 0;
}

/* Who reads a refusal may have named another key than who wrote the stream. */
static void
note_key(const struct stream_head *head, const struct flags *f)
{
	struct buf name = BUF_INIT;

	put_name(&name, f);
	if (!str_equal(head->key, buf_str(&name)) && utf8_printable(head->key))
		fprintf(stderr, "\nThe stream says that %.*s encrypted it.\n", STR(head->key));
	buf_free(&name);
}

/* Have the vault unwrap the data key. */
static enum outcome
unwrap_key(const struct stream_head *head, const struct flags *f, struct secret **key,
    struct error *err)
{
	static const struct request request = {
	    "PUT", "{mount}/decrypt/{1}", NULL, "- ciphertext", NULL};
	char wrapped[STREAM_HEAD_MOST + 1];
	char *arguments[] = {f->arguments[0], wrapped};
	struct flags with = *f;
	struct exchange x;
	enum outcome outcome;

	snprintf(wrapped, sizeof(wrapped), "%.*s", STR(head->wrapped));
	with.arguments = arguments;
	with.count = 2;
	outcome = request_ask(&request, &with, &x, err);
	if (outcome == DONE && (*key = take_key(&x.answer, err)) == NULL)
		outcome = FAILED;
	if (outcome == REFUSED)
		note_key(head, f);
	request_end(&x);
	return outcome;
}

/* *whole: bytes of a chunk that is not the last. */
static enum outcome
begin_reading(struct pipe *p, const struct flags *f, struct stream **stream, size_t *whole,
    struct error *err)
{
	struct stream_head head;
	struct secret *key = NULL;
	size_t len = read_head(p, &head, err);
	enum outcome outcome;

	if (len == 0)
		return FAILED;
	outcome = unwrap_key(&head, f, &key, err);
	if (outcome == DONE) {
		*stream = stream_read(key, &head, (struct str){(char *)p->read.data, len});
		*whole = head.chunk + STREAM_OVERHEAD;
		pipe_drop(p, len);
	}
	secret_free(&key);
	return outcome;
}

/* Open one chunk, the first in p->read, and pass it on. */
static int
read_chunk(struct pipe *p, struct stream *stream, size_t whole, bool *last, struct error *err)
{
	size_t len = p->read.len < whole ? p->read.len : whole;
	struct str chunk = {(char *)p->read.data, len};

	if (len == 0)
		return error_set(
		    err, ERR_CORRUPT, "%s is cut off: chunks at its end are missing", p->from);
	if (stream_get(stream, chunk, last, &p->written, len < whole ? NULL : err) != 0) {
		error_set(err, ERR_CORRUPT, "it is cut off, or its end was changed");
		return error_prefix(err, "%s: ", p->from);
	}
	pipe_drop(p, len);
	return pipe_put(p, err);
}

static int
read_chunks(struct pipe *p, struct stream *stream, size_t whole, struct error *err)
{
	bool last = false;

	while (!last)
		if (pipe_fill(p, whole, err) != 0 ||
		    read_chunk(p, stream, whole, &last, err) != 0)
			return -1;
	if (pipe_fill(p, 1, err) != 0)
		return -1;
	return p->read.len == 0
		   ? 0
		   : error_set(err, ERR_CORRUPT, "%s goes on behind its end", p->from);
}

enum outcome
transit_stream_decrypt(const struct flags *f, struct error *err)
{
	struct stream *stream = NULL;
	enum outcome outcome = FAILED;
	struct pipe p;
	size_t whole;

	if (pipe_open(&p, f, err) == 0)
		outcome = begin_reading(&p, f, &stream, &whole, err);
	if (outcome == DONE && read_chunks(&p, stream, whole, err) != 0)
		outcome = FAILED;
	stream_free(&stream);
	return pipe_close(&p, outcome, err);
}
