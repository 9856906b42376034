/*
 * Inside of audit.h, for audit.c, audit_write.c and audit_vault.c alone.
 */
#ifndef KEEPER_AUDIT_STATE_H
#define KEEPER_AUDIT_STATE_H

#include "keys/trail.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/audit_file.h"
#include "vaultd/keeper/audit_key.h"
#include "vaultd/keeper/records.h"

struct audit {
	struct audit_file file;
	bool sync_always;
	int64_t looked;       /* boot ns */
	uint8_t id[TRAIL_ID]; /* of this file, anew at each opening */
	struct trail at;      /* behind the last line that was made */
	struct trail done;    /* before the first that waits */
	struct buf
	    waiting; /* whole lines; of the first of them `written` bytes are in the file */
	size_t written;
	uint64_t failures; /* of audit_flush */
	uint64_t lost; /* answers that were refused because their lines were */
	char trouble[sizeof(((struct error *)0)->text)];
	/* while the vault is open */
	uint8_t vault[TRAIL_ID];
	struct audit_key *key;
	struct secret *signer;
	const struct records_root *root; /* borrowed; gone when the vault seals */
	uint64_t commit;        /* the store's last, as far as known */
	unsigned bare;          /* lines since the last checkpoint */
	int64_t since;          /* boot ns of the first of them */
	char intent[UUID_TEXT]; /* of the last call that had one */
};

/* A line of this type, begun in what waits at *from; and its end. */
struct json_writer audit_begin(struct audit *a, const char *type, size_t *from);
void audit_end(struct audit *a, size_t from);

#endif
