/*
 * Rules of several policies for one pattern, in the keeper: capabilities and parameters united,
 * limits of wrapping the shorter, deny above all.
 */
#include "policy/unite.h"

#include <string.h>

#include "policy/pool.h"

/* Values of both; none at all means any, and that swallows the others. */
static void
unite_values(struct pool *pool, struct rule_parameter *into, const struct rule_parameter *from)
{
	struct rule_value *values;

	if (into->count == 0 || from->count == 0) {
		into->count = 0;
		return;
	}
	values = pool_take(pool, (into->count + from->count) * sizeof *values);
	memcpy(values, into->values, into->count * sizeof *values);
	memcpy(values + into->count, from->values, from->count * sizeof *values);
	into->values = values;
	into->count += from->count;
}

static void
unite_parameters(
    struct pool *pool, struct rule_parameters *into, const struct rule_parameters *from)
{
	struct rule_parameter *list =
	    pool_take(pool, (into->count + from->count) * sizeof *list);
	unsigned count = into->count, j;

	if (from->count == 0)
		return;
	if (count > 0)
		memcpy(list, into->list, count * sizeof *list);
	for (unsigned i = 0; i < from->count; i++) {
		for (j = 0; j < into->count; j++)
			if (str_equal(list[j].name, from->list[i].name))
				break;
		if (j < into->count)
			unite_values(pool, &list[j], &from->list[i]);
		else
			list[count++] = from->list[i];
	}
	into->list = list;
	into->count = count;
}

static void
unite_required(struct pool *pool, struct rule *into, const struct rule *from)
{
	unsigned total = into->required_count + from->required_count;
	struct str *names = pool_take(pool, total * sizeof *names);

	for (unsigned i = 0; i < total; i++)
		names[i] = i < into->required_count ? into->required[i]
						    : from->required[i - into->required_count];
	into->required = names;
	into->required_count = total;
}

static int64_t
shorter(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

void
rule_unite(struct pool *pool, struct rule *into, const struct rule *from)
{
	if (into->capabilities == CAP_DENY)
		return;
	if (from->capabilities == CAP_DENY) {
		into->capabilities = CAP_DENY;
		return;
	}
	into->capabilities |= from->capabilities;
	into->min_wrapping_ttl = shorter(into->min_wrapping_ttl, from->min_wrapping_ttl);
	into->max_wrapping_ttl = shorter(into->max_wrapping_ttl, from->max_wrapping_ttl);
	unite_parameters(pool, &into->allowed, &from->allowed);
	unite_parameters(pool, &into->denied, &from->denied);
	unite_required(pool, into, from);
}

static void
own_parameters(struct pool *pool, struct rule_parameters *map)
{
	struct rule_parameter *list = pool_take(pool, map->count * sizeof *list);

	for (unsigned i = 0; i < map->count; i++) {
		const struct rule_parameter *from = &map->list[i];

		list[i].name = pool_copy(pool, from->name);
		list[i].count = from->count;
		list[i].values = pool_take(pool, from->count * sizeof *from->values);
		for (unsigned j = 0; j < from->count; j++) {
			list[i].values[j].type = from->values[j].type;
			list[i].values[j].text = pool_copy(pool, from->values[j].text);
		}
	}
	map->list = list;
}

void
rule_own(struct pool *pool, struct rule *rule)
{
	struct str *required = pool_take(pool, rule->required_count * sizeof *required);

	for (unsigned i = 0; i < rule->required_count; i++)
		required[i] = pool_copy(pool, rule->required[i]);
	rule->required = required;
	own_parameters(pool, &rule->allowed);
	own_parameters(pool, &rule->denied);
}
