/* control_overview.c - see control_overview.h. */
#include "control/control_overview.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/units.h"
#include "control/control_private.h"

#define SAMPLE_MS 1000
#define OUT_SECONDS 10.0     /* over which out_per_s forgets */
#define DEFER_SECONDS 60.0   /* ... and defer_percent */
#define MINUTES 5
#define CREDENTIALS_MAX 1024 /* counted; later names are not */
#define ATTENTION_MAX 8
#define OLD_MS 60000         /* an oldest message below this is not worth a word */

struct pace { /* of one site: differences of its counters, fading */
	uint64_t delivered, deferrals, bounces; /* last seen */
	double out_per_s;
	double out, deferred;
	bool is_seen;        /* in the latest answer */
};

struct sender { /* one credential; minute m of time is slot m % MINUTES */
	struct {
		int64_t minute;
		uint32_t accepted, delivered, bounced;
	} slot[MINUTES];
	char name[]; /* the map's key too */
};

struct control_overview {
	struct control *control;
	unsigned watchers;
	struct loop_timer timer;
	bool is_asking, is_ready;
	/* sites */
	struct arena *arena;             /* of the latest answer */
	struct schedule_site_row *site;
	size_t sites, sites_total;
	int64_t sampled_mono_ms;
	struct map *paces;               /* name -> struct pace */
	/* events */
	struct notify_subscriber *subscriber;
	struct mail_event *event[API_VIEW_EVENTS]; /* owned, a ring */
	uint64_t events;
	struct map *senders;             /* credential -> struct sender */
	int64_t since_unix_ms;
};

struct control_overview *
control_overview_new(struct control *control)
{
	struct control_overview *overview = mem_zero(1, sizeof *overview);

	overview->control = control;
	return overview;
}

/* ---- events -------------------------------------------------------------- */

static struct sender *
sender_of(struct control_overview *overview, const char *name)
{
	struct sender *sender = map_get(overview->senders, span_of(name));

	if (sender || map_count(overview->senders) >= CREDENTIALS_MAX)
		return sender;
	sender = mem_zero(1, sizeof *sender + strlen(name) + 1);
	memcpy(sender->name, name, strlen(name) + 1);
	map_put(overview->senders, span_of(name), sender);
	return sender;
}

static void
count_sender(struct control_overview *overview, const struct mail_event *event)
{
	int64_t minute = clock_unix_ms() / 60000;
	struct sender *sender = event->credential ? sender_of(overview, event->credential) : NULL;

	if (!sender)
		return;
	if (sender->slot[minute % MINUTES].minute != minute)
		memset(&sender->slot[minute % MINUTES], 0, sizeof sender->slot[0]);
	sender->slot[minute % MINUTES].minute = minute;
	sender->slot[minute % MINUTES].accepted += event->kind == MAIL_EVENT_ACCEPTED;
	sender->slot[minute % MINUTES].delivered += event->kind == MAIL_EVENT_DELIVERED;
	sender->slot[minute % MINUTES].bounced += event->kind == MAIL_EVENT_BOUNCED;
}

static bool
is_any(const struct mail_event *event, void *arg)
{
	(void)event;
	(void)arg;
	return true;
}

static bool
on_event(const struct mail_event *event, void *arg)
{
	struct control_overview *overview = arg;
	struct mail_event **place = &overview->event[overview->events++ % API_VIEW_EVENTS];

	mem_free(*place);
	*place = mail_event_dup(event);
	count_sender(overview, event);
	return true;
}

static json_t *
events_json(const struct control_overview *overview)
{
	json_t *list = json_array();
	uint64_t n = overview->events < API_VIEW_EVENTS ? overview->events : API_VIEW_EVENTS;

	for (uint64_t i = overview->events - n; i < overview->events; i++)
		json_array_append_new(list,
				      control_event_json(overview->event[i % API_VIEW_EVENTS]));
	return list;
}

struct sender_sum {
	const char *name;
	uint64_t accepted, delivered, bounced;
};

static struct sender_sum
sum_of(const struct sender *sender, int64_t minute)
{
	struct sender_sum sum = { .name = sender->name };

	for (int i = 0; i < MINUTES; i++) {
		if (sender->slot[i].minute <= minute - MINUTES)
			continue;
		sum.accepted += sender->slot[i].accepted;
		sum.delivered += sender->slot[i].delivered;
		sum.bounced += sender->slot[i].bounced;
	}
	return sum;
}

/* insert_sum - keep the best few sorted; the list is tiny. */
static size_t
insert_sum(struct sender_sum *top, size_t count, struct sender_sum sum)
{
	size_t at = count;

	while (at > 0 && top[at - 1].accepted < sum.accepted)
		at--;
	if (at == API_VIEW_CREDENTIALS)
		return count;
	if (count == API_VIEW_CREDENTIALS)
		count--;
	memmove(top + at + 1, top + at, (count - at) * sizeof *top);
	top[at] = sum;
	return count + 1;
}

static json_t *
credentials_json(const struct control_overview *overview)
{
	struct sender_sum top[API_VIEW_CREDENTIALS + 1];
	int64_t minute = clock_unix_ms() / 60000;
	json_t *list = json_array();
	size_t cursor = 0, count = 0;
	struct span key;
	void *value;

	while (overview->senders && map_next(overview->senders, &cursor, &key, &value))
		count = insert_sum(top, count, sum_of(value, minute));
	for (size_t i = 0; i < count; i++) {
		uint64_t done = top[i].delivered + top[i].bounced;
		json_t *one = json_object();

		api_json_put_text(one, "name", top[i].name);
		api_json_put_int(one, "accepted", (int64_t)top[i].accepted);
		api_json_put_int(one, "delivered", (int64_t)top[i].delivered);
		api_json_put_int(one, "bounced", (int64_t)top[i].bounced);
		if (done > 0)
			api_json_put_real(one, "bounce_percent",
					  100.0 * (double)top[i].bounced / (double)done);
		else
			api_json_put_null(one, "bounce_percent");
		json_array_append_new(list, one);
	}
	return list;
}

/* ---- sites --------------------------------------------------------------- */

static void
fade(struct pace *pace, const struct schedule_site_row *row, double seconds)
{
	double keep_out = exp(-seconds / OUT_SECONDS), keep = exp(-seconds / DEFER_SECONDS);
	double delivered = (double)(row->delivered - pace->delivered);
	double deferred = (double)(row->deferrals - pace->deferrals);
	double bounced = (double)(row->bounces - pace->bounces);

	pace->out_per_s = pace->out_per_s * keep_out + (1 - keep_out) * delivered / seconds;
	pace->out = pace->out * keep + delivered + bounced;
	pace->deferred = pace->deferred * keep + deferred;
}

static void
note_site(struct control_overview *overview, const struct schedule_site_row *row, double seconds)
{
	struct pace *pace = map_get(overview->paces, span_of(row->name));
	bool is_new = !pace;

	if (is_new) {
		pace = mem_zero(1, sizeof *pace);
		map_put(overview->paces, span_of(row->name), pace);
	} else if (seconds > 0 && row->delivered >= pace->delivered) {
		fade(pace, row, seconds);
	}
	pace->delivered = row->delivered;
	pace->deferrals = row->deferrals;
	pace->bounces = row->bounces;
	pace->is_seen = true;
}

static void
forget_gone(struct control_overview *overview)
{
	size_t cursor = 0;
	struct span key;
	void *value;

	while (map_next(overview->paces, &cursor, &key, &value)) {
		struct pace *pace = value;

		if (!pace->is_seen) {
			map_remove(overview->paces, key);
			mem_free(pace);
		} else {
			pace->is_seen = false;
		}
	}
}

static void
sampled(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_overview *overview = ask->context;
	int64_t now = clock_mono_ms();
	double seconds =
		overview->is_ready ? (double)(now - overview->sampled_mono_ms) / 1000.0 : 0;

	overview->is_asking = false;
	if (!owner || ask->result < 0 || overview->watchers == 0) {
		schedule_ask_free(&ask);
		return;
	}
	for (size_t i = 0; i < ask->rows; i++)
		note_site(overview, &ask->site[i], seconds);
	forget_gone(overview);
	arena_free(&overview->arena);
	overview->arena = ask->arena;
	overview->site = ask->site;
	overview->sites = ask->rows;
	overview->sites_total = ask->total;
	overview->sampled_mono_ms = now;
	overview->is_ready = true;
	mem_free(ask);
}

static void
sample(void *arg)
{
	struct control_overview *overview = arg;
	struct schedule_ask *ask;

	loop_timer_set(&overview->timer, SAMPLE_MS);
	if (overview->is_asking)
		return;
	ask = schedule_ask_new(SCHEDULE_LIST_SITES, control_back(overview->control, sampled));
	ask->context = overview;
	ask->sort = SCHEDULE_SORT_SIZE;
	overview->is_asking = schedule_ask_send(overview->control->options.schedule, &ask);
	schedule_ask_free(&ask); /* too many questions wait: next second again */
}

static bool
is_ok(const char *state)
{
	return !state || strcmp(state, "ok") == 0;
}

static json_t *
provider_json(const struct control_overview *overview, const struct schedule_site_row *row)
{
	const struct pace *pace = map_get(overview->paces, span_of(row->name));
	json_t *one = json_object();

	api_json_put_text(one, "name", row->name);
	api_json_put_bool(one, "is_provider", row->is_provider);
	api_json_put_int(one, "domains", row->domains);
	api_json_put_int(one, "queued", row->queued);
	api_json_put_int(one, "deferred", row->deferred);
	api_json_put_real(one, "out_per_s", pace ? pace->out_per_s : 0);
	if (pace && pace->out + pace->deferred >= 0.5)
		api_json_put_real(one, "defer_percent",
		                  100.0 * pace->deferred / (pace->out + pace->deferred));
	else
		api_json_put_null(one, "defer_percent");
	if (row->oldest_unix_ms)
		api_json_put_int(one, "oldest_ms", clock_unix_ms() - row->oldest_unix_ms);
	else
		api_json_put_null(one, "oldest_ms");
	api_json_put_int(one, "connections", row->connections);
	api_json_put_int(one, "max_connections", row->max_connections);
	api_json_put_text(one, "state", row->state ? row->state : "ok");
	api_json_put_text(one, "why", row->why);
	api_json_put_text(one, "last_reply", row->last_reply);
	api_json_put_time(one, "backoff_until_at", row->backoff_until_unix_ms);
	return one;
}

static void
add_attention(json_t *list, const char *level, const char *kind, const char *object,
              const char *text, const char *screen)
{
	json_t *one;

	if (json_array_size(list) >= ATTENTION_MAX)
		return;
	one = json_object();
	api_json_put_text(one, "level", level);
	api_json_put_text(one, "kind", kind);
	api_json_put_text(one, "object", object);
	api_json_put_text(one, "text", text);
	api_json_put_text(one, "screen", screen);
	json_array_append_new(list, one);
}

static void
attend_site(json_t *list, const struct schedule_site_row *row)
{
	int64_t age_ms = row->oldest_unix_ms ? clock_unix_ms() - row->oldest_unix_ms : 0;
	char age[UNITS_TEXT_SIZE];
	struct buf text;

	if (row->queued == 0 || is_ok(row->state) || age_ms < OLD_MS)
		return;
	units_format_duration(age_ms / 1000 * 1000, age);
	buf_init(&text, 2048);
	(void)buf_printf(&text, "oldest %s; %u waiting; %.*s", age, row->queued, 1024,
	                 row->why ? row->why : row->state);
	(void)buf_append(&text, "", 1);
	add_attention(list, "warning", "site", row->name, buf_data(&text), "queues");
	buf_deinit(&text);
}

/* what an alert's key is about, and where more of it is; others are the relay's own */
static const struct {
	const char *prefix, *kind, *screen;
} abouts[] = {
	{ "quota:", "credential", "credentials" },  { "expiry:", "credential", "credentials" },
	{ "secret:", "credential", "credentials" }, { "keyless:", "credential", "credentials" },
	{ "retire:", "credential", "credentials" }, { "tripwire:", "credential", "credentials" },
	{ "domain:", "domain", "domains" },         { "dkim:", "domain", "domains" },
	{ "source:", "source", "pools" },           { "blocklist:", "source", "pools" },
	{ "pool:", "source", "pools" },             { "idle:", "source", "pools" },
	{ "warmup:", "source", "pools" },           { "missing:", "source", "pools" },
	{ "off:", "source", "pools" },              { "stop:", "site", "throttles" },
};

/* attend_alert - a key is "quota:shop:day" or "source:2001:db8::1 ptr". */
static void
attend_alert(json_t *list, const struct alert_row *alert, const char *hostname)
{
	const char *level = alert->level == ALERT_ERROR ? "alert" : "warning", *rest;
	char object[256];

	for (size_t i = 0; i < sizeof abouts / sizeof *abouts; i++) {
		size_t n = strlen(abouts[i].prefix);
		bool is_address = strcmp(abouts[i].kind, "source") == 0;

		if (strncmp(alert->key, abouts[i].prefix, n) != 0)
			continue;
		rest = alert->key + n;
		(void)snprintf(object, sizeof object, "%.*s",
		               (int)strcspn(rest, is_address ? " " : ": "), rest);
		add_attention(list, level, abouts[i].kind, object, alert->text, abouts[i].screen);
		return;
	}
	add_attention(list, level, "relay", hostname, alert->text, "");
}

static json_t *
attention_json(const struct control_overview *overview)
{
	json_t *list = json_array();
	struct schedule_counts counts;
	struct alert_row alert;
	char text[64];

	alert_look(overview->control->options.alert);
	for (size_t i = 0; alert_at(overview->control->options.alert, i, &alert); i++)
		attend_alert(list, &alert, overview->control->config->hostname);
	for (size_t row = 0; row < overview->sites; row++)
		attend_site(list, &overview->site[row]);
	schedule_counts_read(overview->control->options.schedule, &counts);
	if (counts.held > 0) {
		snprintf(text, sizeof text, "%llu held until somebody releases them",
		         (unsigned long long)counts.held);
		add_attention(list, "warning", "queue", "held", text, "queues");
	}
	return list;
}

void
control_overview_put(struct control_overview *overview, json_t *data)
{
	json_t *providers = json_array();

	for (size_t i = 0; i < overview->sites && i < API_VIEW_PROVIDERS_MAX; i++)
		json_array_append_new(providers, provider_json(overview, &overview->site[i]));
	api_json_put(data, "providers", providers);
	api_json_put_int(data, "providers_total", (int64_t)overview->sites_total);
	api_json_put(data, "attention", attention_json(overview));
	api_json_put(data, "credentials", credentials_json(overview));
	api_json_put_time(data, "credentials_since_at", overview->since_unix_ms);
	api_json_put(data, "events", events_json(overview));
}

/* ---- who looks ----------------------------------------------------------- */

bool
control_overview_is_ready(const struct control_overview *overview)
{
	return overview->is_ready;
}

void
control_overview_watch(struct control_overview *overview)
{
	if (overview->watchers++ > 0)
		return;
	overview->paces = map_new();
	overview->senders = map_new();
	overview->since_unix_ms = clock_unix_ms();
	overview->subscriber = notify_subscribe(overview->control->options.notify, is_any, on_event,
	                                        overview);
	loop_timer_init(&overview->timer, overview->control->loop, sample, overview);
	sample(overview);
}

void
control_overview_unwatch(struct control_overview *overview)
{
	if (--overview->watchers > 0)
		return;
	notify_unsubscribe(overview->control->options.notify, &overview->subscriber);
	loop_timer_deinit(&overview->timer);
	map_free_all(&overview->paces);
	map_free_all(&overview->senders);
	for (size_t i = 0; i < API_VIEW_EVENTS; i++) {
		mem_free(overview->event[i]);
		overview->event[i] = NULL;
	}
	arena_free(&overview->arena);
	overview->events = 0;
	overview->site = NULL;
	overview->sites = overview->sites_total = 0;
	overview->is_ready = false;
}

void
control_overview_free(struct control_overview **overview)
{
	if (!*overview)
		return;
	if ((*overview)->watchers > 0) {
		(*overview)->watchers = 1;
		control_overview_unwatch(*overview);
	}
	mem_free(*overview);
	*overview = NULL;
}
