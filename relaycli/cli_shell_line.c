/* cli_shell_line.c - what becomes of an entered line.
 *
 *   queue list | sort -k3      into a command of the person's own
 *   queue list > queues.tsv    into a file; >> appends
 *
 * A > counts only after a blank: find <id@shop.example> is a Message-ID. What
 * was pasted may be several lines: they are shown, and Enter runs one after the other. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <stdio.h>
#include <readline/readline.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_output.h"
#include "cli_shell_private.h"

/* mark_at - the first | or blank and > outside quotes, or the line's end. */
static const char *
mark_at(const char *line)
{
	char quote = 0;
	const char *p;

	for (p = line; *p; p++) {
		bool after_blank = p > line && (p[-1] == ' ' || p[-1] == '\t');

		if (*p == '\\' && quote != '\'' && p[1])
			p++;
		else if (quote ? *p == quote : *p == '"' || *p == '\'')
			quote = quote ? 0 : *p;
		else if (!quote && (*p == '|' || (*p == '>' && after_blank)))
			break;
	}
	return p;
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
		cli_shell.code = CLI_USAGE;
	} else if (count > 0) {
		cli_shell.code = cli_run_words(cli_shell.cli, words, (size_t)count, true);
	}
	arena_free(&arena);
}

/* run_into - the command with fd as its standard output. Closes fd. */
static void
run_into(struct span line, int fd)
{
	int saved;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	run_command(line);
	if (fflush(stdout) != 0 && errno != EPIPE) {
		fprintf(stderr, "relaycli: cannot write: %s\n", strerror(errno));
		cli_shell.code = CLI_FAILED;
	}
	__fpurge(stdout); /* what a reader that left did not take is not for the terminal */
	clearerr(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static void
run_piped(struct span line, const char *command)
{
	int pipe_fd[2], status;
	pid_t pid;

	if (pipe(pipe_fd) < 0)
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGPIPE, SIG_DFL);
		dup2(pipe_fd[0], STDIN_FILENO);
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(pipe_fd[0]);
	run_into(line, pipe_fd[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		; /* Ctrl-C ended the command; a pager stays open */
}

static void
run_to_file(struct span line, const char *rest)
{
	bool appends = rest[0] == '>';
	struct arena *arena = arena_new(0);
	const char **words;
	struct err err;
	int count = command_split(span_of(rest + appends), arena, &words, &err), fd = -1;
	char *path = count == 1 ? tilde_expand(words[0]) : NULL;

	cli_shell.code = CLI_USAGE;
	if (!path)
		fputs("relaycli: > wants the name of one file\n", stderr);
	else
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (appends ? O_APPEND : O_TRUNC),
			  0666);
	if (path && fd < 0)
		fprintf(stderr, "relaycli: cannot write %s: %s\n", words[0], strerror(errno));
	if (fd >= 0)
		run_into(line, fd);
	free(path);
	arena_free(&arena);
}

void
cli_shell_run_line(const char *line)
{
	const char *mark = mark_at(line);
	struct span command = { line, (size_t)(mark - line) };
	int64_t start = clock_mono_ms();
	char took[UNITS_TEXT_SIZE];

	cli_interrupted = 0;
	if (*mark == '|')
		run_piped(command, mark + 1);
	else if (*mark == '>')
		run_to_file(command, mark + 1);
	else
		run_command(command);
	if (cli_shell.cli->has_timing) {
		units_format_duration(clock_mono_ms() - start, took);
		cli_say("(%s)\n", took);
	}
}

/* ---- one line or several --------------------------------------------------- */

static void
take_one(const char *line)
{
	struct span text = span_trim(span_of(line));

	if (text.n == 0)
		return;
	cli_shell_history_add(line);
	cli_shell_tab_remember(line);
	if (text.p[0] == '\\') {
		cli_shell_slash(text.p);
		return;
	}
	if (span_is(text, "quit") || span_is(text, "exit")) {
		cli_shell.is_done = true;
		return;
	}
	mem_free(cli_shell.last);
	cli_shell.last = mem_strndup(text.p, text.n);
	cli_shell_run_line(cli_shell.last);
}

/* line_end - of the first line of text: newlines in quotes belong to it. */
static size_t
line_end(struct span text)
{
	char quote = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\\' && quote != '\'' && i + 1 < text.n)
			i++;
		else if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else if (!quote && c == '\n')
			return i;
	}
	return text.n;
}

static int
count_lines(struct span text)
{
	int lines = 0;

	while (text.n) {
		size_t n = line_end(text);

		lines += span_trim((struct span){ text.p, n }).n > 0;
		text.p += n + (n < text.n);
		text.n -= n + (n < text.n);
	}
	return lines;
}

void
cli_shell_take(const char *entered)
{
	struct span text = span_of(entered);
	bool are_many = count_lines(text) > 1;
	int left;

	while (text.n && !cli_shell.is_done) {
		size_t n = line_end(text);
		char *line = mem_strndup(text.p, n);

		text.p += n + (n < text.n);
		text.n -= n + (n < text.n);
		cli_shell.code = CLI_DONE;
		cli_interrupted = 0;
		if (are_many && line[strspn(line, " \t\r")]) {
			cli_say("> ");
			cli_put(line);
			cli_say("\n");
		}
		take_one(line);
		mem_free(line);
		left = count_lines(text);
		if (left && (cli_interrupted || (cli_shell.code != CLI_DONE &&
						 cli_shell.code != CLI_NONE))) {
			fflush(stdout);
			fprintf(stderr, "relaycli: stopped here: %d more line%s pasted, not run\n",
				left, left == 1 ? "" : "s");
			return;
		}
	}
}
