/* bench_store.c - what a message costs the store: accept and outcome together.
 *
 *   bench_store [MESSAGES] [BATCH] [DISTINCT] [BODY_BYTES]
 *
 * Keeps BATCH messages under way: as many sessions would. Each accepted message
 * gets one delivered outcome. Prints CPU per message of the store thread alone
 * (its own clock) and of the process, latencies and fsyncs. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include "store_kit.h"

static double
cpu_us(const struct rusage *use)
{
	return (double)use->ru_utime.tv_sec * 1e6 + (double)use->ru_utime.tv_usec +
	       (double)use->ru_stime.tv_sec * 1e6 + (double)use->ru_stime.tv_usec;
}

static double
clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static size_t distinct, body_bytes;

static struct mail_message *
next_message(struct kit *kit, size_t n)
{
	char recipient[64];
	struct mail_message *message;

	snprintf(recipient, sizeof recipient, "user%zu@mail%zu.example", n * 7919 % distinct,
		 n * 7919 % distinct % 50);
	message = kit_message(kit, &(struct kit_message){ .text_bytes = body_bytes });
	message->recipient[0].address = arena_strdup(message->arena, recipient);
	message->recipient[0].domain = kit_domain(message->recipient[0].address);
	return message;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct run {
	struct kit kit;
	size_t sent, accepted, recorded, total;
	double *latency;
	double *started;
};

static void
on_recorded(struct mailbox_item *item, void *owner)
{
	struct store_record *record = (void *)item;
	struct run *run = owner;

	must(record->result == 0);
	run->recorded++;
	store_record_free(&record);
}

static void
on_accepted(struct mailbox_item *item, void *owner)
{
	struct run *run = owner;
	struct store_accept *request = (void *)item;
	struct mail_event event;
	struct store_record *record;

	must(request->result == 0);
	run->latency[run->accepted++] =
		clock_us(CLOCK_MONOTONIC) - run->started[(size_t)request->context];
	event = kit_event(request->message->id, 0, MAIL_EVENT_DELIVERED);
	record = mem_zero(1, sizeof *record);
	record->outcome = mem_zero(1, sizeof *record->outcome);
	record->outcomes = 1;
	record->outcome[0] = (struct store_outcome){ .event = mail_event_dup(&event),
						     .status = MAIL_STATUS_DELIVERED,
						     .is_final = true };
	record->back = (struct mailbox_return){ run->kit.box, on_recorded };
	kit_free_accept(request);
	store_record_send(run->kit.store, &record);
}

static void
send_one(struct run *run)
{
	struct store_accept *request = mem_zero(1, sizeof *request);

	request->message = next_message(&run->kit, run->sent);
	request->back = (struct mailbox_return){ run->kit.box, on_accepted };
	request->context = (void *)run->sent;
	run->started[run->sent++] = clock_us(CLOCK_MONOTONIC);
	must(store_accept_send(run->kit.store, &request));
}

/* ---- questions ------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct store_query query;
} question[] = {
	{ "exact address", { .recipient = { STORE_MATCH_EXACT, "user7@mail7.example" } } },
	{ "no such address", { .recipient = { STORE_MATCH_EXACT, "nobody@mail7.example" } } },
	{ "prefix", { .recipient = { STORE_MATCH_PREFIX, "user77" } } },
	{ "substring", { .recipient = { STORE_MATCH_SUBSTRING, "er777@" } } },
	{ "domain", { .recipient_domain = "mail7.example" } },
	{ "Message-ID, none", { .message_id = "nothing@shop.example" } },
	{ "bounces, none", { .statuses = 1u << MAIL_STATUS_BOUNCED } },
	{ "newest 50", { .limit = 50 } },
	{ "subject, none: all rows", { .subject = { STORE_MATCH_SUBSTRING, "zzz" } } },
};

static void
ask(struct kit *kit)
{
	for (size_t i = 0; i < sizeof question / sizeof question[0]; i++) {
		for (int warm = 0; warm <= 1; warm++) {
			double before = clock_us(CLOCK_MONOTONIC);
			struct store_search *got = kit_search(kit, &question[i].query);

			if (warm)
				printf("find %-24s %8.2f ms, %zu found, %zu rows judged%s\n",
				       question[i].name, (clock_us(CLOCK_MONOTONIC) - before) / 1e3,
				       got->result_set.count, (size_t)got->result_set.scanned,
				       got->result_set.timed_out ? ", timed out" : "");
			kit_free_search(got);
		}
	}
}

int
main(int argc, char **argv)
{
	size_t batch = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 100;
	struct run run = { .total = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 50000 };
	struct rusage before, after;
	struct store_stats stats;
	double wall, own;

	distinct = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 10000;
	body_bytes = argc > 4 ? (size_t)strtoul(argv[4], NULL, 10) : 4000;
	run.latency = mem_zero(run.total, sizeof(double));
	run.started = mem_zero(run.total, sizeof(double));
	kit_init(&run.kit);
	kit_must_open(&run.kit);
	getrusage(RUSAGE_SELF, &before);
	wall = clock_us(CLOCK_MONOTONIC);
	own = clock_us(CLOCK_THREAD_CPUTIME_ID);
	while (run.recorded < run.total) {
		struct mailbox_item *item;

		while (run.sent < run.total && run.sent - run.recorded < batch)
			send_one(&run);
		item = mailbox_wait(run.kit.box, 30000);
		must(item != NULL);
		while (item != NULL) {
			struct mailbox_item *next = item->next;

			item->fn(item, &run);
			item = next;
		}
	}
	wall = clock_us(CLOCK_MONOTONIC) - wall;
	own = clock_us(CLOCK_THREAD_CPUTIME_ID) - own;
	store_stats_read(run.kit.store, &stats);
	kit_close(&run.kit);
	getrusage(RUSAGE_SELF, &after);
	qsort(run.latency, run.total, sizeof(double), compare);
	printf("%zu messages of %zu bytes, %zu under way, %zu addresses\n", run.total, body_bytes,
	       batch, distinct);
	printf("store CPU      %7.1f us/message (accept + outcome + log)\n",
	       (cpu_us(&after) - cpu_us(&before) - own) / (double)run.total);
	printf("asker CPU      %7.1f us/message\n", own / (double)run.total);
	printf("rate           %7.0f messages/s\n", (double)run.total * 1e6 / wall);
	printf("ack            %7.2f ms median, %.2f p99, %.2f worst\n",
	       run.latency[run.total / 2] / 1e3, run.latency[run.total * 99 / 100] / 1e3,
	       run.latency[run.total - 1] / 1e3);
	printf("commits %lu, syncs %lu (%.3f/message), largest batch %lu, wal %lu KB, peak %ld "
	       "MB\n",
	       stats.commits, stats.syncs, (double)stats.syncs / (double)run.total,
	       stats.largest_batch, stats.wal_bytes / 1024, after.ru_maxrss / 1024);
	kit_must_open(&run.kit);
	ask(&run.kit);
	kit_remove(&run.kit);
	return 0;
}
