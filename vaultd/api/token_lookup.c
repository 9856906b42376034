/*
 * Keeper: auth/token/lookup and its kin, and the list of accessors.
 */
#include "vaultd/api/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define ACCESSORS 10000 /* listed at once */

static void
put_time(struct json_writer *w, const char *name, int64_t wall)
{
	char text[CLOCK_TEXT];

	clock_format(wall, text);
	json_put_text(w, name, text);
}

static void
put_names(struct json_writer *w, const char *name, const struct str *list, unsigned count)
{
	json_open_array(w, name);
	for (unsigned i = 0; i < count; i++)
		json_put_str(w, NULL, list[i]);
	json_close_array(w);
}

static void
put_policies(struct json_writer *w, const struct grant *g)
{
	json_open_array(w, "policies");
	for (unsigned i = 0; i < g->policy_count; i++)
		json_put_text(w, NULL, g->policies[i]);
	json_close_array(w);
}

static void
put_times(struct call *c, struct json_writer *w, const struct claims *claims)
{
	json_put_int(w, "creation_time", claims->issued / CLOCK_SECOND);
	json_put_int(w, "creation_ttl", claims->ttl / CLOCK_SECOND);
	put_time(w, "expire_time", claims->expires);
	json_put_int(w, "explicit_max_ttl", claims->explicit_max / CLOCK_SECOND);
	put_time(w, "issue_time", claims->issued);
	json_put_int(w, "ttl", (claims->expires - c->now) / CLOCK_SECOND);
	if (claims->period > 0)
		json_put_int(w, "period", claims->period / CLOCK_SECOND);
	if (claims->renewed == 0)
		return;
	put_time(w, "last_renewal", claims->renewed);
	json_put_int(w, "last_renewal_time", claims->renewed / CLOCK_SECOND);
}

/* text: the token; empty: not told. */
static int
show(struct call *c, const struct token *t, struct str text)
{
	const struct claims *claims = &t->claims;
	bool batch = (claims->flags & CLAIMS_BATCH) != 0;
	const struct grant *g = authority_names_of(c->authority, t, c->peer, c->grant);
	struct json_writer w = reply_data(c);

	json_put_text(&w, "accessor", batch ? "" : t->accessor);
	put_times(c, &w, claims);
	json_put_str(&w, "display_name", claims->display_name);
	json_put_text(&w, "entity_id", g->entity);
	json_put_str(&w, "id", text);
	token_put_meta(c, &w, "meta", t);
	json_put_int(&w, "num_uses", claims->uses);
	json_put_bool(&w, "orphan", token_is_orphan(c, claims));
	json_put_str(&w, "path", claims->path);
	put_policies(&w, g);
	token_put_identity(&w, g);
	json_put_bool(&w, "renewable", (claims->flags & CLAIMS_RENEWABLE) != 0);
	json_put_text(&w, "type", batch ? "batch" : "service");
	if (claims->token_role.len > 0)
		json_put_str(&w, "role", claims->token_role);
	if (claims->network_count > 0)
		put_names(&w, "bound_cidrs", claims->networks, claims->network_count);
	json_close_object(&w);
	return 0;
}

int
api_token_lookup_self(struct call *c, struct error *err)
{
	struct buf text = BUF_INIT;
	struct token t;
	int rc = token_of_caller(c, &t, &text, err);

	if (rc == 0) {
		show(c, &t, buf_str(&text));
		tokens_release(&t);
	}
	buf_free(&text);
	return rc;
}

int
api_token_lookup(struct call *c, struct error *err)
{
	struct str text = { "", 0 };
	struct token t;

	if (c->operation == OP_WRITE && field_text(c, "token", &text, NULL) != 0)
		return -1;
	if (text.len == 0)
		return api_token_lookup_self(c, err);
	if (token_named(c, text, &t) != 0)
		return call_refuse(c, 403, "bad token");
	show(c, &t, text);
	tokens_release(&t);
	return 0;
}

int
api_token_lookup_accessor(struct call *c, struct error *err)
{
	struct token t;

	(void)err;
	if (token_by_accessor(c, &t) != 0)
		return -1;
	show(c, &t, (struct str){ "", 0 });
	tokens_release(&t);
	return 0;
}

/* ---- accessors ---- */

static bool
note(void *arg, struct str name, struct str text)
{
	(void)text;
	buf_put_str(arg, name);
	return true;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, TOKEN_ACCESSOR);
}

int
api_token_accessors(struct call *c, struct error *err)
{
	static const uint8_t no_mount[16];
	struct buf all = BUF_INIT;
	struct json_writer w;
	size_t count;

	if (records_walk(c->records, RECORD_TOKEN, no_mount, (struct str){ "", 0 }, ACCESSORS,
		note, &all, err) != 0) {
		buf_free(&all);
		return -1;
	}
	count = all.len / TOKEN_ACCESSOR;
	if (count > 0)
		qsort(all.data, count, TOKEN_ACCESSOR, by_bytes);
	w = reply_data(c);
	json_open_array(&w, "keys");
	for (size_t i = 0; i < count; i++)
		json_put_str(&w, NULL, (struct str){ (char *)all.data + i * TOKEN_ACCESSOR,
			TOKEN_ACCESSOR });
	json_close_array(&w);
	json_close_object(&w);
	if (count == ACCESSORS)
		call_warn(c, "there are more accessors than the %d that are listed", ACCESSORS);
	buf_free(&all);
	return count > 0 ? 0 : call_not_found(c);
}
