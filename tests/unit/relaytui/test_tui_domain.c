/* The Domains screen: how it looks, and what its keys ask and send. */
#include "tui_golden.h"

#include "tui_domain.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

static void
open_domains(struct tui_model *model, int height, int width, bool is_ascii, bool is_empty)
{
	json_t *data = is_empty ? json_pack("{s:[], s:i}", "rows", "total", 0)
	                        : fixture_json("domains");

	fixture_open(model, height, width, is_ascii);
	fixture_keys(model, "8");
	fixture_view(model, "domains", "boot-1", data);
	tui_frame_settle(model);
}

static void
open_wrong(struct tui_model *model)
{
	open_domains(model, 24, 80, false, false);
	fixture_keys(model, "j"); /* example.org */
	fixture_details(model, "domain.report", "domain_report");
}

/* ---- how it looks ---------------------------------------------------------------- */

static const struct {
	const char *name, *keys, *after; /* after: when the report is there */
	bool is_empty, is_known;
} pictures[] = {
	{ "domains", "j", "", false, true },
	{ "domains_next", "j", "]", false, true },
	{ "domains_open", "j\r", "", false, true },
	{ "domains_fine", "", "", false, false },
	{ "domains_hostile", "G", "]\r", false, true },
	{ "domains_empty", "", "", true, false },
	{ "domains_rotate", "j", "K", false, true },
};

static void
it_looks_as_saved(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pictures); i++)
		for (size_t size = 0; size < GOLDEN_SIZES; size++)
			for (int ascii = 0; ascii < 2; ascii++) {
				struct tui_model model;

				open_domains(&model, golden_sizes[size].height,
				             golden_sizes[size].width, ascii, pictures[i].is_empty);
				fixture_keys(&model, pictures[i].keys);
				fixture_details(&model, "domain.report",
						pictures[i].is_known ? "domain_report" : NULL);
				fixture_keys(&model, pictures[i].after);
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

		open_domains(&model, 1 + n / 4, n, n % 2, false);
		fixture_keys(&model, n % 4 ? "j" : "j\r");
		fixture_details(&model, "domain.report", "domain_report");
		free(fixture_draw(&model));
		tui_model_deinit(&model);
	}
}

/* ---- what its keys do --------------------------------------------------------------- */

static void
what_matters_comes_first(void **state)
{
	struct tui_model model;

	(void)state;
	open_wrong(&model);
	assert_shows(&model, "example.org ─ 2 things to fix");
	assert_shows(&model, "k1._domainkey.example.org");
	assert_shows(&model, "We asked: 9.9.9.9, 1.1.1.1 and the zone's own server; "
	             "all say NXDOMAIN.");
	assert_shows(&model, "212 messages since");
	assert_shows(&model, "13:40:00 went out that fail DMARC; such mail is: sent anyway (E");
	fixture_keys(&model, "]]");
	assert_shows(&model, "Effect: None now: the relay does not sign with it.");
	fixture_keys(&model, "]");
	assert_shows(&model, "k1._domainkey.example.org");
	fixture_keys(&model, "[[");
	assert_shows(&model, "_dmarc.example.org");
	tui_model_deinit(&model);
}

static void
a_long_record_is_copied_as_a_zone_has_it(void **state)
{
	static const char begin[] = "k1._domainkey.example.org. IN TXT \"v=DKIM1; k=rsa; p=";
	struct tui_model model;
	char *strings = NULL;

	(void)state;
	open_wrong(&model);
	fixture_keys(&model, "y");
	assert_non_null(model.wants_copy);
	assert_int_equal(strncmp(model.wants_copy, begin, strlen(begin)), 0);
	strings = strstr(model.wants_copy, "\" \"");
	assert_non_null(strings); /* of 255 bytes at most each */
	assert_int_equal(strings - strchr(model.wants_copy, '"') - 1, 255);
	fixture_keys(&model, "k");
	fixture_details(&model, "domain.report", NULL);
	fixture_keys(&model, "y"); /* nothing to publish: its name */
	assert_string_equal(model.wants_copy, "shop.example");
	tui_model_deinit(&model);
}

static void
text_is_quoted_in_a_record(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	assert_true(tui_domain_put_record("a.example", "TXT", "say \"\\\"", &out));
	assert_true(span_is(buf_span(&out), "a.example. IN TXT \"say \\\"\\\\\\\"\""));
	assert_false(tui_domain_put_record("a.example", "TXT", "this one has no room any more here",
	                                   &out));
	assert_true(span_is(buf_span(&out), "a.example. IN TXT \"say \\\"\\\\\\\"\""));
	out.len = 0;
	assert_true(tui_domain_put_record("r.a.example", "MX", "10 mx1.relay.example.", &out));
	assert_true(span_is(buf_span(&out), "r.a.example. IN MX 10 mx1.relay.example."));
	buf_deinit(&out);
}

static void
a_check_is_asked_for_by_operators(void **state)
{
	struct tui_model model;

	(void)state;
	open_wrong(&model);
	model.is_forced_read_only = true; /* it reads only */
	fixture_keys(&model, "c");
	fixture_sent(&model, "domain.check", json_pack("{s:s}", "name", "example.org"));
	fixture_answer(&model, "domain.check",
	       json_pack("{s:s, s:s}", "state", "ok", "sentence", "Yes. All is right."), NULL);
	assert_shows(&model, "checked example.org: Yes. All is right.");
	assert_false(list_is_empty(&model.requests)); /* the report is asked for again */
	fixture_details(&model, "domain.report", "domain_report");
	model.status.role = "viewer";
	fixture_keys(&model, "c");
	assert_null(fixture_request(&model));
	assert_shows(&model, "relayd lets operators do that");
	tui_model_deinit(&model);
}

static void
a_new_key_shows_what_to_publish(void **state)
{
	struct tui_model model;

	(void)state;
	open_wrong(&model);
	fixture_keys(&model, "K");
	assert_shows(&model, "▶[ Cancel ]");
	fixture_keys(&model, "\r");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "K\tll\tl\t\tmonthly\t\r"); /* ed25519, 3072, not at once */
	fixture_sent(&model, "domain.dkim.rotate",
	            json_pack("{s:s, s:i, s:s, s:i, s:s}", "name", "example.org", "generation", 5,
	                      "algorithm", "ed25519", "bits", 3072, "reason", "monthly"));
	fixture_answer(&model, "domain.dkim.rotate",
	       json_pack("{s:[{s:s,s:s,s:s}]}", "records", "name", "k3e._domainkey.example.org",
	                 "type", "TXT", "value", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hc"
	                 "vPapiMlrwIaaPcHURo="), NULL);
	assert_shows(&model, "example.org ─ 1 record to publish");
	assert_shows(&model, "TXT k3e._domainkey.example.org");
	fixture_keys(&model, "y");
	assert_string_equal(model.wants_copy, "k3e._domainkey.example.org. IN TXT \"v=DKIM1; "
	                    "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n");
	fixture_keys(&model, "\r");
	assert_false(model.dialog.is_open);
	tui_model_deinit(&model);
}

static void
a_key_is_deleted_by_name(void **state)
{
	struct tui_model model;

	(void)state;
	open_wrong(&model);
	fixture_keys(&model, "D"); /* k2 does not sign */
	assert_shows(&model, "[k2");
	fixture_keys(&model, "\t\t\t\t\r");
	assert_shows(&model, "type example.org to confirm");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\033D\t\t\texample.org\t\r");
	fixture_sent(&model, "domain.dkim.remove",
	            json_pack("{s:s, s:i, s:s}", "name", "example.org", "generation", 5, "selector",
	                      "k2"));
	tui_model_deinit(&model);
}

static void
a_domain_is_removed_by_name_if_it_can_be(void **state)
{
	struct tui_model model;

	(void)state;
	open_wrong(&model);
	fixture_keys(&model, "X");
	fixture_sent(&model, "domain.show", json_pack("{s:s}", "name", "example.org"));
	fixture_answer(&model, "domain.show",
	       json_pack("{s:s}", "not_removable", "credential shop sends as example.org"), NULL);
	assert_false(model.dialog.is_open);
	assert_shows(&model, "remove: credential shop sends as example.org");
	fixture_keys(&model, "X");
	fixture_answer(&model, "domain.show",
		       json_pack("{s:i, s:[{},{}]}", "generation", 6, "keys"), NULL);
	assert_shows(&model, "2 DKIM keys");
	fixture_keys(&model, "\texample.or\t\r");
	assert_null(fixture_request(&model));
	fixture_keys(&model, "\033X");
	fixture_answer(&model, "domain.show", json_pack("{s:i}", "generation", 6), NULL);
	fixture_keys(&model, "sold\texample.org\t\r");
	fixture_sent(&model, "domain.remove",
	            json_pack("{s:s, s:i, s:s}", "name", "example.org", "generation", 6, "reason",
	                      "sold"));
	tui_model_deinit(&model);
}

static void
a_domain_is_added(void **state)
{
	struct tui_model model;

	(void)state;
	open_wrong(&model);
	fixture_keys(&model, "N\t\t\t\r");
	assert_shows(&model, "name it: what stands after the @");
	fixture_keys(&model, "\t\tnew.example\twarm-b\t\t\r");
	fixture_sent(&model, "domain.add",
	            json_pack("{s:s, s:s}", "name", "new.example", "pool", "warm-b"));
	fixture_answer(&model, "domain.add",
	       json_pack("{s:[{s:s,s:s,s:s},{s:s,s:s,s:s}]}", "records",
	                 "name", "new.example", "type", "TXT", "value", "v=spf1 -all",
	                 "name", "r.new.example", "type", "MX", "value", "10 mx1.relay.example."),
	       NULL);
	assert_shows(&model, "new.example ─ 2 records to publish");
	assert_shows(&model, "10 mx1.relay.example.");
	tui_model_deinit(&model);
}

static void
what_fails_dmarc_can_be_held_and_that_undone(void **state)
{
	struct tui_model model;

	(void)state;
	open_wrong(&model);
	fixture_keys(&model, "E\t\t\t\r");
	assert_shows(&model, "nothing was changed");
	fixture_keys(&model, "\t\tl\t\t\t\r");
	fixture_sent(&model, "domain.limit",
	            json_pack("{s:s, s:i, s:[s,s]}", "name", "example.org", "generation", 5,
	                      "options", "dmarc-fail=hold", "pool=default"));
	fixture_answer(&model, "domain.limit", json_object(), NULL);
	fixture_keys(&model, "U");
	fixture_sent(&model, "domain.limit",
	            json_pack("{s:s, s:[s,s], s:s}", "name", "example.org", "options",
	                      "dmarc-fail=send", "pool=default", "reason", "undone in relaytui"));
	tui_model_deinit(&model);
}

/* ten thousand random keys: nothing is changed but by a button of a box, and never where a name
 * has to be typed */
static void
random_keys_change_nothing_unconfirmed(void **state)
{
	static const int special[] = { TUI_KEY_UP, TUI_KEY_DOWN, TUI_KEY_ENTER, TUI_KEY_ESC,
				       TUI_KEY_LEFT, TUI_KEY_RIGHT, '\t', TUI_KEY_BACKSPACE };
	struct tui_model model;
	uint32_t seed = 20261125;

	(void)state;
	open_wrong(&model);
	for (int i = 0; i < 10000; i++) {
		bool was_open = model.dialog.is_open;
		struct api_error error;
		int key;

		seed = seed * 1664525 + 1013904223;
		key = (seed >> 16) % 2 ? special[(seed >> 17) % 8] : (int)((seed >> 17) % 95 + 32);
		if (key == ':' || key == '?' || (key >= '0' && key <= '9'))
			continue; /* other screens have their own test */
		tui_input_key(&model, key);
		tui_frame_settle(&model);
		model.wants_quit = false;
		if (model.screen != TUI_DOMAINS)
			tui_model_go(&model, TUI_DOMAINS);
		for (struct tui_request *r; (r = fixture_request(&model)) != NULL;) {
			bool is_look = strcmp(r->method, "domain.show") == 0
			               || strcmp(r->method, "domain.check") == 0;

			if (!is_look && !was_open && strcmp(r->method, "domain.limit") != 0)
				fail_msg("%s without a box", r->method);
			assert_string_not_equal(r->method, "domain.remove");
			assert_string_not_equal(r->method, "domain.dkim.remove");
			(void)api_error_set(&error, API_ERROR_FAILED, "no");
			if (is_look) {
				json_t *result = json_object();

				tui_model_reply(&model, r, result, NULL);
				json_decref(result);
			} else {
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
		cmocka_unit_test(what_matters_comes_first),
		cmocka_unit_test(a_long_record_is_copied_as_a_zone_has_it),
		cmocka_unit_test(text_is_quoted_in_a_record),
		cmocka_unit_test(a_check_is_asked_for_by_operators),
		cmocka_unit_test(a_new_key_shows_what_to_publish),
		cmocka_unit_test(a_key_is_deleted_by_name),
		cmocka_unit_test(a_domain_is_removed_by_name_if_it_can_be),
		cmocka_unit_test(a_domain_is_added),
		cmocka_unit_test(what_fails_dmarc_can_be_held_and_that_undone),
		cmocka_unit_test(random_keys_change_nothing_unconfirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
