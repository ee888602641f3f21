/* alert_outbox.c - see alert_outbox.h. */
#include "alert/alert_outbox.h"

#include <string.h>

#include "alert/alert_mail.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "smtp/smtp_address.h"
#include "smtp/smtp_command.h"
#include "submit/submit.h"

struct alert_outbox {
	struct loop *loop;
	struct store *store;
	struct submit *submit;
	struct mailbox_return back;
	struct alert_change *change;
	uint64_t *no;              /* of each, in the store */
	size_t changes, left_out;
	size_t telling, telling_left_out; /* of those, in the mail under way */
	bool is_mailing;
	uint64_t last_no;
	int64_t mail_mono_ms;      /* not before: one came lately */
};

/* ---- what gathers --------------------------------------------------------------------- */

static void
gather(struct alert_outbox *outbox, uint64_t no, bool is_raised, const char *text,
       int64_t at_unix_ms)
{
	outbox->no[outbox->changes] = no;
	outbox->change[outbox->changes++] = (struct alert_change){
		.is_raised = is_raised, .at_unix_ms = at_unix_ms, .text = mem_strdup(text)
	};
}

/* drop_first - so many are told, or nobody is to be told of them. */
static void
drop_first(struct alert_outbox *outbox, size_t n)
{
	size_t rest = outbox->changes - n;

	for (size_t i = 0; i < n; i++)
		mem_free(outbox->change[i].text);
	memmove(outbox->change, outbox->change + n, rest * sizeof *outbox->change);
	memmove(outbox->no, outbox->no + n, rest * sizeof *outbox->no);
	outbox->changes = rest;
}

void
alert_outbox_add(struct alert_outbox *outbox, struct store_write *write, bool is_raised,
                 const char *text, int64_t at_unix_ms)
{
	struct store_alert_change *row;

	if (outbox->changes == ALERT_MAIL_LINES_MAX) {
		outbox->left_out++;
		return;
	}
	row = &store_write_add(write, STORE_PUT_ALERT_CHANGE)->row.alert_change;
	row->no = ++outbox->last_no;
	row->is_raised = is_raised;
	row->at_unix_ms = at_unix_ms;
	row->text = arena_strdup(write->arena, text);
	gather(outbox, row->no, is_raised, text, at_unix_ms);
}

void
alert_outbox_load(struct alert_outbox *outbox, const struct store_alert_change *row,
                  const struct config *config)
{
	int64_t interval = config->alerts.interval_ms, left;

	outbox->last_no = row->no;
	if (row->mailed_unix_ms == 0 && outbox->changes < ALERT_MAIL_LINES_MAX)
		gather(outbox, row->no, row->is_raised, row->text, row->at_unix_ms);
	if (row->mailed_unix_ms == 0)
		return;
	left = row->mailed_unix_ms + interval - clock_unix_ms();
	if (left > interval) /* the clock was set back */
		left = interval;
	outbox->mail_mono_ms = left > 0 ? clock_mono_ms() + left : 0;
}

/* forget - nobody is to be mailed any more. */
static void
forget(struct alert_outbox *outbox)
{
	struct store_write *write = store_write_new(outbox->back, NULL, 1);

	store_write_add(write, STORE_FORGET_ALERT_CHANGES)->row.alert_no = outbox->last_no;
	store_write_send(outbox->store, &write);
	drop_first(outbox, outbox->changes);
	outbox->left_out = 0;
}

/* ---- the mail --------------------------------------------------------------------------- */

static void
mailed(struct submit_request *request, void *arg)
{
	struct alert_outbox *outbox = arg;

	outbox->is_mailing = false;
	if (request->result < 0) {
		LOG(LOG_ERROR, "alert.not_mailed", LOG_TEXT("why", request->err.text));
	} else {
		drop_first(outbox, outbox->telling);
		outbox->left_out -= outbox->telling_left_out;
	}
	submit_request_free(&request);
}

/* address_it - from us with the null return path: nobody is to answer it. false: the
 * configured address has no domain that mail could go to. */
static bool
address_it(const struct config *config, struct mail_message *m, const char *subject)
{
	const char *to = config->alerts.mail, *at = strrchr(to, '@');
	char domain[SMTP_DOMAIN_MAX + 1];

	if (at == NULL || smtp_domain_ascii(span_of(at + 1), domain, NULL) < 0)
		return false;
	m->credential = "";
	m->sender = m->return_path = "";
	m->client_address = m->client_name = m->tls = "";
	m->subject = subject;
	m->recipients = 1;
	m->recipient = arena_zero(m->arena, sizeof *m->recipient);
	m->recipient[0] = (struct mail_recipient){ .address = arena_strdup(m->arena, to),
		                                   .domain = arena_strdup(m->arena, domain),
		                                   .notify = SMTP_NOTIFY_NEVER };
	m->expires_unix_ms = clock_unix_ms() + config->notices.max_age_ms;
	return true;
}

static void
write_mail(const struct alert_outbox *outbox, const struct config *config, size_t raised,
           struct submit_request *request, struct buf *subject)
{
	struct mail_message *m = request->message;
	const struct alert_mail mail = {
		.hostname = config->hostname,
		.from = config->notices.from,
		.to = config->alerts.mail,
		.now_unix_ms = clock_unix_ms(),
		.id = m->id,
		.change = outbox->change,
		.changes = outbox->changes,
		.left_out = outbox->left_out,
		.raised = raised,
	};
	size_t most = (ALERT_MAIL_LINES_MAX + 8) * 4 * ALERT_TEXT_SIZE;

	buf_init(&request->head, 8192);
	buf_init(&request->text, most);
	alert_mail_write(&mail, &request->head, &request->text, subject);
	m->from_domain = strrchr(mail.from, '@') + 1;
	m->message_id = arena_printf(m->arena, "%016llx@%s", (unsigned long long)m->id,
	                             config->hostname);
}

static void
send_mail(struct alert_outbox *outbox, struct submit_request **request,
          struct account_snapshot *accounts)
{
	struct submit_request *r = *request;

	r->done = mailed;
	r->arg = outbox;
	r->alerts_told = (struct store_alerts_told){ .no = outbox->no[outbox->changes - 1],
		                                     .at_unix_ms = clock_unix_ms() };
	outbox->telling = outbox->changes;
	outbox->telling_left_out = outbox->left_out;
	outbox->is_mailing = true;
	submit_send(outbox->submit, request,
	            account_snapshot_domain_above(accounts, span_of(r->message->from_domain)));
}

void
alert_outbox_mail(struct alert_outbox *outbox, const struct config *config,
                  struct account_snapshot *accounts, size_t raised)
{
	int64_t now = loop_now_mono_ms(outbox->loop);
	struct submit_request *request;
	struct mail_message *m;
	struct buf subject;

	if (outbox->changes == 0 || outbox->is_mailing || now < outbox->mail_mono_ms)
		return;
	if (config->alerts.mail == NULL) {
		forget(outbox);
		return;
	}
	request = submit_request_new();
	m = request->message;
	m->id = submit_next_id(outbox->submit);
	buf_init(&subject, 512);
	write_mail(outbox, config, raised, request, &subject);
	outbox->mail_mono_ms = now + config->alerts.interval_ms;
	if (address_it(config, m, arena_span(m->arena, buf_span(&subject)))) {
		send_mail(outbox, &request, accounts);
	} else {
		submit_request_free(&request);
		forget(outbox);
	}
	buf_deinit(&subject);
}

/* ---- made and freed ----------------------------------------------------------------------- */

struct alert_outbox *
alert_outbox_new(const struct alert_options *options, struct mailbox_return back, struct err *err)
{
	const struct submit_options own = { .loop = options->loop, .store = options->store,
		                            .schedule = options->schedule,
		                            .notify = options->notify, .node = options->node,
		                            .lane = options->lane,
		                            .not_before_id = options->not_before_id };
	struct alert_outbox *outbox = mem_zero(1, sizeof *outbox);

	outbox->loop = options->loop;
	outbox->store = options->store;
	outbox->back = back;
	outbox->change = mem_zero(ALERT_MAIL_LINES_MAX, sizeof *outbox->change);
	outbox->no = mem_zero(ALERT_MAIL_LINES_MAX, sizeof *outbox->no);
	if ((outbox->submit = submit_new(&own, err)) == NULL)
		alert_outbox_free(&outbox);
	return outbox;
}

void
alert_outbox_free(struct alert_outbox **outbox)
{
	struct alert_outbox *o = *outbox;

	*outbox = NULL;
	if (o == NULL)
		return;
	submit_free(&o->submit);
	drop_first(o, o->changes);
	mem_free(o->change);
	mem_free(o->no);
	mem_free(o);
}
