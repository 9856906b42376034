/*
 * Keeper: the table of sys/.
 */
#include "vaultd/api/attest.h"
#include "vaultd/api/audit.h"
#include "vaultd/api/host.h"
#include "vaultd/api/leases.h"
#include "vaultd/api/metrics.h"
#include "vaultd/api/mounts.h"
#include "vaultd/api/policies.h"
#include "vaultd/api/random.h"
#include "vaultd/api/seal.h"
#include "vaultd/api/ui.h"

#define STATE (ROUTE_SEALED | ROUTE_OPEN | ROUTE_RAW)

#define MOUNT \
	"type description config options local seal_wrap external_entropy_access"
#define TUNE                                                                              \
	"default_lease_ttl max_lease_ttl description listing_visibility token_type "      \
	"audit_non_hmac_request_keys audit_non_hmac_response_keys options "              \
	"passthrough_request_headers allowed_response_headers"

const struct route routes_sys[] = {
	{ OP_READ, "health", api_health, STATE, NULL,
	    "standbyok perfstandbyok activecode standbycode sealedcode uninitcode "
	    "performancestandbycode drsecondarycode removedcode haunhealthycode",
	    "Whether the vault is initialised and unsealed, as a status code." },
	{ OP_READ, "seal-status", api_seal_status, STATE, NULL, "",
	    "Whether the vault is sealed, and how far an unseal has come." },
	{ OP_READ, "leader", api_leader, STATE, NULL, "", "High availability: there is none." },
	{ OP_READ, "init", api_init_status, STATE, NULL, "", "Whether the vault is initialised." },
	{ OP_WRITE, "init", api_init, STATE | ROUTE_ALONE, NULL,
	    "secret_shares secret_threshold pgp_keys root_token_pgp_key recovery_shares "
	    "recovery_threshold recovery_pgp_keys stored_shares unseal_public_key",
	    "Make the vault: its master key, split into shares." },
	{ OP_WRITE, "unseal", api_unseal, STATE | ROUTE_ALONE, NULL, "key sealed_key reset migrate",
	    "Give one share." },
	{ OP_WRITE, "seal", api_seal, ROUTE_SEALED | ROUTE_RAW | ROUTE_ALONE | ROUTE_SUDO, NULL, "",
	    "Seal the vault at once." },
	{ OP_LIST, "policies/acl", api_policies_list, 0, NULL, "after limit", "Names of policies." },
	{ OP_READ, "policies/acl/:name", api_policy_read, 0, NULL, "", "One policy's text." },
	{ OP_WRITE, "policies/acl/:name", api_policy_write, ROUTE_WRITES, NULL,
	    "policy cas cas_required ttl expiration", "Write a policy." },
	{ OP_DELETE, "policies/acl/:name", api_policy_delete, ROUTE_WRITES, NULL, "",
	    "Delete a policy." },
	{ OP_READ | OP_LIST, "policy", api_policies_list_old, 0, NULL, "",
	    "Names of policies (older form)." },
	{ OP_READ, "policy/:name", api_policy_read_old, 0, NULL, "",
	    "One policy's text (older form)." },
	{ OP_WRITE, "policy/:name", api_policy_write_old, ROUTE_WRITES, NULL, "policy rules",
	    "Write a policy (older form)." },
	{ OP_DELETE, "policy/:name", api_policy_delete, ROUTE_WRITES, NULL, "",
	    "Delete a policy (older form)." },
	{ OP_WRITE, "capabilities-self", api_capabilities_self, 0, NULL, "path paths token",
	    "What the caller may do on paths." },
	{ OP_WRITE, "capabilities", api_capabilities, 0, NULL, "path paths token",
	    "What a token may do on paths." },
	{ OP_WRITE, "capabilities-accessor", api_capabilities_accessor, 0, NULL,
	    "path paths accessor", "What the token of an accessor may do on paths." },
	{ OP_READ, "mounts", api_mounts_list, 0, NULL, "", "The engines and where they are." },
	{ OP_READ, "mounts/*path/tune", api_tune_read, 0, NULL, "", "What holds for a mount." },
	{ OP_WRITE, "mounts/*path/tune", api_tune_write, ROUTE_WRITES, NULL, TUNE,
	    "Set what holds for a mount." },
	{ OP_READ, "mounts/*path", api_mount_read, 0, NULL, "", "One engine." },
	{ OP_WRITE, "mounts/*path", api_mount_write, ROUTE_WRITES, NULL, MOUNT,
	    "Mount an engine." },
	{ OP_DELETE, "mounts/*path", api_mount_delete, ROUTE_WRITES, NULL, "",
	    "Unmount an engine: all that it holds is destroyed." },
	{ OP_READ, "auth", api_mounts_list, 0, NULL, "", "The auth methods and where they are." },
	{ OP_READ, "auth/*path/tune", api_tune_read, ROUTE_SUDO, NULL, "",
	    "What holds for an auth method." },
	{ OP_WRITE, "auth/*path/tune", api_tune_write, ROUTE_WRITES | ROUTE_SUDO, NULL, TUNE,
	    "Set what holds for an auth method." },
	{ OP_READ, "auth/*path", api_mount_read, ROUTE_SUDO, NULL, "", "One auth method." },
	{ OP_WRITE, "auth/*path", api_mount_write, ROUTE_WRITES | ROUTE_SUDO, NULL, MOUNT,
	    "Enable an auth method." },
	{ OP_DELETE, "auth/*path", api_mount_delete, ROUTE_WRITES | ROUTE_SUDO, NULL, "",
	    "Disable an auth method: all that it holds is destroyed." },
	{ OP_WRITE, "remount", api_remount, ROUTE_WRITES | ROUTE_SUDO, NULL, "from to",
	    "Move a mount to another path." },
	{ OP_READ, "remount/status/:id", api_remount_status, 0, NULL, "", "How a move went." },
	{ OP_READ, "internal/ui/mounts", api_ui_mounts, ROUTE_OPEN, NULL, "",
	    "The mounts that the caller can reach." },
	{ OP_READ, "internal/ui/mounts/*path", api_preflight, ROUTE_OPEN, NULL, "",
	    "The mount that a path lies in." },
	{ OP_READ, "internal/ui/resultant-acl", api_resultant_acl, 0, NULL, "",
	    "The caller's rules, merged." },
	{ OP_READ, "internal/specs/openapi", api_openapi, ROUTE_OPEN | ROUTE_RAW, NULL,
	    "generic_mount_paths context", "This API, as OpenAPI." },

	{ OP_READ, "audit", api_audit_list, ROUTE_SUDO, NULL, "", "Where the audit is written." },
	{ OP_WRITE, "audit/*path", api_audit_enable, ROUTE_SUDO, NULL,
	    "type description options local", "Refused: the configuration names the audit file." },
	{ OP_DELETE, "audit/*path", api_audit_disable, ROUTE_SUDO, NULL, "",
	    "Refused for the one that there is." },
	{ OP_WRITE, "audit-hash/*path", api_audit_hash, 0, NULL, "input",
	    "The keyed hash of a value as the audit writes it." },

	{ OP_WRITE, "leases/lookup", api_lease_lookup, 0, NULL, "lease_id", "Nothing is leased." },
	{ OP_LIST, "leases/lookup/*prefix?", api_lease_list, ROUTE_SUDO, NULL, "",
	    "Nothing is leased." },
	{ OP_WRITE, "leases/renew", api_lease_renew, 0, NULL, "lease_id increment url_lease_id",
	    "Nothing is leased." },
	{ OP_WRITE, "leases/renew/*id", api_lease_renew, 0, NULL, "lease_id increment",
	    "Nothing is leased." },
	{ OP_WRITE, "leases/revoke", api_lease_revoke, 0, NULL, "lease_id sync url_lease_id",
	    "Done: nothing is leased." },
	{ OP_WRITE, "leases/revoke/*id", api_lease_revoke, 0, NULL, "lease_id sync",
	    "Done: nothing is leased." },
	{ OP_WRITE, "leases/revoke-prefix/*prefix", api_lease_revoke_all, ROUTE_SUDO, NULL, "sync",
	    "Done: nothing is leased." },
	{ OP_WRITE, "leases/revoke-force/*prefix", api_lease_revoke_all, ROUTE_SUDO, NULL, "",
	    "Done: nothing is leased." },
	{ OP_WRITE, "leases/tidy", api_lease_tidy, 0, NULL, "", "Done: nothing is leased." },

	{ OP_READ, "metrics", api_metrics, ROUTE_RAW, NULL, "format",
	    "What the keeper counts of itself, as JSON or for Prometheus." },
	{ OP_READ, "host-info", api_host_info, 0, NULL, "", "The host this runs on." },
	{ OP_READ, "ha-status", api_ha_status, 0, NULL, "", "The one node there is." },
	{ OP_WRITE, "step-down", api_step_down, ROUTE_SUDO, NULL, "",
	    "Done: there is nobody to step down for." },
	{ OP_LIST, "version-history", api_version_history, 0, NULL, "", "The version that runs." },
	{ OP_READ, "in-flight-req", api_in_flight, ROUTE_RAW, NULL, "", "What is being served." },
	{ OP_READ, "config/state/sanitized", api_config_state, 0, NULL, "",
	    "The configuration, without what is confidential in it." },
	{ OP_READ, "config/cors", api_config_cors, ROUTE_SUDO, NULL, "",
	    "Cross-origin requests: there are none." },
	{ OP_READ, "config/auditing/request-headers", api_audited_headers, ROUTE_SUDO, NULL, "",
	    "Headers in the audit: there are none." },
	{ OP_READ, "config/auditing/request-headers/:header", api_audited_header, ROUTE_SUDO, NULL,
	    "", "One of them." },
	{ OP_LIST, "config/ui/headers", api_nothing_listed, ROUTE_SUDO, NULL, "",
	    "Headers of the user interface: there is none." },
	{ OP_LIST | OP_SCAN, "namespaces", api_nothing_listed, 0, NULL, "", "There are none." },

	{ OP_READ, "attest/csr", api_attest_csr, 0, NULL, "",
	    "The request for the vault's own certificate, that its attestations are signed under.",
	    NULL, api_attest_creates },
	{ OP_READ, "attest/certificate", api_attest_certificate_read, 0, NULL, "",
	    "The chain of the vault's own certificate." },
	{ OP_WRITE, "attest/certificate", api_attest_certificate_write, ROUTE_WRITES, NULL,
	    "certificate", "Give the vault its certificate, signed by the Hublet's CA." },
	{ OP_WRITE, "tools/random", api_random, 0, NULL, "bytes format source", "Random bytes." },
	{ OP_WRITE, "tools/random/:source", api_random, 0, NULL, "bytes format", "Random bytes." },
	{ OP_WRITE, "tools/random/:source/:urlbytes", api_random, 0, NULL, "bytes format",
	    "Random bytes." },
	{ OP_WRITE, "tools/hash", api_hash, 0, NULL, "input algorithm format", "A hash." },
	{ OP_WRITE, "tools/hash/:urlalgorithm", api_hash, 0, NULL, "input algorithm format",
	    "A hash." },
	{ 0, NULL, NULL, 0, NULL, NULL, NULL }
};
