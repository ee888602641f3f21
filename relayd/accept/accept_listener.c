/* accept_listener.c - connections in. A few per turn, so that new ones do not
 * starve those that are there; over a limit, 421 in plain and gone; out of
 * descriptors, the listener rests a moment instead of spinning. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept_private.h"
#include "base/log.h"
#include "base/mem.h"

#define ACCEPTS_PER_TURN 16
#define REST_MS 200

static void
go_on(void *arg)
{
	struct accept_listener *listener = arg;

	loop_watch_set(listener->watch, LOOP_READ);
}

static void
rest(struct accept_listener *listener, int saved_errno)
{
	struct err err;

	err_errno(&err, saved_errno, "cannot accept connections at %s", listener->title);
	LOG(LOG_ERROR, "smtp.accept_failed", LOG_TEXT("why", err.text));
	loop_watch_set(listener->watch, 0);
	loop_timer_set(&listener->again, REST_MS);
}

/* turn_away - one line, as far as the socket takes it at once. Whoever expects a
 * TLS handshake could not read it. */
static void
turn_away(const struct accept_listener *listener, int fd, const char *reply)
{
	if (listener->tls != CONFIG_TLS_IMPLICIT)
		(void)send(fd, reply, span_of(reply).n, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void
welcome(struct accept_listener *listener, int fd, const char *address)
{
	static const char *const reply[] = {
		[ACCEPT_CENSUS_FULL] = "421 4.3.2 Too many connections, try again later\r\n",
		[ACCEPT_CENSUS_ADDRESS_FULL] =
			"421 4.7.0 Too many connections from your address, try again later\r\n",
	};
	const struct config *config = listener->accept->config;
	enum accept_census_answer answer;
	uint32_t slot;

	answer = accept_census_enter(listener->accept->census, span_of(address),
				     config->limits.connections,
				     config->limits.connections_per_address, &slot);
	if (answer == ACCEPT_CENSUS_OK) {
		accept_session_start(listener, fd, address, slot);
		return;
	}
	LOG(LOG_NOTICE, "smtp.turned_away", LOG_TEXT("address", address),
	    LOG_TEXT("limit",
		     answer == ACCEPT_CENSUS_FULL ? "connections" : "connections_per_address"));
	turn_away(listener, fd, reply[answer]);
}

static void
on_connections(int fd, short events, void *arg)
{
	struct accept_listener *listener = arg;

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		union conn_address from = { 0 };
		struct sockaddr_storage peer;
		socklen_t len = sizeof peer;
		char address[CONN_ADDRESS_SIZE];
		int accepted =
			accept4(fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (accepted < 0) {
			/* another worker was faster, or the peer left before we came */
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			    errno == ENOMEM)
				rest(listener, errno);
			return;
		}
		conn_address_set(&from, (struct sockaddr *)&peer, len);
		conn_address_text(&from, address);
		welcome(listener, accepted, address);
	}
}

int
accept_listen(struct accept *accept, const struct config_listener *listener, int fd,
	      struct err *err)
{
	struct accept_listener *l;

	if (listener->kind != CONFIG_SUBMISSION && listener->kind != CONFIG_SUBMISSIONS &&
	    listener->kind != CONFIG_LOCAL)
		return err_set(err, ERR_INPUT, 0, "listener %s: this stage does not serve kind %s",
			       listener->title, config_kind_name(listener->kind));
	l = mem_zero(1, sizeof *l);
	l->accept = accept;
	l->fd = fd;
	l->kind = listener->kind;
	l->tls = listener->tls;
	l->title = mem_strdup(listener->title);
	l->credential = mem_strdup(listener->credential);
	loop_timer_init(&l->again, accept->loop, go_on, l);
	l->watch = loop_watch_new(accept->loop, fd, on_connections, l);
	loop_watch_set(l->watch, LOOP_READ);
	list_push_back(&accept->listeners, &l->link);
	return 0;
}
