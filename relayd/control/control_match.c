/* control_match.c - see control_match.h.
 *
 * The log knows more of a message than the scheduler keeps (tags, subject, sender), so it
 * is asked which recipients are meant, and the scheduler acts on those of them that still
 * wait. A page of the search is kept as numbers in the call's arena. */
#include "control/control_match.h"

#include <string.h>

#include "base/clock.h"
#include "control/control_filter.h"
#include "control/control_search.h"

#define PAGE_ROWS 1000
#define WAITING                                                                                    \
	(1u << MAIL_STATUS_QUEUED | 1u << MAIL_STATUS_DEFERRED | 1u << MAIL_STATUS_HELD |          \
	 1u << MAIL_STATUS_SCHEDULED)

struct page {
	struct page *newer;
	size_t rows;
	struct schedule_message_row row[PAGE_ROWS];
};

struct control_match {
	control_match_fn fn;
	const char *terms;
	struct page *oldest;
	size_t rows;
	bool may_be_none;
	struct store_query query;      /* strings in the call's arena */
};

bool
control_match_is_terms(const char *text)
{
	struct api_terms terms;
	struct err err;

	if (!text || api_terms_parse(span_of(text), clock_unix_ms(), &terms, &err) < 0)
		return text && strchr(text, ':') && text[0] != '['; /* says what is wrong */
	for (size_t i = 0; i < terms.count; i++)
		if (terms.term[i].key != API_TERM_WORD)
			return true;
	return false;
}

/* ---- the question ---------------------------------------------------------- */

static int
fill_query(struct control_call *call, struct control_match *match, struct api_error *error)
{
	struct store_query *query = &match->query;
	struct api_terms terms;
	struct err err;

	*query = (struct store_query){ .category = VERDICT_NONE, .limit = PAGE_ROWS };
	if (api_terms_parse(span_of(match->terms), clock_unix_ms(), &terms, &err) < 0)
		return api_error_from_err(error, &err);
	if (terms.count == 0)
		return api_error_set(error, API_ERROR_PARAMS,
		                     "which messages? give terms: tag:x, from:@shop.example, "
		                     "since:2h");
	for (size_t i = 1; i < terms.count; i++) /* a query knows one: the others would widen it */
		for (size_t j = 0; j < i; j++)
			if (terms.term[i].key == terms.term[j].key
			    && terms.term[i].key != API_TERM_WORD
			    && terms.term[i].key != API_TERM_STATUS)
				return api_error_set(error, API_ERROR_PARAMS,
				                     "%s: twice; all terms must hold, so give one",
				                     api_term_key_name(terms.term[i].key));
	if (control_query_fill(&terms, false, call->arena, query, NULL, error) < 0)
		return -1;
	if (query->statuses && !(query->statuses & WAITING))
		return api_error_set(error, API_ERROR_PARAMS, "what has that status waits no more: "
		                                              "nothing can be done to it");
	query->statuses = query->statuses ? query->statuses & WAITING : WAITING;
	return 0;
}

static void found(struct mailbox_item *item, void *owner);

static void
ask_page(struct control_call *call)
{
	const struct control_match *match = call->match;

	(void)control_search_send(call, arena_new(0), &match->query, found);
}

void
control_match_find(struct control_call *call, const char *terms, bool may_be_none,
                   control_match_fn fn)
{
	struct control_match *match = arena_zero(call->arena, sizeof *match);
	struct api_error error;

	match->fn = fn;
	match->may_be_none = may_be_none;
	match->terms = arena_strdup(call->arena, terms);
	call->match = match;
	if (fill_query(call, match, &error) < 0)
		control_call_fail(call, &error);
	else
		ask_page(call);
}

/* ---- the answer ------------------------------------------------------------ */

static void
keep_page(struct control_call *call, const struct store_result *set)
{
	struct control_match *match = call->match;
	struct page *page;

	if (set->count == 0)
		return;
	page = arena_zero(call->arena, sizeof *page);
	page->newer = match->oldest;
	match->oldest = page;
	for (size_t i = set->count; i-- > 0;) /* newest first, as they come */
		page->row[page->rows++] = (struct schedule_message_row){
			.id = set->found[i].id, .no = set->found[i].recipient_no, .is_one = true };
	match->rows += page->rows;
}

static int
check(const struct control_match *match, const struct store_result *set,
      struct api_error *error)
{
	if (set->timed_out)
		return api_error_set(error, API_ERROR_FAILED,
		                     "the search ran out of time: nothing done; narrow it with "
		                     "cred:, domain:, to: or since:");
	if (match->rows == 0 && !set->has_more && !match->may_be_none)
		return api_error_set(error, API_ERROR_NOT_FOUND, "nothing that waits is %s",
		                     match->terms);
	if (match->rows > CONTROL_MATCH_MAX)
		return api_error_set(error, API_ERROR_FAILED,
		                     "more than %d recipients: nothing done; narrow it, with "
		                     "until: for instance",
		                     CONTROL_MATCH_MAX);
	return 0;
}

static void
found(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = control_search_take(search);
	struct control_match *match;
	const struct store_found *last;
	struct api_error error;
	bool has_more;

	(void)owner;
	if (!call)
		return;
	match = call->match;
	keep_page(call, &search->result_set);
	if (check(match, &search->result_set, &error) < 0) {
		control_search_free(&search);
		control_call_fail(call, &error);
		return;
	}
	has_more = search->result_set.has_more && search->result_set.count > 0;
	if (has_more) {
		last = &search->result_set.found[search->result_set.count - 1];
		match->query.before_id = last->id;
		match->query.before_no = last->recipient_no + 1;
	}
	control_search_free(&search);
	if (has_more)
		ask_page(call);
	else
		match->fn(call, match->rows);
}

struct schedule_message_row *
control_match_rows(struct control_call *call, struct arena *arena)
{
	const struct control_match *match = call->match;
	struct schedule_message_row *row = arena_alloc(arena, (match->rows + 1) * sizeof *row);
	size_t rows = 0;

	for (const struct page *page = match->oldest; page; page = page->newer) {
		memcpy(row + rows, page->row, page->rows * sizeof *row);
		rows += page->rows;
	}
	return row;
}
