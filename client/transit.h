/*
 * What the transit commands share.
 */
#ifndef CLIENT_TRANSIT_H
#define CLIENT_TRANSIT_H

#include <stddef.h>

#include "client/command.h"

/* Rows of flag tables. */
#define TRANSIT_MOUNT_FLAG \
	{ \
		"mount", FLAG_TEXT, "PATH", "transit", NULL, "where the engine is mounted" \
	}
#define TRANSIT_CONTEXT_FLAG \
	{ \
		"context", FLAG_BYTES, "TEXT", NULL, NULL, \
		    "of a derived key: whose data it is; @FILE reads it", "context" \
	}
#define TRANSIT_AD_FLAG \
	{ \
		"associated-data", FLAG_BYTES, "TEXT", NULL, NULL, \
		    "bound to the ciphertext, needed to decrypt it; @FILE reads it", \
		    "associated_data" \
	}
#define TRANSIT_VERSION_FLAG \
	{ \
		"key-version", FLAG_COUNT, "N", NULL, NULL, \
		    "an older version of the key; left out: the latest", "key_version" \
	}
#define TRANSIT_OUT_FLAGS \
	{"out", FLAG_TEXT, "FILE", NULL, NULL, "write the result there, mode 0600"}, \
	{ \
		"replace", FLAG_SWITCH, NULL, NULL, NULL, "write over a file that exists" \
	}
#define FLAGS_END \
	{ \
		NULL, 0, NULL, NULL, NULL, NULL \
	}

#endif
