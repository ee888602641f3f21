/* store_spool.c - large texts in files: spool/<id>, the id as people see ids.
 *
 * Two threads do the disk work; an id always goes to the same one, so its
 * operations keep their order. A file is durable (data and folder entry synced)
 * before its last write is answered, hence before the commit that names it; it
 * is removed after the commit that no longer does. What a crash leaves between
 * the two is swept at start, when nothing is being written. */
#include "store/store_spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store_fault.h"
#include "store/store_private.h"

/* start writing back early, so that the sync at the end has little left to do */
#define WRITE_BACK_BYTES ((uint64_t)1024 * 1024)

struct spool_file { /* being written; the thread's own */
	int fd;
	uint64_t written, flushed;
	bool has_failed; /* later chunks are refused: the text has a hole */
};

struct discard {
	struct mailbox_item item;
	uint64_t spool_id;
};

static void
spool_path(const struct store *store, uint64_t spool_id, char out[STORE_PATH_MAX])
{
	char name[ID_TEXT_SIZE];

	id_format(spool_id, name);
	snprintf(out, STORE_PATH_MAX, "%s/spool/%s", store->options.state_dir, name);
}

static struct mailbox *
box_of(struct store *store, uint64_t spool_id)
{
	/* the low bits of an id count within a millisecond: mix in the time */
	return store->spool[(spool_id ^ spool_id >> 22) % STORE_SPOOL_THREADS].box;
}

/* ---- writing ---------------------------------------------------------------------- */

static struct spool_file *
find_file(struct store_thread *thread, uint64_t spool_id, struct err *err)
{
	struct map *files = thread->state;
	struct spool_file *file = map_get(files, map_key_u64(&spool_id));
	char path[STORE_PATH_MAX];
	int fd;

	if (file != NULL)
		return file;
	spool_path(thread->store, spool_id, path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_errno(err, errno, "cannot write %s", path);
		return NULL;
	}
	file = mem_zero(1, sizeof *file);
	file->fd = fd;
	map_put(files, map_key_u64(&spool_id), file);
	return file;
}

static void
forget_file(struct store_thread *thread, uint64_t spool_id)
{
	struct spool_file *file = map_remove(thread->state, map_key_u64(&spool_id));

	if (file == NULL)
		return;
	close(file->fd);
	mem_free(file);
}

static int
write_all(struct spool_file *file, const char *p, size_t n, struct err *err)
{
	while (n > 0) {
		ssize_t done = write(file->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && (errno == ENOSPC || errno == EDQUOT))
			return err_set(err, ERR_LIMIT, errno, "the disk is full");
		if (done < 0)
			return err_errno(err, errno, "cannot write to spool/");
		p += done;
		n -= (size_t)done;
		file->written += (uint64_t)done;
	}
	if (file->written - file->flushed >= WRITE_BACK_BYTES) {
		/* a hint: the fdatasync at the end is what counts */
		sync_file_range(file->fd, (off_t)file->flushed,
				(off_t)(file->written - file->flushed), SYNC_FILE_RANGE_WRITE);
		file->flushed = file->written;
	}
	return 0;
}

static int
sync_folder(const struct store *store, struct err *err)
{
	char path[STORE_PATH_MAX];
	int fd, result;

	snprintf(path, sizeof path, "%s/spool", store->options.state_dir);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, errno, "cannot open %s", path);
	result = fsync(fd);
	if (result != 0)
		err_errno(err, errno, "cannot sync %s", path);
	close(fd);
	return result;
}

static int
write_chunk(struct store_thread *thread, struct store_spool_op *op)
{
	struct spool_file *file = find_file(thread, op->spool_id, &op->err);

	if (file == NULL)
		return -1;
	if (file->has_failed)
		return err_set(&op->err, ERR_SYSTEM, 0, "an earlier part could not be written");
	if (thread->store->metrics.is_full)
		err_set(&op->err, ERR_LIMIT, 0, "the disk is nearly full");
	else if (write_all(file, op->bytes, op->n, &op->err) == 0)
		return 0;
	file->has_failed = true; /* until it is discarded */
	return -1;
}

static int
finish_file(struct store_thread *thread, struct store_spool_op *op)
{
	struct spool_file *file = map_get(thread->state, map_key_u64(&op->spool_id));

	STORE_FAULT(spool_written);
	if (fdatasync(file->fd) != 0) {
		file->has_failed = true;
		return err_errno(&op->err, errno, "cannot sync a file in spool/");
	}
	if (sync_folder(thread->store, &op->err) != 0) {
		file->has_failed = true;
		return -1;
	}
	STORE_FAULT(spool_synced);
	forget_file(thread, op->spool_id);
	return 0;
}

static void
on_write(struct mailbox_item *item, void *owner)
{
	struct store_spool_op *op = (struct store_spool_op *)(void *)item;

	if (owner == NULL) { /* sent after the store stopped */
		mem_free(op->bytes);
		mem_free(op);
		return;
	}
	op->result = write_chunk(owner, op);
	if (op->result == 0 && op->is_last)
		op->result = finish_file(owner, op);
	mem_free(op->bytes);
	op->bytes = NULL;
	mailbox_answer(&op->back, item);
}

/* ---- reading ---------------------------------------------------------------------------- */

static int
read_chunk(const struct store *store, struct store_spool_op *op)
{
	size_t wanted = op->n < STORE_SPOOL_CHUNK_BYTES ? op->n : STORE_SPOOL_CHUNK_BYTES;
	char path[STORE_PATH_MAX];
	int fd, saved;
	ssize_t got;

	op->n = 0;
	spool_path(store, op->spool_id, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(&op->err, errno, "cannot read %s", path);
	op->bytes = mem_alloc(wanted > 0 ? wanted : 1);
	while ((got = pread(fd, op->bytes, wanted, (off_t)op->offset)) < 0 && errno == EINTR)
		;
	saved = errno;
	close(fd);
	if (got < 0) {
		mem_free(op->bytes);
		op->bytes = NULL;
		return err_errno(&op->err, saved, "cannot read %s", path);
	}
	op->n = (size_t)got;
	return 0;
}

char *
store_spool_read_all(const struct store *store, uint64_t spool_id, size_t bytes, struct err *err)
{
	struct buf text;
	size_t n;

	buf_init(&text, bytes);
	while (text.len < bytes) {
		struct store_spool_op op = { .spool_id = spool_id,
					     .n = bytes - text.len,
					     .offset = text.len };

		if (read_chunk(store, &op) != 0 || op.n == 0) {
			if (op.n == 0 && op.bytes != NULL) {
				mem_free(op.bytes);
				err_set(&op.err, ERR_SYSTEM, 0, "a text in spool/ is cut short");
			}
			*err = op.err;
			buf_deinit(&text);
			return NULL;
		}
		must(buf_append(&text, op.bytes, op.n) == 0);
		mem_free(op.bytes);
	}
	return buf_take(&text, &n);
}

static void
on_read(struct mailbox_item *item, void *owner)
{
	struct store_spool_op *op = (struct store_spool_op *)(void *)item;
	struct store_thread *thread = owner;

	if (thread == NULL) {
		mem_free(op);
		return;
	}
	op->bytes = NULL;
	op->result = read_chunk(thread->store, op);
	mailbox_answer(&op->back, item);
}

/* ---- removing ------------------------------------------------------------------------------ */

static void
on_discard(struct mailbox_item *item, void *owner)
{
	struct discard *discard = (struct discard *)(void *)item;
	struct store_thread *thread = owner;
	char path[STORE_PATH_MAX];

	if (thread != NULL) {
		forget_file(thread, discard->spool_id);
		spool_path(thread->store, discard->spool_id, path);
		unlink(path); /* what cannot be removed now is swept at the next start */
	}
	mem_free(discard);
}

void
store_spool_release(uint64_t spool_id, void *arg)
{
	store_spool_discard(arg, spool_id);
}

/* sweep_one - an orphan? Names that are no ids are not ours and stay. */
static int
sweep_one(struct store *store, const char *name, struct err *err)
{
	char path[STORE_PATH_MAX];
	uint64_t spool_id;
	int named;

	if (!id_parse(span_of(name), &spool_id))
		return 0;
	named = store->ops->spool_is_named(store->writer, spool_id, err);
	if (named != 0)
		return named < 0 ? -1 : 0;
	spool_path(store, spool_id, path);
	if (unlink(path) == 0)
		LOG(LOG_INFO, "store.orphan_removed", LOG_ID("spool_id", spool_id));
	return 0;
}

int
store_spool_sweep(struct store *store, struct err *err)
{
	char path[STORE_PATH_MAX];
	struct dirent *entry;
	int result = 0;
	DIR *dir;

	snprintf(path, sizeof path, "%s/spool", store->options.state_dir);
	dir = opendir(path);
	if (dir == NULL)
		return err_errno(err, errno, "cannot read %s", path);
	while (result == 0 && (entry = readdir(dir)) != NULL)
		result = sweep_one(store, entry->d_name, err);
	closedir(dir);
	return result;
}

/* ---- the thread, and senders (any thread) ------------------------------------------------------
 */

void *
store_spool_main(void *arg)
{
	struct store_thread *thread = arg;
	struct map *files = map_new();
	struct span key;
	size_t cursor = 0;
	void *value;

	thread->state = files;
	while (!thread->is_stopping)
		store_thread_serve(thread, -1);
	while (map_next(files, &cursor, &key, &value)) { /* never finished: orphans */
		close(((struct spool_file *)value)->fd);
		mem_free(value);
	}
	map_free(&files);
	thread->state = NULL;
	return NULL;
}

static void
send_op(struct store *store, struct store_spool_op **op, mailbox_fn fn)
{
	struct mailbox_item *item = &(*op)->item;
	uint64_t spool_id = (*op)->spool_id;

	item->fn = fn;
	*op = NULL;
	mailbox_send(box_of(store, spool_id), &item);
}

void
store_spool_write(struct store *store, struct store_spool_op **op)
{
	send_op(store, op, on_write);
}

void
store_spool_read(struct store *store, struct store_spool_op **op)
{
	send_op(store, op, on_read);
}

void
store_spool_discard(struct store *store, uint64_t spool_id)
{
	struct discard *discard = mem_zero(1, sizeof *discard);
	struct mailbox_item *item = &discard->item;

	item->fn = on_discard;
	discard->spool_id = spool_id;
	mailbox_send(box_of(store, spool_id), &item);
}
