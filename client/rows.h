/*
 * Answers that are a list of things: in columns, and how to see those behind the last.
 */
#ifndef CLIENT_ROWS_H
#define CLIENT_ROWS_H

#include "client/command.h"
#include "client/output.h"

/*
 * Ask with a GET of path (as a row's, client/request.h) and the flags as its query; show the
 * list that is this member of the answer's data.  JSON and -field are as everywhere.
 */
enum outcome rows_show(const struct flags *f, const char *path, const char *member,
    const struct column *columns, struct error *err);

#endif
