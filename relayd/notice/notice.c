/* notice.c - the thread of notices, and how others reach it; see notice.h. Thread: its
 * own, but for what the header says. */
#include "notice/notice_private.h"

#include "base/mem.h"

/* ---- messages from other threads ------------------------------------------------------- */

struct order {
	struct mailbox_item item;
	struct config *config;             /* a reference, or NULL */
	struct account_snapshot *accounts; /* a reference, or NULL */
	uint64_t message_id;
	bool is_delay;
};

static void
send_order(struct notice *notice, mailbox_fn fn, const struct order *content)
{
	struct order *order = mem_copy(content, sizeof *order);
	struct mailbox_item *item = &order->item;

	item->fn = fn;
	mailbox_send(notice->box, &item);
}

static void
take_due(struct mailbox_item *item, void *owner)
{
	struct order *order = (struct order *)(void *)item;

	if (owner != NULL)
		notice_job_due(owner, order->message_id, order->is_delay);
	mem_free(order);
}

static void
take_pictures(struct mailbox_item *item, void *owner)
{
	struct order *order = (struct order *)(void *)item;
	struct notice *notice = owner;

	if (notice != NULL && order->config != NULL) {
		config_unref(&notice->config);
		notice->config = order->config;
		order->config = NULL;
	}
	if (notice != NULL && order->accounts != NULL) {
		account_snapshot_unref(&notice->accounts);
		notice->accounts = order->accounts;
		order->accounts = NULL;
	}
	config_unref(&order->config);
	account_snapshot_unref(&order->accounts);
	mem_free(order);
}

static void
take_stop(struct mailbox_item *item, void *owner)
{
	struct notice *notice = owner;

	if (notice != NULL)
		loop_stop(notice->loop);
	mem_free(item);
}

void
notice_due(struct notice *notice, uint64_t message_id, bool is_delay)
{
	send_order(notice, take_due,
	           &(struct order){ .message_id = message_id, .is_delay = is_delay });
}

void
notice_set_config(struct notice *notice, const struct config *config)
{
	send_order(notice, take_pictures, &(struct order){ .config = config_ref(config) });
}

void
notice_set_accounts(struct notice *notice, struct account_snapshot *accounts)
{
	send_order(notice, take_pictures,
	           &(struct order){ .accounts = account_snapshot_ref(accounts) });
}

/* ---- start and end --------------------------------------------------------------------- */

static int
open_all(struct notice *notice, const struct notice_options *options, struct err *err)
{
	struct submit_options own = { .store = options->store,
		                      .schedule = options->schedule,
		                      .notify = options->notify,
		                      .node = options->node,
		                      .lane = options->lane,
		                      .not_before_id = options->not_before_id };

	if ((notice->loop = loop_new("notice", err)) == NULL
	    || (notice->box = mailbox_new("notice", 0, notice, err)) == NULL)
		return -1;
	own.loop = notice->loop;
	if ((notice->submit = submit_new(&own, err)) == NULL)
		return -1;
	mailbox_attach(notice->box, notice->loop); /* nobody is refused there */
	loop_timer_init(&notice->turn, notice->loop, notice_job_turn, notice);
	return 0;
}

struct notice *
notice_new(const struct notice_options *options, struct err *err)
{
	struct notice *notice = mem_zero(1, sizeof *notice);

	notice->config = config_ref(options->config);
	notice->accounts = account_snapshot_ref(options->accounts);
	notice->store = options->store;
	notice->jobs = map_new();
	list_init(&notice->waiting);
	if (open_all(notice, options, err) < 0)
		notice_free(&notice);
	return notice;
}

static void *
run(void *arg)
{
	struct notice *notice = arg;

	pthread_setname_np(pthread_self(), "notice");
	loop_run(notice->loop);
	return NULL;
}

int
notice_start(struct notice *notice, struct err *err)
{
	int rc = pthread_create(&notice->thread, NULL, run, notice);

	if (rc != 0)
		return err_errno(err, rc, "cannot start the thread of notices");
	notice->is_running = true;
	return 0;
}

void
notice_stop(struct notice *notice)
{
	if (!notice->is_running)
		return;
	send_order(notice, take_stop, &(struct order){ 0 });
	must(pthread_join(notice->thread, NULL) == 0);
	notice->is_running = false;
}

void
notice_free(struct notice **notice)
{
	struct notice *n = *notice;

	if (n == NULL)
		return;
	must(!n->is_running);
	submit_free(&n->submit);
	mailbox_free(&n->box);
	if (n->turn.loop != NULL)
		loop_timer_deinit(&n->turn);
	loop_free(&n->loop);
	notice_job_free_all(n);
	config_unref(&n->config);
	account_snapshot_unref(&n->accounts);
	mem_free(n);
	*notice = NULL;
}
