/* test_loop.c - turns, timers, watched descriptors and deferred frees. */
#include "loop_test.h"

#include <pthread.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "loop/loop_private.h"

static struct loop *loop;

static int
make_loop(void **state)
{
	struct err err;

	(void)state;
	loop = loop_new("test", &err);
	return loop ? 0 : -1;
}

static int
free_loop(void **state)
{
	(void)state;
	loop_free(&loop);
	assert_null(loop);
	return 0;
}

struct firing {
	struct loop_timer timer;
	char name;
	int times;
};

static char order[32];

static void
note(void *arg)
{
	struct firing *f = arg;
	size_t n = strlen(order);

	order[n] = f->name;
	order[n + 1] = '\0';
	f->times++;
}

static bool
fired(void *arg)
{
	return ((struct firing *)arg)->times > 0;
}

static void
timers_fire_in_order(void **state)
{
	struct firing a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };

	(void)state;
	order[0] = '\0';
	loop_timer_init(&a.timer, loop, note, &a);
	loop_timer_init(&b.timer, loop, note, &b);
	loop_timer_init(&c.timer, loop, note, &c);
	loop_timer_set(&c.timer, 60);
	loop_timer_set(&a.timer, 0);
	loop_timer_set(&b.timer, 30);
	assert_true(loop_timer_is_set(&a.timer));
	assert_true(run_until(loop, fired, &c));
	assert_string_equal(order, "abc");
	assert_false(loop_timer_is_set(&c.timer));
	loop_timer_deinit(&a.timer);
	loop_timer_deinit(&b.timer);
	loop_timer_deinit(&c.timer);
}

static void
timers_move_both_ways(void **state)
{
	struct firing later = { .name = 'l' }, sooner = { .name = 's' }, off = { .name = 'o' },
	              end = { .name = 'e' };

	(void)state;
	order[0] = '\0';
	loop_timer_init(&later.timer, loop, note, &later);
	loop_timer_init(&sooner.timer, loop, note, &sooner);
	loop_timer_init(&off.timer, loop, note, &off);
	loop_timer_init(&end.timer, loop, note, &end);
	loop_timer_set(&later.timer, 5);
	loop_timer_set(&later.timer, 80);      /* pushed back */
	loop_timer_set(&sooner.timer, 100000);
	loop_timer_set(&sooner.timer, 40);     /* pulled forward */
	loop_timer_set(&off.timer, 20);
	loop_timer_clear(&off.timer);
	loop_timer_set(&end.timer, 120);
	assert_true(run_until(loop, fired, &end));
	assert_string_equal(order, "sle");
	loop_timer_set(&off.timer, 1);         /* a cleared one can be set again */
	assert_true(run_until(loop, fired, &off));
	loop_timer_deinit(&later.timer);
	loop_timer_deinit(&sooner.timer);
	loop_timer_deinit(&off.timer);
	loop_timer_deinit(&end.timer);
	loop_timer_deinit(&end.timer);
}

static void
free_itself(void *arg)
{
	struct firing *f = arg;

	loop_timer_deinit(&f->timer);
	f->times++;
}

static void
timer_may_go_in_its_own_callback(void **state)
{
	struct firing f = { .name = 'x' };

	(void)state;
	loop_timer_init(&f.timer, loop, free_itself, &f);
	loop_timer_set(&f.timer, 0);
	assert_true(run_until(loop, fired, &f));
}

static int freed;

static void
count_free(void *p)
{
	freed++;
	mem_free(p);
}

static void
free_and_defer_another(void *p)
{
	count_free(p);
	loop_defer_free(loop, mem_alloc(1), count_free);
}

static void
deferred_frees_run_at_turn_end(void **state)
{
	(void)state;
	freed = 0;
	loop_defer_free(loop, mem_alloc(1), free_and_defer_another);
	assert_int_equal(freed, 0);
	run_turns(loop);
	assert_int_equal(freed, 2);
	for (int i = 0; i < 100; i++)
		loop_defer_free(loop, mem_alloc(1), count_free);
	loop_free(&loop); /* whoever defers last is freed with the loop */
	assert_int_equal(freed, 102);
	assert_int_equal(make_loop(NULL), 0);
}

struct hooked {
	struct loop_hook hook;
	int times;
};

static void
ask_again(void *arg)
{
	struct hooked *h = arg;

	if (++h->times < 5)
		loop_at_turn_end(loop, &h->hook);
}

static bool
five_times(void *arg)
{
	return ((struct hooked *)arg)->times == 5;
}

static void
hooks_asked_in_a_turn_end_wait_for_the_next(void **state)
{
	struct hooked h = { .times = 0 };

	(void)state;
	loop_hook_init(&h.hook, ask_again, &h);
	loop_at_turn_end(loop, &h.hook);
	loop_at_turn_end(loop, &h.hook); /* twice counts once */
	assert_true(run_until(loop, five_times, &h));
	loop_at_turn_end(loop, &h.hook);
	loop_hook_clear(&h.hook);
	run_turns(loop);
	assert_int_equal(h.times, 5);
}

struct watched {
	struct loop_watch *watch;
	short seen;
	bool free_at_once;
};

static void
on_watch(int fd, short events, void *arg)
{
	struct watched *w = arg;
	char c;

	w->seen |= events;
	if (events & LOOP_READ)
		assert_int_equal(read(fd, &c, 1), 1);
	if (w->free_at_once)
		loop_watch_free(&w->watch);
	else if (events & LOOP_WRITE)
		loop_watch_set(w->watch, LOOP_READ);
}

static void
watch_reads_writes_and_pauses(void **state)
{
	struct watched w = { .seen = 0 };
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w.watch = loop_watch_new(loop, fds[0], on_watch, &w);
	run_turns(loop);
	assert_int_equal(w.seen, 0);
	loop_watch_set(w.watch, LOOP_READ | LOOP_WRITE);
	run_turns(loop);
	assert_int_equal(w.seen, LOOP_WRITE);
	assert_int_equal(write(fds[1], "x", 1), 1);
	run_turns(loop);
	assert_int_equal(w.seen, LOOP_READ | LOOP_WRITE);
	loop_watch_set(w.watch, 0);
	w.seen = 0;
	assert_int_equal(write(fds[1], "x", 1), 1);
	run_turns(loop);
	assert_int_equal(w.seen, 0);
	w.free_at_once = true;
	loop_watch_set(w.watch, LOOP_READ);
	run_turns(loop);
	assert_null(w.watch);
	loop_watch_free(&w.watch);
	close(fds[0]);
	close(fds[1]);
}

static void *
ask_from_elsewhere(void *arg)
{
	*(bool *)arg = loop_is_current(loop);
	return NULL;
}

static void
look_from_another_thread(void *arg)
{
	bool *seen = arg;
	pthread_t thread;

	assert_true(loop_is_current(loop));
	pthread_create(&thread, NULL, ask_from_elsewhere, seen);
	pthread_join(thread, NULL);
	loop_stop(loop);
}

static void
the_loop_knows_its_thread(void **state)
{
	struct loop_timer timer;
	bool elsewhere = true;

	(void)state;
	assert_true(loop_is_current(loop)); /* nobody runs it */
	loop_timer_init(&timer, loop, look_from_another_thread, &elsewhere);
	loop_timer_set(&timer, 0);
	loop_run(loop);
	assert_false(elsewhere);
	assert_string_equal(loop_name(loop), "test");
	loop_timer_deinit(&timer);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_loop, free_loop)
	const struct CMUnitTest tests[] = {
		TEST(timers_fire_in_order),
		TEST(timers_move_both_ways),
		TEST(timer_may_go_in_its_own_callback),
		TEST(deferred_frees_run_at_turn_end),
		TEST(hooks_asked_in_a_turn_end_wait_for_the_next),
		TEST(watch_reads_writes_and_pauses),
		TEST(the_loop_knows_its_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
