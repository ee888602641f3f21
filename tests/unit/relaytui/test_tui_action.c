/* The table of keys keeps its own rules. */
#include <ctype.h>
#include "tui_fixture.h"

static void
changes_are_upper_case_letters(void **state)
{
	const struct tui_action *action;

	(void)state;
	for (size_t i = 0; (action = tui_action_at(i)) != NULL; i++)
		for (int k = 0; action->changes && k < TUI_ACTION_KEYS && action->key[k]; k++)
			assert_in_range(action->key[k], 'A', 'Z');
}

static void
no_key_means_two_things_on_one_screen(void **state)
{
	const struct tui_action *action;

	(void)state;
	for (size_t i = 0; (action = tui_action_at(i)) != NULL; i++)
		for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++)
			for (int k = 0; k < TUI_ACTION_KEYS && action->key[k]; k++)
				if (tui_action_is_on(action, screen))
					assert_ptr_equal(tui_action_find(action->key[k], screen),
							 action);
}

static void
every_row_has_help_and_a_place(void **state)
{
	const struct tui_action *action;

	(void)state;
	for (size_t i = 0; (action = tui_action_at(i)) != NULL; i++) {
		assert_non_null(action->help);
		assert_true(action->screens != 0);
		for (const char *p = tui_action_label(action, true); *p; p++)
			assert_true(isprint((unsigned char)*p));
		for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++)
			if (action->hint[screen])
				assert_true(tui_action_is_on(action, screen));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_upper_case_letters),
		cmocka_unit_test(no_key_means_two_things_on_one_screen),
		cmocka_unit_test(every_row_has_help_and_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
