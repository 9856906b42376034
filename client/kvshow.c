/*
 * vaultctl: secrets and their versions on the screen, as Vault's CLI shows them.
 */
#include "client/kvshow.h"

#include "client/ask.h"
#include "client/output.h"

static void
put_path_title(struct buf *out, struct str path)
{
	output_put_title(out, "Secret Path", NULL);
	buf_put_str(out, path);
	buf_put_text(out, "\n\n");
}

static void
put_section(struct buf *out, const char *title, const struct json *object)
{
	output_put_title(out, title, object);
	output_put_table(out, object, true);
}

static const struct json *
object_in(const struct json *parent, const char *name)
{
	const struct json *value = json_find(parent, name);

	return value != NULL && value->type == JSON_OBJECT ? value : NULL;
}

enum outcome
kv_show_written(struct kvcall *kv, struct error *err)
{
	const struct json *version = answer_data(&kv->answer);
	struct buf out = BUF_INIT;

	if (version == NULL || output_is_json(kv->flags) ||
	    flags_text(kv->flags, "field") != NULL)
		return output_answer(kv->flags, &kv->answer, "Success! Data written.", err);
	output_warnings(&kv->answer);
	put_path_title(&out, buf_str(&kv->path));
	put_section(&out, "Metadata", version);
	output_write(&out);
	return DONE;
}

static void
put_secret(struct buf *out, const struct kvcall *kv, const struct json *data)
{
	const struct json *metadata = object_in(answer_data(&kv->answer), "metadata");

	if (kv->at.versioned) {
		put_path_title(out, buf_str(&kv->path));
		if (metadata != NULL)
			put_section(out, "Metadata", metadata);
	}
	if (data != NULL && kv->at.versioned)
		buf_put_u8(out, '\n');
	if (data != NULL)
		put_section(out, "Data", data);
}

enum outcome
kv_show_secret(struct kvcall *kv, struct error *err)
{
	const struct json *data = answer_data(&kv->answer);
	struct buf out = BUF_INIT;
	int rc = 0;

	if (data == NULL)
		return json_find(kv->answer.json, "wrap_info") != NULL
			   ? output_answer(kv->flags, &kv->answer, "", err)
			   : ask_nothing(buf_str(&kv->path));
	if (kv->at.versioned)
		data = object_in(data, "data");
	if (flags_text(kv->flags, "field") != NULL)
		rc = output_put_field(&out, data, flags_text(kv->flags, "field"), err);
	else if (output_is_json(kv->flags))
		output_put_json(&out, kv->answer.json);
	else
		put_secret(&out, kv, data);
	output_warnings(&kv->answer);
	output_write(&out);
	return rc == 0 ? DONE : FAILED;
}
