/* verdict_file.c - the text of rules, line by line, strictly: what is not understood
 * is refused with its line. The form is described at the top of verdict.rules. Pure
 * but for what it appends to the set. */
#include "verdict/verdict_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>


enum { LINE_MAX_BYTES = 1000, NAME_MAX_BYTES = 40, PHRASE_MAX_BYTES = 200 };

struct parser {
	struct verdict_rules *rules;
	const struct verdict_source *source;
	bool is_shipped;
	const char *file;
	size_t first_rule; /* of this text */
	unsigned line;
	struct err *err;
};

static int __attribute__((format(printf, 3, 4)))
fail(const struct parser *p, unsigned line, const char *fmt, ...)
{
	char text[sizeof p->err->text];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(p->err, ERR_INPUT, (int)line, "%s:%u: %s", p->file, line, text);
}

static struct verdict_rule *
current(const struct parser *p)
{
	return p->rules->rules > p->first_rule ? &p->rules->rule[p->rules->rules - 1] : NULL;
}

static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '-' || c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= NAME_MAX_BYTES;
}

/* next_word - cut the first word off *rest; empty at the end */
static struct span
next_word(struct span *rest)
{
	struct span s = span_trim(*rest);
	size_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
		n++;
	*rest = span_trim((struct span){ s.p + n, s.n - n });
	return (struct span){ s.p, n };
}

/* ---- a finished rule --------------------------------------------------------- */

static bool
is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* shared_phrase - one that both rules have, or NULL; without phrases: "" when both have none */
static const char *
shared_phrase(const struct verdict_rules *rules, const struct verdict_rule *a,
	      const struct verdict_rule *b)
{
	for (size_t i = a->first_phrase; i < a->first_phrase + a->phrases; i++) {
		const struct verdict_phrase *mine = &rules->phrase[i];

		for (size_t k = b->first_phrase; k < b->first_phrase + b->phrases; k++)
			if (rules->phrase[k].length == mine->length &&
			    memcmp(rules->phrase[k].text, mine->text, mine->length) == 0)
				return mine->text;
	}
	return a->phrases == 0 && b->phrases == 0 ? "" : NULL;
}

/* check_twice - the same condition in two rules: only one of them could ever decide */
static int
check_twice(const struct parser *p, const struct verdict_rule *rule)
{
	for (const struct verdict_rule *other = p->rules->rule; other < rule; other++) {
		const char *phrase;

		if (other->is_shipped != rule->is_shipped ||
		    ((other->flags ^ rule->flags) & VERDICT_RULE_CLASS4) ||
		    !is_same_text(other->providers, rule->providers) ||
		    !is_same_text(other->match, rule->match))
			continue;
		phrase = shared_phrase(p->rules, rule, other);
		if (phrase != NULL)
			return fail(p, rule->line,
				    "rule \"%s\": %s \"%.40s\" is in rule \"%s\" too",
				    rule->name, *phrase ? "phrase" : "match",
				    *phrase ? phrase : rule->match, other->name);
	}
	return 0;
}

static int
finish_rule(const struct parser *p)
{
	struct verdict_rule *rule = current(p);
	struct err why;

	if (rule == NULL)
		return 0;
	if (rule->category == VERDICT_NONE)
		return fail(p, rule->line, "rule \"%s\" has no category", rule->name);
	if (rule->phrases == 0 && rule->match == NULL)
		return fail(p, rule->line, "rule \"%s\" has neither phrase nor match", rule->name);
	if (check_twice(p, rule) < 0)
		return -1;
	if (rule->match != NULL &&
	    (rule->pattern = verdict_pattern_compile(rule->match, &why)) == NULL)
		return fail(p, rule->line, "rule \"%s\": %s", rule->name, why.text);
	return 0;
}

/* ---- one line ----------------------------------------------------------------- */

/* fail_twice - a name in use; the shipped rules come last, but theirs it was first */
static int
fail_twice(const struct parser *p, const struct verdict_rule *other)
{
	if (p->is_shipped && !other->is_shipped)
		return err_set(p->err, ERR_INPUT, (int)other->line,
			       "%s:%u: rule \"%s\" is the name of a shipped rule; take another",
			       other->file, other->line, other->name);
	return fail(p, p->line, "rule \"%s\" is there already (%.50s:%u)", other->name,
		    other->file, other->line);
}

static int
take_rule(struct parser *p, struct span value)
{
	struct verdict_rules *rules = p->rules;

	if (finish_rule(p) < 0)
		return -1;
	if (!is_name(value))
		return fail(p, p->line, "a rule needs a name: up to %d of a-z, 0-9, '.', '-', '_'",
			    NAME_MAX_BYTES);
	for (size_t i = 0; i < rules->rules; i++)
		if (span_is(value, rules->rule[i].name))
			return fail_twice(p, &rules->rule[i]);
	if (rules->rules == VERDICT_RULES_MAX)
		return fail(p, p->line, "more than %d rules", VERDICT_RULES_MAX);
	rules->rule[rules->rules++] = (struct verdict_rule){
		.name = arena_span(rules->arena, value),
		.first_phrase = rules->phrases,
		.file = p->file,
		.line = p->line,
		.is_shipped = p->is_shipped,
	};
	return 0;
}

static int
take_category(struct parser *p, struct span value)
{
	struct verdict_rule *rule = current(p);

	if (rule->category != VERDICT_NONE)
		return fail(p, p->line, "rule \"%s\" has a category already", rule->name);
	if (!verdict_category_parse(value, &rule->category))
		return fail(p, p->line, "there is no category \"%.*s\"",
			    (int)(value.n < 40 ? value.n : 40), value.p);
	return 0;
}

static int
take_provider(struct parser *p, struct span value)
{
	struct verdict_rule *rule = current(p);
	char list[LINE_MAX_BYTES + 1];
	size_t n = 0;

	if (rule->providers != NULL)
		return fail(p, p->line, "rule \"%s\" has a provider line already", rule->name);
	while (value.n > 0) {
		struct span name = next_word(&value);

		if (!is_name(name))
			return fail(p, p->line, "\"%.*s\" is no name of a provider",
				    (int)(name.n < 40 ? name.n : 40), name.p);
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%.*s", n ? " " : "",
				      (int)name.n, name.p);
	}
	rule->providers = arena_span(p->rules->arena, (struct span){ list, n });
	return 0;
}

static int
take_flags(struct parser *p, struct span value)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{ "broad", VERDICT_RULE_BROAD },   { "passes", VERDICT_RULE_PASSES },
		{ "recipient", VERDICT_RULE_RECIPIENT }, { "class4", VERDICT_RULE_CLASS4 },
		{ "final", VERDICT_RULE_FINAL },
		{ "unsure", VERDICT_RULE_UNSURE },
	};
	struct verdict_rule *rule = current(p);

	while (value.n > 0) {
		struct span name = next_word(&value);
		size_t i = 0;

		while (i < sizeof flags / sizeof flags[0] && !span_is(name, flags[i].name))
			i++;
		if (i == sizeof flags / sizeof flags[0])
			return fail(p, p->line,
				    "there is no flag \"%.*s\"; broad, passes, recipient, class4, "
				    "final or unsure",
				    (int)(name.n < 30 ? name.n : 30), name.p);
		if (rule->flags & flags[i].flag)
			return fail(p, p->line, "rule \"%s\" has flag %s already", rule->name,
				    flags[i].name);
		rule->flags |= flags[i].flag;
	}
	return 0;
}

static bool
has_phrase(const struct parser *p, struct span folded)
{
	const struct verdict_rule *rule = current(p);

	for (size_t i = rule->first_phrase; i < rule->first_phrase + rule->phrases; i++)
		if (span_is(folded, p->rules->phrase[i].text))
			return true;
	return false;
}

static int
take_phrases(struct parser *p, struct span value)
{
	do {
		struct span one = span_trim(span_cut(value, '|', &value));
		char text[VERDICT_TEXT_MAX + 1];
		struct span folded = { text, verdict_fold_text(one, text) };

		if (folded.n < 2 || folded.n > PHRASE_MAX_BYTES)
			return fail(p, p->line, "a phrase has 2 to %d bytes", PHRASE_MAX_BYTES);
		if (has_phrase(p, folded))
			return fail(p, p->line, "phrase \"%.60s\" is in this rule twice", text);
		if (verdict_rules_add_phrase(p->rules, folded) < 0)
			return fail(p, p->line, "more than %d phrases in all", VERDICT_PHRASES_MAX);
	} while (value.n > 0);
	return 0;
}

/* take_match - further lines are alternatives: "a" and "b" are the pattern "a|b" */
static int
take_match(struct parser *p, struct span value)
{
	struct verdict_rule *rule = current(p);
	struct err why;
	pcre2_code *alone;

	rule->match = rule->match == NULL
			      ? arena_span(p->rules->arena, value)
			      : arena_printf(p->rules->arena, "%s|%.*s", rule->match, (int)value.n,
					     value.p);
	/* by itself too: "(a" and "b)" would fit together */
	alone = verdict_pattern_compile(arena_span(p->rules->arena, value), &why);
	if (alone == NULL)
		return fail(p, p->line, "rule \"%s\": %s", rule->name, why.text);
	pcre2_code_free(alone);
	return 0;
}

static const struct {
	const char *word;
	int (*take)(struct parser *p, struct span value);
} words[] = {
	{ "rule", take_rule },     { "category", take_category }, { "provider", take_provider },
	{ "flags", take_flags },   { "phrase", take_phrases },	  { "match", take_match },
};

static int
take_line(struct parser *p, struct span line)
{
	struct span value = span_trim(line), word;

	if (line.n > LINE_MAX_BYTES)
		return fail(p, p->line, "the line is longer than %d bytes", LINE_MAX_BYTES);
	if (value.n == 0 || value.p[0] == '#')
		return 0;
	for (size_t i = 0; i < value.n; i++)
		if (((unsigned char)value.p[i] < ' ' && value.p[i] != '\t') || value.p[i] == 127)
			return fail(p, p->line, "control character in the line");
	word = next_word(&value);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!span_is(word, words[i].word))
			continue;
		if (value.n == 0)
			return fail(p, p->line, "nothing follows \"%s\"", words[i].word);
		if (i > 0 && current(p) == NULL)
			return fail(p, p->line, "\"%s\" before the first rule", words[i].word);
		return words[i].take(p, value);
	}
	return fail(p, p->line,
		    "\"%.*s\" is not understood; rule, category, provider, flags, phrase or match",
		    (int)(word.n < 30 ? word.n : 30), word.p);
}

int
verdict_file_parse(struct verdict_rules *rules, const struct verdict_source *source,
		   bool is_shipped, struct err *err)
{
	struct parser p = { .rules = rules, .source = source, .is_shipped = is_shipped,
		            .first_rule = rules->rules, .line = 1, .err = err };
	struct span rest = source->text;

	p.file = arena_strdup(rules->arena, source->name);
	if (rest.n > VERDICT_RULES_FILE_MAX_BYTES)
		return fail(&p, 1, "larger than 1 MiB: not a file of rules");
	while (rest.n > 0) {
		if (take_line(&p, span_cut(rest, '\n', &rest)) < 0)
			return -1;
		p.line++;
	}
	return finish_rule(&p);
}
