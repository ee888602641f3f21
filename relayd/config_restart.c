/* config_restart.c - see config_restart.h: two snapshots compared by the table's rows. */
#include "config_restart.h"

#include "config_diff.h"
#include "config_table.h"

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
		return !config_option_is_same(option, a, b);
	if (count_of(section, a) != count_of(section, b))
		return true;
	for (size_t i = 0; i < count_of(section, a); i++)
		if (!config_option_is_same(option, item_of(section, a, i), item_of(section, b, i)))
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
