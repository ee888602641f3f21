/* crash_store.c - kill -9 in the middle of the store's work, at each named fault
 * point and at random moments, over and over on the same folder.
 *
 *   crash_store [RANDOM_ROUNDS] [SEED]
 *   crash_store writer DIR POINT HIT SEED     (started by the above)
 *
 * The writer accepts messages of several days, some with large texts, and
 * delivers most; each answer it gets it reports on a pipe. Then, after every
 * death, a store opened on the folder must show:
 *   - every accepted message, once, in the queue or in the log;
 *   - every recorded outcome, and that recipient no longer in the queue;
 *   - no message twice in the queue, none in both after all was moved;
 *   - large texts complete, and no file in spool/ that no message names. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/log.h"
#include "base/map.h"
#include "base/rand.h"
#include "store/store_fault.h"
#include "store/store_spool.h"
#include "store_kit.h"

#define DAY_MS ((int64_t)86400000)
#define UNDER_WAY 48
#define WRITER_MESSAGES 6000 /* of one writer that is not killed */
#define SPOOL_TEXT_BYTES (200 * 1024)
#define OLD_DAYS 50

/* ---- the writer ------------------------------------------------------------------------ */

static const char *fault_point;
static atomic_int fault_hits_left;

static void
on_fault(const char *name)
{
	if (strcmp(name, fault_point) == 0 && atomic_fetch_sub(&fault_hits_left, 1) == 1)
		kill(getpid(), SIGKILL);
}

struct writer {
	struct kit kit;
	struct rand rand;
	size_t sent, under_way;
};

static void
report(char what, uint64_t id, uint64_t spool_id)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%c %llu %llu\n", what, (unsigned long long)id,
			 (unsigned long long)spool_id);

	must(write(STDOUT_FILENO, line, (size_t)n) == n);
}

static void
on_recorded(struct mailbox_item *item, void *owner)
{
	struct store_record *record = (void *)item;
	struct writer *writer = owner;

	must(record->result == 0);
	if (record->outcome[0].is_final)
		report('R', record->outcome[0].event->message_id, 0);
	store_record_free(&record);
	writer->under_way--;
}

/* on_accepted - 1 in 8 stays in the queue, 1 in 8 is deferred first. */
static void
on_accepted(struct mailbox_item *item, void *owner)
{
	struct store_accept *request = (void *)item;
	struct writer *writer = owner;
	uint32_t fate = rand_below(&writer->rand, 8);
	uint64_t id = request->message->id;
	struct mail_event event =
		kit_event(id, 0, fate == 1 ? MAIL_EVENT_DEFERRED : MAIL_EVENT_DELIVERED);

	must(request->result == 0);
	report('A', id, request->message->body->spool_id);
	kit_free_accept(request);
	if (fate == 0) {
		writer->under_way--;
		return;
	}
	for (uint32_t times = fate == 1 ? 2 : 1; times > 0; times--) {
		bool is_final = times == 1;
		struct store_record *record = mem_zero(1, sizeof *record);

		if (is_final)
			event.kind = MAIL_EVENT_DELIVERED;
		else
			writer->under_way++;
		record->back = (struct mailbox_return){ writer->kit.box, on_recorded };
		record->outcomes = 1;
		record->outcome = mem_zero(1, sizeof *record->outcome);
		record->outcome[0] = (struct store_outcome){
			.event = mail_event_dup(&event),
			.status = is_final ? MAIL_STATUS_DELIVERED : MAIL_STATUS_DEFERRED,
			.is_final = is_final,
		};
		store_record_send(writer->kit.store, &record);
	}
}

static void
send_accept(struct writer *writer, struct mail_message *message)
{
	struct store_accept *request = mem_zero(1, sizeof *request);

	request->back = (struct mailbox_return){ writer->kit.box, on_accepted };
	request->message = message;
	must(store_accept_send(writer->kit.store, &request));
}

struct spooled { /* a large text on its way, with the message that names it */
	struct store_spool_op op;
	struct mail_message *message;
};

static void
on_chunk(struct mailbox_item *item, void *owner)
{
	struct spooled *spooled = (void *)item;
	struct writer *writer = owner;

	must(spooled->op.result == 0);
	if (spooled->op.is_last)
		send_accept(writer, spooled->message);
	mem_free(spooled);
}

static void
send_spooled(struct writer *writer, struct mail_message *message)
{
	uint64_t sent = 0;

	message->body->text_bytes = SPOOL_TEXT_BYTES;
	while (sent < SPOOL_TEXT_BYTES) {
		struct spooled *spooled = mem_zero(1, sizeof *spooled);
		struct store_spool_op *op = &spooled->op;

		op->n = SPOOL_TEXT_BYTES - sent < STORE_SPOOL_CHUNK_BYTES
				? (size_t)(SPOOL_TEXT_BYTES - sent)
				: STORE_SPOOL_CHUNK_BYTES;
		op->bytes = mem_alloc(op->n);
		memset(op->bytes, 'y', op->n);
		op->spool_id = message->body->spool_id;
		op->back = (struct mailbox_return){ writer->kit.box, on_chunk };
		sent += op->n;
		op->is_last = sent == SPOOL_TEXT_BYTES;
		spooled->message = message;
		store_spool_write(writer->kit.store, &op);
	}
}

static void
send_message(struct writer *writer)
{
	int64_t now = clock_unix_ms() - rand_below(&writer->rand, 3) * DAY_MS;
	struct kit_message wanted = { .text_bytes = rand_below(&writer->rand, 3000) + 1,
				      .tag = "t" };
	struct id_gen old; /* ids of earlier days: unique by their sequence */

	id_gen_init(&old, 2 + (uint32_t)(writer->sent >> 10 & 127),
		    (uint32_t)(writer->sent >> 6 & 15), 0);
	wanted.id = id_gen_next(&old, now) | (writer->sent & 63);
	if (writer->sent % 40 == 7)
		wanted.spool_id = wanted.id;
	writer->sent++;
	writer->under_way++;
	if (wanted.spool_id != 0)
		send_spooled(writer, kit_message(&writer->kit, &wanted));
	else
		send_accept(writer, kit_message(&writer->kit, &wanted));
}

/* add_old_days - files that are too old to be kept: there is something to unlink. */
static void
add_old_days(const char *dir)
{
	char path[128], day[CLOCK_DAY_SIZE];

	snprintf(path, sizeof path, "%s/log", dir);
	mkdir(path, 0700);
	for (int i = 0; i < OLD_DAYS; i++) {
		clock_format_day(clock_unix_ms() - (60 + i) * DAY_MS, day);
		snprintf(path, sizeof path, "%s/log/%s.db", dir, day);
		close(open(path, O_WRONLY | O_CREAT, 0600));
	}
}

static int
write_until_killed(char **argv)
{
	struct writer writer = { .sent = 0 };
	struct err err;

	fault_point = argv[1];
	fault_hits_left = (int)strtol(argv[2], NULL, 10);
	if (fault_point[0] != 0)
		store_fault_hook = on_fault;
	log_set_level(LOG_ERROR);
	rand_init(&writer.rand, (uint64_t)strtoull(argv[3], NULL, 10));
	kit_init(&writer.kit);
	rmdir(writer.kit.dir);
	snprintf(writer.kit.dir, sizeof writer.kit.dir, "%s", argv[0]);
	writer.kit.options.log_keep_ms = 30 * DAY_MS;
	add_old_days(argv[0]);
	if (kit_open(&writer.kit, &err) != 0) {
		fprintf(stderr, "writer: %s\n", err.text);
		return 1;
	}
	while (writer.sent < WRITER_MESSAGES || writer.under_way > 0) {
		struct mailbox_item *item;

		while (writer.under_way < UNDER_WAY && writer.sent < WRITER_MESSAGES)
			send_message(&writer);
		item = mailbox_wait(writer.kit.box, 60000);
		must(item != NULL);
		while (item != NULL) {
			struct mailbox_item *next = item->next;

			item->fn(item, &writer);
			item = next;
		}
	}
	kit_close(&writer.kit);
	mailbox_free(&writer.kit.box);
	return 0;
}

/* ---- what must be true afterwards ---------------------------------------------------------- */

enum { ACCEPTED = 1, RECORDED = 2, QUEUED = 4, SPOOLED = 8 };

struct known { /* of one message, over all rounds */
	uint64_t id;
	unsigned flags;
};

struct check {
	struct kit kit;
	struct map *known; /* id -> struct known */
	size_t failures, queued;
};

static struct known *
known_of(struct check *check, uint64_t id)
{
	struct known *known = map_get(check->known, map_key_u64(&id));

	if (known == NULL) {
		known = mem_zero(1, sizeof *known);
		known->id = id;
		map_put(check->known, map_key_u64(&id), known);
	}
	return known;
}

static void
fail(struct check *check, const char *what, uint64_t id)
{
	char text[ID_TEXT_SIZE];

	id_format(id, text);
	fprintf(stderr, "crash: %s: %s\n", text, what);
	check->failures++;
}

static void
on_queued(const struct store_queued *queued, void *arg)
{
	struct check *check = arg;
	struct known *known = known_of(check, queued->id);

	check->queued++;
	if (known->flags & QUEUED)
		fail(check, "twice in the queue", queued->id);
	if (known->flags & RECORDED)
		fail(check, "in the queue although its outcome was recorded", queued->id);
	known->flags |= QUEUED;
}

static void
check_log(struct check *check, const struct known *known)
{
	const struct store_query by_text = { .id = known->id,
					     .subject = { STORE_MATCH_SUBSTRING, "r order" } };
	struct store_search *got =
		kit_search(&check->kit, &(struct store_query){ .id = known->id });
	const struct store_found *found = got->result_set.found;

	if (got->result != 0)
		fail(check, got->err.text, known->id);
	else if (got->result_set.count != 1)
		fail(check, got->result_set.count == 0 ? "accepted, and lost" : "found twice",
		     known->id);
	else if (known->flags & RECORDED && found->status != MAIL_STATUS_DELIVERED)
		fail(check, "recorded, but the log does not say so", known->id);
	else if (!got->result_set.is_complete)
		fail(check, "the log calls itself incomplete", known->id);
	kit_free_search(got);
	got = kit_search(&check->kit, &by_text);
	if (got->result != 0 || got->result_set.count != 1)
		fail(check, "not found by its subject", known->id);
	kit_free_search(got);
}

static void
check_spool(struct check *check)
{
	char path[128];
	struct dirent *entry;
	struct span key;
	size_t cursor = 0;
	uint64_t id;
	void *value;
	DIR *dir;

	snprintf(path, sizeof path, "%s/spool", check->kit.dir);
	dir = opendir(path);
	while ((entry = readdir(dir)) != NULL)
		if (id_parse(span_of(entry->d_name), &id) &&
		    !(known_of(check, id)->flags & (QUEUED | ACCEPTED)))
			fail(check, "a file in spool/ that no message names", id);
	closedir(dir);
	while (map_next(check->known, &cursor, &key, &value)) {
		const struct known *known = value;
		char name[ID_TEXT_SIZE];
		struct stat info;

		if ((known->flags & (SPOOLED | QUEUED)) != (SPOOLED | QUEUED))
			continue;
		id_format(known->id, name);
		snprintf(path, sizeof path, "%s/spool/%s", check->kit.dir, name);
		if (stat(path, &info) != 0 || info.st_size != SPOOL_TEXT_BYTES)
			fail(check, "its text in spool/ is missing or short", known->id);
	}
}

static void
check_all(struct check *check, bool with_log)
{
	struct span key;
	size_t cursor = 0;
	struct err err;
	void *value;

	while (map_next(check->known, &cursor, &key, &value))
		((struct known *)value)->flags &= ~(unsigned)QUEUED;
	check->queued = 0;
	check->kit.store = store_open(&check->kit.options, &err);
	if (check->kit.store == NULL ||
	    store_load_queue(check->kit.store, on_queued, check, &err) != 0 ||
	    store_start(check->kit.store, &err) != 0) {
		fail(check, err.text, 0);
		kit_close(&check->kit);
		return;
	}
	check_spool(check);
	cursor = 0;
	while (map_next(check->known, &cursor, &key, &value)) {
		const struct known *known = value;

		if (known->flags & ACCEPTED && (with_log || !(known->flags & QUEUED)))
			check_log(check, known);
	}
	kit_close(&check->kit);
}

/* ---- rounds ------------------------------------------------------------------------------------
 */

static pid_t
start_writer(struct check *check, const char *point, int hit, uint64_t seed, int *pipe_out)
{
	char hit_text[16], seed_text[32];
	int ends[2];
	pid_t pid;

	must(pipe(ends) == 0);
	snprintf(hit_text, sizeof hit_text, "%d", hit);
	snprintf(seed_text, sizeof seed_text, "%llu", (unsigned long long)seed);
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/proc/self/exe", "crash_store", "writer", check->kit.dir, point, hit_text,
		      seed_text, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*pipe_out = ends[0];
	return pid;
}

/* read_answers - until the writer is gone; kill it after so many lines (0: never). */
static size_t
read_answers(struct check *check, int fd, pid_t pid, size_t kill_after)
{
	FILE *in = fdopen(fd, "r");
	unsigned long long id, spool_id;
	size_t lines = 0;
	char what;

	/* a last line that was cut short counts only when it is whole */
	while (fscanf(in, "%c %llu %llu", &what, &id, &spool_id) == 3 && fgetc(in) == '\n') {
		known_of(check, id)->flags |= what == 'A' ? ACCEPTED : RECORDED;
		if (spool_id != 0)
			known_of(check, id)->flags |= SPOOLED;
		if (++lines == kill_after)
			kill(pid, SIGKILL);
	}
	fclose(in);
	return lines;
}

static bool
round_with(struct check *check, const char *point, int hit, uint64_t seed, size_t kill_after)
{
	int fd, status;
	pid_t pid = start_writer(check, point, hit, seed, &fd);

	read_answers(check, fd, pid, kill_after);
	must(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		fail(check, "the writer failed", 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static const char *const point_name[] = {
#define POINT(name) #name,
	STORE_FAULT_POINTS(POINT)
#undef POINT
};

static void
check_init(struct check *check)
{
	memset(check, 0, sizeof *check);
	kit_init(&check->kit);
	check->kit.options.log_keep_ms = 30 * DAY_MS;
	check->known = map_new();
}

static void
check_deinit(struct check *check)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(check->known, &cursor, &key, &value))
		mem_free(value);
	map_free(&check->known);
	kit_remove(&check->kit);
}

int
main(int argc, char **argv)
{
	static const int hit[] = { 1, 3, 30 };
	size_t rounds = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 20, died = 0, failures = 0;
	size_t points = sizeof point_name / sizeof point_name[0], messages = 0;
	struct check check;
	struct rand rand;
	uint64_t seed;

	if (argc == 6 && strcmp(argv[1], "writer") == 0)
		return write_until_killed(argv + 2);
	rand_secret(&seed, sizeof seed);
	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : seed % 1000000;
	rand_init(&rand, seed);
	log_set_level(LOG_ERROR);
	for (size_t i = 0; i < points; i++) {
		size_t reached = 0;

		check_init(&check);
		for (size_t n = 0; n < sizeof hit / sizeof hit[0]; n++) {
			reached += round_with(&check, point_name[i], hit[n], rand_next(&rand), 0);
			check_all(&check, false);
		}
		died += reached;
		printf("crash: %-18s %zu of 3 died there, %zu messages known, %zu in the queue\n",
		       point_name[i], reached, map_count(check.known), check.queued);
		messages += map_count(check.known);
		failures += check.failures;
		check_deinit(&check);
	}
	check_init(&check);
	for (size_t i = 0; i < rounds; i++) {
		died += round_with(&check, "", 0, rand_next(&rand), 1 + rand_below(&rand, 9000));
		check_all(&check, i + 1 == rounds);
	}
	printf("crash: %zu random deaths, %zu messages known, %zu in the queue\n", rounds,
	       map_count(check.known), check.queued);
	messages += map_count(check.known);
	failures += check.failures;
	check_deinit(&check);
	printf("crash: %zu deaths, %zu messages, %zu failures (seed %llu)\n", died, messages,
	       failures, (unsigned long long)seed);
	return failures == 0 ? 0 : 1;
}
