/* Recipients on the suppression list leave untried, whenever they are found. */
#include "world.h"

static struct suppress_set *set;

static void
use_set(const char *scope, const char *key)
{
	struct suppress_entry *entry = mem_alloc(sizeof *entry);

	*entry = suppress_entry_make(scope, key, MAIL_SUPPRESSION_HARD_BOUNCE,
	                             clock_unix_ms() - 86400000, 0);
	set = suppress_set_build(entry, 1, *scope != '\0', *key == '*');
	schedule_set_suppressions(world.s, set);
	suppress_set_unref(&set);
	world_settle();
}

static void
leaves_when_it_comes_in(void **state)
{
	(void)state;
	use_set("", "dead@one.example");
	world_submit(&(struct letter){ .to = { "Dead@one.example", "b@one.example" } });
	submit_to("dead@one.example"); /* nobody else in it */
	world_run_finals(3);
	assert_int_equal(outcome_of("Dead@one.example", 0)->status, MAIL_STATUS_SUPPRESSED);
	assert_int_equal(outcome_of("Dead@one.example", 0)->kind, MAIL_EVENT_SUPPRESSED);
	assert_non_null(strstr(outcome_of("Dead@one.example", 0)->detail, "hard bounce; since "));
	assert_int_equal(outcome_of("dead@one.example", 0)->status, MAIL_STATUS_SUPPRESSED);
	assert_int_equal(outcome_of("b@one.example", 0)->status, MAIL_STATUS_DELIVERED);
	assert_int_equal(world.jobs, 1);
}

static void
leaves_when_it_is_its_turn(void **state)
{
	(void)state;
	world.config.delivery.max_connections = 1;
	for (struct list *l = world.s->all_sites.next; l != &world.s->all_sites; l = l->next)
		schedule_site_configure(world.s, LIST_OWNER(l, struct schedule_site, in_all));
	world.deliver = keep_all;
	submit_to("first@one.example");
	world_run_kept(1);
	world_submit(&(struct letter){ .to = { "x@one.example", "dead@one.example" } });
	world_submit(&(struct letter){ .to = { "dead@one.example" } });
	world_settle();
	use_set("", "*@one.example");
	answer_kept(0);
	world_run_finals(4);
	assert_int_equal(world.jobs, 1);
	assert_int_equal(outcome_of("x@one.example", 0)->status, MAIL_STATUS_SUPPRESSED);
}

static void
a_credentials_list_is_for_its_own_mail(void **state)
{
	(void)state;
	use_set("cred:news", "dead@one.example");
	world.s->suppress = (struct suppress *)&world; /* told, never looked into */
	world_submit(&(struct letter){ .credential = "news", .to = { "dead@one.example" } });
	world_submit(&(struct letter){ .credential = "shop", .to = { "dead@one.example" } });
	world_run_finals(2);
	assert_int_equal(world.jobs, 1);
	assert_string_equal(world.blocked_for, "news");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(leaves_when_it_comes_in, world_setup,
		                                world_teardown),
		cmocka_unit_test_setup_teardown(leaves_when_it_is_its_turn, world_setup,
		                                world_teardown),
		cmocka_unit_test_setup_teardown(a_credentials_list_is_for_its_own_mail, world_setup,
		                                world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
