/* mailbox.c - queues between threads; the only file with a lock of the mail path.
 *
 * The lock covers a few pointer moves. The eventfd is written once for any
 * number of messages: wake_pending says that the receiver has been woken and
 * has not looked yet, so a busy receiver costs its senders no system call. */
#include "loop/mailbox.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"

struct chain {
	struct mailbox_item *first, *last;
};

struct mailbox {
	const char *name;      /* borrowed: a literal of the owner's */
	size_t cap;
	void *owner;
	int wake_fd;
	pthread_mutex_t lock;
	struct chain waiting;  /* guarded by lock */
	size_t waiting_count;  /* guarded by lock */
	bool wake_pending;     /* guarded by lock */
	/* the receiver's alone: */
	struct loop *loop;
	struct event *event;   /* NULL: not attached */
	struct chain taken;    /* being handled */
	bool handling;         /* the handlers' loop is on the stack */
	bool freed;            /* by one of them */
};

static void
push(struct chain *chain, struct mailbox_item *item)
{
	item->next = NULL;
	if (chain->last)
		chain->last->next = item;
	else
		chain->first = item;
	chain->last = item;
}

static struct mailbox_item *
pop(struct chain *chain)
{
	struct mailbox_item *item = chain->first;

	if (item == NULL)
		return NULL;
	chain->first = item->next;
	if (chain->first == NULL)
		chain->last = NULL;
	item->next = NULL;
	return item;
}

struct mailbox *
mailbox_new(const char *name, size_t cap, void *owner, struct err *err)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct mailbox *box;

	if (fd < 0) {
		err_errno(err, errno, "cannot make the mailbox %s (raise LimitNOFILE)", name);
		return NULL;
	}
	box = mem_zero(1, sizeof *box);
	box->name = name;
	box->cap = cap;
	box->owner = owner;
	box->wake_fd = fd;
	must(pthread_mutex_init(&box->lock, NULL) == 0);
	return box;
}

static void
destroy(struct mailbox *box)
{
	must(pthread_mutex_destroy(&box->lock) == 0);
	mem_free(box);
}

void
mailbox_free(struct mailbox **box)
{
	struct mailbox *b = *box;
	struct mailbox_item *item;

	if (b == NULL)
		return;
	*box = NULL;
	mailbox_detach(b);
	while ((item = pop(&b->taken)) != NULL || (item = pop(&b->waiting)) != NULL)
		item->fn(item, NULL);
	close(b->wake_fd);
	b->freed = true;
	if (!b->handling) /* else the handlers' loop does it */
		destroy(b);
}

/* take_waiting - all that waits, oldest first. The eventfd is emptied before
 * wake_pending is cleared: a message that comes in between is taken along. */
static struct chain
take_waiting(struct mailbox *box)
{
	struct chain chain;
	uint64_t count;

	while (read(box->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&box->lock);
	chain = box->waiting;
	box->waiting = (struct chain){ NULL, NULL };
	box->waiting_count = 0;
	box->wake_pending = false;
	pthread_mutex_unlock(&box->lock);
	return chain;
}

/* give_back - what a receiver that detached itself half-way did not handle. */
static void
give_back(struct mailbox *box)
{
	struct mailbox_item *item;
	struct chain all = box->taken;

	box->taken = (struct chain){ NULL, NULL };
	if (all.first == NULL)
		return;
	pthread_mutex_lock(&box->lock);
	for (item = all.first; item; item = item->next)
		box->waiting_count++;
	all.last->next = box->waiting.first;
	if (box->waiting.first == NULL)
		box->waiting.last = all.last;
	box->waiting.first = all.first;
	box->wake_pending = true;
	pthread_mutex_unlock(&box->lock);
	must(eventfd_write(box->wake_fd, 1) == 0);
}

static void
on_wake(evutil_socket_t fd, short events, void *arg)
{
	struct mailbox *box = arg;
	struct mailbox_item *item;

	(void)fd;
	(void)events;
	box->taken = take_waiting(box);
	box->handling = true;
	while (box->event && (item = pop(&box->taken)) != NULL)
		item->fn(item, box->owner);
	box->handling = false;
	if (box->freed)
		destroy(box);
	else
		give_back(box);
}

void
mailbox_attach(struct mailbox *box, struct loop *loop)
{
	must_be_on(loop);
	must(box->event == NULL);
	box->loop = loop;
	box->event = event_new(loop_base(loop), box->wake_fd, EV_READ | EV_PERSIST, on_wake, box);
	must(box->event != NULL && event_add(box->event, NULL) == 0);
}

void
mailbox_detach(struct mailbox *box)
{
	if (box->event == NULL)
		return;
	must_be_on(box->loop);
	event_free(box->event);
	box->event = NULL;
	box->loop = NULL;
}

static bool
post(struct mailbox *box, struct mailbox_item **item, bool capped)
{
	bool wake, room;

	must((*item)->fn != NULL);
	pthread_mutex_lock(&box->lock);
	room = !capped || box->waiting_count < box->cap;
	wake = room && !box->wake_pending;
	if (room) {
		push(&box->waiting, *item);
		box->waiting_count++;
		box->wake_pending = true;
	}
	pthread_mutex_unlock(&box->lock);
	if (!room)
		return false;
	*item = NULL;
	if (wake)
		must(eventfd_write(box->wake_fd, 1) == 0);
	return true;
}

bool
mailbox_try_send(struct mailbox *box, struct mailbox_item **item)
{
	return post(box, item, true);
}

void
mailbox_send(struct mailbox *box, struct mailbox_item **item)
{
	post(box, item, false);
}

void
mailbox_answer(const struct mailbox_return *to, struct mailbox_item *item)
{
	struct mailbox_return back = *to; /* it may live in item, which goes away */

	item->fn = back.fn;
	if (back.box)
		mailbox_send(back.box, &item);
	else
		back.fn(item, NULL);
}

size_t
mailbox_waiting(struct mailbox *box)
{
	size_t count;

	pthread_mutex_lock(&box->lock);
	count = box->waiting_count;
	pthread_mutex_unlock(&box->lock);
	return count;
}

struct mailbox_item *
mailbox_wait(struct mailbox *box, int timeout_ms)
{
	int64_t deadline_mono_ms = timeout_ms > 0 ? clock_mono_ms() + timeout_ms : 0;
	struct pollfd fd = { .fd = box->wake_fd, .events = POLLIN };
	int left_ms = timeout_ms;

	must(box->event == NULL);
	for (;;) {
		struct chain chain;
		int rc = poll(&fd, 1, left_ms);

		must(rc >= 0 || errno == EINTR);
		chain = take_waiting(box);
		if (chain.first)
			return chain.first;
		/* a signal, or a wake-up whose message went with the one before */
		if (timeout_ms > 0)
			left_ms = (int)(deadline_mono_ms - clock_mono_ms());
		if (timeout_ms >= 0 && left_ms <= 0)
			return NULL;
	}
}
