#!/bin/sh
# No named key leaves keys/ unwrapped.  Every function that keys/ exports is in one of the two
# lists here; a new one fails until somebody has looked at it with one question: can what it gives
# be the bytes of a named key, or of what is derived from one, other than wrapped for the store?
#
# If so it does not belong in the first list, whatever it is for: "exportable", backups and
# export/ are refused because there is nothing that could serve them (SECURITY.md).
set -u
B=${B:-build}
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# Callable from outside: gives ciphertext, signatures, public keys, settings, wrapped records; or
# has nothing to do with named keys: leaf_key makes keys for certificates of callers, who get them;
# the store's keys are not exported either, but have their own rules (reveal.h).
cat >"$dir/outside" <<'END'
ad_put ad_put_u32 ad_put_u64 ad_put_u8 ad_start
aead_unwrap aead_unwrap_secret aead_wrap aead_wrap_secret
ca_key_free ca_key_is_slow ca_key_new ca_key_put_algorithm ca_key_put_public ca_key_read
ca_key_sign ca_key_unwrap ca_key_wrap
csr_format
derive_hkdf
digest_chain digest_hmac digest_sha256 digest_sign digest_signer_new digest_signer_public
digest_signer_put digest_tag digest_verify
hash_evp hash_find hash_find_oaep hash_hmac hash_name hash_size hash_sum
header_add_shamir header_clear header_find_share header_format header_new header_open_shamir
header_parse header_remove_slot header_rewrap_slot
import_read import_wrap
key_type_find key_type_traits
keyring_add_term keyring_drop_newest keyring_free keyring_installed keyring_key keyring_new
keyring_newest keyring_oldest keyring_retire_term keyring_term keyring_unwrap keyring_wrap
leaf_key_clear leaf_key_make leaf_key_put_base64 leaf_key_put_pem
locked_alloc_init locked_alloc_public_begin locked_alloc_public_end
named_key_check named_key_configure named_key_copy named_key_disable_version named_key_format
named_key_free named_key_import named_key_import_version named_key_new named_key_new_wrapping
named_key_parse named_key_public named_key_ref named_key_rotate named_key_schedule
named_key_settings named_key_soft_delete named_key_trim named_key_version
named_key_decrypt named_key_encrypt named_key_hmac named_key_rewrap named_key_sign
named_key_verify named_key_verify_hmac
named_keys_free named_keys_new named_keys_open named_keys_ref named_keys_unref
pair_text_find pair_text_make
record_id record_peek record_sum_add record_sum_take record_unwrap record_wrap
shamir_combine shamir_split
sharebox_new sharebox_open sharebox_public sharebox_put sharebox_seal
sign_find_marshaling sign_find_salt sign_find_scheme
token_accessor token_draw token_open token_seal
stream_begins stream_free stream_get stream_parse stream_put stream_read stream_write
trail_end trail_equal trail_follow trail_get trail_get_checkpoint trail_get_hex trail_put
trail_put_checkpoint trail_put_hex trail_read trail_sign trail_verify
vault_text_decode vault_text_format vault_text_parse
END

# Shared by the files of named keys; declared in headers that nothing else may include.  These
# reach key bytes, as struct secret or inside OpenSSL's objects.
inside="keys/kwp.h keys/named_aead.h keys/named_inside.h keys/pair.h keys/pkey.h"
cat >"$dir/inside" <<'END'
kwp_unwrap
named_aead_nonce named_aead_open named_aead_seal
named_key_add named_key_append named_key_empty named_key_first_settings named_key_pick
named_key_plan named_key_refuse_deleted named_key_slot named_key_usable named_key_want_context
named_keys_acquire named_keys_drop named_keys_refuse_closed named_keys_release named_keys_share
named_sign_derive
named_version_close named_version_draw named_version_empty named_version_free named_version_new
named_version_open
pair_new pair_pack pair_pkcs8 pair_private pair_put_public pair_unpack
pkey_decrypt pkey_ed25519 pkey_encrypt pkey_format pkey_format_public pkey_generate pkey_import
pkey_import_public pkey_is_of_type pkey_parse pkey_parse_public pkey_read_public pkey_sign
pkey_verify
END

failed=0
say() {
	echo "no export: $1"
	failed=1
}

# What is there is what is listed.
tr ' ' '\n' <"$dir/outside" | cat - "$dir/inside" | tr ' ' '\n' | LC_ALL=C sort >"$dir/listed"
for source in keys/*.c; do
	nm -g --defined-only "$B/obj/${source%.c}.o" || say "$source is not compiled"
done | awk 'NF == 3 && $3 !~ /^__/ { print $3 }' | LC_ALL=C sort >"$dir/found"
LC_ALL=C comm -13 "$dir/listed" "$dir/found" >"$dir/new"
LC_ALL=C comm -23 "$dir/listed" "$dir/found" >"$dir/gone"
[ ! -s "$dir/new" ] || say "exported and not listed: $(tr '\n' ' ' <"$dir/new")"
[ ! -s "$dir/gone" ] || say "listed and not there: $(tr '\n' ' ' <"$dir/gone")"

# No header that others include declares what is inside.
for function in $(cat "$dir/inside"); do
	for header in keys/*.h; do
		case " $inside " in *" $header "*) continue ;; esac
		grep -q "\\b$function(" "$header" && say "$header declares $function"
	done
done

# Those headers, and the keyring's keys of named keys, are named in keys/ alone.
for word in $inside KEYRING_NAMED KEYRING_ATTEST; do
	for file in $(grep -rlF "$word" base policy vaultd client); do
		say "$file names $word"
	done
done

# The control: a key that is given away is seen.
printf '#include <stddef.h>\nvoid *named_key_export(void);\nvoid *named_key_export(void) { return NULL; }\n' \
    >"$dir/control.c"
${CC:-cc} -c -o "$dir/control.o" "$dir/control.c" || exit 1
nm -g --defined-only "$dir/control.o" | awk 'NF == 3 { print $3 }' |
    LC_ALL=C comm -13 "$dir/listed" - | grep -q named_key_export || say "the control is not seen"

[ "$failed" -eq 0 ] && echo "no export: every function of keys/ is accounted for"
exit "$failed"
