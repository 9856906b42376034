/*
 * Names of usages, as two tables.
 */
#include "policy/usage.h"

#include <strings.h>

#include "policy/der_write.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name;
	unsigned bit;
} usages[] = {
    {"DigitalSignature", USAGE_DIGITAL_SIGNATURE},
    {"ContentCommitment", USAGE_CONTENT_COMMITMENT},
    {"NonRepudiation", USAGE_CONTENT_COMMITMENT},
    {"KeyEncipherment", USAGE_KEY_ENCIPHERMENT},
    {"DataEncipherment", USAGE_DATA_ENCIPHERMENT},
    {"KeyAgreement", USAGE_KEY_AGREEMENT},
    {"CertSign", USAGE_CERT_SIGN},
    {"CRLSign", USAGE_CRL_SIGN},
    {"EncipherOnly", USAGE_ENCIPHER_ONLY},
    {"DecipherOnly", USAGE_DECIPHER_ONLY},
};

/* id-kp (RFC 5280 §4.2.1.12), and anyExtendedKeyUsage. */
#define KP(arc) "\x2b\x06\x01\x05\x05\x07\x03" arc

static const struct {
	const char *name;
	unsigned bit;
	const char *oid;
} purposes_known[] = {
    {"Any", PURPOSE_ANY, "\x55\x1d\x25\x00"},
    {"ServerAuth", PURPOSE_SERVER, KP("\x01")},
    {"ClientAuth", PURPOSE_CLIENT, KP("\x02")},
    {"CodeSigning", PURPOSE_CODE, KP("\x03")},
    {"EmailProtection", PURPOSE_EMAIL, KP("\x04")},
    {"IPSECEndSystem", PURPOSE_IPSEC_END, KP("\x05")},
    {"IPSECTunnel", PURPOSE_IPSEC_TUNNEL, KP("\x06")},
    {"IPSECUser", PURPOSE_IPSEC_USER, KP("\x07")},
    {"TimeStamping", PURPOSE_TIME, KP("\x08")},
    {"OCSPSigning", PURPOSE_OCSP, KP("\x09")},
};

static bool
is_name(struct str s, const char *prefix, const char *name)
{
	size_t skip = str_of(prefix).len;

	if (s.len > skip && strncasecmp(s.at, prefix, skip) == 0)
		s = str_from(s, skip);
	return s.len == str_of(name).len && strncasecmp(s.at, name, s.len) == 0;
}

unsigned
usage_bits(struct str_list names)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < names.count; i++)
		for (size_t u = 0; u < COUNT(usages); u++)
			if (is_name(names.at[i], "KeyUsage", usages[u].name))
				bits |= usages[u].bit;
	return bits;
}

unsigned
usage_purposes(struct str_list names)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < names.count; i++)
		for (size_t p = 0; p < COUNT(purposes_known); p++)
			if (is_name(names.at[i], "ExtKeyUsage", purposes_known[p].name))
				bits |= purposes_known[p].bit;
	return bits;
}

void
usage_put_purposes(unsigned purposes, struct buf *out)
{
	/* The octets of "any" end in a zero: its length is told, not looked for. */
	for (size_t p = 0; p < COUNT(purposes_known); p++)
		if ((purposes & purposes_known[p].bit) != 0)
			der_put_oid(out, (struct str){purposes_known[p].oid,
					     purposes_known[p].bit == PURPOSE_ANY ? 4 : 8});
}
