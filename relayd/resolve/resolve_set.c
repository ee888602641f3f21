/* resolve_set.c - see resolve_set.h. Only records owned by the name asked about, or by what its
 * CNAMEs lead to within the packet, are read. */
#include "resolve/resolve_set.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX 63
#define NAME_MAX_BYTES 253
#define HEADER_BYTES 12
#define SOA_BYTES_MIN 22
#define FLAG_RECURSION 0x0100u

static const int wire_types[RESOLVE_SET_TYPE_COUNT] = {
	[RESOLVE_SET_A] = ns_t_a,     [RESOLVE_SET_AAAA] = ns_t_aaaa,
	[RESOLVE_SET_MX] = ns_t_mx,   [RESOLVE_SET_PTR] = ns_t_ptr,
	[RESOLVE_SET_TXT] = ns_t_txt, [RESOLVE_SET_NS] = ns_t_ns,
};

/* ---- questions ---------------------------------------------------------------------- */

/* write_name - wire form. Returns its end, or NULL. */
static unsigned char *
write_name(const char *name, unsigned char *p)
{
	struct span rest = span_of(name);

	if (rest.n == 0 || rest.n > NAME_MAX_BYTES || rest.p[rest.n - 1] == '.')
		return NULL;
	while (rest.n > 0) {
		struct span label = span_cut(rest, '.', &rest);

		if (label.n == 0 || label.n > LABEL_MAX)
			return NULL;
		*p++ = (unsigned char)label.n;
		memcpy(p, label.p, label.n);
		p += label.n;
	}
	*p++ = 0;
	return p;
}

size_t
resolve_set_build(const struct resolve_set_question *question,
		  unsigned char out[RESOLVE_QUESTION_MAX])
{
	unsigned char *p = out;

	NS_PUT16(question->id, p);
	NS_PUT16(question->is_recursive ? FLAG_RECURSION : 0u, p);
	NS_PUT16(1, p); /* questions, answers, authorities, additional */
	NS_PUT16(0, p);
	NS_PUT16(0, p);
	NS_PUT16(question->with_edns, p);
	p = write_name(question->name, p);
	if (p == NULL)
		return 0;
	NS_PUT16(wire_types[question->type], p);
	NS_PUT16(ns_c_in, p);
	if (question->with_edns) {
		*p++ = 0; /* the root owns OPT (RFC 6891 s6.1.2) */
		NS_PUT16(ns_t_opt, p);
		NS_PUT16(RESOLVE_UDP_MAX, p);
		NS_PUT32(0, p);
		NS_PUT16(0, p);
	}
	return (size_t)(p - out);
}

/* ---- answers ------------------------------------------------------------------------- */
struct reading {
	ns_msg msg;
	struct arena *arena;
	enum resolve_set_type type;
	struct resolve_set_record *record;
	size_t count;
	uint32_t ttl_sec;
	bool is_too_many;
};

/* question_text - name as libresolv writes owner names */
static bool
question_text(const char *name, char out[NS_MAXDNAME])
{
	unsigned char wire[NS_MAXCDNAME + 2];

	return write_name(name, wire) != NULL && ns_name_ntop(wire, out, NS_MAXDNAME) >= 0;
}

static bool
is_ours(struct reading *reading, const struct resolve_set_question *question, const char *name)
{
	ns_msg *msg = &reading->msg;
	ns_rr rr;

	if (ns_msg_id(*msg) != question->id || !ns_msg_getflag(*msg, ns_f_qr) ||
	    ns_msg_getflag(*msg, ns_f_opcode) != ns_o_query || ns_msg_count(*msg, ns_s_qd) != 1)
		return false;
	return ns_parserr(msg, ns_s_qd, 0, &rr) == 0 && strcasecmp(ns_rr_name(rr), name) == 0 &&
	       (int)ns_rr_type(rr) == wire_types[question->type] && ns_rr_class(rr) == ns_c_in;
}

/* read_name - lower case; NULL: cannot be read */
static char *
read_name(struct reading *reading, const unsigned char *p)
{
	char text[NS_MAXDNAME], *copy;

	if (dn_expand(ns_msg_base(reading->msg), ns_msg_end(reading->msg), p, text, sizeof text) <
	    0)
		return NULL;
	copy = arena_strdup(reading->arena, strcmp(text, ".") == 0 ? "" : text);
	for (char *c = copy; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	return copy;
}

/* join_strings - of a TXT record (RFC 1035 s3.3.14). false: lengths that do not fit */
static bool
join_strings(struct reading *reading, const unsigned char *p, size_t n, struct span *out)
{
	char *joined = arena_alloc(reading->arena, n + 1);
	size_t at = 0, length = 0;

	while (at < n) {
		size_t bytes = p[at++];

		if (bytes > n - at)
			return false;
		memcpy(joined + length, p + at, bytes);
		length += bytes;
		at += bytes;
	}
	joined[length] = '\0';
	*out = (struct span){ joined, length };
	return true;
}

static int
read_data(struct reading *reading, const ns_rr *rr, struct resolve_set_record *record)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	size_t n = ns_rr_rdlen(*rr), skipped = 0;
	char *name;

	memset(record, 0, sizeof *record);
	switch (reading->type) {
	case RESOLVE_SET_A:
	case RESOLVE_SET_AAAA:
		record->data.n = reading->type == RESOLVE_SET_A ? 4 : 16;
		record->data.p = arena_copy(reading->arena, p, n);
		return n == record->data.n ? 0 : -1;
	case RESOLVE_SET_TXT:
		return join_strings(reading, p, n, &record->data) ? 0 : -1;
	case RESOLVE_SET_MX:
		if (n < 3)
			return -1;
		record->preference = (uint16_t)ns_get16(p);
		skipped = 2;
		break;
	default:
		break;
	}
	name = read_name(reading, p + skipped);
	record->data = span_of(name);
	return name != NULL ? 0 : -1;
}

/* collect - all records of owner; *alias_out: what its CNAME says, or NULL. -1: unreadable */
static int
collect(struct reading *reading, const char *owner, const char **alias_out)
{
	int count = ns_msg_count(reading->msg, ns_s_an);
	ns_rr rr;

	*alias_out = NULL;
	for (int i = 0; i < count; i++) {
		if (ns_parserr(&reading->msg, ns_s_an, i, &rr) != 0)
			return -1;
		if (ns_rr_class(rr) != ns_c_in || strcasecmp(ns_rr_name(rr), owner) != 0)
			continue;
		if ((int)ns_rr_type(rr) == ns_t_cname && *alias_out == NULL) {
			*alias_out = read_name(reading, ns_rr_rdata(rr));
			if (*alias_out == NULL)
				return -1;
		} else if ((int)ns_rr_type(rr) == wire_types[reading->type]) {
			if (reading->count == RESOLVE_SET_MAX) {
				reading->is_too_many = true;
				return 0;
			}
			if (read_data(reading, &rr, &reading->record[reading->count]) < 0)
				return -1;
			if (reading->count++ == 0 || ns_rr_ttl(rr) < reading->ttl_sec)
				reading->ttl_sec = ns_rr_ttl(rr);
		}
	}
	return 0;
}

static struct resolve_set
failed(const char *why)
{
	return (struct resolve_set){ .status = RESOLVE_FAILED, .why = why };
}

/* conclude - when an alias leads out of the packet, a name that is said not to exist is the
 * alias's target */
static struct resolve_set
conclude(struct reading *reading, const char *alias, bool is_absent)
{
	struct resolve_set set = { .status = RESOLVE_FOUND,
				   .count = reading->count,
				   .record = reading->record };

	if (reading->count > 0)
		return set;
	if (alias != NULL && !is_absent) {
		reading->record[0].data = span_of(alias);
		set.status = RESOLVE_ALIAS;
		set.count = 1;
		return set;
	}
	return (struct resolve_set){ .status = is_absent ? RESOLVE_NXDOMAIN : RESOLVE_NODATA };
}

static struct resolve_set
read_answer(struct reading *reading, const char *name)
{
	bool is_absent = ns_msg_getflag(reading->msg, ns_f_rcode) == ns_r_nxdomain;
	const char *owner = name, *alias = NULL, *last = NULL;

	reading->record = arena_alloc(
		reading->arena, ((size_t)ns_msg_count(reading->msg, ns_s_an) + 1 > RESOLVE_SET_MAX
					 ? RESOLVE_SET_MAX
					 : (size_t)ns_msg_count(reading->msg, ns_s_an) + 1) *
					sizeof *reading->record);
	for (int hop = 0; hop <= RESOLVE_ALIASES_MAX; hop++) {
		if (collect(reading, owner, &alias) < 0)
			return failed("an answer that cannot be read");
		if (reading->is_too_many)
			return failed("more than 1024 records");
		if (reading->count > 0 || alias == NULL)
			return conclude(reading, last, is_absent);
		owner = last = alias;
	}
	return failed("CNAMEs in a circle, or too many in a row");
}

/* read_authority - of an answer without records: how long "no" may be believed (RFC 2308 s5: the
 * smaller of the SOA's TTL and its last field); NS records and no SOA send us on (s2.2) */
static void
read_authority(struct reading *reading, struct resolve_set_facts *facts)
{
	bool has_servers = false;
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(reading->msg, ns_s_ns); i++) {
		if (ns_parserr(&reading->msg, ns_s_ns, i, &rr) != 0)
			return;
		has_servers |= ns_rr_type(rr) == ns_t_ns;
		if (ns_rr_type(rr) == ns_t_soa && ns_rr_rdlen(rr) >= SOA_BYTES_MIN) {
			uint32_t last = (uint32_t)ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) - 4);

			facts->ttl_sec = last < ns_rr_ttl(rr) ? last : ns_rr_ttl(rr);
			return;
		}
	}
	facts->is_referral = has_servers && !facts->is_authoritative;
}

enum resolve_packet
resolve_set_parse(const struct resolve_set_question *question, const unsigned char *packet,
		  size_t n, struct arena *arena, struct resolve_set *set_out,
		  struct resolve_set_facts *facts_out, const char **why_out)
{
	struct reading reading = { .arena = arena, .type = question->type };
	char name[NS_MAXDNAME];
	int rcode;

	memset(facts_out, 0, sizeof *facts_out);
	if (n < HEADER_BYTES || n > RESOLVE_TCP_MAX || !question_text(question->name, name) ||
	    ns_initparse(packet, (int)n, &reading.msg) < 0 || !is_ours(&reading, question, name))
		return RESOLVE_PACKET_FOREIGN;
	if (ns_msg_getflag(reading.msg, ns_f_tc))
		return RESOLVE_PACKET_TRUNCATED;
	rcode = ns_msg_getflag(reading.msg, ns_f_rcode);
	if ((rcode == ns_r_formerr || rcode == ns_r_notimpl) && question->with_edns)
		return RESOLVE_PACKET_NO_EDNS;
	if (resolve_packet_is_refusal(rcode, why_out))
		return RESOLVE_PACKET_REFUSED;
	*set_out = read_answer(&reading, name);
	facts_out->is_authoritative = ns_msg_getflag(reading.msg, ns_f_aa);
	facts_out->ttl_sec = reading.ttl_sec;
	if (set_out->status == RESOLVE_NODATA || set_out->status == RESOLVE_NXDOMAIN)
		read_authority(&reading, facts_out);
	return RESOLVE_PACKET_ANSWER;
}
