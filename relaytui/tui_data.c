/* tui_data.c - see tui_data.h. */
#include "tui_data.h"

#include <string.h>

#include "api/api_json.h"
#include "api/api_term.h"
#include "base/clock.h"
#include "base/mem.h"
#include "command/command_parse.h"

const char *
tui_text_of(const json_t *data, const char *key)
{
	const char *text = api_json_get_text(data, key);

	return text ? text : "";
}

json_t *
tui_terms_of(struct span line, int64_t now_unix_ms)
{
	json_t *terms = json_array();
	struct arena *arena = arena_new(0);
	const char **word;
	int words = command_split(line, arena, &word, NULL);

	for (int i = 0; i < words; i++) {
		struct buf term;

		buf_init(&term, strlen(word[i]) + CLOCK_RFC3339_SIZE);
		api_term_put_utc(span_of(word[i]), now_unix_ms, false, &term);
		json_array_append_new(terms, api_json_string(buf_span(&term)));
		buf_deinit(&term);
	}
	arena_free(&arena);
	return terms;
}

void
tui_status_read(struct tui_status *status, const json_t *data)
{
	const json_t *rates = json_object_get(data, "rates");
	const json_t *connections = json_object_get(data, "connections");

	if (!json_is_object(data))
		return; /* keep what is known */
	tui_status_deinit(status);
	*status = (struct tui_status){
		.source = api_json_hold(data),
		.hostname = tui_text_of(data, "hostname"),
		.version = tui_text_of(data, "version"),
		.user = tui_text_of(data, "user"),
		.role = tui_text_of(data, "role"),
		.queued = api_json_get_int(data, "queued", 0),
		.deferred = api_json_get_int(data, "deferred", 0),
		.held = api_json_get_int(data, "held", 0),
		.active = api_json_get_int(data, "active", 0),
		.accepted_s = api_json_get_real(rates, "accepted", 0),
		.delivered_s = api_json_get_real(rates, "delivered", 0),
		.deferred_s = api_json_get_real(rates, "deferred", 0),
		.bounced_s = api_json_get_real(rates, "bounced", 0),
		.connections_in = api_json_get_int(connections, "in", 0),
		.connections_out = api_json_get_int(connections, "out", 0),
		.disk_percent =
			api_json_get_real(json_object_get(data, "disk"), "used_percent", -1),
		.now_unix_ms = api_json_get_time(data, "now_at"),
	};
}

void
tui_status_deinit(struct tui_status *status)
{
	json_decref(status->source);
	*status = (struct tui_status){ .hostname = "", .version = "", .user = "", .role = "",
		                       .disk_percent = -1 };
}

/* ---- events ------------------------------------------------------------ */

void
tui_event_read(struct tui_event *event, const json_t *data)
{
	*event = (struct tui_event){
		.source = api_json_hold(data),
		.id = tui_text_of(data, "id"),
		.event = tui_text_of(data, "event"),
		.message = tui_text_of(data, "message"),
		.recipient = tui_text_of(data, "recipient"),
		.credential = tui_text_of(data, "credential"),
		.site = tui_text_of(data, "site"),
		.remote_host = tui_text_of(data, "remote_host"),
		.remote_address = tui_text_of(data, "remote_address"),
		.tls = tui_text_of(data, "tls"),
		.enhanced = tui_text_of(data, "enhanced"),
		.category = tui_text_of(data, "category"),
		.reply = tui_text_of(data, "reply"),
		.detail = tui_text_of(data, "detail"),
		.at_unix_ms = api_json_get_time(data, "at"),
		.code = api_json_get_int(data, "code", 0),
		.attempt = api_json_get_int(data, "attempt", 0),
		.duration_ms = api_json_get_int(data, "duration_ms", -1),
		.next_attempt_unix_ms = api_json_get_time(data, "next_attempt_at"),
		.is_hard = api_json_get_bool(data, "hard"),
	};
}

void
tui_event_deinit(struct tui_event *event)
{
	json_decref(event->source);
	*event = (struct tui_event){ .id = "" };
}

/* ---- overview ---------------------------------------------------------- */

static const char *const series_names[TUI_SERIES_COUNT] = {
	[TUI_SERIES_ACCEPTED] = "accepted", [TUI_SERIES_DELIVERED] = "delivered",
	[TUI_SERIES_DEFERRED] = "deferred", [TUI_SERIES_BOUNCED] = "bounced",
};

static uint32_t
count_at(const json_t *values, size_t i)
{
	json_int_t n = json_integer_value(json_array_get(values, i));

	if (n < 0)
		return 0;
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* read_series - the new seconds behind the old ones, the newest 300 kept. */
static void
read_series(struct tui_series *series, const json_t *data, const struct tui_series *before)
{
	size_t fresh = json_array_size(json_object_get(data, series_names[0])), kept;

	if (fresh > API_VIEW_SERIES)
		fresh = API_VIEW_SERIES;
	kept = before ? before->count : 0;
	if (kept > API_VIEW_SERIES - fresh)
		kept = API_VIEW_SERIES - fresh;
	series->count = kept + fresh;
	series->first_unix_sec =
		before ? before->first_unix_sec + (int64_t)(before->count - kept)
		       : api_json_get_time(data, "first_at") / 1000;
	for (int kind = 0; kind < TUI_SERIES_COUNT; kind++) {
		const json_t *values = json_object_get(data, series_names[kind]);
		size_t from = json_array_size(values) > fresh ? json_array_size(values) - fresh : 0;

		if (kept)
			memcpy(series->value[kind], before->value[kind] + (before->count - kept),
			       kept * sizeof(uint32_t));
		for (size_t i = 0; i < fresh; i++) {
			series->value[kind][kept + i] = count_at(values, from + i);
		}
	}
}

static void
read_provider(struct tui_provider *provider, const json_t *data)
{
	*provider = (struct tui_provider){
		.name = tui_text_of(data, "name"),
		.state = tui_text_of(data, "state"),
		.why = tui_text_of(data, "why"),
		.last_reply = tui_text_of(data, "last_reply"),
		.is_provider = api_json_get_bool(data, "is_provider"),
		.domains = api_json_get_int(data, "domains", 0),
		.queued = api_json_get_int(data, "queued", 0),
		.deferred = api_json_get_int(data, "deferred", 0),
		.connections = api_json_get_int(data, "connections", 0),
		.max_connections = api_json_get_int(data, "max_connections", 0),
		.out_s = api_json_get_real(data, "out_per_s", 0),
		.defer_percent = api_json_get_real(data, "defer_percent", -1),
		.oldest_ms = api_json_get_int(data, "oldest_ms", -1),
	};
}

/* count_of - rows of an array, no more than there is room for. */
static size_t
count_of(const json_t *array, size_t most)
{
	size_t n = json_array_size(array);

	return n < most ? n : most;
}

static void
read_lists(struct tui_overview *o)
{
	const json_t *providers = json_object_get(o->source, "providers");
	const json_t *attention = json_object_get(o->source, "attention");
	const json_t *credentials = json_object_get(o->source, "credentials");
	const json_t *events = json_object_get(o->source, "events");

	o->providers = count_of(providers, API_VIEW_PROVIDERS_MAX);
	for (size_t i = 0; i < o->providers; i++)
		read_provider(&o->provider[i], json_array_get(providers, i));
	o->attentions = count_of(attention, TUI_ATTENTION_MAX);
	for (size_t i = 0; i < o->attentions; i++) {
		const json_t *one = json_array_get(attention, i);

		o->attention[i] = (struct tui_attention){
			.level = tui_text_of(one, "level"), .kind = tui_text_of(one, "kind"),
			.object = tui_text_of(one, "object"), .text = tui_text_of(one, "text"),
			.screen = tui_text_of(one, "screen"),
		};
	}
	o->credentials = count_of(credentials, API_VIEW_CREDENTIALS);
	for (size_t i = 0; i < o->credentials; i++) {
		const json_t *one = json_array_get(credentials, i);

		o->credential[i] = (struct tui_credential){
			.name = tui_text_of(one, "name"),
			.accepted = api_json_get_int(one, "accepted", 0),
			.bounce_percent = api_json_get_real(one, "bounce_percent", -1),
		};
	}
	o->events = count_of(events, API_VIEW_EVENTS);
	for (size_t i = 0; i < o->events; i++)
		tui_event_read(&o->event[i], json_array_get(events, i));
}

struct tui_overview *
tui_overview_new(const json_t *data, const struct tui_overview *before)
{
	struct tui_overview *o = mem_zero(1, sizeof *o);
	const json_t *latency = json_object_get(data, "latency");

	o->source = api_json_hold(data);
	read_series(&o->series, json_object_get(data, "series"), before ? &before->series : NULL);
	read_lists(o);
	o->providers_total = api_json_get_int(data, "providers_total", (int64_t)o->providers);
	o->p50_ms = api_json_get_int(latency, "p50_ms", -1);
	o->p95_ms = api_json_get_int(latency, "p95_ms", -1);
	o->p99_ms = api_json_get_int(latency, "p99_ms", -1);
	return o;
}

void
tui_overview_free(struct tui_overview **overview)
{
	struct tui_overview *gone = *overview;

	if (!gone)
		return;
	*overview = NULL;
	for (size_t i = 0; i < gone->events; i++)
		tui_event_deinit(&gone->event[i]);
	json_decref(gone->source);
	mem_free(gone);
}
