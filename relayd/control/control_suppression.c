/* control_suppression.c - suppressions: list, check, remove.
 *
 * The rows are the store's; what was committed is then told to the set in memory.
 * Removing many goes a page at a time: list, delete, list on, so that nothing
 * waits long for the store. Thread: main. */
#include <string.h>

#include "base/clock.h"
#include "control/control_filter.h"
#include "control/control_suppression.h"
#include "smtp/smtp_address.h"
#include "store/store_audit.h"

#define LIMIT_DEFAULT 100
#define PAGE 500
#define SHOWN_MAX 5                /* entries that a look at a removal shows */

/* ---- rows ---------------------------------------------------------------------------- */

const char *
control_suppression_say(const struct store_suppression *row, struct arena *arena)
{
	const char *text = arena_printf(arena, "%s%s%s: %s since %s", row->address,
	                                *row->scope ? " " : "", row->scope,
	                                mail_suppression_name(row->reason),
	                                store_audit_time(arena, row->since_unix_ms));

	return store_audit_state(arena, text, row->by, row->detail, row->until_unix_ms);
}

json_t *
control_suppression_json(const struct store_suppression *row)
{
	bool is_over = row->until_unix_ms && row->until_unix_ms <= clock_unix_ms();
	json_t *one = json_object();

	api_json_put_int(one, "id", (int64_t)row->id);
	api_json_put_text(one, "address", row->address);
	api_json_put_text(one, "scope", *row->scope ? row->scope : "everywhere");
	api_json_put_text(one, "reason", mail_suppression_name(row->reason));
	api_json_put_time(one, "since_at", row->since_unix_ms);
	api_json_put_time(one, "ends_at", row->until_unix_ms);
	api_json_put_bool(one, "ended", is_over);
	api_json_put_text(one, "by", *row->by ? row->by : NULL);
	api_json_put_text(one, "detail", *row->detail ? row->detail : NULL);
	if (row->message_id)
		api_json_put_id(one, "message", row->message_id);
	else
		api_json_put_null(one, "message");
	api_json_put_text(one, "provider", *row->site ? row->site : NULL);
	api_json_put_int(one, "code", row->code);
	api_json_put_span(one, "reply", row->reply);
	return one;
}

/* ---- a page -------------------------------------------------------------------------- */

struct job { /* of list, check, remove; in the call's arena */
	struct store_suppression_list want; /* its conditions; texts in the call's arena */
	bool is_removing, is_dry;
	uint32_t limit;
	uint64_t count;            /* removed, or that would be */
	uint64_t cause[MAIL_SUPPRESSION_COUNT]; /* ... by cause */
	json_t *shown;             /* is_dry: the first of them; owned by the answer */
	struct store_suppression_list *page; /* while its rows are being deleted */
};

static void free_page(struct store_suppression_list **page)
{
	arena_free(&(*page)->arena);
	mem_free(*page);
	*page = NULL;
}

static void took_page(struct mailbox_item *item, void *owner);

static void
ask_page(struct control_call *call, uint64_t before_id)
{
	struct job *job = call->state;
	struct store_suppression_list *page = mem_copy(&job->want, sizeof job->want);
	struct api_error error;

	page->back = control_back(call->control, took_page);
	page->context = call;
	page->arena = arena_new(0);
	page->before_id = before_id;
	call->waiting++;
	if (store_suppression_list_send(call->control->options.store, &page))
		return;
	call->waiting--;
	free_page(&page);
	(void)api_error_set(&error, API_ERROR_BUSY, "too many questions wait; try again");
	control_call_fail(call, &error);
}

static void
answer_list(struct control_call *call, const struct store_suppression_list *page)
{
	const struct job *job = call->state;
	json_t *result = api_json_new(job->want.address ? "relay.suppression.check/1"
							: "relay.suppression.list/1");
	json_t *items = json_array();

	for (size_t i = 0; i < page->count; i++)
		json_array_append_new(items, control_suppression_json(&page->row[i]));
	api_json_put(result, "items", items);
	if (page->count == job->want.limit)
		api_json_put_int(result, "next_cursor", (int64_t)page->row[page->count - 1].id);
	else
		api_json_put_null(result, "next_cursor");
	if (!job->want.address) {
		api_json_put_null(result, "total"); /* that of a window is known */
		api_json_put(result, "blocked", control_suppression_blocked_json(call->control));
	}
	control_call_answer(call, result);
}

/* what_of - the conditions of a removal without an address */
static const char *
what_of(const struct control_call *call)
{
	const char *match = control_text(call, "match");

	return match ? match : control_text(call, "cause");
}

static void
put_causes(json_t *result, const struct job *job)
{
	json_t *causes = json_object();

	for (int i = 0; i < MAIL_SUPPRESSION_COUNT; i++)
		if (job->cause[i] > 0)
			api_json_put_int(causes, mail_suppression_name((enum mail_suppression)i),
					 (int64_t)job->cause[i]);
	api_json_put(result, "causes", causes);
}

static void
answer_removed(struct control_call *call)
{
	const struct job *job = call->state;
	const char *given = control_text(call, "address");
	json_t *result = api_json_new("relay.suppression.remove/1");
	struct api_error error;

	if (job->count == 0) {
		json_decref(result);
		(void)api_error_set(&error, API_ERROR_NOT_FOUND, "%s is not on the list",
				    given ? given : "nothing like that");
		control_call_fail(call, &error);
		return;
	}
	api_json_put_int(result, "affected", (int64_t)job->count);
	api_json_put_bool(result, "dry_run", job->is_dry);
	put_causes(result, job);
	if (job->shown)
		api_json_put(result, "entries", json_incref(job->shown));
	if (!job->is_dry)
		control_audit_publish(call->control, MAIL_EVENT_SUPPRESSION_CHANGED, NULL,
				      arena_printf(call->arena, "%llu removed by %s: %s",
						   (unsigned long long)job->count, call->user,
						   given ? given : what_of(call)));
	control_call_answer(call, result);
}

static void
count_page(struct job *job, const struct store_suppression_list *page)
{
	job->count += page->count;
	for (size_t i = 0; i < page->count; i++)
		job->cause[page->row[i].reason]++;
}

/* look_at - what would be removed. */
static void
look_at(struct job *job, const struct store_suppression_list *page)
{
	count_page(job, page);
	for (size_t i = 0; job->shown && i < page->count
	                   && json_array_size(job->shown) < SHOWN_MAX; i++)
		json_array_append_new(job->shown, control_suppression_json(&page->row[i]));
}

static void
page_deleted(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;
	struct control_call *call = write->context;
	struct control *control = owner;
	struct job *job = call->state;
	struct err err = write->err;
	bool is_end = job->page->count < job->want.limit, failed = write->result < 0;
	uint64_t last = job->page->row[job->page->count - 1].id;

	call->waiting--;
	for (size_t i = 0; control && !failed && i < job->page->count; i++)
		suppress_drop(control->options.suppress, &job->page->row[i]);
	if (control && !failed) {
		suppress_publish(control->options.suppress);
		count_page(job, job->page);
	}
	free_page(&job->page);
	store_write_free(&write);
	if (control_call_is_gone(call))
		control_call_drop(call);
	else if (failed)
		control_call_fail_err(call, &err);
	else if (is_end)
		answer_removed(call);
	else
		ask_page(call, last);
}

static void
delete_page(struct control_call *call, struct store_suppression_list *page)
{
	struct job *job = call->state;
	struct store_write *write =
		store_write_new(control_back(call->control, page_deleted), call, page->count);
	const char *given = control_text(call, "address"), *scope = control_text(call, "scope");
	const char *detail = arena_printf(write->arena, "%zu removed%s%s", page->count,
					  scope ? " of scope " : "", scope ? scope : "");

	job->page = page;
	for (size_t i = 0; i < page->count; i++) {
		store_write_add(write, STORE_DELETE_SUPPRESSION)->row.suppression.id =
			page->row[i].id;
		detail = store_audit_add(write->arena, detail,
		                         control_suppression_say(&page->row[i], write->arena));
	}
	control_audit_fill(call, write->arena, given ? given : what_of(call), detail,
	                   &write->audit);
	call->waiting++;
	store_write_send(call->control->options.store, &write);
}

static void
took_page(struct mailbox_item *item, void *owner)
{
	struct store_suppression_list *page = (struct store_suppression_list *)(void *)item;
	struct control_call *call = page->context;
	struct job *job = call->state;
	bool is_end = page->count < job->want.limit;

	(void)owner;
	call->waiting--;
	if (control_call_is_gone(call)) {
		control_call_drop(call);
	} else if (page->result < 0) {
		control_call_fail_err(call, &page->err);
	} else if (!job->is_removing) {
		answer_list(call, page);
	} else if (!job->is_dry && page->count > 0) {
		delete_page(call, page);
		return; /* the page is the job's until then */
	} else {
		uint64_t last = page->count ? page->row[page->count - 1].id : 0;

		look_at(job, page);
		if (is_end)
			answer_removed(call);
		else
			ask_page(call, last);
	}
	free_page(&page);
}

/* ---- conditions ---------------------------------------------------------------------- */

static int
take_term(struct job *job, const struct api_term *term, struct arena *arena,
          struct api_error *error)
{
	char *value = arena_span(arena, term->value);

	for (char *p = value; *p; p++) /* as they are stored; domains by their A-label */
		if (term->key != API_TERM_CRED && term->key != API_TERM_SITE && *p >= 'A' &&
		    *p <= 'Z')
			*p = (char)(*p + 32);
	switch (term->key) {
	case API_TERM_WORD:
	case API_TERM_TO:
		job->want.text = value;
		return 0;
	case API_TERM_DOMAIN:
		job->want.domain = value;
		return 0;
	case API_TERM_CRED:
		job->want.scope = arena_printf(arena, "cred:%s", value);
		return 0;
	case API_TERM_SITE:
		job->want.site = value;
		return 0;
	case API_TERM_SINCE:
		job->want.since_unix_ms = term->number;
		return 0;
	case API_TERM_UNTIL:
		job->want.until_unix_ms = term->number;
		return 0;
	default:
		return api_error_set(error, API_ERROR_PARAMS,
				     "%s: is not known of a suppression; there are to: domain: "
				     "cred: site: since: until: and a part of the address",
				     api_term_key_name(term->key));
	}
}

static struct job *
new_job(struct control_call *call, uint32_t limit)
{
	struct job *job = arena_zero(call->arena, sizeof *job);
	enum mail_suppression reason;

	job->want.reason = -1;
	job->want.limit = limit;
	if (mail_suppression_parse(span_of(control_text(call, "cause")), &reason))
		job->want.reason = (int)reason;
	call->state = job;
	return job;
}

static enum api_term_key
condition_of(const struct api_term *term)
{
	return term->key == API_TERM_TO ? API_TERM_WORD : term->key;
}

static int
take_terms(struct control_call *call, struct job *job, const struct api_terms *terms,
           struct api_error *error)
{
	for (size_t i = 0; i < terms->count; i++) {
		const char *name = api_term_key_name(terms->term[i].key);

		/* the last would silently replace the others: a removal must not grow */
		for (size_t k = 0; k < i; k++)
			if (condition_of(&terms->term[k]) == condition_of(&terms->term[i]))
				return api_error_set(error, API_ERROR_PARAMS,
						     "%s: given twice; one of each is looked at",
						     name && *name ? name : "an address");
		if (take_term(job, &terms->term[i], call->arena, error) < 0)
			return -1;
	}
	return 0;
}

static int
take_address(struct control_call *call, struct job *job, struct api_error *error)
{
	struct err err;
	const char *at;

	job->want.address =
		control_suppression_key(control_text(call, "address"), call->arena, &err);
	if (!job->want.address)
		return api_error_set(error, API_ERROR_PARAMS, "%s", err.text);
	at = strrchr(job->want.address, '@');
	job->want.everybody = arena_printf(call->arena, "*%s", at);
	return 0;
}

/* take_match - conditions as one text, as a view's filter has them. */
static int
take_match(struct control_call *call, struct job *job, struct api_error *error)
{
	const char *match = control_text(call, "match");
	struct api_terms terms = { .count = 0 };
	struct err err;

	if (match && api_terms_parse(span_of(match), clock_unix_ms(), &terms, &err) < 0)
		return api_error_set(error, API_ERROR_PARAMS, "%s", err.text);
	return take_terms(call, job, &terms, error);
}

/* ---- list and check ------------------------------------------------------------------ */

void
control_suppression_list(struct control_call *call)
{
	struct job *job = new_job(call, (uint32_t)control_int(call, "limit", LIMIT_DEFAULT));
	struct api_terms terms = { .count = 0 };
	struct api_error error;

	if (control_terms_of(call, &terms, &error) < 0 ||
	    take_terms(call, job, &terms, &error) < 0 ||
	    take_match(call, job, &error) < 0)
		control_call_fail(call, &error);
	else if (json_object_get(call->params, "offset"))
		control_suppression_window(call, &job->want);
	else
		ask_page(call, (uint64_t)control_int(call, "cursor", 0));
}

void
control_suppression_check(struct control_call *call)
{
	struct job *job = new_job(call, PAGE);
	struct api_error error;

	if (take_address(call, job, &error) < 0)
		control_call_fail(call, &error);
	else
		ask_page(call, 0);
}

/* ---- remove -------------------------------------------------------------------------- */

/* An address takes its own entries only: "*@domain" is named to be removed. */
static int
take_removal(struct control_call *call, struct job *job, struct api_error *error)
{
	const char *match = control_text(call, "match");

	if (control_text(call, "address")) {
		if (take_address(call, job, error) < 0)
			return -1;
		job->want.everybody = job->want.address;
		return 0;
	}
	if (!match && job->want.reason < 0)
		return api_error_set(error, API_ERROR_PARAMS,
				     "which? name an address, or terms with \"match\", or a cause");
	if (match && span_trim(span_of(match)).n == 0)
		return api_error_set(error, API_ERROR_PARAMS,
				     "match: is empty; that would be the whole list");
	return take_match(call, job, error);
}

static int
take_scope(struct control_call *call, struct job *job, struct api_error *error)
{
	const char *scope = control_text(call, "scope");

	if (!scope)
		return 0;
	if (job->want.scope)
		return api_error_set(error, API_ERROR_PARAMS, "scope, or cred: in match: not both");
	job->want.scope = strcmp(scope, "everywhere") == 0 ? "" : scope;
	return 0;
}

void
control_suppression_remove(struct control_call *call)
{
	struct job *job = new_job(call, PAGE);
	struct api_error error;

	job->is_removing = true;
	job->is_dry = api_json_get_bool(call->params, "dry_run");
	if (take_removal(call, job, &error) < 0 || take_scope(call, job, &error) < 0) {
		control_call_fail(call, &error);
		return;
	}
	job->shown = job->is_dry ? json_array() : NULL;
	ask_page(call, 0);
}
