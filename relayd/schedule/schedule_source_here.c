/* schedule_source_here.c - the source addresses that pools or the store name, and whether
 * this host has them: looked at now and then, and told when that changes.
 * Thread: scheduler. */
#include "schedule/schedule_source.h"

#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "schedule/schedule_outcome.h"
#include "source/source_host.h"

#define CHECK_EVERY_MS 60000       /* is each address still one of this host's? */

struct schedule_source *
schedule_source_get(struct schedule *s, const char *address)
{
	struct schedule_source *source = map_get(s->sources, span_of(address));
	size_t n = strlen(address);

	if (source)
		return source;
	source = mem_zero(1, sizeof *source + n + 1);
	memcpy(source->address, address, n);
	for (int kind = 0; kind < SCHEDULE_OFF_COUNT; kind++) {
		source->off[kind].source = source;
		heap_node_init(&source->off[kind].due);
	}
	map_put(s->sources, span_of(source->address), source);
	return source;
}

static void
remember_pool(struct schedule *s, const struct config_pool *pool)
{
	for (size_t i = 0; i < pool->addresses; i++) {
		struct schedule_source *source = schedule_source_get(s, pool->address[i]);

		source->is_configured = true;
		source->warms_up |= pool->warmup;
	}
}

static void
forget_pools(struct schedule *s)
{
	struct span key;
	size_t cursor = 0;
	void *value;

	while (map_next(s->sources, &cursor, &key, &value)) {
		struct schedule_source *source = value;

		source->is_configured = source->warms_up = false;
	}
}

static void
say_missing(struct schedule *s, struct schedule_source *source)
{
	struct mail_event event = { .kind = MAIL_EVENT_SOURCE_CHANGED, .duration_ms = -1,
		                    .source_address = source->address };
	char words[160];

	if (source->is_missing == source->is_told_missing)
		return;
	if (!source->is_configured) { /* nobody asks for it any more */
		source->is_told_missing = false;
		return;
	}
	source->is_told_missing = source->is_missing;
	snprintf(words, sizeof words, "%s is %s", source->address,
	         source->is_missing ? "not an address of this host: others of its pool step in, or "
	                              "its mail waits"
	                            : "an address of this host again");
	event.detail = words;
	schedule_record_act(s, &event);
}

static bool
look(struct schedule *s)
{
	struct span key;
	size_t cursor = 0;
	bool has_changed = false;
	void *value;

	while (map_next(s->sources, &cursor, &key, &value)) {
		struct schedule_source *source = value;
		bool is_missing = source->is_configured && !source_host_has(source->address);

		has_changed |= is_missing != source->is_missing;
		source->is_missing = is_missing;
	}
	s->sources_mono_ms = s->now_mono_ms;
	return has_changed;
}

void
schedule_source_remember(struct schedule *s)
{
	forget_pools(s);
	remember_pool(s, &s->config->default_pool);
	for (size_t i = 0; i < s->config->pools; i++)
		remember_pool(s, &s->config->pool[i]);
	schedule_warmup_configure(s);
	look(s);
	s->sources_are_new = true; /* the next turn tells about those that are missing */
}

int64_t
schedule_source_due_mono(const struct schedule *s)
{
	if (s->sources_are_new)
		return s->now_mono_ms;
	return map_count(s->sources) > 0 ? s->sources_mono_ms + CHECK_EVERY_MS : INT64_MAX;
}

void
schedule_source_check(struct schedule *s)
{
	struct span key;
	size_t cursor = 0;
	void *source;

	if (s->now_mono_ms < schedule_source_due_mono(s))
		return;
	if (look(s) || s->sources_are_new)
		schedule_source_reassign(s);
	s->sources_are_new = false;
	while (map_next(s->sources, &cursor, &key, &source))
		say_missing(s, source);
}

void
schedule_source_free_all(struct schedule *s)
{
	struct span key;
	size_t cursor = 0;
	void *source;

	while (map_next(s->sources, &cursor, &key, &source)) {
		schedule_off_deinit(s, source);
		mem_free(source);
	}
	map_free(&s->sources);
}
