/* What "slower" is about: messages, connections, or one connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "record/record_pace.h"

#define AT(phase) VERDICT_PHASE_##phase

static const struct refusal_row {
	const char *name;
	enum verdict_phase phase;
	const char *reply;
	enum pace_news news;
} rows[] = {
	{ "rate", AT(UNKNOWN), "421 4.7.28 unusual rate of mail", PACE_THROTTLED },
	{ "rate at MAIL", AT(MAIL), "451 too many messages, slow down", PACE_THROTTLED },
	{ "complaints", AT(MAIL), "421 4.7.0 [TSS04] deferred", PACE_THROTTLED },
	{ "connections", AT(GREETING), "421 Too many concurrent SMTP connections", PACE_CROWDED },
	{ "connections, French", AT(GREETING), "421 Trop de connexions, veuillez verifier",
	  PACE_CROWDED },
	{ "a greeting without words", AT(GREETING), "421 busy", PACE_CROWDED },
	{ "session", AT(MAIL), "421 max message per connection reached", PACE_SESSION_FULL },
	{ "session, other words", AT(MAIL), "452 Too many mails in this session",
	  PACE_SESSION_FULL },
};

static void
tells_them_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum pace_news news = record_pace_news(span_of(rows[i].reply), rows[i].phase);

		if (news != rows[i].news)
			fail_msg("%s: %d", rows[i].name, news);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(tells_them_apart) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
