/*
 * The subset of HCL 1 that policies and configuration files use:
 *
 *     key = value            value: "string" (with \ escapes), <<HEREDOC, number, true, false,
 *     name "label" { ... }          [ list, ], { nested object }
 *
 * with #, // and block comments, and optional commas between members.  A key may be quoted.
 * Every node knows its line, so that every complaint can name it.  Grammar: HCL 1 spec
 * (github.com/hashicorp/hcl, branch hcl1); interpolation is not evaluated.
 */
#ifndef BASE_HCL_H
#define BASE_HCL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum hcl_type { HCL_STRING, HCL_NUMBER, HCL_BOOL, HCL_LIST, HCL_OBJECT };

struct hcl {
	enum hcl_type type;
	unsigned line, column; /* of the key, or of the value in a list; from 1 */
	struct str key;        /* empty in a list */
	struct str label;      /* of `name "label" { }`; at is NULL when there is none */
	struct str text;       /* string: decoded; number: as written; bool: "true" or "false" */
	unsigned count;        /* children */
	struct hcl *first, *next;
};

/*
 * The root object of text, in the arena.  Bounded: depth 32, 20 000 nodes.  A repeated key is
 * kept twice; who reads the tree decides.  Several labels nest: a "x" "y" { } is a "x" { "y" { } }.
 * NULL with ERR_INVALID "line 3, column 7: ..." or ERR_LIMIT.
 */
struct hcl *hcl_parse(struct arena *a, struct str text, struct error *err);

/*
 * The same tree from HCL's JSON form ({"path":{"a":{...}}}): an object inside an object becomes
 * a node with key and no label; lines and columns are those of the JSON text.
 */
struct hcl *hcl_parse_json(struct arena *a, struct str text, struct error *err);

/* The first child with that key, or NULL. */
const struct hcl *hcl_find(const struct hcl *object, const char *key);

#endif
