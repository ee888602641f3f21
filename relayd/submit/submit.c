/* submit.c - see submit.h. Thread: the loop of its maker. */
#include "submit/submit.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "dkim/dkim.h"
#include "sign/sign.h"

#define SIGNATURES_MAX 16384

struct submit {
	struct loop *loop;
	struct mailbox *box;
	struct store *store;
	struct schedule *schedule;
	struct notify *notify;
	struct id_gen ids;
};

struct submit *
submit_new(const struct submit_options *options, struct err *err)
{
	struct submit *submit = mem_zero(1, sizeof *submit);

	submit->loop = options->loop;
	submit->store = options->store;
	submit->schedule = options->schedule;
	submit->notify = options->notify;
	id_gen_init(&submit->ids, options->node, options->lane, options->not_before_id);
	submit->box = mailbox_new("submit", 0, submit, err); /* answers only */
	if (submit->box == NULL) {
		mem_free(submit);
		return NULL;
	}
	mailbox_attach(submit->box, submit->loop);
	return submit;
}

void
submit_free(struct submit **submit)
{
	if (*submit == NULL)
		return;
	mailbox_free(&(*submit)->box);
	mem_free(*submit);
	*submit = NULL;
}

uint64_t
submit_next_id(struct submit *submit)
{
	return id_gen_next(&submit->ids, clock_unix_ms());
}

struct submit_request *
submit_request_new(void)
{
	struct submit_request *request = mem_zero(1, sizeof *request);

	request->message = mail_message_new();
	return request;
}

void
submit_request_free(struct submit_request **request)
{
	struct submit_request *r = *request;

	*request = NULL;
	if (r == NULL)
		return;
	mail_message_free(&r->message);
	buf_deinit(&r->head);
	buf_deinit(&r->text);
	mem_free(r);
}

/* ---- the head and the body ---------------------------------------------------------- */

static int
sign(struct submit_request *request, const struct account_domain *domain, struct buf *out)
{
	struct dkim_body_hash *hash = dkim_body_hash_new();
	unsigned char body_hash[DKIM_HASH_BYTES];
	struct mail_message *m = request->message;

	dkim_body_hash_update(hash, buf_span(&request->text));
	dkim_body_hash_end(&hash, body_hash);
	return sign_message(domain, buf_span(&request->head), body_hash, clock_unix_ms(), m->arena,
	                    out, &m->signature, &request->err);
}

static int
make_body(struct submit_request *request, const struct account_domain *domain)
{
	struct mail_message *m = request->message;
	size_t head_n, text_n;
	char *head_bytes, *text;
	struct buf head;

	buf_init(&head, SIGNATURES_MAX + request->head.len);
	if (sign(request, domain, &head) < 0) {
		buf_deinit(&head);
		return -1;
	}
	must(buf_append_span(&head, buf_span(&request->head)) == 0);
	head_bytes = buf_take(&head, &head_n);
	text = buf_take(&request->text, &text_n);
	m->body = mail_body_new(head_bytes, head_n, text, text_n, 0);
	m->body->head_8bit = request->head_8bit;
	m->body->text_8bit = request->text_8bit;
	m->size_bytes = mail_body_bytes(m->body);
	return 0;
}

/* ---- after the commit ----------------------------------------------------------------- */

static void
publish_accepted(struct submit *submit, const struct mail_message *m)
{
	int64_t now = clock_unix_ms();

	for (size_t i = 0; i < m->recipients; i++) {
		struct mail_event event = {
			.id = id_gen_next(&submit->ids, now),
			.at_unix_ms = now,
			.kind = MAIL_EVENT_ACCEPTED,
			.message_id = m->id,
			.recipient_no = (uint32_t)i,
			.recipient = m->recipient[i].address,
			.credential = m->credential,
			.sender_domain = m->from_domain,
			.duration_ms = -1,
		};

		notify_publish(submit->notify, &event);
	}
}

static void
finish(struct submit_request *request, int result)
{
	request->result = result;
	request->done(request, request->arg);
}

static void
committed(struct mailbox_item *item, void *owner)
{
	struct store_accept *accept = (struct store_accept *)(void *)item;
	struct submit_request *request = accept->context;
	struct submit *submit = owner;

	if (submit == NULL) { /* stopped: what was committed is loaded at the next start */
		submit_request_free(&request);
	} else {
		request->err = accept->err;
		if (accept->result == 0) {
			publish_accepted(submit, request->message);
			schedule_submit(submit->schedule, &request->message);
		} else {
			mail_message_free(&request->message);
		}
		finish(request, accept->result);
	}
	mem_free(accept);
}

void
submit_send(struct submit *submit, struct submit_request **request,
            const struct account_domain *domain)
{
	struct submit_request *r = *request;
	struct store_accept *accept;

	must_be_on(submit->loop);
	*request = NULL;
	r->id = r->message->id;
	if (make_body(r, domain) < 0) {
		finish(r, -1);
		return;
	}
	accept = mem_zero(1, sizeof *accept);
	accept->back = (struct mailbox_return){ submit->box, committed };
	accept->context = r;
	accept->message = r->message;
	accept->told = r->told;
	accept->alerts_told = r->alerts_told;
	if (store_accept_send(submit->store, &accept))
		return;
	mem_free(accept);
	err_set(&r->err, ERR_TEMP, 0, "too many messages wait for the disk");
	finish(r, -1);
}
