/* accept.c - the stage as its worker sees it: made, told of new pictures, drained. */
#include "accept/accept.h"

#include "accept_private.h"
#include "base/mem.h"

#define ANSWERS_CAP 65536 /* not enforced: one commit and one window per session */

struct accept *
accept_new(const struct accept_options *options, struct err *err)
{
	struct accept *a = mem_zero(1, sizeof *a);

	a->box = mailbox_new("accept", ANSWERS_CAP, a, err);
	if (a->box == NULL) {
		mem_free(a);
		return NULL;
	}
	a->loop = options->loop;
	mailbox_attach(a->box, a->loop);
	a->config = config_ref(options->config);
	a->accounts = account_snapshot_ref(options->accounts);
	if (options->suppressions != NULL)
		a->suppressions = suppress_set_ref(options->suppressions);
	a->tls = options->tls != NULL ? tls_server_ref(options->tls) : NULL;
	a->gate = options->gate;
	a->own_census = options->census == NULL ? accept_census_new() : NULL;
	a->census = options->census != NULL ? options->census : a->own_census;
	a->store = options->store;
	a->schedule = options->schedule;
	a->notify = options->notify;
	id_gen_init(&a->ids, options->node, options->lane, options->not_before_id);
	list_init(&a->listeners);
	list_init(&a->sessions);
	buf_init(&a->piece, 2 * ACCEPT_PIECE_BYTES + 64);
	return a;
}

void
accept_check_drained(struct accept *accept)
{
	loop_fn done = accept->drained;

	if (!accept->is_draining || done == NULL || accept->session_count > 0 ||
	    accept->requests > 0)
		return;
	accept->drained = NULL;
	loop_timer_clear(&accept->drain);
	done(accept->drained_arg);
}

static void
leave_all(struct accept *accept)
{
	struct list *next;

	for (struct list *l = accept->sessions.next; l != &accept->sessions; l = next) {
		next = l->next;
		(void)accept_session_leave(LIST_OWNER(l, struct accept_session, link));
	}
}

static void
grace_is_over(void *arg)
{
	struct accept *accept = arg;
	struct list *next;

	for (struct list *l = accept->sessions.next; l != &accept->sessions; l = next) {
		struct accept_session *session = LIST_OWNER(l, struct accept_session, link);

		next = l->next;
		if (session->state != ACCEPT_HANDSHAKE)
			accept_session_reply(session, 421, "4.3.2", "%s is shutting down",
					     accept->config->hostname);
		accept_session_close(session);
	}
	accept_check_drained(accept);
}

void
accept_drain(struct accept *accept, int64_t grace_ms, loop_fn done, void *arg)
{
	must_be_on(accept->loop);
	accept->is_draining = true;
	accept->drained = done;
	accept->drained_arg = arg;
	for (struct list *l = accept->listeners.next; l != &accept->listeners; l = l->next) {
		struct accept_listener *listener = LIST_OWNER(l, struct accept_listener, link);

		loop_timer_clear(&listener->again);
		loop_watch_free(&listener->watch);
	}
	leave_all(accept);
	loop_timer_init(&accept->drain, accept->loop, grace_is_over, accept);
	loop_timer_set(&accept->drain, grace_ms);
	accept_check_drained(accept);
}

static void
free_listeners(struct accept *accept)
{
	while (!list_is_empty(&accept->listeners)) {
		struct accept_listener *l =
			LIST_OWNER(accept->listeners.next, struct accept_listener, link);

		list_remove(&l->link);
		loop_watch_free(&l->watch);
		loop_timer_deinit(&l->again);
		mem_free(l->title);
		mem_free(l->credential);
		mem_free(l);
	}
}

void
accept_free(struct accept **accept)
{
	struct accept *a = *accept;

	*accept = NULL;
	if (a == NULL)
		return;
	while (!list_is_empty(&a->sessions))
		accept_session_close(LIST_OWNER(a->sessions.next, struct accept_session, link));
	if (a->is_draining)
		loop_timer_deinit(&a->drain);
	free_listeners(a);
	mailbox_free(&a->box);
	buf_deinit(&a->piece);
	config_unref(&a->config);
	account_snapshot_unref(&a->accounts);
	suppress_set_unref(&a->suppressions);
	tls_server_unref(&a->tls);
	accept_census_free(&a->own_census);
	mem_free(a);
}

static void
reload_listener(struct accept_listener *listener, const struct config *config)
{
	for (size_t i = 0; i < config->listeners; i++) {
		const struct config_listener *row = &config->listener[i];

		if (row->kind != listener->kind || !span_is(span_of(row->title), listener->title))
			continue;
		mem_free(listener->credential);
		listener->credential = mem_strdup(row->credential);
	}
}

void
accept_set_config(struct accept *accept, const struct config *config)
{
	must_be_on(accept->loop);
	config_unref(&accept->config);
	accept->config = config_ref(config);
	for (struct list *l = accept->listeners.next; l != &accept->listeners; l = l->next)
		reload_listener(LIST_OWNER(l, struct accept_listener, link), config);
}

void
accept_set_suppressions(struct accept *accept, struct suppress_set *set)
{
	must_be_on(accept->loop);
	suppress_set_unref(&accept->suppressions);
	accept->suppressions = suppress_set_ref(set);
}

void
accept_set_accounts(struct accept *accept, struct account_snapshot *accounts)
{
	must_be_on(accept->loop);
	account_snapshot_unref(&accept->accounts);
	accept->accounts = account_snapshot_ref(accounts);
}

void
accept_set_tls(struct accept *accept, struct tls_server *tls)
{
	must_be_on(accept->loop);
	tls_server_unref(&accept->tls);
	accept->tls = tls_server_ref(tls);
}

size_t
accept_sessions(const struct accept *accept)
{
	return accept->session_count;
}
