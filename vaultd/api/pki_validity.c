/*
 * Keeper: how long a certificate is good.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vaultd/api/pki_order.h"
#include "vaultd/api/pki_settings.h"

#define NOT_BEFORE (30 * CLOCK_SECOND) /* of certificates without a role: clocks differ */
#define YEAR_10000 253402300800        /* seconds: what no Time can say */

int
pki_field_ttl(struct call *c, const char *name, int64_t *ns, bool *present)
{
	if (field_duration(c, name, ns, present) != 0)
		return -1;
	if (*ns < 0)
		return call_refuse(c, 400,
		    "Field validation failed: error converting input for field \"%s\": "
		    "cannot provide negative value",
		    name);
	return 0;
}

/* A field that is a time; what the role says when it is not sent. */
static int
read_time(struct call *c, const char *name, const struct json *role, const char *bound,
    int64_t *wall, bool *sent)
{
	struct str text = { "", 0 };

	if (field_text(c, name, &text, NULL) != 0)
		return -1;
	*sent = text.len > 0;
	if (*sent && role != NULL && str_is(settings_text(role, bound), "forbid"))
		return call_refuse(c, 400, "%s is not allowed by this role", name);
	if (!*sent && role != NULL)
		text = settings_text(role, name);
	*wall = 0;
	if (text.len > 0 && clock_parse(text.at, text.len, wall) != 0)
		return call_refuse(
		    c, 400, "%s is not a time as in RFC 3339: %.*s", name, STR(text));
	return 0;
}

static int
read_not_before(struct call *c, const struct json *role, int64_t *wall)
{
	int64_t back = NOT_BEFORE;
	bool sent;

	if (role != NULL)
		back = settings_number(role, "not_before_duration") * CLOCK_SECOND;
	else if (pki_field_ttl(c, "not_before_duration", &back, &sent) != 0)
		return -1;
	if (read_time(c, "not_before", role, "not_before_bound", wall, &sent) != 0)
		return -1;
	if (*wall == 0)
		*wall = pki_now(c) - back;
	else if (sent && role != NULL && *wall < pki_now(c) - back &&
		 str_is(settings_text(role, "not_before_bound"), "duration"))
		return call_refuse(c, 400, "not_before lies before what this role allows");
	return 0;
}

static void
warn_of_cut(struct call *c, int64_t asked, int64_t most)
{
	struct buf a = BUF_INIT, m = BUF_INIT;

	duration_format(&a, asked);
	duration_format(&m, most);
	call_warn(c,
	    "TTL \"%.*s\" is longer than permitted maxTTL \"%.*s\", so maxTTL is being used",
	    STR(buf_str(&a)), STR(buf_str(&m)));
	buf_free(&a);
	buf_free(&m);
}

/* By "ttl", the role's and the mount's. */
static void
end_by_ttl(struct call *c, const struct json *role, int64_t ttl, int64_t *wall)
{
	int64_t most = mount_max_ttl(c->mount) * CLOCK_SECOND;
	int64_t of_role = settings_number(role, "max_ttl") * CLOCK_SECOND;
	bool asked = ttl > 0;

	if (of_role > 0)
		most = of_role;
	if (ttl == 0)
		ttl = settings_number(role, "ttl") * CLOCK_SECOND;
	if (ttl == 0)
		ttl = mount_default_ttl(c->mount) * CLOCK_SECOND;
	if (ttl > most) {
		if (asked)
			warn_of_cut(c, ttl, most);
		ttl = most;
	}
	*wall = pki_now(c) + ttl;
}

static int
read_not_after(struct call *c, const struct json *role, int64_t *wall)
{
	int64_t ttl = 0, most = settings_number(role, "max_ttl") * CLOCK_SECOND;
	bool sent;

	if (pki_field_ttl(c, "ttl", &ttl, NULL) != 0 ||
	    read_time(c, "not_after", role, "not_after_bound", wall, &sent) != 0)
		return -1;
	if (sent && ttl > 0)
		return call_refuse(c, 400,
		    "Either ttl or not_after should be provided. Both should not "
		    "be provided in the same request.");
	if (*wall == 0 || ttl > 0)
		end_by_ttl(c, role, ttl, wall);
	else if (sent && most > 0 && *wall > pki_now(c) + most)
		return call_refuse(c, 400, "not_after lies beyond the max_ttl of this role");
	return 0;
}

static int
hold_to_issuer(struct call *c, const struct pki_issuer *issuer, bool cut, int64_t *wall)
{
	int64_t end = issuer->view.not_after * CLOCK_SECOND;
	char asked[CLOCK_TEXT], last[CLOCK_TEXT];

	if (*wall <= end)
		return 0;
	clock_format(*wall, asked);
	clock_format(end, last);
	if (!cut &&
	    !str_is(settings_text(issuer->settings, "leaf_not_after_behavior"), "truncate"))
		return call_refuse(c, 400,
		    "cannot satisfy request, as TTL would result in notAfter of "
		    "%s that is beyond the expiration of the CA certificate at %s",
		    asked, last);
	if (cut)
		call_warn(c,
		    "notAfter of %s is beyond the expiration of the CA certificate: it is cut "
		    "to %s",
		    asked, last);
	*wall = end;
	return 0;
}

int
pki_validity_read(struct call *c, const struct json *role, const struct pki_issuer *issuer,
    bool cut, struct pki_validity *v)
{
	int64_t from, until;
	char begin[CLOCK_TEXT], end[CLOCK_TEXT];

	if (read_not_before(c, role, &from) != 0 || read_not_after(c, role, &until) != 0 ||
	    (issuer != NULL && hold_to_issuer(c, issuer, cut, &until) != 0))
		return -1;
	v->not_before = pki_seconds(from);
	v->not_after = pki_seconds(until);
	if (v->not_before < 0 || v->not_after >= YEAR_10000)
		return call_refuse(c, 400, "a certificate is good from 1970 to 9999 at most");
	if (v->not_after > v->not_before)
		return 0;
	clock_format(from, begin);
	clock_format(until, end);
	return call_refuse(c, 400,
	    "The certificate's Not Before (%s) is later than the certificate's "
	    "Not After (%s)",
	    begin, end);
}
