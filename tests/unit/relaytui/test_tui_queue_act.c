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
	assert_shows(&model, "bounces in 10 s, unless R releases it: yahoo.com, 3,377");
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

/* the count that was asked for comes when something else is open: that stays */
static void
a_late_count_replaces_nothing(void **state)
{
	struct tui_model model;
	struct tui_request *late;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "B");
	late = fixture_request(&model);
	fixture_keys(&model, "M");
	fixture_answer(&model, "queue.move", survey(12), NULL);
	assert_shows(&model, "┌ Move yahoo.com");
	{
		json_t *result = survey(3377);

		tui_model_reply(&model, late, result, NULL);
		json_decref(result);
		tui_request_free(&late);
	}
	assert_shows(&model, "┌ Move yahoo.com");
	assert_shows(&model, "asked too late for you");
	tui_model_deinit(&model);
}

/* rows changed places and no picture was drawn yet: the key is about what was selected */
static void
a_key_between_news_and_picture_hits_no_other_row(void **state)
{
	struct tui_model model;
	json_t *queues = fixture_json("queues"), *rows = json_object_get(queues, "rows");
	const struct tui_request *sent;

	(void)state;
	open_queues(&model);
	json_array_insert(rows, 0, json_array_get(rows, 2)); /* all move down by one */
	json_array_remove(rows, 3);
	fixture_view(&model, "queues", "boot-1", queues);
	tui_input_key(&model, 'H');
	sent = fixture_request(&model);
	if (sent)
		assert_string_equal(api_json_get_text(sent->params, "match"), "yahoo.com");
	tui_model_deinit(&model);
}

static void
one_of_two_refused_is_said_and_the_other_undone(void **state)
{
	struct tui_model model;
	struct api_error error;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "  Hy");
	(void)api_error_set(&error, API_ERROR_CHANGED, "no");
	fixture_answer(&model, "queue.hold", NULL, &error);
	fixture_answer(&model, "queue.hold", json_pack("{s:i}", "affected", 7), NULL);
	assert_shows(&model, "1 of 2 queues held; outlook.com changed since you looked");
	fixture_keys(&model, "U");
	fixture_answer(&model, "queue.release", json_pack("{s:i}", "affected", 7), NULL);
	assert_null(fixture_request(&model)); /* only what was done is taken back */
	tui_model_deinit(&model);
}

static void
what_was_held_before_is_not_released_by_undo(void **state)
{
	struct tui_model model;
	json_t *queues = fixture_json("queues");

	(void)state;
	open_queues(&model);
	json_object_set_new(json_array_get(json_object_get(queues, "rows"), 1), "state",
	                    json_string("HELD by ana"));
	fixture_view(&model, "queues", "boot-1", queues);
	fixture_keys(&model, "H");
	fixture_answer(&model, "queue.hold", json_pack("{s:i}", "affected", 7), NULL);
	assert_hides(&model, "U undo");
	fixture_keys(&model, "U");
	assert_null(fixture_request(&model));
	tui_model_deinit(&model);
}

/* the link went while a box was open: its button does nothing until it is back */
static void
a_button_is_refused_without_word_from_relayd(void **state)
{
	struct tui_model model;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "M");
	fixture_answer(&model, "queue.move", survey(12), NULL);
	fixture_keys(&model, "warm-b\r\r");
	tui_model_tick(&model, FIXTURE_UNIX_MS + 60000, FIXTURE_MONO_MS + 60000);
	fixture_keys(&model, "\r");
	assert_null(fixture_request(&model));
	assert_shows(&model, "no word from relayd: nothing was changed");
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
		cmocka_unit_test(a_late_count_replaces_nothing),
		cmocka_unit_test(a_key_between_news_and_picture_hits_no_other_row),
		cmocka_unit_test(one_of_two_refused_is_said_and_the_other_undone),
		cmocka_unit_test(what_was_held_before_is_not_released_by_undo),
		cmocka_unit_test(a_button_is_refused_without_word_from_relayd),
		cmocka_unit_test(a_move_names_a_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
