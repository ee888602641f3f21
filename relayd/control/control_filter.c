/* control_filter.c - see control_filter.h. */
#include "control/control_filter.h"

#include <assert.h>
#include <string.h>

#include "api/api_names.h"
#include "base/clock.h"
#include "base/id.h"

static int
refuse_audit(enum api_term_key key, struct api_error *error)
{
	return api_error_set(error, API_ERROR_PARAMS,
	                     "%s: narrows the audit log only: relaycli audit list",
	                     api_term_key_name(key));
}

int
control_terms_of(const struct control_call *call, struct api_terms *terms_out,
                 struct api_error *error)
{
	const json_t *list = api_json_get_array(call->params, "terms"), *one;
	const char *filter = control_text(call, "filter");
	int64_t now = clock_unix_ms();
	struct err err;
	size_t i;

	terms_out->count = 0;
	if (filter && api_terms_parse(span_of(filter), now, terms_out, &err) < 0)
		return api_error_from_err(error, &err);
	json_array_foreach(list, i, one) {
		struct span text = { json_string_value(one), json_string_length(one) };

		if (api_terms_add(terms_out, text, now, &err) < 0)
			return api_error_from_err(error, &err);
	}
	for (i = 0; call->method->fn != control_audit_list && i < terms_out->count; i++)
		if (api_term_is_of_audit(terms_out->term[i].key))
			return refuse_audit(terms_out->term[i].key, error);
	return 0;
}

/* ---- as a question ------------------------------------------------------- */

struct filling {
	struct arena *arena;
	struct store_query *query;
};

/* text_of - exact, start* or *part*. */
static struct store_text
text_of(struct filling *f, struct span value)
{
	enum store_match match = STORE_MATCH_EXACT;

	if (value.n > 1 && value.p[value.n - 1] == '*') {
		match = STORE_MATCH_PREFIX;
		value.n--;
	}
	if (value.n > 1 && value.p[0] == '*') {
		match = STORE_MATCH_SUBSTRING;
		value.p++;
		value.n--;
	}
	return (struct store_text){ match, arena_span(f->arena, value) };
}

static void
fill_to(struct filling *f, const struct api_term *term)
{
	const char *at;

	if (term->value.n > 1 && term->value.p[0] == '@') {
		struct span domain = { term->value.p + 1, term->value.n - 1 };

		f->query->recipient_domain = arena_span(f->arena, domain);
		return;
	}
	f->query->recipient = text_of(f, term->value);
	if (f->query->recipient.match != STORE_MATCH_EXACT)
		return;
	if ((at = memchr(term->value.p, '@', term->value.n)) == NULL)
		f->query->recipient.match =
			STORE_MATCH_SUBSTRING; /* to:lee means somebody called lee */
	else if (memchr(at, '.', term->value.n - (size_t)(at - term->value.p)) == NULL)
		f->query->recipient.match = STORE_MATCH_PREFIX; /* b.lee@, b.lee@gma: the rest
								 * is not known */
}

static void
fill_from(struct filling *f, const struct api_term *term)
{
	if (term->value.n > 1 && term->value.p[0] == '@'
	    && !memchr(term->value.p, '*', term->value.n)) {
		struct span domain = { term->value.p + 1, term->value.n - 1 };

		f->query->sender_domain = arena_span(f->arena, domain);
		return;
	}
	f->query->sender = text_of(f, term->value);
	if (f->query->sender.match == STORE_MATCH_EXACT
	    && !memchr(term->value.p, '@', term->value.n))
		f->query->sender.match = STORE_MATCH_SUBSTRING;
}

static void
fill_domain(struct filling *f, const struct api_term *term)
{
	f->query->recipient_domain = arena_span(f->arena, term->value);
}

static void
fill_cred(struct filling *f, const struct api_term *term)
{
	f->query->credential = arena_span(f->arena, term->value);
}

static void
fill_status(struct filling *f, const struct api_term *term)
{
	bool is_any = span_is(term->value, API_STATUS_WAITING);
	const struct api_status *known;
	enum mail_status status;

	for (size_t i = 0; (known = api_status_at(i)) != NULL; i++)
		if ((is_any ? known->fate == API_FATE_WAITING : span_is(term->value, known->name))
		    && mail_status_parse(span_of(known->name), &status))
			f->query->statuses |= 1u << status;
}

static void
fill_category(struct filling *f, const struct api_term *term)
{
	(void)verdict_category_parse(term->value, &f->query->category);
}

static void
fill_code(struct filling *f, const struct api_term *term)
{
	f->query->code = (int)term->number;
}

static void
fill_ip(struct filling *f, const struct api_term *term)
{
	f->query->remote_address = arena_span(f->arena, term->value);
}

static void
fill_tag(struct filling *f, const struct api_term *term)
{
	f->query->tag = arena_span(f->arena, term->value);
}

static void
fill_subject(struct filling *f, const struct api_term *term)
{
	f->query->subject = text_of(f, term->value);
	if (f->query->subject.match == STORE_MATCH_EXACT)
		f->query->subject.match = STORE_MATCH_SUBSTRING;
}

static void
fill_msgid(struct filling *f, const struct api_term *term)
{
	struct span id = term->value;

	if (id.n > 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		id = (struct span){ id.p + 1, id.n - 2 };
	f->query->message_id = arena_span(f->arena, id);
}

static void
fill_id(struct filling *f, const struct api_term *term)
{
	f->query->id = (uint64_t)term->number;
}

static void
fill_since(struct filling *f, const struct api_term *term)
{
	f->query->since_unix_ms = term->number;
}

static void
fill_until(struct filling *f, const struct api_term *term)
{
	f->query->until_unix_ms = term->number;
}

static void (*const fill_of[])(struct filling *f, const struct api_term *term) = {
	[API_TERM_TO] = fill_to,
	[API_TERM_FROM] = fill_from,
	[API_TERM_DOMAIN] = fill_domain,
	[API_TERM_CRED] = fill_cred,
	[API_TERM_STATUS] = fill_status,
	[API_TERM_CATEGORY] = fill_category,
	[API_TERM_CODE] = fill_code,
	[API_TERM_IP] = fill_ip,
	[API_TERM_TAG] = fill_tag,
	[API_TERM_SUBJECT] = fill_subject,
	[API_TERM_MSGID] = fill_msgid,
	[API_TERM_ID] = fill_id,
	[API_TERM_SINCE] = fill_since,
	[API_TERM_UNTIL] = fill_until,
	[API_TERM_WORD] = NULL,
};
static_assert(sizeof fill_of / sizeof *fill_of == API_TERM_KEY_COUNT, "a slot per key");

/* fill_subject_of_find - what somebody types after `find` without a key. */
static void
fill_bare(struct filling *f, const struct api_term *term)
{
	struct span word = term->value;
	uint64_t id;

	if (word.n > 2 && word.p[0] == '<' && word.p[word.n - 1] == '>') {
		fill_msgid(f, term);
	} else if (word.n == 13 && id_parse(word, &id)) {
		f->query->id = id;
	} else if (memchr(word.p, '@', word.n)) {
		fill_to(f, term);
	} else {
		f->query->word[f->query->words++] = arena_span(f->arena, word);
	}
}

static int
fill_word(struct filling *f, const struct api_term *term, bool is_first, struct api_error *error)
{
	if (f->query->words == STORE_QUERY_WORDS_MAX)
		return api_error_set(error, API_ERROR_PARAMS, "more than %d bare words",
		                     STORE_QUERY_WORDS_MAX);
	if (is_first)
		fill_bare(f, term);
	else
		f->query->word[f->query->words++] = arena_span(f->arena, term->value);
	return 0;
}

int
control_query_fill(const struct api_terms *terms, bool is_find, struct arena *arena,
                   struct store_query *query_out, struct api_terms *events_out,
                   struct api_error *error)
{
	struct filling f = { arena, query_out };
	bool is_first = is_find;

	if (events_out)
		events_out->count = 0;
	for (size_t i = 0; i < terms->count; i++) {
		const struct api_term *term = &terms->term[i];

		if (term->key == API_TERM_WORD) {
			if (fill_word(&f, term, is_first, error) < 0)
				return -1;
			is_first = false;
		} else if (fill_of[term->key]) {
			fill_of[term->key](&f, term);
		} else if (events_out) {
			events_out->term[events_out->count++] = *term;
		} else if (api_term_is_of_audit(term->key)) {
			return refuse_audit(term->key, error);
		} else {
			return api_error_set(error, API_ERROR_PARAMS, "%s: narrows events only; "
			                     "messages are not searched by it",
			                     api_term_key_name(term->key));
		}
	}
	return 0;
}

/* ---- as a test of an event ----------------------------------------------- */

static struct span
domain_of(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	return at ? span_of(at + 1) : SPAN_EMPTY;
}

static bool
contains_nocase(struct span text, struct span part)
{
	for (size_t i = 0; part.n <= text.n && i <= text.n - part.n; i++)
		if (span_equals_nocase((struct span){ text.p + i, part.n }, part))
			return true;
	return false;
}

static bool
address_is(const char *address, struct span wanted)
{
	if (!address)
		return false;
	if (wanted.n > 0 && wanted.p[0] == '@')
		return span_equals_nocase(domain_of(address),
		                          (struct span){ wanted.p + 1, wanted.n - 1 });
	if (memchr(wanted.p, '*', wanted.n))
		return span_match_nocase(span_of(address), wanted);
	if (memchr(wanted.p, '@', wanted.n))
		return span_equals_nocase(span_of(address), wanted);
	return contains_nocase(span_of(address), wanted);
}

static bool
text_is(const char *text, struct span wanted)
{
	return text && span_equals_nocase(span_of(text), wanted);
}

static bool
tls_is(const struct mail_event *event, struct span wanted)
{
	if (span_is_nocase(wanted, "none"))
		return event->tls_version && event->tls_version[0] == '\0';
	return text_is(event->tls_version, wanted) || text_is(event->tls_verified, wanted);
}

static bool
has_word(const struct mail_event *event, struct span word)
{
	const struct span places[] = {
		span_of(event->recipient),
		span_of(event->credential),
		span_of(event->sender_domain),
		span_of(event->site),
		span_of(event->remote_host),
		span_of(event->detail),
		event->reply,
	};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (contains_nocase(places[i], word))
			return true;
	return text_is(mail_event_kind_name(event->kind), word);
}

static bool
holds(const struct api_term *term, const struct mail_event *event)
{
	switch (term->key) {
	case API_TERM_TO:
		return address_is(event->recipient, term->value);
	case API_TERM_FROM:
		return term->value.n > 1 && term->value.p[0] == '@'
			       ? text_is(event->sender_domain,
					 (struct span){ term->value.p + 1, term->value.n - 1 })
			       : text_is(event->sender_domain, term->value);
	case API_TERM_DOMAIN:
		return span_equals_nocase(domain_of(event->recipient), term->value);
	case API_TERM_CRED:
		return text_is(event->credential, term->value);
	case API_TERM_STATUS: /* of the event itself: "delivered" is both */
	case API_TERM_EVENT:
		return text_is(mail_event_kind_name(event->kind), term->value);
	case API_TERM_CATEGORY:
		return text_is(verdict_category_name(event->category), term->value);
	case API_TERM_CODE:
		return event->code == term->number;
	case API_TERM_IP:
		return text_is(event->remote_address, term->value) ||
		       text_is(event->source_address, term->value);
	case API_TERM_TLS:
		return tls_is(event, term->value);
	case API_TERM_ID:
		return event->message_id == (uint64_t)term->number;
	case API_TERM_SITE:
		return text_is(event->site, term->value);
	case API_TERM_SINCE:
		return event->at_unix_ms >= term->number;
	case API_TERM_UNTIL:
		return event->at_unix_ms <= term->number;
	case API_TERM_WORD:
		return has_word(event, term->value);
	default:
		return false;
	}
}

bool
control_event_matches(const struct api_terms *terms, const struct mail_event *event)
{
	for (size_t i = 0; i < terms->count; i++)
		if (!holds(&terms->term[i], event))
			return false;
	return true;
}
