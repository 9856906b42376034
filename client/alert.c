/*
 * vaultctl: TLS alerts in plain words.
 */
#include "client/alert.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name; /* as OpenSSL prints it */
	const char *meaning;
} alerts[] = {
    {"alert certificate required", "the vault wants a client certificate and got none"},
    {"alert certificate expired",
	"the client certificate is expired or not yet good; issue a new one "
	"(vaultctl identity issue), and look at both clocks"},
    {"alert certificate revoked", "the client certificate was revoked"},
    {"alert unknown ca", "the client certificate was not issued by this Hublet's CA; is it "
			 "that of another Hublet?"},
    {"alert unsupported certificate",
	"the client certificate is of a kind that is not served (vaultctl identity show)"},
    {"alert bad certificate",
	"the client certificate is no identity of this Hublet (vaultctl identity show)"},
    {"alert certificate unknown",
	"the client certificate is no identity of this Hublet (vaultctl identity show)"},
    {"alert access denied", "connections from this address, or of this identity, are refused"},
    {"alert protocol version", "the vault speaks TLS 1.3 only"},
    {"alert no application protocol", "the vault speaks HTTP/1.1 only"},
    {"alert unrecognized name", "the vault does not serve this name (-tls-server-name)"},
    {"alert handshake failure", "no cipher, group or signature scheme is common to both sides"},
    {"alert internal error", "the vault had trouble of its own; its log says which"},
};

const char *
alert_meaning(const char *text)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (strstr(text, alerts[i].name) != NULL)
			return alerts[i].meaning;
	return NULL;
}
