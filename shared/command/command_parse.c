/* command_parse.c - see command_parse.h.
 *
 * Two passes, because flags may stand before the noun they belong to: the
 * first finds noun and verb (whether a flag takes a value is the same in every
 * row that has it; a unit test says so), the second reads everything by the row. */
#include "command/command_parse.h"

#include <string.h>

#include "api/api_text.h"
#include "base/must.h"
#include "base/units.h"

static const char *const output_flags[] = { "json", "jsonl", "csv", "tsv" };

/* ---- finding flags ------------------------------------------------------- */

struct flag_word {
	bool is_flag;
	struct span name;      /* without dashes; one letter for -x */
	bool is_letter;
	const char *attached;  /* after '=' (or after -x), or NULL */
};

static struct flag_word
flag_word_of(const char *word)
{
	struct flag_word f = { .is_flag = false };
	const char *equals;

	/* a PEM is no flag: who is given one says what is wrong with that */
	if (word[0] != '-' || word[1] == '\0' || strncmp(word, "-----BEGIN ", 11) == 0)
		return f;
	f.is_flag = true;
	if (word[1] != '-') {
		f.is_letter = true;
		f.name = (struct span){ word + 1, 1 };
		f.attached = word[2] == '\0' ? NULL : word[2] == '=' ? word + 3 : word + 2;
		return f;
	}
	equals = strchr(word, '=');
	f.name = (struct span){ word + 2, equals ? (size_t)(equals - word) - 2 : strlen(word + 2) };
	f.attached = equals ? equals + 1 : NULL;
	return f;
}

static bool
flag_is(const struct command_flag *flag, const struct flag_word *word)
{
	return word->is_letter ? flag->letter == word->name.p[0] : span_is(word->name, flag->name);
}

static const struct command_flag *
find_flag(const struct command *command, const struct flag_word *word)
{
	const struct command_flag *flag;

	for (size_t i = 0; (flag = command_flag_at(command, i)) != NULL; i++)
		if (flag_is(flag, word))
			return flag;
	return NULL;
}

/* takes_value - does any row's flag of this name take one. */
static bool
takes_value(const struct flag_word *word)
{
	for (size_t i = 0; i < command_count; i++) {
		const struct command_flag *flag = find_flag(&command_table[i], word);

		if (flag)
			return flag->kind != COMMAND_FLAG;
	}
	return false;
}

/* is_more_of - `--from @a b@c`: further addresses belong to the flag before. */
static bool
is_more_of(const struct command_flag *flag, const char *word)
{
	return flag && flag->kind == COMMAND_SENDER && flag->repeats && word[0] != '-' &&
	       strchr(word, '@');
}

/* ---- noun and verb ------------------------------------------------------- */

#define BARE_MAX 3 /* noun, and a verb of at most two words */

/* bare_words - the first words that are neither flags nor their values. */
static size_t
bare_words(const char *const *argv, size_t argc, const char *found[BARE_MAX], size_t at[BARE_MAX])
{
	size_t count = 0;
	bool flags = true;

	for (size_t i = 0; i < argc && count < BARE_MAX; i++) {
		struct flag_word word = flag_word_of(argv[i]);

		if (flags && strcmp(argv[i], "--") == 0) {
			flags = false;
		} else if (flags && word.is_flag) {
			i += !word.attached && takes_value(&word);
		} else {
			found[count] = argv[i];
			at[count++] = i;
		}
	}
	return count;
}

static const char *
noun_at(size_t i, const void *arg)
{
	(void)arg;
	return i < command_noun_count ? command_nouns[i].name : NULL;
}

struct verbs_of {
	const char *noun;
};

static const char *
verb_at(size_t i, const void *arg)
{
	const struct verbs_of *of = arg;

	for (size_t row = 0; row < command_count; row++)
		if (strcmp(command_table[row].noun, of->noun) == 0 && command_table[row].verb &&
		    !command_table[row].is_hidden && i-- == 0)
			return command_table[row].verb;
	return NULL;
}

/* by_prefix - the only candidate that begins with word, or NULL. */
static const char *
by_prefix(const char *word, const char *(*get)(size_t i, const void *arg), const void *arg)
{
	const char *only = NULL, *candidate;

	for (size_t i = 0; (candidate = get(i, arg)) != NULL; i++) {
		if (strcmp(word, candidate) == 0)
			return candidate;
		if (strncmp(word, candidate, strlen(word)) == 0) {
			if (only)
				return NULL;
			only = candidate;
		}
	}
	return only;
}

static int
refuse_noun(const char *word, const char *verb, struct err *err)
{
	const char *noun = api_text_suggest(span_of(word), noun_at, NULL);
	struct verbs_of of = { noun };
	const char *near_verb = noun && verb ? api_text_suggest(span_of(verb), verb_at, &of) : NULL;

	if (!noun)
		return err_set(err, ERR_INPUT, 0, "no noun \"%.40s\"; \"relaycli help\" lists them",
			       word);
	return err_set(err, ERR_INPUT, 0, "no noun \"%.40s\". Did you mean: %s%s%s", word, noun,
	               near_verb ? " " : "", near_verb ? near_verb : "");
}

static int
refuse_verb(const char *noun, const char *verb, struct err *err)
{
	struct verbs_of of = { noun };
	const char *near_verb = verb ? api_text_suggest(span_of(verb), verb_at, &of) : NULL;
	char list[100] = "";
	size_t n = 0;
	const char *one;

	if (near_verb)
		return err_set(err, ERR_INPUT, 0, "%s has no verb \"%.40s\". Did you mean: %s %s",
			       noun, verb, noun, near_verb);
	for (size_t i = 0; (one = verb_at(i, &of)) != NULL && n + strlen(one) + 3 < sizeof list;
	     i++) {
		memcpy(list + n, i ? ", " : "", i ? 2 : 0);
		n += i ? 2 : 0;
		memcpy(list + n, one, strlen(one) + 1);
		n += strlen(one);
	}
	if (!verb)
		return err_set(err, ERR_INPUT, 0, "%s wants a verb: %s", noun, list);
	return err_set(err, ERR_INPUT, 0, "%s has no verb \"%.40s\"; there are %s", noun, verb,
		       list);
}

/* find_long - verbs of two words: "dkim rotate". */
static const struct command *
find_long(const char *noun, const char *const *bare, size_t count, bool prefixes)
{
	struct verbs_of of = { noun };
	char two[64];
	const char *verb = two;

	if (count < 3 ||
	    snprintf(two, sizeof two, "%s %s", bare[1], bare[2]) >= (int)sizeof two)
		return NULL;
	if (prefixes)
		verb = by_prefix(two, verb_at, &of);
	return verb ? command_find(span_of(noun), verb) : NULL;
}

static const struct command_noun *
find_noun(const char *word, bool prefixes)
{
	const struct command_noun *noun = command_noun_find(span_of(word));
	const char *whole = noun || !prefixes ? NULL : by_prefix(word, noun_at, NULL);

	return whole ? command_noun_find(span_of(whole)) : noun;
}

/* find_command - by the one to three bare words; *used_out of them were it. */
static int
find_command(const char *const *bare, size_t count, bool prefixes,
             const struct command **command_out, size_t *used_out, struct err *err)
{
	const struct command_noun *noun = find_noun(bare[0], prefixes);
	struct verbs_of of;
	const char *verb;

	if (!noun)
		return refuse_noun(bare[0], count > 1 ? bare[1] : NULL, err);
	*used_out = 1;
	*command_out = command_find(span_of(noun->name), NULL);
	if (*command_out)
		return 0;
	*used_out = 3;
	*command_out = find_long(noun->name, bare, count, prefixes);
	if (*command_out)
		return 0;
	*used_out = 2;
	of.noun = noun->name;
	verb = count < 2 ? NULL : prefixes ? by_prefix(bare[1], verb_at, &of) : bare[1];
	*command_out = verb ? command_find(span_of(noun->name), verb) : NULL;
	return *command_out ? 0 : refuse_verb(noun->name, count > 1 ? bare[1] : NULL, err);
}

/* ---- values -------------------------------------------------------------- */

static const char *
word_at(size_t i, const void *arg)
{
	const char *const *words = arg;

	return words[i];
}

static int
check_value(const struct command_flag *flag, const char *text, struct err *err)
{
	unsigned long long count;
	int64_t ms;
	struct err why;

	if (flag->kind == COMMAND_COUNT &&
	    (!span_to_u64(span_of(text), &count) || count > INT64_MAX))
		return err_set(err, ERR_INPUT, 0, "--%s wants a number, not \"%.40s\"", flag->name,
			       text);
	if (flag->kind == COMMAND_DURATION && units_parse_duration(span_of(text), &ms, &why) < 0)
		return err_set(err, ERR_INPUT, 0, "--%s: %s", flag->name, why.text);
	if (flag->kind == COMMAND_WORD) {
		const char *nearest;

		for (size_t i = 0; flag->words[i]; i++)
			if (strcmp(flag->words[i], text) == 0)
				return 0;
		nearest = api_text_suggest(span_of(text), word_at, flag->words);
		return err_set(err, ERR_INPUT, 0, "--%s cannot be \"%.40s\"%s%s%s %s", flag->name,
			       text, nearest ? ". Did you mean: " : ":", nearest ? nearest : "",
			       nearest ? "? There is:" : "", flag->help);
	}
	return 0;
}

static int
add_value(struct command_line *line, const struct command_flag *flag, const char *text,
          struct err *err)
{
	if (line->values == COMMAND_VALUES_MAX)
		return err_set(err, ERR_INPUT, 0, "more than %d flags", COMMAND_VALUES_MAX);
	if (text && check_value(flag, text, err) < 0)
		return -1;
	line->value[line->values++] = (struct command_value){ flag, text };
	return 0;
}

struct flags_of {
	const struct command *command;
};

static const char *
flag_name_at(size_t i, const void *arg)
{
	const struct flags_of *of = arg;
	const struct command_flag *flag = command_flag_at(of->command, i);

	return flag ? flag->name : NULL;
}

static int
refuse_flag(const struct command *command, const struct flag_word *word, const char *typed,
            struct err *err)
{
	struct flags_of of = { command };
	const char *nearest = word->is_letter ? NULL :
		api_text_suggest(word->name, flag_name_at, &of);

	return err_set(err, ERR_INPUT, 0, "%s%s%s has no flag \"%.40s\"%s%s%s",
	               command ? command->noun : "relaycli", command && command->verb ? " " : "",
	               command && command->verb ? command->verb : "", typed,
	               nearest ? ". Did you mean: --" : "", nearest ? nearest : "",
	               nearest ? "" : "; see --help");
}

/* take_flag - the flag at argv[*i], with its value; moves *i past the value. */
static int
take_flag(struct command_line *line, const char *const *argv, size_t argc, size_t *i,
          const struct command_flag **last, struct err *err)
{
	struct flag_word word = flag_word_of(argv[*i]);
	const struct command_flag *flag = find_flag(line->command, &word);

	*last = flag;
	if (!flag)
		return refuse_flag(line->command, &word, argv[*i], err);
	if (flag->kind == COMMAND_FLAG) {
		if (word.attached)
			return err_set(err, ERR_INPUT, 0, "--%s takes no value", flag->name);
		return add_value(line, flag, NULL, err);
	}
	if (word.attached)
		return add_value(line, flag, word.attached, err);
	if (*i + 1 == argc)
		return err_set(err, ERR_INPUT, 0, "--%s wants a value: %s", flag->name,
			       flag->value);
	return add_value(line, flag, argv[++*i], err);
}

static int
check_output(const struct command_line *line, struct err *err)
{
	const char *first = NULL;

	for (size_t i = 0; i < sizeof output_flags / sizeof *output_flags; i++) {
		if (!command_line_has(line, output_flags[i]))
			continue;
		if (first)
			return err_set(err, ERR_INPUT, 0, "--%s and --%s exclude each other", first,
			               output_flags[i]);
		first = output_flags[i];
	}
	return 0;
}

static int
check_count(const struct command_line *line, struct err *err)
{
	const struct command *command = line->command;
	size_t least = 0, most = 0;

	for (size_t i = 0; i < 3 && command->arg[i].name; i++) {
		least += command->arg[i].min;
		most += command->arg[i].max;
		if (line->words < least)
			return err_set(err, ERR_INPUT, 0, "%s%s%s wants %s", command->noun,
			               command->verb ? " " : "", command->verb ? command->verb : "",
			               command->arg[i].name);
	}
	if (line->words > most)
		return err_set(err, ERR_INPUT, 0, "%s%s%s: \"%.40s\" is too much", command->noun,
		               command->verb ? " " : "", command->verb ? command->verb : "",
		               line->word[most]);
	return 0;
}

static int
check_choice(const struct command *command, const struct command_arg *arg, const char *word,
             struct err *err)
{
	struct span rest = span_of(arg->name);

	while (rest.n > 0)
		if (span_is(span_cut(rest, '|', &rest), word))
			return 0;
	return err_set(err, ERR_INPUT, 0, "%s %s wants %s, not \"%.40s\"", command->noun,
	               command->verb ? command->verb : "", arg->name, word);
}

static int
check_choices(const struct command_line *line, struct err *err)
{
	for (size_t i = 0; i < 3 && line->command->arg[i].name; i++) {
		const struct command_arg *arg = &line->command->arg[i];
		size_t n;
		const char *const *word = command_arg_words(line, i, &n);

		if (arg->kind == COMMAND_WORD && n > 0
		    && check_choice(line->command, arg, word[0], err) < 0)
			return -1;
	}
	return 0;
}

static int
read_words(const char *const *argv, size_t argc, const size_t *at, size_t used,
           struct command_line *line, struct err *err)
{
	const struct command_flag *last = NULL;
	bool flags = true;

	for (size_t i = 0; i < argc; i++) {
		if ((used > 0 && i == at[0]) || (used > 1 && i == at[1]) ||
		    (used > 2 && i == at[2])) {
			last = NULL;
		} else if (flags && strcmp(argv[i], "--") == 0) {
			flags = false;
			last = NULL;
		} else if (flags && flag_word_of(argv[i]).is_flag) {
			if (take_flag(line, argv, argc, &i, &last, err) < 0)
				return -1;
		} else if (flags && is_more_of(last, argv[i])) {
			if (add_value(line, last, argv[i], err) < 0)
				return -1;
		} else if (line->words == COMMAND_WORDS_MAX) {
			return err_set(err, ERR_INPUT, 0, "more than %d words", COMMAND_WORDS_MAX);
		} else {
			line->word[line->words++] = argv[i];
			last = NULL;
		}
	}
	return 0;
}

int
command_parse(const char *const *argv, size_t argc, bool prefixes, struct command_line *line_out,
              struct err *err)
{
	const char *bare[BARE_MAX] = { NULL };
	size_t at[BARE_MAX] = { SIZE_MAX, SIZE_MAX, SIZE_MAX }, used = 0;
	size_t count = bare_words(argv, argc, bare, at);

	line_out->command = NULL;
	line_out->words = line_out->values = 0;
	if (count > 0 && find_command(bare, count, prefixes, &line_out->command, &used, err) < 0) {
		/* `relaycli queue --help` asks for help on the noun, not for a verb */
		if (count > 1 || !command_noun_find(span_of(bare[0])))
			return -1;
		used = 0;
		if (read_words(argv, argc, at, used, line_out, err) < 0)
			return -1;
		if (command_line_has(line_out, "help"))
			return 0;
		return refuse_verb(command_noun_find(span_of(bare[0]))->name, NULL, err);
	}
	if (read_words(argv, argc, at, used, line_out, err) < 0 || check_output(line_out, err) < 0)
		return -1;
	if (!line_out->command || command_line_has(line_out, "help"))
		return 0;
	return check_count(line_out, err) < 0 ? -1 : check_choices(line_out, err);
}

void
command_parse_part(const char *const *argv, size_t argc, bool prefixes,
                   struct command_line *line_out, const struct command_noun **noun_out)
{
	const char *bare[BARE_MAX] = { NULL };
	size_t at[BARE_MAX] = { SIZE_MAX, SIZE_MAX, SIZE_MAX }, used = 0;
	size_t count = bare_words(argv, argc, bare, at);
	struct err err;

	line_out->command = NULL;
	line_out->words = line_out->values = 0;
	*noun_out = count > 0 ? find_noun(bare[0], prefixes) : NULL;
	if (count > 0 && find_command(bare, count, prefixes, &line_out->command, &used, &err) < 0)
		line_out->command = NULL;
	(void)read_words(argv, argc, at, line_out->command ? used : 0, line_out, &err);
}

/* ---- reading a line ------------------------------------------------------ */

bool
command_line_has(const struct command_line *line, const char *flag)
{
	for (size_t i = 0; i < line->values; i++)
		if (strcmp(line->value[i].flag->name, flag) == 0)
			return true;
	return false;
}

const char *
command_line_text(const struct command_line *line, const char *flag)
{
	for (size_t i = line->values; i-- > 0;)
		if (strcmp(line->value[i].flag->name, flag) == 0)
			return line->value[i].text;
	return NULL;
}

int64_t
command_line_duration(const struct command_line *line, const char *flag, int64_t fallback)
{
	const char *text = command_line_text(line, flag);
	int64_t ms;

	return text && units_parse_duration(span_of(text), &ms, NULL) == 0 ? ms : fallback;
}

const char *const *
command_arg_words(const struct command_line *line, size_t i, size_t *n_out)
{
	const struct command_arg *arg = line->command->arg;
	size_t start = 0, left = line->words;

	/* every argument but the last takes exactly one word where there is one */
	for (size_t a = 0; a < i; a++) {
		size_t taken = left < arg[a].max ? left : arg[a].max;

		start += taken;
		left -= taken;
	}
	*n_out = left < arg[i].max ? left : arg[i].max;
	return line->word + start;
}
