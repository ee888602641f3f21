/* account_network.c - see account_network.h. */
#include "account_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAPPED_BITS 96
static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

/* parse_address - true: it was IPv4. -1: neither. */
static int
parse_address(const char *text, unsigned char out[16])
{
	memcpy(out, mapped, sizeof mapped);
	if (inet_pton(AF_INET, text, out + sizeof mapped) == 1)
		return true;
	return inet_pton(AF_INET6, text, out) == 1 ? false : -1;
}

static bool
is_mapped(const unsigned char address[16])
{
	return memcmp(address, mapped, sizeof mapped) == 0;
}

static bool
same_prefix(const unsigned char a[16], const unsigned char b[16], unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool
has_host_bits(const struct account_network *network)
{
	for (unsigned bit = network->bits; bit < 128; bit++)
		if (network->address[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

/* parse_bits - -1: not a decimal number of at most `most`. */
static int
parse_bits(struct span text, int most)
{
	int bits = 0;

	if (text.n == 0 || text.n > 3)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		bits = 10 * bits + (text.p[i] - '0');
	}
	return bits <= most ? bits : -1;
}

int
account_network_parse(struct span text, struct account_network *network_out, struct err *err)
{
	struct span bits, address = span_cut(text, '/', &bits);
	char name[INET6_ADDRSTRLEN];
	int is_v4, most, prefix;

	if (address.n == 0 || address.n >= sizeof name)
		return err_set(err, ERR_INPUT, EINVAL, "%.*s is no network: try 192.0.2.0/24",
		               (int)(text.n < 60 ? text.n : 60), text.p);
	memcpy(name, address.p, address.n);
	name[address.n] = '\0';
	is_v4 = parse_address(name, network_out->address);
	if (is_v4 < 0)
		return err_set(err, ERR_INPUT, EINVAL, "%s is no address: try 192.0.2.0/24", name);
	most = is_v4 ? 32 : 128;
	prefix = address.n == text.n ? most : parse_bits(bits, most);
	if (prefix < 0)
		return err_set(err, ERR_INPUT, EINVAL, "the prefix of %s is 0 to %d bits", name,
		               most);
	network_out->bits = (uint8_t)(is_v4 ? MAPPED_BITS + prefix : prefix);
	if (has_host_bits(network_out))
		return err_set(err, ERR_INPUT, EINVAL,
		               "%s/%d has bits set behind its prefix: one address is %s, a network "
		               "ends in zeros", name, prefix, name);
	return 0;
}

void
account_network_format(const struct account_network *network, char out[ACCOUNT_NETWORK_TEXT_SIZE])
{
	bool is_v4 = network->bits >= MAPPED_BITS && is_mapped(network->address);
	unsigned bits = is_v4 ? network->bits - MAPPED_BITS : network->bits;
	char name[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(is_v4 ? AF_INET : AF_INET6,
	                network->address + (is_v4 ? sizeof mapped : 0), name, sizeof name);
	if (bits == (is_v4 ? 32 : 128))
		(void)snprintf(out, ACCOUNT_NETWORK_TEXT_SIZE, "%s", name);
	else
		(void)snprintf(out, ACCOUNT_NETWORK_TEXT_SIZE, "%s/%u", name, bits);
}

bool
account_network_has(const struct account_network *network, size_t networks, const char *address)
{
	unsigned char wanted[16];

	if (parse_address(address, wanted) < 0)
		return false;
	for (size_t i = 0; i < networks; i++)
		if (is_mapped(wanted) == (network[i].bits >= MAPPED_BITS &&
		                          is_mapped(network[i].address)) &&
		    same_prefix(network[i].address, wanted, network[i].bits))
			return true;
	return false;
}
