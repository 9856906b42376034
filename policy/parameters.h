/*
 * Inside decide.c: a request's body held against what a rule says of parameters.  Only the
 * body's top-level members are looked at.
 */
#ifndef POLICY_PARAMETERS_H
#define POLICY_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "policy/rules.h"

/*
 * Whether the body (NULL: none) has what the rule requires, nothing that it denies and only
 * what it allows; if not, why, in reason (size bytes), without a byte of the body.
 * Values compare with their types: strings with a '*' at either end of the rule's (a lone "*"
 * stands for itself), numbers by value (1, 1.0 and 10e-1 are one), booleans.  A list in the
 * body is denied when one of its elements is, so that no list carries what alone would be
 * refused; it is never allowed by a list of values.  What is null or an object matches no
 * value.
 */
bool parameters_pass(
    const struct rule *rule, const struct json *body, char *reason, size_t size);

#endif
