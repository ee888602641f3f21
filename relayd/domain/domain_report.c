/* domain_report.c - see domain_report.h. */
#include "domain/domain_report.h"

#include <string.h>

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

enum domain_state
domain_report_worst(const struct domain_report *report, const char *purpose)
{
	enum domain_state state = DOMAIN_OK;

	for (size_t i = 0; i < report->findings; i++)
		if (strcmp(report->finding[i].purpose, purpose) == 0 &&
		    report->finding[i].state > state)
			state = report->finding[i].state;
	return state;
}

size_t
domain_report_changes(const struct domain_report *before, const struct domain_report *now,
		      struct domain_change *out, size_t most)
{
	static const char *const purposes[] = { "dkim", "spf", "dmarc", "return_path" };
	size_t n = 0;

	for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++) {
		enum domain_state from = domain_report_worst(before, purposes[i]);
		enum domain_state to = domain_report_worst(now, purposes[i]);

		if (from != to && n < most)
			out[n++] = (struct domain_change){ now->at_unix_ms, purposes[i], from, to };
	}
	return n;
}
