/* config_value.c - see config_value.h. */
#include "config_value.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/must.h"
#include "base/units.h"

static int
check_range(const struct config_option *option, long long value, struct err *err)
{
	bool is_time = option->type == CONFIG_DURATION || option->type == CONFIG_DURATIONS;
	char low[UNITS_TEXT_SIZE], high[UNITS_TEXT_SIZE];

	if (value >= option->min && value <= option->max)
		return 0;
	if (!is_time)
		return err_set(err, ERR_INPUT, 0, "must be %lld to %lld", option->min, option->max);
	units_format_duration(option->min, low);
	units_format_duration(option->max, high);
	return err_set(err, ERR_INPUT, 0, "must be %s to %s", low, high);
}

static int
set_word(const struct config_option *option, struct span text, int *value_out, struct err *err)
{
	struct buf list;

	for (int i = 0; option->words[i] != NULL; i++) {
		if (span_is(text, option->words[i])) {
			*value_out = i;
			return 0;
		}
	}
	buf_init(&list, 120);
	for (int i = 0; option->words[i] != NULL; i++)
		(void)buf_printf(&list, "%s%s", i ? ", " : "", option->words[i]);
	err_set(err, ERR_INPUT, 0, "must be one of %.*s", (int)list.len, buf_data(&list));
	buf_deinit(&list);
	return -1;
}

static int
set_count(const struct config_option *option, struct span text, void *place, struct err *err)
{
	unsigned long long value;

	if (!span_to_u64(text, &value) || value > INT64_MAX)
		return err_set(err, ERR_INPUT, 0, "must be a whole number");
	if (option->type == CONFIG_PORT) {
		if (value < 1 || value > 65535)
			return err_set(err, ERR_INPUT, 0, "must be a port, 1 to 65535");
		*(uint16_t *)place = (uint16_t)value;
		return 0;
	}
	if (check_range(option, (long long)value, err) < 0)
		return -1;
	*(uint32_t *)place = (uint32_t)value;
	return 0;
}

static int
set_flag(struct span text, bool *value_out, struct err *err)
{
	static const char *const yes[] = { "yes", "true", "on" }, *const no[] = { "no", "false",
										  "off" };

	for (size_t i = 0; i < 3; i++) {
		if (span_is_nocase(text, yes[i]) || span_is_nocase(text, no[i])) {
			*value_out = span_is_nocase(text, yes[i]);
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, 0, "must be yes or no");
}

static int
set_duration(const struct config_option *option, struct span text, int64_t *ms_out, struct err *err)
{
	return units_parse_duration(text, ms_out, err) < 0 ? -1 : check_range(option, *ms_out, err);
}

static int
set_size(const struct config_option *option, struct span text, uint64_t *bytes_out, struct err *err)
{
	if (units_parse_size(text, bytes_out, err) < 0)
		return -1;
	return check_range(option, *bytes_out > INT64_MAX ? INT64_MAX : (long long)*bytes_out, err);
}

static int
set_number(const struct config_option *option, struct span text, int64_t *number_out,
	   struct err *err)
{
	unsigned long long value;

	if (!span_to_u64(text, &value) || value > INT64_MAX)
		return err_set(err, ERR_INPUT, 0, "must be a whole number");
	*number_out = (int64_t)value;
	return check_range(option, *number_out, err);
}

/* append one value to a list of texts, durations or counts: pointer, then size_t */
static int
add_item(const struct config_option *option, struct span text, void *place, struct arena *arena,
         struct err *err)
{
	struct {
		void *items;
		size_t count;
	} *list = place;
	size_t width = option->type == CONFIG_TEXTS ? sizeof(char *) : sizeof(int64_t);
	char *grown = arena_alloc(arena, (list->count + 1) * width);
	int64_t number;

	if (list->count > 0)
		memcpy(grown, list->items, list->count * width);
	if (option->type == CONFIG_TEXTS) {
		((const char **)(void *)grown)[list->count] = arena_span(arena, text);
	} else {
		if (option->type == CONFIG_COUNTS ? set_number(option, text, &number, err) < 0
						  : set_duration(option, text, &number, err) < 0)
			return -1;
		((int64_t *)(void *)grown)[list->count] = number;
	}
	list->items = grown;
	list->count++;
	return 0;
}

int
config_value_set(const struct config_option *option, void *base, struct span text,
                 struct arena *arena, struct err *err)
{
	void *place = (char *)base + option->offset;

	switch (option->type) {
	case CONFIG_TEXT:
		*(const char **)place = arena_span(arena, text);
		return 0;
	case CONFIG_COUNT:
	case CONFIG_PORT:
		return set_count(option, text, place, err);
	case CONFIG_FLAG:
		return set_flag(text, place, err);
	case CONFIG_DURATION:
		return set_duration(option, text, place, err);
	case CONFIG_SIZE:
		return set_size(option, text, place, err);
	case CONFIG_RATE:
		return units_parse_rate(text, place, err);
	case CONFIG_WORD:
		return set_word(option, text, place, err);
	case CONFIG_TEXTS:
	case CONFIG_DURATIONS:
	case CONFIG_COUNTS:
		return add_item(option, text, place, arena, err);
	}
	return err_set(err, ERR_BUG, 0, "option %s has no type", option->name);
}

bool
config_value_is_list(const struct config_option *option)
{
	return option->type == CONFIG_TEXTS || option->type == CONFIG_DURATIONS ||
	       option->type == CONFIG_COUNTS;
}

void
config_value_set_fallback(const struct config_option *option, void *base, struct arena *arena)
{
	struct span rest = span_of(option->fallback), item;
	struct err err;

	if (option->fallback == NULL)
		return;
	do {
		item = config_value_is_list(option) ? span_cut(rest, ' ', &rest) : rest;
		must(config_value_set(option, base, item, arena, &err) == 0);
	} while (config_value_is_list(option) && rest.n > 0);
}

/* ---- the way back -------------------------------------------------------------------- */

struct unit {
	uint64_t factor;
	const char *name;
};

/* append_in_units - in the largest that divides it */
static void
append_in_units(uint64_t value, const struct unit *unit, struct buf *out)
{
	while (unit->factor > 1 && (value == 0 || value % unit->factor != 0))
		unit++;
	(void)buf_printf(out, "%llu%s", (unsigned long long)(value / unit->factor), unit->name);
}

static void
append_duration(int64_t ms, struct buf *out)
{
	static const struct unit units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" },
					     { 1000, "s" }, { 1, "ms" } };

	append_in_units((uint64_t)ms, units, out);
}

static void
append_size(uint64_t bytes, struct buf *out)
{
	static const struct unit units[] = { { 1 << 30, "G" }, { 1 << 20, "M" }, { 1 << 10, "K" },
					     { 1, "" } };

	append_in_units(bytes, units, out);
}

static bool
append_list(const struct config_option *option, const void *place, struct buf *out)
{
	const struct {
		const void *items;
		size_t count;
	} *list = place;

	for (size_t i = 0; i < list->count; i++) {
		(void)buf_append_text(out, i > 0 ? ", " : "");
		if (option->type == CONFIG_TEXTS)
			(void)buf_printf(out, "\"%s\"", ((const char *const *)list->items)[i]);
		else if (option->type == CONFIG_DURATIONS)
			append_duration(((const int64_t *)list->items)[i], out);
		else
			(void)buf_printf(out, "%lld",
					 (long long)((const int64_t *)list->items)[i]);
	}
	return list->count > 0;
}

static bool
append_rate(const struct units_rate *rate, struct buf *out)
{
	if (rate->period_ms == 0)
		return false;
	(void)buf_printf(out, "%u/", rate->count);
	append_duration(rate->period_ms, out);
	return true;
}

bool
config_value_format(const struct config_option *option, const void *base, struct buf *out)
{
	const void *place = (const char *)base + option->offset;

	switch (option->type) {
	case CONFIG_TEXT:
		if (*(const char *const *)place != NULL)
			(void)buf_append_text(out, *(const char *const *)place);
		return *(const char *const *)place != NULL;
	case CONFIG_COUNT:
		(void)buf_printf(out, "%u", *(const uint32_t *)place);
		return true;
	case CONFIG_PORT:
		(void)buf_printf(out, "%u", *(const uint16_t *)place);
		return true;
	case CONFIG_FLAG:
		(void)buf_append_text(out, *(const bool *)place ? "yes" : "no");
		return true;
	case CONFIG_DURATION:
		append_duration(*(const int64_t *)place, out);
		return true;
	case CONFIG_SIZE:
		append_size(*(const uint64_t *)place, out);
		return true;
	case CONFIG_RATE:
		return append_rate(place, out);
	case CONFIG_WORD:
		(void)buf_append_text(out, option->words[*(const int *)place]);
		return true;
	case CONFIG_TEXTS:
	case CONFIG_DURATIONS:
	case CONFIG_COUNTS:
		return append_list(option, place, out);
	}
	return false;
}
