/*
 * Using a named key: what a request asks, once or in a batch, what comes of it, and the answer.
 * A batch is a list of the same use; a single request is a list of one (vault-api 6, "Batch
 * semantics").
 */
#ifndef API_TRANSIT_USE_H
#define API_TRANSIT_USE_H

#include "keys/named_use.h"
#include "vaultd/keeper/call.h"
#include "vaultd/keeper/workers.h"

#define TRANSIT_BATCH_MAX 4096 /* items of one request */

enum use {
	USE_ENCRYPT, USE_DECRYPT, USE_REWRAP, USE_HMAC, USE_SIGN, USE_VERIFY, USE_VERIFY_HMAC
};

/* What one item asks; texts as they were sent. */
struct use_item {
	struct str input;   /* base64; of decrypt and rewrap the ciphertext */
	struct str context, associated; /* base64 */
	struct str proof;   /* of a verify: the signature or HMAC */
	struct str reference;
	int64_t version;    /* 0: the latest */
	bool has_input, has_signature, has_hmac;
};

struct uses {
	enum use what;
	bool batch;
	unsigned count;
	struct use_item *items;
	enum hash hash;       /* of an HMAC */
	struct sign_use sign; /* options of sign and verify */
};

/*
 * The items of a request, in the arena.  -1 refused: what is wrong with the batch as a whole, or
 * a single request that lacks what it needs.  Options (hash, sign) are the caller's to fill in.
 */
int uses_read(struct call *c, enum use what, struct uses *u);

/* What came of one item. */
struct outcome {
	enum error_code code;   /* ERR_NONE: it was done */
	bool valid;             /* of a verify */
	uint32_t version;       /* that did it */
	uint32_t opened;        /* of the text given to decrypt and rewrap */
	size_t at, len;         /* the value, or what was wrong, in outcomes.text */
	size_t public_len;      /* behind the value: the public key of a derived signature */
};

struct outcomes {
	struct outcome *list;   /* as many as there are items */
	struct buf text;
};

/* Do it all; list is the caller's.  Any thread. */
void uses_run(const struct named_key *k, const struct uses *u, struct outcomes *out);

/* Whether a worker must do it: what would hold up other requests. */
bool uses_slow(const struct named_key *k, enum use what, unsigned count);

/* Work that does it: holds the key and copies of the items; and what came of it, when c->work is
 * such work, else NULL. */
struct work *uses_work(struct named_key *k, const struct uses *u);
const struct outcomes *uses_done(const struct call *c);

/*
 * Do it, unless c->work has done it, and answer.  0, or -1: the single request was refused, or
 * err says what failed inside.
 */
int uses_answer(struct call *c, struct named_key *k, const struct uses *u, struct error *err);

/*
 * For a route of such a use: uses_prepare is its prepare (*w stays NULL when it is quick),
 * uses_serve reads the options that the items are used with, and answers.
 */
int uses_prepare(struct call *c, enum use what, struct named_key *k, struct work **w);
int uses_serve(struct call *c, struct named_key *k, struct uses *u, struct error *err);

#endif
