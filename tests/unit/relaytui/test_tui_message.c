/* The Message screen: what is asked, whose story is told, what goes out when it is changed. */
#include <wchar.h>
#include "tui_fixture.h"

static void
open_message(struct tui_model *model, int width)
{
	fixture_open(model, width == 160 ? 45 : 24, width, false);
	tui_frame_settle(model);
	fixture_served_keys(model, "5j\r");
	assert_int_equal(model->screen, TUI_MESSAGE);
}

/* assert_asked - the newest request, about this message alone. */
static const json_t *
assert_asked(struct tui_model *model, const char *method)
{
	const struct tui_request *request = fixture_request(model);
	const json_t *ids;

	assert_non_null(request);
	assert_string_equal(request->method, method);
	ids = api_json_get_array(request->params, "ids");
	assert_int_equal(json_array_size(ids), 1);
	assert_string_equal(json_string_value(json_array_get(ids, 0)), model->message.id);
	return request->params;
}

static void
pass(struct tui_model *model, int64_t ms)
{
	tui_model_tick(model, model->now_unix_ms + ms, model->now_mono_ms + ms);
	model->heard_mono_ms = model->now_mono_ms;
	tui_frame_settle(model);
}

static void
the_sentence_comes_first(void **state)
{
	struct tui_model model;

	(void)state;
	open_message(&model, 80);
	assert_shows(&model, "Delivered?  YES — Gmail accepted it at 13:58:22 today");
	assert_shows(&model, "not visible to us");
	fixture_keys(&model, "j");
	assert_shows(&model, "NOT YET — Yahoo asked us to slow down (421 TSS04). 3 tries");
	assert_shows(&model, "(2 of 4 rcpts)");
	fixture_keys(&model, "G"); /* the end of its timeline */
	assert_shows(&model, "28 Nov 13:58 expires    bounce to orders@shop.example");
	fixture_keys(&model, "jj");
	assert_shows(&model, "NO — It bounced at 23:59:59");
	tui_model_deinit(&model);
}

static void
a_subject_is_hidden_until_asked_for(void **state)
{
	struct tui_model model;

	(void)state;
	open_message(&model, 80);
	assert_shows(&model, "subject hidden (v show)");
	assert_hides(&model, "Your order");
	fixture_keys(&model, "v");
	assert_shows(&model, "subject Your order 17");
	tui_model_deinit(&model);
}

static void
an_event_asks_again_and_so_does_time(void **state)
{
	struct tui_model model;

	(void)state;
	open_message(&model, 80);
	assert_null(fixture_request(&model));
	tui_message_event(&model);
	tui_frame_settle(&model);
	assert_null(fixture_request(&model)); /* not at once: several come together */
	pass(&model, 500);
	assert_string_equal(fixture_request(&model)->method, "message.show");
	fixture_serve(&model);
	pass(&model, 4000);
	assert_null(fixture_request(&model));
	pass(&model, 1000); /* it waits: what for may have changed */
	assert_string_equal(fixture_request(&model)->method, "message.show");
	fixture_keys(&model, "q");
	assert_int_equal(model.screen, TUI_LOG);
	tui_model_deinit(&model);
}

static void
a_late_answer_about_another_is_dropped(void **state)
{
	struct tui_model model;
	struct tui_request *first;
	json_t *result = fixture_json("message");

	(void)state;
	fixture_open(&model, 24, 80, false);
	tui_frame_settle(&model);
	fixture_keys(&model, "5j\r");
	first = fixture_request(&model);
	assert_string_equal(first->method, "message.show");
	fixture_keys(&model, "]"); /* the next message of the log */
	assert_string_not_equal(model.message.id, first->key);
	tui_model_reply(&model, first, result, NULL);
	assert_null(model.message.answer);
	json_decref(result);
	tui_model_deinit(&model);
}

static void
siblings_are_those_of_the_list(void **state)
{
	struct tui_model model;
	char id[TUI_ID_SIZE];

	(void)state;
	open_message(&model, 80);
	memcpy(id, model.message.id, sizeof id);
	fixture_served_keys(&model, "]");
	assert_string_not_equal(model.message.id, id);
	fixture_served_keys(&model, "[");
	assert_string_equal(model.message.id, id);
	fixture_served_keys(&model, "[[[[");
	assert_shows(&model, "that is the first one of the list");
	fixture_served_keys(&model, "]]]]]]]]]]]]");
	assert_shows(&model, "that is the last one of the list");
	tui_model_deinit(&model);
}

static void
hold_is_done_at_once_and_undone(void **state)
{
	struct tui_model model;

	(void)state;
	open_message(&model, 80);
	fixture_keys(&model, "H");
	(void)assert_asked(&model, "message.hold");
	fixture_answer(&model, NULL, json_pack("{s:i}", "affected", 2), NULL);
	assert_shows(&model, "last action: held 01JD7QZ8N0007, 2 recipients");
	assert_shows(&model, "U undo 30s");
	fixture_serve(&model);
	fixture_keys(&model, "U");
	(void)assert_asked(&model, "message.release");
	tui_model_deinit(&model);
}

static void
try_now_and_release_go_out(void **state)
{
	struct tui_model model;

	(void)state;
	open_message(&model, 160);
	fixture_keys(&model, "F");
	(void)assert_asked(&model, "message.retry");
	fixture_answer(&model, NULL, json_pack("{s:i}", "affected", 1), NULL);
	assert_shows(&model, "= relaycli message retry 01JD7QZ8N0007");
	assert_hides(&model, "U undo 30s");
	fixture_serve(&model);
	fixture_keys(&model, "R");
	(void)assert_asked(&model, "message.release");
	tui_model_deinit(&model);
}

/* open_dialog - B or X, and the count that the daemon gives. */
static void
open_dialog(struct tui_model *model, const char *key, const char *method, int affected)
{
	fixture_keys(model, key);
	assert_true(api_json_get_bool(assert_asked(model, method), "dry_run"));
	fixture_answer(model, NULL, json_pack("{s:i}", "affected", affected), NULL);
}

static void
a_bounce_asks_first_and_wants_a_reason(void **state)
{
	struct tui_model model;
	const json_t *params;

	(void)state;
	open_message(&model, 80);
	open_dialog(&model, "B", "message.bounce", 1);
	assert_shows(&model, "Bounce 01JD7QZ8N0007");
	assert_shows(&model, "1 recipient of orders@shop.example still waits.");
	fixture_keys(&model, "\r"); /* the focus is on Cancel */
	assert_false(model.dialog.is_open);
	assert_null(fixture_request(&model));
	open_dialog(&model, "B", "message.bounce", 1);
	fixture_keys(&model, "\033");
	assert_null(fixture_request(&model));
	open_dialog(&model, "B", "message.bounce", 1);
	fixture_keys(&model, "\t\t\r"); /* past the field, on the button: no reason yet */
	assert_shows(&model, "say why: its sender reads it");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\t\twithdrawn\r\r");
	params = assert_asked(&model, "message.bounce");
	assert_string_equal(api_json_get_text(params, "reason"), "withdrawn");
	assert_int_equal(api_json_get_int(params, "count", 0), 1);
	assert_int_equal(api_json_get_int(params, "grace_ms", -1), 0);
	assert_false(api_json_get_bool(params, "dry_run"));
	tui_model_deinit(&model);
}

static void
many_want_its_name_and_have_ten_seconds(void **state)
{
	struct tui_model model;
	const json_t *params;

	(void)state;
	open_message(&model, 80);
	open_dialog(&model, "X", "message.cancel", 101);
	assert_shows(&model, "nobody is told");
	fixture_keys(&model, "\twrong\t\r\r");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\033");
	open_dialog(&model, "X", "message.cancel", 101);
	fixture_keys(&model, "\t01JD7QZ8N0007\t\r");
	params = assert_asked(&model, "message.cancel");
	assert_int_equal(api_json_get_int(params, "grace_ms", 0), 10000);
	assert_int_equal(api_json_get_int(params, "count", 0), 101);
	tui_model_deinit(&model);
}

static void
what_waits_no_more_is_not_bounced(void **state)
{
	struct tui_model model;

	(void)state;
	open_message(&model, 80);
	open_dialog(&model, "B", "message.bounce", 0);
	assert_false(model.dialog.is_open);
	assert_shows(&model, "nothing of 01JD7QZ8N0007 waits any more: nothing to bounce");
	tui_model_deinit(&model);
}

static void
replies_are_explained(void **state)
{
	struct tui_model model;

	(void)state;
	open_message(&model, 80);
	fixture_keys(&model, "jw");
	assert_shows(&model, "In plain words:");
	assert_shows(&model, "the provider holds our mail back for its volume");
	assert_shows(&model, "Not permanent: it is tried again");
	fixture_keys(&model, "\033jw");
	assert_shows(&model, "no reply yet: nothing to explain");
	tui_model_deinit(&model);
}

static void
read_only_changes_nothing(void **state)
{
	struct tui_model model;

	(void)state;
	open_message(&model, 80);
	model.is_read_only = true;
	fixture_keys(&model, "HRFBX");
	assert_null(fixture_request(&model));
	assert_shows(&model, "read-only (Ctrl-R): nothing was changed");
	tui_model_deinit(&model);
}

static void
what_is_unknown_is_said(void **state)
{
	struct tui_model model;
	struct api_error error;

	(void)state;
	fixture_open(&model, 24, 80, false);
	tui_frame_settle(&model);
	fixture_keys(&model, "5j\r");
	(void)api_error_set(&error, API_ERROR_NOT_FOUND, "no message 01JD7QZ8N0007 in the log");
	fixture_answer(&model, NULL, NULL, &error);
	assert_shows(&model, "Delivered?  no message 01JD7QZ8N0007 in the log");
	fixture_keys(&model, "jkwt[");
	free(fixture_draw(&model));
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sentence_comes_first),
		cmocka_unit_test(a_subject_is_hidden_until_asked_for),
		cmocka_unit_test(an_event_asks_again_and_so_does_time),
		cmocka_unit_test(a_late_answer_about_another_is_dropped),
		cmocka_unit_test(siblings_are_those_of_the_list),
		cmocka_unit_test(hold_is_done_at_once_and_undone),
		cmocka_unit_test(try_now_and_release_go_out),
		cmocka_unit_test(a_bounce_asks_first_and_wants_a_reason),
		cmocka_unit_test(many_want_its_name_and_have_ten_seconds),
		cmocka_unit_test(what_waits_no_more_is_not_bounced),
		cmocka_unit_test(replies_are_explained),
		cmocka_unit_test(read_only_changes_nothing),
		cmocka_unit_test(what_is_unknown_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
