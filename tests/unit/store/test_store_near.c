/* test_store_near.c - whatever two edits make of an address, it is found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "store_kit.h"

static struct store_near *
ask(struct kit *kit, const char *text)
{
	struct store_near *request = mem_zero(1, sizeof *request), *asked = request;

	request->back = kit_back(kit);
	request->arena = arena_new(0);
	request->text = text;
	assert_true(store_near_send(kit->store, &request));
	assert_ptr_equal(kit_wait(kit), asked);
	assert_int_equal(asked->result, 0);
	return asked;
}

static void
drop(struct store_near *asked)
{
	arena_free(&asked->arena);
	mem_free(asked);
}

static const char *const address[] = {
	"anna.meyer@mail.example",
	"bo@x.example",
	"a.very.long.local.part.of.somebody@department.company.example",
	"\xe7\x94\xb0\xe4\xb8\xad@mail.example",
	"zzz@mail.example",
};

static const struct {
	const char *name, *text, *near; /* NULL: nothing is */
} row[] = {
	{ "one replaced", "anna.mayer@mail.example", "anna.meyer@mail.example" },
	{ "two replaced", "anna.maier@mail.example", "anna.meyer@mail.example" },
	{ "three replaced", "onna.maier@mail.example", NULL },
	{ "two missing in front", "na.meyer@mail.example", "anna.meyer@mail.example" },
	{ "two too many in front", "xxanna.meyer@mail.example", "anna.meyer@mail.example" },
	{ "three too many", "xxxanna.meyer@mail.example", NULL },
	{ "two missing at the end", "anna.meyer@mail.examp", "anna.meyer@mail.example" },
	{ "one less, one more", "ana.meyer@maill.example", "anna.meyer@mail.example" },
	{ "two letters changed round", "anna.emyer@mail.example", "anna.meyer@mail.example" },
	{ "in capitals", "ANNA.MEYR@MAIL.EXAMPLE", "anna.meyer@mail.example" },
	{ "itself is not near", "anna.meyer@mail.example", NULL },
	{ "short", "bob@x.example", "bo@x.example" },
	{ "edits far behind",
	  "a.very.long.local.part.of.somebody@department.compani.exampl",
	  "a.very.long.local.part.of.somebody@department.company.example" },
	{ "three far behind",
	  "a.very.long.local.part.of.somebody@department.kompani.exampl", NULL },
	{ "byte of a wide character", "\xe7\x94\xb1\xe4\xb8\xad@mail.example",
	  "\xe7\x94\xb0\xe4\xb8\xad@mail.example" },
	{ "nothing", "", NULL },
};

static void
two_edits_are_near(void **state)
{
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	for (size_t i = 0; i < sizeof address / sizeof address[0]; i++)
		kit_accept(&kit, &(struct kit_message){ .recipient = address[i] }, NULL);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct store_near *asked = ask(&kit, row[i].text);
		bool is_right = row[i].near == NULL
					? asked->count == 0
					: asked->count == 1 &&
						  strcmp(asked->address[0], row[i].near) == 0;

		if (!is_right)
			fail_msg("%s: %zu, %s", row[i].name, asked->count,
				 asked->count > 0 ? asked->address[0] : "-");
		drop(asked);
	}
	kit_remove(&kit);
}

/* ---- at random --------------------------------------------------------------------------- */

enum { ADDRESSES = 60, ASKED = 600, LONGEST = 70 };

static void
make_address(char out[LONGEST + 8])
{
	size_t n = 10 + (size_t)random() % (LONGEST - 10);

	for (size_t i = 0; i < n; i++)
		out[i] = (char)('a' + random() % 26);
	out[n / 2] = '@';
	out[n] = 0;
}

static void
edit(char *text)
{
	size_t n = strlen(text), at = (size_t)random() % n;

	switch (random() % 3) {
	case 0:
		text[at] = '0';
		break;
	case 1:
		memmove(text + at, text + at + 1, n - at);
		break;
	default:
		memmove(text + at + 1, text + at, n - at + 1);
		text[at] = '1';
		break;
	}
}

static void
no_pair_of_edits_hides_an_address(void **state)
{
	char made[ADDRESSES][LONGEST + 8], text[LONGEST + 8];
	struct kit kit;

	(void)state;
	srandom(3);
	kit_init(&kit);
	kit_must_open(&kit);
	for (int i = 0; i < ADDRESSES; i++) {
		make_address(made[i]);
		kit_accept(&kit, &(struct kit_message){ .recipient = made[i] }, NULL);
	}
	for (int i = 0; i < ASKED; i++) {
		struct store_near *asked;

		strncpy(text, made[i % ADDRESSES], sizeof text - 1);
		edit(text);
		edit(text);
		if (strcmp(text, made[i % ADDRESSES]) == 0)
			continue;
		asked = ask(&kit, text);
		if (asked->count != 1 || strcmp(asked->address[0], made[i % ADDRESSES]) != 0)
			fail_msg("%s is not near %s", text, made[i % ADDRESSES]);
		drop(asked);
	}
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_edits_are_near),
		cmocka_unit_test(no_pair_of_edits_hides_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
