/* schedule_throttle.c - limits that operators set for a while, and the list of all
 * limits as they are now.
 *
 * A scope is provider:NAME, domain:NAME (the site that domain's mail goes to) or
 * ip:ADDRESS (every site, from that source address). Of several that concern a site
 * the narrowest value counts; the adaptive pace stays inside. Each has an end;
 * what is to stay belongs into relayd.conf. Thread: scheduler. */
#include "schedule/schedule_site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_outcome.h"
#include "schedule/schedule_turn.h"
#include "schedule/schedule_wait.h"
#include "store/store_audit.h"

#define MICRO 1e6

static const char *const quantity_names[SCHEDULE_QUANTITY_COUNT] = {
	[SCHEDULE_RATE] = "rate",
	[SCHEDULE_CONNECTIONS] = "max_connections",
	[SCHEDULE_SESSION] = "messages_per_connection",
};

const char *
schedule_quantity_name(enum schedule_quantity quantity)
{
	return quantity < SCHEDULE_QUANTITY_COUNT ? quantity_names[quantity] : "?";
}

/* ---- which sites --------------------------------------------------------------------- */

static bool
has_domain(const struct schedule_site *site, struct span domain)
{
	for (struct list *e = site->exchanges.next; e != &site->exchanges; e = e->next) {
		struct list *paths = &LIST_OWNER(e, struct schedule_exchange, in_site)->paths;

		for (struct list *p = paths->next; p != paths; p = p->next)
			if (span_is_nocase(domain, LIST_OWNER(p, struct schedule_path, in_exchange)
			                                   ->queue->name))
				return true;
	}
	return false;
}

bool
schedule_throttle_concerns(const char *scope, const struct schedule_site *site)
{
	struct span value, kind = span_cut(span_of(scope), ':', &value);

	if (span_is(kind, "provider"))
		return site->is_provider && span_is(value, site->name);
	if (span_is(kind, "ip"))
		return site->source && span_is(value, site->source);
	return span_is(kind, "domain") && has_domain(site, value);
}

static uint32_t
fewer(uint32_t a, int64_t b)
{
	return b < a ? (uint32_t)b : a;
}

/* An operator may also allow more than the rule does: the first counts as it is. */
void
schedule_throttle_apply(const struct schedule *s, const struct schedule_site *site,
                        struct pace_limits *limits)
{
	bool is_set[SCHEDULE_QUANTITY_COUNT] = { false };

	for (struct list *l = s->throttles.next; l != &s->throttles; l = l->next) {
		const struct schedule_throttle *t = LIST_OWNER(l, struct schedule_throttle, link);
		double rate = (double)t->value / MICRO;
		bool is_first = !is_set[t->quantity];

		if (!schedule_throttle_concerns(t->scope, site))
			continue;
		is_set[t->quantity] = true;
		if (t->quantity == SCHEDULE_RATE && (is_first || rate < limits->rate_max))
			limits->rate_max = rate;
		else if (t->quantity == SCHEDULE_CONNECTIONS)
			limits->connections_max = is_first ? (uint32_t)t->value
			                                   : fewer(limits->connections_max,
			                                           t->value);
		else if (t->quantity == SCHEDULE_SESSION)
			limits->session_max = is_first ? (uint32_t)t->value
			                               : fewer(limits->session_max, t->value);
		if (limits->rate_max > 0 && limits->rate_min > limits->rate_max)
			limits->rate_min = limits->rate_max;
	}
}

/* narrowest_after - of the rates set by hand that still stand at that time; NULL: none. */
static const struct schedule_throttle *
narrowest_after(const struct schedule *s, const struct schedule_site *site, int64_t mono_ms)
{
	const struct schedule_throttle *found = NULL;

	for (struct list *l = s->throttles.next; l != &s->throttles; l = l->next) {
		const struct schedule_throttle *t = LIST_OWNER(l, struct schedule_throttle, link);

		if (t->quantity == SCHEDULE_RATE && t->due.key > mono_ms
		    && schedule_throttle_concerns(t->scope, site)
		    && (found == NULL || t->value < found->value))
			found = t;
	}
	return found;
}

/* rate_with - messages a second, with t alone of what is set by hand (NULL: nothing is), and
 * what the site tolerated; 0: no limit. */
static double
rate_with(const struct schedule_site *site, const struct schedule_throttle *t)
{
	double rate = t ? (double)t->value / MICRO : site->by_rule.rate_max;
	double target = site->gate.control.target;

	return target > 0 && (rate <= 0 || target < rate) ? target : rate;
}

int64_t
schedule_throttle_project(const struct schedule *s, const struct schedule_site *site,
                          uint64_t messages, double per_ms, int64_t first_mono_ms)
{
	const struct schedule_throttle *t = narrowest_after(s, site, s->now_mono_ms);
	int64_t from = first_mono_ms, turn;
	double left = (double)messages - 1;

	for (;;) {
		turn = left / per_ms < 1e12 ? from + (int64_t)(left / per_ms) : INT64_MAX;
		if (t == NULL || turn <= t->due.key)
			return turn;
		if (t->due.key > from)
			left -= (double)(t->due.key - from) * per_ms;
		from = t->due.key; /* what was taken is due by the next pace: one goes at once */
		t = narrowest_after(s, site, from);
		per_ms = rate_with(site, t) / 1000;
		if (per_ms <= 0)
			return from;
	}
}

static uint32_t
configure_sites(struct schedule *s, const char *scope, const char *words)
{
	uint32_t sites = 0;

	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		struct schedule_site *site = LIST_OWNER(l, struct schedule_site, in_all);

		if (!schedule_throttle_concerns(scope, site))
			continue;
		schedule_site_configure(s, site);
		schedule_site_note(s, site, words);
		sites++;
	}
	return sites;
}

/* ---- scopes -------------------------------------------------------------------------- */

/* check_scope - is_of_stops: a credential may be stopped by a rule, but has no limits. */
static int
check_scope(const char *scope, bool is_of_stops, struct err *err)
{
	struct span value, kind = span_cut(span_of(scope), ':', &value);

	if (span_is(kind, "cred") && value.n > 0 && is_of_stops)
		return 0;
	if (span_is(kind, "cred"))
		return err_set(err, ERR_INPUT, EINVAL,
		               "a credential has no pace of its own in this version; hold it, or "
		               "limit the provider");
	if (value.n == 0 || !(span_is(kind, "provider") || span_is(kind, "domain")
	                      || span_is(kind, "ip")))
		return err_set(err, ERR_INPUT, EINVAL,
		               "%.60s is no scope: write provider:NAME, domain:NAME or ip:ADDRESS",
		               scope);
	return 0;
}

/* check_known - a provider, an address or a credential has to be known, so that a misspelt
 * one is not waited for in vain. A domain is when mail goes there. */
static int
check_known(const struct schedule *s, const char *scope, struct err *err)
{
	struct span name, kind = span_cut(span_of(scope), ':', &name);

	if (span_is(kind, "domain"))
		return 0;
	for (size_t i = 0; i < s->config->providers; i++)
		if (span_is(kind, "provider") && span_is(name, s->config->provider[i].name))
			return 0;
	if (span_is(kind, "provider"))
		return err_set(err, ERR_INPUT, ENOENT,
		               "there is no provider %.*s; relaycli config show lists them",
		               (int)name.n, name.p);
	if (span_is(kind, "cred") && account_snapshot_credential(s->accounts, name) == NULL)
		return err_set(err, ERR_INPUT, ENOENT,
		               "there is no credential %.*s; relaycli credential list shows them",
		               (int)name.n, name.p);
	if (span_is(kind, "ip") && map_get(s->sources, name) == NULL)
		return err_set(err, ERR_INPUT, ENOENT,
		               "%.*s is in no pool; relaycli pool list shows those there are",
		               (int)name.n, name.p);
	return 0;
}

static bool
is_good(const struct schedule *s, struct schedule_ask *ask, bool is_of_stops)
{
	if (check_scope(ask->match, is_of_stops, &ask->err) == 0
	    && check_known(s, ask->match, &ask->err) == 0)
		return true;
	ask->result = -1;
	return false;
}

/* ---- the list ------------------------------------------------------------------------ */

const char *
schedule_throttle_scope(const struct schedule_site *site, struct arena *arena)
{
	const struct schedule_exchange *exchange;

	if (site->is_provider)
		return arena_printf(arena, "provider:%s", site->name);
	if (!list_is_empty(&site->exchanges)) {
		exchange = LIST_OWNER(site->exchanges.next, struct schedule_exchange, in_site);
		if (!list_is_empty(&exchange->paths))
			return arena_printf(arena, "domain:%s",
			                    LIST_OWNER(exchange->paths.next, struct schedule_path,
			                               in_exchange)->queue->name);
	}
	return arena_printf(arena, "site:%s", site->name);
}

/* The narrowest, which is the one that counts. */
const struct schedule_throttle *
schedule_throttle_at(const struct schedule *s, const struct schedule_site *site,
                     enum schedule_quantity quantity)
{
	const struct schedule_throttle *found = NULL;

	for (struct list *l = s->throttles.next; l != &s->throttles; l = l->next) {
		const struct schedule_throttle *t = LIST_OWNER(l, struct schedule_throttle, link);

		if (t->quantity == quantity && schedule_throttle_concerns(t->scope, site)
		    && (found == NULL || t->value < found->value))
			found = t;
	}
	return found;
}

static void
fill_numbers(const struct schedule *s, const struct schedule_site *site,
             struct schedule_throttle_row *row)
{
	const struct pace_control *control = &site->gate.control;
	int64_t now = s->now_mono_ms;

	if (row->quantity == SCHEDULE_RATE) {
		row->cap = pace_control_rate(control);
		row->by_rule = site->by_rule.rate_max;
		row->used = pace_control_accepted_rate(control, now);
		row->is_active = control->target > 0;
	} else if (row->quantity == SCHEDULE_CONNECTIONS) {
		row->cap = pace_control_window(control, now);
		row->by_rule = site->by_rule.connections_max;
		row->used = site->slots;
		/* a window that only has not opened yet is nobody's limit; what leaves one
		 * connection is told by itself: schedule_stop.c */
		row->is_active = control->crowd > 0 && row->cap < control->limits.connections_max
		                 && site->gate.backoff.failures == 0
		                 && now >= site->gate.single_until_mono_ms;
	} else {
		row->cap = pace_control_session(control, now);
		row->by_rule = site->by_rule.session_max;
		row->is_active = row->cap < control->limits.session_max;
	}
}

/* fill_set - what an operator set, whether or not it is what holds. */
static void
fill_set(const struct schedule_throttle *t, struct arena *arena, struct schedule_throttle_row *row)
{
	if (t == NULL)
		return;
	row->set_scope = arena_strdup(arena, t->scope);
	row->set_value = t->quantity == SCHEDULE_RATE ? (double)t->value / MICRO
	                                              : (double)t->value;
	row->set_who = arena_strdup(arena, t->by);
	row->set_reason = *t->reason ? arena_strdup(arena, t->reason) : NULL;
	row->set_until_unix_ms = t->until_unix_ms;
}

/* row_of - False: it is no limit, or as its rule has it and only others are wanted. The
 * numbers are there either way. */
static bool
row_of(const struct schedule *s, const struct schedule_site *site,
       enum schedule_quantity quantity, bool wants_all, struct schedule_throttle_row *row)
{
	*row = (struct schedule_throttle_row){ .quantity = quantity };
	fill_numbers(s, site, row);
	return row->cap > 0
	       && (wants_all || row->is_active || schedule_throttle_at(s, site, quantity));
}

#define ROUNDING 1e-9

/* fill_words - who wants it so, and until when; how much waits for it. */
static void
fill_words(const struct schedule *s, const struct schedule_site *site, struct arena *arena,
           struct schedule_throttle_row *row)
{
	const struct schedule_throttle *t = schedule_throttle_at(s, site, row->quantity);

	row->set_by = "rule";
	row->scope = schedule_throttle_scope(site, arena);
	row->source_address = site->source;
	row->queued = schedule_ask_queued(site);
	fill_set(t, arena, row);
	if (t && (!row->is_active || row->set_value <= row->cap * (1 + ROUNDING))) {
		row->set_by = arena_printf(arena, "operator %s", t->by);
		row->cause = row->set_reason;
		row->until_unix_ms = t->until_unix_ms;
		row->is_active = true;
	} else if (row->is_active) { /* below what an operator allows, if one said anything */
		row->set_by = "auto";
		row->cause = site->reply ? schedule_why_reply(site->reply, arena) : NULL;
	}
}

static int
by_time(const void *a, const void *b)
{
	const struct schedule_throttle_change *x = a, *y = b;

	return (x->at_unix_ms > y->at_unix_ms) - (x->at_unix_ms < y->at_unix_ms);
}

static void
list_changes(struct schedule *s, struct schedule_ask *ask)
{
	size_t most = 1;

	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next)
		most += LIST_OWNER(l, struct schedule_site, in_all)->histories;
	ask->change = arena_zero(ask->arena, most * sizeof *ask->change);
	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		struct schedule_site *site = LIST_OWNER(l, struct schedule_site, in_all);

		if (!schedule_throttle_concerns(ask->match, site))
			continue;
		for (struct list *h = site->history.next; h != &site->history; h = h->next) {
			struct schedule_note *note = LIST_OWNER(h, struct schedule_note, link);

			ask->change[ask->changes++] = (struct schedule_throttle_change){
				schedule_throttle_scope(site, ask->arena), site->source,
				note->at_unix_ms, arena_strdup(ask->arena, note->text),
				note->rate, note->before };
		}
	}
	qsort(ask->change, ask->changes, sizeof *ask->change, by_time);
}

/* list_rows - fills those that are wanted, or only counts them: there may be a hundred
 * thousand sites, and mostly few have a limit worth telling. */
static size_t
list_rows(const struct schedule *s, struct schedule_ask *ask, bool is_counted)
{
	size_t rows = 0;

	for (struct list *l = s->all_sites.next; l != &s->all_sites; l = l->next) {
		const struct schedule_site *site = LIST_OWNER(l, struct schedule_site, in_all);

		if (ask->match && !schedule_throttle_concerns(ask->match, site))
			continue;
		for (int q = 0; q < SCHEDULE_QUANTITY_COUNT; q++) {
			struct schedule_throttle_row row;

			bool is_wanted = row_of(s, site, (enum schedule_quantity)q,
			                        ask->wants_all || ask->match, &row);

			ask->total += is_counted && row.cap > 0;
			if (!is_wanted)
				continue;
			if (!is_counted) {
				fill_words(s, site, ask->arena, &row);
				ask->throttle[rows] = row;
			}
			rows++;
		}
	}
	return rows;
}

void
schedule_throttle_list(struct schedule *s, struct schedule_ask *ask)
{
	if (ask->match && !is_good(s, ask, true))
		return;
	ask->throttle = arena_zero(ask->arena,
	                           (list_rows(s, ask, true) + 1) * sizeof *ask->throttle);
	ask->rows = list_rows(s, ask, false);
	schedule_stop_list(s, ask);
	ask->total += ask->stops;
	if (ask->match)
		list_changes(s, ask);
}

/* ---- set and clear ------------------------------------------------------------------- */

static struct schedule_throttle *
find(struct schedule *s, const char *scope, enum schedule_quantity quantity)
{
	for (struct list *l = s->throttles.next; l != &s->throttles; l = l->next) {
		struct schedule_throttle *t = LIST_OWNER(l, struct schedule_throttle, link);

		if (t->quantity == quantity && strcmp(t->scope, scope) == 0)
			return t;
	}
	return NULL;
}

static void
drop(struct schedule *s, struct schedule_throttle *t)
{
	heap_remove(&s->due[SCHEDULE_DUE_THROTTLE], &t->due);
	list_remove(&t->link);
	mem_free(t->scope);
	mem_free(t->reason);
	mem_free(t->by);
	mem_free(t);
}

static void
add(struct schedule *s, const struct store_throttle *row, enum schedule_quantity quantity)
{
	struct schedule_throttle *t = find(s, row->scope, quantity);

	if (t)
		drop(s, t);
	t = mem_zero(1, sizeof *t);
	t->scope = mem_strdup(row->scope);
	t->reason = mem_strdup(row->reason ? row->reason : "");
	t->by = mem_strdup(row->by ? row->by : "");
	t->quantity = quantity;
	t->value = row->value;
	t->since_unix_ms = row->since_unix_ms;
	t->until_unix_ms = row->until_unix_ms;
	heap_node_init(&t->due);
	heap_insert(&s->due[SCHEDULE_DUE_THROTTLE], &t->due,
	            schedule_mono_ms(s, row->until_unix_ms));
	list_push_back(&s->throttles, &t->link);
}

void
schedule_throttle_load(struct schedule *s, const struct store_throttle *row)
{
	for (int q = 0; q < SCHEDULE_QUANTITY_COUNT; q++)
		if (strcmp(row->quantity, quantity_names[q]) == 0)
			add(s, row, (enum schedule_quantity)q); /* due at once, if it ended */
}

/* say - an event, and a note at each site it concerns; returns how many. */
static uint32_t
say(struct schedule *s, struct arena *arena, const char *scope, enum schedule_quantity quantity,
    const char *what)
{
	const char *words = arena_printf(arena, "%s %s: %s", scope, quantity_names[quantity],
	                                 what);

	schedule_record_act(s, &(struct mail_event){ .kind = MAIL_EVENT_THROTTLE_CHANGED,
	                                             .detail = words });
	return configure_sites(s, scope, words);
}

static const char *
value_text(enum schedule_quantity quantity, int64_t value, struct arena *arena)
{
	char rate[PACE_RATE_TEXT_SIZE];

	if (quantity != SCHEDULE_RATE)
		return arena_printf(arena, "%lld", (long long)value);
	pace_control_say_rate((double)value / MICRO, rate);
	return arena_strdup(arena, rate);
}

static void
fill(struct store_throttle *row, const struct schedule_ask *ask, enum schedule_quantity quantity,
     struct arena *arena, int64_t now_unix_ms)
{
	*row = (struct store_throttle){
		.scope = arena_strdup(arena, ask->match), .quantity = quantity_names[quantity],
		.value = ask->value, .reason = arena_strdup(arena, ask->reason ? ask->reason : ""),
		.by = arena_strdup(arena, ask->by ? ask->by : "somebody"),
		.since_unix_ms = now_unix_ms, .until_unix_ms = ask->until_unix_ms };
}

/* words_of - t, or the rule, for the audit log */
static const char *
words_of(const struct schedule_throttle *t, struct arena *arena)
{
	return t ? store_audit_state(arena, value_text(t->quantity, t->value, arena), t->by,
	                             t->reason, t->until_unix_ms) : "by rule";
}

static void
did(struct schedule_ask *ask, enum schedule_quantity quantity, const struct schedule_throttle *was,
    const struct schedule_throttle *is)
{
	ask->did = store_audit_add(ask->arena, ask->did,
	                           store_audit_change(ask->arena, quantity_names[quantity],
	                                              words_of(was, ask->arena),
	                                              words_of(is, ask->arena)));
}

bool
schedule_throttle_set(struct schedule *s, struct schedule_ask *ask)
{
	struct store_write *write;
	struct store_throttle *row;

	if (!is_good(s, ask, false))
		return true;
	write = schedule_write_new(s, ask, 1);
	row = &store_write_add(write, STORE_PUT_THROTTLE)->row.throttle;
	fill(row, ask, ask->quantity, write->arena, s->now_unix_ms);
	did(ask, ask->quantity, find(s, ask->match, ask->quantity), &(struct schedule_throttle){
		.quantity = ask->quantity, .value = ask->value,
		.until_unix_ms = ask->until_unix_ms });
	add(s, row, ask->quantity);
	ask->affected = say(s, ask->arena, ask->match, ask->quantity,
	                    arena_printf(ask->arena, "%s, set by %s%s%s",
	                                 value_text(ask->quantity, ask->value, ask->arena),
	                                 row->by, *row->reason ? ": " : "", row->reason));
	schedule_write_send(s, write);
	return false;
}

static void
end(struct schedule *s, struct store_write *write, struct schedule_throttle *t, const char *how)
{
	struct arena *words = arena_new(0);
	const char *scope = arena_strdup(words, t->scope);
	enum schedule_quantity quantity = t->quantity;
	struct store_throttle *row =
		&store_write_add(write, STORE_DELETE_THROTTLE)->row.throttle;

	row->scope = arena_strdup(write->arena, t->scope);
	row->quantity = quantity_names[t->quantity];
	drop(s, t);
	say(s, words, scope, quantity, how);
	arena_free(&words);
}

/* is_limited - what was set before its provider or address left the configuration too. */
static bool
is_limited(struct schedule *s, const char *scope)
{
	bool is = false;

	for (int q = 0; q < SCHEDULE_QUANTITY_COUNT; q++)
		is |= find(s, scope, (enum schedule_quantity)q) != NULL;
	return is;
}

/* nothing_to_clear - says what stands there nevertheless, and what ends it. */
static bool
nothing_to_clear(struct schedule *s, struct schedule_ask *ask)
{
	const struct schedule_stop_row *first = ask->stops > 0 ? &ask->stop[0] : NULL;
	const char *undo = first && first->undo && strlen(first->undo) < 60 ? first->undo : NULL;

	if (first && first->rule)
		ask->result = err_set(&ask->err, ERR_INPUT, ENOENT,
		                      "nobody set that for %.40s, but rule %.40s stands there%s%s",
		                      ask->match, first->rule, undo ? ": relaycli " : "",
		                      undo ? undo : "");
	else if (is_limited(s, ask->match)) /* another than the one asked for */
		ask->result = err_set(&ask->err, ERR_INPUT, ENOENT,
		                      "that does not stand for %.40s: relaycli throttle show %.40s "
		                      "says what does", ask->match, ask->match);
	else if (first)
		ask->result = err_set(&ask->err, ERR_INPUT, ENOENT,
		                      "nobody set a limit for %.40s, it %s%s%s", ask->match,
		                      first->kind == SCHEDULE_STOP_UNREACHABLE
		                              ? "cannot be reached" : "asked us to wait",
		                      undo ? "; to ask now: relaycli " : "", undo ? undo : "");
	else
		ask->result = err_set(&ask->err, ERR_INPUT, ENOENT,
		                      "nobody set a limit for %.60s, and no rule stands there",
		                      ask->match);
	return true;
}

static void
clear_limits(struct schedule *s, struct schedule_ask *ask, struct store_write *write)
{
	const char *how = arena_printf(ask->arena, "back to its rule, cleared by %s",
	                               ask->by ? ask->by : "somebody");

	for (int q = 0; q < SCHEDULE_QUANTITY_COUNT; q++) {
		struct schedule_throttle *t = find(s, ask->match, (enum schedule_quantity)q);

		if (t == NULL || ask->stop_kind != SCHEDULE_STOP_COUNT
		    || (ask->quantity != SCHEDULE_QUANTITY_COUNT
		        && ask->quantity != (enum schedule_quantity)q))
			continue;
		did(ask, t->quantity, t, NULL);
		ask->sentence[ask->rows++] = arena_printf(ask->arena, "%s set by %s",
		                                          quantity_names[q], t->by);
		end(s, write, t, how);
	}
}

/* What rules set goes into the store with the sites, before the write that is waited for. */
bool
schedule_throttle_clear(struct schedule *s, struct schedule_ask *ask)
{
	struct store_write *write;

	if (!is_limited(s, ask->match) && !is_good(s, ask, true))
		return true;
	schedule_stop_list(s, ask);
	ask->sentence = arena_zero(ask->arena, (ask->stops + SCHEDULE_QUANTITY_COUNT)
	                                               * sizeof *ask->sentence);
	write = schedule_write_new(s, ask, SCHEDULE_QUANTITY_COUNT);
	clear_limits(s, ask, write);
	schedule_stop_clear(s, ask);
	ask->affected = (uint32_t)ask->rows;
	if (ask->rows == 0) {
		store_write_free(&write);
		return nothing_to_clear(s, ask);
	}
	schedule_saved_write(s);
	schedule_write_send(s, write);
	return false;
}

/* The time somebody gave is over. */
void
schedule_throttle_due(struct schedule *s, struct schedule_throttle *t)
{
	struct store_write *write = schedule_write_new(s, NULL, 1);

	schedule_write_audit(s, write, "throttle.clear", t->scope,
	                     store_audit_change(write->arena, quantity_names[t->quantity],
	                                        words_of(t, write->arena),
	                                        "by rule; reason: its time is over"));
	end(s, write, t, "back to its rule, its time is over");
	schedule_write_send(s, write);
}

void
schedule_throttle_free_all(struct schedule *s)
{
	while (!list_is_empty(&s->throttles))
		drop(s, LIST_OWNER(s->throttles.next, struct schedule_throttle, link));
}
