/* cli_config.c - config check, show, reload. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/units.h"
#include "cli_nouns.h"
#include "cli_output.h"

#define CONFIG_DEFAULT "/etc/relayd/relayd.conf"
#define OUTPUT_MAX_BYTES ((size_t)64 << 10)

/* ---- check: what relayd itself says -------------------------------------- */

static _Noreturn void
become_relayd(const char *file, int out)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - sizeof "relayd");
	char *slash;

	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (n > 0) { /* the one beside us, so that both are of one version */
		self[n] = '\0';
		slash = strrchr(self, '/');
		memcpy(slash + 1, "relayd", sizeof "relayd");
		execl(self, "relayd", "--config", file, "--check", (char *)NULL);
	}
	execlp("relayd", "relayd", "--config", file, "--check", (char *)NULL);
	execl("/usr/sbin/relayd", "relayd", "--config", file, "--check", (char *)NULL);
	dprintf(out, "relayd is not installed: %s\n", strerror(errno));
	_exit(127);
}

static void
read_all(int fd, struct buf *out)
{
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			(void)buf_append(out, part, (size_t)n); /* over the cap: dropped */
}

/* run_check - relayd's exit status and what it said. */
static int
run_check(const char *file, struct buf *said)
{
	int pipe_fd[2], status;
	pid_t pid;

	if (pipe(pipe_fd) < 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		become_relayd(file, pipe_fd[1]);
	close(pipe_fd[1]);
	if (pid > 0)
		read_all(pipe_fd[0], said);
	close(pipe_fd[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* file_of_daemon - the file it runs with, into out; else the usual place. */
static void
file_of_daemon(struct cli *cli, struct buf *out)
{
	struct api_error error;
	json_t *result = NULL;
	const char *file = NULL;

	if (cli_try(cli, "config.show", NULL, 2000, &result, &error) == 0)
		file = api_json_get_text(result, "file");
	(void)buf_append_text(out, file ? file : CONFIG_DEFAULT);
	(void)buf_append(out, "", 1);
	json_decref(result);
}

int
cli_config_check(struct cli *cli, const struct command_line *line)
{
	struct buf file, said;
	struct span text;
	json_t *result;
	int status, code = CLI_DONE;

	buf_init(&file, 8192);
	buf_init(&said, OUTPUT_MAX_BYTES);
	if (line->words > 0)
		(void)buf_append(&file, line->word[0], strlen(line->word[0]) + 1);
	else
		file_of_daemon(cli, &file);
	status = run_check(buf_data(&file), &said);
	text = span_trim(buf_span(&said));
	if (status != 0) {
		code = cli_fail_text(cli, API_ERROR_FAILED, "%.*s",
				     (int)(text.n < 230 ? text.n : 230),
				     text.n ? text.p : "relayd failed");
	} else {
		result = api_json_new("relay.config.check/1");
		api_json_put_text(result, "file", buf_data(&file));
		api_json_put_bool(result, "ok", true);
		if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet) {
			cli_put(buf_data(&file));
			cli_say(" is right\n");
		}
		json_decref(result);
	}
	buf_deinit(&file);
	buf_deinit(&said);
	return code;
}

/* ---- show, reload -------------------------------------------------------- */

static void
put_listeners(const json_t *list)
{
	const json_t *one, *address;
	size_t i, a;

	json_array_foreach(list, i, one) {
		const json_t *addresses = json_object_get(one, "address");

		cli_say("  listen %-12s port %lld ", api_json_get_text(one, "title"),
		        (long long)api_json_get_int(one, "port", 0));
		json_array_foreach(addresses, a, address)
			cli_say(" %s", json_string_value(address));
		cli_say("\n");
	}
}

int
cli_config_show(struct cli *cli, const struct command_line *line)
{
	static const char *const facts[] = { "file", "hostname", "state_dir", "control_socket",
					     "store" };
	const json_t *list, *one;
	char text[UNITS_TEXT_SIZE];
	json_t *result;
	int code = cli_call(cli, "config.show", command_params(line), &result);
	size_t i;

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result)) {
		for (i = 0; i < sizeof facts / sizeof *facts; i++) {
			cli_say("  %-16s", facts[i]);
			cli_put(api_json_get_text(result, facts[i]));
			cli_say("\n");
		}
		units_format_size((uint64_t)api_json_get_int(result, "message_bytes", 0), text);
		cli_say("  %-16s%s\n", "message_size", text);
		units_format_duration(api_json_get_int(result, "max_age_ms", 0), text);
		cli_say("  %-16s%s\n", "max_age", text);
		put_listeners(json_object_get(result, "listeners"));
		list = json_object_get(result, "providers");
		json_array_foreach(list, i, one)
			cli_say("  provider %-10s at most %lld connections\n",
				api_json_get_text(one, "name"),
				(long long)api_json_get_int(one, "max_connections", 0));
		list = json_object_get(result, "routes");
		json_array_foreach(list, i, one)
			cli_say("  route %s to %s port %lld\n", api_json_get_text(one, "pattern"),
				api_json_get_text(one, "host"),
				(long long)api_json_get_int(one, "port", 0));
	}
	json_decref(result);
	return CLI_DONE;
}

int
cli_config_reload(struct cli *cli, const struct command_line *line)
{
	json_t *result;
	int code = cli_call(cli, "config.reload", command_params(line), &result);

	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli->is_quiet) {
		cli_say("Reloaded ");
		cli_put(api_json_get_text(result, "file"));
		cli_say("\n");
	}
	json_decref(result);
	return CLI_DONE;
}
