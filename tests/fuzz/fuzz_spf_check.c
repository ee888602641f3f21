/* fuzz_spf_check.c - the DNS as an enemy: every line of the input answers questions, whichever the
 * evaluation asks. It ends, within its limits, and asking again "not yet" by "not yet" comes to
 * the same result. First byte of a line: what kind of answer it is. */
#include "fuzz.h"

#include <string.h>

#include "base/arena.h"
#include "policy/spf_check.h"

#define LINES_MAX 32
#define SET_MAX 12

struct enemy {
	struct span line[LINES_MAX];
	size_t lines;
	unsigned asked, patience;
	struct resolve_set_record record[LINES_MAX][SET_MAX];
};

static unsigned
hash(const char *name, enum resolve_set_type type)
{
	unsigned h = 5381u + (unsigned)type;

	for (; *name != '\0'; name++)
		h = h * 33u ^ (unsigned char)*name;
	return h;
}

static bool
look_up(void *arg, const char *name, enum resolve_set_type type, struct resolve_set *out)
{
	struct enemy *enemy = arg;
	size_t i = hash(name, type) % enemy->lines, n;
	struct span line = enemy->line[i];
	char kind = line.n > 0 ? line.p[0] : 'x';

	must(strlen(name) > 0 && strlen(name) <= 253);
	if (++enemy->asked > enemy->patience)
		return false;
	*out = (struct resolve_set){ .status = kind == 'x' ? RESOLVE_NXDOMAIN : RESOLVE_NODATA };
	if (kind == 'f')
		*out = (struct resolve_set){ .status = RESOLVE_FAILED, .why = "fuzz" };
	if (kind == 'x' || kind == 'n' || kind == 'f')
		return true;
	n = kind >= '1' && kind <= '9' ? (size_t)(kind - '0') : kind == 'm' ? SET_MAX : 1;
	for (size_t k = 0; k < n; k++) {
		enemy->record[i][k].data = (struct span){ line.p + 1, line.n - 1 };
		if (type == RESOLVE_SET_A || type == RESOLVE_SET_AAAA)
			enemy->record[i][k].data.n =
				line.n > 16 ? (type == RESOLVE_SET_A ? 4 : 16) : 0;
	}
	*out = (struct resolve_set){ .status = RESOLVE_FOUND,
				     .count = n,
				     .record = enemy->record[i] };
	return true;
}

static enum spf_result
evaluate(struct enemy *enemy, const char *address, unsigned patience, bool *is_pending_out)
{
	struct spf_query query = { .address = address,
				   .sender = "a.b@x.example",
				   .helo = "h.example",
				   .wants_explanation = true,
				   .lookup = look_up,
				   .arg = enemy };
	struct arena *arena = arena_new(0);
	struct spf_outcome outcome;

	enemy->asked = 0;
	enemy->patience = patience;
	spf_check(&query, arena, &outcome);
	*is_pending_out = outcome.is_pending;
	must(outcome.lookups <= SPF_LOOKUPS_MAX + 1 && outcome.traces <= SPF_TRACE_MAX);
	must(enemy->asked < 300);
	must(outcome.is_pending || (outcome.problem != NULL) == (outcome.result == SPF_NONE ||
								 outcome.result >= SPF_TEMPERROR));
	arena_free(&arena);
	return outcome.result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const addresses[] = { "192.0.2.3", "2001:db8::3" };
	struct span rest = fuzz_span(data, size);
	struct enemy enemy = { .lines = 0 };
	bool is_pending = true;

	while (rest.n > 0 && enemy.lines < LINES_MAX)
		enemy.line[enemy.lines++] = span_cut(rest, '\n', &rest);
	if (enemy.lines == 0)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		enum spf_result result = evaluate(&enemy, addresses[i], 1000, &is_pending);

		must(!is_pending);
		is_pending = true;
		for (unsigned patience = 0; is_pending; patience = patience * 2 + 1)
			if (evaluate(&enemy, addresses[i], patience, &is_pending) != result)
				must(is_pending);
	}
	return 0;
}
