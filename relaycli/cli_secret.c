/* cli_secret.c - see cli_secret.h. */
#include "cli_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "cli_output.h"

#define TEXT_MAX_BYTES 4096

struct values {
	const char *host, *secure, *user, *pass;
	int64_t port;
};

/* ---- formats: ready to paste --------------------------------------------- */

static void
write_plain(const struct values *v, struct buf *out)
{
	(void)buf_printf(out, "host    %s\nport    %lld\nsecure  %s\nuser    %s\npass    %s\n",
			 v->host, (long long)v->port, v->secure, v->user, v->pass);
}

static void
write_env(const struct values *v, struct buf *out)
{
	(void)buf_printf(out, "SMTP_HOST=%s\nSMTP_PORT=%lld\nSMTP_SECURE=%s\nSMTP_USER=%s\n"
	                 "SMTP_PASSWORD=%s\n", v->host, (long long)v->port,
	                 strcmp(v->secure, "TLS") == 0 ? "tls" : "starttls", v->user, v->pass);
}

static void
write_php(const struct values *v, struct buf *out) /* PHPMailer */
{
	(void)buf_printf(out, "$mail->isSMTP();\n$mail->Host = '%s';\n$mail->Port = %lld;\n"
	                 "$mail->SMTPSecure = PHPMailer::ENCRYPTION_%s;\n$mail->SMTPAuth = true;\n"
	                 "$mail->Username = '%s';\n$mail->Password = '%s';\n", v->host,
	                 (long long)v->port, strcmp(v->secure, "TLS") == 0 ? "SMTPS" : "STARTTLS",
	                 v->user, v->pass);
}

static void
write_django(const struct values *v, struct buf *out)
{
	(void)buf_printf(out, "EMAIL_BACKEND = 'django.core.mail.backends.smtp.EmailBackend'\n"
	                 "EMAIL_HOST = '%s'\nEMAIL_PORT = %lld\nEMAIL_USE_%s = True\n"
	                 "EMAIL_HOST_USER = '%s'\nEMAIL_HOST_PASSWORD = '%s'\n", v->host,
	                 (long long)v->port, strcmp(v->secure, "TLS") == 0 ? "SSL" : "TLS", v->user,
	                 v->pass);
}

static void
write_node(const struct values *v, struct buf *out) /* nodemailer */
{
	bool is_tls = strcmp(v->secure, "TLS") == 0;

	(void)buf_printf(out, "nodemailer.createTransport({\n  host: '%s',\n  port: %lld,\n"
	                 "  secure: %s,\n%s  auth: { user: '%s', pass: '%s' },\n});\n", v->host,
	                 (long long)v->port, is_tls ? "true" : "false",
	                 is_tls ? "" : "  requireTLS: true,\n", v->user, v->pass);
}

static const struct {
	const char *name;
	void (*write)(const struct values *v, struct buf *out);
} formats[] = {
	{ "plain", write_plain },   { "env", write_env },   { "php", write_php },
	{ "django", write_django }, { "node", write_node },
};

static void
write_format(const char *format, const struct values *v, struct buf *out)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(format, formats[i].name) == 0)
			formats[i].write(v, out);
}

/* ---- where to ------------------------------------------------------------ */

static int
open_secret(struct cli *cli, const struct command_line *line, struct cli_secret *secret)
{
	const char *format = command_line_text(line, "format");
	struct api_error error;

	*secret = (struct cli_secret){ .file = command_line_text(line, "secret-out"), .fd = -1,
	                               .format = format ? format : "plain" };
	if (cli->form == CLI_JSON || cli->form == CLI_JSONL)
		return CLI_DONE;
	if (!secret->file && (!cli->is_tty || cli->form != CLI_TEXT)) {
		(void)api_error_set(&error, API_ERROR_PARAMS,
				    "the secret is shown once, and this is no "
				    "terminal: nothing done");
		api_error_hint(&error,
			       "say where it goes: --secret-out FILE (- is stdout), or --json");
		return cli_fail(cli, &error);
	}
	if (!secret->file || strcmp(secret->file, "-") == 0)
		return CLI_DONE;
	secret->fd = open(secret->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (secret->fd < 0)
		return cli_fail_text(cli, API_ERROR_PARAMS, "--secret-out %.100s: %s: nothing done",
		                     secret->file, strerror(errno));
	return CLI_DONE;
}

/* drop_secret - the change failed: remove the empty file again. */
static void
drop_secret(struct cli_secret *secret)
{
	if (secret->fd < 0)
		return;
	close(secret->fd);
	(void)unlink(secret->file);
	secret->fd = -1;
}

int
cli_secret_ask(struct cli *cli, const struct command_line *line, struct cli_secret *secret,
               json_t **result_out)
{
	int code = open_secret(cli, line, secret);

	if (code != CLI_DONE)
		return code;
	code = cli_call(cli, line->command->method, command_params(line), result_out);
	if (code != CLI_DONE)
		drop_secret(secret);
	return code;
}

static int
put_in_file(struct cli *cli, const struct cli_secret *secret, struct span text)
{
	int rc = cli_write_and_close(secret->fd, text);

	if (rc < 0)
		return cli_fail_text(cli, API_ERROR_FAILED,
				     "--secret-out %.100s: %s; rotate it to get "
				     "another secret",
				     secret->file, strerror(errno));
	if (!cli->is_quiet)
		cli_say("Its settings, with the secret, are in %s (0600).\n", secret->file);
	return CLI_DONE;
}

static void
put_on_terminal(const struct cli_secret *secret, struct span text)
{
	struct span rest = text;

	if (strcmp(secret->format, "plain") != 0) {
		fwrite(text.p, 1, text.n, stdout);
		return;
	}
	while (rest.n) {
		struct span one = span_cut(rest, '\n', &rest);

		cli_say("  ");
		api_text_put(stdout, one);
		cli_say("\n");
	}
}

int
cli_secret_put(struct cli *cli, const struct cli_secret *secret, const char *lead, json_t *result)
{
	struct values v = {
		.host = api_json_get_text(result, "host"),
		.secure = api_json_get_text(result, "secure"),
		.user = api_json_get_text(result, "user"),
		.pass = api_json_get_text(result, "pass"),
		.port = api_json_get_int(result, "port", 0),
	};
	bool is_stdout = secret->file && strcmp(secret->file, "-") == 0;
	struct buf text;
	int code = CLI_DONE;

	if (cli_put_json(cli, result))
		return CLI_DONE;
	v.secure = v.secure ? v.secure : "STARTTLS";
	buf_init_secret(&text, TEXT_MAX_BYTES);
	write_format(secret->format, &v, &text);
	if (!is_stdout && !cli->is_quiet)
		cli_say("%s", lead);
	if (is_stdout)
		cli_say("%s\n", v.pass); /* the secret alone: for a pipe into a secret store */
	else if (secret->fd >= 0)
		code = put_in_file(cli, secret, buf_span(&text));
	else
		put_on_terminal(secret, buf_span(&text));
	if (api_json_get_text(result, "note"))
		fprintf(is_stdout ? stderr : stdout, "%s\n", api_json_get_text(result, "note"));
	buf_deinit(&text);
	return code;
}
