/* test_store_text_block.c - numbers come back as they went in, a stored block can be added
 * to, and a damaged one is told from a sound one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include "base/mem.h"
#include "store/store_text_block.h"

static const int64_t few[] = { 1, 5000000, INT64_MAX };
static const struct store_text_row row[] = {
	{ 1000000000000000, 7, 9, few, 3, "Your Invoice", "order-4711", "one@shop.example" },
	{ 1000000000004000, 7, 9, few + 1, 1, NULL, NULL, "two@shop.example" },
	/* older than the one before */
	{ 999999999999999, 1, 100000, NULL, 0, "a\r\nb", "x\x1fy", NULL },
	{ INT64_MAX, INT64_MAX, 1, few, 1, "", "", "" },
};
enum { ROWS = sizeof row / sizeof row[0] };

static void
fill(struct store_text_block *block, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		store_text_block_add(block, &row[i]);
}

static void
check_numbers(struct span number)
{
	struct store_text_numbers numbers;
	int64_t address;

	store_text_numbers_init(&numbers, number);
	for (size_t i = 0; i < ROWS; i++) {
		assert_true(store_text_numbers_next(&numbers));
		assert_true(numbers.id == row[i].id);
		assert_true(numbers.origin_id == row[i].origin_id);
		assert_true(numbers.sender_id == row[i].sender_id);
		assert_int_equal(numbers.addresses, row[i].addresses);
		/* the second's are passed over */
		for (size_t n = 0; n < row[i].addresses && i != 1; n++) {
			assert_true(store_text_numbers_address(&numbers, &address));
			assert_true(address == row[i].address[n]);
		}
	}
	assert_false(store_text_numbers_next(&numbers));
	assert_false(numbers.is_damaged);
}

static void
what_went_in_is_there(void **state)
{
	struct store_text_block block;

	(void)state;
	store_text_block_init(&block);
	fill(&block, 0, ROWS);
	assert_int_equal(block.messages, ROWS);
	assert_true(block.lowest_id == 999999999999999);
	assert_true(block.highest_id == INT64_MAX);
	assert_true(span_is(buf_span(&block.subject), "your invoice\n\na  b\n\n"));
	assert_true(span_is(buf_span(&block.tags), "order-4711\n\nx y\n\n"));
	assert_true(span_is(buf_span(&block.message_id),
			    "one@shop.example\ntwo@shop.example\n\n\n"));
	check_numbers(buf_span(&block.number));
	store_text_block_deinit(&block);
}

static void
a_stored_one_can_be_added_to(void **state)
{
	struct store_text_block first, block;

	(void)state;
	store_text_block_init(&first);
	store_text_block_init(&block);
	fill(&first, 0, 2);
	assert_int_equal(store_text_block_load(&block, 2, buf_span(&first.number),
					       buf_span(&first.subject), buf_span(&first.tags),
					       buf_span(&first.message_id)), 0);
	assert_true(block.lowest_id == first.lowest_id && block.highest_id == first.highest_id);
	fill(&block, 2, ROWS);
	check_numbers(buf_span(&block.number));
	store_text_block_deinit(&first);
	store_text_block_deinit(&block);
}

static void
each_cut_is_seen_as_damage(void **state)
{
	struct store_text_block block, cut;

	(void)state;
	store_text_block_init(&block);
	store_text_block_init(&cut);
	fill(&block, 0, ROWS);
	for (size_t n = 0; n < block.number.len; n++) {
		char *number = n > 0 ? mem_copy(block.number.mem, n) : mem_alloc(1);

		assert_int_equal(store_text_block_load(&cut, ROWS, (struct span){ number, n },
						       buf_span(&block.subject),
						       buf_span(&block.tags),
						       buf_span(&block.message_id)), -1);
		assert_int_equal(cut.messages, 0);
		mem_free(number);
	}
	store_text_block_deinit(&cut);
	store_text_block_deinit(&block);
}

static void
it_is_full_by_messages_and_by_bytes(void **state)
{
	struct store_text_block block;
	char *subject = mem_zero(1, STORE_TEXT_BYTES + 1);
	struct store_text_row large = row[1];

	(void)state;
	store_text_block_init(&block);
	for (size_t i = 0; i < STORE_TEXT_MESSAGES; i++) {
		assert_false(store_text_block_is_full(&block));
		store_text_block_add(&block, &row[1]);
	}
	assert_true(store_text_block_is_full(&block));
	store_text_block_clear(&block);
	memset(subject, 'x', STORE_TEXT_BYTES);
	large.subject = subject;
	store_text_block_add(&block, &large);
	assert_true(store_text_block_is_full(&block));
	mem_free(subject);
	store_text_block_deinit(&block);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_went_in_is_there),
		cmocka_unit_test(a_stored_one_can_be_added_to),
		cmocka_unit_test(each_cut_is_seen_as_damage),
		cmocka_unit_test(it_is_full_by_messages_and_by_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
