/* resolve_server.c - name servers and sockets (stage 6). Resolver thread.
 *
 * Forging an answer takes guessing the id and the port of the question: the
 * kernel draws the port of each socket at connect, we draw socket and id. A
 * socket serves USES_MAX questions, then it only waits for the answers
 * still due and is closed. Invariant: a socket with `due` questions stays open,
 * unless the servers are set anew. */
#include "resolve/resolve_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "resolve/resolve_packet.h"

#define SOCKETS 8          /* per server, open for questions */
#define USES_MAX 256       /* questions per socket */
#define SILENT_MAX 6       /* time-outs in a row: other servers go first */
#define DNS_PORT 53

struct udp {
	struct list link;          /* in server.retired, once retired */
	struct resolve_servers *servers;
	uint64_t id;
	int fd;
	struct loop_watch *watch;
	unsigned uses, due;
};

struct server {
	union resolve_address address;
	char text[INET6_ADDRSTRLEN + 8];
	unsigned silent;           /* time-outs since the last answer */
	struct udp *udp[SOCKETS];
	struct list retired;
};

struct resolve_servers {
	struct loop *loop;         /* borrowed, as are rand and arg */
	struct rand *rand;
	resolve_packet_fn on_packet;
	resolve_refused_fn on_refused;
	void *arg;
	uint64_t last_id;
	size_t count;
	struct server server[RESOLVE_SERVERS_MAX];
	unsigned char packet[RESOLVE_TCP_MAX + 1];
};

static socklen_t
address_bytes(const union resolve_address *address)
{
	return address->sa.sa_family == AF_INET6 ? sizeof address->in6 : sizeof address->in;
}

/* ---- sockets ---------------------------------------------------------------------- */
static void
close_udp(struct udp *udp)
{
	list_remove(&udp->link);
	loop_watch_free(&udp->watch);
	close(udp->fd);
	mem_free(udp);
}

static void
on_readable(int fd, short events, void *arg)
{
	struct udp *udp = arg;
	struct resolve_servers *servers = udp->servers;
	uint64_t id = udp->id;
	ssize_t n = recv(fd, servers->packet, sizeof servers->packet, MSG_DONTWAIT);

	(void)events; /* one packet a call: the socket may be gone after it */
	if (n >= 0)
		servers->on_packet(servers->arg, id, servers->packet, (size_t)n);
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		servers->on_refused(servers->arg, id);
}

static struct udp *
open_udp(struct resolve_servers *servers, const struct server *server)
{
	int fd = socket(server->address.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct udp *udp;

	if (fd < 0)
		return NULL;
	if (connect(fd, &server->address.sa, address_bytes(&server->address))) {
		close(fd);
		return NULL;
	}
	udp = mem_zero(1, sizeof *udp);
	list_init(&udp->link);
	udp->servers = servers;
	udp->id = ++servers->last_id;
	udp->fd = fd;
	udp->watch = loop_watch_new(servers->loop, fd, on_readable, udp);
	loop_watch_set(udp->watch, LOOP_READ);
	return udp;
}

static struct udp *
draw_udp(struct resolve_servers *servers, struct server *server)
{
	struct udp **place = &server->udp[rand_below(servers->rand, SOCKETS)];

	if (*place && (*place)->uses >= USES_MAX) {
		if ((*place)->due)
			list_push_back(&server->retired, &(*place)->link);
		else
			close_udp(*place);
		*place = NULL;
	}
	if (!*place)
		*place = open_udp(servers, server);
	return *place;
}

uint64_t
resolve_servers_send(struct resolve_servers *servers, size_t server, const unsigned char *packet,
                     size_t n)
{
	struct udp *udp = draw_udp(servers, &servers->server[server]);

	if (!udp)
		return 0;
	/* an error of an earlier packet (port unreachable) is reported here; ask once more */
	if (send(udp->fd, packet, n, MSG_DONTWAIT) < 0 &&
	    send(udp->fd, packet, n, MSG_DONTWAIT) < 0)
		return 0;
	udp->uses++;
	udp->due++;
	return udp->id;
}

static struct udp *
find_udp(struct server *server, uint64_t id)
{
	for (size_t i = 0; i < SOCKETS; i++) {
		if (server->udp[i] && server->udp[i]->id == id)
			return server->udp[i];
	}
	for (struct list *l = server->retired.next; l != &server->retired; l = l->next) {
		struct udp *udp = LIST_OWNER(l, struct udp, link);

		if (udp->id == id)
			return udp;
	}
	return NULL;
}

void
resolve_servers_release(struct resolve_servers *servers, size_t server, uint64_t socket,
                        bool answered)
{
	struct udp *udp;

	if (server >= servers->count)
		return; /* set anew meanwhile */
	if (answered)
		servers->server[server].silent = 0;
	else
		servers->server[server].silent++;
	udp = find_udp(&servers->server[server], socket);
	if (!udp)
		return;
	udp->due--;
	if (udp->due == 0 && !list_is_empty(&udp->link))
		close_udp(udp);
}

/* ---- the list ----------------------------------------------------------------------- */
static bool
parse_port(const char *text, in_port_t *port_out)
{
	unsigned long long port;

	if (!span_to_u64(span_of(text), &port) || port == 0 || port > UINT16_MAX)
		return false;
	*port_out = htons((uint16_t)port);
	return true;
}

bool
resolve_servers_parse(const char *text, union resolve_address *address_out)
{
	char host[INET6_ADDRSTRLEN];
	const char *end, *port = NULL;
	in_port_t wire_port = htons(DNS_PORT);
	size_t n;

	memset(address_out, 0, sizeof *address_out);
	if (text[0] == '[') {
		end = strchr(++text, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return false;
		port = end[1] ? end + 2 : NULL;
	} else {
		end = strchr(text, ':');
		if (end && strchr(end + 1, ':'))
			end = NULL; /* IPv6 without brackets */
		port = end ? end + 1 : NULL;
	}
	n = end ? (size_t)(end - text) : strlen(text);
	if (n >= sizeof host || (port && !parse_port(port, &wire_port)))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, &address_out->in.sin_addr) == 1) {
		address_out->in.sin_family = AF_INET;
		address_out->in.sin_port = wire_port;
		return true;
	}
	if (inet_pton(AF_INET6, host, &address_out->in6.sin6_addr) != 1)
		return false;
	address_out->in6.sin6_family = AF_INET6;
	address_out->in6.sin6_port = wire_port;
	return true;
}

static size_t
read_resolv_conf(union resolve_address address[RESOLVE_SERVERS_MAX])
{
	struct __res_state state;
	size_t count = 0;

	memset(&state, 0, sizeof state);
	if (res_ninit(&state) == 0) {
		for (int i = 0; i < state.nscount && count < RESOLVE_SERVERS_MAX; i++) {
			if (state.nsaddr_list[i].sin_family == AF_INET)
				address[count++].in = state.nsaddr_list[i];
			else if (state._u._ext.nsaddrs[i])
				address[count++].in6 = *state._u._ext.nsaddrs[i];
		}
		res_nclose(&state);
	}
	if (count == 0)
		must(resolve_servers_parse("127.0.0.1", &address[count++]));
	return count;
}

static size_t
read_texts(const char *const *text, size_t count,
           union resolve_address address[RESOLVE_SERVERS_MAX], struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < count && n < RESOLVE_SERVERS_MAX; i++) {
		if (resolve_servers_parse(text[i], &address[n]))
			n++;
		else
			err_set(err, ERR_INPUT, 0, "dns: name server \"%s\" is no address",
			        text[i]);
	}
	return n;
}

size_t
resolve_servers_read(const char *const *text, size_t count,
                     union resolve_address address[RESOLVE_SERVERS_MAX], struct err *err)
{
	return count ? read_texts(text, count, address, err) : read_resolv_conf(address);
}

static void
close_all(struct resolve_servers *servers)
{
	for (size_t i = 0; i < servers->count; i++) {
		struct server *server = &servers->server[i];

		for (size_t k = 0; k < SOCKETS; k++) {
			if (server->udp[k])
				close_udp(server->udp[k]);
			server->udp[k] = NULL;
		}
		while (!list_is_empty(&server->retired))
			close_udp(LIST_OWNER(server->retired.next, struct udp, link));
	}
	servers->count = 0;
}

int
resolve_servers_set(struct resolve_servers *servers, const char *const *text, size_t count,
                    struct err *err)
{
	union resolve_address address[RESOLVE_SERVERS_MAX];
	size_t n = resolve_servers_read(text, count, address, err);

	if (n == 0)
		return -1;
	close_all(servers);
	for (size_t i = 0; i < n; i++) {
		struct server *server = &servers->server[i];

		memset(server, 0, sizeof *server);
		list_init(&server->retired);
		server->address = address[i];
	}
	servers->count = n;
	return 0;
}

struct resolve_servers *
resolve_servers_new(struct loop *loop, struct rand *rand, resolve_packet_fn on_packet,
                    resolve_refused_fn on_refused, void *arg)
{
	struct resolve_servers *servers = mem_zero(1, sizeof *servers);

	servers->loop = loop;
	servers->rand = rand;
	servers->on_packet = on_packet;
	servers->on_refused = on_refused;
	servers->arg = arg;
	return servers;
}

void
resolve_servers_free(struct resolve_servers **servers)
{
	if (!*servers)
		return;
	close_all(*servers);
	mem_free(*servers);
	*servers = NULL;
}

size_t
resolve_servers_count(const struct resolve_servers *servers)
{
	return servers->count;
}

size_t
resolve_servers_pick(const struct resolve_servers *servers, unsigned attempt)
{
	size_t order[RESOLVE_SERVERS_MAX], n = 0;

	for (int silent = 0; silent <= 1; silent++) {
		for (size_t i = 0; i < servers->count; i++) {
			if ((servers->server[i].silent >= SILENT_MAX) == (silent == 1))
				order[n++] = i;
		}
	}
	return order[attempt % n];
}

const union resolve_address *
resolve_servers_address(const struct resolve_servers *servers, size_t server, socklen_t *n_out)
{
	*n_out = address_bytes(&servers->server[server].address);
	return &servers->server[server].address;
}

