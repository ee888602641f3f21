/* control_left.c - see control_left.h. */
#include "control/control_left.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/control_search.h"

#define RECIPIENTS_MAX 1000 /* of one message, as many as it may have by default */
#define NAMED_MAX 2

static void ask_next(struct control_call *call);

static void
name(struct control_left *left, const struct store_found *found)
{
	char at[CLOCK_RFC3339_SIZE];
	size_t n = strlen(left->words);

	if (left->named++ >= NAMED_MAX) {
		if (left->named == NAMED_MAX + 1)
			(void)snprintf(left->words + n, sizeof left->words - n, ", ...");
		return;
	}
	clock_format_rfc3339(found->finished_unix_ms, at);
	(void)snprintf(left->words + n, sizeof left->words - n, "%s%.80s %s at %.19sZ",
	               n > 0 ? ", " : ": ", found->recipient ? found->recipient : "",
	               mail_status_name(found->status), at);
}

static void
take(struct control_left *left, const struct store_result *set)
{
	struct schedule_message_row *row = &left->row[left->at];

	if (set->count == 0) {
		left->unknown += row->waiting + row->active + row->left + row->scheduled == 0;
		return;
	}
	row->left = 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct store_found *found = &set->found[i];

		if (found->finished_unix_ms == 0 || found->finished_unix_ms >= left->before_unix_ms)
			continue;
		row->left++;
		name(left, found);
	}
}

static void
looked(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control_call *call = search->context;

	(void)owner;
	if (control_call_is_gone(call)) {
		control_search_free(&search);
		control_call_drop(call);
		return;
	}
	if (search->result == 0)
		take(call->left, &search->result_set);
	control_search_free(&search);
	call->left->at++;
	ask_next(call);
}

static void
ask_next(struct control_call *call)
{
	struct control_left *left = call->left;
	struct store_search *search;

	if (left->at == left->rows) {
		left->fn(call);
		return;
	}
	search = mem_zero(1, sizeof *search);
	search->back = control_back(call->control, looked);
	search->context = call;
	search->arena = arena_new(0);
	search->query = (struct store_query){ .category = VERDICT_NONE, .limit = RECIPIENTS_MAX,
		                              .id = left->row[left->at].id };
	search->cancel = &call->cancel;
	if (store_search_send(call->control->options.store, &search))
		return;
	control_search_free(&search); /* too many searches: the act is done all the same */
	left->fn(call);
}

void
control_left_find(struct control_call *call, struct control_left *left)
{
	call->left = left;
	ask_next(call);
}
