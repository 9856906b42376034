/*
 * Keeper: the values of a rotation: made, kept apart, and put in their place.
 */
#include "vaultd/api/plan_value.h"

#include <stdlib.h>
#include <string.h>

#include "vaultd/api/kv_secret.h"

int
plan_value_stage(struct call *c, struct plan *p, const struct json *base,
    const struct json *fields, struct error *err)
{
	const struct json *merged = json_merge_patch(c->arena, base, fields);
	struct buf value = BUF_INIT;
	struct json_writer w = json_writer_to(&value);

	if (merged == NULL)
		return error_set(err, ERR_LIMIT, "the value is too large");
	json_put_value(&w, NULL, merged);
	plan_stage(c, p, STAGED_PENDING, buf_str(&value));
	buf_free(&value);
	return 0;
}

struct draw_work {
	struct work base;
	struct generate rules;
	uint8_t mount[16];
	struct buf path, value;
};

static void
run_draw(struct work *base)
{
	struct draw_work *w = (struct draw_work *)base;

	generate_draw(&w->rules, &w->value);
}

static void
free_draw(struct work *base)
{
	struct draw_work *w = (struct draw_work *)base;

	buf_free(&w->path);
	buf_free(&w->value);
	free(w);
}

static struct work *
draw_work(const struct plan *p)
{
	struct draw_work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		fatal("no memory to draw a value");
	w->base.run = run_draw;
	w->base.free = free_draw;
	w->rules = p->settings.generate;
	memcpy(w->mount, p->mount->uuid, sizeof(w->mount));
	buf_put_str(&w->path, p->path);
	return &w->base;
}

/* What a worker has drawn for this plan, taken out; false: nothing. */
static bool
take_drawn(struct call *c, const struct plan *p, struct buf *value)
{
	struct draw_work *w = (struct draw_work *)c->work;

	if (w == NULL || w->value.len == 0 || !str_equal(buf_str(&w->path), p->path) ||
	    memcmp(w->mount, p->mount->uuid, sizeof(w->mount)) != 0 ||
	    !generate_same(&w->rules, &p->settings.generate))
		return false;
	buf_put_str(value, buf_str(&w->value));
	buf_clear(&w->value); /* once only */
	return true;
}

int
plan_value_create(struct chore_run *run, struct plan *p, struct error *err)
{
	struct call *c = &run->call;
	const struct json *current, *drawn;
	struct buf value = BUF_INIT;
	struct str text;

	if (!generate_is_slow(&p->settings.generate)) {
		generate_draw(&p->settings.generate, &value);
	} else if (!take_drawn(c, p, &value)) {
		if (run->later == NULL)
			run->later = draw_work(p);
		return 1;
	}
	text = arena_copy(c->arena, buf_str(&value));
	buf_free(&value);
	drawn = text.at == NULL ? NULL : json_parse(c->arena, text, &json_limits_body, err);
	if (drawn == NULL)
		return error_set(err, ERR_LIMIT, "the value is too large");
	if (plan_current_tree(c, p, p->path, &current, err) != 0)
		return -1;
	return plan_value_stage(c, p, current, drawn, err);
}

/* The current value is kept until its grace ends: the versions of the secret may be trimmed. */
static int
keep_previous(struct call *c, struct plan *p, const struct kv_secret *s, struct error *err)
{
	struct kv_version *v = kv_find(s, 0);
	struct buf value = BUF_INIT;
	int rc = 0;

	plan_unstage(c, p, STAGED_PREVIOUS);
	if (v != NULL && !v->destroyed && !kv_deleted(v, c->now)) {
		rc = kv_value(c, p->path, v->number, &value, err);
		if (rc == 0)
			plan_stage(c, p, STAGED_PREVIOUS, buf_str(&value));
	}
	buf_free(&value);
	return rc;
}

int
plan_value_promote(struct call *c, struct plan *p, struct error *err)
{
	struct kv_version *added;
	struct kv_config config;
	struct kv_secret s;
	struct buf value = BUF_INIT;
	int rc = plan_staged(c, p, STAGED_PENDING, &value, err);

	c->mount = p->mount;
	if (rc > 0)
		rc = error_set(err, ERR_NOT_FOUND, "there is no pending value");
	if (rc == 0 &&
	    (kv_config_read(c, &config, err) != 0 || kv_read(c, p->path, &s, err) < 0 ||
		keep_previous(c, p, &s, err) != 0))
		rc = -1;
	if (rc == 0 && kv_add(c, p->path, &s, &config, buf_str(&value), &added) != 0)
		rc = error_set(err, ERR_LIMIT, "the value is too large");
	buf_free(&value);
	if (rc != 0)
		return -1;
	p->version = added->number;
	plan_unstage(c, p, STAGED_PENDING);
	return 0;
}
