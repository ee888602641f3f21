/* Search: what is typed, what goes out, what comes back page by page. */
#include <wchar.h>
#include "tui_fixture.h"

static void
open_search(struct tui_model *model, const char *line)
{
	fixture_open(model, 24, 80, false);
	tui_frame_settle(model);
	fixture_keys(model, "6");
	fixture_keys(model, line);
	assert_int_equal(model->screen, TUI_SEARCH);
}

static void
press(struct tui_model *model, int key)
{
	tui_input_key(model, key);
	tui_frame_settle(model);
}

static void
answer(struct tui_model *model, json_t *result, const struct api_error *error)
{
	struct tui_request *request = fixture_request(model);

	assert_non_null(request);
	tui_model_reply(model, request, result, error);
	json_decref(result);
	tui_request_free(&request);
	tui_frame_settle(model);
}

/* page - rows that many, from id number `first` on. */
static json_t *
page(int first, int count, const char *cursor)
{
	json_t *result = fixture_json("find"), *items = json_array(), *one;

	for (int i = first; i < first + count; i++) {
		char id[16];

		snprintf(id, sizeof id, "01JD6%08d", i);
		one = json_copy(json_array_get(json_object_get(result, "items"), 0));
		json_object_set_new(one, "id", json_string(id));
		json_array_append_new(items, one);
	}
	json_object_set_new(result, "items", items);
	json_object_set_new(result, "next_cursor", cursor ? json_string(cursor) : json_null());
	return result;
}

static void
nothing_is_asked_while_typing(void **state)
{
	struct tui_model model;
	const struct tui_request *request;
	const json_t *terms;

	(void)state;
	open_search(&model, "q1?:to:b.lee@yahoo.com"); /* letters that are keys elsewhere */
	assert_string_equal(model.search.line, "q1?:to:b.lee@yahoo.com");
	assert_null(fixture_request(&model));
	press(&model, TUI_CTRL('u'));
	fixture_keys(&model, "to:b.lee@yahoo.com since:30d\r");
	request = fixture_request(&model);
	assert_string_equal(request->method, "find.search");
	terms = api_json_get_array(request->params, "terms");
	assert_int_equal(json_array_size(terms), 2);
	assert_string_equal(json_string_value(json_array_get(terms, 1)), "since:30d");
	assert_int_equal(api_json_get_int(request->params, "limit", 0), 50);
	assert_non_null(api_json_get_text(request->params, "zone"));
	assert_shows(&model, "searching… 0.0s: any key cancels");
	tui_model_deinit(&model);
}

static void
the_sentence_and_what_was_looked_at(void **state)
{
	struct tui_model model;

	(void)state;
	open_search(&model, "b.lee@yahoo.com\r");
	tui_model_tick(&model, FIXTURE_UNIX_MS + 180, FIXTURE_MONO_MS + 180);
	answer(&model, fixture_json("find"), NULL);
	assert_shows(&model, "Not yet. Yahoo asked us to slow down (421 TSS04).");
	assert_shows(&model, "MATCHES 5 (searched 30d, 41M rows, 0.18s)");
	assert_shows(&model, "DEFERRED ×3");
	assert_shows(&model, "next try 14:04:40");
	model.width = 160;
	assert_shows(&model, "PREVIEW 01JD7QZ8M4ABC");
	assert_shows(&model, "gap 20 Nov 13:00 – 20 Nov 13:04: nothing could be");
	tui_model_deinit(&model);
}

static void
enter_opens_and_q_comes_back(void **state)
{
	struct tui_model model;

	(void)state;
	open_search(&model, "b.lee@yahoo.com\r");
	answer(&model, fixture_json("find"), NULL);
	press(&model, TUI_KEY_DOWN);
	assert_true(model.search.is_in_results);
	fixture_served_keys(&model, "j\r");
	assert_int_equal(model.screen, TUI_MESSAGE);
	assert_string_equal(model.message.id, "01JD6AAAAAAA1");
	assert_shows(&model, "Search ▸ 01JD6AAAAAAA1");
	assert_shows(&model, "message 2 of 5");
	fixture_served_keys(&model, "]");
	assert_string_equal(model.message.id, "01JD6AAAAAAA2");
	assert_shows(&model, "message 3 of 5");
	fixture_keys(&model, "q");
	assert_int_equal(model.screen, TUI_SEARCH);
	assert_int_equal(model.search.list.at, 2);
	fixture_keys(&model, "q"); /* to the line */
	assert_false(model.search.is_in_results);
	press(&model, TUI_KEY_ESC);
	assert_string_equal(model.search.line, "");
	press(&model, TUI_KEY_ESC);
	assert_int_equal(model.screen, TUI_OVERVIEW);
	tui_model_deinit(&model);
}

static void
pages_come_by_scrolling(void **state)
{
	struct tui_model model;
	struct tui_request *request;

	(void)state;
	open_search(&model, "domain:yahoo.com\r");
	answer(&model, page(0, 50, "CURSOR1"), NULL);
	assert_shows(&model, "MATCHES 50+");
	press(&model, TUI_KEY_DOWN);
	assert_null(fixture_request(&model));
	fixture_keys(&model, "G");
	request = fixture_request(&model);
	assert_string_equal(request->method, "find.search");
	assert_string_equal(api_json_get_text(request->params, "cursor"), "CURSOR1");
	fixture_keys(&model, "kkj"); /* a page that is on its way is not given up */
	assert_ptr_equal(fixture_request(&model), request);
	answer(&model, page(50, 7, NULL), NULL);
	assert_shows(&model, "MATCHES 57 (");
	fixture_keys(&model, "G");
	assert_int_equal(model.search.list.at, 56);
	assert_null(fixture_request(&model));
	tui_model_deinit(&model);
}

static void
any_key_cancels(void **state)
{
	struct tui_model model;
	struct tui_request *sent;
	json_t *late = page(0, 1, NULL);

	(void)state;
	open_search(&model, "slow\r");
	sent = fixture_request(&model);
	list_remove(&sent->link); /* as the feed does when it sends */
	list_init(&sent->link);
	fixture_keys(&model, "x");
	assert_string_equal(model.search.line, "slowx");
	assert_string_equal(fixture_request(&model)->method, "rpc.cancel");
	assert_int_equal(fixture_request(&model)->cancels, sent->serial);
	tui_model_reply(&model, sent, late, NULL); /* it came all the same */
	assert_null(model.search.answer);
	json_decref(late);
	tui_request_free(&sent);
	tui_model_deinit(&model);
}

static void
what_was_not_sent_is_not_cancelled_but_dropped(void **state)
{
	struct tui_model model;

	(void)state;
	open_search(&model, "slow\r");
	press(&model, TUI_KEY_ESC);
	assert_null(fixture_request(&model));
	assert_string_equal(model.search.line, "slow"); /* this Esc was for the search */
	assert_shows(&model, "cancelled: Enter searches again");
	tui_model_deinit(&model);
}

static void
a_day_is_searched_where_it_is_typed(void **state)
{
	const struct tui_request *request;
	struct tui_model model;
	const json_t *terms;

	(void)state;
	open_search(&model, "");
	fixture_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	fixture_keys(&model, "b.lee until:2026-11-20\r");
	request = fixture_request(&model);
	terms = api_json_get_array(request->params, "terms");
	assert_string_equal(json_string_value(json_array_get(terms, 1)),
	                    "until:2026-11-19T23:00:00.000Z");
	tui_model_deinit(&model);
}

static void
mistakes_are_said(void **state)
{
	static const struct {
		const char *line, *shows;
	} mistakes[] = {
		{ "status:devlivered\r", "delivered" },
		{ "\r", "an address, an id, or terms" },
		{ "since:yesterdya\r", "yesterday" },
	};
	struct tui_model model;
	struct api_error error;

	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		open_search(&model, mistakes[i].line);
		assert_null(fixture_request(&model));
		assert_shows(&model, mistakes[i].shows);
		tui_model_deinit(&model);
	}
	open_search(&model, "x\r");
	(void)api_error_set(&error, API_ERROR_BUSY, "too many searches wait; try again");
	answer(&model, NULL, &error);
	assert_shows(&model, "too many searches wait; try again");
	tui_model_deinit(&model);
}

static void
tab_completes_keys_and_words(void **state)
{
	static const struct {
		const char *typed, *line, *hint;
	} cases[] = {
		{ "ms\t", "msgid:", "" },
		{ "to:a@b.example su\t", "to:a@b.example subject:", "" },
		{ "s\t", "s", "status: since: subject:" },
		{ "status:del\t", "status:delivered ", "" },
		{ "status:s\t", "status:s", "scheduled suppressed" },
		{ "category:greyl\t", "category:greylisted ", "" },
		{ "zzz\t", "zzz", "nothing known begins like that" },
	};
	struct tui_model model;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		open_search(&model, cases[i].typed);
		assert_string_equal(model.search.line, cases[i].line);
		assert_string_equal(model.search.hint, cases[i].hint);
		assert_null(fixture_request(&model));
		tui_model_deinit(&model);
	}
}

static void
tab_asks_for_names(void **state)
{
	struct tui_model model;

	(void)state;
	open_search(&model, "cred:sh\t");
	assert_string_equal(fixture_request(&model)->method, "credential.list");
	answer(&model, json_pack("{s:[{s:s},{s:s},{s:s}]}", "items", "name", "shop-prod", "name",
	                         "shop-test", "name", "billing"), NULL);
	assert_string_equal(model.search.line, "cred:shop-");
	assert_shows(&model, "shop-prod shop-test");
	fixture_keys(&model, "p\t");
	answer(&model, json_pack("{s:[{s:s}]}", "items", "name", "shop-prod"), NULL);
	assert_string_equal(model.search.line, "cred:shop-prod ");
	fixture_keys(&model, "domain:ya\t");
	assert_string_equal(fixture_request(&model)->method, "queue.list");
	assert_string_equal(api_json_get_text(fixture_request(&model)->params, "match"), "ya*");
	tui_model_tick(&model, FIXTURE_UNIX_MS + 301, FIXTURE_MONO_MS + 301);
	tui_frame_settle(&model);
	assert_shows(&model, "relayd does not say within 300 ms: type on");
	assert_null(fixture_request(&model)); /* it was not sent: no need to cancel */
	tui_model_deinit(&model);
}

static void
a_queue_shows_its_messages(void **state)
{
	struct tui_model model;
	const json_t *terms;

	(void)state;
	fixture_open(&model, 24, 80, false);
	tui_frame_settle(&model);
	fixture_keys(&model, "2j\r");
	assert_int_equal(model.screen, TUI_SEARCH);
	terms = api_json_get_array(fixture_request(&model)->params, "terms");
	assert_string_equal(json_string_value(json_array_get(terms, 0)), "domain:yahoo.com");
	assert_string_equal(json_string_value(json_array_get(terms, 1)), "status:waiting");
	answer(&model, page(0, 50, "C"), NULL);
	assert_shows(&model, "Queues ▸ yahoo.com ▸ messages");
	fixture_served_keys(&model, "\r");
	assert_shows(&model, "Queues ▸ yahoo.com ▸ 01JD6");
	assert_shows(&model, "message 1 of 50+");
	fixture_keys(&model, "qq");
	assert_int_equal(model.screen, TUI_QUEUES);
	tui_model_deinit(&model);
}

static void
searches_are_saved_under_a_name(void **state)
{
	struct tui_model model;

	(void)state;
	open_search(&model, "status:bounced since:today\r");
	answer(&model, fixture_json("find"), NULL);
	press(&model, TUI_KEY_DOWN);
	fixture_keys(&model, "Sbounces today\r");
	assert_shows(&model, "saved as s1 bounces today");
	fixture_keys(&model, "/");
	press(&model, TUI_CTRL('u'));
	fixture_keys(&model, "s1\r");
	assert_string_equal(model.search.line, "status:bounced since:today");
	assert_string_equal(fixture_request(&model)->method, "find.search");
	model.width = 160;
	assert_shows(&model, "s1 bounces today");
	tui_model_deinit(&model);
}

static void
what_was_found_is_written(void **state)
{
	struct tui_model model;

	(void)state;
	open_search(&model, "to:x@y.example\r");
	answer(&model, fixture_json("find"), NULL);
	press(&model, TUI_KEY_DOWN);
	fixture_keys(&model, "e");
	assert_shows(&model, "search-20261123-140231.jsonl");
	fixture_keys(&model, "\r");
	assert_int_equal(model.run.kind, TUI_RUN_EXPORT);
	assert_string_equal(model.run.text, "find to:x@y.example --limit 1000 --jsonl");
	tui_model_deinit(&model);
}

static void
a_lost_connection_ends_it(void **state)
{
	struct tui_model model;
	struct api_error error;
	struct tui_request *sent;

	(void)state;
	open_search(&model, "x\r");
	sent = fixture_request(&model);
	tui_request_free(&sent); /* as the feed does */
	(void)api_error_set(&error, API_ERROR_UNREACHABLE, "gone");
	tui_model_lost(&model, &error, FIXTURE_MONO_MS + 250);
	assert_shows(&model, "the connection went before the answer came: Enter asks again");
	assert_false(tui_search_is_waited_for(&model.search));
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_asked_while_typing),
		cmocka_unit_test(the_sentence_and_what_was_looked_at),
		cmocka_unit_test(enter_opens_and_q_comes_back),
		cmocka_unit_test(pages_come_by_scrolling),
		cmocka_unit_test(any_key_cancels),
		cmocka_unit_test(what_was_not_sent_is_not_cancelled_but_dropped),
		cmocka_unit_test(a_day_is_searched_where_it_is_typed),
		cmocka_unit_test(mistakes_are_said),
		cmocka_unit_test(tab_completes_keys_and_words),
		cmocka_unit_test(tab_asks_for_names),
		cmocka_unit_test(a_queue_shows_its_messages),
		cmocka_unit_test(searches_are_saved_under_a_name),
		cmocka_unit_test(what_was_found_is_written),
		cmocka_unit_test(a_lost_connection_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
