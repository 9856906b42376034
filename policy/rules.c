/*
 * Reading a policy's text, in the keeper (and in vaultctl's policy check).
 * Security: whoever may write policies is trusted with what they grant, not with our memory:
 * the text is bounded by the HCL reader, and what we do not enforce is refused, not skipped.
 */
#include "policy/rules.h"

#include <string.h>

#include "base/arena.h"
#include "base/hcl.h"
#include "base/text.h"
#include "policy/block.h"
#include "policy/pool.h"

/* What the HCL reader's most nodes need, beside the text. */
#define TREE_BYTES (8 * 1024 * 1024)

/* Every "{{" has its "}}", and nothing is nested. */
static bool
braces_balance(struct str s)
{
	bool open = false;

	for (size_t i = 0; i + 1 < s.len; i++) {
		bool begins = memcmp(s.at + i, "{{", 2) == 0;

		if (!begins && memcmp(s.at + i, "}}", 2) != 0)
			continue;
		if (begins == open)
			return false;
		open = begins;
		i++;
	}
	return !open;
}

/* The path of a block as the pattern of its rule. */
static int
read_pattern(struct reading *r, struct rule *rule)
{
	struct str pattern = str_starts(r->path, "/") ? str_from(r->path, 1) : r->path;

	if (!braces_balance(pattern))
		return error_set(r->err, ERR_INVALID,
		    "failed to validate policy templating: unbalanced templating characters");
	if (pattern.len >= 2 && memmem(pattern.at, pattern.len, "+*", 2) != NULL)
		return error_set(r->err, ERR_INVALID,
		    "path \"%.*s\": invalid use of wildcards ('+*' is forbidden)",
		    STR(pattern));
	rule->prefix = str_ends(pattern, "*");
	pattern.len -= rule->prefix;
	rule->pattern = pool_copy(r->policy->pool, pattern);
	return 0;
}

static int
read_block(struct reading *r, struct str path, const struct hcl *block)
{
	struct rule *rule = &r->policy->rules[r->policy->count++];

	r->path = path;
	if (block->type != HCL_OBJECT)
		return block_mistyped(r, block, "a block");
	if (read_pattern(r, rule) != 0)
		return -1;
	return block_read(r, block, rule);
}

/*
 * Everything under one `path`: a block with a label; or, as in JSON, an object whose members
 * are blocks, or a list of such objects.
 */
static unsigned
count_blocks(const struct hcl *node)
{
	unsigned count = 0;

	if (node->label.at != NULL)
		return 1;
	if (node->type == HCL_OBJECT)
		return node->count;
	for (const struct hcl *item = node->first; item != NULL; item = item->next)
		count += count_blocks(item);
	return count;
}

static int
read_blocks(struct reading *r, const struct hcl *node)
{
	if (node->label.at != NULL)
		return read_block(r, node->label, node);
	if (node->type != HCL_OBJECT && node->type != HCL_LIST)
		return error_set(
		    r->err, ERR_INVALID, "\"path\" must be a block, on line %u", node->line);
	for (const struct hcl *item = node->first; item != NULL; item = item->next)
		if ((node->type == HCL_OBJECT ? read_block(r, item->key, item)
					      : read_blocks(r, item)) != 0 &&
		    block_complain(r, item->line) != 0)
			return -1;
	return 0;
}

/* What stands beside the blocks. */
static int
check_other(struct reading *r, const struct hcl *node)
{
	if (!str_is(node->key, "name"))
		return error_set(r->err, ERR_INVALID,
		    "1 error occurred:\n\t* invalid key \"%.*s\" on line %u\n\n",
		    STR(node->key), node->line);
	if (node->type != HCL_STRING)
		return error_set(
		    r->err, ERR_INVALID, "\"name\" must be a string, on line %u", node->line);
	return 0;
}

static int
read_root(struct reading *r, const struct hcl *root)
{
	unsigned count = 0;

	for (const struct hcl *node = root->first; node != NULL; node = node->next) {
		if (str_is(node->key, "path"))
			count += count_blocks(node);
		else if (check_other(r, node) != 0 && block_complain(r, node->line) != 0)
			return -1;
	}
	r->policy->rules = pool_take(r->policy->pool, count * sizeof *r->policy->rules);
	for (const struct hcl *node = root->first; node != NULL; node = node->next)
		if (str_is(node->key, "path") && read_blocks(r, node) != 0 &&
		    block_complain(r, node->line) != 0)
			return -1;
	return 0;
}

void
policy_decode(struct buf *out, struct str text)
{
	if (text.len == 0 || !base64_decode(out, BASE64_STD, text, NULL))
		buf_put_str(out, text);
}

/* JSON begins with a brace; HCL has none at its top. */
static struct hcl *
parse_tree(struct arena *a, struct str text, struct error *err)
{
	size_t at = 0;

	while (at < text.len && strchr(" \t\r\n", text.at[at]) != NULL)
		at++;
	if (at < text.len && text.at[at] == '{')
		return hcl_parse_json(a, text, err);
	return hcl_parse(a, text, err);
}

static struct policy *
policy_new(struct str name)
{
	struct pool *pool = pool_new();
	struct policy *p = pool_take(pool, sizeof *p);

	p->pool = pool;
	p->name = pool_copy_lower(pool, name);
	return p;
}

/* 0, or -1 with the complaint that ended it; those reported do not. */
static int
read_policy(struct reading *r, struct str text)
{
	struct buf plain = BUF_INIT;
	struct arena *tree = NULL;
	const struct hcl *root = NULL;
	int rc = -1;

	policy_decode(&plain, text);
	tree = arena_new(TREE_BYTES + plain.len, 0, r->err);
	if (tree != NULL)
		root = parse_tree(tree, buf_str(&plain), r->err);
	if (root != NULL)
		rc = read_root(r, root);
	arena_free(tree);
	buf_free(&plain);
	return rc;
}

struct policy *
policy_parse(struct str name, struct str text, struct error *err)
{
	struct policy *policy = policy_new(name);
	struct reading r = {policy, {NULL, 0}, err, NULL, NULL, 0};

	if (read_policy(&r, text) != 0)
		policy_free(&policy);
	return policy;
}

unsigned
policy_check(struct str text, policy_report *report, void *arg)
{
	struct policy *policy = policy_new(str_of("checked"));
	struct error err = ERROR_INIT;
	struct reading r = {policy, {NULL, 0}, &err, report, arg, 0};

	if (read_policy(&r, text) != 0)
		block_complain(&r, 0);
	policy_free(&policy);
	return r.complaints;
}

void
policy_free(struct policy **p)
{
	struct pool *pool = *p == NULL ? NULL : (*p)->pool;

	pool_free(&pool);
	*p = NULL;
}
