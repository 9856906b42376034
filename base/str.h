/*
 * A borrowed run of bytes: where it starts and how long it is.  Nothing here owns memory;
 * the bytes live as long as whatever they were cut from (an arena, a buf, a literal).
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
	const char *at; /* not terminated; may be NULL when len is 0 */
	size_t len;     /* bytes */
};

/* A borrowed list of them. */
struct str_list {
	const struct str *at;
	unsigned count;
};

/* For printf: "%.*s", STR(s).  Never for a secret. */
#define STR(s) (int)(s).len, (s).at

/* A str over a literal or any terminated text. */
struct str str_of(const char *text);

/* The bytes of s with a NUL behind them: the caller frees them. */
char *str_copy(struct str s);

bool str_equal(struct str a, struct str b);
bool str_is(struct str s, const char *text);
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);

/* Byte order, shorter first on a tie: <0, 0, >0. */
int str_compare(struct str a, struct str b);

/* s without its first n bytes (n <= s.len). */
struct str str_from(struct str s, size_t n);

/* s without blanks, tabs, carriage returns and newlines at its ends. */
struct str str_trim(struct str s);

/*
 * Cut s at the first `at` byte: *head is what stands before it, *tail what stands behind.
 * Returns false, with all of s in *head and *tail empty, when the byte does not occur.
 */
bool str_cut(struct str s, char at, struct str *head, struct str *tail);

/* s as an unsigned decimal number: digits only, no sign, no overflow.  False otherwise. */
bool str_to_u64(struct str s, unsigned long long *value);

#endif
