/* test_parse_wish.c - what a header asks of the relay: when, how long, how urgent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "parse/parse_wish.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define MORNING INT64_C(1795503600000) /* 2026-11-24T07:00:00Z */

/* words: of the refusal; NULL: taken */
static const struct {
	const char *name, *section, *words;
	struct parse_wish want;
} cases[] = {
	{ "nothing", "Subject: x\r\n", NULL, { 0 } },
	{ "time", "X-Relay-Send-At: 2026-11-24T07:00:00Z\r\n", NULL,
	  { .send_at_unix_ms = MORNING } },
	{ "zone", "x-relay-send-at:2026-11-24T08:00:00+01:00\r\n", NULL,
	  { .send_at_unix_ms = MORNING } },
	{ "date", "X-Relay-Send-At: 2026-11-24\r\n", NULL,
	  { .send_at_unix_ms = MORNING - 7 * HOUR } },
	{ "folded", "X-Relay-Send-At:\r\n 2026-11-24T07:00:00Z\r\n", NULL,
	  { .send_at_unix_ms = MORNING } },
	{ "no time", "X-Relay-Send-At: tomorrow\r\n", "X-Relay-Send-At is a time", { 0 } },
	{ "mail date", "X-Relay-Send-At: Tue, 24 Nov 2026 07:00:00 +0000\r\n",
	  "X-Relay-Send-At is a time", { 0 } },
	{ "before time", "X-Relay-Send-At: 1970-01-01\r\n", "X-Relay-Send-At is a time", { 0 } },
	{ "twice", "X-Relay-Send-At: 2026-11-24\r\nX-Relay-Send-At: 2026-11-25\r\n",
	  "X-Relay-Send-At is there twice", { 0 } },
	{ "lifetime", "X-Relay-Expires: 4h\r\n", NULL, { .lifetime_ms = 4 * HOUR } },
	{ "days", "X-Relay-Expires: 2d \r\n", NULL, { .lifetime_ms = 2 * DAY } },
	{ "no unit", "X-Relay-Expires: 90\r\n", "X-Relay-Expires is how long", { 0 } },
	{ "no time at all", "X-Relay-Expires: 0s\r\n", "X-Relay-Expires is how long", { 0 } },
	{ "negative", "X-Relay-Expires: -4h\r\n", "X-Relay-Expires is how long", { 0 } },
	{ "empty", "X-Relay-Expires:\r\n", "X-Relay-Expires is how long", { 0 } },
	{ "bulk", "X-Relay-Priority: Bulk\r\n", NULL, { .is_bulk = true } },
	{ "normal", "X-Relay-Priority: normal\r\n", NULL, { 0 } },
	{ "urgent", "X-Relay-Priority: urgent\r\n", "X-Relay-Priority is bulk or normal", { 0 } },
	{ "all",
	  "X-Relay-Priority: bulk\r\nX-Relay-Expires: 1d\r\nX-Relay-Send-At: 2026-11-24\r\n",
	  NULL, { .send_at_unix_ms = MORNING - 7 * HOUR, .lifetime_ms = DAY, .is_bulk = true } },
};

static void
reads_wishes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena *arena = arena_new(0);
		const char *section = arena_printf(arena, "%s\r\n", cases[i].section);
		const struct parse_wish *want = &cases[i].want;
		struct parse_header header;
		struct parse_wish wish;
		struct err err;
		int rc;

		assert_int_equal(parse_header_scan(span_of(section), 100, arena, &header, &err), 0);
		rc = parse_wish_read(&header, &wish, &err);
		if ((rc < 0) != (cases[i].words != NULL))
			fail_msg("%s: %s", cases[i].name, rc < 0 ? err.text : "taken");
		if (rc < 0 && (err.code != 550 || err.kind != ERR_INPUT
			       || strncmp(err.text, "5.6.0 ", 6) != 0
			       || strstr(err.text, cases[i].words) != err.text + 6))
			fail_msg("%s: %d %s", cases[i].name, err.code, err.text);
		if (rc == 0 && (wish.send_at_unix_ms != want->send_at_unix_ms
				|| wish.lifetime_ms != want->lifetime_ms
				|| wish.is_bulk != want->is_bulk))
			fail_msg("%s: %lld, %lld, %d", cases[i].name,
				 (long long)wish.send_at_unix_ms, (long long)wish.lifetime_ms,
				 wish.is_bulk);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_wishes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
