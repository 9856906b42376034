/*
 * What identity adds to a caller at this moment: its entity, the groups that hold it (directly or
 * through other groups), and the policies of them all.
 */
#ifndef KEEPER_STANDING_H
#define KEEPER_STANDING_H

#include "vaultd/keeper/entities.h"
#include "vaultd/keeper/groups.h"

struct standing {
	struct entity entity;
	unsigned direct;         /* the first of the groups hold it themselves */
	unsigned group_count;
	struct group *groups;    /* each once: the direct ones by id, then the others */
	unsigned policy_count;
	struct str *policies;    /* of entity and groups: sorted, each once; borrowed */
};

/* Of the entity of a SPIFFE ID; of one that was read (which the standing takes: *e is empty
 * afterwards).  0, or -1 with ERR_CORRUPT, ERR_LIMIT.  Free with standing_free after 0 only. */
int standing_of_caller(const struct identities *s, struct str spiffe_id, struct standing *out,
    struct error *err);
int standing_of_entity(const struct identities *s, struct entity *e, struct standing *out,
    struct error *err);
void standing_free(struct standing *s);

/*
 * What an expression of a policy's template stands for ("identity.entity.name",
 * "identity.groups.names.ops.metadata.region", ...); at is NULL when it has no value.  Borrowed.
 */
struct str standing_resolve(const struct standing *s, struct str expression);

#endif
