/* account_network.h - networks a credential may log in from: 192.0.2.0/24, 2001:db8::/32,
 * or one address. Pure. Thread: any. */
#ifndef ACCOUNT_ACCOUNT_NETWORK_H
#define ACCOUNT_ACCOUNT_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/span.h"

#define ACCOUNT_NETWORKS_MAX 64
#define ACCOUNT_NETWORK_TEXT_SIZE 56

struct account_network {
	unsigned char address[16]; /* IPv4: mapped into ::ffff:0:0/96 */
	uint8_t bits;              /* of those 128 */
};

/* account_network_parse - err INPUT EINVAL: no address, a prefix too long, or bits set
 * behind it (who writes 192.0.2.7/24 means either the host or the network: we ask). */
int account_network_parse(struct span text, struct account_network *network_out,
                          struct err *err);
void account_network_format(const struct account_network *network,
                            char out[ACCOUNT_NETWORK_TEXT_SIZE]);
/* account_network_has - address as text, "192.0.2.1" or "2001:db8::1"; a mapped one
 * is the IPv4 address it maps. */
bool account_network_has(const struct account_network *network, size_t networks,
                         const char *address);

#endif
