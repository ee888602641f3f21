/* schedule_record.c - outcomes on their way to disk, then to who listens.
 *
 * What a turn brought goes to the store in one request. An outcome is published
 * only after the sync. When the store cannot write, nothing is lost: batches
 * wait here in order, are tried again, and no delivery starts meanwhile.
 * Thread: scheduler. */
#include "schedule/schedule_outcome.h"

#include "base/log.h"
#include "base/mem.h"
#include "schedule/schedule_act.h"
#include "schedule/schedule_turn.h"

#define BATCH_FIRST 16
#define BATCH_MAX 1024             /* outcomes of one request; a power of two times BATCH_FIRST */
#define AGAIN_MS 1000

struct record { /* a request that waits here */
	struct list link;          /* schedule->unrecorded, in the order of their numbers */
	struct store_record *request;
};

static void on_recorded(struct mailbox_item *item, void *owner);

static void
add_outcome(struct schedule *s, const struct store_outcome *outcome)
{
	struct store_record *batch = s->batch;

	if (batch == NULL) {
		batch = s->batch = mem_zero(1, sizeof *batch);
		batch->back = (struct mailbox_return){ s->mailbox, on_recorded };
		batch->context = (void *)(uintptr_t)++s->batches; /* its number */
		batch->outcome = mem_alloc(BATCH_FIRST * sizeof *batch->outcome);
	} else if (batch->outcomes >= BATCH_FIRST
	           && (batch->outcomes & (batch->outcomes - 1)) == 0) {
		batch->outcome = mem_resize(batch->outcome,
		                            2 * batch->outcomes * sizeof *batch->outcome);
	}
	batch->outcome[batch->outcomes++] = *outcome;
	if (batch->outcomes == BATCH_MAX)
		schedule_record_flush(s);
}

void
schedule_record_add(struct schedule *s, struct mail_event *event, enum mail_status status,
                    bool is_final)
{
	add_outcome(s, &(struct store_outcome){ .event = event, .status = status,
	                                        .is_final = is_final });
}

void
schedule_record_add_final(struct schedule *s, struct mail_event *event, enum mail_status status,
                          enum mail_notice notice)
{
	add_outcome(s, &(struct store_outcome){ .event = event, .status = status,
	                                        .is_final = true, .notice = notice });
}

void
schedule_record_act(struct schedule *s, const struct mail_event *event)
{
	struct mail_event own = *event;

	own.at_unix_ms = s->now_unix_ms;
	own.duration_ms = -1;
	LOG(LOG_NOTICE, mail_event_kind_name(own.kind), LOG_TEXT("site", own.site),
	    LOG_TEXT("detail", own.detail));
	schedule_record_add(s, mail_event_dup(&own), MAIL_STATUS_QUEUED, true);
}

static void
send_request(struct schedule *s, struct store_record *request)
{
	s->records++;
	store_record_send(s->store, &request);
}

static uintptr_t
number_of(const struct store_record *request)
{
	return (uintptr_t)request->context;
}

/* those refused come in their order, but behind may already wait younger ones */
static void
set_aside(struct schedule *s, struct store_record *request)
{
	struct record *record = mem_zero(1, sizeof *record);
	struct list *l = s->unrecorded.prev;

	while (l != &s->unrecorded
	       && number_of(LIST_OWNER(l, struct record, link)->request) > number_of(request))
		l = l->prev;
	record->request = request;
	list_push_front(l, &record->link);
}

static void
send_first_refused(struct schedule *s)
{
	struct record *record = LIST_OWNER(s->unrecorded.next, struct record, link);

	list_remove(&record->link);
	send_request(s, record->request);
	mem_free(record);
}

bool
schedule_record_is_stuck(const struct schedule *s)
{
	return s->record_again_mono_ms != 0;
}

/* While a batch was refused those after it queue up behind it, and one at a time
 * is tried: the order of a recipient's outcomes stays as it was. */
void
schedule_record_flush(struct schedule *s)
{
	if (s->batch) {
		struct store_record *request = s->batch;

		s->batch = NULL;
		if (schedule_record_is_stuck(s))
			set_aside(s, request);
		else
			send_request(s, request);
	}
	if (!schedule_record_is_stuck(s) || s->records > 0
	    || s->now_mono_ms < s->record_again_mono_ms)
		return;
	if (!list_is_empty(&s->unrecorded)) {
		send_first_refused(s);
		return;
	}
	s->record_again_mono_ms = 0;
	schedule_wake(s); /* deliveries go on */
}

static void
publish(struct schedule *s, const struct store_record *request)
{
	for (size_t i = 0; i < request->outcomes; i++)
		notify_publish(s->notify, request->outcome[i].event);
}

static void
refused(struct schedule *s, struct store_record *request)
{
	if (!schedule_record_is_stuck(s))
		LOG(LOG_ERROR, "schedule.unrecorded", LOG_TEXT("reason", request->err.text));
	request->result = 0;
	set_aside(s, request);
	s->record_again_mono_ms = s->now_mono_ms + AGAIN_MS;
}

static void
on_recorded(struct mailbox_item *item, void *owner)
{
	struct store_record *request = (struct store_record *)(void *)item;
	struct schedule *s = owner;

	if (s == NULL) {
		store_record_free(&request);
		return;
	}
	schedule_read_clock(s);
	s->records--;
	if (request->result != 0) {
		refused(s, request);
	} else {
		schedule_suppress_tell(s, request);
		publish(s, request);
		schedule_notice_recorded(s, request);
		schedule_withdraw_recorded(s, number_of(request));
		store_record_free(&request);
		if (schedule_record_is_stuck(s)) /* it works again: the next at once */
			s->record_again_mono_ms = s->now_mono_ms;
	}
	schedule_wake(s);
}

size_t
schedule_record_pending(const struct schedule *s)
{
	return s->records + (s->batch != NULL) + !list_is_empty(&s->unrecorded);
}

void
schedule_record_free_all(struct schedule *s)
{
	if (s->batch)
		store_record_free(&s->batch);
	while (!list_is_empty(&s->unrecorded)) {
		struct record *record = LIST_OWNER(s->unrecorded.next, struct record, link);

		list_remove(&record->link);
		store_record_free(&record->request);
		mem_free(record);
	}
}
