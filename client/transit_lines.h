/*
 * The transit commands with -lines: many items in one request, a line each, in and out.
 */
#ifndef CLIENT_TRANSIT_LINES_H
#define CLIENT_TRANSIT_LINES_H

#include "client/command.h"

/* Row of flag tables. */
#define TRANSIT_LINES_FLAG \
	{ \
		"lines", FLAG_SWITCH, NULL, NULL, NULL, \
		    "each line of the file is an item, and one of the output its result" \
	}

/*
 * Send each line of the second argument (or standard input) as the member of an item that
 * request->members names, "=NAME" or "<NAME" as there, and print or write the item's
 * request->result, as it has them; in as many requests as it takes.  What an item failed for is
 * told by its line on standard error, and its line of the output is empty.  REFUSED when one
 * failed.
 */
enum outcome transit_lines(
    const struct request *request, const struct flags *f, struct error *err);

#endif
