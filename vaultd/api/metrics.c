/*
 * Keeper: sys/metrics: what the table says and what requests there were, as JSON and as
 * Prometheus text (exposition format 0.0.4).  A name's dots are underscores there.
 */
#include "vaultd/api/metrics.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "vaultd/keeper/metrics.h"
#include "vaultd/keeper/routes.h"

#define REQUESTS "vault.core.requests"
#define HANDLED "vault.core.handle_request_seconds"
#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

static const char *
class_name(unsigned class)
{
	static const char *const names[METRICS_CLASSES] = { "other", "1xx", "2xx", "3xx", "4xx",
		"5xx" };

	return names[class];
}

/* ---- JSON ---- */

static void
put_number(struct json_writer *w, const char *name, double value)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, "%.9g", value);
	json_put_raw(w, name, buf_str(&text));
	buf_free(&text);
}

static void
put_values(struct json_writer *w, struct call *c, bool counters)
{
	for (size_t i = 0; metrics_table[i].name != NULL; i++) {
		if (metrics_table[i].counter != counters)
			continue;
		json_open_object(w, NULL);
		json_put_text(w, "Name", metrics_table[i].name);
		json_put_int(w, counters ? "Count" : "Value", (int64_t)metrics_table[i].value(c));
		json_open_object(w, "Labels");
		json_close_object(w);
		json_close_object(w);
	}
}

static void
put_requests(struct json_writer *w, const struct metrics *m)
{
	for (unsigned o = 0; o < METRICS_OPERATIONS; o++)
		for (unsigned k = 0; k < METRICS_CLASSES; k++) {
			if (m->requests[o][k] == 0)
				continue;
			json_open_object(w, NULL);
			json_put_text(w, "Name", REQUESTS);
			json_put_int(w, "Count", (int64_t)m->requests[o][k]);
			json_open_object(w, "Labels");
			json_put_text(w, "operation", operation_name((enum operation)(1u << o)));
			json_put_text(w, "status", class_name(k));
			json_close_object(w);
			json_close_object(w);
		}
}

static void
put_sample(struct json_writer *w, const struct metrics *m)
{
	double second = (double)CLOCK_SECOND, sum = (double)m->handled_ns / second;

	json_open_object(w, NULL);
	json_put_text(w, "Name", HANDLED);
	json_put_int(w, "Count", (int64_t)m->handled);
	put_number(w, "Sum", sum);
	put_number(w, "Min", (double)m->shortest_ns / second);
	put_number(w, "Max", (double)m->longest_ns / second);
	put_number(w, "Mean", m->handled > 0 ? sum / (double)m->handled : 0);
	json_open_object(w, "Labels");
	json_close_object(w);
	json_close_object(w);
}

static void
put_timestamp(struct json_writer *w, int64_t wall)
{
	time_t seconds = (time_t)(wall / CLOCK_SECOND);
	char text[48] = "";
	struct tm parts;

	if (gmtime_r(&seconds, &parts) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S +0000 UTC", &parts);
	json_put_text(w, "Timestamp", text);
}

static void
put_json(struct call *c)
{
	struct json_writer w = reply_data(c);

	put_timestamp(&w, c->now);
	json_open_array(&w, "Gauges");
	put_values(&w, c, false);
	json_close_array(&w);
	json_open_array(&w, "Points");
	json_close_array(&w);
	json_open_array(&w, "Counters");
	put_values(&w, c, true);
	put_requests(&w, c->metrics);
	json_close_array(&w);
	json_open_array(&w, "Samples");
	put_sample(&w, c->metrics);
	json_close_array(&w);
	json_close_object(&w);
}

/* ---- Prometheus ---- */

static void
put_dotless(struct buf *out, const char *name)
{
	for (; *name != '\0'; name++)
		buf_put_u8(out, (uint8_t)(*name == '.' ? '_' : *name));
}

static void
put_head(struct buf *out, const char *name, const char *kind, const char *help)
{
	buf_put_text(out, "# HELP ");
	put_dotless(out, name);
	buf_printf(out, " %s\n# TYPE ", help);
	put_dotless(out, name);
	buf_printf(out, " %s\n", kind);
}

static void
write_requests(struct buf *out, const struct metrics *m)
{
	put_head(out, REQUESTS, "counter", "Requests since the start, by operation and status.");
	for (unsigned o = 0; o < METRICS_OPERATIONS; o++)
		for (unsigned k = 0; k < METRICS_CLASSES; k++) {
			if (m->requests[o][k] == 0)
				continue;
			put_dotless(out, REQUESTS);
			buf_printf(out, "{operation=\"%s\",status=\"%s\"} %llu\n",
			    operation_name((enum operation)(1u << o)), class_name(k),
			    (unsigned long long)m->requests[o][k]);
		}
}

static void
write_histogram(struct buf *out, const struct metrics *m)
{
	double second = (double)CLOCK_SECOND;
	unsigned long long below = 0;

	put_head(out, HANDLED, "histogram",
	    "Time of a request in the keeper, without waiting for its turn and the commit.");
	for (unsigned b = 0; b < METRICS_BUCKETS; b++) {
		below += m->slower[b];
		put_dotless(out, HANDLED);
		buf_printf(out, "_bucket{le=\"%g\"} %llu\n", (double)metrics_bounds[b] / second,
		    below);
	}
	put_dotless(out, HANDLED);
	buf_printf(out, "_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)m->handled);
	put_dotless(out, HANDLED);
	buf_printf(out, "_sum %.9g\n", (double)m->handled_ns / second);
	put_dotless(out, HANDLED);
	buf_printf(out, "_count %llu\n", (unsigned long long)m->handled);
}

static void
write_text(struct call *c)
{
	struct buf *out = &c->reply.data;

	buf_clear(out);
	for (size_t i = 0; metrics_table[i].name != NULL; i++) {
		put_head(out, metrics_table[i].name, metrics_table[i].counter ? "counter" : "gauge",
		    metrics_table[i].help);
		put_dotless(out, metrics_table[i].name);
		buf_printf(out, " %llu\n", (unsigned long long)metrics_table[i].value(c));
	}
	write_requests(out, c->metrics);
	write_histogram(out, c->metrics);
	c->reply.content_type = PROMETHEUS;
}

/* Scrapers name their formats in Accept. */
static bool
accepts_text(const struct call *c)
{
	return str_starts(c->accept, "application/openmetrics-text") ||
	    str_starts(c->accept, "text/plain;version=0.0.4") ||
	    str_starts(c->accept, "text/plain; version=0.0.4");
}

int
api_metrics(struct call *c, struct error *err)
{
	struct str format = { "", 0 };

	(void)err;
	if (field_text(c, "format", &format, NULL) != 0)
		return -1;
	if (str_is(format, "prometheus") || (format.len == 0 && accepts_text(c))) {
		write_text(c);
	} else if (format.len == 0) {
		put_json(c);
	} else {
		c->reply.status = 400;
		c->reply.content_type = "text/plain";
		buf_printf(&c->reply.data, "metric response format \"%.*s\" unknown", STR(format));
	}
	return 0;
}
