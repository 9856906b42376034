/*
 * vaultctl: variables of an environment.  Trusted with the values; they lie in a buffer that
 * wipes itself, until the program that gets them has its own copy.
 */
#include "client/variables.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "client/template.h"

/* What a loader, a shell or an interpreter obeys. */
static const char *const steering[] = {"LD_*", "GLIBC_*", "GCONV_*", "LOCPATH", "NLSPATH",
    "PATH", "IFS", "ENV", "BASH_*", "SHELL*", "PS[0-9]", "PROMPT_COMMAND", "PYTHON*", "PERL*",
    "RUBY*", "NODE_*", "JAVA_*", "_JAVA_*", "JDK_*", "OPENSSL_*", "SSL_*", "GIT_*", "HOME",
    "TMPDIR"};

static char
variable_byte(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
}

/* Append the variable's name, terminated. */
static int
put_name(struct buf *name, const char *prefix, struct str field, struct error *err)
{
	buf_put_text(name, prefix);
	for (size_t i = 0; i < field.len; i++)
		buf_put_u8(name, (uint8_t)variable_byte(field.at[i]));
	buf_put_u8(name, '\0');
	if (field.len == 0)
		return error_set(err, ERR_INVALID, "a field without name is no variable");
	if (name->data[0] >= '0' && name->data[0] <= '9')
		return error_set(err, ERR_INVALID,
		    "no variable begins with a digit: give the field %.*s a -prefix",
		    STR(field));
	for (const char *p = prefix; *p != '\0'; p++)
		if (variable_byte(*p) == '_' && *p != '_')
			return error_set(
			    err, ERR_INVALID, "-prefix takes letters, digits and '_', as DB_");
	for (size_t i = 0; i < sizeof(steering) / sizeof(steering[0]); i++)
		if (fnmatch(steering[i], (const char *)name->data, 0) == 0)
			return error_set(err, ERR_CONFLICT,
			    "the field %.*s would be %s, which steers programs: use -prefix",
			    STR(field), (const char *)name->data);
	return 0;
}

static bool
is_of(const char *variable, const char *name)
{
	size_t len = strlen(name);

	return strncmp(variable, name, len) == 0 && variable[len] == '=';
}

/* No variable of that name so far. */
static int
check_free(const struct buf *text, char *const *base, const char *name, struct error *err)
{
	const char *at;

	for (; *base != NULL; base++)
		if (is_of(*base, name))
			return error_set(err, ERR_CONFLICT,
			    "the environment has %s already: unset it, or use -prefix", name);
	for (size_t i = 0; i < text->len; i += strlen(at) + 1) {
		at = (const char *)text->data + i;
		if (is_of(at, name))
			return error_set(
			    err, ERR_CONFLICT, "two fields would both be %s", name);
	}
	return 0;
}

static int
put_variable(struct variables *v, const struct json *field, const char *prefix,
    char *const *base, struct error *err)
{
	struct buf name = BUF_INIT;
	size_t start;
	int rc = put_name(&name, prefix, field->name, err);

	if (rc == 0)
		rc = check_free(&v->text, base, (const char *)name.data, err);
	if (rc == 0) {
		buf_printf(&v->text, "%s=", (const char *)name.data);
		start = v->text.len;
		template_put_field(&v->text, field);
		if (memchr(v->text.data + start, '\0', v->text.len - start) != NULL)
			rc = error_set(err, ERR_INVALID,
			    "the field %.*s holds a zero byte, which no variable can",
			    STR(field->name));
		buf_put_u8(&v->text, '\0');
	}
	buf_free(&name);
	return rc;
}

/* Pointers to all of them, once the text does not move any more. */
static void
list(struct variables *v, char *const *base, unsigned fields)
{
	size_t count = 0;
	char *at = (char *)v->text.data;

	while (base[count] != NULL)
		count++;
	v->env = calloc(count + fields + 1, sizeof(*v->env));
	if (v->env == NULL)
		fatal("out of memory");
	memcpy(v->env, base, count * sizeof(*v->env));
	for (unsigned i = 0; at != NULL && i < fields; i++, at += strlen(at) + 1)
		v->env[count + i] = at;
}

int
variables_make(struct variables *v, const struct json *fields, const char *prefix,
    char *const *base, struct error *err)
{
	*v = (struct variables){BUF_INIT, NULL};
	for (const struct json *f = fields->first; f != NULL; f = f->next)
		if (put_variable(v, f, prefix, base, err) != 0)
			return -1;
	list(v, base, fields->count);
	return 0;
}

void
variables_free(struct variables *v)
{
	buf_free(&v->text);
	free(v->env);
	v->env = NULL;
}
