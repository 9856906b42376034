/*
 * vaultctl: the prompt without echo.  Trusted with what is typed; it goes from the terminal
 * into a buffer that wipes itself, a byte at a time, and nowhere else.
 */
#include "client/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "client/files.h"

#define LINE_MOST 65536

static const int breaking[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};
#define BREAKING (sizeof(breaking) / sizeof(breaking[0]))

static volatile sig_atomic_t broken;

static void
note(int sig)
{
	broken = sig;
}

/* Bytes up to the newline.  A signal ends the read: the handlers do not restart it. */
static int
read_line(int tty, struct buf *out, struct error *err)
{
	size_t start = out->len;
	uint8_t byte;
	ssize_t n;

	while ((n = read(tty, &byte, 1)) == 1 && byte != '\n' && out->len < LINE_MOST)
		buf_put_u8(out, byte);
	if (broken != 0)
		return error_set(err, ERR_INVALID, "broken off");
	if (n < 0)
		return error_set_errno(err, "/dev/tty");
	return out->len > start ? 0 : error_set(err, ERR_INVALID, "nothing was typed");
}

/* With echo off and the signals noted; both are as before afterwards. */
static int
read_unseen(int tty, struct buf *out, struct error *err)
{
	struct sigaction noted = {.sa_handler = note}, before[BREAKING];
	struct termios shown, hidden;
	int rc;

	if (tcgetattr(tty, &shown) != 0)
		return error_set_errno(err, "/dev/tty");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ICANON | ISIG | ECHONL;
	broken = 0;
	for (size_t i = 0; i < BREAKING; i++)
		sigaction(breaking[i], &noted, &before[i]);
	rc = tcsetattr(tty, TCSAFLUSH, &hidden) == 0 ? read_line(tty, out, err)
						     : error_set_errno(err, "/dev/tty");
	tcsetattr(tty, TCSAFLUSH, &shown);
	for (size_t i = 0; i < BREAKING; i++)
		sigaction(breaking[i], &before[i], NULL);
	if (broken != 0)
		raise(broken);
	return rc;
}

int
prompt_secret(const char *question, struct buf *out, struct error *err)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC), rc;

	if (tty < 0)
		return error_set(err, ERR_IO,
		    "there is no terminal to ask at for the %s; give it in a file or on "
		    "standard "
		    "input (vaultctl help says how)",
		    question);
	dprintf(tty, "%s (will be hidden): ", question);
	rc = read_unseen(tty, out, err);
	close(tty);
	return rc;
}

int
prompt_argument(const char *argument, const char *question, struct buf *out, struct error *err)
{
	struct buf text = BUF_INIT;
	int rc;

	if (argument == NULL)
		rc = prompt_secret(question, &text, err);
	else if (strcmp(argument, "-") == 0)
		rc = file_read("-", &text, err);
	else
		rc = error_set(err, ERR_INVALID,
		    "the %s in the command line could be read by others and stays in the "
		    "shell's history; give - and send it to standard input",
		    question);
	if (rc == 0 && str_trim(buf_str(&text)).len == 0)
		rc = error_set(err, ERR_INVALID, "there is no %s in what came", question);
	if (rc == 0)
		buf_put_str(out, str_trim(buf_str(&text)));
	buf_free(&text);
	return rc;
}
