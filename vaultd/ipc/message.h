/*
 * What vaultd's processes say to each other: one table of frames, and the payloads as structs.
 * On the wire a frame is: length of payload u32 | type u8 | three zero bytes | payload.
 *
 *   main -> keeper   START RELOAD GATE STOP      gate -> keeper   LISTENING PEER REQUEST GONE
 *   keeper -> main   STATUS FAILED               keeper -> gate   TLS NONCES REPLY CLOSE DRAIN
 *   starter -> main  CHANNEL                     keeper -> runner RUN
 *   main -> keeper   RUNNER                      runner -> keeper RAN
 *   main -> starter -> runner  HOOKS (in pipes)
 *
 * A connection is named by (gate, number, generation): the gate's index, known from the channel
 * a frame came in on, the number of a slot in the gate's table, and how often it was used.
 */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum side { SIDE_MAIN, SIDE_KEEPER, SIDE_GATE, SIDE_STARTER, SIDE_RUNNER };

enum frame_type {
	FRAME_START = 1, /* the configuration and the files it names */
	FRAME_RELOAD,    /* the same again, on SIGHUP */
	FRAME_GATE,      /* a (new) gate's channel; carries one descriptor */
	FRAME_STOP,      /* finish what runs, then exit 0 */
	FRAME_STATUS,    /* ready, and one line for the service manager */
	FRAME_FAILED,    /* a reload was refused, and why: the old one stays */
	FRAME_TLS,       /* listener's certificate, key, CA, CRL, limits */
	FRAME_NONCES,    /* one-time nonces for CertificateRequest */
	FRAME_LISTENING, /* the gate accepts connections */
	FRAME_PEER,      /* connection n: this handshake */
	FRAME_REQUEST,   /* connection n asks */
	FRAME_GONE,      /* connection n has ended */
	FRAME_REPLY,     /* to connection n */
	FRAME_CLOSE,     /* end connection n */
	FRAME_DRAIN,     /* accept nothing more, close idle connections, exit when the last is gone */
	FRAME_CHANNEL,   /* a (new) runner's channel, for the keeper; carries one descriptor */
	FRAME_RUNNER,    /* the same, passed on */
	FRAME_HOOKS,     /* whom hooks run as, and their limits */
	FRAME_RUN,       /* run a hook on this document */
	FRAME_RAN,       /* how that ended, and what it said */
	FRAME_TYPES
};

struct frame_rule {
	const char *name;
	enum side from, to;
	uint32_t limit;  /* most bytes of payload */
	bool secret;     /* wiped by the channel on both sides once handled */
	bool descriptor; /* carries one file descriptor */
};
extern const struct frame_rule frame_rules[FRAME_TYPES];

#define FRAME_HEAD 8
#define FRAME_BODY_MAX (34 * 1024 * 1024)

/* Which connection. */
struct conn_name {
	uint32_t number;
	uint32_t generation;
};

/* Limits of the listener, as in the configuration (seconds, bytes, counts). */
struct limits {
	uint32_t head_bytes, head_fields;     /* 16384, 64 */
	uint32_t body_bytes;                  /* 2 MiB */
	uint32_t handshake_s, head_s, body_s; /* totals, never restarted by a byte: 10, 10, 30 */
	uint32_t write_stall_s, idle_s;       /* 30, 300 */
	uint32_t age_s;                       /* 3600; also ends at the certificate's notAfter */
	uint32_t connections;                 /* of one gate: 16384 */
	uint32_t per_address, per_identity;   /* 4096, 4096 */
};

struct frame_start {             /* START, RELOAD (secret) */
	struct str config;       /* text of the configuration file */
	struct str config_path;  /* for messages */
	struct str server_pem, server_key, ca_pem, crl_pem; /* contents of the files it names */
	bool development;        /* -dev: warn where otherwise vaultd would refuse to start */
	uint32_t gates;
};

struct frame_gate {              /* GATE */
	uint32_t index;
};

struct frame_status {            /* STATUS */
	bool ready;
	struct str text;         /* "unsealed, 2 gates" */
};

struct frame_text {              /* FAILED */
	struct str text;
};

struct frame_tls {               /* TLS (secret) */
	struct str server_pem, server_key, ca_pem, crl_pem, trust_domain;
	struct str revoked;      /* by the vault itself: policy/revoked_set.h */
	struct limits limits;
	uint32_t networks;       /* allowed source networks; none: every address */
	struct str network[32];  /* "10.0.0.0/8", "fd00::/8" */
};

#define NONCE_BYTES 32
struct frame_nonces {            /* NONCES (secret) */
	struct str nonces;       /* a multiple of NONCE_BYTES */
};

struct frame_peer {              /* PEER */
	struct conn_name conn;
	struct str address;      /* "127.0.0.1" */
	uint16_t port;
	struct str messages;     /* the handshake: policy/possession.h */
};

enum method {
	METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_LIST,
	METHOD_SCAN, METHOD_HELP, METHOD_OPTIONS, METHOD_OTHER
};

struct frame_request {           /* REQUEST (secret) */
	struct conn_name conn;
	enum method method;
	struct str target;       /* origin-form, raw, with its query */
	struct str content_type; /* header values; at is NULL when absent */
	struct str token;        /* X-Vault-Token, else Authorization: Bearer */
	struct str space;        /* X-Vault-Namespace */
	struct str wrap_ttl;     /* X-Vault-Wrap-TTL */
	struct str accept;
	struct str body;
};

struct frame_conn {              /* GONE, CLOSE */
	struct conn_name conn;
};

struct frame_reply {             /* REPLY (secret) */
	struct conn_name conn;
	uint16_t status;
	bool close;              /* the connection ends after it */
	struct str content_type; /* empty: none */
	struct str space;        /* X-Vault-Namespace to echo; at NULL: none */
	uint32_t retry_after;    /* seconds; 0: none */
	struct str allow;        /* Allow header; empty: none */
	struct str body;
};

struct frame_hooks {             /* HOOKS */
	bool development;        /* hooks may be one's own, and run as oneself */
	struct str user;         /* whom the runner becomes */
	uint32_t uid, gid;       /* whom hooks run as */
	uint32_t memory, processes, output; /* limits of one hook: bytes, count, bytes a stream */
};

struct frame_run {               /* RUN (secret) */
	uint32_t id;             /* the keeper's, to know the answer by */
	struct str hook;         /* its name in the hooks' directory */
	uint32_t time_s;         /* how long it may take */
	struct str document;     /* JSON, for its standard input */
};

enum ran_outcome {
	RAN_EXITED,   /* code: its exit status */
	RAN_KILLED,   /* code: the signal */
	RAN_TOO_LONG, /* it was ended */
	RAN_FLOODED,  /* it said more than it may, and was ended */
	RAN_REFUSED   /* it was not started; complaint says why */
};

struct frame_ran {               /* RAN (secret) */
	uint32_t id;
	uint32_t outcome;        /* enum ran_outcome */
	uint32_t code;
	struct str output, complaint; /* its standard output and standard error */
};

/*
 * Append a payload to out; and read one back: false when it is malformed, which from another
 * process is fatal for its sender.  What is read borrows from payload.
 */
void frame_put_start(struct buf *out, const struct frame_start *f);
bool frame_get_start(struct str payload, struct frame_start *f);
void frame_put_gate(struct buf *out, const struct frame_gate *f);
bool frame_get_gate(struct str payload, struct frame_gate *f);
void frame_put_status(struct buf *out, const struct frame_status *f);
bool frame_get_status(struct str payload, struct frame_status *f);
void frame_put_text(struct buf *out, const struct frame_text *f);
bool frame_get_text(struct str payload, struct frame_text *f);
void frame_put_tls(struct buf *out, const struct frame_tls *f);
bool frame_get_tls(struct str payload, struct frame_tls *f);
void frame_put_nonces(struct buf *out, const struct frame_nonces *f);
bool frame_get_nonces(struct str payload, struct frame_nonces *f);
void frame_put_peer(struct buf *out, const struct frame_peer *f);
bool frame_get_peer(struct str payload, struct frame_peer *f);
void frame_put_request(struct buf *out, const struct frame_request *f);
bool frame_get_request(struct str payload, struct frame_request *f);
void frame_put_conn(struct buf *out, const struct frame_conn *f);
bool frame_get_conn(struct str payload, struct frame_conn *f);
void frame_put_hooks(struct buf *out, const struct frame_hooks *f);
bool frame_get_hooks(struct str payload, struct frame_hooks *f);
void frame_put_run(struct buf *out, const struct frame_run *f);
bool frame_get_run(struct str payload, struct frame_run *f);
void frame_put_ran(struct buf *out, const struct frame_ran *f);
bool frame_get_ran(struct str payload, struct frame_ran *f);
void frame_put_reply(struct buf *out, const struct frame_reply *f);
bool frame_get_reply(struct str payload, struct frame_reply *f);

#endif
