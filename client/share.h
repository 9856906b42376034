/*
 * Shares on their way to the vault: from a prompt, standard input or a file, and sealed to the
 * unseal public key when that is known, so that no gate sees them.
 */
#ifndef CLIENT_SHARE_H
#define CLIENT_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "client/command.h"
#include "client/session.h"
#include "keys/sharebox.h"

/* How shares are sent. */
struct share_aim {
	bool sealed; /* to public_key */
	uint8_t public_key[SHAREBOX_PUBLIC];
};

/* Rows of flag tables, and what is read by them. */
#define SHARE_FLAGS \
	{"share-file", FLAG_TEXT, "FILE", NULL, NULL, "read the share from a file"}, \
	{ \
		"public-key", FLAG_TEXT, "B64", NULL, "VAULTCTL_UNSEAL_KEY", \
		    "seal the share to this key, which init gave out, so that no gate sees it" \
	}

/* Seal to the key that text is the base64 of.  0, or -1 with ERR_INVALID. */
int share_aim(struct share_aim *aim, struct str text, struct error *err);

/* To that of -public-key, when it is given.  0 or -1. */
int share_aim_by_flag(struct share_aim *aim, const struct flags *f, struct error *err);

/*
 * Append a share, as text, from -share-file, standard input (the argument "-") or the terminal.
 * On a terminal it says when the share will not be sealed.  0, or -1 with ERR_IO, or
 * ERR_INVALID: none there, or it stands in the command line.
 */
int share_read(
    const struct flags *f, const struct share_aim *aim, struct buf *share, struct error *err);

/*
 * Put the member that holds a share (text in hex or base64): "key", or "sealed_key".  0, or -1
 * with ERR_INVALID when it is to be sealed and is no share.
 * Security: what is to be sealed and cannot be is not put.
 */
int share_put(
    struct json_writer *w, const struct share_aim *aim, struct str share, struct error *err);

/*
 * Send a share to that path of the API, alone; NULL: have those forgotten that were given.  As
 * ask does; FAILED when it cannot be sealed.
 */
enum outcome share_send(struct session *s, const char *path, const struct share_aim *aim,
    const struct str *share, struct answer *a, struct error *err);

/* Tell a person who may not know: what goes plain can be sealed. */
void share_note_plain(const struct share_aim *aim);

#endif
