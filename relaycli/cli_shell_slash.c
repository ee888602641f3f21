/* cli_shell_slash.c - the shell's own commands: one table, which \? prints. */
#include <poll.h>
#include <string.h>

#include "api/api_format.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli_output.h"
#include "cli_shell_private.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define WATCH_DEFAULT_MS 2000
#define WATCH_LEAST_MS 100

static void
do_quit(const char *arg)
{
	(void)arg;
	cli_shell.is_done = true;
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
	enum cli_form now = cli_shell.cli->has_shell_form ? cli_shell.cli->shell_form : CLI_TEXT;

	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		if (!arg[0] && forms[i].form == now)
			cli_say("format %s\n", forms[i].name);
		if (strcmp(arg, forms[i].name) != 0)
			continue;
		cli_shell.cli->shell_form = forms[i].form;
		cli_shell.cli->has_shell_form = forms[i].form != CLI_TEXT;
		return;
	}
	if (arg[0])
		fputs("\\format wants text, json, jsonl, csv or tsv\n", stderr);
}

/* turn - "on", "off" or nothing, which is `otherwise`; anything else is refused. */
static void
turn(const char *name, const char *arg, bool *value, bool otherwise)
{
	if (strcmp(arg, "on") == 0 || strcmp(arg, "off") == 0) {
		*value = arg[1] == 'n';
	} else if (arg[0]) {
		fprintf(stderr, "\\%s wants on or off\n", name);
		return;
	} else {
		*value = otherwise;
	}
	cli_say("%s %s\n", name, *value ? "on" : "off");
}

static void
do_pager(const char *arg)
{
	turn("pager", arg, &cli_shell.cli->has_pager, cli_shell.cli->has_pager);
}

static void
do_timing(const char *arg)
{
	turn("timing", arg, &cli_shell.cli->has_timing, !cli_shell.cli->has_timing);
}

static void
do_history(const char *arg)
{
	(void)arg;
	cli_shell_history_print();
}

/* wait_for_next - so long or until Ctrl-C; false: Ctrl-C. */
static bool
wait_for_next(int64_t ms)
{
	struct timespec pause = { ms / 1000, (ms % 1000) * 1000000 };
	sigset_t interrupt, before;

	/* Ctrl-C may come at any instruction: it is let in by ppoll only */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	if (!cli_interrupted)
		(void)ppoll(NULL, 0, &pause, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return !cli_interrupted;
}

static void
do_watch(const char *arg)
{
	int64_t every_ms = WATCH_DEFAULT_MS;
	bool has_pager = cli_shell.cli->has_pager;
	char every[UNITS_TEXT_SIZE], now[API_FORMAT_SIZE];
	struct err err;

	if (arg[0] && units_parse_duration(span_of(arg), &every_ms, &err) < 0) {
		fprintf(stderr, "\\watch: %s\n", err.text);
		return;
	}
	if (!cli_shell.last) {
		fputs("\\watch repeats the last command; there is none yet\n", stderr);
		return;
	}
	if (every_ms < WATCH_LEAST_MS)
		every_ms = WATCH_LEAST_MS;
	units_format_duration(every_ms, every);
	cli_shell.cli->has_pager = false;
	do {
		api_format_clock(clock_unix_ms(), false, false, now);
		cli_say("\n%s  every %s, Ctrl-C ends it: ", now, every);
		cli_put(cli_shell.last);
		cli_say("\n");
		cli_shell_run_line(cli_shell.last); /* clears the flag: Ctrl-C counts from here */
		fflush(stdout);
	} while (wait_for_next(every_ms));
	cli_shell.cli->has_pager = has_pager;
	cli_interrupted = 0;
}

static void do_help(const char *arg);

static const struct {
	const char *name, *arg;
	void (*run)(const char *arg);
	const char *help;
} slashes[] = {
	{ "watch", "[2s]", do_watch, "repeat the last command until Ctrl-C" },
	{ "format", "[json|jsonl|csv|tsv|text]", do_format, "how answers are printed" },
	{ "pager", "[on|off]", do_pager, "open a pager when an answer is longer than the screen" },
	{ "timing", "[on|off]", do_timing, "say how long each command took" },
	{ "history", "", do_history, "what was typed" },
	{ "q", "", do_quit, "leave" },
	{ "?", "", do_help, "this list; \"help\" lists the commands" },
};

static void
do_help(const char *arg)
{
	(void)arg;
	for (size_t i = 0; i < COUNT_OF(slashes); i++) {
		int n = (int)(strlen(slashes[i].name) + strlen(slashes[i].arg));

		cli_say("  \\%s %s%*s  %s\n", slashes[i].name, slashes[i].arg,
			n < 32 ? 32 - n : 0, "", slashes[i].help);
	}
	cli_say("  %-34s  %s\n", "COMMAND | less", "into a command of your own");
	cli_say("  %-34s  %s\n", "COMMAND > FILE, >> FILE", "into a file");
}

void
cli_shell_slash(const char *line)
{
	struct span rest, name = span_cut(span_trim(span_of(line + 1)), ' ', &rest);
	char *arg;

	rest = span_trim(rest);
	for (size_t i = 0; i < COUNT_OF(slashes); i++) {
		if (!span_is(name, slashes[i].name))
			continue;
		arg = mem_strndup(rest.p ? rest.p : "", rest.n);
		slashes[i].run(arg);
		mem_free(arg);
		return;
	}
	fputs("no such command; \\? lists them\n", stderr);
}
