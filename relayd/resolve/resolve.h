/* resolve.h - stage 6: where does mail for this domain go? A thread of its own
 * with its own UDP sockets; answers come back to the asker's mailbox.
 *
 * RFC 5321 s5.1: MX by preference; none: the address records of the name
 * itself; RFC 7505 null MX: permanent. NXDOMAIN is permanent, SERVFAIL and time-outs
 * temporary. Routes of relayd.conf come first. MX that are ourselves are cut
 * off with everything no better (loop), and if none is left it is permanent.
 * Cached by TTL (bounded), one question under way per name, capped per zone. */
#ifndef RESOLVE_RESOLVE_H
#define RESOLVE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include "base/err.h"
#include "base/list.h"
#include "base/ref.h"
#include "config.h"
#include "loop/mailbox.h"
#include "verdict/verdict.h"

#define RESOLVE_HOSTS_MAX 32       /* of one domain; more are ignored */
#define RESOLVE_ADDRESSES_MAX 16   /* of one host */

union resolve_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct resolve_host {
	const char *name;              /* A-label, lower case, no final dot */
	uint16_t preference;
	union resolve_address *address; /* port already set */
	size_t addresses;              /* 0: name did not resolve, or not to one we can reach */
};

/* struct resolve_route - the answer; immutable, shared by reference. */
struct resolve_route {
	struct ref ref;
	const char *domain;
	bool failed;                   /* no host to try: err, category say why */
	bool permanent;                /* of a failure */
	struct err err;                /* "DNS: example.net does not exist (NXDOMAIN)" */
	enum verdict_category category;
	struct verdict_status enhanced; /* 5.1.2, 5.1.10, 4.4.3, ... */
	struct resolve_host *host; /* by preference, equal ones in random order at answer time */
	size_t hosts;
	bool secure;                   /* AD bit from a trusted server, all along */
	bool is_configured;            /* from a route{} or smarthost{} */
	const char *smarthost;         /* its name; NULL: it is none */
	enum config_out_tls tls;       /* the route's, else delivery's */
	const char *user, *password;   /* AUTH towards a smarthost, or NULL */
	int64_t expires_mono_ms;
};

struct resolve_route *resolve_route_ref(struct resolve_route *route); /* Thread: any */
void resolve_route_unref(struct resolve_route **route);

struct resolve;
/* resolve_start - makes the thread. Returns owned or NULL (err). config is
 * referenced. local addresses for the loop check come from the listeners and hostname. */
struct resolve *resolve_start(const struct config *config, struct err *err);
void resolve_stop(struct resolve **resolve);
void resolve_reconfigure(struct resolve *resolve, const struct config *config); /* Thread: any */

#define RESOLVE_SMARTHOST "smarthost:" /* no domain has a colon */

struct resolve_request {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	char domain[256];              /* A-label, address literal "[192.0.2.1]", or one of the
	                                * configuration's smarthosts: RESOLVE_SMARTHOST NAME */
	struct resolve_route *route;   /* result; the asker's reference */
};
/* resolve_send - takes *request; never refused: bounded by domains without an
 * answer, one request each. Thread: any. */
void resolve_send(struct resolve *resolve, struct resolve_request **request);

#define RESOLVE_RECORDS 32
/* struct resolve_records - a name's records, for questions that are not about where mail
 * goes. Made by the asker, comes back to it, freed by it (mem_free). */
struct resolve_records {
	struct mailbox_item item;
	struct mailbox_return back;
	void *context;
	struct list link;              /* the resolver's, while it is asked */
	char name[256];                /* lower case, no final dot */
	enum resolve_records_type { RESOLVE_RECORDS_A, RESOLVE_RECORDS_AAAA, RESOLVE_RECORDS_PTR,
		                    RESOLVE_RECORDS_TYPE_COUNT } type;
	const char *why;               /* not answered: static text; NULL: what follows is true */
	size_t count;                  /* 0: no such name, or no such records */
	char record[RESOLVE_RECORDS][256]; /* addresses as inet_ntop writes them; names */
};
/* resolve_records_send - takes *records; never refused. Thread: any. */
void resolve_records_send(struct resolve *resolve, struct resolve_records **records);

struct resolve_stats { uint64_t questions, answers, timeouts, servfails, cache_hits, cached; };
void resolve_stats_read(struct resolve *resolve, struct resolve_stats *stats_out); /* Thread: any */

#endif
