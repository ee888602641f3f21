/* schedule_hold_rule.c - holds that are asked for in terms ("tag:night from:@x.example")
 * and stand: what they mean of the mail that comes later, and of what is read at start.
 *
 * A rule is its scope, written in one way only, so that a release finds it by its words.
 * It knows what is known of every message at both moments: tags, sender, credential,
 * recipient. What waits already is found in the log and labelled by the asker
 * (SCHEDULE_HOLD_MESSAGE with this scope), after the rule stands: so nothing falls
 * between the two. Without rules a message costs one look at an empty list.
 * Thread: scheduler. */
#include "schedule/schedule_hold.h"

#include <stdlib.h>
#include <string.h>
#include "api/api_term.h"
#include "base/buf.h"
#include "base/mem.h"

#define NAME_MAX_BYTES 512

struct schedule_hold_rule {
	struct list link;          /* schedule->rules_of_holds */
	struct schedule_hold *hold;
	struct api_terms terms;    /* values in hold->scope */
};

/* ---- names --------------------------------------------------------------------------- */

static bool
is_name(const char *text) /* of a queue, a pattern of queues, or one hold of messages */
{
	enum schedule_hold_kind kind = schedule_hold_kind_of(text);

	return text[0] == '[' || strchr(text, ':') == NULL || kind == SCHEDULE_HOLD_MESSAGES;
}

static int
check_term(const struct api_term *term, bool is_pattern, struct err *err)
{
	bool has_at = memchr(term->value.p, '@', term->value.n) != NULL;

	if (term->key != API_TERM_TAG && term->key != API_TERM_FROM && term->key != API_TERM_CRED
	    && term->key != API_TERM_DOMAIN && term->key != API_TERM_TO)
		return err_set(err, ERR_INPUT, 0,
		               "a hold that stands knows tag: from: to: domain: cred:; for what "
		               "waits now there is: relaycli message hold --match");
	if (is_pattern)
		return 0;
	if (memchr(term->value.p, '*', term->value.n))
		return err_set(err, ERR_INPUT, 0, "%s: a hold that stands takes no pattern",
		               api_term_key_name(term->key));
	if ((term->key == API_TERM_FROM || term->key == API_TERM_TO) && !has_at)
		return err_set(err, ERR_INPUT, 0,
		               "%s: a hold that stands takes @domain or a whole address",
		               api_term_key_name(term->key));
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct api_term *x = a, *y = b;

	return (int)x->key - (int)y->key;
}

static void
put_term(struct buf *out, const struct api_term *term)
{
	bool is_quoted = memchr(term->value.p, ' ', term->value.n) != NULL;
	bool is_folded = term->key != API_TERM_TAG && term->key != API_TERM_CRED;

	(void)buf_printf(out, "%s%s:%s", out->len ? " " : "", api_term_key_name(term->key),
	                 is_quoted ? "\"" : "");
	for (size_t i = 0; i < term->value.n; i++) {
		char c = term->value.p[i];

		if (is_folded && c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		(void)buf_append(out, &c, 1);
	}
	if (is_quoted)
		(void)buf_append_text(out, "\"");
}

static const char *
name_of(struct api_terms *terms, bool is_pattern, struct arena *arena, struct err *err)
{
	const char *name = NULL;
	struct buf out;

	qsort(terms->term, terms->count, sizeof terms->term[0], by_key);
	buf_init(&out, NAME_MAX_BYTES);
	for (size_t i = 0; i < terms->count; i++) {
		if (check_term(&terms->term[i], is_pattern, err) < 0)
			goto out;
		if (i > 0 && terms->term[i].key == terms->term[i - 1].key) {
			err_set(err, ERR_INPUT, 0, "%s: twice; all terms must hold, so give one",
			        api_term_key_name(terms->term[i].key));
			goto out;
		}
		put_term(&out, &terms->term[i]);
	}
	if (terms->count == 1 && terms->term[0].key == API_TERM_DOMAIN)
		name = arena_span(arena, buf_span(&out)) + strlen("domain:");
	else
		name = arena_span(arena, buf_span(&out));
out:
	buf_deinit(&out);
	return name;
}

const char *
schedule_hold_name(const char *text, bool is_pattern, struct arena *arena, struct err *err)
{
	struct api_terms terms;

	if (is_name(text))
		return arena_strdup(arena, text);
	if (strlen(text) > NAME_MAX_BYTES - 64) {
		err_set(err, ERR_INPUT, 0, "terms of more than %d bytes", NAME_MAX_BYTES - 64);
		return NULL;
	}
	if (api_terms_parse(span_of(text), 0, &terms, err) < 0)
		return NULL;
	return name_of(&terms, is_pattern, arena, err);
}

/* ---- rules --------------------------------------------------------------------------- */

int
schedule_hold_rule_start(struct schedule *s, struct schedule_hold *hold, struct err *err)
{
	struct schedule_hold_rule *rule = mem_zero(1, sizeof *rule);

	if (api_terms_parse(span_of(hold->scope), 0, &rule->terms, err) < 0) {
		mem_free(rule);
		return -1;
	}
	rule->hold = hold;
	hold->rule = rule;
	list_push_back(&s->hold_rules, &rule->link);
	s->hold_rule_count++;
	return 0;
}

void
schedule_hold_rule_end(struct schedule *s, struct schedule_hold *hold)
{
	if (hold->rule == NULL)
		return;
	list_remove(&hold->rule->link);
	s->hold_rule_count--;
	mem_free(hold->rule);
	hold->rule = NULL;
}

static bool
address_is(const char *address, struct span wanted)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	if (wanted.p[0] == '@')
		return at && span_equals_nocase(span_of(at), wanted);
	return address && span_equals_nocase(span_of(address), wanted);
}

static bool
has_tag(const struct schedule_origin *origin, struct span wanted)
{
	for (size_t i = 0; i < origin->tags; i++)
		if (span_equals(span_of(origin->tag[i]), wanted))
			return true;
	return false;
}

static bool
is_from(const struct schedule_origin *origin, struct span wanted)
{
	return address_is(origin->sender, wanted)
	       || (wanted.p[0] == '@' && origin->from_domain
	           && span_equals_nocase(span_of(origin->from_domain),
	                                 (struct span){ wanted.p + 1, wanted.n - 1 }));
}

static bool
term_means(const struct api_term *term, const struct schedule_origin *origin,
           const struct mail_recipient *r)
{
	switch (term->key) {
	case API_TERM_TAG:
		return has_tag(origin, term->value);
	case API_TERM_FROM:
		return is_from(origin, term->value);
	case API_TERM_CRED:
		return origin->credential
		       && span_equals(span_of(origin->credential), term->value);
	case API_TERM_DOMAIN:
		return span_equals_nocase(span_of(r->domain), term->value);
	case API_TERM_TO:
		return address_is(r->address, term->value)
		       || (term->value.p[0] == '@'
		           && span_equals_nocase(span_of(r->domain),
		                                 (struct span){ term->value.p + 1,
		                                                term->value.n - 1 }));
	default:
		return false;
	}
}

static bool
rule_means(const struct schedule_hold_rule *rule, const struct schedule_origin *origin,
           const struct mail_recipient *r)
{
	for (size_t i = 0; i < rule->terms.count; i++)
		if (!term_means(&rule->terms.term[i], origin, r))
			return false;
	return true;
}

struct schedule_label *
schedule_hold_rule_label(struct schedule *s, const struct schedule_origin *origin,
                         const struct mail_recipient *r, const struct schedule_decided *alone)
{
	struct schedule_decided decided = *alone;
	struct schedule_hold **hold;
	struct schedule_label *label;

	if (list_is_empty(&s->hold_rules))
		return schedule_label_get(s, alone);
	hold = mem_zero(s->hold_rule_count + 1, sizeof(struct schedule_hold *));
	if (alone->holds > 0)
		hold[0] = alone->hold[0];
	for (struct list *l = s->hold_rules.next; l != &s->hold_rules; l = l->next) {
		struct schedule_hold_rule *rule = LIST_OWNER(l, struct schedule_hold_rule, link);

		if (rule_means(rule, origin, r))
			hold[decided.holds++] = rule->hold;
	}
	decided.hold = hold;
	label = schedule_label_get(s, &decided);
	mem_free(hold);
	return label;
}
