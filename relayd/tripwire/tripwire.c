/* tripwire.c - see tripwire.h. */
#include "tripwire/tripwire.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "mail/mail_network.h"
#include "store/store_audit.h"

#define TICK_MS 60000              /* what was learned is stored, what is over ends */
#define HOUR_MS 3600000
#define LASTS_MS(breach)                                                                           \
	((breach) == TRIPWIRE_NETWORK || (breach) == TRIPWIRE_FROM ? 24 * HOUR_MS : HOUR_MS)
#define TEXT_SIZE 200
#define WATCHED_MAX 10000          /* credentials; more are not looked at */

struct breach {
	int64_t until_unix_ms;     /* 0: none */
	char text[TEXT_SIZE];      /* "312 recipients this hour, before at most 50" */
};

struct watch { /* of one credential */
	struct tripwire_baseline *baseline;
	struct breach breach[TRIPWIRE_BREACH_COUNT];
	bool is_dirty, is_slowed;
	char name[];
};

struct tripwire {
	struct tripwire_options options; /* accounts: a reference */
	struct mailbox *box;
	struct notify_subscriber *subscriber;
	struct loop_timer tick;
	struct map *watched;       /* by name */
};

static struct watch *
watch_of(struct tripwire *tripwire, const char *name)
{
	struct watch *watch = map_get(tripwire->watched, span_of(name));
	size_t n = strlen(name);

	if (watch != NULL || map_count(tripwire->watched) >= WATCHED_MAX)
		return watch;
	watch = mem_zero(1, sizeof *watch + n + 1);
	memcpy(watch->name, name, n);
	watch->baseline = tripwire_baseline_new();
	map_put(tripwire->watched, span_of(name), watch);
	return watch;
}

static const struct account_credential *
credential_of(const struct tripwire *tripwire, const char *name)
{
	return account_snapshot_credential(tripwire->options.accounts, span_of(name));
}

/* ---- what is done about it ---------------------------------------------------------------- */

static void
stored(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;

	(void)owner;
	if (write->result < 0)
		LOG(LOG_ERROR, "tripwire.not_stored", LOG_TEXT("why", write->err.text));
	store_write_free(&write);
}

/* audit - nobody else did it */
static void
audit(const struct tripwire *tripwire, const char *action, const char *scope, const char *change,
      const char *reason)
{
	struct store_write *write =
		store_write_new((struct mailbox_return){ tripwire->box, stored }, NULL, 0);

	write->audit = store_audit_of_relayd(
		write->arena, clock_unix_ms(), action, scope,
		arena_printf(write->arena, "%s; reason: %s", change, reason));
	store_write_send(tripwire->options.store, &write);
}

static void
held(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;

	if (owner && ask->result == 0)
		audit(owner, "tripwire.hold", ask->match, ask->did, ask->reason);
	if (ask->result < 0)
		LOG(LOG_ERROR, "tripwire.not_held", LOG_TEXT("scope", ask->match),
		    LOG_TEXT("why", ask->err.text));
	schedule_ask_free(&ask);
}

static void
hold(struct tripwire *tripwire, const struct watch *watch, const char *why)
{
	struct schedule_ask *ask = schedule_ask_new(
		SCHEDULE_HOLD, (struct mailbox_return){ tripwire->box, held });

	ask->match = arena_printf(ask->arena, "cred:%s", watch->name);
	ask->reason = arena_printf(ask->arena, "unusual: %s", why);
	ask->by = "tripwire";
	if (schedule_ask_send(tripwire->options.schedule, &ask)) {
		alert_ask_again(tripwire->options.holds); /* behind it: its answer has the hold */
		return;
	}
	LOG(LOG_ERROR, "tripwire.not_held", LOG_TEXT("scope", ask->match),
	    LOG_TEXT("why", "the scheduler has too many questions"));
	schedule_ask_free(&ask);
}

/* limit_of - what its busiest hours were. */
static uint32_t
limit_of(const struct watch *watch, int64_t now)
{
	uint32_t busiest = tripwire_baseline_usual(watch->baseline, now).busiest_hour;

	return busiest > TRIPWIRE_BUSY_MIN ? busiest : TRIPWIRE_BUSY_MIN;
}

static void
slow(struct watch *watch, const struct account_credential *credential, int64_t now)
{
	account_meter_slow(credential->meter, limit_of(watch, now));
	watch->is_slowed = true;
}

/* limit_text - of slow, in words */
static const char *
limit_text(const struct watch *watch, char out[TEXT_SIZE])
{
	(void)snprintf(out, TEXT_SIZE, "at most %u recipients an hour",
	               limit_of(watch, clock_unix_ms()));
	return out;
}

static void
brake(const struct tripwire *tripwire, struct watch *watch,
      const struct account_credential *credential, const char *why)
{
	char scope[TEXT_SIZE], limit[TEXT_SIZE], change[2 * TEXT_SIZE];

	if (watch->is_slowed) { /* by another breach */
		slow(watch, credential, clock_unix_ms());
		return;
	}
	slow(watch, credential, clock_unix_ms());
	(void)snprintf(scope, sizeof scope, "cred:%.100s", watch->name);
	(void)snprintf(change, sizeof change, "not slowed -> %s", limit_text(watch, limit));
	audit(tripwire, "tripwire.slow", scope, change, why);
}

static void
release_brake(const struct tripwire *tripwire, struct watch *watch,
              const struct account_credential *credential, const char *why)
{
	char scope[TEXT_SIZE];

	account_meter_slow(credential->meter, 0);
	watch->is_slowed = false;
	(void)snprintf(scope, sizeof scope, "cred:%.100s", watch->name);
	audit(tripwire, "tripwire.slow", scope, "slowed -> not slowed", why);
}

static void
describe(const struct watch *watch, enum tripwire_breach breach, const struct mail_event *event,
         int64_t now, char out[TEXT_SIZE])
{
	struct tripwire_usual usual = tripwire_baseline_usual(watch->baseline, now);
	char network[MAIL_NETWORK_SIZE];

	switch (breach) {
	case TRIPWIRE_VOLUME:
		(void)snprintf(out, TEXT_SIZE, "%u recipients this hour, before at most %u",
		               usual.this_hour, usual.busiest_hour);
		break;
	case TRIPWIRE_NETWORK:
		mail_network_of(event->remote_address ? event->remote_address : "", network);
		(void)snprintf(out, TEXT_SIZE, "first mail from network %s", network);
		break;
	case TRIPWIRE_FROM:
		(void)snprintf(out, TEXT_SIZE, "first mail From %.120s", event->sender_domain);
		break;
	case TRIPWIRE_BOUNCES:
		(void)snprintf(out, TEXT_SIZE, "more of its mail bounces than ever: %s",
		               "a list of strangers?");
		break;
	default:
		(void)snprintf(out, TEXT_SIZE, "%d recipients complained within an hour",
		               TRIPWIRE_COMPLAINED_MIN);
		break;
	}
}

static void
trip(struct tripwire *tripwire, struct watch *watch, enum tripwire_breach breach,
     const struct mail_event *event, int64_t now)
{
	const struct account_credential *credential = credential_of(tripwire, watch->name);
	struct breach *at = &watch->breach[breach];
	bool is_new = at->until_unix_ms == 0;

	if (credential == NULL || credential->tripwire == ACCOUNT_TRIPWIRE_OFF)
		return;
	at->until_unix_ms = now + LASTS_MS(breach);
	describe(watch, breach, event, now, at->text);
	if (!is_new)
		return;
	LOG(LOG_WARNING, "tripwire.breach", LOG_TEXT("credential", watch->name),
	    LOG_TEXT("breach", tripwire_breach_name(breach)), LOG_TEXT("text", at->text));
	if (credential->tripwire == ACCOUNT_TRIPWIRE_SLOW)
		brake(tripwire, watch, credential, at->text);
	else if (credential->tripwire == ACCOUNT_TRIPWIRE_HOLD)
		hold(tripwire, watch, at->text);
}

/* ---- events -------------------------------------------------------------------------------- */

/* changes_holds - of a credential */
static bool
changes_holds(const struct mail_event *event)
{
	return (event->kind == MAIL_EVENT_QUEUE_HELD || event->kind == MAIL_EVENT_QUEUE_RELEASED)
	       && event->detail != NULL && strncmp(event->detail, "cred:", 5) == 0;
}

static bool
is_wanted(const struct mail_event *event, void *arg)
{
	(void)arg;
	if (changes_holds(event))
		return true;
	return event->credential != NULL && event->credential[0] != '\0'
	       && (event->kind == MAIL_EVENT_ACCEPTED || event->kind == MAIL_EVENT_COMPLAINED
	           || (event->kind == MAIL_EVENT_BOUNCED && event->is_hard));
}

static bool
take(const struct mail_event *event, void *arg)
{
	struct tripwire *tripwire = arg;
	struct watch *watch;
	char network[MAIL_NETWORK_SIZE];
	int64_t now = clock_unix_ms();
	unsigned breaches;

	if (changes_holds(event)) {
		alert_ask_again(tripwire->options.holds);
		return true;
	}
	if (credential_of(tripwire, event->credential) == NULL
	    || (watch = watch_of(tripwire, event->credential)) == NULL)
		return true;
	watch->is_dirty = true;
	if (event->kind == MAIL_EVENT_ACCEPTED) {
		mail_network_of(event->remote_address ? event->remote_address : "", network);
		breaches = tripwire_baseline_accepted(
			watch->baseline, span_of(network),
			span_of(event->sender_domain ? event->sender_domain : ""), now);
	} else {
		breaches = tripwire_baseline_outcome(watch->baseline,
		                                     event->kind == MAIL_EVENT_BOUNCED
		                                             ? TRIPWIRE_BOUNCED
		                                             : TRIPWIRE_COMPLAINED,
		                                     now);
	}
	for (int breach = 0; breach < TRIPWIRE_BREACH_COUNT; breach++)
		if (breaches & 1U << breach)
			trip(tripwire, watch, breach, event, now);
	return true;
}

/* ---- kept ----------------------------------------------------------------------------------- */

static void
write_breaches(const struct watch *watch, struct buf *out)
{
	for (int i = 0; i < TRIPWIRE_BREACH_COUNT; i++)
		if (watch->breach[i].until_unix_ms > 0)
			(void)buf_printf(out, "%d %lld %s\n", i,
			                 (long long)watch->breach[i].until_unix_ms,
			                 watch->breach[i].text);
}

static void
save(struct tripwire *tripwire, struct watch *watch)
{
	struct store_write *write =
		store_write_new((struct mailbox_return){ tripwire->box, stored }, NULL, 1);
	struct store_tripwire *row;
	struct buf state, breaches;

	buf_init(&state, TRIPWIRE_STATE_MAX_BYTES);
	buf_init(&breaches, TRIPWIRE_BREACH_COUNT * (TEXT_SIZE + 40));
	tripwire_baseline_write(watch->baseline, &state);
	write_breaches(watch, &breaches);
	row = &store_write_add(write, STORE_PUT_TRIPWIRE)->row.tripwire;
	row->credential = arena_strdup(write->arena, watch->name);
	row->state = arena_span(write->arena, buf_span(&state));
	row->breaches = arena_span(write->arena, buf_span(&breaches));
	buf_deinit(&state);
	buf_deinit(&breaches);
	store_write_send(tripwire->options.store, &write);
	watch->is_dirty = false;
}

/* end_old - breaches that are over; the last one takes the brake off. */
static void
end_old(const struct tripwire *tripwire, struct watch *watch, int64_t now)
{
	const struct account_credential *credential = credential_of(tripwire, watch->name);
	bool lasts = false;

	for (int i = 0; i < TRIPWIRE_BREACH_COUNT; i++) {
		struct breach *breach = &watch->breach[i];

		if (breach->until_unix_ms > 0 && breach->until_unix_ms <= now) {
			breach->until_unix_ms = 0;
			watch->is_dirty = true;
		}
		lasts |= breach->until_unix_ms > 0;
	}
	if (watch->is_slowed && credential != NULL
	    && (!lasts || credential->tripwire != ACCOUNT_TRIPWIRE_SLOW))
		release_brake(tripwire, watch, credential,
		              lasts ? "tripwire=slow was taken back" : "its breaches are over");
}

static void
tend(struct tripwire *tripwire)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(tripwire->watched, &cursor, &key, &value)) {
		struct watch *watch = value;

		end_old(tripwire, watch, clock_unix_ms());
		if (watch->is_dirty)
			save(tripwire, watch);
	}
}

static void
take_tick(void *arg)
{
	struct tripwire *tripwire = arg;

	tend(tripwire);
	loop_timer_set(&tripwire->tick, TICK_MS);
}

static void
read_breach(struct watch *watch, struct span line)
{
	struct span rest, text, kind = span_cut(line, ' ', &rest);
	struct span until = span_cut(rest, ' ', &text);
	unsigned long long number, until_unix_ms;

	if (!span_to_u64(kind, &number) || number >= TRIPWIRE_BREACH_COUNT
	    || !span_to_u64(until, &until_unix_ms) || until_unix_ms > INT64_MAX)
		return;
	watch->breach[number].until_unix_ms = (int64_t)until_unix_ms;
	(void)snprintf(watch->breach[number].text, TEXT_SIZE, "%.*s", (int)text.n, text.p);
}

void
tripwire_load(struct tripwire *tripwire, const struct store_tripwire *row)
{
	const struct account_credential *credential = credential_of(tripwire, row->credential);
	struct watch *watch = credential != NULL ? watch_of(tripwire, row->credential) : NULL;
	struct span rest = span_of(row->breaches);
	bool lasts = false;
	struct err err;

	if (watch == NULL)
		return;
	if (tripwire_baseline_read(watch->baseline, span_of(row->state), &err) < 0)
		LOG(LOG_WARNING, "tripwire.unreadable", LOG_TEXT("credential", row->credential),
		    LOG_TEXT("why", err.text));
	while (rest.n > 0)
		read_breach(watch, span_cut(rest, '\n', &rest));
	for (int i = 0; i < TRIPWIRE_BREACH_COUNT; i++)
		lasts |= watch->breach[i].until_unix_ms > clock_unix_ms();
	if (lasts && credential->tripwire == ACCOUNT_TRIPWIRE_SLOW)
		slow(watch, credential, clock_unix_ms());
}

/* ---- what others ask -------------------------------------------------------------------- */

static bool
is_held(const struct schedule_ask *holds, const char *credential)
{
	for (size_t i = 0; i < holds->rows; i++) {
		const char *scope = holds->hold[i].held.scope;

		if (strncmp(scope, "cred:", 5) == 0 && strcmp(scope + 5, credential) == 0)
			return true;
	}
	return false;
}

static void
say(const struct watch *watch, enum tripwire_breach breach, bool is_held_now,
    struct alert_round *round)
{
	const char *name = watch->name, *text = watch->breach[breach].text;
	char key[128];

	(void)snprintf(key, sizeof key, "tripwire:%.80s:%s", name, tripwire_breach_name(breach));
	if (is_held_now)
		alert_say(round, ALERT_WARNING, key,
		          "credential %s is unusual: %s; its mail is held. See: relaycli "
		          "credential sent %s; to let it go: relaycli queue release cred:%s",
		          name, text, name, name);
	else
		alert_say(round, ALERT_WARNING, key,
		          "credential %s is unusual: %s; %s. See: relaycli credential sent %s",
		          name, text,
		          watch->is_slowed ? "it is slowed to what was usual, over that it gets 452"
		                           : "nothing is stopped",
		          name);
}

void
tripwire_say(const struct tripwire *tripwire, struct alert_round *round)
{
	const struct schedule_ask *holds = alert_ask_last(tripwire->options.holds);
	int64_t now = clock_unix_ms();
	struct span name;
	size_t cursor = 0;
	void *value;

	if (holds == NULL) {
		alert_keep(round, "tripwire:");
		return;
	}
	while (map_next(tripwire->watched, &cursor, &name, &value)) {
		const struct watch *watch = value;
		const struct account_credential *c = credential_of(tripwire, watch->name);

		if (c == NULL || c->is_revoked || c->tripwire == ACCOUNT_TRIPWIRE_OFF)
			continue;
		for (int i = 0; i < TRIPWIRE_BREACH_COUNT; i++)
			if (watch->breach[i].until_unix_ms > now)
				say(watch, i, is_held(holds, watch->name), round);
	}
}

bool
tripwire_usual(const struct tripwire *tripwire, const char *credential,
               struct tripwire_usual *usual_out)
{
	const struct watch *watch = map_get(tripwire->watched, span_of(credential));

	if (watch != NULL)
		*usual_out = tripwire_baseline_usual(watch->baseline, clock_unix_ms());
	return watch != NULL;
}

/* ---- made and freed --------------------------------------------------------------------- */

struct tripwire *
tripwire_new(const struct tripwire_options *options, struct err *err)
{
	struct tripwire *tripwire = mem_zero(1, sizeof *tripwire);

	tripwire->options = *options;
	tripwire->options.accounts = account_snapshot_ref(options->accounts);
	tripwire->watched = map_new();
	loop_timer_init(&tripwire->tick, options->loop, take_tick, tripwire);
	if ((tripwire->box = mailbox_new("tripwire", 0, tripwire, err)) == NULL) {
		tripwire_free(&tripwire);
		return NULL;
	}
	mailbox_attach(tripwire->box, options->loop);
	return tripwire;
}

void
tripwire_start(struct tripwire *tripwire)
{
	tripwire->subscriber =
		notify_subscribe(tripwire->options.notify, is_wanted, take, tripwire);
	loop_timer_set(&tripwire->tick, TICK_MS);
}

void
tripwire_stop(struct tripwire *tripwire)
{
	if (tripwire->subscriber != NULL)
		notify_unsubscribe(tripwire->options.notify, &tripwire->subscriber);
	loop_timer_clear(&tripwire->tick);
	tend(tripwire);
}

void
tripwire_set_accounts(struct tripwire *tripwire, struct account_snapshot *accounts)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	account_snapshot_unref(&tripwire->options.accounts);
	tripwire->options.accounts = account_snapshot_ref(accounts);
	while (map_next(tripwire->watched, &cursor, &key, &value))
		end_old(tripwire, value, clock_unix_ms()); /* the option may have changed */
}

void
tripwire_free(struct tripwire **tripwire)
{
	struct tripwire *t = *tripwire;
	struct span key;
	size_t cursor = 0;
	void *value;

	*tripwire = NULL;
	if (t == NULL)
		return;
	loop_timer_deinit(&t->tick);
	mailbox_free(&t->box);
	while (map_next(t->watched, &cursor, &key, &value)) {
		struct watch *watch = value;

		tripwire_baseline_free(&watch->baseline);
		mem_free(watch);
	}
	map_free(&t->watched);
	account_snapshot_unref(&t->options.accounts);
	mem_free(t);
}
