/* Keys and notices in, requests and words out. */
#include "tui_fixture.h"

static void
open_queues(struct tui_model *model)
{
	fixture_open(model, 24, 80, false);
	tui_frame_settle(model);
	fixture_keys(model, "2j"); /* yahoo.com, generation 12 */
	assert_string_equal(model->listing[TUI_QUEUES].list.key, "yahoo.com");
}

static void
assert_request(struct tui_model *model, const char *method, const char *match, int generation)
{
	const struct tui_request *request = fixture_request(model);

	assert_non_null(request);
	assert_string_equal(request->method, method);
	assert_string_equal(api_json_get_text(request->params, "match"), match);
	assert_int_equal(api_json_get_int(request->params, "generation", 0), generation);
}

/* push_queues - the next picture, changed by the caller before. */
static json_t *
row_of(json_t *queues, size_t i)
{
	return json_array_get(json_object_get(queues, "rows"), i);
}

static void
a_change_carries_what_was_seen(void **state)
{
	struct tui_model model;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "H");
	assert_request(&model, "queue.hold", "yahoo.com", 12);
	fixture_answer(&model, NULL,
		       json_pack("{s:i, s:s}", "affected", 3377, "object", "yahoo.com"), NULL);
	assert_null(fixture_request(&model));
	assert_shows(&model, "last action: held yahoo.com, 3,377 recipients (14:02:31, ana)");
	model.width = 160;
	assert_shows(&model, "= relaycli queue hold yahoo.com");
	assert_shows(&model, "U undo 30s");
	tui_model_deinit(&model);
}

static void
an_undo_goes_back_to_what_is_seen_now(void **state)
{
	struct tui_model model;
	json_t *queues = fixture_json("queues");

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "H");
	fixture_answer(&model, NULL, json_pack("{s:i}", "affected", 3377), NULL);
	json_object_set_new(row_of(queues, 1), "generation", json_integer(13));
	fixture_view(&model, "queues", "boot-1", queues);
	fixture_keys(&model, "U");
	assert_request(&model, "queue.release", "yahoo.com", 13);
	fixture_answer(&model, NULL, json_pack("{s:i}", "affected", 3377), NULL);
	assert_shows(&model, "last action: undone: released yahoo.com");
	fixture_keys(&model, "U"); /* an undo is not undone */
	assert_null(fixture_request(&model));
	tui_model_deinit(&model);
}

static void
an_undo_is_over_after_30_seconds(void **state)
{
	struct tui_model model;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "R");
	fixture_answer(&model, NULL, json_pack("{s:i}", "affected", 1), NULL);
	tui_model_tick(&model, FIXTURE_UNIX_MS + 30001, FIXTURE_MONO_MS + 30001);
	fixture_view(&model, "queues", "boot-1", fixture_json("queues"));
	assert_hides(&model, "U undo");
	fixture_keys(&model, "U");
	assert_null(fixture_request(&model));
	assert_shows(&model, "nothing to undo");
	tui_model_deinit(&model);
}

static void
a_flush_cannot_be_undone(void **state)
{
	struct tui_model model;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "F");
	assert_request(&model, "queue.flush", "yahoo.com", 12);
	fixture_answer(&model, NULL, json_pack("{s:i}", "affected", 1), NULL);
	assert_shows(&model, "flushed yahoo.com, 1 recipient (");
	assert_hides(&model, "U undo");
	tui_model_deinit(&model);
}

static void
changed_since_you_looked_is_said(void **state)
{
	struct tui_model model;
	struct api_error error;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "F");
	(void)api_error_set(&error, API_ERROR_CHANGED, "no");
	fixture_answer(&model, NULL, NULL, &error);
	assert_shows(&model, "yahoo.com changed since you looked: nothing done");
	tui_model_deinit(&model);
}

static void
one_act_at_a_time(void **state)
{
	struct tui_model model;
	struct api_error error;
	struct tui_request *sent;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "HF");
	assert_request(&model, "queue.hold", "yahoo.com", 12);
	assert_shows(&model, "wait: relayd has not answered");
	(void)api_error_set(&error, API_ERROR_UNREACHABLE, "gone");
	sent = fixture_request(&model);
	tui_request_free(&sent); /* as the feed does */
	tui_model_lost(&model, &error, FIXTURE_MONO_MS + 250);
	assert_shows(&model, "the connection went before relayd answered");
	tui_model_deinit(&model);
}

static const struct {
	const char *name;
	bool is_forced;
	const char *role, *keys, *says;
} refusals[] = {
	{ "--ro", true, "operator", "", "read-only (--ro)" },
	{ "Ctrl-R", false, "operator", "\x12", "read-only (Ctrl-R)" },
	{ "viewer", false, "viewer", "", "your role is viewer" },
	{ "viewer cannot allow it", false, "viewer", "\x12", "your role is viewer" },
	{ "--ro cannot be lifted", true, "operator", "\x12", "read-only (--ro)" },
};

static void
read_only_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct tui_model model;
		json_t *queues = fixture_json("queues");

		open_queues(&model);
		model.is_forced_read_only = refusals[i].is_forced;
		json_object_set_new(json_object_get(queues, "status"), "role",
		                    json_string(refusals[i].role));
		fixture_view(&model, "queues", "boot-1", queues);
		fixture_keys(&model, refusals[i].keys);
		for (const char *key = "HRFU"; *key; key++)
			tui_input_key(&model, *key);
		assert_null(fixture_request(&model));
		if (!strstr(model.said, refusals[i].says))
			fail_msg("%s: %s", refusals[i].name, model.said);
		tui_model_deinit(&model);
	}
}

static void
stale_refuses(void **state)
{
	struct tui_model model;

	(void)state;
	open_queues(&model);
	tui_model_tick(&model, FIXTURE_UNIX_MS + 60000, FIXTURE_MONO_MS + 60000);
	fixture_keys(&model, "H");
	assert_null(fixture_request(&model));
	assert_shows(&model, "no word from relayd: nothing was changed");
	tui_model_deinit(&model);
}

static void
marked_queues_need_a_yes(void **state)
{
	struct tui_model model;
	size_t requests = 0;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "  ");
	assert_shows(&model, "2 marked");
	fixture_keys(&model, "Hn");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "Hy");
	for (struct list *l = model.requests.next; l != &model.requests; l = l->next)
		requests += strcmp(LIST_OWNER(l, struct tui_request, link)->method,
		                   "queue.hold") == 0;
	assert_int_equal(requests, 2);
	assert_hides(&model, "2 marked");
	fixture_answer(&model, NULL, json_pack("{s:i}", "affected", 10), NULL);
	fixture_answer(&model, NULL, json_pack("{s:i}", "affected", 11), NULL);
	assert_shows(&model, "held 2 queues, 21 recipients");
	tui_model_deinit(&model);
}

static void
a_queue_that_left_is_shown_grey_and_not_changed(void **state)
{
	struct tui_model model;
	json_t *queues = fixture_json("queues"), *selected;

	(void)state;
	open_queues(&model);
	json_array_remove(json_object_get(queues, "rows"), 1);
	selected = json_object_get(queues, "selected");
	json_object_set_new(selected, "row", json_null());
	fixture_view(&model, "queues", "boot-1", queues);
	assert_shows(&model, "▶ yahoo.com              yahoo           0    3,377");
	assert_shows(&model, "gone");
	fixture_keys(&model, "H");
	assert_null(fixture_request(&model));
	assert_shows(&model, "yahoo.com is empty now: nothing was changed");
	fixture_keys(&model, "j"); /* the row that took its place */
	assert_string_equal(model.listing[TUI_QUEUES].list.key, "outlook.com");
	assert_hides(&model, "▶ yahoo.com");
	tui_model_deinit(&model);
}

static void
a_pause_holds_back_and_shows_how_much(void **state)
{
	struct tui_model model;
	json_t *queues = fixture_json("queues");

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "p");
	json_object_set_new(row_of(queues, 0), "deferred", json_integer(777777));
	fixture_view(&model, "queues", "boot-1", queues);
	assert_shows(&model, "PAUSED +1");
	assert_hides(&model, "777,777");
	fixture_keys(&model, "jjk"); /* looking around goes on */
	assert_string_equal(model.listing[TUI_QUEUES].list.key, "outlook.com");
	fixture_keys(&model, "p");
	assert_shows(&model, "777,777");
	assert_shows(&model, "LIVE");
	tui_model_deinit(&model);
}

static void
the_log_stands_still_while_looked_at(void **state)
{
	struct tui_model model;
	char *before, *after;

	(void)state;
	fixture_open(&model, 24, 80, false);
	fixture_keys(&model, "5jj");
	before = fixture_draw(&model);
	for (int i = 0; i < 5000; i++) {
		char id[16];

		snprintf(id, sizeof id, "01JD7QZ9%05d", i);
		fixture_event(&model, id, "delivered");
	}
	after = fixture_draw(&model);
	/* all but the count in row 2 */
	assert_string_equal(strstr(after, "  TIME"), strstr(before, "  TIME"));
	assert_non_null(strstr(after, "FOLLOW ⏸ paused at 14:02:31, +5,000 new — f resume"));
	free(before);
	free(after);
	fixture_keys(&model, "f"); /* some were not kept: ask for the newest */
	assert_string_equal(fixture_request(&model)->method, "log.tail");
	assert_shows(&model, "FOLLOW  ");
	tui_model_deinit(&model);
}

static void
a_filter_is_checked_and_goes_to_the_daemon(void **state)
{
	struct tui_model model;
	struct buf filter;

	(void)state;
	fixture_open(&model, 24, 80, false);
	buf_init(&filter, 4096);
	fixture_keys(&model, "5/code:abc\r");
	assert_true(tui_prompt_is_open(&model.prompt));
	assert_shows(&model, "code: wants an SMTP code");
	for (int i = 0; i < 3; i++)
		tui_input_key(&model, TUI_KEY_BACKSPACE);
	fixture_keys(&model, "421 to:@yahoo.com\r");
	assert_false(tui_prompt_is_open(&model.prompt));
	assert_string_equal(fixture_request(&model)->method, "log.tail");
	assert_int_equal(json_array_size(json_object_get(fixture_request(&model)->params, "terms")),
			 2);
	fixture_keys(&model, "EDEFR\r");
	tui_log_filter(&model, &filter);
	assert_true(span_is(buf_span(&filter), "code:421 to:@yahoo.com event:deferred"));
	fixture_keys(&model, "Enonsense\r");
	assert_shows(&model, "no such kind");
	fixture_keys(&model, "\033");
	assert_false(tui_prompt_is_open(&model.prompt));
	buf_deinit(&filter);
	tui_model_deinit(&model);
}

static void
addresses_are_masked_until_asked_for(void **state)
{
	struct tui_model model;

	(void)state;
	fixture_open(&model, 24, 80, false);
	fixture_keys(&model, "5");
	assert_shows(&model, "b•••@yahoo.com");
	assert_hides(&model, "b.lee@yahoo.com");
	fixture_keys(&model, "v");
	assert_shows(&model, "b.lee@yahoo.com");
	tui_model_deinit(&model);
}

static void
another_boot_drops_what_was_cached(void **state)
{
	struct tui_model model;
	json_t *queues = fixture_json("queues");

	(void)state;
	open_queues(&model);
	fixture_keys(&model, " ");
	fixture_view(&model, "queues", "boot-2", queues);
	assert_null(model.overview);
	assert_int_equal(model.log.count, 0);
	assert_int_equal(model.listing[TUI_QUEUES].marks.count, 0);
	assert_shows(&model, "relayd was restarted");
	tui_model_deinit(&model);
}

static void
series_are_appended_and_bounded(void **state)
{
	struct tui_model model;
	json_t *first;

	(void)state;
	fixture_open(&model, 24, 80, false);
	assert_int_equal(model.overview->series.count, 100);
	for (int i = 0; i < 3; i++)
		fixture_view(&model, "overview", "boot-1", fixture_json("overview"));
	assert_int_equal(model.overview->series.count, API_VIEW_SERIES);
	/* subscribed anew: all that is known comes again */
	first = json_pack("{s:s, s:i, s:o}", "view", "overview", "seq", 1, "data",
			  fixture_json("overview"));
	tui_model_notice(&model, "view", first);
	assert_int_equal(model.overview->series.count, 100);
	json_decref(first);
	tui_model_deinit(&model);
}

static void
the_window_follows_the_cursor(void **state)
{
	struct tui_model model;
	json_t *params;

	(void)state;
	open_queues(&model);
	fixture_keys(&model, "G");
	params = tui_view_queues.window(&model, TUI_QUEUES);
	assert_int_equal(json_integer_value(json_object_get(params, "offset")), 288);
	assert_string_equal(api_json_get_text(params, "sort"), "oldest");
	json_decref(params);
	fixture_keys(&model, "sz/exa*\r");
	params = tui_view_queues.window(&model, TUI_QUEUES);
	assert_int_equal(json_integer_value(json_object_get(params, "offset")), 0);
	assert_string_equal(api_json_get_text(params, "sort"), "size");
	assert_string_equal(api_json_get_text(params, "filter"), "exa*");
	json_decref(params);
	tui_model_deinit(&model);
}

static void
quitting_takes_two_q_at_the_top(void **state)
{
	struct tui_model model;

	(void)state;
	fixture_open(&model, 24, 80, false);
	fixture_keys(&model, "2?q\rqqq"); /* messages, queues, then once at the top */
	assert_int_equal(model.screen, TUI_OVERVIEW);
	assert_false(model.wants_quit);
	fixture_keys(&model, "jq\033\033");
	assert_false(model.wants_quit);
	fixture_keys(&model, "qq");
	assert_true(model.wants_quit);
	tui_model_deinit(&model);
}

/* answers that lack everything or carry the wrong types: shown as unknown */
static void
odd_answers_are_survived(void **state)
{
	static const char *const odd[] = {
		"{}",
		"{\"view\":1}",
		"{\"view\":\"queues\"}",
		"{\"view\":\"queues\",\"data\":{}}",
		"{\"view\":\"overview\",\"data\":{}}",
		"{\"view\":\"status\",\"data\":{}}",
		"{\"view\":\"queues\",\"data\":{\"rows\":[null,1,{}],\"total\":-5,\"offset\":-1}}",
		"{\"view\":\"queues\",\"data\":{\"rows\":{},\"total\":1e300,\"selected\":[]}}",
		("{\"view\":\"queues\",\"data\":{\"rows\":[{\"key\":null}],"
		 "\"total\":9223372036854775807,\"offset\":9223372036854775806}}"),
		("{\"view\":\"overview\",\"data\":{\"series\":{\"accepted\":[-1,99999999999,null]},"
		 "\"providers\":[{}],\"attention\":[{}],\"events\":[{}],\"credentials\":[{}]}}"),
	};
	static const char *const methods[] = { "view", "event", "events.lost", "events.sampled",
					       "other" };

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
			struct tui_model model;
			json_t *params = json_loads(odd[i], 0, NULL);

			assert_non_null(params);
			fixture_open(&model, 24, 80, false);
			tui_model_notice(&model, methods[m], params);
			tui_model_notice(&model, methods[m], NULL);
			fixture_keys(&model, "jG2jG\r5jG\r1\t\r");
			free(fixture_draw(&model));
			json_decref(params);
			tui_model_deinit(&model);
		}
}

static bool
is_only_looking(const struct tui_request *request)
{
	static const char *const looks[] = {
		"message.list", "message.show", "message.trace", "log.tail", "find.search",
		"rpc.cancel", "credential.list", "queue.list", "deferral.list", "domain.show",
		"domain.check", "pool.check",
		"pool.show", "credential.show", "credential.sent", "suppression.check",
		"suppression.list", "throttle.history", "throttle.show", "deferral.show",
	};

	if (api_json_get_bool(request->params, "dry_run"))
		return true;
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		if (strcmp(request->method, looks[i]) == 0)
			return true;
	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++) {
		const struct tui_view *view = tui_view_of((enum tui_screen)screen);

		if (view && view->listing && view->listing->detail_method &&
		    strcmp(view->listing->detail_method, request->method) == 0)
			return true;
	}
	return false;
}

/* what is done at once, since it can be taken back or hurts nobody */
static bool
is_mild(const char *method)
{
	static const char *const mild[] = {
		"queue.hold", "queue.release", "queue.flush", "message.hold", "message.release",
		"message.retry", "throttle.set", "throttle.clear", "pool.ip", "pool.warmup",
	};

	for (size_t i = 0; i < sizeof mild / sizeof *mild; i++)
		if (strcmp(method, mild[i]) == 0)
			return true;
	return false;
}

/* press - one random key, and now and then a picture or another size. True: it pressed the
 * button of a dialog that was open. */
static bool
press(struct tui_model *model, uint32_t n)
{
	static const int special[] = { TUI_KEY_UP,	  TUI_KEY_DOWN, TUI_KEY_PAGE_UP,
				       TUI_KEY_PAGE_DOWN, TUI_KEY_HOME, TUI_KEY_END,
				       TUI_KEY_ENTER,	  TUI_KEY_ESC,	TUI_KEY_BACKSPACE,
				       TUI_KEY_OTHER,	  TUI_KEY_LEFT, TUI_KEY_RIGHT };
	int key = n % 3 ? (int)(n % 127 + 1) : special[n % 12];
	const struct tui_dialog *dialog = &model->dialog;
	bool is_button = dialog->is_open && dialog->button && dialog->focus == dialog->fields
	                 && key == TUI_KEY_ENTER;

	tui_input_key(model, key);
	if (n % 7 == 0)
		fixture_view(model, n % 2 ? "queues" : "overview", n % 997 ? "boot-1" : "boot-2",
			     fixture_json(n % 2 ? "queues" : "overview"));
	model->width = n % 50 == 0 ? (int)(n % 200 + 1) : model->width;
	model->height = n % 60 == 0 ? (int)(n % 60 + 1) : model->height;
	if (n % 5 == 0)
		free(fixture_draw(model));
	else
		tui_frame_settle(model);
	model->wants_quit = false;
	return is_button;
}

/* ten thousand random keys: nothing breaks, read-only never changes anything, and without it
 * only what is mild goes out that no dialog's button was pressed for */
static void
random_keys_break_nothing(void **state)
{
	(void)state;
	for (int is_read_only = 0; is_read_only < 2; is_read_only++) {
		struct tui_model model;
		uint32_t seed = 20261123;

		fixture_open(&model, 24, 80, false);
		model.is_forced_read_only = is_read_only;
		for (int i = 0; i < 10000; i++) {
			bool is_button;

			seed = seed * 1664525 + 1013904223;
			is_button = press(&model, seed >> 16);
			if ((seed >> 16) % 3 == 0)
				fixture_serve(&model);
			while (!list_is_empty(&model.requests)) {
				struct tui_request *request = LIST_OWNER(
					model.requests.next, struct tui_request, link);

				if (!is_only_looking(request)
				    && (is_read_only || !(is_button || is_mild(request->method))))
					fail_msg("%s went out unasked", request->method);
				tui_request_free(&request);
			}
			model.change.waiting = 0; /* its answer was lost with it */
		}
		tui_model_deinit(&model);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_carries_what_was_seen),
		cmocka_unit_test(an_undo_goes_back_to_what_is_seen_now),
		cmocka_unit_test(an_undo_is_over_after_30_seconds),
		cmocka_unit_test(a_flush_cannot_be_undone),
		cmocka_unit_test(changed_since_you_looked_is_said),
		cmocka_unit_test(one_act_at_a_time),
		cmocka_unit_test(read_only_refuses),
		cmocka_unit_test(stale_refuses),
		cmocka_unit_test(marked_queues_need_a_yes),
		cmocka_unit_test(a_queue_that_left_is_shown_grey_and_not_changed),
		cmocka_unit_test(a_pause_holds_back_and_shows_how_much),
		cmocka_unit_test(the_log_stands_still_while_looked_at),
		cmocka_unit_test(a_filter_is_checked_and_goes_to_the_daemon),
		cmocka_unit_test(addresses_are_masked_until_asked_for),
		cmocka_unit_test(another_boot_drops_what_was_cached),
		cmocka_unit_test(series_are_appended_and_bounded),
		cmocka_unit_test(the_window_follows_the_cursor),
		cmocka_unit_test(quitting_takes_two_q_at_the_top),
		cmocka_unit_test(odd_answers_are_survived),
		cmocka_unit_test(random_keys_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
