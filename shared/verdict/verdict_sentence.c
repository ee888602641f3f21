/* verdict_sentence.c - the fixed sentences, one function per answer. */
#include "verdict/verdict_sentence.h"

#include <stdio.h>
#include <time.h>

enum { TEXT = 48 };

const char *
verdict_provider_title(const char *name)
{
	static const struct {
		const char *name, *title;
	} titles[] = {
		{ "google", "Gmail" },	  { "microsoft", "Microsoft" },
		{ "outlook", "Outlook" }, { "yahoo", "Yahoo" },
		{ "apple", "iCloud" },	  { "icloud", "iCloud" },
		{ "aol", "AOL" },	  { "gmx", "GMX" },
		{ "orange", "Orange" },	  { "comcast", "Comcast" },
		{ "proton", "Proton" },	  { "fastmail", "Fastmail" },
		{ "mailru", "Mail.ru" },  { "yandex", "Yandex" },
		{ "zoho", "Zoho" },
	};

	for (size_t i = 0; name && i < sizeof titles / sizeof titles[0]; i++)
		if (strcmp(titles[i].name, name) == 0)
			return titles[i].title;
	return name;
}

static struct tm
local_time(const struct verdict_facts *facts, int64_t unix_ms)
{
	time_t seconds = (time_t)(unix_ms / 1000) + facts->utc_offset_sec;
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	return tm;
}

static bool
is_today(const struct verdict_facts *facts, int64_t unix_ms)
{
	struct tm now = local_time(facts, facts->now_unix_ms), then = local_time(facts, unix_ms);

	return now.tm_year == then.tm_year && now.tm_yday == then.tm_yday;
}

/* format_date - "1 Nov", with the year when it is not this one */
static void
format_date(const struct verdict_facts *facts, int64_t unix_ms, char out[TEXT])
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm = local_time(facts, unix_ms);

	if (tm.tm_year == local_time(facts, facts->now_unix_ms).tm_year)
		snprintf(out, TEXT, "%d %s", tm.tm_mday, months[tm.tm_mon]);
	else
		snprintf(out, TEXT, "%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
}

/* format_when - "14:02:11" or, on another day, "28 Nov 14:02:11" */
static void
format_when(const struct verdict_facts *facts, int64_t unix_ms, bool with_seconds, char out[TEXT])
{
	struct tm tm = local_time(facts, unix_ms);
	char date[TEXT] = "", clock[16];

	if (!is_today(facts, unix_ms))
		format_date(facts, unix_ms, date);
	if (with_seconds)
		snprintf(clock, sizeof clock, "%02d:%02d:%02d", tm.tm_hour % 100, tm.tm_min % 100,
			 tm.tm_sec % 100);
	else
		snprintf(clock, sizeof clock, "%02d:%02d", tm.tm_hour % 100, tm.tm_min % 100);
	snprintf(out, TEXT, "%.24s%s%s", date, date[0] ? " " : "", clock);
}

/* format_lapse - "1.2 seconds", "4 minutes", "3 hours", "2 days" */
static void
format_lapse(int64_t ms, char out[TEXT])
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = { { 86400000, "day" }, { 3600000, "hour" }, { 60000, "minute" } };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		long long n = (long long)(ms / units[i].ms);

		if (n > 0) {
			snprintf(out, TEXT, "%lld %s%s", n, units[i].unit, n == 1 ? "" : "s");
			return;
		}
	}
	if (ms < 100)
		snprintf(out, TEXT, "%.2f seconds", (double)(ms < 10 ? 10 : ms) / 1000.0);
	else
		snprintf(out, TEXT, "%.1f seconds", (double)ms / 1000.0);
}

/* reply_mark - the provider's own short mark "[TSS04]" at the start of a reply */
static struct span
reply_mark(struct span reply)
{
	struct span rest, mark;
	size_t i = 0;

	while (i < reply.n && reply.p[i] != '[' && i < 16)
		i++;
	if (i >= reply.n || reply.p[i] != '[')
		return SPAN_EMPTY;
	mark = span_cut((struct span){ reply.p + i + 1, reply.n - i - 1 }, ']', &rest);
	if (mark.n < 2 || mark.n > 10)
		return SPAN_EMPTY;
	for (i = 0; i < mark.n; i++)
		if (!(mark.p[i] >= '0' && mark.p[i] <= '9') &&
		    !(mark.p[i] >= 'A' && mark.p[i] <= 'Z'))
			return SPAN_EMPTY;
	return mark;
}

/* append_numbers - " (421 TSS04)", " (550 5.1.1)", " (5.2.2)" or nothing */
static int
append_numbers(const struct verdict_facts *facts, struct buf *out, bool with_code)
{
	struct span mark = reply_mark(facts->reply);
	bool has_code = with_code && facts->code > 0;
	bool has_more = mark.n > 0 || facts->enhanced.class > 0;

	if (!has_code && !has_more)
		return 0;
	if (buf_append_text(out, " (") != 0)
		return -1;
	if (has_code && buf_printf(out, "%d%s", facts->code, has_more ? " " : "") != 0)
		return -1;
	if (mark.n > 0 && buf_append_span(out, mark) != 0)
		return -1;
	if (mark.n == 0 && facts->enhanced.class > 0 &&
	    buf_printf(out, "%u.%u.%u", facts->enhanced.class, facts->enhanced.subject,
		       facts->enhanced.detail) != 0)
		return -1;
	return buf_append_text(out, ")");
}

static const char *
provider_of(const struct verdict_facts *facts)
{
	return facts->provider && facts->provider[0] ? facts->provider : "The receiving server";
}

static int
say_delivered(const struct verdict_facts *facts, struct buf *out)
{
	char when[TEXT], lapse[TEXT];
	struct tm tm = local_time(facts, facts->at_unix_ms);
	int64_t took_ms = facts->at_unix_ms - facts->accepted_unix_ms;

	if (is_today(facts, facts->at_unix_ms)) {
		snprintf(when, sizeof when, "today");
	} else {
		char date[TEXT];

		format_date(facts, facts->at_unix_ms, date);
		snprintf(when, sizeof when, "on %.40s", date);
	}
	if (buf_printf(out, "Yes. %s accepted it at %02d:%02d:%02d %s (%s)", provider_of(facts),
		       tm.tm_hour, tm.tm_min, tm.tm_sec, when, facts->zone ? facts->zone : "UTC"))
		return -1;
	if (facts->accepted_unix_ms > 0 && took_ms >= 0) {
		format_lapse(took_ms, lapse);
		if (buf_printf(out, ", %s after your app sent it", lapse) != 0)
			return -1;
	}
	return buf_append_text(out, ".");
}

static const char *
words_of(const struct verdict_facts *facts)
{
	const struct verdict_input input = { .code = facts->code, .enhanced = facts->enhanced,
					     .text = facts->reply };

	return verdict_say_reply(facts->category, &input).words;
}

/* append_why_waiting - "Yahoo asked us to slow down (421 TSS04). " */
static int
append_why_waiting(const struct verdict_facts *facts, struct buf *out)
{
	static const char *const deeds[VERDICT_CATEGORY_COUNT] = {
		[VERDICT_RATE_LIMITED] = "asked us to slow down",
		[VERDICT_GREYLISTED] = "asked for a second attempt",
		[VERDICT_NETWORK_ERROR] = "could not be reached",
		[VERDICT_SYSTEM_ERROR] = "has trouble of its own",
	};
	/* who answers was reached */
	const char *deed = facts->category == VERDICT_NETWORK_ERROR && facts->code > 0
				   ? "could not take it yet" : deeds[facts->category];
	int rc;

	if (facts->category == VERDICT_NONE)
		return 0;
	if (deed)
		rc = buf_printf(out, "%s %s", provider_of(facts), deed);
	else
		rc = buf_printf(out, "%s said: %s", provider_of(facts), words_of(facts));
	if (rc != 0 || append_numbers(facts, out, true) != 0)
		return -1;
	return buf_append_text(out, ". ");
}

static int
append_when(const struct verdict_facts *facts, struct buf *out, const char *lead, int64_t at,
	    bool with_seconds)
{
	char when[TEXT];

	if (at <= 0)
		return 0;
	format_when(facts, at, with_seconds, when);
	return buf_printf(out, "%s%s", lead, when);
}

static int
say_waiting(const struct verdict_facts *facts, struct buf *out)
{
	bool is_due = facts->next_attempt_unix_ms <= facts->now_unix_ms;
	bool is_last = facts->expires_unix_ms > 0 && !is_due && !facts->is_under_way
	               && facts->next_attempt_unix_ms >= facts->expires_unix_ms;

	if (buf_append_text(out, "Not yet. ")
	    || (facts->waits_for ? buf_printf(out, "%s. ", facts->waits_for)
	                         : append_why_waiting(facts, out)))
		return -1;
	if (facts->tries == 0) {
		if (buf_append_text(out, facts->is_under_way ? "It is the first try"
							     : "No try so far"))
			return -1;
	} else if (buf_printf(out, "%u %s", facts->tries, facts->tries == 1 ? "try" : "tries")) {
		return -1;
	}
	if (is_last)
		return append_when(facts, out, facts->tries ? "; no more before it gives up "
		                                            : "; none before it gives up ",
		                   facts->expires_unix_ms, true)
		       || buf_append_text(out, ".") ? -1 : 0;
	if (facts->is_under_way ? facts->tries > 0 && buf_append_text(out, " before")
	    : facts->has_no_time ? buf_append_text(out, "; when it is tried next cannot be told")
	    : is_due ? buf_append_text(out, "; next in a moment")
		   : append_when(facts, out, "; next at ", facts->next_attempt_unix_ms, true))
		return -1;
	if (append_when(facts, out, "; gives up ", facts->expires_unix_ms, false))
		return -1;
	return buf_append_text(out, ".");
}

static int
say_scheduled(const struct verdict_facts *facts, struct buf *out)
{
	if (buf_append_text(out, "Not yet. It is to be sent") ||
	    append_when(facts, out, " at ", facts->next_attempt_unix_ms, true))
		return -1;
	return buf_append_text(out, ".");
}

static int
append_category(const struct verdict_facts *facts, struct buf *out, bool with_code)
{
	if (facts->category == VERDICT_NONE)
		return append_numbers(facts, out, with_code);
	if (buf_printf(out, ": %s", words_of(facts)))
		return -1;
	return append_numbers(facts, out, with_code);
}

/* say_operator - an operator's act: "No. ana bounced it at 13:04 ("wrong price")." */
static int
say_operator(const struct verdict_facts *facts, const char *deed, struct buf *out)
{
	if (buf_printf(out, "No. %s %s it", facts->actor ? facts->actor : "An operator", deed) ||
	    append_when(facts, out, " at ", facts->at_unix_ms, false))
		return -1;
	if (facts->detail && buf_printf(out, " (\"%s\")", facts->detail))
		return -1;
	return buf_append_text(out, ".");
}

static int
say_bounced(const struct verdict_facts *facts, struct buf *out)
{
	if (facts->actor) /* nobody out there said anything */
		return say_operator(facts, "bounced", out);
	if (buf_append_text(out, "No. It bounced") ||
	    append_when(facts, out, " at ", facts->at_unix_ms, true) ||
	    append_category(facts, out, true) || buf_append_text(out, "."))
		return -1;
	return facts->is_suppressed ? buf_append_text(out, " The address is now suppressed.") : 0;
}

static int
say_expired(const struct verdict_facts *facts, struct buf *out)
{
	if (buf_append_text(out, "No. We gave up") ||
	    append_when(facts, out, " at ", facts->at_unix_ms, true) ||
	    buf_printf(out, " after %u %s", facts->tries, facts->tries == 1 ? "try" : "tries") ||
	    append_category(facts, out, true))
		return -1;
	return buf_append_text(out, ".");
}

/* is_own_wish - the recipient's, not a trouble with the address */
static bool
is_own_wish(const char *reason)
{
	return reason && (strncmp(reason, "complaint", 9) == 0 ||
			  strncmp(reason, "unsubscribe", 11) == 0);
}

static int
say_suppressed(const struct verdict_facts *facts, struct buf *out)
{
	char since[TEXT];

	if (facts->tries == 0
		    ? buf_printf(out, "No. We did not try: %s is suppressed", facts->recipient)
		    : buf_printf(out, "No. We gave up after %u %s: %s is suppressed", facts->tries,
				 facts->tries == 1 ? "try" : "tries", facts->recipient))
		return -1;
	if (facts->at_unix_ms > 0) {
		format_date(facts, facts->at_unix_ms, since);
		if (buf_printf(out, " since %s", since))
			return -1;
	}
	if (facts->suppression_reason && buf_printf(out, " (%s)", facts->suppression_reason))
		return -1;
	if (is_own_wish(facts->suppression_reason)) /* no way out is offered: it is theirs */
		return buf_printf(out,
				  ". They want no more mail; see: relaycli suppression check %s",
				  facts->recipient);
	return buf_printf(out, ". Remove: relaycli suppression remove %s", facts->recipient);
}

static int
say_rejected(const struct verdict_facts *facts, struct buf *out)
{
	if (buf_append_text(out, "No. It was refused at submission") ||
	    append_when(facts, out, " at ", facts->at_unix_ms, false))
		return -1;
	if (facts->detail && buf_printf(out, ": %s", facts->detail))
		return -1;
	if (facts->code > 0 && buf_printf(out, " (%d)", facts->code))
		return -1;
	return buf_append_text(out, ".");
}

static int
say_cancelled(const struct verdict_facts *facts, struct buf *out)
{
	return say_operator(facts, "cancelled", out);
}

static int
say_held(const struct verdict_facts *facts, struct buf *out)
{
	const char *held = facts->held ? facts->held : "message";

	if (buf_printf(out, "On hold. %s held the %s", facts->actor ? facts->actor : "An operator",
		       held) ||
	    append_when(facts, out, " at ", facts->at_unix_ms, false))
		return -1;
	if (facts->detail && facts->detail[0] && buf_printf(out, " (\"%s\")", facts->detail))
		return -1;
	if (append_when(facts, out, ", until ", facts->until_unix_ms, false))
		return -1;
	return buf_printf(out, ". Release: relaycli %s",
			  facts->release ? facts->release : "message release ID");
}

static int
say_bounced_later(const struct verdict_facts *facts, struct buf *out)
{
	if (buf_append_text(out, "Bounced later. Delivered") ||
	    append_when(facts, out, " ", facts->at_unix_ms, true) ||
	    buf_append_text(out, ", then a bounce came back") ||
	    append_when(facts, out, " ", facts->bounce_unix_ms, true) ||
	    append_category(facts, out, false))
		return -1;
	return buf_append_text(out, ".");
}

static int
say_complained(const struct verdict_facts *facts, struct buf *out)
{
	if (say_delivered(facts, out) ||
	    buf_append_text(out, " The recipient reported it as spam") ||
	    append_when(facts, out, " at ", facts->bounce_unix_ms, true))
		return -1;
	return buf_append_text(out, ".");
}

static int
say_partly(const struct verdict_facts *facts, struct buf *out)
{
	if (buf_printf(out, "Partly. %u of %u recipients delivered", facts->delivered_count,
		       facts->recipient_count))
		return -1;
	if (facts->waiting && buf_printf(out, "; %s is waiting", facts->waiting))
		return -1;
	return buf_append_text(out, ".");
}

static int
say_no_trace(const struct verdict_facts *facts, struct buf *out)
{
	char from[TEXT] = "its beginning";

	if (facts->log_from_unix_ms > 0)
		format_date(facts, facts->log_from_unix_ms, from);
	if (buf_printf(out,
		       "No trace. Nothing to that address in the log, which is complete "
		       "from %s to now. Check the spelling",
		       from))
		return -1;
	if (facts->near)
		return buf_printf(out, "; near: %s (%u)", facts->near, facts->near_count);
	return buf_append_text(out, ".");
}

static int
say_unknown(const struct verdict_facts *facts, struct buf *out)
{
	char from[TEXT], until[TEXT];

	if (facts->was_cut_off)
		return buf_append_text(
			out,
			"Unknown. The log is too long to look through for that in time; nothing "
			"found so far. Quick are: an address or a part of one (to:lee), msgid:, "
			"id:, tag:, or less time (--since 1d).");
	format_when(facts, facts->gap_from_unix_ms, false, from);
	format_when(facts, facts->gap_until_unix_ms, false, until);
	return buf_printf(out, "Unknown. The log has a gap %s\u2013%s%s; nothing found outside it.",
			  from, until, is_today(facts, facts->gap_until_unix_ms) ? " today" : "");
}

typedef int (*say_fn)(const struct verdict_facts *facts, struct buf *out);

static const say_fn sayings[VERDICT_ANSWER_COUNT] = {
	[VERDICT_ANSWER_DELIVERED] = say_delivered,
	[VERDICT_ANSWER_WAITING] = say_waiting,
	[VERDICT_ANSWER_SCHEDULED] = say_scheduled,
	[VERDICT_ANSWER_BOUNCED] = say_bounced,
	[VERDICT_ANSWER_EXPIRED] = say_expired,
	[VERDICT_ANSWER_SUPPRESSED] = say_suppressed,
	[VERDICT_ANSWER_REJECTED] = say_rejected,
	[VERDICT_ANSWER_CANCELLED] = say_cancelled,
	[VERDICT_ANSWER_HELD] = say_held,
	[VERDICT_ANSWER_BOUNCED_LATER] = say_bounced_later,
	[VERDICT_ANSWER_COMPLAINED] = say_complained,
	[VERDICT_ANSWER_PARTLY] = say_partly,
	[VERDICT_ANSWER_NO_TRACE] = say_no_trace,
	[VERDICT_ANSWER_UNKNOWN] = say_unknown,
};

int
verdict_sentence(const struct verdict_facts *facts, struct buf *out)
{
	return sayings[facts->answer](facts, out);
}

int
verdict_sentence_note(const struct verdict_facts *facts, struct buf *out)
{
	const char *provider =
		facts->provider && facts->provider[0] ? facts->provider : "the receiving server";

	if (facts->answer != VERDICT_ANSWER_DELIVERED)
		return 0;
	return buf_printf(out,
			  "That means it reached %s; whether %s put it in the inbox or spam "
			  "is not visible to us.",
			  provider, provider);
}
