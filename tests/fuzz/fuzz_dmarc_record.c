/* fuzz_dmarc_record.c - any TXT values as DMARC records, one a line: each is read within its
 * bounds, and a walk that meets them in turn ends within eight questions at a piece of the
 * domain it began with. */
#include "fuzz.h"

#include <string.h>

#include "policy/dmarc_walk.h"

#define SET_MAX 3

struct enemy {
	struct span rest;
	unsigned asked;
	struct resolve_set_record record[DMARC_WALK_MAX][SET_MAX];
};

static void
check_record(struct span text)
{
	struct dmarc_record record;
	char sentence[256];

	must(dmarc_record_parse(text, &record) == dmarc_record_is(text));
	if (!dmarc_record_is(text))
		return;
	must(record.ruas <= DMARC_URIS_MAX && record.faults <= DMARC_FAULTS_MAX);
	must(record.percent <= 100 && record.policy < DMARC_POLICY_COUNT);
	must(record.sub_policy < DMARC_POLICY_COUNT && record.absent_policy < DMARC_POLICY_COUNT);
	for (size_t i = 0; i < record.ruas; i++) {
		must(record.rua[i].n > 0 && fuzz_inside(record.rua[i], text));
		must(fuzz_inside(dmarc_record_address(record.rua[i]), record.rua[i]));
	}
	for (size_t i = 0; i < record.faults; i++)
		must(strlen(dmarc_fault_text(&record.fault[i], sentence, sizeof sentence)) > 10);
}

static bool
look_up(void *arg, const char *name, enum resolve_set_type type, struct resolve_set *out)
{
	struct enemy *enemy = arg;
	struct resolve_set_record *record = enemy->record[enemy->asked];

	must(type == RESOLVE_SET_TXT && strncmp(name, "_dmarc.", 7) == 0);
	must(++enemy->asked <= DMARC_WALK_MAX);
	*out = (struct resolve_set){ .status = RESOLVE_FOUND, .record = record };
	while (out->count < SET_MAX && enemy->rest.n > 0) {
		record[out->count].data = span_cut(enemy->rest, '\n', &enemy->rest);
		if (record[out->count++].data.n == 0)
			break;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char domain[] = "a.b.c.d.e.f.g.h.mail.example.com";
	struct span rest = fuzz_span(data, size);
	struct enemy enemy = { .rest = rest };
	struct dmarc_walk walk;
	enum dmarc_policy policy;

	while (rest.n > 0)
		check_record(span_cut(rest, '\n', &rest));
	dmarc_walk(domain, look_up, &enemy, &walk);
	must(!walk.is_pending && walk.steps == enemy.asked);
	must(walk.organisation >= domain && walk.organisation < domain + sizeof domain - 1);
	must(walk.organisation == domain || walk.organisation[-1] == '.');
	must(dmarc_walk_policy(&walk, true, &policy) == (walk.policy_step != NULL));
	return 0;
}
