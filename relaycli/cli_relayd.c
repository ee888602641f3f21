/* cli_relayd.c - see cli_relayd.h. */
#include "cli_relayd.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/api_json.h"

#define CONFIG_DEFAULT "/etc/relayd/relayd.conf"

static _Noreturn void
become_relayd(const char *file, const struct cli_relayd_question *question, int out)
{
	const char *argv[] = { "relayd", "--config", file, "--check", question->option,
			       question->value, NULL };
	char *const *args = (char *const *)(uintptr_t)argv;
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - sizeof "relayd");
	char *slash;

	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (n > 0) { /* the one beside us, so that both are of one version */
		self[n] = '\0';
		slash = strrchr(self, '/');
		memcpy(slash + 1, "relayd", sizeof "relayd");
		execv(self, args);
	}
	execvp("relayd", args);
	execv("/usr/sbin/relayd", args);
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

int
cli_relayd_check(const char *file, const struct cli_relayd_question *question, struct buf *said)
{
	int pipe_fd[2], status;
	pid_t pid;

	if (pipe(pipe_fd) < 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		become_relayd(file, question, pipe_fd[1]);
	close(pipe_fd[1]);
	if (pid > 0)
		read_all(pipe_fd[0], said);
	close(pipe_fd[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
cli_relayd_file(struct cli *cli, struct buf *out)
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
