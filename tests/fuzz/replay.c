/* replay.c - main() for fuzz targets without libFuzzer: every file of the corpus
 * (tests/fuzz/corpus/<stem>, or the folder given), whole and each shorter
 * beginning of it, in memory of exactly that size so that a sanitizer sees one
 * byte beyond. Reports like a unit test. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"

#define INPUT_MAX_BYTES (64 * 1024)
#define PREFIX_MAX_BYTES 2048 /* of longer ones only the whole: time */

static void
run_one(const char *bytes, size_t n)
{
	uint8_t *exact = mem_copy(bytes, n);

	LLVMFuzzerTestOneInput(exact, n);
	mem_free(exact);
}

static int
replay_file(const char *path)
{
	static char bytes[INPUT_MAX_BYTES];
	FILE *file = fopen(path, "rb");
	size_t n;

	if (!file) {
		perror(path);
		return -1;
	}
	n = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	if (n <= PREFIX_MAX_BYTES)
		for (size_t prefix = 0; prefix < n; prefix++)
			run_one(bytes, prefix);
	run_one(bytes, n);
	return 0;
}

static int
replay_folder(const char *folder)
{
	struct dirent *entry;
	char path[1024];
	int count = 0;
	DIR *dir = opendir(folder);

	if (!dir) {
		perror(folder);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (replay_file(path) < 0) {
			closedir(dir);
			return -1;
		}
		count++;
	}
	closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	char folder[256];
	int count;

	snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s",
	         strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name);
	count = replay_folder(argc > 1 ? argv[1] : folder);
	if (count <= 0)
		return 1;
	printf("[       OK ] %s: %d inputs\n", name, count);
	return 0;
}
