/* test_import.c - files of other services, whole and cut into pieces: each row lists what
 * has to come out, one line an entry or fault, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "import/import.h"
#include "verdict/verdict.h"
#include "verdict_kit.h"

#define FORCED 0x100

static const struct {
	const char *name, *file;
	const char *out;    /* "line address reason since", "line bad: part", "line spared: part" */
	const char *err;    /* part of what ends it; NULL: nothing does */
	int format;         /* found; with FORCED: asked for */
} rows[] = {
	{ "ses, as the command line prints it",
	  "{\n  \"SuppressedDestinationSummaries\": [\n    {\n"
	  "      \"EmailAddress\": \"a@x.example\",\n      \"Reason\": \"BOUNCE\",\n"
	  "      \"LastUpdateTime\": \"2020-04-10T21:03:05+00:00\"\n    },\n    {\n"
	  "      \"EmailAddress\": \"b@x.example\", \"Reason\": \"COMPLAINT\",\n"
	  "      \"LastUpdateTime\": 1586552585.077\n    }\n  ],\n"
	  "  \"NextToken\": \"abc{[\"\n}\n",
	  "3 a@x.example hard_bounce 2020-04-10T21:03:05.000Z\n"
	  "8 b@x.example complaint 2020-04-10T21:03:05.000Z\n", NULL, IMPORT_SES },
	{ "ses, csv", "EmailAddress,Reason,LastUpdateTime\r\n"
	  "a@x.example,BOUNCE,2020-04-10T21:03:05.123456+02:00\r\n",
	  "2 a@x.example hard_bounce 2020-04-10T19:03:05.123Z\n", NULL, IMPORT_SES },
	{ "sendgrid bounces: a block spares, a full mailbox is one",
	  "status,reason,email,created\n"
	  "5.1.1,\"550 5.1.1 The email account that you tried to reach does not exist. Please "
	  "try\",a@gmail.example,1443651125\n"
	  "5.7.1,\"550 5.7.1 Service unavailable; client [192.0.2.1] blocked using Spamhaus\","
	  "b@x.example,1443651125\n"
	  "4.2.2,\"452 4.2.2 The email account that you tried to reach is over quota\","
	  "c@x.example,1443651125\n"
	  "4.4.1,\"451 4.4.1 connection timed out\",e@x.example,1443651125\n"
	  ",,d@x.example,1443651125\n",
	  "2 a@gmail.example hard_bounce 2015-09-30T22:12:05.000Z\n"
	  "3 spared: nothing is wrong with the address\n"
	  "4 c@x.example mailbox_full 2015-09-30T22:12:05.000Z\n"
	  "5 spared: nothing is wrong with the address\n"
	  "6 d@x.example hard_bounce 2015-09-30T22:12:05.000Z\n", NULL, IMPORT_SENDGRID },
	{ "sendgrid spam reports", "email,ip,created\na@x.example,192.0.2.1,1443651141\n",
	  "2 a@x.example complaint 2015-09-30T22:12:21.000Z\n", NULL, IMPORT_SENDGRID },
	{ "sendgrid unsubscribes, as json", "[{\"created\":1443651141,\"email\":\"a@x.example\"}]",
	  "1 a@x.example unsubscribe 2015-09-30T22:12:21.000Z\n", NULL, IMPORT_SENDGRID },
	{ "postmark dump",
	  "{\"Suppressions\":[{\"EmailAddress\":\"a@x.example\",\"SuppressionReason\":"
	  "\"HardBounce\",\"Origin\":\"Recipient\",\"CreatedAt\":\"2019-12-17T08:58:33-05:00\"},"
	  "{\"EmailAddress\":\"b@x.example\",\"SuppressionReason\":\"ManualSuppression\","
	  "\"Origin\":\"Recipient\",\"CreatedAt\":\"2019-12-17T08:58:33-05:00\"},"
	  "{\"EmailAddress\":\"c@x.example\",\"SuppressionReason\":\"ManualSuppression\","
	  "\"Origin\":\"Customer\",\"CreatedAt\":\"2019-12-17T08:58:33-05:00\"},"
	  "{\"EmailAddress\":\"d@x.example\",\"SuppressionReason\":\"SpamComplaint\"}]}",
	  "1 a@x.example hard_bounce 2019-12-17T13:58:33.000Z\n"
	  "1 b@x.example unsubscribe 2019-12-17T13:58:33.000Z\n"
	  "1 c@x.example manual 2019-12-17T13:58:33.000Z\n"
	  "1 d@x.example complaint -\n", NULL, IMPORT_POSTMARK },
	{ "postmark, csv", "Email Address,Suppression Reason,Origin,Created At\n"
	  "a@x.example,HardBounce,Recipient,2019-12-17 08:58:33\n",
	  "2 a@x.example hard_bounce 2019-12-17T08:58:33.000Z\n", NULL, IMPORT_POSTMARK },
	{ "postmark bounces: what passes is spared, a block too",
	  "{\"TotalCount\":5,\"Bounces\":[{\"RecordType\":\"Bounce\",\"ID\":1,\"Type\":"
	  "\"HardBounce\",\"TypeCode\":1,\"Name\":\"Hard bounce\",\"MessageID\":\"8-4\","
	  "\"Description\":\"The server was unable to deliver your message\",\"Details\":"
	  "\"smtp;550 5.1.1 no such user\",\"Email\":\"a@x.example\",\"From\":\"s@y.example\","
	  "\"BouncedAt\":\"2024-05-01T10:00:00-05:00\",\"Inactive\":true},\n"
	  "{\"Type\":\"HardBounce\",\"Email\":\"b@x.example\",\"Details\":\"action: failed\\r\\n\""
	  ",\"BouncedAt\":\"2024-05-01T15:00:00Z\"},\n"
	  "{\"Type\":\"SpamComplaint\",\"Email\":\"c@x.example\",\"BouncedAt\":"
	  "\"2024-05-01T15:00:00Z\"},\n"
	  "{\"Type\":\"SoftBounce\",\"Email\":\"d@x.example\",\"BouncedAt\":"
	  "\"2024-05-01T15:00:00Z\"},\n"
	  "{\"Type\":\"HardBounce\",\"Email\":\"e@x.example\",\"Details\":\"smtp; 550 5.7.1 "
	  "blocked using Spamhaus\",\"BouncedAt\":\"2024-05-01T15:00:00Z\"},\n"
	  "{\"Type\":\"Odd\",\"Email\":\"f@x.example\",\"BouncedAt\":\"2024-05-01\"}]}",
	  "1 a@x.example hard_bounce 2024-05-01T15:00:00.000Z The server was unable to deliver "
	  "your message\n"
	  "2 b@x.example hard_bounce 2024-05-01T15:00:00.000Z action: failed\n"
	  "3 c@x.example complaint 2024-05-01T15:00:00.000Z\n"
	  "4 spared: \"SoftBounce\": that passes\n"
	  "5 spared: nothing is wrong with the address\n"
	  "6 bad: \"Odd\" is no reason\n", NULL, IMPORT_POSTMARK_BOUNCES },
	{ "objects with a type", "[{\"email\":\"a@x.example\",\"type\":\"Permanent\"},"
	  "{\"email\":\"b@x.example\",\"type\":\"Transient\"}]",
	  "1 a@x.example hard_bounce -\n1 spared: \"Transient\": that passes\n", NULL,
	  IMPORT_PLAIN },
	{ "a disabled mailbox is no dead one", "address,code,error,created_at\n"
	  "a@x.example,550,\"5.2.1 mailbox disabled\",2024-05-01T15:00:00Z\n",
	  "2 spared: the mailbox is disabled: that may pass\n", NULL, IMPORT_MAILGUN },
	{ "mailgun bounces",
	  "{\"items\":[{\"address\":\"a@x.example\",\"code\":\"550\",\"error\":\"No such mailbox\","
	  "\"created_at\":\"Fri, 21 Oct 2011 11:02:55 UTC\",\"MessageHash\":\"a/b\"},\n"
	  "{\"address\":\"b@x.example\",\"code\":550,\"error\":\"5.7.1 blocked, IP has poor "
	  "reputation\",\"created_at\":\"Fri, 21 Oct 2011 11:02:55 UTC\"}],"
	  "\"paging\":{\"first\":\"https://api.example/\",\"last\":\"x\"}}",
	  "1 a@x.example hard_bounce 2011-10-21T11:02:55.000Z\n"
	  "2 spared: nothing is wrong\n", NULL, IMPORT_MAILGUN },
	{ "mailgun unsubscribes",
	  "{\"items\":[{\"address\":\"a@x.example\",\"tags\":[\"*\"],\"created_at\":"
	  "\"Fri, 21 Oct 2011 11:02:55 GMT\"}]}",
	  "1 a@x.example unsubscribe 2011-10-21T11:02:55.000Z\n", NULL, IMPORT_MAILGUN },
	{ "mailgun complaints, csv", "address,created_at\na@x.example,"
	  "\"Fri, 21 Oct 2011 11:02:55 -0700\"\n",
	  "2 a@x.example complaint 2011-10-21T18:02:55.000Z\n", NULL, IMPORT_MAILGUN },
	{ "our own", "address,scope,reason,since,until,by,detail,message_id,site,code,enhanced,"
	  "reply\n*@dead.example,domain:shop.example,manual,2026-11-01T00:00:00.000Z,,ana,"
	  "\"closed, \"\"for good\"\"\",,,,,\n",
	  "2 *@dead.example manual 2026-11-01T00:00:00.000Z domain:shop.example ana "
	  "closed, \"for good\"\n", NULL, IMPORT_RELAY },
	{ "a list of addresses", "a@x.example\n\n b@x.example \nnonsense\nc@x.example,complaint,"
	  "2026-11-01\nd@x.example,because\ne@x.example,,tomorrow\n",
	  "1 a@x.example manual -\n3 b@x.example manual -\n4 bad: \"nonsense\" is not an address\n"
	  "5 c@x.example complaint 2026-11-01T00:00:00.000Z\n6 bad: \"because\" is no reason\n"
	  "7 bad: since \"tomorrow\" is not a time\n", NULL, IMPORT_PLAIN },
	{ "named, semicolons, a mark before them", "\xef\xbb\xbfReason;E-Mail\nspam;a@x.example\n",
	  "2 a@x.example complaint -\n", NULL, IMPORT_PLAIN },
	{ "lines in quotes, no end of line", "email,detail\na@x.example,\"two\nlines\"\n"
	  "b@x.example", "2 a@x.example manual - two\nlines\n4 b@x.example manual -\n", NULL,
	  IMPORT_PLAIN },
	{ "json lines", "{\"address\":\"a@x.example\"}\n{\"address\":7}\n{\"addres\":\"b@x\"}\n"
	  "{\"address\":\"c@x.example\",\"reason\":\"bounce\"}\n{\"address\":\"d@x\",}\n",
	  "1 a@x.example manual -\n2 bad: \"7\" is not an address\n3 bad: has to have: address\n"
	  "4 c@x.example hard_bounce -\n5 bad: not JSON\n", NULL, IMPORT_PLAIN },
	{ "an empty list", "{\"Suppressions\":[]}", "", NULL, IMPORT_FORMAT_COUNT },
	{ "an unknown table", "id,name\n1,x\n", "", "has to name the columns",
	  IMPORT_FORMAT_COUNT },
	{ "unknown objects", "[{\"id\":1}]", "", "names no address", IMPORT_FORMAT_COUNT },
	{ "no objects", "[\"a@x.example\"]", "", "entries are objects", IMPORT_FORMAT_COUNT },
	{ "cut off", "[{\"email\":\"a@x.example\",\"created\":1443651141},{\"em",
	  "1 a@x.example unsubscribe 2015-09-30T22:12:21.000Z\n", "ends in the middle",
	  IMPORT_SENDGRID },
	{ "cut off in quotes", "a@x.example\n\"b@x.example\n", "1 a@x.example manual -\n"
	  "2 bad: not closed\n", "ends within quotes", IMPORT_PLAIN },
	{ "closed twice", "[]]", "", "closed that was not opened", IMPORT_FORMAT_COUNT },
	{ "too deep", "[[[[[[[[[[[[[[[[[[", "", "deeper than 16", IMPORT_FORMAT_COUNT },
	{ "nothing", " \n", "", "is empty", IMPORT_FORMAT_COUNT },
	{ "utf-16", "\xff\xfe" "a", "", "UTF-16", IMPORT_FORMAT_COUNT },
	{ "forced", "email,created,reason\na@x.example,1443651141,spam\n",
	  "2 a@x.example complaint 2015-09-30T22:12:21.000Z\n", NULL, FORCED | IMPORT_PLAIN },
	{ "forced in vain", "a@x.example\n", "", "line 1 has to name the columns: EmailAddress, "
	  "Reason", FORCED | IMPORT_SES },
	{ "controls in an address", "a\x1b[31m@x.example\n",
	  "1 bad: \"a\\x1b[31m@x.example\" is not an address\n", NULL, IMPORT_PLAIN },
};

struct told {
	struct buf out;
};

static void
on_entry(const struct import_entry *entry, void *arg)
{
	struct told *told = arg;
	char since[CLOCK_RFC3339_SIZE] = "-";
	const struct span more[] = { entry->scope, entry->by, entry->detail };

	if (entry->since_unix_ms)
		clock_format_rfc3339(entry->since_unix_ms, since);
	buf_printf(&told->out, "%u %.*s %s %s", (unsigned)entry->line, (int)entry->address.n,
	           entry->address.p, import_reason_name(entry->reason), since);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (more[i].n > 0)
			buf_printf(&told->out, " %.*s", (int)more[i].n, more[i].p);
	buf_append_text(&told->out, "\n");
}

static void
on_fault(enum import_fault fault, uint64_t line, const char *why, void *arg)
{
	struct told *told = arg;

	buf_printf(&told->out, "%u %s: %s\n", (unsigned)line,
	           fault == IMPORT_BAD ? "bad" : "spared", why);
}

/* is_told - does each line of out begin and end as in want? of a fault want is a part. */
static bool
is_told(struct span out, const char *want)
{
	struct span wanted = span_of(want);

	while (out.n > 0 || wanted.n > 0) {
		struct span line = span_cut(out, '\n', &out);
		struct span need = span_cut(wanted, '\n', &wanted);
		char text[400], part[200];
		char *colon;

		snprintf(text, sizeof text, "%.*s", (int)line.n, line.p);
		snprintf(part, sizeof part, "%.*s", (int)need.n, need.p);
		colon = strstr(part, ": ");
		if (colon == NULL) {
			if (strcmp(text, part) != 0)
				return false;
			continue;
		}
		if (strncmp(text, part, (size_t)(colon - part)) != 0 || !strstr(text, colon + 2))
			return false;
	}
	return true;
}

/* run - the file in pieces of so many bytes. Returns what was told, owned. */
static char *
run(const struct import_options *base, struct span file, size_t piece, int *rc_out,
    struct err *err, enum import_format *format_out, struct import_counts *counts_out)
{
	struct told told;
	struct import_options options = *base;
	struct import *import;
	size_t n;

	buf_init(&told.out, (size_t)1 << 20);
	options.entry = on_entry;
	options.fault = on_fault;
	options.arg = &told;
	import = import_new(&options);
	*rc_out = 0;
	for (size_t i = 0; i < file.n && *rc_out == 0; i += piece) {
		size_t left = file.n - i, n_now = left < piece ? left : piece;

		*rc_out = import_feed(import, (struct span){ file.p + i, n_now }, err);
	}
	if (*rc_out == 0)
		*rc_out = import_end(import, err);
	*format_out = import_format_of(import);
	*counts_out = import_counts_of(import);
	import_free(&import);
	assert_null(import);
	return buf_take(&told.out, &n);
}

static void
reads_what_services_give(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		static const size_t pieces[] = { 1, 7, 100000 };
		enum import_format expected = (enum import_format)(rows[i].format & ~FORCED);

		for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
			struct import_options options = {
				.format = rows[i].format & FORCED ? expected
								  : IMPORT_FORMAT_COUNT };
			struct err err = { .kind = ERR_NONE };
			struct import_counts counts;
			enum import_format format;
			int rc;
			char *out = run(&options, span_of(rows[i].file), pieces[k], &rc, &err,
			                &format, &counts);

			if ((rc != 0) != (rows[i].err != NULL) ||
			    (rc != 0 && (!strstr(err.text, rows[i].err) || err.kind != ERR_INPUT)))
				fail_msg("%s (%zu): %s", rows[i].name, pieces[k],
				         rc ? err.text : "taken");
			if (!is_told(span_of(out), rows[i].out))
				fail_msg("%s (%zu): told:\n%s", rows[i].name, pieces[k], out);
			if (format != expected)
				fail_msg("%s: %s", rows[i].name, import_format_name(format));
			mem_free(out);
		}
	}
}

static void
keeps_to_the_reason_it_was_told(void **state)
{
	struct import_options options = { .format = IMPORT_FORMAT_COUNT, .has_reason = true,
		                          .reason = IMPORT_COMPLAINT };
	struct import_counts counts;
	enum import_format format;
	struct err err;
	int rc;
	char *out = run(&options, span_of("status,reason,email,created\n5.7.1,\"550 5.7.1 blocked "
	                                  "by Spamhaus\",a@x.example,1443651125\n"),
	                1000, &rc, &err, &format, &counts);

	(void)state;
	assert_int_equal(rc, 0);
	assert_string_equal(out, "2 a@x.example complaint 2015-09-30T22:12:05.000Z\n");
	assert_int_equal(counts.entries, 1);
	assert_int_equal(counts.fault[IMPORT_SPARED], 0);
	mem_free(out);
}

/* What has no end is given up at the cap, and what follows it is read. */
static void
gives_up_what_is_too_long(void **state)
{
	static const struct {
		const char *before, *after, *out;
	} cases[] = {
		{ "a@x.example\n", "\nb@x.example\n",
		  "1 a@x.example manual -\n2 bad: longer than 65536\n3 b@x.example manual -\n" },
		{ "a@x.example\n\"", "\nb@x.example\n",
		  "1 a@x.example manual -\n2 bad: opened and not closed\n"
		  "3 b@x.example manual -\n" },
		{ "[{\"address\":\"a@x.example\"},\n{\"address\":\"",
		  "\"},\n{\"address\":\"b@x.example\"}]",
		  "1 a@x.example manual -\n2 bad: longer than 65536\n3 b@x.example manual -\n" },
	};
	struct buf file;

	(void)state;
	buf_init(&file, (size_t)1 << 20);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct import_options options = { .format = IMPORT_FORMAT_COUNT };
		struct import_counts counts;
		enum import_format format;
		struct err err;
		char *out;
		int rc;

		buf_clear(&file);
		buf_append_text(&file, cases[i].before);
		for (int k = 0; k < 70000; k++)
			buf_append_text(&file, "x");
		buf_append_text(&file, cases[i].after);
		out = run(&options, buf_span(&file), 4096, &rc, &err, &format, &counts);
		if (rc != 0 || !is_told(span_of(out), cases[i].out))
			fail_msg("%zu: %s\n%s", i, rc ? err.text : "", out);
		assert_int_equal(counts.entries, 2);
		assert_int_equal(counts.fault[IMPORT_BAD], 1);
		mem_free(out);
	}
	buf_deinit(&file);
}

static void
knows_reasons_and_formats(void **state)
{
	enum import_format format;
	struct err err;

	(void)state;
	for (int i = 0; i < IMPORT_REASON_COUNT; i++) {
		enum import_reason reason;

		assert_true(import_reason_parse(
			span_of(import_reason_name((enum import_reason)i)), &reason));
		assert_int_equal(reason, i);
	}
	for (int i = 0; i < IMPORT_FORMAT_COUNT; i++) {
		assert_int_equal(import_format_parse(
			span_of(import_format_name((enum import_format)i)), &format, &err), 0);
		assert_int_equal(format, i);
	}
	assert_int_equal(import_format_parse(span_of("sparkpost"), &format, &err), -1);
	assert_non_null(strstr(err.text, "ses, sendgrid, postmark, postmark-bounces, mailgun"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_services_give),
		cmocka_unit_test(keeps_to_the_reason_it_was_told),
		cmocka_unit_test(gives_up_what_is_too_long),
		cmocka_unit_test(knows_reasons_and_formats),
	};

	return cmocka_run_group_tests(tests, verdict_kit_start, verdict_kit_stop);
}
