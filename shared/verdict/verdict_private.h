/* verdict_private.h - what the files of this folder share: a rule, the set of
 * them, the status and code tables, and the text as the rules see it. */
#ifndef VERDICT_VERDICT_PRIVATE_H
#define VERDICT_VERDICT_PRIVATE_H

#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ref.h"
#include "verdict/verdict.h"
#include "verdict/verdict_rules.h"

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
	/* likely, not certain: suppresses nobody unless the status says 5.1.x too */
	VERDICT_RULE_UNSURE = 1 << 5,
};

enum { VERDICT_PAIR_WORDS = 8, VERDICT_RULES_MAX = 1024, VERDICT_PHRASES_MAX = 8192 };

/* struct verdict_pairs - which pairs of neighbouring bytes occur: a text can hold a
 * phrase only if it has all of the phrase's pairs. The literal prefilter. */
struct verdict_pairs {
	uint64_t word[VERDICT_PAIR_WORDS];
};

struct verdict_phrase {
	const char *text; /* folded like a reply */
	size_t length;
	struct verdict_pairs pairs;
};

/* struct verdict_rule - matches when the provider fits (NULL: any; a rule with
 * providers also serves where the provider is not known), one of the phrases
 * occurs and the pattern, if there is one, matches. Texts are the set's. */
struct verdict_rule {
	const char *name;
	const char *providers; /* names, one space between them; NULL: any */
	enum verdict_category category;
	unsigned flags; /* VERDICT_RULE_* */
	size_t first_phrase, phrases;
	const char *match;   /* as written; NULL: a phrase is enough */
	pcre2_code *pattern; /* of match */
	const char *file;
	unsigned line;
	bool is_shipped;
};

struct verdict_rules {
	struct ref ref;
	struct arena *arena;
	struct verdict_rule *rule;
	size_t rules;
	struct verdict_phrase *phrase;
	size_t phrases;
	pcre2_match_context *limits; /* what one match may cost */
};

/* verdict_file_parse - append the rules of one text to a set under construction.
 * -1: err INPUT "NAME:LINE: reason". Thread: the builder's. */
int verdict_file_parse(struct verdict_rules *rules, const struct verdict_source *source,
		       bool is_shipped, struct err *err);
/* verdict_rules_add_phrase - to the rule under construction, which is the last one.
 * -1: no room. */
int verdict_rules_add_phrase(struct verdict_rules *rules, struct span folded);

struct verdict_pairs verdict_pairs_of(const char *p, size_t n);

/* verdict_pattern_compile - PCRE2, without case, with JIT where there is one. Returns
 * owned or NULL with err INPUT. */
pcre2_code *verdict_pattern_compile(const char *pattern, struct err *err);

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
