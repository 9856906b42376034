/*
 * One request on its way through the keeper, and the reply it gets: what every operation of the
 * API (vaultd/api) is given.
 */
#ifndef KEEPER_CALL_H
#define KEEPER_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "policy/acl.h"
#include "vaultd/ipc/message.h"
#include "vaultd/keeper/authority.h"
#include "vaultd/keeper/mounts.h"
#include "vaultd/keeper/peer.h"
#include "vaultd/keeper/records.h"
#include "vaultd/keeper/vault.h"

struct call;
struct audit;
struct config;
struct metrics;
struct work; /* workers.h */
struct named; /* named.h */
struct usage; /* usage.h */
struct plans; /* vaultd/api/plan_run.h */
struct readers; /* readers.h */

/* What is asked, once method and query are understood. */
enum operation {
	OP_READ = 1 << 0,
	OP_LIST = 1 << 1,
	OP_SCAN = 1 << 2,
	OP_WRITE = 1 << 3, /* POST, PUT */
	OP_PATCH = 1 << 4,
	OP_DELETE = 1 << 5,
	OP_HELP = 1 << 6
};

enum route_flag {
	ROUTE_SEALED = 1 << 0, /* answered while sealed or empty */
	ROUTE_WRITES = 1 << 1, /* changes records: runs in the batch */
	ROUTE_ALONE = 1 << 2,  /* changes the vault's state: runs with no batch under way */
	ROUTE_SUDO = 1 << 3,
	ROUTE_OPEN = 1 << 4,   /* needs no policy (seal-status, health, leader, init, unseal) */
	ROUTE_RAW = 1 << 5,    /* no envelope; an operation it has not is 405 with [] */
	ROUTE_ELSE = 1 << 7,   /* only for paths that no row before it knows */
	ROUTE_EXISTS = 1 << 6, /* POST and PUT are create or update: exists() decides */
	ROUTE_LOGIN = 1 << 8,  /* a token that is sent is not looked at */
	ROUTE_UNWRAPS = 1 << 9, /* a bad token is refused as a wrapping token would be */
	ROUTE_LOOKS = 1 << 10, /* looks at the token that is sent, as auth/token/lookup does */
	ROUTE_BYTES = 1 << 11  /* a body is no JSON: run finds it in c->bytes */
};

/*
 * One operation of the API.  pattern is relative to the mount: literal segments, ":name" takes
 * one segment, "*name" takes all that is left (at least one byte; "*name?" may be empty),
 * "*name/last" all but the last segment, which must be that one.
 */
struct route {
	unsigned operations;   /* OP_... this row answers */
	const char *pattern;
	int (*run)(struct call *c, struct error *err);
	unsigned flags;
	bool (*exists)(struct call *c);
	const char *fields;    /* names of the body and query fields it knows, space-separated; "*": any */
	const char *help;      /* one line */
	/*
	 * NULL, or what comes before run, once the caller may: slow mathematics, if it takes any,
	 * as work for a worker thread (*w; left NULL it does not).  When the work is done the
	 * request begins anew, is authorised anew, and run finds it in c->work.  Changes nothing.
	 */
	int (*prepare)(struct call *c, struct work **w, struct error *err);
	/*
	 * NULL, or in place of ROUTE_WRITES: whether this request would change records as they
	 * stand, by its path alone.
	 */
	bool (*writes)(struct call *c);
};

#define ROUTE_PARAMETERS 4

/* A reply that was kept, and what is told of it. */
struct wrap_info {
	struct buf token;          /* empty: the reply is told as it is */
	char accessor[25];
	char wrapped_accessor[25]; /* of a token in the reply */
	int64_t ttl;               /* ns */
	struct str path;
};

/* The token in a reply, for the audit. */
struct issued {
	const struct grant *grant; /* NULL: there is none */
	struct str text;
	char accessor[25];
	int64_t ttl;               /* ns */
};

/* A request waits for a record to change (waiters.h). */
struct call_wait {
	int64_t until; /* boot ns; 0: it does not wait */
	uint8_t on[32]; /* the record's id */
};

struct reply {
	unsigned status;       /* 0: 200 with data, else 204 (404 for a read or list) */
	struct buf data;       /* JSON: the value of "data"; of a raw route: the whole body */
	bool mirrored;         /* data's members again at the top level */
	struct buf auth;       /* JSON: the value of "auth"; empty: null */
	struct issued issued;  /* what auth is of */
	int64_t lease_s;       /* "lease_duration", seconds */
	struct wrap_info wrap;
	struct buf warnings;   /* JSON strings, comma-separated, without the brackets */
	struct buf errors;     /* likewise; with any of them the reply is an error */
	bool raw;              /* as ROUTE_RAW, for this reply */
	bool unnamed;          /* its "request_id" is "" */
	bool empty;            /* no body at all, whatever the status */
	const char *content_type; /* default application/json */
};

struct call {
	/* who and where */
	struct peer *peer;
	const struct grant *grant;  /* NULL on ROUTE_OPEN routes: while sealed, or with a bad token */
	struct str token;           /* as it was sent; empty: none, the certificate counts */
	const struct mount *mount;
	const struct route *route;
	/* what */
	enum operation operation;
	struct str path;            /* canonical, without "/v1/"; a list's ends in "/" */
	struct str rest;            /* behind the mount's path */
	struct str parameter[ROUTE_PARAMETERS]; /* what ":x" and "*x" took, in order */
	const struct json *body;    /* the body's or (GET, LIST, DELETE) the query's members;
	                             * an object without members when there is none */
	struct str accept;          /* header; at NULL: none */
	int64_t wrap_ttl;           /* ns: the reply is to be wrapped; 0: it is not */
	bool has_body;              /* a body was sent (and is not null) */
	struct str bytes;           /* of ROUTE_BYTES: the body as it came */
	struct work *work;          /* what prepare asked for, done; NULL: nothing */
	int64_t waited;             /* boot ns: it came here from a wait until then; 0: it did not */
	char request_id[37];
	int64_t now;                /* due_now(), the same throughout the request */
	/* with what */
	struct arena *arena;        /* wiped after the request */
	struct vault *vault;
	struct records *records;    /* NULL unless open */
	struct authority *authority; /* NULL unless open */
	struct mounts *mounts;      /* NULL unless open */
	struct named *named;        /* NULL unless open */
	struct usage *usage;        /* NULL unless open */
	struct plans *plans;        /* NULL unless open */
	struct readers *readers;    /* NULL unless open */
	struct audit *audit;
	const struct config *config;
	struct trust *trust;        /* this Hublet's CA */
	const struct metrics *metrics;
	struct buf *revoked;       /* policy/revoked_set.h: whom the listener refuses */
	/* what comes back */
	bool refused;               /* an error was said; the batch forgets what was changed */
	struct call_wait wait;      /* of a read: no reply yet, it is to begin anew */
	struct reply reply;
};

/* What is asked of an operation and how it ends: 0, or -1 when it refused (call_refuse) or when
 * err says what failed inside; then nothing it changed counts. */

/* Start the reply's data: an object is open; the handler puts members and closes it. */
struct json_writer reply_data(struct call *c);

/* Refuse with a status and one error text ("errors":[text]); "" gives an empty list.  Returns -1
 * so that a handler can `return call_refuse(...)`. */
int call_refuse(struct call *c, unsigned status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* 404 {"errors":[]} */
int call_not_found(struct call *c);
/* "1 error occurred:\n\t* text\n\n" (n errors: one after the other, newline separated in texts) */
int call_refuse_wrapped(struct call *c, unsigned status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#ifdef ANALYZED /* as in base/error.h */
#define call_refuse(...) (call_refuse(__VA_ARGS__), -1)
#define call_not_found(...) (call_not_found(__VA_ARGS__), -1)
#define call_refuse_wrapped(...) (call_refuse_wrapped(__VA_ARGS__), -1)
#endif
void call_warn(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Fields of the body or query, converted as the reference's framework does.  present (may be
 * NULL) tells whether the field was there (null counts as absent).  An empty text is 0, or false.
 * -1: refused, with
 * `Field validation failed: error converting input for field "x": ...` (without the first
 * three words on a POST or PUT to a ROUTE_EXISTS route).
 */
int field_text(struct call *c, const char *name, struct str *value, bool *present);
int field_int(struct call *c, const char *name, int64_t *value, bool *present);
int field_bool(struct call *c, const char *name, bool *value, bool *present);
/* seconds as a number or a Go duration; ns; the first refuses what is negative */
int field_duration(struct call *c, const char *name, int64_t *ns, bool *present);
int field_signed_duration(struct call *c, const char *name, int64_t *ns, bool *present);
/* a JSON list or "a,b"; the array is in the arena */
int field_list(struct call *c, const char *name, struct str **items, unsigned *count,
    bool *present);

/* Tables of the engines (vaultd/api): rows end with a NULL pattern. */
extern const struct route routes_sys[];
extern const struct route routes_kv2[];
extern const struct route routes_kv1[];
extern const struct route routes_kv_upgrade[];
extern const struct route routes_cert[];
extern const struct route routes_transit[];
extern const struct route routes_pki[];
extern const struct route routes_token[];
extern const struct route routes_identity[];
extern const struct route routes_cubbyhole[];

#endif
