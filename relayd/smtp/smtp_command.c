/* smtp_command.c - one line of a client, checked against one table of verbs.
 *
 * The line arrives without CRLF. Bytes that no command may hold are refused
 * before anything is parsed, so that rows need not think of them. MAIL and RCPT
 * share the path and hand their parameters to smtp_param.c. */
#include "smtp/smtp_command.h"

#include <string.h>

#include "base/must.h"
#include "base/utf8.h"
#include "smtp/smtp_param.h"

#define NAME_MAX_BYTES 255 /* EHLO */
#define MECHANISM_MAX_BYTES 20 /* RFC 4422 s3.1 */
/* No sane chunk is larger, and sums of them stay far from overflow. */
#define CHUNK_MAX_BYTES (UINT64_C(1) << 40)

typedef int (*parse_fn)(struct span rest, struct smtp_command *command, struct err *err);

static int
bad(struct err *err, const char *text)
{
	return err_set(err, ERR_INPUT, 501, "%s", text);
}

static struct span
skip(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

static struct span
skip_spaces(struct span s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = skip(s, 1);
	return s;
}

/* next_word - up to the next space; *rest moves behind the spaces after it. */
static struct span
next_word(struct span *rest)
{
	struct span word = span_cut(*rest, ' ', rest);

	*rest = skip_spaces(*rest);
	return word;
}

static int
parse_nothing(struct span rest, struct smtp_command *command, struct err *err)
{
	(void)command;
	return rest.n == 0 ? 0 : bad(err, "5.5.4 This command takes no parameters");
}

static int
parse_optional(struct span rest, struct smtp_command *command, struct err *err)
{
	(void)err;
	command->argument = rest;
	return 0;
}

static int
parse_text(struct span rest, struct smtp_command *command, struct err *err)
{
	command->argument = rest;
	return rest.n > 0 ? 0 : bad(err, "5.5.4 This command needs a parameter");
}

static bool
is_name_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       ((unsigned char)c & 0x80) || (c != '\0' && strchr("-._:[]", c));
}

/* parse_name - clients put all kinds of host names here (underscores, bare
 * words); what counts is that it is safe to write into a Received field. */
static int
parse_name(struct span rest, struct smtp_command *command, struct err *err)
{
	if (rest.n == 0)
		return bad(err, "5.5.4 Give your host name: EHLO host.example");
	if (rest.n > NAME_MAX_BYTES)
		return bad(err, "5.5.4 Host name is over 255 bytes");
	for (size_t i = 0; i < rest.n; i++)
		if (!is_name_char(rest.p[i]))
			return bad(err, "5.5.4 Host name has a character it may not have");
	command->argument = rest;
	return 0;
}

static bool
is_mechanism_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_';
}

/* parse_auth - "AUTH mechanism [initial]" (RFC 4954 s4); "=" is an empty initial
 * response, which is not the same as none. */
static int
parse_auth(struct span rest, struct smtp_command *command, struct err *err)
{
	struct span mechanism = next_word(&rest), initial = next_word(&rest);

	if (mechanism.n == 0 || mechanism.n > MECHANISM_MAX_BYTES)
		return bad(err, "5.5.4 Name a mechanism: AUTH PLAIN");
	for (size_t i = 0; i < mechanism.n; i++)
		if (!is_mechanism_char(mechanism.p[i]))
			return bad(err, "5.5.4 That is not the name of a mechanism");
	if (rest.n > 0)
		return bad(err, "5.5.4 AUTH takes a mechanism and one response");
	command->argument = mechanism;
	if (initial.n > 0)
		command->initial = initial;
	return 0;
}

static int
parse_bdat(struct span rest, struct smtp_command *command, struct err *err)
{
	struct span size = next_word(&rest), last = next_word(&rest);
	unsigned long long bytes;

	if (!span_to_u64(size, &bytes))
		return bad(err, "5.5.4 Give the chunk's size: BDAT 1000 or BDAT 1000 LAST");
	if (bytes > CHUNK_MAX_BYTES)
		return bad(err, "5.5.4 Chunk is too large");
	if (rest.n > 0 || (last.n > 0 && !span_is_nocase(last, "LAST")))
		return bad(err, "5.5.4 Only LAST may follow the chunk's size");
	command->chunk_bytes = bytes;
	command->is_last = last.n > 0;
	return 0;
}

/* ---- MAIL and RCPT --------------------------------------------------------- */

/* path_bytes - length of "<...>" at the start of s with both brackets, minding
 * quoted strings; 0 when there is none. */
static size_t
path_bytes(struct span s)
{
	bool quoted = false;

	if (s.n == 0 || s.p[0] != '<')
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '>' && !quoted)
			return i + 1;
	}
	return 0;
}

/* strip_route - "@a,@b:user@host" is user@host: RFC 5321 s4.1.1.3 asks to accept
 * source routes and to ignore them. */
static int
strip_route(struct span *path, struct err *err)
{
	struct span route, hop;

	if (path->n == 0 || path->p[0] != '@')
		return 0;
	route = span_cut(*path, ':', path);
	while (route.n > 0) {
		hop = span_cut(route, ',', &route);
		if (hop.n < 2 || hop.p[0] != '@' || !smtp_domain_is_valid(skip(hop, 1)))
			return bad(err, "5.5.4 Source route is malformed; leave it out");
	}
	if (path->n == 0)
		return bad(err, "5.5.4 Source route leads nowhere; leave it out");
	return 0;
}

static int
parse_path(struct span *rest, const char *status, struct smtp_command *command, struct err *err)
{
	size_t n = path_bytes(*rest);

	if (n == 0)
		return err_set(err, ERR_INPUT, 501, "%s Put the address in angle brackets", status);
	if (n < rest->n && rest->p[n] != ' ')
		return err_set(err, ERR_INPUT, 501, "%s Text after the address", status);
	command->path = (struct span){ rest->p + 1, n - 2 };
	*rest = skip_spaces(skip(*rest, n));
	return strip_route(&command->path, err);
}

/* parse_mailbox - 553 is the code for a name that cannot be a mailbox (s4.2.3). */
static int
parse_mailbox(const char *status, struct smtp_command *command, struct err *err)
{
	struct err why;

	if (smtp_address_parse(command->path, &command->address, &why) == 0)
		return 0;
	return err_set(err, ERR_INPUT, 553, "%s Bad address: %s", status, why.text);
}

/* after_keyword - s after "FROM:" or "TO:". Spaces behind the colon are against
 * the grammar and sent by half the world's applications. */
static int
after_keyword(struct span *s, const char *keyword, const char *usage, struct err *err)
{
	if (!span_starts_nocase(*s, keyword))
		return err_set(err, ERR_INPUT, 501, "5.5.4 Say %s", usage);
	*s = skip_spaces(skip(*s, strlen(keyword)));
	return 0;
}

static int
parse_mail(struct span rest, struct smtp_command *command, struct err *err)
{
	if (after_keyword(&rest, "FROM:", "MAIL FROM:<address>", err) < 0 ||
	    parse_path(&rest, "5.1.7", command, err) < 0)
		return -1;
	command->is_null_path = command->path.n == 0;
	if (!command->is_null_path && parse_mailbox("5.1.7", command, err) < 0)
		return -1;
	if (smtp_param_parse(rest, command, err) < 0)
		return -1;
	if (command->address.is_utf8 && !command->smtputf8)
		return err_set(err, ERR_INPUT, 553,
		               "5.6.7 Address is not ASCII: add SMTPUTF8 to MAIL");
	return 0;
}

static int
parse_rcpt(struct span rest, struct smtp_command *command, struct err *err)
{
	if (after_keyword(&rest, "TO:", "RCPT TO:<address>", err) < 0 ||
	    parse_path(&rest, "5.1.3", command, err) < 0)
		return -1;
	if (span_is_nocase(command->path, "postmaster")) /* s4.5.1: no domain needed */
		command->address.local = command->path;
	else if (parse_mailbox("5.1.3", command, err) < 0)
		return -1;
	return smtp_param_parse(rest, command, err);
}

/* ---- the table ------------------------------------------------------------- */

static const struct {
	const char *name;
	parse_fn parse;
} verbs[SMTP_VERB_COUNT] = {
	[SMTP_EHLO] = { "EHLO", parse_name },
	[SMTP_HELO] = { "HELO", parse_name },
	[SMTP_STARTTLS] = { "STARTTLS", parse_nothing },
	[SMTP_AUTH] = { "AUTH", parse_auth },
	[SMTP_MAIL] = { "MAIL", parse_mail },
	[SMTP_RCPT] = { "RCPT", parse_rcpt },
	[SMTP_DATA] = { "DATA", parse_nothing },
	[SMTP_BDAT] = { "BDAT", parse_bdat },
	[SMTP_RSET] = { "RSET", parse_nothing },
	[SMTP_NOOP] = { "NOOP", parse_optional },
	[SMTP_VRFY] = { "VRFY", parse_text },
	[SMTP_EXPN] = { "EXPN", parse_text },
	[SMTP_HELP] = { "HELP", parse_optional },
	[SMTP_QUIT] = { "QUIT", parse_nothing },
	[SMTP_UNKNOWN] = { "unknown", parse_optional },
};

const char *
smtp_verb_name(enum smtp_verb verb)
{
	must(verb >= 0 && verb < SMTP_VERB_COUNT);
	return verbs[verb].name;
}

static int
check_bytes(struct span line, struct err *err)
{
	if (line.n > SMTP_COMMAND_LINE_MAX)
		return err_set(err, ERR_INPUT, 500, "5.5.2 Line is too long");
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < ' ' || line.p[i] == 0x7f)
			return err_set(err, ERR_INPUT, 500, "5.5.2 Control character in command");
	if (!utf8_is_valid(line))
		return err_set(err, ERR_INPUT, 500, "5.5.2 Command is not valid UTF-8");
	return 0;
}

static enum smtp_verb
find_verb(struct span word)
{
	for (int v = 0; v < SMTP_UNKNOWN; v++)
		if (span_is_nocase(word, verbs[v].name))
			return (enum smtp_verb)v;
	return SMTP_UNKNOWN;
}

int
smtp_command_parse(struct span line, struct smtp_command *command_out, struct err *err)
{
	struct span rest = line;

	*command_out = (struct smtp_command){ .verb = SMTP_UNKNOWN };
	if (check_bytes(line, err) < 0)
		return -1;
	while (rest.n > 0 && rest.p[rest.n - 1] == ' ')
		rest.n--;
	command_out->verb = find_verb(next_word(&rest));
	if (command_out->verb == SMTP_UNKNOWN)
		rest = line;
	return verbs[command_out->verb].parse(rest, command_out, err);
}
