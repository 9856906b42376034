/*
 * The index finds, among roles that come and go, the one that looking at all of them finds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/glob.h"
#include "vaultd/keeper/role_index.h"

#define ROLES 200
#define ROUNDS 20000

static const char *const patterns[] = { "spiffe://a/svc/x", "spiffe://a/svc/y",
	"spiffe://a/svc/*", "spiffe://a/*", "spiffe://*/svc/x", "*", "spiffe://a/svc/x*", "spiffe://a/svc/*z", "",
	"spiffe://a/job/1", "spiffe://a/job/*1" };
static const char *const ids[] = { "spiffe://a/svc/x", "spiffe://a/svc/y", "spiffe://a/svc/xz",
	"spiffe://a/svc/", "spiffe://a/job/1", "spiffe://a/job/11",
	"spiffe://b/svc/x", "spiffe://b" };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

struct made {
	bool there;
	char name[16];
	struct str uri[3];
	struct role role;
};

static struct made roles[ROLES];

static void
make(struct made *m, unsigned i)
{
	snprintf(m->name, sizeof(m->name), "role-%03u", i);
	m->role = (struct role){ .name = str_of(m->name) };
	m->role.constraints.uri = m->uri;
	m->role.constraints.uri_count = (unsigned)rand() % 4;
	for (unsigned k = 0; k < m->role.constraints.uri_count; k++)
		m->uri[k] = str_of(patterns[(size_t)rand() % COUNT(patterns)]);
	for (unsigned k = 0; k < ROLE_ID; k++)
		m->role.id[k] = (uint8_t)rand();
}

static bool
admits(void *arg, const struct role *role)
{
	const struct constraints *c = &role->constraints;

	for (unsigned i = 0; i < c->uri_count; i++)
		if (glob_match(c->uri[i], *(struct str *)arg))
			return true;
	return c->uri_count == 0;
}

static const struct role *
look_at_all(struct str id)
{
	for (unsigned i = 0; i < ROLES; i++)
		if (roles[i].there && admits(&id, &roles[i].role))
			return &roles[i].role;
	return NULL;
}

static void
test_finds_the_first(void **state)
{
	struct role_index *x = role_index_new();

	(void)state;
	srand(24);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct made *m = &roles[rand() % ROLES];
		struct str id = str_of(ids[(size_t)rand() % COUNT(ids)]);

		if (m->there)
			role_index_remove(x, &m->role);
		m->there = !m->there && rand() % 8 == 0;
		if (m->there) {
			make(m, (unsigned)(m - roles));
			role_index_add(x, &m->role);
			assert_ptr_equal(role_index_by_id(x, m->role.id), &m->role);
		}
		assert_ptr_equal(role_index_first(x, id, admits, &id), look_at_all(id));
	}
	role_index_free(&x);
}

static void
test_what_was_removed_is_not_found(void **state)
{
	struct role_index *x = role_index_new();
	struct str id = str_of("spiffe://a/svc/x");
	static struct made m;

	(void)state;
	make(&m, 1);
	m.role.constraints.uri_count = 1;
	m.uri[0] = id;
	role_index_add(x, &m.role);
	assert_ptr_equal(role_index_first(x, id, admits, &id), &m.role);
	role_index_remove(x, &m.role);
	assert_null(role_index_first(x, id, admits, &id));
	assert_null(role_index_by_id(x, m.role.id));
	role_index_free(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_first),
		cmocka_unit_test(test_what_was_removed_is_not_found),
	};

	return cmocka_run_group_tests_name("role_index", tests, NULL, NULL);
}
