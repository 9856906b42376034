/*
 * Keeper: data/ and subkeys/ of KV version 2.
 */
#include "vaultd/api/kv.h"

#include <string.h>

#include "base/clock.h"
#include "vaultd/api/kv_secret.h"
#include "vaultd/config.h"
#include "vaultd/keeper/readers.h"
#include "vaultd/keeper/waiters.h"

#define MISMATCH "check-and-set parameter did not match the current version"

/* The version asked for; 0: the current one. */
static int
read_number(struct call *c, uint32_t *number)
{
	int64_t version = 0;

	if (field_int(c, "version", &version, NULL) != 0)
		return -1;
	*number = version <= 0 ? 0 : version > UINT32_MAX ? UINT32_MAX : (uint32_t)version;
	return 0;
}

/* The version and its secret; 1 when there is no such thing, -1 refused or err. */
static int
find(struct call *c, struct kv_secret *s, struct kv_version **v, struct error *err)
{
	uint32_t number;
	int rc;

	if (read_number(c, &number) != 0)
		return -1;
	rc = kv_read(c, c->parameter[0], s, err);
	if (rc != 0)
		return rc;
	*v = kv_find(s, number);
	return *v == NULL ? 1 : 0;
}

static void
close_with_metadata(struct json_writer *w, const struct kv_secret *s, const struct kv_version *v)
{
	json_open_object(w, "metadata");
	kv_put_version(w, s, v);
	json_close_object(w);
	json_close_object(w);
}

/* ---- waiting for a version that is newer than one ---- */

struct awaited {
	bool asked;
	int64_t after, wait; /* version; ns */
};

static int
read_awaited(struct call *c, struct awaited *a)
{
	bool waits;

	*a = (struct awaited){ .after = 0 };
	if (field_int(c, "after_version", &a->after, &a->asked) != 0 ||
	    field_duration(c, "wait", &a->wait, &waits) != 0)
		return -1;
	if (waits && !a->asked)
		return call_refuse(c, 400, "wait needs after_version, the version that is known already");
	if (a->after < 0 || a->wait < 0)
		return call_refuse(c, 400, "after_version and wait are not negative");
	if (a->wait > WAITERS_LONGEST) {
		a->wait = WAITERS_LONGEST;
		call_warn(c, "a request waits for five minutes at most");
	}
	return 0;
}

/* True: there is no newer version yet, and time is left. */
static bool
must_wait(struct call *c, const struct awaited *a, uint32_t current)
{
	struct record_name n = record_name_of(RECORD_KV_META, c->mount->uuid, c->parameter[0]);
	int64_t boot = clock_boot();
	struct record_watch w;

	if (!a->asked || current > a->after)
		return false;
	c->wait.until = c->waited != 0 ? c->waited : boot + a->wait;
	if (c->wait.until <= boot) {
		c->wait.until = 0;
		call_warn(c, "there is no version after %lld yet", (long long)a->after);
		return false;
	}
	records_watch(c->records, &n, &w);
	memcpy(c->wait.on, w.id, sizeof(c->wait.on));
	return true;
}

int
kv_data_read(struct call *c, struct error *err)
{
	struct kv_secret s;
	struct kv_version *v;
	struct json_writer w;
	struct buf value = BUF_INIT;
	struct awaited a;
	int rc = read_awaited(c, &a) != 0 ? -1 : find(c, &s, &v, err);

	if (rc >= 0 && must_wait(c, &a, s.current))
		return 0;
	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	w = reply_data(c);
	if (v->destroyed || kv_deleted(v, c->now)) {
		c->reply.status = 404;
		json_put_null(&w, "data");
	} else {
		rc = kv_value(c, c->parameter[0], v->number, &value, err);
		json_put_raw(&w, "data", buf_str(&value));
		buf_free(&value);
		if (rc != 0)
			return -1;
		if (c->config->readers)
			readers_note(c->readers, c->mount->uuid, c->parameter[0], v->number,
			    c->peer->identity->id, c->now);
	}
	close_with_metadata(&w, &s, v);
	return 0;
}

/* ---- subkeys ---- */

static void
put_subkeys(struct json_writer *w, const struct json *value, int64_t depth)
{
	if (value->type != JSON_OBJECT || value->count == 0 || depth == 0) {
		json_put_null(w, NULL);
		return;
	}
	json_open_object(w, NULL);
	for (const struct json *m = value->first; m != NULL; m = m->next) {
		json_put_name(w, m->name);
		put_subkeys(w, m, depth - 1);
	}
	json_close_object(w);
}

/* The value as a tree in the arena. */
static const struct json *
read_tree(struct call *c, uint32_t version, struct error *err)
{
	struct buf value = BUF_INIT;
	const struct json *tree = NULL;
	struct str text;

	if (kv_value(c, c->parameter[0], version, &value, err) == 0) {
		text = arena_copy(c->arena, buf_str(&value));
		if (text.at != NULL)
			tree = json_parse(c->arena, text, &json_limits_body, err);
		else
			error_set(err, ERR_LIMIT, "http: request body too large");
	}
	buf_free(&value);
	return tree;
}

int
kv_subkeys(struct call *c, struct error *err)
{
	struct kv_secret s;
	struct kv_version *v;
	const struct json *tree;
	struct json_writer w;
	int64_t depth = 0;
	int rc;

	if (field_int(c, "depth", &depth, NULL) != 0)
		return -1;
	rc = find(c, &s, &v, err);
	if (rc != 0)
		return rc < 0 ? -1 : call_not_found(c);
	w = reply_data(c);
	json_put_name(&w, str_of("subkeys"));
	if (v->destroyed || kv_deleted(v, c->now)) {
		c->reply.status = 404;
		json_put_null(&w, NULL);
	} else {
		tree = read_tree(c, v->number, err);
		if (tree == NULL)
			return -1;
		/* 0: all the way down; an empty root is an object still. */
		if (tree->count == 0)
			json_put_raw(&w, NULL, str_of("{}"));
		else
			put_subkeys(&w, tree, depth == 0 ? -1 : depth < 0 ? 1 : depth);
	}
	close_with_metadata(&w, &s, v);
	return 0;
}

/* ---- writing ---- */

static int
check_cas(struct call *c, const struct kv_secret *s, const struct kv_config *config)
{
	const struct json *options = json_find(c->body, "options");
	const struct json *cas = json_find(options, "cas");
	int64_t wanted = 0;

	if (options != NULL && options->type != JSON_OBJECT && options->type != JSON_NULL)
		return call_refuse(c, 400,
		    "error converting input for field \"options\": expected an object");
	if (cas == NULL) {
		if (s->cas_required || config->cas_required)
			return call_refuse(c, 400, "check-and-set parameter required for this call");
		return 0;
	}
	if (cas->type == JSON_TRUE)
		wanted = 1;
	else if (cas->type != JSON_FALSE && cas->type != JSON_NULL && !json_to_int(cas, &wanted))
		return call_refuse(c, 400, "error parsing check-and-set parameter");
	return wanted == s->current ? 0 : call_refuse(c, 400, MISMATCH);
}

static int
check_data(struct call *c, const struct json **data)
{
	*data = json_find(c->body, "data");
	if (*data == NULL || (*data)->type == JSON_NULL)
		return call_refuse(c, 400, "no data provided");
	if ((*data)->type != JSON_OBJECT)
		return call_refuse(c, 400, "%serror converting input for field \"data\": "
		    "expected an object", c->operation == OP_WRITE ? "" : "Field validation failed: ");
	return 0;
}

static int
add(struct call *c, struct kv_secret *s, const struct kv_config *config, const struct json *data)
{
	struct buf value = BUF_INIT;
	struct json_writer w = json_writer_to(&value);
	struct kv_version *added;
	int rc;

	json_put_value(&w, NULL, data);
	rc = kv_add(c, c->parameter[0], s, config, buf_str(&value), &added);
	buf_free(&value);
	if (rc != 0)
		return -1;
	w = reply_data(c);
	kv_put_version(&w, s, added);
	json_close_object(&w);
	return 0;
}

int
kv_data_write(struct call *c, struct error *err)
{
	const struct json *data;
	struct kv_config config;
	struct kv_secret s;

	if (check_data(c, &data) != 0 || kv_config_read(c, &config, err) != 0 ||
	    kv_read(c, c->parameter[0], &s, err) < 0 || check_cas(c, &s, &config) != 0)
		return -1;
	return add(c, &s, &config, data);
}

int
kv_data_patch(struct call *c, struct error *err)
{
	const struct json *data, *old, *merged;
	struct kv_config config;
	struct kv_secret s;
	struct kv_version *v;
	struct json_writer w;

	if (check_data(c, &data) != 0 || kv_config_read(c, &config, err) != 0 ||
	    kv_read(c, c->parameter[0], &s, err) < 0)
		return -1;
	v = kv_find(&s, 0);
	if (v == NULL) {
		c->reply.status = 404;
		c->reply.empty = true;
		return 0;
	}
	if (v->destroyed || kv_deleted(v, c->now)) {
		c->reply.status = 404;
		w = reply_data(c);
		kv_put_version(&w, &s, v);
		json_close_object(&w);
		return 0;
	}
	if (check_cas(c, &s, &config) != 0)
		return -1;
	old = read_tree(c, v->number, err);
	merged = old == NULL ? NULL : json_merge_patch(c->arena, old, data);
	if (merged == NULL)
		return error_set(err, ERR_LIMIT, "http: request body too large");
	return add(c, &s, &config, merged);
}
