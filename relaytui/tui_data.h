/* tui_data.h - what the daemon pushed, typed once (shared/api/api_view.h is the
 * contract): views never see JSON.
 *
 * Texts are borrowed from `source`, a reference the struct holds: valid until
 * its deinit. Everything may be missing in an answer; then numbers are 0 (or as
 * said) and texts "". Pure. Thread: any. */
#ifndef TUI_DATA_H
#define TUI_DATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "api/api_view.h"
#include "base/span.h"

struct tui_status {
	json_t *source;
	const char *hostname, *version, *user, *role;
	int64_t queued, deferred, held, active;
	double accepted_s, delivered_s, deferred_s, bounced_s;
	int64_t connections_in, connections_out;
	double disk_percent;     /* -1: not known */
	int64_t now_unix_ms;     /* the daemon's */
};

enum tui_series_kind {
	TUI_SERIES_ACCEPTED, TUI_SERIES_DELIVERED, TUI_SERIES_DEFERRED, TUI_SERIES_BOUNCED,
	TUI_SERIES_COUNT
};

struct tui_series { /* events per second, oldest first */
	uint32_t value[TUI_SERIES_COUNT][API_VIEW_SERIES];
	size_t count;
	int64_t first_unix_sec;  /* of the oldest */
};

struct tui_provider {
	const char *name, *state, *why, *last_reply;
	bool is_provider;
	int64_t domains, queued, deferred, connections, max_connections;
	double out_s, defer_percent;
	int64_t oldest_ms;       /* -1: none */
};

struct tui_attention {
	const char *level, *kind, *object, *text, *screen;
};

struct tui_credential {
	const char *name;
	int64_t accepted;
	double bounce_percent;   /* -1: nothing to divide by */
};

struct tui_event {
	json_t *source;
	const char *id, *event, *message, *recipient, *credential, *site, *remote_host,
		*remote_address, *tls, *enhanced, *category, *reply, *detail;
	int64_t at_unix_ms, code, attempt, next_attempt_unix_ms;
	int64_t duration_ms;     /* -1: none */
	bool is_hard;
};

#define TUI_ATTENTION_MAX 32

struct tui_overview {
	json_t *source;
	struct tui_series series;
	struct tui_provider provider[API_VIEW_PROVIDERS_MAX];
	struct tui_attention attention[TUI_ATTENTION_MAX];
	struct tui_credential credential[API_VIEW_CREDENTIALS];
	struct tui_event event[API_VIEW_EVENTS];
	size_t providers, attentions, credentials, events;
	int64_t providers_total;
	int64_t p50_ms, p95_ms, p99_ms; /* -1: nothing delivered lately */
};

/* tui_text_of - of an object's key; "" missing or no text. Borrowed of data. */
const char *tui_text_of(const json_t *data, const char *key);
/* tui_terms_of - words of a line, quotes understood, for a request: times that were typed here
 * in UTC. Returns owned. */
json_t *tui_terms_of(struct span line, int64_t now_unix_ms);
void tui_status_read(struct tui_status *status, const json_t *data); /* replaces what was there */
void tui_status_deinit(struct tui_status *status);
/* tui_overview_new - Returns owned. before: the one it follows, for its series; may be NULL. */
struct tui_overview *tui_overview_new(const json_t *data, const struct tui_overview *before);
void tui_overview_free(struct tui_overview **overview);
void tui_event_read(struct tui_event *event, const json_t *data);
void tui_event_deinit(struct tui_event *event);

#endif
