/* control_complaint.c - somebody told us of a complaint: the source address that sent the
 * mail hears of it, for its warm-up.
 *
 * Whose mail it was is not said; it is taken to be the last that was delivered to that
 * address. One look-up in the log by the exact address, on a search thread; nobody waits
 * for it, and what is not found (older than the log, or never ours) is not counted.
 *
 *   suppression.add --> store_search (last delivered) --> scheduler: SCHEDULE_COUNT_COMPLAINT
 *
 * Thread: main. */
#include "control/control_private.h"
#include "control/control_search.h"

static void
counted(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;

	(void)owner;
	schedule_ask_free(&ask);
}

static void
tell_scheduler(struct control *control, const struct mail_event *delivered)
{
	struct schedule_ask *ask =
		schedule_ask_new(SCHEDULE_COUNT_COMPLAINT, control_back(control, counted));

	ask->match = arena_strdup(ask->arena, delivered->source_address);
	ask->provider = arena_strdup(ask->arena, delivered->site);
	if (!schedule_ask_send(control->options.schedule, &ask))
		schedule_ask_free(&ask);
}

/* the event that delivered it, if it names our address */
static const struct mail_event *
delivery_of(const struct store_result *set)
{
	const struct store_found *found = set->count > 0 ? &set->found[0] : NULL;

	for (size_t i = found ? found->events : 0; i-- > 0;) {
		const struct mail_event *event = &found->event[i];

		if (event->kind == MAIL_EVENT_DELIVERED && event->source_address
		    && *event->source_address && event->site)
			return event;
	}
	return NULL;
}

static void
found(struct mailbox_item *item, void *owner)
{
	struct store_search *search = (struct store_search *)(void *)item;
	struct control *control = owner;
	const struct mail_event *delivered =
		control && search->result == 0 ? delivery_of(&search->result_set) : NULL;

	if (delivered)
		tell_scheduler(control, delivered);
	control_search_free(&search);
}

void
control_complaint_heard(struct control *control, const char *address)
{
	struct store_search *search = mem_zero(1, sizeof *search);

	search->back = control_back(control, found);
	search->arena = arena_new(0);
	search->query = (struct store_query){
		.recipient = { STORE_MATCH_EXACT, arena_strdup(search->arena, address) },
		.statuses = 1u << MAIL_STATUS_DELIVERED | 1u << MAIL_STATUS_COMPLAINED,
		.category = VERDICT_NONE, .limit = 1, .want_events = true };
	if (!store_search_send(control->options.store, &search))
		control_search_free(&search);
}
