/* resolve_setup.h - what the resolver takes from one configuration: routes with
 * their passwords, and which addresses are our own. Immutable once made. */
#ifndef RESOLVE_RESOLVE_SETUP_H
#define RESOLVE_RESOLVE_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include "base/ref.h"
#include "config.h"
#include "resolve/resolve.h"

struct resolve_setup {
	struct ref ref;
	struct config *config;         /* a reference */
	char **password;               /* by route, then by smarthost; NULL: none, or the file
	                                * cannot be read */
	union resolve_address *own;    /* what we listen on, wildcards spelled out */
	size_t owns;
};

/* resolve_setup_new - reads password files (tiny) and the interfaces' addresses.
 * A file that cannot be read is logged; its route then fails to log in. Returns owned. */
struct resolve_setup *resolve_setup_new(const struct config *config);
struct resolve_setup *resolve_setup_ref(struct resolve_setup *setup);
void resolve_setup_unref(struct resolve_setup **setup);
/* resolve_setup_password - of a route or smarthost of its configuration; or NULL. */
const char *resolve_setup_password(const struct resolve_setup *setup,
                                   const struct config_route *route);
/* resolve_setup_is_own - do we listen there? Port counts: the same machine may
 * run another mail server. */
bool resolve_setup_is_own(const struct resolve_setup *setup, const union resolve_address *address);
/* resolve_setup_is_own_name - is it our hostname, and do we listen on that port? */
bool resolve_setup_is_own_name(const struct resolve_setup *setup, const char *name, uint16_t port);

/* resolve_address_parse - numeric, IPv4 or IPv6. */
bool resolve_address_parse(struct span text, uint16_t port, union resolve_address *address_out);
/* resolve_address_is_routed - does this host have a way there at all? Asks the kernel by
 * connecting a UDP socket: nothing is sent. */
bool resolve_address_is_routed(const union resolve_address *address);

#endif
