/* cli.h - one run of relaycli: its connection, how it may print and ask.
 *
 * Every command goes the same way, one-shot or in the shell:
 *
 *   words -> command_parse -> cli_run -> confirm -> call -> render -> exit code
 *
 * One thread. A struct cli is made by main and lives as long as the process;
 * what a line says about output is set anew for each (cli_output_set). */
#ifndef RELAYCLI_CLI_H
#define RELAYCLI_CLI_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "api/api_client.h"
#include "api/api_error.h"
#include "command/command_parse.h"

enum cli_form { /* how results are printed */
	CLI_TEXT,  /* prose and aligned tables */
	CLI_TSV, CLI_CSV, CLI_JSON, CLI_JSONL,
};

enum cli_exit { /* operator's manual, "exit codes" */
	CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NONE = 3, CLI_NOT_PERMITTED = 4,
	CLI_UNREACHABLE = 5, CLI_CONFIRM = 6, CLI_PARTIAL = 7, CLI_TIMEOUT = 8, CLI_CHANGED = 9,
	CLI_WAITING = 10, CLI_UNDELIVERED = 11, CLI_UNKNOWN = 12, CLI_INTERRUPTED = 130,
};

struct cli {
	struct api_client *client;   /* made on first use */
	char *socket_path;           /* owned */
	const struct command_line *line;
	/* output, from flags, environment and terminal */
	enum cli_form form;
	bool is_tty;                 /* stdout is a terminal */
	bool is_colored, is_utc, is_wide, has_header, is_quiet;
	bool may_ask;                /* stdin and stderr are terminals, and no --no-input */
	bool may_page;
	const char *fields;          /* "a,b" or NULL */
	int width;                   /* columns of the terminal; 0: do not cut */
	int timeout_ms;
	int output_code;             /* CLI_DONE, or why printing failed: a wrong --fields */
	int write_errno;             /* of stdout at the end; 0: all was written */
	/* the shell's */
	bool in_shell, has_pager, has_timing;
	enum cli_form shell_form;
	bool has_shell_form;
};

/* set by SIGINT; calls and streams end with CLI_INTERRUPTED */
extern volatile sig_atomic_t cli_interrupted;

/* cli_run - one parsed command. Returns its exit code. */
int cli_run(struct cli *cli, const struct command_line *line);
/* cli_run_words - parse and run; prefixes as in command_parse. */
int cli_run_words(struct cli *cli, const char *const *words, size_t count, bool prefixes);

/* cli_call - ask the daemon. Takes params (may be NULL). 0 with *result_out (a
 * reference), else the exit code, after the failure was printed. */
int cli_call(struct cli *cli, const char *method, json_t *params, json_t **result_out);
/* cli_try - the same without printing: -1 with *error filled. */
int cli_try(struct cli *cli, const char *method, json_t *params, int timeout_ms,
            json_t **result_out, struct api_error *error);
int cli_connect(struct cli *cli, struct api_error *error);
/* cli_fail - print a failure as the form asks (JSON on stderr) and return its exit code. */
int cli_fail(const struct cli *cli, const struct api_error *error);
int cli_fail_text(const struct cli *cli, enum api_error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
