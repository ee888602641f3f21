/* store_request.c - the store's changes as their askers make and free them. Thread: any. */
#include "base/mem.h"
#include "store/store.h"

struct store_write *
store_write_new(struct mailbox_return back, void *context, size_t most)
{
	struct store_write *write = mem_zero(1, sizeof *write);

	write->back = back;
	write->context = context;
	write->arena = arena_new(0);
	write->change = arena_zero(write->arena, (most + 1) * sizeof *write->change);
	return write;
}

struct store_change *
store_write_add(struct store_write *write, enum store_change_kind kind)
{
	struct store_change *change = &write->change[write->changes++];

	change->kind = kind;
	return change;
}

void
store_write_free(struct store_write **write)
{
	arena_free(&(*write)->arena);
	mem_free(*write);
	*write = NULL;
}
