/* Bounce and move: counted by the daemon, asked about, sent only as was confirmed. */
#include "tui_fixture.h"

static void
open_queues(struct tui_model *model)
{
	fixture_open(model, 24, 80, false);
	tui_frame_settle(model);
	fixture_keys(model, "2j"); /* yahoo.com, generation 12 */
}

static json_t *
survey(int affected)
{
	return json_pack("{s:i, s:i, s:i, s:s, s:[s, s]}", "affected", affected, "notices",
	                 affected, "senders", 2, "oldest_at", "2026-11-23T13:58:21.000Z",
	                 "credentials",
	                 "shop-prod", "newsletter");
}

static void
a_bounce_of_many_wants_its_name(void **state)
{
	struct tui_model model;
	const struct tui_request *sent;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "B");
	assert_true(api_json_get_bool(fixture_request(&model)->params, "dry_run"));
	fixture_answer(&model, "queue.bounce", survey(3377), NULL);
	assert_shows(&model, "┌ Bounce yahoo.com");
	assert_shows(&model, "3,377 messages (oldest 4m10s) from 2 credentials");
	assert_shows(&model, "3,377 bounce notices to 2 senders");
	fixture_keys(&model, "withdrawn\ryahoo\r\r");
	assert_shows(&model, "type yahoo.com to confirm");
	assert_null(fixture_request(&model));
	tui_input_key(&model, TUI_KEY_UP);
	fixture_keys(&model, ".com\r\r");
	sent = fixture_request(&model);
	assert_non_null(sent);
	assert_string_equal(sent->method, "queue.bounce");
	assert_null(json_object_get(sent->params, "dry_run"));
	assert_string_equal(api_json_get_text(sent->params, "reason"), "withdrawn");
	assert_int_equal(api_json_get_int(sent->params, "generation", 0), 12);
	assert_int_equal(api_json_get_int(sent->params, "count", 0), 3377);
	assert_int_equal(api_json_get_int(sent->params, "grace_ms", 0), 10000);
	fixture_answer(&model, "queue.bounce",
		       json_pack("{s:i, s:s}", "affected", 3377, "pending", "p1"), NULL);
	assert_shows(&model, "bounced yahoo.com, 3,377 recipients");
	assert_hides(&model, "U undo");
	tui_model_deinit(&model);
}

static void
a_bounce_of_few_begins_at_cancel(void **state)
{
	struct tui_model model;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "B");
	fixture_answer(&model, "queue.bounce", survey(4), NULL);
	fixture_keys(&model, "\r"); /* Enter alone does nothing */
	assert_false(model.dialog.is_open);
	assert_null(fixture_request(&model));
	fixture_keys(&model, "B");
	fixture_answer(&model, "queue.bounce", survey(4), NULL);
	tui_input_key(&model, TUI_KEY_LEFT);
	fixture_keys(&model, "\r");
	assert_shows(&model, "say why: its senders read it");
	fixture_keys(&model, "\033");
	assert_null(fixture_request(&model));
	tui_model_deinit(&model);
}

static void
an_empty_queue_is_not_bounced(void **state)
{
	struct tui_model model;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "B");
	fixture_answer(&model, "queue.bounce", survey(0), NULL);
	assert_false(model.dialog.is_open);
	assert_shows(&model, "nothing to bounce");
	tui_model_deinit(&model);
}

static void
a_move_names_a_pool(void **state)
{
	struct tui_model model;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "M");
	fixture_answer(&model, "queue.move", survey(12), NULL);
	assert_shows(&model, "┌ Move yahoo.com");
	fixture_keys(&model, "warm-b\rslow\r\r");
	assert_string_equal(fixture_request(&model)->method, "queue.move");
	assert_string_equal(api_json_get_text(fixture_request(&model)->params, "pool"), "warm-b");
	assert_string_equal(api_json_get_text(fixture_request(&model)->params, "reason"), "slow");
	fixture_answer(&model, "queue.move", json_pack("{s:i}", "affected", 12), NULL);
	model.width = 160;
	assert_shows(&model, "moved yahoo.com, 12 recipients (14:02:31, ana) = relaycli queue move "
	                     "yahoo.com --pool warm-b");
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bounce_of_many_wants_its_name),
		cmocka_unit_test(a_bounce_of_few_begins_at_cancel),
		cmocka_unit_test(an_empty_queue_is_not_bounced),
		cmocka_unit_test(a_move_names_a_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
