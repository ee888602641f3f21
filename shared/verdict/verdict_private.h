/* verdict_private.h - what the files of this folder share: the rule table, the
 * status and code tables, and the text as the rules see it. */
#ifndef VERDICT_VERDICT_PRIVATE_H
#define VERDICT_VERDICT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include "verdict/verdict.h"

enum verdict_rule_flag {
	/* words too common to beat an exact status such as 5.1.1 or 5.2.2 */
	VERDICT_RULE_BROAD = 1 << 0,
	/* the condition passes by itself, whatever class the reply has */
	VERDICT_RULE_PASSES = 1 << 1,
	/* about this recipient, although the category usually is not */
	VERDICT_RULE_RECIPIENT = 1 << 2,
	/* only for a reply of class 4 */
	VERDICT_RULE_CLASS4 = 1 << 3,
	/* final, even for a failure of our own that has no class */
	VERDICT_RULE_FINAL = 1 << 4,
};

/* struct verdict_rule - matches when the provider fits (NULL: any; a rule with
 * a provider also serves where the provider is not known), one of the phrases
 * occurs and the pattern, if there is one, matches. */
struct verdict_rule {
	const char *name;
	const char *provider;
	const char *phrases; /* lower case, separated by '|'; needed before the pattern runs */
	const char *pattern; /* PCRE2 over the folded text; NULL: a phrase is enough */
	enum verdict_category category;
	unsigned flags;      /* VERDICT_RULE_* */
};

extern const struct verdict_rule verdict_rules[];
extern const size_t verdict_rules_count;

/* struct verdict_guess - what a status or code alone says. */
struct verdict_guess {
	enum verdict_category category; /* NONE: says nothing */
	bool is_exact;                  /* beats BROAD rules */
};

/* verdict_status_guess - from the enhanced status (RFC 3463, RFC 5248 registry
 * and the numbers large providers made up). Pure. */
struct verdict_guess verdict_status_guess(struct verdict_status status);
/* verdict_code_guess - from the three digits and the phase; never NONE for a
 * failure. Code 0 is a failure of our own. Pure. */
enum verdict_category verdict_code_guess(int code, enum verdict_phase phase);

#define VERDICT_TEXT_MAX 1536

/* verdict_fold_text - the reply as the rules see it: ASCII lower case, runs of
 * space single, codes and statuses that lead continuation lines dropped,
 * addresses reduced to "@" (a local part may be called anything). At most
 * VERDICT_TEXT_MAX bytes, the rest is ignored. Returns the length. Pure. */
size_t verdict_fold_text(struct span text, char out[VERDICT_TEXT_MAX + 1]);

/* verdict_parse_status - "5.1.1" at the start of text, followed by neither
 * digit nor dot. Returns its length, 0: none there. Pure. */
size_t verdict_parse_status(struct span text, struct verdict_status *status_out);

#endif
