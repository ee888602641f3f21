/* deliver_trace.c - what was said in sessions, kept for who asks (stage 7, beside). Loop thread.
 *
 * Each worker keeps its own sessions' traces: nothing is handed to another thread until somebody
 * asks, and then copies are. A message's attempts may have been made by several
 * workers: control asks them all. Kept is what told somebody something: a job that came
 * back untried because its idle connection had just closed is nobody's story. */
#include "deliver/deliver_private.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"

void
deliver_trace_resize(struct deliver *deliver)
{
	uint64_t bytes = deliver->config->delivery.trace_memory_bytes;

	trace_ring_set_max(deliver->traces, (size_t)(bytes / deliver->shares));
}

bool
deliver_trace_is_on(const struct deliver *deliver)
{
	return deliver->config->delivery.trace_memory_bytes > 0;
}

/* ---- while it goes on ---------------------------------------------------------------- */

void
deliver_trace_connect(struct deliver_session *session, const union resolve_address *source)
{
	const union resolve_address *to = session->address;
	/* sin_port and sin6_port share their place */
	unsigned port = ntohs(to->in.sin_port);
	char text[512];

	if (!session->script.is_on)
		return;
	snprintf(text, sizeof text, "connecting to %s [%s] port %u%s%s", session->host->name,
	         session->peer_text, port, source ? " from " : "",
	         source ? session->source_address : "");
	trace_script_connect(&session->script, loop_now_mono_ms(session->deliver->loop),
	                     span_of(text));
}

void
deliver_trace_note(struct deliver_session *session, const char *text)
{
	trace_script_add(&session->script, TRACE_NOTE, loop_now_mono_ms(session->deliver->loop),
	                 span_of(text));
}

void
deliver_trace_tls(struct deliver_session *session)
{
	const struct tls_facts *tls = &session->tls;
	char text[sizeof tls->version + sizeof tls->cipher + sizeof tls->verify_text + 64];

	if (!session->script.is_on)
		return;
	snprintf(text, sizeof text, "%s, %s, certificate %s%s", tls->version, tls->cipher,
	         tls->verify_ok ? "verified" : "not verified: ",
	         tls->verify_ok ? "" : tls->verify_text);
	deliver_trace_note(session, text);
}

/* ---- when it ends ---------------------------------------------------------------------- */

static struct trace_recipient
recipient_of(size_t i, const void *arg)
{
	const struct deliver_job *job = arg;
	const struct deliver_recipient *recipient = &job->recipient[i];
	struct trace_recipient one = { .address = recipient->address };

	if (!recipient->event)
		one.result = TRACE_UNTRIED;
	else if (recipient->event->kind == MAIL_EVENT_DELIVERED)
		one.result = TRACE_DELIVERED;
	else
		one.result = recipient->event->kind == MAIL_EVENT_DEFERRED ? TRACE_DEFERRED
		                                                           : TRACE_BOUNCED;
	return one;
}

static struct trace *
trace_of(const struct deliver_session *session, enum trace_end end)
{
	const struct tls_facts *tls = &session->tls;
	const struct deliver_job *job = session->job;
	int64_t now = clock_unix_ms();
	struct trace_facts facts = {
		.message_id = job->message_id,
		.started_unix_ms = job->started_unix_ms,
		.connected_unix_ms = now - (loop_now_mono_ms(session->deliver->loop) -
		                            session->script.start_mono_ms),
		.ended_unix_ms = end == TRACE_END_NONE ? 0 : now,
		.end = end,
		.is_reused = session->messages > 1,
		.remote_host = session->host ? session->host->name : NULL,
		.remote_address = session->peer_text[0] ? session->peer_text : NULL,
		.source_address = session->local_text[0] ? session->local_text
		                                         : session->source_address,
		.tls_version = tls->version,
		.tls_cipher = tls->cipher,
		.tls_verified = tls->on ? tls->verify_ok ? "verified" : tls->verify_text : NULL,
	};

	return trace_new(&facts, &session->script, recipient_of, job, job->recipients);
}

void
deliver_trace_keep(struct deliver_session *session, enum deliver_end end)
{
	static const enum trace_end ends[] = {
		[DELIVER_DONE] = TRACE_END_DONE,
		[DELIVER_NO_CONNECTION] = TRACE_END_NO_CONNECTION,
		[DELIVER_LOST] = TRACE_END_LOST,
	};
	struct trace *trace;

	if (!session->script.is_on || (end != DELIVER_DONE && !session->job->failure))
		return;
	trace = trace_of(session, ends[end]);
	trace_ring_put(session->deliver->traces, &trace);
}

/* ---- who asks ---------------------------------------------------------------------------- */

static int64_t
started(const struct trace *trace)
{
	struct trace_facts facts;

	trace_facts_read(trace, &facts);
	return facts.started_unix_ms;
}

/* take - when there are too many the oldest makes room, or is left out. */
static bool
take(const struct trace *trace, void *arg)
{
	struct deliver_trace_ask *ask = arg;
	size_t oldest = 0;

	if (ask->traces < ask->limit) {
		ask->trace[ask->traces++] = trace_copy(trace);
		return true;
	}
	ask->more++;
	for (size_t i = 1; i < ask->traces; i++)
		if (started(ask->trace[i]) < started(ask->trace[oldest]))
			oldest = i;
	if (started(trace) < started(ask->trace[oldest]))
		return true;
	trace_free(&ask->trace[oldest]);
	ask->trace[oldest] = trace_copy(trace);
	return true;
}

static bool
has_recipient(const struct deliver_job *job, const char *address)
{
	for (size_t i = 0; i < job->recipients; i++)
		if (strcasecmp(job->recipient[i].address, address) == 0)
			return true;
	return false;
}

static void
take_live(struct deliver *deliver, struct deliver_trace_ask *ask)
{
	for (struct list *l = deliver->sessions.next; l != &deliver->sessions; l = l->next) {
		const struct deliver_session *session =
			LIST_OWNER(l, struct deliver_session, link);
		struct trace *trace;

		if (!session->script.is_on || !session->job ||
		    session->job->message_id != ask->message_id ||
		    (ask->recipient && !has_recipient(session->job, ask->recipient)))
			continue;
		trace = trace_of(session, TRACE_END_NONE);
		take(trace, ask);
		trace_free(&trace);
	}
}

static void
on_ask(struct mailbox_item *item, void *owner)
{
	struct deliver_trace_ask *ask = (struct deliver_trace_ask *)(void *)item;
	struct deliver *deliver = owner;

	if (!deliver) {
		deliver_trace_ask_free(&ask);
		return;
	}
	ask->trace = mem_zero(ask->limit, sizeof *ask->trace);
	trace_ring_find(deliver->traces, ask->message_id, ask->recipient, take, ask);
	take_live(deliver, ask);
	trace_ring_stats_read(deliver->traces, &ask->kept);
	mailbox_answer(&ask->back, &ask->item);
}

void
deliver_trace_send(struct deliver *deliver, struct deliver_trace_ask **ask)
{
	struct mailbox_item *item = &(*ask)->item;

	item->fn = on_ask;
	*ask = NULL;
	mailbox_send(deliver->mailbox, &item);
}

void
deliver_trace_ask_free(struct deliver_trace_ask **ask)
{
	struct deliver_trace_ask *a = *ask;

	if (!a)
		return;
	for (size_t i = 0; i < a->traces; i++)
		trace_free(&a->trace[i]);
	mem_free(a->trace);
	mem_free(a->recipient);
	mem_free(a);
	*ask = NULL;
}
