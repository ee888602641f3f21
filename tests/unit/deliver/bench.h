/* bench.h - a deliver with a loop, a route to a scripted peer, and jobs that
 * come back, for the tests of this folder. */
#ifndef TESTS_UNIT_DELIVER_BENCH_H
#define TESTS_UNIT_DELIVER_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/mem.h"
#include "deliver/deliver.h"
#include "resolve/resolve_build.h"
#include "unit/deliver/peer.h"

#define DEADLINE_MS 20000

struct bench {
	struct loop *loop;
	struct tls_client *tls;
	struct config config;
	struct deliver *deliver;
	struct mailbox *asker;
	struct deliver_job *done; /* the last one back */
	unsigned back;            /* jobs back */
	unsigned gone;
	uint64_t gone_id;
	bool is_drained;
	const unsigned *until;    /* run until this counter ... */
	unsigned until_value;     /* ... has reached that */
	struct loop_timer deadline;
	struct peer peer;
};

static struct tls_server *peer_tls;

static inline void
bench_look(struct bench *bench)
{
	if (bench->until && *bench->until >= bench->until_value)
		loop_stop(bench->loop);
}

static inline void
bench_on_job(struct mailbox_item *item, void *owner)
{
	struct bench *bench = owner;

	if (!bench) {
		struct deliver_job *job = (struct deliver_job *)(void *)item;

		deliver_job_free(&job);
		return;
	}
	deliver_job_free(&bench->done);
	bench->done = (struct deliver_job *)(void *)item;
	bench->back++;
	bench_look(bench);
}

static inline void
bench_on_gone(struct mailbox_item *item, void *owner)
{
	struct bench *bench = owner;

	if (bench) {
		bench->gone++;
		bench->gone_id = ((struct deliver_gone *)(void *)item)->conn_id;
		bench_look(bench);
	}
	mem_free(item);
}

static inline void
bench_on_deadline(void *arg)
{
	struct bench *bench = arg;

	loop_stop(bench->loop);
}

static inline void
bench_run(struct bench *bench, const unsigned *until, unsigned value)
{
	bench->until = until;
	bench->until_value = value;
	loop_timer_set(&bench->deadline, DEADLINE_MS);
	if (*until < value)
		loop_run(bench->loop);
	loop_timer_clear(&bench->deadline);
	if (*until < value)
		fail_msg("nothing came back; peer: %s", bench->peer.wrong);
}

static inline void
bench_config(struct config *config)
{
	memset(config, 0, sizeof *config);
	ref_init(&config->ref);
	ref_add(&config->ref); /* never freed: it is not config_load's */
	config->hostname = "relay.example";
	config->delivery.connect_timeout_ms = 5000;
	config->delivery.reply_timeout_ms = 10000;
	config->delivery.dot_timeout_ms = 10000;
	config->delivery.idle_timeout_ms = 10000;
}

static inline void
bench_start(struct bench *bench, const char *script)
{
	struct err err;

	memset(bench, 0, sizeof *bench);
	bench->loop = loop_new("test", &err);
	bench->tls = tls_client_new(&err);
	assert_non_null(bench->loop);
	assert_non_null(bench->tls);
	bench_config(&bench->config);
	bench->deliver = deliver_new(bench->loop, NULL, bench->tls, &bench->config, &err);
	assert_non_null(bench->deliver);
	bench->asker = mailbox_new("asker", 100, bench, &err);
	mailbox_attach(bench->asker, bench->loop);
	deliver_set_gone(bench->deliver, &(struct mailbox_return){ bench->asker, bench_on_gone });
	loop_timer_init(&bench->deadline, bench->loop, bench_on_deadline, bench);
	peer_start(&bench->peer, peer_tls, script);
}

static inline void
bench_on_drained(void *arg)
{
	struct bench *bench = arg;

	bench->is_drained = true;
	loop_stop(bench->loop);
}

static inline void
bench_stop(struct bench *bench)
{
	deliver_drain(bench->deliver, 2000, bench_on_drained, bench);
	loop_timer_set(&bench->deadline, DEADLINE_MS);
	bench->until = NULL;
	loop_run(bench->loop);
	assert_true(bench->is_drained);
	loop_timer_deinit(&bench->deadline);
	deliver_job_free(&bench->done);
	deliver_free(&bench->deliver);
	mailbox_free(&bench->asker);
	tls_client_free(&bench->tls);
	loop_free(&bench->loop);
	peer_finish(&bench->peer);
	assert_string_equal(bench->peer.wrong, "");
}

static inline void
bench_add_host(struct arena *arena, struct resolve_route *route, const char *name, uint16_t port)
{
	struct resolve_host *host = &route->host[route->hosts++];

	host->name = arena_strdup(arena, name);
	host->preference = (uint16_t)(10 * route->hosts);
	host->address = arena_zero(arena, sizeof *host->address);
	host->address->in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
		                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	host->addresses = 1;
}

/* bench_route - one host: the peer. Room for another before it is used. */
static inline struct resolve_route *
bench_route(struct bench *bench, struct arena **arena_out)
{
	struct resolve_route *route = resolve_build_new("example.net", arena_out);

	route->host = arena_zero(*arena_out, 4 * sizeof *route->host);
	route->tls = CONFIG_OUT_TLS_OPPORTUNISTIC;
	bench_add_host(*arena_out, route, "mx.example.net", bench->peer.port);
	return route;
}

static inline struct mail_body *
bench_body(const char *head, const char *text)
{
	return mail_body_new(mem_strdup(head), strlen(head), mem_strdup(text), strlen(text), 0);
}

/* bench_job - to a@, b@, c@... example.net. Takes route and body. */
static inline struct deliver_job *
bench_job(struct bench *bench, struct resolve_route *route, struct mail_body *body,
          size_t recipients)
{
	static const char *const address[] = { "a@example.net", "b@example.net", "c@example.net",
		                               "d@example.net" };
	struct deliver_job *job = mem_zero(1, sizeof *job);

	assert_true(recipients <= 4);
	job->back = (struct mailbox_return){ bench->asker, bench_on_job };
	job->context = bench;
	job->route = route;
	job->message_id = 7;
	job->return_path = "me@relay.example";
	job->body = body;
	job->recipient = mem_zero(recipients, sizeof *job->recipient);
	job->recipients = recipients;
	for (size_t i = 0; i < recipients; i++) {
		job->recipient[i].no = (uint32_t)i;
		job->recipient[i].address = address[i];
	}
	return job;
}

/* bench_deliver - send and wait for it. */
static inline struct deliver_job *
bench_deliver(struct bench *bench, struct deliver_job *job)
{
	deliver_send(bench->deliver, &job);
	bench_run(bench, &bench->back, bench->back + 1);
	return bench->done;
}

#endif
