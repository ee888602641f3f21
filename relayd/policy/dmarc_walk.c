/* dmarc_walk.c - see dmarc_walk.h. */
#include "policy/dmarc_walk.h"

#include <stdio.h>

#define LABELS_AFTER_FIRST 7 /* s4.10: of longer names */

static size_t
count_labels(const char *domain)
{
	size_t labels = 1;

	for (; *domain != '\0'; domain++)
		labels += *domain == '.';
	return labels;
}

/* next_target - one label less, or as many less as leave seven; NULL: no label is left */
static const char *
next_target(const char *domain)
{
	size_t labels = count_labels(domain);

	do {
		domain = strchr(domain, '.');
		if (domain == NULL)
			return NULL;
		domain++;
	} while (--labels > LABELS_AFTER_FIRST);
	return domain;
}

/* read_step - of several records none counts, of none neither */
static void
read_step(struct dmarc_step *step, const struct resolve_set *set)
{
	step->status = set->status;
	for (size_t i = 0; i < set->count; i++) {
		if (!dmarc_record_is(set->record[i].data))
			continue;
		step->text = set->record[i].data;
		step->records++;
	}
	if (step->records == 1)
		(void)dmarc_record_parse(step->text, &step->record);
}

/* find_organisation - s4.10.2, from the longest name to the shortest */
static const char *
find_organisation(const struct dmarc_walk *walk)
{
	const char *shortest = walk->domain;

	for (size_t i = 0; i < walk->steps; i++) {
		const struct dmarc_step *step = &walk->step[i];

		if (step->records != 1)
			continue;
		shortest = step->domain;
		if (step->record.psd == DMARC_PSD_N)
			return step->domain;
		if (step->record.psd == DMARC_PSD_Y && i > 0) {
			const char *below = walk->domain, *dot;

			/* one label below the public suffix domain, asked about or not */
			while ((dot = strchr(below, '.')) != NULL && dot + 1 < step->domain)
				below = dot + 1;
			return below;
		}
	}
	return shortest;
}

static const struct dmarc_step *
find_step(const struct dmarc_walk *walk, const char *domain)
{
	for (size_t i = 0; i < walk->steps; i++)
		if (walk->step[i].domain == domain && walk->step[i].records == 1)
			return &walk->step[i];
	return NULL;
}

static const struct dmarc_step *
find_policy(const struct dmarc_walk *walk)
{
	const struct dmarc_step *step = find_step(walk, walk->domain);

	if (step == NULL)
		step = find_step(walk, walk->organisation);
	for (size_t i = 0; i < walk->steps && step == NULL; i++)
		if (walk->step[i].records == 1 && walk->step[i].record.psd == DMARC_PSD_Y)
			step = &walk->step[i];
	return step != NULL && step->record.is_usable ? step : NULL;
}

void
dmarc_walk(const char *domain, dmarc_lookup_fn lookup, void *arg, struct dmarc_walk *walk_out)
{
	struct dmarc_walk *walk = walk_out;
	const char *target = domain;

	memset(walk, 0, sizeof *walk);
	walk->domain = domain;
	while (target != NULL && walk->steps < DMARC_WALK_MAX) {
		struct dmarc_step *step = &walk->step[walk->steps++];
		struct resolve_set set = { .status = RESOLVE_NXDOMAIN };
		char name[DMARC_NAME_SIZE];

		step->domain = target;
		if ((size_t)snprintf(name, sizeof name, "_dmarc.%s", target) > 253) {
			step->status = RESOLVE_NXDOMAIN; /* nobody can have that name */
		} else if (!lookup(arg, name, RESOLVE_SET_TXT, &set)) {
			*walk = (struct dmarc_walk){ .is_pending = true, .domain = domain };
			return;
		}
		read_step(step, &set);
		if (set.status == RESOLVE_FAILED && walk->why == NULL)
			walk->why = set.why ? set.why : "no answer";
		if (step->records == 1 && (step->record.psd == DMARC_PSD_N ||
					   (step->record.psd == DMARC_PSD_Y && walk->steps > 1)))
			break;
		target = next_target(target);
	}
	walk->organisation = find_organisation(walk);
	walk->policy_step = find_policy(walk);
}

bool
dmarc_walk_policy(const struct dmarc_walk *walk, bool is_existing, enum dmarc_policy *policy_out)
{
	const struct dmarc_step *step = walk->policy_step;

	if (step == NULL)
		return false;
	if (step->domain == walk->domain)
		*policy_out = step->record.policy;
	else
		*policy_out = is_existing ? step->record.sub_policy : step->record.absent_policy;
	return true;
}

bool
dmarc_is_aligned(const char *authenticated, const char *its_organisation, const char *from,
		 const char *from_organisation, bool is_strict)
{
	if (span_is_nocase(span_of(authenticated), from))
		return true;
	return !is_strict && span_is_nocase(span_of(its_organisation), from_organisation);
}
