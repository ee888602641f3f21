/* deliver_result.c - what the server said becomes events (stage 7 to 8). Loop thread.
 *
 * Every fact of the session goes into the event here and nowhere else. The
 * event borrows from the session until mail_event_dup makes it the job's. */
#include "deliver/deliver_private.h"

#include <arpa/inet.h>

#include "base/clock.h"
#include "base/mem.h"

static const char *
tls_verified(const struct tls_facts *tls)
{
	if (!tls->on)
		return "no";
	return tls->verify_ok ? "verified" : "opportunistic";
}

static void
fill_facts(const struct deliver_session *session, struct mail_event *event)
{
	event->at_unix_ms = clock_unix_ms();
	event->message_id = session->job->message_id;
	event->remote_host = session->host ? session->host->name : NULL;
	event->remote_address = session->peer_text[0] ? session->peer_text : NULL;
	event->source_address = session->local_text[0] ? session->local_text
	                                               : session->source_address;
	event->tls_version = session->tls.on ? session->tls.version : "";
	event->tls_verified = tls_verified(&session->tls);
	event->duration_ms = loop_now_mono_ms(session->deliver->loop) - session->job_mono_ms;
}

static const char *
provider_of(const struct deliver_session *session)
{
	const struct config_provider *provider;

	if (!session->host)
		return NULL;
	provider = config_find_provider(session->deliver->config, span_of(session->host->name));
	return provider ? provider->name : NULL;
}

static void
judge(const struct deliver_session *session, const struct smtp_reply *reply, const char *text,
      struct mail_event *event, struct verdict *verdict_out,
      const struct record_ruling **ruling_out)
{
	bool is_good = reply && reply->code / 100 == 2;
	struct record_facts facts = {
		.phase = deliver_state_phase(session->state),
		.reply = reply,
		.text = text,
		.is_sent = deliver_transaction_is_sent(session),
		.provider = is_good ? NULL : provider_of(session), /* patterns cost something */
		.rules = session->deliver->rules,
	};

	record_judge(&facts, event, verdict_out, ruling_out);
}

void
deliver_result_recipient(struct deliver_session *session, size_t no,
                         const struct smtp_reply *reply, const char *text)
{
	struct deliver_recipient *recipient = &session->job->recipient[no];
	struct mail_event event = { .recipient_no = recipient->no,
		                    .recipient = recipient->address };

	must(!recipient->event);
	fill_facts(session, &event);
	judge(session, reply, text, &event, &recipient->verdict, &recipient->ruling);
	recipient->phase = deliver_state_phase(session->state);
	recipient->event = mail_event_dup(&event);
}

bool
deliver_result_tries_next(const struct deliver_session *session)
{
	const struct record_ruling *ruling;
	struct mail_event event = { 0 };
	struct verdict verdict;

	judge(session, &session->reply, NULL, &event, &verdict, &ruling);
	return ruling && ruling->tries_next;
}

void
deliver_result_refuse(struct deliver_session *session, size_t no, struct verdict_status status,
                      const char *text)
{
	struct deliver_recipient *recipient = &session->job->recipient[no];
	struct mail_event event = { .recipient_no = recipient->no,
		                    .recipient = recipient->address };

	must(!recipient->event);
	deliver_trace_note(session, text);
	fill_facts(session, &event);
	record_refuse(status, text, &event, &recipient->verdict, &recipient->ruling);
	recipient->phase = VERDICT_PHASE_MAIL;
	recipient->event = mail_event_dup(&event);
}

/* deliver_result_failure - the newest failure replaces the one of the host before. */
void
deliver_result_failure(struct deliver_session *session, const struct smtp_reply *reply,
                       const char *text)
{
	struct deliver_job *job = session->job;
	struct mail_event event = { 0 };

	if (text)
		deliver_trace_note(session, text);
	fill_facts(session, &event);
	judge(session, reply, text, &event, &job->verdict, &job->ruling);
	must(event.kind == MAIL_EVENT_DEFERRED); /* a session ends without an answer, or with
	                                          * 421, or before MAIL */
	job->phase = deliver_state_phase(session->state);
	mem_free(job->failure);
	job->failure = mail_event_dup(&event);
}
