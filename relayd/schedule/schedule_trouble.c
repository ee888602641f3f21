/* schedule_trouble.c - site, connection, message or recipient? What a job that
 * came back says about the site it went to.
 *
 *   a refusal of our pace or standing    the site is slower, narrower, or paused
 *   no connection, or one that broke     the site is paused, unless its other
 *                                        connections work: then it was this one
 *   anything about the mail itself       the site talks to us: all is well there
 *
 * Trouble of a connection or a site never costs a message an attempt. But mail
 * that breaks connections while others are served is its own trouble.
 * Thread: scheduler. */
#include "schedule/schedule_private.h"

#include "record/record_pace.h"

#define LOST_MAX 5                 /* jobs in a row that came back for no reason */
#define LOST_PAUSE_MS 1000

static struct schedule_trouble
find_trouble(const struct deliver_job *job)
{
	struct schedule_trouble trouble = { 0 };

	for (size_t i = 0; i < job->recipients; i++) {
		const struct deliver_recipient *r = &job->recipient[i];

		if (r->event == NULL)
			continue;
		trouble.tried++;
		if (r->event->kind == MAIL_EVENT_DELIVERED || r->concern != RECORD_SITE) {
			trouble.has_answer = true;
		} else if (trouble.event == NULL) {
			trouble.event = r->event;
			trouble.hint_sec = r->verdict.retry_after_sec;
			trouble.phase = VERDICT_PHASE_UNKNOWN;
		}
	}
	if (job->failure
	    && (job->end == DELIVER_NO_CONNECTION || job->concern == RECORD_SITE)) {
		trouble.event = job->failure;
		trouble.hint_sec = job->verdict.retry_after_sec;
		trouble.phase = job->phase;
	}
	return trouble;
}

/* Has another connection been served since this job began, or this one before it? */
static bool
is_served(const struct schedule_slot *slot)
{
	const struct schedule_site *site = slot->exchange->site;

	if (site->gate.backoff.failures > 0)
		return false;
	return slot->messages > 1
	       || (site->slots > 1 && site->gate.control.accepted_mono_ms > slot->began_mono_ms);
}

static bool
is_before_mail(const struct schedule_trouble *trouble)
{
	return trouble->phase > VERDICT_PHASE_UNKNOWN && trouble->phase < VERDICT_PHASE_MAIL;
}

static void
tell_site(struct schedule *s, const struct schedule_slot *slot,
          const struct schedule_trouble *trouble, enum pace_news news)
{
	struct schedule_reply *reply = schedule_reply_of(trouble->event);
	const struct pace_report report = {
		.news = news, .hint_sec = trouble->hint_sec,
		.began_mono_ms = slot->began_mono_ms,
		.connections = slot->exchange->site->slots - 1, .messages = slot->messages - 1 };

	slot->exchange->site->lost = 0;
	schedule_site_hear(s, slot->exchange->site, reply, &report);
	schedule_reply_unref(&reply);
}

static void
tell_trouble(struct schedule *s, const struct schedule_slot *slot,
             struct schedule_trouble *trouble)
{
	enum pace_news news = record_pace_news(trouble->event, trouble->phase);

	if (news == PACE_TROUBLE && is_served(slot)) {
		/* one connection more than it likes, or one that had enough */
		if (is_before_mail(trouble))
			news = PACE_CROWDED;
		else if (trouble->event->code / 100 != 5)
			trouble->is_of_connection = true;
	}
	if (!trouble->is_of_connection)
		tell_site(s, slot, trouble, news);
}

static void
tell_well(struct schedule *s, const struct schedule_slot *slot, const struct deliver_job *job,
          const struct schedule_trouble *trouble)
{
	struct schedule_site *site = slot->exchange->site;

	if (trouble->has_answer) {
		site->lost = 0;
		schedule_site_hear(s, site, NULL,
		                   &(struct pace_report){ .news = PACE_ACCEPTED,
		                                          .began_mono_ms = slot->began_mono_ms });
	} else if (job->failure == NULL && ++site->lost >= LOST_MAX) {
		site->lost = 0; /* whatever it is, it must not keep a core busy */
		pace_gate_pause(&site->gate, LOST_PAUSE_MS, s->now_mono_ms);
	}
}

/* the first negative answer of the job, whatever it concerns */
static void
ask_rules(struct schedule *s, struct schedule_site *site, const struct deliver_job *job)
{
	const struct schedule_recipient *first = job->recipient[0].context;
	const struct mail_event *event = job->failure;

	for (size_t i = 0; i < job->recipients && event == NULL; i++)
		if (job->recipient[i].event
		    && job->recipient[i].event->kind != MAIL_EVENT_DELIVERED)
			event = job->recipient[i].event;
	if (event)
		schedule_rule_hear(s, site, first->message->credential, event);
}

struct schedule_trouble
schedule_trouble_take(struct schedule *s, const struct schedule_slot *slot,
                      const struct deliver_job *job)
{
	struct schedule_trouble trouble = find_trouble(job);

	if (trouble.event)
		tell_trouble(s, slot, &trouble);
	else
		tell_well(s, slot, job, &trouble);
	ask_rules(s, slot->exchange->site, job);
	if (job->end == DELIVER_DONE && trouble.tried > 0 && trouble.tried < job->recipients)
		slot->exchange->recipients_max = trouble.tried;
	return trouble;
}
