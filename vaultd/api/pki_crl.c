/*
 * Keeper: signed lists of revoked certificates, built when somebody asks and what is revoked
 * has changed, or the last one grows old.  A list holds the revoked alone, however many were
 * issued.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/pem.h"
#include "policy/certificate.h"
#include "vaultd/api/pki_cert.h"
#include "vaultd/api/pki_order.h"
#include "vaultd/api/pki_settings.h"

/* Lists that were built, by mount and issuer: public, and never served while sealed. */
#define LISTS 64

static struct built {
	uint8_t mount[16];
	char issuer[PKI_UUID + 1];
	uint64_t revision;
	int64_t renew; /* wall ns: from then on it is built anew */
	struct buf der;
} lists[LISTS];
static unsigned next;

static struct built *
place(const struct call *c, const struct pki_issuer *i)
{
	for (unsigned n = 0; n < LISTS; n++)
		if (memcmp(lists[n].mount, c->mount->uuid, sizeof(lists[n].mount)) == 0 &&
		    str_is(i->id, lists[n].issuer))
			return &lists[n];
	return &lists[next++ % LISTS];
}

/* ---- building one ---- */

struct gathering {
	struct call *c;
	const struct pki_issuer *issuer;
	struct str directory;
	struct buf serials;            /* SERIAL_BYTES each, */
	struct revoked_entry *entries; /* whose serials are filled in at the end */
	size_t count, room;
	struct error *err;
	bool failed;
};

static void
add(struct gathering *g, struct str octets, int64_t since)
{
	if (g->count == g->room) {
		g->room = g->room == 0 ? 64 : g->room * 2;
		g->entries = realloc(g->entries, g->room * sizeof(*g->entries));
		if (g->entries == NULL)
			fatal("no memory for a list of %zu revoked certificates", g->room);
	}
	g->entries[g->count++] = (struct revoked_entry){ { NULL, octets.len }, since };
	buf_put_str(&g->serials, octets);
}

static bool
gather(void *arg, struct str name)
{
	struct gathering *g = arg;
	struct record_name n = { RECORD_PKI_REVOKED, g->c->mount->uuid, g->directory, name };
	struct buf text = BUF_INIT, octets = BUF_INIT;
	struct pki_revoked r;

	g->failed = records_get(g->c->records, &n, &text, g->err) != 0 ||
		    pki_revoked_parse(buf_str(&text), &r, g->err) != 0 ||
		    !serial_parse(name, &octets);
	if (!g->failed && str_equal(r.issuer, g->issuer->id))
		add(g, buf_str(&octets), pki_seconds(r.since));
	buf_free(&text);
	buf_free(&octets);
	return !g->failed;
}

static int
gather_all(struct gathering *g)
{
	static const struct str start = { "", 0 };
	struct str rest;

	for (unsigned shard = 0; shard < PKI_SHARDS; shard++) {
		g->directory = pki_shard(g->c, shard);
		if (g->directory.at == NULL ||
		    records_list(g->c->records, RECORD_PKI_REVOKED, g->c->mount->uuid,
			g->directory, start, 0, gather, g, g->err) != 0 ||
		    g->failed)
			return -1;
	}
	rest = buf_str(&g->serials);
	for (size_t i = 0; i < g->count; i++) {
		g->entries[i].serial.at = rest.at;
		rest = str_from(rest, g->entries[i].serial.len);
	}
	return 0;
}

static int
sign(struct call *c, const struct pki_issuer *i, struct revocation_list *l, struct buf *out,
    struct error *err)
{
	struct ca_key_manner manner = { 0, false };
	struct buf algorithm = BUF_INIT, tbs = BUF_INIT, signature = BUF_INIT;
	struct ca_key *key = NULL;
	struct pki_issuer same;

	if (pki_open_issuer(c, i->id, "crl-signing", &same, &key, err) != 0)
		return -1;
	ca_key_put_algorithm(key, manner, &algorithm);
	l->algorithm = buf_str(&algorithm);
	l->issuer = i->view.subject;
	l->issuer_spki = i->view.spki;
	l->issuer_key = i->view.key;
	revocation_list_put(l, &tbs);
	ca_key_sign(key, manner, buf_str(&tbs), &signature);
	signed_put(buf_str(&tbs), l->algorithm, buf_str(&signature), out);
	ca_key_free(&key);
	buf_free(&algorithm);
	buf_free(&tbs);
	buf_free(&signature);
	return 0;
}

/* The number of a list is the time it was built at, in milliseconds: it never falls back. */
static int
build(struct call *c, const struct pki_issuer *i, const struct json *config, struct buf *out,
    struct error *err)
{
	struct gathering g = { .c = c, .issuer = i, .err = err };
	struct revocation_list l = { .this_update = pki_seconds(c->now),
		.number = (uint64_t)(c->now / (CLOCK_SECOND / 1000)) };
	int rc = -1;

	l.next_update = pki_seconds(c->now + pki_crl_duration(config, "expiry"));
	if (settings_truth(config, "disable") || gather_all(&g) == 0) {
		l.entries = g.entries;
		l.count = g.count;
		rc = sign(c, i, &l, out, err);
	}
	free(g.entries);
	buf_free(&g.serials);
	return rc;
}

/* The issuer's list, as it is now: DER, borrowed.  -1: refused, or err. */
static int
current(struct call *c, const struct pki_issuer *i, struct str *der, struct error *err)
{
	struct built *b = place(c, i);
	const struct json *config;
	struct buf fresh = BUF_INIT;
	uint64_t revision;

	if (pki_revision(c, &revision, err) != 0 || pki_config(c, "crl", &config, err) != 0)
		return -1;
	if (!str_is(i->id, b->issuer) || b->revision != revision || c->now >= b->renew ||
	    memcmp(b->mount, c->mount->uuid, sizeof(b->mount)) != 0) {
		if (build(c, i, config, &fresh, err) != 0)
			return -1;
		buf_free(&b->der);
		*b = (struct built){ .revision = revision,
			.der = fresh,
			.renew = c->now + pki_crl_duration(config, "expiry") / 2 };
		memcpy(b->mount, c->mount->uuid, sizeof(b->mount));
		memcpy(b->issuer, i->id.at, PKI_UUID);
	}
	*der = buf_str(&b->der);
	return 0;
}

/* ---- the API ---- */

static int
answer(struct call *c, const struct pki_issuer *i, struct error *err)
{
	struct str der;

	if (current(c, i, &der, err) != 0)
		return -1;
	if (!str_ends(c->rest, "/pem"))
		return pki_answer_raw(c, "application/pkix-crl", der);
	pem_put("X509 CRL", der, &c->reply.data);
	return pki_answer_raw(c, "application/x-pem-file", buf_str(&c->reply.data));
}

/* crl, crl/pem: the default issuer's; 204 when there is none. */
int
api_pki_crl(struct call *c, struct error *err)
{
	struct pki_issuer i;
	int rc = pki_issuer_default(c, &i, err);

	if (rc == 1) {
		c->reply.status = 204;
		return 0;
	}
	return rc != 0 ? -1 : answer(c, &i, err);
}

static int
answer_json(struct call *c, const struct pki_issuer *i, const char *name, bool revocation,
    struct error *err)
{
	struct buf pem = BUF_INIT;
	struct json_writer w;
	struct str der;

	if (current(c, i, &der, err) != 0)
		return -1;
	pem_put("X509 CRL", der, &pem);
	w = reply_data(c);
	json_put_str(&w, name, buf_str(&pem));
	if (revocation)
		pki_put_revocation(&w, 0);
	json_close_object(&w);
	buf_free(&pem);
	return 0;
}

/* issuer/:ref/crl, with /der or /pem behind: raw. */
int
api_pki_issuer_crl(struct call *c, struct error *err)
{
	struct pki_issuer i;

	if (pki_issuer_find(c, c->parameter[0], &i, err) != 0)
		return -1;
	if (str_ends(c->rest, "/crl"))
		return answer_json(c, &i, "crl", false, err);
	return answer(c, &i, err);
}

/* cert/crl as JSON, cert/crl/raw and cert/crl/raw/pem */
int
api_pki_cert_crl(struct call *c, struct error *err)
{
	struct pki_issuer i;

	if (pki_issuer_find(c, str_of("default"), &i, err) != 0)
		return -1;
	if (str_ends(c->rest, "/crl"))
		return answer_json(c, &i, "certificate", true, err);
	return answer(c, &i, err);
}

int
api_pki_crl_rotate(struct call *c, struct error *err)
{
	struct json_writer w;

	if (pki_lists_changed(c, err) != 0)
		return -1;
	w = reply_data(c);
	json_put_bool(&w, "success", true);
	json_close_object(&w);
	return 0;
}
