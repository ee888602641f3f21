/* The Suppressions screen: how it looks, and what its keys ask and send. */
#include <wchar.h>
#include "tui_golden.h"

/* ---- pictures --------------------------------------------------------------------- */

/* push_with - the picture with one member changed; takes value. */
static void
push_with(struct tui_model *model, const char *key, json_t *value)
{
	json_t *data = fixture_json("suppressions");

	json_object_set_new(data, key, value);
	fixture_view(model, "suppressions", "boot-1", data);
	tui_frame_settle(model);
}

static void
push(struct tui_model *model, bool is_empty)
{
	json_t *data = fixture_json("suppressions");

	if (is_empty) {
		json_object_set_new(data, "rows", json_array());
		json_object_set_new(data, "total", json_integer(0));
	}
	fixture_view(model, "suppressions", "boot-1", data);
	tui_frame_settle(model);
}

static void
open_list(struct tui_model *model, int height, int width, bool is_ascii)
{
	fixture_open(model, height, width, is_ascii);
	fixture_keys(model, "9");
	push(model, false);
}

static const struct {
	const char *name, *keys;
	bool is_answered, is_empty;
} pictures[] = {
	{ "suppressions", "", true, false },
	{ "suppressions_open", "\r", true, false },
	{ "suppressions_wide", "jjjj", false, false },
	{ "suppressions_empty", "", false, true },
	{ "suppressions_add", "N", true, false },
	{ "suppressions_remove", "jX", true, false },
};

static void
it_looks_as_saved(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
		for (size_t size = 0; size < GOLDEN_SIZES; size++)
			for (int ascii = 0; ascii < 2; ascii++) {
				struct tui_model model;

				fixture_open(&model, golden_sizes[size].height,
				             golden_sizes[size].width, ascii);
				fixture_keys(&model, "9");
				push(&model, pictures[i].is_empty);
				fixture_keys(&model, pictures[i].keys);
				if (pictures[i].is_answered)
					fixture_details(&model, "message.list",
							"suppression_stopped");
				golden_check(&model, pictures[i].name);
				tui_model_deinit(&model);
			}
}

static void
any_size_is_drawn(void **state)
{
	(void)state;
	for (int n = 1; n < 200; n += 3) {
		struct tui_model model;

		open_list(&model, 1 + n / 4, n, n % 2);
		fixture_keys(&model, n % 4 ? "jjj" : "jj\r");
		free(fixture_draw(&model));
		tui_model_deinit(&model);
	}
}

static const struct {
	const char *since;
	int64_t total;
	const char *credentials, *words;
} blocked[] = {
	{ "2026-11-23T00:00:00.000Z", 0, "[]", "Blocked by this list: 0 sends today  " },
	{ "2026-11-23T09:12:44.000Z", 1, "[{\"credential\":\"a\",\"count\":1}]",
	  "Blocked by this list: 1 send since 09:12 (a 1)  " },
	{ "2026-11-23T00:00:00.000Z", 12345,
	  "[{\"credential\":\"a\",\"count\":9000},{\"credential\":\"b\",\"count\":3000}]",
	  "Blocked by this list: 12,345 sends today (a 9,000, b 3,000, others 345)" },
};

static void
what_it_blocked_is_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++) {
		struct tui_model model;

		open_list(&model, 24, 80, false);
		push_with(&model, "blocked",
		     json_pack("{s:s, s:I, s:o}", "since_at", blocked[i].since, "total",
		               (json_int_t)blocked[i].total, "credentials",
		               json_loads(blocked[i].credentials, 0, NULL)));
		assert_shows(&model, blocked[i].words);
		tui_model_deinit(&model);
	}
}

static void
what_was_stopped_is_asked_of_the_log(void **state)
{
	struct tui_model model;
	const struct tui_request *asked;
	json_t *terms;

	(void)state;
	open_list(&model, 45, 160, false);
	asked = LIST_OWNER(model.requests.prev, struct tui_request, link);
	assert_string_equal(asked->method, "message.list");
	terms = json_pack("[s, s, s, s]", "to:d.roe@example.net", "cred:newsletter",
	                  "status:suppressed", "since:2026-11-23T14:02:30Z");
	assert_true(json_equal(json_object_get(asked->params, "terms"), terms));
	json_decref(terms);
	fixture_details(&model, "message.list", "suppression_stopped");
	assert_shows(&model, "sends stopped since: 3");
	fixture_keys(&model, "jj");
	fixture_details(&model, "message.list",
			"suppression_stopped"); /* of the one that was asked first ... */
	assert_shows(&model, "sends stopped since: 3");
	tui_model_deinit(&model);
}

static void
why_a_filter_is_refused_is_shown(void **state)
{
	struct tui_model model;
	json_t *data = json_pack("{s:s, s:[]}", "failed", "\"x\" is no time: 90s 15m", "rows");

	(void)state;
	open_list(&model, 24, 80, false);
	fixture_view(&model, "suppressions", "boot-1", data);
	assert_shows(&model, "\"x\" is no time: 90s 15m");
	tui_model_deinit(&model);
}

static void
the_window_follows_the_cursor(void **state)
{
	struct tui_model model;
	json_t *window;

	(void)state;
	open_list(&model, 24, 80, false);
	push_with(&model, "total", json_integer(1000000));
	fixture_keys(&model, "G"); /* a million rows below: asked for, not walked through */
	window = tui_listing_window(&model, TUI_SUPPRESSIONS);
	assert_true(api_json_get_int(window, "offset", 0) > 999900);
	assert_true(api_json_get_int(window, "limit", 0) <= 200);
	assert_string_equal(api_json_get_text(window, "sort"), "since");
	json_decref(window);
	tui_model_deinit(&model);
}

static void
the_oldest_come_first_when_asked_for(void **state)
{
	struct tui_model model;
	json_t *window;

	(void)state;
	open_list(&model, 24, 80, false);
	assert_null(fixture_request(&model)); /* nor anything of a pane that is not shown */
	assert_true(list_is_empty(&model.requests));
	fixture_keys(&model, "ss"); /* by since, again */
	assert_shows(&model, "sort: SINCE ▲");
	window = tui_listing_window(&model, TUI_SUPPRESSIONS);
	assert_true(api_json_get_bool(window, "reverse"));
	json_decref(window);
	tui_model_deinit(&model);
}

/* ---- acts --------------------------------------------------------------------------- */

static void
an_entry_is_added_and_taken_away(void **state)
{
	struct tui_model model;

	(void)state;
	open_list(&model, 24, 80, false);
	fixture_keys(&model, "Nnobody\r\r\r\r\r\r"); /* no address */
	assert_shows(&model, "an address, or *@domain");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\033Nx@y.example\rl\rcred:shop\r2\r\r\r"); /* 2 what? */
	assert_true(model.dialog.is_open);
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\033Nx@y.example\rl\rcred:shop\r30d\rby phone\r\r");
	fixture_sent(&model, "suppression.add",
	            json_pack("{s:s, s:s, s:s, s:I, s:s}", "address", "x@y.example", "cause",
	                      "unsubscribe", "scope", "cred:shop", "for_ms",
	                      (json_int_t)30 * 86400000, "reason", "by phone"));
	fixture_answer(&model, "suppression.add",
	               json_pack("{s:i, s:i}", "affected", 1, "kept", 0), NULL);
	assert_shows(&model, "last action: added x@y.example (14:02:31, ana)");
	fixture_keys(&model, "U");
	fixture_sent(&model, "suppression.remove",
	            json_pack("{s:s, s:s, s:s}", "address", "x@y.example", "scope", "cred:shop",
	                      "reason", "undone in relaytui"));
	tui_model_deinit(&model);
}

static void
what_was_there_is_not_taken_away(void **state)
{
	struct tui_model model;

	(void)state;
	open_list(&model, 24, 80, false);
	fixture_keys(&model, "N*@y.example\r\r\r\r\r\r");
	fixture_sent(&model, "suppression.add",
	            json_pack("{s:s, s:s}", "address", "*@y.example", "cause", "manual"));
	fixture_answer(&model, "suppression.add",
	               json_pack("{s:i, s:i}", "affected", 0, "kept", 1), NULL);
	assert_shows(&model, "already on the list: *@y.example");
	assert_hides(&model, "U undo");
	fixture_keys(&model, "U");
	assert_null(fixture_request(&model));
	tui_model_deinit(&model);
}

static void
a_removal_asks_why_and_is_put_back_as_it_was(void **state)
{
	struct tui_model model;

	(void)state;
	open_list(&model, 24, 80, false);
	fixture_keys(&model, "X");
	assert_shows(&model, "┌ Remove d.roe@example.net");
	assert_shows(&model, "550 5.1.1 user unknown");
	fixture_keys(&model, "\r"); /* Cancel has the focus */
	assert_false(model.dialog.is_open);
	assert_null(fixture_request(&model));
	fixture_keys(&model, "X");
	tui_input_key(&model, TUI_KEY_LEFT);
	fixture_keys(&model, "\r"); /* without a reason */
	assert_shows(&model, "say why");
	assert_null(fixture_request(&model));
	tui_input_key(&model, TUI_KEY_UP);
	fixture_keys(&model, "new mailbox\r\r");
	fixture_sent(&model, "suppression.remove",
	            json_pack("{s:s, s:s, s:s}", "address", "d.roe@example.net", "scope",
	                      "cred:newsletter", "reason", "new mailbox"));
	fixture_answer(&model, "suppression.remove", json_pack("{s:i}", "affected", 1), NULL);
	assert_shows(&model, "last action: removed d.roe@example.net (");
	fixture_keys(&model, "U");
	fixture_sent(&model, "suppression.import",
	            json_pack("{s:[{s:s, s:s, s:s, s:s, s:n, s:n, s:s, s:s, s:i, s:s}], s:s}",
	                      "entries", "address", "d.roe@example.net", "cause", "hard_bounce",
	                      "scope", "cred:newsletter", "since_at", "2026-11-23T14:02:30.000Z",
	                      "ends_at", "detail", "message", "01JD7RQZ8M400", "provider",
	                      "example.net", "code", 550, "reply", "550 5.1.1 user unknown",
	                      "reason", "undone in relaytui"));
	tui_model_deinit(&model);
}

static void
filter(struct tui_model *model, const char *text)
{
	fixture_keys(model, "/");
	fixture_keys(model, text);
	fixture_keys(model, "\r");
}

static void
a_day_in_the_filter_is_one_of_who_types(void **state)
{
	static const char since[] = "yahoo since:2026-11-21T23:00:00.000Z";
	struct tui_model model;
	json_t *window;

	(void)state;
	open_list(&model, 24, 80, false);
	fixture_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	filter(&model, "yahoo since:2026-11-22");
	window = tui_listing_window(&model, TUI_SUPPRESSIONS);
	assert_string_equal(api_json_get_text(window, "filter"), since);
	json_decref(window);
	fixture_keys(&model, "Xa");
	fixture_sent(&model, "suppression.remove", /* what is shown, and no other */
	             json_pack("{s:s+, s:b}", "match", since, " until:2026-11-23T14:02:32Z",
	                       "dry_run", 1));
	tui_model_deinit(&model);
}

static void
all_like_the_filter_are_counted_and_the_filter_is_typed(void **state)
{
	struct tui_model model;

	(void)state;
	open_list(&model, 24, 80, false);
	filter(&model, "site:yahoo");
	fixture_keys(&model, "Xn"); /* neither one nor all */
	assert_null(fixture_request(&model));
	assert_false(model.dialog.is_open);
	fixture_keys(&model, "Xa");
	fixture_sent(&model, "suppression.remove",
	            json_pack("{s:s, s:b}", "match", "site:yahoo until:2026-11-23T14:02:32Z",
	                      "dry_run", 1));
	tui_model_tick(&model, FIXTURE_UNIX_MS + 3000, FIXTURE_MONO_MS + 3000);
	fixture_answer(&model, "suppression.remove",
	       json_pack("{s:i, s:{s:i, s:i}, s:[{s:s, s:s}]}", "affected", 1204, "causes",
	                 "hard_bounce", 1200, "complaint", 4, "entries", "address", "a@b.example",
	                 "reply", "550 no"), NULL);
	assert_shows(&model, "1,204 suppressions are removed. This cannot be undone.");
	assert_shows(&model, "1,200 hard_bounce, 4 complaint");
	assert_shows(&model, "a@b.example  550 no");
	assert_shows(&model, "asked for no more mail themselves");
	fixture_keys(&model, "incident\rsite\r\r"); /* not all of the name */
	assert_true(model.dialog.is_open);
	assert_null(fixture_request(&model));
	tui_input_key(&model, TUI_KEY_UP);
	fixture_keys(&model, ":yahoo\r\r");
	fixture_sent(&model, "suppression.remove",
	            json_pack("{s:s, s:s}", "match", "site:yahoo until:2026-11-23T14:02:32Z",
	                      "reason", "incident")); /* not what came while it was asked */
	fixture_answer(&model, "suppression.remove", json_pack("{s:i}", "affected", 1204), NULL);
	assert_shows(&model, "removed all like site:yahoo, 1,204 suppressions");
	assert_hides(&model, "U undo");
	tui_model_deinit(&model);
}

static void
few_like_the_filter_begin_at_cancel(void **state)
{
	struct tui_model model;

	(void)state;
	open_list(&model, 24, 80, false);
	filter(&model, "poe");
	fixture_keys(&model, "Xo"); /* the selected one */
	assert_shows(&model, "┌ Remove d.roe@example.net");
	fixture_keys(&model, "\033Xa");
	fixture_answer(&model, "suppression.remove",
	       json_pack("{s:i, s:{s:i}, s:[]}", "affected", 2, "causes", "manual", 2, "entries"),
	       NULL);
	fixture_keys(&model, "\r");
	assert_false(model.dialog.is_open);
	assert_null(fixture_request(&model));
	tui_model_deinit(&model);
}

static void
an_entry_that_left_is_said(void **state)
{
	struct tui_model model;

	(void)state;
	open_list(&model, 24, 80, false);
	push(&model, true);
	assert_shows(&model, "14:02:30 gone");
	fixture_keys(&model, "X");
	assert_shows(&model, "is not on the list any more: nothing was changed");
	assert_false(model.dialog.is_open);
	tui_model_deinit(&model);
}

static void
an_import_is_a_line_of_relaycli(void **state)
{
	struct tui_model model;

	(void)state;
	open_list(&model, 24, 80, false);
	fixture_keys(&model, "Ibounces.csv\r");
	assert_int_equal(model.run.kind, TUI_RUN_COMMAND);
	assert_string_equal(model.run.text, "suppression import bounces.csv");
	assert_int_equal(model.screen, TUI_OUTPUT);
	tui_model_deinit(&model);
	open_list(&model, 24, 80, false);
	tui_input_key(&model, TUI_CTRL('r'));
	fixture_keys(&model, "INX");
	assert_false(model.palette.is_open);
	assert_false(model.dialog.is_open);
	tui_model_deinit(&model);
}

static bool
is_change(const struct tui_request *request)
{
	static const char *const changes[] = { "suppression.add", "suppression.remove",
		                               "suppression.import", "queue." };

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (strncmp(request->method, changes[i], strlen(changes[i])) == 0)
			return !api_json_get_bool(request->params, "dry_run");
	return false;
}

/* whatever is pressed: what changes something was confirmed with the button, or is U */
static void
random_keys_change_nothing_unconfirmed(void **state)
{
	static const int keys[] = { 'X', 'N', 'U', 'j', 'k', '9', '@', '/', 'o', 'a', 'G', 'g', 'I',
		                    '\t', TUI_KEY_ENTER, TUI_KEY_ESC, TUI_KEY_LEFT };
	struct tui_model model;
	uint32_t seed = 815;

	(void)state;
	open_list(&model, 24, 80, false);
	for (int i = 0; i < 10000; i++) {
		struct tui_dialog *dialog = &model.dialog;
		struct tui_request *sent;
		bool may;
		int key;

		seed = seed * 1664525 + 1013904223;
		key = keys[(seed >> 16) % (sizeof keys / sizeof *keys)];
		may = dialog->is_open ? dialog->focus == dialog->fields && key == TUI_KEY_ENTER
		                      : key == 'U';
		tui_input_key(&model, key);
		tui_frame_settle(&model);
		while ((sent = fixture_request(&model)) != NULL) {
			assert_true(may || !is_change(sent));
			fixture_answer(&model, sent->method,
			               json_pack("{s:i}", "affected", 1 + i % 200), NULL);
		}
		model.run.kind = TUI_RUN_NONE;
		model.wants_quit = false;
	}
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_as_saved),
		cmocka_unit_test(any_size_is_drawn),
		cmocka_unit_test(what_it_blocked_is_counted),
		cmocka_unit_test(what_was_stopped_is_asked_of_the_log),
		cmocka_unit_test(why_a_filter_is_refused_is_shown),
		cmocka_unit_test(the_window_follows_the_cursor),
		cmocka_unit_test(a_day_in_the_filter_is_one_of_who_types),
		cmocka_unit_test(the_oldest_come_first_when_asked_for),
		cmocka_unit_test(an_entry_is_added_and_taken_away),
		cmocka_unit_test(what_was_there_is_not_taken_away),
		cmocka_unit_test(a_removal_asks_why_and_is_put_back_as_it_was),
		cmocka_unit_test(all_like_the_filter_are_counted_and_the_filter_is_typed),
		cmocka_unit_test(few_like_the_filter_begin_at_cancel),
		cmocka_unit_test(an_entry_that_left_is_said),
		cmocka_unit_test(an_import_is_a_line_of_relaycli),
		cmocka_unit_test(random_keys_change_nothing_unconfirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
