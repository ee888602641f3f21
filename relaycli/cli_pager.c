/* cli_pager.c - see cli_pager.h.
 *
 * less -F would do, but the person's own LESS or PAGER may not say so, and a
 * pager for three lines is what people turn pagers off for. */
#include "cli_pager.h"

#include <errno.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/api_text.h"
#include "base/span.h"

#define DEFAULT_ROWS 24

static int held = -1, terminal = -1; /* while it is held back: the memory, the real stdout */

void
cli_pager_start(struct cli *cli)
{
	const char *pager = getenv("PAGER");

	if (!cli->may_page || cli->form != CLI_TEXT || (pager && !pager[0]) || held >= 0)
		return;
	fflush(stdout);
	held = memfd_create("relaycli answer", MFD_CLOEXEC);
	if (held < 0)
		return;
	terminal = dup(STDOUT_FILENO);
	dup2(held, STDOUT_FILENO);
}

static int
screen_rows(void)
{
	const char *lines = getenv("LINES");
	unsigned long long n;
	struct winsize size;

	if (lines && span_to_u64(span_of(lines), &n) && n > 0 && n < 10000)
		return (int)n;
	if (ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
		return size.ws_row;
	return DEFAULT_ROWS;
}

/* rows_of - on a screen so wide; long lines take several. */
static int
rows_of(struct span text, int width)
{
	int rows = 0;

	while (text.n && rows < 100000) {
		int columns = api_text_width(span_cut(text, '\n', &text));

		rows += width > 0 && columns > width ? (columns + width - 1) / width : 1;
	}
	return rows;
}

static void
run_pager(void)
{
	const char *pager = getenv("PAGER");
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		lseek(held, 0, SEEK_SET);
		dup2(held, STDIN_FILENO);
		setenv("LESS", "RX", 0);
		execlp("sh", "sh", "-c", pager ? pager :
		       "command -v less >/dev/null && exec less; exec cat", (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		; /* Ctrl-C is the pager's own business */
}

void
cli_pager_end(struct cli *cli)
{
	off_t size;
	char *text;

	if (held < 0)
		return;
	fflush(stdout);
	__fpurge(stdout);
	dup2(terminal, STDOUT_FILENO);
	size = lseek(held, 0, SEEK_END);
	text = size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, held, 0) : MAP_FAILED;
	if (text != MAP_FAILED) {
		struct span whole = { text, (size_t)size };

		if (rows_of(whole, cli->width) < screen_rows())
			fwrite(text, 1, whole.n, stdout);
		else
			run_pager();
		munmap(text, whole.n);
	}
	fflush(stdout);
	close(terminal);
	close(held);
	held = terminal = -1;
}
