/* control_audit_match.c - see control_audit_match.h. */
#include "control/control_audit_match.h"

static bool
is_known(enum api_term_key key)
{
	return api_term_is_of_audit(key) || key == API_TERM_SINCE || key == API_TERM_UNTIL
	       || key == API_TERM_CRED || key == API_TERM_DOMAIN || key == API_TERM_WORD;
}

int
control_audit_match_check(const struct api_terms *terms, struct api_error *error)
{
	for (size_t i = 0; i < terms->count; i++)
		if (!is_known(terms->term[i].key))
			return api_error_set(error, API_ERROR_PARAMS,
			                     "%s: is not known of the audit log; there are who: "
			                     "what: object: via: since: until: cred: domain: and "
			                     "words", api_term_key_name(terms->term[i].key));
	return 0;
}

static bool
contains(const char *text, struct span part)
{
	struct span whole = span_of(text);

	for (size_t i = 0; part.n <= whole.n && i <= whole.n - part.n; i++)
		if (span_equals_nocase((struct span){ whole.p + i, part.n }, part))
			return true;
	return false;
}

static bool
is_who(const struct store_audit *row, struct span wanted)
{
	unsigned long long uid;

	return span_match_nocase(span_of(row->who), wanted)
	       || (span_to_u64(wanted, &uid) && uid == row->uid);
}

/* is_action - "queue.hold", "*.hold", or "queue": all that was done to queues. */
static bool
is_action(struct span action, struct span wanted)
{
	return span_match_nocase(action, wanted)
	       || (action.n > wanted.n && action.p[wanted.n] == '.'
	           && span_equals_nocase((struct span){ action.p, wanted.n }, wanted));
}

/* is_object - part of the name, or a pattern: *@x.example. */
static bool
is_object(const struct store_audit *row, struct span wanted)
{
	return contains(row->object, wanted) || span_match_nocase(span_of(row->object), wanted);
}

/* is_of_kind - "shop" and "cred:shop" are the same credential: acts name it either way. */
static bool
is_of_kind(const struct store_audit *row, const struct api_term *term)
{
	struct span value, kind = span_cut(span_of(row->object), ':', &value);

	return span_equals_nocase(span_is(kind, api_term_key_name(term->key))
	                                  ? value : span_of(row->object), term->value);
}

static bool
holds(const struct api_term *term, const struct store_audit *row)
{
	switch (term->key) {
	case API_TERM_WHO:
		return is_who(row, term->value);
	case API_TERM_WHAT:
		return is_action(span_of(row->action), term->value);
	case API_TERM_OBJECT:
		return is_object(row, term->value);
	case API_TERM_VIA:
		return span_match_nocase(span_of(row->via), term->value);
	case API_TERM_CRED:
	case API_TERM_DOMAIN:
		return is_of_kind(row, term);
	case API_TERM_SINCE:
		return row->at_unix_ms >= term->number;
	case API_TERM_UNTIL:
		return row->at_unix_ms <= term->number;
	default:
		return contains(row->who, term->value) || contains(row->action, term->value)
		       || contains(row->object, term->value) || contains(row->detail, term->value);
	}
}

bool
control_audit_match(const struct api_terms *terms, const struct store_audit *row)
{
	for (size_t i = 0; i < terms->count; i++)
		if (!holds(&terms->term[i], row))
			return false;
	return true;
}
