/* tui_log.c - see tui_log.h. */
#include "tui_log.h"

#include <string.h>

#include "base/mem.h"
#include "base/must.h"

void
tui_log_init(struct tui_log *log)
{
	*log = (struct tui_log){ .ring = mem_zero(TUI_LOG_EVENTS, sizeof *log->ring) };
}

void
tui_log_clear(struct tui_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		tui_event_deinit(&log->ring[(log->newest + TUI_LOG_EVENTS - i) % TUI_LOG_EVENTS]);
	log->count = 0;
	log->fresh = log->not_kept = log->lost = 0;
}

void
tui_log_deinit(struct tui_log *log)
{
	if (!log->ring)
		return;
	tui_log_clear(log);
	mem_free(log->ring);
	log->ring = NULL;
}

const struct tui_event *
tui_log_at(const struct tui_log *log, size_t i)
{
	must(i < log->count);
	return &log->ring[(log->newest + TUI_LOG_EVENTS - i) % TUI_LOG_EVENTS];
}

void
tui_log_tick(struct tui_log *log, int64_t now_mono_ms)
{
	int64_t second = now_mono_ms / 1000;

	if (second == log->second)
		return;
	log->shown_sec = second == log->second + 1 ? log->shown_now : 0;
	log->sampled_sec = second == log->second + 1 ? log->sampled_now : 0;
	log->shown_now = log->sampled_now = 0;
	log->second = second;
}

void
tui_log_take(struct tui_log *log, const json_t *event, int64_t now_mono_ms)
{
	tui_log_tick(log, now_mono_ms);
	log->shown_now++;
	log->fresh += log->is_frozen;
	if (log->is_frozen && log->count == TUI_LOG_EVENTS) {
		log->not_kept++;
		return;
	}
	log->newest = (log->newest + 1) % TUI_LOG_EVENTS;
	if (log->count == TUI_LOG_EVENTS)
		tui_event_deinit(&log->ring[log->newest]);
	else
		log->count++;
	tui_event_read(&log->ring[log->newest], event);
}

void
tui_log_backfill(struct tui_log *log, const json_t *events)
{
	/* ids grow with time and compare as text */
	const char *oldest = log->count ? tui_log_at(log, log->count - 1)->id : NULL;

	for (size_t i = json_array_size(events); i-- > 0 && log->count < TUI_LOG_EVENTS;) {
		struct tui_event event;

		tui_event_read(&event, json_array_get(events, i));
		if (oldest && strcmp(event.id, oldest) >= 0) {
			tui_event_deinit(&event);
			continue;
		}
		log->ring[(log->newest + TUI_LOG_EVENTS - log->count) % TUI_LOG_EVENTS] = event;
		log->count++;
	}
}

void
tui_log_sampled(struct tui_log *log, uint64_t count, int64_t now_mono_ms)
{
	tui_log_tick(log, now_mono_ms);
	log->sampled_now += count;
	log->fresh += log->is_frozen ? count : 0;
}

void
tui_log_freeze(struct tui_log *log, int64_t now_unix_ms)
{
	if (log->is_frozen)
		return;
	log->is_frozen = true;
	log->frozen_at_unix_ms = now_unix_ms;
	log->fresh = log->not_kept = 0;
}

bool
tui_log_thaw(struct tui_log *log)
{
	bool is_missing = log->is_frozen && log->not_kept > 0;

	log->is_frozen = false;
	log->fresh = log->not_kept = 0;
	return is_missing;
}
