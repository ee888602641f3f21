/* trace_ring.c - see trace_ring.h.
 *
 * Two queues in arrays that go round; the id stands beside each pointer, so that a search reads
 * one array and not thousands of blocks. */
#include "trace/trace_ring.h"

#include "base/mem.h"

#define PLACES_FIRST 64

struct place {
	uint64_t message_id;
	struct trace *trace; /* owned */
};

struct queue {
	struct place *place; /* places of them, a power of two */
	size_t places, first, count, bytes;
};

struct trace_ring {
	struct queue queue[2]; /* those that went well, those that failed */
	size_t max_bytes;
};

static struct place *
place_at(const struct queue *queue, size_t i)
{
	return &queue->place[(queue->first + i) & (queue->places - 1)];
}

static void
grow(struct queue *queue)
{
	size_t places = queue->places ? queue->places * 2 : PLACES_FIRST;
	struct place *place = mem_zero(places, sizeof *place);

	for (size_t i = 0; i < queue->count; i++)
		place[i] = *place_at(queue, i);
	mem_free(queue->place);
	queue->place = place;
	queue->places = places;
	queue->first = 0;
}

static void
push(struct queue *queue, struct trace *trace)
{
	if (queue->count == queue->places)
		grow(queue);
	*place_at(queue, queue->count) = (struct place){ trace_message_id(trace), trace };
	queue->count++;
	queue->bytes += trace_bytes(trace);
}

static void
pop(struct queue *queue)
{
	struct place *place = place_at(queue, 0);

	queue->bytes -= trace_bytes(place->trace);
	trace_free(&place->trace);
	queue->first++;
	queue->count--;
}

static void
keep_to_max(struct trace_ring *ring)
{
	struct queue *well = &ring->queue[false], *failed = &ring->queue[true];

	while (well->bytes + failed->bytes > ring->max_bytes) {
		if (failed->count == 0 || (well->count > 0 && well->bytes > ring->max_bytes / 4))
			pop(well);
		else
			pop(failed);
	}
}

struct trace_ring *
trace_ring_new(size_t max_bytes)
{
	struct trace_ring *ring = mem_zero(1, sizeof *ring);

	ring->max_bytes = max_bytes;
	return ring;
}

void
trace_ring_free(struct trace_ring **ring)
{
	if (!*ring)
		return;
	trace_ring_set_max(*ring, 0);
	for (int i = 0; i < 2; i++)
		mem_free((*ring)->queue[i].place);
	mem_free(*ring);
	*ring = NULL;
}

void
trace_ring_set_max(struct trace_ring *ring, size_t max_bytes)
{
	ring->max_bytes = max_bytes;
	keep_to_max(ring);
}

void
trace_ring_put(struct trace_ring *ring, struct trace **trace)
{
	push(&ring->queue[trace_has_failed(*trace)], *trace);
	*trace = NULL;
	keep_to_max(ring);
}

void
trace_ring_find(const struct trace_ring *ring, uint64_t message_id, const char *recipient,
                trace_ring_fn fn, void *arg)
{
	for (int q = 0; q < 2; q++) {
		const struct queue *queue = &ring->queue[q];

		for (size_t i = 0; i < queue->count; i++) {
			const struct place *place = place_at(queue, i);

			if (place->message_id != message_id ||
			    (recipient && !trace_has_recipient(place->trace, recipient)))
				continue;
			if (!fn(place->trace, arg))
				return;
		}
	}
}

static int64_t
oldest_of(const struct queue *queue)
{
	struct trace_facts facts = { 0 };

	if (queue->count > 0)
		trace_facts_read(place_at(queue, 0)->trace, &facts);
	return facts.started_unix_ms;
}

void
trace_ring_stats_read(const struct trace_ring *ring, struct trace_ring_stats *stats_out)
{
	const struct queue *well = &ring->queue[false], *failed = &ring->queue[true];
	int64_t oldest = oldest_of(well), oldest_failed = oldest_of(failed);

	*stats_out = (struct trace_ring_stats){
		.sessions = well->count + failed->count,
		.failed = failed->count,
		.bytes = well->bytes + failed->bytes,
		.max_bytes = ring->max_bytes,
		.oldest_unix_ms = oldest == 0 || (oldest_failed && oldest_failed < oldest)
		                          ? oldest_failed : oldest,
		.oldest_failed_unix_ms = oldest_failed,
	};
}
