/* spf_check.c - see spf_check.h.
 *
 *   check_host   record of a domain -> walk -> match or redirect
 *     walk       terms in order: include -> check_host; a, mx, ptr, exists -> ask
 */
#include "policy/spf_private.h"

static enum spf_result check_host(struct spf_state *state, struct spf_frame *frame);

/* ---- mechanisms ---------------------------------------------------------------------------------
 */
static enum spf_match
match_include(struct spf_state *state, const struct spf_frame *frame, const char *name)
{
	struct spf_frame inner = { name, frame->depth + 1 };
	enum spf_result result = check_host(state, &inner);

	if (state->is_stopped)
		return SPF_MATCH_STOPPED;
	if (result == SPF_NONE)
		return spf_stop(state, SPF_PERMERROR, "%s is included but has no SPF record", name);
	return result == SPF_PASS ? SPF_MATCH_YES : SPF_MATCH_NO;
}

static enum spf_match
match_a(struct spf_state *state, const struct spf_term *term, const char *name)
{
	struct resolve_set set;

	if (spf_ask_counted(state, name, spf_own_type(state), &set) == SPF_MATCH_STOPPED)
		return SPF_MATCH_STOPPED;
	return spf_is_among(state, &set, spf_own_prefix(state, term)) ? SPF_MATCH_YES
								      : SPF_MATCH_NO;
}

static enum spf_match
match_mx(struct spf_state *state, const struct spf_term *term, const char *name)
{
	struct resolve_set hosts;
	enum spf_match match;
	bool any = false;

	if (spf_ask_counted(state, name, RESOLVE_SET_MX, &hosts) == SPF_MATCH_STOPPED)
		return SPF_MATCH_STOPPED;
	if (hosts.count > SPF_HOSTS_MAX)
		return spf_stop(state, SPF_PERMERROR, "%s has more than %d MX hosts", name,
				SPF_HOSTS_MAX);
	for (size_t i = 0; i < hosts.count; i++) { /* all are asked for, then compared (s5.4) */
		if (hosts.record[i].data.n == 0)
			continue; /* null MX */
		match = match_a(state, term, arena_span(state->arena, hosts.record[i].data));
		if (match == SPF_MATCH_STOPPED)
			return match;
		any |= match == SPF_MATCH_YES;
	}
	return any ? SPF_MATCH_YES : SPF_MATCH_NO;
}

static enum spf_match
match_ptr(struct spf_state *state, const char *name)
{
	if (spf_find_names(state) == SPF_MATCH_STOPPED)
		return SPF_MATCH_STOPPED;
	for (size_t i = 0; i < state->names; i++)
		if (spf_is_or_below(state->name[i], name))
			return SPF_MATCH_YES;
	return SPF_MATCH_NO;
}

static enum spf_match
match_exists(struct spf_state *state, const char *name)
{
	struct resolve_set set;

	return spf_ask_counted(state, name, RESOLVE_SET_A, &set);
}

static enum spf_match
match_network(const struct spf_state *state, const struct spf_term *term)
{
	size_t bytes = term->kind == SPF_IP4 ? 4 : 16;

	return state->address_bytes == bytes &&
			       spf_has_prefix(state, term->address, spf_own_prefix(state, term))
		       ? SPF_MATCH_YES
		       : SPF_MATCH_NO;
}

static enum spf_match
match_term(struct spf_state *state, const struct spf_frame *frame, const struct spf_term *term)
{
	const char *name = frame->domain;

	if (spf_kind_asks(term->kind)) {
		if (spf_spend_lookup(state, term->text) == SPF_MATCH_STOPPED ||
		    spf_target(state, frame, term->spec, &name) == SPF_MATCH_STOPPED)
			return SPF_MATCH_STOPPED;
		spf_note(state, frame, "look-up %u: %s (%s)", state->out->lookups,
			 spf_shown(state, term->text), spf_shown(state, span_of(name)));
	}
	switch (term->kind) {
	case SPF_ALL:
		return SPF_MATCH_YES;
	case SPF_INCLUDE:
		return match_include(state, frame, name);
	case SPF_A:
		return match_a(state, term, name);
	case SPF_MX:
		return match_mx(state, term, name);
	case SPF_PTR:
		return match_ptr(state, name);
	case SPF_EXISTS:
		return match_exists(state, name);
	default:
		return match_network(state, term);
	}
}

/* ---- records
 * -------------------------------------------------------------------------------------- */

/* find_record - the one SPF record of a domain (s4.4, s4.5). SPF_MATCH_NO: there is none. */
static enum spf_match
find_record(struct spf_state *state, const struct spf_frame *frame, struct span *text_out)
{
	struct resolve_set set;
	size_t records = 0;

	if (strchr(frame->domain, '.') == NULL || !spf_is_name(frame->domain))
		return SPF_MATCH_NO;
	if (spf_ask(state, frame->domain, RESOLVE_SET_TXT, &set) == SPF_MATCH_STOPPED)
		return SPF_MATCH_STOPPED;
	if (set.status == RESOLVE_FAILED)
		return spf_stop(state, SPF_TEMPERROR, "the DNS does not answer for %s TXT: %s",
				frame->domain, set.why ? set.why : "no reason given");
	for (size_t i = 0; i < set.count; i++) {
		if (!spf_is_record(set.record[i].data))
			continue;
		*text_out = set.record[i].data;
		records++;
	}
	if (records > 1)
		return spf_stop(state, SPF_PERMERROR, "%s has %zu SPF records; only one is allowed",
				frame->domain, records);
	return records == 1 ? SPF_MATCH_YES : SPF_MATCH_NO;
}

static enum spf_result
redirect(struct spf_state *state, struct spf_frame *frame, struct span spec)
{
	struct span text = { spec.p, spec.n };
	enum spf_result result;
	const char *name;

	if (spf_spend_lookup(state, text) == SPF_MATCH_STOPPED ||
	    spf_target(state, frame, spec, &name) == SPF_MATCH_STOPPED)
		return SPF_NONE;
	spf_note(state, frame, "look-up %u: redirect=%s", state->out->lookups,
		 spf_shown(state, span_of(name)));
	frame->domain = name;
	result = check_host(state, frame);
	if (!state->is_stopped && result == SPF_NONE)
		spf_stop(state, SPF_PERMERROR, "redirect= leads to %s, which has no SPF record",
			 name);
	return result;
}

static void
keep_match(struct spf_state *state, const struct spf_frame *frame, const struct spf_record *record,
	   const struct spf_term *term)
{
	spf_note(state, frame, "%s matches: %s", spf_shown(state, term->text),
		 spf_result_name(term->qualifier));
	if (frame->depth > 0)
		return;
	state->out->term = spf_shown(state, term->text);
	state->out->owner = frame->domain;
	if (record->exp.n > 0) {
		state->explanation = arena_span(state->arena, record->exp);
		state->explained = frame->domain;
	}
}

/* matches_all - everybody is let in, or turned away, by this term: an include of a record like
 * that, and an empty prefix, too */
static bool
matches_all(const struct spf_state *state, const struct spf_term *term)
{
	switch (term->kind) {
	case SPF_ALL:
	case SPF_INCLUDE: /* what is below it matched all */
		return true;
	case SPF_A:
	case SPF_MX:
	case SPF_IP4:
	case SPF_IP6:
		return spf_own_prefix(state, term) == 0;
	default:
		return false;
	}
}

/* walk - the terms in their order; the first that matches decides */
static enum spf_result
walk(struct spf_state *state, struct spf_frame *frame, const struct spf_record *record)
{
	struct span rest = record->terms;
	struct spf_term term;

	while (spf_next_term(&rest, &term, NULL) > 0) {
		enum spf_match match;

		if (term.kind >= SPF_REDIRECT)
			continue;
		match = match_term(state, frame, &term);
		if (match == SPF_MATCH_STOPPED)
			return SPF_NONE;
		if (match == SPF_MATCH_NO ||
		    (state->query->matches_nothing && !matches_all(state, &term)))
			continue;
		keep_match(state, frame, record, &term);
		return term.qualifier;
	}
	if (record->redirect.n > 0)
		return redirect(state, frame, record->redirect);
	spf_note(state, frame, "nothing in the record of %s matches: neutral", frame->domain);
	return SPF_NEUTRAL;
}

static enum spf_result
check_host(struct spf_state *state, struct spf_frame *frame)
{
	struct spf_record record;
	struct span text;
	struct err err;

	switch (find_record(state, frame, &text)) {
	case SPF_MATCH_NO:
		spf_note(state, frame, "%s: no SPF record",
			 spf_shown(state, span_of(frame->domain)));
		return SPF_NONE;
	case SPF_MATCH_STOPPED:
		return SPF_NONE;
	default:
		break;
	}
	spf_note(state, frame, "%s: %s", frame->domain, spf_shown(state, text));
	if (spf_parse(text, &record, &err) < 0) {
		spf_stop(state, SPF_PERMERROR, "the record of %s: %s", frame->domain, err.text);
		return SPF_NONE;
	}
	return walk(state, frame, &record);
}

/* explain - the text that exp= leads to; whatever is wrong with it, there is none (s6.2) */
static const char *
explain(struct spf_state *state)
{
	struct spf_frame frame = { state->explained, 0 };
	struct resolve_set set;
	const char *name, *text = NULL;
	enum spf_match match = spf_target(state, &frame, span_of(state->explanation), &name);

	if (match == SPF_MATCH_YES)
		match = spf_ask(state, name, RESOLVE_SET_TXT, &set);
	if (match == SPF_MATCH_YES && set.count == 1 &&
	    spf_macro_check(set.record[0].data, SPF_MACRO_EXPLANATION, NULL) == 0)
		match = spf_expand(state, frame.domain, set.record[0].data, &text);
	if (!state->out->is_pending) { /* its troubles change no result */
		state->is_stopped = false;
		state->out->problem = NULL;
	}
	return text;
}

static void
split_sender(struct spf_state *state)
{
	const char *sender = state->query->sender ? state->query->sender : "";
	const char *at = strrchr(sender, '@');
	const char *domain = at ? at + 1 : sender[0] ? sender : state->query->helo;
	char *lower;

	state->local =
		at != NULL && at > sender
			? arena_span(state->arena, (struct span){ sender, (size_t)(at - sender) })
			: "postmaster";
	state->domain = lower = arena_strdup(state->arena, domain ? domain : "");
	for (char *p = lower; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	if (lower[0] != '\0' && lower[strlen(lower) - 1] == '.')
		lower[strlen(lower) - 1] = '\0';
}

void
spf_check(const struct spf_query *query, struct arena *arena, struct spf_outcome *outcome_out)
{
	struct spf_state *state = arena_zero(arena, sizeof *state);
	struct spf_frame frame = { 0 };

	memset(outcome_out, 0, sizeof *outcome_out);
	state->query = query;
	state->arena = arena;
	state->out = outcome_out;
	if (!spf_read_address(state)) {
		outcome_out->problem = arena_printf(arena, "%s is no address", query->address);
		return;
	}
	split_sender(state);
	frame.domain = state->domain;
	outcome_out->result = check_host(state, &frame);
	if (state->is_stopped)
		outcome_out->result = state->stop;
	else if (outcome_out->result == SPF_NONE)
		outcome_out->problem = arena_printf(arena, "%s has no SPF record", state->domain);
	if (outcome_out->result == SPF_FAIL && state->explanation && query->wants_explanation)
		outcome_out->explanation = explain(state);
	if (outcome_out->is_pending)
		*outcome_out = (struct spf_outcome){ .is_pending = true };
}
