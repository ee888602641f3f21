/* deliver_memory.h - addresses a worker had trouble with lately: bounded,
 * forgetting by time. One thread. */
#ifndef DELIVER_DELIVER_MEMORY_H
#define DELIVER_DELIVER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "resolve/resolve.h"

struct deliver_memory;

/* deliver_memory_new - keeps each address for keep_ms, at most cap of them (the
 * oldest goes first). Returns owned. */
struct deliver_memory *deliver_memory_new(size_t cap, int64_t keep_ms);
void deliver_memory_free(struct deliver_memory **memory);
void deliver_memory_note(struct deliver_memory *memory, const union resolve_address *address,
                         int64_t now_mono_ms);
bool deliver_memory_has(const struct deliver_memory *memory, const union resolve_address *address,
                        int64_t now_mono_ms);
void deliver_memory_forget(struct deliver_memory *memory, const union resolve_address *address);
size_t deliver_memory_count(const struct deliver_memory *memory);

#endif
