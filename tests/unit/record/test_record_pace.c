/* What a site's refusal is about: messages, connections, one connection, or none of these. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "record/record_pace.h"

#define AT(phase) VERDICT_PHASE_##phase

static const struct refusal_row {
	const char *name;
	enum verdict_phase phase;
	int code;
	enum verdict_category category;
	const char *reply;
	enum pace_news news;
} rows[] = {
	{ "rate", AT(UNKNOWN), 421, VERDICT_RATE_LIMITED, "421 4.7.28 unusual rate of mail",
	  PACE_THROTTLED },
	{ "rate at MAIL", AT(MAIL), 451, VERDICT_RATE_LIMITED, "451 too many messages, slow down",
	  PACE_THROTTLED },
	{ "complaints", AT(MAIL), 421, VERDICT_REPUTATION_BLOCK, "421 4.7.0 [TSS04] deferred",
	  PACE_THROTTLED },
	{ "connections", AT(GREETING), 421, VERDICT_RATE_LIMITED,
	  "421 Too many concurrent SMTP connections", PACE_CROWDED },
	{ "connections, French", AT(GREETING), 421, VERDICT_RATE_LIMITED,
	  "421 Trop de connexions, veuillez verifier", PACE_CROWDED },
	{ "a greeting without words", AT(GREETING), 421, VERDICT_RATE_LIMITED, "421 busy",
	  PACE_CROWDED },
	{ "session", AT(MAIL), 421, VERDICT_RATE_LIMITED, "421 max message per connection reached",
	  PACE_SESSION_FULL },
	{ "session, other words", AT(MAIL), 452, VERDICT_RATE_LIMITED,
	  "452 Too many mails in this session", PACE_SESSION_FULL },
	{ "a list", AT(GREETING), 421, VERDICT_REPUTATION_BLOCK, "421 listed", PACE_TROUBLE },
	{ "a block for good", AT(UNKNOWN), 550, VERDICT_REPUTATION_BLOCK, "550 blocked",
	  PACE_TROUBLE },
	{ "system", AT(MAIL), 421, VERDICT_SYSTEM_ERROR, "421 shutting down", PACE_TROUBLE },
	{ "no connection", AT(CONNECT), 0, VERDICT_NETWORK_ERROR, "connection timed out",
	  PACE_TROUBLE },
};

static void
tells_them_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct mail_event event = { .code = rows[i].code,
			                          .category = rows[i].category,
			                          .reply = span_of(rows[i].reply) };

		if (record_pace_news(&event, rows[i].phase) != rows[i].news)
			fail_msg("%s: %d", rows[i].name, record_pace_news(&event, rows[i].phase));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(tells_them_apart) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
