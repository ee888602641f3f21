/* T and C: what is asked before, what goes out, what takes it back. */
#include <wchar.h>
#include "tui_fixture.h"
#include "tui_throttle.h"

/* the rows of data/throttles.json */
enum { STOP, UNREACHABLE, AUTO, CONNECTIONS, AUTO_SOURCE, OPERATOR, CREDENTIAL };

static void
open_at(struct tui_model *model, int row)
{
	fixture_open(model, 30, 100, false);
	fixture_keys(model, "3");
	fixture_view(model, "throttles", "boot-1", fixture_json("throttles"));
	tui_frame_settle(model);
	for (int i = 0; i < row; i++)
		fixture_keys(model, "j");
}

/* answer - the request that waits, as the feed would. */
static void
answer(struct tui_model *model)
{
	struct tui_request *request = fixture_request(model);
	json_t *result = json_pack("{s:i}", "affected", 2);

	assert_non_null(request);
	tui_model_reply(model, request, result, NULL);
	json_decref(result);
	tui_request_free(&request);
}

static void
assert_sends(struct tui_model *model, const char *method, const char *scope, const char *limit,
             const char *value)
{
	const struct tui_request *request = fixture_request(model);
	const char *its;

	assert_non_null(request);
	assert_string_equal(request->method, method);
	assert_string_equal(api_json_get_text(request->params, "scope"), scope);
	assert_string_equal(api_json_get_text(request->params, "limit"), limit);
	its = api_json_get_text(request->params, "value");
	assert_string_equal(its ? its : "", value);
}

static void
less_is_done_at_once_and_taken_back(void **state)
{
	struct tui_model model;
	const json_t *params;

	(void)state;
	open_at(&model, AUTO);
	fixture_keys(&model, "T");
	assert_shows(&model, "Throttle provider:yahoo: msgs/s");
	assert_shows(&model, "now 18/s (auto), allowed 60/s");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "10/s\t\tcomplaints\r\r");
	assert_false(model.dialog.is_open);
	assert_sends(&model, "throttle.set", "provider:yahoo", "rate", "10/s");
	params = fixture_request(&model)->params;
	assert_int_equal(api_json_get_int(params, "for_ms", 0), 7200000);
	assert_string_equal(api_json_get_text(params, "reason"), "complaints");
	answer(&model);
	assert_shows(&model, "last action: throttled provider:yahoo to 10/s (14:02:31, ana)");
	assert_shows(&model, "U undo 30s");
	assert_hides(&model, "recipient");
	fixture_keys(&model, "U");
	assert_sends(&model, "throttle.clear", "provider:yahoo", "rate", "");
	answer(&model);
	assert_shows(&model, "undone: cleared provider:yahoo");
	tui_model_deinit(&model);
}

static void
an_undo_brings_back_what_stood_there_and_its_end(void **state)
{
	struct tui_model model;
	const json_t *params;

	(void)state;
	open_at(&model, OPERATOR);
	fixture_keys(&model, "T40/s\r\r\r\r");
	assert_sends(&model, "throttle.set", "provider:outlook", "rate", "40/s");
	answer(&model);
	fixture_keys(&model, "U");
	assert_sends(&model, "throttle.set", "provider:outlook", "rate", "80/s");
	params = fixture_request(&model)->params;
	assert_string_equal(api_json_get_text(params, "ends_at"), "2026-11-23T18:00:00.000Z");
	assert_string_equal(api_json_get_text(params, "reason"), "complaints");
	assert_null(json_object_get(params, "for_ms"));
	tui_model_deinit(&model);
}

static void
more_is_asked_about(void **state)
{
	struct tui_model model;

	(void)state;
	open_at(&model, OPERATOR);
	fixture_keys(&model, "T100/s\r\r\r\r");
	assert_null(fixture_request(&model));
	assert_true(model.dialog.is_open);
	assert_shows(&model, "Raise provider:outlook");
	assert_shows(&model, "80/s now; 100/s for");
	fixture_keys(&model, "\r"); /* the focus is on Cancel */
	assert_false(model.dialog.is_open);
	assert_null(fixture_request(&model));
	fixture_keys(&model, "T100/s\r\r\r\r");
	tui_input_key(&model, TUI_KEY_LEFT);
	fixture_keys(&model, "\r");
	assert_sends(&model, "throttle.set", "provider:outlook", "rate", "100/s");
	tui_model_deinit(&model);
}

static const struct {
	const char *keys, *says;
} refused[] = {
	{ "Tfast\r\r\r\r", "is not a rate" },
	{ "T\r\r\r\r", "is not a rate" },
	{ "T0/s\r\r\r\r", "out of range" },
	{ "T5/s\t40d\r\r\r", "for 1s to 30d" },
};

static void
what_cannot_be_is_refused_in_the_box(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct tui_model model;

		open_at(&model, AUTO);
		fixture_keys(&model, "T");
		model.dialog.field[1].n = 0; /* another duration than the one offered */
		if (strchr(refused[i].keys, '\t'))
			model.dialog.field[1].text[0] = '\0';
		else
			model.dialog.field[1].n = strlen(model.dialog.field[1].text);
		fixture_keys(&model, refused[i].keys + 1);
		assert_true(model.dialog.is_open);
		assert_shows(&model, refused[i].says);
		assert_null(fixture_request(&model));
		fixture_keys(&model, "\033");
		assert_false(model.dialog.is_open);
		assert_null(fixture_request(&model));
		tui_model_deinit(&model);
	}
}

static void
a_clear_that_allows_more_is_asked_about_and_taken_back(void **state)
{
	struct tui_model model;
	const json_t *params;

	(void)state;
	open_at(&model, OPERATOR);
	fixture_keys(&model, "C");
	assert_shows(&model, "Clear provider:outlook rate");
	assert_shows(&model, "80/s, set by hand -> 120/s, by the rule.");
	fixture_keys(&model, "\r"); /* Cancel */
	assert_null(fixture_request(&model));
	fixture_keys(&model, "C");
	tui_input_key(&model, TUI_KEY_LEFT);
	fixture_keys(&model, "\r");
	assert_sends(&model, "throttle.clear", "provider:outlook", "rate", "");
	answer(&model);
	fixture_keys(&model, "U");
	assert_sends(&model, "throttle.set", "provider:outlook", "rate", "80/s");
	params = fixture_request(&model)->params;
	assert_string_equal(api_json_get_text(params, "ends_at"), "2026-11-23T18:00:00.000Z");
	tui_model_deinit(&model);
}

static void
what_a_rule_stopped_is_lifted_for_good(void **state)
{
	struct tui_model model;

	(void)state;
	open_at(&model, STOP);
	fixture_keys(&model, "C");
	assert_shows(&model, "This cannot be undone");
	assert_shows(&model, "S3150");
	tui_input_key(&model, TUI_KEY_LEFT);
	fixture_keys(&model, "\r");
	assert_sends(&model, "throttle.clear", "provider:outlook", "stop_source", "");
	answer(&model);
	assert_hides(&model, "U undo");
	fixture_keys(&model, "U");
	assert_null(fixture_request(&model));
	tui_model_deinit(&model);
}

static const struct {
	int row;
	const char *key, *says;
} nothing_to_do[] = {
	{ AUTO, "C", "nobody set that: the pace adapts by itself" },
	{ CONNECTIONS, "C", "nobody set that: it is relayd.conf's" },
	{ UNREACHABLE, "C", "to ask now: relaycli queue flush evil.example" },
	{ UNREACHABLE, "T", "has no value to set" },
	{ STOP, "T", "has no value to set" },
	{ CREDENTIAL, "T", "Credentials screen" },
	{ CREDENTIAL, "C", "the credential's own limit" },
};

static void
where_nothing_can_be_done_the_way_out_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof nothing_to_do / sizeof *nothing_to_do; i++) {
		struct tui_model model;

		open_at(&model, nothing_to_do[i].row);
		fixture_keys(&model, nothing_to_do[i].key);
		assert_false(model.dialog.is_open);
		assert_null(fixture_request(&model));
		if (!strstr(model.said, nothing_to_do[i].says))
			fail_msg("row %d, %s: %s", nothing_to_do[i].row, nothing_to_do[i].key,
			         model.said);
		tui_model_deinit(&model);
	}
}

static void
deferrals_lead_to_a_throttle_of_their_provider(void **state)
{
	struct tui_model model;
	struct tui_request *request;
	json_t *result = fixture_json("throttles"), *rows = json_object_get(result, "rows");

	(void)state;
	fixture_open(&model, 30, 100, false);
	fixture_keys(&model, "4");
	fixture_view(&model, "deferrals", "boot-1", fixture_json("deferrals"));
	tui_frame_settle(&model);
	fixture_keys(&model, "T");
	request = fixture_request(&model);
	assert_string_equal(request->method, "throttle.show");
	assert_string_equal(api_json_get_text(request->params, "scope"), "provider:yahoo");
	json_array_remove(rows, 0); /* of others */
	json_array_remove(rows, 0);
	json_object_set(result, "items", rows);
	tui_model_reply(&model, request, result, NULL);
	tui_request_free(&request);
	json_decref(result);
	assert_shows(&model, "Throttle provider:yahoo: msgs/s");
	fixture_keys(&model, "10/s\r\r\r\r");
	assert_sends(&model, "throttle.set", "provider:yahoo", "rate", "10/s");
	tui_model_deinit(&model);
}

/* without a limit nothing is listed, and one can be set all the same */
static void
a_provider_without_a_limit_gets_one(void **state)
{
	struct tui_model model;
	struct tui_request *request;
	json_t *none = json_pack("{s:[]}", "items");

	(void)state;
	fixture_open(&model, 30, 100, false);
	fixture_keys(&model, "4");
	fixture_view(&model, "deferrals", "boot-1", fixture_json("deferrals"));
	tui_frame_settle(&model);
	fixture_keys(&model, "T");
	request = fixture_request(&model);
	tui_model_reply(&model, request, none, NULL);
	tui_request_free(&request);
	json_decref(none);
	assert_shows(&model, "allowed no limit");
	fixture_keys(&model, "10/s\r\r\r\r");
	assert_sends(&model, "throttle.set", "provider:yahoo", "rate", "10/s");
	tui_model_deinit(&model);
}

/* whatever is pressed: what changes something was confirmed with the button, is U, or clears
 * what allowed more than the rule does */
static void
random_keys_change_nothing_unconfirmed(void **state)
{
	static const int keys[] = { 'T', 'C', 'U', 'a', 'j', 'k', '1', '3', '3', 's', 'g', 'G',
		                    'x', '\t', TUI_KEY_ENTER, TUI_KEY_ESC, TUI_KEY_LEFT };
	struct tui_model model;
	uint32_t seed = 815;
	size_t changes = 0;

	(void)state;
	open_at(&model, 0);
	for (int i = 0; i < 20000; i++) {
		const struct tui_dialog *dialog = &model.dialog;
		const struct tui_request *sent;
		bool is_button, may;
		int key;

		seed = seed * 1664525 + 1013904223;
		key = keys[(seed >> 16) % (sizeof keys / sizeof *keys)];
		is_button = dialog->is_open && dialog->focus == dialog->fields
		            && key == TUI_KEY_ENTER;
		may = is_button || (!dialog->is_open && key == 'U');
		tui_input_key(&model, key);
		tui_frame_settle(&model);
		while ((sent = fixture_request(&model)) != NULL) {
			if (strcmp(sent->method, "throttle.set") == 0 ||
			    strcmp(sent->method, "throttle.clear") == 0) {
				assert_true(may);
				changes++;
			}
			answer(&model);
		}
	}
	assert_true(changes > 0);
	tui_model_deinit(&model);
}

static const struct {
	double per_second;
	const char *text;
} values[] = {
	{ 18, "18/s" }, { 0.016667, "1/m" }, { 1.5, "90/m" }, { 0.000278, "1/h" }, { 0.5, "30/m" },
	{ 1000000, "1000000/s" }, { 0.000012, "1/d" }, { 33.333, "33/s" },
};

static void
a_value_is_written_as_it_was_given(void **state)
{
	const struct tui_throttle rate = { .limit = "rate", .cap = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values - 1; i++) {
		char text[TUI_THROTTLE_TEXT];

		tui_throttle_value(&rate, values[i].per_second, text);
		assert_string_equal(text, values[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(less_is_done_at_once_and_taken_back),
		cmocka_unit_test(an_undo_brings_back_what_stood_there_and_its_end),
		cmocka_unit_test(more_is_asked_about),
		cmocka_unit_test(what_cannot_be_is_refused_in_the_box),
		cmocka_unit_test(a_clear_that_allows_more_is_asked_about_and_taken_back),
		cmocka_unit_test(what_a_rule_stopped_is_lifted_for_good),
		cmocka_unit_test(where_nothing_can_be_done_the_way_out_is_said),
		cmocka_unit_test(deferrals_lead_to_a_throttle_of_their_provider),
		cmocka_unit_test(a_provider_without_a_limit_gets_one),
		cmocka_unit_test(random_keys_change_nothing_unconfirmed),
		cmocka_unit_test(a_value_is_written_as_it_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
