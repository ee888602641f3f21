/* cli_dkim.c - domain dkim rotate, import, export, remove. A private key comes from a file or
 * stdin and goes to a new file or a pipe; never an argument, never a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli_confirm.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define PEM_MAX_BYTES 16384

/* ---- what became of it --------------------------------------------------------------- */

static void
put_keys(const struct cli *cli, const json_t *result)
{
	char since[API_FORMAT_SIZE];
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(result, "keys"), i, one) {
		cli_say("  %-12s %s-%lld  ", api_json_get_text(one, "selector"),
			api_json_get_text(one, "algorithm"),
			(long long)api_json_get_int(one, "bits", 0));
		cli_say("%-10s since %s\n", api_json_get_text(one, "state"),
			cli_time(cli, one, "since_at", since));
	}
}

/* is_of - is it the record of that key? NULL: of any */
static bool
is_of(const json_t *record, const char *selector)
{
	const char *name = api_json_get_text(record, "name");
	size_t n = selector ? strlen(selector) : 0;

	return selector == NULL || (strncasecmp(name, selector, n) == 0 && name[n] == '.');
}

/* put_records - of the keys that wait for theirs; selector: only that key's */
static void
put_records(const json_t *result, const char *selector)
{
	const json_t *one;
	size_t i, shown = 0;

	json_array_foreach(json_object_get(result, "records"), i, one) {
		if (!is_of(one, selector))
			continue;
		if (shown++ == 0)
			cli_say("Publish, and leave the other DKIM records where they are:\n");
		cli_say("\n  ");
		cli_put(api_json_get_text(one, "name"));
		cli_say("  %s\n    ", api_json_get_text(one, "type"));
		cli_put(api_json_get_text(one, "value"));
		cli_say("\n");
	}
	if (shown > 0)
		cli_say("\nMail is signed with %s once every name server has had %s for a while; "
			"domain show tells.\n", shown == 1 ? "it" : "them",
			shown == 1 ? "it" : "them");
}

/* put_removed - what is left to do for a key that is gone */
static void
put_removed(const json_t *result, const char *selector)
{
	cli_say("\nIts record, ");
	cli_put(selector);
	cli_say("._domainkey.");
	cli_put(api_json_get_text(result, "domain"));
	cli_say(" TXT, can go from the DNS once no mail signed with it is on its way.\n");
}

static int
put(struct cli *cli, json_t *result, const struct command_line *line, const char *lead)
{
	const char *warning = api_json_get_text(result, "warning");

	if (warning != NULL)
		fprintf(stderr, "relaycli: %s\n", warning);
	if (!cli_put_json(cli, result) && !cli->is_quiet) {
		cli_say("%s", lead);
		cli_put(api_json_get_text(result, "domain"));
		cli_say(":\n");
		put_keys(cli, result);
		if (strcmp(line->command->method, "domain.dkim.remove") == 0)
			put_removed(result, line->word[1]);
		else
			put_records(result, line->words > 1 ? line->word[1] : NULL);
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_dkim_rotate(struct cli *cli, const struct command_line *line)
{
	static const char what[] = "mail is signed with a key whose record may not be in DNS yet";
	json_t *result;
	int code = CLI_DONE;

	if (command_line_has(line, "now"))
		code = cli_confirm_as(cli, line, COMMAND_MODERATE, span_of(what));
	if (code == CLI_DONE)
		code = cli_call(cli, "domain.dkim.rotate", command_params(line), &result);
	return code == CLI_DONE ? put(cli, result, line, "DKIM keys of ") : code;
}

int
cli_dkim_remove(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "domain.dkim.remove", command_params(line), &result);

	return code == CLI_DONE ? put(cli, result, line, "Left of ") : code;
}

/* ---- import -------------------------------------------------------------------------------- */

/* read_pem - all of the file, at most PEM_MAX_BYTES, into room that has one more */
static int
read_pem(struct cli *cli, const char *name, char room[PEM_MAX_BYTES + 1])
{
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = -1;

	while (fd >= 0 && n <= PEM_MAX_BYTES) {
		got = read(fd, room + n, PEM_MAX_BYTES + 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (fd < 0 || got < 0)
		return cli_fail_text(cli, API_ERROR_PARAMS, "%.200s: %s", name, strerror(errno));
	if (!is_stdin)
		close(fd);
	if (n > PEM_MAX_BYTES)
		return cli_fail_text(cli, API_ERROR_PARAMS, "%.200s is too long for a key", name);
	room[n] = '\0';
	if (n == 0 || strlen(room) != n)
		return cli_fail_text(cli, API_ERROR_PARAMS, "%.200s is not a private key in PEM",
				     name);
	return CLI_DONE;
}

int
cli_dkim_import(struct cli *cli, const struct command_line *line)
{
	const char *name = line->word[2];
	char pem[PEM_MAX_BYTES + 1];
	json_t *params, *result;
	int code;

	if (strstr(name, "-----BEGIN") != NULL)
		return cli_fail_text(cli, API_ERROR_PARAMS,
				     "a private key on the command line is in ps and the shell's "
				     "history: name a file, or - for stdin; make a new key now");
	code = read_pem(cli, name, pem);
	if (code == CLI_DONE) {
		params = command_params(line);
		json_object_set_new(params, "pem", json_string(pem));
		code = cli_call(cli, "domain.dkim.import", params, &result);
	}
	mem_wipe(pem, sizeof pem);
	return code == CLI_DONE ? put(cli, result, line, "DKIM keys of ") : code;
}

/* ---- export --------------------------------------------------------------------------------- */

static int
open_out(struct cli *cli, const char *out, int *fd_out)
{
	*fd_out = -1;
	if (cli->form == CLI_JSON || cli->form == CLI_JSONL)
		return CLI_DONE;
	if (out == NULL)
		return cli_fail_text(cli, API_ERROR_PARAMS,
				     "where to? --out FILE (new, 0600), - is stdout; nothing done");
	if (strcmp(out, "-") == 0) {
		if (isatty(STDOUT_FILENO))
			return cli_fail_text(cli, API_ERROR_PARAMS,
					     "a private key is not shown on a terminal: --out "
					     "FILE, or a pipe; nothing done");
		return CLI_DONE;
	}
	*fd_out = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (*fd_out < 0)
		return cli_fail_text(cli, API_ERROR_PARAMS, "--out %.200s: %s: nothing done", out,
				     strerror(errno));
	return CLI_DONE;
}

static int
write_out(struct cli *cli, const char *out, int fd, struct span pem)
{
	if (cli_write_and_close(fd, pem) < 0)
		return cli_fail_text(cli, API_ERROR_FAILED, "--out %.200s: %s", out,
				     strerror(errno));
	if (!cli->is_quiet)
		cli_say("The private key is in %s (0600). Whoever has it can sign as the domain.\n",
			out);
	return CLI_DONE;
}

int
cli_dkim_export(struct cli *cli, const struct command_line *line)
{
	const char *out = command_line_text(line, "out"), *pem;
	json_t *result;
	int fd, code = open_out(cli, out, &fd);

	if (code != CLI_DONE)
		return code;
	code = cli_call(cli, "domain.dkim.export", command_params(line), &result);
	if (code != CLI_DONE) {
		if (fd >= 0) {
			close(fd);
			(void)unlink(out);
		}
		return code;
	}
	pem = api_json_get_text(result, "pem");
	if (fd >= 0)
		code = write_out(cli, out, fd, span_of(pem));
	else if (!cli_put_json(cli, result))
		fwrite(pem, 1, strlen(pem), stdout);
	mem_wipe((void *)(uintptr_t)pem, strlen(pem));
	json_decref(result);
	return code;
}
