/*
 * Borrowed runs of bytes.  Used by every process; owns nothing.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

struct str
str_of(const char *text)
{
	return (struct str){text, strlen(text)};
}

char *
str_copy(struct str s)
{
	char *text = malloc(s.len + 1);

	if (text == NULL)
		fatal("no memory for a copy of %zu bytes", s.len);
	if (s.len > 0)
		memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return text;
}

static bool
same(const char *a, const char *b, size_t len)
{
	return len == 0 || memcmp(a, b, len) == 0;
}

bool
str_equal(struct str a, struct str b)
{
	return a.len == b.len && same(a.at, b.at, a.len);
}

bool
str_is(struct str s, const char *text)
{
	return str_equal(s, str_of(text));
}

bool
str_starts(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && same(s.at, prefix, len);
}

bool
str_ends(struct str s, const char *suffix)
{
	size_t len = strlen(suffix);

	return s.len >= len && (len == 0 || same(s.at + s.len - len, suffix, len));
}

int
str_compare(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len == 0 ? 0 : memcmp(a.at, b.at, len);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

struct str
str_from(struct str s, size_t n)
{
	return n == 0 ? s : (struct str){s.at + n, s.len - n};
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_blank(s.at[0]))
		s = str_from(s, 1);
	return s;
}

bool
str_cut(struct str s, char at, struct str *head, struct str *tail)
{
	const char *found = s.len == 0 ? NULL : memchr(s.at, at, s.len);

	*head = s;
	*tail = (struct str){NULL, 0};
	if (found == NULL)
		return false;
	head->len = (size_t)(found - s.at);
	*tail = str_from(s, head->len + 1);
	return true;
}

bool
str_to_u64(struct str s, unsigned long long *value)
{
	unsigned long long sum = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.at[i] - (unsigned)'0';

		if (digit > 9 || sum > (ULLONG_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}
