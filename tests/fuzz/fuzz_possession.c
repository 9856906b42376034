/*
 * Records of handshakes: u16 length of the server's certificate, that certificate, messages.
 * What is handed out lies within the messages, and the same record has the same outcome twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "policy/possession.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct reader r = reader_of(bytes, len);
	size_t leaf_len = reader_u16(&r);
	const uint8_t *at = reader_bytes(&r, leaf_len);
	struct str leaf = {(const char *)at, at == NULL ? 0 : leaf_len};
	struct str messages = {(const char *)r.at, r.left};
	struct possession proof, again;
	int rc;

	if (r.bad)
		return 0;
	rc = possession_verify(messages, leaf, &proof, NULL);
	must(possession_verify(messages, leaf, &again, NULL) == rc);
	if (rc != 0)
		return 0;
	must(memcmp(proof.nonce, again.nonce, sizeof(proof.nonce)) == 0);
	must(proof.chain.count >= 1 && proof.chain.count <= CHAIN_CERTIFICATES);
	for (unsigned i = 0; i < proof.chain.count; i++) {
		const struct str der = proof.chain.der[i];

		must(der.at >= messages.at && der.at + der.len <= messages.at + messages.len);
	}
	return 0;
}
