/*
 * The configuration file (HCL, see README "Configuration"): one table of keys, config_table.c,
 * out of which come the parser, its complaints and the reference page.
 */
#ifndef VAULTD_CONFIG_H
#define VAULTD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "vaultd/ipc/message.h"

#define CONFIG_OPERATORS 64
#define CONFIG_NETWORKS 32
#define CONFIG_GATES 64

struct config {
	char *hublet;            /* "na1" */
	char *trust_domain;      /* "na1.example" */
	char *user;              /* to become when started as root; default "vaultd" */
	unsigned gates;          /* 0: not in the file, one per core */
	char *log_format;        /* "human" or "json" */
	char *cluster_name;      /* shown in health; default "vaultd-<hublet>" */
	bool rekey_paths;        /* sys/rekey answers too */
	bool readers;            /* who reads which secret is kept */
	struct {
		char *address;   /* "127.0.0.1:8200", "[::]:8200" */
		char *certificate, *key, *client_ca, *crl; /* paths; crl may be NULL */
		unsigned networks;
		char *network[CONFIG_NETWORKS];
	} listener;
	struct {
		char *path;      /* directory of the store */
		uint64_t map_bytes; /* default 64 GiB of address space */
	} storage;
	struct {
		char *path;      /* the audit file */
		bool sync_always; /* sync = "always" */
	} audit;
	struct {
		char *directory; /* NULL: there are no hooks */
		char *user;      /* whom they run as; default "nobody" */
		uint32_t memory, processes, output; /* of one: bytes, count, bytes a stream */
	} hooks;
	struct limits limits;
	uint32_t request_memory; /* bytes of the locked arena; default 6 MiB */
	unsigned operators;
	char *operator_id[CONFIG_OPERATORS]; /* exact SPIFFE IDs */
};

/*
 * Read text (path is for messages).  NULL with ERR_INVALID: "FILE:LINE: what is wrong; mend".
 * Unknown and repeated keys are errors.  Relative paths are relative to the file's directory.
 * Free with config_free.
 */
struct config *config_parse(struct str text, const char *path, struct error *err);
void config_free(struct config **c);

/* Append the reference page: every key, what it means, what it must be, what holds without it. */
void config_describe(struct buf *out);

#endif
