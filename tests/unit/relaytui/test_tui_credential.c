/* The Credentials screen: how it looks, and what its keys ask and send. */
#include "base/mem.h"
#include "tui_golden.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

static void
open_credentials(struct tui_model *model, int height, int width, bool is_ascii, bool is_empty)
{
	json_t *data = is_empty ? json_pack("{s:[], s:i}", "rows", "total", 0)
	                        : fixture_json("credentials");

	fixture_open(model, height, width, is_ascii);
	fixture_keys(model, "7");
	fixture_view(model, "credentials", "boot-1", data);
	tui_frame_settle(model);
}

/* ---- how it looks ---------------------------------------------------------------- */

static const struct {
	const char *name, *keys;
	bool is_empty;
} pictures[] = {
	{ "credentials", "jj", false },
	{ "credentials_open", "\r", false },
	{ "credentials_hostile", "Gk\r", false },
	{ "credentials_empty", "", true },
	{ "credentials_new", "N", false },
	{ "credentials_limits", "E\t\t\t\t\t\t\t\t\t\t\t\t", false },
};

static void
it_looks_as_saved(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pictures); i++)
		for (size_t size = 0; size < GOLDEN_SIZES; size++)
			for (int ascii = 0; ascii < 2; ascii++) {
				struct tui_model model;

				open_credentials(&model, golden_sizes[size].height,
				                 golden_sizes[size].width, ascii,
				                 pictures[i].is_empty);
				fixture_keys(&model, pictures[i].keys);
				fixture_details(&model, "credential.sent", "credential_sent");
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

		open_credentials(&model, 1 + n / 4, n, n % 2, false);
		fixture_keys(&model, n % 4 ? "jj" : "Gk\r");
		fixture_details(&model, "credential.sent", "credential_sent");
		free(fixture_draw(&model));
		tui_model_deinit(&model);
	}
}

/* a day of mail is counted for somebody who looks, and not while he does not */
static void
what_was_sent_is_asked_when_it_is_seen(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "jjk");
	assert_true(list_is_empty(&model.requests));
	fixture_keys(&model, "\r");
	assert_false(list_is_empty(&model.requests));
	assert_shows(&model, "counting ...");
	fixture_details(&model, "credential.sent", "credential_sent");
	assert_shows(&model, "412,003 accepted");
	tui_model_deinit(&model);
}

/* ---- what its keys do ------------------------------------------------------------- */

/* assert_sent - exactly that is the newest request; takes params. */
static void
assert_sent(struct tui_model *model, const char *method, json_t *params)
{
	const struct tui_request *sent = fixture_request(model);
	char *text;

	assert_non_null(sent);
	assert_string_equal(sent->method, method);
	if (!json_equal(sent->params, params)) {
		text = json_dumps(sent->params, JSON_SORT_KEYS);
		fail_msg("sent %s", text);
	}
	json_decref(params);
}

static json_t *
effect(void)
{
	return json_pack("{s:i, s:i, s:[{s:s},{s:s},{s:s}], s:i, s:i}", "generation", 7, "waiting",
	                 61, "hosts", "value", "192.0.2.15 app01", "value", "192.0.2.16 app02",
	                 "value", "192.0.2.17", "hosts_total", 3, "recent_messages", 1004);
}

#define PASSWORD "rly-0123456789-abcdefghijklmnopqrstuvwxyz"

static json_t *
made(const char *user)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "host", "mx1.relay.example", "port", 587,
	                 "secure", "STARTTLS", "user", user, "pass", PASSWORD, "key", "k4");
}

static bool
has_password(const void *block, size_t n)
{
	return memmem(block, n, PASSWORD, strlen(PASSWORD)) != NULL;
}

static void
a_rotation_names_who_uses_the_old_one(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "O");
	assert_sent(&model, "credential.effect", json_pack("{s:s}", "name", "shop-prod"));
	fixture_answer(&model, "credential.effect", effect(), NULL);
	assert_shows(&model, "3 hosts used the old one in 24h: app01 app02 192.0.2.17");
	assert_shows(&model, "▶[ Cancel ]");
	fixture_keys(&model, "\r"); /* the focus is there */
	assert_null(fixture_request(&model));
	assert_false(model.dialog.is_open);
	fixture_keys(&model, "O");
	fixture_answer(&model, "credential.effect", effect(), NULL);
	fixture_keys(&model, "\t\x15" "2 weeks\t\t\r");
	assert_shows(&model, "write a number and one of"); /* and it stays open */
	fixture_keys(&model, "\t\t\x15" "2h\tas every year\t\r");
	assert_sent(&model, "credential.rotate",
	            json_pack("{s:s, s:i, s:i, s:s}", "name", "shop-prod", "generation", 7,
	                      "overlap_ms", 7200000, "reason", "as every year"));
	tui_model_deinit(&model);
}

static void
a_password_is_shown_once_and_wiped(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "O");
	fixture_answer(&model, "credential.effect", effect(), NULL);
	fixture_keys(&model, "\t\x15" "0\t\t\r");
	fixture_answer(&model, "credential.rotate", made("shop-prod"), NULL);
	assert_shows(&model, "shop-prod ─ its password, shown this once");
	assert_shows(&model, "The old password of shop-prod works no more.");
	assert_shows(&model, "password  " PASSWORD);
	assert_shows(&model, "last action: rotated shop-prod");
	fixture_keys(&model, "\r\tqjNXe?7 "); /* typed ahead: it stays, and nothing else happens */
	assert_shows(&model, PASSWORD);
	assert_null(fixture_request(&model));
	assert_null(model.wants_copy);
	fixture_keys(&model, "y");
	assert_string_equal(model.wants_copy, PASSWORD);
	mem_free_wiped(model.wants_copy);
	model.wants_copy = NULL;
	assert_false(model.wants_forget);
	fixture_keys(&model, "\033");
	assert_true(model.wants_forget);
	assert_hides(&model, PASSWORD);
	/* the box and the result line are in it */
	assert_false(has_password(&model, sizeof model));
	tui_model_deinit(&model);
}

static void
a_revocation_wants_the_name(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "X");
	fixture_answer(&model, "credential.effect", effect(), NULL);
	assert_shows(&model, "Revoke shop-prod ─ 1,004 msgs in 5 min will start failing");
	assert_shows(&model, "61 recipients wait.");
	fixture_keys(&model, "l\tleaked\tshop-pro\t\r"); /* hold, reason, not quite its name */
	assert_null(fixture_request(&model));
	assert_shows(&model, "type shop-prod to confirm");
	fixture_keys(&model, "\033");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "X");
	fixture_answer(&model, "credential.effect", effect(), NULL);
	fixture_keys(&model, "l\tleaked\tshop-prod\t\r");
	assert_sent(&model, "credential.revoke",
	            json_pack("{s:s, s:i, s:s, s:s}", "name", "shop-prod", "generation", 7,
	                      "queued", "hold", "reason", "leaked"));
	fixture_answer(&model, "credential.revoke", json_pack("{s:i}", "held", 61), NULL);
	assert_null(fixture_request(&model));
	model.width = 160;
	assert_shows(&model, "= relaycli credential revoke shop-prod --queued hold");
	tui_model_deinit(&model);
}

static void
what_waits_is_bounced_after_it_was_held(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "X");
	fixture_answer(&model, "credential.effect", effect(), NULL);
	fixture_keys(&model, "ll\tspam\tshop-prod\t\r");
	assert_sent(&model, "credential.revoke",
	            json_pack("{s:s, s:i, s:s, s:b, s:s}", "name", "shop-prod", "generation", 7,
	                      "queued", "hold", "to_bounce", 1, "reason", "spam"));
	fixture_answer(&model, "credential.revoke", json_pack("{s:i}", "held", 161), NULL);
	assert_sent(&model, "queue.bounce",
	            json_pack("{s:s, s:s, s:i}", "match", "cred:shop-prod", "reason", "spam",
	                      "grace_ms", 10000));
	fixture_answer(&model, "queue.bounce",
		       json_pack("{s:i, s:s}", "affected", 161, "pending", "P"),
	       NULL);
	assert_shows(&model, "161 recipients bounce in 10 s");
	tui_model_deinit(&model);
}

static void
a_successor_s_password_is_shown_once(void **state)
{
	struct tui_model model;
	json_t *result = made("shop-prod-2");

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "I");
	fixture_answer(&model, "credential.effect", effect(), NULL);
	assert_shows(&model, "Replace shop-prod ─ 1,004 msgs in 5 min");
	fixture_keys(&model, "\t\tshop-prod\t\r");
	assert_sent(&model, "credential.compromised",
	            json_pack("{s:s, s:i, s:s}", "name", "shop-prod", "generation", 7, "queued",
	                      "hold"));
	json_object_set_new(result, "held", json_integer(3));
	fixture_answer(&model, "credential.compromised", result, NULL);
	assert_shows(&model, "shop-prod is revoked; 3 recipients of it held.");
	assert_shows(&model, "user      shop-prod-2");
	fixture_keys(&model, "\033");
	assert_hides(&model, PASSWORD);
	tui_model_deinit(&model);
}

static void
one_key_ends(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "jjjjD"); /* two-keys: k1 is idle */
	assert_shows(&model, "k1  last used 3d");
	assert_shows(&model, "▶[ Cancel ]");
	fixture_keys(&model, "\t\t\t\r");
	assert_sent(&model, "credential.retire",
	            json_pack("{s:s, s:i, s:s}", "name", "two-keys", "generation", 3, "key", "k1"));
	fixture_answer(&model, "credential.retire", json_object(), NULL);
	fixture_keys(&model, "kkkD"); /* newsletter: its only one */
	assert_shows(&model, "It is the last one: nobody can log in then.");
	fixture_keys(&model, "\t\t\t\r");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\033");
	tui_model_deinit(&model);
}

static void
only_what_was_changed_is_sent_and_can_be_undone(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "E");
	assert_shows(&model, "[50/s");
	assert_shows(&model, "[2000000/day");
	for (int i = 0; i < 14; i++)
		fixture_keys(&model, "\t");
	fixture_keys(&model, "\r");
	assert_shows(&model, "nothing was changed; Esc leaves");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\t\t\t\t\x15" "100/s\t\x15"); /* Cancel, from, env, rate, quota */
	for (int i = 0; i < 11; i++)
		fixture_keys(&model, "\t");
	fixture_keys(&model, "\r");
	assert_sent(&model, "credential.limit",
	            json_pack("{s:s, s:i, s:[s,s]}", "name", "shop-prod", "generation", 7,
	                      "options", "rate=100/s", "quota=none"));
	fixture_answer(&model, "credential.limit", json_object(), NULL);
	assert_shows(&model, "U undo");
	fixture_keys(&model, "U");
	assert_sent(&model, "credential.limit",
	            json_pack("{s:s, s:[s,s], s:s}", "name", "shop-prod", "options", "rate=50/s",
	                      "quota=2000000/day", "reason", "undone in relaytui"));
	tui_model_deinit(&model);
}

/* as relaycli would read it: in the zone of who types */
static void
a_day_ends_where_it_is_typed(void **state)
{
	json_t *data = fixture_json("credentials");
	struct tui_model model;

	(void)state;
	json_object_set_new(json_array_get(json_object_get(data, "rows"), 0), "expires_at",
	                    json_string("2026-12-31T16:00:30.000Z"));
	fixture_open(&model, 45, 160, false);
	fixture_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	fixture_keys(&model, "7");
	fixture_view(&model, "credentials", "boot-1", data);
	tui_frame_settle(&model);
	fixture_keys(&model, "E");
	assert_shows(&model, "[2026-12-31T17:00:30");
	for (int i = 0; i < 8; i++)
		fixture_keys(&model, "\t");
	fixture_keys(&model, "\x15" "2027-01-31");
	for (int i = 0; i < 6; i++)
		fixture_keys(&model, "\t");
	fixture_keys(&model, "\r");
	assert_sent(&model, "credential.limit",
	            json_pack("{s:s, s:i, s:[s]}", "name", "shop-prod", "generation", 7,
	                      "options", "expires=2027-01-31T22:59:59.000Z"));
	fixture_answer(&model, "credential.limit", json_object(), NULL);
	assert_shows(&model, "relaycli credential limit shop-prod expires=2027-01-31");
	fixture_keys(&model, "U");
	assert_sent(&model, "credential.limit",
	            json_pack("{s:s, s:[s], s:s}", "name", "shop-prod", "options",
	                      "expires=2026-12-31T16:00:30.000Z", "reason", "undone in relaytui"));
	tui_model_deinit(&model);
}

static void
a_new_one_is_made_of_its_fields(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "N");
	for (int i = 0; i < 13; i++)
		fixture_keys(&model, "\t");
	fixture_keys(&model, "\r");
	assert_shows(&model, "name it: what it logs in as");
	fixture_keys(&model, "\t\tbilling\t@shop.example, @b.example\t\t50/s\t200/day");
	fixture_keys(&model, "\t\t\t\t\t90d\tl\tl\tnew shop");
	fixture_keys(&model, "\t\r");
	assert_sent(&model, "credential.create",
	            json_pack("{s:s, s:[s,s], s:s, s:[s], s:s, s:s, s:b, s:s}", "name", "billing",
	                      "from", "@shop.example", "@b.example", "rate", "50/s", "quota",
	                      "200/day", "expires", "90d", "tripwire", "slow", "bulk", 1, "reason",
	                      "new shop"));
	fixture_answer(&model, "credential.create", made("billing"), NULL);
	assert_shows(&model, PASSWORD);
	tui_model_deinit(&model);
}

static void
what_changed_since_it_was_seen_is_said(void **state)
{
	struct tui_model model;
	struct api_error error;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "O");
	fixture_answer(&model, "credential.effect", effect(), NULL);
	fixture_keys(&model, "\t\t\t\r");
	(void)api_error_set(&error, API_ERROR_CHANGED, "no");
	fixture_answer(&model, "credential.rotate", NULL, &error);
	assert_shows(&model, "shop-prod changed since you looked: nothing done");
	assert_false(model.dialog.is_open);
	tui_model_deinit(&model);
}

static void
what_is_revoked_is_not_changed(void **state)
{
	struct tui_model model;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	fixture_keys(&model, "G");
	for (const char *key = "OXIDE"; *key; key++) {
		tui_input_key(&model, *key);
		assert_null(fixture_request(&model));
		assert_false(model.dialog.is_open);
		assert_shows(&model, "old-crm is revoked, for good");
	}
	tui_model_deinit(&model);
}

/* ten thousand random keys: nothing is changed but by a button of a box, and never where a
 * name has to be typed */
static void
random_keys_change_nothing_unconfirmed(void **state)
{
	static const int special[] = { TUI_KEY_UP, TUI_KEY_DOWN, TUI_KEY_ENTER, TUI_KEY_ESC,
				       TUI_KEY_LEFT, TUI_KEY_RIGHT, '\t', TUI_KEY_BACKSPACE };
	struct tui_model model;
	uint32_t seed = 20261125;

	(void)state;
	open_credentials(&model, 24, 80, false, false);
	for (int i = 0; i < 10000; i++) {
		bool was_open = model.dialog.is_open;
		int key;

		seed = seed * 1664525 + 1013904223;
		key = (seed >> 16) % 2 ? special[(seed >> 17) % 8] : (int)((seed >> 17) % 95 + 32);
		if (key == ':' || key == '?' || (key >= '0' && key <= '9'))
			continue; /* other screens have their own test */
		tui_input_key(&model, key);
		tui_frame_settle(&model);
		model.wants_quit = false;
		if (model.screen != TUI_CREDENTIALS)
			tui_model_go(&model, TUI_CREDENTIALS);
		for (struct tui_request *r; (r = fixture_request(&model)) != NULL;) {
			bool is_asked = strcmp(r->method, "credential.effect") == 0;

			if (!is_asked && !was_open && strcmp(r->method, "credential.limit") != 0)
				fail_msg("%s without a box", r->method);
			assert_string_not_equal(r->method, "credential.revoke");
			assert_string_not_equal(r->method, "credential.compromised");
			if (is_asked) {
				json_t *result = effect();

				tui_model_reply(&model, r, result, NULL);
				json_decref(result);
			} else {
				struct api_error error;

				(void)api_error_set(&error, API_ERROR_FAILED, "no");
				tui_model_reply(&model, r, NULL, &error);
			}
			tui_request_free(&r);
		}
		free(fixture_draw(&model));
	}
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_as_saved),
		cmocka_unit_test(any_size_is_drawn),
		cmocka_unit_test(what_was_sent_is_asked_when_it_is_seen),
		cmocka_unit_test(a_rotation_names_who_uses_the_old_one),
		cmocka_unit_test(a_password_is_shown_once_and_wiped),
		cmocka_unit_test(a_revocation_wants_the_name),
		cmocka_unit_test(what_waits_is_bounced_after_it_was_held),
		cmocka_unit_test(a_successor_s_password_is_shown_once),
		cmocka_unit_test(one_key_ends),
		cmocka_unit_test(only_what_was_changed_is_sent_and_can_be_undone),
		cmocka_unit_test(a_day_ends_where_it_is_typed),
		cmocka_unit_test(a_new_one_is_made_of_its_fields),
		cmocka_unit_test(what_changed_since_it_was_seen_is_said),
		cmocka_unit_test(what_is_revoked_is_not_changed),
		cmocka_unit_test(random_keys_change_nothing_unconfirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
