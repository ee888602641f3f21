/* Holds in terms: what waits and what comes later, over a restart. */
#include "hold_kit.h"

/* ---- names --------------------------------------------------------------------------- */

static void
one_way_of_writing(void **state)
{
	static const struct {
		const char *text;
		bool is_pattern;
		const char *name; /* NULL: refused with ... */
		const char *why;
	} rows[] = {
		{ "yahoo.com", false, "yahoo.com", NULL },
		{ "*.example", false, "*.example", NULL },
		{ "[ipv6:::1]", false, "[ipv6:::1]", NULL },
		{ "cred:Shop", false, "cred:Shop", NULL },
		{ "messages:6H139FEWC0100", true, "messages:6H139FEWC0100", NULL },
		{ "domain:Yahoo.COM", false, "yahoo.com", NULL },
		{ "tag:Night", false, "tag:Night", NULL },
		{ "tag:night  from:@Shop.Example", false, "from:@shop.example tag:night", NULL },
		{ "from:A@Shop.example", false, "from:a@shop.example", NULL },
		{ "tag:\"two words\" cred:shop", false, "cred:shop tag:\"two words\"", NULL },
		{ "tag:*", true, "tag:*", NULL },
		{ "tag:n*", false, NULL, "takes no pattern" },
		{ "from:shop", false, NULL, "@domain or a whole address" },
		{ "subject:sale", false, NULL, "message hold --match" },
		{ "tag:a tag:b", false, NULL, "give one" },
		{ "tag:a sale", false, NULL, "message hold --match" },
		{ "tog:a", false, NULL, "Did you mean: " },
	};
	struct arena *arena = arena_new(0);
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *name =
			schedule_hold_name(rows[i].text, rows[i].is_pattern, arena, &err);

		if (rows[i].name && name) {
			assert_string_equal(name, rows[i].name);
			continue;
		}
		if (rows[i].name || name || strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].text, name ? name : err.text);
	}
	arena_free(&arena);
}

/* ---- what they mean ------------------------------------------------------------------ */

static void
hold(const char *scope)
{
	struct schedule_ask *ask = world_ask(&(struct schedule_ask){
		.act = SCHEDULE_HOLD, .match = scope, .by = "ana", .reason = "spam" });

	assert_int_equal(ask->result, 0);
	ask_free(&ask);
}

static void
what_comes_later_is_held(void **state)
{
	static const struct {
		const char *rule;
		struct letter in, out; /* held; not */
	} rows[] = {
		{ "tag:night", { .tag = "night", .to = { "a@one.example" } },
		  { .tag = "nights", .to = { "b@one.example" } } },
		{ "from:@other.example",
		  { .from = "x@Other.example", .to = { "a@one.example" } },
		  { .from = "x@sub.other.example", .to = { "b@one.example" } } },
		{ "from:@shop.example", /* by its From field */
		  { .from = "x@other.example", .to = { "a@one.example" } }, { .to = { NULL } } },
		{ "from:x@other.example",
		  { .from = "x@other.example", .to = { "a@one.example" } },
		  { .from = "y@other.example", .to = { "b@one.example" } } },
		{ "cred:news tag:night",
		  { .credential = "news", .tag = "night", .to = { "a@one.example" } },
		  { .credential = "shop", .tag = "night", .to = { "b@one.example" } } },
		{ "domain:one.example tag:night", /* a recipient of two */
		  { .tag = "night", .to = { "a@one.example", "c@two.example" } },
		  { .to = { "b@one.example" } } },
		{ "tag:night to:@one.example", { .tag = "night", .to = { "a@one.example" } },
		  { .tag = "night", .to = { "a@two.example" } } },
	};
	size_t finals = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t out = (rows[i].out.to[0] != NULL) + (rows[i].in.to[1] != NULL);

		hold(rows[i].rule);
		world_submit(&rows[i].in);
		if (rows[i].out.to[0])
			world_submit(&rows[i].out);
		world_run_finals(finals + out);
		assert_int_equal(hold_count(), 1);
		hold_release(rows[i].rule, 1);
		world_run_finals(finals + out + 1);
		assert_int_equal(hold_count(), 0);
		finals += out + 1;
	}
	assert_int_equal(map_count(world.s->holds), 0);
	assert_true(list_is_empty(&world.s->labels));
}

static void
under_two_rules_it_waits_for_both(void **state)
{
	struct schedule_message_row row = { 0 };
	struct schedule_ask *ask;
	uint64_t id;

	(void)state;
	hold("tag:night");
	hold("from:@shop.example");
	id = row.id = world_submit(&(struct letter){ .tag = "night", .to = { "a@one.example" } });
	world_submit(&(struct letter){ .to = { "b@one.example" } });
	assert_int_equal(hold_count(), 2);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD_MESSAGE,
						.message = &row,
						.messages = 1,
						.by = "bo" });
	ask_free(&ask);
	hold_release("from:@shop.example", 2);
	world_run_finals(1);
	assert_int_equal(hold_count(), 1);
	ask = world_ask(
		&(struct schedule_ask){ .act = SCHEDULE_EXPLAIN_MESSAGE, .message_id = id });
	assert_non_null(strstr(ask->sentence[0], "ana held tag:night at "));
	assert_non_null(strstr(ask->sentence[0], "(relaycli queue release tag:night)"));
	assert_string_equal(ask->waiting[0].held.scope, "tag:night");
	ask_free(&ask);
	hold_release("tag:*", 1);
	assert_int_equal(hold_count(), 1);
	hold_release("messages:*", 1);
	world_run_finals(2);
}

static void
all_that_stand_are_listed(void **state)
{
	static const struct { const char *scope; uint32_t waiting; } rows[] = {
		{ "cred:shop", 1 }, { "from:@shop.example", 3 }, { "tag:never", 0 },
		{ "tag:night", 2 },
	};
	struct schedule_ask *ask;
	int64_t since;

	(void)state;
	for (size_t i = 1; i < 4; i++)
		hold(rows[i].scope);
	world_submit(&(struct letter){ .credential = "news", .tag = "night",
				       .to = { "a@one.example", "b@two.example" } });
	submit_to("c@one.example");
	world_settle();
	hold(rows[0].scope);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_LIST_HOLDS });
	assert_int_equal(ask->rows, 4);
	since = ask->hold[0].held.since_unix_ms;
	for (size_t i = 0; i < 4; i++) {
		bool is_found = false;

		assert_true(ask->hold[i].held.since_unix_ms >= since); /* the oldest first */
		since = ask->hold[i].held.since_unix_ms;
		assert_string_equal(ask->hold[i].held.by, "ana");
		for (size_t k = 0; k < 4; k++) {
			if (strcmp(ask->hold[i].held.scope, rows[k].scope) != 0)
				continue;
			is_found = true;
			assert_int_equal(ask->hold[i].waiting, rows[k].waiting);
		}
		assert_true(is_found);
	}
	ask_free(&ask);
}

static void
what_waited_before_is_put_under_it(void **state)
{
	struct schedule_message_row row = { .is_one = true };
	struct schedule_ask *ask;

	(void)state;
	world.retry_ms[0] = world.retry_ms[1] = 3600000;
	world.deliver = greylist_always;
	row.id = world_submit(&(struct letter){ .tag = "night", .to = { "a@one.example" } });
	world_wanted = 1;
	world_run(has_deferred);
	hold("tag:night");
	assert_int_equal(hold_count(), 0);
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD_MESSAGE,
						.scope = "tag:night",
						.message = &row,
						.messages = 1 });
	assert_int_equal(ask->affected, 1);
	ask_free(&ask);
	assert_int_equal(hold_count(), 1);
	assert_int_equal(world.marks, 0); /* the rule says it after a restart */
	hold("tag:night");                /* again, with another reason: the same hold */
	assert_int_equal(hold_count(), 1);
	hold_release("tag:night", 1);
	assert_int_equal(hold_count(), 0);
	row.waiting = row.touched = 0;
	ask = world_ask(&(struct schedule_ask){ .act = SCHEDULE_HOLD_MESSAGE,
						.scope = "tag:night",
						.message = &row,
						.messages = 1 });
	assert_int_equal(ask->result, -1); /* released meanwhile */
	ask_free(&ask);
}

static void
held_after_a_restart_until_its_end(void **state)
{
	struct store_queued_recipient r = { .address = "a@one.example", .domain = "one.example" };
	struct store_queued queued = { .id = id_gen_next(&world.ids, clock_unix_ms()),
				       .credential_id = 7, .credential = "shop",
				       .return_path = "b@shop.example", .sender = "x@shop.example",
				       .from_domain = "shop.example", .tag = { "day", "night" },
				       .tags = 2, .expires_unix_ms = clock_unix_ms() + 60000,
				       .recipients = 1, .recipient = &r };
	struct store_hold row = { .scope = "from:@shop.example tag:night",
				  .by = "ana", .reason = "",
				  .until_unix_ms = clock_unix_ms() + 300 };

	(void)state;
	schedule_load_hold(world.s, &row);
	schedule_load(world.s, &queued);
	assert_int_equal(hold_count(), 1);
	assert_int_equal(world.finals, 0);
	world_run_finals(1);
	assert_string_equal(world.written, "delete from:@shop.example tag:night");
}

static int
act_as(enum schedule_act what, const char *by, uint32_t affected)
{
	struct schedule_ask *ask = world_ask(&(struct schedule_ask){
		.act = what, .match = "from:@shop.example", .by = by, .is_only_own = true });
	int result = ask->result;

	assert_int_equal(ask->affected, affected);
	ask_free(&ask);
	return result;
}

/* who only touches his own: another's hold is neither taken over nor ended */
static void
others_holds_are_left_alone(void **state)
{
	(void)state;
	hold("from:@shop.example"); /* ana's */
	world_submit(&(struct letter){ .to = { "a@one.example" } });
	assert_int_equal(hold_count(), 1);
	assert_int_equal(act_as(SCHEDULE_HOLD, "relayd", 0), -1);
	assert_int_equal(act_as(SCHEDULE_RELEASE, "relayd", 0), 0);
	assert_int_equal(hold_count(), 1);
	hold_release("from:@shop.example", 1);
	world_run_finals(1);
	assert_int_equal(act_as(SCHEDULE_HOLD, "relayd", 0), 0);
	assert_int_equal(act_as(SCHEDULE_HOLD, "relayd", 0), 0); /* again: it is his */
	world_submit(&(struct letter){ .to = { "b@one.example" } });
	assert_int_equal(hold_count(), 1);
	assert_int_equal(act_as(SCHEDULE_RELEASE, "ana", 0), 0);
	assert_int_equal(hold_count(), 1);
	assert_int_equal(act_as(SCHEDULE_RELEASE, "relayd", 1), 0);
	world_run_finals(2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_way_of_writing),
		TEST(what_comes_later_is_held),
		TEST(under_two_rules_it_waits_for_both),
		TEST(what_waited_before_is_put_under_it),
		TEST(others_holds_are_left_alone),
		TEST(all_that_stand_are_listed),
		TEST(held_after_a_restart_until_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
