/* Whole screens as text, compared with tests/unit/relaytui/golden.
 * GOLDEN=write writes them anew; look at the difference before committing it. */
#include "tui_golden.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

static const struct {
	const char *name, *keys;
} screens[] = {
	{ "overview", "" },
	{ "queues", "2j" },
	{ "queue_messages", "2j\r" },
	{ "log", "5" },
	{ "log_open", "5jjjjjj\r" },
	{ "message", "5j\r" },
	{ "message_next", "5j\rj" },
	{ "search", "6" },
	{ "search_found", "6to:b.lee@yahoo.com since:30d\r" },
	{ "search_keys", "6to:b@x.example s\t" },
	{ "message_revealed", "5j\rjjv" },
	{ "help", "2?" },
};

static void
draw_one(size_t screen, size_t size, bool is_ascii)
{
	struct tui_model model;

	fixture_open(&model, golden_sizes[size].height, golden_sizes[size].width, is_ascii);
	tui_frame_settle(&model);
	fixture_served_keys(&model, screens[screen].keys);
	golden_check(&model, screens[screen].name);
	tui_model_deinit(&model);
}

static void
screens_look_as_saved(void **state)
{
	(void)state;
	for (size_t screen = 0; screen < COUNT_OF(screens); screen++)
		for (size_t size = 0; size < GOLDEN_SIZES; size++)
			for (int ascii = 0; ascii < 2; ascii++)
				draw_one(screen, size, ascii);
}

/* every size down to a single cell: nothing may be written outside */
static void
any_size_is_drawn(void **state)
{
	(void)state;
	for (size_t screen = 0; screen < COUNT_OF(screens); screen++)
		for (int n = 1; n < 200; n += 3) {
			struct tui_model model;

			fixture_open(&model, 1 + n / 4, n, n % 2);
			fixture_served_keys(&model, screens[screen].keys);
			free(fixture_draw(&model));
			tui_model_deinit(&model);
		}
}

static void
a_screen_without_news_says_so(void **state)
{
	struct tui_model model;
	struct api_error error;

	(void)state;
	fixture_open(&model, 24, 80, false);
	assert_shows(&model, "● LIVE 14:02:31");
	tui_model_tick(&model, FIXTURE_UNIX_MS + 66000, FIXTURE_MONO_MS + 66000);
	assert_shows(&model, "○ STALE 01:07");
	(void)api_error_set(&error, API_ERROR_UNREACHABLE, "relayd closed the connection");
	tui_model_lost(&model, &error, FIXTURE_MONO_MS + 70000);
	assert_shows(&model, "again in 4 s: relayd closed the connection");
	fixture_view(&model, "overview", "boot-1", fixture_json("overview"));
	assert_shows(&model, "● LIVE");
	tui_model_deinit(&model);
}

static void
nothing_heard_yet_shows_no_zeros(void **state)
{
	struct tui_model model;

	(void)state;
	tui_model_init(&model, false, false);
	tui_model_tick(&model, FIXTURE_UNIX_MS, FIXTURE_MONO_MS);
	assert_shows(&model, "CONNECTING");
	assert_hides(&model, "queued 0");
	fixture_keys(&model, "2jkG");
	assert_hides(&model, "queued 0");
	fixture_keys(&model, "5jkGm\r");
	free(fixture_draw(&model));
	tui_model_deinit(&model);
}

static void
the_role_is_shown(void **state)
{
	struct tui_model model;
	json_t *queues = fixture_json("queues");

	(void)state;
	fixture_open(&model, 45, 160, false);
	assert_shows(&model, "ana rw");
	json_object_set_new(json_object_get(queues, "status"), "role", json_string("viewer"));
	fixture_view(&model, "queues", "boot-1", queues);
	assert_shows(&model, "● READ-ONLY 14:02:31");
	assert_shows(&model, "ana ro");
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(screens_look_as_saved),
		cmocka_unit_test(any_size_is_drawn),
		cmocka_unit_test(a_screen_without_news_says_so),
		cmocka_unit_test(nothing_heard_yet_shows_no_zeros),
		cmocka_unit_test(the_role_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
