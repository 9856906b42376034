/*
 * Groups: what they lend goes up through those that hold them, and down to nobody else; templates
 * of policies find it.
 */
#include "tests/unit/identities.h"

#include "vaultd/keeper/packed.h"
#include "vaultd/keeper/standing.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_policies_go_up),
		CASE(test_groups_are_found),
		CASE(test_members_are_exchanged),
		CASE(test_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
