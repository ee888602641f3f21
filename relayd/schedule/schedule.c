/* schedule.c - the scheduler's thread: its mailboxes, its start and end.
 *
 * Handlers only change state and ask for a turn (schedule_turn.c), so a thousand
 * submissions cost one. Invariants: what the store has committed is in memory here
 * until its final outcome was sent to the store; nothing is in two states. Thread:
 * scheduler, but for what the header says. */
#include "schedule/schedule.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_credential.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_migrate.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"

#define ASKS_MAX 1024              /* operators' questions under way */
#define STOP_MARGIN_MS 3000        /* deliver cuts its sessions at the end of its grace */

/* ---- messages from other threads ----------------------------------------------------- */

struct submission {
	struct mailbox_item item;
	struct mail_message *message;
};

static void
on_submit(struct mailbox_item *item, void *owner)
{
	struct submission *submission = (struct submission *)(void *)item;
	struct schedule *s = owner;

	if (s) {
		schedule_read_clock(s);
		schedule_message_accept(s, &submission->message);
		schedule_wake(s);
	}
	mail_message_free(&submission->message); /* at the end: the store has it */
	mem_free(submission);
}

void
schedule_submit(struct schedule *s, struct mail_message **message)
{
	struct submission *submission = mem_zero(1, sizeof *submission);
	struct mailbox_item *item = &submission->item;

	item->fn = on_submit;
	submission->message = *message;
	*message = NULL;
	mailbox_send(s->mailbox, &item);
}

bool
schedule_ask_send(struct schedule *s, struct schedule_ask **ask)
{
	struct mailbox_item *item = &(*ask)->item;

	item->fn = schedule_ask_answer;
	if (!mailbox_try_send(s->asks, &item))
		return false;
	*ask = NULL;
	return true;
}

struct order { /* from the main thread */
	struct mailbox_item item;
	struct config *config;     /* a reference */
	struct account_snapshot *accounts; /* a reference */
	struct suppress_set *suppressions; /* a reference */
	int64_t grace_ms;
};

static void
send_order(struct schedule *s, mailbox_fn fn, const struct order *content)
{
	struct order *order = mem_copy(content, sizeof *order);
	struct mailbox_item *item = &order->item;

	item->fn = fn;
	mailbox_send(s->mailbox, &item);
}

/* Routes may be others now, and with them sites: everybody asks again. Sites that
 * stay keep what they know. */
static void
on_reconfigure(struct mailbox_item *item, void *owner)
{
	struct order *order = (struct order *)(void *)item;
	struct schedule *s = owner;

	if (s) {
		struct config *old = s->config;

		schedule_read_clock(s);
		s->config = order->config;
		order->config = NULL;
		pace_rules_free(&s->rules);
		s->rules = pace_rules_new(s->config);
		config_unref(&old);
		schedule_source_remember(s);
		for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next)
			schedule_site_configure(s, LIST_OWNER(l, struct schedule_site, in_all));
		for (size_t i = 0; i < s->queue_count; i++)
			schedule_queue_unroute(s, s->queue[i]);
		schedule_slot_close_all(s);
		schedule_wake(s);
	}
	config_unref(&order->config);
	mem_free(order);
}

void
schedule_reconfigure(struct schedule *s, const struct config *config)
{
	send_order(s, on_reconfigure, &(struct order){ .config = config_ref(config) });
}

static void
on_accounts(struct mailbox_item *item, void *owner)
{
	struct order *order = (struct order *)(void *)item;
	struct schedule *s = owner;

	if (s) {
		struct account_snapshot *old = s->accounts;

		schedule_read_clock(s);
		s->accounts = order->accounts;
		order->accounts = NULL;
		schedule_credential_renew_all(s, old);
		account_snapshot_unref(&old);
		schedule_wake(s);
	}
	account_snapshot_unref(&order->accounts);
	mem_free(order);
}

void
schedule_set_accounts(struct schedule *s, struct account_snapshot *accounts)
{
	send_order(s, on_accounts,
	           &(struct order){ .accounts = account_snapshot_ref(accounts) });
}

static void
on_suppressions(struct mailbox_item *item, void *owner)
{
	struct order *order = (struct order *)(void *)item;
	struct schedule *s = owner;

	if (s) {
		suppress_set_unref(&s->suppressions);
		s->suppressions = order->suppressions;
		order->suppressions = NULL;
	}
	suppress_set_unref(&order->suppressions);
	mem_free(order);
}

void
schedule_set_suppressions(struct schedule *s, struct suppress_set *set)
{
	send_order(s, on_suppressions, &(struct order){ .suppressions = suppress_set_ref(set) });
}

static void
on_stop(struct mailbox_item *item, void *owner)
{
	struct order *order = (struct order *)(void *)item;
	struct schedule *s = owner;

	if (s) {
		schedule_read_clock(s);
		s->is_stopping = true;
		s->stop_mono_ms = s->now_mono_ms + order->grace_ms + STOP_MARGIN_MS;
		schedule_slot_close_all(s);
		schedule_wake(s);
	}
	mem_free(order);
}

void
schedule_counts_read(struct schedule *s, struct schedule_counts *counts_out)
{
	*counts_out = (struct schedule_counts){
		.queued = atomic_load_explicit(&s->shown.queued, memory_order_relaxed),
		.deferred = atomic_load_explicit(&s->shown.deferred, memory_order_relaxed),
		.held = atomic_load_explicit(&s->shown.held, memory_order_relaxed),
		.active = atomic_load_explicit(&s->shown.active, memory_order_relaxed),
		.connections = atomic_load_explicit(&s->shown.connections, memory_order_relaxed) };
}

/* ---- start and end ------------------------------------------------------------------- */

static void
init_lists(struct schedule *s)
{
	struct list *const lists[] = { &s->all_sites, &s->dirty, &s->starved, &s->sweep,
		                       &s->to_ask, &s->idle_queues, &s->idle_slots, &s->kept,
		                       &s->unrecorded, &s->throttles, &s->unsaved,
		                       &s->unsaved_warmups, &s->withdrawals, &s->labels,
		                       &s->graces, &s->hold_rules, &s->ways,
		                       &s->unsaved_migrations };
	struct schedule_table *const tables[] = { &s->messages, &s->credentials, &s->lanes,
		                                  &s->flows, &s->streams };

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		list_init(lists[i]);
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		schedule_table_init(tables[i]);
	for (int i = 0; i < SCHEDULE_DUE_COUNT; i++)
		heap_init(&s->due[i]);
	s->notice_by_mono_ms = INT64_MAX;
	s->queues = map_new();
	s->holds = map_new();
	s->sites = map_new();
	s->exchanges = map_new();
	s->sources = map_new();
	s->saved = map_new();
	s->warmups = map_new();
	s->migrations = map_new();
}

struct schedule *
schedule_new(const struct schedule_options *options, struct err *err)
{
	struct loop *loop = loop_new("schedule", err);
	struct schedule *s;

	must(options->delivers > 0);
	if (loop == NULL)
		return NULL;
	s = mem_zero(1, sizeof *s);
	s->loop = loop;
	s->mailbox = mailbox_new("schedule", 0, s, err); /* nobody is refused there */
	s->asks = mailbox_new("schedule.asks", ASKS_MAX, s, err);
	if (s->mailbox == NULL || s->asks == NULL) {
		mailbox_free(&s->mailbox);
		mailbox_free(&s->asks);
		loop_free(&s->loop);
		mem_free(s);
		return NULL;
	}
	mailbox_attach(s->mailbox, loop);
	mailbox_attach(s->asks, loop);
	s->store = options->store;
	s->resolve = options->resolve;
	s->notify = options->notify;
	s->notice_due = options->notice_due;
	s->notice_arg = options->notice_arg;
	s->delivers = options->delivers;
	s->deliver = mem_copy(options->deliver, options->delivers * sizeof(struct deliver *));
	s->worker_slots = mem_zero(options->delivers, sizeof *s->worker_slots);
	s->config = config_ref(options->config);
	s->accounts = account_snapshot_ref(options->accounts);
	s->suppress = options->suppress;
	s->suppressions = options->suppressions ? suppress_set_ref(options->suppressions) : NULL;
	s->rules = pace_rules_new(s->config);
	rand_init_secret(&s->rand);
	init_lists(s);
	schedule_source_remember(s);
	loop_timer_init(&s->turn, loop, schedule_turn, s);
	schedule_read_clock(s);
	return s;
}

void
schedule_load(struct schedule *s, const struct store_queued *queued)
{
	must_be_on(s->loop);
	schedule_read_clock(s);
	schedule_message_load(s, queued);
}

void
schedule_load_pace(struct schedule *s, const struct store_pace *pace)
{
	must_be_on(s->loop);
	schedule_saved_load(s, pace);
}

void
schedule_load_throttle(struct schedule *s, const struct store_throttle *throttle)
{
	must_be_on(s->loop);
	schedule_read_clock(s);
	schedule_throttle_load(s, throttle);
}

void
schedule_load_warmup(struct schedule *s, const struct store_warmup *warmup)
{
	must_be_on(s->loop);
	schedule_read_clock(s);
	schedule_warmup_load(s, warmup);
}

void
schedule_load_source_stop(struct schedule *s, const struct store_source_stop *stop)
{
	must_be_on(s->loop);
	schedule_read_clock(s);
	schedule_off_load(s, stop);
}

void
schedule_load_migration(struct schedule *s, const struct store_migrate *row)
{
	must_be_on(s->loop);
	schedule_migrate_load(s, row);
}

void
schedule_load_migration_result(struct schedule *s, const struct store_migrate_result *row)
{
	must_be_on(s->loop);
	schedule_migrate_load_result(s, row);
}

void
schedule_load_migration_evidence(struct schedule *s, const struct store_migrate_evidence *row)
{
	must_be_on(s->loop);
	schedule_migrate_load_evidence(s, row);
}

void
schedule_load_hold(struct schedule *s, const struct store_hold *hold)
{
	must_be_on(s->loop);
	schedule_read_clock(s);
	schedule_hold_load(s, hold);
}

static void *
run(void *arg)
{
	struct schedule *s = arg;

	loop_run(s->loop);
	return NULL;
}

int
schedule_start(struct schedule *s, struct err *err)
{
	const struct mailbox_return gone = { s->mailbox, schedule_slot_gone };
	int rc;

	for (size_t i = 0; i < s->delivers; i++)
		deliver_set_gone(s->deliver[i], &gone);
	schedule_read_clock(s);
	schedule_site_revive(s); /* what stands there is known before there is mail for it */
	schedule_show_counts(s);
	schedule_wake(s);
	rc = pthread_create(&s->thread, NULL, run, s);
	if (rc != 0)
		return err_errno(err, rc, "cannot start the scheduler's thread");
	s->is_started = true;
	return 0;
}

void
schedule_stop(struct schedule *s, int64_t grace_ms)
{
	if (!s->is_started)
		return;
	send_order(s, on_stop, &(struct order){ .grace_ms = grace_ms });
	must(pthread_join(s->thread, NULL) == 0);
	s->is_started = false;
}

static void
free_slots(struct schedule *s)
{
	for (uint32_t i = 0; i < s->handles; i++) {
		struct schedule_slot *slot = s->handle[i].slot;

		if (slot == NULL)
			continue;
		if (slot->job)
			deliver_job_free(&slot->job);
		schedule_slot_free(s, slot);
	}
}

static void
free_tables(struct schedule *s)
{
	schedule_table_deinit(&s->messages);
	schedule_table_deinit(&s->credentials);
	schedule_table_deinit(&s->lanes);
	schedule_table_deinit(&s->flows);
	schedule_table_deinit(&s->streams);
	for (int i = 0; i < SCHEDULE_DUE_COUNT; i++)
		heap_deinit(&s->due[i]);
	map_free(&s->queues);
	map_free(&s->holds);
	map_free(&s->sites);
	map_free(&s->exchanges);
}

void
schedule_free(struct schedule **schedule)
{
	struct schedule *s = *schedule;

	if (s == NULL)
		return;
	must(!s->is_started);
	s->is_stopping = true; /* nothing below starts anything */
	mailbox_free(&s->asks);
	mailbox_free(&s->mailbox);
	schedule_withdraw_free_all(s);
	schedule_grace_free_all(s);
	free_slots(s);
	schedule_message_free_all(s);
	while (s->queue_count > 0) {
		s->queue[0]->is_asked = false;
		schedule_queue_free(s, s->queue[0]);
	}
	schedule_site_free_all(s);
	schedule_hold_free_all(s);
	schedule_throttle_free_all(s);
	schedule_saved_free_all(s);
	schedule_warmup_free_all(s);
	schedule_record_free_all(s);
	schedule_migrate_free_all(s);
	schedule_source_free_all(s);
	free_tables(s);
	loop_timer_deinit(&s->turn);
	loop_free(&s->loop);
	pace_rules_free(&s->rules);
	suppress_set_unref(&s->suppressions);
	config_unref(&s->config);
	account_snapshot_unref(&s->accounts);
	mem_free(s->queue);
	mem_free(s->handle);
	mem_free(s->deliver);
	mem_free(s->worker_slots);
	mem_free(s);
	*schedule = NULL;
}
