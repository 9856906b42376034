/*
 * Reading one value of the configuration file, in main and in the keeper.  A complaint and the
 * reference page say what a value must be in the same words.
 */
#include "vaultd/setting.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

static char *
copy(const char *head, size_t len, struct str tail)
{
	char *text = malloc(len + tail.len + 1);

	if (text == NULL)
		fatal("no memory for the configuration");
	memcpy(text, head, len);
	if (tail.len > 0)
		memcpy(text + len, tail.at, tail.len);
	text[len + tail.len] = '\0';
	return text;
}

/* Write a size as one would: "64g", "1500". */
static void
put_size(struct buf *out, uint64_t bytes)
{
	static const char units[] = "kmgt";
	int unit = -1;

	while (bytes >= 1024 && bytes % 1024 == 0 && unit < 3) {
		bytes /= 1024;
		unit++;
	}
	buf_printf(out, "%llu", (unsigned long long)bytes);
	if (unit >= 0)
		buf_put_u8(out, (uint8_t)units[unit]);
}

static bool
read_size(struct str text, uint64_t *bytes)
{
	static const char units[] = "kmgt";
	unsigned long long n;
	unsigned shift = 0;
	const char *unit;

	if (text.len > 0 && text.at[text.len - 1] != '\0' &&
	    (unit = strchr(units, text.at[text.len - 1])) != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		text.len--;
	}
	if (!str_to_u64(text, &n) || n > UINT64_MAX >> shift)
		return false;
	*bytes = (uint64_t)n << shift;
	return true;
}

static bool
read_seconds(struct str text, uint64_t *seconds)
{
	int64_t ns;

	if (!duration_parse(text, &ns) || ns < 0 || ns % CLOCK_SECOND != 0)
		return false;
	*seconds = (uint64_t)(ns / CLOCK_SECOND);
	return true;
}

/* A number of any kind, within its bounds. */
static bool
read_number(const struct setting *s, struct str text, uint64_t *value)
{
	unsigned long long n = 0;
	bool good;

	if (s->kind == SETTING_COUNT) {
		good = str_to_u64(text, &n);
		*value = n;
	} else if (s->kind == SETTING_SECONDS) {
		good = read_seconds(text, value);
	} else {
		good = read_size(text, value);
	}
	return good && *value >= s->min && *value <= s->max;
}

/* Which of the words text is, or -1. */
static int
find_word(struct str words, struct str text)
{
	struct str word, rest;

	for (int i = 0; words.len > 0; i++, words = rest) {
		str_cut(words, ' ', &word, &rest);
		if (str_equal(word, text))
			return i;
	}
	return -1;
}

/* Refused: empty texts, and NUL, which would cut a text short. */
static bool
read_text(const struct setting *s, const struct hcl *node, char **to, struct error *err)
{
	if (node->type != HCL_STRING || node->text.len == 0 ||
	    memchr(node->text.at, '\0', node->text.len) != NULL ||
	    (s->check != NULL && s->check(node->text, err) != 0))
		return false;
	*to = copy("", 0, node->text);
	return true;
}

static bool
read_path(const struct setting *s, const struct hcl *node, const char *path, char **to)
{
	const char *slash = strrchr(path, '/');
	char *plain = NULL;

	if (!read_text(s, node, &plain, NULL))
		return false;
	if (plain[0] == '/' || slash == NULL) {
		*to = plain;
		return true;
	}
	*to = copy(path, (size_t)(slash - path) + 1, node->text);
	free(plain);
	return true;
}

static bool
read_texts(const struct setting *s, const struct hcl *node, void *base, struct error *err)
{
	char **to = (char **)((char *)base + s->offset);
	unsigned *count = (unsigned *)((char *)base + s->count);
	const struct hcl *item;

	if (node->type != HCL_LIST || node->count < s->min || node->count > s->max)
		return false;
	for (item = node->first; item != NULL; item = item->next, ++*count)
		if (!read_text(s, item, &to[*count], err))
			return false;
	return true;
}

static bool
read_scalar(const struct setting *s, const struct hcl *node, void *to)
{
	uint64_t number;
	int word;

	if (node->type != HCL_STRING && node->type != HCL_NUMBER)
		return false;
	if (s->kind == SETTING_CHOICE || s->kind == SETTING_SWITCH) {
		if ((word = find_word(str_of(s->words), node->text)) < 0)
			return false;
		if (s->kind == SETTING_SWITCH)
			*(bool *)to = word == 1;
		else
			*(char **)to = copy("", 0, node->text);
		return true;
	}
	if (!read_number(s, node->text, &number))
		return false;
	if (s->kind == SETTING_SIZE64)
		*(uint64_t *)to = number;
	else
		*(uint32_t *)to = (uint32_t)number;
	return true;
}

static bool
read_any(const struct setting *s, const struct hcl *node, const char *path, void *base,
    struct error *err)
{
	void *to = (char *)base + s->offset;

	switch (s->kind) {
	case SETTING_TEXT:
		return read_text(s, node, to, err);
	case SETTING_PATH:
		return read_path(s, node, path, to);
	case SETTING_TEXTS:
		return read_texts(s, node, base, err);
	default:
		return read_scalar(s, node, to);
	}
}

int
setting_read(const struct setting *s, const struct hcl *node, const char *path, void *base,
    struct error *err)
{
	struct error why = ERROR_INIT;
	struct buf must = BUF_INIT;

	if (read_any(s, node, path, base, &why))
		return 0;
	setting_describe(s, &must);
	buf_put_u8(&must, '\0');
	error_set(err, ERR_INVALID, "%s:%u: %s%s%s must be %s%s%s", path, node->line, s->block,
	    s->block[0] != '\0' ? "." : "", s->name, (const char *)must.data,
	    why.text[0] != '\0' ? ": " : "", why.text);
	buf_free(&must);
	return -1;
}

void
setting_preset(const struct setting *s, const char *path, void *base)
{
	struct hcl node = {.type = HCL_STRING};

	if (s->preset == NULL)
		return;
	node.text = str_of(s->preset);
	if (!read_any(s, &node, path, base, NULL))
		fatal("the preset of %s is wrong", s->name);
}

void
setting_clear(const struct setting *s, void *base)
{
	char **text = (char **)((char *)base + s->offset);
	unsigned count = 1;

	if (s->kind == SETTING_TEXTS)
		count = *(unsigned *)((char *)base + s->count);
	else if (s->kind != SETTING_TEXT && s->kind != SETTING_PATH &&
		 s->kind != SETTING_CHOICE)
		return;
	for (unsigned i = 0; i < count; i++)
		free(text[i]);
}

/* "a" or "b" */
static void
put_words(struct buf *out, struct str words)
{
	struct str word, rest;

	for (; words.len > 0; words = rest) {
		str_cut(words, ' ', &word, &rest);
		buf_printf(out, "\"%.*s\"%s", STR(word), rest.len > 0 ? " or " : "");
	}
}

void
setting_describe(const struct setting *s, struct buf *out)
{
	switch (s->kind) {
	case SETTING_CHOICE:
	case SETTING_SWITCH:
		put_words(out, str_of(s->words));
		break;
	case SETTING_COUNT:
		buf_printf(out, "a whole number from %llu to %llu", (unsigned long long)s->min,
		    (unsigned long long)s->max);
		break;
	case SETTING_SECONDS:
		buf_put_text(out, "a time from ");
		duration_format(out, (int64_t)s->min * CLOCK_SECOND);
		buf_put_text(out, " to ");
		duration_format(out, (int64_t)s->max * CLOCK_SECOND);
		break;
	case SETTING_SIZE:
	case SETTING_SIZE64:
		buf_put_text(out, "a size from ");
		put_size(out, s->min);
		buf_put_text(out, " to ");
		put_size(out, s->max);
		break;
	default:
		buf_put_text(out, s->words);
	}
}
