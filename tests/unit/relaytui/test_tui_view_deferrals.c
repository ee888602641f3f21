/* The Deferrals screen: how it looks, what it asks for, where its keys lead. */
#include <wchar.h>
#include "tui_fixture.h"
#include "tui_golden.h"

static void
open_deferrals(struct tui_model *model, int height, int width, bool is_ascii)
{
	fixture_open(model, height, width, is_ascii);
	fixture_keys(model, "4");
	fixture_view(model, "deferrals", "boot-1", fixture_json("deferrals"));
	tui_frame_settle(model);
}

static const struct {
	const char *name, *keys;
} pictures[] = {
	{ "deferrals", "" },
	{ "deferrals_hostile", "jjj" },
	{ "deferrals_by_provider", "o" },
	{ "deferrals_explained", "w" },
};

static void
it_looks_as_saved(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
		for (size_t n = 0; n < 2 * GOLDEN_SIZES; n++) {
			struct tui_model model;

			open_deferrals(&model, golden_sizes[n / 2].height,
			               golden_sizes[n / 2].width, n % 2);
			fixture_keys(&model, pictures[i].keys);
			golden_check(&model, pictures[i].name);
			tui_model_deinit(&model);
		}
}

static const struct {
	const char *name, *data, *shows;
} without_rows[] = {
	{ "none", "{\"rows\":[],\"total\":0}", "nobody refused anything in this window" },
	{ "being counted", "{\"rows\":[],\"pending\":true}", "being counted ..." },
	{ "failed", "{\"rows\":[],\"failed\":\"the log is busy\"}", "the log is busy" },
};

static void
without_rows_it_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof without_rows / sizeof *without_rows; i++) {
		struct tui_model model;

		fixture_open(&model, 24, 80, false);
		fixture_keys(&model, "4");
		fixture_view(&model, "deferrals", "boot-1",
		             json_loads(without_rows[i].data, 0, NULL));
		assert_shows(&model, without_rows[i].shows);
		fixture_keys(&model, "\rwT"); /* of no row: nothing to open, explain, limit */
		assert_int_equal(model.screen, TUI_DEFERRALS);
		assert_false(model.dialog.is_open);
		assert_null(fixture_request(&model));
		tui_model_deinit(&model);
	}
}

/* assert_asks - the subscription's params after these keys. */
static void
assert_asks(const char *keys, const char *by, const char *since)
{
	struct tui_model model;
	json_t *window, *params;

	open_deferrals(&model, 24, 80, false);
	fixture_keys(&model, keys);
	window = tui_view_deferrals.window(&model, TUI_DEFERRALS);
	params = json_object_get(window, "params");
	assert_string_equal(api_json_get_text(params, "by"), by);
	assert_true(api_json_get_bool(params, "details"));
	assert_string_equal(json_string_value(json_array_get(json_object_get(params, "terms"), 0)),
	                    since);
	json_decref(window);
	tui_model_deinit(&model);
}

static void
grouping_and_window_are_asked_for(void **state)
{
	(void)state;
	assert_asks("", "reply", "since:1h");
	assert_asks("o", "provider", "since:1h");
	assert_asks("oo", "cred", "since:1h");
	assert_asks("ooo", "ip", "since:1h");
	assert_asks("oooo", "reply", "since:1h");
	assert_asks("[", "reply", "since:15m");
	assert_asks("[[[", "reply", "since:15m");
	assert_asks("]", "reply", "since:6h");
	assert_asks("]]]]", "reply", "since:24h");
}

static void
the_selected_group_is_asked_for_with_its_details(void **state)
{
	struct tui_model model;
	json_t *window;

	(void)state;
	open_deferrals(&model, 24, 80, false);
	fixture_keys(&model, "j");
	window = tui_view_deferrals.window(&model, TUI_DEFERRALS);
	assert_string_equal(api_json_get_text(window, "select"), "1a1b2c3d4e5f");
	json_decref(window);
	tui_model_deinit(&model);
}

static const struct {
	const char *keys, *filter;
} filters[] = {
	{ "\r", "code:421 category:reputation_block status:waiting" },
	{ "jj\r", "category:network_error status:waiting" },
	{ "jjjj\r", "code:451 category:greylisted status:waiting" },
};

static void
enter_leads_to_their_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		struct tui_model model;

		open_deferrals(&model, 24, 80, false);
		fixture_keys(&model, filters[i].keys);
		assert_int_equal(model.screen, TUI_SEARCH);
		assert_string_equal(model.search.line, filters[i].filter);
		assert_string_equal(fixture_request(&model)->method, "find.search");
		fixture_keys(&model, "q");
		assert_int_equal(model.screen, TUI_DEFERRALS);
		tui_model_deinit(&model);
	}
}

static void
old_numbers_say_when_they_were_counted(void **state)
{
	struct tui_model model;
	json_t *data = fixture_json("deferrals");

	(void)state;
	open_deferrals(&model, 24, 160, false);
	assert_hides(&model, "at 14:0");
	json_object_set_new(data, "as_of", json_string("2026-11-23T14:02:01.000Z"));
	json_object_set_new(data, "complete", json_false());
	fixture_view(&model, "deferrals", "boot-1", data);
	assert_shows(&model, "3,915 messages in 5 groups (at least)   at 14:02:01");
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_as_saved),
		cmocka_unit_test(without_rows_it_says_why),
		cmocka_unit_test(grouping_and_window_are_asked_for),
		cmocka_unit_test(the_selected_group_is_asked_for_with_its_details),
		cmocka_unit_test(enter_leads_to_their_messages),
		cmocka_unit_test(old_numbers_say_when_they_were_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
