/* policy_zone.h - a zone as a table, for tests of those who ask the DNS. Addresses are written as
 * text; MX without a preference, in order. One row a record. */
#ifndef UNIT_POLICY_ZONE_H
#define UNIT_POLICY_ZONE_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "resolve/resolve_set.h"

#define ZONE_SET_MAX 32

struct zone_row {
	const char *name;
	enum resolve_set_type type;
	const char *data; /* NULL: the server fails */
};

struct zone {
	const struct zone_row *row;
	size_t rows;
	struct arena *arena;
	unsigned asked;
	unsigned patience; /* questions answered before "not yet"; 0: all */
};

static bool
zone_look_up(void *arg, const char *name, enum resolve_set_type type, struct resolve_set *out)
{
	struct zone *zone = arg;
	struct resolve_set_record *record = arena_zero(zone->arena, ZONE_SET_MAX * sizeof *record);

	zone->asked++;
	if (zone->patience > 0 && zone->asked > zone->patience)
		return false;
	*out = (struct resolve_set){ .status = RESOLVE_NXDOMAIN, .record = record };
	for (size_t i = 0; i < zone->rows; i++) {
		const struct zone_row *row = &zone->row[i];
		unsigned char address[16];

		if (strcmp(row->name, name) != 0)
			continue;
		if (out->status == RESOLVE_NXDOMAIN)
			out->status = RESOLVE_NODATA;
		if (row->type != type || out->count == ZONE_SET_MAX)
			continue;
		if (row->data == NULL) {
			*out = (struct resolve_set){ .status = RESOLVE_FAILED, .why = "SERVFAIL" };
			return true;
		}
		out->status = RESOLVE_FOUND;
		record[out->count].data = span_of(row->data);
		if (type == RESOLVE_SET_A || type == RESOLVE_SET_AAAA) {
			(void)inet_pton(type == RESOLVE_SET_A ? AF_INET : AF_INET6, row->data,
					address);
			record[out->count].data.n = type == RESOLVE_SET_A ? 4 : 16;
			record[out->count].data.p = arena_copy(zone->arena, address, 16);
		}
		out->count++;
	}
	return true;
}

#endif
