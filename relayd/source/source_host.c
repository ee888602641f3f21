/* source_host.c - asked by binding a datagram socket: the same test that a connection
 * from the address will have to pass, and nothing is sent. */
#include "source/source_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

bool
source_host_has(const char *address)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} at = { 0 };
	socklen_t n = sizeof at.in;
	bool has = true;
	int fd;

	if (inet_pton(AF_INET, address, &at.in.sin_addr) == 1) {
		at.sa.sa_family = AF_INET;
	} else if (inet_pton(AF_INET6, address, &at.in6.sin6_addr) == 1) {
		at.sa.sa_family = AF_INET6;
		n = sizeof at.in6;
	} else {
		return false;
	}
	fd = socket(at.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) /* no IPv6 here at all, or no descriptors: the latter says nothing */
		return errno != EAFNOSUPPORT;
	if (bind(fd, &at.sa, n) < 0)
		has = errno != EADDRNOTAVAIL;
	close(fd);
	return has;
}
