/*
 * Keeper: wrapping replies.  Trusted to let each be fetched once: the token and the reply are
 * written, and taken away, in the batch of the request.
 */
#include "vaultd/keeper/wrapping.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/keeper/owners.h"
#include "vaultd/keeper/reply.h"
#include "vaultd/keeper/wrapped.h"

bool
wrapping_wanted(const struct call *c)
{
	return c->wrap_ttl > 0 && vault_state(c->vault) == VAULT_OPEN &&
	    (c->route->flags & (ROUTE_RAW | ROUTE_ALONE)) == 0;
}

static int
make_token(struct call *c, struct str path, int64_t ttl, struct error *err)
{
	struct owner all;
	struct token t = { .claims = { .kind = CLAIMS_WRAPPING, .flags = CLAIMS_ORPHAN,
		.owner = c->peer->identity->id, .path = path, .display_name = { "wrapping", 8 },
		.issued = c->now, .expires = c->now + ttl, .ttl = ttl, .uses = 1, .count = 1,
		.policies = { { "response-wrapping", 17 } } } };
	struct buf *text = &c->reply.wrap.token;

	if (owners_get(c->records, (struct str){ "", 0 }, &all, err) != 0)
		return -1;
	t.claims.all_epoch = all.epoch;
	token_draw(text);
	token_accessor(vault_keyring(c->vault), buf_str(text), t.accessor);
	memcpy(c->reply.wrap.accessor, t.accessor, sizeof(t.accessor));
	if (tokens_store(c->vault, &t, err) == 0)
		return 0;
	return err->code == ERR_LIMIT ? call_refuse(c, 429, "%s", err->text) : -1;
}

int
wrapping_keep(struct call *c, struct str body, struct str path, int64_t ttl,
    struct str wrapped_accessor, struct error *err)
{
	struct wrap_info *w = &c->reply.wrap;

	if (make_token(c, path, ttl, err) != 0)
		return -1;
	wrapped_put(c->records, str_of(w->accessor), body);
	w->ttl = ttl;
	w->path = path;
	if (wrapped_accessor.len < sizeof(w->wrapped_accessor))
		memcpy(w->wrapped_accessor, wrapped_accessor.at, wrapped_accessor.len);
	buf_clear(&c->reply.data);
	buf_clear(&c->reply.auth);
	return 0;
}

/* The accessor of a token in the reply. */
static struct str
find_accessor(struct call *c)
{
	const struct json *auth;
	struct str text = arena_copy(c->arena, buf_str(&c->reply.auth));

	if (text.len == 0)
		return (struct str){ "", 0 };
	auth = json_find(json_parse(c->arena, text, &json_limits_body, NULL), "accessor");
	return auth != NULL ? auth->text : (struct str){ "", 0 };
}

int
wrapping_wrap(struct call *c)
{
	struct error err = ERROR_INIT;
	struct buf body = BUF_INIT;

	if (c->route == NULL || !wrapping_wanted(c) || c->reply.raw || c->reply.wrap.token.len > 0)
		return 0;
	reply_body(c, &body);
	if (!c->refused && c->reply.status == 200 && body.len > 0 &&
	    wrapping_keep(c, buf_str(&body), c->path, c->wrap_ttl, find_accessor(c), &err) != 0 &&
	    !c->refused)
		reply_error(c, &err);
	buf_free(&body);
	return c->refused ? -1 : 0;
}
