/* provider_session.c - a receiving server with a personality.
 *
 *   greet -> commands <-> body -> commands ... -> closed
 *
 * The rule of the local address (at=) counts from the greeting on; the rule of
 * a recipient's domain from its RCPT on. A slow server answers one command at
 * a time: input waits in the connection until the timer lets the reply go. */
#include "provider_session.h"

#include <stdio.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "loop/conn.h"
#include "provider_save.h"
#include "smtp/smtp_command.h"
#include "smtp/smtp_data.h"
#include "smtp/smtp_line.h"

enum {
	IN_BYTES = 256 * 1024,
	OUT_BYTES = 64 * 1024,
	REPLY_BYTES = 1024,
	DECODE_BYTES = 2 * IN_BYTES + 64,
	RECIPIENTS_MAX = 1000,
	IDLE_MS = 300 * 1000,
	LINGER_MS = 2000
};

enum body_mode { BODY_NONE, BODY_DATA, BODY_CHUNK };

struct provider_session {
	struct provider_world *world;
	struct conn *conn;
	struct loop_timer timer;    /* of a slow reply */
	struct provider_rule *home; /* of the local address; NULL */
	struct provider_rule *rule; /* of the last recipient's domain, or home, or NULL */
	char pending[REPLY_BYTES];  /* a reply the timer holds back */
	bool is_waiting;	    /* for the timer */
	bool closes;		    /* after the pending reply */
	bool has_tls, drops_body;
	char *ehlo;

	/* the transaction */
	bool has_mail;
	char *sender, *mail_line;
	struct span line;  /* the command at hand */
	json_t *rcpt_lines; /* of those taken */
	char **recipients; /* NULL until the first */
	struct provider_rule **recipient_rules;
	size_t recipient_count;
	const char *dot_reply; /* refuses the whole message after the dot */
	bool drops_at_dot;
	enum body_mode mode;
	uint64_t chunk_left;
	bool chunk_is_last;
	struct smtp_data data;
	uint64_t body_bytes;
	struct provider_save *save;
	unsigned messages; /* on this connection */
};

static void process(struct provider_session *s);

static void
transaction_reset(struct provider_session *s)
{
	mem_free(s->sender);
	mem_free(s->mail_line);
	json_decref(s->rcpt_lines);
	s->rcpt_lines = NULL;
	for (size_t i = 0; i < s->recipient_count; i++)
		mem_free(s->recipients[i]);
	mem_free(s->recipients);
	mem_free(s->recipient_rules);
	provider_save_abort(&s->save);
	s->sender = s->mail_line = NULL;
	s->recipients = NULL;
	s->recipient_rules = NULL;
	s->recipient_count = 0;
	s->has_mail = s->drops_at_dot = s->drops_body = false;
	s->dot_reply = NULL;
	s->mode = BODY_NONE;
	s->body_bytes = 0;
	s->rule = s->home;
}

static void
session_free(void *p)
{
	struct provider_session *s = p;

	transaction_reset(s);
	loop_timer_deinit(&s->timer);
	mem_free(s->ehlo);
	if (s->home)
		s->home->open--;
	s->world->open--;
	s->world->version++;
	mem_free(s);
}

static void
session_close(struct provider_session *s, bool is_polite)
{
	if (!s->conn)
		return;
	if (is_polite)
		conn_close_when_drained(&s->conn, LINGER_MS);
	else
		conn_free(&s->conn);
	loop_timer_clear(&s->timer);
	loop_defer_free(s->world->loop, s, session_free);
}

static void
session_drop(struct provider_session *s)
{
	s->world->dropped++;
	session_close(s, false);
}

static unsigned
flags_of(const struct provider_session *s)
{
	return s->home ? s->home->flags : 0;
}

static void
on_timer(void *arg)
{
	struct provider_session *s = arg;

	s->is_waiting = false;
	(void)conn_write(s->conn, s->pending, strlen(s->pending));
	if (s->closes)
		session_close(s, true);
	else
		process(s);
}

/* say - a whole reply with its CRLF; held back when the server is slow */
static void
say(struct provider_session *s, const char *text)
{
	const struct provider_rule *rule = s->rule ? s->rule : s->home;

	if (rule && rule->slow_ms > 0) {
		snprintf(s->pending, sizeof s->pending, "%s\r\n", text);
		s->is_waiting = true;
		loop_timer_set(&s->timer, rule->slow_ms);
		return;
	}
	(void)conn_printf(s->conn, "%s\r\n", text);
	if (s->closes)
		session_close(s, true);
}

/* refuse - say it, or break off when the outcome has no words; 421 closes */
static void
refuse(struct provider_session *s, const char *reply)
{
	if (!reply) {
		session_drop(s);
		return;
	}
	if (strncmp(reply, "421", 3) == 0)
		s->closes = true;
	say(s, reply);
}

static void
count_refusal(struct provider_session *s, struct provider_rule *rule, const char *reply)
{
	bool is_final = reply && reply[0] == '5';

	*(is_final ? &s->world->refused : &s->world->deferred) += 1;
	*(is_final ? &rule->refused : &rule->deferred) += 1;
	s->world->version++;
}

/* outcome_at - the refusal that key meets at this stage, if any */
static const struct provider_outcome *
outcome_at(const struct provider_rule *rule, struct span key, enum provider_stage stage)
{
	const struct provider_outcome *outcome = rule ? provider_rule_outcome(rule, key) : NULL;

	return outcome && outcome->stage == stage ? outcome : NULL;
}

/* ---- commands ---- */

static void
do_ehlo(struct provider_session *s, const struct smtp_command *command)
{
	unsigned flags = flags_of(s);
	uint64_t size = s->home && s->home->size_max ? s->home->size_max : 0;
	char reply[REPLY_BYTES];

	transaction_reset(s);
	if (flags & PROVIDER_NO_EHLO) {
		say(s, "502 5.5.1 Command not implemented");
		return;
	}
	mem_free(s->ehlo);
	s->ehlo = mem_strndup(command->argument.p, command->argument.n);
	snprintf(reply, sizeof reply, "250-%s%s%s", s->world->name,
		 flags & PROVIDER_NO_PIPELINING ? "" : "\r\n250-PIPELINING",
		 flags & PROVIDER_NO_8BITMIME ? "" : "\r\n250-8BITMIME");
	if (!(flags & PROVIDER_NO_SIZE))
		snprintf(reply + strlen(reply), 64, "\r\n250-SIZE %llu", (unsigned long long)size);
	if (!(flags & PROVIDER_NO_CHUNKING))
		snprintf(reply + strlen(reply), 64, "\r\n250-CHUNKING");
	if (!(flags & PROVIDER_NO_SMTPUTF8))
		snprintf(reply + strlen(reply), 64, "\r\n250-SMTPUTF8");
	if (flags & PROVIDER_DSN)
		snprintf(reply + strlen(reply), 64, "\r\n250-DSN");
	if (!(flags & PROVIDER_NO_TLS) && !s->has_tls)
		snprintf(reply + strlen(reply), 64, "\r\n250-STARTTLS");
	snprintf(reply + strlen(reply), 64, "\r\n250 ENHANCEDSTATUSCODES");
	say(s, reply);
}

static void
do_helo(struct provider_session *s, const struct smtp_command *command)
{
	char reply[REPLY_BYTES];

	transaction_reset(s);
	mem_free(s->ehlo);
	s->ehlo = mem_strndup(command->argument.p, command->argument.n);
	snprintf(reply, sizeof reply, "250 %s", s->world->name);
	say(s, reply);
}

static void
do_starttls(struct provider_session *s, const struct smtp_command *command)
{
	(void)command;
	if ((flags_of(s) & PROVIDER_NO_TLS) || s->has_tls) {
		say(s, "502 5.5.1 Command not implemented");
		return;
	}
	(void)conn_write(s->conn, "220 2.0.0 Go ahead\r\n", 20);
	if (flags_of(s) & PROVIDER_BROKEN_TLS) {
		(void)conn_write(s->conn, "\x15\x03\x01 this is no handshake\r\n", 26);
		s->world->dropped++;
		session_close(s, true);
		return;
	}
	conn_start_tls_server(s->conn, s->world->tls, false);
}

static void
do_mail(struct provider_session *s, const struct smtp_command *command)
{
	const struct provider_outcome *outcome =
		outcome_at(s->home, command->path, PROVIDER_STAGE_MAIL);

	if (!s->ehlo || s->has_mail) {
		say(s, "503 5.5.1 Bad sequence of commands");
	} else if ((flags_of(s) & PROVIDER_NEEDS_TLS) && !s->has_tls) {
		say(s, "530 5.7.0 Must issue a STARTTLS command first");
	} else if (s->home && s->home->size_max && command->size_bytes > s->home->size_max) {
		say(s, "552 5.3.4 Message size exceeds fixed limit");
	} else if (outcome) {
		refuse(s, outcome->reply);
	} else {
		s->has_mail = true;
		s->sender = mem_strndup(command->path.p ? command->path.p : "", command->path.n);
		say(s, "250 2.1.0 Ok");
	}
}

static void
add_recipient(struct provider_session *s, struct span path, struct provider_rule *rule)
{
	if (!s->recipients) {
		s->recipients = mem_zero(RECIPIENTS_MAX, sizeof *s->recipients);
		s->recipient_rules = mem_zero(RECIPIENTS_MAX, sizeof(struct provider_rule *));
	}
	if (s->rcpt_lines == NULL)
		s->rcpt_lines = json_array();
	json_array_append_new(s->rcpt_lines, json_stringn(s->line.p, s->line.n));
	s->recipients[s->recipient_count] = mem_strndup(path.p, path.n);
	s->recipient_rules[s->recipient_count++] = rule;
}

/* rcpt_refusal - sets *reply_out (NULL: drop) when this recipient is not taken */
static bool
rcpt_refusal(struct provider_session *s, const struct smtp_command *command, const char **reply_out)
{
	int64_t now = loop_now_mono_ms(s->world->loop);
	const struct provider_outcome *outcome = provider_rule_outcome(s->rule, command->path);

	if (s->recipient_count == 0
	    && (*reply_out = provider_rule_refuses_now(s->rule, now)) != NULL)
		return true;
	if (provider_rule_greylists(s->rule, span_of(s->sender), command->path, now)) {
		*reply_out = "451 4.7.1 Greylisted, please try again later";
		return true;
	}
	if (!outcome || outcome->stage == PROVIDER_STAGE_DOT)
		return false;
	*reply_out = outcome->reply;
	if (outcome->stage == PROVIDER_STAGE_DATA) {
		s->drops_body = !outcome->reply;
		return false;
	}
	return true;
}

static void
do_rcpt(struct provider_session *s, const struct smtp_command *command)
{
	const struct provider_outcome *dot;
	const char *reply;

	if (!s->has_mail) {
		say(s, "503 5.5.1 Need MAIL command");
		return;
	}
	if (s->recipient_count == RECIPIENTS_MAX) {
		say(s, "452 4.5.3 Too many recipients");
		return;
	}
	s->rule = provider_script_find(s->world->script, command->address.domain);
	if (rcpt_refusal(s, command, &reply)) {
		count_refusal(s, s->rule, reply);
		refuse(s, reply);
		return;
	}
	dot = outcome_at(s->rule, command->path, PROVIDER_STAGE_DOT);
	if (dot) {
		s->dot_reply = dot->reply;
		s->drops_at_dot |= !dot->reply;
	}
	add_recipient(s, command->path, s->rule);
	say(s, "250 2.1.5 Ok");
}

static int
begin_body(struct provider_session *s)
{
	struct err err;

	if (s->world->save_dir && !s->save) {
		s->save = provider_save_begin(s->world->save_dir, &err);
		if (!s->save) {
			fprintf(stderr, "providers: %s\n", err.text);
			return -1;
		}
	}
	smtp_data_init(&s->data, false);
	return 0;
}

static void
do_data(struct provider_session *s, const struct smtp_command *command)
{
	(void)command;
	if (s->recipient_count == 0) {
		say(s,
		    s->has_mail ? "554 5.5.1 No valid recipients" : "503 5.5.1 Need MAIL command");
		return;
	}
	if (begin_body(s) != 0) {
		say(s, "452 4.3.1 Cannot save");
		return;
	}
	s->mode = BODY_DATA;
	say(s, "354 End data with <CR><LF>.<CR><LF>");
}

static void
do_bdat(struct provider_session *s, const struct smtp_command *command)
{
	/* refused chunks are still read, so that the session stays in step */
	s->mode = BODY_CHUNK;
	s->chunk_left = command->chunk_bytes;
	s->chunk_is_last = command->is_last;
	if (s->recipient_count > 0 && s->body_bytes == 0)
		(void)begin_body(s);
}

static void
do_rset(struct provider_session *s, const struct smtp_command *command)
{
	(void)command;
	transaction_reset(s);
	say(s, "250 2.0.0 Ok");
}

static void
do_noop(struct provider_session *s, const struct smtp_command *command)
{
	(void)command;
	say(s, "250 2.0.0 Ok");
}

static void
do_quit(struct provider_session *s, const struct smtp_command *command)
{
	(void)command;
	s->closes = true;
	say(s, "221 2.0.0 Bye");
}

typedef void (*command_fn)(struct provider_session *s, const struct smtp_command *command);

static const command_fn commands[SMTP_VERB_COUNT] = {
	[SMTP_EHLO] = do_ehlo, [SMTP_HELO] = do_helo, [SMTP_STARTTLS] = do_starttls,
	[SMTP_MAIL] = do_mail, [SMTP_RCPT] = do_rcpt, [SMTP_DATA] = do_data,
	[SMTP_BDAT] = do_bdat, [SMTP_RSET] = do_rset, [SMTP_NOOP] = do_noop,
	[SMTP_QUIT] = do_quit,
};

static void
run_line(struct provider_session *s, struct span line)
{
	struct smtp_command command;
	struct err err;

	if (smtp_command_parse(line, &command, &err) != 0) {
		char reply[REPLY_BYTES];

		snprintf(reply, sizeof reply, "%d %s", err.code, err.text);
		say(s, reply);
		return;
	}
	if (!commands[command.verb] ||
	    (command.verb == SMTP_BDAT && (flags_of(s) & PROVIDER_NO_CHUNKING))) {
		say(s, "502 5.5.2 Command not recognized");
		return;
	}
	if (command.verb == SMTP_MAIL && s->world->save_dir && !s->has_mail) {
		mem_free(s->mail_line);
		s->mail_line = mem_strndup(line.p, line.n);
	}
	s->line = line;
	commands[command.verb](s, &command);
}

/* ---- the message ---- */

static json_t *
envelope_of(struct provider_session *s)
{
	json_t *to = json_array();
	struct tls_facts tls;
	char at[CLOCK_RFC3339_SIZE];

	tls_facts_read(conn_ssl(s->conn), NULL, &tls);
	clock_format_rfc3339(clock_unix_ms(), at);
	for (size_t i = 0; i < s->recipient_count; i++)
		json_array_append_new(to, json_string(s->recipients[i]));
	return json_pack("{s:O, s:s, s:o, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:b, s:s}", "rcpt",
			 s->rcpt_lines, "sender", s->sender, "recipients", to, "helo", s->ehlo,
			 "mail",
			 s->mail_line ? s->mail_line : "", "peer", conn_peer_text(s->conn), "local",
			 conn_local_text(s->conn), "port", (int)conn_peer_port(s->conn), "tls",
			 tls.version, "at", at, "chunking", s->mode == BODY_CHUNK, "cipher",
			 tls.on ? tls.cipher : "");
}

static void
count_message(struct provider_session *s)
{
	for (size_t i = 0; i < s->recipient_count; i++)
		s->recipient_rules[i]->accepted++;
	s->world->accepted += s->recipient_count;
	s->world->messages++;
	s->world->bytes += s->body_bytes;
	s->world->version++;
	s->messages++;
}

/* body_refusal - why the whole message is not taken, or NULL */
static const char *
body_refusal(const struct provider_session *s)
{
	if (s->data.saw_bare)
		return "550 5.6.0 Bare CR or LF in message";
	if (s->rule && s->rule->size_max && s->body_bytes > s->rule->size_max)
		return "552 5.3.4 Message size exceeds fixed limit";
	return s->dot_reply;
}

static void
end_body(struct provider_session *s)
{
	const char *reply = body_refusal(s);
	struct err err;
	char ok[REPLY_BYTES];

	if (s->drops_at_dot) {
		session_drop(s);
		return;
	}
	if (!reply && s->save && provider_save_commit(&s->save, envelope_of(s), &err) != 0) {
		fprintf(stderr, "providers: %s\n", err.text);
		reply = "451 4.3.0 Cannot save";
	}
	if (reply) {
		for (size_t i = 0; i < s->recipient_count; i++)
			count_refusal(s, s->recipient_rules[i], reply);
		transaction_reset(s);
		refuse(s, reply);
		return;
	}
	count_message(s);
	snprintf(ok, sizeof ok, "250 2.0.0 Ok: taken as %llu",
		 (unsigned long long)s->world->messages);
	if (s->rule && s->rule->per_connection && s->messages >= s->rule->per_connection)
		s->closes = true;
	transaction_reset(s);
	say(s, ok);
}

/* keep - the decoded bytes go to the disk, or nowhere */
static int
keep(struct provider_session *s, struct span bytes)
{
	struct err err;

	s->body_bytes += bytes.n;
	if (!s->save || provider_save_write(s->save, bytes, &err) == 0)
		return 0;
	fprintf(stderr, "providers: %s\n", err.text);
	session_drop(s);
	return -1;
}

/* scratch - for decoding, one for all sessions: nothing stays in it */
static struct buf *
scratch(void)
{
	static struct buf b;

	if (b.max == 0)
		buf_init(&b, DECODE_BYTES);
	buf_clear(&b);
	return &b;
}

static void
read_data(struct provider_session *s)
{
	struct buf *in = conn_input(s->conn), *out = scratch();
	size_t used;
	bool ended = smtp_data_decode(&s->data, buf_span(in), out, &used);

	buf_consume(in, used);
	if (s->drops_body && used > 0) {
		session_drop(s);
		return;
	}
	if (keep(s, buf_span(out)) == 0 && ended)
		end_body(s);
}

static void
read_chunk(struct provider_session *s)
{
	struct buf *in = conn_input(s->conn);
	struct span part = buf_span(in);
	char reply[REPLY_BYTES];

	if (part.n > s->chunk_left)
		part.n = (size_t)s->chunk_left;
	if (s->drops_body && part.n > 0) {
		session_drop(s);
		return;
	}
	if (s->recipient_count > 0 && keep(s, part) != 0)
		return;
	s->chunk_left -= part.n;
	buf_consume(in, part.n);
	if (s->chunk_left > 0)
		return;
	if (s->recipient_count == 0) {
		s->mode = BODY_NONE;
		say(s, "503 5.5.1 No valid recipients");
	} else if (s->chunk_is_last) {
		end_body(s);
	} else {
		snprintf(reply, sizeof reply, "250 2.0.0 %llu octets so far",
			 (unsigned long long)s->body_bytes);
		s->mode = BODY_NONE;
		say(s, reply);
	}
}

static bool
read_command(struct provider_session *s)
{
	struct buf *in = conn_input(s->conn);
	struct span line;
	size_t used;
	enum smtp_line_result result =
		smtp_line_read(buf_span(in), SMTP_COMMAND_LINE_MAX, &line, &used);

	if (result == SMTP_LINE_MORE)
		return false;
	if (result == SMTP_LINE_DONE)
		run_line(s, line); /* the line points into the input until it is consumed */
	else
		say(s, "500 5.5.2 Lines end in CRLF and have at most 2048 bytes");
	/* STARTTLS has dropped its own line with everything behind it */
	if (s->conn && conn_input(s->conn)->len >= used)
		buf_consume(conn_input(s->conn), used);
	return true;
}

/* process - as far as the input goes, one command at a time while slow */
static void
process(struct provider_session *s)
{
	while (s->conn && !s->is_waiting && !s->closes) {
		size_t before = conn_input(s->conn)->len;

		if (s->mode == BODY_CHUNK) {
			if (before == 0 && s->chunk_left > 0)
				break;
			read_chunk(s);
		} else if (before == 0) {
			break;
		} else if (s->mode == BODY_DATA) {
			read_data(s);
		} else if (!read_command(s)) {
			break;
		}
	}
	if (s->conn)
		conn_set_timeout(s->conn, IDLE_MS);
}

static void
on_read(struct conn *conn, void *arg)
{
	(void)conn;
	if (!(flags_of(arg) & PROVIDER_SILENT))
		process(arg);
}

static void
on_tls(struct conn *conn, void *arg)
{
	struct provider_session *s = arg;

	(void)conn;
	s->has_tls = true;
	s->world->handshakes++;
	mem_free(s->ehlo);
	s->ehlo = NULL;
	transaction_reset(s);
}

static void
on_end(struct conn *conn, void *arg, enum conn_end why, const struct err *err)
{
	(void)conn;
	(void)why;
	(void)err;
	session_close(arg, false);
}

static const struct conn_ops ops = { .on_read = on_read, .on_tls = on_tls, .on_end = on_end };

void
provider_session_start(struct provider_world *world, int fd)
{
	struct provider_session *s = mem_zero(1, sizeof *s);
	const struct provider_outcome *outcome;
	const char *refusal;
	char greeting[REPLY_BYTES];

	s->world = world;
	world->connections++;
	world->version++;
	if (++world->open > world->open_most)
		world->open_most = world->open;
	loop_timer_init(&s->timer, world->loop, on_timer, s);
	s->conn = conn_accepted(world->loop, fd, &ops, s, IN_BYTES, OUT_BYTES);
	s->home = s->rule = provider_script_at(world->script, conn_local_text(s->conn));
	if (s->home)
		s->home->open++;
	conn_set_timeout(s->conn, IDLE_MS);
	if (flags_of(s) & PROVIDER_SILENT)
		return;
	outcome = outcome_at(s->home, span_of(conn_peer_text(s->conn)), PROVIDER_STAGE_GREETING);
	if (outcome && !outcome->reply) {
		session_drop(s);
		return;
	}
	snprintf(greeting, sizeof greeting, "220 %s ESMTP", world->name);
	refusal = outcome ? outcome->reply : NULL;
	if (s->home && s->home->connections > 0 && s->home->open > s->home->connections)
		refusal = "421 4.7.0 Too many concurrent connections from your address";
	s->closes = refusal != NULL;
	say(s, refusal ? refusal : greeting);
}
