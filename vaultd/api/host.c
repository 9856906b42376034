/*
 * Keeper: how the host, the process and its configuration are, for who looks after them
 * (vault-api 1.6).  The keeper sees no file but its own: what /proc would tell is left empty.
 */
#include "vaultd/api/host.h"

#include <sched.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "vaultd/config.h"
#include "vaultd/keeper/metrics.h"
#include "vaultd/keeper/routes.h"

static void
put_time(struct json_writer *w, const char *name, int64_t wall)
{
	char text[CLOCK_TEXT];

	clock_format(wall, text);
	json_put_text(w, name, text);
}

/* ---- host-info ---- */

static void
put_processors(struct json_writer *w)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;

	json_open_array(w, "cpu");
	for (int i = 0; i < n; i++) {
		json_open_object(w, NULL);
		json_put_int(w, "cpu", i);
		json_put_int(w, "cores", 1);
		json_close_object(w);
	}
	json_close_array(w);
	json_open_array(w, "cpu_times");
	json_close_array(w);
}

static void
put_host(struct json_writer *w, const struct utsname *names, const struct sysinfo *now,
    int64_t wall)
{
	json_open_object(w, "host");
	json_put_text(w, "hostname", names->nodename);
	json_put_int(w, "uptime", now->uptime);
	json_put_int(w, "bootTime", wall / CLOCK_SECOND - now->uptime);
	json_put_int(w, "procs", now->procs);
	json_put_text(w, "os", "linux");
	json_put_text(w, "kernelVersion", names->release);
	json_put_text(w, "kernelArch", names->machine);
	json_close_object(w);
}

static void
put_memory(struct json_writer *w, const struct sysinfo *now)
{
	int64_t unit = now->mem_unit;

	json_open_object(w, "memory");
	json_put_int(w, "total", (int64_t)now->totalram * unit);
	json_put_int(w, "free", (int64_t)now->freeram * unit);
	json_put_int(w, "available", (int64_t)(now->freeram + now->bufferram) * unit);
	json_put_int(w, "used", (int64_t)(now->totalram - now->freeram) * unit);
	json_put_int(w, "swaptotal", (int64_t)now->totalswap * unit);
	json_put_int(w, "swapfree", (int64_t)now->freeswap * unit);
	json_close_object(w);
}

int
api_host_info(struct call *c, struct error *err)
{
	struct utsname names;
	struct sysinfo now;
	struct json_writer w;

	if (uname(&names) != 0 || sysinfo(&now) != 0)
		return error_set_errno(err, "asking the kernel about the host");
	w = reply_data(c);
	put_time(&w, "timestamp", c->now);
	put_processors(&w);
	json_open_array(&w, "disk");
	json_close_array(&w);
	put_host(&w, &names, &now, c->now);
	put_memory(&w, &now);
	json_close_object(&w);
	return 0;
}

/* ---- the cluster that one vault is ---- */

int
api_ha_status(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);
	struct utsname names;

	if (uname(&names) != 0)
		return error_set_errno(err, "asking the kernel for the host's name");
	json_open_array(&w, "nodes");
	json_open_object(&w, NULL);
	json_put_text(&w, "hostname", names.nodename);
	json_put_text(&w, "api_address", c->config->listener.address);
	json_put_text(&w, "cluster_address", "");
	json_put_bool(&w, "active_node", true);
	json_put_null(&w, "last_echo");
	json_put_text(&w, "version", VERSION);
	json_close_object(&w);
	json_close_array(&w);
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

int
api_step_down(struct call *c, struct error *err)
{
	(void)c;
	(void)err;
	return 0;
}

/* The version that runs, since this start: no earlier one is remembered. */
int
api_version_history(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_open_array(&w, "keys");
	json_put_text(&w, NULL, VERSION);
	json_close_array(&w);
	json_open_object(&w, "key_info");
	json_open_object(&w, VERSION);
	json_put_text(&w, "build_date", "");
	json_put_null(&w, "previous_version");
	put_time(&w, "timestamp_installed", c->metrics->started);
	json_close_object(&w);
	json_close_object(&w);
	json_close_object(&w);
	return 0;
}

/* Requests run one after the other: in flight is the one that asks. */
int
api_in_flight(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_open_object(&w, c->request_id);
	put_time(&w, "start_time", c->now);
	json_put_text(&w, "client_remote_address", c->peer->address);
	json_put_str(&w, "request_path", c->path);
	json_put_text(&w, "request_method", operation_name(c->operation));
	json_put_str(&w, "client_id", c->peer->identity->id);
	json_close_object(&w);
	json_close_object(&w);
	return 0;
}

/* ---- the configuration ---- */

int
api_config_state(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_put_text(&w, "cluster_name", c->config->cluster_name);
	json_put_int(&w, "default_lease_ttl", 0);
	json_put_int(&w, "max_lease_ttl", 0);
	json_put_text(&w, "log_format", c->config->log_format);
	json_open_array(&w, "listeners");
	json_open_object(&w, NULL);
	json_put_text(&w, "type", "tcp");
	json_open_object(&w, "config");
	json_put_text(&w, "address", c->config->listener.address);
	json_close_object(&w);
	json_close_object(&w);
	json_close_array(&w);
	json_open_object(&w, "storage");
	json_put_text(&w, "type", "lmdb");
	json_close_object(&w);
	json_close_object(&w);
	return 0;
}

int
api_config_cors(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_put_bool(&w, "enabled", false);
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

int
api_audited_headers(struct call *c, struct error *err)
{
	struct json_writer w = reply_data(c);

	(void)err;
	json_open_object(&w, "headers");
	json_close_object(&w);
	json_close_object(&w);
	c->reply.mirrored = true;
	return 0;
}

int
api_audited_header(struct call *c, struct error *err)
{
	(void)err;
	return call_refuse(c, 400, "Could not find header in config");
}

int
api_nothing_listed(struct call *c, struct error *err)
{
	(void)err;
	return call_not_found(c);
}
