/* bench_verdict.c - replies judged a second on one core, parsing included.
 *
 * A mix of short and long replies as servers send them, some decided by a
 * provider's words, some by common words, some by status or code only (which
 * cost most: every rule has been asked). */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/span.h"
#include "verdict/verdict.h"

enum { ROUNDS_AT_ONCE = 500, RUN_MS = 2000 };

static const char *const replies[] = {
	"550 5.1.1 <somebody@sea.example>: Recipient address rejected: User unknown in virtual "
	"mailbox table",
	"421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume "
	"or user complaints - 4.16.55.1; see https://postmaster.sea.example/error-codes",
	"450 4.7.1 Greylisted, please try again in 300 seconds",
	"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org",
	"550-5.7.26 Your email has been blocked because the sender is unauthenticated.\r\n"
	"550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\r\n"
	"550-5.7.26  Authentication results:\r\n550-5.7.26  DKIM = did not pass\r\n"
	"550 5.7.26  SPF [sea.example] with ip: [192.0.2.7] = did not pass - gsmtp",
	"452 4.2.2 The email account that you tried to reach is over quota",
	"451 4.3.0 Temporary lookup failure",
	"550 Requested action not taken: mailbox unavailable",
	"554 Transaction failed. Reason 0x2041, ticket 7f3a-22",
	"450 4.1.8 <news@sea.example>: Sender address rejected: Domain not found",
	"552 5.3.4 Message size exceeds fixed limit",
	"550 no",
};

static int64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int
main(void)
{
	const size_t count = sizeof replies / sizeof replies[0];
	int64_t begin, spent = 0, judged = 0;

	verdict_init();
	begin = cpu_ns();
	while (spent < (int64_t)RUN_MS * 1000000) {
		for (int round = 0; round < ROUNDS_AT_ONCE; round++) {
			for (size_t i = 0; i < count; i++) {
				struct verdict_input input;
				struct verdict verdict;

				verdict_parse_reply(span_of(replies[i]), &input);
				verdict_judge(NULL, &input, &verdict);
				judged += verdict.category != VERDICT_NONE;
			}
		}
		spent = cpu_ns() - begin;
	}
	printf("verdict: %.0f replies a second on one core (%.2f us each)\n",
	       (double)judged * 1e9 / (double)spent, (double)spent / 1e3 / (double)judged);
	verdict_deinit();
	return 0;
}
