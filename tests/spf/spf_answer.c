/* spf_answer.c - spf_check() as a filter: one JSON case a line in, one JSON outcome a line out,
 * so that tests in other languages can put it beside other implementations.
 *
 *   {"address":"192.0.2.1","sender":"a@b.example","helo":"c.example",
 *    "zone":{"b.example":{"TXT":["v=spf1 mx -all"],"MX":[[10,"mx.b.example"]]},
 *            "mx.b.example":{"A":["192.0.2.1"]},"slow.example":"TIMEOUT"}}
 *   {"result":"pass","lookups":1,"voids":0,"term":"mx","problem":null,"explanation":null}
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"
#include "policy/spf_check.h"

#define RECEIVER "receiver.example"
#define ALIASES_MAX 10

static const char *const types[RESOLVE_SET_TYPE_COUNT] = {
	[RESOLVE_SET_A] = "A",	   [RESOLVE_SET_AAAA] = "AAAA", [RESOLVE_SET_MX] = "MX",
	[RESOLVE_SET_PTR] = "PTR", [RESOLVE_SET_TXT] = "TXT",	[RESOLVE_SET_NS] = "NS",
};

struct zone {
	const json_t *names;
	struct arena *arena;
};

static struct resolve_set_record
read_record(struct zone *zone, enum resolve_set_type type, const json_t *value)
{
	struct resolve_set_record record = { 0 };
	unsigned char address[16];

	if (type == RESOLVE_SET_MX) {
		record.preference = (uint16_t)json_integer_value(json_array_get(value, 0));
		value = json_array_get(value, 1);
	}
	record.data = (struct span){ json_string_value(value), json_string_length(value) };
	if (type == RESOLVE_SET_A || type == RESOLVE_SET_AAAA) {
		must(inet_pton(type == RESOLVE_SET_A ? AF_INET : AF_INET6, record.data.p,
			       address) == 1);
		record.data.n = type == RESOLVE_SET_A ? 4 : 16;
		record.data.p = arena_copy(zone->arena, address, record.data.n);
	}
	return record;
}

static bool
look_up(void *arg, const char *name, enum resolve_set_type type, struct resolve_set *out)
{
	struct zone *zone = arg;
	const json_t *node = json_object_get(zone->names, name), *list;
	struct resolve_set_record *record;
	const char *alias;

	for (int i = 0;
	     i < ALIASES_MAX && (alias = json_string_value(json_object_get(node, "CNAME"))) != NULL;
	     i++)
		node = json_object_get(zone->names, alias);
	if (json_is_string(node)) {
		*out = (struct resolve_set){ .status = RESOLVE_FAILED, .why = "time-out" };
		return true;
	}
	list = json_object_get(node, types[type]);
	if (json_is_string(list)) {
		*out = (struct resolve_set){ .status = RESOLVE_FAILED, .why = "time-out" };
		return true;
	}
	out->status = node == NULL ? RESOLVE_NXDOMAIN : RESOLVE_NODATA;
	out->count = json_array_size(list);
	if (out->count == 0)
		return true;
	out->status = RESOLVE_FOUND;
	out->record = record = arena_zero(zone->arena, out->count * sizeof *record);
	for (size_t i = 0; i < out->count; i++)
		record[i] = read_record(zone, type, json_array_get(list, i));
	return true;
}

static void
answer(const json_t *one)
{
	struct zone zone = { json_object_get(one, "zone"), arena_new(0) };
	struct spf_query query = {
		.address = json_string_value(json_object_get(one, "address")),
		.sender = json_string_value(json_object_get(one, "sender")),
		.helo = json_string_value(json_object_get(one, "helo")),
		.receiver = RECEIVER,
		.wants_explanation = true,
		.lookup = look_up,
		.arg = &zone,
	};
	struct spf_outcome outcome;
	json_t *result;

	must(query.address && query.sender && query.helo);
	spf_check(&query, zone.arena, &outcome);
	result = json_pack("{s:s,s:i,s:i,s:s?,s:s?,s:s?}", "result",
			   spf_result_name(outcome.result), "lookups", (int)outcome.lookups,
			   "voids", (int)outcome.voids, "term", outcome.term, "problem",
			   outcome.problem, "explanation", outcome.explanation);
	must(result != NULL);
	json_dumpf(result, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(result);
	arena_free(&zone.arena);
}

int
main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, stdin)) > 0) {
		json_error_t error;
		json_t *one = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, &error);

		if (one == NULL) {
			fprintf(stderr, "spf_answer: %s\n", error.text);
			return 1;
		}
		answer(one);
		json_decref(one);
	}
	free(line);
	return 0;
}
