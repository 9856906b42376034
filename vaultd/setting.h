/*
 * One value of the configuration file: what it may be, where it goes, what to say when it is
 * something else.
 */
#ifndef VAULTD_SETTING_H
#define VAULTD_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/hcl.h"
#include "base/str.h"

enum setting_kind {
	SETTING_TEXT,    /* char *: checked by `check` when there is one */
	SETTING_PATH,    /* char *: made relative to the directory of the file */
	SETTING_CHOICE,  /* char *: one of `words` */
	SETTING_SWITCH,  /* bool: the first of two `words` is false, the second true */
	SETTING_COUNT,   /* uint32_t */
	SETTING_SECONDS, /* uint32_t: "90s", "1h", 30 */
	SETTING_SIZE,    /* uint32_t bytes: "16k", "6m", 4096 */
	SETTING_SIZE64,  /* uint64_t bytes: "64g" */
	SETTING_TEXTS    /* char *[max], an unsigned count stands at `count` */
};

struct setting {
	const char *block, *name; /* block "": top level */
	enum setting_kind kind;
	bool required;
	size_t offset;            /* of what it fills */
	size_t count;             /* SETTING_TEXTS: offset of how many */
	uint64_t min, max;        /* of a number; most items of a list */
	const char *preset;       /* as one would write it; NULL: none */
	const char *words;        /* "human json"; of texts: what they must be, for people */
	int (*check)(struct str value, struct error *err); /* of texts; may be NULL */
	const char *help;
};

/*
 * Put the value of node (list: its items) where s says in base.  -1 with ERR_INVALID
 * "FILE:LINE: BLOCK.NAME must be ...".
 */
int setting_read(const struct setting *s, const struct hcl *node, const char *path, void *base,
    struct error *err);

/* The same from the preset, when there is one. */
void setting_preset(const struct setting *s, const char *path, void *base);

/* Release what a setting holds. */
void setting_clear(const struct setting *s, void *base);

/* Append what its value must be: "a size from 1k to 1m, as "16k"". */
void setting_describe(const struct setting *s, struct buf *out);

#endif
