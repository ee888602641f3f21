/* migrate_plan.c - see migrate_plan.h. */
#include "migrate/migrate_plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const char *const methods[] = {
	[MIGRATE_SPF] = "SPF",
	[MIGRATE_DKIM] = "DKIM",
	[MIGRATE_DMARC] = "DMARC",
};
static_assert(sizeof methods / sizeof *methods == MIGRATE_METHOD_COUNT, "a name for each");

const char *
migrate_method_name(enum migrate_method method)
{
	return methods[method];
}

bool
migrate_plan_is_open(const struct migrate_stream *stream)
{
	return stream->is_staged && stream->stage != MIGRATE_MOVED;
}

static int
volume_class(const struct migrate_stream *stream)
{
	return stream->per_day < 1 ? 0 : 1 + (int)log2(stream->per_day);
}

int
migrate_plan_order(const struct migrate_stream *a, const struct migrate_stream *b)
{
	int volume_a = volume_class(a), volume_b = volume_class(b);

	if (migrate_plan_is_open(a) != migrate_plan_is_open(b))
		return migrate_plan_is_open(a) ? -1 : 1;
	if (volume_a != volume_b)
		return volume_a < volume_b ? -1 : 1;
	if (a->is_bulk != b->is_bulk)
		return a->is_bulk ? 1 : -1;
	return strcmp(a->credential, b->credential);
}

uint32_t
migrate_plan_next(const struct migrate_stream *stream)
{
	static const uint32_t steps[] = { 5, 20, 50, 100 };

	if (stream->returned_percent > 0) /* half of what was too much */
		return stream->returned_percent > 1 ? stream->returned_percent / 2 : 1;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (stream->percent < steps[i])
			return steps[i];
	return 100;
}

/* what is missing, in order; a trial's first step needs nothing: it is how one finds out */
enum missing { RETURNED, ATTEMPTS, METHOD, MISSING_COUNT = METHOD + MIGRATE_METHOD_COUNT };

static bool
is_missing(const struct migrate_stream *stream, int what)
{
	const struct migrate_evidence *evidence =
		&stream->evidence[what >= METHOD ? what - METHOD : 0];

	if (what == RETURNED)
		return stream->returned_percent > 0;
	if (stream->stage != MIGRATE_TRIAL || stream->percent == 0)
		return false;
	if (what == ATTEMPTS)
		return stream->direct.tried < MIGRATE_TRIED_MIN;
	return evidence->passed == 0 || evidence->failed > evidence->passed;
}

static void
write_missing(const struct migrate_stream *stream, int what, struct buf *out)
{
	const char *method = what >= METHOD ? methods[what - METHOD] : "";

	if (what == RETURNED)
		(void)buf_printf(out, "the cause of its return from %u %% mended",
				 stream->returned_percent);
	else if (what == ATTEMPTS)
		(void)buf_printf(out, "%u first attempts directly; it has %u", MIGRATE_TRIED_MIN,
				 stream->direct.tried);
	else if (stream->evidence[what - METHOD].passed == 0)
		(void)buf_printf(out, "proof that %s passes: relaycli migrate evidence %s FILE",
				 method, stream->credential);
	else
		(void)buf_printf(out, "%s that passes: it failed more often", method);
}

bool
migrate_plan_missing(const struct migrate_stream *stream, size_t i, struct buf *out)
{
	if (!migrate_plan_is_open(stream))
		return false;
	for (int what = 0; what < MISSING_COUNT; what++)
		if (is_missing(stream, what) && i-- == 0) {
			write_missing(stream, what, out);
			return true;
		}
	return false;
}
