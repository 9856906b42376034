/*
 * vaultctl: streams under a data key of the vault's.  Trusted with that key, which lies where
 * secrets lie, and with the plaintext, a chunk at a time in a wiped buffer.
 */
#include "client/transit_stream.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "client/files.h"
#include "client/new_file.h"
#include "client/progress.h"
#include "client/request.h"
#include "keys/stream.h"

/* Where bytes come from and where they go. */
struct pipe {
	const char *from, *to; /* names, for errors */
	int in, out;
	struct new_file *made; /* what out is; NULL: standard output */
	struct buf read, written;
	size_t chunk; /* of what is read, with its tag */
	uint64_t done;
	struct progress bar;
};

static int
open_input(struct pipe *p, const struct flags *f, struct error *err)
{
	struct stat st;

	p->from = "standard input";
	p->in = STDIN_FILENO;
	if (f->count > 1 && strcmp(f->arguments[1], "-") != 0) {
		p->from = f->arguments[1];
		p->in = open(p->from, O_RDONLY | O_CLOEXEC);
	}
	if (p->in < 0 || fstat(p->in, &st) != 0)
		return error_set_errno(err, "%s", p->from);
	p->bar.bytes = true;
	p->bar.total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return 0;
}

static int
open_output(struct pipe *p, const struct flags *f, struct error *err)
{
	p->to = flags_text(f, "out");
	p->out = STDOUT_FILENO;
	if (p->to == NULL) {
		p->to = "standard output";
		return 0;
	}
	p->made = new_file_begin(p->to, 0600, flags_on(f, "replace"), err);
	if (p->made == NULL)
		return -1;
	p->out = new_file_fd(p->made);
	return 0;
}

static int
pipe_open(struct pipe *p, const struct flags *f, struct error *err)
{
	memset(p, 0, sizeof(*p));
	if (open_input(p, f, err) != 0 || open_output(p, f, err) != 0)
		return -1;
	progress_begin(&p->bar);
	return 0;
}

/* All went well: the output gets its name.  Otherwise nothing is left of it. */
static enum outcome
pipe_close(struct pipe *p, enum outcome outcome, struct error *err)
{
	progress_end(&p->bar);
	if (outcome == DONE && p->made != NULL && new_file_keep(&p->made, err) != 0)
		outcome = FAILED;
	new_file_drop(&p->made);
	if (p->in > STDIN_FILENO)
		close(p->in);
	buf_free(&p->read);
	buf_free(&p->written);
	return outcome;
}

/* Have len bytes in p->read, or all that are left. */
static int
pipe_fill(struct pipe *p, size_t len, struct error *err)
{
	return file_fill(p->in, p->from, &p->read, len, err);
}

static void
pipe_drop(struct pipe *p, size_t len)
{
	buf_drop(&p->read, len);
	p->done += len;
	progress_at(&p->bar, p->done);
}

static int
pipe_put(struct pipe *p, struct error *err)
{
	int rc = file_put(p->out, p->to, buf_str(&p->written), err);

	buf_clear(&p->written);
	return rc;
}

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

static enum outcome
begin_reading(struct pipe *p, const struct flags *f, struct stream **stream, struct error *err)
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
		p->chunk = head.chunk + STREAM_OVERHEAD;
		pipe_drop(p, len);
	}
	secret_free(&key);
	return outcome;
}

static int
read_chunks(struct pipe *p, struct stream *stream, struct error *err)
{
	bool last = false;
	size_t len;

	while (!last) {
		if (pipe_fill(p, p->chunk, err) != 0)
			return -1;
		len = p->read.len < p->chunk ? p->read.len : p->chunk;
		if (len == 0)
			return error_set(err, ERR_CORRUPT,
			    "%s is cut off: chunks at its end are missing", p->from);
		if (stream_get(stream, (struct str){(char *)p->read.data, len}, &last,
			&p->written, len < p->chunk ? NULL : err) != 0) {
			error_set(err, ERR_CORRUPT, "it is cut off, or its end was changed");
			return error_prefix(err, "%s: ", p->from);
		}
		pipe_drop(p, len);
		if (pipe_put(p, err) != 0)
			return -1;
	}
	if (p->read.len == 0 && pipe_fill(p, 1, err) != 0)
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

	if (pipe_open(&p, f, err) == 0)
		outcome = begin_reading(&p, f, &stream, err);
	if (outcome == DONE && read_chunks(&p, stream, err) != 0)
		outcome = FAILED;
	stream_free(&stream);
	return pipe_close(&p, outcome, err);
}
