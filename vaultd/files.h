/*
 * The files of the configuration as main reads them, while it may: the children get contents
 * and open directories, never paths.
 */
#ifndef VAULTD_FILES_H
#define VAULTD_FILES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "vaultd/config.h"

struct files {
	struct config *config;
	struct buf text; /* of the configuration file */
	struct buf server_pem, server_key, ca_pem, crl_pem;
};

/*
 * Read the configuration file at path and the files it names.  -1 with "FILE:LINE: ..." or
 * "FILE: ..."; f is then empty.  Clear with files_clear (wipes).
 */
int files_read(const char *path, struct files *f, struct error *err);
void files_clear(struct files *f);

/* Append the payload of START and RELOAD. */
void files_put(const struct files *f, const char *path, bool development, unsigned gates,
    struct buf *out);

/*
 * Open the store's directory and that of the audit file, making what is missing (0700, the
 * audit file 0600).  As root: what is made, and what root owns of the store (its directory only
 * when it is private) and of the audit file, becomes the property of the configuration's user.
 */
struct directories {
	int storage, audit;
};
int files_open_directories(const struct config *c, struct directories *d, struct error *err);

#endif
