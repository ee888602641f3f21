/* deliver.c - stage 7 of a message's path: the worker's outbound side. Loop thread.
 *
 * Holds the table of sessions and what they share; a session's life is in
 * deliver_session.c. Jobs, closings and chunks of large bodies arrive in one
 * mailbox. Invariants: a session is in by_id as long as the scheduler may use its
 * conn_id, and in `sessions` until its memory goes; nothing here waits for
 * a peer, so a slow one costs its own session only. */
#include "deliver/deliver_private.h"

#include "base/mem.h"

#define MAILBOX_CAP 4096           /* not reached: the scheduler caps connections */
#define SCRATCH_MAX (512 * 1024)   /* > an envelope of DELIVER_RECIPIENTS_MAX */
#define FAILED_CAP 1024
#define FAILED_MS (60 * 1000)
#define BROKEN_TLS_CAP 1024
#define BROKEN_TLS_MS (60 * 60 * 1000)

struct close_request {
	struct mailbox_item item;
	uint64_t conn_id;
};

static void cut_all(struct deliver *deliver);

static void
on_drain_timer(void *arg)
{
	struct deliver *deliver = arg;
	loop_fn drained = deliver->drained;

	if (!list_is_empty(&deliver->sessions)) {
		cut_all(deliver); /* note_end brings us back */
		return;
	}
	deliver->drained = NULL;
	if (drained)
		drained(deliver->drained_arg);
}

struct deliver *
deliver_new(struct loop *loop, struct store *store, struct tls_client *tls,
            const struct config *config, struct err *err)
{
	struct deliver *deliver = mem_zero(1, sizeof *deliver);

	deliver->mailbox = mailbox_new("deliver", MAILBOX_CAP, deliver, err);
	if (!deliver->mailbox) {
		mem_free(deliver);
		return NULL;
	}
	mailbox_attach(deliver->mailbox, loop);
	deliver->loop = loop;
	deliver->store = store;
	deliver->tls = tls;
	deliver->config = config_ref(config);
	deliver->by_id = map_new();
	list_init(&deliver->sessions);
	rand_init_secret(&deliver->rand);
	buf_init(&deliver->scratch, SCRATCH_MAX);
	deliver->failed = deliver_memory_new(FAILED_CAP, FAILED_MS);
	deliver->broken_tls = deliver_memory_new(BROKEN_TLS_CAP, BROKEN_TLS_MS);
	loop_timer_init(&deliver->drain_timer, loop, on_drain_timer, deliver);
	deliver->traces = trace_ring_new(0);
	deliver_set_shares(deliver, 1);
	return deliver;
}

void
deliver_free(struct deliver **deliver)
{
	struct deliver *d = *deliver;

	if (!d)
		return;
	cut_all(d);
	mailbox_free(&d->mailbox);
	loop_timer_deinit(&d->drain_timer);
	map_free(&d->by_id);
	buf_deinit(&d->scratch);
	deliver_memory_free(&d->failed);
	deliver_memory_free(&d->broken_tls);
	trace_ring_free(&d->traces);
	config_unref(&d->config);
	verdict_rules_unref(&d->rules);
	mem_free(d);
	*deliver = NULL;
}

void
deliver_set_rules(struct deliver *deliver, const struct verdict_rules *rules)
{
	must_be_on(deliver->loop);
	verdict_rules_unref(&deliver->rules);
	deliver->rules = verdict_rules_ref(rules);
}

void
deliver_reconfigure(struct deliver *deliver, const struct config *config)
{
	must_be_on(deliver->loop);
	config_unref(&deliver->config);
	deliver->config = config_ref(config);
	deliver_trace_resize(deliver);
}

void
deliver_set_shares(struct deliver *deliver, size_t shares)
{
	deliver->shares = shares;
	deliver_trace_resize(deliver);
}

void
deliver_set_gone(struct deliver *deliver, const struct mailbox_return *to)
{
	deliver->gone = *to;
}

/* ---- jobs --------------------------------------------------------------------------- */
void
deliver_job_free(struct deliver_job **job)
{
	struct deliver_job *j = *job;

	if (!j)
		return;
	resolve_route_unref(&j->route);
	mail_body_unref(&j->body);
	for (size_t i = 0; i < j->recipients; i++)
		mem_free(j->recipient[i].event);
	mem_free(j->recipient);
	mem_free(j->failure);
	mem_free(j);
	*job = NULL;
}

static void
on_job(struct mailbox_item *item, void *owner)
{
	struct deliver *deliver = owner;
	struct deliver_job *job = (struct deliver_job *)(void *)item;
	struct deliver_session *session = NULL;

	if (!deliver) {
		deliver_job_free(&job);
		return;
	}
	if (job->conn_id)
		session = map_get(deliver->by_id, map_key_u64(&job->conn_id));
	if (session && !deliver->is_draining) {
		deliver_session_run(session, job);
	} else if (!job->conn_id && !deliver->is_draining) {
		deliver_session_start(deliver, job);
	} else { /* it closed while the job was on its way, or we are stopping */
		job->end = DELIVER_LOST;
		job->is_open = false;
		mailbox_answer(&job->back, &job->item);
	}
}

void
deliver_send(struct deliver *deliver, struct deliver_job **job)
{
	struct mailbox_item *item = &(*job)->item;

	item->fn = on_job;
	*job = NULL;
	mailbox_send(deliver->mailbox, &item);
}

static void
on_close(struct mailbox_item *item, void *owner)
{
	struct deliver *deliver = owner;
	struct close_request *request = (struct close_request *)(void *)item;
	struct deliver_session *session = NULL;

	if (deliver)
		session = map_get(deliver->by_id, map_key_u64(&request->conn_id));
	if (session && session->state == DELIVER_STATE_IDLE)
		deliver_session_quit(session);
	mem_free(request);
}

void
deliver_close(struct deliver *deliver, uint64_t conn_id)
{
	struct close_request *request = mem_zero(1, sizeof *request);
	struct mailbox_item *item = &request->item;

	request->conn_id = conn_id;
	item->fn = on_close;
	mailbox_send(deliver->mailbox, &item);
}

/* ---- sessions' ends --------------------------------------------------------------------- */
void
deliver_forget_session(struct deliver_session *session)
{
	map_remove(session->deliver->by_id, map_key_u64(&session->id));
}

void
deliver_tell_gone(struct deliver_session *session)
{
	const struct mailbox_return *to = &session->deliver->gone;
	struct deliver_gone *gone;

	if (!to->fn)
		return;
	gone = mem_zero(1, sizeof *gone);
	gone->item.fn = to->fn;
	gone->context = session->context;
	gone->conn_id = session->id;
	mailbox_answer(to, &gone->item);
}

void
deliver_note_end(struct deliver *deliver)
{
	if (deliver->is_draining && list_is_empty(&deliver->sessions))
		loop_timer_set(&deliver->drain_timer, 0); /* not from within a session's callback */
}

static void
cut_all(struct deliver *deliver)
{
	struct list *link = deliver->sessions.next, *next;

	for (; link != &deliver->sessions; link = next) {
		struct deliver_session *session = LIST_OWNER(link, struct deliver_session, link);

		next = link->next;
		if (session->state != DELIVER_STATE_CLOSED)
			deliver_session_cut(session);
	}
}

void
deliver_drain(struct deliver *deliver, int64_t grace_ms, loop_fn done, void *arg)
{
	struct list *link = deliver->sessions.next;

	must_be_on(deliver->loop);
	deliver->is_draining = true;
	deliver->drained = done;
	deliver->drained_arg = arg;
	for (; link != &deliver->sessions; link = link->next) {
		struct deliver_session *session = LIST_OWNER(link, struct deliver_session, link);

		if (session->state == DELIVER_STATE_IDLE)
			deliver_session_quit(session);
	}
	loop_timer_set(&deliver->drain_timer, list_is_empty(&deliver->sessions) ? 0 : grace_ms);
}
