/*
 * The table of the configuration file: what may stand in it, where, what it must be and what it
 * means.
 */
#include "vaultd/config_table.h"

#include <stddef.h>
#include <string.h>

#include "policy/identity.h"
#include "vaultd/config.h"
#include "vaultd/ipc/address.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define HOUR 3600
#define DAY (24 * HOUR)

const char *const config_blocks[CONFIG_BLOCKS][2] = {
    {"listener", NULL},
    {"storage", "lmdb"},
    {"audit", "file"},
    {"limits", NULL},
    {"hooks", NULL},
};

/* As "na1": a region, a number; it stands in names of files and hosts. */
static int
check_hublet(struct str name, struct error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (name.len > 32 || name.at[0] < 'a' || name.at[0] > 'z' || str_ends(name, "-"))
		return error_set(err, ERR_INVALID, "1 to 32 characters, a letter first");
	for (size_t i = 0; i < name.len; i++)
		if (strchr(allowed, name.at[i]) == NULL)
			return error_set(err, ERR_INVALID, "only a-z, 0-9 and - in it");
	return 0;
}

static int
check_address(struct str text, struct error *err)
{
	struct sockaddr_storage to;
	socklen_t len;

	return address_parse(text, &to, &len)
		   ? 0
		   : error_set(err, ERR_INVALID, "numbers only, no host names");
}

static int
check_network(struct str text, struct error *err)
{
	struct network n;

	return network_parse(text, &n) ? 0 : error_set(err, ERR_INVALID, "it is none");
}

#define AT(member) offsetof(struct config, member)

/* clang-format off */
const struct setting config_settings[] = {
{ "", "hublet", SETTING_TEXT, true, AT(hublet), 0, 0, 0, NULL,
    "the Hublet's name, as \"na1\"", check_hublet,
    "Which Hublet this vault belongs to. A store of another Hublet is refused." },
{ "", "trust_domain", SETTING_TEXT, true, AT(trust_domain), 0, 0, 0, NULL,
    "a SPIFFE trust domain, as \"na1.example\"", spiffe_check_domain,
    "Identities of this trust domain are served, no others." },
{ "", "operators", SETTING_TEXTS, true, AT(operator_id), AT(operators), 1, CONFIG_OPERATORS,
    NULL, "a list of SPIFFE IDs, as [\"spiffe://na1.example/operator/alice\"]", spiffe_check,
    "Who holds the policy \"operator\" and may unseal." },
{ "", "user", SETTING_TEXT, false, AT(user), 0, 0, 0, "vaultd",
    "the name of a user", NULL,
    "Whom to become when started as root." },
{ "", "gates", SETTING_COUNT, false, AT(gates), 0, 1, CONFIG_GATES, NULL, NULL, NULL,
    "How many processes serve the network. Left out: one for each core." },
{ "", "log_format", SETTING_CHOICE, false, AT(log_format), 0, 0, 0, "human", "human json", NULL,
    "How a line of the log is written." },
{ "", "cluster_name", SETTING_TEXT, false, AT(cluster_name), 0, 0, 0, NULL,
    "a name", NULL,
    "Shown by sys/health. Left out: \"vaultd-\" and the Hublet's name." },
{ "", "rekey_paths", SETTING_SWITCH, false, AT(rekey_paths), 0, 0, 0, "off", "off on", NULL,
    "Whether sys/rekey/*, the older form of sys/rotate/root/*, answers who has sudo there." },
{ "", "readers", SETTING_SWITCH, false, AT(readers), 0, 0, 0, "on", "off on", NULL,
    "Whether it is kept who read which secret last, for sys/readers." },
{ "listener", "address", SETTING_TEXT, true, AT(listener.address), 0, 0, 0, NULL,
    "an address and port, as \"127.0.0.1:8200\" or \"[::]:8200\"", check_address,
    "Where callers connect." },
{ "listener", "certificate", SETTING_PATH, true, AT(listener.certificate), 0, 0, 0, NULL,
    "a path", NULL,
    "The listener's certificate and its intermediates, PEM." },
{ "listener", "key", SETTING_PATH, true, AT(listener.key), 0, 0, 0, NULL,
    "a path", NULL,
    "The key of that certificate, PEM." },
{ "listener", "client_ca", SETTING_PATH, true, AT(listener.client_ca), 0, 0, 0, NULL,
    "a path", NULL,
    "The certificates that issue this Hublet's identities, PEM." },
{ "listener", "crl", SETTING_PATH, false, AT(listener.crl), 0, 0, 0, NULL,
    "a path", NULL,
    "Their revocation lists, PEM." },
{ "listener", "allowed_networks", SETTING_TEXTS, false, AT(listener.network),
    AT(listener.networks), 1, CONFIG_NETWORKS, NULL,
    "a list of networks, as [\"10.0.0.0/8\", \"fd00::/8\"]", check_network,
    "Where callers may come from. Left out: from everywhere." },
{ "storage", "path", SETTING_PATH, true, AT(storage.path), 0, 0, 0, NULL,
    "a path", NULL,
    "The directory of the store." },
{ "storage", "map_size", SETTING_SIZE64, false, AT(storage.map_bytes), 0, 16 * MIB, 16 * TIB,
    "64g", NULL, NULL,
    "The most that the store may ever hold; address space, not memory." },
{ "audit", "path", SETTING_PATH, true, AT(audit.path), 0, 0, 0, NULL,
    "a path", NULL,
    "The audit file." },
{ "audit", "sync", SETTING_SWITCH, false, AT(audit.sync_always), 0, 0, 0, "batch",
    "batch always", NULL,
    "\"always\": records of reads are on disk before the answer leaves, too." },
{ "hooks", "directory", SETTING_PATH, false, AT(hooks.directory), 0, 0, 0, NULL,
    "a path", NULL,
    "Executables that rotate keys at their providers. Root's, as all above it. Left out: none." },
{ "hooks", "user", SETTING_TEXT, false, AT(hooks.user), 0, 0, 0, "nobody",
    "the name of a user", NULL,
    "Whom hooks run as; neither root nor the user of vaultd." },
{ "hooks", "memory", SETTING_SIZE, false, AT(hooks.memory), 0, 16 * MIB, 4 * GIB - MIB, "512m",
    NULL, NULL,
    "Address space of a hook." },
{ "hooks", "processes", SETTING_COUNT, false, AT(hooks.processes), 0, 1, 1000, "32",
    NULL, NULL,
    "How many processes the hooks' user may have." },
{ "hooks", "output", SETTING_SIZE, false, AT(hooks.output), 0, KIB, MIB, "64k",
    NULL, NULL,
    "What a hook may say." },
{ "limits", "head_bytes", SETTING_SIZE, false, AT(limits.head_bytes), 0, KIB, MIB, "16k",
    NULL, NULL,
    "A request's line and header fields." },
{ "limits", "head_fields", SETTING_COUNT, false, AT(limits.head_fields), 0, 8, 1000, "64",
    NULL, NULL,
    "How many header fields it may have." },
{ "limits", "body_bytes", SETTING_SIZE, false, AT(limits.body_bytes), 0, KIB, 32 * MIB, "2m",
    NULL, NULL,
    "A request's body." },
{ "limits", "handshake", SETTING_SECONDS, false, AT(limits.handshake_s), 0, 1, HOUR, "10s",
    NULL, NULL,
    "Until the TLS handshake has ended." },
{ "limits", "head", SETTING_SECONDS, false, AT(limits.head_s), 0, 1, HOUR, "10s",
    NULL, NULL,
    "From a request's first byte to the end of its head." },
{ "limits", "body", SETTING_SECONDS, false, AT(limits.body_s), 0, 1, HOUR, "30s",
    NULL, NULL,
    "From there to the end of its body." },
{ "limits", "write_stall", SETTING_SECONDS, false, AT(limits.write_stall_s), 0, 1, HOUR, "30s",
    NULL, NULL,
    "How long a caller may leave an answer unread." },
{ "limits", "idle", SETTING_SECONDS, false, AT(limits.idle_s), 0, 1, DAY, "5m",
    NULL, NULL,
    "How long a connection may ask nothing." },
{ "limits", "age", SETTING_SECONDS, false, AT(limits.age_s), 0, 1, 7 * DAY, "1h",
    NULL, NULL,
    "How long a connection lives; never longer than its certificate." },
{ "limits", "connections", SETTING_COUNT, false, AT(limits.connections), 0, 1, 1000000, "16384",
    NULL, NULL,
    "Connections of one gate." },
{ "limits", "per_address", SETTING_COUNT, false, AT(limits.per_address), 0, 1, 1000000, "4096",
    NULL, NULL,
    "Of one gate, from one address." },
{ "limits", "per_identity", SETTING_COUNT, false, AT(limits.per_identity), 0, 1, 1000000, "4096",
    NULL, NULL,
    "Of one gate, by one identity." },
{ "limits", "request_memory", SETTING_SIZE, false, AT(request_memory), 0, MIB, GIB, "6m",
    NULL, NULL,
    "Locked memory of the keeper for the request that it runs." },
};
/* clang-format on */
const size_t config_setting_count = sizeof(config_settings) / sizeof(config_settings[0]);
