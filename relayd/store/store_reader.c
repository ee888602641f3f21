/* store_reader.c - the reading threads: one for bodies, two for questions, one for reports.
 *
 * Each has its own read-only view of the database (struct store_reader of the
 * engine) and answers one request after the other. A question goes to the
 * search thread with the shorter queue; how long it may take is bounded by its
 * time-out, how many may wait by the mailbox. */
#include "base/mem.h"
#include "store/store_private.h"
#include "store/store_report.h"

void *
store_reader_main(void *arg)
{
	struct store_thread *thread = arg;

	while (!thread->is_stopping)
		store_thread_serve(thread, -1);
	return NULL;
}

/* ---- bodies ------------------------------------------------------------------------- */

static void
on_fetch(struct mailbox_item *item, void *owner)
{
	struct store_fetch *request = (struct store_fetch *)(void *)item;
	struct store_thread *thread = owner;

	if (thread == NULL) { /* sent after the store stopped */
		mem_free(request);
		return;
	}
	request->body = NULL;
	request->result = thread->store->ops->fetch(thread->reader, request->id, &request->body,
						    &request->err);
	mailbox_answer(&request->back, item);
}

void
store_fetch_send(struct store *store, struct store_fetch **request)
{
	struct mailbox_item *item = &(*request)->item;

	item->fn = on_fetch;
	*request = NULL;
	mailbox_send(store->body.box, &item);
}

/* ---- notices ------------------------------------------------------------------------ */

void
store_notice_free(struct store_notice **request)
{
	struct store_notice *notice = *request;

	*request = NULL;
	if (notice == NULL)
		return;
	mail_body_unref(&notice->body);
	arena_free(&notice->arena);
	mem_free(notice);
}

/* A large text is asked for rarely (RET=FULL) and the disk is this thread's to wait for. */
static int
read_text(struct store *store, struct store_notice *request)
{
	struct mail_body *body = request->body, *whole;
	char *text;

	if (body == NULL || body->spool_id == 0 || body->text_bytes > request->text_max_bytes)
		return 0;
	text = store_spool_read_all(store, body->spool_id, (size_t)body->text_bytes,
				    &request->err);
	if (text == NULL)
		return -1;
	whole = mail_body_new(mem_copy(body->head, body->head_bytes), body->head_bytes, text,
			      body->text_bytes, 0);
	whole->head_8bit = body->head_8bit;
	whole->text_8bit = body->text_8bit;
	mail_body_unref(&request->body);
	request->body = whole;
	return 0;
}

static void
on_notice(struct mailbox_item *item, void *owner)
{
	struct store_notice *request = (struct store_notice *)(void *)item;
	struct store_thread *thread = owner;

	if (thread == NULL) {
		store_notice_free(&request);
		return;
	}
	request->result = thread->store->ops->notice(thread->reader, request, &request->err);
	if (request->result == 0)
		request->result = read_text(thread->store, request);
	mailbox_answer(&request->back, item);
}

void
store_notice_send(struct store *store, struct store_notice **request)
{
	struct mailbox_item *item = &(*request)->item;

	item->fn = on_notice;
	*request = NULL;
	mailbox_send(store->body.box, &item);
}

/* ---- questions ------------------------------------------------------------------------ */

static bool
ask(struct store *store, struct mailbox_item *item, mailbox_fn fn)
{
	struct mailbox *box = store->search[0].box;

	for (int i = 1; i < STORE_SEARCH_THREADS; i++)
		if (mailbox_waiting(store->search[i].box) < mailbox_waiting(box))
			box = store->search[i].box;
	item->fn = fn;
	return mailbox_try_send(box, &item);
}

/* ask_long - of the thread for that: however long it takes, nobody's search waits behind it. */
static bool
ask_long(struct store *store, struct mailbox_item *item, mailbox_fn fn)
{
	item->fn = fn;
	return mailbox_try_send(store->report.box, &item);
}

/* All questions are asked and answered alike; only their types differ. */
#define QUESTION(kind, ask)                                                                        \
	static void on_##kind(struct mailbox_item *item, void *owner)                              \
	{                                                                                          \
		struct store_##kind *request = (struct store_##kind *)(void *)item;                \
		struct store_thread *thread = owner;                                               \
                                                                                                   \
		if (thread == NULL) { /* sent after the store stopped */                           \
			arena_free(&request->arena);                                               \
			mem_free(request);                                                         \
			return;                                                                    \
		}                                                                                  \
		request->result =                                                                  \
			thread->store->ops->kind(thread->reader, request, &request->err);          \
		mailbox_answer(&request->back, item);                                              \
	}                                                                                          \
                                                                                                   \
	bool store_##kind##_send(struct store *store, struct store_##kind **request)               \
	{                                                                                          \
		if (!ask(store, &(*request)->item, on_##kind))                                     \
			return false;                                                              \
		*request = NULL;                                                                   \
		return true;                                                                       \
	}

QUESTION(search, ask)
QUESTION(near, ask)
QUESTION(sent, ask)
QUESTION(report, ask_long)
QUESTION(suppression_list, ask)
QUESTION(suppression_index, ask)
QUESTION(audit_list, ask)
QUESTION(secret_list, ask)
