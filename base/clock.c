/*
 * Time and randomness for every process, and how both are written.
 * Security: random_bytes is where keys and nonces come from; it never returns less than asked.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

#define POOL 1024

static int64_t
read_clock(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		fatal("a clock cannot be read");
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec;
}

static int64_t
system_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

static int64_t
system_boot(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

static void
kernel_random(void *bytes, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = getrandom((char *)bytes + got, len - got, 0);

		if (n < 0 && errno != EINTR)
			fatal("the kernel gives no randomness");
		if (n > 0)
			got += (size_t)n;
	}
}

/*
 * Small wants are met from a pool, each byte once and wiped as it leaves: a system call for each
 * id and nonce would cost as much as the rest of a read.  No process of ours forks without exec.
 */
static void
system_random(void *bytes, size_t len)
{
	static _Thread_local uint8_t pool[POOL];
	static _Thread_local size_t left;

	if (len > RANDOM_POOLED) {
		kernel_random(bytes, len);
		return;
	}
	if (left < len) {
		kernel_random(pool, sizeof(pool));
		left = sizeof(pool);
	}
	left -= len;
	memcpy(bytes, pool + left, len);
	wipe(pool + left, len);
}

struct clock_source clock_source = {system_wall, system_boot, system_random};

int64_t
clock_wall(void)
{
	return clock_source.wall();
}

int64_t
clock_boot(void)
{
	return clock_source.boot();
}

void
random_bytes(void *bytes, size_t len)
{
	clock_source.random(bytes, len);
}

/* By hand: a reply holds several times, and printf takes as long as reading a record. */
static void
put_digits(char *to, int value, unsigned count, char behind)
{
	to[count] = behind;
	while (count > 0) {
		to[--count] = (char)('0' + value % 10);
		value /= 10;
	}
}

void
clock_format(int64_t wall_ns, char text[CLOCK_TEXT])
{
	int64_t ns = wall_ns % CLOCK_SECOND;
	time_t seconds = (time_t)(wall_ns / CLOCK_SECOND);
	struct tm t;
	size_t len;

	if (ns < 0) {
		ns += CLOCK_SECOND;
		seconds--;
	}
	gmtime_r(&seconds, &t);
	put_digits(text, t.tm_year + 1900, 4, '-');
	put_digits(text + 5, t.tm_mon + 1, 2, '-');
	put_digits(text + 8, t.tm_mday, 2, 'T');
	put_digits(text + 11, t.tm_hour, 2, ':');
	put_digits(text + 14, t.tm_min, 2, ':');
	put_digits(text + 17, t.tm_sec, 2, '.');
	len = 19;
	if (ns != 0) {
		put_digits(text + 20, (int)ns, 9, 'Z');
		for (len = 29; text[len - 1] == '0';)
			len--;
	}
	memcpy(text + len, "Z", 2);
}

struct cursor {
	const char *at;
	size_t left;
};

/* One of the bytes in set. */
static bool
take(struct cursor *c, const char *set)
{
	if (c->left == 0 || *c->at == '\0' || strchr(set, *c->at) == NULL)
		return false;
	c->at++;
	c->left--;
	return true;
}

/* Exactly `digits` digits, least <= *value <= most. */
static bool
take_number(struct cursor *c, int digits, int least, int most, int *value)
{
	*value = 0;
	for (int i = 0; i < digits; i++) {
		if (!take(c, "0123456789"))
			return false;
		*value = *value * 10 + (c->at[-1] - '0');
	}
	return *value >= least && *value <= most;
}

static bool
take_date(struct cursor *c, struct tm *t)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month;
	bool leap;

	if (!take_number(c, 4, 0, 9999, &year) || !take(c, "-") ||
	    !take_number(c, 2, 1, 12, &month) || !take(c, "-"))
		return false;
	leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	t->tm_year = year - 1900;
	t->tm_mon = month - 1;
	return take_number(c, 2, 1, days[month - 1] + (leap && month == 2), &t->tm_mday);
}

static bool
take_time(struct cursor *c, struct tm *t)
{
	return take_number(c, 2, 0, 23, &t->tm_hour) && take(c, ":") &&
	       take_number(c, 2, 0, 59, &t->tm_min) && take(c, ":") &&
	       take_number(c, 2, 0, 59, &t->tm_sec);
}

/* The fraction after the point, in ns; digits beyond the ninth are dropped. */
static bool
take_fraction(struct cursor *c, int64_t *ns)
{
	int64_t unit = CLOCK_SECOND;

	if (!take(c, "."))
		return true;
	while (take(c, "0123456789")) {
		unit /= 10;
		*ns += unit * (c->at[-1] - '0');
	}
	return c->at[-1] != '.';
}

static bool
take_zone(struct cursor *c, int64_t *offset)
{
	int hours, minutes, sign;

	if (take(c, "Zz"))
		return true;
	if (!take(c, "+-"))
		return false;
	sign = c->at[-1] == '-' ? -1 : 1;
	if (!take_number(c, 2, 0, 23, &hours) || !take(c, ":") ||
	    !take_number(c, 2, 0, 59, &minutes))
		return false;
	*offset = sign * (hours * 60 + minutes) * 60;
	return true;
}

int
clock_parse(const char *text, size_t len, int64_t *wall_ns)
{
	struct cursor c = {text, len};
	struct tm t = {0};
	int64_t ns = 0, offset = 0, seconds;

	if (!take_date(&c, &t) || !take(&c, "Tt") || !take_time(&c, &t) ||
	    !take_fraction(&c, &ns) || !take_zone(&c, &offset) || c.left != 0)
		return -1;
	seconds = (int64_t)timegm(&t) - offset;
	if (seconds > INT64_MAX / CLOCK_SECOND - 1 || seconds < INT64_MIN / CLOCK_SECOND + 1)
		return -1;
	*wall_ns = seconds * CLOCK_SECOND + ns;
	return 0;
}

void
uuid_format(char text[UUID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t u[16];
	size_t n = 0;

	random_bytes(u, sizeof(u));
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x40);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(u); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[n++] = '-';
		text[n++] = hex[u[i] >> 4];
		text[n++] = hex[u[i] & 15];
	}
	text[n] = '\0';
}
