/* resolve_packet.c - builds questions, judges answers. Pure. Thread: any.
 *
 * An answer counts when id and question are ours; of its records only those
 * owned by the name asked about, or by what its CNAMEs lead to within the packet.
 * Nothing else (additional section, stray records) is read, so
 * a server cannot tell us about names it was not asked for. */
#include "resolve/resolve_packet.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define OPT_BYTES 11
#define OPT_DO 0x8000u
#define DEFAULT_ADDRESSES 16

static const struct {
	int wire;
	size_t bytes; /* of an address; 0: a name follows */
	size_t max;
} types[RESOLVE_TYPE_COUNT] = {
	[RESOLVE_A] = { ns_t_a, 4, DEFAULT_ADDRESSES },
	[RESOLVE_AAAA] = { ns_t_aaaa, 16, DEFAULT_ADDRESSES },
	[RESOLVE_MX] = { ns_t_mx, 0, RESOLVE_RECORDS_MAX },
	[RESOLVE_PTR] = { ns_t_ptr, 0, RESOLVE_RECORDS_MAX },
};

/* rcodes that are the server's trouble, not the name's */
static const struct {
	int rcode;
	const char *why;
} refusals[] = {
	{ ns_r_servfail, "SERVFAIL" },
	{ ns_r_refused, "REFUSED" },
	{ ns_r_notauth, "NOTAUTH" },
};

/* struct draft - an answer while it is collected; resolve_answer is its packed form. */
struct draft {
	size_t count;
	uint32_t ttl_sec;
	bool has_ttl;
	union resolve_record record[RESOLVE_RECORDS_MAX];
	char name[RESOLVE_RECORDS_MAX][RESOLVE_NAME_SIZE];
};

/* clean - also: allowed besides what host names have; or NUL */
static bool
clean(struct span name, char also, char out[RESOLVE_NAME_SIZE])
{
	size_t label = 0;

	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.n > 253)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		bool is_upper = c >= 'A' && c <= 'Z';
		bool is_plain =
			(c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
			(also && c == (unsigned char)also);

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if ((!is_upper && !is_plain) || ++label > 63) {
			return false;
		}
		out[i] = (char)(is_upper ? c | 0x20 : c);
	}
	out[name.n] = '\0';
	return label > 0;
}

bool
resolve_name_clean(struct span name, char out[RESOLVE_NAME_SIZE])
{
	return clean(name, '\0', out);
}

/* ---- questions -------------------------------------------------------------------- */
size_t
resolve_packet_build(const struct resolve_question_text *question, bool with_edns, bool secure,
                     unsigned char out[RESOLVE_QUESTION_MAX])
{
	/* res_nmkquery only looks at the options; a zeroed state keeps this pure */
	struct __res_state state = { .options = RES_RECURSE };
	HEADER header;
	unsigned char *p;
	int n = res_nmkquery(&state, ns_o_query, question->name, ns_c_in,
	                     types[question->type].wire, NULL, 0, NULL, out,
	                     RESOLVE_QUESTION_MAX - OPT_BYTES);

	if (n < (int)sizeof header)
		return 0;
	memcpy(&header, out, sizeof header);
	header.id = htons(question->id);
	header.rd = 1;
	header.ad = secure;
	header.arcount = htons(with_edns ? 1 : 0);
	memcpy(out, &header, sizeof header);
	if (!with_edns)
		return (size_t)n;
	p = out + n;
	*p++ = 0; /* the root owns OPT (RFC 6891 s6.1.2) */
	NS_PUT16(ns_t_opt, p);
	NS_PUT16(RESOLVE_UDP_MAX, p);
	NS_PUT32(secure ? OPT_DO : 0u, p);
	NS_PUT16(0, p);
	return (size_t)(p - out);
}

/* ---- answers ------------------------------------------------------------------------ */
static bool
is_same_name(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

static bool
is_ours(ns_msg *msg, const struct resolve_question_text *question)
{
	ns_rr rr;

	if (ns_msg_id(*msg) != question->id || !ns_msg_getflag(*msg, ns_f_qr) ||
	    ns_msg_getflag(*msg, ns_f_opcode) != ns_o_query || ns_msg_count(*msg, ns_s_qd) != 1)
		return false;
	return ns_parserr(msg, ns_s_qd, 0, &rr) == 0 &&
	       is_same_name(ns_rr_name(rr), question->name) &&
	       (int)ns_rr_type(rr) == types[question->type].wire && ns_rr_class(rr) == ns_c_in;
}

static void
note_ttl(struct draft *draft, uint32_t ttl)
{
	if (ttl > INT32_MAX)
		ttl = 0; /* RFC 2181 s8 */
	if (!draft->has_ttl || ttl < draft->ttl_sec)
		draft->ttl_sec = ttl;
	draft->has_ttl = true;
}

/* read_name - the name at p in the packet, cleaned; false: not a host name. */
static bool
read_name(ns_msg *msg, const unsigned char *p, char also, char out[RESOLVE_NAME_SIZE])
{
	char text[NS_MAXDNAME];

	if (dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), p, text, sizeof text) < 0)
		return false;
	if (text[0] == '\0') { /* the root: a null MX (RFC 7505) */
		out[0] = '\0';
		return true;
	}
	return clean(span_of(text), also, out);
}

static void
add_address(struct draft *draft, const unsigned char *p, size_t bytes)
{
	union resolve_record *record = &draft->record[draft->count];

	for (size_t i = 0; i < draft->count; i++) {
		if (memcmp(draft->record[i].address, p, bytes) == 0)
			return;
	}
	memset(record, 0, sizeof *record);
	memcpy(record->address, p, bytes);
	draft->count++;
}

/* place_for_mx - where a host of this preference goes, so that the best are kept
 * when there are too many; the name's earlier and worse place is taken. */
static size_t
place_for_mx(const struct draft *draft, uint16_t preference, const char *name)
{
	size_t worst = 0;

	for (size_t i = 0; i < draft->count; i++) {
		if (is_same_name(draft->name[i], name))
			return preference < draft->record[i].mx.preference ? i : SIZE_MAX;
	}
	if (draft->count < RESOLVE_RECORDS_MAX)
		return draft->count;
	for (size_t i = 1; i < draft->count; i++) {
		if (draft->record[i].mx.preference > draft->record[worst].mx.preference)
			worst = i;
	}
	return preference < draft->record[worst].mx.preference ? worst : SIZE_MAX;
}

static void
add_mx(struct draft *draft, ns_msg *msg, const ns_rr *rr)
{
	char name[RESOLVE_NAME_SIZE];
	uint16_t preference;
	size_t place;

	if (ns_rr_rdlen(*rr) < 3)
		return;
	if (!read_name(msg, ns_rr_rdata(*rr) + 2, '\0', name))
		memcpy(name, RESOLVE_NO_HOST, sizeof RESOLVE_NO_HOST);
	preference = (uint16_t)ns_get16(ns_rr_rdata(*rr));
	place = place_for_mx(draft, preference, name);
	if (place == SIZE_MAX)
		return;
	memcpy(draft->name[place], name, sizeof name);
	draft->record[place].mx.preference = preference;
	draft->record[place].mx.name = draft->name[place];
	if (place == draft->count)
		draft->count++;
}

/* a name that is no host name is nobody's */
static void
add_ptr(struct draft *draft, ns_msg *msg, const ns_rr *rr)
{
	char *name = draft->name[draft->count];

	if (draft->count == RESOLVE_RECORDS_MAX ||
	    !read_name(msg, ns_rr_rdata(*rr), '\0', name) || name[0] == '\0')
		return;
	draft->record[draft->count].mx.preference = 0;
	draft->record[draft->count].mx.name = name;
	draft->count++;
}

static void
add_record(struct draft *draft, ns_msg *msg, const ns_rr *rr, enum resolve_type type)
{
	note_ttl(draft, ns_rr_ttl(*rr));
	if (type == RESOLVE_PTR)
		add_ptr(draft, msg, rr);
	else if (types[type].bytes == 0)
		add_mx(draft, msg, rr);
	else if (ns_rr_rdlen(*rr) == types[type].bytes && draft->count < types[type].max)
		add_address(draft, ns_rr_rdata(*rr), types[type].bytes);
}

/* collect - all records of owner; the target of its CNAME, if it has one, to
 * alias. Returns -1 when the section cannot be read. */
static int
collect(ns_msg *msg, const char *owner, enum resolve_type type, struct draft *draft,
        char alias[RESOLVE_NAME_SIZE])
{
	int count = ns_msg_count(*msg, ns_s_an);
	char also = type == RESOLVE_PTR ? '/' : '\0'; /* RFC 2317 */
	ns_rr rr;

	alias[0] = '\0';
	for (int i = 0; i < count; i++) {
		if (ns_parserr(msg, ns_s_an, i, &rr) != 0)
			return -1;
		if (ns_rr_class(rr) != ns_c_in || !is_same_name(ns_rr_name(rr), owner))
			continue;
		if ((int)ns_rr_type(rr) == types[type].wire) {
			add_record(draft, msg, &rr, type);
		} else if (ns_rr_type(rr) == ns_t_cname && alias[0] == '\0') {
			note_ttl(draft, ns_rr_ttl(rr));
			if (!read_name(msg, ns_rr_rdata(rr), also, alias))
				return -1;
		}
	}
	return 0;
}

/* read_soa - how long "no" may be believed (RFC 2308 s5): the smaller of the
 * SOA's TTL and its last field. */
static bool
read_soa(ns_msg *msg, struct draft *draft)
{
	int count = ns_msg_count(*msg, ns_s_ns);
	ns_rr rr;

	for (int i = 0; i < count; i++) {
		if (ns_parserr(msg, ns_s_ns, i, &rr) != 0)
			return false;
		if (ns_rr_type(rr) != ns_t_soa || ns_rr_rdlen(rr) < 22)
			continue;
		note_ttl(draft, ns_rr_ttl(rr));
		note_ttl(draft, (uint32_t)ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) - 4));
		return true;
	}
	return false;
}

/* pack - one allocation: the struct, its records, then the names. */
static struct resolve_answer *
pack(const struct draft *draft, enum resolve_status status, bool is_secure, bool has_names)
{
	size_t bytes = sizeof(struct resolve_answer) + draft->count * sizeof draft->record[0];
	struct resolve_answer *answer;
	char *to;

	for (size_t i = 0; has_names && i < draft->count; i++)
		bytes += strlen(draft->name[i]) + 1;
	answer = mem_alloc(bytes);
	*answer = (struct resolve_answer){ .status = status, .is_secure = is_secure,
		                           .ttl_sec = draft->ttl_sec, .has_ttl = draft->has_ttl,
		                           .count = draft->count };
	memcpy(answer->record, draft->record, draft->count * sizeof draft->record[0]);
	to = (char *)(answer->record + draft->count);
	for (size_t i = 0; has_names && i < draft->count; i++) {
		size_t n = strlen(draft->name[i]) + 1;

		memcpy(to, draft->name[i], n);
		answer->record[i].mx.name = to;
		to += n;
	}
	return answer;
}

static struct resolve_answer *
read_answer(ns_msg *msg, const struct resolve_question_text *question)
{
	struct draft draft;
	char owner[RESOLVE_NAME_SIZE], alias[RESOLVE_NAME_SIZE];
	bool is_secure = ns_msg_getflag(*msg, ns_f_ad);
	bool is_absent = ns_msg_getflag(*msg, ns_f_rcode) == ns_r_nxdomain;
	bool has_soa;
	size_t n = strlen(question->name);

	if (n >= sizeof owner)
		return NULL;
	memcpy(owner, question->name, n + 1);
	draft.count = 0;
	draft.ttl_sec = 0;
	draft.has_ttl = false;
	for (int hop = 0; hop <= RESOLVE_ALIASES_MAX; hop++) {
		if (collect(msg, owner, question->type, &draft, alias))
			return NULL;
		if (draft.count || alias[0] == '\0')
			break;
		if (hop == RESOLVE_ALIASES_MAX)
			return resolve_answer_failed("too many CNAMEs in a row");
		memcpy(owner, alias, sizeof owner);
	}
	if (draft.count)
		return pack(&draft, RESOLVE_FOUND, is_secure, types[question->type].bytes == 0);
	has_soa = read_soa(msg, &draft);
	if (!is_absent && !has_soa && strcasecmp(owner, question->name) != 0) {
		/* the server did not go after the alias: it is authoritative for another zone */
		memcpy(draft.name[0], owner, sizeof owner);
		draft.record[0].mx.name = draft.name[0];
		draft.record[0].mx.preference = 0;
		draft.count = 1;
		return pack(&draft, RESOLVE_ALIAS, is_secure, true);
	}
	return pack(&draft, is_absent ? RESOLVE_NXDOMAIN : RESOLVE_NODATA, is_secure, false);
}

bool
resolve_packet_is_refusal(int rcode, const char **why_out)
{
	*why_out = "an unusual error code";
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (refusals[i].rcode == rcode)
			*why_out = refusals[i].why;
	return rcode != ns_r_noerror && rcode != ns_r_nxdomain;
}

enum resolve_packet
resolve_packet_parse(const struct resolve_question_text *question, const unsigned char *packet,
                     size_t n, struct resolve_answer **answer_out, const char **why_out)
{
	ns_msg msg;
	int rcode;

	if (n > RESOLVE_TCP_MAX || ns_initparse(packet, (int)n, &msg) != 0 ||
	    !is_ours(&msg, question))
		return RESOLVE_PACKET_FOREIGN;
	if (ns_msg_getflag(msg, ns_f_tc))
		return RESOLVE_PACKET_TRUNCATED;
	rcode = ns_msg_getflag(msg, ns_f_rcode);
	if (rcode == ns_r_formerr || rcode == ns_r_notimpl)
		return RESOLVE_PACKET_NO_EDNS;
	if (resolve_packet_is_refusal(rcode, why_out))
		return RESOLVE_PACKET_REFUSED;
	*why_out = "malformed answer";
	*answer_out = read_answer(&msg, question);
	return *answer_out ? RESOLVE_PACKET_ANSWER : RESOLVE_PACKET_REFUSED;
}

struct resolve_answer *
resolve_answer_failed(const char *why)
{
	struct resolve_answer *answer = mem_zero(1, sizeof *answer);

	answer->status = RESOLVE_FAILED;
	answer->why = why;
	return answer;
}
