/* config_restart.c - see config_restart.h: two snapshots compared by the table's rows. */
#include "config_restart.h"

#include <string.h>

#include "base/units.h"
#include "config_table.h"

static bool
is_same_text(const char *a, const char *b)
{
	return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}

/* a list: the array, and right behind it how many */
static bool
is_same_texts(const void *a, const void *b)
{
	const char *const *x = *(const char *const *const *)a;
	const char *const *y = *(const char *const *const *)b;
	size_t n = *(const size_t *)((const char *)a + sizeof x);

	if (n != *(const size_t *)((const char *)b + sizeof y))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_same_text(x[i], y[i]))
			return false;
	return true;
}

static bool
is_same_array(const void *a, const void *b, size_t item_bytes)
{
	const void *x = *(const void *const *)a, *y = *(const void *const *)b;
	size_t n = *(const size_t *)((const char *)a + sizeof x);

	return n == *(const size_t *)((const char *)b + sizeof y) &&
	       (n == 0 || memcmp(x, y, n * item_bytes) == 0);
}

static bool
is_same(enum config_type type, const void *a, const void *b)
{
	switch (type) {
	case CONFIG_TEXT:
		return is_same_text(*(const char *const *)a, *(const char *const *)b);
	case CONFIG_TEXTS:
		return is_same_texts(a, b);
	case CONFIG_COUNT:
		return memcmp(a, b, sizeof(uint32_t)) == 0;
	case CONFIG_PORT:
		return memcmp(a, b, sizeof(uint16_t)) == 0;
	case CONFIG_FLAG:
		return *(const bool *)a == *(const bool *)b;
	case CONFIG_DURATION:
		return memcmp(a, b, sizeof(int64_t)) == 0;
	case CONFIG_DURATIONS:
		return is_same_array(a, b, sizeof(int64_t));
	case CONFIG_COUNTS:
		return is_same_array(a, b, sizeof(uint32_t));
	case CONFIG_SIZE:
		return memcmp(a, b, sizeof(uint64_t)) == 0;
	case CONFIG_RATE:
		return ((const struct units_rate *)a)->count ==
			       ((const struct units_rate *)b)->count &&
		       ((const struct units_rate *)a)->period_ms ==
			       ((const struct units_rate *)b)->period_ms;
	case CONFIG_WORD:
		return memcmp(a, b, sizeof(int)) == 0;
	}
	return true;
}

static size_t
count_of(const struct config_section *section, const struct config *config)
{
	return *(const size_t *)((const char *)config + section->count_offset);
}

static const char *
item_of(const struct config_section *section, const struct config *config, size_t i)
{
	return *(const char *const *)((const char *)config + section->array_offset) +
	       i * section->item_bytes;
}

static bool
differs(const struct config_section *section, const struct config_option *option,
	const struct config *a, const struct config *b)
{
	if (!section->is_many)
		return !is_same(option->type, (const char *)a + option->offset,
				(const char *)b + option->offset);
	if (count_of(section, a) != count_of(section, b))
		return true;
	for (size_t i = 0; i < count_of(section, a); i++)
		if (!is_same(option->type, item_of(section, a, i) + option->offset,
			     item_of(section, b, i) + option->offset))
			return true;
	return false;
}

size_t
config_restart_names(const struct config *started, const struct config *now, struct buf *out)
{
	size_t found = 0;

	for (size_t s = 0; s < config_section_count; s++) {
		const struct config_section *section = &config_sections[s];

		for (size_t i = 0; i < section->options; i++) {
			const struct config_option *option = &section->option[i];

			if (!option->needs_restart || !differs(section, option, started, now))
				continue;
			(void)buf_printf(out, "%s%s%s%s", found++ > 0 ? ", " : "", section->name,
					 section->name[0] != '\0' ? "." : "", option->name);
		}
	}
	return found;
}
