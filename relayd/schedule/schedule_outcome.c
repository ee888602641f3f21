/* schedule_outcome.c - a job came back: who is done, who waits, and on whose
 * account.
 *
 * record_ruling.h says who waits on whose account. What concerns the site stops the
 * site: its recipients go back to the head of their lanes without an attempt used up,
 * and those that were in the job have it in their log. What concerns a recipient or a
 * message sends these to their own next attempt; what only concerned a connection
 * sends them there too, without counting. A recipient that was not reached and nobody's
 * fault goes again at once. Past the message's expiry a deferral is the end.
 * Thread: scheduler. */
#include "schedule/schedule_outcome.h"

#include "base/id.h"
#include "base/mem.h"
#include "smtp/smtp_command.h"
#include "schedule/schedule_hold.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_migrate.h"
#include "schedule/schedule_recipient.h"
#include "schedule/schedule_reply.h"
#include "schedule/schedule_site.h"
#include "schedule/schedule_turn.h"
#include "schedule/schedule_wait.h"

/* ---- events -------------------------------------------------------------------------- */

struct mail_event *
schedule_outcome_fill(struct schedule *s, const struct schedule_recipient *r,
                      const struct mail_event *event)
{
	const struct schedule_exchange *exchange = r->lane->exchange;
	struct mail_event full = *event;

	full.id = 0;
	if (full.at_unix_ms == 0)
		full.at_unix_ms = s->now_unix_ms;
	full.message_id = r->message->id;
	full.recipient_no = r->no;
	full.recipient = r->address;
	full.credential = r->message->credential->name;
	full.sender_domain = schedule_message_from_domain(r->message);
	if (exchange)
		full.site = exchange->site->name;
	return mail_event_dup(&full);
}

static void
count_outcome(struct schedule *s, const struct schedule_recipient *r,
              const struct mail_event *event)
{
	struct schedule_exchange *exchange = r->lane->exchange;
	enum mail_event_kind kind = event->kind;

	schedule_migrate_hear(s, r, event);
	if (exchange == NULL)
		return;
	exchange->site->delivered += kind == MAIL_EVENT_DELIVERED;
	exchange->site->bounces += kind == MAIL_EVENT_BOUNCED || kind == MAIL_EVENT_EXPIRED;
	exchange->site->deferrals += kind == MAIL_EVENT_DEFERRED;
}

static enum mail_status
final_status(enum mail_event_kind kind)
{
	if (kind == MAIL_EVENT_DELIVERED)
		return MAIL_STATUS_DELIVERED;
	if (kind == MAIL_EVENT_CANCELLED)
		return MAIL_STATUS_CANCELLED;
	if (kind == MAIL_EVENT_SUPPRESSED)
		return MAIL_STATUS_SUPPRESSED;
	return kind == MAIL_EVENT_EXPIRED ? MAIL_STATUS_EXPIRED : MAIL_STATUS_BOUNCED;
}

/* job: that brought it about, or NULL */
static void
finish(struct schedule *s, struct schedule_recipient *r, const struct mail_event *event,
       const struct deliver_job *job)
{
	struct mail_event *full = schedule_outcome_fill(s, r, event);

	count_outcome(s, r, event);
	schedule_record_add_final(s, full, final_status(event->kind),
	                          schedule_notice_of(r, event->kind, job));
	schedule_recipient_leave(s, r);
}

void
schedule_outcome_finish(struct schedule *s, struct schedule_recipient *r,
                        const struct mail_event *event)
{
	finish(s, r, event, NULL);
}

static const struct schedule_reply *
last_reply(const struct schedule_recipient *r)
{
	const struct schedule_lane *lane = r->lane;

	if (r->reply)
		return r->reply;
	if (lane->exchange && lane->exchange->site->reply)
		return lane->exchange->site->reply;
	return lane->reply ? lane->reply : lane->queue->reply;
}

void
schedule_outcome_expire(struct schedule *s, struct schedule_recipient *r,
                        const struct mail_event *last)
{
	const struct schedule_reply *reply = last_reply(r);
	struct mail_event event = { .duration_ms = -1 };

	if (last) {
		event = *last;
	} else if (reply) {
		event.code = reply->code;
		event.enhanced = reply->enhanced;
		event.category = reply->category;
		event.reply = (struct span){ reply->text, reply->n };
	}
	event.kind = MAIL_EVENT_EXPIRED;
	event.is_hard = false;
	event.next_attempt_unix_ms = 0;
	if (last == NULL)
		event.attempt = r->attempts;
	if (schedule_message_by(r->message).by & SMTP_BY_RETURN)
		event.detail = "gave up: not delivered by the time its sender gave";
	else
		event.detail = event.attempt
		                       ? "gave up: not delivered in time; this was the last answer"
		               : r->message->is_loaded ? "gave up: not delivered in time"
		                                       : "gave up: it was never its turn in time";
	schedule_outcome_finish(s, r, &event);
}

/* ---- deferrals ----------------------------------------------------------------------- */

static bool
has_expired(const struct schedule_recipient *r)
{
	return r->message->is_overdue || !heap_has(&r->message->expiry);
}

static int64_t
delay_of(const struct schedule *s, const struct schedule_recipient *r, int hint_sec,
         bool is_counted, uint64_t seed)
{
	const struct config *config = s->config;
	const struct schedule_message *m = r->message;
	int64_t since = m->release_unix_ms > 0 ? m->release_unix_ms : id_unix_ms(m->id);
	struct rand rand;

	rand_init(&rand, seed);
	if (is_counted)
		return pace_retry_delay(config->delivery.retry_ms, config->delivery.retries,
		                        r->attempts, hint_sec, &rand);
	return pace_retry_uncounted_delay(config->delivery.retry_ms, config->delivery.retries,
	                                  s->now_unix_ms - since, hint_sec, &rand);
}

/* struct retry - seed: the same for all of a job, so that they stay together next time too. */
struct retry {
	bool is_counted;
	uint64_t seed;
	int64_t least_ms;
};

static void
defer(struct schedule *s, struct schedule_recipient *r, const struct mail_event *event,
      const struct verdict *verdict, const struct retry *retry)
{
	struct schedule_message *m = r->message;
	struct schedule_reply *reply;
	struct mail_event own = *event;
	int64_t delay_ms, due;

	own.attempt = r->attempts + 1u;
	if (has_expired(r) && schedule_hold_of_lane(r->lane) == NULL) {
		schedule_outcome_expire(s, r, &own);
		return;
	}
	delay_ms = delay_of(s, r, verdict->retry_after_sec, retry->is_counted, retry->seed);
	due = s->now_mono_ms + (delay_ms > retry->least_ms ? delay_ms : retry->least_ms);
	own.kind = MAIL_EVENT_DEFERRED;
	own.next_attempt_unix_ms = schedule_unix_ms(s, due);
	count_outcome(s, r, &own);
	schedule_record_add(s, schedule_outcome_fill(s, r, &own), MAIL_STATUS_DEFERRED, false);
	if (retry->is_counted && r->attempts < UINT16_MAX)
		r->attempts++;
	reply = schedule_reply_of(&own);
	schedule_recipient_set_reply(r, reply);
	schedule_reply_unref(&reply);
	schedule_recipient_defer(s, r, due);
	if (m->ready == 0)
		schedule_message_drop_body(s, m);
}

void
schedule_outcome_defer(struct schedule *s, struct schedule_recipient *r,
                       const struct mail_event *event, const struct verdict *verdict,
                       uint64_t seed)
{
	defer(s, r, event, verdict, &(struct retry){ .is_counted = true, .seed = seed });
}

/* The site's trouble: it waits with the others, its log knows why. What broke off
 * in the middle of a message lets others try first. */
static void
wait_for_site(struct schedule *s, struct schedule_recipient *r, const struct mail_event *event,
              bool is_first)
{
	struct schedule_site *site = r->lane->exchange ? r->lane->exchange->site : NULL;
	struct schedule_message *m = r->message;
	struct mail_event own = *event;

	own.attempt = r->attempts + 1u;
	if (has_expired(r) && schedule_hold_of_lane(r->lane) == NULL) {
		schedule_outcome_expire(s, r, &own);
		return;
	}
	own.kind = MAIL_EVENT_DEFERRED;
	own.next_attempt_unix_ms = schedule_unix_ms(
		s, s->now_mono_ms + (site ? pace_gate_wait_ms(&site->gate, s->now_mono_ms) : 0));
	count_outcome(s, r, &own);
	schedule_record_add(s, schedule_outcome_fill(s, r, &own), MAIL_STATUS_DEFERRED, false);
	if (site)
		schedule_recipient_set_reply(r, site->reply);
	schedule_recipient_wait(s, r, SCHEDULE_TOLD, is_first);
	if (m->ready == 0)
		schedule_message_drop_body(s, m);
}

/* ---- the job ------------------------------------------------------------------------- */

/* wait_of - what was refused by a site whose source address is stopped for it does not wait
 * with the site: other addresses step in at once for what waits there, and each of them would
 * be told the same of the same message. Its own next attempt is soon enough for the next. */
static enum record_wait
wait_of(const struct record_ruling *ruling, const struct schedule_trouble *trouble)
{
	enum record_wait wait = ruling->then[trouble->meanwhile].wait;

	if (wait == RECORD_WITH_SITE && (trouble->is_stopped || trouble->again_ms > 0))
		return RECORD_COUNTED;
	return wait;
}

static void
settle_tried(struct schedule *s, const struct deliver_job *job, struct deliver_recipient *tried,
             const struct schedule_trouble *trouble, uint64_t seed)
{
	struct schedule_recipient *r = tried->context;
	struct mail_event *event = tried->event;
	enum record_wait wait;

	if (event->kind != MAIL_EVENT_DEFERRED) {
		event->attempt = r->attempts + 1u;
		finish(s, r, event, job);
		return;
	}
	wait = wait_of(tried->ruling, trouble);
	if (wait == RECORD_WITH_SITE)
		wait_for_site(s, r, event, tried->ruling->party != RECORD_CONNECTION);
	else
		defer(s, r, event, &tried->verdict,
		      &(struct retry){ wait == RECORD_COUNTED, seed, trouble->again_ms });
}

/* Not reached. What was another recipient's own trouble is not this one's; before
 * anybody was reached it is this mail's. */
static void
settle_untried(struct schedule *s, struct schedule_recipient *r, const struct deliver_job *job,
               const struct schedule_trouble *trouble, uint64_t seed)
{
	enum record_wait wait;

	if (job->failure == NULL
	    || (job->ruling->party == RECORD_RECIPIENT && trouble->tried > 0)) {
		schedule_recipient_wait(s, r, SCHEDULE_READY, true);
		return;
	}
	wait = wait_of(job->ruling, trouble);
	if (wait == RECORD_WITH_SITE)
		wait_for_site(s, r, job->failure, record_ruling_is_early(job->phase));
	else
		defer(s, r, job->failure, &job->verdict,
		      &(struct retry){ wait == RECORD_COUNTED, seed, trouble->again_ms });
}

static void
settle_job(struct schedule *s, struct schedule_slot *slot, struct deliver_job *job)
{
	struct schedule_trouble trouble = schedule_trouble_take(s, slot, job);
	uint64_t seed = rand_next(&s->rand);

	schedule_warmup_hear(s, slot, job);
	if (trouble.tried > 0)
		schedule_wait_served(s, slot->exchange->site, trouble.tried);
	/* backwards: what goes to the head of its lane keeps its order */
	for (size_t i = job->recipients; i-- > 0;) {
		if (job->recipient[i].event)
			settle_tried(s, job, &job->recipient[i], &trouble, seed);
		else
			settle_untried(s, job->recipient[i].context, job, &trouble, seed);
	}
}

void
schedule_outcome_job(struct mailbox_item *item, void *owner)
{
	struct deliver_job *job = (struct deliver_job *)(void *)item;
	struct schedule *s = owner;
	struct schedule_slot *slot;

	if (s == NULL) {
		deliver_job_free(&job);
		return;
	}
	schedule_read_clock(s);
	s->jobs--;
	slot = schedule_slot_find(s, job->context);
	must(slot != NULL && slot->is_busy);
	slot->conn_id = job->is_open ? job->conn_id : 0;
	settle_job(s, slot, job);
	deliver_job_free(&job);
	schedule_slot_set_idle(s, slot);
	schedule_wake(s);
}
