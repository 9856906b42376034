/*
 * Identities in records of their own, for one test.
 */
#ifndef TESTS_IDENTITIES_H
#define TESTS_IDENTITIES_H

#include "tests/unit/records_dir.h"

#include "vaultd/keeper/callers.h"
#include "vaultd/keeper/entities.h"

#define RING 8 /* callers that are kept */

#define BILLING "spiffe://dev1.example/svc/billing"

#define ONE "11111111-1111-4111-8111-111111111111"
#define TWO "22222222-2222-4222-8222-222222222222"
#define THREE "33333333-3333-4333-8333-333333333333"

static struct identities s;

static inline int
set_up(void **state)
{
	records_dir_open(state);
	s = (struct identities){ records, keyring, str_of("auth_cert_1"), callers_new(RING) };
	return 0;
}

static inline int
tear_down(void **state)
{
	callers_free(&s.callers);
	return records_dir_close(state);
}

static inline struct entity
entity(const char *id, const char *name)
{
	return (struct entity){ .id = str_of(id), .name = str_of(name), .stored = true };
}

static inline void
add_alias(struct entity *e, const char *id, const char *accessor, const char *name)
{
	e->aliases[e->alias_count++] = (struct alias){ .id = str_of(id),
		.accessor = str_of(accessor), .name = str_of(name) };
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
