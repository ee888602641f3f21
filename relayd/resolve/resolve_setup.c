/* resolve_setup.c - the resolver's view of the configuration. Made on the
 * resolver's thread (or before it runs), read there only. */
#include "resolve/resolve_setup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define PASSWORD_MAX 512
#define OWN_MAX                                                                                    \
	1024 /* addresses x listeners; a machine with more has its loops found by Received */

bool
resolve_address_parse(struct span text, uint16_t port, union resolve_address *address_out)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof copy)
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	memset(address_out, 0, sizeof *address_out);
	if (inet_pton(AF_INET, copy, &address_out->in.sin_addr) == 1) {
		address_out->in.sin_family = AF_INET;
		address_out->in.sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, copy, &address_out->in6.sin6_addr) != 1)
		return false;
	address_out->in6.sin6_family = AF_INET6;
	address_out->in6.sin6_port = htons(port);
	return true;
}

bool
resolve_address_is_routed(const union resolve_address *address)
{
	socklen_t n = address->sa.sa_family == AF_INET6 ? sizeof address->in6 : sizeof address->in;
	int fd = socket(address->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool is_routed;

	if (fd < 0)
		return false;
	is_routed = connect(fd, &address->sa, n) == 0;
	close(fd);
	return is_routed;
}

/* ---- our own addresses ---------------------------------------------------------------- */
static bool
is_same_host(const union resolve_address *a, const union resolve_address *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET6)
		return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
	return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

static void
add_own(struct resolve_setup *setup, const union resolve_address *address, uint16_t port)
{
	union resolve_address *own;

	if (setup->owns >= OWN_MAX)
		return;
	setup->own = mem_resize(setup->own, (setup->owns + 1) * sizeof *setup->own);
	own = &setup->own[setup->owns++];
	*own = *address;
	own->in.sin_port = htons(port); /* sin6_port has the same place */
}

static bool
is_wildcard(const union resolve_address *address)
{
	if (address->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr);
	return address->in.sin_addr.s_addr == htonl(INADDR_ANY);
}

static void
add_interfaces(struct resolve_setup *setup, const struct ifaddrs *interfaces, uint16_t port)
{
	for (const struct ifaddrs *i = interfaces; i; i = i->ifa_next) {
		union resolve_address address;

		if (!i->ifa_addr)
			continue;
		memset(&address, 0, sizeof address);
		if (i->ifa_addr->sa_family == AF_INET)
			memcpy(&address.in, i->ifa_addr, sizeof address.in);
		else if (i->ifa_addr->sa_family == AF_INET6)
			memcpy(&address.in6, i->ifa_addr, sizeof address.in6);
		else
			continue;
		add_own(setup, &address, port);
	}
}

static void
collect_own(struct resolve_setup *setup)
{
	const struct config *config = setup->config;
	struct ifaddrs *interfaces = NULL;

	if (getifaddrs(&interfaces))
		interfaces = NULL;
	for (size_t i = 0; i < config->listeners; i++) {
		const struct config_listener *listener = &config->listener[i];

		for (size_t k = 0; k < listener->addresses; k++) {
			union resolve_address address;

			if (!resolve_address_parse(span_of(listener->address[k]), listener->port,
			                           &address))
				continue;
			if (is_wildcard(&address))
				add_interfaces(setup, interfaces, listener->port);
			else
				add_own(setup, &address, listener->port);
		}
	}
	if (interfaces)
		freeifaddrs(interfaces);
}

bool
resolve_setup_is_own(const struct resolve_setup *setup, const union resolve_address *address)
{
	for (size_t i = 0; i < setup->owns; i++) {
		if (setup->own[i].in.sin_port == address->in.sin_port &&
		    is_same_host(&setup->own[i], address))
			return true;
	}
	return false;
}

bool
resolve_setup_is_own_name(const struct resolve_setup *setup, const char *name, uint16_t port)
{
	if (strcasecmp(name, setup->config->hostname) != 0)
		return false;
	for (size_t i = 0; i < setup->config->listeners; i++) {
		if (setup->config->listener[i].port == port)
			return true;
	}
	return false;
}

/* ---- passwords ---------------------------------------------------------------------------- */
static char *
read_password(const char *file)
{
	char text[PASSWORD_MAX + 1];
	char *password = NULL;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
	int saved = errno;
	struct span line;

	if (fd >= 0)
		close(fd);
	if (n < 0) {
		LOG(LOG_ERROR, "resolve.password_file", LOG_TEXT("file", file),
		    LOG_TEXT("error", strerror(saved)));
		return NULL;
	}
	line = span_cut((struct span){ text, (size_t)n }, '\n', &(struct span){ NULL, 0 });
	line = span_trim(line);
	if (line.n && (size_t)n < sizeof text)
		password = mem_strndup(line.p, line.n);
	else
		LOG(LOG_ERROR, "resolve.password_file", LOG_TEXT("file", file),
		    LOG_TEXT("error", line.n ? "too long" : "empty"));
	mem_wipe(text, sizeof text);
	return password;
}

static void
read_passwords(char **password, const struct config_route *route, size_t routes)
{
	for (size_t i = 0; i < routes; i++)
		if (route[i].user && route[i].password_file)
			password[i] = read_password(route[i].password_file);
}

static size_t
passwords(const struct config *config)
{
	return config->routes + config->smarthosts;
}

const char *
resolve_setup_password(const struct resolve_setup *setup, const struct config_route *route)
{
	const struct config *config = setup->config;

	if (config->smarthosts > 0 && route >= config->smarthost &&
	    route < config->smarthost + config->smarthosts)
		return setup->password[config->routes + (size_t)(route - config->smarthost)];
	return setup->password[route - config->route];
}

struct resolve_setup *
resolve_setup_new(const struct config *config)
{
	struct resolve_setup *setup = mem_zero(1, sizeof *setup);

	ref_init(&setup->ref);
	setup->config = config_ref(config);
	setup->password = mem_zero(passwords(config) + 1, sizeof *setup->password);
	read_passwords(setup->password, config->route, config->routes);
	read_passwords(setup->password + config->routes, config->smarthost, config->smarthosts);
	collect_own(setup);
	return setup;
}

struct resolve_setup *
resolve_setup_ref(struct resolve_setup *setup)
{
	ref_add(&setup->ref);
	return setup;
}

void
resolve_setup_unref(struct resolve_setup **setup)
{
	struct resolve_setup *s = *setup;

	*setup = NULL;
	if (!s || !ref_drop(&s->ref))
		return;
	for (size_t i = 0; i < passwords(s->config); i++) {
		if (s->password[i])
			mem_wipe(s->password[i], strlen(s->password[i]));
		mem_free(s->password[i]);
	}
	mem_free(s->password);
	mem_free(s->own);
	config_unref(&s->config);
	mem_free(s);
}
