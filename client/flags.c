/*
 * vaultctl: flags out of argv, by table.  Trusted with nothing: secrets are never in argv.
 */
#include "client/flags.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"

static const struct flag *
find(const struct flags *f, struct str name)
{
	for (unsigned t = 0; t < 2; t++)
		for (const struct flag *row = f->tables[t]; row != NULL && row->name != NULL;
		     row++)
			if (str_is(name, row->name))
				return row;
	return NULL;
}

static bool
is_switch_value(struct str value)
{
	return str_is(value, "true") || str_is(value, "false");
}

/* Whether value is of the flag's type; says what it should be. */
static int
check(const struct flag *flag, const char *value, struct error *err)
{
	unsigned long long count;
	int64_t ns;

	switch (flag->type) {
	case FLAG_SWITCH:
		if (!is_switch_value(str_of(value)))
			return error_set(err, ERR_INVALID, "-%s is a switch: -%s or -%s=false",
			    flag->name, flag->name, flag->name);
		return 0;
	case FLAG_COUNT:
		if (!str_to_u64(str_of(value), &count) || count > INT32_MAX)
			return error_set(
			    err, ERR_INVALID, "-%s takes a whole number", flag->name);
		return 0;
	case FLAG_TIME:
		if (!duration_parse(str_of(value), &ns) || ns < 0)
			return error_set(err, ERR_INVALID,
			    "-%s takes a duration, as 90s, 12h or 7d", flag->name);
		return 0;
	case FLAG_PAIRS:
		if (strchr(value, '=') == NULL || value[0] == '=')
			return error_set(
			    err, ERR_INVALID, "-%s takes %s", flag->name, flag->value);
		return 0;
	case FLAG_TEXT:
	case FLAG_WORD:
	case FLAG_BYTES:
	case FLAG_LIST:
		return 0;
	}
	return 0;
}

static int
remember(struct flags *f, const struct flag *flag, const char *value, struct error *err)
{
	if (f->given_count == FLAGS_GIVEN)
		return error_set(err, ERR_LIMIT, "more than %d flags", FLAGS_GIVEN);
	if (check(flag, value, err) != 0)
		return -1;
	f->given[f->given_count].flag = flag;
	f->given[f->given_count++].value = value;
	return 0;
}

/* One word that begins with '-', and the next when that holds its value: how many were used. */
static int
read_flag(struct flags *f, char *const *words, int left, struct error *err)
{
	const char *text = words[0] + (words[0][1] == '-' ? 2 : 1);
	const char *equals = strchr(text, '=');
	struct str name = str_of(text);
	const struct flag *flag;

	if (equals != NULL)
		name.len = (size_t)(equals - text);
	flag = find(f, name);
	if (flag == NULL)
		return error_set(err, ERR_INVALID, "there is no flag -%.*s", STR(name));
	if (equals != NULL)
		return remember(f, flag, equals + 1, err) == 0 ? 1 : -1;
	if (flag->type == FLAG_SWITCH)
		return remember(f, flag, "true", err) == 0 ? 1 : -1;
	if (left < 2)
		return error_set(err, ERR_INVALID, "-%s lacks its value: -%s=%s", flag->name,
		    flag->name, flag->value);
	return remember(f, flag, words[1], err) == 0 ? 2 : -1;
}

int
flags_parse(struct flags *f, const struct flag *own, const struct flag *common, int argc,
    char **argv, struct error *err)
{
	bool ended = false;
	int used;

	memset(f, 0, sizeof(*f));
	f->tables[0] = own;
	f->tables[1] = common;
	f->arguments = argv;
	for (int i = 0; i < argc; i += used) {
		used = 1;
		if (ended || argv[i][0] != '-' || argv[i][1] == '\0')
			f->arguments[f->count++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			ended = true;
		else if ((used = read_flag(f, argv + i, argc - i, err)) < 0)
			return -1;
	}
	return 0;
}

const char *
flags_text(const struct flags *f, const char *name)
{
	const struct flag *flag = find(f, str_of(name));
	const char *env;

	if (flag == NULL)
		fatal("no table has a flag -%s", name);
	for (unsigned i = f->given_count; i-- > 0;)
		if (f->given[i].flag == flag)
			return f->given[i].value;
	env = flag->env != NULL ? getenv(flag->env) : NULL;
	return env != NULL && *env != '\0' ? env : flag->otherwise;
}

bool
flags_on(const struct flags *f, const char *name)
{
	const char *value = flags_text(f, name);

	return value != NULL && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

int64_t
flags_count(const struct flags *f, const char *name, int64_t missing)
{
	const char *value = flags_text(f, name);

	return value == NULL ? missing : strtoll(value, NULL, 10);
}

int64_t
flags_seconds(const struct flags *f, const char *name, int64_t missing)
{
	const char *value = flags_text(f, name);
	int64_t ns;

	if (value == NULL)
		return missing;
	return duration_parse(str_of(value), &ns) ? ns / CLOCK_SECOND : missing;
}

const char *
flags_item(const struct flags *f, const char *name, unsigned i)
{
	const struct flag *flag = find(f, str_of(name));

	if (flag == NULL)
		fatal("no table has a flag -%s", name);
	for (unsigned k = 0; k < f->given_count; k++)
		if (f->given[k].flag == flag && i-- == 0)
			return f->given[k].value;
	return NULL;
}
