/*
 * What a path block of a policy may hold: one table of keys, and a reader for each.
 * Security: a key that would narrow a rule and that we do not enforce is refused.
 */
#include "policy/block.h"

#include "base/text.h"
#include "policy/pool.h"

/* Lists and maps are held against each request's body, member by member. */
#define LIST_MAX 256
#define LIST_MAX_TEXT "of at most 256 members"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct {
	const char *name;
	unsigned mask;
} capabilities[] = {
    {"create", CAP_CREATE},
    {"delete", CAP_DELETE},
    {"deny", CAP_DENY},
    {"list", CAP_LIST},
    {"patch", CAP_PATCH},
    {"read", CAP_READ},
    {"root", CAP_ROOT},
    {"scan", CAP_SCAN},
    {"sudo", CAP_SUDO},
    {"update", CAP_UPDATE},
};

#define CAP_WRITE (CAP_CREATE | CAP_READ | CAP_UPDATE | CAP_DELETE | CAP_LIST)

/* What `policy = "..."` stood for before there were capabilities. */
static const struct {
	const char *name;
	unsigned mask;
} shorthands[] = {
    {"deny", CAP_DENY},
    {"read", CAP_READ | CAP_LIST},
    {"write", CAP_WRITE},
    {"sudo", CAP_WRITE | CAP_SUDO},
};

unsigned
capability_parse(struct str name)
{
	for (size_t i = 0; i < COUNT(capabilities); i++)
		if (str_is(name, capabilities[i].name))
			return capabilities[i].mask & ~(unsigned)CAP_ROOT;
	return 0;
}

unsigned
capability_names(unsigned mask, const char *names[10])
{
	unsigned count = 0;

	for (size_t i = 0; i < COUNT(capabilities); i++)
		if ((mask & capabilities[i].mask) != 0)
			names[count++] = capabilities[i].name;
	return count;
}

int
block_complain(struct reading *r, unsigned line)
{
	if (r->report == NULL)
		return -1;
	r->report(r->arg, line, r->err->text);
	error_clear(r->err);
	r->complaints++;
	return 0;
}

int
block_mistyped(struct reading *r, const struct hcl *node, const char *wanted)
{
	return error_set(r->err, ERR_INVALID, "path \"%.*s\": \"%.*s\" must be %s, on line %u",
	    STR(r->path), STR(node->key), wanted, node->line);
}

static int
read_comment(struct reading *r, const struct hcl *node, struct rule *rule)
{
	(void)rule;
	return node->type == HCL_STRING ? 0 : block_mistyped(r, node, "a string");
}

static int
read_shorthand(struct reading *r, const struct hcl *node, struct rule *rule)
{
	if (node->type != HCL_STRING)
		return block_mistyped(r, node, "a string");
	for (size_t i = 0; i < COUNT(shorthands); i++)
		if (str_is(node->text, shorthands[i].name)) {
			rule->capabilities |= shorthands[i].mask;
			return 0;
		}
	return error_set(r->err, ERR_INVALID, "path \"%.*s\": invalid policy \"%.*s\"",
	    STR(r->path), STR(node->text));
}

static int
read_capability(
    struct reading *r, const struct hcl *list, const struct hcl *item, struct rule *rule)
{
	unsigned mask = capability_parse(item->text);

	if (item->type != HCL_STRING)
		return block_mistyped(r, list, "a list of strings");
	if (mask == 0)
		return error_set(r->err, ERR_INVALID,
		    "path \"%.*s\": invalid capability \"%.*s\"", STR(r->path),
		    STR(item->text));
	rule->capabilities |= mask;
	return 0;
}

static int
read_capabilities(struct reading *r, const struct hcl *node, struct rule *rule)
{
	if (node->type != HCL_LIST)
		return block_mistyped(r, node, "a list of strings");
	for (const struct hcl *item = node->first; item != NULL; item = item->next)
		if (read_capability(r, node, item, rule) != 0 &&
		    block_complain(r, item->line) != 0)
			return -1;
	return 0;
}

/* One `"name" = [ values ]` of a parameter map. */
static int
read_parameter(struct reading *r, const struct hcl *node, struct rule_parameter *p)
{
	p->name = pool_copy_lower(r->policy->pool, node->key);
	if (node->type != HCL_LIST)
		return block_mistyped(r, node, "a list");
	if (node->count > LIST_MAX)
		return block_mistyped(r, node, LIST_MAX_TEXT);
	p->values = pool_take(r->policy->pool, node->count * sizeof *p->values);
	for (const struct hcl *item = node->first; item != NULL; item = item->next) {
		struct rule_value *value = &p->values[p->count++];

		if (item->type == HCL_LIST || item->type == HCL_OBJECT)
			return block_mistyped(
			    r, node, "a list of strings, numbers or booleans");
		value->type = item->type == HCL_STRING   ? RULE_STRING
			      : item->type == HCL_NUMBER ? RULE_NUMBER
							 : RULE_BOOL;
		value->text = pool_copy(r->policy->pool, item->text);
	}
	return 0;
}

static int
read_parameters(struct reading *r, const struct hcl *node, struct rule_parameters *map)
{
	if (node->type != HCL_OBJECT || node->label.at != NULL)
		return block_mistyped(r, node, "a map of lists");
	if (node->count > LIST_MAX)
		return block_mistyped(r, node, LIST_MAX_TEXT);
	map->list = pool_take(r->policy->pool, node->count * sizeof *map->list);
	for (const struct hcl *item = node->first; item != NULL; item = item->next) {
		struct rule_parameter *p = &map->list[map->count];

		if (read_parameter(r, item, p) != 0)
			return -1;
		for (unsigned i = 0; i < map->count; i++)
			if (str_equal(map->list[i].name, p->name))
				return block_mistyped(r, item, "given once");
		map->count++;
	}
	return 0;
}

static int
read_allowed(struct reading *r, const struct hcl *node, struct rule *rule)
{
	return read_parameters(r, node, &rule->allowed);
}

static int
read_denied(struct reading *r, const struct hcl *node, struct rule *rule)
{
	return read_parameters(r, node, &rule->denied);
}

static int
read_required(struct reading *r, const struct hcl *node, struct rule *rule)
{
	if (node->type != HCL_LIST)
		return block_mistyped(r, node, "a list of strings");
	if (node->count > LIST_MAX)
		return block_mistyped(r, node, LIST_MAX_TEXT);
	rule->required = pool_take(r->policy->pool, node->count * sizeof *rule->required);
	for (const struct hcl *item = node->first; item != NULL; item = item->next) {
		if (item->type != HCL_STRING)
			return block_mistyped(r, node, "a list of strings");
		rule->required[rule->required_count++] =
		    pool_copy_lower(r->policy->pool, item->text);
	}
	return 0;
}

static int
read_ttl(struct reading *r, const struct hcl *node, int64_t *ttl)
{
	if (node->type != HCL_STRING && node->type != HCL_NUMBER)
		return block_mistyped(r, node, "a duration");
	if (!duration_parse(node->text, ttl) || *ttl < 0)
		return error_set(r->err, ERR_INVALID,
		    "error parsing %.*s: time: invalid duration \"%.*s\"", STR(node->key),
		    STR(node->text));
	return 0;
}

static int
read_min_ttl(struct reading *r, const struct hcl *node, struct rule *rule)
{
	return read_ttl(r, node, &rule->min_wrapping_ttl);
}

static int
read_max_ttl(struct reading *r, const struct hcl *node, struct rule *rule)
{
	return read_ttl(r, node, &rule->max_wrapping_ttl);
}

static int
refuse(struct reading *r, const struct hcl *node, struct rule *rule)
{
	(void)rule;
	return error_set(r->err, ERR_INVALID,
	    "path \"%.*s\": \"%.*s\" is not supported, on line %u", STR(r->path),
	    STR(node->key), node->line);
}

/* What a path block may hold. */
static const struct {
	const char *key;
	int (*read)(struct reading *r, const struct hcl *node, struct rule *rule);
} block_keys[] = {
    {"comment", read_comment},
    {"policy", read_shorthand},
    {"capabilities", read_capabilities},
    {"allowed_parameters", read_allowed},
    {"denied_parameters", read_denied},
    {"required_parameters", read_required},
    {"min_wrapping_ttl", read_min_ttl},
    {"max_wrapping_ttl", read_max_ttl},
    {"pagination_limit", refuse},
    {"list_scan_response_keys_filter_path", refuse},
    {"expiration", refuse},
    {"mfa_methods", refuse},
    {"control_group", refuse},
};

/* One key of a block; an unknown one is told as the reference tells it. */
static int
read_key(struct reading *r, const struct hcl *block, const struct hcl *node, struct rule *rule)
{
	for (size_t i = 0; i < COUNT(block_keys); i++) {
		if (!str_is(node->key, block_keys[i].key))
			continue;
		if (hcl_find(block, block_keys[i].key) != node)
			return block_mistyped(r, node, "given once");
		return block_keys[i].read(r, node, rule);
	}
	return error_set(r->err, ERR_INVALID,
	    "1 error occurred:\n\t* path \"%.*s\": invalid key \"%.*s\" on line %u\n\n",
	    STR(r->path), STR(node->key), node->line);
}

int
block_read(struct reading *r, const struct hcl *block, struct rule *rule)
{
	for (const struct hcl *node = block->first; node != NULL; node = node->next)
		if (read_key(r, block, node, rule) != 0 && block_complain(r, node->line) != 0)
			return -1;
	if ((rule->capabilities & CAP_DENY) != 0)
		rule->capabilities = CAP_DENY;
	if (rule->max_wrapping_ttl != 0 && rule->max_wrapping_ttl < rule->min_wrapping_ttl)
		return error_set(r->err, ERR_INVALID,
		    "max_wrapping_ttl cannot be less than min_wrapping_ttl");
	return 0;
}
