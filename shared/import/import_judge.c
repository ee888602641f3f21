/* import_judge.c - see import_private.h: what a row means. */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/utf8.h"
#include "import/import_private.h"
#include "verdict/verdict.h"

#define ADDRESS_MAX_BYTES 320
#define WHY_SIZE 160
#define SHOWN 60

static const char *const reason_name[] = {
	[IMPORT_HARD_BOUNCE] = "hard_bounce", [IMPORT_COMPLAINT] = "complaint",
	[IMPORT_UNSUBSCRIBE] = "unsubscribe", [IMPORT_MANUAL] = "manual",
	[IMPORT_MAILBOX_FULL] = "mailbox_full",
};
static_assert(sizeof reason_name / sizeof *reason_name == IMPORT_REASON_COUNT, "each has a name");

static const struct {
	const char *folded;
	enum import_reason reason;
} reason_words[] = {
	{ "hardbounce", IMPORT_HARD_BOUNCE }, { "bounce", IMPORT_HARD_BOUNCE },
	{ "bounced", IMPORT_HARD_BOUNCE }, { "complaint", IMPORT_COMPLAINT },
	{ "spamcomplaint", IMPORT_COMPLAINT }, { "spamreport", IMPORT_COMPLAINT },
	{ "spam", IMPORT_COMPLAINT }, { "unsubscribe", IMPORT_UNSUBSCRIBE },
	{ "unsubscribed", IMPORT_UNSUBSCRIBE }, { "manual", IMPORT_MANUAL },
	{ "manualsuppression", IMPORT_MANUAL }, { "mailboxfull", IMPORT_MAILBOX_FULL },
	{ "bademailaddress", IMPORT_HARD_BOUNCE }, { "permanent", IMPORT_HARD_BOUNCE },
	{ "manuallydeactivated", IMPORT_MANUAL },
};

/* what services call a bounce that says nothing lasting about the address */
static const char *const passing_words[] = {
	"softbounce", "transient", "undetermined", "unknown", "dnserror", "blocked",
	"autoresponder", "addresschange", "subscribe", "spamnotification", "openrelaytest",
	"virusnotification", "challengeverification", "unconfirmed", "smtpapierror",
	"inbounderror", "dmarcpolicy", "templaterenderingfailed",
};

const char *
import_reason_name(enum import_reason reason)
{
	return reason < IMPORT_REASON_COUNT ? reason_name[reason] : "?";
}

bool
import_reason_parse(struct span name, enum import_reason *reason_out)
{
	for (size_t i = 0; i < sizeof reason_words / sizeof *reason_words; i++) {
		if (!import_shape_is_name(name, reason_words[i].folded))
			continue;
		*reason_out = reason_words[i].reason;
		return true;
	}
	return false;
}

static bool
is_passing(struct span name)
{
	for (size_t i = 0; i < sizeof passing_words / sizeof *passing_words; i++)
		if (import_shape_is_name(name, passing_words[i]))
			return true;
	return false;
}

/* ---- times -------------------------------------------------------------------------- */

static int
read_number(struct span text, int64_t *unix_ms_out)
{
	struct span fraction, whole = span_cut(text, '.', &fraction);
	unsigned long long value, unused;

	if (!span_to_u64(whole, &value) || value > 99999999999999ULL ||
	    (fraction.n > 0 && !span_to_u64(fraction, &unused)))
		return -1;
	*unix_ms_out = value >= 100000000000ULL ? (int64_t)value : (int64_t)value * 1000;
	return 0;
}

static const char *
month_number(const char *name)
{
	static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static const char numbers[12][3] = { "01", "02", "03", "04", "05", "06",
		                             "07", "08", "09", "10", "11", "12" };

	for (size_t i = 0; i < 12; i++)
		if (span_is_nocase(span_of(name), names[i]))
			return numbers[i];
	return NULL;
}

/* read_mail_date - "Fri, 21 Oct 2011 11:02:55 UTC", the day of the week optional */
static int
read_mail_date(const char *text, int64_t *unix_ms_out)
{
	char month[4], clock[9], zone[6] = "", out[40];
	const char *comma = strchr(text, ',');
	unsigned day, year;

	if (sscanf(comma ? comma + 1 : text, " %2u %3s %4u %8[0-9:] %5[A-Z0-9+-]", &day, month,
	           &year, clock, zone) < 4 || month_number(month) == NULL)
		return -1;
	if (zone[0] == '+' || zone[0] == '-')
		snprintf(out, sizeof out, "%04u-%s-%02uT%s%.3s:%.2s", year, month_number(month),
		         day, clock, zone, strlen(zone) == 5 ? zone + 3 : "");
	else if (zone[0] == '\0' || strcmp(zone, "UTC") == 0 || strcmp(zone, "GMT") == 0)
		snprintf(out, sizeof out, "%04u-%s-%02uT%sZ", year, month_number(month), day,
		         clock);
	else
		return -1;
	return clock_parse_rfc3339(span_of(out), unix_ms_out, NULL);
}

int
import_time(struct span text, int64_t *unix_ms_out)
{
	char copy[48];

	if (text.n == 0 || text.n > sizeof copy - 2 || memchr(text.p, '\0', text.n))
		return -1;
	if (read_number(text, unix_ms_out) == 0 ||
	    clock_parse_rfc3339(text, unix_ms_out, NULL) == 0)
		return 0;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (read_mail_date(copy, unix_ms_out) == 0)
		return 0;
	if (text.n > 4 && strcmp(copy + text.n - 4, " UTC") == 0)
		text.n -= 4;
	memcpy(copy + text.n, "Z", 2);
	return clock_parse_rfc3339(span_of(copy), unix_ms_out, NULL);
}

/* ---- reasons ------------------------------------------------------------------------ */

/* shown - a value for a sentence: short, harmless. */
static const char *
shown(struct span value, char out[SHOWN + 1])
{
	struct buf text;
	size_t n;

	buf_init(&text, SHOWN);
	value.n = value.n < SHOWN / 2 ? value.n : SHOWN / 2;
	utf8_harmless(value, &text);
	n = text.len;
	memcpy(out, buf_span(&text).p, n);
	out[n] = '\0';
	buf_deinit(&text);
	return out;
}

/* judge_reply - a service calls it a bounce; would we have suppressed for it? What says
 * nothing either way is believed. Returns false with why: no. */
static bool
judge_reply(const struct import_row *row, struct import_entry *entry, char why[WHY_SIZE])
{
	struct verdict_input input = { .text = SPAN_EMPTY }, status;
	struct verdict verdict;

	entry->reason = IMPORT_HARD_BOUNCE;
	if (entry->reply.n > 0)
		verdict_parse_reply(entry->reply, &input);
	if (input.code == 0 && entry->code >= 400 && entry->code <= 599)
		input.code = entry->code;
	if (input.enhanced.class == 0 && row->value[IMPORT_FIELD_ENHANCED].n > 0) {
		verdict_parse_reply(row->value[IMPORT_FIELD_ENHANCED], &status);
		input.enhanced = status.enhanced;
	}
	if (input.code == 0)
		input.code = input.enhanced.class * 100;
	if (input.code < 400)
		return true;
	verdict_judge(NULL, &input, &verdict);
	if (verdict.category == VERDICT_MAILBOX_FULL) {
		entry->reason = IMPORT_MAILBOX_FULL;
		return true;
	}
	if (verdict.suppresses || (!verdict.rule && !input.enhanced.class && input.code >= 500))
		return true;
	snprintf(why, WHY_SIZE, "%s: %s", verdict_category_words(verdict.category),
	         verdict.scope == VERDICT_SCOPE_RECIPIENT
	                 ? "that may pass, the address need not be dead"
	                 : "nothing is wrong with the address");
	return false;
}

/* settle_details - of a bounce dump: a reply ("smtp;550 5.1.1 ..."), or words about it. */
static void
settle_details(struct import_entry *entry)
{
	struct verdict_input input = { .text = SPAN_EMPTY };
	struct span reply = entry->reply;

	if (span_starts_nocase(reply, "smtp;")) {
		(void)span_cut(reply, ';', &reply);
		reply = span_trim(reply);
	}
	if (reply.n > 0)
		verdict_parse_reply(reply, &input);
	if (input.code >= 200) {
		entry->reply = reply;
		entry->code = input.code;
		return;
	}
	if (reply.n > 0)
		entry->detail = reply;
	entry->reply = SPAN_EMPTY;
}

/* read_reason - false with fault and why. */
static bool
read_reason(const struct import *import, const struct import_row *row, struct import_entry *entry,
            enum import_fault *fault_out, char why[WHY_SIZE])
{
	struct span reason = row->value[IMPORT_FIELD_REASON];
	bool is_told = row->has[IMPORT_FIELD_REPLY] || row->has[IMPORT_FIELD_CODE] ||
		       row->has[IMPORT_FIELD_ENHANCED];
	char text[SHOWN + 1];

	*fault_out = IMPORT_BAD;
	if (import->options.has_reason) {
		entry->reason = import->options.reason;
		return true;
	}
	if (import->format == IMPORT_SENDGRID || import->format == IMPORT_MAILGUN) {
		*fault_out = IMPORT_SPARED;
		if (is_told)
			return judge_reply(row, entry, why);
		entry->reason = import->format == IMPORT_SENDGRID
		                        ? row->has[IMPORT_FIELD_IP] ? IMPORT_COMPLAINT
		                                                    : IMPORT_UNSUBSCRIBE
		                : row->has[IMPORT_FIELD_TAGS] ? IMPORT_UNSUBSCRIBE
		                                              : IMPORT_COMPLAINT;
		return true;
	}
	if (reason.n == 0 && import->format == IMPORT_PLAIN) {
		entry->reason = IMPORT_MANUAL;
		return true;
	}
	if (is_passing(reason)) {
		*fault_out = IMPORT_SPARED;
		snprintf(why, WHY_SIZE, "\"%s\": that passes, the address need not be dead",
		         shown(reason, text));
		return false;
	}
	if (!import_reason_parse(reason, &entry->reason)) {
		snprintf(why, WHY_SIZE,
		         "\"%s\" is no reason: hard_bounce, complaint, unsubscribe, manual or "
		         "mailbox_full", shown(reason, text));
		return false;
	}
	if (import->format == IMPORT_POSTMARK_BOUNCES && entry->reason == IMPORT_HARD_BOUNCE) {
		*fault_out = IMPORT_SPARED;
		return judge_reply(row, entry, why);
	}
	if (entry->reason == IMPORT_MANUAL &&
	    import_shape_is_name(row->value[IMPORT_FIELD_ORIGIN], "recipient"))
		entry->reason = IMPORT_UNSUBSCRIBE;
	return true;
}

/* ---- the row ------------------------------------------------------------------------ */

static bool
is_address(struct span address)
{
	const char *at = address.n ? memchr(address.p, '@', address.n) : NULL;

	if (at == NULL || at == address.p || at == address.p + address.n - 1 ||
	    address.n > ADDRESS_MAX_BYTES || !utf8_is_valid(address))
		return false;
	for (size_t i = 0; i < address.n; i++)
		if ((unsigned char)address.p[i] <= ' ' || address.p[i] == 0x7f)
			return false;
	return true;
}

static bool
read_time(struct span text, const char *what, int64_t *unix_ms_out, char why[WHY_SIZE])
{
	char value[SHOWN + 1];

	if (text.n == 0 || (import_time(text, unix_ms_out) == 0 && *unix_ms_out >= 0))
		return true;
	snprintf(why, WHY_SIZE, "%s \"%s\" is not a time: 2026-11-23T14:02:11Z is one", what,
	         shown(text, value));
	return false;
}

/* read_values - what all formats have in common. */
static bool
read_values(const struct import *import, const struct import_row *row, struct import_entry *entry,
            char why[WHY_SIZE])
{
	const struct span *value = row->value;
	unsigned long long code = 0;
	char text[SHOWN + 1];

	if (!is_address(entry->address)) {
		snprintf(why, WHY_SIZE, "\"%s\" is not an address: name@domain or *@domain",
		         shown(entry->address, text));
		return false;
	}
	if (value[IMPORT_FIELD_CODE].n > 0 &&
	    (!span_to_u64(value[IMPORT_FIELD_CODE], &code) || code > 999)) {
		snprintf(why, WHY_SIZE, "\"%s\" is not a code of three digits",
		         shown(value[IMPORT_FIELD_CODE], text));
		return false;
	}
	entry->code = (int)code;
	if (import->format == IMPORT_POSTMARK_BOUNCES)
		settle_details(entry);
	return read_time(value[IMPORT_FIELD_SINCE], "since", &entry->since_unix_ms, why) &&
	       read_time(value[IMPORT_FIELD_UNTIL], "until", &entry->until_unix_ms, why);
}

void
import_judge(struct import *import, const struct import_row *row)
{
	struct import_entry entry = {
		.line = row->line,
		.address = row->value[IMPORT_FIELD_ADDRESS],
		.scope = row->value[IMPORT_FIELD_SCOPE],
		.by = row->value[IMPORT_FIELD_BY],
		.detail = row->value[IMPORT_FIELD_DETAIL],
		.message_id = row->value[IMPORT_FIELD_MESSAGE],
		.site = row->value[IMPORT_FIELD_SITE],
		.enhanced = row->value[IMPORT_FIELD_ENHANCED],
		.reply = row->value[IMPORT_FIELD_REPLY],
	};
	enum import_fault fault = IMPORT_BAD;
	char why[WHY_SIZE] = "";

	if (import->format == IMPORT_PLAIN && entry.address.n > 0 && entry.address.p[0] == '#')
		return; /* a remark of whoever wrote the list by hand */
	if (!read_values(import, row, &entry, why) ||
	    !read_reason(import, row, &entry, &fault, why))
		import_report(import, fault, row->line, why);
	else
		import_give(import, &entry);
}
