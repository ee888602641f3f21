/* test_resolve_set.c - whole answers: questions byte by byte, records joined, aliases followed
 * inside the packet, and what is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "resolve/resolve_set.h"

#define ID 0x1234

/* ---- packets built here: a question for TXT of example.net, and answers behind it ---------- */
struct packet {
	unsigned char byte[65535];
	size_t n;
};

static void
put(struct packet *packet, const void *bytes, size_t n)
{
	assert_true(packet->n + n <= sizeof packet->byte);
	memcpy(packet->byte + packet->n, bytes, n);
	packet->n += n;
}

static void
put16(struct packet *packet, unsigned value)
{
	const unsigned char bytes[] = { (unsigned char)(value >> 8), (unsigned char)value };

	put(packet, bytes, 2);
}

static void
begin(struct packet *packet, unsigned flags, unsigned answers, unsigned authorities)
{
	packet->n = 0;
	put16(packet, ID);
	put16(packet, 0x8000u | flags);
	put16(packet, 1);
	put16(packet, answers);
	put16(packet, authorities);
	put16(packet, 0);
	put(packet, "\7example\3net", 13);
	put16(packet, 16);
	put16(packet, 1);
}

/* add - a record owned by the name in question (c00c) or by wire name owner */
static void
add(struct packet *packet, const char *owner, size_t owner_n, unsigned type, const void *data,
    size_t n)
{
	put(packet, owner ? owner : "\xc0\x0c", owner ? owner_n : 2);
	put16(packet, type);
	put16(packet, 1);
	put16(packet, 0);
	put16(packet, 300);
	put16(packet, (unsigned)n);
	put(packet, data, n);
}

static enum resolve_packet
parse(const struct packet *packet, struct arena *arena, struct resolve_set *set,
      struct resolve_set_facts *facts)
{
	const struct resolve_set_question question = {
		.name = "Example.net", .type = RESOLVE_SET_TXT, .id = ID, .with_edns = true
	};
	const char *why = NULL;

	return resolve_set_parse(&question, packet->byte, packet->n, arena, set, facts, &why);
}

static void
builds_questions_byte_by_byte(void **state)
{
	static const struct {
		const char *name;
		size_t bytes; /* of the name on the wire; 0: cannot be asked for */
	} names[] = {
		{ "example.net", 13 },
		{ "a b.x\\.y.example", 18 },
		{ "_dmarc.x", 10 },
		{ "", 0 },
		{ ".", 0 },
		{ "a..b", 0 },
		{ ".a", 0 },
		{ "a.", 0 },
		{ "123456789012345678901234567890123456789012345678901234567890123.x", 67 },
		{ "1234567890123456789012345678901234567890123456789012345678901234.x", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct resolve_set_question question = { .name = names[i].name,
							 .id = ID,
							 .type = RESOLVE_SET_MX };
		unsigned char out[RESOLVE_QUESTION_MAX];
		size_t n = resolve_set_build(&question, out);

		if (n != (names[i].bytes ? 12 + names[i].bytes + 4 : 0))
			fail_msg("\"%s\": %zu", names[i].name, n);
		if (n == 0)
			continue;
		assert_memory_equal(out, "\x12\x34\0\0\0\1\0\0\0\0\0\0", 12);
		question.is_recursive = question.with_edns = true;
		assert_int_equal(resolve_set_build(&question, out), n + 11);
		assert_memory_equal(out, "\x12\x34\1\0\0\1\0\0\0\0\0\1", 12);
	}
}

static void
joins_the_strings_of_a_text(void **state)
{
	struct packet packet;
	struct arena *arena = arena_new(0);
	struct resolve_set set;
	struct resolve_set_facts facts;

	(void)state;
	begin(&packet, 0x0400, 3, 0);
	add(&packet, NULL, 0, 16, "\3one\0\4 two", 10);
	add(&packet, "\5other\3net", 11, 16, "\5never", 6); /* not what was asked about */
	add(&packet, "\7EXAMPLE\3NET", 13, 16, "\0", 1);
	assert_int_equal(parse(&packet, arena, &set, &facts), RESOLVE_PACKET_ANSWER);
	assert_int_equal(set.status, RESOLVE_FOUND);
	assert_int_equal(set.count, 2);
	assert_true(span_is(set.record[0].data, "one two"));
	assert_int_equal(set.record[1].data.n, 0);
	assert_true(facts.is_authoritative);
	assert_int_equal(facts.ttl_sec, 300);
	begin(&packet, 0, 1, 0);
	add(&packet, NULL, 0, 16, "\6short", 6); /* a string longer than its record */
	assert_int_equal(parse(&packet, arena, &set, &facts), RESOLVE_PACKET_ANSWER);
	assert_int_equal(set.status, RESOLVE_FAILED);
	arena_free(&arena);
}

static void
follows_aliases_inside_the_packet(void **state)
{
	struct packet packet;
	struct arena *arena = arena_new(0);
	struct resolve_set set;
	struct resolve_set_facts facts;

	(void)state;
	begin(&packet, 0, 2, 0);
	add(&packet, NULL, 0, 5, "\1A\1b", 5);
	add(&packet, "\1a\1b", 5, 16, "\2ok", 3);
	assert_int_equal(parse(&packet, arena, &set, &facts), RESOLVE_PACKET_ANSWER);
	assert_true(set.status == RESOLVE_FOUND && span_is(set.record[0].data, "ok"));
	begin(&packet, 0, 1, 0);
	add(&packet, NULL, 0, 5, "\1A\1b", 5);
	assert_int_equal(parse(&packet, arena, &set, &facts), RESOLVE_PACKET_ANSWER);
	assert_true(set.status == RESOLVE_ALIAS && span_is(set.record[0].data, "a.b"));
	begin(&packet, 3, 1, 0); /* the target does not exist */
	add(&packet, NULL, 0, 5, "\1A\1b", 5);
	assert_int_equal(parse(&packet, arena, &set, &facts), RESOLVE_PACKET_ANSWER);
	assert_int_equal(set.status, RESOLVE_NXDOMAIN);
	begin(&packet, 0, 2, 0);
	add(&packet, NULL, 0, 5, "\1a\1b", 5);
	add(&packet, "\1a\1b", 5, 5, "\xc0\x0c", 2);
	assert_int_equal(parse(&packet, arena, &set, &facts), RESOLVE_PACKET_ANSWER);
	assert_int_equal(set.status, RESOLVE_FAILED);
	assert_non_null(strstr(set.why, "circle"));
	arena_free(&arena);
}

static void
tells_no_from_a_referral(void **state)
{
	static const char soa[] = "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0<";
	static const struct {
		unsigned flags;
		bool has_ns, has_soa;
		enum resolve_status status;
		bool is_referral;
	} rows[] = {
		{ 0x0400, false, true, RESOLVE_NODATA, false },
		{ 0x0403, false, true, RESOLVE_NXDOMAIN, false },
		{ 0x0000, true, false, RESOLVE_NODATA, true },
		{ 0x0000, true, true, RESOLVE_NODATA, false },
		{ 0x0400, true, false, RESOLVE_NODATA, false },
		{ 0x0000, false, false, RESOLVE_NODATA, false },
	};
	struct packet packet;
	struct arena *arena = arena_new(0);
	struct resolve_set set;
	struct resolve_set_facts facts;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(&packet, rows[i].flags, 0, rows[i].has_ns + (unsigned)rows[i].has_soa);
		if (rows[i].has_ns)
			add(&packet, "\3net", 5, 2, "\2ns\3net", 8);
		if (rows[i].has_soa)
			add(&packet, "\3net", 5, 6, soa, 22);
		assert_int_equal(parse(&packet, arena, &set, &facts), RESOLVE_PACKET_ANSWER);
		assert_int_equal(set.status, rows[i].status);
		assert_int_equal(facts.is_referral, rows[i].is_referral);
		assert_int_equal(facts.ttl_sec, rows[i].has_soa ? 60 : 0);
	}
	arena_free(&arena);
}

static void
caps_what_it_keeps(void **state)
{
	struct packet packet;
	struct arena *arena = arena_new(0);
	struct resolve_set set;
	struct resolve_set_facts facts;

	(void)state;
	for (unsigned count = RESOLVE_SET_MAX; count <= RESOLVE_SET_MAX + 1; count++) {
		begin(&packet, 0, count, 0);
		for (unsigned i = 0; i < count; i++)
			add(&packet, NULL, 0, 16, "\1x", 2);
		assert_int_equal(parse(&packet, arena, &set, &facts), RESOLVE_PACKET_ANSWER);
		assert_int_equal(set.status,
				 count > RESOLVE_SET_MAX ? RESOLVE_FAILED : RESOLVE_FOUND);
	}
	arena_free(&arena);
}

static void
believes_only_its_own_answer(void **state)
{
	static const struct {
		const char *name;
		size_t place; /* of the byte that is changed */
		unsigned char change;
		enum resolve_packet result;
	} rows[] = {
		{ "another id", 0, 1, RESOLVE_PACKET_FOREIGN },
		{ "a question", 2, 0x80, RESOLVE_PACKET_FOREIGN },
		{ "another opcode", 2, 0x08, RESOLVE_PACKET_FOREIGN },
		{ "two questions", 5, 3, RESOLVE_PACKET_FOREIGN },
		{ "another name", 13, 1, RESOLVE_PACKET_FOREIGN },
		{ "case", 13, 0x20, RESOLVE_PACKET_ANSWER },
		{ "another type", 26, 1, RESOLVE_PACKET_FOREIGN },
		{ "truncated", 2, 0x02, RESOLVE_PACKET_TRUNCATED },
		{ "FORMERR", 3, 1, RESOLVE_PACKET_NO_EDNS },
		{ "SERVFAIL", 3, 2, RESOLVE_PACKET_REFUSED },
		{ "NOTIMP", 3, 4, RESOLVE_PACKET_NO_EDNS },
		{ "REFUSED", 3, 5, RESOLVE_PACKET_REFUSED },
		{ "YXDOMAIN", 3, 6, RESOLVE_PACKET_REFUSED },
	};
	struct packet packet;
	struct arena *arena = arena_new(0);
	struct resolve_set set;
	struct resolve_set_facts facts;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(&packet, 0, 1, 0);
		add(&packet, NULL, 0, 16, "\2ok", 3);
		packet.byte[rows[i].place] ^= rows[i].change;
		if (parse(&packet, arena, &set, &facts) != rows[i].result)
			fail_msg("%s", rows[i].name);
	}
	begin(&packet, 0, 1, 0);
	add(&packet, NULL, 0, 16, "\2ok", 3);
	for (; packet.n > 0; packet.n--)
		if (parse(&packet, arena, &set, &facts) == RESOLVE_PACKET_ANSWER)
			assert_true(packet.n > 42 || set.status == RESOLVE_FAILED);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_questions_byte_by_byte),
		cmocka_unit_test(joins_the_strings_of_a_text),
		cmocka_unit_test(follows_aliases_inside_the_packet),
		cmocka_unit_test(tells_no_from_a_referral),
		cmocka_unit_test(caps_what_it_keeps),
		cmocka_unit_test(believes_only_its_own_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
