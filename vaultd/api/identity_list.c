/*
 * Keeper: lists of identity/.  One that would not go into a reply ends early, and says so.
 */
#include "vaultd/api/identity.h"

#define LIST_BYTES (16u * 1024 * 1024)

int
identity_list_begin(struct listing *l, struct call *c)
{
	*l = (struct listing){ .c = c, .after = { "", 0 } };
	if (field_text(c, "after", &l->after, NULL) != 0 ||
	    field_int(c, "limit", &l->limit, NULL) != 0)
		return -1;
	l->key = json_writer_to(&l->keys);
	l->told = json_writer_to(&l->info);
	return 0;
}

bool
identity_list_add(struct listing *l, struct str key)
{
	if (l->limit > 0 && l->count == (uint64_t)l->limit)
		return false;
	if (l->keys.len + l->info.len > LIST_BYTES) {
		call_warn(l->c, "partial response: there are too many for one reply");
		return false;
	}
	json_put_str(&l->key, NULL, key);
	l->count++;
	return true;
}

int
identity_list_end(struct listing *l, int rc)
{
	struct json_writer w;

	if (rc == 0 && l->count == 0)
		rc = call_not_found(l->c);
	if (rc == 0) {
		w = reply_data(l->c);
		json_open_array(&w, "keys");
		json_put_raw(&w, NULL, buf_str(&l->keys));
		json_close_array(&w);
		if (l->info.len > 0) {
			json_open_object(&w, "key_info");
			json_put_raw(&w, NULL, buf_str(&l->info));
			json_close_object(&w);
		}
		json_close_object(&w);
	}
	buf_free(&l->keys);
	buf_free(&l->info);
	return rc;
}
