/* schedule_why.c - in one sentence: why does it wait, and until when?
 *
 * schedule_wait.c finds what holds it, here are the words: a function for each
 * constraint, in a table. They are made when somebody asks, from the state that
 * decides, so they cannot be older than it. What servers said is repaired to valid UTF-8 here;
 * making it harmless for a screen is the client's part. Thread: scheduler. */
#include "schedule/schedule_wait.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/utf8.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"

#define REPLY_TEXT_MAX 800
#define UNDER_WAY_LONG_MS 5000 /* a hand-over that takes longer is told to */

/* ---- pieces -------------------------------------------------------------------------- */

/* "14:02:31 UTC (in 2m10s)", with the date when it is not today; after "until" */
static const char *
moment_text(const struct schedule *s, int64_t mono_ms, struct arena *arena)
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
	return arena_printf(arena, "%s%s%.8s UTC (in %s)",
	                    is_today ? "" : arena_span(arena, (struct span){ at, 10 }),
	                    is_today ? "" : " ", at + 11, in);
}

/* "at 14:02:31 UTC (in 2m10s)", or "now" */
static const char *
when_text(const struct schedule *s, int64_t mono_ms, struct arena *arena)
{
	return arena_printf(arena, "%s%s", mono_ms <= s->now_mono_ms ? "" : "at ",
	                    moment_text(s, mono_ms, arena));
}

static const char *
clock_text(int64_t unix_ms, struct arena *arena)
{
	char at[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(unix_ms, at);
	return arena_printf(arena, "%.19sZ", at);
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

struct speech { /* what a sentence is made from, and where it goes */
	struct schedule *s;
	const struct schedule_site *site;
	const struct schedule_queue *queue; /* NULL: of the site as such */
	struct schedule_reason reason;
	const char *reply;         /* of reason, as one line; NULL: none */
	struct arena *arena;
	struct schedule_words *words;
	char message_id[ID_TEXT_SIZE]; /* "": not of one message, or it is not held alone */
};

static bool
has_answered(const struct speech *is)
{
	return is->reason.reply && is->reason.reply->code;
}

static const char *
trouble_text(const struct speech *is)
{
	return is->reply ? is->reply : "it failed";
}

static void
say_store(const struct speech *is)
{
	is->words->state = "stopped";
	is->words->clause = "nothing is delivered while the store cannot write";
	is->words->why = "nothing is delivered while the store cannot write: outcomes could not "
		         "be recorded";
}

/* say_pause - a site is a provider from one address; others may deliver there, so that what
 * is stopped is named. */
static void
say_pause(const struct speech *is)
{
	const struct schedule_site *site = is->site;
	const char *scope = schedule_throttle_scope(site, is->arena), *stopped = NULL;
	enum schedule_stop_kind kind = schedule_source_is_stopped(is->s, site)
	                                       ? SCHEDULE_STOP_SOURCE : SCHEDULE_STOP_PAUSE;
	bool is_source = site->source && kind == SCHEDULE_STOP_SOURCE;
	int64_t until_mono_ms = is->reason.until_mono_ms;

	if (is_source)
		stopped = is->reason.lane ? schedule_source_stopped(is->s, is->reason.lane,
		                                                    is->arena, &until_mono_ms)
		                          : site->source;
	is->words->state = is_source ? "stopped" : "paused";
	is->words->last_reply = trouble_text(is);
	if (stopped)
		is->words->clause = arena_printf(
			is->arena, "%s %s nothing to %s by rule %s", stopped,
			strchr(stopped, ' ') ? "send" : "sends", site->name, is->reason.rule);
	else
		is->words->clause = arena_printf(
			is->arena, "%s gets nothing%s%s by rule %s", site->name,
			site->source ? " from " : "", site->source ? site->source : "",
			is->reason.rule);
	is->words->why = arena_printf(
		is->arena, "%s until %s: %s; relaycli throttle clear %s %s lifts it",
		is->words->clause, moment_text(is->s, until_mono_ms, is->arena), trouble_text(is),
		scope, schedule_stop_name(kind));
}

static void
say_stop(const struct speech *is)
{
	const char *rule = is->reason.rule ? is->reason.rule : "that is gone";

	is->words->state = "stopped";
	is->words->last_reply = is->reply;
	is->words->clause = arena_printf(is->arena, "%s gets nothing of %s by rule %s",
	                                 is->site->name, is->reason.lane->credential->name, rule);
	is->words->why = arena_printf(
		is->arena, "%s until %s%s%s; relaycli throttle clear %s %s lifts it",
		is->words->clause, moment_text(is->s, is->reason.until_mono_ms, is->arena),
		is->reply ? ": " : "", is->reply ? is->reply : "",
		schedule_throttle_scope(is->site, is->arena),
		schedule_stop_name(SCHEDULE_STOP_CREDENTIAL));
}

static void
say_warmup(const struct speech *is)
{
	const struct schedule_warmup *warmup = is->site->warmup;
	const struct schedule_off *pause = &warmup->source->off[SCHEDULE_OFF_WARMUP];
	const struct pace_warmup_plan plan = schedule_warmup_plan(is->s);
	const struct pace_warmup *state = &warmup->state;

	is->words->state = "warming";
	if (state->is_paused) {
		is->words->clause = arena_printf(
			is->arena, "%s paused the warm-up of %s%s%s%s until relaycli pool warmup "
			"resume %s", pause->by, warmup->source->address,
			*pause->reason ? " (\"" : "", pause->reason, *pause->reason ? "\")" : "",
			warmup->source->address);
		is->words->why = arena_printf(
			is->arena, "%s paused the warm-up of %s at %s%s%s%s; until relaycli pool "
			"warmup resume %s", pause->by, warmup->source->address,
			clock_text(pause->since_unix_ms, is->arena), *pause->reason ? " (\"" : "",
			pause->reason, *pause->reason ? "\")" : "", warmup->source->address);
		return;
	}
	is->words->clause = arena_printf(
		is->arena, "%s warms up with %s, day %u of %u: %u of today's %u recipients went",
		warmup->source->address, warmup->provider, state->day, plan.days, state->sent,
		pace_warmup_today(state, &plan));
	is->words->why = arena_printf(is->arena, "%s; more may go %s", is->words->clause,
				      when_text(is->s, is->reason.until_mono_ms, is->arena));
}

static void
say_backoff(const struct speech *is)
{
	is->words->state = has_answered(is) ? "backoff" : "unreachable";
	is->words->last_reply = trouble_text(is);
	is->words->clause = arena_printf(is->arena, "%s %s: %s", is->site->name,
					 has_answered(is) ? "asked us to wait"
							  : "could not be reached",
					 trouble_text(is));
	is->words->why = arena_printf(is->arena, "%s; one connection tries again %s",
				      is->words->clause,
				      when_text(is->s, is->reason.until_mono_ms, is->arena));
}

static void
say_probe(const struct speech *is)
{
	is->words->state = has_answered(is) ? "backoff" : "unreachable";
	is->words->last_reply = trouble_text(is);
	is->words->why = arena_printf(
		is->arena,
		"one connection is finding out whether %s takes mail again; before that it %s: %s",
		is->site->name, has_answered(is) ? "asked us to wait" : "could not be reached",
		trouble_text(is));
	is->words->clause = is->words->why;
}

/* by what it said itself, by an operator, or by its rule */
static void
say_rate(const struct speech *is)
{
	const struct schedule_throttle *set =
		schedule_throttle_at(is->s, is->site, SCHEDULE_RATE);
	char rate[PACE_RATE_TEXT_SIZE];

	pace_control_say_rate(pace_control_rate(&is->site->gate.control), rate);
	is->words->state = "throttled";
	if (is->site->gate.control.target <= 0 && set) {
		is->words->clause = arena_printf(
			is->arena, "%s gets at most %s, set by %s%s%s%s", is->site->name, rate,
			set->by, *set->reason ? " (\"" : "", set->reason,
			*set->reason ? "\")" : "");
		is->words->why = arena_printf(
			is->arena, "%s gets at most %s; %s set that at %s%s%s%s, until %s",
			is->site->name, rate, set->by, clock_text(set->since_unix_ms, is->arena),
			*set->reason ? " (\"" : "", set->reason, *set->reason ? "\")" : "",
			moment_text(is->s, set->due.key, is->arena));
		return;
	}
	if (is->site->gate.control.target <= 0) {
		is->words->why = arena_printf(is->arena, "%s gets at most %s, by its rule",
		                              is->site->name, rate);
		is->words->clause = is->words->why;
		return;
	}
	is->words->last_reply = is->reply;
	is->words->why = arena_printf(is->arena, "%s gets %s now, more as it "
	                                         "goes well: it asked us to slow down%s%s",
	                              is->site->name, rate, is->reply ? ": " : "",
	                              is->reply ? is->reply : "");
	is->words->clause = is->words->why;
}

static void
say_connections(const struct speech *is)
{
	is->words->why = is->site->slots == 1
				 ? arena_printf(is->arena, "the one connection to %s is at work",
						is->site->name)
				 : arena_printf(is->arena, "all %u connections to %s are at work",
						is->site->slots, is->site->name);
	is->words->clause = is->words->why;
}

/* say_turn - nothing holds it but those before it. */
static void
say_turn(const struct speech *is)
{
	if (is->site == NULL || is->site->slots == 0)
		return;
	is->words->why = arena_printf(is->arena, "%u connection%s to %s %s at work",
				      is->site->slots, is->site->slots == 1 ? "" : "s",
				      is->site->name, is->site->slots == 1 ? "is" : "are");
	is->words->clause = is->words->why;
}

static void
say_all_connections(const struct speech *is)
{
	is->words->state = "throttled";
	is->words->why = arena_printf(is->arena, "%s waits for one of the %u connections of "
	                                         "delivery.total_connections",
	                              is->site->name, is->s->config->delivery.total_connections);
	is->words->clause = is->words->why;
}

/* ---- queues -------------------------------------------------------------------------- */

/* is_of_many - of mail wherever it goes, so that it must be said what is meant. */
static bool
is_of_many(const struct schedule_hold *hold)
{
	return hold->kind == SCHEDULE_HOLD_CREDENTIAL || hold->kind == SCHEDULE_HOLD_RULE;
}

static void
say_hold(const struct speech *is)
{
	const struct schedule_hold *hold = is->reason.hold;
	const char *quote = strchr(hold->scope, ' ') ? "'" : "";
	char since[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(hold->since_unix_ms, since);
	is->words->state = arena_printf(is->arena, "HELD by %s", hold->by);
	is->words->why = arena_printf(
		is->arena, "%s held %s at %.19sZ%s%s%s; until %s (relaycli %s release %s%s%s)",
		hold->by, is_of_many(hold) ? hold->scope : "it", since,
		*hold->reason ? " (\"" : "", hold->reason, *hold->reason ? "\")" : "",
		is->reason.until_mono_ms ? moment_text(is->s, is->reason.until_mono_ms, is->arena)
		                         : "somebody releases it",
		is->message_id[0] ? "message" : "queue",
		quote, is->message_id[0] ? is->message_id : hold->scope, quote);
}

static void
say_no_route(const struct speech *is)
{
	is->words->state = "unreachable";
	is->words->why = arena_printf(is->arena, "what waits is being bounced: %s", is->reply);
}

static void
say_lookup(const struct speech *is)
{
	is->words->state = "unreachable";
	is->words->clause = is->reply;
	is->words->why = arena_printf(is->arena, "%s; asked again %s", is->reply,
	                              when_text(is->s, is->reason.until_mono_ms, is->arena));
}

static void
say_route(const struct speech *is)
{
	is->words->why = "the name servers are being asked where its mail goes";
	is->words->clause = is->words->why;
}

static void
say_source(const struct speech *is)
{
	is->words->state = "stopped";
	is->words->why = is->words->clause = is->reply;
}

/* with who, when, why, and the way back */
static void
say_source_off(const struct speech *is)
{
	const struct schedule_off *off = &is->reason.source->off[SCHEDULE_OFF_ALL];

	is->words->state = "stopped";
	is->words->clause = arena_printf(is->arena, "%s; %s switched it off%s%s%s", is->reply,
					 off->by, *off->reason ? " (\"" : "", off->reason,
					 *off->reason ? "\")" : "");
	is->words->why = arena_printf(
		is->arena, "%s; %s switched it off at %s%s%s%s; until %s", is->reply, off->by,
		clock_text(off->since_unix_ms, is->arena), *off->reason ? " (\"" : "",
		off->reason, *off->reason ? "\")" : "",
		is->reason.until_mono_ms
			? moment_text(is->s, is->reason.until_mono_ms, is->arena)
			: arena_printf(is->arena, "relaycli pool ip on %s",
		                       is->reason.source->address));
}

static void
say_own_retry(const struct speech *is)
{
	is->words->last_reply = is->reply;
	is->words->why = arena_printf(is->arena,
	                              "each waits for its own next attempt, the first %s",
	                              when_text(is->s, is->reason.until_mono_ms, is->arena));
}

static void
say_sender(const struct speech *is)
{
	is->words->why = arena_printf(is->arena, "its mail is scheduled, the first goes %s",
	                              when_text(is->s, is->reason.until_mono_ms, is->arena));
}

static void (*const say[SCHEDULE_CONSTRAINT_COUNT])(const struct speech *is) = {
	[SCHEDULE_BY_HOLD] = say_hold,
	[SCHEDULE_BY_SENDER] = say_sender,
	[SCHEDULE_BY_OWN_RETRY] = say_own_retry,
	[SCHEDULE_BY_LOOKUP] = say_lookup,
	[SCHEDULE_BY_ROUTE] = say_route,
	[SCHEDULE_BY_NO_ROUTE] = say_no_route,
	[SCHEDULE_BY_SOURCE] = say_source,
	[SCHEDULE_BY_SOURCE_OFF] = say_source_off,
	[SCHEDULE_BY_STORE] = say_store,
	[SCHEDULE_BY_WARMUP] = say_warmup,
	[SCHEDULE_BY_PAUSE] = say_pause,
	[SCHEDULE_BY_STOP] = say_stop,
	[SCHEDULE_BY_BACKOFF] = say_backoff,
	[SCHEDULE_BY_PROBE] = say_probe,
	[SCHEDULE_BY_RATE] = say_rate,
	[SCHEDULE_BY_CONNECTIONS] = say_connections,
	[SCHEDULE_BY_ALL_CONNECTIONS] = say_all_connections,
	[SCHEDULE_BY_TURN] = say_turn,
};

/* fill_wait - the same for machines; cause in the asker's arena. */
static void
fill_wait(const struct schedule *s, const struct schedule_reason *reason,
          struct arena *arena, struct schedule_wait *wait_out)
{
	const struct schedule_hold *hold = reason->hold;
	const char *reply = queue_reply(reason->reply, arena);

	*wait_out = (struct schedule_wait){ .constraint = reason->constraint, .cause = reply };
	if (reason->constraint == SCHEDULE_BY_HOLD)
		wait_out->cause = arena_printf(arena, "%s%s%s", hold->by,
		                               *hold->reason ? ": " : "", hold->reason);
	else if (reason->constraint == SCHEDULE_BY_SOURCE_OFF)
		wait_out->cause = arena_printf(
			arena, "%s%s%s", reason->source->off[SCHEDULE_OFF_ALL].by,
			*reason->source->off[SCHEDULE_OFF_ALL].reason ? ": " : "",
			reason->source->off[SCHEDULE_OFF_ALL].reason);
	else if (reason->rule)
		wait_out->cause = arena_printf(arena, "rule %s%s%s", reason->rule,
		                               reply ? ": " : "", reply ? reply : "");
	if (reason->until_mono_ms)
		wait_out->until_unix_ms = schedule_unix_ms(s, reason->until_mono_ms);
	if (reason->projected_mono_ms)
		wait_out->projected_unix_ms = schedule_unix_ms(s, reason->projected_mono_ms);
	if (reason->since_mono_ms)
		wait_out->since_unix_ms = schedule_unix_ms(s, reason->since_mono_ms);
}

static void
speak(struct speech *is)
{
	is->reply = queue_reply(is->reason.reply, is->arena);
	if (say[is->reason.constraint])
		say[is->reason.constraint](is);
	fill_wait(is->s, &is->reason, is->arena, &is->words->wait);
	is->words->wait.clause = is->words->clause;
}

const char *
schedule_why_stop(struct schedule *s, const struct schedule_lane *lane, struct arena *arena)
{
	struct schedule_words words;
	struct speech is = { .s = s, .arena = arena, .words = &words,
		             .reason = schedule_wait_stop(s, lane) };

	if (is.reason.constraint == SCHEDULE_FREE)
		return NULL;
	is.reason.lane = lane;
	is.site = lane->exchange->site;
	is.reply = queue_reply(is.reason.reply, arena);
	say_stop(&is);
	return words.why;
}

void
schedule_why_site(struct schedule *s, struct schedule_site *site, struct arena *arena,
                  struct schedule_words *words_out)
{
	*words_out = (struct schedule_words){ .state = "ok" };
	speak(&(struct speech){ .s = s, .site = site, .arena = arena, .words = words_out,
	                        .reason = schedule_wait_site(s, site) });
}

/* say_holds - several that keep it together, or some that keep a part of it: releasing one
 * does not release the queue. */
static void
say_holds(const struct speech *is)
{
	size_t holds = schedule_hold_count(is->queue);
	struct schedule_words *words = is->words;
	const char *some;

	if (is->reason.constraint == SCHEDULE_BY_HOLD) {
		if (holds < 2)
			return;
		words->state = arena_printf(is->arena, "HELD by %zu holds", holds);
		words->why = arena_printf(is->arena, "%zu holds keep all of it, each a part "
		                          "(relaycli queue holds)", holds);
		words->wait.cause = arena_printf(is->arena, "%zu holds", holds);
		words->wait.until_unix_ms = 0;
		return;
	}
	if (holds == 0)
		return;
	some = arena_printf(is->arena, "%zu hold%s some of it (relaycli queue holds)", holds,
	                    holds == 1 ? " keeps" : "s keep");
	words->why = words->why ? arena_printf(is->arena, "%s; %s", words->why, some) : some;
}

void
schedule_why_queue(struct schedule *s, struct schedule_queue *queue, struct arena *arena,
                   struct schedule_words *words_out)
{
	struct speech is = { .s = s, .queue = queue, .arena = arena, .words = words_out,
		             .reason = schedule_wait_queue(s, queue) };

	is.site = is.reason.site;
	*words_out = (struct schedule_words){ .state = "ok",
		                              .last_reply = queue_reply(queue->reply, arena) };
	speak(&is);
	say_holds(&is);
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

/* its turn is not next: say about when, if that can be told, or behind how many */
static const char *
turn_text(const struct schedule *s, const struct schedule_reason *reason, struct arena *arena)
{
	char count[UNITS_TEXT_SIZE];

	if (reason->projected_mono_ms > s->now_mono_ms + 1000)
		return reason->projected_mono_ms == reason->until_mono_ms
		               ? "" /* said already: until when */
		               : arena_printf(arena, "; its turn comes about %s",
				              when_text(s, reason->projected_mono_ms, arena));
	if (reason->ahead == 0)
		return reason->is_far ? "; many are before it" : "";
	units_format_count(reason->ahead, count);
	return arena_printf(arena, "; at most %s %s before it", count,
			    reason->ahead == 1 ? "is" : "are");
}

static const char *
under_way_text(const struct schedule *s, const struct schedule_recipient *r,
	       const struct schedule_reason *reason, struct arena *arena)
{
	const struct schedule_exchange *exchange = r->lane->exchange;
	const char *to = exchange ? arena_printf(arena, "handed to %s", exchange->site->name)
				  : "delivered";
	char so_long[UNITS_TEXT_SIZE];

	units_format_duration((s->now_mono_ms - reason->since_mono_ms) / 1000 * 1000, so_long);
	return s->now_mono_ms - reason->since_mono_ms < UNDER_WAY_LONG_MS
		       ? arena_printf(arena, "is being %s now", to)
		       : arena_printf(arena, "is being %s now, for %s", to, so_long);
}

/* say_recipient - its constraint in words.why, and as a clause. */
static void
say_recipient(struct schedule *s, struct schedule_recipient *r,
	      const struct schedule_reason *reason, struct arena *arena,
	      struct schedule_words *words)
{
	struct speech is = { .s = s, .queue = r->lane->queue, .site = reason->site,
			     .arena = arena, .words = words, .reason = *reason };

	switch (reason->constraint) {
	case SCHEDULE_BY_NOTHING:
		words->why = under_way_text(s, r, reason, arena);
		words->clause = arena_printf(arena, "it %s", words->why);
		return;
	case SCHEDULE_BY_HOLD:
		if (reason->hold->kind == SCHEDULE_HOLD_MESSAGES)
			id_format(r->message->id, is.message_id);
		say_hold(&is);
		break;
	case SCHEDULE_BY_OWN_RETRY:
		words->why = arena_printf(arena, "attempt %u was answered \"%s\"; next attempt %s",
					  r->attempts,
					  r->reply ? schedule_why_reply(r->reply, arena)
						   : "before the relay was restarted",
					  when_text(s, reason->until_mono_ms, arena));
		return;
	case SCHEDULE_BY_SENDER:
		words->why = arena_printf(arena, "is scheduled by its sender, to be sent %s",
					  when_text(s, reason->until_mono_ms, arena));
		return;
	default:
		speak(&is);
		break;
	}
	if (words->why && reason->constraint != SCHEDULE_BY_TURN)
		words->why = arena_printf(arena, "waits: %s%s", words->why,
					  turn_text(s, reason, arena));
	else
		words->why = arena_printf(arena, "waits for its turn%s",
					  *turn_text(s, reason, arena)
						  ? turn_text(s, reason, arena)
						  : ", which is next");
	if (words->clause && reason->ahead > 0)
		words->clause = arena_printf(arena, "%s, and at most %llu recipient%s before it",
					     words->clause, (unsigned long long)reason->ahead,
					     reason->ahead == 1 ? " is" : "s are");
}

const char *
schedule_why_recipient(struct schedule *s, struct schedule_recipient *r, struct arena *arena,
                       struct schedule_wait *wait_out)
{
	struct schedule_reason reason = schedule_wait_recipient(s, r);
	struct schedule_words words = { .state = "ok" };

	say_recipient(s, r, &reason, arena, &words);
	fill_wait(s, &reason, arena, wait_out);
	wait_out->clause = words.clause;
	return arena_printf(arena, "%s %s; %s", r->address, words.why,
	                    expiry_text(s, r->message, arena));
}
