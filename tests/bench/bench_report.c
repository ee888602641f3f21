/* bench_report.c - how long a report over a large log takes.
 *
 *   bench_report [RECIPIENTS] [DISTINCT] [REPEATS]
 *
 * Fills a store with messages of the last fourteen days (a tenth put off once, a fiftieth
 * refused), then asks for seven days beside the seven before. Prints seconds and the
 * process's largest memory. */
#include <sys/resource.h>
#include <time.h>
#include "store_kit.h"
#include "store/store_report.h"

#define AT_ONCE 1000
#define SPAN_MS ((int64_t)14 * 86400000)

static double
seconds(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t
send_one(struct kit *kit, size_t n, size_t total, size_t distinct, int64_t from)
{
	struct kit_message wanted = { .text_bytes = 200 };
	struct mail_message *message;

	wanted.id = id_lowest_at(from + (int64_t)((double)n / (double)total * SPAN_MS)) + n % 1000;
	message = kit_message(kit, &wanted);
	message->credential = arena_printf(message->arena, "cred-%zu", n % 40);
	message->recipient[0].address =
		arena_printf(message->arena, "user%zu@mail%zu.example", n * 7919 % distinct,
	                     n * 7919 % distinct % 3000);
	message->recipient[0].domain = kit_domain(message->recipient[0].address);
	kit_send_accept(kit, message);
	return wanted.id;
}

static void
send_outcome(struct kit *kit, uint64_t id, size_t n, bool is_first)
{
	bool is_put_off = n % 10 == 0, is_refused = n % 50 == 1;
	struct mail_event event = kit_event(id, 0, is_first && is_put_off ? MAIL_EVENT_DEFERRED
	                                           : is_refused ? MAIL_EVENT_BOUNCED
	                                                        : MAIL_EVENT_DELIVERED);
	char site[32];

	snprintf(site, sizeof site, "site-%zu", n % 200);
	event.site = site;
	event.at_unix_ms = id_unix_ms(id) + 300 + (int64_t)(n * 31 % 9000);
	event.attempt = is_first ? 1 : 2;
	kit_send_record(kit, &event, event.kind == MAIL_EVENT_DEFERRED ? MAIL_STATUS_DEFERRED
	                             : is_refused ? MAIL_STATUS_BOUNCED : MAIL_STATUS_DELIVERED);
}

static size_t
outcomes(struct kit *kit, const uint64_t *id, size_t base, size_t n, bool is_first)
{
	size_t sent = 0;

	for (size_t i = 0; i < n; i++)
		if (is_first || (base + i) % 10 == 0) {
			send_outcome(kit, id[i], base + i, is_first);
			sent++;
		}
	for (size_t i = 0; i < sent; i++) {
		struct store_record *record = kit_wait(kit);

		must(record->result == 0);
		store_record_free(&record);
	}
	return sent;
}

static void
fill(struct kit *kit, size_t total, size_t distinct)
{
	int64_t from = clock_unix_ms() - SPAN_MS;
	uint64_t id[AT_ONCE];

	for (size_t done = 0; done < total; done += AT_ONCE) {
		for (size_t i = 0; i < AT_ONCE; i++)
			id[i] = send_one(kit, done + i, total, distinct, from);
		for (size_t i = 0; i < AT_ONCE; i++) {
			struct store_accept *request = kit_wait(kit);

			if (request->result != 0) {
				fprintf(stderr, "accept: %s\n", request->err.text);
				exit(1);
			}
			kit_free_accept(request);
		}
		outcomes(kit, id, done, AT_ONCE, true);
		outcomes(kit, id, done, AT_ONCE, false);
	}
}

static void
report(struct kit *kit)
{
	struct store_report *request = mem_zero(1, sizeof *request);
	double began = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct rusage use;

	request->back = kit_back(kit);
	request->arena = arena_new(0);
	request->until_unix_ms = clock_unix_ms();
	request->since_unix_ms = request->until_unix_ms - SPAN_MS / 2;
	request->timeout_ms = 300000;
	must(store_report_send(kit->store, &request));
	request = kit_wait(kit);
	must(request->result == 0);
	getrusage(RUSAGE_SELF, &use);
	printf("%llu recipients looked at (%llu in the time asked for): %.2f s, CPU %.2f s, "
	       "largest memory %ld MB\n",
	       (unsigned long long)request->scanned,
	       (unsigned long long)request->total.recipients, seconds(CLOCK_MONOTONIC) - began,
	       seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, use.ru_maxrss / 1024);
	arena_free(&request->arena);
	mem_free(request);
}

int
main(int argc, char **argv)
{
	size_t total = argc > 1 ? strtoul(argv[1], NULL, 10) : 300000;
	size_t distinct = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
	int repeats = argc > 3 ? (int)strtoul(argv[3], NULL, 10) : 3;
	struct kit kit;

	kit_init(&kit);
	kit_must_open(&kit);
	fill(&kit, total, distinct);
	printf("%zu recipients in %zu days of the log\n", total, kit_count_days(&kit));
	for (int i = 0; i < repeats; i++)
		report(&kit);
	kit_remove(&kit);
	return 0;
}
