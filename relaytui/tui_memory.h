/* tui_memory.h - what relaytui remembers from one start to the next: sort, filter and
 * columns of each screen, the palette's lines, saved searches.
 *
 * Keys and values are texts, one a line in relaytui/screens below XDG_STATE_HOME
 * (~/.local/state), mode 0600: filters hold addresses. What cannot be read is left
 * out, what cannot be written is lost: neither is worth a refusal. Thread: the app's. */
#ifndef TUI_MEMORY_H
#define TUI_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include "base/span.h"

struct tui_model;

#define TUI_MEMORY_ITEMS 256
#define TUI_MEMORY_KEY 64
#define TUI_MEMORY_VALUE 512

struct tui_memory {
	char (*key)[TUI_MEMORY_KEY];     /* owned, TUI_MEMORY_ITEMS of each; NULL: none yet */
	char (*value)[TUI_MEMORY_VALUE];
	size_t items;
};

/* tui_memory_get - "" when there is none. */
const char *tui_memory_get(const struct tui_memory *memory, const char *key);
/* tui_memory_set - "" forgets it. A full memory, a line break or a longer value: not kept. */
void tui_memory_set(struct tui_memory *memory, const char *key, const char *value);
void tui_memory_deinit(struct tui_memory *memory);

/* tui_memory_parse - lines of "key value", added to what is there. */
void tui_memory_parse(struct tui_memory *memory, struct span lines);
/* tui_memory_load, _save - the file; and what the screens are like now. */
void tui_memory_load(struct tui_model *model);
void tui_memory_save(struct tui_model *model);
/* tui_memory_apply, _take - between the memory and the screens' states. Pure. */
void tui_memory_apply(struct tui_model *model);
void tui_memory_take(struct tui_model *model);

#endif
