/* store_day.c - the files of the log: log/YYYY-MM-DD.db, by day of acceptance
 * (UTC). Used by the writer and by readers; no state. Thread: any. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/store_sqlite_private.h"

#define DAY_FILE_BYTES 13 /* 2026-11-23.db */

void
store_day_path(const char *state_dir, int64_t day, char out[STORE_PATH_SIZE])
{
	char name[CLOCK_DAY_SIZE];

	clock_format_day(day * STORE_DAY_MS, name);
	snprintf(out, STORE_PATH_SIZE, "%s/log/%s.db", state_dir, name);
}

static bool
parse_name(const char *name, int64_t *day_out)
{
	int64_t unix_ms;

	if (strlen(name) != DAY_FILE_BYTES || strcmp(name + CLOCK_DAY_SIZE - 1, ".db") != 0 ||
	    clock_parse_rfc3339((struct span){ name, CLOCK_DAY_SIZE - 1 }, &unix_ms, NULL) != 0)
		return false;
	*day_out = unix_ms / STORE_DAY_MS;
	return true;
}

static int
newest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y) - (x > y);
}

int64_t *
store_day_list(const char *state_dir, size_t *count_out)
{
	char path[STORE_PATH_SIZE];
	struct dirent *entry;
	int64_t *day = NULL, found;
	size_t count = 0;
	DIR *dir;

	snprintf(path, sizeof path, "%s/log", state_dir);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!parse_name(entry->d_name, &found))
			continue;
		if (count % 64 == 0)
			day = mem_resize(day, (count + 64) * sizeof *day);
		day[count++] = found;
	}
	if (dir != NULL)
		closedir(dir);
	if (count > 0)
		qsort(day, count, sizeof *day, newest_first);
	*count_out = count;
	return day;
}

bool
store_day_exists(const char *state_dir, int64_t day)
{
	char path[STORE_PATH_SIZE];

	store_day_path(state_dir, day, path);
	return access(path, F_OK) == 0;
}

void
store_day_unlink(const char *state_dir, int64_t day)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	char path[STORE_PATH_SIZE], file[STORE_PATH_SIZE + 8];

	store_day_path(state_dir, day, path);
	for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
		snprintf(file, sizeof file, "%s%s", path, suffix[i]);
		unlink(file);
	}
}
