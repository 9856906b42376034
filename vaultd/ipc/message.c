/*
 * The table of frames and the shape of their payloads, shared by all processes.  A payload is
 * the fields of its struct in the order of a table, so that writing and reading cannot differ:
 * numbers big-endian, a bool one byte 0 or 1, a str its length (u32) and its bytes.
 * Security: what is read here comes from a process that may be broken; nothing is believed.
 */
#include "vaultd/ipc/message.h"

#define KIB 1024u
#define MIB (1024u * KIB)

const struct frame_rule frame_rules[FRAME_TYPES] = {
    [FRAME_START] = {"START", SIDE_MAIN, SIDE_KEEPER, 16 * MIB, true, false},
    [FRAME_RELOAD] = {"RELOAD", SIDE_MAIN, SIDE_KEEPER, 16 * MIB, true, false},
    [FRAME_GATE] = {"GATE", SIDE_MAIN, SIDE_KEEPER, 4, false, true},
    [FRAME_STOP] = {"STOP", SIDE_MAIN, SIDE_KEEPER, 0, false, false},
    [FRAME_STATUS] = {"STATUS", SIDE_KEEPER, SIDE_MAIN, 4 * KIB, false, false},
    [FRAME_FAILED] = {"FAILED", SIDE_KEEPER, SIDE_MAIN, 4 * KIB, false, false},
    [FRAME_TLS] = {"TLS", SIDE_KEEPER, SIDE_GATE, 16 * MIB, true, false},
    [FRAME_NONCES] = {"NONCES", SIDE_KEEPER, SIDE_GATE, 64 * KIB, true, false},
    [FRAME_LISTENING] = {"LISTENING", SIDE_GATE, SIDE_KEEPER, 0, false, false},
    [FRAME_PEER] = {"PEER", SIDE_GATE, SIDE_KEEPER, 49 * KIB, false, false},
    [FRAME_REQUEST] = {"REQUEST", SIDE_GATE, SIDE_KEEPER, FRAME_BODY_MAX, true, false},
    [FRAME_GONE] = {"GONE", SIDE_GATE, SIDE_KEEPER, 8, false, false},
    [FRAME_REPLY] = {"REPLY", SIDE_KEEPER, SIDE_GATE, FRAME_BODY_MAX, true, false},
    [FRAME_CLOSE] = {"CLOSE", SIDE_KEEPER, SIDE_GATE, 8, false, false},
    [FRAME_DRAIN] = {"DRAIN", SIDE_KEEPER, SIDE_GATE, 0, false, false},
    [FRAME_CHANNEL] = {"CHANNEL", SIDE_STARTER, SIDE_MAIN, 0, false, true},
    [FRAME_RUNNER] = {"RUNNER", SIDE_MAIN, SIDE_KEEPER, 0, false, true},
    [FRAME_HOOKS] = {"HOOKS", SIDE_MAIN, SIDE_STARTER, 4 * KIB, false, false},
    [FRAME_RUN] = {"RUN", SIDE_KEEPER, SIDE_RUNNER, 4 * MIB, true, false},
    [FRAME_RAN] = {"RAN", SIDE_RUNNER, SIDE_KEEPER, 4 * MIB, true, false},
};

enum kind { KIND_BOOL, KIND_U16, KIND_U32, KIND_STR };

struct field {
	enum kind kind;
	size_t offset;
};

/* The member's type chooses the kind: a field cannot be written as what it is not. */
#define KIND(m) \
	_Generic((m), bool \
		 : KIND_BOOL, uint16_t \
		 : KIND_U16, uint32_t \
		 : KIND_U32, struct str \
		 : KIND_STR)
#define FIELD(frame, member) \
	{ \
		KIND(((struct frame *)0)->member), offsetof(struct frame, member) \
	}
#define END \
	{ \
		KIND_BOOL, (size_t)-1 \
	}

static const struct field start_fields[] = {
    FIELD(frame_start, config),
    FIELD(frame_start, config_path),
    FIELD(frame_start, server_pem),
    FIELD(frame_start, server_key),
    FIELD(frame_start, ca_pem),
    FIELD(frame_start, crl_pem),
    FIELD(frame_start, development),
    FIELD(frame_start, gates),
    END,
};
static const struct field gate_fields[] = {FIELD(frame_gate, index), END};
static const struct field status_fields[] = {
    FIELD(frame_status, ready),
    FIELD(frame_status, text),
    END,
};
static const struct field text_fields[] = {FIELD(frame_text, text), END};
static const struct field tls_fields[] = {
    FIELD(frame_tls, server_pem),
    FIELD(frame_tls, server_key),
    FIELD(frame_tls, ca_pem),
    FIELD(frame_tls, crl_pem),
    FIELD(frame_tls, trust_domain),
    FIELD(frame_tls, revoked),
    FIELD(frame_tls, limits.head_bytes),
    FIELD(frame_tls, limits.head_fields),
    FIELD(frame_tls, limits.body_bytes),
    FIELD(frame_tls, limits.handshake_s),
    FIELD(frame_tls, limits.head_s),
    FIELD(frame_tls, limits.body_s),
    FIELD(frame_tls, limits.write_stall_s),
    FIELD(frame_tls, limits.idle_s),
    FIELD(frame_tls, limits.age_s),
    FIELD(frame_tls, limits.connections),
    FIELD(frame_tls, limits.per_address),
    FIELD(frame_tls, limits.per_identity),
    FIELD(frame_tls, networks),
    END,
};
static const struct field nonces_fields[] = {FIELD(frame_nonces, nonces), END};
static const struct field peer_fields[] = {
    FIELD(frame_peer, conn.number),
    FIELD(frame_peer, conn.generation),
    FIELD(frame_peer, address),
    FIELD(frame_peer, port),
    FIELD(frame_peer, messages),
    END,
};
static const struct field request_fields[] = {
    FIELD(frame_request, conn.number),
    FIELD(frame_request, conn.generation),
    FIELD(frame_request, method),
    FIELD(frame_request, target),
    FIELD(frame_request, content_type),
    FIELD(frame_request, token),
    FIELD(frame_request, space),
    FIELD(frame_request, wrap_ttl),
    FIELD(frame_request, accept),
    FIELD(frame_request, body),
    END,
};
static const struct field conn_fields[] = {
    FIELD(frame_conn, conn.number),
    FIELD(frame_conn, conn.generation),
    END,
};
static const struct field reply_fields[] = {
    FIELD(frame_reply, conn.number),
    FIELD(frame_reply, conn.generation),
    FIELD(frame_reply, status),
    FIELD(frame_reply, close),
    FIELD(frame_reply, content_type),
    FIELD(frame_reply, space),
    FIELD(frame_reply, retry_after),
    FIELD(frame_reply, allow),
    FIELD(frame_reply, body),
    END,
};

static const struct field hooks_fields[] = {
    FIELD(frame_hooks, development),
    FIELD(frame_hooks, user),
    FIELD(frame_hooks, uid),
    FIELD(frame_hooks, gid),
    FIELD(frame_hooks, memory),
    FIELD(frame_hooks, processes),
    FIELD(frame_hooks, output),
    END,
};
static const struct field run_fields[] = {
    FIELD(frame_run, id),
    FIELD(frame_run, hook),
    FIELD(frame_run, time_s),
    FIELD(frame_run, document),
    END,
};
static const struct field ran_fields[] = {
    FIELD(frame_ran, id),
    FIELD(frame_ran, outcome),
    FIELD(frame_ran, code),
    FIELD(frame_ran, output),
    FIELD(frame_ran, complaint),
    END,
};

/* An absent str (at is NULL) has this length and no bytes. */
#define ABSENT UINT32_MAX

static void
put_str(struct buf *out, struct str s)
{
	if (s.at == NULL)
		buf_put_u32(out, ABSENT);
	else
		buf_put_block(out, s.at, s.len);
}

static struct str
get_str(struct reader *r)
{
	uint32_t len = reader_u32(r);
	struct str s = {NULL, 0};

	if (len != ABSENT && (s.at = (const char *)reader_bytes(r, len)) != NULL)
		s.len = len;
	return s;
}

static bool
get_bool(struct reader *r)
{
	uint8_t v = reader_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1;
}

static void
put_fields(struct buf *out, const struct field *f, const void *from)
{
	for (; f->offset != (size_t)-1; f++) {
		const void *member = (const char *)from + f->offset;

		switch (f->kind) {
		case KIND_BOOL:
			buf_put_u8(out, *(const bool *)member);
			break;
		case KIND_U16:
			buf_put_u16(out, *(const uint16_t *)member);
			break;
		case KIND_U32:
			buf_put_u32(out, *(const uint32_t *)member);
			break;
		case KIND_STR:
			put_str(out, *(const struct str *)member);
			break;
		}
	}
}

static void
get_fields(struct reader *r, const struct field *f, void *to)
{
	for (; f->offset != (size_t)-1; f++) {
		void *member = (char *)to + f->offset;

		switch (f->kind) {
		case KIND_BOOL:
			*(bool *)member = get_bool(r);
			break;
		case KIND_U16:
			*(uint16_t *)member = reader_u16(r);
			break;
		case KIND_U32:
			*(uint32_t *)member = reader_u32(r);
			break;
		case KIND_STR:
			*(struct str *)member = get_str(r);
			break;
		}
	}
}

/* A payload that is its table and nothing else. */
static bool
get_all(struct str payload, const struct field *f, void *to)
{
	struct reader r = reader_of(payload.at, payload.len);

	get_fields(&r, f, to);
	return reader_done(&r);
}

/* A frame whose fields may hold anything that they can. */
#define PLAIN_FRAME(name) \
	void frame_put_##name(struct buf *out, const struct frame_##name *f) \
	{ \
		put_fields(out, name##_fields, f); \
	} \
	bool frame_get_##name(struct str payload, struct frame_##name *f) \
	{ \
		return get_all(payload, name##_fields, f); \
	}

/* clang-format off */
PLAIN_FRAME(start)
PLAIN_FRAME(gate)
PLAIN_FRAME(status)
PLAIN_FRAME(text)
PLAIN_FRAME(peer)
PLAIN_FRAME(conn)
PLAIN_FRAME(hooks)
PLAIN_FRAME(run)
/* clang-format on */

#define NETWORKS (sizeof((struct frame_tls *)0)->network / sizeof(struct str))

void
frame_put_tls(struct buf *out, const struct frame_tls *f)
{
	put_fields(out, tls_fields, f);
	for (uint32_t i = 0; i < f->networks; i++)
		put_str(out, f->network[i]);
}

bool
frame_get_tls(struct str payload, struct frame_tls *f)
{
	struct reader r = reader_of(payload.at, payload.len);

	get_fields(&r, tls_fields, f);
	if (r.bad || f->networks > NETWORKS)
		return false;
	for (uint32_t i = 0; i < f->networks; i++)
		f->network[i] = get_str(&r);
	return reader_done(&r);
}

void
frame_put_nonces(struct buf *out, const struct frame_nonces *f)
{
	put_fields(out, nonces_fields, f);
}

bool
frame_get_nonces(struct str payload, struct frame_nonces *f)
{
	return get_all(payload, nonces_fields, f) && f->nonces.len % NONCE_BYTES == 0;
}

void
frame_put_request(struct buf *out, const struct frame_request *f)
{
	put_fields(out, request_fields, f);
}

bool
frame_get_request(struct str payload, struct frame_request *f)
{
	return get_all(payload, request_fields, f) && f->method <= METHOD_OTHER;
}

void
frame_put_reply(struct buf *out, const struct frame_reply *f)
{
	put_fields(out, reply_fields, f);
}

bool
frame_get_reply(struct str payload, struct frame_reply *f)
{
	return get_all(payload, reply_fields, f) && f->status >= 100 && f->status <= 599;
}

void
frame_put_ran(struct buf *out, const struct frame_ran *f)
{
	put_fields(out, ran_fields, f);
}

bool
frame_get_ran(struct str payload, struct frame_ran *f)
{
	return get_all(payload, ran_fields, f) && f->outcome <= RAN_REFUSED;
}
