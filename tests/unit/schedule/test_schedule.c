/* What the scheduler does with messages: delivered, deferred, bounced; what it does
 * with connections, sites in trouble and domains that do not resolve. */
#include "world.h"

/* ---- delivery ---------------------------------------------------------------------- */

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
connections_of_a_site_are_capped(void **state)
{
	char to[32];

	(void)state;
	world.deliver = keep_all;
	for (int i = 0; i < 20; i++) {
		snprintf(to, sizeof to, "a%d@one.example", i);
		submit_to(to);
	}
	world_run_kept(2);
	world_settle();
	assert_int_equal(world.kept_count, 2); /* nobody knows the site yet */
	answer_kept(0);
	world_run_kept(4); /* each that it takes earns one */
	world_settle();
	assert_int_equal(world.kept_count, 4);
	assert_int_equal(world.s->slots, 3);
	answer_kept(1);
	world_run_kept(6);
	world_settle();
	assert_int_equal(world.kept_count, 6);
	assert_int_equal(world.s->slots, 4);
	for (size_t i = 2; i < 20; i++) {
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

static bool
everybody_was_told(void)
{
	return world.deferrals >= world_wanted;
}

static const struct answer connection_cut = {
	0, { 4, 4, 2 }, VERDICT_NETWORK_ERROR, VERDICT_PHASE_RCPT, 0, "lost in the middle"
};

static bool
cut_first(struct deliver_job *job)
{
	if (world.jobs > 2)
		return accept_all(job);
	fail_job(job, DELIVER_LOST, &connection_cut);
	return true;
}

/* nothing else of the site works: it is asked again by one message, which pays nothing */
static void
a_site_that_ends_sessions_waits(void **state)
{
	(void)state;
	world.deliver = cut_first;
	submit_to("a@one.example");
	submit_to("b@one.example");
	world_run_finals(2);
	assert_in_range(world.jobs, 4, 6); /* b found the connection a had, or was under way */
	for (size_t n = 0; outcome_of("a@one.example", n); n++)
		assert_int_equal(outcome_of("a@one.example", n)->attempt, 1);
}

static bool
cut_poison(struct deliver_job *job)
{
	const struct schedule_recipient *r = job->recipient[0].context;

	if (strcmp(r->address, "poison@one.example") != 0)
		return accept_all(job);
	fail_job(job, DELIVER_LOST, &connection_cut);
	return true;
}

/* it is this mail that ends sessions: a wait of its own, longer each time, no hot loop,
 * and neither an attempt nor the site pays */
static void
a_message_that_ends_sessions_waits_by_itself(void **state)
{
	const struct world_outcome *o;

	(void)state;
	world.config.delivery.max_connections = 1;
	schedule_reconfigure(world.s, &world.config);
	world.retry_ms[0] = 200;
	world.deliver = cut_poison;
	submit_to("a@one.example");
	world_run_finals(1); /* over the same connection: */
	submit_to("poison@one.example");
	world_wanted = 1;
	world_run(everybody_was_told);
	submit_to("b@one.example");
	world_run_finals(2);
	o = outcome_of("poison@one.example", 0);
	assert_int_equal(o->kind, MAIL_EVENT_DEFERRED);
	assert_in_range(o->next_attempt_unix_ms - o->at_unix_ms, 150, 260);
	world.deliver = accept_all;
	world_run_finals(3);
	assert_int_equal(outcome_of("poison@one.example", 1)->attempt, 1);
	assert_int_equal(world.deferrals, 1);
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
		TEST(a_site_that_ends_sessions_waits),
		TEST(a_message_that_ends_sessions_waits_by_itself),
		TEST(nobodys_fault_goes_again_at_once),
		TEST(nobodys_fault_for_ever_does_not_spin),
		TEST(a_dead_site_stops_once_and_recovers_at_once),
		TEST(a_throttling_site_backs_off),
		TEST(look_ups_that_fail_are_told_once),
		TEST(a_domain_that_is_not_there_bounces),
		TEST(a_route_is_asked_for_again_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
