/*
 * Keeper: forgetting certificates that expired long ago: a chore, one of 256 directories at a
 * time, begun by a request.
 * Security: a revocation is kept as long as its certificate could be believed: until its end,
 * and the safety buffer behind it.
 */
#include <string.h>

#include "base/clock.h"
#include "vaultd/api/pki_cert.h"
#include "vaultd/api/pki_tidy.h"
#include "vaultd/api/pki_settings.h"

#define TIDY "tidy"
#define MARKS_PAUSE (300 * CLOCK_SECOND)

static const struct setting_field fields[] = {
	{ "tidy_cert_store", SET_TRUTH, "false", NULL },
	{ "tidy_revoked_certs", SET_TRUTH, "false", NULL },
	{ "safety_buffer", SET_SECONDS, "259200", NULL },
	{ NULL, SET_TEXT, NULL, NULL },
};

/* How far a tidying has come. */
struct progress {
	bool running, certificates, revoked;
	int64_t safety_s;
	int64_t started, finished; /* wall ns; 0: not yet */
	int64_t shard;             /* the next one */
	int64_t dropped, dropped_revoked;
};

static struct record_name
record_of(const struct call *c)
{
	return (
	    struct record_name){ RECORD_PKI_CONFIG, c->mount->uuid, { "", 0 }, str_of(TIDY) };
}

static int
read_progress(struct call *c, struct progress *p, struct error *err)
{
	const struct json *s;
	int rc = pki_settings_read(c, RECORD_PKI_CONFIG, str_of(TIDY), &s, err);

	memset(p, 0, sizeof(*p));
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	p->running = settings_truth(s, "running");
	p->certificates = settings_truth(s, "certificates");
	p->revoked = settings_truth(s, "revoked");
	p->safety_s = settings_number(s, "safety");
	p->started = settings_number(s, "started");
	p->finished = settings_number(s, "finished");
	p->shard = settings_number(s, "shard");
	p->dropped = settings_number(s, "dropped");
	p->dropped_revoked = settings_number(s, "dropped_revoked");
	return 0;
}

static void
write_progress(struct call *c, const struct progress *p)
{
	struct record_name n = record_of(c);
	struct buf text = BUF_INIT;
	struct json_writer w = json_writer_to(&text);

	json_open_object(&w, NULL);
	json_put_bool(&w, "running", p->running);
	json_put_bool(&w, "certificates", p->certificates);
	json_put_bool(&w, "revoked", p->revoked);
	json_put_int(&w, "safety", p->safety_s);
	json_put_int(&w, "started", p->started);
	json_put_int(&w, "finished", p->finished);
	json_put_int(&w, "shard", p->shard);
	json_put_int(&w, "dropped", p->dropped);
	json_put_int(&w, "dropped_revoked", p->dropped_revoked);
	json_close_object(&w);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
}

/* ---- a slice ---- */

struct sweep {
	struct call *c;
	struct progress *p;
	struct error *err;
	bool failed;
};

static bool
over(const struct sweep *s, int64_t ends)
{
	return ends + s->p->safety_s < pki_seconds(s->c->now);
}

/* The serial's octets, and the revocation if there is one (as pki_revoked_find). */
static int
find_revoked(struct sweep *s, struct str serial, struct str *octets, struct pki_revoked *r)
{
	*octets = pki_serial(s->c, serial);
	if (octets->at == NULL)
		return error_set(
		    s->err, ERR_CORRUPT, "the name of a certificate is no serial number");
	return pki_revoked_find(s->c, *octets, r, s->err);
}

/* A certificate that is revoked stays as long as its revocation does. */
static bool
sweep_certificate(void *arg, struct str serial)
{
	struct sweep *s = arg;
	size_t mark = arena_used(s->c->arena);
	struct certificate_view v;
	struct pki_revoked r;
	struct record_name n;
	struct pki_cert cert;
	struct str octets;
	int rc = find_revoked(s, serial, &octets, &r);

	s->failed = rc < 0 || (rc == 1 && (pki_cert_find(s->c, serial, &cert, s->err) != 0 ||
					      certificate_read(cert.der, &v, s->err) != 0));
	if (!s->failed && rc == 1 && over(s, v.not_after)) {
		n = pki_cert_name(s->c, RECORD_PKI_CERT, octets);
		records_delete(s->c->records, &n);
		s->p->dropped++;
	}
	arena_rewind(s->c->arena, mark);
	return !s->failed;
}

static bool
sweep_revoked(void *arg, struct str serial)
{
	struct sweep *s = arg;
	size_t mark = arena_used(s->c->arena);
	struct pki_revoked r;
	struct record_name n;
	struct str octets;

	s->failed = find_revoked(s, serial, &octets, &r) != 0;
	if (!s->failed && over(s, r.ends)) {
		n = pki_cert_name(s->c, RECORD_PKI_REVOKED, octets);
		records_delete(s->c->records, &n);
		s->p->dropped_revoked++;
	}
	arena_rewind(s->c->arena, mark);
	return !s->failed;
}

static int
sweep(struct call *c, struct progress *p, struct error *err)
{
	static const struct str start = { "", 0 };
	struct str directory = pki_shard(c, (unsigned)p->shard);
	struct sweep s = { .c = c, .p = p, .err = err };
	int64_t before = p->dropped_revoked;

	if (p->revoked && (records_list(c->records, RECORD_PKI_REVOKED, c->mount->uuid,
			       directory, start, 0, sweep_revoked, &s, err) != 0 ||
			      s.failed))
		return -1;
	if (p->certificates && (records_list(c->records, RECORD_PKI_CERT, c->mount->uuid,
				    directory, start, 0, sweep_certificate, &s, err) != 0 ||
				   s.failed))
		return -1;
	if (p->dropped_revoked != before && pki_lists_changed(c, err) != 0)
		return -1;
	p->shard++;
	p->running = p->shard < PKI_SHARDS;
	if (!p->running)
		p->finished = c->now;
	return 0;
}

int
chore_pki_tidy(struct chore_run *r, struct error *err)
{
	struct call *c = &r->call;
	struct progress p;

	r->again = CHORE_IDLE;
	for (unsigned i = 0; i < mounts_count(c->mounts); i++) {
		c->mount = mounts_at(c->mounts, i);
		if (c->mount->type != MOUNT_PKI)
			continue;
		if (read_progress(c, &p, err) != 0)
			return -1;
		if (!p.running)
			continue;
		if (sweep(c, &p, err) != 0)
			return -1;
		write_progress(c, &p);
		r->again = 0;
		return 0;
	}
	return 0;
}

/* One directory at a time, all of them in about a day. */
int
chore_pki_marks(struct chore_run *r, struct error *err)
{
	static unsigned shard;

	(void)err;
	(void)pki_marks_sweep(&r->call, shard++);
	r->again = MARKS_PAUSE;
	return 0;
}

/* ---- the API ---- */

int
api_pki_tidy(struct call *c, struct error *err)
{
	struct buf text = BUF_INIT;
	const struct json *wish;
	struct progress p;
	int rc = -1;

	if (read_progress(c, &p, err) != 0 || pki_settings_merge(c, fields, NULL, &text) != 0)
		goto out;
	wish =
	    json_parse(c->arena, arena_copy(c->arena, buf_str(&text)), &json_limits_body, err);
	if (wish == NULL)
		goto out;
	rc = 0;
	c->reply.status = 202;
	c->reply.unnamed = true;
	if (p.running) {
		call_warn(c, "Tidy operation already in progress.");
		goto out;
	}
	p = (struct progress){ .running = true,
		.started = c->now,
		.certificates = settings_truth(wish, "tidy_cert_store"),
		.revoked = settings_truth(wish, "tidy_revoked_certs"),
		.safety_s = settings_number(wish, "safety_buffer") };
	if (!p.certificates && !p.revoked) {
		call_warn(c, "No targets to tidy; specify tidy_cert_store=true or "
			     "tidy_revoked_certs=true to start a tidy operation.");
		goto out;
	}
	write_progress(c, &p);
	call_warn(c,
	    "Tidy operation successfully started. Any information from the operation will be "
	    "printed to the server's log and to tidy-status.");
out:
	buf_free(&text);
	return rc;
}

static void
put_time(struct json_writer *w, const char *name, int64_t wall)
{
	char text[CLOCK_TEXT];

	if (wall == 0) {
		json_put_null(w, name);
		return;
	}
	clock_format(wall, text);
	json_put_text(w, name, text);
}

static int
answer(struct call *c, const struct progress *p)
{
	struct json_writer w = reply_data(c);

	json_put_text(&w, "state",
	    p->running         ? "Running"
	    : p->finished != 0 ? "Finished"
	    : p->started != 0  ? "Cancelled"
			       : "Inactive");
	json_put_null(&w, "error");
	json_put_int(&w, "safety_buffer", p->safety_s);
	json_put_bool(&w, "tidy_cert_store", p->certificates);
	json_put_bool(&w, "tidy_revoked_certs", p->revoked);
	put_time(&w, "time_started", p->started);
	put_time(&w, "time_finished", p->finished);
	json_put_int(&w, "cert_store_deleted_count", p->dropped);
	json_put_int(&w, "revoked_cert_deleted_count", p->dropped_revoked);
	json_close_object(&w);
	return 0;
}

int
api_pki_tidy_status(struct call *c, struct error *err)
{
	struct progress p;

	return read_progress(c, &p, err) != 0 ? -1 : answer(c, &p);
}

int
api_pki_tidy_cancel(struct call *c, struct error *err)
{
	struct progress p;

	if (read_progress(c, &p, err) != 0)
		return -1;
	p.running = false;
	write_progress(c, &p);
	return answer(c, &p);
}
