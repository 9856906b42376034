/*
 * vaultctl: what people read about it, all of it out of the table of commands.
 */
#include "client/help.h"

#include <stdbool.h>
#include <string.h>

/* name begins with the whole words of prefix. */
static bool
within(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return len == 0 ||
	       (strncmp(name, prefix, len) == 0 && (name[len] == ' ' || name[len] == '\0'));
}

void
help_list(FILE *to, const char *prefix)
{
	fprintf(to, "Usage: vaultctl %s%sCOMMAND [flags] [arguments]\n\nCommands:\n\n", prefix,
	    *prefix != '\0' ? " " : "");
	for (const struct command *const *group = commands; *group != NULL; group++)
		for (const struct command *c = *group; c->name != NULL; c++)
			if (within(c->name, prefix))
				fprintf(to, "  %-30s%s\n", c->name, c->summary);
	fprintf(
	    to, "\nvaultctl help COMMAND shows one with examples; flags may stand anywhere.\n");
}

static void
print_flag(FILE *to, const struct flag *flag)
{
	char form[64];

	if (flag->value != NULL)
		snprintf(form, sizeof(form), "-%s=%s", flag->name, flag->value);
	else
		snprintf(form, sizeof(form), "-%s", flag->name);
	fprintf(to, "  %-28s%s", form, flag->help);
	if (flag->otherwise != NULL)
		fprintf(to, " [%s]", flag->otherwise);
	if (flag->env != NULL)
		fprintf(to, " ($%s)", flag->env);
	fputc('\n', to);
}

static bool
is_among(const struct flag *flags, const char *name)
{
	for (; flags != NULL && flags->name != NULL; flags++)
		if (strcmp(flags->name, name) == 0)
			return true;
	return false;
}

/* Those of a table that another does not hide. */
static void
print_flags(FILE *to, const char *title, const struct flag *flags, const struct flag *hiding)
{
	fprintf(to, "\n%s:\n\n", title);
	for (; flags->name != NULL; flags++)
		if (!is_among(hiding, flags->name))
			print_flag(to, flags);
}

static void
print_examples(FILE *to, const char *lines)
{
	const char *end;

	fprintf(to, "\nExamples:\n\n");
	for (; (end = strchr(lines, '\n')) != NULL; lines = end + 1)
		fprintf(to, "  $ %.*s\n", (int)(end - lines), lines);
}

void
help_command(FILE *to, const struct command *c)
{
	fprintf(
	    to, "Usage: vaultctl %s [flags] %s\n\n  %s.\n", c->name, c->arguments, c->summary);
	if (c->text != NULL)
		fprintf(to, "\n%s", c->text);
	print_examples(to, c->examples);
	if (c->flags != NULL)
		print_flags(to, "Flags", c->flags, NULL);
	print_flags(to, "Common flags", common_flags, c->flags);
}

static void
complete_flags(FILE *to, const struct flag *flags)
{
	for (; flags != NULL && flags->name != NULL; flags++)
		fprintf(to, " -%s%s", flags->name, flags->value != NULL ? "=" : "");
}

/* The case of one command: its words were typed, its flags can follow. */
static void
complete_command(FILE *to, const struct command *c)
{
	fprintf(to, "\t\" %s\" | \" %s \"*) words=\"", c->name, c->name);
	complete_flags(to, c->flags);
	complete_flags(to, common_flags);
	fprintf(to, "\" ;;\n");
}

/* Whether the names agree in their first `typed` bytes, whole words, and go on. */
static bool
shares(const struct command *a, const struct command *b, size_t typed)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): no table's last row comes here */
	return strlen(a->name) > typed && strncmp(a->name, b->name, typed) == 0 &&
	       (typed == 0 || a->name[typed] == ' ');
}

/* The words that can follow the first `typed` bytes of a name; those of neighbours repeat. */
static void
complete_prefix(FILE *to, const struct command *of, size_t typed)
{
	const char *last = "";

	fprintf(to, "\t\"%s%.*s\") words=\"", typed > 0 ? " " : "", (int)typed, of->name);
	for (const struct command *const *group = commands; *group != NULL; group++)
		for (const struct command *c = *group; c->name != NULL; c++) {
			const char *next;
			size_t len;

			if (!shares(c, of, typed))
				continue;
			next = c->name + typed + (typed > 0);
			len = strcspn(next, " ");
			if (strncmp(next, last, len) != 0 || strcspn(last, " ") != len)
				fprintf(to, " %.*s", (int)len, next);
			last = next;
		}
	fprintf(to, "\" ;;\n");
}

static void
complete_group(FILE *to, const struct command *group)
{
	const struct command *before = NULL;

	for (const struct command *c = group; c->name != NULL; before = c++) {
		for (const char *s = c->name; (s = strchr(s, ' ')) != NULL; s++)
			if (before == NULL || !shares(before, c, (size_t)(s - c->name)))
				complete_prefix(to, c, (size_t)(s - c->name));
		complete_command(to, c);
	}
}

void
help_completion(FILE *to)
{
	fprintf(to, "_vaultctl()\n{\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} typed= word words=\n"
		    "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
		    "\t\tcase $word in -* | =) ;; *) typed=\"$typed $word\" ;; esac\n"
		    "\tdone\n"
		    "\tcase $typed in\n");
	complete_prefix(to, *commands, 0);
	for (const struct command *const *group = commands; *group != NULL; group++)
		complete_group(to, *group);
	fprintf(to, "\tesac\n"
		    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
		    "complete -o default -F _vaultctl vaultctl\n");
}
