/* resolve_server.h - the name servers and the UDP sockets towards them. Resolver thread.
 *
 * Every socket is connected, so the kernel drops what comes from elsewhere and
 * tells us at once when nobody listens. A server has a few sockets on random ports, one is
 * drawn per question, and each is replaced after some use. */
#ifndef RESOLVE_RESOLVE_SERVER_H
#define RESOLVE_RESOLVE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/rand.h"
#include "loop/loop.h"
#include "resolve/resolve.h"

#define RESOLVE_SERVERS_MAX 8

struct resolve_servers;

/* called for each packet that arrives. server, socket: where it was sent from (ids) */
typedef void (*resolve_packet_fn)(void *arg, uint64_t socket, const unsigned char *packet,
                                  size_t n);
/* called when a socket reports that its server cannot be reached */
typedef void (*resolve_refused_fn)(void *arg, uint64_t socket);

struct resolve_servers *resolve_servers_new(struct loop *loop, struct rand *rand,
                                            resolve_packet_fn on_packet,
                                            resolve_refused_fn on_refused, void *arg);
void resolve_servers_free(struct resolve_servers **servers);
/* resolve_servers_set - texts as in dns.nameservers; none: those of resolv.conf,
 * and 127.0.0.1 when it has none. Unreadable ones are left out (err says which, -1 when
 * none is left: then nothing changed). Sockets are closed: questions
 * under way are to be asked again. */
int resolve_servers_set(struct resolve_servers *servers, const char *const *text, size_t count,
                        struct err *err);
size_t resolve_servers_count(const struct resolve_servers *servers);
/* resolve_servers_pick - the server for try number `attempt` (0-based): they take turns,
 * those that are silent lately come last. */
size_t resolve_servers_pick(const struct resolve_servers *servers, unsigned attempt);
const union resolve_address *resolve_servers_address(const struct resolve_servers *servers,
                                                     size_t server, socklen_t *n_out);
/* resolve_servers_send - a datagram from a random socket. Returns the socket's
 * id (the answer's must be the same), 0: could not be sent. */
uint64_t resolve_servers_send(struct resolve_servers *servers, size_t server,
                              const unsigned char *packet, size_t n);
/* resolve_servers_release - the question sent over that socket is over. answered: any answer came.
 */
void resolve_servers_release(struct resolve_servers *servers, size_t server, uint64_t socket,
                             bool answered);
/* resolve_servers_read - the addresses that resolve_servers_set would take. Returns how many. */
size_t resolve_servers_read(const char *const *text, size_t count,
                            union resolve_address address[RESOLVE_SERVERS_MAX], struct err *err);
/* resolve_servers_parse - "1.2.3.4", "1.2.3.4:5353", "[::1]:5353", "::1". false: not one. */
bool resolve_servers_parse(const char *text, union resolve_address *address_out);

#endif
