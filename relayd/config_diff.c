/* config_diff.c - see config_diff.h. Values are compared as they would be written, so that no
 * type has to be known here. */
#include "config_diff.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "config_value.h"

#define TEXT_MAX_BYTES ((size_t)1 << 20) /* of a file that holds all of it */
#define NAME_SIZE 400

struct diff {
	const struct config *started, *running, *file;
	config_difference_fn fn;
	void *arg;
	size_t found;
};

struct place { /* a section, or one of its items */
	const struct config_section *section;
	const void *base;    /* NULL: there is no such item */
	const char *title;   /* NULL: none */
	size_t number;       /* among items without titles */
};

bool
config_option_is_same(const struct config_option *option, const void *a, const void *b)
{
	struct buf one, other;
	bool is_same, is_set;

	buf_init(&one, TEXT_MAX_BYTES);
	buf_init(&other, TEXT_MAX_BYTES);
	is_set = config_value_format(option, a, &one);
	is_same = config_value_format(option, b, &other) == is_set &&
		  span_equals(buf_span(&one), buf_span(&other));
	buf_deinit(&one);
	buf_deinit(&other);
	return is_same;
}

static void
report(struct diff *diff, const char *name, const char *was, const char *is, bool needs_restart)
{
	const struct config_difference one = { .option = name, .was = was, .is = is,
					       .needs_restart = needs_restart };

	diff->found++;
	diff->fn(diff->arg, &one);
}

/* ---- one option ----------------------------------------------------------------------- */

static const char *
format(const struct config_option *option, const void *base, struct buf *out)
{
	buf_init(out, TEXT_MAX_BYTES);
	if (!config_value_format(option, base, out))
		return NULL;
	(void)buf_append(out, "", 1);
	return buf_data(out);
}

static void
name_place(const struct place *place, char *out, size_t size)
{
	if (place->title != NULL)
		(void)snprintf(out, size, "%s %s", place->section->name, place->title);
	else if (place->section->is_many && place->number > 0)
		(void)snprintf(out, size, "%s %zu", place->section->name, place->number + 1);
	else
		(void)snprintf(out, size, "%s", place->section->name);
}

static void
compare_option(struct diff *diff, const struct place *place, const struct config_option *option,
	       const void *was, const void *is)
{
	struct buf before, after;
	const char *was_text, *is_text;
	char name[NAME_SIZE];
	size_t n;

	if (config_option_is_same(option, was, is))
		return;
	name_place(place, name, sizeof name);
	n = strlen(name);
	(void)snprintf(name + n, sizeof name - n, "%s%s", n > 0 ? "." : "", option->name);
	was_text = format(option, was, &before);
	is_text = format(option, is, &after);
	report(diff, name, was_text, is_text, option->needs_restart);
	buf_deinit(&before);
	buf_deinit(&after);
}

/* ---- sections given once --------------------------------------------------------------- */

static void
compare_single(struct diff *diff, const struct config_section *section)
{
	const struct place place = { .section = section };

	for (size_t i = 0; i < section->options; i++) {
		const struct config_option *option = &section->option[i];

		compare_option(diff, &place, option,
			       option->needs_restart ? diff->started : diff->running, diff->file);
	}
}

/* ---- sections given many times: by title, or by number ------------------------------------ */

static size_t
count_of(const struct config_section *section, const struct config *config)
{
	return *(const size_t *)(const void *)((const char *)config + section->count_offset);
}

static struct place
place_at(const struct config_section *section, const struct config *config, size_t i)
{
	struct place place = { .section = section, .number = i };
	const char *items = *(const char *const *)(const void *)((const char *)config +
								  section->array_offset);

	if (i >= count_of(section, config))
		return place;
	place.base = items + i * section->item_bytes;
	if (section->is_titled)
		place.title = *(const char *const *)(const void *)((const char *)place.base +
								    section->title_offset);
	return place;
}

/* find - the item of that title (a title is given once), or of that number */
static struct place
find(const struct config *config, const struct place *like)
{
	const struct config_section *section = like->section;

	if (!section->is_titled)
		return place_at(section, config, like->number);
	for (size_t i = 0; i < count_of(section, config); i++) {
		struct place one = place_at(section, config, i);

		if (strcmp(one.title, like->title) == 0)
			return one;
	}
	return (struct place){ .section = section, .title = like->title };
}

static bool
needs_restart(const struct config_section *section)
{
	for (size_t i = 0; i < section->options; i++)
		if (section->option[i].needs_restart)
			return true;
	return false;
}

/* compare_item - each option with the value that is in use, which for those a reload takes is
 * not the one of the start. */
static void
compare_item(struct diff *diff, const struct place *now, const struct place *then)
{
	const struct config_section *section = now->section;
	struct place started = find(diff->started, now), running = find(diff->running, now);

	for (size_t i = 0; i < section->options; i++) {
		const struct config_option *option = &section->option[i];
		const void *base = option->needs_restart ? started.base : running.base;

		compare_option(diff, now, option, base != NULL ? base : now->base, then->base);
	}
}

/* titles - those of one snapshot that the other has, too, in its order */
static const char *
titles(const struct config_section *section, const struct config *of, const struct config *other,
       struct buf *out)
{
	buf_init(out, TEXT_MAX_BYTES);
	for (size_t i = 0; i < count_of(section, of); i++) {
		struct place one = place_at(section, of, i);

		if (find(other, &one).base != NULL)
			(void)buf_printf(out, "%s\"%s\"", out->len > 0 ? ", " : "", one.title);
	}
	(void)buf_append(out, "", 1);
	return buf_data(out);
}

/* compare_order - the first that matches wins, so it counts */
static void
compare_order(struct diff *diff, const struct config_section *section,
	      const struct config *running)
{
	struct buf before, after;
	const char *was = titles(section, running, diff->file, &before);
	const char *is = titles(section, diff->file, running, &after);
	char name[NAME_SIZE];

	(void)snprintf(name, sizeof name, "%s (order)", section->name);
	if (strcmp(was, is) != 0)
		report(diff, name, was, is, needs_restart(section));
	buf_deinit(&before);
	buf_deinit(&after);
}

static void
compare_many(struct diff *diff, const struct config_section *section)
{
	const struct config *running = needs_restart(section) ? diff->started : diff->running;
	char name[NAME_SIZE];

	for (size_t i = 0; i < count_of(section, running); i++) {
		struct place now = place_at(section, running, i), then = find(diff->file, &now);

		name_place(&now, name, sizeof name);
		if (then.base == NULL)
			report(diff, name, "there", NULL, needs_restart(section));
		else
			compare_item(diff, &now, &then);
	}
	for (size_t i = 0; i < count_of(section, diff->file); i++) {
		struct place then = place_at(section, diff->file, i);

		name_place(&then, name, sizeof name);
		if (find(running, &then).base == NULL)
			report(diff, name, NULL, "there", needs_restart(section));
	}
	if (section->is_titled)
		compare_order(diff, section, running);
}

size_t
config_diff(const struct config *started, const struct config *running, const struct config *file,
	    config_difference_fn fn, void *arg)
{
	struct diff diff = { .started = started, .running = running, .file = file, .fn = fn,
			     .arg = arg };

	for (size_t s = 0; s < config_section_count; s++) {
		if (config_sections[s].is_many)
			compare_many(&diff, &config_sections[s]);
		else
			compare_single(&diff, &config_sections[s]);
	}
	return diff.found;
}
