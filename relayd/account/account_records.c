/* account_records.c - see account_records.h. */
#include "account_records.h"

#include <string.h>

#include <arpa/inet.h>

#include "base/clock.h"

#define RECORD_MAX 2048
#define OTHERS_MAX 8 /* records that are no keys */

struct draft {
	const struct account_domain *domain;
	const struct account_records_facts *facts;
	struct arena *arena;
	struct account_record *record;
	size_t count;
};

static const char *const advice[] = {
	"p=none changes nothing for anybody's mail: it asks for reports. Make sure that somebody "
	"gets them.",
	"After two to four weeks of reports in which everything you send passes (other systems "
	"that send as the domain too), publish p=quarantine.",
	"After as long again without good mail in quarantine, publish p=reject. Then nobody can "
	"send as the domain but you, and mail that passes is trusted more.",
	"On the way, sp= says what counts for subdomains; t=y asks receivers not to act yet.",
};

const char *
account_records_advice(size_t i)
{
	return i < sizeof advice / sizeof *advice ? advice[i] : NULL;
}

/* ---- addresses ------------------------------------------------------------- */

/* networks that no server elsewhere gets mail from (RFC 6890) */
static const struct {
	int family;
	const char *network;
	unsigned bits;
} hidden[] = {
	{ AF_INET, "0.0.0.0", 8 },	{ AF_INET, "10.0.0.0", 8 },
	{ AF_INET, "100.64.0.0", 10 },	{ AF_INET, "127.0.0.0", 8 },
	{ AF_INET, "169.254.0.0", 16 }, { AF_INET, "172.16.0.0", 12 },
	{ AF_INET, "192.168.0.0", 16 }, { AF_INET, "224.0.0.0", 3 },
	{ AF_INET6, "::", 96 },		{ AF_INET6, "::ffff:0:0", 96 },
	{ AF_INET6, "fc00::", 7 },	{ AF_INET6, "fe80::", 10 },
	{ AF_INET6, "ff00::", 8 },
};

static bool
is_within(const unsigned char *address, const unsigned char *network, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(address, network, whole) == 0 &&
	       (rest == 0 || ((address[whole] ^ network[whole]) >> (8 - rest)) == 0);
}

bool
account_records_is_public(const char *address)
{
	unsigned char bytes[16], network[16];
	int family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;

	if (inet_pton(family, address, bytes) != 1)
		return false;
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (hidden[i].family == family &&
		    inet_pton(family, hidden[i].network, network) == 1 &&
		    is_within(bytes, network, hidden[i].bits))
			return false;
	return true;
}

/* write_spf - softfails what is not ours: the operator knows who else sends for the
 * domain, we do not. */
static const char *
write_spf(const struct draft *draft)
{
	const struct account_records_facts *facts = draft->facts;
	struct buf value;
	const char *text;
	size_t listed = 0;

	buf_init(&value, ACCOUNT_ZONE_MAX_BYTES);
	(void)buf_append_text(&value, "v=spf1");
	for (size_t i = 0; i < facts->addresses; i++) {
		bool is_six = strchr(facts->address[i], ':') != NULL;

		if (!account_records_is_public(facts->address[i]))
			continue;
		(void)buf_printf(&value, " %s:%s", is_six ? "ip6" : "ip4", facts->address[i]);
		listed++;
	}
	if (listed == 0)
		(void)buf_printf(&value, " a:%s", facts->hostname);
	(void)buf_append_text(&value, " ~all");
	text = arena_span(draft->arena, buf_span(&value));
	buf_deinit(&value);
	return text;
}

/* ---- records ----------------------------------------------------------------- */
static struct account_record *
add(struct draft *draft, const char *purpose, const char *prefix, const char *type,
    const char *value)
{
	struct account_record *record = &draft->record[draft->count++];

	*record = (struct account_record){
		.purpose = purpose,
		.name = arena_printf(draft->arena, "%s%s", prefix, draft->domain->name),
		.type = type,
		.ttl_sec = ACCOUNT_RECORDS_TTL_SEC,
		.value = value,
	};
	return record;
}

/* what is said of the record of a key that does not sign */
static const char *const key_notes[STORE_KEY_STATE_COUNT] = {
	[STORE_KEY_NEW] = "The next key: mail is signed with it once this is seen everywhere.",
	[STORE_KEY_PUBLISHED] = "The next key: seen everywhere, it signs soon.",
	[STORE_KEY_RETIRED] = "The key before: keep it, mail signed with it is verified still.",
};

static int
add_key(struct draft *draft, const struct account_key *key, struct err *err)
{
	struct account_record *record;
	struct buf value;
	int rc;

	buf_init(&value, RECORD_MAX);
	rc = dkim_key_write_record(key->key, &value, err);
	if (rc == 0) {
		record = add(draft, "dkim",
			     arena_printf(draft->arena, "%s._domainkey.", key->selector), "TXT",
			     arena_span(draft->arena, buf_span(&value)));
		record->is_optional = !key->is_active;
		record->note = key_notes[key->state];
	}
	buf_deinit(&value);
	return rc;
}

/* add_report_permission - who is to get reports about a domain of another organisation
 * agrees to it in that one's zone (RFC 7489 s7.1, RFC 9990 s4) */
static void
add_report_permission(struct draft *draft)
{
	const char *at = draft->facts->reports_to ? strrchr(draft->facts->reports_to, '@') : NULL;
	struct account_record *record;

	if (at == NULL || span_is_nocase(span_of(at + 1), draft->domain->name))
		return;
	record = add(draft, "dmarc_report", "", "TXT", "v=DMARC1");
	record->name =
		arena_printf(draft->arena, "%s._report._dmarc.%s", draft->domain->name, at + 1);
	record->note = arena_printf(draft->arena,
				    "In the zone of %s: it agrees to get the reports.", at + 1);
}

static void
add_policies(struct draft *draft)
{
	const char *to = draft->facts->reports_to;
	char created[CLOCK_RFC3339_SIZE];
	struct account_record *record;

	if (to == NULL)
		to = arena_printf(draft->arena, "dmarc-reports@%s", draft->domain->name);
	record = add(draft, "dmarc", "_dmarc.", "TXT",
		     arena_printf(draft->arena, "v=DMARC1; p=none; rua=mailto:%s", to));
	record->note = arena_printf(draft->arena, "Reports go to %s; it must exist.", to);
	add_report_permission(draft);
	clock_format_rfc3339(draft->domain->created_unix_ms, created);
	record = add(draft, "mta_sts", "_mta-sts.", "TXT",
		     arena_printf(draft->arena, "v=STSv1; id=%.4s%.2s%.2s%.2s%.2s%.2s", created,
				  created + 5, created + 8, created + 11, created + 14,
				  created + 17));
	record->is_optional = true;
	record->note = arena_printf(draft->arena,
				    "About mail that the domain receives, and only with the policy "
				    "at https://mta-sts.%s/.well-known/mta-sts.txt; a new id for "
				    "each change of it.",
				    draft->domain->name);
	record = add(draft, "tls_report", "_smtp._tls.", "TXT",
		     arena_printf(draft->arena, "v=TLSRPTv1; rua=mailto:%s",
				  draft->facts->reports_to
					  ? draft->facts->reports_to
					  : arena_printf(draft->arena, "tls-reports@%s",
							 draft->domain->name)));
	record->is_optional = true;
	record->note = "About mail that the domain receives: where others report failures of TLS.";
}

int
account_records_list(const struct account_domain *domain, const struct account_records_facts *facts,
		     struct arena *arena, struct account_record **records_out, struct err *err)
{
	struct draft draft = { .domain = domain, .facts = facts, .arena = arena };
	const char *spf;

	draft.record = arena_zero(arena, (domain->keys + OTHERS_MAX) * sizeof *draft.record);
	for (size_t i = 0; i < domain->keys; i++)
		if (domain->key[i].state != STORE_KEY_UNNEEDED &&
		    add_key(&draft, &domain->key[i], err) < 0)
			return -1;
	spf = write_spf(&draft);
	add(&draft, "spf", "", "TXT", spf)->note =
		"Only one SPF record is allowed: if there is one, add what this has before its "
		"\"all\".";
	add(&draft, "return_path", ACCOUNT_RETURN_PATH ".", "MX",
	    arena_printf(arena, "10 %s", facts->hostname));
	add(&draft, "return_path", ACCOUNT_RETURN_PATH ".", "TXT", spf);
	add_policies(&draft);
	*records_out = draft.record;
	return (int)draft.count;
}

static void
write_text(const char *value, struct buf *out)
{
	size_t in_string = 0;

	(void)buf_append_text(out, "\"");
	for (; *value != '\0'; value++) {
		if (in_string == 255) {
			(void)buf_append_text(out, "\" \"");
			in_string = 0;
		}
		if (*value == '"' || *value == '\\')
			(void)buf_append_text(out, "\\");
		(void)buf_append(out, value, 1);
		in_string++;
	}
	(void)buf_append_text(out, "\"");
}

int
account_records_write_zone(const struct account_record *record, size_t records, struct buf *out,
			   struct err *err)
{
	for (size_t i = 0; i < records; i++) {
		bool is_text = strcmp(record[i].type, "TXT") == 0;

		bool is_for_later = record[i].is_optional && strcmp(record[i].purpose, "dkim") != 0;

		(void)buf_printf(out, "%s%s.\t%u\tIN\t%s\t", is_for_later ? "; " : "",
				 record[i].name, record[i].ttl_sec, record[i].type);
		if (is_text)
			write_text(record[i].value, out);
		else
			(void)buf_printf(out, "%s.", record[i].value); /* ends in a host name */
		if (buf_append_text(out, "\n") < 0)
			return err_set(err, ERR_LIMIT, 0, "the zone text is too long");
	}
	return 0;
}
