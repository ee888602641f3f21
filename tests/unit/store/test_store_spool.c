/* test_store_spool.c - large texts: written in chunks, read back, discarded, and
 * swept when no message came to name them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "store/store_spool.h"
#include "store_kit.h"

static struct store_spool_op *
spool(struct kit *kit, uint64_t spool_id, const char *bytes, size_t n, bool is_last)
{
	struct store_spool_op *op = mem_zero(1, sizeof *op), *sent = op;

	op->back = kit_back(kit);
	op->spool_id = spool_id;
	op->bytes = mem_copy(bytes, n);
	op->n = n;
	op->is_last = is_last;
	store_spool_write(kit->store, &op);
	assert_null(op);
	return sent;
}

static int
spool_wait(struct kit *kit, uint64_t spool_id, const char *bytes, size_t n, bool is_last,
	   struct err *err_out)
{
	struct store_spool_op *op = spool(kit, spool_id, bytes, n, is_last);
	int result;

	assert_ptr_equal(kit_wait(kit), op);
	result = op->result;
	if (result != 0)
		*err_out = op->err;
	mem_free(op);
	return result;
}

static struct store_spool_op *
read_at(struct kit *kit, uint64_t spool_id, uint64_t offset, size_t n)
{
	struct store_spool_op *op = mem_zero(1, sizeof *op), *sent = op;

	op->back = kit_back(kit);
	op->spool_id = spool_id;
	op->offset = offset;
	op->n = n;
	store_spool_read(kit->store, &op);
	assert_ptr_equal(kit_wait(kit), sent);
	return sent;
}

static bool
exists(const struct kit *kit, uint64_t spool_id)
{
	char path[128], name[ID_TEXT_SIZE];

	id_format(spool_id, name);
	snprintf(path, sizeof path, "%s/spool/%s", kit->dir, name);
	return access(path, F_OK) == 0;
}

static void
text_comes_back_in_chunks(void **state)
{
	struct store_spool_op *op;
	uint64_t id;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = id_gen_next(&kit.ids, clock_unix_ms());
	/* sent in one go: done in this order */
	spool(&kit, id, "first ", 6, false);
	spool(&kit, id, "second ", 7, false);
	spool(&kit, id, "last", 4, true);
	for (int i = 0; i < 3; i++) {
		op = kit_wait(&kit);
		assert_int_equal(op->result, 0);
		assert_null(op->bytes);
		mem_free(op);
	}
	assert_int_equal(kit_accept(&kit, &(struct kit_message){ .id = id, .spool_id = id }, &err),
			 id);
	op = read_at(&kit, id, 6, 100);
	assert_int_equal(op->result, 0);
	assert_int_equal(op->n, 11);
	assert_memory_equal(op->bytes, "second last", 11);
	mem_free(op->bytes);
	mem_free(op);
	op = read_at(&kit, id, 17, 100); /* the end */
	assert_int_equal(op->result, 0);
	assert_int_equal(op->n, 0);
	mem_free(op->bytes);
	mem_free(op);
	op = read_at(&kit, id + 1, 0, 100);
	assert_int_equal(op->result, -1);
	assert_int_equal(op->err.kind, ERR_SYSTEM);
	mem_free(op);
	kit_remove(&kit);
}

static void
orphans_are_swept_and_named_files_stay(void **state)
{
	uint64_t named, orphan, cut, discarded;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	named = id_gen_next(&kit.ids, clock_unix_ms());
	orphan = id_gen_next(&kit.ids, clock_unix_ms());
	cut = id_gen_next(&kit.ids, clock_unix_ms());
	discarded = id_gen_next(&kit.ids, clock_unix_ms());
	assert_int_equal(spool_wait(&kit, named, "text", 4, true, &err), 0);
	assert_int_equal(spool_wait(&kit, orphan, "text", 4, true, &err), 0);
	assert_int_equal(spool_wait(&kit, cut, "te", 2, false, &err), 0);
	assert_int_equal(spool_wait(&kit, discarded, "te", 2, false, &err), 0);
	kit_accept(&kit, &(struct kit_message){ .id = named, .spool_id = named }, NULL);
	store_spool_discard(kit.store, discarded);
	kit_close(&kit);
	assert_false(exists(&kit, discarded));
	assert_true(exists(&kit, orphan));
	kit_must_open(&kit);
	assert_true(exists(&kit, named));
	assert_false(exists(&kit, orphan));
	assert_false(exists(&kit, cut));
	/* delivered: after the commit that moves it, the file goes */
	kit_deliver(&kit, named, 0);
	kit_close(&kit);
	assert_true(exists(&kit, named));
	for (int64_t deadline = clock_mono_ms() + 30000; exists(&kit, named);) {
		assert_true(clock_mono_ms() < deadline);
		kit_must_open(&kit);
		kit_free_search(kit_search(&kit, &(struct store_query){ .limit = 1 }));
		kit_close(&kit);
	}
	kit_remove(&kit);
}

static void
full_disk_is_a_limit(void **state)
{
	uint64_t id = 77;
	struct err err;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit.options.disk_reserve_bytes = (uint64_t)1 << 60;
	kit_must_open(&kit);
	assert_int_equal(spool_wait(&kit, id, "text", 4, false, &err), -1);
	assert_int_equal(err.kind, ERR_LIMIT);
	/* a text with a hole is never finished */
	assert_int_equal(spool_wait(&kit, id, "more", 4, true, &err), -1);
	store_spool_discard(kit.store, id);
	kit_close(&kit);
	assert_false(exists(&kit, id));
	kit_remove(&kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_back_in_chunks),
		cmocka_unit_test(orphans_are_swept_and_named_files_stay),
		cmocka_unit_test(full_disk_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
