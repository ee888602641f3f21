/* responder.h - a name server in a thread of the test: UDP and TCP on one port,
 * answering from a table. */
#ifndef TESTS_UNIT_RESOLVE_RESPONDER_H
#define TESTS_UNIT_RESOLVE_RESPONDER_H

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum behaviour {
	ANSWERS, SAYS_NXDOMAIN, SAYS_SERVFAIL, SAYS_REFUSED, SILENT, TRUNCATES, HATES_EDNS, FORGES,
	CHASES_NOT /* a CNAME of the name is all it says, whatever is asked */
};

struct record {
	const char *name, *type, *data; /* MX: "10 host"; none of a type: NODATA */
	uint32_t ttl;
	enum behaviour behaviour;       /* of the name, from its first row */
};

struct responder {
	const struct record *zone;
	size_t records;
	int udp, tcp, wake[2];
	uint16_t port;
	atomic_uint queries, by_tcp, dos; /* seen; dos: with DO or AD */
	pthread_t thread;
};

static inline size_t
responder_put_name(unsigned char *p, const char *name)
{
	size_t used = 0;

	while (*name && strcmp(name, ".") != 0) {
		size_t n = strcspn(name, ".");

		p[used++] = (unsigned char)n;
		memcpy(p + used, name, n);
		used += n;
		name += n + (name[n] == '.');
	}
	p[used++] = 0;
	return used;
}

static inline int
responder_type(const char *type)
{
	return !strcmp(type, "A") ? ns_t_a : !strcmp(type, "AAAA") ? ns_t_aaaa :
	       !strcmp(type, "MX") ? ns_t_mx : !strcmp(type, "CNAME") ? ns_t_cname : 0;
}

static inline size_t
responder_put_data(unsigned char *p, const struct record *record)
{
	char *rest;

	switch (responder_type(record->type)) {
	case ns_t_a:
		inet_pton(AF_INET, record->data, p);
		return 4;
	case ns_t_aaaa:
		inet_pton(AF_INET6, record->data, p);
		return 16;
	case ns_t_mx:
		ns_put16((unsigned)strtoul(record->data, &rest, 10), p);
		return 2 + responder_put_name(p + 2, rest + 1);
	default:
		return responder_put_name(p, record->data);
	}
}

static inline size_t
responder_put_record(unsigned char *p, const char *name, int type, uint32_t ttl,
                     const unsigned char *data, size_t n)
{
	unsigned char *at = p + responder_put_name(p, name);

	ns_put16((unsigned)type, at);
	ns_put16(ns_c_in, at + 2);
	ns_put32(ttl, at + 4);
	ns_put16((unsigned)n, at + 8);
	memcpy(at + 10, data, n);
	return (size_t)(at + 10 + n - p);
}

struct responder_query {
	char name[256];
	int type;
	size_t end; /* of the question section */
	bool has_edns;
};

static inline void
responder_read_query(const unsigned char *in, struct responder_query *query)
{
	size_t at = 12, to = 0;

	while (in[at]) {
		memcpy(query->name + to, in + at + 1, in[at]);
		to += in[at];
		query->name[to++] = '.';
		at += 1 + in[at];
	}
	query->name[to ? to - 1 : 0] = '\0';
	query->type = in[at + 1] << 8 | in[at + 2];
	query->end = at + 5;
	query->has_edns = in[11] != 0;
}

static inline size_t
responder_fill(struct responder *responder, const struct responder_query *query, unsigned char *out)
{
	unsigned char data[300];
	unsigned answers = 0;
	size_t n = query->end;
	const char *name = query->name;

	for (int hop = 0; hop < 12; hop++) {
		const char *alias = NULL;

		for (size_t i = 0; i < responder->records; i++) {
			const struct record *record = &responder->zone[i];
			int type = responder_type(record->type);

			if (strcasecmp(record->name,
			  name) != 0 || (type != query->type && type != ns_t_cname))
				continue;
			n += responder_put_record(out + n, record->name, type, record->ttl, data,
			                          responder_put_data(data, record));
			answers++;
			if (type == ns_t_cname)
				alias = record->data;
			if (alias && record->behaviour == CHASES_NOT) {
				ns_put16(answers, out + 6);
				return n;
			}
		}
		if (!alias)
			break;
		name = alias;
	}
	ns_put16(answers, out + 6);
	return n;
}

/* responder_answer - the packet to send, 0: none. */
static inline size_t
responder_answer(struct responder *responder, const unsigned char *in, bool by_tcp,
                 unsigned char *out)
{
	static const unsigned char soa[] = { 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4,
		                             0, 0, 0, 30 };
	struct responder_query query;
	enum behaviour behaviour = SAYS_NXDOMAIN;
	size_t n;

	responder_read_query(in, &query);
	responder->queries++;
	responder->dos += (in[3] & 0x20) != 0;
	responder->by_tcp += by_tcp;
	for (size_t i = responder->records; i-- > 0;) {
		if (strcasecmp(responder->zone[i].name, query.name) == 0)
			behaviour = responder->zone[i].behaviour;
	}
	memcpy(out, in, query.end);
	ns_put16(0x8180, out + 2);
	memset(out + 6, 0, 6);
	n = query.end;
	if (behaviour == SILENT)
		return 0;
	if (behaviour == SAYS_SERVFAIL || behaviour == SAYS_REFUSED ||
	    (behaviour == HATES_EDNS && query.has_edns)) {
		out[3] |= behaviour == SAYS_SERVFAIL ? 2 : behaviour == SAYS_REFUSED ? 5 : 1;
		return n;
	}
	if (behaviour == TRUNCATES && !by_tcp) {
		out[2] |= 2;
		return n;
	}
	if (behaviour == SAYS_NXDOMAIN)
		out[3] |= 3;
	n = responder_fill(responder, &query, out);
	if (out[6] == 0 && out[7] == 0) {
		n += responder_put_record(out + n, "", ns_t_soa, 60, soa, sizeof soa);
		ns_put16(1, out + 8);
	}
	if (responder->dos)
		out[3] |= 0x20;
	return n;
}

static inline bool
responder_forges(const struct responder *responder, const unsigned char *in)
{
	struct responder_query query;

	responder_read_query(in, &query);
	for (size_t i = 0; i < responder->records; i++) {
		if (strcasecmp(responder->zone[i].name, query.name) == 0)
			return responder->zone[i].behaviour == FORGES;
	}
	return false;
}

static inline void
responder_udp(struct responder *responder)
{
	unsigned char in[2048], out[65536];
	struct sockaddr_storage from;
	socklen_t from_n = sizeof from;
	ssize_t got = recvfrom(responder->udp, in, sizeof in, 0, (struct sockaddr *)&from, &from_n);
	size_t n;

	if (got < 17)
		return;
	n = responder_answer(responder, in, false, out);
	if (n && responder_forges(responder, in)) { /* wrong id, wrong question,
	  cut: all to be passed over */
		out[0] ^= 1;
		(void)!sendto(responder->udp, out, n, 0, (struct sockaddr *)&from, from_n);
		out[0] ^= 1;
		out[13] ^= 1;
		(void)!sendto(responder->udp, out, n, 0, (struct sockaddr *)&from, from_n);
		out[13] ^= 1;
		(void)!sendto(responder->udp, out, 5, 0, (struct sockaddr *)&from, from_n);
	}
	if (n)
		(void)!sendto(responder->udp, out, n, 0, (struct sockaddr *)&from, from_n);
}

static inline void
responder_tcp(struct responder *responder)
{
	unsigned char in[2048], out[65538];
	int fd = accept(responder->tcp, NULL, NULL);
	size_t n;

	if (fd < 0)
		return;
	if (recv(fd, in, 2, MSG_WAITALL) == 2 &&
	    recv(fd, in + 2, (size_t)in[0] << 8 | in[1], MSG_WAITALL) > 16) {
		n = responder_answer(responder, in + 2, true, out + 2);
		ns_put16((unsigned)n, out);
		(void)!send(fd, out, 1, MSG_NOSIGNAL); /* in two pieces */
		(void)!send(fd, out + 1, n + 1, MSG_NOSIGNAL);
	}
	close(fd);
}

static inline void *
responder_run(void *arg)
{
	struct responder *responder = arg;
	struct pollfd fds[3] = { { responder->udp, POLLIN, 0 }, { responder->tcp, POLLIN, 0 },
		                 { responder->wake[0], POLLIN, 0 } };

	while (poll(fds, 3, -1) >= 0 && !fds[2].revents) {
		if (fds[0].revents)
			responder_udp(responder);
		if (fds[1].revents)
			responder_tcp(responder);
	}
	return NULL;
}

static inline void
responder_start(struct responder *responder, const struct record *zone, size_t records)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t n = sizeof address;

	memset(responder, 0, sizeof *responder);
	responder->zone = zone;
	responder->records = records;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	responder->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(responder->tcp, (struct sockaddr *)&address, n), 0);
	assert_int_equal(listen(responder->tcp, 16), 0);
	assert_int_equal(getsockname(responder->tcp, (struct sockaddr *)&address, &n), 0);
	responder->port = ntohs(address.sin_port);
	responder->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(responder->udp, (struct sockaddr *)&address, n), 0);
	assert_int_equal(pipe(responder->wake), 0);
	assert_int_equal(pthread_create(&responder->thread, NULL, responder_run, responder), 0);
}

static inline void
responder_stop(struct responder *responder)
{
	assert_int_equal(write(responder->wake[1], "", 1), 1);
	pthread_join(responder->thread, NULL);
	close(responder->udp);
	close(responder->tcp);
	close(responder->wake[0]);
	close(responder->wake[1]);
}

#endif
