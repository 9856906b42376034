/*
 * Entities: each is found by every name it has and by none it had; a caller whom nobody edited
 * costs a place in a ring.
 */
#include "tests/unit/identities.h"

#include "vaultd/keeper/virtual.h"

static struct entity
of_caller(const char *spiffe_id)
{
	struct error err = ERROR_INIT;
	struct entity e;

	if (entities_of_caller(&s, str_of(spiffe_id), &e, &err) != 0)
		fail_msg("%s", err.text);
	return e;
}

/* Which entity an alias, a name, ... finds: its name, or "". */
static const char *
named(int rc, struct entity *e)
{
	static char name[128];

	snprintf(name, sizeof(name), "%.*s", STR(rc == 0 ? e->name : str_of("")));
	if (rc == 0)
		entity_free(e);
	return name;
}

static const char *
by_id(const char *id)
{
	struct entity e;

	return named(entities_by_id(&s, str_of(id), &e, NULL), &e);
}

static const char *
by_name(const char *name)
{
	struct entity e;

	return named(entities_by_name(&s, str_of(name), &e, NULL), &e);
}

static const char *
by_alias(const char *accessor, const char *name)
{
	struct entity e;

	return named(entities_by_alias(&s, str_of(accessor), str_of(name), &e, NULL), &e);
}

static const char *
by_alias_id(const char *id)
{
	struct entity e;

	return named(entities_by_alias_id(&s, str_of(id), &e, NULL), &e);
}

static void
test_found_by_every_name_and_by_none_it_had(void **state)
{
	struct entity old = entity(ONE, "Finance"), fresh;

	(void)state;
	add_alias(&old, "a1", "auth_cert_1", BILLING);
	add_alias(&old, "a2", "kv_9", "Joe");
	entities_replace(&s, NULL, &old);
	assert_string_equal(by_id(ONE), "Finance");
	assert_string_equal(by_name("FINANCE"), "Finance");
	assert_string_equal(by_alias("kv_9", "jOE"), "Finance");
	assert_string_equal(by_alias("auth_cert_1", BILLING), "Finance");
	assert_string_equal(by_alias_id("a2"), "Finance");
	/* Case counts in a SPIFFE ID; a name counts at its mount only. */
	assert_string_equal(by_alias("auth_cert_1", "spiffe://dev1.example/svc/Billing"), "");
	assert_string_equal(by_alias("kv_8", "Joe"), "");
	fresh = old;
	fresh.name = str_of("Money");
	fresh.alias_count = 1;
	entities_replace(&s, &old, &fresh);
	assert_string_equal(by_name("finance"), "");
	assert_string_equal(by_name("money"), "Money");
	assert_string_equal(by_alias("kv_9", "joe"), "");
	assert_string_equal(by_alias_id("a2"), "");
	entities_replace(&s, &fresh, NULL);
	assert_string_equal(by_id(ONE), "");
	assert_string_equal(by_name("money"), "");
	assert_string_equal(by_alias_id("a1"), "");
}

static void
test_virtual_ones_are_always_the_same(void **state)
{
	struct entity e = of_caller(BILLING), again = of_caller(BILLING),
		      other = of_caller(BILLING "2");
	char id[UUID_TEXT], name[VIRTUAL_NAME], alias_id[UUID_TEXT];

	(void)state;
	snprintf(id, sizeof(id), "%.*s", STR(e.id));
	snprintf(name, sizeof(name), "%.*s", STR(e.name));
	snprintf(alias_id, sizeof(alias_id), "%.*s", STR(e.aliases[0].id));
	assert_false(e.stored);
	assert_true(str_equal(e.id, again.id));
	assert_false(str_equal(e.id, other.id));
	assert_false(str_equal(e.id, e.aliases[0].id));
	assert_int_equal(id[14], '4');
	assert_int_equal(alias_id[14], '4');
	assert_true(str_is(e.aliases[0].name, BILLING));
	/* Nobody knows whose id it is until it was here. */
	assert_string_equal(by_id(id), "");
	callers_note(s.callers, e.id, str_of(BILLING), 5);
	for (unsigned i = 0; i < 2; i++) {
		assert_string_equal(by_id(id), name);
		assert_string_equal(by_name(name), name);
		assert_string_equal(by_alias_id(alias_id), name);
		assert_string_equal(by_alias("auth_cert_1", BILLING), name);
		callers_write(&s);
	}
	assert_true(virtual_name_fits(str_of(name), str_of(id)));
	assert_false(virtual_name_fits(str_of(name), str_of(ONE)));
	entity_free(&e);
	entity_free(&again);
	entity_free(&other);
}

static void
test_edited_becomes_a_record(void **state)
{
	struct entity e = of_caller(BILLING), fresh = e, after;

	(void)state;
	callers_note(s.callers, e.id, str_of(BILLING), 5);
	callers_write(&s);
	fresh.disabled = true;
	entities_replace(&s, &e, &fresh);
	after = of_caller(BILLING);
	assert_true(after.stored);
	assert_true(after.disabled);
	assert_true(str_equal(after.id, e.id));
	assert_true(str_equal(after.aliases[0].id, e.aliases[0].id));
	entity_free(&after);
	entity_free(&e);
}

/* Who lost its alias does not come back to what it left. */
static void
test_alias_taken_away(void **state)
{
	struct entity made = of_caller(BILLING), e, left, after;

	(void)state;
	entities_replace(&s, &made, &made);
	entity_free(&made);
	e = left = of_caller(BILLING);
	assert_true(e.stored);
	left.alias_count = 0;
	entities_replace(&s, &e, &left);
	after = of_caller(BILLING);
	assert_false(after.stored);
	assert_false(str_equal(after.id, e.id));
	entity_free(&after);
	entities_replace(&s, &left, NULL);
	after = of_caller(BILLING);
	assert_true(str_equal(after.id, e.id));
	entity_free(&after);
	entity_free(&e);
}

/* ---- the ring ---- */

static void
come(unsigned number)
{
	char spiffe_id[64];
	struct entity e;

	snprintf(spiffe_id, sizeof(spiffe_id), "spiffe://dev1.example/once/%u", number);
	e = of_caller(spiffe_id);
	callers_note(s.callers, e.id, e.aliases[0].name, 7);
	callers_write(&s);
	callers_write(&s);
	entity_free(&e);
}

static bool
is_known(unsigned number)
{
	char spiffe_id[64];
	struct entity e, found;
	bool known;

	snprintf(spiffe_id, sizeof(spiffe_id), "spiffe://dev1.example/once/%u", number);
	e = of_caller(spiffe_id);
	known = entities_by_id(&s, e.id, &found, NULL) == 0;
	if (known)
		entity_free(&found);
	entity_free(&e);
	return known;
}

static bool
count_one(void *arg, const struct entity *e)
{
	(void)e;
	++*(unsigned *)arg;
	return true;
}

static void
test_the_ring_is_bounded(void **state)
{
	unsigned count = 0;

	(void)state;
	for (unsigned i = 0; i < 5 * RING; i++) {
		come(i);
		come(0); /* who comes again and again stays */
	}
	assert_int_equal(entities_list(&s, str_of(""), count_one, &count, NULL), 0);
	assert_in_range(count, RING / 2, RING);
	assert_true(is_known(0));
	assert_false(is_known(1));
	assert_true(is_known(5 * RING - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_found_by_every_name_and_by_none_it_had),
		CASE(test_virtual_ones_are_always_the_same),
		CASE(test_edited_becomes_a_record),
		CASE(test_alias_taken_away),
		CASE(test_the_ring_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
