/* main.c - relaycli: one command and its exit code, or a shell.
 *
 * Secrets may pass through this process: no core file, nothing in argv or
 * history. Output to a pipe that closed ends quietly. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>

#include "base/mem.h"
#include "cli.h"
#include "cli_shell.h"

static void
on_interrupt(int number)
{
	(void)number;
	cli_interrupted = 1;
}

static void
prepare_process(void)
{
	struct rlimit none = { 0, 0 };
	/* no SA_RESTART: poll returns */
	struct sigaction interrupt = { .sa_handler = on_interrupt };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* rates are printed for scripts too */
	setlocale(LC_TIME, "C");
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)sigaction(SIGINT, &interrupt, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

/* wants_shell - nothing to do was named, and a person is there. */
static bool
wants_shell(const struct command_line *line)
{
	return !line->command && !command_line_has(line, "help") &&
	       !command_line_has(line, "version") && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* open_all - a missing standard stream would be taken by the next socket, and
 * what is printed would go to the daemon. One that cannot be used takes its place. */
static void
open_all(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* end_output - a reader that left (| head) has what it wanted; a full disk or a
 * closed stdout is a failure. */
static int
end_output(const struct cli *cli, int code)
{
	int why = fflush(stdout) != 0 ? errno : cli->write_errno;

	if (why == 0 && ferror(stdout))
		why = EPIPE; /* it went wrong earlier and was seen there */
	if (why == 0 || why == EPIPE)
		return code;
	fprintf(stderr, "relaycli: cannot write the answer: %s\n", strerror(why));
	return code == CLI_DONE ? CLI_FAILED : code;
}

int
main(int argc, char **argv)
{
	const char *const *words = (const char *const *)argv + 1;
	size_t count = argc > 0 ? (size_t)argc - 1 : 0;
	struct command_line *line = mem_zero(1, sizeof *line);
	const char *path = getenv("RELAY_SOCKET");
	struct cli cli = { .has_header = true };
	struct err err;
	int code;

	json_set_alloc_funcs(mem_alloc, mem_free_wiped); /* new passwords come in JSON */
	open_all();
	prepare_process();
	if (command_parse(words, count, false, line, &err) == 0 &&
	    command_line_text(line, "socket"))
		path = command_line_text(line, "socket");
	cli.socket_path = mem_strdup(path && path[0] ? path : API_CLIENT_SOCKET);
	if (wants_shell(line) && command_parse(words, count, false, line, &err) == 0)
		code = cli_shell_run(&cli);
	else
		code = cli_run_words(&cli, words, count, false);
	api_client_free(&cli.client);
	mem_free(cli.socket_path);
	mem_free(line);
	return end_output(&cli, code);
}
