/*
 * A key and its certificate as two files.
 */
#ifndef CLIENT_PAIR_FILE_H
#define CLIENT_PAIR_FILE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"

/*
 * Write PREFIX.key (0600) and PREFIX.pem (0644).  Without replace, files that exist are an
 * error and nothing is changed.  0, or -1 with ERR_IO or ERR_CONFLICT.
 */
int pair_file_write(const char *prefix, struct str key, struct str certificate, bool replace,
    struct error *err);

#endif
