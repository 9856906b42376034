/*
 * The operations of identity/ (vault-api 7b), and what they share.
 */
#ifndef API_IDENTITY_H
#define API_IDENTITY_H

#include "vaultd/keeper/call.h"
#include "vaultd/keeper/entities.h"
#include "vaultd/keeper/groups.h"

int identity_entity_write(struct call *c, struct error *err);
int identity_entity_write_by_id(struct call *c, struct error *err);
int identity_entity_write_by_name(struct call *c, struct error *err);
int identity_entity_read_by_id(struct call *c, struct error *err);
int identity_entity_read_by_name(struct call *c, struct error *err);
int identity_entity_delete_by_id(struct call *c, struct error *err);
int identity_entity_delete_by_name(struct call *c, struct error *err);
int identity_entity_delete_many(struct call *c, struct error *err);
int identity_entity_list_ids(struct call *c, struct error *err);
int identity_entity_list_names(struct call *c, struct error *err);
int identity_entity_merge(struct call *c, struct error *err);

int identity_alias_write(struct call *c, struct error *err);
int identity_alias_write_by_id(struct call *c, struct error *err);
int identity_alias_read(struct call *c, struct error *err);
int identity_alias_delete(struct call *c, struct error *err);
int identity_alias_list(struct call *c, struct error *err);

int identity_group_write(struct call *c, struct error *err);
int identity_group_write_by_id(struct call *c, struct error *err);
int identity_group_write_by_name(struct call *c, struct error *err);
int identity_group_read_by_id(struct call *c, struct error *err);
int identity_group_read_by_name(struct call *c, struct error *err);
int identity_group_delete_by_id(struct call *c, struct error *err);
int identity_group_delete_by_name(struct call *c, struct error *err);
int identity_group_list_ids(struct call *c, struct error *err);
int identity_group_list_names(struct call *c, struct error *err);

int identity_group_alias_write(struct call *c, struct error *err);
int identity_group_alias_write_by_id(struct call *c, struct error *err);
int identity_group_alias_read(struct call *c, struct error *err);
int identity_group_alias_delete(struct call *c, struct error *err);
int identity_group_alias_list(struct call *c, struct error *err);

int identity_lookup_entity(struct call *c, struct error *err);
int identity_lookup_group(struct call *c, struct error *err);

/* ---- what they share ---- */

/* The reply's data: all of an entity (which it takes: *e is empty afterwards), its groups too. */
int identity_show_entity(struct call *c, struct entity *e, struct error *err);
/* All of a group. */
int identity_show_group(struct call *c, const struct group *g, struct error *err);

/* Inside a batch: `fresh` is put where `old` was (NULL: nothing), and its callers are told. */
void identity_change_entity(struct call *c, const struct entity *old,
    const struct entity *fresh);
int identity_change_group(struct call *c, const struct group *old, const struct group *fresh,
    struct error *err);

/* The members of the body into a group that has its id and type.  -1: refused, or err. */
int identity_take_members(struct call *c, struct group *g, struct error *err);

/* Inside a batch: an entity goes, for another (empty: none), which takes its place in groups. */
int identity_drop_entity(struct call *c, const struct entity *e, struct str by,
    struct error *err);

/*
 * Whether something was found: rc and why as entities_* and groups_* gave them.  1: yes; 0: there
 * is none; -1: err.
 */
int identity_found(int rc, const struct error *why, struct error *err);

/* A list under way (identity_list.c): keys, and what is told of each. */
struct listing {
	struct call *c;
	struct buf keys, info;
	struct json_writer key, told;
	struct str after;
	int64_t limit; /* 0: all */
	unsigned count;
};
int identity_list_begin(struct listing *l, struct call *c);
/* One more; false: no more fit.  What is told of it goes into `told`, under its id. */
bool identity_list_add(struct listing *l, struct str key);
/* rc: of what went through them all. */
int identity_list_end(struct listing *l, int rc);

#endif
