/* conn_address.c - socket addresses as text and numbers. Pure. */
#include "conn_address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/must.h"

socklen_t
conn_address_length(const union conn_address *address)
{
	if (address->sa.sa_family == AF_INET)
		return sizeof address->in;
	if (address->sa.sa_family == AF_INET6)
		return sizeof address->in6;
	return sizeof address->sa.sa_family;
}

void
conn_address_set(union conn_address *address, const struct sockaddr *sa, socklen_t len)
{
	memset(address, 0, sizeof *address);
	if (len < sizeof sa->sa_family)
		return;
	address->sa.sa_family = sa->sa_family;
	if (conn_address_length(address) <= len)
		memcpy(address, sa, conn_address_length(address));
	else
		address->sa.sa_family = AF_UNSPEC;
}

void
conn_address_text(const union conn_address *address, char out[CONN_ADDRESS_SIZE])
{
	const struct in6_addr *in6 = &address->in6.sin6_addr;
	int family = address->sa.sa_family;
	const void *bytes = &address->in.sin_addr;

	if (family != AF_INET && family != AF_INET6) {
		memcpy(out, "local", sizeof "local");
		return;
	}
	if (family == AF_INET6)
		bytes = in6;
	if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(in6)) {
		family = AF_INET;
		bytes = &in6->s6_addr[12];
	}
	must(inet_ntop(family, bytes, out, CONN_ADDRESS_SIZE) != NULL);
}

unsigned
conn_address_port(const union conn_address *address)
{
	if (address->sa.sa_family == AF_INET)
		return ntohs(address->in.sin_port);
	if (address->sa.sa_family == AF_INET6)
		return ntohs(address->in6.sin6_port);
	return 0;
}
