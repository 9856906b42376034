/*
 * Keeper: lives of tokens.
 */
#include "vaultd/api/lease.h"

#include "base/clock.h"
#include "base/text.h"

/* "768h", "10m": as the reference writes durations in its warnings. */
static void
put_short(struct buf *out, int64_t ns)
{
	duration_format(out, ns / CLOCK_SECOND * CLOCK_SECOND);
	if (str_ends(buf_str(out), "m0s"))
		out->len -= 2;
	if (str_ends(buf_str(out), "h0m"))
		out->len -= 2;
}

static void
warn_of_cut(struct call *c, const char *what, int64_t ns, int64_t most)
{
	struct buf asked = BUF_INIT, given = BUF_INIT;

	put_short(&asked, ns);
	put_short(&given, most);
	call_warn(c, "%s of \"%.*s\" exceeded the effective max_ttl of \"%.*s\"; "
	    "%s value is capped accordingly", what, STR(buf_str(&asked)), STR(buf_str(&given)), what);
	buf_free(&asked);
	buf_free(&given);
}

int64_t
lease_least(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

int64_t
lease_end_of_all(const struct call *c)
{
	int64_t most = 0;

	for (unsigned i = 0; i < mounts_count(c->mounts); i++) {
		const struct mount *m = mounts_at(c->mounts, i);

		if (str_starts(m->path, "auth/") && mount_max_ttl(m) > most)
			most = mount_max_ttl(m);
	}
	return c->now + most * CLOCK_SECOND;
}

int64_t
lease_from_now(struct call *c, const struct mount *mount, const struct lease *l)
{
	int64_t ceiling = lease_least(mount_max_ttl(mount) * CLOCK_SECOND, l->max);
	int64_t most = lease_least(ceiling, l->explicit_max);
	int64_t ttl = l->wanted > 0 ? l->wanted : mount_default_ttl(mount) * CLOCK_SECOND;
	int64_t left = l->issued + most - c->now;

	if (l->period > 0) {
		ttl = l->period;
		if (ttl > most) {
			warn_of_cut(c, "Period", ttl, most);
			ttl = most;
		}
		if (l->explicit_max == 0)
			return ttl;
		left = l->issued + l->explicit_max - c->now;
	}
	/* A part of a second is given away: what is told is not less than what was said. */
	left = (left + CLOCK_SECOND - 1) / CLOCK_SECOND * CLOCK_SECOND;
	if (left <= 0) {
		call_refuse(c, 400, "past the max TTL, cannot renew");
		return 0;
	}
	if (ttl <= left)
		return ttl;
	warn_of_cut(c, "TTL", ttl, left);
	return left;
}

int
lease_field(struct call *c, const char *name, int64_t *ns, bool *present)
{
	const struct json *f = json_find(c->body, name);
	struct buf text = BUF_INIT;

	*present = f != NULL &&
	    (f->type == JSON_NUMBER || (f->type == JSON_STRING && f->text.len > 0));
	if (!*present || duration_parse(f->text, ns))
		return 0;
	duration_complain(&text, f->text);
	call_refuse(c, 400, "%.*s", STR(buf_str(&text)));
	buf_free(&text);
	return -1;
}
