/* cli_shell_private.h - what the parts of the shell share.
 *
 *   cli_shell.c          the loop, the prompt, keys, the link
 *   cli_shell_line.c     a line: | COMMAND, > FILE, pasted lines, timing
 *   cli_shell_slash.c    \watch, \format ...
 *   cli_shell_history.c  what was typed, kept in a file
 *   cli_shell_tab.c      completion, with hints
 *
 * One thread; there is one shell, since readline's callbacks take no argument. */
#ifndef RELAYCLI_CLI_SHELL_PRIVATE_H
#define RELAYCLI_CLI_SHELL_PRIVATE_H

#include "cli.h"

struct shell {
	struct cli *cli;
	char *last;          /* last command line, for \watch; owned or NULL */
	int code;            /* of the last command */
	bool is_done;
};

extern struct shell cli_shell;

/* cli_shell_run_line - one command, with what follows | or >. */
void cli_shell_run_line(const char *line);
/* cli_shell_take - what was entered: one line, or several that were pasted. The
 * rest of those is not run after one that failed or was interrupted. */
void cli_shell_take(const char *text);
/* cli_shell_slash - a line that begins with a backslash. */
void cli_shell_slash(const char *line);

void cli_shell_history_open(void);
void cli_shell_history_add(const char *line);
void cli_shell_history_print(void);
void cli_shell_history_close(void);

void cli_shell_tab_start(void);
/* cli_shell_tab_remember - addresses in an entered line: this session completes them. */
void cli_shell_tab_remember(const char *line);

#endif
