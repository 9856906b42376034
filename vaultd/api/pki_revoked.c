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

/* That of a serial number: this mount has issued it, or was given it before. */
static int
find_by_serial(struct call *c, struct str serial, struct pki_cert *cert, struct error *err)
{
	struct pki_issuers all;
	int rc = pki_cert_find(c, serial, cert, err);

	if (rc != 0)
		return rc < 0 ? -1
			      : call_refuse(c, 400, "certificate with serial %.*s not found.",
				    STR(serial));
	if (pki_issuers_read(c, &all, err) != 0)
		return -1;
	for (unsigned i = 0; i < all.count; i++)
		if (str_equal(all.list[i].der, cert->der))
			return call_refuse(c, 400, "adding CA to its own CRL is not allowed");
	return 0;
}

/* One that is given: an issuer must have signed it whose key is here.  It is kept. */
static int
find_by_signer(struct call *c, struct str der, struct pki_cert *cert, struct error *err)
{
	struct certificate_view v;
	struct pki_issuers all;

	if (certificate_read(der, &v, err) != 0 || pki_issuers_read(c, &all, err) != 0)
		return -1;
	for (unsigned i = 0; i < all.count; i++) {
		const struct pki_issuer *signer = &all.list[i];

		if (signer->key_id.len == 0 || !str_equal(signer->view.subject, v.issuer) ||
		    !pki_issuer_signed(signer, der))
			continue;
		*cert = (struct pki_cert){ .der = der, .issuer = signer->id };
		revoked_mark(signer->view.spki, v.serial, cert->mark);
		if (str_equal(signer->der, der))
			return call_refuse(c, 400, "adding CA to its own CRL is not allowed");
		return pki_cert_keep(c, der, signer->id, signer->view.spki, err);
	}
	return call_refuse(
	    c, 400, "the certificate was signed by no issuer whose key is in this mount");
}

static int
find_certificate(struct call *c, struct pki_cert *cert, struct error *err)
{
	static const char *const labels[] = { "CERTIFICATE", "X509 CERTIFICATE", NULL };
	struct str serial = { "", 0 }, pem = { "", 0 };
	struct buf bytes = BUF_INIT;
	struct error why = ERROR_INIT;

	if (field_text(c, "serial_number", &serial, NULL) != 0 ||
	    field_text(c, "certificate", &pem, NULL) != 0)
		return -1;
	if (serial.len == 0 && pem.len == 0)
		return call_refuse(
		    c, 400, "The serial number or certificate to revoke must be provided.");
	if (serial.len > 0 && pem.len > 0)
		return call_refuse(c, 400,
		    "Must provide either the certificate or the serial to revoke; not both.");
	if (serial.len > 0)
		return find_by_serial(c, serial, cert, err);
	if (pem_first(pem, labels, &bytes, &why) != 0) {
		buf_free(&bytes);
		return call_refuse(c, 400, "certificate could not be parsed: %s", why.text);
	}
	pem = pki_keep(c, &bytes);
	return pem.at != NULL ? find_by_signer(c, pem, cert, err) : -1;
}

static int
check_expired(
    struct call *c, const struct certificate_view *v, bool *expired, struct error *err)
{
	const struct json *config;

	if (pki_config(c, "crl", &config, err) != 0)
		return -1;
	*expired = v->not_after < pki_seconds(c->now) &&
		   !settings_truth(config, "allow_expired_cert_revocation");
	return 0;
}

int
api_pki_revoke(struct call *c, struct error *err)
{
	struct pki_revoked r = { .since = c->now };
	struct certificate_view v;
	struct pki_cert cert;
	bool expired;
	int rc;

	if (find_certificate(c, &cert, err) != 0 || certificate_read(cert.der, &v, err) != 0 ||
	    check_expired(c, &v, &expired, err) != 0)
		return -1;
	rc = pki_revoked_find(c, v.serial, &r, err);
	if (rc < 0)
		return -1;
	if (rc == 0 && !str_equal(r.issuer, cert.issuer))
		return call_refuse(c, 400,
		    "another issuer's certificate of this serial number is revoked already");
	if (rc == 0)
		return answer(c, r.since);
	if (expired) {
		call_warn(c, "certificate already expired; refusing to add to CRL");
		return 0;
	}
	if (c->revoked->len >= (size_t)REVOKED_MOST * REVOKED_MARK)
		return call_refuse(c, 400,
		    "%d certificates are revoked: no more can be until some have ended",
		    REVOKED_MOST);
	r = (struct pki_revoked){ .since = c->now, .ends = v.not_after, .issuer = cert.issuer };
	if (keep(c, v.serial, &r, err) != 0)
		return -1;
	keep_mark(c, cert.mark, r.ends);
	return answer(c, r.since);
}
