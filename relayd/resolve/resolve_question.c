/* resolve_question.c - one question: packets out, packets in, tries (stage 6). Resolver thread.
 *
 *   send -> UDP: answer ----------------------------> resolve_dns_finish
 *     ^      |-- SERVFAIL, REFUSED: all servers said so -> FAILED
 *     |      |-- FORMERR: again without EDNS
 *     |      |-- truncated -> TCP: answer -----------> resolve_dns_finish
 *     +------+-- nothing in time: next server       (tries used up -> FAILED)
 *
 * Invariant: it is in dns->sent exactly while a UDP packet of it awaits its answer. */
#include "resolve/resolve_dns_private.h"

#include "base/mem.h"

#define TRIES_MIN 3
#define TRIES_MAX 6

void
resolve_question_stop(struct resolve_question *question, bool answered)
{
	struct resolve_dns *dns = question->dns;
	struct resolve_key key = resolve_key_of_sent(question->socket, question->text.id);

	loop_timer_clear(&question->timer);
	conn_free(&question->tcp);
	if (question->socket == 0)
		return;
	map_remove(dns->sent, resolve_key_span(&key));
	resolve_servers_release(dns->servers, question->server, question->socket, answered);
	question->socket = 0;
}

/* ---- packets in ----------------------------------------------------------------- */
static void ask_by_tcp(struct resolve_question *question);

static void
take_refusal(struct resolve_question *question, const char *why)
{
	struct resolve_dns *dns = question->dns;

	atomic_fetch_add(&dns->counts->servfails, 1);
	resolve_question_stop(question, true);
	question->why = why;
	if (++question->refusals >= resolve_servers_count(dns->servers))
		resolve_dns_finish(question, resolve_answer_failed(why)); /* all of them said so */
	else
		resolve_question_send(question);
}

static void
take_packet(struct resolve_question *question, const unsigned char *packet, size_t n)
{
	struct resolve_dns *dns = question->dns;
	struct resolve_answer *answer = NULL;
	const char *why = NULL;
	bool by_tcp = question->tcp != NULL;

	switch (resolve_packet_parse(&question->text, packet, n, &answer, &why)) {
	case RESOLVE_PACKET_FOREIGN:
		if (by_tcp)
			take_refusal(question, "malformed answer");
		return;
	case RESOLVE_PACKET_ANSWER:
		atomic_fetch_add(&dns->counts->answers, 1);
		answer->is_secure = answer->is_secure && dns->is_trusted;
		resolve_dns_finish(question, answer);
		return;
	case RESOLVE_PACKET_TRUNCATED:
		if (by_tcp)
			take_refusal(question, "truncated answer by TCP");
		else
			ask_by_tcp(question);
		return;
	case RESOLVE_PACKET_NO_EDNS:
		if (!question->with_edns) {
			take_refusal(question, "FORMERR");
			return;
		}
		question->with_edns = false;
		question->tries--;
		resolve_question_stop(question, true);
		resolve_question_send(question);
		return;
	case RESOLVE_PACKET_REFUSED:
		take_refusal(question, why);
		return;
	}
}

void
resolve_question_on_packet(void *arg, uint64_t socket, const unsigned char *packet, size_t n)
{
	struct resolve_dns *dns = arg;
	struct resolve_question *question;
	struct resolve_key key;

	if (n < 2)
		return;
	key = resolve_key_of_sent(socket, (uint16_t)(packet[0] << 8 | packet[1]));
	question = map_get(dns->sent, resolve_key_span(&key));
	if (question)
		take_packet(question, packet, n);
}

static void
fail_try(struct resolve_question *question, const char *why)
{
	resolve_question_stop(question, false);
	question->why = why;
	resolve_question_send(question);
}

void
resolve_question_on_refused(void *arg, uint64_t socket)
{
	struct resolve_dns *dns = arg;
	size_t cursor = 0;
	struct resolve_question *hit = NULL;
	struct span key;
	void *value;

	/* the packet that was refused is not named: the one question that has waited here
	 * is asked elsewhere; if there are several, their time-outs see to it */
	while (map_next(dns->sent, &cursor, &key, &value)) {
		struct resolve_question *question = value;

		if (question->socket != socket)
			continue;
		if (hit)
			return;
		hit = question;
	}
	if (hit)
		fail_try(hit, "the name server cannot be reached");
}

static void
on_timer(void *arg)
{
	struct resolve_question *question = arg;

	if (question->is_spent) {
		resolve_dns_finish(question, resolve_answer_failed(question->why));
		return;
	}
	atomic_fetch_add(&question->dns->counts->timeouts, 1);
	fail_try(question, "no answer from the name servers");
}

/* ---- TCP ------------------------------------------------------------------------ */
static size_t
build(const struct resolve_question *question, unsigned char out[RESOLVE_QUESTION_MAX])
{
	return resolve_packet_build(&question->text, question->with_edns, question->dns->is_trusted,
	                            out);
}

static void
on_tcp_connect(struct conn *conn, void *arg)
{
	struct resolve_question *question = arg;
	unsigned char packet[2 + RESOLVE_QUESTION_MAX];
	size_t n = build(question, packet + 2);

	packet[0] = (unsigned char)(n >> 8);
	packet[1] = (unsigned char)n;
	must(conn_write(conn, packet, n + 2) == 0);
}

static void
on_tcp_read(struct conn *conn, void *arg)
{
	struct span in = buf_span(conn_input(conn));
	const unsigned char *p = (const unsigned char *)in.p;
	size_t n;

	if (in.n < 2)
		return;
	n = (size_t)p[0] << 8 | p[1];
	if (in.n >= n + 2)
		take_packet(arg, p + 2, n);
}

static void
on_tcp_end(struct conn *conn, void *arg, enum conn_end why, const struct err *err)
{
	(void)conn;
	(void)why;
	(void)err;
	fail_try(arg, "TCP to the name server failed");
}

static const struct conn_ops tcp_ops = {
	.on_connect = on_tcp_connect,
	.on_read = on_tcp_read,
	.on_end = on_tcp_end,
};

static void
ask_by_tcp(struct resolve_question *question)
{
	struct resolve_dns *dns = question->dns;
	const union resolve_address *address;
	socklen_t n;

	resolve_question_stop(question, true);
	address = resolve_servers_address(dns->servers, question->server, &n);
	question->tcp = conn_connect(dns->loop, &address->sa, n, NULL, 0, &tcp_ops, question,
	                             RESOLVE_TCP_MAX + 2, RESOLVE_QUESTION_MAX + 2);
	loop_timer_set(&question->timer, dns->timeout_ms);
}

/* ---- packets out ----------------------------------------------------------------- */
static unsigned
tries_max(const struct resolve_dns *dns)
{
	unsigned tries = 2 * (unsigned)resolve_servers_count(dns->servers);

	return tries < TRIES_MIN ? TRIES_MIN : tries > TRIES_MAX ? TRIES_MAX : tries;
}

/* try_server - false: could not even be sent. */
static bool
try_server(struct resolve_question *question)
{
	struct resolve_dns *dns = question->dns;
	unsigned char packet[RESOLVE_QUESTION_MAX];
	struct resolve_key key;
	size_t n;

	question->server = resolve_servers_pick(dns->servers, question->tries);
	question->tries++;
	question->text.id = (uint16_t)rand_below(dns->rand, UINT16_MAX + 1u);
	n = build(question, packet);
	if (n == 0) {
		question->why = "the name cannot be put into a question";
		return false;
	}
	question->socket = resolve_servers_send(dns->servers, question->server, packet, n);
	if (question->socket == 0) {
		question->why = "the name server cannot be reached";
		return false;
	}
	key = resolve_key_of_sent(question->socket, question->text.id);
	if (map_get(dns->sent, resolve_key_span(&key))) { /* one chance in 65536 per question due */
		resolve_servers_release(dns->servers, question->server, question->socket, true);
		question->socket = 0;
		return false;
	}
	map_put(dns->sent, resolve_key_span(&key), question);
	return true;
}

void
resolve_question_send(struct resolve_question *question)
{
	struct resolve_dns *dns = question->dns;

	while (question->tries < tries_max(dns)) {
		if (!try_server(question))
			continue;
		atomic_fetch_add(&dns->counts->questions, 1);
		loop_timer_set(&question->timer, dns->timeout_ms);
		return;
	}
	/* not here and now: finish starts others, and all may fail to be sent */
	question->is_spent = true;
	loop_timer_set(&question->timer, 0);
}

struct resolve_question *
resolve_question_new(struct resolve_dns *dns, const char *name, enum resolve_type type)
{
	struct resolve_question *question = mem_zero(1, sizeof *question);
	struct resolve_key key = resolve_key_of_name(name, type);

	question->dns = dns;
	list_init(&question->link);
	list_init(&question->askers);
	memcpy(question->name, name, strlen(name) + 1);
	question->text.name = question->name;
	question->text.type = type;
	question->with_edns = true;
	question->why = "the name servers cannot be asked";
	question->zone = resolve_zone_of(dns, name);
	loop_timer_init(&question->timer, dns->loop, on_timer, question);
	map_put(dns->by_name, resolve_key_span(&key), question);
	return question;
}

void
resolve_question_free(struct resolve_question *question)
{
	loop_timer_deinit(&question->timer);
	mem_free(question);
}
