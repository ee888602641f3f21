/* schedule_notice.c - whom the sender hears about (RFC 3461): which final outcomes
 * are noted as owed, and which mail has waited so long that it is time to say so.
 *
 * Delays are found by walking over all messages, a slice a turn, some sixty times per
 * delay_after: a timer or a list would cost each of a million waiting messages 16
 * bytes, the walk costs 0.1 % of a core (a table that grows meanwhile may hide a few
 * until the next round). What is owed goes to notice/ only after the store has it.
 * Thread: scheduler. */
#include "schedule/schedule_outcome.h"

#include "base/id.h"
#include "smtp/smtp_command.h"
#include "schedule/schedule_message.h"
#include "schedule/schedule_turn.h"

#define SLICE 2000                 /* buckets looked at in one turn */
#define ROUNDS 64
#define ROUND_MIN_MS 250
#define ROUND_MAX_MS 60000

static bool
has_reader(const struct schedule_message *m)
{
	const struct account_credential *credential = m->credential->account;

	return schedule_message_return_path(m)[0] != '\0'
	       && (credential == NULL || !credential->mutes_notices);
}

/* is_told_of_relaying - RFC 2852 s4.1: who asked for a trace hears of each step, who asked to be
 * told when it is late hears where nobody will tell him any more. */
static bool
is_told_of_relaying(const struct schedule_recipient *r, const struct deliver_job *job)
{
	if (r->notify & SMTP_NOTIFY_NEVER)
		return false;
	return (job->by & SMTP_BY_TRACE) || ((job->by & SMTP_BY_NOTIFY) && !job->next_has_by);
}

enum mail_notice
schedule_notice_of(const struct schedule_recipient *r, enum mail_event_kind kind,
                   const struct deliver_job *job)
{
	if (!has_reader(r->message))
		return MAIL_NOTICE_NONE;
	if (kind == MAIL_EVENT_DELIVERED && job && is_told_of_relaying(r, job))
		return MAIL_NOTICE_RELAYED;
	return mail_notice_of(kind, r->notify, job && job->next_reports);
}

void
schedule_notice_recorded(const struct schedule *s, const struct store_record *request)
{
	uint64_t last = 0;

	for (size_t i = 0; i < request->outcomes && s->notice_due; i++) {
		const struct store_outcome *outcome = &request->outcome[i];

		if (outcome->notice == MAIL_NOTICE_NONE || outcome->event->message_id == last)
			continue;
		last = outcome->event->message_id; /* its recipients come in a row */
		s->notice_due(last, false, s->notice_arg);
	}
}

/* ---- delays ---------------------------------------------------------------------------- */

static bool
wants_delay(const struct schedule_message *m)
{
	for (uint32_t i = 0; i < m->places; i++)
		if (m->recipient[i] && mail_notice_wants_delay(m->recipient[i]->notify))
			return true;
	return false;
}

/* is_late - by the time that its sender gave (RFC 2852, N). */
static bool
is_late(const struct schedule *s, const struct schedule_message *m)
{
	struct schedule_by by = schedule_message_by(m);

	return (by.by & SMTP_BY_NOTIFY) && by.at_unix_ms <= s->now_unix_ms;
}

void
schedule_notice_expect(struct schedule *s, const struct schedule_message *m)
{
	struct schedule_by by = schedule_message_by(m);
	int64_t at = schedule_mono_ms(s, by.at_unix_ms);

	if ((by.by & SMTP_BY_NOTIFY) && !m->is_delay_told && at < s->notice_by_mono_ms)
		s->notice_by_mono_ms = at;
}

static void
look_at(struct schedule *s, struct schedule_message *m)
{
	int64_t since = m->release_unix_ms > 0 ? m->release_unix_ms : id_unix_ms(m->id);

	if (m->is_delay_told)
		return;
	if (since + s->config->notices.delay_after_ms > s->now_unix_ms && !is_late(s, m)) {
		schedule_notice_expect(s, m);
		return;
	}
	m->is_delay_told = true;
	if (has_reader(m) && wants_delay(m))
		s->notice_due(m->id, true, s->notice_arg);
}

static int64_t
round_ms(const struct schedule *s)
{
	int64_t ms = s->config->notices.delay_after_ms / ROUNDS;

	return ms < ROUND_MIN_MS ? ROUND_MIN_MS : ms > ROUND_MAX_MS ? ROUND_MAX_MS : ms;
}

int64_t
schedule_notice_due_mono(const struct schedule *s)
{
	if (s->notice_due == NULL || s->messages.count == 0)
		return INT64_MAX;
	if (s->notice_place > 0)
		return s->now_mono_ms;
	return s->notice_by_mono_ms < s->notice_round_mono_ms ? s->notice_by_mono_ms
	                                                      : s->notice_round_mono_ms;
}

void
schedule_notice_run(struct schedule *s)
{
	if (schedule_notice_due_mono(s) > s->now_mono_ms)
		return;
	if (s->notice_place == 0)
		s->notice_by_mono_ms = INT64_MAX; /* this walk finds those that are left */
	for (int i = 0; i < SLICE && s->notice_place <= s->messages.mask; i++) {
		struct schedule_table_node *node = s->messages.bucket[s->notice_place++];

		for (; node; node = node->next)
			look_at(s, LIST_OWNER(node, struct schedule_message, node));
	}
	if (s->notice_place > s->messages.mask) {
		s->notice_place = 0;
		s->notice_round_mono_ms = s->now_mono_ms + round_ms(s);
	}
}
