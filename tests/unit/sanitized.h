/*
 * Whether this is a build under AddressSanitizer, which keeps what was freed for a while and
 * has memory that must not be read: what searches memory is left out there.
 */
#ifndef TESTS_SANITIZED_H
#define TESTS_SANITIZED_H

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

#endif
