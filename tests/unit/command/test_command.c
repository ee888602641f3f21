/* test_command.c - the table keeps the promises the parser relies on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/command_help.h"

static void
every_row_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct command *row = &command_table[i];

		if (!command_noun_find((struct span){ row->noun, strlen(row->noun) }))
			fail_msg("%s: no such noun", row->noun);
		assert_ptr_equal(command_find(span_of(row->noun), row->verb), row);
		assert_non_null(row->help);
		if (row->help[strlen(row->help) - 1] == '.')
			fail_msg("%s: help ends in a dot", row->help);
		if (command_changes(row) && (row->role != COMMAND_OPERATOR || !row->method))
			fail_msg("%s %s changes without being an operator's method", row->noun,
				 row->verb);
		if (row->method && row->verb) {
			char expected[64];

			snprintf(expected, sizeof expected, "%s.%s", row->noun, row->verb);
			if (strchr(expected, ' '))
				*strchr(expected, ' ') = '.'; /* "dkim rotate" */
			assert_string_equal(row->method, expected);
		}
	}
}

/* Two passes over a line: what takes a value must be so in every row. */
static void
a_flag_is_of_one_kind_everywhere(void **state)
{
	(void)state;
	for (size_t a = 0; a < command_count; a++) {
		const struct command_flag *one, *other;

		for (size_t i = 0; (one = command_flag_at(&command_table[a], i)) != NULL; i++)
			for (size_t b = 0; b < command_count; b++)
				for (size_t j = 0;
				     (other = command_flag_at(&command_table[b], j)) != NULL; j++) {
					if (strcmp(one->name, other->name) == 0 &&
					    (one->kind == COMMAND_FLAG) !=
						    (other->kind == COMMAND_FLAG))
						fail_msg("--%s", one->name);
					if (one->letter && one->letter == other->letter &&
					    (one->kind == COMMAND_FLAG) !=
						    (other->kind == COMMAND_FLAG))
						fail_msg("-%c", one->letter);
				}
	}
}

static void
no_row_has_a_flag_twice(void **state)
{
	(void)state;
	for (size_t row = 0; row < command_count; row++) {
		const struct command_flag *one, *other;

		for (size_t i = 0; (one = command_flag_at(&command_table[row], i)) != NULL; i++)
			for (size_t j = i + 1;
			     (other = command_flag_at(&command_table[row], j)) != NULL; j++)
				if (strcmp(one->name, other->name) == 0 ||
				    (one->letter && one->letter == other->letter))
					fail_msg("%s %s: --%s and --%s", command_table[row].noun,
					         command_table[row].verb, one->name, other->name);
	}
}

static void
no_flag_takes_a_secret(void **state)
{
	static const char *const words[] = { "password", "secret", "pass", "token" };

	(void)state;
	for (size_t row = 0; row < command_count; row++) {
		const struct command_flag *flag;

		for (size_t i = 0; (flag = command_flag_at(&command_table[row], i)) != NULL; i++)
			for (size_t w = 0; w < sizeof words / sizeof *words; w++)
				if (strcmp(flag->name, words[w]) == 0)
					fail_msg("--%s", flag->name);
	}
}

static char *
help_of(const struct command *command)
{
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	if (command)
		command_help_command(command, to);
	else
		command_help_roff(to);
	fclose(to);
	return text;
}

static void
help_names_every_flag(void **state)
{
	(void)state;
	for (size_t row = 0; row < command_count; row++) {
		char *text = help_of(&command_table[row]);

		for (const struct command_flag *flag = command_table[row].flag; flag && flag->name;
		     flag++)
			if (!strstr(text, flag->name) || !strstr(text, flag->help))
				fail_msg("%s: --%s", command_table[row].noun, flag->name);
		free(text);
	}
}

static void
the_manual_names_every_command(void **state)
{
	char *text = help_of(NULL);

	(void)state;
	for (size_t row = 0; row < command_count; row++)
		if (!command_table[row].is_hidden && command_table[row].verb &&
		    !strstr(text, command_table[row].verb))
			fail_msg("%s %s", command_table[row].noun, command_table[row].verb);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(a_flag_is_of_one_kind_everywhere),
		cmocka_unit_test(no_row_has_a_flag_twice),
		cmocka_unit_test(no_flag_takes_a_secret),
		cmocka_unit_test(help_names_every_flag),
		cmocka_unit_test(the_manual_names_every_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
