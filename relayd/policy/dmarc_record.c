/* dmarc_record.c - see dmarc_record.h. */
#include "policy/dmarc_record.h"

#include <stdio.h>

#include "policy/tag_list.h"

#define VERSION "DMARC1"

enum slot {
	SLOT_P,
	SLOT_SP,
	SLOT_NP,
	SLOT_ASPF,
	SLOT_ADKIM,
	SLOT_PSD,
	SLOT_T,
	SLOT_RUA,
	SLOT_RUF,
	SLOT_FO,
	SLOT_PCT,
	SLOT_RF,
	SLOT_RI,
	SLOT_COUNT
};

/* what a tag may say: letters or words, "" for what has a reader of its own */
static const struct {
	const char *name, *values;
	bool is_removed;
} slots[SLOT_COUNT] = {
	[SLOT_P] = { "p", "none quarantine reject", false },
	[SLOT_SP] = { "sp", "none quarantine reject", false },
	[SLOT_NP] = { "np", "none quarantine reject", false },
	[SLOT_ASPF] = { "aspf", "r s", false },
	[SLOT_ADKIM] = { "adkim", "r s", false },
	[SLOT_PSD] = { "psd", "u y n", false },
	[SLOT_T] = { "t", "n y", false },
	[SLOT_RUA] = { "rua", "", false },
	[SLOT_RUF] = { "ruf", "", false },
	[SLOT_FO] = { "fo", "", false },
	[SLOT_PCT] = { "pct", "", true },
	[SLOT_RF] = { "rf", "", true },
	[SLOT_RI] = { "ri", "", true },
};

static const char *const policy_names[] = { "none", "quarantine", "reject" };
_Static_assert(sizeof policy_names / sizeof *policy_names == DMARC_POLICY_COUNT, "a name each");

const char *
dmarc_policy_name(enum dmarc_policy policy)
{
	return policy_names[policy];
}

static void
add_fault(struct dmarc_record *record, enum dmarc_fault_kind kind, struct span text)
{
	if (record->faults < DMARC_FAULTS_MAX)
		record->fault[record->faults++] = (struct dmarc_fault){ kind, text };
}

const char *
dmarc_fault_text(const struct dmarc_fault *fault, char *out, size_t n)
{
	static const struct {
		bool has_text;
		const char *text;
	} texts[DMARC_FAULT_COUNT] = {
		[DMARC_FAULT_NO_TAG] = { true, "is no tag=value; is a semicolon missing?" },
		[DMARC_FAULT_UNKNOWN] = { true, "is a tag that DMARC does not have; receivers "
						"ignore that tag" },
		[DMARC_FAULT_REMOVED] = { true, "is a tag that RFC 9989 has removed; some "
						"receivers still obey it, others do not" },
		[DMARC_FAULT_TWICE] = { true, "stands in it twice; only the first counts" },
		[DMARC_FAULT_VALUE] = { true, "has a value that it cannot have" },
		[DMARC_FAULT_URI] = { true, "is no address to report to (mailto:...)" },
		[DMARC_FAULT_NO_POLICY] = { false, "there is no policy (p=none, quarantine or "
						   "reject)" },
		[DMARC_FAULT_ORDER] = { false, "p= is not the second tag; receivers that go by RFC "
					       "7489 may ignore the whole record" },
	};
	char shown[64];

	if (texts[fault->kind].has_text)
		snprintf(out, n, "\"%s\" %s", tag_show(fault->text, shown),
			 texts[fault->kind].text);
	else
		snprintf(out, n, "%s", texts[fault->kind].text);
	return out;
}

/* cut_version - takes "v=DMARC1" and its semicolon off; case counts for the value */
static bool
cut_version(struct span txt, struct span *rest_out)
{
	struct tag tag;

	*rest_out = txt;
	return tag_next(rest_out, TAG_SPACED, &tag, NULL) == 1 && span_is(tag.name, "v") &&
	       span_is(tag.value, VERSION);
}

bool
dmarc_record_is(struct span txt)
{
	struct span rest;

	return cut_version(txt, &rest);
}

/* ---- values ------------------------------------------------------------------------------ */

/* place_in - which of the words, separated by spaces, value is; -1: none */
static int
place_in(const char *words, struct span value)
{
	struct span rest = span_of(words);

	for (int i = 0; rest.n > 0; i++)
		if (span_equals_nocase(span_cut(rest, ' ', &rest), value))
			return i;
	return -1;
}

struct span
dmarc_record_address(struct span uri)
{
	struct span address = { NULL, 0 }, size;

	if (!span_starts_nocase(uri, "mailto:"))
		return address;
	address = span_cut((struct span){ uri.p + 7, uri.n - 7 }, '!', &size);
	return span_cut(address, '?', &size);
}

/* is_uri - mailto: with an address, or another scheme with something behind it */
static bool
is_uri(struct span uri)
{
	struct span address = dmarc_record_address(uri);
	const char *at, *colon;

	if (span_starts_nocase(uri, "mailto:")) {
		at = address.n > 0 ? memchr(address.p, '@', address.n) : NULL;
		return at != NULL && at > address.p && at + 1 < address.p + address.n &&
		       memchr(address.p, ' ', address.n) == NULL;
	}
	colon = uri.n > 0 ? memchr(uri.p, ':', uri.n) : NULL;
	return colon != NULL && colon > uri.p && colon + 1 < uri.p + uri.n &&
	       memchr(uri.p, '@', (size_t)(colon - uri.p)) == NULL;
}

static void
read_uris(struct dmarc_record *record, enum slot slot, struct span list)
{
	while (list.n > 0) {
		struct span uri = span_trim(span_cut(list, ',', &list));

		if (!is_uri(uri))
			add_fault(record, DMARC_FAULT_URI, uri);
		else if (slot == SLOT_RUA && record->ruas < DMARC_URIS_MAX)
			record->rua[record->ruas++] = uri;
	}
}

static bool
read_percent(struct dmarc_record *record, struct span value)
{
	unsigned long long percent;

	if (value.n > 3 || !span_to_u64(value, &percent) || percent > 100)
		return false;
	record->percent = (unsigned)percent;
	return true;
}

static void
keep(struct dmarc_record *record, enum slot slot, int value)
{
	switch (slot) {
	case SLOT_P:
		record->has_policy = true;
		record->policy = (enum dmarc_policy)value;
		break;
	case SLOT_SP:
		record->has_sub_policy = true;
		record->sub_policy = (enum dmarc_policy)value;
		break;
	case SLOT_NP:
		record->has_absent_policy = true;
		record->absent_policy = (enum dmarc_policy)value;
		break;
	case SLOT_ASPF:
		record->is_spf_strict = value == 1;
		break;
	case SLOT_ADKIM:
		record->is_dkim_strict = value == 1;
		break;
	case SLOT_PSD:
		record->psd = (enum dmarc_psd)value;
		break;
	default:
		record->is_testing = value == 1;
	}
}

static void
read_tag(struct dmarc_record *record, enum slot slot, const struct tag *tag)
{
	int place;

	if (slots[slot].is_removed)
		add_fault(record, DMARC_FAULT_REMOVED, tag->name);
	if (slot == SLOT_RUA || slot == SLOT_RUF) {
		read_uris(record, slot, tag->value);
	} else if (slot == SLOT_PCT) {
		if (!read_percent(record, tag->value))
			add_fault(record, DMARC_FAULT_VALUE, tag->name);
	} else if (slots[slot].values[0] != '\0') {
		place = place_in(slots[slot].values, tag->value);
		if (place < 0)
			add_fault(record, DMARC_FAULT_VALUE, tag->name);
		else
			keep(record, slot, place);
	}
}

static enum slot
find_slot(struct span name)
{
	enum slot slot;

	for (slot = 0; slot < SLOT_COUNT; slot++)
		if (span_is_nocase(name, slots[slot].name))
			break;
	return slot;
}

static void
fill_in(struct dmarc_record *record, bool is_invalid_elsewhere)
{
	/* RFC 9989 s4.10.1: a bad p, sp or np makes p=none of it, if there is where to report */
	record->is_usable = (record->has_policy && !is_invalid_elsewhere) || record->ruas > 0;
	if (!record->has_policy || is_invalid_elsewhere)
		record->policy = record->sub_policy = record->absent_policy = DMARC_NONE;
	if (!record->has_sub_policy)
		record->sub_policy = record->policy;
	if (!record->has_absent_policy)
		record->absent_policy = record->sub_policy;
}

bool
dmarc_record_parse(struct span txt, struct dmarc_record *record_out)
{
	struct dmarc_record *record = record_out;
	bool has[SLOT_COUNT] = { false };
	struct span rest;
	struct tag tag;
	size_t count = 0, p_place = 0;
	int rc;

	memset(record, 0, sizeof *record);
	record->percent = 100;
	if (!cut_version(txt, &rest))
		return false;
	while ((rc = tag_next(&rest, TAG_SPACED, &tag, NULL)) != 0) {
		enum slot slot = rc > 0 ? find_slot(tag.name) : SLOT_COUNT;

		count++;
		if (rc < 0) {
			add_fault(record, DMARC_FAULT_NO_TAG, tag.name);
		} else if (slot == SLOT_COUNT) {
			add_fault(record, DMARC_FAULT_UNKNOWN, tag.name);
		} else if (has[slot]) {
			add_fault(record, DMARC_FAULT_TWICE, tag.name);
		} else {
			has[slot] = true;
			p_place = slot == SLOT_P ? count : p_place;
			read_tag(record, slot, &tag);
		}
	}
	if (p_place > 1)
		add_fault(record, DMARC_FAULT_ORDER, SPAN_EMPTY);
	if (!record->has_policy)
		add_fault(record, DMARC_FAULT_NO_POLICY, SPAN_EMPTY);
	fill_in(record, (has[SLOT_SP] && !record->has_sub_policy) ||
				(has[SLOT_NP] && !record->has_absent_policy));
	return true;
}
