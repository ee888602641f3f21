/* cli_shell.c - the interactive shell.
 *
 *   relay mx1 (rw)> queue list --sort size
 *   relay mx1 (rw)> log tail -f to:@yahoo.com          Ctrl-C ends it
 *   relay mx1 (rw)> message list cred:shop-prod | less
 *   relay mx1 (no daemon)>                             until it is back; "no answer": it is stuck
 *
 * Unique beginnings of nouns and verbs will do here (never in scripts). While a
 * line is typed the link is watched, too: the prompt says what it is now. */
#include "cli_shell.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <readline/readline.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cli_output.h"
#include "cli_shell_private.h"

#define STATUS_WAIT_MS 1000   /* for the prompt; it is there without it */
#define RECONNECT_MS 1000

struct shell cli_shell;

/* ---- prompt -------------------------------------------------------------- */

struct link {
	char host[64];       /* "mx1"; "" before it was known */
	char state[16];      /* "rw", "ro", "no daemon", "no answer" */
	bool is_well;
};

static struct link link_now;

static void
look_at_link(void)
{
	struct api_error error;
	json_t *status = NULL;
	const char *host, *role;
	struct span rest, name;
	struct buf shown;

	if (cli_try(cli_shell.cli, "status.show", NULL, STATUS_WAIT_MS, &status, &error) < 0) {
		snprintf(link_now.state, sizeof link_now.state, "%s",
			 error.kind == API_ERROR_NOT_PERMITTED ? "not permitted"
			 : error.kind == API_ERROR_UNREACHABLE ? "no daemon"
							       : "no answer");
		link_now.is_well = false;
		return;
	}
	host = api_json_get_text(status, "hostname");
	role = api_json_get_text(status, "role");
	name = span_cut(span_of(host ? host : "?"), '.', &rest);
	buf_init(&shown, 1024);
	utf8_harmless(name, &shown);
	snprintf(link_now.host, sizeof link_now.host, "%.*s", (int)buf_span(&shown).n,
		 buf_span(&shown).p);
	buf_deinit(&shown);
	snprintf(link_now.state, sizeof link_now.state, "%s",
		 role && strcmp(role, "operator") == 0 ? "rw" : "ro");
	link_now.is_well = true;
	json_decref(status);
}

static void
write_prompt(char out[128])
{
	snprintf(out, 128, "relay%s%s (%s)> ", link_now.host[0] ? " " : "", link_now.host,
		 link_now.state);
}

/* look_again - the link changed while a line was being typed. */
static void
look_again(void)
{
	char before[sizeof link_now.state], prompt[128];

	memcpy(before, link_now.state, sizeof before);
	look_at_link();
	if (strcmp(before, link_now.state) == 0)
		return;
	write_prompt(prompt);
	rl_set_prompt(prompt);
	rl_redisplay();
}

/* ---- keys ---------------------------------------------------------------- */

/* wait_for_key - true: there is one. SIGINT may come at any instruction, so it
 * is let in by ppoll only, after the last look at what it sets. */
static bool
wait_for_key(FILE *from)
{
	struct api_client *client = cli_shell.cli->client;
	int link_fd = client ? api_client_fd(client) : -1;
	struct pollfd two[] = {
		{ .fd = fileno(from), .events = POLLIN },
		{ .fd = link_fd, .events = POLLIN },
	};
	const struct timespec pause = { RECONNECT_MS / 1000, 0 };
	sigset_t interrupt, before;
	struct api_error error;
	int ready = -1;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	if (!rl_pending_signal() && !cli_interrupted)
		ready = ppoll(two, 2, link_fd < 0 ? &pause : NULL, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (ready > 0 && two[0].revents)
		return true;
	/* a late answer of a daemon that was stuck is news, too */
	if (ready == 0 || (ready > 0 && two[1].revents &&
			   (api_client_feed(client, &error) < 0 || !link_now.is_well)))
		look_again();
	return false;
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

/* ---- the loop ------------------------------------------------------------ */

int
cli_shell_run(struct cli *cli)
{
	char prompt[128], *line;

	cli_shell = (struct shell){ .cli = cli };
	cli->in_shell = true;
	cli->has_pager = true;
	cli->timeout_ms = 30000;
	rl_readline_name = "relaycli";
	rl_getc_function = next_key;
	cli_shell_tab_start();
	cli_shell_history_open();
	while (!cli_shell.is_done) {
		cli_interrupted = 0;
		cli->line = NULL;
		look_at_link();
		write_prompt(prompt);
		line = readline(prompt);
		if (!line)
			break;
		cli_shell_take(line);
		free(line);
	}
	if (!cli_shell.is_done)
		cli_say("\n");
	mem_free(cli_shell.last);
	cli_shell_history_close();
	return cli_shell.code;
}
