/* verdict_rules.c - build, share and free a set of rules. The form of the text is
 * verdict_file.c's business. A set is written by one thread until it is returned,
 * then only read. */
#include "verdict/verdict_rules.h"
#include "verdict/verdict_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "verdict_shipped.h"

/* a pattern may go back and forth this often in one reply, then it does not match */
#define MATCH_STEPS_MAX 200000

struct verdict_pairs
verdict_pairs_of(const char *p, size_t n)
{
	struct verdict_pairs pairs = { { 0 } };

	for (size_t i = 0; i + 1 < n; i++) {
		unsigned bit = ((unsigned char)p[i] * 31u + (unsigned char)p[i + 1]) &
			       (VERDICT_PAIR_WORDS * 64 - 1);

		pairs.word[bit / 64] |= UINT64_C(1) << (bit % 64);
	}
	return pairs;
}

pcre2_code *
verdict_pattern_compile(const char *pattern, struct err *err)
{
	PCRE2_UCHAR reason[80] = "";
	PCRE2_SIZE at;
	int number;
	pcre2_code *code =
		pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
			      PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C, &number, &at, NULL);

	if (code == NULL) {
		(void)pcre2_get_error_message(number, reason, sizeof reason);
		(void)err_set(err, ERR_INPUT, 0, "match: %.60s at character %zu",
			      (const char *)reason, (size_t)at + 1);
		return NULL;
	}
	/* without JIT on this machine the interpreter serves */
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

int
verdict_rules_add_phrase(struct verdict_rules *rules, struct span folded)
{
	if (rules->phrases == VERDICT_PHRASES_MAX)
		return -1;
	rules->phrase[rules->phrases++] =
		(struct verdict_phrase){ arena_span(rules->arena, folded), folded.n,
					 verdict_pairs_of(folded.p, folded.n) };
	rules->rule[rules->rules - 1].phrases++;
	return 0;
}

static struct verdict_rules *
new_set(void)
{
	struct verdict_rules *rules = mem_zero(1, sizeof *rules);

	ref_init(&rules->ref);
	rules->arena = arena_new(1 << 15);
	rules->rule = mem_zero(VERDICT_RULES_MAX, sizeof *rules->rule);
	rules->phrase = mem_zero(VERDICT_PHRASES_MAX, sizeof *rules->phrase);
	rules->limits = pcre2_match_context_create(NULL);
	must(rules->limits != NULL);
	(void)pcre2_set_match_limit(rules->limits, MATCH_STEPS_MAX);
	return rules;
}

/* give_back - what was reserved for the most a set can be */
static void
give_back(struct verdict_rules *rules)
{
	rules->rule = mem_resize(rules->rule, (rules->rules + 1) * sizeof *rules->rule);
	rules->phrase = mem_resize(rules->phrase, (rules->phrases + 1) * sizeof *rules->phrase);
}

struct verdict_rules *
verdict_rules_new(const struct verdict_source *source, size_t count, struct err *err)
{
	const struct verdict_source shipped = { "verdict.rules", span_of(verdict_shipped_text) };
	struct verdict_rules *rules = new_set();

	for (size_t i = 0; i < count; i++) {
		if (verdict_file_parse(rules, &source[i], false, err) < 0) {
			verdict_rules_unref(&rules);
			return NULL;
		}
	}
	if (verdict_file_parse(rules, &shipped, true, err) < 0) {
		verdict_rules_unref(&rules);
		return NULL;
	}
	give_back(rules);
	return rules;
}

static int
read_source(const char *file, struct verdict_source *source, struct err *err)
{
	FILE *in = fopen(file, "re");
	char *text;
	size_t n;
	bool is_read;

	if (in == NULL)
		return err_errno(err, errno, "%.100s: cannot be read", file);
	text = mem_alloc(VERDICT_RULES_FILE_MAX_BYTES + 1);
	n = fread(text, 1, VERDICT_RULES_FILE_MAX_BYTES + 1, in);
	is_read = !ferror(in);
	fclose(in);
	*source = (struct verdict_source){ file, { text, n } };
	return is_read ? 0 : err_set(err, ERR_INPUT, 0, "%.100s: cannot be read", file);
}

struct verdict_rules *
verdict_rules_load_after(const struct verdict_source *first, const char *const *file,
			 size_t count, struct err *err)
{
	size_t given = first ? 1 : 0, n = 0;
	struct verdict_source *source = mem_zero(given + count + 1, sizeof *source);
	struct verdict_rules *rules = NULL;

	if (first)
		source[0] = *first;
	while (n < count && read_source(file[n], &source[given + n], err) == 0)
		n++;
	if (n == count)
		rules = verdict_rules_new(source, given + count, err);
	else if (err != NULL)
		err->kind = ERR_INPUT; /* the file named is the operator's to mend */
	for (size_t i = given; i < given + count; i++)
		mem_free((void *)(uintptr_t)source[i].text.p);
	mem_free(source);
	return rules;
}

struct verdict_rules *
verdict_rules_load(const char *const *file, size_t count, struct err *err)
{
	return verdict_rules_load_after(NULL, file, count, err);
}

struct verdict_rules *
verdict_rules_ref(const struct verdict_rules *rules)
{
	struct verdict_rules *own = (struct verdict_rules *)(uintptr_t)rules;

	if (own != NULL)
		ref_add(&own->ref);
	return own;
}

void
verdict_rules_unref(struct verdict_rules **rules)
{
	struct verdict_rules *r = *rules;

	*rules = NULL;
	if (r == NULL || !ref_drop(&r->ref))
		return;
	for (size_t i = 0; i < r->rules; i++)
		pcre2_code_free(r->rule[i].pattern);
	pcre2_match_context_free(r->limits);
	mem_free(r->rule);
	mem_free(r->phrase);
	arena_free(&r->arena);
	mem_free(r);
}

int
verdict_rules_check_providers(const struct verdict_rules *rules, verdict_provider_fn is_known,
			      void *arg, struct err *err)
{
	for (size_t i = 0; i < rules->rules; i++) {
		const struct verdict_rule *rule = &rules->rule[i];
		struct span rest = span_of(rule->providers);

		while (rest.n > 0) {
			struct span one = span_cut(rest, ' ', &rest);
			char name[64];

			snprintf(name, sizeof name, "%.*s", (int)one.n, one.p);
			/* the operator may do without the shipped providers, not name others */
			if (!rule->is_shipped && !is_known(name, arg))
				return err_set(err, ERR_INPUT, (int)rule->line,
					       "%s:%u: rule \"%.30s\": there is no provider "
					       "\"%.30s\"",
					       rule->file, rule->line, rule->name, name);
		}
	}
	return 0;
}

size_t
verdict_rules_count(const struct verdict_rules *rules)
{
	return rules->rules;
}
