/* schedule_stop.c - what stands at sites besides limits: pauses and stops by reply rules, and
 * what a site asked for or brought about itself. Said with what ends it, and lifted by
 * operators.
 *
 * A back-off is no rule's: nobody lifts it, a flush asks at once instead. Nothing is kept for
 * the list; it is found in the sites, and, of those that no mail goes to since a restart, in
 * what the store had. Thread: scheduler. */
#include <string.h>

#include "schedule/schedule_hold.h"
#include "schedule/schedule_site.h"

#include <assert.h>
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_queue.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"
#include "schedule/schedule_wait.h"
#include "store/store_audit.h"

#define FIRST_ROWS 16

static const char *const names[] = {
	[SCHEDULE_STOP_PAUSE] = "pause",
	[SCHEDULE_STOP_SOURCE] = "stop_source",
	[SCHEDULE_STOP_CREDENTIAL] = "stop_credential",
	[SCHEDULE_STOP_SINGLE] = "one_connection",
	[SCHEDULE_STOP_BACKOFF] = "backoff",
	[SCHEDULE_STOP_UNREACHABLE] = "unreachable",
};
static_assert(sizeof names / sizeof names[0] == SCHEDULE_STOP_COUNT, "a name for each");

const char *
schedule_stop_name(enum schedule_stop_kind kind)
{
	return kind < SCHEDULE_STOP_COUNT ? names[kind] : "?";
}

/* ---- rows ---------------------------------------------------------------------------- */

static struct schedule_stop_row *
push(struct schedule_ask *ask, const struct schedule_stop_row *row)
{
	if (ask->stops == 0 || (ask->stops >= FIRST_ROWS && !(ask->stops & (ask->stops - 1)))) {
		size_t room = ask->stops ? 2 * ask->stops : FIRST_ROWS;
		struct schedule_stop_row *more = arena_alloc(ask->arena, room * sizeof *more);

		for (size_t i = 0; i < ask->stops; i++)
			more[i] = ask->stop[i];
		ask->stop = more;
	}
	ask->stop[ask->stops] = *row;
	return &ask->stop[ask->stops++];
}

static const char *
credential_name(const struct schedule *s, uint64_t id)
{
	const struct account_credential *account =
		account_snapshot_credential_by_id(s->accounts, id);

	return account ? account->name : "one that is gone";
}

static const char *
reply_text(const struct schedule_reply *reply, struct arena *arena)
{
	return reply ? schedule_why_reply(reply, arena) : NULL;
}

/* add - a rule's, with the way out. */
static void
add(struct schedule *s, struct schedule_ask *ask, const struct schedule_site *site,
    enum schedule_stop_kind kind, const char *rule, const struct schedule_reply *reply,
    int64_t until_mono_ms)
{
	const char *scope = schedule_throttle_scope(site, ask->arena);

	push(ask, &(struct schedule_stop_row){
		.kind = kind, .scope = scope, .site = arena_strdup(ask->arena, site->name),
		.source_address = site->source,
		.rule = arena_strdup(ask->arena, rule),
		.cause = reply_text(reply, ask->arena),
		.until_unix_ms = schedule_unix_ms(s, until_mono_ms),
		.undo = arena_printf(ask->arena, "throttle clear %s %s", scope, names[kind]) });
}

/* is_told - it stands at each site of the provider, and is one row. */
static bool
is_told(const struct schedule_ask *ask, const struct schedule_site *site, const char *credential)
{
	for (size_t i = 0; i < ask->stops; i++)
		if (ask->stop[i].credential && strcmp(ask->stop[i].credential, credential) == 0
		    && strcmp(ask->stop[i].site, site->name) == 0)
			return true;
	return false;
}

static void
add_credential(struct schedule *s, struct schedule_ask *ask, const struct schedule_site *site,
               const struct schedule_stop *stop)
{
	const char *credential = credential_name(s, stop->credential_id);
	struct schedule_stop_row *row;

	if (is_told(ask, site, credential))
		return;
	add(s, ask, site, SCHEDULE_STOP_CREDENTIAL, stop->rule, stop->reply, stop->until_mono_ms);
	row = &ask->stop[ask->stops - 1];
	row->source_address = NULL; /* at all sites of the provider */
	row->credential = arena_strdup(ask->arena, credential);
}

/* waiting_queue - one of its queues with mail: that may be flushed. */
static const struct schedule_queue *
waiting_queue(const struct schedule_site *site)
{
	for (struct list *e = site->exchanges.next; e != &site->exchanges; e = e->next) {
		struct list *paths = &LIST_OWNER(e, struct schedule_exchange, in_site)->paths;

		for (struct list *p = paths->next; p != paths; p = p->next) {
			const struct schedule_queue *queue =
				LIST_OWNER(p, struct schedule_path, in_exchange)->queue;

			if (schedule_queue_waiting(queue) > 0)
				return queue;
		}
	}
	return NULL;
}

static void
add_backoff(struct schedule *s, struct schedule_ask *ask, const struct schedule_site *site)
{
	const struct pace_backoff *backoff = &site->gate.backoff;
	const struct schedule_queue *queue = waiting_queue(site);

	push(ask, &(struct schedule_stop_row){
		.kind = site->reply && site->reply->code ? SCHEDULE_STOP_BACKOFF
		                                         : SCHEDULE_STOP_UNREACHABLE,
		.scope = schedule_throttle_scope(site, ask->arena),
		.site = arena_strdup(ask->arena, site->name), .source_address = site->source,
		.cause = reply_text(site->reply, ask->arena),
		.until_unix_ms = backoff->until_mono_ms > s->now_mono_ms
		                         ? schedule_unix_ms(s, backoff->until_mono_ms) : 0,
		.undo = queue ? arena_printf(ask->arena, "queue flush %s", queue->name) : NULL });
}

static void
add_site(struct schedule *s, struct schedule_ask *ask, const struct schedule_site *site)
{
	const struct pace_gate *gate = &site->gate;
	bool is_paused = s->now_mono_ms < gate->pause_until_mono_ms && site->cause;

	if (is_paused)
		add(s, ask, site, schedule_source_is_stopped(s, site) ? SCHEDULE_STOP_SOURCE
		                                                      : SCHEDULE_STOP_PAUSE,
		    site->cause, site->reply, gate->pause_until_mono_ms);
	for (struct list *l = site->stops.next; l != &site->stops; l = l->next) {
		const struct schedule_stop *stop = LIST_OWNER(l, struct schedule_stop, link);

		if (stop->until_mono_ms > s->now_mono_ms)
			add_credential(s, ask, site, stop);
	}
	if (s->now_mono_ms < gate->single_until_mono_ms)
		add(s, ask, site, SCHEDULE_STOP_SINGLE, site->single_cause, NULL,
		    gate->single_until_mono_ms);
	if (gate->backoff.failures > 0
	    && !(is_paused && gate->pause_until_mono_ms >= gate->backoff.until_mono_ms))
		add_backoff(s, ask, site);
}

/* add_saved - of a site that no mail goes to since the restart: it has no provider, or that
 * would be there. "- from=ADDRESS host:port ...", "smarthost:NAME from=..." */
static void
add_saved(struct schedule *s, struct schedule_ask *ask, const struct store_pace *row)
{
	struct span rest, name = span_cut(span_of(row->site), ' ', &rest), port;
	struct span address = span_cut(rest, ' ', &rest), equals;
	bool is_direct = span_is(name, "-");
	char *host = arena_span(ask->arena, is_direct ? span_cut(rest, ':', &port) : name);

	if (row->failures == 0 || row->backoff_until_unix_ms <= s->now_unix_ms)
		return;
	span_cut(address, '=', &equals);
	push(ask, &(struct schedule_stop_row){
		.kind = row->code ? SCHEDULE_STOP_BACKOFF : SCHEDULE_STOP_UNREACHABLE,
		.scope = arena_printf(ask->arena, "site:%s", host), .site = host,
		.source_address = equals.n > 0 ? arena_span(ask->arena, equals) : NULL,
		.cause = row->code ? arena_printf(ask->arena, "%d %.*s", row->code,
		                                  (int)row->reply.n, row->reply.p)
		                   : arena_span(ask->arena, row->reply),
		.until_unix_ms = row->backoff_until_unix_ms });
}

/* is_meant - of a credential's scope only its stops are, of an address's none of them. */
static bool
is_meant(const struct schedule_stop_row *row, const char *scope)
{
	struct span name, kind = span_cut(span_of(scope), ':', &name);

	if (span_is(kind, "ip"))
		return row->credential == NULL;
	return !span_is(kind, "cred") || (row->credential && span_is(name, row->credential));
}

static bool
has_site(const char *scope, const struct schedule_site *site)
{
	return scope == NULL || schedule_hold_is_of_credential(scope)
	       || schedule_throttle_concerns(scope, site);
}

void
schedule_stop_list(struct schedule *s, struct schedule_ask *ask)
{
	const struct store_pace *row;
	size_t cursor = 0, kept = 0;

	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		const struct schedule_site *site = LIST_OWNER(l, struct schedule_site, in_all);

		if (has_site(ask->match, site))
			add_site(s, ask, site);
	}
	while (ask->match == NULL && (row = schedule_saved_next(s, &cursor)) != NULL)
		add_saved(s, ask, row);
	for (size_t i = 0; i < ask->stops && ask->match; i++)
		if (is_meant(&ask->stop[i], ask->match))
			ask->stop[kept++] = ask->stop[i];
	if (ask->match)
		ask->stops = kept;
}

/* ---- lifted by an operator ----------------------------------------------------------- */

struct lifting {
	struct schedule *s;
	struct schedule_ask *ask;
	struct schedule_site *site;
};

static bool
wants(const struct lifting *lifting, enum schedule_stop_kind kind)
{
	const struct schedule_ask *ask = lifting->ask;

	if (ask->quantity != SCHEDULE_QUANTITY_COUNT)
		return false;
	return ask->stop_kind == SCHEDULE_STOP_COUNT || ask->stop_kind == kind;
}

/* note - said to who asked, in the history of the site, and as an event. */
static void
note(const struct lifting *lifting, const char *words)
{
	struct schedule_ask *ask = lifting->ask;
	const char *line = arena_printf(ask->arena, "%s lifted by %s%s%s", words,
	                                ask->by ? ask->by : "somebody", ask->reason ? ": " : "",
	                                ask->reason ? ask->reason : "");

	ask->sentence[ask->rows++] = words;
	ask->did = store_audit_add(ask->arena, ask->did, words);
	schedule_record_act(lifting->s, &(struct mail_event){
		.kind = MAIL_EVENT_THROTTLE_CHANGED, .site = lifting->site->name,
		.source_address = lifting->site->source, .detail = line });
	schedule_site_note(lifting->s, lifting->site, line);
}

static void
lift_pause(const struct lifting *lifting)
{
	const struct schedule_site *site = lifting->site;
	bool is_source = schedule_source_is_stopped(lifting->s, site);

	if (site->cause == NULL || lifting->s->now_mono_ms >= site->gate.pause_until_mono_ms
	    || !wants(lifting, is_source ? SCHEDULE_STOP_SOURCE : SCHEDULE_STOP_PAUSE))
		return;
	note(lifting, arena_printf(lifting->ask->arena, "rule %s: %s of %s%s%s", site->cause,
	                           names[is_source ? SCHEDULE_STOP_SOURCE : SCHEDULE_STOP_PAUSE],
	                           site->name, site->source ? " from " : "",
	                           site->source ? site->source : ""));
	schedule_site_resume(lifting->s, lifting->site);
}

static void
lift_single(const struct lifting *lifting)
{
	const struct schedule_site *site = lifting->site;

	if (lifting->s->now_mono_ms >= site->gate.single_until_mono_ms
	    || !wants(lifting, SCHEDULE_STOP_SINGLE))
		return;
	note(lifting, arena_printf(lifting->ask->arena, "rule %s: one_connection of %s%s%s",
	                           site->single_cause ? site->single_cause : "?", site->name,
	                           site->source ? " from " : "",
	                           site->source ? site->source : ""));
	schedule_site_widen(lifting->s, lifting->site);
}

static void
lift_credentials(const struct lifting *lifting)
{
	struct schedule_site *site = lifting->site;
	struct list *l = site->stops.next, *next;
	struct span name, kind = span_cut(span_of(lifting->ask->match), ':', &name);

	for (; l != &site->stops; l = next) {
		struct schedule_stop *stop = LIST_OWNER(l, struct schedule_stop, link);
		const char *credential = credential_name(lifting->s, stop->credential_id);

		next = l->next;
		if (stop->until_mono_ms <= lifting->s->now_mono_ms
		    || (span_is(kind, "cred") && !span_is(name, credential)))
			continue;
		note(lifting, arena_printf(lifting->ask->arena,
		                           "rule %s: stop_credential of %s at %s",
		                           stop->rule ? stop->rule : "that is gone",
		                           credential, site->name));
		schedule_rule_lift(lifting->s, site, stop->credential_id);
	}
}

void
schedule_stop_clear(struct schedule *s, struct schedule_ask *ask)
{
	bool is_credential = schedule_hold_is_of_credential(ask->match);
	bool is_address = strncmp(ask->match, "ip:", 3) == 0;

	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		struct lifting lifting = { s, ask, LIST_OWNER(l, struct schedule_site, in_all) };

		if (!has_site(ask->match, lifting.site))
			continue;
		if (wants(&lifting, SCHEDULE_STOP_CREDENTIAL) && !is_address)
			lift_credentials(&lifting);
		if (is_credential)
			continue;
		lift_pause(&lifting);
		lift_single(&lifting);
	}
}
