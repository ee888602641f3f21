/* What failed, as the scheduler knows it: these hosts, or all of the provider. */
#include "world.h"

static struct config_provider big = { .name = "big", .mxs = 1, .max_connections = 4,
	                              .messages_per_connection = 100 };

static int
setup(void **state)
{
	static const char *mx[] = { "*.big.example" };

	world_setup(state);
	big.mx = mx;
	world.config.provider = &big;
	world.config.providers = 1;
	return 0;
}

static bool
is_for(const struct deliver_job *job, const char *domain)
{
	const struct schedule_recipient *r = job->recipient[0].context;

	return strcmp(strchr(r->address, '@') + 1, domain) == 0;
}

static bool
gone_or_fine(struct deliver_job *job)
{
	if (!is_for(job, "gone.big.example"))
		return accept_all(job);
	fail_job(job, DELIVER_NO_CONNECTION, &unreachable);
	return true;
}

static bool
has_told(void)
{
	return world.deferrals >= world_wanted;
}

/* A customer of the provider has named hosts that are not there: that is no reason to
 * leave the provider alone, and its mail pays no attempt for it. */
static void
a_customers_dead_hosts_are_not_the_provider(void **state)
{
	const struct schedule_site *site;

	(void)state;
	world.retry_ms[0] = 100;
	world.deliver = gone_or_fine;
	submit_to("a@fine.big.example");
	world_run_finals(1);
	submit_to("b@gone.big.example");
	world_wanted = 1;
	world_run(has_told);
	site = LIST_OWNER(world.s->all_sites.next, struct schedule_site, in_all);
	assert_string_equal(site->name, "big");
	assert_int_equal(site->gate.backoff.failures, 0);
	submit_to("c@fine.big.example");
	world_run_finals(2);
	assert_int_equal(outcome_of("b@gone.big.example", 0)->attempt, 1);
	world.deliver = accept_all;
	world_run_finals(3);
	assert_int_equal(outcome_of("b@gone.big.example", 1)->attempt, 1);
}

static bool all_is_down;

static bool
down_or_fine_again(struct deliver_job *job)
{
	if (!all_is_down)
		return accept_all(job);
	fail_job(job, DELIVER_NO_CONNECTION, &unreachable);
	return true;
}

/* The same hosts took mail a moment ago, so it is the provider that has gone. */
static void
hosts_that_worked_stand_for_the_provider(void **state)
{
	const struct schedule_site *site;

	(void)state;
	world.retry_ms[0] = 100;
	all_is_down = false;
	world.deliver = down_or_fine_again;
	submit_to("a@fine.big.example");
	submit_to("a@other.big.example");
	world_run_finals(2);
	schedule_slot_close_all(world.s);
	all_is_down = true;
	submit_to("b@fine.big.example");
	world_wanted = 1;
	world_run(has_told);
	site = LIST_OWNER(world.s->all_sites.next, struct schedule_site, in_all);
	assert_int_equal(site->gate.backoff.failures, 1);
	all_is_down = false;
	world_run_finals(3);
	assert_int_equal(site->gate.backoff.failures, 0); /* a success clears it at once */
}

static const struct answer disk_full = {
	452, { 4, 3, 1 }, VERDICT_SYSTEM_ERROR, VERDICT_PHASE_MAIL, 0, "4.3.1 disk full"
};

static bool
full_or_fine(struct deliver_job *job)
{
	answer_all(job, all_is_down ? &disk_full : &accepted);
	return true;
}

/* a full disk is asked by one message, not by all */
static void
a_full_disk_stops_the_site(void **state)
{
	char to[32];

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 100;
	world.config.delivery.max_connections = 1;
	schedule_reconfigure(world.s, &world.config);
	all_is_down = true;
	world.deliver = full_or_fine;
	for (int i = 0; i < 20; i++) {
		snprintf(to, sizeof to, "a%d@one.example", i);
		submit_to(to);
	}
	world_wanted = 20; /* all are told why they wait */
	world_run(has_told);
	assert_in_range(world.jobs, 1, 2);
	all_is_down = false;
	world_run_finals(20);
	for (int i = 0; i < 20; i++) {
		snprintf(to, sizeof to, "a%d@one.example", i);
		for (size_t n = 0; outcome_of(to, n); n++)
			assert_in_range(outcome_of(to, n)->attempt, 0, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_customers_dead_hosts_are_not_the_provider, setup,
		                                world_teardown),
		cmocka_unit_test_setup_teardown(hosts_that_worked_stand_for_the_provider, setup,
		                                world_teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_stops_the_site, world_setup,
		                                world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
