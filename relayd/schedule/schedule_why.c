/* schedule_why.c - in one sentence: why does it wait, and until when?
 *
 * The words are made when somebody asks, from the state that decides, so they
 * cannot be older than it. What servers said is repaired to valid UTF-8 here;
 * making it harmless for a screen is the client's part. Thread: scheduler. */
#include "schedule/schedule_private.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

#define REPLY_TEXT_MAX 800

/* ---- pieces -------------------------------------------------------------------------- */

/* "14:02:31 UTC (in 2m10s)", with the date when it is not today */
static const char *
when_text(const struct schedule *s, int64_t mono_ms, struct arena *arena)
{
	char at[CLOCK_RFC3339_SIZE], today[CLOCK_DAY_SIZE], in[UNITS_TEXT_SIZE];
	int64_t unix_ms = schedule_unix_ms(s, mono_ms);
	bool is_today;

	if (mono_ms <= s->now_mono_ms)
		return "now";
	clock_format_rfc3339(unix_ms, at);
	clock_format_day(s->now_unix_ms, today);
	units_format_duration((mono_ms - s->now_mono_ms + 999) / 1000 * 1000, in);
	is_today = span_starts_nocase(span_of(at), today);
	return arena_printf(arena, "at %s%s%.8s UTC (in %s)",
	                    is_today ? "" : arena_span(arena, (struct span){ at, 10 }),
	                    is_today ? "" : " ", at + 11, in);
}

/* "421 4.7.0 [TSS04] slow down", one line of valid UTF-8 */
const char *
schedule_why_reply(const struct schedule_reply *reply, struct arena *arena)
{
	struct span text = { reply->text, reply->n };
	char *line;
	struct buf out;

	buf_init(&out, REPLY_TEXT_MAX);
	if (reply->code)
		buf_printf(&out, "%d ", reply->code);
	utf8_repair(text, &out);
	line = arena_span(arena, buf_span(&out));
	buf_deinit(&out);
	for (char *p = line; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	return line;
}

static const char *
queue_reply(const struct schedule_reply *reply, struct arena *arena)
{
	return reply ? schedule_why_reply(reply, arena) : NULL;
}

/* ---- sites --------------------------------------------------------------------------- */

static void
site_in_trouble(struct schedule *s, const struct schedule_site *site, struct arena *arena,
                struct schedule_words *words)
{
	const char *reply = site->reply ? schedule_why_reply(site->reply, arena) : "it failed";
	bool has_answered = site->reply && site->reply->code;

	words->state = has_answered ? "backoff" : "unreachable";
	words->last_reply = reply;
	if (s->now_mono_ms < site->gate.pause_until_mono_ms && site->cause) {
		words->state = "paused";
		words->why = arena_printf(arena, "%s gets nothing by rule %s, again %s: %s",
		                          site->name, site->cause,
		                          when_text(s, site->gate.pause_until_mono_ms, arena),
		                          reply);
		return;
	}
	if (schedule_site_is_waiting(s, site))
		words->why = arena_printf(
			arena, "%s %s: %s; one connection tries again %s", site->name,
			has_answered ? "asked us to wait" : "could not be reached", reply,
			when_text(s, pace_gate_until(&site->gate), arena));
	else
		words->why = arena_printf(
			arena, "one connection is finding out whether %s takes mail again; "
			       "before that it %s: %s",
			site->name, has_answered ? "asked us to wait" : "could not be reached",
			reply);
}

/* by what it said itself, or by its rule */
static void
site_throttled(const struct schedule_site *site, struct arena *arena,
               struct schedule_words *words)
{
	double rate = pace_control_rate(&site->gate.control);

	words->state = "throttled";
	if (site->gate.control.target <= 0) {
		words->why = arena_printf(arena, "%s gets at most %.3g messages a second, by its "
		                                 "rule", site->name, rate);
		return;
	}
	words->last_reply = queue_reply(site->reply, arena);
	words->why = arena_printf(arena, "%s gets %.3g messages a second now, more as it goes "
	                                 "well: it asked us to slow down%s%s",
	                          site->name, rate, words->last_reply ? ": " : "",
	                          words->last_reply ? words->last_reply : "");
}

void
schedule_why_site(struct schedule *s, struct schedule_site *site, struct arena *arena,
                  struct schedule_words *words_out)
{
	int64_t wait_ms = pace_bucket_wait_ms(&site->gate.bucket, s->now_mono_ms);
	bool has_work = heap_first(&site->flows[0]) || heap_first(&site->flows[1]);

	*words_out = (struct schedule_words){ .state = "ok" };
	if (schedule_record_is_stuck(s) || s->store_is_broken) {
		words_out->state = "stopped";
		words_out->why = "nothing is delivered while the store cannot write: "
				 "outcomes could not be recorded";
	} else if (site->gate.backoff.failures > 0 || schedule_site_is_waiting(s, site)) {
		site_in_trouble(s, site, arena, words_out);
	} else if (has_work && wait_ms > 0) {
		site_throttled(site, arena, words_out);
	} else if (has_work && site->slots >= site->max_connections) {
		words_out->why = arena_printf(arena, "all %u connections to %s are at work",
		                              site->slots, site->name);
	} else if (has_work && !list_is_empty(&site->in_starved)) {
		words_out->state = "throttled";
		words_out->why = arena_printf(arena, "%s waits for one of the %u connections of "
		                                     "delivery.total_connections",
		                              site->name, s->config->delivery.total_connections);
	}
}

/* ---- queues -------------------------------------------------------------------------- */

static void
why_held(struct schedule *s, const struct schedule_hold *hold, struct arena *arena,
         struct schedule_words *words)
{
	char since[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(hold->since_unix_ms, since);
	words->state = arena_printf(arena, "HELD by %s", hold->by);
	words->why = arena_printf(
		arena, "%s held it at %.19sZ%s%s%s; until %s", hold->by, since,
		*hold->reason ? " (\"" : "", hold->reason, *hold->reason ? "\")" : "",
		heap_has(&hold->due) ? when_text(s, hold->due.key, arena) : "somebody releases it");
}

/* nothing is ready: everybody waits for himself */
static void
why_deferred(struct schedule *s, struct schedule_queue *queue, struct arena *arena,
             struct schedule_words *words)
{
	struct heap_node *first = heap_first(&queue->deferred);
	struct schedule_recipient *r;

	if (first == NULL && (first = heap_first(&queue->scheduled)) != NULL)
		words->why = arena_printf(arena, "its mail is scheduled, the first goes %s",
		                          when_text(s, first->key, arena));
	if (words->why || first == NULL)
		return;
	r = LIST_OWNER(first, struct schedule_recipient, due);
	words->last_reply = queue_reply(r->reply, arena);
	words->why = arena_printf(arena, "each waits for its own next attempt, the first %s",
	                          when_text(s, first->key, arena));
}

void
schedule_why_queue(struct schedule *s, struct schedule_queue *queue, struct arena *arena,
                   struct schedule_words *words_out)
{
	bool has_ready = queue->count[SCHEDULE_READY] + queue->count[SCHEDULE_TOLD] > 0;

	*words_out = (struct schedule_words){ .state = "ok",
		                              .last_reply = queue_reply(queue->reply, arena) };
	if (queue->hold) {
		why_held(s, queue->hold, arena, words_out);
	} else if (queue->state == SCHEDULE_FAILED) {
		words_out->state = "unreachable";
		words_out->why = arena_printf(arena, "what waits is being bounced: %s",
		                              words_out->last_reply);
	} else if (queue->state == SCHEDULE_LOOKUP) {
		words_out->state = "unreachable";
		words_out->why = arena_printf(arena, "%s; asked again %s", words_out->last_reply,
		                              when_text(s, queue->lookup.until_mono_ms, arena));
	} else if (queue->state == SCHEDULE_ASKING && has_ready) {
		words_out->why = "the name servers are being asked where its mail goes";
	} else if (queue->state == SCHEDULE_ROUTED
	           && (has_ready || queue->exchange->site->gate.backoff.failures > 0)) {
		schedule_why_site(s, queue->exchange->site, arena, words_out);
	} else if (!has_ready) {
		why_deferred(s, queue, arena, words_out);
	}
}

/* ---- recipients ---------------------------------------------------------------------- */

static const char *
expiry_text(const struct schedule *s, const struct schedule_message *m, struct arena *arena)
{
	char left[UNITS_TEXT_SIZE];

	if (!heap_has(&m->expiry))
		return "it is past its time and gets a last attempt";
	units_format_duration(m->expiry.key - s->now_mono_ms, left);
	return arena_printf(arena, "gives up in %s", left);
}

static const char *
recipient_reason(struct schedule *s, struct schedule_recipient *r, struct arena *arena)
{
	struct schedule_queue *queue = r->lane->queue;
	struct schedule_words words;

	if (r->state == SCHEDULE_ACTIVE)
		return queue->exchange ? arena_printf(arena, "is being handed to %s now",
		                                      queue->exchange->site->name)
		                       : "is being delivered now";
	if (r->state == SCHEDULE_DEFERRED && queue->hold == NULL)
		return arena_printf(arena, "attempt %u was answered \"%s\"; next attempt %s",
		                    r->attempts, r->reply ? schedule_why_reply(r->reply, arena)
		                                          : "before the relay was restarted",
		                    when_text(s, r->due.key, arena));
	if (r->state == SCHEDULE_SCHEDULED && queue->hold == NULL)
		return arena_printf(arena, "is scheduled by its sender, to be sent %s",
		                    when_text(s, r->due.key, arena));
	if (queue->exchange && queue->hold == NULL
	    && schedule_rule_stopped_until(s, queue->exchange->site, r->message->credential->id))
		return arena_printf(
			arena, "waits: %s gets nothing of %s by rule %s, again %s",
			queue->exchange->site->name, r->message->credential->name,
			queue->exchange->site->cause,
			when_text(s, schedule_rule_stopped_until(s, queue->exchange->site,
			                                         r->message->credential->id),
			          arena));
	schedule_why_queue(s, queue, arena, &words);
	if (words.why)
		return arena_printf(arena, "waits: %s", words.why);
	return "waits for its turn, which is next";
}

const char *
schedule_why_recipient(struct schedule *s, struct schedule_recipient *r, struct arena *arena)
{
	return arena_printf(arena, "%s %s; %s", r->address, recipient_reason(s, r, arena),
	                    expiry_text(s, r->message, arena));
}
