/* The Pools screen: how it looks, and what its keys ask and send. */
#include <wchar.h>
#include "tui_fixture.h"
#include "tui_golden.h"

static void
push(struct tui_model *model, bool is_empty)
{
	json_t *data = fixture_json("pools");

	if (is_empty) {
		json_object_set_new(data, "rows", json_array());
		json_object_set_new(data, "total", json_integer(0));
	}
	fixture_view(model, "pools", "boot-1", data);
	tui_frame_settle(model);
}

static void
open_pools(struct tui_model *model, int height, int width, bool is_ascii)
{
	fixture_open(model, height, width, is_ascii);
	fixture_keys(model, "0");
	push(model, false);
}

static const struct {
	const char *name, *keys;
	bool is_answered, is_empty;
} pictures[] = {
	{ "pools", "jj", true, false },
	{ "pools_open", "jj\r", true, false },
	{ "pools_off", "jjj", false, false },
	{ "pools_wide", "jjjj", false, false },
	{ "pools_empty", "", false, true },
	{ "pools_warmup", "jjW", true, false },
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
				fixture_keys(&model, "0");
				push(&model, pictures[i].is_empty);
				fixture_keys(&model, pictures[i].keys);
				if (pictures[i].is_answered)
					fixture_details(&model, "pool.progress", "pool_progress");
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

		open_pools(&model, 1 + n / 4, n, n % 2);
		fixture_keys(&model, n % 4 ? "jj" : "jj\r");
		free(fixture_draw(&model));
		tui_model_deinit(&model);
	}
}

/* ---- acts ------------------------------------------------------------------------- */

static void
an_address_is_switched_off_and_on_again(void **state)
{
	struct tui_model model;

	(void)state;
	open_pools(&model, 24, 80, false);
	fixture_keys(&model, "O");
	assert_shows(&model, "Switch off 198.51.100.10");
	fixture_keys(&model, "\033");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "O1\r\r\r"); /* 1 what? */
	assert_null(fixture_request(&model));
	assert_true(model.dialog.is_open);
	fixture_keys(&model, "\033O1h\rlisted\r\r");
	fixture_sent(&model, "pool.ip",
	            json_pack("{s:s, s:s, s:s, s:i}", "address", "198.51.100.10", "state", "off",
	                      "reason", "listed", "for_ms", 3600000));
	fixture_answer(&model, "pool.ip", json_pack("{s:s}", "state", "off"), NULL);
	assert_shows(&model, "last action: switched off 198.51.100.10 (14:02:31, ana)");
	fixture_keys(&model, "U");
	fixture_sent(&model, "pool.ip",
	            json_pack("{s:s, s:s, s:s}", "address", "198.51.100.10", "state", "on",
	                      "reason", "undone in relaytui"));
	tui_model_deinit(&model);
}

static void
on_is_done_at_once_and_undone_as_it_was(void **state)
{
	struct tui_model model;

	(void)state;
	open_pools(&model, 24, 80, false);
	fixture_keys(&model, "jjjO");
	assert_false(model.dialog.is_open);
	fixture_sent(&model, "pool.ip",
	            json_pack("{s:s, s:s}", "address", "2001:db8::20", "state", "on"));
	fixture_answer(&model, "pool.ip", json_pack("{s:s}", "state", "on"), NULL);
	fixture_keys(&model, "U");
	fixture_sent(&model, "pool.ip",
	            json_pack("{s:s, s:s, s:s, s:i}", "address", "2001:db8::20", "state", "off",
	                      "reason", "listed, \x1b[31masked\xe2\x80\xae to go", "for_ms",
	                      82649000)); /* what was left of it */
	tui_model_deinit(&model);
}

static void
a_warm_up_is_paused_resumed_and_set(void **state)
{
	struct tui_model model;

	(void)state;
	open_pools(&model, 24, 80, false);
	fixture_keys(&model, "jjW\r\r\rholiday\r\r");
	fixture_sent(&model, "pool.warmup",
	            json_pack("{s:s, s:s, s:s}", "address", "198.51.100.20", "act", "pause",
	                      "reason", "holiday"));
	fixture_answer(&model, "pool.warmup", json_object(), NULL);
	assert_shows(&model, "last action: paused the warm-up of 198.51.100.20");
	fixture_keys(&model, "U");
	fixture_sent(&model, "pool.warmup",
	            json_pack("{s:s, s:s, s:s}", "address", "198.51.100.20", "act", "resume",
	                      "reason", "undone in relaytui"));
	fixture_answer(&model, "pool.warmup", json_object(), NULL);
	fixture_keys(&model, "Wll\r"); /* set; the day it is on stands there */
	fixture_keys(&model, "99\rgoogle\r\r\r");
	assert_shows(&model, "day: a number, 1 to 366");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\033Wll\r2\rgoogle\r\r\r");
	fixture_sent(&model, "pool.warmup",
	            json_pack("{s:s, s:s, s:i, s:s}", "address", "198.51.100.20", "act", "set",
	                      "day", 92, "provider", "google"));
	fixture_answer(&model, "pool.warmup", json_object(), NULL);
	model.width = 160;
	assert_shows(&model, "= relaycli pool warmup set 198.51.100.20 --day 92 --provider google");
	fixture_keys(&model, "U");
	assert_null(fixture_request(&model));
	tui_model_deinit(&model);
}

static void
a_credential_is_moved_to_another_pool(void **state)
{
	struct tui_model model;

	(void)state;
	open_pools(&model, 24, 80, false);
	fixture_keys(&model, "jjM");
	fixture_answer(&model, "pool.show",
	       json_pack("{s:{s:[s, s]}}", "pool", "credentials", "newsletter", "shop-prod"), NULL);
	assert_shows(&model, "In use by: newsletter, shop-prod");
	assert_shows(&model, "Other pools: shared-a, ");
	fixture_keys(&model, "nobody\rshared-a\r\r\r");
	assert_shows(&model, "name one of the credentials above");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\033M");
	fixture_answer(&model, "pool.show",
		       json_pack("{s:{s:[s]}}", "pool", "credentials", "newsletter"), NULL);
	fixture_keys(&model, "\rwarm-b\r\r\r");
	assert_shows(&model, "name another pool than warm-b");
	fixture_keys(&model, "\033M");
	fixture_answer(&model, "pool.show",
		       json_pack("{s:{s:[s]}}", "pool", "credentials", "newsletter"), NULL);
	fixture_keys(&model, "\rshared-a\rcomplaints\r\r");
	fixture_sent(&model, "credential.limit",
	            json_pack("{s:s, s:[s], s:s}", "name", "newsletter", "options",
	                      "pool=shared-a", "reason", "complaints"));
	fixture_answer(&model, "credential.limit", json_object(), NULL);
	assert_shows(&model, "last action: moved newsletter");
	fixture_keys(&model, "U");
	fixture_sent(&model, "credential.limit",
	            json_pack("{s:s, s:[s], s:s}", "name", "newsletter", "options", "pool=warm-b",
	                      "reason", "undone in relaytui"));
	tui_model_deinit(&model);
}

static void
nobody_to_move_is_said(void **state)
{
	struct tui_model model;

	(void)state;
	open_pools(&model, 24, 80, false);
	fixture_keys(&model, "M");
	fixture_answer(&model, "pool.show", json_pack("{s:{s:[]}}", "pool", "credentials"), NULL);
	assert_false(model.dialog.is_open);
	assert_shows(&model, "no credential uses the pool shared-a");
	tui_model_deinit(&model);
}

static void
a_check_reads_even_where_nothing_may_change(void **state)
{
	struct tui_model model;
	json_t *progress = fixture_json("pool_progress");
	json_t *source = json_incref(json_object_get(progress, "source"));

	(void)state;
	json_decref(progress);
	open_pools(&model, 24, 80, false);
	fixture_keys(&model, "jj");
	tui_input_key(&model, TUI_CTRL('r'));
	fixture_keys(&model, "OWM");
	assert_null(fixture_request(&model));
	assert_false(model.dialog.is_open);
	fixture_keys(&model, "c");
	fixture_sent(&model, "pool.check", json_pack("{s:s}", "address", "198.51.100.20"));
	fixture_answer(&model, "pool.check", json_pack("{s:o}", "source", source), NULL);
	assert_shows(&model, "198.51.100.20: 198.51.100.20 is listed by b.barracudacentral.org");
	tui_model_deinit(&model);
}

static void
y_copies_the_address(void **state)
{
	struct tui_model model;

	(void)state;
	open_pools(&model, 24, 80, false);
	fixture_keys(&model, "jjjy");
	assert_string_equal(model.wants_copy, "2001:db8::20");
	tui_model_deinit(&model);
}

static bool
is_change(const struct tui_request *request)
{
	static const char *const changes[] = { "pool.ip", "pool.warmup", "credential.limit",
		                               "queue." };

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (strncmp(request->method, changes[i], strlen(changes[i])) == 0)
			return !api_json_get_bool(request->params, "dry_run");
	return false;
}

/* whatever is pressed: what changes something was confirmed with the button, or is U, or O on
 * an address that is off */
static void
random_keys_change_nothing_unconfirmed(void **state)
{
	static const int keys[] = { 'O', 'W', 'M', 'c', 'U', 'j', 'k', '1', 'h', '/', '0', 'g', 'G',
		                    'x', '\t', TUI_KEY_ENTER, TUI_KEY_ESC, TUI_KEY_LEFT };
	struct tui_model model;
	uint32_t seed = 4711;

	(void)state;
	open_pools(&model, 24, 80, false);
	for (int i = 0; i < 10000; i++) {
		struct tui_dialog *dialog = &model.dialog;
		struct tui_request *sent;
		bool is_button, may;
		int key;

		seed = seed * 1664525 + 1013904223;
		key = keys[(seed >> 16) % (sizeof keys / sizeof *keys)];
		is_button = dialog->is_open && dialog->focus == dialog->fields
		            && key == TUI_KEY_ENTER;
		may = is_button || (!dialog->is_open && (key == 'U' || key == 'O'));
		tui_input_key(&model, key);
		tui_frame_settle(&model);
		while ((sent = fixture_request(&model)) != NULL) {
			assert_true(may || !is_change(sent));
			if (strcmp(sent->method, "pool.show") == 0)
				fixture_answer(&model, "pool.show", json_pack("{s:{s:[s]}}", "pool",
				                                      "credentials", "news"), NULL);
			else
				fixture_answer(&model, sent->method, json_object(), NULL);
		}
	}
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_as_saved),
		cmocka_unit_test(any_size_is_drawn),
		cmocka_unit_test(an_address_is_switched_off_and_on_again),
		cmocka_unit_test(on_is_done_at_once_and_undone_as_it_was),
		cmocka_unit_test(a_warm_up_is_paused_resumed_and_set),
		cmocka_unit_test(a_credential_is_moved_to_another_pool),
		cmocka_unit_test(nobody_to_move_is_said),
		cmocka_unit_test(a_check_reads_even_where_nothing_may_change),
		cmocka_unit_test(y_copies_the_address),
		cmocka_unit_test(random_keys_change_nothing_unconfirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
