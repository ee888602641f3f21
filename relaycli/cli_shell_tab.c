/* cli_shell_tab.c - the Tab key: readline asks, cli_complete answers.
 *
 * Where there are several they are listed one a line, each with its hint:
 *
 *   shop-prod    active, used 12s ago
 *   shop-test    active, never used   (as of 2m ago)     the daemon did not answer in time */
#include <stdio.h>
#include <string.h>
#include <readline/readline.h>

#include "api/api_text.h"
#include "base/arena.h"
#include "base/mem.h"
#include "cli_complete.h"
#include "cli_output.h"
#include "cli_shell_private.h"

struct found {
	char **word, **hint; /* owned; a hint may be NULL */
	size_t words, room;
};

static struct found found; /* until the next Tab: the list is shown from it */

static void
clear_found(void)
{
	for (size_t i = 0; i < found.words; i++) {
		mem_free(found.word[i]);
		mem_free(found.hint[i]);
	}
	found.words = 0;
}

static void
add_found(const char *word, const char *hint, void *arg)
{
	(void)arg;
	if (found.words == found.room) {
		found.room = found.room ? found.room * 2 : 32;
		found.word = mem_resize(found.word, found.room * sizeof *found.word);
		found.hint = mem_resize(found.hint, found.room * sizeof *found.hint);
	}
	found.word[found.words] = mem_strdup(word);
	found.hint[found.words++] = hint && hint[0] ? mem_strdup(hint) : NULL;
}

static char *
next_match(const char *text, int state)
{
	static size_t at;

	(void)text;
	if (state == 0)
		at = 0;
	return at < found.words ? strdup(found.word[at++]) : NULL; /* readline frees it */
}

static const char *
hint_of(const char *word)
{
	for (size_t i = 0; i < found.words; i++)
		if (strcmp(found.word[i], word) == 0)
			return found.hint[i];
	return NULL;
}

static void
put_choice(const char *word, int width, int columns)
{
	const char *hint = hint_of(word);
	int room = columns - 4 - width;
	struct buf fitted;

	fputs("  ", stdout);
	if (!hint || room < 8) {
		cli_put(word);
		cli_say("\n");
		return;
	}
	cli_put_padded(word, width);
	buf_init(&fitted, strlen(hint) + 8);
	api_text_fit(span_of(hint), room, API_CUT_RIGHT, &fitted);
	(void)buf_append(&fitted, "", 1);
	cli_say("  ");
	cli_put(buf_data(&fitted));
	cli_say("\n");
	buf_deinit(&fitted);
}

/* show - match[0] is their common beginning, match[1..count] are they. */
static void
show(char **match, int count, int longest)
{
	int rows, columns, shown;

	(void)longest;
	rl_get_screen_size(&rows, &columns);
	shown = count < rows - 2 || rows < 6 ? count : rows - 3;
	longest = 0;
	for (int i = 1; i <= shown; i++) {
		int width = api_text_width(span_of(match[i]));

		longest = width > longest ? width : longest;
	}
	fputc('\n', stdout);
	for (int i = 1; i <= shown; i++)
		put_choice(match[i], longest, columns);
	if (shown < count)
		cli_say("  and %d more: type some of it\n", count - shown);
	fflush(stdout);
	rl_on_new_line();
}

/* ---- addresses of this session ------------------------------------------------ */

#define ADDRESSES_MAX 64 /* then the oldest goes */

static char *address[ADDRESSES_MAX]; /* owned or NULL */
static size_t addresses;             /* ever remembered */

static bool
is_remembered(struct span one)
{
	for (size_t i = 0; i < ADDRESSES_MAX && address[i]; i++)
		if (span_is(one, address[i]))
			return true;
	return false;
}

/* value_of - b@x in to:b@x. */
static struct span
value_of(struct span word)
{
	struct span value, key = span_cut(word, ':', &value);

	return value.n && !memchr(key.p, '@', key.n) ? value : word;
}

void
cli_shell_tab_remember(const char *line)
{
	struct span rest = span_of(line);

	while (rest.n) {
		struct span one = value_of(span_trim(span_cut(rest, ' ', &rest)));
		char **slot = &address[addresses % ADDRESSES_MAX];

		if (one.n < 3 || !memchr(one.p + 1, '@', one.n - 1) || is_remembered(one))
			continue;
		mem_free(*slot);
		*slot = mem_strndup(one.p, one.n);
		addresses++;
	}
}

/* add_addresses - those that begin as text, which is to: and more, or an address. */
static void
add_addresses(const char *text)
{
	struct span typed = span_of(text), value = value_of(typed);
	int stem = (int)(typed.n - value.n);
	char word[400];

	for (size_t i = 0; typed.n && i < ADDRESSES_MAX && address[i]; i++)
		if (strncmp(address[i], value.p, value.n) == 0 &&
		    snprintf(word, sizeof word, "%.*s%s", stem, text, address[i]) <
			    (int)sizeof word)
			add_found(word, "typed in this session", NULL);
}

/* complete_word - what begins with text, the words before it read as the shell will. */
static char **
complete_word(const char *text, int start, int end)
{
	struct arena *arena = arena_new(0);
	const char **before;
	struct err err;
	int count =
		command_split((struct span){ rl_line_buffer, (size_t)start }, arena, &before, &err);

	(void)end;
	rl_attempted_completion_over = 1; /* never file names */
	clear_found();
	if (count >= 0)
		cli_complete(cli_shell.cli, before, (size_t)count, text, add_found, NULL);
	if (count > 0)
		add_addresses(text);
	arena_free(&arena);
	if (found.words == 1 && strchr(":=", found.word[0][strlen(found.word[0]) - 1]))
		rl_completion_suppress_append = 1;
	return found.words ? rl_completion_matches(text, next_match) : NULL;
}

void
cli_shell_tab_start(void)
{
	rl_attempted_completion_function = complete_word;
	rl_completion_display_matches_hook = show;
	rl_completer_quote_characters = "\"'";
	rl_basic_word_break_characters = " \t\n\"'|>";
}
