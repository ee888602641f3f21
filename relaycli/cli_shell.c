/* cli_shell.c - the interactive shell.
 *
 *   relay mx1 (rw)> queue list --sort size
 *   relay mx1 (rw)> log tail -f to:@yahoo.com          Ctrl-C ends it
 *   relay mx1 (rw)> message list cred:shop-prod | less
 *
 * Unique beginnings of nouns and verbs will do here (never in scripts). The
 * history holds commands only, and no command takes a secret; its file is 0600. */
#include "cli_shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <readline/history.h>
#include <readline/readline.h>

#include "api/api_json.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_complete.h"
#include "cli_output.h"

#define HISTORY_MAX 2000
#define WATCH_DEFAULT_MS 2000

struct shell {
	struct cli *cli;
	char *last;          /* last command line, for \watch; owned or NULL */
	char *history_file;  /* owned or NULL */
	int code;
	bool is_done;
};

static struct shell shell; /* readline's callbacks take no argument */

/* ---- history ------------------------------------------------------------- */

static char *
history_path(void)
{
	const char *home = getenv("HOME");
	struct buf path;
	size_t n;

	if (!home || !home[0])
		return NULL;
	buf_init(&path, 4096);
	if (buf_printf(&path, "%s/.relaycli_history", home) < 0)
		return NULL;
	return buf_take(&path, &n);
}

static void
open_history(void)
{
	int fd;

	using_history();
	stifle_history(HISTORY_MAX);
	shell.history_file = history_path();
	if (!shell.history_file)
		return;
	fd = open(shell.history_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	(void)fchmod(fd, 0600); /* also when it was there already */
	close(fd);
	(void)read_history(shell.history_file);
}

static void
remember(const char *line)
{
	HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

	if (last && strcmp(last->line, line) == 0)
		return;
	add_history(line);
	if (shell.history_file)
		(void)append_history(1, shell.history_file);
}

/* ---- completion ---------------------------------------------------------- */

struct found {
	char **word;         /* as readline wants them: malloc'd, NULL-terminated */
	size_t words, room;
};

static void
add_found(const char *word, const char *hint, void *arg)
{
	struct found *found = arg;

	(void)hint;
	if (found->words + 1 >= found->room) {
		found->room = found->room ? found->room * 2 : 32;
		found->word = mem_resize(found->word, found->room * sizeof *found->word);
	}
	found->word[found->words++] = mem_strdup(word);
	found->word[found->words] = NULL;
}

static struct found matches;

static char *
next_match(const char *text, int state)
{
	static size_t at;

	(void)text;
	if (state == 0)
		at = 0;
	/* readline frees each; the list itself is freed below */
	return at < matches.words ? matches.word[at++] : NULL;
}

static char **
complete(const char *text, int start, int end)
{
	struct arena *arena = arena_new(0);
	const char **before;
	struct err err;
	int count =
		command_split((struct span){ rl_line_buffer, (size_t)start }, arena, &before, &err);
	char **list = NULL;

	(void)end;
	rl_attempted_completion_over = 1; /* never file names */
	matches = (struct found){ 0 };
	if (count >= 0) {
		cli_complete(shell.cli, before, (size_t)count, text, add_found, &matches);
		list = matches.words ? rl_completion_matches(text, next_match) : NULL;
	}
	if (matches.words == 1 && matches.word[0][strlen(matches.word[0]) - 1] == ':')
		rl_completion_suppress_append = 1;
	mem_free(matches.word);
	arena_free(&arena);
	return list;
}

/* ---- prompt -------------------------------------------------------------- */

static void
make_prompt(struct buf *prompt)
{
	struct api_error error;
	json_t *status = NULL;
	const char *host, *role;
	struct span rest, name;

	buf_clear(prompt);
	if (cli_try(shell.cli, "status.show", NULL, 1000, &status, &error) < 0) {
		(void)buf_append_text(prompt, "relay (no daemon)> ");
	} else {
		host = api_json_get_text(status, "hostname");
		role = api_json_get_text(status, "role");
		name = span_cut(span_of(host ? host : "?"), '.', &rest);
		(void)buf_printf(prompt, "relay %.*s (%s)> ", (int)name.n, name.p,
		                 role && strcmp(role, "operator") == 0 ? "rw" : "ro");
	}
	(void)buf_append(prompt, "", 1);
	json_decref(status);
}

/* ---- running a line ------------------------------------------------------ */

/* pipe_at - the first | outside quotes, or NULL. */
static const char *
pipe_at(const char *line)
{
	char quote = 0;

	for (const char *p = line; *p; p++) {
		if (*p == '\\' && quote != '\'' && p[1])
			p++;
		else if (quote ? *p == quote : *p == '"' || *p == '\'')
			quote = quote ? 0 : *p;
		else if (!quote && *p == '|')
			return p;
	}
	return NULL;
}

static void
run_command(struct span line)
{
	struct arena *arena = arena_new(0);
	const char **words;
	struct err err;
	int count = command_split(line, arena, &words, &err);

	if (count < 0) {
		fprintf(stderr, "relaycli: %s\n", err.text);
		shell.code = CLI_USAGE;
	} else if (count > 0) {
		shell.code = cli_run_words(shell.cli, words, (size_t)count, true);
	}
	arena_free(&arena);
}

/* run_piped - our output into a shell command of the person's own. */
static void
run_piped(struct span line, const char *command)
{
	int pipe_fd[2], saved, status;
	pid_t pid;

	if (pipe(pipe_fd) < 0)
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		dup2(pipe_fd[0], STDIN_FILENO);
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	saved = dup(STDOUT_FILENO);
	dup2(pipe_fd[1], STDOUT_FILENO);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	run_command(line);
	fflush(stdout);
	clearerr(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	if (pid > 0)
		waitpid(pid, &status, 0);
}

static void
run_line(const char *line)
{
	const char *bar = pipe_at(line);
	int64_t start = clock_mono_ms();
	char took[UNITS_TEXT_SIZE];

	cli_interrupted = 0;
	if (bar)
		run_piped((struct span){ line, (size_t)(bar - line) }, bar + 1);
	else
		run_command(span_of(line));
	if (shell.cli->has_timing) {
		units_format_duration(clock_mono_ms() - start, took);
		cli_say("(%s)\n", took);
	}
}

/* ---- backslash commands -------------------------------------------------- */

static void
do_quit(const char *arg)
{
	(void)arg;
	shell.is_done = true;
}

static void
do_format(const char *arg)
{
	static const struct {
		const char *name;
		enum cli_form form;
	} forms[] = {
		{ "text", CLI_TEXT }, { "json", CLI_JSON }, { "jsonl", CLI_JSONL },
		{ "csv", CLI_CSV },   { "tsv", CLI_TSV },
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (strcmp(arg, forms[i].name) != 0)
			continue;
		shell.cli->shell_form = forms[i].form;
		shell.cli->has_shell_form = forms[i].form != CLI_TEXT;
		return;
	}
	fputs("\\format text|json|jsonl|csv|tsv\n", stderr);
}

static void
do_pager(const char *arg)
{
	shell.cli->has_pager = strcmp(arg, "off") != 0;
}

static void
do_timing(const char *arg)
{
	(void)arg;
	shell.cli->has_timing = !shell.cli->has_timing;
	cli_say("timing %s\n", shell.cli->has_timing ? "on" : "off");
}

static void
do_history(const char *arg)
{
	HIST_ENTRY **list = history_list();

	(void)arg;
	for (int i = 0; list && list[i]; i++) {
		cli_put(list[i]->line);
		cli_say("\n");
	}
}

static void
do_watch(const char *arg)
{
	int64_t every_ms = WATCH_DEFAULT_MS;
	struct timespec pause;
	struct err err;

	if (arg[0] && units_parse_duration(span_of(arg), &every_ms, &err) < 0) {
		fprintf(stderr, "\\watch: %s\n", err.text);
		return;
	}
	if (!shell.last) {
		fputs("\\watch repeats the last command; there is none yet\n", stderr);
		return;
	}
	pause = (struct timespec){ every_ms / 1000, (every_ms % 1000) * 1000000 };
	do {
		cli_say("\n");
		run_line(shell.last); /* clears the flag, so an interrupt counts from here on */
		fflush(stdout);
	} while (!cli_interrupted && nanosleep(&pause, NULL) == 0 && !cli_interrupted);
}

static void do_help(const char *arg);

static const struct {
	const char *name;
	void (*run)(const char *arg);
	const char *help;
} backslashes[] = {
	{ "q", do_quit, "leave" },
	{ "watch", do_watch, "[2s]: repeat the last command until Ctrl-C" },
	{ "format", do_format, "text|json|jsonl|csv|tsv: how answers are printed" },
	{ "pager", do_pager, "on|off" },
	{ "timing", do_timing, "say how long each command took" },
	{ "history", do_history, "what was typed" },
	{ "?", do_help, "this list; \"help\" lists the commands" },
};

static void
do_help(const char *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof backslashes / sizeof *backslashes; i++)
		cli_say("  \\%-8s %s\n", backslashes[i].name, backslashes[i].help);
}

static void
run_backslash(const char *line)
{
	struct span rest, name = span_cut(span_of(line + 1), ' ', &rest);
	char *arg;

	rest = span_trim(rest);
	for (size_t i = 0; i < sizeof backslashes / sizeof *backslashes; i++) {
		if (!span_is(name, backslashes[i].name))
			continue;
		arg = mem_strndup(rest.p ? rest.p : "", rest.n);
		backslashes[i].run(arg);
		mem_free(arg);
		return;
	}
	fputs("no such command; \\? lists them\n", stderr);
}

static void
take_line(char *line)
{
	struct span text = span_trim(span_of(line));

	if (text.n == 0)
		return;
	remember(line);
	if (text.p[0] == '\\') {
		run_backslash(text.p);
		return;
	}
	if (span_is(text, "quit") || span_is(text, "exit")) {
		shell.is_done = true;
		return;
	}
	mem_free(shell.last);
	shell.last = mem_strndup(text.p, text.n);
	run_line(shell.last);
}

/* ---- the loop ------------------------------------------------------------ */

/* wait_for_key - true: there is one. SIGINT may come at any instruction, so it
 * is let in by ppoll only, after the last look at what it sets. */
static bool
wait_for_key(FILE *from)
{
	struct pollfd one = { .fd = fileno(from), .events = POLLIN };
	sigset_t interrupt, before;
	bool is_there = false;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	if (!rl_pending_signal() && !cli_interrupted)
		is_there = ppoll(&one, 1, NULL, &before) > 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return is_there;
}

/* next_key - readline's own, but Ctrl-C at the prompt drops the line that is
 * being typed: it becomes an empty one that is entered. */
static int
next_key(FILE *from)
{
	bool is_there;

	do {
		is_there = wait_for_key(from);
		rl_check_signals(); /* to on_interrupt, with the terminal looked after */
		if (cli_interrupted) {
			cli_interrupted = 0;
			rl_replace_line("", 0);
			return '\n';
		}
	} while (!is_there);
	return rl_getc(from);
}

int
cli_shell_run(struct cli *cli)
{
	struct buf prompt;
	char *line;

	shell = (struct shell){ .cli = cli };
	cli->in_shell = true;
	cli->has_pager = true;
	cli->timeout_ms = 30000;
	buf_init(&prompt, 256);
	rl_readline_name = "relaycli";
	rl_attempted_completion_function = complete;
	rl_completer_quote_characters = "\"'";
	rl_basic_word_break_characters = " \t\n\"'|";
	rl_getc_function = next_key;
	open_history();
	while (!shell.is_done) {
		cli_interrupted = 0;
		make_prompt(&prompt);
		line = readline(buf_data(&prompt));
		if (!line)
			break;
		take_line(line);
		free(line);
	}
	if (!shell.is_done)
		cli_say("\n");
	buf_deinit(&prompt);
	mem_free(shell.last);
	mem_free(shell.history_file);
	return shell.code;
}
