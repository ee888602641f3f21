/* tui_pool.h - an address mail leaves by, as the Pools screen and its acts read it
 * from a row. Pure. Thread: the app's. */
#ifndef TUI_POOL_H
#define TUI_POOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "tui_canvas.h"

struct tui_model;

struct tui_pool { /* texts are borrowed of the row; "" missing */
	const char *pool, *address, *ehlo, *ptr, *ptr_name, *state, *advice;
	int64_t day, days, sent, cap; /* 0: none */
	double deferred_percent;      /* -1: nothing was tried */
	int64_t listed;               /* on blocklists; -1: not known */
	const char *off_by, *off_reason, *paused_by, *paused_reason;
	int64_t off_since_unix_ms, off_until_unix_ms, paused_since_unix_ms;
};

struct tui_pool tui_pool_read(const json_t *row);

/* tui_pool_draw_progress - what it may send today, by provider, and tomorrow. Returns how
 * many rows that took. detail: the answer of pool.progress, or NULL. */
int tui_pool_draw_progress(const struct tui_model *model, const json_t *row,
                           const json_t *detail, struct tui_area area);
/* tui_pool_draw_detail - its schedule, what others say of it, what can be done. */
void tui_pool_draw_detail(const struct tui_model *model, const json_t *row,
                          const json_t *detail, struct tui_area area);

#endif
