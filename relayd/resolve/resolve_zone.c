/* resolve_zone.c - who may ask now (stage 6). Resolver thread.
 *
 * A place in the zone first, then one of the places there are in all: a dead zone
 * fills its own places and no others. Invariant: a question holds a place of its
 * zone unless it is in zone->waiting; a zone without questions is freed. */
#include "resolve/resolve_dns_private.h"

#include "base/mem.h"

#define UNDER_WAY_MAX 1000

/* zone_part - what we take for the zone: the last two labels, or three where the
 * second-level one is a registry's ("co.uk"). A guess is enough for a cap. */
static const char *
zone_part(const char *name)
{
	const char *dot[3] = { NULL, NULL, NULL }; /* the last three, last first */

	for (const char *p = name; *p; p++) {
		if (*p != '.')
			continue;
		dot[2] = dot[1];
		dot[1] = dot[0];
		dot[0] = p;
	}
	if (!dot[1])
		return name;
	if (strlen(dot[0] + 1) == 2 && dot[0] - dot[1] <= 4)
		return dot[2] ? dot[2] + 1 : name;
	return dot[1] + 1;
}

struct resolve_zone *
resolve_zone_of(struct resolve_dns *dns, const char *name)
{
	struct span part = span_of(zone_part(name));
	struct resolve_zone *zone = map_get(dns->zones, part);

	if (zone)
		return zone;
	zone = mem_zero(1, sizeof *zone);
	list_init(&zone->waiting);
	memcpy(zone->name, part.p, part.n);
	zone->name_n = part.n;
	map_put(dns->zones, part, zone);
	return zone;
}

static void
start(struct resolve_question *question)
{
	struct resolve_dns *dns = question->dns;

	if (dns->under_way >= UNDER_WAY_MAX) {
		list_push_back(&dns->waiting, &question->link);
		return;
	}
	dns->under_way++;
	resolve_question_send(question);
}

void
resolve_zone_enter(struct resolve_question *question)
{
	struct resolve_zone *zone = question->zone;

	if (zone->under_way >= question->dns->max_per_zone) {
		list_push_back(&zone->waiting, &question->link);
		return;
	}
	zone->under_way++;
	start(question);
}

static struct resolve_question *
pop(struct list *list)
{
	struct list *link = list->next;

	if (list_is_empty(list))
		return NULL;
	list_remove(link);
	return LIST_OWNER(link, struct resolve_question, link);
}

void
resolve_zone_leave(struct resolve_dns *dns, struct resolve_zone *zone)
{
	struct resolve_question *next;

	dns->under_way--;
	zone->under_way--;
	next = zone->under_way < dns->max_per_zone ? pop(&zone->waiting) : NULL;
	if (next) {
		zone->under_way++;
		list_push_back(&dns->waiting, &next->link); /* behind those of other zones */
	} else if (zone->under_way == 0) {
		map_remove(dns->zones, (struct span){ zone->name, zone->name_n });
		mem_free(zone);
	}
	next = dns->under_way < UNDER_WAY_MAX ? pop(&dns->waiting) : NULL;
	if (next)
		start(next);
}
