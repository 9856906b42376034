/*
 * Proof of possession out of the messages of a TLS 1.3 handshake (RFC 8446 §4).  Runs in the
 * keeper on what a gate passes on.
 * Security: this is why a broken gate cannot invent a peer.  Everything the gate says is taken
 * for forged until the signature over all of it, our nonce included, has been checked.
 */
#include "policy/possession.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/buf.h"
#include "policy/signature.h"

enum type {
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	ENCRYPTED_EXTENSIONS = 8,
	CERTIFICATE = 11,
	CERTIFICATE_REQUEST = 13,
	CERTIFICATE_VERIFY = 15,
	FINISHED = 20,
	MESSAGE_HASH = 254
};

/* The messages by their place; those of a HelloRetryRequest come in front, or not at all. */
enum place {
	FIRST_HELLO,
	RETRY,
	HELLO,
	SERVER,
	ENCRYPTED,
	REQUEST,
	SERVER_CERTIFICATE,
	SERVER_VERIFY,
	SERVER_FINISHED,
	CLIENT_CERTIFICATE,
	CLIENT_VERIFY,
	PLACES
};

static const uint8_t order[PLACES] = {CLIENT_HELLO, SERVER_HELLO, CLIENT_HELLO, SERVER_HELLO,
    ENCRYPTED_EXTENSIONS, CERTIFICATE_REQUEST, CERTIFICATE, CERTIFICATE_VERIFY, FINISHED,
    CERTIFICATE, CERTIFICATE_VERIFY};

struct record {
	bool retried;
	struct str whole[PLACES]; /* with the four bytes in front */
};

/* What stands for a hash in the "random" of a HelloRetryRequest (RFC 8446 §4.1.3). */
static const uint8_t retry_random[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe,
    0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
    0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

static const struct {
	uint16_t suite;
	const EVP_MD *(*digest)(void);
} suites[] = {
    {0x1301, EVP_sha256}, /* AES-128-GCM */
    {0x1302, EVP_sha384}, /* AES-256-GCM */
    {0x1303, EVP_sha256}, /* ChaCha20-Poly1305 */
    {0x1304, EVP_sha256}, /* AES-128-CCM */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static uint32_t
read_u24(struct reader *r)
{
	uint32_t high = reader_u8(r);

	return high << 16 | reader_u16(r);
}

/* len bytes as a str; empty, and the reader bad, when there are fewer. */
static struct str
read_str(struct reader *r, size_t len)
{
	const uint8_t *at = reader_bytes(r, len);

	return (struct str){(const char *)at, at == NULL ? 0 : len};
}

static struct reader
body(struct str whole)
{
	return reader_of(whole.at + 4, whole.len - 4);
}

static int
malformed(const char *what, struct error *err)
{
	return error_set(err, ERR_INVALID, "handshake: %s is malformed", what);
}

/* Cut the messages and hold their types against the order. */
static int
read_record(struct str messages, struct record *record, struct error *err)
{
	struct reader r = reader_of(messages.at, messages.len);

	for (unsigned i = 0; i < PLACES; i++) {
		struct reader head = r;
		uint8_t type = reader_u8(&head);
		uint32_t len = read_u24(&head);

		/* No second hello: the first two messages were not those of a retry. */
		if (i == HELLO && type == ENCRYPTED_EXTENSIONS) {
			record->whole[HELLO] = record->whole[FIRST_HELLO];
			record->whole[SERVER] = record->whole[RETRY];
			i = ENCRYPTED;
		}
		record->retried = record->retried || i == HELLO;
		if (head.bad || type != order[i])
			return error_set(err, ERR_INVALID,
			    "handshake: its messages are not in order, or some are missing");
		record->whole[i] = read_str(&r, 4 + (size_t)len);
	}
	if (!reader_done(&r))
		return error_set(
		    err, ERR_INVALID, "handshake: its messages do not end as they should");
	return 0;
}

/* A ServerHello (or, retry, a HelloRetryRequest): the cipher suite that it chose. */
static int
read_server_hello(struct str whole, bool retry, uint16_t *suite, struct error *err)
{
	struct reader r = body(whole);
	uint16_t version = reader_u16(&r);
	const uint8_t *random = reader_bytes(&r, sizeof(retry_random));
	uint8_t compression;

	reader_bytes(&r, reader_u8(&r));
	*suite = reader_u16(&r);
	compression = reader_u8(&r);
	reader_bytes(&r, reader_u16(&r));
	if (!reader_done(&r) || version != 0x0303 || compression != 0)
		return malformed("ServerHello", err);
	if ((memcmp(random, retry_random, sizeof(retry_random)) == 0) != retry)
		return error_set(err, ERR_INVALID,
		    "handshake: a HelloRetryRequest is missing or in the wrong place");
	return 0;
}

/* The digest of the suite that both hellos of the server chose. */
static const EVP_MD *
find_digest(const struct record *record, struct error *err)
{
	uint16_t suite, first;

	if (read_server_hello(record->whole[SERVER], false, &suite, err) != 0)
		return NULL;
	if (record->retried) {
		if (read_server_hello(record->whole[RETRY], true, &first, err) != 0)
			return NULL;
		if (first != suite) {
			error_set(err, ERR_INVALID, "handshake: two cipher suites");
			return NULL;
		}
	}
	for (size_t i = 0; i < COUNT(suites); i++)
		if (suites[i].suite == suite)
			return suites[i].digest();
	error_set(err, ERR_INVALID, "handshake: a cipher suite that is not of TLS 1.3");
	return NULL;
}

static int
read_nonce(struct str whole, uint8_t nonce[POSSESSION_NONCE], struct error *err)
{
	struct reader r = body(whole), list;
	struct str context = read_str(&r, reader_u8(&r));
	struct str extensions = read_str(&r, reader_u16(&r));
	unsigned found = 0;

	if (!reader_done(&r) || context.len != 0)
		return malformed("CertificateRequest", err);
	list = reader_of(extensions.at, extensions.len);
	while (list.left > 0 && !list.bad) {
		uint16_t type = reader_u16(&list);
		struct str value = read_str(&list, reader_u16(&list));

		if (type != POSSESSION_EXTENSION)
			continue;
		if (value.len != POSSESSION_NONCE || found++ != 0)
			return error_set(err, ERR_INVALID,
			    "handshake: CertificateRequest has a nonce of another size, or "
			    "two");
		memcpy(nonce, value.at, POSSESSION_NONCE);
	}
	if (!reader_done(&list))
		return malformed("CertificateRequest", err);
	if (found == 0)
		return error_set(
		    err, ERR_INVALID, "handshake: CertificateRequest has no nonce");
	return 0;
}

static int
read_chain(struct str whole, struct chain *chain, struct error *err)
{
	struct reader r = body(whole), list;
	struct str context = read_str(&r, reader_u8(&r));
	struct str entries = read_str(&r, read_u24(&r));

	*chain = (struct chain){0};
	if (!reader_done(&r) || context.len != 0)
		return malformed("Certificate", err);
	list = reader_of(entries.at, entries.len);
	while (list.left > 0 && !list.bad) {
		if (chain->count == CHAIN_CERTIFICATES)
			return error_set(err, ERR_INVALID, "handshake: over %d certificates",
			    CHAIN_CERTIFICATES);
		chain->der[chain->count] = read_str(&list, read_u24(&list));
		reader_bytes(&list, reader_u16(&list)); /* its extensions mean nothing here */
		chain->count++;
	}
	if (!reader_done(&list))
		return malformed("Certificate", err);
	if (chain->count == 0)
		return error_set(err, ERR_INVALID, "handshake: no certificate");
	return 0;
}

static int
add(EVP_MD_CTX *ctx, struct str bytes)
{
	return EVP_DigestUpdate(ctx, bytes.at, bytes.len);
}

/* The first ClientHello of two, as the message that stands for it (RFC 8446 §4.4.1). */
static int
add_message_hash(EVP_MD_CTX *ctx, const EVP_MD *md, struct str hello)
{
	uint8_t message[4 + EVP_MAX_MD_SIZE] = {
	    MESSAGE_HASH, 0, 0, (uint8_t)EVP_MD_get_size(md)};

	return EVP_Digest(hello.at, hello.len, message + 4, NULL, md, NULL) == 1 &&
	       EVP_DigestUpdate(ctx, message, 4 + (size_t)EVP_MD_get_size(md)) == 1;
}

/* Transcript-Hash(ClientHello ... client's Certificate).  Returns its size. */
static size_t
hash_transcript(const struct record *record, const EVP_MD *md, uint8_t out[EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1;
	unsigned len = 0;

	if (record->retried)
		ok = ok && add_message_hash(ctx, md, record->whole[FIRST_HELLO]) &&
		     add(ctx, record->whole[RETRY]);
	for (unsigned i = HELLO; i <= CLIENT_CERTIFICATE; i++)
		ok = ok && add(ctx, record->whole[i]);
	if (!ok || EVP_DigestFinal_ex(ctx, out, &len) != 1)
		fatal("possession: hashing failed");
	EVP_MD_CTX_free(ctx);
	return len;
}

/* What is signed (RFC 8446 §4.4.3). */
static void
write_content(struct buf *out, const uint8_t *hash, size_t len)
{
	static const char context[] = "TLS 1.3, client CertificateVerify";

	memset(buf_reserve(out, 64), ' ', 64);
	out->len += 64;
	buf_put(out, context, sizeof(context)); /* with its zero byte */
	buf_put(out, hash, len);
}

/* CertificateVerify, held against the leaf's key and the content. */
static int
check_signature(struct str whole, struct str leaf, struct str content, struct error *err)
{
	struct reader r = body(whole);
	uint16_t scheme = reader_u16(&r);
	struct str signature = read_str(&r, reader_u16(&r));
	struct public_key key;

	if (!reader_done(&r))
		return malformed("CertificateVerify", err);
	if (algorithm_leaf_key(leaf, &key, err) != 0 ||
	    signature_verify(&key, scheme, signature, content, err) != 0)
		return error_prefix(err, "handshake: ");
	return 0;
}

int
possession_verify(
    struct str messages, struct str server_leaf, struct possession *out, struct error *err)
{
	struct record record = {0};
	uint8_t hash[EVP_MAX_MD_SIZE];
	struct buf content = BUF_INIT;
	struct chain server;
	const EVP_MD *md;
	size_t len;
	int rc;

	if (messages.len > POSSESSION_MAX)
		return error_set(
		    err, ERR_INVALID, "handshake: over %d bytes of messages", POSSESSION_MAX);
	if (read_record(messages, &record, err) != 0 ||
	    (md = find_digest(&record, err)) == NULL ||
	    read_nonce(record.whole[REQUEST], out->nonce, err) != 0 ||
	    read_chain(record.whole[SERVER_CERTIFICATE], &server, err) != 0 ||
	    read_chain(record.whole[CLIENT_CERTIFICATE], &out->chain, err) != 0)
		return -1;
	if (!str_equal(server.der[0], server_leaf))
		return error_set(err, ERR_INVALID,
		    "handshake: the server's certificate is not this listener's");
	len = hash_transcript(&record, md, hash);
	write_content(&content, hash, len);
	rc = check_signature(
	    record.whole[CLIENT_VERIFY], out->chain.der[0], buf_str(&content), err);
	buf_free(&content);
	return rc;
}
