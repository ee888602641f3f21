/* tui_child.c - see tui_child.h. */
#include "tui_child.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command_parse.h"

#define PATH_SIZE 4096
#define ROWS 50
#define NOT_STARTED 127

void
tui_child_init(struct tui_child *child)
{
	*child = (struct tui_child){ .fd = -1 };
}

/* find_relaycli - beside us, else wherever PATH has it. */
static const char *
find_relaycli(char path[PATH_SIZE])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_SIZE - 16);
	char *name;

	if (n <= 0)
		return "relaycli";
	path[n] = '\0';
	name = strrchr(path, '/');
	memcpy(name ? name + 1 : path, "relaycli", sizeof "relaycli");
	return access(path, X_OK) == 0 ? path : "relaycli";
}

/* fill - the arguments: ours, then the words. Completion begins with a noun of its own. */
static int
fill(const struct tui_run *run, const char *socket_path, struct arena *arena,
     const char ***argv_out, struct err *err)
{
	static const char *const fixed[] = { "relaycli", "--no-input", "--no-pager", "--color",
					     "never" };
	struct span text = span_of(run->text);
	bool is_new_word = text.n == 0 || text.p[text.n - 1] == ' ';
	const char **word, **argv;
	size_t n = 0;
	int words = command_split(text, arena, &word, err);

	if (words < 0)
		return -1;
	argv = arena_alloc(arena, ((size_t)words + 16) * sizeof *argv);
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		argv[n++] = fixed[i];
	argv[n++] = "--socket";
	argv[n++] = socket_path;
	if (run->kind == TUI_RUN_COMPLETE) {
		argv[n++] = "completion";
		argv[n++] = "words";
		argv[n++] = "--";
	} else if (run->is_confirmed) {
		argv[n++] = "--yes";
	}
	for (int i = 0; i < words; i++)
		argv[n++] = word[i];
	if (run->kind == TUI_RUN_COMPLETE && is_new_word)
		argv[n++] = "";
	argv[n] = NULL;
	*argv_out = argv;
	return 0;
}

/* open_new - a file that was not there. */
static int
open_new(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	const char *name = strrchr(path, '/'); /* a row is short, and why matters more than where */

	return fd >= 0 ? fd : err_errno(err, errno, "cannot write %s", name ? name + 1 : path);
}

static void
become(const char *const *argv, int to_fd)
{
	char path[PATH_SIZE];
	sigset_t none;
	const char *program = find_relaycli(path);
	int null = open("/dev/null", O_RDONLY);

	if (null >= 0)
		(void)dup2(null, STDIN_FILENO); /* nobody is there to ask */
	if (to_fd >= 0)
		(void)dup2(to_fd, STDOUT_FILENO);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setenv("TERM", "dumb", 1);
	(void)setenv("NO_COLOR", "1", 1);
	(void)execvp(program, (char *const *)(uintptr_t)argv);
	fprintf(stderr, "%s: %s\n", program, strerror(errno));
	_exit(NOT_STARTED);
}

int
tui_child_start(struct tui_child *child, const struct tui_run *run, const char *socket_path,
                const char *to_path, int width, struct err *err)
{
	struct winsize size = { .ws_row = ROWS, .ws_col = (unsigned short)width };
	struct arena *arena = arena_new(0);
	const char **argv;
	int to_fd = -1;

	tui_child_stop(child);
	if (fill(run, socket_path, arena, &argv, err) < 0
	    || (to_path && (to_fd = open_new(to_path, err)) < 0)) {
		arena_free(&arena);
		return -1;
	}
	child->pid = forkpty(&child->fd, NULL, NULL, &size);
	if (child->pid == 0)
		become(argv, to_fd);
	arena_free(&arena);
	if (to_fd >= 0)
		close(to_fd);
	if (child->pid < 0) {
		tui_child_init(child);
		return err_errno(err, errno, "cannot run relaycli");
	}
	child->kind = run->kind;
	(void)fcntl(child->fd, F_SETFL, O_NONBLOCK);
	(void)fcntl(child->fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

/* reap - after its terminal closed it is over, or will be killed. */
static int
reap(struct tui_child *child)
{
	int status = 0;

	close(child->fd);
	(void)waitpid(child->pid, &status, 0);
	tui_child_init(child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool
tui_child_read(struct tui_child *child, struct buf *out, int *code_out)
{
	char bytes[4096];
	ssize_t n;

	for (;;) {
		n = read(child->fd, bytes, sizeof bytes);
		if (n > 0) {
			(void)buf_append(out, bytes, (size_t)n); /* beyond its cap it is dropped */
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		*code_out = reap(child); /* 0, or EIO: nobody has that terminal any more */
		return false;
	}
}

void
tui_child_stop(struct tui_child *child)
{
	if (child->pid <= 0)
		return;
	(void)kill(child->pid, SIGKILL);
	(void)reap(child);
}
