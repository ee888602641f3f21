/* cli_password.c - see cli_password.h. */
#include "cli_password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli_output.h"

#define FILE_MAX_BYTES 4096

/* read_text - all there is, or (one_line) up to the end of a line. -1: errno; 0 is interrupted. */
static int
read_text(int fd, bool one_line, struct buf *out)
{
	char part[256];
	int rc = 1;

	while (rc > 0 && !cli_interrupted) {
		ssize_t n = read(fd, part, one_line ? 1 : sizeof part);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (n > 0 && buf_append(out, part, (size_t)n) < 0)) {
			errno = n < 0 ? errno : EFBIG;
			rc = -1;
		}
		if (n <= 0 || (one_line && part[0] == '\n'))
			break;
	}
	mem_wipe(part, sizeof part);
	return cli_interrupted ? 0 : rc;
}

static int
ask(struct buf *out)
{
	struct termios was, silent;
	int rc;

	if (tcgetattr(STDIN_FILENO, &was) < 0)
		return -1;
	silent = was;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	/* before anything is asked: who types at once must not see it, nor lose it */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fputs("Password (not shown): ", stderr);
	rc = read_text(STDIN_FILENO, true, out);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	fputc('\n', stderr);
	return rc;
}

/* find_secret - the text alone, or the line of it that --secret-out wrote */
static struct span
find_secret(struct span text)
{
	static const char *const leads[] = { "pass    ", "SMTP_PASSWORD=" };
	struct span rest = text, first = { NULL, 0 };

	while (rest.n > 0) {
		struct span one = span_cut(rest, '\n', &rest);

		if (one.n > 0 && one.p[one.n - 1] == '\r')
			one.n--;
		if (first.p == NULL)
			first = one;
		for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
			size_t n = strlen(leads[i]);

			if (one.n > n && memcmp(one.p, leads[i], n) == 0)
				return (struct span){ one.p + n, one.n - n };
		}
	}
	return first;
}

int
cli_password_read(struct cli *cli, const struct command_line *line, struct buf *out)
{
	const char *file = command_line_text(line, "secret-file");
	struct span secret;
	struct buf text;
	bool is_stdin = file != NULL && strcmp(file, "-") == 0;
	bool is_typed = file == NULL || (is_stdin && isatty(STDIN_FILENO));
	int fd = -1, rc, code = CLI_DONE;

	if (file == NULL && !cli->may_ask)
		return cli_fail_text(cli, API_ERROR_PARAMS, "there is no terminal to ask for the "
				     "password on: --secret-file FILE (- is stdin)");
	if (file != NULL && !is_stdin &&
	    (fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
		return cli_fail_text(cli, API_ERROR_PARAMS, "--secret-file %.150s: %s", file,
				     strerror(errno));
	buf_init_secret(&text, FILE_MAX_BYTES);
	rc = is_typed ? ask(&text) : read_text(fd < 0 ? STDIN_FILENO : fd, false, &text);
	secret = find_secret(buf_span(&text));
	if (rc < 0)
		code = cli_fail_text(cli, API_ERROR_PARAMS, "the password cannot be read: %s",
				     strerror(errno));
	else if (rc == 0)
		code = CLI_INTERRUPTED;
	else if (secret.n == 0 || memchr(secret.p, '\0', secret.n) != NULL)
		code = cli_fail_text(cli, API_ERROR_PARAMS, "there is no password in it");
	else if (buf_append_span(out, secret) < 0)
		code = cli_fail_text(cli, API_ERROR_PARAMS, "it is too long for a password");
	buf_deinit(&text);
	if (fd >= 0)
		close(fd);
	return code;
}
