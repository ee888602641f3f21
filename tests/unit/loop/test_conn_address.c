/* test_conn_address.c - addresses as sessions show them. */
#include "loop_test.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include "loop/conn_address.h"

static const struct {
	const char *in;
	int family;
	const char *want;
} texts[] = {
	{ "192.0.2.1", AF_INET, "192.0.2.1" },
	{ "0.0.0.0", AF_INET, "0.0.0.0" },
	{ "2001:db8::1", AF_INET6, "2001:db8::1" },
	{ "2001:0DB8:0:0:0:0:0:1", AF_INET6, "2001:db8::1" },
	{ "::ffff:192.0.2.1", AF_INET6, "192.0.2.1" },
	{ "::1", AF_INET6, "::1" },
};

static void
text_and_port(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(2525) };
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(2525) };
		union conn_address address;
		char text[CONN_ADDRESS_SIZE];

		if (texts[i].family == AF_INET) {
			inet_pton(AF_INET, texts[i].in, &in.sin_addr);
			conn_address_set(&address, (struct sockaddr *)&in, sizeof in);
			assert_int_equal(conn_address_length(&address), sizeof in);
		} else {
			inet_pton(AF_INET6, texts[i].in, &in6.sin6_addr);
			conn_address_set(&address, (struct sockaddr *)&in6, sizeof in6);
			assert_int_equal(conn_address_length(&address), sizeof in6);
		}
		conn_address_text(&address, text);
		assert_string_equal(text, texts[i].want);
		assert_int_equal(conn_address_port(&address), 2525);
	}
}

static void
anything_else_is_local(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	union conn_address address;
	char text[CONN_ADDRESS_SIZE];

	(void)state;
	conn_address_set(&address, (struct sockaddr *)&un, sizeof un);
	conn_address_text(&address, text);
	assert_string_equal(text, "local");
	assert_int_equal(conn_address_port(&address), 0);
	conn_address_set(&address, (struct sockaddr *)&in6, 8); /* cut short by the caller */
	conn_address_text(&address, text);
	assert_string_equal(text, "local");
	conn_address_set(&address, (struct sockaddr *)&in6, 0);
	conn_address_text(&address, text);
	assert_string_equal(text, "local");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_port),
		cmocka_unit_test(anything_else_is_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
