/*
 * Main's life once everything is open: start keeper and gates, start gates that died again,
 * pass on signals, tell the service manager.
 */
#ifndef VAULTD_SUPERVISE_H
#define VAULTD_SUPERVISE_H

#include <stdbool.h>

#include "vaultd/config.h"
#include "vaultd/files.h"

struct supervision {
	const char *config_path;
	bool development;
	const struct config *config;
	struct files *files;       /* given to the keeper, then cleared */
	struct directories directories;
	int starter;               /* main's end of its channel; -1: there are no hooks */
	unsigned gates;
	int sockets[CONFIG_GATES]; /* one listens for each gate, until it stops */
};

/*
 * Run until the keeper has gone: at SIGTERM or SIGINT by finishing what runs (30 s at most).
 * Returns the exit status: 0 after a signal, otherwise the keeper's own, or 1.
 */
int supervise(struct supervision *s);

#endif
