/*
 * A keeper for tests of the gate: starts a real gate process (this program again, sandboxed),
 * answers its frames from a thread, and checks each proof of possession.
 *
 * What it answers depends on the target:
 *   /echo          200, what the REQUEST held, one value a line, then the body
 *   /status/N      status N; 429 and 503 with Retry-After: 7, 405 with Allow: GET
 *   /big/N         N bytes
 *   /close         200, and the connection is to end
 *   /hang          nothing, until fake_release
 */
#ifndef TESTS_FAKE_KEEPER_H
#define TESTS_FAKE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/unit/certs.h"
#include "vaultd/ipc/message.h"

/* What it has seen. */
struct fake_counts {
	unsigned listening, peers, proofs, requests, gone;
};

struct fake_rules {
	struct limits limits;
	const char *network; /* the only one allowed; NULL: all */
	unsigned nonces;     /* given at the start; 0: 256 */
	bool dry;            /* give no more of them */
};
/* The configuration's defaults. */
extern const struct limits fake_limits;

struct fake;

/* To be called first in main: runs the gate, and does not return, in a process that is one. */
void fake_main(int argc, char **argv);

/* A keeper with a running gate.  server and ca are borrowed. */
struct fake *fake_start(
    const struct fake_rules *rules, const struct cert *server, const struct cert *ca);
/* End it, kindly or not.  The gate's exit status (as waitpid gives it). */
int fake_drain(struct fake **f);
int fake_stop(struct fake **f);

int fake_port(const struct fake *f);
pid_t fake_pid(const struct fake *f);

/* Wait until it has seen at least that much (each count); the test fails after five seconds. */
void fake_expect(struct fake *f, const struct fake_counts *least);
struct fake_counts fake_seen(struct fake *f);

/* Send TLS again; nonces; CLOSE for the newest peer; the answer to all that hang; DRAIN. */
void fake_reload(struct fake *f, const struct cert *server, const struct cert *ca);
void fake_give(struct fake *f, unsigned nonces);
void fake_close(struct fake *f);
void fake_release(struct fake *f);
void fake_order_drain(struct fake *f);

#endif
