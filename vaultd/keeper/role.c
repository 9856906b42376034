/*
 * Keeper: one role, read from its record.
 */
#include "vaultd/keeper/role.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "keys/digest.h"
#include "vaultd/ipc/address.h"

/* ---- its texts, which outlive the JSON they were read from ---- */

static void
measure(const struct json *role, size_t *items, size_t *bytes)
{
	for (const struct json *m = role->first; m != NULL; m = m->next) {
		*bytes += m->text.len;
		if (m->type != JSON_ARRAY)
			continue;
		*items += m->count;
		for (const struct json *e = m->first; e != NULL; e = e->next)
			*bytes += e->text.len;
	}
}

/* What is left of a role's own memory. */
struct room {
	struct str *items;
	char *bytes;
};

static struct str
take(struct room *r, struct str text)
{
	struct str copy = { r->bytes, text.len };

	if (text.len > 0)
		memcpy(r->bytes, text.at, text.len);
	r->bytes += text.len;
	return copy;
}

static const struct str *
list(struct room *r, const struct json *role, const char *field, unsigned *count)
{
	const struct json *array = json_find(role, field);
	struct str *items = r->items;

	*count = 0;
	if (array == NULL || array->type != JSON_ARRAY)
		return NULL;
	for (const struct json *e = array->first; e != NULL; e = e->next)
		items[(*count)++] = take(r, e->text);
	r->items += *count;
	return items;
}

static void
read_constraints(struct room *r, const struct json *role, struct constraints *c)
{
	c->names = list(r, role, "allowed_names", &c->name_count);
	c->common_names = list(r, role, "allowed_common_names", &c->common_name_count);
	c->dns = list(r, role, "allowed_dns_sans", &c->dns_count);
	c->email = list(r, role, "allowed_email_sans", &c->email_count);
	c->uri = list(r, role, "allowed_uri_sans", &c->uri_count);
	c->units = list(r, role, "allowed_organizational_units", &c->unit_count);
	c->extensions = list(r, role, "required_extensions", &c->extension_count);
}

static int64_t
number(const struct json *role, const char *field)
{
	int64_t n = 0;

	return json_to_int(json_find(role, field), &n) ? n : 0;
}

static bool
is_true(const struct json *role, const char *field)
{
	const struct json *f = json_find(role, field);

	return f != NULL && f->type == JSON_TRUE;
}

static struct str
text_of(const struct json *role, const char *field)
{
	const struct json *f = json_find(role, field);

	return f != NULL ? f->text : (struct str){ NULL, 0 };
}

static void
read_tokens(const struct json *json, struct role *role)
{
	struct str type = text_of(json, "token_type");
	struct buf id = BUF_INIT;

	role->ttl = number(json, "token_ttl") * CLOCK_SECOND;
	role->max_ttl = number(json, "token_max_ttl") * CLOCK_SECOND;
	role->period = number(json, "token_period") * CLOCK_SECOND;
	role->explicit_max = number(json, "token_explicit_max_ttl") * CLOCK_SECOND;
	role->uses = number(json, "token_num_uses");
	role->no_default = is_true(json, "token_no_default_policy");
	role->bind_address = is_true(json, "token_strictly_bind_ip");
	role->batch = str_is(type, "batch") || str_is(type, "default-batch");
	role->service = str_is(type, "service") || str_is(type, "default-service");
	if (!hex_decode(&id, text_of(json, ROLE_ID_MEMBER)) || id.len != ROLE_ID) {
		/* Of a time when none was drawn: one of its name. */
		buf_clear(&id);
		digest_sha256(role->name.at, role->name.len, buf_reserve(&id, DIGEST_SHA256));
	}
	memcpy(role->id, id.data, ROLE_ID);
	buf_free(&id);
}

struct role *
role_read(struct arena *scratch, struct str name, struct str text, struct error *err)
{
	const struct json *json = json_parse(scratch, text, &json_limits_body, err);
	size_t items = 0, bytes = name.len;
	struct role *role;
	struct room r;

	if (json == NULL)
		return NULL;
	measure(json, &items, &bytes);
	role = calloc(1, sizeof(*role));
	r = (struct room){ calloc(items + 1, sizeof(*r.items)), malloc(bytes + 1) };
	if (role == NULL || r.items == NULL || r.bytes == NULL)
		fatal("no memory for a role");
	role->items = r.items;
	role->bytes = r.bytes;
	role->name = take(&r, name);
	role->display_name = take(&r, text_of(json, "display_name"));
	read_constraints(&r, json, &role->constraints);
	role->policies = list(&r, json, "token_policies", &role->policy_count);
	role->networks = list(&r, json, "token_bound_cidrs", &role->network_count);
	role->shown = list(&r, json, "allowed_metadata_extensions", &role->shown_count);
	read_tokens(json, role);
	return role;
}

void
role_free(struct role **role)
{
	if (*role == NULL)
		return;
	free((*role)->items);
	free((*role)->bytes);
	free(*role);
	*role = NULL;
}

/* The address (as inet_ntop wrote it) in the form that networks are held against. */
static bool
read_address(const char *text, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
		return true;
	to->ss_family = AF_INET;
	return inet_pton(AF_INET, text, &v4->sin_addr) == 1;
}

bool
role_networks_hold(const struct str *networks, unsigned count, const char *address)
{
	struct sockaddr_storage from;
	struct network n;

	if (count == 0)
		return true;
	if (!read_address(address, &from))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (network_parse(networks[i], &n) &&
		    network_holds(&n, (const struct sockaddr *)&from))
			return true;
	return false;
}
