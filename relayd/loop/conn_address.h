/* conn_address.h - socket addresses as sessions show them. Pure. Thread: any. */
#ifndef LOOP_CONN_ADDRESS_H
#define LOOP_CONN_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#define CONN_ADDRESS_SIZE INET6_ADDRSTRLEN

union conn_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* conn_address_set - copies what fits; anything but IPv4 and IPv6 keeps its
 * family only (a socketpair in a test, a Unix socket). */
void conn_address_set(union conn_address *address, const struct sockaddr *sa, socklen_t len);
socklen_t conn_address_length(const union conn_address *address);
/* conn_address_text - "192.0.2.1", "2001:db8::1", v4-mapped as v4, else "local". */
void conn_address_text(const union conn_address *address, char out[CONN_ADDRESS_SIZE]);
unsigned conn_address_port(const union conn_address *address);

#endif
