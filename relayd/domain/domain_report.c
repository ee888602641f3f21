/* domain_report.c - see domain_report.h. */
#include "domain/domain_report.h"

static const char *const state_names[] = {
	[DOMAIN_OK] = "ok",
	[DOMAIN_SPREADING] = "not_everywhere",
	[DOMAIN_UNREADABLE] = "unreadable",
	[DOMAIN_DIFFERENT] = "different",
	[DOMAIN_MISSING] = "missing",
};
_Static_assert(sizeof state_names / sizeof *state_names == DOMAIN_STATE_COUNT, "a name each");

const char *
domain_state_name(enum domain_state state)
{
	return state_names[state];
}

void
domain_report_free(struct domain_report **report)
{
	struct arena *arena;

	if (*report == NULL)
		return;
	arena = (*report)->arena;
	*report = NULL;
	arena_free(&arena);
}
