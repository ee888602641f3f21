/* command_split.c - a typed line into words, as a shell would without
 * variables, globs or pipes: ' and " quote, \ takes the next byte as it is. */
#include "base/mem.h"
#include "command/command_parse.h"

struct splitter {
	struct arena *arena;
	const char **word;   /* in the arena */
	size_t words;
	char *out;           /* where the current word grows; in the arena */
	size_t n;
	bool in_word;
};

static int
end_word(struct splitter *s, struct err *err)
{
	if (!s->in_word)
		return 0;
	if (s->words == COMMAND_WORDS_MAX)
		return err_set(err, ERR_INPUT, 0, "more than %d words", COMMAND_WORDS_MAX);
	s->out[s->n] = '\0';
	s->word[s->words++] = s->out;
	s->out += s->n + 1;
	s->n = 0;
	s->in_word = false;
	return 0;
}

int
command_split(struct span text, struct arena *arena, const char ***words_out, struct err *err)
{
	struct splitter s = { .arena = arena };
	char quote = 0;

	s.out = arena_alloc(arena, text.n + 1);      /* words never grow, each ends in a NUL */
	s.word = arena_alloc(arena, (text.n / 2 + 2) * sizeof *s.word);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quote && c == quote) {
			quote = 0;
		} else if (!quote && (c == '"' || c == '\'')) {
			quote = c;
			s.in_word = true;
		} else if (c == '\\' && quote != '\'' && i + 1 < text.n) {
			s.in_word = true;
			s.out[s.n++] = text.p[++i];
		} else if (!quote && (c == ' ' || c == '\t' || c == '\n')) {
			if (end_word(&s, err) < 0)
				return -1;
		} else {
			s.in_word = true;
			s.out[s.n++] = c;
		}
	}
	if (quote)
		return err_set(err, ERR_INPUT, 0, "a quote %c is left open", quote);
	if (end_word(&s, err) < 0)
		return -1;
	*words_out = s.word;
	return (int)s.words;
}
