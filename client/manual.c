/*
 * vaultctl: its manual page, out of the table of commands.
 */
#include "client/help.h"

/* As text: nothing in it is roff's. */
static void
put_text(FILE *to, const char *text)
{
	bool start = true;

	for (; *text != '\0'; text++) {
		if (start && (*text == '.' || *text == '\''))
			fputs("\\&", to);
		start = *text == '\n';
		if (*text == '\\')
			fputs("\\e", to);
		else if (*text == '-')
			fputs("\\-", to);
		else
			fputc(*text, to);
	}
}

static void
put_flags(FILE *to, const struct flag *flags)
{
	for (; flags != NULL && flags->name != NULL; flags++) {
		fprintf(to, ".TP\n.B \\-%s%s", flags->name, flags->value != NULL ? "=" : "");
		put_text(to, flags->value != NULL ? flags->value : "");
		fputc('\n', to);
		put_text(to, flags->help);
		if (flags->otherwise != NULL) {
			fputs("; otherwise ", to);
			put_text(to, flags->otherwise);
		}
		if (flags->env != NULL)
			fprintf(to, " ($%s)", flags->env);
		fputc('\n', to);
	}
}

/* Lines as they stand. */
static void
put_lines(FILE *to, const char *lines)
{
	fputs(".PP\n.nf\n", to);
	put_text(to, lines);
	fputs(".fi\n", to);
}

static void
put_command(FILE *to, const struct command *c)
{
	fputs(".SS \"", to);
	put_text(to, c->name);
	fputs("\"\n.B vaultctl ", to);
	put_text(to, c->name);
	fputs("\n[flags] ", to);
	put_text(to, c->arguments);
	fputs("\n.PP\n", to);
	put_text(to, c->summary);
	fputs(".\n", to);
	if (c->text != NULL)
		put_lines(to, c->text);
	put_flags(to, c->flags);
	put_lines(to, c->examples);
}

void
help_manual(FILE *to)
{
	fputs(".TH VAULTCTL 1 \"\" \"vaultctl " VERSION "\"\n"
	      ".SH NAME\nvaultctl \\- the client of a vault's operators and services\n"
	      ".SH SYNOPSIS\n.B vaultctl\nCOMMAND [flags] [arguments]\n"
	      ".SH DESCRIPTION\nvaultctl speaks to vaultd over mutual TLS; the client "
	      "certificate says who asks.\nFlags may stand anywhere.  No secret is taken from "
	      "the command line.\n"
	      ".SH COMMANDS\n",
	    to);
	for (const struct command *const *group = commands; *group != NULL; group++)
		for (const struct command *c = *group; c->name != NULL; c++)
			put_command(to, c);
	fputs(".SH COMMON FLAGS\n", to);
	put_flags(to, common_flags);
	fputs(
	    ".SH EXIT STATUS\n.TP\n0\nIt was done.\n.TP\n1\nIt failed here: usage, a file, an "
	    "answer that makes no sense.\n.TP\n2\nThe vault refused, or could not be "
	    "reached.\n",
	    to);
}
