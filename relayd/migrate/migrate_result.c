/* migrate_result.c - see migrate_result.h. */
#include "migrate/migrate_result.h"

#include <math.h>

#define FIRST_MS 100
#define CLASSES_A_DOUBLING 4

/* ---- counting ------------------------------------------------------------------------------- */

static const enum what { OWN, REFUSED, BROKEN } what_of[VERDICT_CATEGORY_COUNT] = {
	[VERDICT_REPUTATION_BLOCK] = REFUSED, [VERDICT_PTR_REQUIRED] = REFUSED,
	[VERDICT_SPAM_CONTENT] = REFUSED,     [VERDICT_CONTENT_REJECTED] = REFUSED,
	[VERDICT_RATE_LIMITED] = REFUSED,     [VERDICT_AUTH_FAILED] = REFUSED,
	[VERDICT_POLICY] = REFUSED,	      [VERDICT_SENDER_REJECTED] = REFUSED,
	[VERDICT_RELAY_DENIED] = REFUSED,     [VERDICT_TLS_REQUIRED] = BROKEN,
	[VERDICT_PROTOCOL_ERROR] = BROKEN,    [VERDICT_NETWORK_ERROR] = BROKEN,
	[VERDICT_SYSTEM_ERROR] = BROKEN, /* all others are the recipient's own */
};

bool
migrate_result_is_refusal(enum verdict_category category)
{
	return what_of[category] == REFUSED;
}

static int
class_of(int64_t ms)
{
	double class = ms <= FIRST_MS ? 0 : CLASSES_A_DOUBLING * log2((double)ms / FIRST_MS);

	return class < MIGRATE_TIMES - 1 ? (int)class : MIGRATE_TIMES - 1;
}

void
migrate_result_add(struct migrate_result *result, enum migrate_outcome outcome,
		   enum verdict_category category, bool is_first, int64_t ms)
{
	enum what what = outcome == MIGRATE_DELIVERED ? OWN : what_of[category];

	result->tried += is_first;
	result->refused += is_first && what == REFUSED;
	result->broken += is_first && what == BROKEN;
	if (outcome == MIGRATE_DELIVERED) {
		result->delivered++;
		result->time[class_of(ms)]++;
	} else if (outcome == MIGRATE_DEFERRED) {
		result->deferrals++;
	} else if (what == REFUSED) {
		result->bounced_refused++;
	} else if (what == OWN && category != VERDICT_NONE && category != VERDICT_GREYLISTED) {
		result->bounced_hard++;
	} else {
		result->bounced_other++;
	}
}

int64_t
migrate_result_time(const struct migrate_result *result, double share)
{
	uint64_t total = 0, seen = 0;
	int class = 0;

	for (int i = 0; i < MIGRATE_TIMES; i++)
		total += result->time[i];
	if (total == 0)
		return -1;
	while (class < MIGRATE_TIMES - 1
	       && (double)(seen += result->time[class]) < share * (double)total)
		class++;
	return (int64_t)(FIRST_MS * exp2((class + 0.5) / CLASSES_A_DOUBLING));
}

/* ---- comparing ------------------------------------------------------------------------------ */

static double
share_of(uint32_t part, uint32_t whole)
{
	return whole > 0 ? (double)part / whole : 0;
}

double
migrate_result_z(const struct migrate_result *direct, const struct migrate_result *old)
{
	double n = direct->tried, m = old->tried, pooled, spread;

	if (direct->tried == 0 || old->tried == 0)
		return 0;
	pooled = ((double)direct->refused + old->refused) / (n + m);
	spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
	if (spread == 0) /* nobody was refused, or everybody: no difference */
		return 0;
	return (share_of(direct->refused, direct->tried) - share_of(old->refused, old->tried))
	       / spread;
}

static bool
is_refused_more(const struct migrate_result *direct, const struct migrate_result *old)
{
	return direct->tried >= MIGRATE_TRIED_MIN && old->tried >= MIGRATE_TRIED_MIN
	       && share_of(direct->refused, direct->tried)
				  - share_of(old->refused, old->tried) >= MIGRATE_MARGIN
	       && migrate_result_z(direct, old) > MIGRATE_Z;
}

static bool
is_plainly_worse(const struct migrate_result *direct, const struct migrate_result *old)
{
	return direct->tried >= MIGRATE_EARLY_MIN && old->tried >= MIGRATE_EARLY_MIN
	       && share_of(direct->refused + direct->broken, direct->tried) >= MIGRATE_EARLY_SHARE
	       && share_of(old->refused + old->broken, old->tried) < MIGRATE_EARLY_OLD_SHARE;
}

static void
write_share(struct buf *out, const char *what, uint32_t part, uint32_t whole)
{
	(void)buf_printf(out, "%s%u of %u (%.1f %%) %s", out->len > 0 ? ", " : "", part, whole,
			 100 * share_of(part, whole), what);
}

bool
migrate_result_is_worse(const struct migrate_result *direct, const struct migrate_result *old,
			uint32_t waiting, struct buf *why_out)
{
	struct migrate_result with = *direct;
	bool is_more;

	with.tried += waiting;
	with.refused += waiting;
	is_more = is_refused_more(&with, old);
	if (!is_more && !is_plainly_worse(&with, old))
		return false;
	if (why_out == NULL)
		return true;
	write_share(why_out, "first attempts ", with.refused + (is_more ? 0 : with.broken),
		    with.tried);
	(void)buf_append_text(why_out, is_more ? "refused directly" : "refused or broken directly");
	if (waiting > 0)
		(void)buf_printf(why_out, " (%u wait for who refuses)", waiting);
	write_share(why_out, "by the old system", old->refused + (is_more ? 0 : old->broken),
		    old->tried);
	return true;
}

/* ---- as text -------------------------------------------------------------------------------- */

void
migrate_result_write_times(const struct migrate_result *result, struct buf *out)
{
	for (int i = 0; i < MIGRATE_TIMES; i++)
		if (result->time[i] > 0)
			(void)buf_printf(out, "%s%d:%u", out->len > 0 ? " " : "", i,
					 result->time[i]);
}

void
migrate_result_read_times(struct migrate_result *result, struct span text)
{
	while (text.n > 0) {
		struct span count, class = span_cut(span_cut(text, ' ', &text), ':', &count);
		unsigned long long i, n;

		if (span_to_u64(class, &i) && i < MIGRATE_TIMES && span_to_u64(count, &n)
		    && n <= UINT32_MAX)
			result->time[i] = (uint32_t)n;
	}
}
