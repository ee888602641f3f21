/* suppress_blocked.c - see suppress_blocked.h. */
#include "suppress/suppress_blocked.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"

/* midnight - that many days after the one that now's day began with, here. */
static int64_t
midnight(int64_t now_unix_ms, int days)
{
	time_t now = (time_t)(now_unix_ms / 1000);
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	tm.tm_isdst = -1; /* of that day: it may have 23 or 25 hours */
	return (int64_t)mktime(&tm) * 1000;
}

struct suppress_blocked *
suppress_blocked_new(int64_t now_unix_ms)
{
	struct suppress_blocked *blocked = mem_zero(1, sizeof *blocked);

	blocked->since_unix_ms = now_unix_ms;
	blocked->until_unix_ms = midnight(now_unix_ms, 1);
	return blocked;
}

static void
forget(struct suppress_blocked *blocked)
{
	for (size_t i = 0; i < blocked->rows; i++)
		mem_free(blocked->row[i].credential);
	blocked->rows = 0;
	blocked->total = 0;
}

void
suppress_blocked_free(struct suppress_blocked **blocked)
{
	struct suppress_blocked *gone = *blocked;

	*blocked = NULL;
	if (gone)
		forget(gone);
	mem_free(gone);
}

void
suppress_blocked_tick(struct suppress_blocked *blocked, int64_t now_unix_ms)
{
	if (now_unix_ms < blocked->until_unix_ms)
		return;
	forget(blocked);
	blocked->since_unix_ms = midnight(now_unix_ms, 0);
	blocked->until_unix_ms = midnight(now_unix_ms, 1);
}

void
suppress_blocked_add(struct suppress_blocked *blocked, const char *credential, int64_t now_unix_ms)
{
	size_t i = 0;

	suppress_blocked_tick(blocked, now_unix_ms);
	blocked->total++;
	while (i < blocked->rows && strcmp(blocked->row[i].credential, credential) != 0)
		i++;
	if (i == SUPPRESS_BLOCKED_MAX)
		return;
	if (i == blocked->rows)
		blocked->row[blocked->rows++] = (struct suppress_blocked_row){
			.credential = mem_strdup(credential) };
	blocked->row[i].count++;
}
