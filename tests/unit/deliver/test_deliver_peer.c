/* test_deliver_peer.c - what servers say they can do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "deliver/deliver_peer.h"

static const struct {
	const char *name, *ehlo;
	unsigned can;
	uint64_t size_max;
	uint32_t recipients_max, messages_max, by_min_sec;
} cases[] = {
	{ "nothing", "mx", 0, 0, 0, 0, 0 },
	{ "the greeting is no keyword", "PIPELINING", 0, 0, 0, 0, 0 },
	{ "empty", "", 0, 0, 0, 0, 0 },
	{ "usual", "mx\nPIPELINING\nSIZE 35882577\n8BITMIME\nSTARTTLS\nCHUNKING\nSMTPUTF8\nDSN",
	  DELIVER_PIPELINING | DELIVER_SIZE | DELIVER_8BITMIME | DELIVER_STARTTLS |
	  DELIVER_CHUNKING |
	  DELIVER_SMTPUTF8 | DELIVER_DSN, 35882577, 0, 0, 0 },
	{ "any case, spaces", "mx\npipelining \n size  7 ", DELIVER_PIPELINING | DELIVER_SIZE, 7,
	  0, 0, 0 },
	{ "size without limit", "mx\nSIZE", DELIVER_SIZE, 0, 0, 0, 0 },
	{ "size that is none", "mx\nSIZE big\nSIZE -1\nSIZE 99999999999999999999999",
	  DELIVER_SIZE, 0, 0, 0, 0 },
	{ "auth", "mx\nAUTH GSSAPI LOGIN plain", DELIVER_AUTH_LOGIN | DELIVER_AUTH_PLAIN, 0, 0,
	  0, 0 },
	{ "auth the old way", "mx\nAUTH=LOGIN", DELIVER_AUTH_LOGIN, 0, 0, 0, 0 },
	{ "auth the old way, two", "mx\nAUTH=PLAIN LOGIN",
	  DELIVER_AUTH_PLAIN | DELIVER_AUTH_LOGIN, 0, 0, 0, 0 },
	{ "limits", "mx\nLIMITS RCPTMAX=20 MAILMAX=5 RCPTDOMAINMAX=1", 0, 0, 20, 5, 0 },
	{ "limits that are none", "mx\nLIMITS RCPTMAX=0 MAILMAX=x MAILMAX", 0, 0, 0, 0, 0 },
	{ "by", "mx\nDELIVERBY", DELIVER_BY, 0, 0, 0, 0 },
	{ "by with a least time", "mx\ndeliverby 120,X-MORE", DELIVER_BY, 0, 0, 0, 120 },
	{ "by with none", "mx\nDELIVERBY -1\nDELIVERBY 1234567890", DELIVER_BY, 0, 0, 0, 0 },
	{ "no prefix counts", "mx\nPIPELININGS\nSIZES 3\n8BIT", 0, 0, 0, 0, 0 },
	{ "any bytes", "mx\n\n\n \x80\xff =\nDSN", DELIVER_DSN, 0, 0, 0, 0 },
};

static void
reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct deliver_peer peer;

		deliver_peer_read(span_of(cases[i].ehlo), &peer);
		if (peer.can != cases[i].can || peer.size_max != cases[i].size_max ||
		    peer.recipients_max != cases[i].recipients_max ||
		    peer.messages_max != cases[i].messages_max ||
		    peer.by_min_sec != cases[i].by_min_sec)
			fail_msg("%s: can %x size %llu limits %u %u", cases[i].name, peer.can,
			         (unsigned long long)peer.size_max, peer.recipients_max,
			         peer.messages_max);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reads) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
