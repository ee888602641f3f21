/* The line behind ":": what it runs, what it asks about, what it refuses. */
#include "tui_fixture.h"

static const struct {
	const char *name, *keys, *runs, *shows;
	bool is_read_only;
} lines[] = {
	{ "reads at once", ":queue list\r", "queue list", "Output ▸ relaycli queue list", false },
	{ "reads when read-only", ":queue list\r", "queue list", "running", true },
	{ "mild ones at once", ":queue hold yahoo.com\r", "queue hold yahoo.com", NULL, false },
	{ "nothing when read-only", ":queue hold yahoo.com\r", NULL, "read-only (Ctrl-R)", true },
	{ "unknown words", ":quue list\r", NULL, "Did you mean", false },
	{ "a flag too many", ":queue list --nonsense\r", NULL, "--nonsense", false },
	{ "an open quote", ":find 'ann\r", NULL, "left open", false },
	{ "Esc", ":queue list\033", NULL, NULL, false },
	{ "nothing", ":\r", NULL, NULL, false },
	{ "a screen", ":live log\r", NULL, "Log ▸", false },
	{ "moderate ones ask", ":suppression remove ann@mail.example\r", NULL,
	  "┌ relaycli suppression remove", false },
	{ "and do nothing by Enter", ":suppression remove ann@mail.example\r\r", NULL, NULL,
	  false },
	{ "moderate, said yes", ":suppression remove ann@mail.example\r\t\r",
	  "suppression remove ann@mail.example", NULL, false },
	{ "severe ones want the name", ":credential revoke shop-prod\r", NULL,
	  "type the name to confirm", false },
	{ "not another name", ":credential revoke shop-prod\rshop\r\r", NULL,
	  "type shop-prod to confirm", false },
	{ "the name", ":credential revoke shop-prod\rshop-prod\r\r",
	  "credential revoke shop-prod", NULL, false },
	{ "nor by --yes", ":queue bounce yahoo.com --reason x --yes\r", NULL,
	  "type the name to confirm", false },
	{ "with some seconds to think", ":queue bounce yahoo.com --reason x\ryahoo.com\r\r",
	  "queue bounce yahoo.com --reason x --grace 10s", NULL, false },
	{ "not from inside", ":top\r", NULL, "this is relaytui already", false },
};

static void
lines_run_or_do_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct tui_model model;

		fixture_open(&model, 24, 80, false);
		model.is_read_only = lines[i].is_read_only;
		fixture_keys(&model, lines[i].keys);
		if (lines[i].runs && (model.run.kind != TUI_RUN_COMMAND ||
		                      strcmp(model.run.text, lines[i].runs) != 0))
			fail_msg("%s: runs \"%s\"", lines[i].name, model.run.text);
		if (!lines[i].runs && model.run.kind != TUI_RUN_NONE)
			fail_msg("%s: ran \"%s\"", lines[i].name, model.run.text);
		if (lines[i].shows)
			assert_shows(&model, lines[i].shows);
		else
			free(fixture_draw(&model));
		tui_model_deinit(&model);
	}
}

static void
only_what_was_asked_about_is_confirmed(void **state)
{
	struct tui_model model;

	(void)state;
	fixture_open(&model, 24, 80, false);
	fixture_keys(&model, ":queue list\r");
	assert_false(model.run.is_confirmed);
	fixture_keys(&model, ":queue list\r");
	assert_shows(&model, "wait: a command is running");
	fixture_keys(&model, "\033");
	tui_palette_ended(&model, 0);
	fixture_keys(&model, ":suppression remove ann@mail.example\r\t\r");
	assert_true(model.run.is_confirmed);
	tui_palette_ended(&model, 0);
	fixture_keys(&model, ":queue list\r");
	assert_false(model.run.is_confirmed);
	tui_model_deinit(&model);
}

static void
what_it_says_is_shown_harmless_and_wiped(void **state)
{
	struct tui_model model;

	(void)state;
	fixture_open(&model, 24, 80, false);
	fixture_keys(&model, ":queue list\r");
	tui_palette_said(&model, span_of("one\r\n10%\r100%\r\nevil \033]52;c;aGk=\a\r\n"));
	assert_shows(&model, "one   ");
	assert_shows(&model, "100%");
	assert_hides(&model, "10%\r");
	assert_shows(&model, "evil \\x1b]52");
	tui_palette_ended(&model, 3);
	assert_shows(&model, "relaycli queue list   exit 3");
	fixture_keys(&model, "q");
	assert_int_equal(model.screen, TUI_OVERVIEW);
	assert_int_equal(model.output.said.len, 0);
	tui_model_deinit(&model);
}

static void
a_command_that_is_left_is_stopped(void **state)
{
	struct tui_model model;

	(void)state;
	fixture_open(&model, 24, 80, false);
	fixture_keys(&model, ":find ann\rq");
	assert_true(model.wants_stop);
	tui_model_deinit(&model);
}

static void
tab_goes_on(void **state)
{
	struct tui_model model;

	(void)state;
	fixture_open(&model, 24, 80, false);
	fixture_keys(&model, ":que\t");
	assert_int_equal(model.run.kind, TUI_RUN_COMPLETE);
	assert_string_equal(model.run.text, "que");
	tui_palette_offers(&model, span_of("queue\twaiting recipients\n"));
	assert_string_equal(model.palette.text, "queue ");
	tui_palette_offers(&model, span_of("list\t\n")); /* of "que": the line went on */
	assert_string_equal(model.palette.text, "queue ");
	fixture_keys(&model, "\t");
	tui_palette_offers(&model, span_of("hold\tstop\nholds\twhat is held\nhol\n"));
	assert_string_equal(model.palette.text, "queue hol");
	assert_shows(&model, "what is held");
	fixture_keys(&model, "d yahoo.com\r:");
	tui_input_key(&model, TUI_KEY_UP);
	assert_string_equal(model.palette.text, "queue hold yahoo.com");
	tui_input_key(&model, TUI_KEY_DOWN);
	assert_string_equal(model.palette.text, "");
	tui_model_deinit(&model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_run_or_do_not),
		cmocka_unit_test(only_what_was_asked_about_is_confirmed),
		cmocka_unit_test(what_it_says_is_shown_harmless_and_wiped),
		cmocka_unit_test(a_command_that_is_left_is_stopped),
		cmocka_unit_test(tab_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
