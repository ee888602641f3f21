/* bench_suppress.c - what the suppression set costs: memory, and a look-up.
 *
 *   bench_suppress [ENTRIES] */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "suppress/suppress_set.h"

#define LOOK_UPS 1000000

static void
measure(const struct suppress_set *set, size_t entries, size_t first, const char *what)
{
	int64_t began = clock_mono_ms();
	struct suppress_hit hit;
	size_t hits = 0;
	char key[64];

	for (size_t i = 0; i < LOOK_UPS; i++) {
		snprintf(key, sizeof key, "user%zu@domain%zu.example",
		         first + i * 7919 % entries, i * 7919 % entries % 1000);
		hits += suppress_set_find(set, key, "shop.example", "shop", 1764000000000, &hit);
	}
	printf("%-28s%8.0f ns (%zu found)\n", what,
	       (double)(clock_mono_ms() - began) * 1e6 / LOOK_UPS, hits);
}

int
main(int argc, char **argv)
{
	size_t entries = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 5000000;
	struct suppress_entry *entry = mem_alloc((entries + 1) * sizeof *entry);
	struct suppress_set *set;
	int64_t began;
	char key[64];

	for (size_t i = 0; i < entries; i++) {
		snprintf(key, sizeof key, "user%zu@domain%zu.example", i, i % 1000);
		entry[i] = suppress_entry_make("", key, MAIL_SUPPRESSION_HARD_BOUNCE,
		                               1764000000000, 0);
	}
	began = clock_mono_ms();
	set = suppress_set_build(entry, entries, false, false);
	printf("%zu entries: %.1f MB, sorted within %lld ms\n", entries,
	       (double)suppress_set_memory_bytes(set) / 1e6, (long long)(clock_mono_ms() - began));
	measure(set, entries, 0, "look-up of one that is there");
	measure(set, entries, entries, "look-up of one that is not");
	suppress_set_unref(&set);
	return 0;
}
