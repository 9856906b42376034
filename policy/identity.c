/*
 * From a leaf certificate to an identity: the certificate's frame (RFC 5280 §4.1), read by our
 * own strict walk because OpenSSL takes more than DER and more than a leaf.  Runs in gate and
 * keeper on bytes of strangers.
 * Security: says what a certificate claims; trust.c says whether it is true.
 */
#include "policy/identity.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/algorithm.h"
#include "policy/leaf.h"

#define CERTIFICATE_MAX (16 * 1024)
#define SERIAL_OCTETS 20
#define SERIAL_DIGITS 49 /* of 2^160 */

/* An identity with what its strs point into: the certificate, and texts made from it. */
struct holder {
	struct identity id;
	unsigned references;
	char bytes[];
};

char *
leaf_text(struct leaf *l, size_t len)
{
	char *room = l->text;

	if (len > l->text_left)
		fatal("identity: no room for the texts of a certificate");
	l->text += len;
	l->text_left -= len;
	return room;
}

struct str
leaf_hex(struct leaf *l, struct der bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *text = leaf_text(l, bytes.left * 3), *p = text;

	for (size_t i = 0; i < bytes.left; i++) {
		*p++ = digits[bytes.at[i] >> 4];
		*p++ = digits[bytes.at[i] & 15];
		*p++ = ':';
	}
	return (struct str){text, bytes.left == 0 ? 0 : bytes.left * 3 - 1};
}

int
leaf_add(struct name_list *list, struct str name, const char *what, struct error *err)
{
	if (list->count == IDENTITY_NAMES)
		return error_set(
		    err, ERR_INVALID, "certificate: over %d %s", IDENTITY_NAMES, what);
	list->names[list->count++] = name;
	return 0;
}

/* A positive integer in decimal: divided by ten until nothing is left. */
static struct str
decimal(struct leaf *l, struct der number)
{
	char *text = leaf_text(l, SERIAL_DIGITS);
	uint8_t rest[SERIAL_OCTETS];
	size_t at = SERIAL_DIGITS, first = 0;

	memcpy(rest, number.at, number.left);
	while (first < number.left) {
		unsigned carry = 0;

		for (size_t i = first; i < number.left; i++) {
			carry = carry << 8 | rest[i];
			rest[i] = (uint8_t)(carry / 10);
			carry %= 10;
		}
		text[--at] = (char)('0' + carry);
		while (first < number.left && rest[first] == 0)
			first++;
	}
	return (struct str){text + at, SERIAL_DIGITS - at};
}

static int
read_version(struct der *tbs, struct error *err)
{
	struct der tagged, version;

	if (!der_take(tbs, DER_CONTEXT | DER_CONSTRUCTED | 0, &tagged) ||
	    !der_take_integer(&tagged, &version) || !der_done(&tagged) || version.left != 1 ||
	    version.at[0] != 2)
		return error_set(err, ERR_INVALID, "certificate: it is not of version 3");
	return 0;
}

static int
read_serial(struct der *tbs, struct leaf *l, struct error *err)
{
	struct der serial;

	if (!der_take_integer(tbs, &serial) || serial.left > SERIAL_OCTETS ||
	    serial.at[0] >= 0x80 || (serial.left == 1 && serial.at[0] == 0))
		return error_set(err, ERR_INVALID,
		    "certificate: its serial is not a number from 1 to 2^159");
	l->id->serial = decimal(l, serial);
	if (serial.at[0] == 0)
		serial = der_of(serial.at + 1, serial.left - 1);
	l->id->serial_hex = leaf_hex(l, serial);
	return 0;
}

static int
read_validity(struct der *tbs, struct leaf *l, struct error *err)
{
	struct der validity;

	if (!der_take(tbs, DER_SEQUENCE, &validity) ||
	    !der_take_time(&validity, &l->id->not_before) ||
	    !der_take_time(&validity, &l->id->not_after) || !der_done(&validity))
		return error_set(err, ERR_INVALID, "certificate: its validity is malformed");
	if (l->id->not_after < l->id->not_before)
		return error_set(err, ERR_INVALID, "certificate: it ends before it begins");
	return 0;
}

/* Behind the public key: no unique identifiers (RFC 5280 forbids them), then the extensions. */
static int
read_rest(struct der *tbs, struct leaf *l, struct error *err)
{
	struct der tagged, extensions;

	if (!der_take(tbs, DER_CONTEXT | DER_CONSTRUCTED | 3, &tagged) ||
	    !der_take(&tagged, DER_SEQUENCE, &extensions) || !der_done(&tagged) ||
	    !der_done(tbs))
		return error_set(err, ERR_INVALID,
		    "certificate: its extensions are missing or not the last of its fields");
	return extensions_read(extensions, l, err);
}

/* TBSCertificate, in the order of RFC 5280 §4.1. */
static int
read_tbs(struct der tbs, struct str algorithm, struct leaf *l, struct error *err)
{
	struct der content, name;
	struct str inner;
	struct public_key key;
	unsigned tag;

	if (read_version(&tbs, err) != 0 || read_serial(&tbs, l, err) != 0)
		return -1;
	if (!der_take_any(&tbs, &tag, &content, &inner) || !str_equal(inner, algorithm))
		return error_set(
		    err, ERR_INVALID, "certificate: its two signature algorithms differ");
	if (!der_take(&tbs, DER_SEQUENCE, &name))
		return error_set(err, ERR_INVALID, "certificate: a name is malformed");
	if (names_check_issuer(name, err) != 0 || read_validity(&tbs, l, err) != 0)
		return -1;
	if (!der_take(&tbs, DER_SEQUENCE, &name))
		return error_set(err, ERR_INVALID, "certificate: a name is malformed");
	if (names_read_subject(name, l, err) != 0)
		return -1;
	if (!der_take(&tbs, DER_SEQUENCE, &content))
		return error_set(err, ERR_INVALID, "certificate: its public key is malformed");
	if (algorithm_key(content, &key, err) != 0)
		return -1;
	return read_rest(&tbs, l, err);
}

static int
read_certificate(struct der der, struct leaf *l, struct error *err)
{
	struct der certificate, tbs, content, signature;
	struct str algorithm;
	unsigned tag, unused;

	if (!der_take(&der, DER_SEQUENCE, &certificate) || !der_done(&der) ||
	    !der_take(&certificate, DER_SEQUENCE, &tbs) ||
	    !der_take_any(&certificate, &tag, &content, &algorithm) || tag != DER_SEQUENCE ||
	    !der_take_bits(&certificate, &signature, &unused) || unused != 0 ||
	    !der_done(&certificate))
		return error_set(
		    err, ERR_INVALID, "certificate: it is not one DER certificate");
	if (!algorithm_signs(content))
		return error_set(
		    err, ERR_INVALID, "certificate: its signature algorithm is not allowed");
	return read_tbs(tbs, algorithm, l, err);
}

struct identity *
identity_read(const void *der, size_t len, struct error *err)
{
	/* Hex with colons takes three bytes an octet, a dotted OID four; a serial's digits
	 * more. */
	size_t room = 4 * len + 2 * SERIAL_DIGITS + 8 * IDENTITY_NAMES;
	struct holder *h = NULL;
	struct identity *id;
	struct leaf leaf;

	if (len > CERTIFICATE_MAX) {
		error_set(err, ERR_INVALID, "certificate: over %d bytes", CERTIFICATE_MAX);
		return NULL;
	}
	if ((h = calloc(1, sizeof(*h) + len + room)) == NULL)
		fatal("identity: no memory");
	h->references = 1;
	id = &h->id;
	if (len > 0)
		memcpy(h->bytes, der, len);
	leaf = (struct leaf){.id = id, .text = h->bytes + len, .text_left = room};
	if (read_certificate(der_of(h->bytes, len), &leaf, err) != 0)
		identity_free(&id);
	else if (EVP_Digest(der, len, id->fingerprint, NULL, EVP_sha256(), NULL) != 1)
		fatal("identity: SHA-256 failed");
	return id;
}

struct identity *
identity_share(struct identity *id)
{
	((struct holder *)id)->references++;
	return id;
}

void
identity_free(struct identity **id)
{
	struct holder *h = (struct holder *)*id;

	*id = NULL;
	if (h != NULL && --h->references == 0)
		free(h);
}
