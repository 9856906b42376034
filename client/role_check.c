/*
 * vaultctl: role check.  The first role by name that fits a caller is the one that counts, so
 * a wide role whose name comes early takes the callers of those behind it.
 */
#include "client/role_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/ask.h"
#include "client/meeting.h"
#include "client/session.h"

#define PREFIX "auth/cert/certs"

struct role {
	struct str name; /* of the listing */
	struct answer answer;
	const struct json *patterns; /* of SPIFFE IDs; NULL or empty: any */
};

/* Patterns with '*' in place of what is not looked at: a role that names none fits all. */
static const struct json any = {.type = JSON_STRING, .text = {"*", 1}};

static const struct json *
first_pattern(const struct role *r)
{
	return r->patterns != NULL && r->patterns->first != NULL ? r->patterns->first : &any;
}

/* A caller of both, when both name some and have one in common. */
static bool
find_common(const struct role *a, const struct role *b, struct buf *id)
{
	if (first_pattern(a) == &any || first_pattern(b) == &any)
		return false;
	for (const struct json *p = first_pattern(a); p != NULL; p = p->next)
		for (const struct json *q = first_pattern(b); q != NULL; q = q->next)
			if (meeting_find(p->text, q->text, id))
				return true;
	return false;
}

/* One line for each pair; how many. */
static unsigned
tell_overlaps(const struct role *roles, unsigned count)
{
	unsigned told = 0;

	for (unsigned i = 0; i < count; i++) {
		if (first_pattern(&roles[i]) == &any && ++told > 0)
			printf("%.*s names no SPIFFE ID: it fits all that no role before it "
			       "fits.\n",
			    STR(roles[i].name));
		for (unsigned k = i + 1; k < count; k++) {
			struct buf id = BUF_INIT;

			if (find_common(&roles[i], &roles[k], &id) && ++told > 0)
				printf("%.*s and %.*s both fit %.*s: %.*s counts.\n",
				    STR(roles[i].name), STR(roles[k].name), STR(buf_str(&id)),
				    STR(roles[i].name));
			buf_free(&id);
		}
	}
	return told;
}

static enum outcome
read_role(struct session *s, struct role *r, struct str name, struct error *err)
{
	struct buf path = BUF_INIT;
	struct question q = {"GET", {NULL, 0}, NULL, NULL};
	enum outcome outcome;

	buf_printf(&path, PREFIX "/%.*s", STR(name));
	q.path = buf_str(&path);
	r->name = name;
	outcome = ask_maybe(s, &q, &r->answer, err);
	r->patterns = json_find(answer_data(&r->answer), "allowed_uri_sans");
	buf_free(&path);
	return outcome;
}

static enum outcome
check_all(struct session *s, const struct json *names, struct error *err)
{
	struct role *roles = calloc(names->count + 1, sizeof(*roles));
	enum outcome outcome = DONE;
	unsigned count = 0;

	if (roles == NULL)
		fatal("out of memory");
	for (const struct json *n = names->first; n != NULL && outcome == DONE; n = n->next)
		outcome = read_role(s, &roles[count++], n->text, err);
	if (outcome == DONE && tell_overlaps(roles, count) > 0)
		outcome = REFUSED;
	else if (outcome == DONE)
		printf("%u roles, and each caller fits one at most.\n", count);
	while (count > 0)
		answer_free(&roles[--count].answer);
	free(roles);
	return outcome;
}

enum outcome
role_check(const struct flags *f, struct error *err)
{
	const struct question q = {"GET", str_of(PREFIX), "list=true", NULL};
	struct session *s = session_open(f, err);
	struct answer a = ANSWER_INIT;
	const struct json *names;
	enum outcome outcome = FAILED;

	if (s != NULL && (outcome = ask_maybe(s, &q, &a, err)) == DONE) {
		names = json_find(answer_data(&a), "keys");
		outcome = names != NULL ? check_all(s, names, err) : ask_nothing(q.path);
	}
	answer_free(&a);
	session_close(&s);
	return outcome;
}
