/*
 * What algorithms are allowed, as tables of their encoded identifiers.  Runs in gate and
 * keeper, before OpenSSL is asked to do anything with a stranger's key.
 */
#include "policy/algorithm.h"

#include <string.h>

/* OIDs as their octets; the comment is the last arc's name in its standard. */
#define OID(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

#define OID_RSA "\x2a\x86\x48\x86\xf7\x0d\x01\x01" /* PKCS #1 */

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096
#define RSA_EXPONENT_OCTETS 4

enum parameters { PARAMETERS_NONE, PARAMETERS_NULL, PARAMETERS_PSS };

static const struct {
	struct str oid;
	enum parameters parameters;
} signatures[] = {
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x02"), PARAMETERS_NONE}, /* ecdsa-with-SHA256 */
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x03"), PARAMETERS_NONE}, /* ecdsa-with-SHA384 */
    {OID("\x2a\x86\x48\xce\x3d\x04\x03\x04"), PARAMETERS_NONE}, /* ecdsa-with-SHA512 */
    {OID("\x2b\x65\x70"), PARAMETERS_NONE},                     /* Ed25519 */
    {OID(OID_RSA "\x0b"), PARAMETERS_NULL},                     /* sha256WithRSAEncryption */
    {OID(OID_RSA "\x0c"), PARAMETERS_NULL},                     /* sha384WithRSAEncryption */
    {OID(OID_RSA "\x0d"), PARAMETERS_NULL},                     /* sha512WithRSAEncryption */
    {OID(OID_RSA "\x0a"), PARAMETERS_PSS},                      /* id-RSASSA-PSS */
};

static const struct str hashes[] = {
    OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), /* id-sha256 */
    OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), /* id-sha384 */
    OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), /* id-sha512 */
};

static const struct str oid_rsa = OID(OID_RSA "\x01");                /* rsaEncryption */
static const struct str oid_ec = OID("\x2a\x86\x48\xce\x3d\x02\x01"); /* id-ecPublicKey */
static const struct str oid_ed25519 = OID("\x2b\x65\x70");            /* id-Ed25519 */

static const struct {
	struct str oid;
	size_t point; /* octets, uncompressed */
	enum key_kind kind;
} curves[] = {
    {OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), 65, KEY_P256}, /* secp256r1 */
    {OID("\x2b\x81\x04\x00\x22"), 97, KEY_P384},             /* secp384r1 */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool
is_null(struct der d)
{
	struct der nothing;

	return der_take(&d, DER_NULL, &nothing) && der_done(&nothing) && der_done(&d);
}

/*
 * RSASSA-PSS-params name their hash: the default is SHA-1.  The mask, the salt and what OpenSSL
 * makes of them is weighed again when the signature is checked.
 */
static bool
is_pss(struct der d)
{
	struct der params, tagged, algorithm;
	struct str hash;

	if (!der_take(&d, DER_SEQUENCE, &params) || !der_done(&d) ||
	    !der_take(&params, DER_CONTEXT | DER_CONSTRUCTED | 0, &tagged) ||
	    !der_take(&tagged, DER_SEQUENCE, &algorithm) || !der_done(&tagged) ||
	    !der_take_oid(&algorithm, &hash) || !(der_done(&algorithm) || is_null(algorithm)))
		return false;
	for (size_t i = 0; i < COUNT(hashes); i++)
		if (str_equal(hash, hashes[i]))
			return true;
	return false;
}

static bool
parameters_fit(enum parameters kind, struct der d)
{
	switch (kind) {
	case PARAMETERS_NONE:
		return der_done(&d);
	case PARAMETERS_NULL:
		return is_null(d);
	case PARAMETERS_PSS:
		return is_pss(d);
	}
	return false;
}

bool
algorithm_signs(struct der algorithm)
{
	struct str oid;

	if (!der_take_oid(&algorithm, &oid))
		return false;
	for (size_t i = 0; i < COUNT(signatures); i++)
		if (str_equal(oid, signatures[i].oid))
			return parameters_fit(signatures[i].parameters, algorithm);
	return false;
}

static int
read_rsa(struct der bits, struct public_key *key, struct error *err)
{
	struct der sequence, modulus, exponent;
	size_t len;

	if (!der_take(&bits, DER_SEQUENCE, &sequence) || !der_done(&bits) ||
	    !der_take_integer(&sequence, &modulus) || !der_take_integer(&sequence, &exponent) ||
	    !der_done(&sequence) || modulus.at[0] >= 0x80 || exponent.at[0] >= 0x80)
		return error_set(err, ERR_INVALID, "certificate: its RSA key is malformed");
	if (modulus.at[0] == 0)
		modulus = der_of(modulus.at + 1, modulus.left - 1);
	len = modulus.left * 8;
	for (unsigned top = 0x80; modulus.left > 0 && top > modulus.at[0]; top >>= 1)
		len--;
	if (len < RSA_BITS_MIN || len > RSA_BITS_MAX)
		return error_set(err, ERR_INVALID,
		    "certificate: its RSA key has not %d to %d bits", RSA_BITS_MIN,
		    RSA_BITS_MAX);
	if (exponent.left > RSA_EXPONENT_OCTETS || (exponent.left == 1 && exponent.at[0] < 3) ||
	    exponent.at[exponent.left - 1] % 2 == 0 || modulus.at[modulus.left - 1] % 2 == 0)
		return error_set(err, ERR_INVALID,
		    "certificate: its RSA key has an even modulus or an unfit exponent");
	*key = (struct public_key){.kind = KEY_RSA, .modulus = modulus, .exponent = exponent};
	return 0;
}

static int
read_ec(struct der curve, struct der point, struct public_key *key, struct error *err)
{
	struct str oid;

	if (!der_take_oid(&curve, &oid) || !der_done(&curve))
		return error_set(err, ERR_INVALID, "certificate: its curve is not named");
	for (size_t i = 0; i < COUNT(curves); i++) {
		if (!str_equal(oid, curves[i].oid))
			continue;
		if (point.left != curves[i].point || point.at[0] != 0x04)
			return error_set(err, ERR_INVALID,
			    "certificate: its key is not an uncompressed point");
		*key = (struct public_key){.kind = curves[i].kind, .point = point};
		return 0;
	}
	return error_set(err, ERR_INVALID, "certificate: its curve is neither P-256 nor P-384");
}

int
algorithm_key(struct der spki, struct public_key *key, struct error *err)
{
	struct der algorithm, bits;
	struct str oid;
	unsigned unused;

	if (!der_take(&spki, DER_SEQUENCE, &algorithm) || !der_take_oid(&algorithm, &oid) ||
	    !der_take_bits(&spki, &bits, &unused) || unused != 0 || !der_done(&spki))
		return error_set(err, ERR_INVALID, "certificate: its public key is malformed");
	if (str_equal(oid, oid_ec))
		return read_ec(algorithm, bits, key, err);
	if (str_equal(oid, oid_rsa) && is_null(algorithm))
		return read_rsa(bits, key, err);
	if (str_equal(oid, oid_ed25519) && der_done(&algorithm) && bits.left == 32) {
		*key = (struct public_key){.kind = KEY_ED25519, .point = bits};
		return 0;
	}
	return error_set(
	    err, ERR_INVALID, "certificate: its key is none of P-256, P-384, Ed25519, RSA");
}

int
algorithm_leaf_key(struct str certificate, struct public_key *key, struct error *err)
{
	struct der d = der_of(certificate.at, certificate.len), whole, tbs, content;
	unsigned tag = 0;
	bool ok = der_take(&d, DER_SEQUENCE, &whole) && der_take(&whole, DER_SEQUENCE, &tbs);

	/* version, serial, algorithm, issuer, validity, subject; then subjectPublicKeyInfo */
	for (int i = 0; i < 7; i++)
		ok = ok && der_take_any(&tbs, &tag, &content, NULL);
	if (!ok || tag != DER_SEQUENCE)
		return error_set(err, ERR_INVALID, "certificate: it is malformed");
	return algorithm_key(content, key, err);
}
