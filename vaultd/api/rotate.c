/*
 * Keeper: the keyring's terms, the master key, and the store's file.
 */
#include "vaultd/api/rotate.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "vaultd/keeper/audit.h"
#include "vaultd/keeper/terms.h"

int
api_intend(struct call *c, struct vault_audit *at, struct error *err)
{
	if (audit_flush(c->audit, false, err) != 0)
		return -1;
	if (audit_sync(c->audit, err) != 0)
		return api_uncommitted(c, err);
	audit_position(c->audit, &at->sequence, at->hash);
	return 0;
}

int
api_uncommitted(struct call *c, struct error *err)
{
	if (err->code == ERR_IO || err->code == ERR_CORRUPT || err->code == ERR_CONFLICT) {
		log_error("the vault seals itself: %s", err->text);
		vault_seal(c->vault, err->text);
	}
	return -1;
}

/* ---- terms ---- */

int
api_rotate(struct call *c, struct error *err)
{
	struct vault_audit at;

	if (api_intend(c, &at, err) != 0)
		return -1;
	if (vault_add_term(c->vault, c->now, err) != 0)
		return api_uncommitted(c, err);
	log_info("the keyring has a new term");
	c->reply.status = 204;
	return 0;
}

void
api_put_time(struct json_writer *w, const char *name, int64_t when)
{
	char text[CLOCK_TEXT] = "";

	if (when != 0)
		clock_format(when, text);
	json_put_text(w, name, text);
}

int
api_key_status(struct call *c, struct error *err)
{
	struct terms_status s;
	struct json_writer w;

	if (terms_status(c->vault, &s, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_int(&w, "term", s.newest);
	api_put_time(&w, "install_time", s.installed);
	json_put_int(&w, "encryptions", (int64_t)s.encryptions);
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

int
api_rotate_progress(struct call *c, struct error *err)
{
	struct terms_status s;
	struct json_writer w;

	if (terms_status(c->vault, &s, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_bool(&w, "running", s.running);
	json_put_int(&w, "term", s.newest);
	json_put_int(&w, "oldest_term", s.oldest);
	json_put_int(&w, "records_done", (int64_t)s.done);
	json_put_int(&w, "records_total", (int64_t)s.total);
	json_put_int(&w, "unreadable", (int64_t)s.unreadable);
	api_put_time(&w, "started", s.started);
	api_put_time(&w, "finished", s.finished);
	json_close_object(&w);
	return 0;
}

/* ---- when the keyring rotates by itself ---- */

int
api_rotate_config_read(struct call *c, struct error *err)
{
	struct terms_config config;
	struct buf text = BUF_INIT;
	struct json_writer w;

	if (terms_config_get(c->records, &config, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_int(&w, "max_operations", config.max_operations);
	json_put_bool(&w, "enabled", config.enabled);
	duration_format(&text, config.interval);
	if (config.interval == 0)
		json_put_int(&w, "interval", 0);
	else
		json_put_str(&w, "interval", buf_str(&text));
	json_close_object(&w);
	buf_free(&text);
	return 0;
}

int
api_rotate_config_write(struct call *c, struct error *err)
{
	struct terms_config config;

	if (terms_config_get(c->records, &config, err) != 0 ||
	    field_int(c, "max_operations", &config.max_operations, NULL) != 0 ||
	    field_duration(c, "interval", &config.interval, NULL) != 0 ||
	    field_bool(c, "enabled", &config.enabled, NULL) != 0)
		return -1;
	if (config.max_operations < TERMS_OPERATIONS_MIN ||
	    config.max_operations > TERMS_OPERATIONS_MAX)
		return call_refuse(c, 400, "max_operations must be in the range [%lld,%lld]",
		    (long long)TERMS_OPERATIONS_MIN, (long long)TERMS_OPERATIONS_MAX);
	if (config.interval != 0 && config.interval < TERMS_INTERVAL_MIN)
		return call_refuse(c, 400, "interval must be greater or equal to 24h0m0s");
	terms_config_put(c->records, &config);
	return 0;
}

/* ---- the master key, the file ---- */

int
api_rotate_root(struct call *c, struct error *err)
{
	struct vault_audit at;

	if (api_intend(c, &at, err) != 0)
		return -1;
	if (vault_rotate_master(c->vault, &at, err) != 0)
		return api_uncommitted(c, err);
	log_info("the master key was rotated; the shares are the same");
	c->reply.status = 204;
	return 0;
}

static int
show_compaction(struct call *c)
{
	const struct vault_compaction *it = vault_compaction(c->vault);
	struct json_writer w = reply_data(c);

	json_put_bool(&w, "running", it->wanted || it->running);
	json_put_int(&w, "bytes_before", (int64_t)it->before);
	json_put_int(&w, "bytes_after", (int64_t)it->after);
	api_put_time(&w, "ended", it->ended);
	json_put_text(&w, "failure", it->failure);
	json_close_object(&w);
	return 0;
}

int
api_compact(struct call *c, struct error *err)
{
	(void)err;
	vault_compaction(c->vault)->wanted = true;
	return show_compaction(c);
}

int
api_compact_status(struct call *c, struct error *err)
{
	(void)err;
	return show_compaction(c);
}
