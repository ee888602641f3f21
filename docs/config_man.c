/* config_man.c - prints the option part of relayd.conf(5) from the table that
 * the parser uses, so that the page cannot fall behind. Build tool. */
#include <stdio.h>

#include "base/units.h"
#include "config_table.h"

static const char *
type_words(const struct config_option *option)
{
	static const char *const words[] = {
		[CONFIG_TEXT] = "text",
		[CONFIG_TEXTS] = "list of texts",
		[CONFIG_COUNT] = "number",
		[CONFIG_PORT] = "port",
		[CONFIG_FLAG] = "yes or no",
		[CONFIG_DURATION] = "duration",
		[CONFIG_DURATIONS] = "list of durations",
		[CONFIG_COUNTS] = "list of numbers",
		[CONFIG_SIZE] = "size",
		[CONFIG_RATE] = "rate",
		[CONFIG_WORD] = "word",
	};

	return words[option->type];
}

static void
print_bounds(const struct config_option *option)
{
	char low[UNITS_TEXT_SIZE], high[UNITS_TEXT_SIZE];

	switch (option->type) {
	case CONFIG_COUNT:
	case CONFIG_COUNTS:
		printf(", %lld to %lld", option->min, option->max);
		break;
	case CONFIG_DURATION:
	case CONFIG_DURATIONS:
		units_format_duration(option->min, low);
		units_format_duration(option->max, high);
		printf(", %s to %s", low, high);
		break;
	case CONFIG_WORD:
		for (int i = 0; option->words[i] != NULL; i++)
			printf("%s%s", i ? ", " : ": ", option->words[i]);
		break;
	default:
		break;
	}
}

static void
print_option(const struct config_option *option)
{
	printf(".TP\n.B %s\n%c%s.\n", option->name,
	       option->help[0] >= 'a' && option->help[0] <= 'z' ? option->help[0] - 'a' + 'A'
								: option->help[0],
	       option->help + 1);
	printf("(%s", type_words(option));
	print_bounds(option);
	if (option->fallback != NULL)
		printf("; default %s", option->fallback);
	printf("%s)\n", option->needs_restart ? "; a change needs a restart" : "");
}

int
main(void)
{
	for (size_t i = 0; i < config_section_count; i++) {
		const struct config_section *section = &config_sections[i];

		if (section->name[0] == '\0')
			printf(".SS Top level\n%s.\n", section->help);
		else
			printf(".SS %s %s{ ... }\n%s.\n", section->name,
			       section->is_titled ? "\\(dqTITLE\\(dq " : "", section->help);
		for (size_t k = 0; k < section->options; k++)
			print_option(&section->option[k]);
	}
	return 0;
}
