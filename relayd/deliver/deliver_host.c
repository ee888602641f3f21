/* deliver_host.c - from one address of a route to the next. Loop thread.
 *
 * deliver_walk.c says which is next; here the connection to it is opened, and
 * what the one before said is kept as the job's failure. Invariant: a session without
 * connection is in START, with a job. */
#include "deliver/deliver_private.h"

#include <arpa/inet.h>

static bool
source_of(const struct deliver_session *session, union resolve_address *source_out)
{
	void *to;

	if (!session->source_address)
		return false;
	memset(source_out, 0, sizeof *source_out);
	source_out->sa.sa_family = session->address->sa.sa_family;
	to = source_out->sa.sa_family == AF_INET6 ? (void *)&source_out->in6.sin6_addr
	                                          : &source_out->in.sin_addr;
	return inet_pton(source_out->sa.sa_family, session->source_address, to) == 1;
}

void
deliver_host_connect(struct deliver_session *session)
{
	const union resolve_address *to = session->address;
	bool is_v6 = to->sa.sa_family == AF_INET6;
	union resolve_address source;

	session->peer = (struct deliver_peer){ 0 };
	memset(&session->tls, 0, sizeof session->tls);
	session->local_text[0] = '\0';
	inet_ntop(to->sa.sa_family, is_v6 ? (const void *)&to->in6.sin6_addr : &to->in.sin_addr,
	          session->peer_text, sizeof session->peer_text);
	deliver_session_open(session, source_of(session, &source) ? &source : NULL);
}

/* drop_connection - between hosts: with a QUIT where there is a dialogue. */
static void
drop_connection(struct deliver_session *session, bool was_answered)
{
	if (session->conn && was_answered) {
		deliver_session_say(session, "QUIT");
		conn_close_when_drained(&session->conn, DELIVER_QUIT_MS);
	}
	conn_free(&session->conn);
	if (session->state != DELIVER_STATE_START)
		deliver_session_set_state(session, DELIVER_STATE_START);
}

bool
deliver_host_has_next(const struct deliver_session *session)
{
	struct deliver_walk walk = session->walk; /* copies: nothing is used up */
	struct rand rand = session->deliver->rand;
	const struct resolve_host *host;

	return deliver_walk_next(&walk, session->deliver->failed, &rand,
	                         loop_now_mono_ms(session->deliver->loop), &host) != NULL;
}

void
deliver_host_next(struct deliver_session *session, const struct smtp_reply *reply,
                  const char *text)
{
	struct deliver *deliver = session->deliver;
	int64_t now = loop_now_mono_ms(deliver->loop);
	bool may_go_on = true;

	if (reply || text) {
		deliver_result_failure(session, reply, text);
		may_go_on = session->job->ruling->tries_next;
	}
	if (may_go_on && session->conn && session->state <= DELIVER_STATE_GREETING)
		deliver_memory_note(deliver->failed, session->address, now);
	drop_connection(session, reply != NULL);
	if (!may_go_on) {
		deliver_session_finish(session, DELIVER_NO_CONNECTION);
		return;
	}
	session->address = deliver_walk_next(&session->walk, deliver->failed, &deliver->rand, now,
	                                     &session->host);
	if (session->address) {
		session->without_tls =
			deliver_memory_has(deliver->broken_tls, session->address, now);
		deliver_host_connect(session);
		return;
	}
	if (!session->job->failure)
		deliver_result_failure(session, NULL,
		                       "no address of the site can be reached from here: "
		                       "none is known, or none of the source address's family");
	deliver_session_finish(session, DELIVER_NO_CONNECTION);
}
