/* fuzz_resolve_set.c - a name server's packet, any bytes, read whole: within its bounds, and of a
 * shape that those who judge it may rely on. The first byte picks the record type. */
#include "fuzz.h"

#include <string.h>

#include "resolve/resolve_set.h"

static void
check_set(const struct resolve_set *set, enum resolve_set_type type)
{
	must(set->count <= RESOLVE_SET_MAX);
	must((set->status == RESOLVE_FOUND || set->status == RESOLVE_ALIAS) == (set->count > 0));
	must((set->status == RESOLVE_FAILED) == (set->why != NULL));
	must(set->status != RESOLVE_ALIAS || set->count == 1);
	for (size_t i = 0; i < set->count; i++) {
		struct span data = set->record[i].data;

		if (set->status == RESOLVE_FOUND && type <= RESOLVE_SET_AAAA) {
			must(data.n == (type == RESOLVE_SET_A ? 4 : 16));
			continue;
		}
		must(data.p[data.n] == '\0' && data.n <= RESOLVE_TCP_MAX);
		if (type != RESOLVE_SET_TXT || set->status == RESOLVE_ALIAS)
			must(strlen(data.p) == data.n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resolve_set_question question = { .name = "example.net",
						 .id = 0x1234,
						 .with_edns = true };
	struct resolve_set set;
	struct resolve_set_facts facts;
	struct arena *arena;
	const char *why = NULL;
	enum resolve_packet result;

	if (size < 1)
		return 0;
	arena = arena_new(0);
	question.type = (enum resolve_set_type)(data[0] % RESOLVE_SET_TYPE_COUNT);
	result = resolve_set_parse(&question, data + 1, size - 1, arena, &set, &facts, &why);
	must(result != RESOLVE_PACKET_REFUSED || why);
	if (result == RESOLVE_PACKET_ANSWER)
		check_set(&set, question.type);
	arena_free(&arena);
	return 0;
}
