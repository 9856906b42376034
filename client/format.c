/*
 * vaultctl: the layout of policies, line by line.  Meaning is never touched: only blanks
 * outside strings, comments and heredocs.
 */
#include "client/format.h"

#include <stdbool.h>
#include <string.h>

struct layout {
	struct buf *out;
	unsigned depth;     /* of open brackets */
	unsigned empty;     /* lines, waiting to be written */
	bool in_comment;    /* a block comment that has not ended */
	struct str heredoc; /* its end marker; len 0: in none */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct str
trim(struct str s)
{
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_blank(s.at[0]))
		s = str_from(s, 1);
	return s;
}

/* How many bytes at s are a string, a comment or a heredoc's opening, which stay as they are.
 */
static size_t
verbatim(struct layout *l, struct str s)
{
	size_t n = 1;

	if (s.at[0] == '"') {
		while (n < s.len && s.at[n] != '"')
			n += s.at[n] == '\\' ? 2 : 1;
		return n < s.len ? n + 1 : s.len;
	}
	if (s.at[0] == '#' || str_starts(s, "//"))
		return s.len;
	if (str_starts(s, "/*")) {
		for (n = 2; n + 1 < s.len; n++)
			if (s.at[n] == '*' && s.at[n + 1] == '/')
				return n + 2;
		l->in_comment = true;
		return s.len;
	}
	if (str_starts(s, "<<")) {
		l->heredoc = trim(str_from(s, str_starts(s, "<<-") ? 3 : 2));
		return s.len;
	}
	return 0;
}

/* One blank before an '=', one behind it; runs of blanks elsewhere become one. */
static void
put_plain(struct layout *l, struct buf *line, struct str rest)
{
	char c = rest.at[0], last = line->len > 0 ? (char)line->data[line->len - 1] : ' ';

	if (c == '=' || is_blank(c)) {
		if (!is_blank(last))
			buf_put_u8(line, ' ');
		if (c == '=')
			buf_put_text(line, "= ");
		return;
	}
	if (strchr("{[(", c) != NULL)
		l->depth++;
	else if (strchr("}])", c) != NULL && l->depth > 0)
		l->depth--;
	buf_put_u8(line, (uint8_t)c);
}

static void
lay_out(struct layout *l, struct str text, struct buf *line)
{
	while (text.len > 0) {
		size_t same = verbatim(l, text);

		if (same > 0) {
			buf_put(line, text.at, same);
		} else {
			put_plain(l, line, text);
			same = 1;
		}
		text = str_from(text, same);
	}
}

/* Inside a heredoc or a block comment: as it is, until it ends. */
static void
keep_line(struct layout *l, struct str line)
{
	struct str bare = trim(line);

	buf_put_str(l->out, line);
	buf_put_u8(l->out, '\n');
	if (l->heredoc.len > 0 && str_equal(bare, l->heredoc))
		l->heredoc.len = 0;
	if (l->in_comment && memmem(line.at, line.len, "*/", 2) != NULL)
		l->in_comment = false;
}

static void
put_line(struct layout *l, struct str text)
{
	unsigned before = l->depth;
	struct buf line = BUF_INIT;
	struct str made;

	lay_out(l, text, &line);
	made = trim(buf_str(&line));
	if (l->empty > 0 && l->out->len > 0 && strchr("}])", text.at[0]) == NULL)
		buf_put_u8(l->out, '\n');
	l->empty = 0;
	if (strchr("}])", text.at[0]) != NULL && before > 0)
		before--;
	while (before-- > 0)
		buf_put_text(l->out, "  ");
	buf_put_str(l->out, made);
	buf_put_u8(l->out, '\n');
	buf_free(&line);
}

void
format_policy(struct str text, struct buf *out)
{
	struct layout l = {.out = out};
	struct str line;

	while (text.len > 0) {
		str_cut(text, '\n', &line, &text);
		if (l.heredoc.len > 0 || l.in_comment)
			keep_line(&l, line);
		else if (trim(line).len == 0)
			l.empty++;
		else
			put_line(&l, trim(line));
	}
}
