/* control_session.c - one client: lines in, answers and notices out.
 *
 * Caps: a request line, calls under way and output. When a cap of ours is
 * reached we stop reading (the client waits); notices are dropped or merged
 * instead of queued, and say so; a line that is too long ends the session.
 * Thread: main. */
#include "control/control_private.h"

#include <string.h>

#include "base/log.h"

#define LINGER_MS 2000 /* for the last answers to a client that hangs up */

static void
free_session(void *p)
{
	mem_free(p);
}

/* leave - take the session apart; what conn still holds is dropped, or written
 * first when linger_ms is not 0. */
static void
leave(struct control_session *session, int64_t linger_ms)
{
	if (!session->conn)
		return;
	while (!list_is_empty(&session->subscriptions)) {
		struct control_subscription *subscription = LIST_OWNER(session->subscriptions.next,
			struct control_subscription, link);

		list_remove(&subscription->link);
		subscription->end(subscription);
	}
	control_call_forget(session);
	if (linger_ms > 0)
		conn_close_when_drained(&session->conn, linger_ms);
	else
		conn_free(&session->conn);
	session->conn = NULL;
	list_remove(&session->link);
	session->control->session_count--;
	loop_defer_free(session->control->loop, session, free_session);
}

void
control_session_close(struct control_session *session)
{
	leave(session, 0);
}

bool
control_session_has_room(const struct control_session *session)
{
	return session->conn && conn_output_bytes(session->conn) < CONTROL_NOTICE_MAX_BYTES;
}

static void
write_line(struct control_session *session, const json_t *line)
{
	struct buf text;

	if (!session->conn)
		return;
	buf_init_secret(&text, CONTROL_OUTPUT_MAX_BYTES); /* a new password may be in it */
	if (api_json_append(line, &text) < 0 || buf_append(&text, "\n", 1) < 0 ||
	    conn_write(session->conn, buf_data(&text), text.len) < 0) {
		LOG(LOG_WARNING, "control.output_full", LOG_TEXT("user", session->user));
		control_session_close(session);
	}
	buf_deinit(&text);
}

bool
control_session_notify(struct control_session *session, const char *method, json_t *params)
{
	json_t *line;

	if (!control_session_has_room(session)) {
		json_decref(params);
		return false;
	}
	line = json_object();
	api_json_put_text(line, "method", method);
	api_json_put(line, "params", params);
	write_line(session, line);
	json_decref(line);
	return true;
}

void
control_session_write_result(struct control_session *session, const json_t *id, bool is_rpc2,
                             json_t *result)
{
	json_t *line = json_object();

	if (is_rpc2)
		api_json_put_text(line, "jsonrpc", "2.0");
	api_json_put(line, "id", id ? json_deep_copy(id) : json_null());
	json_object_update(line, result); /* {"result":...} or {"error":...} */
	json_decref(result);
	write_line(session, line);
	json_decref(line);
}

int
control_session_add(struct control_session *session, struct control_subscription *subscription,
                    struct api_error *error)
{
	if (session->subscription_count >= API_VIEW_SUBSCRIPTIONS_MAX)
		return api_error_set(error, API_ERROR_BUSY, "%u subscriptions are open, the most a "
		                     "client may have", session->subscription_count);
	session->subscription_count++;
	subscription->session = session;
	subscription->number = ++session->last_subscription;
	list_push_back(&session->subscriptions, &subscription->link);
	return 0;
}

struct control_subscription *
control_session_find(struct control_session *session, uint64_t number)
{
	for (struct list *l = session->subscriptions.next; l != &session->subscriptions;
	     l = l->next) {
		struct control_subscription *subscription =
			LIST_OWNER(l, struct control_subscription, link);

		if (subscription->number == number)
			return subscription;
	}
	return NULL;
}

static bool
may_read(const struct control_session *session)
{
	return session->calls < CONTROL_CALLS_MAX && control_session_has_room(session);
}

static void
refuse_long_line(struct control_session *session)
{
	struct api_error error;
	json_t *answer = json_object();

	(void)api_error_set(&error, API_ERROR_REQUEST, "a request is longer than %zu bytes",
	                    CONTROL_LINE_MAX_BYTES);
	api_json_put(answer, "error", api_error_to_json(&error));
	control_session_write_result(session, NULL, false, answer);
	leave(session, LINGER_MS);
}

/* read_lines - take whole requests while caps allow. */
static void
read_lines(struct control_session *session)
{
	while (session->conn && may_read(session)) {
		struct buf *in = conn_input(session->conn);
		const char *end = in->len ? memchr(buf_data(in), '\n', in->len) : NULL;
		struct buf line;
		size_t n;

		if (!end) {
			if (in->len >= CONTROL_LINE_MAX_BYTES)
				refuse_long_line(session);
			return;
		}
		/* a copy: what the request does may close the session and its buffer */
		n = (size_t)(end - buf_data(in));
		buf_init(&line, CONTROL_LINE_MAX_BYTES + 1);
		(void)buf_append(&line, buf_data(in), n);
		buf_consume(in, n + 1);
		control_call_take(session, span_trim(buf_span(&line)));
		buf_deinit(&line);
	}
	if (session->conn && !may_read(session))
		conn_pause(session->conn);
}

void
control_session_read(struct control_session *session)
{
	if (session->is_reading) /* an answer that was made at once: the loop below goes on */
		return;
	session->is_reading = true;
	read_lines(session);
	session->is_reading = false;
	if (session->conn && session->is_ending && session->calls == 0)
		leave(session, LINGER_MS);
}

static void
on_read(struct conn *conn, void *arg)
{
	(void)conn;
	control_session_read(arg);
}

static void
on_drained(struct conn *conn, void *arg)
{
	struct control_session *session = arg;
	struct list *l = session->subscriptions.next;

	(void)conn;
	while (session->conn && l != &session->subscriptions) {
		struct control_subscription *subscription =
			LIST_OWNER(l, struct control_subscription, link);

		l = l->next;
		if (subscription->drained)
			subscription->drained(subscription);
	}
	if (session->conn && may_read(session))
		conn_resume(session->conn);
}

static void
on_end(struct conn *conn, void *arg, enum conn_end why, const struct err *err)
{
	struct control_session *session = arg;

	(void)conn;
	(void)err;
	if (why != CONN_END_PEER) {
		control_session_close(session);
		return;
	}
	/* `echo REQUEST | nc -U` closes its half at once and still wants the answer */
	session->is_ending = true;
	control_session_read(session);
}

void
control_session_call_ended(struct control_session *session)
{
	session->calls--;
	if (!session->conn || session->is_reading)
		return;
	if (session->is_ending)
		control_session_read(session);
	else
		conn_resume(session->conn); /* reads on from the loop, not from within an answer */
}

void
control_session_new(struct control *control, int fd, uid_t uid, const char *user,
                    enum control_role role)
{
	static const struct conn_ops ops = {
		.on_read = on_read,
		.on_drained = on_drained,
		.on_end = on_end,
	};
	struct control_session *session = mem_zero(1, sizeof *session);

	session->control = control;
	session->uid = uid;
	session->role = role;
	snprintf(session->user, sizeof session->user, "%s", user);
	list_init(&session->subscriptions);
	list_push_back(&control->sessions, &session->link);
	control->session_count++;
	session->conn = conn_accepted(control->loop, fd, &ops, session, CONTROL_LINE_MAX_BYTES + 1,
	                              CONTROL_OUTPUT_MAX_BYTES);
	conn_wipe(session->conn);
}
