/* Which addresses are the host's: loopback is, TEST-NET-1 (RFC 5737) is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "source/source_host.h"

static bool
binds_anything(void) /* ip_nonlocal_bind: the kernel cannot tell then */
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_nonlocal_bind", "r");
	int c = f ? fgetc(f) : '0';

	if (f)
		fclose(f);
	return c == '1';
}

static void
knows_its_own(void **state)
{
	(void)state;
	assert_true(source_host_has("127.0.0.1"));
	assert_true(source_host_has("127.0.0.2"));
}

static void
knows_others(void **state)
{
	(void)state;
	if (binds_anything())
		skip();
	assert_false(source_host_has("192.0.2.1"));
	assert_false(source_host_has("2001:db8::1"));
	assert_false(source_host_has("not an address"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(knows_its_own),
					    cmocka_unit_test(knows_others) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
