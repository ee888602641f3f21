/* notice_job.c - one message somebody is to be told about: when it is its turn, what
 * the store says about it, and the notice on its way. Thread: the notices' own. */
#include "notice/notice_private.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/utf8.h"
#include "base/id.h"
#include "mail/mail_notice.h"
#include "notice/notice_compose.h"
#include "smtp/smtp_address.h"
#include "smtp/smtp_command.h"

#define UNDER_WAY_MAX 16           /* each holds a message's text */
#define RECIPIENTS_MAX 100         /* of one notice; the rest get another */
#define AGAIN_MS 30000             /* after the store refused */

struct job { /* a message somebody is to be told about */
	struct list link;          /* in waiting; alone while it is under way */
	struct notice *notice;
	uint64_t message_id;
	int64_t due_mono_ms;
	bool wants_delayed;
	bool is_under_way;
	bool again;                /* more became due meanwhile */
};

/* ---- waiting ------------------------------------------------------------------------ */

static void
wake(struct notice *notice)
{
	const struct job *first;
	int64_t wait_ms;

	if (list_is_empty(&notice->waiting) || notice->under_way >= UNDER_WAY_MAX)
		return;
	first = LIST_OWNER(notice->waiting.next, struct job, link);
	wait_ms = first->due_mono_ms - loop_now_mono_ms(notice->loop);
	loop_timer_set(&notice->turn, wait_ms > 0 ? wait_ms : 0);
}

/* put - nearly always at the end: all wait equally long but those put off. */
static void
put(struct job *job, int64_t wait_ms)
{
	struct notice *notice = job->notice;
	struct list *before = notice->waiting.prev;

	job->due_mono_ms = loop_now_mono_ms(notice->loop) + wait_ms;
	while (before != &notice->waiting
	       && LIST_OWNER(before, struct job, link)->due_mono_ms > job->due_mono_ms)
		before = before->prev;
	list_push_front(before, &job->link);
}

static void
end(struct job *job)
{
	struct notice *notice = job->notice;

	notice->under_way--;
	job->is_under_way = false;
	if (job->again) {
		job->again = false;
		put(job, 0);
	} else {
		map_remove(notice->jobs, map_key_u64(&job->message_id));
		mem_free(job);
	}
	wake(notice);
}

static void
put_off(struct job *job, const char *reason)
{
	struct notice *notice = job->notice;

	LOG(LOG_WARNING, "notice.put_off", LOG_ID("about", job->message_id),
	    LOG_TEXT("reason", reason));
	notice->under_way--;
	job->is_under_way = false;
	put(job, AGAIN_MS);
	wake(notice);
}

void
notice_job_due(struct notice *notice, uint64_t message_id, bool is_delay)
{
	struct job *job = map_get(notice->jobs, map_key_u64(&message_id));

	if (job == NULL) {
		job = mem_zero(1, sizeof *job);
		job->notice = notice;
		job->message_id = message_id;
		list_init(&job->link);
		map_put(notice->jobs, map_key_u64(&message_id), job);
		put(job, notice->config->notices.gather_ms);
		wake(notice);
	}
	job->wants_delayed |= is_delay;
	job->again |= job->is_under_way;
}

/* ---- nobody is told after all ------------------------------------------------------- */

static void
forgotten(struct mailbox_item *item, void *owner)
{
	struct store_write *write = (struct store_write *)(void *)item;
	struct job *job = owner ? write->context : NULL;

	if (job != NULL) {
		if (write->result == 0)
			end(job);
		else
			put_off(job, write->err.text);
	}
	store_write_free(&write);
}

static void
forget(struct job *job, const char *reason)
{
	struct notice *notice = job->notice;
	struct store_write *write =
		store_write_new((struct mailbox_return){ notice->box, forgotten }, job, 1);

	LOG(LOG_INFO, "notice.not_sent", LOG_ID("about", job->message_id),
	    LOG_TEXT("reason", reason));
	store_write_add(write, STORE_FORGET_NOTICES)->row.message_id = job->message_id;
	store_write_send(notice->store, &write);
}

/* ---- telling --------------------------------------------------------------------------- */

static void
submitted(struct submit_request *request, void *arg)
{
	struct job *job = arg;

	if (request->result == 0) {
		LOG(LOG_INFO, "notice.accepted", LOG_ID("id", request->id),
		    LOG_ID("about", job->message_id),
		    LOG_UINT("rcpts", request->told.recipients));
		submit_request_free(&request);
		end(job);
	} else {
		put_off(job, request->err.text);
		submit_request_free(&request);
	}
}

/* reachable - the sender with its domain as an A-label where nothing else of it is
 * beyond ASCII: then any server can take the notice. NULL: not an address. */
static const char *
reachable(const char *sender, struct arena *arena, const char **domain_out)
{
	char domain[SMTP_DOMAIN_MAX + 1];
	struct smtp_address address;

	if (smtp_address_parse(span_of(sender), &address, NULL) < 0
	    || smtp_domain_ascii(address.domain, domain, NULL) < 0)
		return NULL;
	*domain_out = arena_strdup(arena, domain);
	if (!address.is_utf8 || !utf8_is_ascii(address.local))
		return sender;
	return arena_printf(arena, "%.*s@%s", (int)address.local.n, address.local.p, domain);
}

static void
note_told(const struct store_notice *about, struct submit_request *request)
{
	struct arena *arena = request->message->arena;
	struct store_told_recipient *told =
		arena_alloc(arena, about->recipients * sizeof *told);

	for (size_t i = 0; i < about->recipients; i++)
		told[i] = (struct store_told_recipient){ about->recipient[i].no,
			                                 about->recipient[i].notice };
	request->told = (struct store_told){ about->message_id, told, about->recipients };
}

static void
address_it(const struct notice *notice, const struct store_notice *about, const char *domain,
           const struct notice_text *text, struct mail_message *m)
{
	struct arena *arena = m->arena;
	/* config_check saw to it that it is an address at a host name */
	const char *from_host = strrchr(notice->config->notices.from, '@') + 1;
	char from_domain[SMTP_DOMAIN_MAX + 1];

	m->expires_unix_ms = id_unix_ms(m->id) + notice->config->notices.max_age_ms;
	m->credential = NOTICE_CREDENTIAL;
	m->sender = m->return_path = "";
	m->from_domain = arena_strdup(arena,
	                              smtp_domain_ascii(span_of(from_host), from_domain, NULL) == 0
	                                      ? from_domain : from_host);
	m->message_id = arena_strdup(arena, text->message_id);
	m->subject = arena_strdup(arena, text->subject);
	m->smtputf8 = text->head_8bit;
	m->client_address = m->client_name = "";
	m->recipient = arena_zero(arena, sizeof *m->recipient);
	m->recipients = 1;
	m->recipient[0] = (struct mail_recipient){ .address = arena_strdup(arena, about->sender),
		                                   .domain = arena_strdup(arena, domain),
		                                   .notify = SMTP_NOTIFY_NEVER };
}

static void
tell(struct job *job, struct store_notice *about, const char *domain)
{
	struct notice *notice = job->notice;
	struct submit_request *request = submit_request_new();
	struct mail_message *m = request->message;
	struct notice_text text;
	struct notice_facts facts = { .about = about, .hostname = notice->config->hostname,
		                      .from = notice->config->notices.from,
		                      .now_unix_ms = clock_unix_ms(),
		                      .return_max_bytes = notice->config->notices.return_bytes };
	struct err err;

	rand_secret(&facts.salt, sizeof facts.salt);
	facts.id = m->id = submit_next_id(notice->submit);
	if (notice_compose(&facts, &text, &err) < 0) {
		notice_text_deinit(&text);
		submit_request_free(&request);
		forget(job, err.text);
		return;
	}
	address_it(notice, about, domain, &text, m);
	note_told(about, request);
	request->head = text.head;
	request->text = text.text;
	request->head_8bit = text.head_8bit;
	request->text_8bit = text.text_8bit;
	request->done = submitted;
	request->arg = job;
	submit_send(notice->submit, &request,
	            account_snapshot_domain_above(notice->accounts, span_of(m->from_domain)));
}

static bool
is_muted(const struct notice *notice, const struct store_notice *about)
{
	const struct account_credential *credential =
		account_snapshot_credential_by_id(notice->accounts, about->credential_id);

	return credential != NULL && credential->mutes_notices;
}

static void
decide(struct job *job, struct store_notice *about)
{
	const char *domain = NULL;

	job->again |= about->recipients == about->limit; /* maybe there are more */
	if (about->recipients == 0) {
		end(job);
		return;
	}
	if (about->sender[0] == '\0' || is_muted(job->notice, about)) {
		job->again = false;
		forget(job, about->sender[0] ? "the credential mutes notices"
		                             : "it has no return path");
		return;
	}
	about->sender = reachable(about->sender, about->arena, &domain);
	if (about->sender == NULL)
		forget(job, "the sender's address cannot be written to");
	else
		tell(job, about, domain);
}

static void
answered(struct mailbox_item *item, void *owner)
{
	struct store_notice *about = (struct store_notice *)(void *)item;
	struct job *job = owner ? about->context : NULL;

	if (job != NULL) {
		if (about->result == 0)
			decide(job, about);
		else if (about->err.kind == ERR_PERM) /* finished and gone */
			end(job);
		else
			put_off(job, about->err.text);
	}
	store_notice_free(&about);
}

static void
ask(struct job *job)
{
	struct notice *notice = job->notice;
	struct store_notice *about = mem_zero(1, sizeof *about);

	list_remove(&job->link);
	job->is_under_way = true;
	notice->under_way++;
	about->back = (struct mailbox_return){ notice->box, answered };
	about->context = job;
	about->arena = arena_new(0);
	about->message_id = job->message_id;
	about->wants_delayed = job->wants_delayed;
	about->limit = RECIPIENTS_MAX;
	about->text_max_bytes = notice->config->notices.return_bytes;
	store_notice_send(notice->store, &about);
}

void
notice_job_turn(void *arg)
{
	struct notice *notice = arg;

	while (!list_is_empty(&notice->waiting) && notice->under_way < UNDER_WAY_MAX) {
		struct job *job = LIST_OWNER(notice->waiting.next, struct job, link);

		if (job->due_mono_ms > loop_now_mono_ms(notice->loop))
			break;
		ask(job);
	}
	wake(notice);
}

void
notice_job_free_all(struct notice *notice)
{
	struct span key;
	size_t cursor = 0;
	void *job;

	while (map_next(notice->jobs, &cursor, &key, &job))
		mem_free(job);
	map_free(&notice->jobs);
}
