/* What is remembered from one start to the next, and what is not believed. */
#include "tui_fixture.h"

static void
a_screen_is_found_as_it_was_left(void **state)
{
	struct tui_model first, second;

	(void)state;
	fixture_open(&first, 24, 80, false);
	fixture_keys(&first, "2sz/exa*\r:columns provider\r");
	assert_hides(&first, "PROVIDER");
	tui_memory_take(&first);
	assert_string_equal(tui_memory_get(&first.memory, "queues.sort"), "size");
	assert_string_equal(tui_memory_get(&first.memory, "queues.filter"), "exa*");
	assert_string_equal(tui_memory_get(&first.memory, "queues.hidden"), "PROVIDER");
	fixture_open(&second, 24, 80, false);
	for (size_t i = 0; i < first.memory.items; i++)
		tui_memory_set(&second.memory, first.memory.key[i], first.memory.value[i]);
	tui_memory_apply(&second);
	fixture_keys(&second, "2");
	assert_shows(&second, "filter: exa*   sort: SIZE ▼");
	assert_hides(&second, "PROVIDER");
	fixture_keys(&second, ":columns provider\r:columns destination\r");
	assert_shows(&second, "PROVIDER");
	assert_shows(&second, "stays: rows are known by it");
	tui_model_deinit(&first);
	tui_model_deinit(&second);
}

static const struct {
	const char *name, *lines;
	size_t items;
} files[] = {
	{ "empty", "", 0 },
	{ "one", "queues.sort size\n", 1 },
	{ "no line end", "queues.sort size", 1 },
	{ "no value", "queues.sort\nqueues.filter \n", 0 },
	{ "twice: the last counts", "a 1\na 2\n", 1 },
	{ "of no screen: kept", "elsewhere.sort x\n", 1 },
	{ "no sort: ignored", "queues.sort nonsense reverse\nqueues.hidden A,,B,DESTINATION\n", 2 },
};

static void
a_file_is_read_with_care(void **state)
{
	char longer[2000];

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct tui_model model;

		fixture_open(&model, 24, 80, false);
		tui_memory_parse(&model.memory, span_of(files[i].lines));
		if (model.memory.items != files[i].items)
			fail_msg("%s: %zu items", files[i].name, model.memory.items);
		tui_memory_apply(&model);
		fixture_keys(&model, "2");
		assert_shows(&model, "DESTINATION");
		tui_model_deinit(&model);
	}
	memset(longer, 'x', sizeof longer);
	longer[3] = ' ';
	for (int i = 0; i < 2; i++) {
		struct tui_memory memory = { .key = NULL };

		tui_memory_parse(&memory, (struct span){ longer, sizeof longer });
		tui_memory_parse(&memory, (struct span){ "a \0b\n\0 c\n", 9 });
		assert_int_equal(memory.items, 0);
		tui_memory_deinit(&memory);
	}
}

static void
a_full_memory_keeps_what_it_has(void **state)
{
	struct tui_memory memory = { .key = NULL };

	(void)state;
	for (int i = 0; i < TUI_MEMORY_ITEMS + 10; i++) {
		char key[16];

		snprintf(key, sizeof key, "k%d", i);
		tui_memory_set(&memory, key, "v");
	}
	assert_int_equal(memory.items, TUI_MEMORY_ITEMS);
	tui_memory_set(&memory, "k0", "");
	assert_int_equal(memory.items, TUI_MEMORY_ITEMS - 1);
	assert_string_equal(tui_memory_get(&memory, "k0"), "");
	assert_string_equal(tui_memory_get(&memory, "k255"), "v");
	tui_memory_deinit(&memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_screen_is_found_as_it_was_left),
		cmocka_unit_test(a_file_is_read_with_care),
		cmocka_unit_test(a_full_memory_keeps_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
