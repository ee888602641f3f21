/* fuzz_resolve_packet.c - a name server's packet, any bytes: what is believed of
 * it is well formed and within bounds. The first byte picks the record type. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "resolve/resolve_packet.h"

static void
check_name(const char *name, enum resolve_type type)
{
	char clean[RESOLVE_NAME_SIZE], plain[RESOLVE_NAME_SIZE];

	if (type == RESOLVE_PTR) { /* aliases of these may have slashes */
		snprintf(plain, sizeof plain, "%s", name);
		for (char *p = plain; *p; p++)
			*p = *p == '/' ? '-' : *p;
		name = plain;
	}
	if (name[0] == '\0' || strcmp(name, RESOLVE_NO_HOST) == 0)
		return;
	must(resolve_name_clean(span_of(name), clean) && strcmp(clean, name) == 0);
}

static void
check_answer(const struct resolve_answer *answer, enum resolve_type type)
{
	must(answer->count <= RESOLVE_RECORDS_MAX);
	must((answer->status == RESOLVE_FOUND || answer->status == RESOLVE_ALIAS) ==
	     (answer->count > 0));
	must((answer->status == RESOLVE_FAILED) == (answer->why != NULL));
	must(answer->status != RESOLVE_ALIAS ||
	     (answer->count == 1 && answer->record[0].mx.name[0]));
	for (size_t i = 0; i < answer->count; i++) {
		if (type >= RESOLVE_MX || answer->status == RESOLVE_ALIAS)
			check_name(answer->record[i].mx.name, type);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resolve_question_text question = { .name = "example.net", .id = 0x1234 };
	struct resolve_answer *answer = NULL;
	const char *why = NULL;
	enum resolve_packet result;

	if (size < 1)
		return 0;
	question.type = (enum resolve_type)(data[0] % RESOLVE_TYPE_COUNT);
	result = resolve_packet_parse(&question, data + 1, size - 1, &answer, &why);
	must((result == RESOLVE_PACKET_ANSWER) == (answer != NULL));
	must(result != RESOLVE_PACKET_REFUSED || why);
	if (answer)
		check_answer(answer, question.type);
	mem_free(answer);
	return 0;
}
