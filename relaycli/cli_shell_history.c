/* cli_shell_history.c - what was typed into the shell, kept for the next one.
 *
 * The file lies under XDG_STATE_HOME, mode 0600, and several shells append to
 * it. No command takes a secret as an argument; a private key that was pasted
 * by mistake is left out all the same, and so is a line that begins with a space. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdio.h>
#include <readline/history.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli_output.h"
#include "cli_shell_private.h"

#define HISTORY_MAX 2000

static char *history_file; /* owned or NULL */

/* state_folder - $XDG_STATE_HOME or ~/.local/state, and ours in it; NULL: no home. */
static char *
state_folder(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct buf path;
	size_t n;

	buf_init(&path, 4096);
	if (state && state[0] == '/')
		(void)buf_printf(&path, "%s/relaycli", state);
	else if (home && home[0])
		(void)buf_printf(&path, "%s/.local/state/relaycli", home);
	if (path.len == 0) {
		buf_deinit(&path);
		return NULL;
	}
	return buf_take(&path, &n);
}

static void
make_folders(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
	(void)mkdir(path, 0700);
}

/* prepare - false: nothing can be kept there. A link to /dev/null is somebody's wish. */
static bool
prepare(const char *path)
{
	struct stat is;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	bool is_file = fd >= 0 && fstat(fd, &is) == 0 && S_ISREG(is.st_mode);

	if (is_file)
		(void)fchmod(fd, 0600); /* also when it was there already */
	if (fd >= 0)
		close(fd);
	return is_file;
}

void
cli_shell_history_open(void)
{
	char *folder = state_folder();
	struct buf path;
	size_t n;

	using_history();
	stifle_history(HISTORY_MAX);
	if (!folder)
		return;
	make_folders(folder);
	buf_init(&path, 4096);
	(void)buf_printf(&path, "%s/history", folder);
	mem_free(folder);
	history_file = buf_take(&path, &n);
	if (!prepare(history_file)) {
		mem_free(history_file);
		history_file = NULL;
		return;
	}
	(void)read_history(history_file);
	(void)history_truncate_file(history_file, HISTORY_MAX);
}

void
cli_shell_history_add(const char *line)
{
	HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

	if (line[0] == ' ' || strstr(line, "-----BEGIN ") ||
	    (last && strcmp(last->line, line) == 0))
		return;
	add_history(line);
	if (history_file)
		(void)append_history(1, history_file);
}

void
cli_shell_history_print(void)
{
	HIST_ENTRY **list = history_list();

	for (int i = 0; list && list[i]; i++) {
		cli_put(list[i]->line);
		cli_say("\n");
	}
}

void
cli_shell_history_close(void)
{
	mem_free(history_file);
	history_file = NULL;
}
