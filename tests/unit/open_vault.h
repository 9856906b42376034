/* A vault that was initialised and is open, in a store of its own; three of five shares open it. */
#ifndef TESTS_OPEN_VAULT_H
#define TESTS_OPEN_VAULT_H

#include "tests/unit/store_dir.h"

#include "base/reveal.h"
#include "keys/shamir.h"
#include "vaultd/keeper/vault.h"

static const uint8_t no_mount[16];
static const struct vault_audit audit = { 7, "the audit's chain stood here" };
static const struct record_name first = { RECORD_SYSTEM, no_mount, { "", 0 }, { "first", 5 } };

/* Bytes of the shares that were handed out. */
struct hand {
	unsigned n;
	uint8_t bytes[255][SHAMIR_SHARE];
};

static int dir;
static struct vault *vault;
static struct hand old;

static inline void
keep(struct hand *h, struct secret **shares, unsigned n)
{
	h->n = n;
	for (unsigned i = 0; i < n; i++) {
		memcpy(h->bytes[i], secret_reveal(shares[i], NULL), SHAMIR_SHARE);
		secret_free(&shares[i]);
	}
}

static inline struct secret *
share_of(const struct hand *h, unsigned i)
{
	uint8_t bytes[SHAMIR_SHARE];

	memcpy(bytes, h->bytes[i], sizeof(bytes));
	return secret_take(bytes, sizeof(bytes));
}

static inline int
fill(void *arg, struct records *r, struct error *err)
{
	(void)arg;
	(void)err;
	records_put(r, &first, str_of("text"));
	return 0;
}

/* The verdict on shares [from, to) of a hand, given to open; -1: not a share. */
static inline int
unseal(const struct hand *h, unsigned from, unsigned to)
{
	enum share_verdict verdict = SHARE_REPEATED;
	struct error err = ERROR_INIT;
	unsigned which;

	for (unsigned i = from; i < to; i++) {
		struct secret *share = share_of(h, i);
		int rc = vault_unseal(vault, &share, &verdict, &which, &err);

		secret_free(&share);
		if (rc != 0)
			return -1;
	}
	return (int)verdict;
}

static inline void
launch(void)
{
	struct error err = ERROR_INIT;

	vault = vault_new(dir, UINT64_C(1) << 26, "na1", &err);
	if (vault == NULL)
		fail_msg("%s", err.text);
}

static inline void
restart(void)
{
	vault_free(&vault);
	launch();
}

static inline int
open_vault(void **state)
{
	struct secret *shares[255] = { NULL };
	struct error err = ERROR_INIT;

	(void)state;
	dir = store_dir_make();
	launch();
	assert_int_equal(vault_init(vault, 5, 3, shares, fill, NULL, &err), 0);
	keep(&old, shares, 5);
	assert_int_equal(unseal(&old, 0, 3), SHARE_OPENED);
	return 0;
}

static inline int
close_vault(void **state)
{
	(void)state;
	vault_free(&vault);
	unlinkat(dir, "unseal.key", 0);
	store_dir_remove(dir);
	return 0;
}

static inline void
assert_opens_with(const struct hand *h, unsigned threshold)
{
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;

	restart();
	assert_int_equal(unseal(h, 0, threshold), SHARE_OPENED);
	assert_int_equal(records_get(vault_records(vault), &first, &text, &err), 0);
	assert_true(str_is(buf_str(&text), "text"));
	buf_free(&text);
}

#define WITH_VAULT(f) cmocka_unit_test_setup_teardown(f, open_vault, close_vault)

#endif
