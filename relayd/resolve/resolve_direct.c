/* resolve_direct.c - see resolve_direct.h.
 *
 *   start --udp--> WAIT --answer--> DONE
 *                   | \--truncated--> CONNECT --> SEND --> READ --answer--> DONE
 *                   \--no EDNS, silence: start again, at most twice
 */
#include "resolve/resolve_direct.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/rand.h"
#include "resolve/resolve_server.h"

#define TRIES 2

enum state { WAIT, CONNECT, SEND, READ, DONE };

struct exchange {
	const struct resolve_direct_server *server;
	struct resolve_direct_answer *answer;
	struct resolve_set_question question;
	enum state state;
	int fd;
	unsigned tries;
	int64_t started_mono_ms, deadline_mono_ms;
	unsigned char out[2 + RESOLVE_QUESTION_MAX]; /* with the length that TCP wants */
	size_t out_bytes, sent;
	unsigned char *in; /* of TCP: 2 + RESOLVE_TCP_MAX */
	size_t got;
};

struct asking {
	struct arena *arena;
	int64_t timeout_ms;
	unsigned char packet[RESOLVE_TCP_MAX];
};

static socklen_t
address_bytes(const union resolve_address *address)
{
	return address->sa.sa_family == AF_INET6 ? sizeof address->in6 : sizeof address->in;
}

static void
end(struct exchange *x, struct resolve_set set)
{
	if (x->fd >= 0)
		close(x->fd);
	x->fd = -1;
	x->state = DONE;
	x->answer->set = set;
	x->answer->took_ms = clock_mono_ms() - x->started_mono_ms;
}

static void
fail(struct exchange *x, const char *why)
{
	end(x, (struct resolve_set){ .status = RESOLVE_FAILED, .why = why });
}

/* open_socket - connected (or connecting), so that only its server is heard. false: ended */
static bool
open_socket(struct exchange *x, int type)
{
	const union resolve_address *address = &x->server->address;

	if (x->fd >= 0)
		close(x->fd);
	x->fd = socket(address->sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->fd >= 0 && (connect(x->fd, &address->sa, address_bytes(address)) == 0 ||
			   (type == SOCK_STREAM && errno == EINPROGRESS)))
		return true;
	fail(x, errno == ENETUNREACH ? "there is no way to it from here"
				     : "no connection to it can be made");
	return false;
}

static void
build(struct exchange *x)
{
	size_t n;

	rand_secret(&x->question.id, sizeof x->question.id);
	n = resolve_set_build(&x->question, x->out + 2);
	must(n > 0);
	x->out[0] = (unsigned char)(n >> 8);
	x->out[1] = (unsigned char)n;
	x->out_bytes = n + 2;
	x->sent = 0;
}

static void
start_udp(struct asking *asking, struct exchange *x)
{
	x->state = WAIT;
	x->tries++;
	x->deadline_mono_ms = clock_mono_ms() + asking->timeout_ms;
	build(x);
	if (open_socket(x, SOCK_DGRAM) && send(x->fd, x->out + 2, x->out_bytes - 2, 0) < 0)
		fail(x, "nothing can be sent to it");
}

static void
start_tcp(struct asking *asking, struct exchange *x)
{
	x->state = CONNECT;
	x->deadline_mono_ms = clock_mono_ms() + asking->timeout_ms;
	build(x);
	if (x->in == NULL)
		x->in = arena_alloc(asking->arena, 2 + RESOLVE_TCP_MAX);
	x->got = 0;
	(void)open_socket(x, SOCK_STREAM);
}

/* ---- what comes ----------------------------------------------------------------------- */
static void
on_packet(struct asking *asking, struct exchange *x, const unsigned char *packet, size_t n)
{
	struct resolve_set set;
	const char *why;

	switch (resolve_set_parse(&x->question, packet, n, asking->arena, &set, &x->answer->facts,
				  &why)) {
	case RESOLVE_PACKET_ANSWER:
		end(x, set);
		break;
	case RESOLVE_PACKET_FOREIGN:
		if (x->state == READ) /* nobody else speaks on this connection */
			fail(x, "an answer that cannot be read");
		break;
	case RESOLVE_PACKET_TRUNCATED:
		if (x->state == READ)
			fail(x, "truncated even by TCP");
		else
			start_tcp(asking, x);
		break;
	case RESOLVE_PACKET_REFUSED:
		fail(x, why);
		break;
	case RESOLVE_PACKET_NO_EDNS:
		x->question.with_edns = false;
		start_udp(asking, x);
		break;
	}
}

static void
on_datagram(struct asking *asking, struct exchange *x)
{
	ssize_t n = recv(x->fd, asking->packet, sizeof asking->packet, 0);

	if (n >= 0)
		on_packet(asking, x, asking->packet, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		fail(x, errno == ECONNREFUSED ? "nobody listens there" : "it cannot be reached");
}

static void
on_connected(struct exchange *x)
{
	int error = 0;
	socklen_t n = sizeof error;

	if (getsockopt(x->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 || error != 0)
		fail(x, "its answer is too long for UDP, and it takes no TCP");
	else
		x->state = SEND;
}

static void
on_writable(struct exchange *x)
{
	ssize_t n;

	if (x->state == CONNECT)
		on_connected(x);
	if (x->state != SEND)
		return;
	n = send(x->fd, x->out + x->sent, x->out_bytes - x->sent, MSG_NOSIGNAL);
	if (n > 0)
		x->sent += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		fail(x, "the connection broke");
	if (x->state == SEND && x->sent == x->out_bytes)
		x->state = READ;
}

static void
on_stream(struct asking *asking, struct exchange *x)
{
	size_t wanted = x->got < 2 ? 2 : 2 + ((size_t)x->in[0] << 8 | x->in[1]);
	ssize_t n = recv(x->fd, x->in + x->got, wanted - x->got, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fail(x, "the connection broke");
		return;
	}
	x->got += (size_t)n;
	if (x->got < 2)
		return;
	wanted = 2 + ((size_t)x->in[0] << 8 | x->in[1]);
	if (x->got == wanted)
		on_packet(asking, x, x->in + 2, wanted - 2);
}

static void
on_deadline(struct asking *asking, struct exchange *x)
{
	if (x->state == WAIT && x->tries < TRIES) {
		start_udp(asking, x);
		return;
	}
	x->answer->was_silent = x->state == WAIT;
	fail(x, x->state == WAIT ? "no answer" : "no answer by TCP in time");
}

/* ---- all of them ------------------------------------------------------------------------ */
static void
handle(struct asking *asking, struct exchange *x, int64_t now_mono_ms, short events)
{
	if (events != 0 && x->state == WAIT)
		on_datagram(asking, x);
	else if (events != 0 && x->state == READ)
		on_stream(asking, x);
	else if (events != 0)
		on_writable(x);
	if (x->state != DONE && now_mono_ms >= x->deadline_mono_ms)
		on_deadline(asking, x);
}

/* wait_once - Returns false when it was stopped */
static bool
wait_once(struct asking *asking, struct exchange *x, size_t count, int stop_fd)
{
	struct pollfd fds[RESOLVE_DIRECT_MAX + 1];
	int64_t now = clock_mono_ms(), next = now + asking->timeout_ms;

	for (size_t i = 0; i < count; i++) {
		short wanted = x[i].state == CONNECT || x[i].state == SEND ? POLLOUT : POLLIN;

		fds[i] = (struct pollfd){ .fd = x[i].fd, .events = wanted };
		if (x[i].state != DONE && x[i].deadline_mono_ms < next)
			next = x[i].deadline_mono_ms;
	}
	fds[count] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	if (poll(fds, (nfds_t)count + 1, next > now ? (int)(next - now) : 0) < 0 && errno != EINTR)
		return false;
	now = clock_mono_ms();
	for (size_t i = 0; i < count; i++)
		if (x[i].state != DONE)
			handle(asking, &x[i], now, fds[i].revents);
	return fds[count].revents == 0;
}

static bool
is_done(const struct exchange *x, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (x[i].state != DONE)
			return false;
	return true;
}

void
resolve_direct_ask(const struct resolve_direct_server *server, size_t servers, const char *name,
		   enum resolve_set_type type, int64_t timeout_ms, int stop_fd, struct arena *arena,
		   struct resolve_direct_answer *answer_out)
{
	struct exchange *x = mem_zero(servers + 1, sizeof *x);
	struct asking *asking = mem_zero(1, sizeof *asking);
	unsigned char trial[RESOLVE_QUESTION_MAX];

	must(servers <= RESOLVE_DIRECT_MAX);
	asking->arena = arena;
	asking->timeout_ms = timeout_ms;
	for (size_t i = 0; i < servers; i++) {
		memset(&answer_out[i], 0, sizeof answer_out[i]);
		x[i] = (struct exchange){ .server = &server[i],
					  .answer = &answer_out[i],
					  .fd = -1 };
		x[i].started_mono_ms = clock_mono_ms();
		x[i].question = (struct resolve_set_question){
			.name = name,
			.type = type,
			.is_recursive = server[i].is_recursive,
			.with_edns = true,
		};
		if (resolve_set_build(&x[i].question, trial) == 0)
			end(&x[i], (struct resolve_set){ .status = RESOLVE_NXDOMAIN });
		else
			start_udp(asking, &x[i]);
	}
	while (!is_done(x, servers) && wait_once(asking, x, servers, stop_fd))
		;
	for (size_t i = 0; i < servers; i++)
		if (x[i].state != DONE)
			fail(&x[i], "stopped");
	mem_free(asking);
	mem_free(x);
}

/* ---- which servers ------------------------------------------------------------------------ */
static const char *
show(const union resolve_address *address, struct arena *arena)
{
	char text[INET6_ADDRSTRLEN];
	bool is_six = address->sa.sa_family == AF_INET6;
	unsigned port = ntohs(is_six ? address->in6.sin6_port : address->in.sin_port);

	inet_ntop(address->sa.sa_family,
		  is_six ? (const void *)&address->in6.sin6_addr : &address->in.sin_addr, text,
		  sizeof text);
	if (port == NS_DEFAULTPORT)
		return arena_strdup(arena, text);
	return arena_printf(arena, is_six ? "[%s]:%u" : "%s:%u", text, port);
}

size_t
resolve_direct_servers(const char *const *text, size_t count, struct arena *arena,
		       struct resolve_direct_server *server_out, const char **text_out, size_t max)
{
	union resolve_address address[RESOLVE_SERVERS_MAX];
	size_t found = resolve_servers_read(text, count, address, NULL);

	if (found > max)
		found = max;
	for (size_t i = 0; i < found; i++) {
		server_out[i] = (struct resolve_direct_server){ address[i], true };
		text_out[i] = show(&address[i], arena);
	}
	return found;
}
