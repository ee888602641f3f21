/* test_resolve_packet.c - packets judged one by one, and what is kept of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "resolve/resolve_cache.h"
#include "resolve/resolve_packet.h"
#include "resolve/resolve_server.h"

/* ---- names and servers ------------------------------------------------------------ */
static const struct {
	const char *in, *want; /* NULL: no */
} names[] = {
	{ "example.net", "example.net" },
	{ "Example.NET.", "example.net" },
	{ "_dmarc.a-b.example", "_dmarc.a-b.example" },
	{ "localhost", "localhost" },
	{ "", NULL },
	{ ".", NULL },
	{ "a..b", NULL },
	{ ".a", NULL },
	{ "a b", NULL },
	{ "a\\.b", NULL },
	{ "b\xc3\xbc" "cher.example", NULL },
	{ "123456789012345678901234567890123456789012345678901234567890123.x",
	  "123456789012345678901234567890123456789012345678901234567890123.x" },
	{ "1234567890123456789012345678901234567890123456789012345678901234.x", NULL },
};

static void
cleans_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char out[RESOLVE_NAME_SIZE];
		bool ok = resolve_name_clean(span_of(names[i].in), out);

		if (ok != (names[i].want != NULL) || (ok && strcmp(out, names[i].want) != 0))
			fail_msg("%s: %d %s", names[i].in, ok, ok ? out : "");
	}
}

static const struct {
	const char *in;
	int family; /* 0: no */
	unsigned port;
} servers[] = {
	{ "192.0.2.1", AF_INET, 53 },      { "192.0.2.1:5353", AF_INET, 5353 },
	{ "::1", AF_INET6, 53 },           { "[::1]", AF_INET6, 53 },
	{ "[2001:db8::1]:5353", AF_INET6, 5353 },
	{ "ns.example", 0, 0 },            { "192.0.2.1:", 0, 0 },
	{ "192.0.2.1:0", 0, 0 },           { "192.0.2.1:70000", 0, 0 },
	{ "[::1", 0, 0 },                  { "[::1]x", 0, 0 },
	{ "", 0, 0 },                      { "[]", 0, 0 },
};

static void
reads_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
		union resolve_address address;
		bool ok = resolve_servers_parse(servers[i].in, &address);

		if (ok != (servers[i].family != 0))
			fail_msg("\"%s\": %d", servers[i].in, ok);
		if (!ok)
			continue;
		assert_int_equal(address.sa.sa_family, servers[i].family);
		assert_int_equal(ntohs(address.in.sin_port), servers[i].port);
	}
}

/* ---- packets ---------------------------------------------------------------------------- */
#define NAME "\7example\3net\0"
#define ASKED(type) NAME "\0" type "\0\1"
#define RECORD(type, ttl, n) "\xc0\x0c\0" type "\0\1\0\0\0" ttl "\0" n
#define A "\1"
#define MX "\17"
#define CNAME "\5"
#define PTR "\14"
#define SOA RECORD("\6", "\x3c", "\x16") "\0\0" \
	"\0\0\0\1" "\0\0\0\2" "\0\0\0\3" "\0\0\0\4" "\0\0\0\x1e"

static const struct {
	const char *name, *bytes;
	size_t n;
	enum resolve_type type;
	enum resolve_packet want;
	enum resolve_status status;
	const char *text; /* of the records */
	uint32_t ttl_sec;
} packets[] = {
#define PACKET(b) (b), sizeof(b) - 1
	{ "addresses", PACKET("\x12\x34\x81\x80\0\1\0\2\0\0\0\0" ASKED(A)
	  RECORD(A, "\x1e", "\4") "\xc0\0\2\1" RECORD(A, "\x0a", "\4") "\xc0\0\2\2"), RESOLVE_A,
	  RESOLVE_PACKET_ANSWER, RESOLVE_FOUND, "192.0.2.1 192.0.2.2", 10 },
	{ "the same address twice", PACKET("\x12\x34\x81\x80\0\1\0\2\0\0\0\0" ASKED(A)
	  RECORD(A, "\x1e", "\4") "\xc0\0\2\1" RECORD(A, "\x1e", "\4") "\xc0\0\2\1"), RESOLVE_A,
	  RESOLVE_PACKET_ANSWER, RESOLVE_FOUND, "192.0.2.1", 30 },
	{ "an address of 5 bytes", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" ASKED(A)
	  RECORD(A, "\x1e", "\5") "\xc0\0\2\1\1"), RESOLVE_A, RESOLVE_PACKET_ANSWER,
	  RESOLVE_NODATA, "", 30 },
	{ "hosts", PACKET("\x12\x34\x81\x80\0\1\0\2\0\0\0\0" ASKED(MX)
	  RECORD(MX, "\x1e", "\6") "\0\x14\1b\xc0\x0c" RECORD(MX, "\x1e",
	  "\6") "\0\x0a\1A\xc0\x0c"),
	  RESOLVE_MX, RESOLVE_PACKET_ANSWER, RESOLVE_FOUND, "20 b.example.net 10 a.example.net",
	  30 },
	{ "a host twice: its better place", PACKET("\x12\x34\x81\x80\0\1\0\2\0\0\0\0" ASKED(MX)
	  RECORD(MX, "\x1e", "\6") "\0\x14\1a\xc0\x0c" RECORD(MX, "\x1e",
	  "\6") "\0\x0a\1A\xc0\x0c"),
	  RESOLVE_MX, RESOLVE_PACKET_ANSWER, RESOLVE_FOUND, "10 a.example.net", 30 },
	{ "null MX", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" ASKED(MX)
	  RECORD(MX, "\x1e", "\3") "\0\0\0"), RESOLVE_MX, RESOLVE_PACKET_ANSWER, RESOLVE_FOUND,
	  "0 ", 30 },
	{ "MX that is no host name", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" ASKED(MX)
	  RECORD(MX, "\x1e", "\7") "\0\0\3a b\0"), RESOLVE_MX, RESOLVE_PACKET_ANSWER, RESOLVE_FOUND,
	  "0 .", 30 },
	{ "somebody else's address", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" ASKED(A)
	  "\4evil\3net\0\0\1\0\1\0\0\0\x1e\0\4\xc0\0\2\1"), RESOLVE_A, RESOLVE_PACKET_ANSWER,
	  RESOLVE_NODATA, "", 0 },
	{ "alias and its address", PACKET("\x12\x34\x81\x80\0\1\0\2\0\0\0\0" ASKED(A)
	  RECORD(CNAME, "\x1e", "\4") "\1b\xc0\x14" "\1b\xc0\x14\0\1\0\1\0\0\0\x0a\0\4\xc0\0\2\1"),
	  RESOLVE_A, RESOLVE_PACKET_ANSWER, RESOLVE_FOUND, "192.0.2.1", 10 },
	{ "alias only", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" ASKED(A)
	  RECORD(CNAME, "\x1e", "\4") "\1b\xc0\x14"), RESOLVE_A, RESOLVE_PACKET_ANSWER,
	  RESOLVE_ALIAS,
	  "b.net", 30 },
	{ "alias of itself", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" ASKED(A)
	  RECORD(CNAME, "\x1e", "\2") "\xc0\x0c"), RESOLVE_A, RESOLVE_PACKET_ANSWER,
	  RESOLVE_FAILED, "", 0 },
	{ "names of an address", PACKET("\x12\x34\x81\x80\0\1\0\3\0\0\0\0" ASKED(PTR)
	  RECORD(PTR, "\x1e", "\4") "\1A\xc0\x0c" RECORD(PTR, "\x1e", "\5") "\3a b\0"
	  RECORD(PTR, "\x0a", "\4") "\1b\xc0\x14"),
	  RESOLVE_PTR, RESOLVE_PACKET_ANSWER, RESOLVE_FOUND, "a.example.net b.net", 10 },
	{ "a reverse zone delegated by halves", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0"
	  ASKED(PTR) RECORD(CNAME, "\x1e", "\6") "\0030/9\xc0\x14"),
	  RESOLVE_PTR, RESOLVE_PACKET_ANSWER, RESOLVE_ALIAS, "0/9.net", 30 },
	{ "slashes in another alias", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0"
	  ASKED(A) RECORD(CNAME, "\x1e", "\6") "\0030/9\xc0\x14"),
	  RESOLVE_A, RESOLVE_PACKET_REFUSED, 0, "", 0 },
	{ "nothing of that type", PACKET("\x12\x34\x81\x80\0\1\0\0\0\1\0\0" ASKED(A) SOA),
	  RESOLVE_A,
	  RESOLVE_PACKET_ANSWER, RESOLVE_NODATA, "", 30 },
	{ "no such name", PACKET("\x12\x34\x81\x83\0\1\0\0\0\1\0\0" ASKED(A) SOA), RESOLVE_A,
	  RESOLVE_PACKET_ANSWER, RESOLVE_NXDOMAIN, "", 30 },
	{ "another id", PACKET("\x12\x35\x81\x80\0\1\0\0\0\0\0\0" ASKED(A)), RESOLVE_A,
	  RESOLVE_PACKET_FOREIGN, 0, "", 0 },
	{ "a question", PACKET("\x12\x34\x01\0\0\1\0\0\0\0\0\0" ASKED(A)), RESOLVE_A,
	  RESOLVE_PACKET_FOREIGN, 0, "", 0 },
	{ "another type", PACKET("\x12\x34\x81\x80\0\1\0\0\0\0\0\0" ASKED(MX)), RESOLVE_A,
	  RESOLVE_PACKET_FOREIGN, 0, "", 0 },
	{ "another name", PACKET("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\7fxample\3net\0\0\1\0\1"),
	  RESOLVE_A,
	  RESOLVE_PACKET_FOREIGN, 0, "", 0 },
	{ "no question", PACKET("\x12\x34\x81\x80\0\0\0\0\0\0\0\0"), RESOLVE_A,
	  RESOLVE_PACKET_FOREIGN,
	  0, "", 0 },
	{ "cut", PACKET("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" ASKED(A) "\xc0\x0c\0\1"), RESOLVE_A,
	  RESOLVE_PACKET_FOREIGN, 0, "", 0 },
	{ "empty", "", 0, RESOLVE_A, RESOLVE_PACKET_FOREIGN, 0, "", 0 },
	{ "truncated", PACKET("\x12\x34\x83\x80\0\1\0\0\0\0\0\0" ASKED(A)), RESOLVE_A,
	  RESOLVE_PACKET_TRUNCATED, 0, "", 0 },
	{ "server failure", PACKET("\x12\x34\x81\x82\0\1\0\0\0\0\0\0" ASKED(A)), RESOLVE_A,
	  RESOLVE_PACKET_REFUSED, 0, "", 0 },
	{ "format error", PACKET("\x12\x34\x81\x81\0\1\0\0\0\0\0\0" ASKED(A)), RESOLVE_A,
	  RESOLVE_PACKET_NO_EDNS, 0, "", 0 },
};

static void
describe(const struct resolve_answer *answer, enum resolve_type type, char out[512])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < answer->count; i++) {
		char address[INET6_ADDRSTRLEN];

		if (answer->status == RESOLVE_ALIAS)
			n += (size_t)snprintf(out + n, 512 - n, "%s", answer->record[i].mx.name);
		else if (type == RESOLVE_PTR)
			n += (size_t)snprintf(out + n, 512 - n, "%s%s", i ? " " : "",
			                      answer->record[i].mx.name);
		else if (type == RESOLVE_MX)
			n += (size_t)snprintf(out + n, 512 - n, "%s%u %s", i ? " " : "",
			                      answer->record[i].mx.preference,
			                      answer->record[i].mx.name);
		else
			n += (size_t)snprintf(out + n, 512 - n, "%s%s", i ? " " : "",
			                      inet_ntop(AF_INET, answer->record[i].address, address,
			                                sizeof address));
	}
}

static void
judges_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
		struct resolve_question_text question = { "example.net", packets[i].type, 0x1234 };
		struct resolve_answer *answer = NULL;
		const char *why = NULL;
		enum resolve_packet got = resolve_packet_parse(
			&question, (const unsigned char *)packets[i].bytes, packets[i].n, &answer,
			  &why);
		char text[512];

		if (got != packets[i].want)
			fail_msg("%s: %d %s", packets[i].name, got, why ? why : "");
		if (!answer)
			continue;
		describe(answer, packets[i].type, text);
		if (answer->status != packets[i].status || strcmp(text, packets[i].text) != 0 ||
		    answer->ttl_sec != packets[i].ttl_sec)
			fail_msg("%s: status %d ttl %u \"%s\"", packets[i].name, answer->status,
			         answer->ttl_sec, text);
		mem_free(answer);
	}
}

static void
builds_questions(void **state)
{
	struct resolve_question_text question = { "example.net", RESOLVE_MX, 0xbeef };
	static const unsigned char plain[] = "\xbe\xef\1\0\0\1\0\0\0\0\0\0" ASKED(MX);
	static const unsigned char edns[] = "\xbe\xef\1\x20\0\1\0\0\0\0\0\1" ASKED(MX)
		"\0\0\x29\x04\xd0\0\0\x80\0\0\0";
	unsigned char out[RESOLVE_QUESTION_MAX];

	(void)state;
	assert_int_equal(resolve_packet_build(&question, false, false, out), sizeof plain - 1);
	assert_memory_equal(out, plain, sizeof plain - 1);
	assert_int_equal(resolve_packet_build(&question, true, true, out), sizeof edns - 1);
	assert_memory_equal(out, edns, sizeof edns - 1);
	question.name = "1234567890123456789012345678901234567890123456789012345678901234567890.x";
	assert_int_equal(resolve_packet_build(&question, true, true, out), 0);
}

/* ---- the cache ---------------------------------------------------------------------------- */
static void
keeps_answers(void **state)
{
	struct resolve_cache *cache = resolve_cache_new(3);
	int64_t expires;
	const char *why;

	(void)state;
	assert_null(resolve_cache_get(cache, "a", RESOLVE_A, 0, &expires));
	resolve_cache_put(cache, "a", RESOLVE_A, resolve_answer_failed("1"), 100);
	resolve_cache_put(cache, "a", RESOLVE_MX, resolve_answer_failed("2"), 100);
	why = resolve_cache_get(cache, "a", RESOLVE_A, 99, &expires)->why;
	assert_string_equal(why, "1");
	assert_int_equal(expires, 100);
	assert_string_equal(resolve_cache_get(cache, "a", RESOLVE_MX, 99, &expires)->why, "2");
	resolve_cache_put(cache, "a", RESOLVE_A, resolve_answer_failed("3"), 200);
	assert_int_equal(resolve_cache_count(cache), 2);
	resolve_cache_put(cache, "b", RESOLVE_A, resolve_answer_failed("4"), 200);
	resolve_cache_put(cache, "c", RESOLVE_A, resolve_answer_failed("5"), 200); /* a/MX goes */
	assert_int_equal(resolve_cache_count(cache), 3);
	assert_null(resolve_cache_get(cache, "a", RESOLVE_MX, 0, &expires));
	assert_non_null(resolve_cache_get(cache, "a", RESOLVE_A, 100, &expires));
	assert_null(resolve_cache_get(cache, "a", RESOLVE_A, 200, &expires)); /* expired: gone */
	assert_int_equal(resolve_cache_count(cache), 2);
	resolve_cache_clear(cache);
	assert_int_equal(resolve_cache_count(cache), 0);
	resolve_cache_free(&cache);
	assert_null(cache);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleans_names),
		cmocka_unit_test(reads_servers),
		cmocka_unit_test(judges_packets),
		cmocka_unit_test(builds_questions),
		cmocka_unit_test(keeps_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
