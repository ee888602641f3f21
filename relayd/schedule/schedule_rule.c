/* schedule_rule.c - reply rules at work: a provider's words, so often, and what
 * follows for the site or for the credential whose mail it was.
 *
 * A job counts once for a rule, however many of its recipients were told the same.
 * A credential that is stopped at a site keeps its mail in its lanes, which hang
 * out until its time is over, a restart in between or not, or an operator lifts it
 * (schedule_stop.c); others go on.
 * Thread: scheduler. */
#include "schedule/schedule_site.h"

#include <inttypes.h>
#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_pick.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_source.h"
#include "schedule/schedule_turn.h"

/* ---- credentials stopped at a site --------------------------------------------------- */

static struct schedule_stop *
find_stop(const struct schedule_site *site, uint64_t credential_id)
{
	for (struct list *l = site->stops.next; l != &site->stops; l = l->next) {
		struct schedule_stop *stop = LIST_OWNER(l, struct schedule_stop, link);

		if (stop->credential_id == credential_id)
			return stop;
	}
	return NULL;
}

const struct schedule_stop *
schedule_rule_stop_of(const struct schedule *s, const struct schedule_site *site,
                      uint64_t credential_id)
{
	const struct schedule_stop *stop = find_stop(site, credential_id);

	return stop && stop->until_mono_ms > s->now_mono_ms ? stop : NULL;
}

/* all lanes of a credential at a site, in or out as it is now */
static void
update_lanes(struct schedule *s, struct schedule_site *site, uint64_t credential_id)
{
	for (struct list *e = site->exchanges.next; e != &site->exchanges; e = e->next) {
		struct list *paths = &LIST_OWNER(e, struct schedule_exchange, in_site)->paths;

		for (struct list *p = paths->next; p != paths; p = p->next) {
			struct list *lanes =
				&LIST_OWNER(p, struct schedule_path, in_exchange)->queue->lanes;

			for (struct list *l = lanes->next; l != lanes; l = l->next) {
				struct schedule_lane *lane =
					LIST_OWNER(l, struct schedule_lane, in_queue);

				if (lane->credential->id == credential_id)
					schedule_pick_update(s, lane);
			}
		}
	}
}

static void
free_stop(struct schedule_stop *stop)
{
	list_remove(&stop->link);
	mem_free(stop->rule);
	schedule_reply_unref(&stop->reply);
	mem_free(stop);
}

static void
put_stop(struct schedule_site *site, uint64_t credential_id, int64_t until_mono_ms,
         struct span rule, struct schedule_reply *reply)
{
	struct schedule_stop *stop = find_stop(site, credential_id);

	if (stop == NULL) {
		stop = mem_zero(1, sizeof *stop);
		stop->credential_id = credential_id;
		list_push_back(&site->stops, &stop->link);
	}
	if (stop->until_mono_ms >= until_mono_ms)
		return;
	stop->until_mono_ms = until_mono_ms;
	mem_free(stop->rule);
	stop->rule = rule.n > 0 ? mem_strndup(rule.p, rule.n) : NULL;
	schedule_reply_unref(&stop->reply);
	stop->reply = schedule_reply_ref(reply);
}

static bool
is_same_provider(const struct schedule_site *a, const struct schedule_site *b)
{
	return a->is_provider && b->is_provider && strcmp(a->name, b->name) == 0;
}

/* stop_credential - what it sends is the matter, whatever address it leaves by: at all sites
 * of the provider, and those that come later inherit it. */
static void
stop_credential(struct schedule *s, struct schedule_site *site, uint64_t credential_id,
                const struct config_reply_rule *rule, struct schedule_reply *reply)
{
	int64_t until_mono_ms = s->now_mono_ms + rule->for_ms;

	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		struct schedule_site *other = LIST_OWNER(l, struct schedule_site, in_all);

		if (!is_same_provider(site, other))
			continue;
		put_stop(other, credential_id, until_mono_ms, span_of(rule->name), reply);
		update_lanes(s, other, credential_id);
		schedule_rule_set_timer(s, other);
		schedule_saved_mark(s, other);
	}
}

void
schedule_rule_inherit(struct schedule *s, struct schedule_site *site)
{
	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		const struct schedule_site *other = LIST_OWNER(l, struct schedule_site, in_all);

		if (other == site || !is_same_provider(site, other))
			continue;
		for (struct list *k = other->stops.next; k != &other->stops; k = k->next) {
			const struct schedule_stop *stop =
				LIST_OWNER(k, struct schedule_stop, link);

			put_stop(site, stop->credential_id, stop->until_mono_ms,
			         span_of(stop->rule), stop->reply);
		}
	}
	schedule_rule_set_timer(s, site);
}

static void
end_stop(struct schedule *s, struct schedule_site *site, struct schedule_stop *stop)
{
	uint64_t credential_id = stop->credential_id;

	free_stop(stop);
	update_lanes(s, site, credential_id);
	schedule_saved_mark(s, site);
}

void
schedule_rule_lift(struct schedule *s, const struct schedule_site *site, uint64_t credential_id)
{
	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		struct schedule_site *other = LIST_OWNER(l, struct schedule_site, in_all);
		struct schedule_stop *stop = is_same_provider(site, other)
		                                     ? find_stop(other, credential_id) : NULL;

		if (stop)
			end_stop(s, other, stop);
	}
}

/* As "CREDENTIAL_ID UNTIL_UNIX_MS RULE;" each. Number 0 is no credential: the rule that left
 * the site one connection. Its time has a column of its own. */
const char *
schedule_rule_save_stops(const struct schedule *s, const struct schedule_site *site,
                         struct arena *arena)
{
	const char *text = "";

	for (struct list *l = site->stops.next; l != &site->stops; l = l->next) {
		const struct schedule_stop *stop = LIST_OWNER(l, struct schedule_stop, link);

		text = arena_printf(arena, "%s%" PRIu64 " %" PRId64 " %s;", text,
		                    stop->credential_id,
		                    schedule_unix_ms(s, stop->until_mono_ms),
		                    stop->rule ? stop->rule : "");
	}
	if (site->single_cause && site->gate.single_until_mono_ms > s->now_mono_ms)
		text = arena_printf(arena, "%s0 %" PRId64 " %s;", text,
		                    schedule_unix_ms(s, site->gate.single_until_mono_ms),
		                    site->single_cause);
	return text;
}

static void
restore_stop(struct schedule *s, struct schedule_site *site, struct span text)
{
	struct span rest, rule, id = span_cut(text, ' ', &rest), until = span_cut(rest, ' ', &rule);
	unsigned long long number, unix_ms;

	if (!span_to_u64(id, &number) || !span_to_u64(until, &unix_ms) || unix_ms >= INT64_MAX
	    || (int64_t)unix_ms <= s->now_unix_ms)
		return;
	if (number == 0)
		site->single_cause = mem_strndup(rule.p, rule.n);
	else
		put_stop(site, number, schedule_mono_ms(s, (int64_t)unix_ms), rule, NULL);
}

void
schedule_rule_restore_stops(struct schedule *s, struct schedule_site *site, const char *text)
{
	struct span rest = span_of(text);

	while (rest.n > 0)
		restore_stop(s, site, span_cut(rest, ';', &rest));
	schedule_rule_set_timer(s, site);
}

void
schedule_rule_set_timer(struct schedule *s, struct schedule_site *site)
{
	int64_t due = INT64_MAX;

	for (struct list *l = site->stops.next; l != &site->stops; l = l->next) {
		struct schedule_stop *stop = LIST_OWNER(l, struct schedule_stop, link);

		if (stop->until_mono_ms < due)
			due = stop->until_mono_ms;
	}
	if (due < INT64_MAX && (!heap_has(&site->due) || site->due.key > due))
		schedule_site_wait_until(s, site, due);
}

void
schedule_rule_due(struct schedule *s, struct schedule_site *site)
{
	struct list *l = site->stops.next, *next;

	for (; l != &site->stops; l = next) {
		struct schedule_stop *stop = LIST_OWNER(l, struct schedule_stop, link);

		next = l->next;
		if (stop->until_mono_ms <= s->now_mono_ms)
			end_stop(s, site, stop);
	}
	schedule_rule_set_timer(s, site);
}

/* ---- rules --------------------------------------------------------------------------- */

/* A configuration was read: counting begins anew. */
void
schedule_rule_forget(struct schedule_site *site)
{
	for (size_t i = 0; i < site->tallies; i++)
		pace_tally_deinit(&site->tally[i]);
	mem_free(site->tally);
	site->tally = NULL;
	site->tallies = 0;
}

void
schedule_rule_deinit(struct schedule_site *site)
{
	schedule_rule_forget(site);
	while (!list_is_empty(&site->stops))
		free_stop(LIST_OWNER(site->stops.next, struct schedule_stop, link));
	mem_free(site->cause);
	mem_free(site->single_cause);
}

static void
say(struct schedule *s, struct schedule_site *site, const struct config_reply_rule *rule,
    const struct schedule_credential *credential, const struct mail_event *cause)
{
	struct mail_event event = *cause;
	struct arena *arena = arena_new(0);
	char time[UNITS_TEXT_SIZE], period[UNITS_TEXT_SIZE];

	units_format_duration(rule->for_ms, time);
	units_format_duration(rule->threshold.period_ms, period);
	event.id = 0;
	event.kind = MAIL_EVENT_THROTTLE_CHANGED;
	event.message_id = 0;
	event.recipient = NULL;
	event.site = site->name;
	event.source_address = site->source;
	event.credential = rule->action == CONFIG_ACTION_STOP_CREDENTIAL ? credential->name : NULL;
	event.next_attempt_unix_ms = 0;
	event.detail = arena_printf(arena, "rule %s: %s for %s (%u times within %s)", rule->name,
	                            config_action_name(rule->action), time, rule->threshold.count,
	                            period);
	schedule_record_act(s, &event);
	schedule_site_note(s, site, event.detail);
	arena_free(&arena);
}

static void
remember(char **cause, const struct config_reply_rule *rule)
{
	mem_free(*cause);
	*cause = mem_strdup(rule->name);
}

static void
act(struct schedule *s, struct schedule_site *site, const struct config_reply_rule *rule,
    const struct schedule_credential *credential, const struct mail_event *event)
{
	struct schedule_reply *reply = schedule_reply_of(event);

	say(s, site, rule, credential, event);
	if (rule->action == CONFIG_ACTION_STOP_CREDENTIAL) {
		stop_credential(s, site, credential->id, rule, reply);
	} else if (rule->action == CONFIG_ACTION_SLOW) {
		schedule_site_hear(s, site, reply,
		                   &(struct pace_report){ .news = PACE_THROTTLED,
		                                          .began_mono_ms = s->now_mono_ms });
	} else if (rule->action == CONFIG_ACTION_ONE_CONNECTION) {
		remember(&site->single_cause, rule);
		site->gate.single_until_mono_ms = s->now_mono_ms + rule->for_ms;
		schedule_site_refresh(s, site);
		schedule_saved_mark(s, site);
	} else { /* a site is a provider from one source address: stopping that is a pause */
		remember(&site->cause, rule);
		schedule_site_pause(s, site, reply, rule->for_ms);
		if (rule->action == CONFIG_ACTION_STOP_SOURCE)
			schedule_source_rejoin(s, site);
	}
	schedule_reply_unref(&reply);
}

/* mark_of - of the provider, 1 to 255: a byte is all that a message has room for. Two that are
 * alike only let a message of both wait longer at the second. */
static unsigned char
mark_of(const struct schedule_site *site)
{
	return (unsigned char)(1 + span_hash(span_of(site->name)) % 255);
}

/* hear_of_source - a rule matched of what the provider said of a message for which it had an
 * address stopped before. A message that is refused for the address it
 * came from may be tried by another one, but it alone must not stop a whole pool: with a
 * threshold of 1, as blocklists have, each address would refuse it in turn and be stopped.
 * So one message counts until it stopped one address. When a second refuses it as well, that
 * is about the message, or about all of us: it waits as long as the rule stops an address,
 * and tells nobody anything new. Others count as ever: a listing that is real is found by
 * theirs. Forgotten with a restart, after which it may stop one more.
 * Returns whether it counts; else *again_ms_out is how long it is left alone. */
static bool
hear_of_source(const struct config_reply_rule *rule, int64_t *again_ms_out)
{
	if (rule->action != CONFIG_ACTION_STOP_SOURCE)
		return true;
	if (rule->for_ms > *again_ms_out)
		*again_ms_out = rule->for_ms;
	return false;
}

int64_t
schedule_rule_hear(struct schedule *s, struct schedule_site *site, struct schedule_message *m,
                   const struct mail_event *event)
{
	size_t count = pace_rules_count(s->rules);
	bool had_stopped = m->stopped_at == mark_of(site);
	int64_t again_ms = 0;

	if (!site->is_provider || count == 0)
		return 0;
	if (site->tally == NULL) {
		site->tally = mem_zero(count, sizeof *site->tally);
		site->tallies = count;
	}
	for (size_t i = pace_rules_next(s->rules, site->name, event->reply, 0); i < count;
	     i = pace_rules_next(s->rules, site->name, event->reply, i + 1)) {
		const struct config_reply_rule *rule = pace_rules_row(s->rules, i);

		if ((had_stopped && !hear_of_source(rule, &again_ms))
		    || !pace_tally_count(&site->tally[i], rule->threshold, s->now_mono_ms))
			continue;
		if (rule->action == CONFIG_ACTION_STOP_SOURCE)
			m->stopped_at = mark_of(site);
		act(s, site, rule, m->credential, event);
	}
	return again_ms;
}
