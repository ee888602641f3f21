/* Networks of a credential: what is one, and who is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "account/account_network.h"

static const struct member {
	const char *network, *address;
	bool is_in;
} members[] = {
	{ "192.0.2.0/24", "192.0.2.1", true },
	{ "192.0.2.0/24", "192.0.3.1", false },
	{ "192.0.2.0/23", "192.0.3.1", true },
	{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
	{ "192.0.2.7", "192.0.2.7", true },
	{ "192.0.2.7", "192.0.2.8", false },
	{ "0.0.0.0/0", "203.0.113.1", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "203.0.113.1", false }, /* IPv4 is not hidden in IPv6 */
	{ "2001:db8::/32", "2001:db8:ffff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "2001:db8::1", "2001:db8::1", true },
	{ "::1", "::1", true },
	{ "127.0.0.0/8", "127.0.0.1", true },
	{ "127.0.0.0/8", "local", false },
};

static void
knows_its_members(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		struct account_network network;
		char text[ACCOUNT_NETWORK_TEXT_SIZE];

		assert_int_equal(
			account_network_parse(span_of(members[i].network), &network, NULL), 0);
		account_network_format(&network, text);
		assert_string_equal(text, members[i].network);
		if (account_network_has(&network, 1, members[i].address) != members[i].is_in)
			fail_msg("%s in %s", members[i].address, members[i].network);
	}
}

static const struct refused {
	const char *given, *says;
} refused[] = {
	{ "", "is no network" },
	{ "/24", "is no network" },
	{ "shop.example", "is no address" },
	{ "192.0.2.0/33", "0 to 32 bits" },
	{ "192.0.2.0/", "0 to 32 bits" },
	{ "192.0.2.0/ 8", "0 to 32 bits" },
	{ "192.0.2.0/-1", "0 to 32 bits" },
	{ "2001:db8::/129", "0 to 128 bits" },
	{ "192.0.2.7/24", "bits set behind" },
	{ "2001:db8::1/64", "bits set behind" },
	{ "192.0.2", "is no address" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "is no network" },
};

static void
refuses_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct account_network network;
		struct err err;

		assert_int_equal(account_network_parse(span_of(refused[i].given), &network, &err),
		                 -1);
		assert_int_equal(err.kind, ERR_INPUT);
		if (strstr(err.text, refused[i].says) == NULL)
			fail_msg("%s: %s", refused[i].given, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_members),
		cmocka_unit_test(refuses_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
