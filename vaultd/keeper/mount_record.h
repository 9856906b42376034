/*
 * Inside of mounts.h: how a mount is named and read.
 */
#ifndef KEEPER_MOUNT_RECORD_H
#define KEEPER_MOUNT_RECORD_H

#include "vaultd/keeper/mounts.h"

#define MOUNT_REMOVED "removed/" /* directory: mounts that are gone and not yet erased */

/* Fill in the texts that come of type and uuid. */
void mount_name(struct mount *m);
/* Read a record's text into an empty *m, which borrows from it.  -1: malformed. */
int mount_read(struct str text, struct mount *m);

#endif
