/* tui_log.h - the newest events of the live log, and what was left out.
 *
 * Newest first: event 0 is the newest. While it is frozen nothing that is in it
 * leaves: a full log then only counts what comes, so that the row a person reads
 * stays where it is; thawing tells whether the daemon must be asked again. */
#ifndef TUI_LOG_H
#define TUI_LOG_H

#include "tui_data.h"

#define TUI_LOG_EVENTS 2000

struct tui_log {
	struct tui_event *ring;  /* owned, TUI_LOG_EVENTS */
	size_t count, newest;    /* newest: its place in ring */
	bool is_frozen;
	int64_t frozen_at_unix_ms;
	uint64_t fresh;          /* came while frozen, kept or not */
	uint64_t not_kept;       /* of them, dropped since there was no room */
	uint64_t lost;           /* the daemon dropped them: we read too slowly */
	uint64_t shown_sec, sampled_sec; /* of the last full second, for the sampling line */
	uint64_t shown_now, sampled_now; /* of the second under way */
	int64_t second;          /* mono seconds */
};

void tui_log_init(struct tui_log *log);
void tui_log_deinit(struct tui_log *log);
void tui_log_clear(struct tui_log *log); /* keeps frozen or not */
const struct tui_event *tui_log_at(const struct tui_log *log, size_t i); /* i < count */
void tui_log_take(struct tui_log *log, const json_t *event, int64_t now_mono_ms);
/* tui_log_backfill - older events (oldest first) behind those that are there. */
void tui_log_backfill(struct tui_log *log, const json_t *events);
void tui_log_sampled(struct tui_log *log, uint64_t count, int64_t now_mono_ms);
void tui_log_tick(struct tui_log *log, int64_t now_mono_ms);
void tui_log_freeze(struct tui_log *log, int64_t now_unix_ms);
/* tui_log_thaw - true: events are missing, clear and ask for the newest. */
bool tui_log_thaw(struct tui_log *log);

#endif
