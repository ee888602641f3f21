/* test_control_filter.c - terms as a question to the log and as a test of an event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "control/control_filter.h"

#define NOW 1732370531000

static const struct mail_event event = {
	.at_unix_ms = NOW,
	.kind = MAIL_EVENT_DEFERRED,
	.message_id = 0x123456789,
	.recipient = "B.Lee@Yahoo.example",
	.credential = "shop-prod",
	.sender_domain = "shop.example",
	.site = "yahoo",
	.remote_host = "mta5.yahoo.example",
	.remote_address = "192.0.2.7",
	.tls_version = "TLSv1.3",
	.code = 421,
	.category = VERDICT_RATE_LIMITED,
	.reply = SPAN_LIT("4.7.0 [TSS04] Messages temporarily deferred"),
};

static const struct {
	const char *terms;
	bool holds;
} tests_of_event[] = {
	{ "", true },
	{ "to:b.lee@yahoo.example", true },
	{ "to:@yahoo.example", true },
	{ "to:@other.example", false },
	{ "to:b.*", true },
	{ "to:lee", true },
	{ "to:nobody", false },
	{ "domain:yahoo.example", true },
	{ "domain:example", false },
	{ "from:@shop.example", true },
	{ "from:@x.example", false },
	{ "cred:shop-prod", true },
	{ "cred:shop", false },
	{ "event:deferred", true },
	{ "status:deferred", true },
	{ "event:bounced", false },
	{ "category:rate_limited", true },
	{ "category:policy", false },
	{ "code:421", true },
	{ "code:450", false },
	{ "ip:192.0.2.7", true },
	{ "tls:TLSv1.3", true },
	{ "tls:none", false },
	{ "site:yahoo", true },
	{ "tss04", true },
	{ "nothing-of-it", false },
	{ "to:@yahoo.example code:421 tss04", true },
	{ "to:@yahoo.example code:450", false },
	{ "subject:x", false },
	{ "since:1h", true },
	{ "until:1h", false },
};

static void
tests_an_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tests_of_event / sizeof *tests_of_event; i++) {
		struct api_terms terms;
		struct err err;

		assert_int_equal(
			api_terms_parse(span_of(tests_of_event[i].terms), NOW, &terms, &err), 0);
		if (control_event_matches(&terms, &event) != tests_of_event[i].holds)
			fail_msg("%s", tests_of_event[i].terms);
	}
}

struct filled {
	struct store_query query;
	struct api_terms events;
	struct api_error error;
	struct arena *arena;
	int rc;
};

static struct filled
fill(const char *line, bool is_find, bool with_events)
{
	struct filled f = { .arena = arena_new(0) };
	static struct api_terms terms; /* values borrow from line */
	struct err err;

	assert_int_equal(api_terms_parse(span_of(line), NOW, &terms, &err), 0);
	f.rc = control_query_fill(&terms, is_find, f.arena, &f.query,
				  with_events ? &f.events : NULL, &f.error);
	return f;
}

static const struct {
	const char *line;
	bool is_find;
	enum store_match match;
	const char *recipient;
} recipients[] = {
	{ "b@x.example", true, STORE_MATCH_EXACT, "b@x.example" },
	{ "to:b@x.example", true, STORE_MATCH_EXACT, "b@x.example" },
	{ "to:b*", false, STORE_MATCH_PREFIX, "b" },
	{ "to:*lee*", false, STORE_MATCH_SUBSTRING, "lee" },
	{ "to:lee", false, STORE_MATCH_SUBSTRING, "lee" },
	{ "b@x.example", false, STORE_MATCH_NONE, NULL },
	{ "@x.example", true, STORE_MATCH_NONE, NULL },
	{ "invoice", true, STORE_MATCH_NONE, NULL },
};

static void
reads_recipients(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof recipients / sizeof *recipients; i++) {
		struct filled f = fill(recipients[i].line, recipients[i].is_find, false);

		if (f.rc < 0 || f.query.recipient.match != recipients[i].match ||
		    (recipients[i].recipient &&
		     strcmp(f.query.recipient.text, recipients[i].recipient)))
			fail_msg("%s", recipients[i].line);
		arena_free(&f.arena);
	}
}

static void
reads_what_find_is_given(void **state)
{
	struct filled f = fill("<a.b@x.example>", true, false);

	(void)state;
	assert_string_equal(f.query.message_id, "a.b@x.example");
	arena_free(&f.arena);
	f = fill("01JD7QZ8M4ABC", true, false);
	assert_true(f.query.id != 0);
	arena_free(&f.arena);
	f = fill("@x.example since:7d", true, false);
	assert_string_equal(f.query.recipient_domain, "x.example");
	assert_true(f.query.since_unix_ms == NOW - 7 * 86400000LL);
	arena_free(&f.arena);
	f = fill("status:waiting", true, false);
	assert_int_equal(f.query.statuses, 1u << MAIL_STATUS_QUEUED | 1u << MAIL_STATUS_DEFERRED |
	                 1u << MAIL_STATUS_HELD | 1u << MAIL_STATUS_SCHEDULED);
	arena_free(&f.arena);
	f = fill("order 66 status:bounced status:expired", true, false);
	assert_int_equal(f.query.words, 2);
	assert_int_equal(f.query.statuses, 1u << MAIL_STATUS_BOUNCED | 1u << MAIL_STATUS_EXPIRED);
	arena_free(&f.arena);
}

static void
keeps_apart_what_only_events_know(void **state)
{
	struct filled f = fill("cred:shop event:bounced", false, true);

	(void)state;
	assert_int_equal(f.rc, 0);
	assert_int_equal(f.events.count, 1);
	assert_string_equal(f.query.credential, "shop");
	arena_free(&f.arena);
	f = fill("event:bounced", false, false);
	assert_int_equal(f.rc, -1);
	assert_int_equal(f.error.kind, API_ERROR_PARAMS);
	arena_free(&f.arena);
	f = fill("a b c d e f g h i", false, false);
	assert_int_equal(f.rc, -1);
	arena_free(&f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tests_an_event),
		cmocka_unit_test(reads_recipients),
		cmocka_unit_test(reads_what_find_is_given),
		cmocka_unit_test(keeps_apart_what_only_events_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
