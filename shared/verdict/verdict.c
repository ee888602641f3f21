/* verdict.c - from a reply to a category, a scope and a decision.
 *
 * Precedence: words a provider or a well-known server uses for one thing only,
 * then exact enhanced statuses (5.1.1, 5.2.2, 5.7.25), then common words, then
 * any status, then the code. Words stand first because providers answer
 * "552 5.1.1 over quota" and "550 5.7.1 user unknown" every day.
 *
 * Patterns are compiled once by verdict_init; afterwards everything is
 * read-only and any thread may judge. A rule costs a few bit tests unless one
 * of its phrases can occur: each phrase has a mask of its byte pairs in a
 * 512-bit filter of the pairs in the text. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "verdict/verdict.h"
#include "verdict/verdict_private.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/mem.h"
#include "base/must.h"

enum { FILTER_WORDS = 8, PHRASES_MAX = 1024, RULES_MAX = 256 };

struct pair_filter {
	uint64_t word[FILTER_WORDS];
};

struct phrase {
	const char *text;
	size_t length;
	struct pair_filter pairs;
};

struct compiled_rule {
	size_t first, count; /* its phrases; count 0: the pattern always runs */
	pcre2_code *pattern; /* NULL: a phrase is enough */
};

static struct {
	bool is_ready;
	struct phrase phrases[PHRASES_MAX];
	size_t phrase_count;
	struct compiled_rule rules[RULES_MAX];
	pcre2_code *wait_pattern;
} engine;

static void
filter_add(struct pair_filter *filter, unsigned char a, unsigned char b)
{
	unsigned bit = (a * 31u + b) & (FILTER_WORDS * 64 - 1);

	filter->word[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static struct pair_filter
filter_of(const char *p, size_t n)
{
	struct pair_filter filter = { { 0 } };

	for (size_t i = 0; i + 1 < n; i++)
		filter_add(&filter, (unsigned char)p[i], (unsigned char)p[i + 1]);
	return filter;
}

static bool
filter_may_hold(const struct pair_filter *text, const struct pair_filter *phrase)
{
	for (size_t i = 0; i < FILTER_WORDS; i++)
		if (phrase->word[i] & ~text->word[i])
			return false;
	return true;
}

static pcre2_code *
compile_pattern(const char *pattern)
{
	int error;
	PCRE2_SIZE at;
	pcre2_code *code =
		pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);

	must(code != NULL);
	/* without JIT on this machine the interpreter serves */
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

static void
compile_rule(const struct verdict_rule *rule, struct compiled_rule *out)
{
	struct span rest = span_of(rule->phrases);

	out->first = engine.phrase_count;
	while (rest.n > 0) {
		struct span text = span_cut(rest, '|', &rest);

		must(engine.phrase_count < PHRASES_MAX && text.n > 1);
		engine.phrases[engine.phrase_count++] =
			(struct phrase){ text.p, text.n, filter_of(text.p, text.n) };
	}
	out->count = engine.phrase_count - out->first;
	out->pattern = rule->pattern ? compile_pattern(rule->pattern) : NULL;
	must(out->count > 0 || out->pattern);
}

void
verdict_init(void)
{
	if (engine.is_ready)
		return;
	must(verdict_rules_count <= RULES_MAX);
	for (size_t i = 0; i < verdict_rules_count; i++)
		compile_rule(&verdict_rules[i], &engine.rules[i]);
	engine.wait_pattern = compile_pattern(
		"(?:again|retry|wait|back|for|delay(?:ed)?)[^0-9]{0,24}?"
		"(?:([0-9]{1,2}):([0-9]{2}):([0-9]{2})|([0-9]{1,5}) ?(s|m|h)(?:ec|in|our|r|\\b))");
	engine.is_ready = true;
}

void
verdict_deinit(void)
{
	if (!engine.is_ready)
		return;
	for (size_t i = 0; i < verdict_rules_count; i++)
		pcre2_code_free(engine.rules[i].pattern);
	pcre2_code_free(engine.wait_pattern);
	memset(&engine, 0, sizeof engine);
}

/* struct judged - one reply on its way through the rules; lives on the stack. */
struct judged {
	const struct verdict_input *input;
	unsigned class; /* 4, 5; 0: a failure of our own without a status */
	char text[VERDICT_TEXT_MAX + 1];
	size_t length;
	struct pair_filter pairs;
	pcre2_match_data *match; /* made when the first pattern runs */
};

static bool
pattern_matches(struct judged *j, pcre2_code *pattern)
{
	if (!j->match)
		j->match = pcre2_match_data_create(8, NULL);
	must(j->match != NULL);
	return pcre2_match(pattern, (PCRE2_SPTR)j->text, j->length, 0, 0, j->match, NULL) > 0;
}

static bool
rule_has_phrase(const struct judged *j, const struct compiled_rule *compiled)
{
	for (size_t i = compiled->first; i < compiled->first + compiled->count; i++) {
		const struct phrase *phrase = &engine.phrases[i];

		if (filter_may_hold(&j->pairs, &phrase->pairs) &&
		    memmem(j->text, j->length, phrase->text, phrase->length))
			return true;
	}
	return compiled->count == 0;
}

static const struct verdict_rule *
find_rule(struct judged *j, unsigned broad)
{
	const char *provider = j->input->provider;

	for (size_t i = 0; i < verdict_rules_count; i++) {
		const struct verdict_rule *rule = &verdict_rules[i];
		const struct compiled_rule *compiled = &engine.rules[i];

		if ((rule->flags & VERDICT_RULE_BROAD) != broad)
			continue;
		if ((rule->flags & VERDICT_RULE_CLASS4) && j->class != 4)
			continue;
		if (rule->provider && provider && strcmp(rule->provider, provider) != 0)
			continue;
		if (!rule_has_phrase(j, compiled))
			continue;
		if (!compiled->pattern || pattern_matches(j, compiled->pattern))
			return rule;
	}
	return NULL;
}

static enum verdict_category
decide_category(struct judged *j, const struct verdict_rule **rule_out)
{
	struct verdict_guess guess = verdict_status_guess(j->input->enhanced);

	*rule_out = find_rule(j, 0);
	if (*rule_out)
		return (*rule_out)->category;
	if (guess.category != VERDICT_NONE && guess.is_exact)
		return guess.category;
	*rule_out = find_rule(j, VERDICT_RULE_BROAD);
	if (*rule_out)
		return (*rule_out)->category;
	if (guess.category != VERDICT_NONE)
		return guess.category;
	return verdict_code_guess(j->input->code, j->input->phase);
}

struct category_trait {
	enum verdict_scope scope;
	bool passes;	  /* time heals it, even when the reply says 5xx */
	bool kills;	  /* when permanent, the address is dead */
	bool final_local; /* permanent when we found it ourselves, without a reply */
};

/* A disabled mailbox may be enabled again, a full one emptied: neither address
 * is dead. A block of ours is never the recipient's fault. */
static const struct category_trait traits[VERDICT_CATEGORY_COUNT] = {
	[VERDICT_MAILBOX_UNKNOWN] = { VERDICT_SCOPE_RECIPIENT, false, true, true },
	[VERDICT_MAILBOX_FULL] = { VERDICT_SCOPE_RECIPIENT, true, false, false },
	[VERDICT_MAILBOX_DISABLED] = { VERDICT_SCOPE_RECIPIENT, false, false, false },
	[VERDICT_MAILBOX_MOVED] = { VERDICT_SCOPE_RECIPIENT, false, true, true },
	[VERDICT_DOMAIN_NOT_FOUND] = { VERDICT_SCOPE_RECIPIENT, false, true, true },
	[VERDICT_REPUTATION_BLOCK] = { VERDICT_SCOPE_SOURCE, false, false, false },
	[VERDICT_PTR_REQUIRED] = { VERDICT_SCOPE_SOURCE, false, false, false },
	[VERDICT_SPAM_CONTENT] = { VERDICT_SCOPE_MESSAGE, false, false, true },
	[VERDICT_CONTENT_REJECTED] = { VERDICT_SCOPE_MESSAGE, false, false, true },
	[VERDICT_RATE_LIMITED] = { VERDICT_SCOPE_SOURCE, true, false, false },
	[VERDICT_GREYLISTED] = { VERDICT_SCOPE_RECIPIENT, true, false, false },
	[VERDICT_AUTH_FAILED] = { VERDICT_SCOPE_SENDER, false, false, false },
	[VERDICT_TLS_REQUIRED] = { VERDICT_SCOPE_INFRASTRUCTURE, false, false, false },
	[VERDICT_MESSAGE_TOO_LARGE] = { VERDICT_SCOPE_MESSAGE, false, false, true },
	[VERDICT_POLICY] = { VERDICT_SCOPE_MESSAGE, false, false, false },
	[VERDICT_SENDER_REJECTED] = { VERDICT_SCOPE_SENDER, false, false, true },
	[VERDICT_RELAY_DENIED] = { VERDICT_SCOPE_INFRASTRUCTURE, false, false, false },
	[VERDICT_PROTOCOL_ERROR] = { VERDICT_SCOPE_INFRASTRUCTURE, false, false, false },
	[VERDICT_NETWORK_ERROR] = { VERDICT_SCOPE_INFRASTRUCTURE, false, false, false },
	[VERDICT_SYSTEM_ERROR] = { VERDICT_SCOPE_INFRASTRUCTURE, false, false, false },
};

static enum verdict_scope
decide_scope(const struct judged *j, enum verdict_category category,
	     const struct verdict_rule *rule)
{
	enum verdict_phase phase = j->input->phase;
	enum verdict_scope scope = traits[category].scope;

	if (rule && (rule->flags & VERDICT_RULE_RECIPIENT))
		return VERDICT_SCOPE_RECIPIENT;
	/* trouble said about one RCPT or one body is no reason to leave the site alone */
	if (scope == VERDICT_SCOPE_INFRASTRUCTURE && category != VERDICT_NETWORK_ERROR &&
	    category != VERDICT_TLS_REQUIRED && j->input->code != 421) {
		if (phase == VERDICT_PHASE_RCPT)
			return VERDICT_SCOPE_RECIPIENT;
		if (phase == VERDICT_PHASE_BODY || phase == VERDICT_PHASE_DATA)
			return VERDICT_SCOPE_MESSAGE;
		if (phase == VERDICT_PHASE_MAIL)
			return VERDICT_SCOPE_SENDER;
	}
	return scope;
}

static bool
decide_permanent(const struct judged *j, enum verdict_category category,
		 const struct verdict_rule *rule)
{
	if (rule && (rule->flags & VERDICT_RULE_FINAL) && j->class != 4)
		return true;
	if (traits[category].passes || (rule && (rule->flags & VERDICT_RULE_PASSES)))
		return false;
	if (j->class != 0)
		return j->class == 5;
	return traits[category].final_local;
}

static long
matched_number(const struct judged *j, int group)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(j->match);

	if (at[2 * group] == PCRE2_UNSET)
		return 0;
	return strtol(j->text + at[2 * group], NULL, 10);
}

/* retry_after - "try again in 300 seconds", "wait 5 min", "00:04:30"; a day at most */
static int
retry_after(struct judged *j)
{
	const PCRE2_SIZE *at;
	long sec;

	if (j->class == 5 || !pattern_matches(j, engine.wait_pattern))
		return 0;
	at = pcre2_get_ovector_pointer(j->match);
	if (pcre2_get_ovector_count(j->match) > 5 && at[10] != PCRE2_UNSET) {
		char unit = j->text[at[10]];

		sec = matched_number(j, 4) * (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1);
	} else {
		sec = matched_number(j, 1) * 3600 + matched_number(j, 2) * 60 +
		      matched_number(j, 3);
	}
	return (int)(sec > 86400 ? 86400 : sec);
}

void
verdict_judge(const struct verdict_input *input, struct verdict *verdict_out)
{
	struct judged j = { .input = input, .match = NULL };
	const struct verdict_rule *rule;
	enum verdict_category category;

	must(engine.is_ready);
	j.class = input->code >= 400 ? (unsigned)input->code / 100 : input->enhanced.class;
	j.length = verdict_fold_text(input->text, j.text);
	j.pairs = filter_of(j.text, j.length);
	category = decide_category(&j, &rule);
	*verdict_out = (struct verdict){
		.category = category,
		.scope = decide_scope(&j, category, rule),
		.permanent = decide_permanent(&j, category, rule),
		.rule = rule ? rule->name : NULL,
		.retry_after_sec = retry_after(&j),
	};
	/* a bare "550" is refused for anything: it needs words or a status to kill */
	verdict_out->suppresses = verdict_out->permanent && traits[category].kills &&
				  (rule || input->enhanced.class || input->code == 0);
	pcre2_match_data_free(j.match);
}
