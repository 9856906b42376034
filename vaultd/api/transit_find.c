/*
 * Keeper: named keys by name, and who is told what when there is none.
 */
#include "vaultd/api/transit_keys.h"

#include "base/log.h"
#include "vaultd/api/transit_schedule.h"
#include "vaultd/keeper/named.h"
#include "vaultd/keeper/usage.h"

#define DROP_RECORDS 4 /* the key, its place in the agenda, its history, its counters */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_';
}

int
transit_check_name(struct call *c, struct str name)
{
	bool good = name.len > 0 && is_word(name.at[0]) && is_word(name.at[name.len - 1]);

	for (size_t i = 0; good && i < name.len; i++)
		good = is_word(name.at[i]) || name.at[i] == '-' || name.at[i] == '.';
	if (!good)
		return call_refuse_wrapped(c, 404, "unsupported path");
	return name.len <= TRANSIT_NAME_MAX ? 0 :
	    call_refuse(c, 400, "a key's name has at most %d bytes", TRANSIT_NAME_MAX);
}

static void
refuse_absent(struct call *c, struct str name, const struct absence *absent)
{
	if (absent == NULL)
		call_not_found(c);
	else if (absent->behind == NULL)
		call_refuse(c, 400, "%s", absent->before);
	else
		call_refuse(c, 400, "%s%.*s%s", absent->before, STR(name), absent->behind);
}

struct named_key *
transit_find(struct call *c, struct str name, const struct absence *absent, struct error *err)
{
	struct error why = ERROR_INIT;
	struct named_key *k;

	if (transit_check_name(c, name) != 0)
		return NULL;
	k = named_find(c->named, c->mount->uuid, name, &why);
	if (k == NULL && why.code == ERR_NOT_FOUND)
		refuse_absent(c, name, absent);
	else if (k == NULL)
		*err = why;
	return k;
}

void
transit_store(struct call *c, const struct mount *m, struct str name, const struct named_key *k)
{
	struct named_key *before = named_find(c->named, m->uuid, name, NULL);
	struct named_key *copy = transit_schedule(c, m, name, before, k);

	named_put(c->named, m->uuid, name, copy != NULL ? copy : k);
	named_key_free(&copy);
	named_key_free(&before);
}

int
transit_drop(struct call *c, struct str path, struct error *err)
{
	struct error why = ERROR_INIT;
	struct named_key *k = named_find(c->named, c->mount->uuid, path, &why);

	(void)err;
	if (k == NULL)
		log_warn("a key that does not open is deleted: %s", why.text);
	transit_unschedule(c, path, k);
	usage_forget(c->usage, c->records, c->mount->uuid, path);
	named_delete(c->named, c->mount->uuid, path);
	named_key_free(&k);
	return DROP_RECORDS;
}

/* ---- whose fault ---- */

bool
transit_is_theirs(enum error_code code)
{
	switch (code) {
	case ERR_INVALID:
	case ERR_DENIED:
	case ERR_NOT_FOUND:
	case ERR_UNSUPPORTED:
	case ERR_LIMIT:
		return true;
	default:
		return false;
	}
}

int
transit_refuse(struct call *c, const struct error *err)
{
	return transit_is_theirs(err->code) ? call_refuse(c, 400, "%s", err->text) : -1;
}
