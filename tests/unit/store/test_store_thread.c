/* test_store_thread.c - the disk fails at call N, for every N: what was answered
 * with success is there afterwards, what was not is either there or not, never
 * half, and the store says what state it is in and gets out of it.
 *
 * A layer between SQLite and the file system fails chosen calls (write, sync,
 * truncate, open) of files in the test's folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include "store_kit.h"

/* ---- a file system that fails ------------------------------------------------------- */

struct bad_file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs bad_vfs, *real_vfs;
static sqlite3_io_methods bad_methods;
static atomic_long calls, fail_from, fail_until; /* [from, until) fail; 0, 0: none */

static bool
fails(void)
{
	long call = atomic_fetch_add(&calls, 1) + 1;

	return call >= fail_from && call < fail_until;
}

static void
set_failure(long from, long count)
{
	calls = 0;
	fail_from = from;
	fail_until = from + count;
}

static sqlite3_file *
real_file(sqlite3_file *file)
{
	return ((struct bad_file *)(void *)file)->real;
}

static int
bad_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 offset)
{
	sqlite3_file *real = real_file(file);

	if (fails()) { /* half of it is there: the worst case */
		real->pMethods->xWrite(real, p, n / 2, offset);
		return SQLITE_IOERR_WRITE;
	}
	return real->pMethods->xWrite(real, p, n, offset);
}

static int
bad_sync(sqlite3_file *file, int flags)
{
	sqlite3_file *real = real_file(file);

	return fails() ? SQLITE_IOERR_FSYNC : real->pMethods->xSync(real, flags);
}

static int
bad_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	sqlite3_file *real = real_file(file);

	return fails() ? SQLITE_FULL : real->pMethods->xTruncate(real, size);
}

static int
bad_close(sqlite3_file *file)
{
	return real_file(file)->pMethods->xClose(real_file(file));
}

static int
bad_read(sqlite3_file *file, void *p, int n, sqlite3_int64 offset)
{
	return real_file(file)->pMethods->xRead(real_file(file), p, n, offset);
}

static int
bad_size(sqlite3_file *file, sqlite3_int64 *size_out)
{
	return real_file(file)->pMethods->xFileSize(real_file(file), size_out);
}

static int
bad_lock(sqlite3_file *file, int level)
{
	return real_file(file)->pMethods->xLock(real_file(file), level);
}

static int
bad_unlock(sqlite3_file *file, int level)
{
	return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

static int
bad_check_lock(sqlite3_file *file, int *out)
{
	return real_file(file)->pMethods->xCheckReservedLock(real_file(file), out);
}

static int
bad_control(sqlite3_file *file, int op, void *arg)
{
	return real_file(file)->pMethods->xFileControl(real_file(file), op, arg);
}

static int
bad_sector(sqlite3_file *file)
{
	return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int
bad_device(sqlite3_file *file)
{
	return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static int
bad_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	return real_file(file)->pMethods->xShmMap(real_file(file), page, size, extend, out);
}

static int
bad_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return real_file(file)->pMethods->xShmLock(real_file(file), offset, n, flags);
}

static void
bad_shm_barrier(sqlite3_file *file)
{
	real_file(file)->pMethods->xShmBarrier(real_file(file));
}

static int
bad_shm_unmap(sqlite3_file *file, int remove_it)
{
	return real_file(file)->pMethods->xShmUnmap(real_file(file), remove_it);
}

static int
bad_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
	struct bad_file *bad = (struct bad_file *)(void *)file;
	int code;

	(void)vfs;
	bad->base.pMethods = NULL;
	bad->real = (sqlite3_file *)(void *)(bad + 1);
	if (fails())
		return SQLITE_CANTOPEN;
	code = real_vfs->xOpen(real_vfs, name, bad->real, flags, flags_out);
	if (bad->real->pMethods != NULL)
		bad->base.pMethods = &bad_methods;
	return code;
}

static int
install_vfs(void **state)
{
	(void)state;
	real_vfs = sqlite3_vfs_find(NULL);
	bad_vfs = *real_vfs;
	bad_vfs.zName = "bad";
	bad_vfs.szOsFile = (int)sizeof(struct bad_file) + real_vfs->szOsFile;
	bad_vfs.xOpen = bad_open;
	bad_methods = (sqlite3_io_methods){
		.iVersion = 2,
		.xClose = bad_close,
		.xRead = bad_read,
		.xWrite = bad_write,
		.xTruncate = bad_truncate,
		.xSync = bad_sync,
		.xFileSize = bad_size,
		.xLock = bad_lock,
		.xUnlock = bad_unlock,
		.xCheckReservedLock = bad_check_lock,
		.xFileControl = bad_control,
		.xSectorSize = bad_sector,
		.xDeviceCharacteristics = bad_device,
		.xShmMap = bad_shm_map,
		.xShmLock = bad_shm_lock,
		.xShmBarrier = bad_shm_barrier,
		.xShmUnmap = bad_shm_unmap,
	};
	return sqlite3_vfs_register(&bad_vfs, 1) == SQLITE_OK ? 0 : -1;
}

/* ---- what was promised -------------------------------------------------------------------- */

#define MAILS 6

struct promised {	    /* by the answers */
	uint64_t id[MAILS]; /* 0: refused */
	bool is_delivered[MAILS];
};

static void
check_promises(struct kit *kit, const struct promised *promised, bool is_well, long n)
{
	for (int i = 0; i < MAILS; i++) {
		struct store_search *got;
		enum mail_status status;

		if (promised->id[i] == 0)
			continue;
		got = kit_search(kit, &(struct store_query){ .id = promised->id[i] });
		if (!is_well && !got->result_set.is_complete) {
			kit_free_search(got); /* could not read, and says so */
			continue;
		}
		if (got->result != 0 || got->result_set.count != 1)
			fail_msg("failure %ld: message %d: result %d (%s), %zu rows", n, i,
				 got->result, got->err.text, got->result_set.count);
		status = got->result_set.found[0].status;
		if (promised->is_delivered[i] != (status == MAIL_STATUS_DELIVERED))
			fail_msg("failure %ld: message %d has status %d", n, i, status);
		kit_free_search(got);
	}
}

/* deliver - an outcome is answered sooner or later, and never refused while the
 * store lives: it waits until writing works again. */
static void
run_mails(struct kit *kit, struct promised *promised)
{
	for (int i = 0; i < MAILS; i++) {
		struct kit_message message = { .text_bytes = i == 3 ? 30000 : 200 };
		struct err err = { .kind = ERR_NONE };

		promised->id[i] = kit_accept(kit, &message, &err);
		assert_true(promised->id[i] != 0 || err.kind == ERR_SYSTEM);
		if (promised->id[i] != 0 && i % 2 == 0) {
			kit_deliver(kit, promised->id[i], 0);
			promised->is_delivered[i] = true;
		}
	}
}

static bool
is_broken(struct kit *kit)
{
	struct store_stats stats;

	store_stats_read(kit->store, &stats);
	return stats.is_broken;
}

static void
one_failure_loses_nothing(void **state)
{
	long last = 0;

	(void)state;
	for (long n = 1; n <= 200 && last == 0; n++) {
		struct promised promised = { 0 };
		struct kit kit;

		kit_init(&kit);
		kit_must_open(&kit);
		set_failure(n, 1);
		run_mails(&kit, &promised);
		if (calls < n)
			last = n; /* the whole run has fewer calls */
		set_failure(0, 0);
		check_promises(&kit, &promised, true, n);
		kit_close(&kit);
		kit_must_open(&kit);
		check_promises(&kit, &promised, true, n);
		kit_remove(&kit);
	}
	assert_true(last > 20);
}

static void
dead_disk_is_said_and_survived(void **state)
{
	(void)state;
	for (long n = 1; n <= 9; n += 4) {
		struct promised promised = { 0 };
		struct store_search *got;
		struct mail_event event;
		struct store_record *late;
		uint64_t refused, id;
		struct err err;
		struct kit kit;

		kit_init(&kit);
		kit_must_open(&kit);
		id = kit_accept(&kit, &(struct kit_message){ 0 }, NULL);
		assert_true(id != 0);
		assert_false(is_broken(&kit));
		set_failure(n, 1000000);
		do { /* until it is noticed */
			refused = kit_accept(&kit, &(struct kit_message){ 0 }, &err);
		} while (refused != 0);
		assert_int_equal(err.kind, ERR_SYSTEM);
		assert_true(is_broken(&kit));
		/* delivered meanwhile: the outcome waits, it is not given up */
		event = kit_event(id, 0, MAIL_EVENT_DELIVERED);
		kit_send_record(&kit, &event, MAIL_STATUS_DELIVERED);
		assert_int_equal(kit_accept(&kit, &(struct kit_message){ 0 }, &err), 0);
		assert_true(is_broken(&kit));
		set_failure(0, 0);
		late = kit_wait(&kit);
		assert_int_equal(late->result, 0);
		store_record_free(&late);
		assert_false(is_broken(&kit));

		run_mails(&kit, &promised);
		check_promises(&kit, &promised, true, n);
		got = kit_search(&kit, &(struct store_query){ .id = id });
		assert_int_equal(got->result_set.count, 1);
		assert_int_equal(got->result_set.found[0].status, MAIL_STATUS_DELIVERED);
		assert_false(got->result_set.is_complete); /* the gap is known */
		kit_free_search(got);
		kit_remove(&kit);
	}
}

/* stopped while it cannot write: the outcome is handed back as not recorded, and
 * the message is there again after the restart. */
static void
stop_on_a_dead_disk_is_honest(void **state)
{
	struct store_search *got;
	struct store_record *answer;
	struct mail_event event;
	uint64_t id;
	struct kit kit;

	(void)state;
	kit_init(&kit);
	kit_must_open(&kit);
	id = kit_accept(&kit, &(struct kit_message){ 0 }, NULL);
	set_failure(1, 1000000);
	event = kit_event(id, 0, MAIL_EVENT_DELIVERED);
	kit_send_record(&kit, &event, MAIL_STATUS_DELIVERED);
	store_stop(kit.store);
	answer = kit_wait(&kit);
	assert_int_equal(answer->result, -1);
	store_record_free(&answer);
	kit_close(&kit);
	set_failure(0, 0);
	kit_must_open(&kit);
	got = kit_search(&kit, &(struct store_query){ .id = id });
	assert_int_equal(got->result_set.count, 1);
	assert_int_equal(got->result_set.found[0].status, MAIL_STATUS_QUEUED);
	kit_free_search(got);
	kit_remove(&kit);
}

/* Opening finds finished messages and moves them into the log at once; any call of
 * that may fail. */
static void
failure_while_moving_loses_nothing(void **state)
{
	long last = 0;

	(void)state;
	for (long n = 1; n <= 300 && last == 0; n += n < 40 ? 1 : 7) {
		struct promised promised = { 0 };
		struct err err;
		struct kit kit;

		kit_init(&kit);
		kit_must_open(&kit);
		run_mails(&kit, &promised);
		kit_close(&kit);
		set_failure(n, 1);
		if (kit_open(&kit, &err) == 0) {
			check_promises(&kit, &promised, false, n);
			kit_deliver(&kit, promised.id[1], 0);
			promised.is_delivered[1] = true;
			kit_close(&kit); /* finishes the pass under way, checkpoints */
		}
		kit_close(&kit);
		if (calls < n)
			last = n;
		set_failure(0, 0);
		kit_must_open(&kit);
		check_promises(&kit, &promised, true, n);
		kit_remove(&kit);
	}
	assert_true(last > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_failure_loses_nothing),
		cmocka_unit_test(dead_disk_is_said_and_survived),
		cmocka_unit_test(stop_on_a_dead_disk_is_honest),
		cmocka_unit_test(failure_while_moving_loses_nothing),
	};

	return cmocka_run_group_tests(tests, install_vfs, NULL);
}
