/*
 * Reading the configuration file by its table: in main, and again from the same text in the
 * keeper.
 */
#include "vaultd/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hcl.h"
#include "vaultd/config_table.h"

#define TREE (8 * 1024 * 1024) /* bytes of address space, for the parsed file */

/* How many characters must be changed, added or dropped to make b of a (Levenshtein). */
static unsigned
distance(struct str a, const char *b)
{
	unsigned row[64], left, above;

	if (a.len >= 64)
		return 64;
	for (unsigned i = 0; i <= a.len; i++)
		row[i] = i;
	for (unsigned j = 1; b[j - 1] != '\0'; j++) {
		left = row[0];
		row[0] = j;
		for (unsigned i = 1; i <= a.len; i++) {
			unsigned best = left + (a.at[i - 1] != b[j - 1]);

			above = row[i];
			best = above + 1 < best ? above + 1 : best;
			row[i] = row[i - 1] + 1 < best ? row[i - 1] + 1 : best;
			left = above;
		}
	}
	return row[a.len];
}

/* The name nearest to key in block, NULL when none is near. */
static const char *
nearest(struct str key, const char *block)
{
	const char *found = NULL;
	unsigned best = 4, d;

	for (size_t i = 0; i < config_setting_count; i++)
		if (strcmp(config_settings[i].block, block) == 0 &&
		    (d = distance(key, config_settings[i].name)) < best) {
			best = d;
			found = config_settings[i].name;
		}
	for (size_t i = 0; i < CONFIG_BLOCKS && block[0] == '\0'; i++)
		if ((d = distance(key, config_blocks[i][0])) < best) {
			best = d;
			found = config_blocks[i][0];
		}
	return found;
}

static bool
is_setting(struct str key, const char *block)
{
	for (size_t i = 0; i < config_setting_count; i++)
		if (strcmp(config_settings[i].block, block) == 0 &&
		    str_is(key, config_settings[i].name))
			return true;
	return false;
}

static int
refuse_unknown(const struct hcl *node, const char *block, const char *path, struct error *err)
{
	const char *near = nearest(node->key, block);

	return error_set(err, ERR_INVALID, "%s:%u: unknown key \"%.*s\"%s%s%s%s%s", path,
	    node->line, node->key.len < 64 ? (int)node->key.len : 64, node->key.at,
	    block[0] != '\0' ? " in " : "", block, near != NULL ? "; did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
}

/* Nothing in object stands there twice. */
static int
check_repeated(const struct hcl *object, const char *path, struct error *err)
{
	for (const struct hcl *n = object->first; n != NULL; n = n->next)
		for (const struct hcl *m = object->first; m != n; m = m->next)
			if (str_equal(n->key, m->key))
				return error_set(err, ERR_INVALID,
				    "%s:%u: \"%.*s\" stands on line %u already", path, n->line,
				    STR(n->key), m->line);
	return 0;
}

static int check_object(
    const struct hcl *object, const char *block, const char *path, struct error *err);

/* A block of that name: its label, its keys. */
static int
check_block(
    const struct hcl *node, const char *const block[2], const char *path, struct error *err)
{
	if (node->type != HCL_OBJECT)
		return error_set(err, ERR_INVALID, "%s:%u: %s is a block: %s { ... }", path,
		    node->line, block[0], block[0]);
	if (block[1] == NULL && node->label.at != NULL)
		return error_set(
		    err, ERR_INVALID, "%s:%u: %s takes no label", path, node->line, block[0]);
	if (block[1] != NULL && !str_is(node->label, block[1]))
		return error_set(err, ERR_INVALID, "%s:%u: write it as %s \"%s\" { ... }", path,
		    node->line, block[0], block[1]);
	return check_object(node, block[0], path, err);
}

/* Every key of object is known in that block, and stands there once. */
static int
check_object(const struct hcl *object, const char *block, const char *path, struct error *err)
{
	if (check_repeated(object, path, err) != 0)
		return -1;
	for (const struct hcl *n = object->first; n != NULL; n = n->next) {
		size_t i = block[0] == '\0' ? 0 : CONFIG_BLOCKS;

		while (i < CONFIG_BLOCKS && !str_is(n->key, config_blocks[i][0]))
			i++;
		if (i < CONFIG_BLOCKS && check_block(n, config_blocks[i], path, err) != 0)
			return -1;
		if (i == CONFIG_BLOCKS && !is_setting(n->key, block))
			return refuse_unknown(n, block, path, err);
	}
	return 0;
}

static int
read_setting(const struct setting *s, const struct hcl *root, const char *path,
    struct config *c, struct error *err)
{
	const struct hcl *block = s->block[0] != '\0' ? hcl_find(root, s->block) : root;
	const struct hcl *node = block != NULL ? hcl_find(block, s->name) : NULL;
	struct buf must = BUF_INIT;

	if (node != NULL)
		return setting_read(s, node, path, c, err);
	setting_preset(s, path, c);
	if (!s->required)
		return 0;
	setting_describe(s, &must);
	buf_put_u8(&must, '\0');
	error_set(err, ERR_INVALID, "%s:%u: %s%s%s is missing; it must be %s", path,
	    block != NULL && block != root ? block->line : 1, s->block,
	    s->block[0] != '\0' ? "." : "", s->name, (const char *)must.data);
	buf_free(&must);
	return -1;
}

/* The operators are identities of this trust domain: no other is ever let in. */
static int
check_operators(
    const struct hcl *root, const char *path, const struct config *c, struct error *err)
{
	const struct hcl *item = hcl_find(root, "operators")->first;
	size_t len = strlen(c->trust_domain);

	for (; item != NULL; item = item->next) {
		struct str id = str_from(item->text, strlen("spiffe://"));

		if (!str_starts(id, c->trust_domain) || id.at[len] != '/')
			return error_set(err, ERR_INVALID,
			    "%s:%u: operator \"%.*s\" is not of the trust domain \"%s\"", path,
			    item->line, STR(item->text), c->trust_domain);
	}
	return 0;
}

static int
read_all(const struct hcl *root, const char *path, struct config *c, struct error *err)
{
	if (check_object(root, "", path, err) != 0)
		return -1;
	for (size_t i = 0; i < config_setting_count; i++)
		if (read_setting(&config_settings[i], root, path, c, err) != 0)
			return -1;
	if (c->cluster_name == NULL && asprintf(&c->cluster_name, "vaultd-%s", c->hublet) < 0)
		fatal("no memory for the configuration");
	return check_operators(root, path, c, err);
}

/* The file's tree; "line 3, column 7: why" becomes "FILE:3: why". */
static const struct hcl *
parse(struct arena *a, struct str text, const char *path, struct error *err)
{
	struct error why = ERROR_INIT;
	const struct hcl *root = hcl_parse(a, text, &why);
	unsigned line;
	int skip = 0;

	if (root != NULL)
		return root;
	if (sscanf(why.text, "line %u, column %*u: %n", &line, &skip) == 1 && skip > 0)
		error_set(err, ERR_INVALID, "%s:%u: %s", path, line, why.text + skip);
	else
		error_set(err, why.code, "%s:1: %s", path, why.text);
	return NULL;
}

struct config *
config_parse(struct str text, const char *path, struct error *err)
{
	struct arena *arena = arena_new(TREE, 0, err);
	const struct hcl *root;
	struct config *c = NULL;

	if (arena == NULL || (root = parse(arena, text, path, err)) == NULL)
		goto out;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("no memory for the configuration");
	if (read_all(root, path, c, err) != 0)
		config_free(&c);
out:
	arena_free(arena);
	return c;
}

void
config_free(struct config **c)
{
	if (*c == NULL)
		return;
	for (size_t i = 0; i < config_setting_count; i++)
		setting_clear(&config_settings[i], *c);
	free(*c);
	*c = NULL;
}

void
config_describe(struct buf *out)
{
	const char *block = "";

	for (size_t i = 0; i < config_setting_count; i++) {
		const struct setting *s = &config_settings[i];

		if (strcmp(block, s->block) != 0)
			buf_printf(out, "%s:\n", s->block);
		block = s->block;
		buf_printf(out, "%s%s\n%s    %s\n%s    It is ", block[0] ? "    " : "", s->name,
		    block[0] ? "    " : "", s->help, block[0] ? "    " : "");
		setting_describe(s, out);
		if (s->preset != NULL)
			buf_printf(out, "; left out: %s", s->preset);
		buf_put_text(out, s->required ? ". Required.\n" : ".\n");
	}
}
