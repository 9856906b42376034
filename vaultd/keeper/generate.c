/*
 * Keeper: drawing values by rules.  Trusted to draw them evenly.
 */
#include "vaultd/keeper/generate.h"

#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

#define PASSWORD_LEAST 8
#define PASSWORD_MOST 256
#define BYTES_LEAST 8
#define BYTES_MOST 256

static const struct class
{
	const char *name, *characters; /* NULL: the rule's own */
} classes[] = {
    {"lower", "abcdefghijklmnopqrstuvwxyz"},
    {"upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    {"digit", "0123456789"},
    {"symbol", NULL},
};

#define CLASSES (sizeof(classes) / sizeof(*classes))
#define USUAL_CLASSES 7 /* letters and digits: they need no quotes anywhere */

static const struct kind {
	const char *name;
	enum generate_type type;
	const char *members; /* that it may have beside "type" */
} kinds[] = {
    {"password", GENERATE_PASSWORD, " length classes symbols "},
    {"hex", GENERATE_HEX, " bytes "},
    {"base64", GENERATE_BASE64, " bytes "},
    {"uuid", GENERATE_UUID, " "},
};

static const struct kind pairs = {NULL, GENERATE_PAIR, " format public "};

/* ---- reading rules ---- */

static int
refuse(const struct generate_rule *r, struct error *err, const char *what)
{
	return error_set(err, ERR_INVALID, "fields: \"%s\": %s", r->name, what);
}

static const struct kind *
find_kind(const struct json *type, struct generate_rule *r)
{
	if (type == NULL || type->type != JSON_STRING)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_is(type->text, kinds[i].name))
			return &kinds[i];
	r->pair = pair_text_find(type->text);
	return r->pair != NULL ? &pairs : NULL;
}

/* Whether name is one of a list of words, each between blanks. */
static bool
is_listed(const char *list, struct str name)
{
	const char *at = name.len == 0 || memchr(name.at, ' ', name.len) != NULL
			     ? NULL
			     : memmem(list, strlen(list), name.at, name.len);

	return at != NULL && at[-1] == ' ' && at[name.len] == ' ';
}

static int
check_members(const struct json *rule, const struct kind *k, const struct generate_rule *r,
    struct error *err)
{
	for (const struct json *m = rule->first; m != NULL; m = m->next)
		if (!str_is(m->name, "type") && !is_listed(k->members, m->name))
			return error_set(err, ERR_INVALID,
			    "fields: \"%s\" has a member \"%.*s\": beside \"type\" it may "
			    "have%s(or "
			    "nothing)",
			    r->name, m->name.len < 40 ? (int)m->name.len : 40, m->name.at,
			    k->members);
	return 0;
}

static int
read_length(const struct json *f, unsigned least, unsigned most, struct generate_rule *r,
    struct error *err)
{
	int64_t number;

	if (f == NULL)
		return 0;
	if (!json_to_int(f, &number) || number < least || number > most)
		return error_set(err, ERR_INVALID,
		    "fields: \"%s\": \"%.*s\" must be from %u to %u", r->name, STR(f->name),
		    least, most);
	r->length = (unsigned)number;
	return 0;
}

static int
read_classes(const struct json *list, struct generate_rule *r, struct error *err)
{
	if (list == NULL)
		return 0;
	r->classes = 0;
	for (const struct json *e = list->type == JSON_ARRAY ? list->first : NULL; e != NULL;
	     e = e->next) {
		size_t i = 0;

		while (i < CLASSES && !str_is(e->text, classes[i].name))
			i++;
		if (i == CLASSES)
			return refuse(
			    r, err, "a class is \"lower\", \"upper\", \"digit\" or \"symbol\"");
		r->classes |= 1u << i;
	}
	return r->classes != 0
		   ? 0
		   : refuse(r, err, "\"classes\" is a list with at least one class");
}

/* Printable, no letters or digits, none twice: so every password is as likely as any other. */
static int
read_symbols(const struct json *f, struct generate_rule *r, struct error *err)
{
	if (f == NULL)
		return 0;
	if (f->type != JSON_STRING || f->text.len == 0 || f->text.len > GENERATE_SYMBOLS)
		return refuse(r, err, "\"symbols\" is a text of 1 to 33 characters");
	memset(r->symbols, 0, sizeof(r->symbols));
	for (size_t i = 0; i < f->text.len; i++) {
		char c = f->text.at[i];

		if (c < ' ' || c > '~' || strchr(r->symbols, c) != NULL ||
		    (c | 0x20) - 'a' + 0u < 26 || c - '0' + 0u < 10)
			return refuse(r, err,
			    "\"symbols\" are printable ASCII characters that are "
			    "neither letters nor digits, each once");
		r->symbols[i] = c;
	}
	r->classes |= 1u << (CLASSES - 1);
	return 0;
}

static int
read_pair(const struct json *rule, struct generate_rule *r, struct error *err)
{
	const struct json *format = json_find(rule, "format"),
			  *name = json_find(rule, "public");

	if (format != NULL && !str_is(format->text, "pem") && !str_is(format->text, "openssh"))
		return refuse(r, err, "\"format\" is \"pem\" or \"openssh\"");
	r->form = format != NULL && str_is(format->text, "openssh") ? PAIR_OPENSSH : PAIR_PEM;
	if (name == NULL) {
		strcat(strcpy(r->public_name, r->name), "_public");
		return 0;
	}
	if (name->type != JSON_STRING || name->text.len == 0 || name->text.len > GENERATE_NAME)
		return refuse(r, err, "\"public\" is the name of a field, 1 to 128 bytes");
	memcpy(r->public_name, name->text.at, name->text.len);
	return 0;
}

static int
read_rule(const struct json *rule, struct generate_rule *r, struct error *err)
{
	const struct kind *k = find_kind(json_find(rule, "type"), r);

	if (k == NULL)
		return refuse(r, err,
		    "its \"type\" is \"password\", \"hex\", \"base64\", \"uuid\", "
		    "\"ed25519\", \"ecdsa-p256\" to \"ecdsa-p521\", or \"rsa-2048\" to "
		    "\"rsa-4096\"");
	r->type = k->type;
	r->length = k->type == GENERATE_PASSWORD ? 24 : 32;
	r->classes = USUAL_CLASSES;
	strcpy(r->symbols, "-_.~+=@");
	if (check_members(rule, k, r, err) != 0)
		return -1;
	switch (r->type) {
	case GENERATE_PASSWORD:
		return read_length(
			   json_find(rule, "length"), PASSWORD_LEAST, PASSWORD_MOST, r, err) ||
			       read_classes(json_find(rule, "classes"), r, err) ||
			       read_symbols(json_find(rule, "symbols"), r, err)
			   ? -1
			   : 0;
	case GENERATE_PAIR:
		return read_pair(rule, r, err);
	default:
		return read_length(json_find(rule, "bytes"), BYTES_LEAST, BYTES_MOST, r, err);
	}
}

/* No two of them may give the same field. */
static int
check_names(const struct generate *g, struct error *err)
{
	for (unsigned i = 0; i < g->count; i++)
		for (unsigned n = 0; n < g->count; n++)
			if (strcmp(g->rules[i].public_name, g->rules[n].name) == 0 ||
			    (n != i && g->rules[i].type == GENERATE_PAIR &&
				strcmp(g->rules[i].public_name, g->rules[n].public_name) == 0))
				return refuse(&g->rules[i], err,
				    "its public half has the name of another field: say "
				    "\"public\"");
	return 0;
}

int
generate_parse(const struct json *fields, struct generate *g, struct error *err)
{
	memset(g, 0, sizeof(*g));
	if (fields == NULL || fields->type != JSON_OBJECT || fields->count == 0 ||
	    fields->count > GENERATE_FIELDS)
		return error_set(err, ERR_INVALID,
		    "fields must be an object of 1 to %d fields that the vault makes, such as "
		    "{\"password\": {\"type\": \"password\", \"length\": 32}}",
		    GENERATE_FIELDS);
	for (const struct json *f = fields->first; f != NULL; f = f->next) {
		struct generate_rule *r = &g->rules[g->count++];

		if (f->name.len == 0 || f->name.len > GENERATE_NAME || f->type != JSON_OBJECT)
			return error_set(err, ERR_INVALID,
			    "fields: each has a name of 1 to %d bytes and an object for its "
			    "rule",
			    GENERATE_NAME);
		memcpy(r->name, f->name.at, f->name.len);
		if (read_rule(f, r, err) != 0)
			return -1;
	}
	return check_names(g, err);
}

static bool
is_same(const struct generate_rule *a, const struct generate_rule *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->public_name, b->public_name) == 0 &&
	    a->type == b->type && a->length == b->length && a->classes == b->classes &&
	    strcmp(a->symbols, b->symbols) == 0 && a->pair == b->pair && a->form == b->form;
}

bool
generate_same(const struct generate *a, const struct generate *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (!is_same(&a->rules[i], &b->rules[i]))
			return false;
	return true;
}

bool
generate_is_slow(const struct generate *g)
{
	for (unsigned i = 0; i < g->count; i++)
		if (g->rules[i].type == GENERATE_PAIR && g->rules[i].pair->slow_new)
			return true;
	return false;
}

/* ---- drawing ---- */

/* Randomness straight from the kernel: more than RANDOM_POOLED bytes at a time. */
struct draw {
	uint8_t bytes[BYTES_MOST];
	unsigned used;
};

/* A number below n, each as likely. */
static unsigned
draw_below(struct draw *d, unsigned n)
{
	uint8_t byte;

	do {
		d->used = (d->used + 1) % sizeof(d->bytes);
		if (d->used == 0)
			random_bytes(d->bytes, sizeof(d->bytes));
		byte = d->bytes[d->used];
	} while (byte >= 256 / n * n);
	return byte % n;
}

static const char *
characters_of(const struct generate_rule *r, size_t class)
{
	return classes[class].characters != NULL ? classes[class].characters : r->symbols;
}

static bool
has_each_class(const struct generate_rule *r, const char *text)
{
	for (size_t i = 0; i < CLASSES; i++)
		if ((r->classes >> i & 1) != 0 &&
		    text[strcspn(text, characters_of(r, i))] == '\0')
			return false;
	return true;
}

/* Drawn anew until it has a character of each class: so all that have are as likely. */
static void
draw_password(const struct generate_rule *r, struct json_writer *w)
{
	char alphabet[26 + 26 + 10 + GENERATE_SYMBOLS + 1] = "", text[PASSWORD_MOST + 1] = "";
	struct draw d = {.used = BYTES_MOST - 1}; /* empty */
	unsigned n;

	for (size_t i = 0; i < CLASSES; i++)
		if ((r->classes >> i & 1) != 0)
			strcat(alphabet, characters_of(r, i));
	n = (unsigned)strlen(alphabet);
	do
		for (unsigned i = 0; i < r->length; i++)
			text[i] = alphabet[draw_below(&d, n)];
	while (!has_each_class(r, text));
	json_put_text(w, r->name, text);
	wipe(text, sizeof(text));
	wipe(&d, sizeof(d));
}

static void
draw_bytes(const struct generate_rule *r, struct json_writer *w)
{
	uint8_t bytes[BYTES_MOST];
	struct buf text = BUF_INIT;

	random_bytes(bytes, sizeof(bytes)); /* not from the pool, however few are wanted */
	if (r->type == GENERATE_HEX)
		hex_encode(&text, bytes, r->length);
	else
		base64_encode(&text, BASE64_STD, bytes, r->length);
	json_put_str(w, r->name, buf_str(&text));
	buf_free(&text);
	wipe(bytes, sizeof(bytes));
}

static void
draw_pair(const struct generate_rule *r, struct json_writer *w)
{
	struct buf private_key = BUF_INIT, public_key = BUF_INIT;

	pair_text_make(r->pair, r->form, &private_key, &public_key);
	json_put_str(w, r->name, buf_str(&private_key));
	json_put_str(w, r->public_name, buf_str(&public_key));
	buf_free(&private_key);
	buf_free(&public_key);
}

void
generate_draw(const struct generate *g, struct buf *out)
{
	struct json_writer w = json_writer_to(out);
	char uuid[UUID_TEXT];

	json_open_object(&w, NULL);
	for (unsigned i = 0; i < g->count; i++)
		switch (g->rules[i].type) {
		case GENERATE_PASSWORD:
			draw_password(&g->rules[i], &w);
			break;
		case GENERATE_UUID:
			uuid_format(uuid);
			json_put_text(&w, g->rules[i].name, uuid);
			break;
		case GENERATE_PAIR:
			draw_pair(&g->rules[i], &w);
			break;
		default:
			draw_bytes(&g->rules[i], &w);
		}
	json_close_object(&w);
}
