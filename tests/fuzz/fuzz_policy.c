/*
 * Any text as a policy, and any path against it: parsed or refused; what is parsed decides
 * alike whether it is merged once or with itself, and asks for nothing outside its memory.
 * Input: the path, a newline, the policy's text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "policy/acl.h"

static struct str
resolve(void *arg, struct str expression)
{
	(void)arg;
	return expression.len % 3 == 0 ? (struct str){NULL, 0} : expression;
}

static void
try_path(const struct acl *once, const struct acl *twice, struct str path)
{
	struct json member = {.type = JSON_NUMBER, .name = path, .text = path};
	struct json body = {.type = JSON_OBJECT, .count = 1, .first = &member};

	for (int operation = ACL_CREATE; operation <= ACL_HELP; operation++) {
		struct acl_request r = {
		    .path = path, .operation = (enum acl_operation)operation, .body = &body};
		struct acl_verdict v, w;

		if (acl_decide(once, &r, &v) != acl_decide(twice, &r, &w) ||
		    v.capabilities != w.capabilities || !str_equal(v.rule, w.rule))
			abort();
	}
	if (acl_capabilities(once, path) != CAP_DENY && !acl_touches(once, path))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct acl_template names = {resolve, NULL};
	struct str path, text;
	struct policy *p = NULL;
	struct acl *once = NULL, *twice = NULL;

	log_init("fuzz", LOG_HUMAN, LOG_LEVEL_ERROR);
	if (!str_cut((struct str){(const char *)data, size}, '\n', &path, &text))
		return 0;
	p = policy_parse(str_of("fuzz"), text, NULL);
	if (p == NULL)
		return 0;
	once = acl_new((const struct policy *const[]){p}, 1, &names);
	twice = acl_new((const struct policy *const[]){p, p}, 2, &names);
	policy_free(&p);
	try_path(once, twice, path);
	acl_free(&once), acl_free(&twice);
	return 0;
}
