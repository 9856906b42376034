/*
 * Keeper: sys/wrapping.
 * Security: a wrapping token is good for any identity of the Hublet, and once: what fetches its
 * reply erases it in the same batch.
 */
#include "vaultd/api/wrapping.h"

#include "base/clock.h"
#include "vaultd/keeper/wrapped.h"
#include "vaultd/keeper/wrapping.h"

/* The wrapping token of this text. */
static bool
find_text(struct call *c, struct str text, struct token *t)
{
	if (text.len == 0 || tokens_find(c->vault, text, t) != 0)
		return false;
	if (t->claims.kind == CLAIMS_WRAPPING && authority_counts(c->authority, t, c->now))
		return true;
	tokens_release(t);
	return false;
}

/* The wrapping token that is named, or that asks. */
static int
find(struct call *c, struct token *t)
{
	struct str text = { "", 0 };

	if (field_text(c, "token", &text, NULL) != 0)
		return -1;
	if (find_text(c, text.len > 0 ? text : c->token, t))
		return 0;
	return call_refuse(c, 400, "%s", WRAPPING_BAD);
}

/* Its reply, taken: token and reply are no more. */
static int
take(struct call *c, struct token *t, struct buf *body, struct error *err)
{
	if (wrapped_get(c->records, str_of(t->accessor), body, err) != 0)
		return -1;
	return tokens_revoke(c->vault, t, 0, c->now, err);
}

int
api_wrapping_wrap(struct call *c, struct error *err)
{
	struct json_writer w = json_writer_to(&c->reply.data);

	(void)err;
	if (c->wrap_ttl == 0)
		return call_refuse(c, 400, "endpoint requires response wrapping to be used");
	json_put_value(&w, NULL, c->body);
	return 0;
}

int
api_wrapping_unwrap(struct call *c, struct error *err)
{
	struct token t;
	int rc;

	if (find(c, &t) != 0)
		return -1;
	rc = take(c, &t, &c->reply.data, err);
	tokens_release(&t);
	c->reply.raw = true;
	c->reply.status = 200;
	return rc;
}

int
api_wrapping_response(struct call *c, struct error *err)
{
	struct buf body = BUF_INIT;
	struct json_writer w;
	struct token t;
	int rc;

	if (!find_text(c, c->token, &t))
		return 1;
	rc = take(c, &t, &body, err);
	tokens_release(&t);
	if (rc == 0) {
		w = reply_data(c);
		json_put_str(&w, "response", buf_str(&body));
		json_close_object(&w);
		call_warn(c, "cubbyhole/response is the older form of sys/wrapping/unwrap");
	}
	buf_free(&body);
	return rc;
}

int
api_wrapping_lookup(struct call *c, struct error *err)
{
	struct json_writer w;
	char time[CLOCK_TEXT];
	struct token t;

	(void)err;
	if (find(c, &t) != 0)
		return -1;
	clock_format(t.claims.issued, time);
	w = reply_data(c);
	json_put_str(&w, "creation_path", t.claims.path);
	json_put_text(&w, "creation_time", time);
	json_put_int(&w, "creation_ttl", t.claims.ttl / CLOCK_SECOND);
	json_close_object(&w);
	tokens_release(&t);
	return 0;
}

int
api_wrapping_rewrap(struct call *c, struct error *err)
{
	struct buf body = BUF_INIT;
	struct token t;
	int rc;

	if (find(c, &t) != 0)
		return -1;
	rc = take(c, &t, &body, err);
	if (rc == 0)
		rc = wrapping_keep(c, buf_str(&body), arena_copy(c->arena, t.claims.path),
		    t.claims.ttl, (struct str){ "", 0 }, err);
	tokens_release(&t);
	buf_free(&body);
	return rc;
}
