/*
 * Time and randomness behind one small table of functions, so that a test can drive both.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* The seam: tests put their own functions here before anything runs. */
struct clock_source {
	int64_t (*wall)(void);                 /* ns since 1970, UTC */
	int64_t (*boot)(void);                 /* ns since boot, never steps back (CLOCK_BOOTTIME) */
	void (*random)(void *bytes, size_t n); /* cryptographic randomness */
};
extern struct clock_source clock_source;

#define CLOCK_SECOND INT64_C(1000000000)

int64_t clock_wall(void);
int64_t clock_boot(void);
/*
 * Security: draws of at most RANDOM_POOLED bytes, as nonces and ids are, may have lain in
 * ordinary memory before.  Keys are longer, or drawn by secret_random.
 */
#define RANDOM_POOLED 24
void random_bytes(void *bytes, size_t len);

/* "2026-11-24T14:27:01.123456789Z" (RFC 3339, UTC; trailing zeros of the fraction dropped, as
 * Go's RFC3339Nano does; no fraction at all when it is zero). */
#define CLOCK_TEXT 36
void clock_format(int64_t wall_ns, char text[CLOCK_TEXT]);

/* The reverse, any fraction, "Z" or a numeric offset.  0, or -1 when text is not RFC 3339. */
int clock_parse(const char *text, size_t len, int64_t *wall_ns);

/* A random UUID, version 4 (RFC 9562), lower case, terminated. */
#define UUID_TEXT 37
void uuid_format(char text[UUID_TEXT]);

#endif
