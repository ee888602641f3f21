/* What the scheduler does with messages: delivered, deferred, stopped by a site,
 * bounced, held, expired; and what it says about them. */
#include "world.h"

/* ---- delivery ---------------------------------------------------------------------------- */

static void
delivered_with_all_facts(void **state)
{
	struct notify_totals totals;
	const struct world_outcome *o;
	uint64_t id = submit_to("a@one.example");

	(void)state;
	world_run_finals(1);
	world_settle();
	o = outcome_of("a@one.example", 0);
	assert_non_null(o);
	assert_int_equal(o->message_id, id);
	assert_int_equal(o->status, MAIL_STATUS_DELIVERED);
	assert_int_equal(o->attempt, 1);
	assert_string_equal(o->credential, "shop");
	assert_string_equal(o->sender_domain, "shop.example");
	assert_string_equal(o->site, "mx.one.example");
	notify_totals_read(world.notify, &totals);
	assert_int_equal(totals.delivered, 1);
	assert_int_equal(world.s->messages.count, 0);
	assert_int_equal(world.s->credentials.count, 0);
	assert_int_equal(world.s->lanes.count, 0);
}

static bool
count_recipients(struct deliver_job *job)
{
	answer_all(job, &accepted);
	world.refused += job->recipients; /* borrowed as a counter */
	return true;
}

static void
shared_mx(struct world_route *r)
{
	snprintf(r->name, sizeof r->name, "mx.shared.example");
}

static void
siblings_share_a_transaction(void **state)
{
	(void)state;
	world.deliver = count_recipients;
	world.resolve = shared_mx;
	/* the route is learnt first: with it, the whole message goes at once */
	world_submit(&(struct letter){ .to = { "x@one.example", "x@two.example" } });
	world_run_finals(2);
	world.jobs = 0;
	world_submit(&(struct letter){
		.to = { "a@one.example", "b@two.example", "c@one.example", "d@two.example" } });
	world_run_finals(6);
	assert_int_equal(world.jobs, 1);
}

static void
recipients_per_message_is_a_limit(void **state)
{
	(void)state;
	world.config.delivery.recipients_per_message = 3;
	world_submit(&(struct letter){ .to = { "a@one.example", "b@one.example", "c@one.example",
					       "d@one.example", "e@one.example", "f@one.example",
					       "g@one.example" } });
	world_run_finals(7);
	assert_int_equal(world.jobs, 3);
}

static bool
too_many_recipients(struct deliver_job *job)
{
	job->end = DELIVER_DONE; /* the server answers two, then 452 */
	for (size_t i = 0; i < job->recipients && i < 2; i++)
		answer_one(&job->recipient[i], &accepted);
	return true;
}

static void
too_many_recipients_go_again(void **state)
{
	(void)state;
	world.deliver = too_many_recipients;
	world_submit(&(struct letter){ .to = { "a@one.example", "b@one.example", "c@one.example",
					       "d@one.example", "e@one.example" } });
	world_run_finals(5);
	assert_int_equal(world.deferrals, 0);
	assert_int_equal(outcome_of("e@one.example", 0)->attempt, 1);
	assert_int_equal(world.jobs, 3);
}

/* ---- connections ------------------------------------------------------------------------------
 */

static void
answer_kept(size_t i)
{
	struct deliver_job *job = world.kept[i];

	world.kept[i] = NULL;
	answer_all(job, &accepted);
	world_answer(job);
}

static void
connections_of_a_site_are_capped(void **state)
{
	char to[32];

	(void)state;
	world.deliver = keep_all;
	for (int i = 0; i < 20; i++) {
		snprintf(to, sizeof to, "a%d@one.example", i);
		submit_to(to);
	}
	world_run_kept(4);
	world_settle();
	assert_int_equal(world.kept_count, 4);
	assert_int_equal(world.s->slots, 4);
	for (size_t i = 0; i < 20; i++) {
		world_run_kept(i + 1);
		answer_kept(i);
	}
	world_run_finals(20);
	assert_int_equal(world.open_max, 4);
	assert_int_equal(world.opened, 4);
}

static void
a_connection_takes_so_many_messages(void **state)
{
	(void)state;
	world.config.delivery.messages_per_connection = 2;
	world.config.delivery.max_connections = 1;
	schedule_reconfigure(world.s, &world.config);
	for (int i = 0; i < 6; i++)
		submit_to("a@one.example");
	world_run_finals(6);
	assert_int_equal(world.opened, 3);
	assert_int_equal(world.open_max, 1);
}

static void
total_connections_leave_one_for_everybody(void **state)
{
	char to[32];

	(void)state;
	world.config.delivery.total_connections = 3;
	for (int i = 0; i < 40; i++) {
		submit_to("a@busy.example");
		submit_to("b@busy.example");
	}
	for (int i = 0; i < 6; i++) {
		snprintf(to, sizeof to, "a@quiet%d.example", i);
		submit_to(to);
	}
	world_run_finals(86);
	assert_in_range(world.open_max, 1, 3);
	/* the quiet ones did not wait for all of the busy one */
	for (int i = 0; i < 6; i++) {
		snprintf(to, sizeof to, "a@quiet%d.example", i);
		assert_true(outcome_of(to, 0) < &world.outcome[60]);
	}
}

static void
send_gone(struct deliver_job *job)
{
	struct deliver_gone *gone = mem_zero(1, sizeof *gone);

	gone->context = job->context;
	gone->conn_id = job->conn_id;
	world.open--;
	mailbox_answer(&world.gone, &gone->item);
}

static void *last_handle;
static uint64_t last_conn;

static bool
remember_job(struct deliver_job *job)
{
	last_handle = job->context;
	last_conn = job->conn_id;
	return accept_all(job);
}

static void
a_connection_that_went_is_forgotten(void **state)
{
	struct deliver_job notice = { 0 };

	(void)state;
	world.deliver = remember_job;
	submit_to("a@one.example");
	world_run_finals(1);
	world_settle();
	assert_int_equal(world.s->slots, 1);
	notice.context = last_handle;
	notice.conn_id = last_conn;
	send_gone(&notice);
	send_gone(&notice); /* twice, and late: names nobody any more */
	world_settle();
	assert_int_equal(world.s->slots, 0);
	submit_to("b@one.example");
	world_run_finals(2);
	assert_int_equal(world.opened, 2);
}

/* ---- deferrals ----------------------------------------------------------------------------------
 */

static bool
greylist_first(struct deliver_job *job)
{
	if (world.jobs <= 2)
		answer_all(job, &greylisted);
	else
		answer_all(job, &accepted);
	return true;
}

static void
greylisted_then_delivered(void **state)
{
	(void)state;
	world.deliver = greylist_first;
	submit_to("a@one.example");
	world_run_finals(1);
	assert_int_equal(world.outcomes, 3);
	assert_int_equal(world.outcome[0].kind, MAIL_EVENT_DEFERRED);
	assert_int_equal(world.outcome[0].status, MAIL_STATUS_DEFERRED);
	assert_int_equal(world.outcome[0].attempt, 1);
	assert_int_equal(world.outcome[1].attempt, 2);
	assert_int_equal(world.outcome[2].attempt, 3);
	assert_in_range(world.outcome[0].next_attempt_unix_ms - world.outcome[0].at_unix_ms, 15,
			30);
	assert_in_range(world.outcome[1].next_attempt_unix_ms - world.outcome[1].at_unix_ms, 30,
			55);
	assert_in_range(world.outcome[1].at_unix_ms - world.outcome[0].at_unix_ms, 15, 5000);
	assert_string_equal(world.outcome[0].reply, "4.7.1 greylisted");
}

static bool
bounce_all(struct deliver_job *job)
{
	answer_all(job, &unknown);
	return true;
}

static void
bounced_at_once(void **state)
{
	(void)state;
	world.deliver = bounce_all;
	submit_to("a@one.example");
	world_run_finals(1);
	assert_int_equal(world.outcome[0].kind, MAIL_EVENT_BOUNCED);
	assert_int_equal(world.outcome[0].status, MAIL_STATUS_BOUNCED);
	assert_int_equal(world.outcomes, 1);
}

static const struct answer connection_cut = {
	0, { 4, 4, 2 }, VERDICT_NETWORK_ERROR, RECORD_MESSAGE, 0, "lost in the middle"
};

static bool
cut_first(struct deliver_job *job)
{
	if (world.jobs > 2)
		return accept_all(job);
	fail_job(job, DELIVER_LOST, &connection_cut);
	return true;
}

/* untried, but it is this mail that ends sessions: its own retry, not a hot loop */
static void
a_message_that_ends_sessions_waits(void **state)
{
	(void)state;
	world.deliver = cut_first;
	submit_to("a@one.example");
	world_run_finals(1);
	assert_int_equal(world.deferrals, 2);
	assert_int_equal(world.outcome[2].attempt, 3);
}

static bool
lose_first(struct deliver_job *job)
{
	if (world.jobs > 3)
		return accept_all(job);
	fail_job(job, DELIVER_LOST, NULL);
	return true;
}

static void
nobodys_fault_goes_again_at_once(void **state)
{
	(void)state;
	world.deliver = lose_first;
	submit_to("a@one.example");
	world_run_finals(1);
	assert_int_equal(world.outcomes, 1);
	assert_int_equal(world.outcome[0].attempt, 1);
	assert_int_equal(world.jobs, 4);
}

static bool
lose_always(struct deliver_job *job)
{
	fail_job(job, DELIVER_LOST, NULL);
	return true;
}

static bool
has_paused(void)
{
	return world.jobs >= 5;
}

static void
nobodys_fault_for_ever_does_not_spin(void **state)
{
	(void)state;
	world.deliver = lose_always;
	submit_to("a@one.example");
	world_run(has_paused);
	world_settle();
	assert_int_equal(world.jobs, 5);
}

/* ---- sites in trouble
 * ------------------------------------------------------------------------------ */

static bool site_is_down;

static bool
down_or_fine(struct deliver_job *job)
{
	if (site_is_down)
		fail_job(job, DELIVER_NO_CONNECTION, &unreachable);
	else
		answer_all(job, &accepted);
	return true;
}

static bool
everybody_was_told(void)
{
	return world.deferrals >= world_wanted;
}

static void
a_dead_site_stops_once_and_recovers_at_once(void **state)
{
	char to[32];
	uint64_t jobs;

	(void)state;
	world.deliver = down_or_fine;
	site_is_down = true;
	for (int i = 0; i < 100; i++) {
		snprintf(to, sizeof to, "a%d@one.example", i);
		submit_to(to);
	}
	world_wanted = 100;
	world_run(everybody_was_told);
	jobs = world.jobs;
	assert_in_range(jobs, 1, 4); /* what was open when it began */
	world_wanted = 103;	     /* three probes, one recipient each */
	world_run(everybody_was_told);
	assert_in_range(world.jobs - jobs, 1, 4);
	site_is_down = false;
	world_run_finals(100);
	for (int i = 0; i < 100; i++) {
		snprintf(to, sizeof to, "a%d@one.example", i);
		/* nobody's attempts were used up */
		for (size_t n = 0; outcome_of(to, n); n++)
			assert_in_range(outcome_of(to, n)->attempt, 0, 1);
		assert_string_equal(outcome_of(to, 0)->reply, "connection refused");
	}
}

static bool slow_down_now;

static bool
throttle_or_accept(struct deliver_job *job)
{
	answer_all(job, slow_down_now ? &slow_down : &accepted);
	return true;
}

static void
a_throttling_site_backs_off(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = 100;
	world.retry_ms[1] = 100;
	slow_down_now = true;
	world.deliver = throttle_or_accept;
	submit_to("a@one.example");
	submit_to("b@one.example");
	world_wanted = 2;
	world_run(everybody_was_told);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	assert_string_equal(ask->queue[0].state, "backoff");
	assert_int_equal(ask->queue[0].deferred, 2);
	assert_int_equal(ask->queue[0].ready, 0);
	assert_non_null(strstr(ask->queue[0].why, "421 4.7.0 slow down"));
	assert_non_null(strstr(ask->queue[0].why, "one connection tries again at"));
	assert_string_equal(ask->queue[0].last_reply, "421 4.7.0 slow down");
	assert_true(ask->queue[0].next_unix_ms > clock_unix_ms() - 100);
	ask_free(&ask);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_LIST_SITES, .sort = SCHEDULE_SORT_SIZE });
	assert_int_equal(ask->rows, 1);
	assert_string_equal(ask->site[0].state, "backoff");
	assert_int_equal(ask->site[0].queued, 2);
	assert_true(ask->site[0].backoff_until_unix_ms > 0);
	ask_free(&ask);
	slow_down_now = false;
	world_run_finals(2);
}

/* ---- name servers
 * -------------------------------------------------------------------------------------- */

static bool lookup_fails;

static void
servfail(struct world_route *r)
{
	if (!lookup_fails)
		return;
	r->route.failed = true;
	err_set(&r->route.err, ERR_TEMP, 0, "DNS: one.example: SERVFAIL");
	r->route.category = VERDICT_NETWORK_ERROR;
	r->route.enhanced = (struct verdict_status){ 4, 4, 3 };
}

static void
look_ups_that_fail_are_told_once(void **state)
{
	(void)state;
	lookup_fails = true;
	world.resolve = servfail;
	for (int i = 0; i < 10; i++)
		submit_to("a@one.example");
	world_wanted = 10;
	world_run(everybody_was_told);
	assert_string_equal(world.outcome[0].reply, "DNS: one.example: SERVFAIL");
	assert_int_equal(world.outcome[0].attempt, 0);
	while (world.asked < 4)
		world_settle();
	assert_int_equal(world.deferrals, 10);
	lookup_fails = false;
	world_run_finals(10);
	assert_int_equal(world.outcome[15].attempt, 1);
}

static void
nxdomain(struct world_route *r)
{
	r->route.failed = r->route.permanent = true;
	err_set(&r->route.err, ERR_PERM, 0, "DNS: gone.example does not exist (NXDOMAIN)");
	r->route.category = VERDICT_DOMAIN_NOT_FOUND;
	r->route.enhanced = (struct verdict_status){ 5, 1, 2 };
}

static void
a_domain_that_is_not_there_bounces(void **state)
{
	(void)state;
	world.resolve = nxdomain;
	for (int i = 0; i < 1200; i++) /* more than one slice */
		submit_to("a@gone.example");
	world_run_finals(1200);
	assert_int_equal(world.jobs, 0);
	assert_int_equal(world.asked, 1);
	assert_int_equal(world.outcome[7].kind, MAIL_EVENT_BOUNCED);
	assert_string_equal(world.outcome[7].reply, "DNS: gone.example does not exist (NXDOMAIN)");
	/* remembered for its TTL */
	submit_to("b@gone.example");
	world_run_finals(1201);
	assert_int_equal(world.asked, 1);
}

static void
short_lived(struct world_route *r)
{
	r->route.expires_mono_ms = clock_mono_ms();
}

static bool
has_asked_again(void)
{
	if (world.asked < 2)
		submit_to("a@one.example");
	return world.asked >= 2;
}

static void
a_route_is_asked_for_again_beside(void **state)
{
	(void)state;
	world.resolve = short_lived;
	world_run(has_asked_again);
	world_settle();
	assert_int_equal(world.deferrals, 0);
}

/* ---- holds
 * --------------------------------------------------------------------------------
 */

static void
held_then_released(void **state)
{
	struct schedule_ask *ask;
	struct schedule_counts counts;

	(void)state;
	world.deliver = keep_all;
	submit_to("a@one.example");
	world_run_kept(1);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD,
						.match = "one.example",
						.by = "ana",
						.reason = "complaint spike" });
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 0); /* the one under way is not stopped */
	ask_free(&ask);
	assert_string_equal(world.written, "put one.example");
	answer_kept(0);
	world.deliver = accept_all;
	world_submit(&(struct letter){ .to = { "b@one.example" }, .lives_ms = 30 });
	submit_to("b@two.example");
	world_run_finals(2);
	world_settle();
	schedule_counts_read(world.s, &counts);
	assert_int_equal(counts.held, 1);
	assert_int_equal(counts.queued, 1);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	assert_string_equal(ask->queue[0].state, "HELD by ana");
	assert_non_null(strstr(ask->queue[0].why, "complaint spike"));
	assert_int_equal(ask->queue[0].held, 1);
	assert_int_equal(ask->queue[0].next_unix_ms, -1);
	ask_free(&ask);
	/* its time passes: somebody holds it, so it neither goes nor expires */
	while (clock_unix_ms() < world.outcome[1].at_unix_ms + 60)
		world_settle();
	assert_int_equal(world.finals, 2);
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_RELEASE, .match = "one.example", .by = "ana" });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	assert_string_equal(world.written, "delete one.example");
	world_run_finals(3);
	assert_int_equal(outcome_of("b@one.example", 0)->status, MAIL_STATUS_DELIVERED);
	schedule_counts_read(world.s, &counts);
	assert_int_equal(counts.held, 0);
}

static void
a_hold_ends_by_its_time(void **state)
{
	struct store_hold hold = { .domain = "one.example",
				   .by = "ana",
				   .reason = "",
				   .since_unix_ms = clock_unix_ms(),
				   .until_unix_ms = clock_unix_ms() + 500 };

	(void)state;
	schedule_load_hold(world.s, &hold);
	submit_to("a@one.example");
	world_settle();
	assert_int_equal(world.finals, 0);
	world_run_finals(1);
	assert_string_equal(world.written, "delete one.example");
}

static void
acts_refuse_what_changed(void **state)
{
	struct schedule_ask *ask;
	uint64_t generation;

	(void)state;
	world.deliver = keep_all;
	for (int i = 0; i < 8; i++)
		submit_to("a@one.example");
	world_run_kept(4);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	generation = ask->queue[0].generation;
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD,
						.match = "one.example",
						.generation = generation,
						.by = "ana" });
	assert_int_equal(ask->result, 0);
	assert_int_equal(ask->affected, 4);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_RELEASE,
						.match = "one.example",
						.generation = generation,
						.by = "bob" });
	assert_true(ask->changed_since);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD, .match = "oen.example" });
	assert_int_equal(ask->result, -1);
	assert_non_null(strstr(ask->err.text, "did you mean one.example?"));
	ask_free(&ask);
}

static bool
has_deferred(void)
{
	return world.deferrals >= world_wanted;
}

static void
flushed_goes_now(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_first;
	submit_to("a@one.example");
	submit_to("b@one.example");
	world_wanted = 2;
	world_run(has_deferred);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_FLUSH, .match = "*" });
	assert_int_equal(ask->affected, 2);
	ask_free(&ask);
	world_run_finals(2);
}

/* ---- time
 * --------------------------------------------------------------------------------
 */

static bool
greylist_always(struct deliver_job *job)
{
	answer_all(job, &greylisted);
	return true;
}

static void
expires_with_the_last_reply(void **state)
{
	const struct world_outcome *last;

	(void)state;
	world.deliver = greylist_always;
	world_submit(&(struct letter){ .to = { "a@one.example" }, .lives_ms = 120 });
	world_run_finals(1);
	last = &world.outcome[world.outcomes - 1];
	assert_int_equal(last->kind, MAIL_EVENT_EXPIRED);
	assert_int_equal(last->status, MAIL_STATUS_EXPIRED);
	assert_int_equal(last->code, 451);
	assert_string_equal(last->reply, "4.7.1 greylisted");
	assert_true(last->attempt >= 2);
}

static void
expires_behind_a_dead_site(void **state)
{
	(void)state;
	site_is_down = true;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = down_or_fine;
	world_submit(&(struct letter){ .to = { "a@one.example" }, .lives_ms = 60 });
	world_submit(&(struct letter){ .to = { "b@one.example" }, .lives_ms = 60 });
	world_run_finals(2);
	assert_int_equal(world.outcome[world.outcomes - 1].kind, MAIL_EVENT_EXPIRED);
	assert_string_equal(world.outcome[world.outcomes - 1].reply, "connection refused");
}

static void
load_one(uint64_t id, const char *address, const char *domain, int64_t next, int64_t expires,
	 uint32_t attempts)
{
	struct store_queued_recipient r = { .no = 3,
					    .address = address,
					    .domain = domain,
					    .attempts = attempts,
					    .next_attempt_unix_ms = next,
					    .status = MAIL_STATUS_DEFERRED };
	struct store_queued queued = { .id = id,
				       .credential_id = 7,
				       .credential = "shop",
				       .return_path = "b@shop.example",
				       .from_domain = "shop.example",
				       .expires_unix_ms = expires,
				       .recipients = 1,
				       .recipient = &r };

	schedule_load(world.s, &queued);
}

static void
loaded_goes_when_it_is_time(void **state)
{
	int64_t now = clock_unix_ms();
	const struct world_outcome *o;

	(void)state;
	load_one(id_gen_next(&world.ids, now), "a@one.example", "one.example", now + 50,
		 now + 60000, 4);
	load_one(id_gen_next(&world.ids, now), "b@one.example", "one.example", 0, now + 60000, 0);
	world_run_finals(2);
	o = outcome_of("a@one.example", 0);
	assert_int_equal(o->attempt, 5);
	assert_int_equal(o->no, 3);
	assert_true(o->at_unix_ms >= now + 48);
	assert_int_equal(world.fetches, 2); /* bodies are not loaded */
}

static void
loaded_too_late_gets_one_attempt(void **state)
{
	int64_t now = clock_unix_ms();

	(void)state;
	load_one(id_gen_next(&world.ids, now), "a@one.example", "one.example", 0, now - 1, 2);
	load_one(id_gen_next(&world.ids, now), "a@two.example", "two.example", 0, now - 1, 2);
	world.deliver = greylist_first; /* two jobs: both are deferred */
	world_run_finals(2);
	assert_int_equal(world.outcomes, 2);
	assert_int_equal(world.outcome[0].kind, MAIL_EVENT_EXPIRED);
	assert_int_equal(world.outcome[0].attempt, 3);
}

/* ---- the store
 * --------------------------------------------------------------------------------
 */

static bool
was_refused(void)
{
	return world.refused > 0;
}

static void
refused_outcomes_are_kept(void **state)
{
	uint64_t jobs;

	(void)state;
	world.store_refuses = true;
	submit_to("a@one.example");
	world_run(was_refused);
	jobs = world.jobs;
	submit_to("b@one.example");
	world_settle();
	assert_int_equal(world.jobs, jobs); /* what could not be recorded is not started */
	assert_int_equal(world.outcomes, 0);
	world.store_refuses = false;
	world_run_finals(2);
	assert_string_equal(world.outcome[0].recipient, "a@one.example");
}

static void
a_broken_store_stops_deliveries(void **state)
{
	struct schedule_ask *ask;

	(void)state;
	world.store_is_broken = true;
	submit_to("a@one.example");
	world_settle();
	assert_int_equal(world.jobs, 0);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_SHOW_QUEUE, .match = "one.example" });
	assert_string_equal(ask->queue[0].state, "stopped");
	ask_free(&ask);
	world.store_is_broken = false;
	world_run_finals(1);
}

static void
bodies_beyond_the_budget_are_fetched(void **state)
{
	(void)state;
	world.config.limits.body_memory_bytes = 3000;
	world.deliver = keep_all;
	for (int i = 0; i < 60; i++)
		submit_to("a@one.example");
	world_run_kept(4);
	assert_in_range(world.s->kept_bytes, 1, 3000);
	for (size_t i = 0; i < 60; i++) {
		world_run_kept(i + 1);
		answer_kept(i);
	}
	world_run_finals(60);
	assert_in_range(world.fetches, 10, 56);
	assert_int_equal(world.s->kept_bytes, 0);
}

static void
a_body_that_cannot_be_read_waits(void **state)
{
	int64_t now = clock_unix_ms();

	(void)state;
	load_one(id_gen_next(&world.ids, now), "a@one.example", "one.example", 0, now + 60000, 0);
	world.fetch_fails = true;
	world_wanted = 2;
	world_run(has_deferred);
	assert_string_equal(world.outcome[0].reply, "cannot read the body");
	world.fetch_fails = false;
	world_run_finals(1);
}

/* ---- fairness
 * --------------------------------------------------------------------------------
 */

static void
one_connection(void)
{
	world.config.delivery.max_connections = 1;
	schedule_reconfigure(world.s, &world.config);
}

static size_t
place_of(const char *recipient)
{
	const struct world_outcome *o = outcome_of(recipient, 0);

	assert_non_null(o);
	return (size_t)(o - world.outcome);
}

static void
a_campaign_does_not_delay_others(void **state)
{
	(void)state;
	one_connection();
	world.deliver = keep_all;
	for (int i = 0; i < 500; i++)
		world_submit(
			&(struct letter){ .credential = "campaign", .to = { "x@one.example" } });
	world_run_kept(1);
	world_submit(&(struct letter){ .credential = "shop", .to = { "reset@one.example" } });
	world_settle();
	world.deliver = accept_all;
	answer_kept(0);
	world_run_finals(501);
	assert_in_range(place_of("reset@one.example"), 1, 3);
}

static void
transactional_goes_before_bulk_and_bulk_goes_on(void **state)
{
	size_t bulk = 0;

	(void)state;
	one_connection();
	world.deliver = keep_all;
	submit_to("first@one.example");
	world_run_kept(1);
	for (int i = 0; i < 100; i++) {
		world_submit(&(struct letter){
			.credential = "news", .is_bulk = true, .to = { "bulk@one.example" } });
		world_submit(&(struct letter){ .credential = "shop", .to = { "tx@one.example" } });
	}
	world_settle();
	world.deliver = accept_all;
	answer_kept(0);
	world_run_finals(201);
	for (size_t i = 0; i < 51; i++)
		bulk += strcmp(world.outcome[i].recipient, "bulk@one.example") == 0;
	assert_in_range(bulk, 4, 6); /* its share, not more */
}

static void
bulk_leaves_a_connection_free(void **state)
{
	(void)state;
	world.deliver = keep_all;
	for (int i = 0; i < 50; i++)
		world_submit(&(struct letter){ .is_bulk = true, .to = { "bulk@slow.example" } });
	world_run_kept(3);
	world_settle();
	assert_int_equal(world.kept_count, 3); /* of four */
	submit_to("reset@slow.example");
	world_run_kept(4);
	assert_string_equal(world.kept[3]->recipient[0].address, "reset@slow.example");
}

/* a provider with many sets of hosts, one connection: credentials still take turns */
static void
own_mx_of_provider(struct world_route *r)
{
	snprintf(r->name, sizeof r->name, "mx-%.100s.big.example", r->domain);
}

static void
a_provider_is_one_site(void **state)
{
	static const char *mx[] = { "*.big.example" };
	struct config_provider provider = { .name = "big",
					    .mx = mx,
					    .mxs = 1,
					    .max_connections = 2,
					    .messages_per_connection = 100 };
	struct schedule_ask *ask;
	char to[32];

	(void)state;
	world.config.provider = &provider;
	world.config.providers = 1;
	world.resolve = own_mx_of_provider;
	world.deliver = keep_all;
	for (int i = 0; i < 30; i++) {
		snprintf(to, sizeof to, "a@d%d.example", i % 10);
		submit_to(to);
	}
	world_run_kept(2);
	world_settle();
	assert_int_equal(world.kept_count, 2);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_SITES });
	assert_int_equal(ask->rows, 1);
	assert_string_equal(ask->site[0].name, "big");
	assert_int_equal(ask->site[0].domains, 10);
	assert_int_equal(ask->site[0].queued, 30);
	ask_free(&ask);
	for (size_t i = 0; i < 30; i++) {
		world_run_kept(i + 1);
		answer_kept(i);
	}
	world_run_finals(30);
	assert_int_equal(world.open_max, 2);
	world.config.provider = NULL;
	world.config.providers = 0;
}

static void
a_rate_is_kept(void **state)
{
	static const char *mx[] = { "mx.*" };
	struct config_provider provider = { .name = "big",
					    .mx = mx,
					    .mxs = 1,
					    .max_connections = 5,
					    .rate = { 100, 1000 },
					    .messages_per_connection = 100 };
	int64_t first, last;

	(void)state;
	world.config.provider = &provider;
	world.config.providers = 1;
	for (int i = 0; i < 40; i++)
		submit_to("a@one.example");
	world_run_finals(40);
	first = world.outcome[0].at_unix_ms;
	last = world.outcome[39].at_unix_ms;
	assert_in_range(last - first, 270, 5000); /* ten may go at once, thirty 10 ms apart */
	world.config.provider = NULL;
	world.config.providers = 0;
}

/* ---- questions
 * --------------------------------------------------------------------------------
 */

static void
lists_are_sorted_windows(void **state)
{
	struct schedule_ask *ask;
	char to[64];

	(void)state;
	world.resolve = nxdomain;
	one_connection();
	for (int i = 0; i < 200; i++) {
		snprintf(to, sizeof to, "a@q%03d.example", i);
		for (int n = 0; n <= (i == 42 ? 7 : i == 43 ? 5 : 0); n++)
			load_one(id_gen_next(&world.ids, clock_unix_ms()), to, to + 2,
				 clock_unix_ms() + 50000 - i * 100, clock_unix_ms() + 90000, 1);
	}
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_LIST_QUEUES, .limit = 2, .sort = SCHEDULE_SORT_SIZE });
	assert_int_equal(ask->total, 200);
	assert_int_equal(ask->rows, 2);
	assert_string_equal(ask->queue[0].domain, "q042.example");
	assert_string_equal(ask->queue[1].domain, "q043.example");
	assert_int_equal(ask->queue[0].deferred, 8);
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_QUEUES,
						.limit = 10,
						.offset = 195,
						.sort = SCHEDULE_SORT_NAME });
	assert_int_equal(ask->rows, 5);
	assert_string_equal(ask->queue[0].domain, "q195.example");
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_LIST_QUEUES, .limit = 1, .sort = SCHEDULE_SORT_NEXT });
	assert_string_equal(ask->queue[0].domain, "q199.example");
	assert_non_null(strstr(ask->queue[0].why, "each waits for its own next attempt"));
	ask_free(&ask);
	ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_LIST_QUEUES, .match = "q00*", .sort = SCHEDULE_SORT_OLDEST });
	assert_int_equal(ask->rows, 10);
	assert_string_equal(ask->queue[0].domain, "q000.example");
	ask_free(&ask);
}

static void
every_recipient_says_why_it_waits(void **state)
{
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	world.retry_ms[0] = 3600000;
	world.deliver = greylist_always;
	id = submit_to("a@one.example");
	world_wanted = 1;
	world_run(has_deferred);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_int_equal(ask->rows, 1);
	assert_non_null(strstr(ask->sentence[0], "a@one.example attempt 1 was answered "
						 "\"451 4.7.1 greylisted\"; next attempt at "));
	assert_non_null(strstr(ask->sentence[0], "; gives up in "));
	ask_free(&ask);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = 12345 });
	assert_int_equal(ask->rows, 0);
	assert_int_equal(ask->result, 0);
	ask_free(&ask);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(delivered_with_all_facts),
		TEST(siblings_share_a_transaction),
		TEST(recipients_per_message_is_a_limit),
		TEST(too_many_recipients_go_again),
		TEST(connections_of_a_site_are_capped),
		TEST(a_connection_takes_so_many_messages),
		TEST(total_connections_leave_one_for_everybody),
		TEST(a_connection_that_went_is_forgotten),
		TEST(greylisted_then_delivered),
		TEST(bounced_at_once),
		TEST(a_message_that_ends_sessions_waits),
		TEST(nobodys_fault_goes_again_at_once),
		TEST(nobodys_fault_for_ever_does_not_spin),
		TEST(a_dead_site_stops_once_and_recovers_at_once),
		TEST(a_throttling_site_backs_off),
		TEST(look_ups_that_fail_are_told_once),
		TEST(a_domain_that_is_not_there_bounces),
		TEST(a_route_is_asked_for_again_beside),
		TEST(held_then_released),
		TEST(a_hold_ends_by_its_time),
		TEST(acts_refuse_what_changed),
		TEST(flushed_goes_now),
		TEST(expires_with_the_last_reply),
		TEST(expires_behind_a_dead_site),
		TEST(loaded_goes_when_it_is_time),
		TEST(loaded_too_late_gets_one_attempt),
		TEST(refused_outcomes_are_kept),
		TEST(a_broken_store_stops_deliveries),
		TEST(bodies_beyond_the_budget_are_fetched),
		TEST(a_body_that_cannot_be_read_waits),
		TEST(a_campaign_does_not_delay_others),
		TEST(transactional_goes_before_bulk_and_bulk_goes_on),
		TEST(bulk_leaves_a_connection_free),
		TEST(a_provider_is_one_site),
		TEST(a_rate_is_kept),
		TEST(lists_are_sorted_windows),
		TEST(every_recipient_says_why_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
