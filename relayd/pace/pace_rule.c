/* pace_rule.c - see pace_rule.h. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pace/pace_rule.h"

#include <pcre2.h>
#include <string.h>
#include "base/mem.h"
#include "base/must.h"

#define REPLY_MAX 1000

struct compiled {
	const struct config_reply_rule *row;
	pcre2_code *code;
};

struct pace_rules {
	struct compiled *rule;
	size_t count;
	pcre2_match_data *match;
};

struct pace_rules *
pace_rules_new(const struct config *config)
{
	struct pace_rules *rules = mem_zero(1, sizeof *rules);
	PCRE2_SIZE at;
	int number;

	rules->count = config->reply_rules;
	rules->rule = mem_zero(rules->count + 1, sizeof *rules->rule);
	rules->match = pcre2_match_data_create(1, NULL);
	must(rules->match != NULL);
	for (size_t i = 0; i < rules->count; i++) {
		struct compiled *c = &rules->rule[i];

		c->row = &config->reply_rule[i];
		c->code = pcre2_compile((PCRE2_SPTR)c->row->match, PCRE2_ZERO_TERMINATED,
		                        PCRE2_CASELESS, &number, &at, NULL);
		must(c->code != NULL);
		(void)pcre2_jit_compile(c->code, PCRE2_JIT_COMPLETE);
	}
	return rules;
}

void
pace_rules_free(struct pace_rules **rules)
{
	struct pace_rules *r = *rules;

	*rules = NULL;
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		pcre2_code_free(r->rule[i].code);
	pcre2_match_data_free(r->match);
	mem_free(r->rule);
	mem_free(r);
}

size_t
pace_rules_count(const struct pace_rules *rules)
{
	return rules->count;
}

const struct config_reply_rule *
pace_rules_row(const struct pace_rules *rules, size_t i)
{
	return rules->rule[i].row;
}

size_t
pace_rules_next(struct pace_rules *rules, const char *provider, struct span reply, size_t from)
{
	size_t n = reply.n < REPLY_MAX ? reply.n : REPLY_MAX;

	for (size_t i = from; i < rules->count && n > 0; i++) {
		const struct compiled *c = &rules->rule[i];

		if (strcmp(c->row->provider, provider) == 0 &&
		    pcre2_match(c->code, (PCRE2_SPTR)reply.p, n, 0, 0, rules->match, NULL) >= 0)
			return i;
	}
	return rules->count;
}

bool
pace_tally_count(struct pace_tally *tally, struct units_rate threshold, int64_t now_mono_ms)
{
	int64_t oldest;

	must(threshold.count > 0);
	if (tally->at_mono_ms == NULL)
		tally->at_mono_ms = mem_zero(threshold.count, sizeof *tally->at_mono_ms);
	tally->at_mono_ms[tally->next] = now_mono_ms;
	tally->next = (tally->next + 1) % threshold.count;
	if (tally->filled < threshold.count)
		tally->filled++;
	oldest = tally->at_mono_ms[tally->next]; /* when it is full */
	if (tally->filled < threshold.count || now_mono_ms - oldest > threshold.period_ms)
		return false;
	tally->filled = 0;
	return true;
}

void
pace_tally_deinit(struct pace_tally *tally)
{
	mem_free(tally->at_mono_ms);
	*tally = (struct pace_tally){ 0 };
}
