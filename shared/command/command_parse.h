/* command_parse.h - words to a command: flags anywhere, arguments counted,
 * every refusal naming the nearest right word.
 *
 * The words are borrowed for the life of the line. Pure. Thread: any. */
#ifndef COMMAND_COMMAND_PARSE_H
#define COMMAND_COMMAND_PARSE_H

#include <jansson.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "command/command.h"

#define COMMAND_WORDS_MAX 4096  /* ids from a shell's glob or xargs */
#define COMMAND_VALUES_MAX 128

struct command_value {
	const struct command_flag *flag;
	const char *text;              /* NULL for a FLAG */
};

struct command_line {
	const struct command *command; /* NULL: only global flags (or nothing) */
	const char *word[COMMAND_WORDS_MAX]; /* the arguments, noun and verb taken off */
	size_t words;
	struct command_value value[COMMAND_VALUES_MAX];
	size_t values;
};

/* command_parse - argv[0..argc) without the program's name. prefixes: accept
 * unique beginnings of nouns and verbs (the shell; never scripts). err INPUT:
 * one sentence for exit code 2. */
int command_parse(const char *const *argv, size_t argc, bool prefixes,
                  struct command_line *line_out, struct err *err);
/* command_parse_part - of a line that is still being typed: its noun (or NULL),
 * its command if it is known already, and the words and flags that are whole.
 * Refuses nothing. */
void command_parse_part(const char *const *argv, size_t argc, bool prefixes,
                        struct command_line *line_out, const struct command_noun **noun_out);
/* command_split - a typed line into words: quotes ' and ", backslash. Returns
 * their number, the words in the arena, or -1 (err INPUT: a quote left open). */
int command_split(struct span text, struct arena *arena, const char ***words_out, struct err *err);

bool command_line_has(const struct command_line *line, const char *flag);
const char *command_line_text(const struct command_line *line,
			      const char *flag); /* last one or NULL */
/* command_line_duration - a DURATION flag in ms (checked by command_parse), or fallback. */
int64_t command_line_duration(const struct command_line *line, const char *flag, int64_t fallback);
/* command_arg_words - the words that are argument i: *n_out of them. */
const char *const *command_arg_words(const struct command_line *line, size_t i, size_t *n_out);
/* command_params - the request's parameters, from the row. Returns a new reference. */
json_t *command_params(const struct command_line *line);

#endif
