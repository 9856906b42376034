/*
 * Keeper: the kinds of things that rotate by themselves.
 */
#include "vaultd/api/rotation.h"

#include "vaultd/api/plan_run.h"
#include "vaultd/api/transit_schedule.h"
#include "vaultd/keeper/terms.h"

/* The keyring: by its interval (by operations it may be sooner). */
static int
walk_keyring(struct call *c, int64_t from, rotation_show *each, void *arg, struct error *err)
{
	struct rotation_item i = { .thing = terms_thing() };
	struct terms_config config;
	struct terms_status status;

	if (terms_config_get(c->records, &config, err) != 0 ||
	    terms_status(c->vault, &status, err) != 0)
		return -1;
	i.period = config.enabled ? config.interval : 0;
	i.due = i.next = i.period > 0 ? status.installed + i.period : 0;
	if (config.enabled && i.next >= from)
		each(arg, &i);
	return 0;
}

const struct rotating rotating_table[] = {
	{ ROTATION_KEYRING, "keyring", walk_keyring },
	{ ROTATION_KEY, "key", transit_walk_schedule },
	{ ROTATION_PLAN, "plan", plans_walk },
	{ ROTATION_PERSON, "waiting", plans_walk_waiting },
	{ 0, NULL, NULL }
};
