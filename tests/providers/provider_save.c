/* provider_save.c - files written under another name and renamed when whole. */
#include "provider_save.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include "base/mem.h"

struct provider_save {
	const char *dir;
	unsigned long number;
	FILE *out;
};

static unsigned long last_number; /* one thread */

static void
path_of(const struct provider_save *save, const char *suffix, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%.3800s/%08lu%s", save->dir, save->number, suffix);
}

struct provider_save *
provider_save_begin(const char *dir, struct err *err)
{
	struct provider_save *save = mem_zero(1, sizeof *save);
	char path[PATH_MAX];

	save->dir = dir;
	save->number = ++last_number;
	path_of(save, ".part", path);
	save->out = fopen(path, "w");
	if (!save->out) {
		err_errno(err, errno, "cannot write %.100s", path);
		mem_free(save);
		return NULL;
	}
	return save;
}

int
provider_save_write(struct provider_save *save, struct span bytes, struct err *err)
{
	if (fwrite(bytes.p, 1, bytes.n, save->out) != bytes.n)
		return err_errno(err, errno, "cannot write to %.100s", save->dir);
	return 0;
}

static void
save_free(struct provider_save **save)
{
	if ((*save)->out)
		fclose((*save)->out);
	mem_free(*save);
	*save = NULL;
}

int
provider_save_commit(struct provider_save **save, json_t *envelope, struct err *err)
{
	char part[PATH_MAX], path[PATH_MAX];
	int rc;

	rc = fclose((*save)->out);
	(*save)->out = NULL;
	path_of(*save, ".part", part);
	path_of(*save, ".eml", path);
	if (rc == 0)
		rc = rename(part, path);
	if (rc == 0)
		rc = json_dump_file(envelope, part, JSON_INDENT(1) | JSON_SORT_KEYS);
	path_of(*save, ".json", path);
	if (rc == 0)
		rc = rename(part, path);
	if (rc != 0)
		err_errno(err, errno, "cannot write %.100s", path);
	json_decref(envelope);
	save_free(save);
	return rc == 0 ? 0 : -1;
}

void
provider_save_abort(struct provider_save **save)
{
	char part[PATH_MAX];

	if (!*save)
		return;
	path_of(*save, ".part", part);
	unlink(part);
	save_free(save);
}
