/*
 * Keeper: tokens.  Trusted to let none count that was revoked, and to keep none in the clear.
 */
#include "vaultd/keeper/tokens.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/keeper/agenda.h"
#include "vaultd/keeper/chores.h"
#include "vaultd/keeper/owners.h"
#include "vaultd/keeper/cubbyhole.h"
#include "vaultd/keeper/wrapped.h"

#define EXPIRE_SLICE 128

static const uint8_t no_mount[16];

void
tokens_release(struct token *t)
{
	buf_free(&t->bytes);
}

static struct record_name
name_of(struct str accessor)
{
	return (struct record_name){ RECORD_TOKEN, no_mount, { "", 0 }, accessor };
}

/* ---- finding ---- */

/* 0; -1 with ERR_NOT_FOUND or ERR_CORRUPT. */
static int
read_record(struct vault *v, struct token *t, struct error *err)
{
	struct record_name n = name_of(str_of(t->accessor));

	if (records_get(vault_records(v), &n, &t->bytes, err) != 0)
		return -1;
	if (claims_read(&t->claims, buf_str(&t->bytes)) != 0)
		return error_set(err, ERR_CORRUPT, "the record of a token is malformed");
	t->stored = true;
	return 0;
}

static int
open_sealed(struct vault *v, struct str text, struct token *t)
{
	if (token_open(vault_keyring(v), vault_header(v), text, &t->bytes, NULL) != 0 ||
	    claims_read(&t->claims, buf_str(&t->bytes)) != 0)
		return -1;
	t->claims.kept = t->claims.expires;
	return 0;
}

int
tokens_find(struct vault *v, struct str text, struct token *t)
{
	struct error err = ERROR_INIT;

	*t = (struct token){ .stored = false };
	token_accessor(vault_keyring(v), text, t->accessor);
	if (read_record(v, t, &err) == 0 ||
	    (err.code == ERR_NOT_FOUND && open_sealed(v, text, t) == 0))
		return 0;
	tokens_release(t);
	return -1;
}

int
tokens_find_accessor(struct vault *v, struct str accessor, struct token *t)
{
	*t = (struct token){ .stored = false };
	if (accessor.len != TOKEN_ACCESSOR)
		return -1;
	memcpy(t->accessor, accessor.at, TOKEN_ACCESSOR);
	if (read_record(v, t, NULL) == 0)
		return 0;
	tokens_release(t);
	return -1;
}

void
tokens_seal(struct vault *v, struct token *t, struct buf *text)
{
	struct claims sealed = t->claims;
	struct buf bytes = BUF_INIT;
	size_t from = text->len;

	sealed.kept = 0;
	claims_format(&sealed, &bytes);
	token_seal(vault_keyring(v), vault_header(v), buf_str(&bytes), text);
	token_accessor(vault_keyring(v), str_from(buf_str(text), from), t->accessor);
	buf_free(&bytes);
}

/* ---- writing ---- */

static void
put_record(struct vault *v, const struct token *t)
{
	struct record_name n = name_of(str_of(t->accessor));
	struct buf bytes = BUF_INIT;

	claims_format(&t->claims, &bytes);
	records_put(vault_records(v), &n, buf_str(&bytes));
	buf_free(&bytes);
}

/* A record goes when neither what it says nor what was sealed counts any more. */
static void
keep(struct vault *v, struct token *t, int64_t until)
{
	struct str accessor = str_of(t->accessor);
	int64_t old = t->stored ? t->claims.kept : 0;

	t->claims.kept = until;
	if (old == until)
		return;
	if (old != 0)
		agenda_remove(vault_records(v), old, AGENDA_TOKEN, accessor);
	agenda_put(vault_records(v), until, AGENDA_TOKEN, accessor);
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static uint32_t *
count_of(struct owner *o, const struct claims *c)
{
	return c->kind == CLAIMS_WRAPPING     ? &o->wrapped :
	    (c->flags & CLAIMS_REVOKED) != 0 ? &o->denied :
					       &o->stored;
}

/* One less; of an epoch that is over none are counted as denied. */
static void
take_off(struct owner *o, const struct claims *c)
{
	uint32_t *count = count_of(o, c);

	if (*count > 0 && (count != &o->denied || c->epoch == o->epoch))
		--*count;
}

/* Count a new record in. */
static int
admit(struct vault *v, const struct token *t, struct error *err)
{
	struct owner o;

	if (owners_get(vault_records(v), t->claims.owner, &o, err) != 0)
		return -1;
	if (t->claims.kind == CLAIMS_WRAPPING ? o.wrapped >= OWNER_WRAPPED :
	                                        o.stored >= OWNER_TOKENS)
		return error_set(err, ERR_LIMIT, "this identity has %u tokens and %u wrapped "
		    "replies: use or revoke some, or let them expire", o.stored, o.wrapped);
	*count_of(&o, &t->claims) += 1;
	owners_put(vault_records(v), t->claims.owner, &o);
	return 0;
}

int
tokens_store(struct vault *v, struct token *t, struct error *err)
{
	const struct claims *c = &t->claims;

	if (!t->stored && admit(v, t, err) != 0)
		return -1;
	keep(v, t, c->kind == CLAIMS_LOGIN ? later(c->kept, c->expires) : c->expires);
	put_record(v, t);
	t->stored = true;
	return 0;
}

int
tokens_use(struct vault *v, struct token *t, bool *last, struct error *err)
{
	t->claims.uses--;
	*last = t->claims.uses == 0;
	return tokens_store(v, t, err);
}

/* ---- ending ---- */

/* Its record goes, and leaves its owner's count to who calls. */
static void
erase(struct vault *v, const struct token *t)
{
	struct record_name n = name_of(str_of(t->accessor));

	agenda_remove(vault_records(v), t->claims.kept, AGENDA_TOKEN, n.name);
	records_delete(vault_records(v), &n);
	wrapped_erase(vault_records(v), n.name);
}

static void
end_log_in(struct vault *v, struct token *t, struct owner *o)
{
	if (t->stored)
		take_off(o, &t->claims);
	if (o->denied == OWNER_DENIED) {
		o->epoch++;
		o->denied = 0;
		if (t->stored)
			erase(v, t);
		return;
	}
	o->denied++;
	t->claims.flags |= CLAIMS_REVOKED;
	keep(v, t, later(t->claims.kept, t->claims.expires));
	put_record(v, t);
}

int
tokens_revoke(struct vault *v, struct token *t, int64_t heirs, int64_t wall, struct error *err)
{
	struct owner o;

	if (heirs > 0) {
		t->claims.flags |= CLAIMS_HEIR;
		t->claims.expires = heirs;
		if (tokens_store(v, t, err) != 0)
			return -1;
	} else if (owners_get(vault_records(v), t->claims.owner, &o, err) != 0) {
		return -1;
	} else {
		if (t->claims.kind == CLAIMS_LOGIN)
			end_log_in(v, t, &o);
		else {
			take_off(&o, &t->claims);
			erase(v, t);
		}
		owners_put(vault_records(v), t->claims.owner, &o);
	}
	if ((t->claims.flags & CLAIMS_CUBBYHOLE) != 0)
		agenda_put(vault_records(v), wall, AGENDA_TOKEN, str_of(t->accessor));
	return 0;
}

int
tokens_deny(struct vault *v, struct str accessor, struct str owner, int64_t until,
    struct error *err)
{
	struct token t = { .claims = { .kind = CLAIMS_LOGIN, .owner = owner,
		.expires = until } };
	struct owner o;

	if (owners_get(vault_records(v), owner, &o, err) != 0)
		return -1;
	if (o.denied == OWNER_DENIED)
		return error_set(err, ERR_LIMIT,
		    "too many log-ins were revoked by accessor alone");
	memcpy(t.accessor, accessor.at, TOKEN_ACCESSOR);
	t.claims.epoch = o.epoch;
	end_log_in(v, &t, &o);
	owners_put(vault_records(v), owner, &o);
	return 0;
}

/* ---- what has expired ---- */

static int
count_out(struct vault *v, const struct claims *c, struct error *err)
{
	struct owner o;

	if (owners_get(vault_records(v), c->owner, &o, err) != 0)
		return -1;
	take_off(&o, c);
	owners_put(vault_records(v), c->owner, &o);
	return 0;
}

static int
expire(void *arg, const struct agenda_entry *e, struct error *err)
{
	struct call *c = arg;
	struct token t;
	bool found = tokens_find_accessor(c->vault, e->id, &t) == 0;
	bool over = !found || t.claims.kept <= c->now;
	int rc = 0;

	if ((over || (t.claims.flags & (CLAIMS_REVOKED | CLAIMS_HEIR)) != 0) &&
	    cubbyhole_erase(c->records, e->id))
		agenda_put(c->records, c->now, AGENDA_TOKEN, e->id);
	else if (found && over) {
		rc = count_out(c->vault, &t.claims, err);
		erase(c->vault, &t);
	}
	if (found)
		tokens_release(&t);
	return rc;
}

int
tokens_expire(struct chore_run *run, struct error *err)
{
	int taken = agenda_due(run->call.records, AGENDA_TOKEN, run->call.now, EXPIRE_SLICE,
	    expire, &run->call, err);

	if (taken == EXPIRE_SLICE)
		run->again = 0;
	return taken < 0 ? -1 : 0;
}
