/*
 * Required, denied and allowed parameters, in the keeper.
 */
#include "policy/parameters.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A number without the freedom of writing it. */
struct decimal {
	bool negative;
	long long exponent; /* of ten, that the first digit stands for */
	struct str
	    digits; /* neither begins nor ends in '0'; empty for zero; a '.' is no digit */
};

/* The exponent behind the 'e'; beyond a million all are one, and differ from any other text's.
 */
static long long
exponent_of(struct str text)
{
	bool negative = str_starts(text, "-");
	unsigned long long value = 0;

	if (negative || str_starts(text, "+"))
		text = str_from(text, 1);
	if (!str_to_u64(text, &value) || value > 1000000)
		value = 1000000;
	return negative ? -(long long)value : (long long)value;
}

static struct decimal
decimal_of(struct str text)
{
	struct decimal d = {str_starts(text, "-"), 0, {NULL, 0}};
	struct str power = {NULL, 0}, whole, fraction;
	size_t first = 0;

	if (d.negative)
		text = str_from(text, 1);
	if (str_cut(text, 'e', &text, &power) || str_cut(text, 'E', &text, &power))
		d.exponent = exponent_of(power);
	str_cut(text, '.', &whole, &fraction);
	while (first < text.len && (text.at[first] == '0' || text.at[first] == '.'))
		first++;
	if (first == text.len)
		return (struct decimal){false, 0, {NULL, 0}};
	d.exponent += (long long)whole.len - (long long)first - (first < whole.len);
	d.digits = str_from(text, first);
	while (str_ends(d.digits, "0") || str_ends(d.digits, "."))
		d.digits.len--;
	return d;
}

/* The next digit of text, which is dropped; 0 at the end. */
static char
next_digit(struct str *text)
{
	char digit;

	if (str_starts(*text, "."))
		*text = str_from(*text, 1);
	if (text->len == 0)
		return 0;
	digit = text->at[0];
	*text = str_from(*text, 1);
	return digit;
}

static bool
numbers_equal(struct str a, struct str b)
{
	struct decimal x = decimal_of(a), y = decimal_of(b);
	char digit;

	if (x.negative != y.negative || x.exponent != y.exponent)
		return false;
	do {
		digit = next_digit(&x.digits);
		if (digit != next_digit(&y.digits))
			return false;
	} while (digit != 0);
	return true;
}

/* A '*' at either end of pattern stands for any text; a lone one for itself. */
static bool
text_matches(struct str pattern, struct str text)
{
	bool open_start = pattern.len >= 2 && str_starts(pattern, "*");
	bool open_end = pattern.len >= 2 && str_ends(pattern, "*");
	struct str core = str_from(pattern, open_start);

	core.len -= open_end;
	if (text.len < core.len || (!open_start && !open_end && text.len != core.len))
		return false;
	if (core.len == 0)
		return true;
	if (open_start && open_end)
		return memmem(text.at, text.len, core.at, core.len) != NULL;
	if (open_start)
		text = str_from(text, text.len - core.len);
	return memcmp(text.at, core.at, core.len) == 0;
}

static bool
value_matches(const struct rule_value *value, const struct json *given)
{
	switch (given->type) {
	case JSON_STRING:
		return value->type == RULE_STRING && text_matches(value->text, given->text);
	case JSON_NUMBER:
		return value->type == RULE_NUMBER && numbers_equal(value->text, given->text);
	case JSON_TRUE:
		return value->type == RULE_BOOL && str_is(value->text, "true");
	case JSON_FALSE:
		return value->type == RULE_BOOL && str_is(value->text, "false");
	default:
		return false;
	}
}

static bool
any_matches(const struct rule_parameter *p, const struct json *given)
{
	for (unsigned i = 0; i < p->count; i++)
		if (value_matches(&p->values[i], given))
			return true;
	return p->count == 0;
}

/* As any_matches, or for one element of a list. */
static bool
is_denied(const struct rule_parameter *p, const struct json *given)
{
	if (given->type == JSON_ARRAY)
		for (const struct json *item = given->first; item != NULL; item = item->next)
			if (any_matches(p, item))
				return true;
	return any_matches(p, given);
}

/* The parameter of that name, in whatever case it was sent. */
static const struct rule_parameter *
find(const struct rule_parameters *map, struct str name)
{
	for (unsigned i = 0; i < map->count; i++)
		if (map->list[i].name.len == name.len &&
		    (name.len == 0 ||
			strncasecmp(map->list[i].name.at, name.at, name.len) == 0))
			return &map->list[i];
	return NULL;
}

static bool
has_member(const struct json *body, struct str name)
{
	const struct json *member = body == NULL ? NULL : body->first;

	while (member != NULL && !str_equal(member->name, name))
		member = member->next;
	return member != NULL;
}

bool
parameters_pass(const struct rule *rule, const struct json *body, char *reason, size_t size)
{
	bool all_allowed =
	    rule->allowed.count == 0 || find(&rule->allowed, str_of("*")) != NULL;
	const struct json *member = body == NULL ? NULL : body->first;

	for (unsigned i = 0; i < rule->required_count; i++)
		if (!has_member(body, rule->required[i])) {
			snprintf(
			    reason, size, "parameter %.*s is required", STR(rule->required[i]));
			return false;
		}
	if (member != NULL && find(&rule->denied, str_of("*")) != NULL) {
		snprintf(reason, size, "all parameters are denied");
		return false;
	}
	for (; member != NULL; member = member->next) {
		const struct rule_parameter *denied = find(&rule->denied, member->name);
		const struct rule_parameter *allowed = find(&rule->allowed, member->name);

		if (denied != NULL && is_denied(denied, member)) {
			snprintf(reason, size, "parameter %.*s is denied", STR(denied->name));
			return false;
		}
		if (allowed == NULL ? !all_allowed : !any_matches(allowed, member)) {
			snprintf(reason, size, "a parameter is not allowed");
			return false;
		}
	}
	return true;
}
