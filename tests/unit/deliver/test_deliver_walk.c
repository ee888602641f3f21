/* test_deliver_walk.c - the order in which addresses are tried, and what is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>

#include "deliver/deliver_memory.h"
#include "deliver/deliver_walk.h"

static union resolve_address
v4(unsigned last)
{
	union resolve_address address = { .in = { .sin_family = AF_INET, .sin_port = htons(25) } };

	address.in.sin_addr.s_addr = htonl(0xc0000200u + last);
	return address;
}

static union resolve_address
v6(unsigned last)
{
	union resolve_address address = { .in6 = { .sin6_family = AF_INET6,
	  .sin6_port = htons(25) } };

	address.in6.sin6_addr.s6_addr[15] = (unsigned char)last;
	return address;
}

static void
remembers_for_a_while(void **state)
{
	struct deliver_memory *memory = deliver_memory_new(3, 1000);
	union resolve_address a = v4(1), b = v4(2), c = v6(1), d = v6(2), other = v4(1);

	(void)state;
	other.in.sin_port = htons(26);
	assert_false(deliver_memory_has(memory, &a, 0));
	deliver_memory_note(memory, &a, 0);
	assert_true(deliver_memory_has(memory, &a, 999));
	assert_false(deliver_memory_has(memory, &a, 1000));
	assert_false(deliver_memory_has(memory, &other, 0));
	deliver_memory_note(memory, &b, 10);
	deliver_memory_note(memory, &a, 20); /* again: the newest now */
	deliver_memory_note(memory, &c, 30);
	deliver_memory_note(memory, &d, 40); /* one too many: b goes */
	assert_int_equal(deliver_memory_count(memory), 3);
	assert_false(deliver_memory_has(memory, &b, 50));
	assert_true(deliver_memory_has(memory, &a, 1019));
	deliver_memory_forget(memory, &a);
	deliver_memory_forget(memory, &a);
	assert_false(deliver_memory_has(memory, &a, 50));
	deliver_memory_free(&memory);
	assert_null(memory);
	deliver_memory_free(&memory);
}

struct fixture {
	struct deliver_memory *memory;
	struct rand rand;
	union resolve_address first[4], second[2];
	struct resolve_host host[3];
	struct resolve_route route;
};

/* two hosts: one of two IPv6 and two IPv4 addresses, one of one each; and one of none between */
static void
make(struct fixture *f, uint64_t seed)
{
	memset(f, 0, sizeof *f);
	f->memory = deliver_memory_new(100, 1000);
	rand_init(&f->rand, seed);
	f->first[0] = v6(1);
	f->first[1] = v6(2);
	f->first[2] = v4(1);
	f->first[3] = v4(2);
	f->second[0] = v6(3);
	f->second[1] = v4(3);
	f->host[0] = (struct resolve_host){ "mx1", 10, f->first, 4 };
	f->host[1] = (struct resolve_host){ "mx2", 10, NULL, 0 };
	f->host[2] = (struct resolve_host){ "mx3", 20, f->second, 2 };
	f->route.host = f->host;
	f->route.hosts = 3;
}

static void
hosts_in_order_families_in_turn(void **state)
{
	unsigned first_seen[2] = { 0, 0 };

	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct fixture f;
		struct deliver_walk walk;
		const struct resolve_host *host;
		unsigned seen = 0;

		make(&f, seed);
		deliver_walk_init(&walk, &f.route, AF_UNSPEC);
		for (unsigned i = 0; i < 6; i++) {
			const union resolve_address *address =
				deliver_walk_next(&walk, f.memory, &f.rand, 0, &host);

			assert_non_null(address);
			assert_string_equal(host->name, i < 4 ? "mx1" : "mx3");
			assert_int_equal(address->sa.sa_family, i % 2 ? AF_INET : AF_INET6);
			for (unsigned k = 0; k < 4; k++)
				seen |= address == &f.first[k] ? 1u << k : 0;
			if (i == 0)
				first_seen[address == &f.first[1]]++;
		}
		assert_int_equal(seen, 15);
		assert_null(deliver_walk_next(&walk, f.memory, &f.rand, 0, &host));
		deliver_memory_free(&f.memory);
	}
	assert_true(first_seen[0] > 5 && first_seen[1] > 5);
}

static void
family_of_the_source(void **state)
{
	struct fixture f;
	struct deliver_walk walk;
	const struct resolve_host *host;
	unsigned n = 0;

	(void)state;
	make(&f, 1);
	deliver_walk_init(&walk, &f.route, AF_INET);
	for (const union resolve_address *a; (a = deliver_walk_next(&walk, f.memory, &f.rand, 0,
	  &host)); n++)
		assert_int_equal(a->sa.sa_family, AF_INET);
	assert_int_equal(n, 3);
	deliver_memory_free(&f.memory);
}

static void
failed_ones_only_when_there_is_no_other(void **state)
{
	struct fixture f;
	struct deliver_walk walk;
	const struct resolve_host *host;
	unsigned n = 0;

	(void)state;
	make(&f, 1);
	for (size_t i = 0; i < 4; i++)
		deliver_memory_note(f.memory, &f.first[i], 0);
	deliver_walk_init(&walk, &f.route, AF_UNSPEC);
	while (deliver_walk_next(&walk, f.memory, &f.rand, 10, &host)) {
		assert_string_equal(host->name, "mx3");
		n++;
	}
	assert_int_equal(n, 2);
	deliver_memory_note(f.memory, &f.second[0], 0);
	deliver_memory_note(f.memory, &f.second[1], 0);
	deliver_walk_init(&walk, &f.route, AF_UNSPEC);
	for (n = 0; deliver_walk_next(&walk, f.memory, &f.rand, 10, &host);)
		n++;
	assert_int_equal(n, 6);
	deliver_memory_free(&f.memory);
}

static void
is_bounded(void **state)
{
	struct fixture f;
	struct deliver_walk walk;
	const struct resolve_host *host;
	struct resolve_host many[20];
	unsigned n = 0;

	(void)state;
	make(&f, 1);
	for (size_t i = 0; i < 20; i++)
		many[i] = f.host[0];
	f.route.host = many;
	f.route.hosts = 20;
	deliver_walk_init(&walk, &f.route, AF_UNSPEC);
	while (deliver_walk_next(&walk, f.memory, &f.rand, 0, &host))
		n++;
	assert_int_equal(n, DELIVER_WALK_MAX);
	f.route.hosts = 0;
	deliver_walk_init(&walk, &f.route, AF_UNSPEC);
	assert_null(deliver_walk_next(&walk, f.memory, &f.rand, 0, &host));
	deliver_memory_free(&f.memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_for_a_while),
		cmocka_unit_test(hosts_in_order_families_in_turn),
		cmocka_unit_test(family_of_the_source),
		cmocka_unit_test(failed_ones_only_when_there_is_no_other),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
