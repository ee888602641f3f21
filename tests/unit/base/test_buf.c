/* test_buf.c - the cap holds, nothing is truncated, consuming is cheap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rand.h"

static void
cap_refuses_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	assert_int_equal(buf_append_text(&b, "12345"), 0);
	assert_int_equal(buf_append_text(&b, "6789"), -1);
	assert_true(span_is(buf_span(&b), "12345"));
	assert_int_equal(buf_printf(&b, "%d", 6789), -1);
	assert_true(span_is(buf_span(&b), "12345"));
	assert_int_equal(buf_printf(&b, "%d", 678), 0);
	assert_true(span_is(buf_span(&b), "12345678"));
	assert_int_equal(buf_room(&b), 0);
	assert_int_equal(buf_append(&b, "", 0), 0);
	assert_null(buf_reserve(&b, 1));
	buf_consume(&b, 1);
	assert_int_equal(buf_append_text(&b, "9"), 0);
	assert_true(span_is(buf_span(&b), "23456789"));
	buf_deinit(&b);
	assert_int_equal(b.max, 8);
	assert_int_equal(buf_append_text(&b, "again"), 0);
	buf_deinit(&b);
}

static void
max_zero_holds_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(buf_append_text(&b, "x"), -1);
	assert_int_equal(buf_append_text(&b, ""), 0);
	assert_int_equal(buf_printf(&b, "%s", ""), 0);
	assert_int_equal(buf_span(&b).n, 0);
	buf_deinit(&b);
}

static void
take_gives_text_and_resets(void **state)
{
	struct buf b;
	size_t n;
	char *text;

	(void)state;
	buf_init(&b, 100);
	buf_append_text(&b, "drop keep");
	buf_consume(&b, 5);
	text = buf_take(&b, &n);
	assert_int_equal(n, 4);
	assert_string_equal(text, "keep");
	mem_free(text);
	text = buf_take(&b, &n);
	assert_int_equal(n, 0);
	assert_string_equal(text, "");
	mem_free(text);
	assert_int_equal(buf_append_text(&b, "on"), 0);
	buf_deinit(&b);
}

static void
long_print_grows(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5000);
	buf_append_text(&b, "ab");
	buf_consume(&b, 1);
	assert_int_equal(buf_printf(&b, "%01000d", 7), 0);
	assert_int_equal(b.len, 1001);
	assert_int_equal(buf_data(&b)[0], 'b');
	assert_int_equal(buf_data(&b)[1000], '7');
	assert_int_equal(buf_printf(&b, "%05000d", 7), -1);
	assert_int_equal(b.len, 1001);
	buf_deinit(&b);
}

/* a stream through the buffer against a plain counter, all sizes mixed */
static void
stream_keeps_order(void **state)
{
	unsigned char chunk[300];
	unsigned char in = 0, out = 0;
	struct rand rand;
	struct buf b;

	(void)state;
	rand_init(&rand, 1);
	buf_init(&b, 4096);
	for (int round = 0; round < 20000; round++) {
		size_t n = rand_below(&rand, sizeof chunk);

		if (rand_below(&rand, 2)) {
			for (size_t i = 0; i < n; i++)
				chunk[i] = (unsigned char)(in + i);
			if (buf_append(&b, chunk, n) == 0)
				in = (unsigned char)(in + n);
			else
				assert_true(n > buf_room(&b));
		} else {
			n = n < b.len ? n : b.len;
			for (size_t i = 0; i < n; i++)
				assert_int_equal((unsigned char)buf_data(&b)[i],
				                 (unsigned char)(out + i));
			buf_consume(&b, n);
			out = (unsigned char)(out + n);
		}
		assert_true(b.len <= b.max && b.off + b.len <= b.cap && b.cap <= 4 * 4096);
	}
	buf_deinit(&b);
}

static void
reserve_then_commit(void **state)
{
	struct buf b;
	char *to;

	(void)state;
	buf_init(&b, 1000);
	to = buf_reserve(&b, 1000);
	assert_non_null(to);
	memcpy(to, "abc", 3);
	buf_commit(&b, 3);
	assert_true(span_is(buf_span(&b), "abc"));
	buf_clear(&b);
	assert_int_equal(buf_span(&b).n, 0);
	buf_deinit(&b);
}

static bool
has_text(const struct buf *b, const char *text)
{
	for (size_t i = 0; i + strlen(text) <= b->cap; i++)
		if (memcmp(b->mem + i, text, strlen(text)) == 0)
			return true;
	return false;
}

/* what is consumed, moved down or cleared is not left behind */
static void
secret_leaves_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init_secret(&b, 4096);
	assert_int_equal(buf_append_text(&b, "AUTH secret-one\r\nAUTH secret-two\r\n"), 0);
	buf_consume(&b, 17);
	assert_false(has_text(&b, "secret-one"));
	assert_true(has_text(&b, "secret-two"));
	while (b.off > 0) /* until it is moved down, or into other memory */
		assert_int_equal(buf_append_text(&b, "."), 0);
	buf_consume(&b, 17);
	assert_false(has_text(&b, "secret-two"));
	assert_int_equal(buf_append_text(&b, "secret-three"), 0);
	buf_clear(&b);
	assert_false(has_text(&b, "secret-three"));
	buf_deinit(&b);
	assert_true(b.wipes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cap_refuses_whole),
		cmocka_unit_test(secret_leaves_nothing),
		cmocka_unit_test(max_zero_holds_nothing),
		cmocka_unit_test(take_gives_text_and_resets),
		cmocka_unit_test(long_print_grows),
		cmocka_unit_test(stream_keeps_order),
		cmocka_unit_test(reserve_then_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
