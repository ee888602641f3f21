/* test_mailbox.c - messages between real threads, and every way to let go of them. */
#include "loop_test.h"

#include <pthread.h>

#include "base/mem.h"
#include "loop/mailbox.h"

#define SENDERS 4
#define EACH 20000

struct number {
	struct mailbox_item item;
	int sender, value;
	struct mailbox_return to;
};

struct receiver {
	struct mailbox *box;
	struct loop *loop;
	int next[SENDERS]; /* the value that must come next of each sender */
	int received;
	bool detach_at_first, free_at_first;
};

static int dropped; /* handled with owner NULL */

static void
on_number(struct mailbox_item *item, void *owner)
{
	struct number *n = (struct number *)(void *)item;
	struct receiver *r = owner;

	if (r == NULL) {
		dropped++;
	} else {
		assert_int_equal(n->value, r->next[n->sender]++);
		if (++r->received == SENDERS * EACH && r->loop)
			loop_stop(r->loop);
		if (r->detach_at_first)
			mailbox_detach(r->box);
		if (r->free_at_first)
			mailbox_free(&r->box);
	}
	mem_free(n);
}

static struct mailbox_item *
number(int sender, int value)
{
	struct number *n = mem_zero(1, sizeof *n);

	n->item.fn = on_number;
	n->sender = sender;
	n->value = value;
	return &n->item;
}

struct sending {
	struct mailbox *box;
	int sender;
};

static void *
send_all(void *arg)
{
	struct sending *s = arg;

	for (int i = 0; i < EACH; i++) {
		struct mailbox_item *item = number(s->sender, i);

		mailbox_send(s->box, &item);
		assert_null(item);
	}
	return NULL;
}

static void
start_senders(struct mailbox *box, pthread_t thread[SENDERS], struct sending sending[SENDERS])
{
	for (int i = 0; i < SENDERS; i++) {
		sending[i] = (struct sending){ box, i };
		assert_int_equal(pthread_create(&thread[i], NULL, send_all, &sending[i]), 0);
	}
}

static void
join_senders(pthread_t thread[SENDERS])
{
	for (int i = 0; i < SENDERS; i++)
		pthread_join(thread[i], NULL);
}

static void
a_loop_gets_all_in_order(void **state)
{
	struct receiver r = { .received = 0 };
	struct sending sending[SENDERS];
	pthread_t thread[SENDERS];
	struct err err;

	(void)state;
	r.loop = loop_new("receiver", &err);
	r.box = mailbox_new("numbers", 10, &r, &err);
	mailbox_attach(r.box, r.loop);
	start_senders(r.box, thread, sending);
	loop_run(r.loop);
	join_senders(thread);
	assert_int_equal(r.received, SENDERS * EACH);
	assert_int_equal(mailbox_waiting(r.box), 0);
	mailbox_free(&r.box);
	loop_free(&r.loop);
}

static void
a_waiting_thread_gets_all_in_order(void **state)
{
	struct receiver r = { .received = 0 };
	struct sending sending[SENDERS];
	pthread_t thread[SENDERS];
	struct err err;

	(void)state;
	r.box = mailbox_new("numbers", 10, &r, &err);
	start_senders(r.box, thread, sending);
	while (r.received < SENDERS * EACH) {
		struct mailbox_item *item = mailbox_wait(r.box, DEADLINE_MS), *next;

		assert_non_null(item);
		for (; item; item = next) {
			next = item->next;
			item->fn(item, &r);
		}
	}
	join_senders(thread);
	assert_null(mailbox_wait(r.box, 0));
	assert_null(mailbox_wait(r.box, 20));
	mailbox_free(&r.box);
}

static void
try_send_keeps_to_the_cap(void **state)
{
	struct receiver r = { .received = 0 };
	struct mailbox_item *item;
	struct err err;

	(void)state;
	r.loop = loop_new("receiver", &err);
	r.box = mailbox_new("numbers", 3, &r, &err);
	for (int i = 0; i < 3; i++) {
		item = number(0, i);
		assert_true(mailbox_try_send(r.box, &item));
		assert_null(item);
	}
	item = number(0, 3);
	assert_false(mailbox_try_send(r.box, &item));
	assert_non_null(item);
	mailbox_send(r.box, &item); /* never refused */
	assert_int_equal(mailbox_waiting(r.box), 4);
	mailbox_attach(r.box, r.loop); /* what waited before comes, too */
	run_turns(r.loop);
	assert_int_equal(r.received, 4);
	item = number(0, 4);
	assert_true(mailbox_try_send(r.box, &item));
	dropped = 0;
	mailbox_free(&r.box);
	assert_int_equal(dropped, 1);
	loop_free(&r.loop);
}

static void
letting_go_inside_a_handler(void **state)
{
	struct err err;

	(void)state;
	for (int freeing = 0; freeing < 2; freeing++) {
		struct receiver r = { .detach_at_first = !freeing, .free_at_first = freeing };

		r.loop = loop_new("receiver", &err);
		r.box = mailbox_new("numbers", 9, &r, &err);
		mailbox_attach(r.box, r.loop);
		for (int i = 0; i < 5; i++) {
			struct mailbox_item *item = number(0, i);

			mailbox_send(r.box, &item);
		}
		dropped = 0;
		run_turns(r.loop);
		assert_int_equal(r.received, 1);
		assert_int_equal(dropped, freeing ? 4 : 0);
		if (!freeing) { /* the rest is kept, in order */
			assert_int_equal(mailbox_waiting(r.box), 4);
			mailbox_attach(r.box, r.loop);
			r.detach_at_first = false;
			run_turns(r.loop);
			assert_int_equal(r.received, 5);
		}
		mailbox_free(&r.box);
		assert_null(r.box);
		loop_free(&r.loop);
	}
}

/* ---- question and answer over two threads ---------------------------------------- */

static void
on_answer(struct mailbox_item *item, void *owner)
{
	struct number *n = (struct number *)(void *)item;
	struct receiver *r = owner;

	if (r) {
		assert_int_equal(n->value, 84);
		r->received++;
		loop_stop(r->loop);
	} else {
		dropped++;
	}
	mem_free(n);
}

static void
on_question(struct mailbox_item *item, void *owner)
{
	struct number *n = (struct number *)(void *)item;

	(void)owner;
	n->value *= 2;
	mailbox_answer(&n->to, item);
}

static void *
answer_one(void *arg)
{
	struct mailbox_item *item = mailbox_wait(arg, -1);

	item->fn(item, NULL);
	return NULL;
}

static void
answers_come_back(void **state)
{
	struct receiver r = { .received = 0 };
	struct mailbox *questions;
	struct mailbox_item *item = number(0, 42);
	struct number *n = (struct number *)(void *)item;
	pthread_t thread;
	struct err err;

	(void)state;
	r.loop = loop_new("asker", &err);
	r.box = mailbox_new("answers", 1, &r, &err);
	mailbox_attach(r.box, r.loop);
	questions = mailbox_new("questions", 1, NULL, &err);
	n->item.fn = on_question;
	n->to = (struct mailbox_return){ r.box, on_answer };
	pthread_create(&thread, NULL, answer_one, questions);
	mailbox_send(questions, &item);
	loop_run(r.loop);
	pthread_join(thread, NULL);
	assert_int_equal(r.received, 1);

	item = number(0, 42); /* nobody wants this answer: it is freed at once */
	n = (struct number *)(void *)item;
	n->to = (struct mailbox_return){ NULL, on_answer };
	dropped = 0;
	on_question(item, NULL);
	assert_int_equal(dropped, 1);
	mailbox_free(&questions);
	mailbox_free(&r.box);
	loop_free(&r.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loop_gets_all_in_order),
		cmocka_unit_test(a_waiting_thread_gets_all_in_order),
		cmocka_unit_test(try_send_keeps_to_the_cap),
		cmocka_unit_test(letting_go_inside_a_handler),
		cmocka_unit_test(answers_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
