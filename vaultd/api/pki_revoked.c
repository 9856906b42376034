/*
 * Keeper: certificates that are revoked.
 * Security: only the mount that holds an issuer's key can revoke what it has signed, so that
 * nobody shuts out a caller of this Hublet with a mount of his own.
 */
#include <string.h>

#include "base/clock.h"
#include "base/pem.h"
#include "base/text.h"
#include "vaultd/api/pki_cert.h"
#include "vaultd/api/pki_settings.h"

#define FORMAT 1
#define REVISION "revision"

/* ---- records ---- */

int
pki_revoked_parse(struct str text, struct pki_revoked *r, struct error *err)
{
	struct reader in = reader_of(text.at, text.len);

	if (reader_u8(&in) != FORMAT)
		return error_set(
		    err, ERR_UNSUPPORTED, "a revocation is of a format not known here");
	r->since = (int64_t)reader_u64(&in);
	r->ends = (int64_t)reader_u64(&in);
	r->issuer = reader_block(&in);
	return reader_done(&in) ? 0 : error_set(err, ERR_CORRUPT, "a revocation is malformed");
}

int
pki_revoked_find(struct call *c, struct str octets, struct pki_revoked *r, struct error *err)
{
	struct record_name n = pki_cert_name(c, RECORD_PKI_REVOKED, octets);
	struct str text;
	int rc;

	if (n.name.at == NULL || n.directory.at == NULL)
		return -1;
	rc = pki_record(c, &n, &text, err);
	return rc != 0 ? rc : pki_revoked_parse(text, r, err);
}

static int
keep(struct call *c, struct str octets, const struct pki_revoked *r, struct error *err)
{
	struct record_name n = pki_cert_name(c, RECORD_PKI_REVOKED, octets);
	struct buf text = BUF_INIT;

	if (n.name.at == NULL || n.directory.at == NULL)
		return -1;
	buf_put_u8(&text, FORMAT);
	buf_put_u64(&text, (uint64_t)r->since);
	buf_put_u64(&text, (uint64_t)r->ends);
	buf_put_block(&text, r->issuer.at, r->issuer.len);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
	return pki_lists_changed(c, err);
}

int
pki_revision(struct call *c, uint64_t *revision, struct error *err)
{
	struct record_name n = { RECORD_PKI_CONFIG, c->mount->uuid, { "", 0 },
		str_of(REVISION) };
	struct reader in;
	struct str text;
	int rc = pki_record(c, &n, &text, err);

	*revision = 0;
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	in = reader_of(text.at, text.len);
	*revision = reader_u64(&in);
	return reader_done(&in) ? 0 : error_set(err, ERR_CORRUPT, "a revision is malformed");
}

int
pki_lists_changed(struct call *c, struct error *err)
{
	struct record_name n = { RECORD_PKI_CONFIG, c->mount->uuid, { "", 0 },
		str_of(REVISION) };
	struct buf text = BUF_INIT;
	uint64_t revision;

	if (pki_revision(c, &revision, err) != 0)
		return -1;
	buf_put_u64(&text, revision + 1);
	records_put(c->records, &n, buf_str(&text));
	buf_free(&text);
	return 0;
}

/* ---- marks, for the listener ---- */

static const uint8_t no_mount[16];

/* Remember it, also beyond the mount. */
static void
keep_mark(struct call *c, const uint8_t mark[REVOKED_MARK], int64_t ends)
{
	struct record_name n = { RECORD_PKI_MARK, no_mount, { NULL, 0 }, { NULL, 0 } };
	struct buf name = BUF_INIT, directory = BUF_INIT, text = BUF_INIT;

	hex_encode(&name, mark, REVOKED_MARK);
	hex_encode(&directory, mark, 1);
	buf_put_u8(&directory, '/');
	n.name = buf_str(&name);
	n.directory = buf_str(&directory);
	buf_put_u8(&text, FORMAT);
	buf_put_u64(&text, (uint64_t)ends);
	records_put(c->records, &n, buf_str(&text));
	revoked_set_add(c->revoked, mark);
	buf_free(&name);
	buf_free(&directory);
	buf_free(&text);
}

static bool
add_mark(void *arg, struct str name)
{
	if (name.len == 2 * REVOKED_MARK)
		(void)hex_decode(arg, name);
	return true;
}

int
pki_revoked_marks(struct records *r, struct buf *marks, struct error *err)
{
	static const struct str start = { "", 0 };
	struct buf directory = BUF_INIT;

	for (unsigned shard = 0; shard < PKI_SHARDS; shard++) {
		buf_clear(&directory);
		buf_printf(&directory, "%02x/", shard);
		if (records_list(r, RECORD_PKI_MARK, no_mount, buf_str(&directory), start, 0,
			add_mark, marks, err) != 0)
			records_some(r, RECORD_PKI_MARK, no_mount, buf_str(&directory),
			    SIZE_MAX, add_mark, marks);
	}
	buf_free(&directory);
	return err->code == ERR_NONE ? 0 : -1;
}

struct sweep {
	struct call *c;
	struct buf directory;
	int dropped;
};

static bool
sweep(void *arg, struct str name)
{
	struct sweep *s = arg;
	struct record_name n = { RECORD_PKI_MARK, no_mount, buf_str(&s->directory), name };
	struct buf text = BUF_INIT;
	struct reader in;

	if (records_get(s->c->records, &n, &text, NULL) == 0) {
		in = reader_of(text.data, text.len);
		if (reader_u8(&in) == FORMAT &&
		    (int64_t)reader_u64(&in) < pki_seconds(s->c->now) && reader_done(&in)) {
			records_delete(s->c->records, &n);
			s->dropped++;
		}
	}
	buf_free(&text);
	return true;
}

int
pki_marks_sweep(struct call *c, unsigned shard)
{
	struct sweep s = { .c = c };

	buf_printf(&s.directory, "%02x/", shard % PKI_SHARDS);
	records_some(
	    c->records, RECORD_PKI_MARK, no_mount, buf_str(&s.directory), SIZE_MAX, sweep, &s);
	buf_free(&s.directory);
	return s.dropped;
}

/* ---- the API ---- */

void
pki_put_revocation(struct json_writer *w, int64_t since)
{
	char text[CLOCK_TEXT] = "";

	if (since != 0)
		clock_format(since, text);
	json_put_int(w, "revocation_time", pki_seconds(since));
	json_put_text(w, "revocation_time_rfc3339", text);
}

static int
answer(struct call *c, int64_t since)
{
	struct json_writer w = reply_data(c);

	pki_put_revocation(&w, since);
	json_put_text(&w, "state", "revoked");
	json_close_object(&w);
	return 0;
}

/* The certificate that is named or given; one that is given is kept, it may not have been. */
static int
find_certificate(struct call *c, struct str *der, struct error *err)
{
	static const char *const labels[] = { "CERTIFICATE", "X509 CERTIFICATE", NULL };
	struct str serial = { "", 0 }, pem = { "", 0 };
	struct buf bytes = BUF_INIT;
	struct error why = ERROR_INIT;
	int rc;

	if (field_text(c, "serial_number", &serial, NULL) != 0 ||
	    field_text(c, "certificate", &pem, NULL) != 0)
		return -1;
	if (serial.len == 0 && pem.len == 0)
		return call_refuse(
		    c, 400, "The serial number or certificate to revoke must be provided.");
	if (serial.len > 0 && pem.len > 0)
		return call_refuse(c, 400,
		    "Must provide either the certificate or the serial to "
		    "revoke; not both.");
	if (serial.len > 0) {
		rc = pki_cert_find(c, serial, der, err);
		return rc == 1 ? call_refuse(c, 400, "certificate with serial %.*s not found.",
				     STR(serial))
			       : rc;
	}
	if (pem_first(pem, labels, &bytes, &why) != 0) {
		buf_free(&bytes);
		return call_refuse(c, 400, "certificate could not be parsed: %s", why.text);
	}
	*der = pki_keep(c, &bytes);
	return der->at != NULL ? 0 : -1;
}

/* The issuer that signed it, whose key is here. */
static int
find_signer(struct call *c, struct str der, const struct certificate_view *v,
    struct pki_issuer *signer, struct error *err)
{
	struct pki_issuers all;

	if (pki_issuers_read(c, &all, err) != 0)
		return -1;
	for (unsigned i = 0; i < all.count; i++)
		if (str_equal(all.list[i].der, der))
			return call_refuse(c, 400, "adding CA to its own CRL is not allowed");
	for (unsigned i = 0; i < all.count; i++) {
		*signer = all.list[i];
		if (signer->key_id.len > 0 && str_equal(signer->view.subject, v->issuer) &&
		    pki_issuer_signed(signer, der))
			return 0;
	}
	return call_refuse(c, 400,
	    "the certificate was signed by no issuer whose key is in this "
	    "mount");
}

static int
check_expired(
    struct call *c, const struct certificate_view *v, bool *expired, struct error *err)
{
	const struct json *config;

	if (pki_config(c, "crl", &config, err) != 0)
		return -1;
	*expired = v->not_after < pki_seconds(c->now) &&
		   !pki_truth(config, "allow_expired_cert_revocation");
	return 0;
}

int
api_pki_revoke(struct call *c, struct error *err)
{
	struct pki_revoked r = { .since = c->now };
	struct certificate_view v;
	struct pki_issuer signer;
	uint8_t mark[REVOKED_MARK];
	struct str der;
	bool expired;
	int rc;

	if (find_certificate(c, &der, err) != 0 || certificate_read(der, &v, err) != 0)
		return -1;
	rc = pki_revoked_find(c, v.serial, &r, err);
	if (rc <= 0)
		return rc < 0 ? -1 : answer(c, r.since);
	if (find_signer(c, der, &v, &signer, err) != 0 ||
	    check_expired(c, &v, &expired, err) != 0)
		return -1;
	if (expired) {
		call_warn(c, "certificate already expired; refusing to add to CRL");
		return 0;
	}
	r = (struct pki_revoked){ .since = c->now, .ends = v.not_after, .issuer = signer.id };
	revoked_mark(signer.view.spki, v.serial, mark);
	if (pki_cert_keep(c, der, err) != 0 || keep(c, v.serial, &r, err) != 0)
		return -1;
	keep_mark(c, mark, r.ends);
	return answer(c, r.since);
}
