/* The Throttles screen: how it looks. What its keys change is in test_tui_throttle_act.c. */
#include <wchar.h>
#include "tui_fixture.h"
#include "tui_golden.h"

static void
open_throttles(struct tui_model *model, int height, int width, bool is_ascii)
{
	fixture_open(model, height, width, is_ascii);
	fixture_keys(model, "3");
	fixture_view(model, "throttles", "boot-1", fixture_json("throttles"));
	tui_frame_settle(model);
}

static const struct {
	const char *name, *keys, *detail;
} pictures[] = {
	{ "throttles", "jj", "throttle_history" },
	{ "throttles_open", "jj\r", "throttle_history" },
	{ "throttles_stop", "", NULL },
	{ "throttles_operator", "jjjjj\r", NULL },
	{ "throttles_credential", "jjjjjj\r", NULL },
};

static void
it_looks_as_saved(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
		for (size_t n = 0; n < 2 * GOLDEN_SIZES; n++) {
			struct tui_model model;

			open_throttles(&model, golden_sizes[n / 2].height,
			               golden_sizes[n / 2].width, n % 2);
			fixture_keys(&model, pictures[i].keys);
			while (pictures[i].detail && !tui_listing_detail(&model)) {
				fixture_detail(&model, pictures[i].detail);
				tui_frame_settle(&model);
			}
			golden_check(&model, pictures[i].name);
			tui_model_deinit(&model);
		}
}

static void
nothing_is_throttled(void **state)
{
	struct tui_model model;
	json_t *none = fixture_json("throttles");

	(void)state;
	fixture_open(&model, 24, 80, false);
	fixture_keys(&model, "3");
	json_object_set_new(none, "rows", json_array());
	json_object_set_new(none, "total", json_integer(0));
	fixture_view(&model, "throttles", "boot-1", none);
	assert_shows(&model,
	             "every limit is as relayd.conf has it, nothing is stopped; a shows all");
	assert_shows(&model, "throttles set here end on their own");
	tui_model_deinit(&model);
}

static void
a_asks_for_all_of_them(void **state)
{
	struct tui_model model;
	json_t *params;

	(void)state;
	open_throttles(&model, 24, 80, false);
	assert_shows(&model, "Throttles ▸ active (9 of 41)   sort: USED ▼");
	fixture_keys(&model, "a");
	params = tui_view_throttles.window(&model, TUI_THROTTLES);
	assert_true(api_json_get_bool(json_object_get(params, "params"), "all"));
	assert_string_equal(api_json_get_text(params, "sort"), "used");
	json_decref(params);
	assert_shows(&model, "Throttles ▸ all (9)");
	fixture_keys(&model, "a");
	params = tui_view_throttles.window(&model, TUI_THROTTLES);
	assert_false(api_json_get_bool(json_object_get(params, "params"), "all"));
	json_decref(params);
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_as_saved),
		cmocka_unit_test(nothing_is_throttled),
		cmocka_unit_test(a_asks_for_all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
