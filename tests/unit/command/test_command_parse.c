/* test_command_parse.c - lines to requests, and every kind of refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "command/command_parse.h"

/* params: the request; or, after "!", a part of the refusal */
static const struct {
	const char *line;
	const char *method;
	const char *params;
} rows[] = {
	{ "status", "status.show", "{}" },
	{ "--json status", "status.show", "{}" },
	{ "status --json", "status.show", "{}" },
	{ "-S /run/x status", "status.show", "{}" },
	{ "--socket=/run/x status", "status.show", "{}" },
	{ "find a@b", "find.search", "{\"terms\":[\"a@b\"]}" },
	{ "search a@b", "find.search", "{\"terms\":[\"a@b\"]}" },
	{ "find a@b --since 7d --last", "find.search",
	  "{\"terms\":[\"a@b\",\"since:7d\"],\"last\":true}" },
	{ "--since 7d find a@b", "find.search", "{\"terms\":[\"a@b\",\"since:7d\"]}" },
	{ "--limit 5 queue --sort size list", "queue.list", "{\"limit\":5,\"sort\":\"size\"}" },
	{ "queue list -n5", "queue.list", "{\"limit\":5}" },
	{ "queue list -n=5", "queue.list", "{\"limit\":5}" },
	{ "log tail -f -n 3 to:@x", "log.tail", "{\"terms\":[\"to:@x\"],\"limit\":3}" },
	{ "cred list", "credential.list", "{}" },
	{ "credential create shop --from @a.example b@c.example --bulk", "credential.create",
	  "{\"name\":\"shop\",\"from\":[\"@a.example\",\"b@c.example\"],\"bulk\":true}" },
	{ "credential create --from @a.example shop", "credential.create",
	  "{\"name\":\"shop\",\"from\":[\"@a.example\"]}" },
	{ "credential create shop --from @a,@b --from @c", "credential.create",
	  "{\"name\":\"shop\",\"from\":[\"@a\",\"@b\",\"@c\"]}" },
	{ "credential create shop --expires 90d", "credential.create",
	  "{\"name\":\"shop\",\"expires\":\"90d\"}" },
	{ "credential create shop --expires 2027-01-31 --utc", "credential.create",
	  "{\"name\":\"shop\",\"expires\":\"2027-01-31T23:59:59.000Z\"}" },
	{ "credential limit shop --utc expires=2027-01-31 env=2027-01-31", "credential.limit",
	  "{\"name\":\"shop\",\"options\":[\"expires=2027-01-31T23:59:59.000Z\","
	  "\"env=2027-01-31\"]}" },
	{ "credential limit shop expires=never rate=50/s", "credential.limit",
	  "{\"name\":\"shop\",\"options\":[\"expires=never\",\"rate=50/s\"]}" },
	{ "credential rotate shop --overlap 2h -y", "credential.rotate",
	  "{\"name\":\"shop\",\"overlap_ms\":7200000}" },
	{ "credential retire shop k1", "credential.retire", "{\"name\":\"shop\",\"key\":\"k1\"}" },
	{ "credential revoke shop --confirm=shop", "credential.revoke", "{\"name\":\"shop\"}" },
	{ "queue hold a.example b.example --reason 'too many' --for 1h", "queue.hold",
	  "{\"queues\":[\"a.example\",\"b.example\"],\"reason\":\"too many\",\"for_ms\":3600000}" },
	{ "queue hold --match *.example", "queue.hold", "{\"match\":\"*.example\"}" },
	{ "message show -- --odd", "message.show", "{\"id\":\"--odd\"}" },
	{ "explain 550 5.1.1 no", NULL, "{}" },
	{ "explain -", NULL, "{}" },

	{ "quue lst", NULL, "!no noun \"quue\". Did you mean: queue list" },
	{ "xyzzy", NULL, "!relaycli help" },
	{ "queue lst", NULL, "!queue has no verb \"lst\". Did you mean: queue list" },
	{ "queue", NULL, "!queue wants a verb: list, show" },
	{ "queue frobnicate", NULL, "!there are list, show" },
	{ "que list", NULL, "!Did you mean: queue list" },
	{ "find", NULL, "!find wants ADDRESS|MSGID|TERM" },
	{ "credential retire shop", NULL, "!wants KEY" },
	{ "message show a b", NULL, "!\"b\" is too much" },
	{ "status extra", NULL, "!\"extra\" is too much" },
	{ "pool ip of 192.0.2.1", NULL,
	  "!pool ip wants on|off|check, not \"of\"" },
	{ "pool warmup stop 192.0.2.1", NULL,
	  "!pool warmup wants show|set|pause|resume, not \"stop\"" },
	{ "queue list --sortt size", NULL, "!Did you mean: --sort" },
	{ "queue list --sort big", NULL, "!--sort cannot be \"big\"" },
	{ "domain dkim rotate shop.example --algorithm dsa", NULL,
	  "!--algorithm cannot be \"dsa\". Did you mean: rsa? There is: rsa, ed25519 or both" },
	{ "domain dkim rotate shop.example --algorithm xyzzy", NULL,
	  "!--algorithm cannot be \"xyzzy\": rsa, ed25519 or both" },
	{ "queue list --sort sise", NULL, "!Did you mean: size" },
	{ "queue list -n x", NULL, "!--limit wants a number" },
	{ "queue list --limit", NULL, "!--limit wants a value: N" },
	{ "queue list --json=yes", NULL, "!--json takes no value" },
	{ "queue list --json --tsv", NULL, "!--json and --tsv exclude each other" },
	{ "credential rotate shop --overlap 2", NULL, "!--overlap: " },
	{ "status --yes", NULL, "!status has no flag \"--yes\"" },
	{ "queue hold x --confirm=x", NULL, "!no flag" },
	{ "status -Z", NULL, "!no flag \"-Z\"" },
};

static struct command_line line; /* too large for the stack */

static int
parse(const char *text, bool prefixes, struct arena *arena, struct err *err)
{
	const char **words;
	int count = command_split(span_of(text), arena, &words, err);

	assert_true(count >= 0);
	return command_parse(words, (size_t)count, prefixes, &line, err);
}

static void
check_row(size_t i)
{
	struct arena *arena = arena_new(0);
	struct err err;
	int rc = parse(rows[i].line, false, arena, &err);

	if (rows[i].params[0] == '!') {
		if (rc == 0 || !strstr(err.text, rows[i].params + 1))
			fail_msg("%s: %s", rows[i].line, rc ? err.text : "taken");
	} else if (rc < 0) {
		fail_msg("%s: %s", rows[i].line, err.text);
	} else {
		json_t *params = command_params(&line);
		char *text = api_json_text_of(params);

		assert_non_null(line.command);
		if (strcmp(text, rows[i].params) != 0)
			fail_msg("%s: %s", rows[i].line, text);
		if (rows[i].method)
			assert_string_equal(line.command->method, rows[i].method);
		else
			assert_null(line.command->method);
		mem_free(text);
		json_decref(params);
	}
	arena_free(&arena);
}

static void
lines_become_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(i);
}

static void
prefixes_only_in_the_shell(void **state)
{
	struct arena *arena = arena_new(0);
	struct err err;

	(void)state;
	assert_int_equal(parse("q l", true, arena, &err), 0);
	assert_string_equal(line.command->method, "queue.list");
	assert_int_equal(parse("q l", false, arena, &err), -1);
	assert_int_equal(parse("cred sh x", true, arena, &err), 0);
	assert_int_equal(parse("cred r x", true, arena, &err), -1); /* rotate, retire, revoke */
	assert_int_equal(parse("co show", true, arena, &err), -1);  /* config, completion */
	arena_free(&arena);
}

static void
help_excuses_missing_words(void **state)
{
	struct arena *arena = arena_new(0);
	struct err err;

	(void)state;
	assert_int_equal(parse("find --help", false, arena, &err), 0);
	assert_true(command_line_has(&line, "help"));
	assert_int_equal(parse("queue --help", false, arena, &err), 0);
	assert_null(line.command);
	assert_int_equal(parse("", false, arena, &err), 0);
	assert_null(line.command);
	arena_free(&arena);
}

static void
has_caps(void **state)
{
	static const char *words[COMMAND_WORDS_MAX + 3];
	static const char *flags[COMMAND_VALUES_MAX + 2];
	struct err err;

	(void)state;
	words[0] = "queue";
	words[1] = "hold";
	for (size_t i = 2; i < COMMAND_WORDS_MAX + 3; i++)
		words[i] = "x.example";
	assert_int_equal(command_parse(words, COMMAND_WORDS_MAX + 3, false, &line, &err), -1);
	flags[0] = "status";
	for (size_t i = 1; i < COMMAND_VALUES_MAX + 2; i++)
		flags[i] = "-q";
	assert_int_equal(command_parse(flags, COMMAND_VALUES_MAX + 2, false, &line, &err), -1);
}

static const struct {
	const char *text;
	int count;           /* -1: refused */
	const char *second;
} splits[] = {
	{ "a b", 2, "b" },
	{ "  a \t b  ", 2, "b" },
	{ "a 'b c'", 2, "b c" },
	{ "a \"b 'c\"", 2, "b 'c" },
	{ "a b\\ c", 2, "b c" },
	{ "a 'b\\ c'", 2, "b\\ c" },
	{ "a \"\"", 2, "" },
	{ "a b'c'd", 2, "bcd" },
	{ "", 0, NULL },
	{ "a 'b", -1, NULL },
	{ "a \"b", -1, NULL },
};

static void
splits_like_a_shell(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
		struct arena *arena = arena_new(0);
		const char **words;
		struct err err;
		int count = command_split(span_of(splits[i].text), arena, &words, &err);

		if (count != splits[i].count ||
		    (count > 1 && strcmp(words[1], splits[i].second) != 0))
			fail_msg("%s: %d words", splits[i].text, count);
		arena_free(&arena);
	}
}

static void
a_part_of_a_line_is_read_as_far_as_it_goes(void **state)
{
	static const struct {
		const char *text;
		bool prefixes;
		const char *noun, *verb; /* NULL: not known yet */
		size_t words;
	} parts[] = {
		{ "", false, NULL, NULL, 0 },
		{ "que", false, NULL, NULL, 1 },
		{ "que", true, "queue", NULL, 1 },
		{ "queue", false, "queue", NULL, 1 },
		{ "queue list", false, "queue", "list", 0 },
		{ "q s", true, "queue", "show", 0 },
		{ "--json queue --limit 5 list", false, "queue", "list", 0 },
		{ "credential retire shop", false, "credential", "retire", 1 },
		{ "domain dkim", false, "domain", NULL, 2 },
		{ "domain dkim rotate", false, "domain", "dkim rotate", 0 },
		{ "find b@x to:c", false, "find", NULL, 2 },
		{ "queue list --sort", false, "queue", "list", 0 }, /* its value is being typed */
		{ "queue list --nosuch", false, "queue", "list", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct arena *arena = arena_new(0);
		struct command_line *part = mem_zero(1, sizeof *part);
		const struct command_noun *noun;
		const char **words;
		struct err err;
		int n = command_split(span_of(parts[i].text), arena, &words, &err);
		const char *verb;

		assert_true(n >= 0);
		command_parse_part(words, (size_t)n, parts[i].prefixes, part, &noun);
		verb = part->command ? part->command->verb : NULL;
		if ((noun && (!parts[i].noun || strcmp(noun->name, parts[i].noun) != 0)) ||
		    (!noun && parts[i].noun))
			fail_msg("%s: noun %s", parts[i].text, noun ? noun->name : "-");
		if ((verb && (!parts[i].verb || strcmp(verb, parts[i].verb) != 0)) ||
		    (!verb && parts[i].verb))
			fail_msg("%s: verb %s", parts[i].text, verb ? verb : "-");
		if (part->words != parts[i].words)
			fail_msg("%s: %zu words", parts[i].text, part->words);
		mem_free(part);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_of_a_line_is_read_as_far_as_it_goes),
		cmocka_unit_test(lines_become_requests),
		cmocka_unit_test(prefixes_only_in_the_shell),
		cmocka_unit_test(help_excuses_missing_words),
		cmocka_unit_test(has_caps),
		cmocka_unit_test(splits_like_a_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
