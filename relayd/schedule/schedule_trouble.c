/* schedule_trouble.c - a job came back: what it says about the site it went to.
 *
 * What failed is decided by record_ruling.h; what that needs to know besides the
 * answers, whether other mail to the site passed meanwhile, is known here. The site's
 * pace hears one thing of a job: of its trouble, or that all is well.
 * Thread: scheduler. */
#include "schedule/schedule_site.h"

#include "schedule/schedule_reply.h"
#include "schedule/schedule_source.h"

#define LOST_MAX 5                 /* jobs in a row that came back for no reason */
#define LOST_PAUSE_MS 1000
#define LATELY_MS 10000            /* before a job began: what its provider took elsewhere */

struct trouble {
	const struct mail_event *event; /* NULL: none; borrowed of the job */
	int hint_sec;
	enum pace_news news;
};

static bool
has_other_hosts(const struct schedule_site *site)
{
	return site->exchanges.next != site->exchanges.prev;
}

/* A site of many hosts can be well although these are not: one customer of a provider
 * may have named hosts that are gone. */
static enum record_meanwhile
meanwhile_of(const struct schedule_slot *slot)
{
	const struct schedule_exchange *exchange = slot->exchange;
	const struct schedule_site *site = exchange->site;
	int64_t lately_mono_ms = slot->began_mono_ms - LATELY_MS;

	if (site->gate.backoff.failures > 0)
		return RECORD_ALONE;
	if (slot->messages > 1
	    || (exchange->slots > 1 && exchange->accepted_mono_ms > slot->began_mono_ms))
		return RECORD_SAME_HOSTS;
	if (has_other_hosts(site) && exchange->accepted_mono_ms < lately_mono_ms
	    && site->gate.control.accepted_mono_ms > lately_mono_ms)
		return RECORD_OTHER_HOSTS;
	return RECORD_ALONE;
}

static void
consider(struct trouble *trouble, enum record_meanwhile meanwhile,
         const struct mail_event *event, const struct record_ruling *ruling,
         enum verdict_phase phase, const struct verdict *verdict)
{
	enum pace_news news;

	if (trouble->event || !record_ruling_news(ruling, meanwhile, phase, event->reply, &news)
	    || news == PACE_ACCEPTED)
		return;
	*trouble = (struct trouble){ event, verdict->retry_after_sec, news };
}

static struct trouble
find_trouble(const struct deliver_job *job, enum record_meanwhile meanwhile)
{
	struct trouble trouble = { 0 };

	if (job->failure)
		consider(&trouble, meanwhile, job->failure, job->ruling, job->phase,
		         &job->verdict);
	for (size_t i = 0; i < job->recipients; i++) {
		const struct deliver_recipient *r = &job->recipient[i];

		if (r->event && r->event->kind != MAIL_EVENT_DELIVERED)
			consider(&trouble, meanwhile, r->event, r->ruling, r->phase, &r->verdict);
	}
	return trouble;
}

/* Somebody's mail was judged: the site talks to us. */
static bool
has_answer(const struct deliver_job *job, enum record_meanwhile meanwhile)
{
	for (size_t i = 0; i < job->recipients; i++) {
		const struct deliver_recipient *r = &job->recipient[i];

		if (r->event && (r->event->kind == MAIL_EVENT_DELIVERED
		                 || r->ruling->then[meanwhile].news == RECORD_WELL))
			return true;
	}
	return false;
}

static void
tell_trouble(struct schedule *s, const struct schedule_slot *slot, const struct trouble *trouble)
{
	struct schedule_reply *reply = schedule_reply_of(trouble->event);
	const struct pace_report report = {
		.news = trouble->news, .hint_sec = trouble->hint_sec,
		.began_mono_ms = slot->began_mono_ms,
		.connections = slot->exchange->site->slots - 1, .messages = slot->messages - 1 };

	slot->exchange->site->lost = 0;
	schedule_site_hear(s, slot->exchange->site, reply, &report);
	schedule_reply_unref(&reply);
}

static void
tell_well(struct schedule *s, const struct schedule_slot *slot)
{
	slot->exchange->site->lost = 0;
	slot->exchange->accepted_mono_ms = s->now_mono_ms;
	schedule_site_hear(s, slot->exchange->site, NULL,
	                   &(struct pace_report){ .news = PACE_ACCEPTED,
	                                          .began_mono_ms = slot->began_mono_ms });
}

static void
tell_lost(struct schedule *s, struct schedule_site *site)
{
	if (++site->lost < LOST_MAX)
		return;
	site->lost = 0; /* whatever it is, it must not keep a core busy */
	pace_gate_pause(&site->gate, LOST_PAUSE_MS, s->now_mono_ms);
}

/* the first negative answer of the job, whatever it concerns */
static int64_t
ask_rules(struct schedule *s, struct schedule_site *site, const struct deliver_job *job)
{
	const struct schedule_recipient *first = job->recipient[0].context;
	const struct mail_event *event = job->failure;

	for (size_t i = 0; i < job->recipients && event == NULL; i++)
		if (job->recipient[i].event
		    && job->recipient[i].event->kind != MAIL_EVENT_DELIVERED)
			event = job->recipient[i].event;
	return event ? schedule_rule_hear(s, site, first->message, event) : 0;
}

struct schedule_trouble
schedule_trouble_take(struct schedule *s, const struct schedule_slot *slot,
                      const struct deliver_job *job)
{
	struct schedule_trouble found = { .meanwhile = meanwhile_of(slot) };
	struct trouble trouble = find_trouble(job, found.meanwhile);

	for (size_t i = 0; i < job->recipients; i++)
		found.tried += job->recipient[i].event != NULL;
	if (trouble.event)
		tell_trouble(s, slot, &trouble);
	else if (has_answer(job, found.meanwhile))
		tell_well(s, slot);
	else if (job->failure == NULL)
		tell_lost(s, slot->exchange->site);
	found.again_ms = ask_rules(s, slot->exchange->site, job);
	found.is_stopped = schedule_source_is_stopped(s, slot->exchange->site);
	if (job->end == DELIVER_DONE && found.tried > 0 && found.tried < job->recipients)
		slot->exchange->recipients_max = found.tried;
	return found;
}
