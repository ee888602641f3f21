/* listener.c - see listener.h. */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define BACKLOG 1024

union listener_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t
make_address(const char *text, uint16_t port, union listener_address *out)
{
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &out->in.sin_addr) == 1) {
		out->in.sin_family = AF_INET;
		out->in.sin_port = htons(port);
		return sizeof out->in;
	}
	must(inet_pton(AF_INET6, text, &out->in6.sin6_addr) == 1);
	out->in6.sin6_family = AF_INET6;
	out->in6.sin6_port = htons(port);
	return sizeof out->in6;
}

static int
explain_bind(int saved, const char *address, uint16_t port, struct err *err)
{
	if (saved == EADDRINUSE)
		return err_set(err, ERR_SYSTEM, saved,
			       "port %u on %s is taken by another program; stop it (ss -ltnp) or "
			       "change port",
			       port, address);
	if (saved == EACCES)
		return err_set(err, ERR_SYSTEM, saved,
			       "port %u needs the capability CAP_NET_BIND_SERVICE (or root)", port);
	if (saved == EADDRNOTAVAIL)
		return err_set(err, ERR_SYSTEM, saved,
			       "address %s is not on this machine; see: ip address", address);
	return err_errno(err, saved, "cannot listen on %s port %u", address, port);
}

static int
open_one(const char *address, uint16_t port, struct err *err)
{
	union listener_address to;
	socklen_t len = make_address(address, port, &to);
	int one = 1, saved;
	int fd = socket(to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_errno(err, errno, "cannot make a socket for %s", address);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (to.sa.sa_family == AF_INET6) /* "0.0.0.0" and "::" stand side by side */
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, &to.sa, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	return explain_bind(saved, address, port, err);
}

/* a machine without IPv6 is no reason to refuse the default { "0.0.0.0", "::" } */
static bool
may_be_missing(const struct config_listener *l, size_t i, const struct err *err)
{
	return i > 0 && strcmp(l->address[i], "::") == 0 &&
	       (err->code == EAFNOSUPPORT || err->code == EADDRNOTAVAIL);
}

static size_t
count_addresses(const struct config *config)
{
	size_t count = 0;

	for (size_t i = 0; i < config->listeners; i++)
		count += config->listener[i].addresses;
	return count;
}

int
listener_open(struct listener *listener, const struct config *config, struct err *err)
{
	listener->socket = mem_zero(count_addresses(config) + 1, sizeof *listener->socket);
	listener->sockets = 0;
	for (size_t i = 0; i < config->listeners; i++) {
		const struct config_listener *l = &config->listener[i];

		for (size_t k = 0; k < l->addresses; k++) {
			int fd = open_one(l->address[k], l->port, err);

			if (fd < 0 && may_be_missing(l, k, err))
				continue;
			if (fd < 0) {
				listener_close(listener);
				return -1;
			}
			listener->socket[listener->sockets++] = (struct listener_socket){ l, fd };
		}
	}
	return 0;
}

void
listener_close(struct listener *listener)
{
	for (size_t i = 0; i < listener->sockets; i++)
		close(listener->socket[i].fd);
	mem_free(listener->socket);
	*listener = (struct listener){ 0 };
}
