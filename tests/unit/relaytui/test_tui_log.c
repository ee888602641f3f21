/* The log: newest first, frozen means frozen, nothing missing after that. */
#include "tui_fixture.h"

static void
take(struct tui_log *log, size_t n)
{
	static size_t made;

	for (size_t i = 0; i < n; i++) {
		char id[16];
		json_t *event;

		snprintf(id, sizeof id, "%013zu", ++made);
		event = json_pack("{s:s}", "id", id);
		tui_log_take(log, event, 5000);
		json_decref(event);
	}
}

static void
a_frozen_log_keeps_its_rows(void **state)
{
	struct tui_log log;
	char oldest[16], newest[16];

	(void)state;
	tui_log_init(&log);
	take(&log, TUI_LOG_EVENTS - 10);
	tui_log_freeze(&log, FIXTURE_UNIX_MS);
	snprintf(oldest, sizeof oldest, "%s", tui_log_at(&log, log.count - 1)->id);
	take(&log, 10);
	snprintf(newest, sizeof newest, "%s", tui_log_at(&log, 0)->id);
	take(&log, 4812);
	assert_int_equal(log.count, TUI_LOG_EVENTS);
	assert_string_equal(tui_log_at(&log, 0)->id, newest);
	assert_string_equal(tui_log_at(&log, log.count - 1)->id, oldest);
	assert_int_equal(log.fresh, 4822);
	assert_true(tui_log_thaw(&log));
	assert_false(tui_log_thaw(&log));
	take(&log, 1);
	assert_string_not_equal(tui_log_at(&log, 0)->id, newest);
	assert_string_not_equal(tui_log_at(&log, log.count - 1)->id, oldest);
	tui_log_deinit(&log);
}

static void
older_events_go_behind(void **state)
{
	struct tui_log log;
	json_t *events = json_pack("[{s:s}, {s:s}, {s:s}, {}]", "id", "0000000000001", "id",
	                           "0000000000002", "id", "0000000000003");
	json_t *live = json_pack("{s:s}", "id", "0000000000003");

	(void)state;
	tui_log_init(&log);
	tui_log_take(&log, live, 0);
	json_array_remove(events, 3);
	tui_log_backfill(&log, events); /* the third is there already */
	assert_int_equal(log.count, 3);
	assert_string_equal(tui_log_at(&log, 0)->id, "0000000000003");
	assert_string_equal(tui_log_at(&log, 2)->id, "0000000000001");
	tui_log_clear(&log);
	tui_log_backfill(&log, events);
	assert_int_equal(log.count, 3);
	assert_string_equal(tui_log_at(&log, 0)->id, "0000000000003");
	json_decref(events);
	json_decref(live);
	tui_log_deinit(&log);
}

static void
a_second_is_counted_when_it_is_over(void **state)
{
	struct tui_log log;

	(void)state;
	tui_log_init(&log);
	take(&log, 8); /* at 5000 ms */
	tui_log_sampled(&log, 304, 5999);
	assert_int_equal(log.shown_sec, 0);
	tui_log_tick(&log, 6000);
	assert_int_equal(log.shown_sec, 8);
	assert_int_equal(log.sampled_sec, 304);
	tui_log_tick(&log, 9000);
	assert_int_equal(log.shown_sec, 0);
	tui_log_deinit(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frozen_log_keeps_its_rows),
		cmocka_unit_test(older_events_go_behind),
		cmocka_unit_test(a_second_is_counted_when_it_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
