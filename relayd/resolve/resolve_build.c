/* resolve_build.c - the life of a resolve_route: made by the resolver, read by
 * scheduler and workers, freed by whoever drops the last reference. */
#include "resolve/resolve_build.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/list.h"
#include "base/mem.h"

struct holder {
	struct resolve_route route;
	struct arena *arena;
};

struct resolve_route *
resolve_build_new(const char *domain, struct arena **arena_out)
{
	struct holder *holder = mem_zero(1, sizeof *holder);

	holder->arena = arena_new(512);
	ref_init(&holder->route.ref);
	holder->route.domain = arena_strdup(holder->arena, domain);
	*arena_out = holder->arena;
	return &holder->route;
}

struct resolve_route *
resolve_route_ref(struct resolve_route *route)
{
	ref_add(&route->ref);
	return route;
}

void
resolve_route_unref(struct resolve_route **route)
{
	struct holder *holder;

	if (!*route)
		return;
	if (ref_drop(&(*route)->ref)) {
		holder = LIST_OWNER(*route, struct holder, route);
		if (holder->route.password)
			mem_wipe((char *)(uintptr_t)holder->route.password, /* the arena's, ours */
			         strlen(holder->route.password));
		arena_free(&holder->arena);
		mem_free(holder);
	}
	*route = NULL;
}

void
resolve_build_fail(struct resolve_route *route, const struct resolve_failure *failure,
                   const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	route->failed = true;
	route->permanent = failure->permanent;
	route->category = failure->category;
	route->enhanced = failure->enhanced;
	err_set(&route->err, failure->permanent ? ERR_PERM : ERR_TEMP, 0, "%s", text);
}
