/* What failed: every category, in every phase, in every form of answer; and what
 * follows, for the cases people argue about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "record/record_ruling.h"

#define AT(word) VERDICT_PHASE_##word

/* ---- what failed --------------------------------------------------------------------- */

static const char letters[] = { [RECORD_CONNECTION] = 'c', [RECORD_HOST] = 'h',
	                        [RECORD_SITE] = 's', [RECORD_SOURCE] = 'a',
	                        [RECORD_MESSAGE] = 'm', [RECORD_RECIPIENT] = 'r' };

/* of 5xx, 4xx, 421: said before MAIL; to MAIL; to RCPT; to DATA or the message */
static const struct {
	enum verdict_category category;
	const char *early, *mail, *rcpt, *message;
} parties[] = {
	{ VERDICT_MAILBOX_UNKNOWN, "hhh", "rrc", "rrr", "rrr" },
	{ VERDICT_MAILBOX_FULL, "hhh", "rrc", "rrr", "rrr" },
	{ VERDICT_MAILBOX_DISABLED, "hhh", "rrc", "rrr", "rrr" },
	{ VERDICT_MAILBOX_MOVED, "hhh", "rrc", "rrr", "rrr" },
	{ VERDICT_DOMAIN_NOT_FOUND, "hhh", "mmc", "rrc", "mmc" },
	{ VERDICT_REPUTATION_BLOCK, "aaa", "aaa", "aaa", "aaa" },
	{ VERDICT_PTR_REQUIRED, "aaa", "aaa", "aaa", "aaa" },
	{ VERDICT_SPAM_CONTENT, "hhh", "mmm", "rrr", "mmm" },
	{ VERDICT_CONTENT_REJECTED, "hhh", "mmm", "rrr", "mmm" },
	{ VERDICT_RATE_LIMITED, "sss", "sss", "sss", "sss" },
	{ VERDICT_GREYLISTED, "hhh", "rrc", "rrr", "rrr" },
	{ VERDICT_AUTH_FAILED, "hhh", "mmm", "rrr", "mmm" },
	{ VERDICT_TLS_REQUIRED, "hhh", "mmc", "rrc", "mmc" },
	{ VERDICT_MESSAGE_TOO_LARGE, "hhh", "mmm", "rrr", "mmm" },
	{ VERDICT_POLICY, "hhh", "mmc", "rrc", "mmc" },
	{ VERDICT_SENDER_REJECTED, "hhh", "mmm", "rrr", "mmm" },
	{ VERDICT_RELAY_DENIED, "hhh", "mmc", "rrc", "mmc" },
	{ VERDICT_PROTOCOL_ERROR, "hhh", "mmc", "rrc", "mmc" },
	{ VERDICT_NETWORK_ERROR, "hhh", "mhh", "rrc", "mmc" },
	{ VERDICT_SYSTEM_ERROR, "hhh", "mhh", "rrc", "mmc" },
};

static const char *
expected(size_t row, enum verdict_phase phase)
{
	if (phase >= AT(RESOLVE) && phase <= AT(AUTH))
		return parties[row].early;
	if (phase == AT(MAIL))
		return parties[row].mail;
	return phase == AT(RCPT) ? parties[row].rcpt : parties[row].message;
}

static void
expect(const struct record_case *facts, char letter)
{
	const struct record_ruling *ruling = record_ruling_of(facts);

	if (letters[ruling->party] != letter)
		fail_msg("%s, answer %d, in phase %s: %s (%s), not %c",
		         verdict_category_name(facts->category), facts->answer,
		         verdict_phase_name(facts->phase), record_party_name(ruling->party),
		         ruling->name, letter);
}

static void
says_what_failed(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (size_t i = 0; i < sizeof parties / sizeof parties[0]; i++) {
		enum verdict_category category = parties[i].category;

		seen |= 1u << category;
		for (enum verdict_phase phase = AT(RESOLVE); phase <= AT(BODY); phase++) {
			const char *letter = expected(i, phase);
			bool is_early = phase < AT(MAIL);

			for (enum record_answer a = RECORD_NEVER; a <= RECORD_CLOSING; a++)
				expect(&(struct record_case){ phase, a, category,
				                              VERDICT_SCOPE_SOURCE }, letter[a]);
			/* without an answer words are ours, and say nothing of the cause */
			expect(&(struct record_case){ phase, RECORD_SILENCE, category,
			                              VERDICT_SCOPE_INFRASTRUCTURE },
			       is_early ? 'h' : 'c');
			expect(&(struct record_case){ phase, RECORD_SENT, category,
			                              VERDICT_SCOPE_INFRASTRUCTURE },
			       is_early ? 'h' : 'm');
		}
	}
	assert_int_equal(seen, (1u << VERDICT_CATEGORY_COUNT) - 2); /* all but NONE */
}

/* ---- what follows -------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum verdict_phase phase;
	int code;
	enum verdict_category category;
	enum verdict_scope scope;
	bool is_sent, tries_next, is_final;
	enum record_meanwhile meanwhile;
	enum record_news news;
	enum record_wait wait;
} rows[] = {
	{ "refused connection", AT(CONNECT), 0, VERDICT_NETWORK_ERROR,
	  VERDICT_SCOPE_INFRASTRUCTURE, false, true, false, RECORD_ALONE, RECORD_TROUBLE,
	  RECORD_WITH_SITE },
	{ "refused while others are served: one too many", AT(CONNECT), 0, VERDICT_NETWORK_ERROR,
	  VERDICT_SCOPE_INFRASTRUCTURE, false, true, false, RECORD_SAME_HOSTS, RECORD_CROWDED,
	  RECORD_WITH_SITE },
	{ "refused by one customer's hosts of a large provider", AT(CONNECT), 0,
	  VERDICT_NETWORK_ERROR, VERDICT_SCOPE_INFRASTRUCTURE, false, true, false,
	  RECORD_OTHER_HOSTS, RECORD_NOTHING, RECORD_UNCOUNTED },
	{ "greeting of one of several hosts", AT(GREETING), 450, VERDICT_SYSTEM_ERROR,
	  VERDICT_SCOPE_INFRASTRUCTURE, false, true, false, RECORD_ALONE, RECORD_TROUBLE,
	  RECORD_WITH_SITE },
	{ "too many connections, at the greeting", AT(GREETING), 421, VERDICT_RATE_LIMITED,
	  VERDICT_SCOPE_SOURCE, false, false, false, RECORD_ALONE, RECORD_PACE, RECORD_WITH_SITE },
	{ "554 greeting", AT(GREETING), 554, VERDICT_REPUTATION_BLOCK, VERDICT_SCOPE_SOURCE,
	  false, true, false, RECORD_ALONE, RECORD_TROUBLE, RECORD_WITH_SITE },
	{ "521 greeting", AT(GREETING), 521, VERDICT_DOMAIN_NOT_FOUND, VERDICT_SCOPE_RECIPIENT,
	  false, true, false, RECORD_ALONE, RECORD_TROUBLE, RECORD_WITH_SITE },
	{ "wrong password", AT(AUTH), 535, VERDICT_AUTH_FAILED, VERDICT_SCOPE_SENDER, false, true,
	  false, RECORD_ALONE, RECORD_TROUBLE, RECORD_WITH_SITE },
	{ "lost at MAIL", AT(MAIL), 0, VERDICT_NETWORK_ERROR, VERDICT_SCOPE_INFRASTRUCTURE,
	  false, false, true, RECORD_ALONE, RECORD_TROUBLE, RECORD_WITH_SITE },
	{ "lost at RCPT, others are served", AT(RCPT), 0, VERDICT_NETWORK_ERROR,
	  VERDICT_SCOPE_INFRASTRUCTURE, false, false, true, RECORD_SAME_HOSTS, RECORD_NOTHING,
	  RECORD_UNCOUNTED },
	{ "lost in the message", AT(BODY), 0, VERDICT_NETWORK_ERROR,
	  VERDICT_SCOPE_INFRASTRUCTURE, false, false, true, RECORD_ALONE, RECORD_TROUBLE,
	  RECORD_WITH_SITE },
	{ "lost after the dot", AT(BODY), 0, VERDICT_NETWORK_ERROR, VERDICT_SCOPE_INFRASTRUCTURE,
	  true, false, true, RECORD_ALONE, RECORD_TROUBLE, RECORD_COUNTED },
	{ "lost after the dot, others are served", AT(BODY), 0, VERDICT_NETWORK_ERROR,
	  VERDICT_SCOPE_INFRASTRUCTURE, true, false, true, RECORD_SAME_HOSTS, RECORD_NOTHING,
	  RECORD_COUNTED },
	{ "disk full, at MAIL", AT(MAIL), 452, VERDICT_SYSTEM_ERROR, VERDICT_SCOPE_SENDER, false,
	  true, true, RECORD_ALONE, RECORD_TROUBLE, RECORD_WITH_SITE },
	{ "disk full for this one, at MAIL", AT(MAIL), 452, VERDICT_SYSTEM_ERROR,
	  VERDICT_SCOPE_SENDER, false, true, true, RECORD_SAME_HOSTS, RECORD_WELL,
	  RECORD_COUNTED },
	{ "blocked at MAIL", AT(MAIL), 550, VERDICT_REPUTATION_BLOCK, VERDICT_SCOPE_SOURCE, false,
	  false, true, RECORD_SAME_HOSTS, RECORD_TROUBLE, RECORD_WITH_SITE },
	{ "deferred for complaints", AT(MAIL), 451, VERDICT_REPUTATION_BLOCK,
	  VERDICT_SCOPE_SOURCE, false, false, true, RECORD_SAME_HOSTS, RECORD_PACE,
	  RECORD_WITH_SITE },
	{ "no reverse name, yet others are served", AT(RCPT), 450, VERDICT_PTR_REQUIRED,
	  VERDICT_SCOPE_SOURCE, false, false, true, RECORD_SAME_HOSTS, RECORD_NOTHING,
	  RECORD_UNCOUNTED },
	{ "421 at RCPT", AT(RCPT), 421, VERDICT_SYSTEM_ERROR, VERDICT_SCOPE_INFRASTRUCTURE, false,
	  false, true, RECORD_ALONE, RECORD_TROUBLE, RECORD_WITH_SITE },
	{ "421 at RCPT, others are served", AT(RCPT), 421, VERDICT_SYSTEM_ERROR,
	  VERDICT_SCOPE_INFRASTRUCTURE, false, false, true, RECORD_SAME_HOSTS, RECORD_NOTHING,
	  RECORD_UNCOUNTED },
	{ "421 greylisted", AT(RCPT), 421, VERDICT_GREYLISTED, VERDICT_SCOPE_RECIPIENT, false,
	  false, true, RECORD_ALONE, RECORD_WELL, RECORD_COUNTED },
	{ "one user's rate", AT(RCPT), 450, VERDICT_RATE_LIMITED, VERDICT_SCOPE_RECIPIENT, false,
	  false, true, RECORD_ALONE, RECORD_WELL, RECORD_COUNTED },
	{ "no such user", AT(RCPT), 550, VERDICT_MAILBOX_UNKNOWN, VERDICT_SCOPE_RECIPIENT, false,
	  false, true, RECORD_ALONE, RECORD_WELL, RECORD_COUNTED },
};

static void
says_what_follows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct record_ruling *ruling = record_ruling_of(&(struct record_case){
			rows[i].phase, record_answer_of(rows[i].code, rows[i].is_sent),
			rows[i].category, rows[i].scope });
		enum record_meanwhile meanwhile = rows[i].meanwhile;

		if (ruling->tries_next != rows[i].tries_next
		    || ruling->is_final != rows[i].is_final
		    || ruling->then[meanwhile].news != rows[i].news
		    || ruling->then[meanwhile].wait != rows[i].wait)
			fail_msg("%s: \"%s\", next %d, final %d, news %d, wait %d", rows[i].name,
			         ruling->name, ruling->tries_next, ruling->is_final,
			         ruling->then[meanwhile].news, ruling->then[meanwhile].wait);
	}
}

/* ---- what holds whatever the table says ---------------------------------------------- */

static void
check_promises(const struct record_case *facts)
{
	const struct record_ruling *ruling = record_ruling_of(facts);
	bool is_of_mail = ruling->party >= RECORD_MESSAGE;

	assert_true(ruling->party < RECORD_PARTY_COUNT);
	if (record_ruling_is_early(facts->phase)) {
		assert_false(ruling->is_final); /* nobody is bounced by a greeting */
		assert_false(is_of_mail);
	}
	if (ruling->tries_next) /* no recipient was named yet, and nothing is final */
		assert_true(facts->phase < AT(MAIL)
		            || (facts->phase == AT(MAIL) && facts->answer != RECORD_NEVER));
	for (enum record_meanwhile m = RECORD_ALONE; m < RECORD_MEANWHILE_COUNT; m++) {
		enum record_wait wait = ruling->then[m].wait;
		enum record_news news = ruling->then[m].news;

		/* connection-level trouble never costs a message an attempt */
		if (facts->answer == RECORD_SILENCE || ruling->party == RECORD_CONNECTION
		    || ruling->party == RECORD_SITE || ruling->party == RECORD_SOURCE)
			assert_int_not_equal(wait, RECORD_COUNTED);
		/* who waits with the site without the site being told goes round and round */
		if (wait == RECORD_WITH_SITE)
			assert_true(news == RECORD_PACE || news == RECORD_CROWDED
			            || news == RECORD_TROUBLE);
		/* what works elsewhere is no reason to stop everybody, but a "never" is */
		if (m != RECORD_ALONE && news == RECORD_TROUBLE)
			assert_int_equal(facts->answer, RECORD_NEVER);
	}
}

static void
keeps_its_promises(void **state)
{
	struct record_case facts;

	(void)state;
	for (facts.phase = 0; facts.phase < VERDICT_PHASE_COUNT; facts.phase++)
		for (facts.answer = 0; facts.answer < RECORD_ANSWER_COUNT; facts.answer++)
			for (facts.category = 1; facts.category < VERDICT_CATEGORY_COUNT;
			     facts.category++)
				for (facts.scope = 0; facts.scope < VERDICT_SCOPE_COUNT;
				     facts.scope++)
					check_promises(&facts);
}

/* ---- the site's pace ----------------------------------------------------------------- */

static void
tells_the_pace_by_words(void **state)
{
	const struct record_ruling *ruling = record_ruling_of(&(struct record_case){
		AT(GREETING), RECORD_CLOSING, VERDICT_RATE_LIMITED, VERDICT_SCOPE_SOURCE });
	enum pace_news news;

	(void)state;
	assert_true(record_ruling_news(ruling, RECORD_ALONE, AT(GREETING),
	                               SPAN_LIT("too many messages in this session"), &news));
	assert_int_equal(news, PACE_SESSION_FULL);
	assert_true(record_ruling_news(ruling, RECORD_ALONE, AT(GREETING), SPAN_LIT("busy"),
	                               &news));
	assert_int_equal(news, PACE_CROWDED);
	ruling = record_ruling_of(&(struct record_case){ AT(BODY), RECORD_SILENCE,
	                                                 VERDICT_NETWORK_ERROR,
	                                                 VERDICT_SCOPE_INFRASTRUCTURE });
	assert_false(record_ruling_news(ruling, RECORD_SAME_HOSTS, AT(BODY), SPAN_LIT("lost"),
	                                &news));
	assert_true(record_ruling_news(ruling, RECORD_ALONE, AT(BODY), SPAN_LIT("lost"), &news));
	assert_int_equal(news, PACE_TROUBLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_failed),
		cmocka_unit_test(says_what_follows),
		cmocka_unit_test(keeps_its_promises),
		cmocka_unit_test(tells_the_pace_by_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
