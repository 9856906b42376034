/*
 * Entities and groups: each is found by every name it has and by none it had; a caller whom nobody
 * edited costs a place in a ring; what groups lend goes up through those that hold them.
 */
#include "tests/unit/records_dir.h"

#include "vaultd/keeper/callers.h"
#include "vaultd/keeper/packed.h"
#include "vaultd/keeper/standing.h"

#define RING 8
#define BILLING "spiffe://dev1.example/svc/billing"

static struct identities s;

static int
set_up(void **state)
{
	records_dir_open(state);
	s = (struct identities){ records, keyring, str_of("auth_cert_1"), callers_new(RING) };
	return 0;
}

static int
tear_down(void **state)
{
	callers_free(&s.callers);
	return records_dir_close(state);
}

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

static struct entity
entity(const char *id, const char *name)
{
	return (struct entity){ .id = str_of(id), .name = str_of(name), .stored = true };
}

static void
add_alias(struct entity *e, const char *id, const char *accessor, const char *name)
{
	e->aliases[e->alias_count++] = (struct alias){ .id = str_of(id),
		.accessor = str_of(accessor), .name = str_of(name) };
}

#define ONE "11111111-1111-4111-8111-111111111111"
#define TWO "22222222-2222-4222-8222-222222222222"
#define THREE "33333333-3333-4333-8333-333333333333"

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
	assert_int_equal(records_mark(s.records) > 0, 1);
}

static void
test_virtual_ones_are_always_the_same(void **state)
{
	struct entity e = of_caller(BILLING), again = of_caller(BILLING),
		      other = of_caller(BILLING "2");
	char id[UUID_TEXT], name[ENTITY_NAME], alias_id[UUID_TEXT];

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
	assert_true(entity_name_fits(str_of(name), str_of(id)));
	assert_false(entity_name_fits(str_of(name), str_of(ONE)));
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

/* ---- groups ---- */

static struct str
set_of(const char *one, const char *two)
{
	static struct buf bufs[16];
	static unsigned next;
	struct buf *out = &bufs[next++ % 16];
	struct str items[2] = { str_of(one), str_of(two) };

	buf_clear(out);
	packed_set(items, two[0] != '\0' ? 2 : one[0] != '\0' ? 1 : 0, out);
	return buf_str(out);
}

static struct group
group(const char *id, const char *policy, struct str entities, struct str groups)
{
	return (struct group){ .id = str_of(id), .name = str_of(id), .entities = entities,
		.policies = set_of(policy, ""), .groups = groups };
}

static const char *
above(const char *id)
{
	static char text[256];
	struct buf found = BUF_INIT;
	struct str rest, one;
	size_t len = 0;

	assert_int_equal(groups_above(&s, str_of(id), &found, NULL), 0);
	rest = buf_str(&found);
	text[0] = '\0';
	while (packed_next(&rest, &one))
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s ", STR(one));
	buf_free(&found);
	return text;
}

static const char *
policies_of(const char *spiffe_id)
{
	static char text[256];
	struct standing standing;
	size_t len = 0;

	assert_int_equal(standing_of_caller(&s, str_of(spiffe_id), &standing, NULL), 0);
	text[0] = '\0';
	for (unsigned i = 0; i < standing.policy_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s ",
		    STR(standing.policies[i]));
	standing_free(&standing);
	return text;
}

/* billing's entity in staff, staff in both all and ops, ops in all. */
static void
make_groups(void)
{
	struct str none = { "", 0 };
	struct entity e = entity(ONE, "billing");
	struct group staff = group("staff", "p-staff", set_of(ONE, ""), none),
		     ops = group("ops", "p-ops", none, set_of("staff", "")),
		     all = group("all", "p-all", none, set_of("ops", "staff"));

	add_alias(&e, "a1", "auth_cert_1", BILLING);
	e.policies = set_of("p-own", "p-all");
	entities_replace(&s, NULL, &e);
	assert_int_equal(groups_replace(&s, NULL, &staff, NULL), 0);
	assert_int_equal(groups_replace(&s, NULL, &ops, NULL), 0);
	assert_int_equal(groups_replace(&s, NULL, &all, NULL), 0);
}

static void
test_policies_go_up(void **state)
{
	struct group staff, fresh;

	(void)state;
	make_groups();
	assert_string_equal(above(ONE), "staff all ops ");
	assert_string_equal(above("ops"), "all ");
	assert_string_equal(above("all"), "");
	assert_string_equal(policies_of(BILLING), "p-all p-ops p-own p-staff ");
	assert_string_equal(policies_of("spiffe://dev1.example/svc/other"), "");
	assert_int_equal(groups_by_id(&s, str_of("staff"), &staff, NULL), 0);
	fresh = staff;
	fresh.entities = set_of(TWO, "");
	assert_int_equal(groups_replace(&s, &staff, &fresh, NULL), 0);
	assert_string_equal(policies_of(BILLING), "p-all p-own ");
	assert_string_equal(above(TWO), "staff all ops ");
	group_free(&staff);
}

static void
test_groups_are_found(void **state)
{
	struct group ops = group(THREE, "", str_of(""), str_of("")), fresh, found;

	(void)state;
	ops.name = str_of("Ops");
	ops.has_alias = true;
	ops.alias = (struct alias){ str_of("a9"), str_of("kv_9"), str_of("Team"), 1, 2 };
	assert_int_equal(groups_replace(&s, NULL, &ops, NULL), 0);
	assert_int_equal(groups_by_name(&s, str_of("OPS"), &found, NULL), 0);
	assert_true(str_is(found.id, THREE));
	group_free(&found);
	assert_int_equal(groups_by_alias_id(&s, str_of("a9"), &found, NULL), 0);
	group_free(&found);
	assert_int_equal(groups_by_alias(&s, str_of("kv_9"), str_of("team"), &found, NULL), 0);
	group_free(&found);
	fresh = ops;
	fresh.has_alias = false;
	fresh.name = str_of("ops2");
	assert_int_equal(groups_replace(&s, &ops, &fresh, NULL), 0);
	assert_int_equal(groups_by_name(&s, str_of("ops"), &found, NULL), -1);
	assert_int_equal(groups_by_alias_id(&s, str_of("a9"), &found, NULL), -1);
	assert_int_equal(groups_by_alias(&s, str_of("kv_9"), str_of("team"), &found, NULL), -1);
}

/* What goes leaves the groups that hold it; what takes its place is in them, once. */
static void
test_members_are_exchanged(void **state)
{
	struct exchange x = { str_of(ONE), str_of(TWO), 9 };
	struct group g;

	(void)state;
	make_groups();
	assert_int_equal(groups_exchange(&s, &x, NULL), 0);
	assert_string_equal(above(ONE), "");
	assert_string_equal(above(TWO), "staff all ops ");
	x.id = str_of("staff");
	x.by = str_of("");
	assert_int_equal(groups_exchange(&s, &x, NULL), 0);
	assert_string_equal(above("staff"), "");
	assert_int_equal(groups_by_id(&s, str_of("all"), &g, NULL), 0);
	assert_int_equal(packed_count(g.groups), 1);
	assert_int_equal(g.updated, 9);
	group_free(&g);
	assert_int_equal(groups_by_id(&s, str_of("staff"), &g, NULL), 0);
	assert_int_equal(groups_replace(&s, &g, NULL, NULL), 0);
	assert_string_equal(above(TWO), "");
	group_free(&g);
}

/* ---- templates ---- */

static void
test_templates(void **state)
{
	static const struct {
		const char *expression, *value; /* NULL: none */
	} cases[] = {
		{ "identity.entity.id", THREE },
		{ "identity.entity.name", "billing" },
		{ "identity.entity.metadata.team", "money" },
		{ "identity.entity.metadata.none", NULL },
		{ "identity.entity.aliases.auth_cert_1.id", "a3" },
		{ "identity.entity.aliases.auth_cert_1.name", BILLING },
		{ "identity.entity.aliases.auth_cert_1.custom_metadata.team", "money" },
		{ "identity.entity.aliases.auth_cert_1.metadata.team", NULL },
		{ "identity.entity.aliases.other.name", NULL },
		{ "identity.entity.aliases.auth_cert_1", NULL },
		{ "identity.groups.ids.staff.name", "staff" },
		{ "identity.groups.names.staff.id", "staff" },
		{ "identity.groups.names.staff.metadata.team", "money" },
		{ "identity.groups.names.ops.id", NULL },
		{ "identity.groups.names.staff", NULL },
		{ "identity.none", NULL },
		{ "", NULL },
	};
	struct buf pairs = BUF_INIT;
	struct entity e = entity(THREE, "billing");
	struct group staff = group("staff", "", set_of(THREE, ""), str_of("")),
		     ops = group("ops", "", str_of(""), str_of(""));
	struct standing standing;

	(void)state;
	buf_put_block(&pairs, "team", 4);
	buf_put_block(&pairs, "money", 5);
	add_alias(&e, "a3", "auth_cert_1", BILLING);
	e.metadata = e.aliases[0].custom_metadata = staff.metadata = buf_str(&pairs);
	entities_replace(&s, NULL, &e);
	assert_int_equal(groups_replace(&s, NULL, &staff, NULL), 0);
	assert_int_equal(groups_replace(&s, NULL, &ops, NULL), 0);
	assert_int_equal(standing_of_caller(&s, str_of(BILLING), &standing, NULL), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str value = standing_resolve(&standing, str_of(cases[i].expression));

		if (cases[i].value == NULL ? value.at != NULL : !str_is(value, cases[i].value))
			fail_msg("%s: \"%.*s\"", cases[i].expression, STR(value));
	}
	standing_free(&standing);
	buf_free(&pairs);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_found_by_every_name_and_by_none_it_had),
		CASE(test_virtual_ones_are_always_the_same),
		CASE(test_edited_becomes_a_record),
		CASE(test_alias_taken_away),
		CASE(test_the_ring_is_bounded),
		CASE(test_policies_go_up),
		CASE(test_groups_are_found),
		CASE(test_members_are_exchanged),
		CASE(test_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
