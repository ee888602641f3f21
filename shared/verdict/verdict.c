/* verdict.c - from a reply to a category, a scope and a decision.
 *
 * Precedence: words a provider or a well-known server uses for one thing only,
 * then exact enhanced statuses (5.1.1, 5.2.2, 5.7.25), then common words, then
 * any status, then the code. Words stand first because providers answer
 * "552 5.1.1 over quota" and "550 5.7.1 user unknown" every day.
 *
 * A set of rules is read-only, so any thread may judge. A rule costs a few bit
 * tests unless one of its phrases can occur: each phrase has a mask of its byte
 * pairs in a 512-bit filter of the pairs in the text. */
#include "verdict/verdict.h"
#include "verdict/verdict_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"

/* what the shipped rules alone say, and the one pattern that is not a rule */
static struct verdict_rules *shipped;
static pcre2_code *wait_pattern;

void
verdict_init(void)
{
	struct err err;

	if (shipped != NULL)
		return;
	shipped = verdict_rules_new(NULL, 0, &err);
	must(shipped != NULL); /* a test of the file finds it first */
	wait_pattern = verdict_pattern_compile(
		/* not "could not be delivered for 8 hours" */
		"(?:again|retry|wait|come back|delay(?:ed)?\\b(?! for)|"
		"(?:block|limit|ban|suspend|defer|list|paus|refus|reject|throttl)\\w* for)"
		"[^0-9.;]{0,24}?"
		"(?:([0-9]{1,2}):([0-9]{2}):([0-9]{2})|([0-9]{1,5}) ?(s|m|h)(?:ec|in|our|r|\\b))",
		&err);
	must(wait_pattern != NULL);
}

void
verdict_deinit(void)
{
	verdict_rules_unref(&shipped);
	pcre2_code_free(wait_pattern);
	wait_pattern = NULL;
}

static bool
may_hold(const struct verdict_pairs *text, const struct verdict_pairs *phrase)
{
	for (size_t i = 0; i < VERDICT_PAIR_WORDS; i++)
		if (phrase->word[i] & ~text->word[i])
			return false;
	return true;
}

/* struct judged - one reply on its way through the rules; lives on the stack. */
struct judged {
	const struct verdict_rules *rules;
	const struct verdict_input *input;
	unsigned class; /* 4, 5; 0: a failure of our own without a status */
	char text[VERDICT_TEXT_MAX + 1];
	size_t length;
	struct verdict_pairs pairs;
	pcre2_match_data *match; /* made when the first pattern runs */
};

static bool
pattern_matches(struct judged *j, pcre2_code *pattern)
{
	if (!j->match)
		j->match = pcre2_match_data_create(8, NULL);
	must(j->match != NULL);
	/* 0: it matched, with more groups than we have places for */
	return pcre2_match(pattern, (PCRE2_SPTR)j->text, j->length, 0, 0, j->match,
			   j->rules->limits) >= 0;
}

static bool
has_phrase(const struct judged *j, const struct verdict_rule *rule)
{
	const struct verdict_phrase *phrase = &j->rules->phrase[rule->first_phrase];

	for (size_t i = 0; i < rule->phrases; i++, phrase++)
		if (may_hold(&j->pairs, &phrase->pairs) &&
		    memmem(j->text, j->length, phrase->text, phrase->length))
			return true;
	return rule->phrases == 0;
}

static bool
serves_provider(const struct verdict_rule *rule, const char *provider)
{
	struct span rest = span_of(rule->providers);

	if (rule->providers == NULL || provider == NULL)
		return true;
	while (rest.n > 0)
		if (span_is(span_cut(rest, ' ', &rest), provider))
			return true;
	return false;
}

static const struct verdict_rule *
find_rule(struct judged *j, unsigned broad)
{
	for (size_t i = 0; i < j->rules->rules; i++) {
		const struct verdict_rule *rule = &j->rules->rule[i];

		if ((rule->flags & VERDICT_RULE_BROAD) != broad)
			continue;
		if ((rule->flags & VERDICT_RULE_CLASS4) && j->class != 4)
			continue;
		if (!has_phrase(j, rule) || !serves_provider(rule, j->input->provider))
			continue;
		if (!rule->pattern || pattern_matches(j, rule->pattern))
			return rule;
	}
	return NULL;
}

static enum verdict_category
decide_category(struct judged *j, const struct verdict_rule **rule_out, bool *guessed_out)
{
	struct verdict_guess guess = verdict_status_guess(j->input->enhanced);

	*guessed_out = false;
	*rule_out = find_rule(j, 0);
	if (*rule_out)
		return (*rule_out)->category;
	if (guess.category != VERDICT_NONE && guess.is_exact)
		return guess.category;
	*rule_out = find_rule(j, VERDICT_RULE_BROAD);
	if (*rule_out)
		return (*rule_out)->category;
	*guessed_out = true;
	if (guess.category != VERDICT_NONE)
		return guess.category;
	/* words without a code that nobody knows and no session of ours belongs to: somebody
	 * pasted them, and "the network" would be a lie */
	if (j->input->code == 0 && j->length > 0 && j->input->phase == VERDICT_PHASE_UNKNOWN)
		return VERDICT_POLICY;
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

	if (j->class == 5 || !pattern_matches(j, wait_pattern))
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

/* is_sure - a bare "550" is refused for anything, and an unsure rule is a guess: it takes
 * words or a status to bury an address */
static bool
is_sure(const struct verdict_input *input, const struct verdict_rule *rule)
{
	if (rule && (rule->flags & VERDICT_RULE_UNSURE))
		return input->enhanced.class == 5 && input->enhanced.subject == 1;
	return rule || input->enhanced.class || input->code == 0;
}

void
verdict_judge(const struct verdict_rules *rules, const struct verdict_input *input,
	      struct verdict *verdict_out)
{
	struct judged j = { .rules = rules ? rules : shipped, .input = input, .match = NULL };
	const struct verdict_rule *rule;
	enum verdict_category category;
	bool guessed;

	must(shipped != NULL);
	j.class = input->code >= 400 ? (unsigned)input->code / 100 : input->enhanced.class;
	j.length = verdict_fold_text(input->text, j.text);
	j.pairs = verdict_pairs_of(j.text, j.length);
	category = decide_category(&j, &rule, &guessed);
	*verdict_out = (struct verdict){
		.category = category,
		.scope = decide_scope(&j, category, rule),
		.permanent = decide_permanent(&j, category, rule),
		.rule = rule ? rule->name : NULL,
		.guessed = guessed,
		.retry_after_sec = retry_after(&j),
	};
	verdict_out->suppresses = verdict_out->permanent && traits[category].kills &&
				  is_sure(input, rule);
	pcre2_match_data_free(j.match);
}
