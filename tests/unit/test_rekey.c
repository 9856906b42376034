/*
 * The keys of an open vault change in one step: before it the old shares open the vault, after
 * it the new ones, and a commit that fails has changed nothing.
 */
#include "tests/unit/open_vault.h"

#include "vaultd/keeper/rekey.h"

/* Give old shares to the rekey under way; the new ones, when there are any. */
static int
give(const struct hand *h, unsigned from, unsigned to, struct hand *fresh)
{
	enum share_verdict verdict = SHARE_REPEATED;
	struct secret *shares[255] = { NULL };
	struct error err = ERROR_INIT;
	struct rekey_status s;
	unsigned which;

	rekey_status(vault, &s);
	for (unsigned i = from; i < to; i++) {
		struct secret *share = share_of(h, i);
		int rc = rekey_give(vault, &audit, &share, &verdict, &which, shares, &err);

		secret_free(&share);
		if (rc != 0)
			return -(int)err.code;
	}
	if (verdict == SHARE_OPENED)
		keep(fresh, shares, s.shares);
	return (int)verdict;
}

static int
give_back(const struct hand *h, unsigned i)
{
	enum share_verdict verdict;
	struct secret *share = share_of(h, i);
	struct error err = ERROR_INIT;
	unsigned which;
	int rc = rekey_verify(vault, &audit, &share, &verdict, &which, &err);

	secret_free(&share);
	return rc == 0 ? (int)verdict : -(int)err.code;
}

static struct rekey_status
status(void)
{
	struct rekey_status s;

	rekey_status(vault, &s);
	return s;
}

static void
test_new_shares_take_the_old_ones_place(void **state)
{
	struct hand fresh;

	(void)state;
	rekey_begin(vault, 3, 2, false);
	assert_int_equal(give(&old, 0, 2, &fresh), SHARE_TAKEN);
	assert_int_equal(give(&old, 1, 2, &fresh), SHARE_REPEATED);
	assert_int_equal(status().given, 2);
	assert_int_equal(status().required, 3);
	assert_int_equal(give(&old, 4, 5, &fresh), SHARE_OPENED);
	assert_false(status().started);
	assert_opens_with(&fresh, 2);
	restart();
	assert_int_equal(unseal(&old, 0, 1), -1);
	assert_int_equal(unseal(&fresh, 1, 3), SHARE_OPENED);
}

static void
test_verified_ones_count_when_they_came_back(void **state)
{
	struct hand fresh, none;

	(void)state;
	rekey_begin(vault, 3, 2, true);
	assert_int_equal(give(&old, 0, 3, &fresh), SHARE_OPENED);
	assert_true(status().verifying);
	assert_int_equal(give_back(&old, 0), -ERR_FOREIGN);
	assert_int_equal(give_back(&fresh, 0), SHARE_TAKEN);
	assert_int_equal(give_back(&fresh, 0), SHARE_REPEATED);
	rekey_verify_again(vault);
	assert_int_equal(status().verified, 0);
	assert_int_equal(give_back(&fresh, 2), SHARE_TAKEN);
	assert_int_equal(give_back(&fresh, 1), SHARE_OPENED);
	assert_false(status().started);
	assert_opens_with(&fresh, 2);
	rekey_begin(vault, 1, 1, false);
	assert_int_equal(give(&old, 0, 1, &none), -ERR_FOREIGN);
}

static void
test_until_then_the_old_ones_open(void **state)
{
	struct hand fresh;

	(void)state;
	rekey_begin(vault, 3, 2, true);
	assert_int_equal(give(&old, 0, 3, &fresh), SHARE_OPENED);
	assert_int_equal(give_back(&fresh, 0), SHARE_TAKEN);
	assert_opens_with(&old, 3);
	assert_false(status().started);
	rekey_begin(vault, 3, 2, false);
	assert_int_equal(give(&old, 0, 2, &fresh), SHARE_TAKEN);
	rekey_cancel(vault);
	assert_opens_with(&old, 3);
}

/* The header's version is not the one the commit expects: it fails as a full disk would. */
static void
spoil_next_commit(void)
{
	struct store_change c = { STORE_META, str_of("header"), { NULL, 0 }, 9, 1 };
	struct error err = ERROR_INIT;
	uint64_t version;

	assert_true(store_get(vault_store(vault), STORE_META, c.key, &c.value, &version));
	assert_int_equal(version, 1);
	assert_int_equal(store_commit(vault_store(vault), &c, 1, &err), 0);
}

static void
test_a_failed_commit_changes_nothing(void **state)
{
	struct error err = ERROR_INIT;
	struct hand fresh;

	(void)state;
	spoil_next_commit();
	rekey_begin(vault, 3, 2, false);
	assert_int_equal(give(&old, 0, 3, &fresh), -ERR_CONFLICT);
	assert_false(status().started);
	assert_int_equal(vault_rotate_master(vault, &audit, &err), 0); /* it goes on */
	assert_opens_with(&old, 3);
}

static void
test_master_key_rotates_under_the_same_shares(void **state)
{
	struct header before;
	struct error err = ERROR_INIT;
	struct hand fresh;

	(void)state;
	before = *vault_header(vault);
	assert_int_equal(vault_rotate_master(vault, &audit, &err), 0);
	assert_memory_not_equal(before.slots[0].wrapped_master,
	    vault_header(vault)->slots[0].wrapped_master,
	    sizeof(before.slots[0].wrapped_master));
	assert_opens_with(&old, 3);
	assert_int_equal(vault_rotate_master(vault, &audit, &err), 0);
	rekey_begin(vault, 2, 2, false);
	assert_int_equal(give(&old, 2, 5, &fresh), SHARE_OPENED);
	assert_opens_with(&fresh, 2);
}

static void
test_terms_come_and_go(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(vault_add_term(vault, 77, &err), 0);
	assert_int_equal(keyring_newest(vault_keyring(vault)), 2);
	assert_int_equal(keyring_installed(vault_keyring(vault), 2), 77);
	assert_opens_with(&old, 3);
	assert_int_equal(keyring_oldest(vault_keyring(vault)), 1);
	assert_int_equal(keyring_newest(vault_keyring(vault)), 2);
	records_begin(vault_records(vault));
	records_put(vault_records(vault), &first, str_of("text"));
	records_end(vault_records(vault));
	assert_int_equal(vault_commit(vault, &audit, &err), 0);
	assert_int_equal(vault_retire_terms(vault, &err), 0);
	restart();
	assert_int_equal(unseal(&old, 1, 4), SHARE_OPENED);
	assert_int_equal(keyring_oldest(vault_keyring(vault)), 2);
}

static void
test_a_quorum_proves(void **state)
{
	enum share_verdict verdict;
	struct error err = ERROR_INIT;
	unsigned which;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct secret *share = share_of(&old, i);

		assert_int_equal(quorum_give(vault_quorum(vault), vault_header(vault), &share,
				     &verdict, &which, &err), 0);
		assert_null(share);
	}
	assert_int_equal(verdict, SHARE_OPENED);
	assert_true(vault_quorum_proves(vault, &err));
	assert_int_equal(vault_quorum(vault)->count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_VAULT(test_new_shares_take_the_old_ones_place),
		WITH_VAULT(test_verified_ones_count_when_they_came_back),
		WITH_VAULT(test_until_then_the_old_ones_open),
		WITH_VAULT(test_a_failed_commit_changes_nothing),
		WITH_VAULT(test_master_key_rotates_under_the_same_shares),
		WITH_VAULT(test_terms_come_and_go),
		WITH_VAULT(test_a_quorum_proves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
