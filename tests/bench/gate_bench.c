/*
 * What a request costs a gate: CPU time of its process, with a keeper that costs nothing worth
 * mentioning.  gate_bench [connections [rounds]]: all connections ask at once, then all wait.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/unit/fake_keeper.h"
#include "tests/unit/tls_client.h"

#define REQUEST \
	"GET /v1/secret/data/billing/stripe HTTP/1.1\r\nHost: localhost:8200\r\n" \
	"User-Agent: bench\r\nAccept: */*\r\nX-Vault-Request: true\r\n\r\n"
#define MOST 20000

/* ns of CPU that the process has used. */
static long long
used(pid_t pid)
{
	char path[64];
	long long ns = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL || fscanf(f, "%lld", &ns) != 1)
		abort();
	fclose(f);
	return ns;
}

/* KiB of its own that the process has in memory. */
static long
resident(pid_t pid)
{
	char path[64], line[128];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f != NULL && kib < 0 && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "RssAnon: %ld", &kib);
	fclose(f);
	return kib;
}

static void
ask(struct client **c, int count, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		for (int j = 0; j < count; j++)
			client_say(c[j], REQUEST);
		for (int j = 0; j < count; j++)
			if (client_take(c[j], false, NULL, NULL) != 200)
				abort();
	}
}

int
main(int argc, char **argv)
{
	static struct client *c[MOST];
	struct fake_rules rules = {.limits = fake_limits, .nonces = 1024};
	struct cert *ca, *server, *billing;
	struct fake *f;
	long long start, shaken, warm, end;
	long empty;
	int count, rounds;

	fake_main(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	count = argc > 1 ? atoi(argv[1]) : 32;
	rounds = argc > 2 ? atoi(argv[2]) : 2000;
	ca = certs_ca("na1", NULL, NULL);
	server = certs_leaf("spiffe://na1.example/vault", ca, NULL);
	billing = certs_leaf("spiffe://na1.example/svc/billing", ca, NULL);
	rules.limits.per_address = rules.limits.per_identity = MOST;
	f = fake_start(&rules, server, ca);
	c[0] = client_open(fake_port(f), billing, NULL);
	ask(c, 1, 1);
	empty = resident(fake_pid(f));
	start = used(fake_pid(f));
	for (int i = 1; i < count; i++)
		c[i] = client_open(fake_port(f), billing, NULL);
	shaken = used(fake_pid(f));
	ask(c, count, 1 + rounds / 20);
	warm = used(fake_pid(f));
	ask(c, count, rounds);
	end = used(fake_pid(f));
	sleep(3); /* until idle connections have given back their buffers */
	if (count > 1)
		printf("handshake %6.1f us\n", (double)(shaken - start) / 1000 / (count - 1));
	printf("request   %6.2f us\n", (double)(end - warm) / 1000 / count / rounds);
	if (count > 1)
		printf("memory    %6.1f KiB a connection\n",
		    (double)(resident(fake_pid(f)) - empty) / (count - 1));
	for (int i = 0; i < count; i++)
		client_close(&c[i]);
	return fake_drain(&f);
}
