/* mail_network.c - see mail_network.h. */
#include "mail/mail_network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

void
mail_network_of(const char *address, char out[MAIL_NETWORK_SIZE])
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET, address, bytes) == 1) {
		(void)snprintf(out, MAIL_NETWORK_SIZE, "%u.%u.%u.0/24", bytes[0], bytes[1],
		               bytes[2]);
	} else if (inet_pton(AF_INET6, address, bytes) == 1) {
		memset(bytes + 8, 0, 8);
		(void)snprintf(out, MAIL_NETWORK_SIZE, "%s/64",
		               inet_ntop(AF_INET6, bytes, text, sizeof text));
	} else {
		(void)snprintf(out, MAIL_NETWORK_SIZE, "%.60s",
		               address[0] != '\0' ? address : "local");
	}
}
