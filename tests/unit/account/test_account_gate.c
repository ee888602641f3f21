/* test_account_gate.c - guessing is slowed down, then shut out; others are not. */
#include "account_kit.h"

#include "account/account_gate.h"
#include "loop/loop.h"

#define LOCKOUT_MS 600000
#define A SPAN_LIT("192.0.2.1")
#define B SPAN_LIT("192.0.2.2")
#define SHOP SPAN_LIT("shop")
#define NEWS SPAN_LIT("newsletter")

static void
delay_grows_then_shuts(void **state)
{
	struct account_gate *gate = account_gate_new(6, LOCKOUT_MS);
	static const int64_t want[] = { 0, 1000, 2000, 4000, 8000, 8000, -1, -1 };

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_int_equal(account_gate_delay(gate, A, SHOP, 1000), want[i]);
		account_gate_failed(gate, A, SHOP, 1000);
	}
	/* neither the same user from elsewhere nor another from here */
	assert_int_equal(account_gate_delay(gate, B, SHOP, 1000), 0);
	assert_int_equal(account_gate_delay(gate, A, NEWS, 1000), 0);
	assert_int_equal(account_gate_delay(gate, A, SHOP, 1000 + LOCKOUT_MS), 0);
	account_gate_free(&gate);
}

static void
success_forgives(void **state)
{
	struct account_gate *gate = account_gate_new(6, LOCKOUT_MS);

	(void)state;
	for (int i = 0; i < 3; i++)
		account_gate_failed(gate, A, SHOP, 1000);
	account_gate_succeeded(gate, A, SHOP, 1000);
	assert_int_equal(account_gate_delay(gate, A, SHOP, 1000), 0);
	account_gate_free(&gate);
}

/* Guessing many names from one address shuts the address ... */
static void
address_is_shut_by_many_names(void **state)
{
	struct account_gate *gate = account_gate_new(2, LOCKOUT_MS);
	char name[16];

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(account_gate_delay(gate, A, NEWS, 1000), 0);
		(void)snprintf(name, sizeof name, "guess%d", i);
		account_gate_failed(gate, A, span_of(name), 1000);
	}
	assert_int_equal(account_gate_delay(gate, A, NEWS, 1000), -1);
	assert_int_equal(account_gate_delay(gate, B, NEWS, 1000), 0);
	account_gate_free(&gate);
}

/* ... but not while applications behind it log in all right. */
static void
address_with_successes_stays_open(void **state)
{
	struct account_gate *gate = account_gate_new(2, LOCKOUT_MS);

	(void)state;
	account_gate_succeeded(gate, A, NEWS, 1000);
	for (int i = 0; i < 50; i++)
		account_gate_failed(gate, A, SHOP, 2000);
	assert_int_equal(account_gate_delay(gate, A, SHOP, 2000), -1);
	assert_int_equal(account_gate_delay(gate, A, NEWS, 2000), 0);
	account_gate_free(&gate);
}

static void
a_flood_of_names_is_bounded_and_keeps_the_address(void **state)
{
	struct account_gate *gate = account_gate_new(1000000, LOCKOUT_MS);
	char name[32];

	(void)state;
	for (int i = 0; i < 3; i++)
		account_gate_failed(gate, B, SHOP, 1000);
	for (int i = 0; i < ACCOUNT_GATE_ENTRIES_MAX + 1000; i++) {
		(void)snprintf(name, sizeof name, "guess%d", i);
		account_gate_failed(gate, A, span_of(name), 1000);
	}
	assert_int_equal(account_gate_delay(gate, B, SHOP, 1000), 0); /* the oldest went */
	assert_int_equal(account_gate_delay(gate, A, span_of(name), 1000), 1000);
	account_gate_free(&gate);
}

static void
stop(void *arg)
{
	loop_stop(arg);
}

static void
workers_tell_each_other(void **state)
{
	struct account_gate *gate[3];
	struct mailbox *box[3];
	struct err err;
	struct loop *loop = loop_new("test", &err);
	struct loop_timer timer;

	(void)state;
	for (int i = 0; i < 3; i++) {
		gate[i] = account_gate_new(2, LOCKOUT_MS);
		box[i] = mailbox_new("gate", 16, gate[i], &err);
		mailbox_attach(box[i], loop);
	}
	account_gate_link(gate, 3, box);
	account_gate_failed(gate[0], A, SHOP, 1000);
	account_gate_failed(gate[1], A, SHOP, 1000);
	loop_timer_init(&timer, loop, stop, loop);
	loop_timer_set(&timer, 1);
	loop_run(loop);
	for (int i = 0; i < 3; i++)
		assert_int_equal(account_gate_delay(gate[i], A, SHOP, 1000), -1);
	account_gate_succeeded(gate[2], A, SHOP, 1000);
	for (int i = 0; i < 100; i++) /* more than the mailbox takes: lost, not stuck */
		account_gate_failed(gate[2], B, SHOP, 1000);
	loop_timer_set(&timer, 1);
	loop_run(loop);
	assert_int_equal(account_gate_delay(gate[0], A, SHOP, 1000), 0);
	loop_timer_deinit(&timer);
	for (int i = 0; i < 3; i++)
		mailbox_free(&box[i]);
	for (int i = 0; i < 3; i++)
		account_gate_free(&gate[i]);
	loop_free(&loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delay_grows_then_shuts),
		cmocka_unit_test(success_forgives),
		cmocka_unit_test(address_is_shut_by_many_names),
		cmocka_unit_test(address_with_successes_stays_open),
		cmocka_unit_test(a_flood_of_names_is_bounded_and_keeps_the_address),
		cmocka_unit_test(workers_tell_each_other),
	};

	return cmocka_run_group_tests_name("account_gate", tests, NULL, NULL);
}
