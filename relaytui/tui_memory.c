/* tui_memory.c - see tui_memory.h. */
#include "tui_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tui_view.h"

#define PATH_SIZE 4096
#define FILE_MAX_BYTES ((size_t)256 << 10)
#define LINES_KEPT 20 /* of the palette */

/* ---- keys and values ------------------------------------------------------------ */

static size_t
find(const struct tui_memory *memory, const char *key)
{
	size_t i = 0;

	while (i < memory->items && strcmp(memory->key[i], key) != 0)
		i++;
	return i;
}

const char *
tui_memory_get(const struct tui_memory *memory, const char *key)
{
	size_t i = find(memory, key);

	return i < memory->items ? memory->value[i] : "";
}

static void
forget(struct tui_memory *memory, size_t i)
{
	if (i == memory->items)
		return;
	memory->items--;
	memmove(memory->key[i], memory->key[i + 1], (memory->items - i) * TUI_MEMORY_KEY);
	memmove(memory->value[i], memory->value[i + 1], (memory->items - i) * TUI_MEMORY_VALUE);
}

void
tui_memory_set(struct tui_memory *memory, const char *key, const char *value)
{
	size_t i = find(memory, key);

	if (value[0] == '\0' || strchr(value, '\n') || strlen(value) >= TUI_MEMORY_VALUE ||
	    strlen(key) >= TUI_MEMORY_KEY) {
		forget(memory, i);
		return;
	}
	if (!memory->key) {
		memory->key = mem_zero(TUI_MEMORY_ITEMS, TUI_MEMORY_KEY);
		memory->value = mem_zero(TUI_MEMORY_ITEMS, TUI_MEMORY_VALUE);
	}
	if (i == TUI_MEMORY_ITEMS)
		return;
	memory->items += i == memory->items;
	snprintf(memory->key[i], TUI_MEMORY_KEY, "%s", key);
	snprintf(memory->value[i], TUI_MEMORY_VALUE, "%s", value);
}

void
tui_memory_deinit(struct tui_memory *memory)
{
	mem_free(memory->key);
	mem_free(memory->value);
	*memory = (struct tui_memory){ .key = NULL };
}

void
tui_memory_parse(struct tui_memory *memory, struct span lines)
{
	while (lines.n) {
		struct span value, key = span_cut(span_cut(lines, '\n', &lines), ' ', &value);
		char name[TUI_MEMORY_KEY], text[TUI_MEMORY_VALUE];

		if (key.n == 0 || key.n >= sizeof name || value.n >= sizeof text ||
		    memchr(key.p, '\0', key.n) || memchr(value.p, '\0', value.n))
			continue;
		snprintf(name, sizeof name, "%.*s", (int)key.n, key.p);
		snprintf(text, sizeof text, "%.*s", (int)value.n, value.p);
		tui_memory_set(memory, name, text);
	}
}

/* ---- screens ------------------------------------------------------------------------ */

/* name_of - "queues.sort": of a screen by its view's name. */
static const char *
name_of(const struct tui_view *view, const char *what, char out[TUI_MEMORY_KEY])
{
	snprintf(out, TUI_MEMORY_KEY, "%s.%s", view->view, what);
	return out;
}

static void
apply_sort(const struct tui_listing_kind *kind, struct tui_listing *listing, const char *text)
{
	struct span reverse, word = span_cut(span_of(text), ' ', &reverse);

	for (size_t i = 0; i < kind->sort_count; i++)
		if (span_is(word, kind->sorts[i].word)) {
			listing->sort = i;
			listing->is_reverse = span_is(reverse, "reverse");
		}
}

static void
apply_columns(const struct tui_listing_kind *kind, struct tui_listing *listing, const char *text)
{
	struct span rest = span_of(text);

	while (rest.n) {
		struct span title = span_cut(rest, ',', &rest);

		for (int c = 1; kind->columns[c].title; c++)
			if (span_is(title, kind->columns[c].title))
				listing->hidden |= 1u << c;
	}
}

void
tui_memory_apply(struct tui_model *model)
{
	const struct tui_memory *memory = &model->memory;
	char name[TUI_MEMORY_KEY];

	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++) {
		const struct tui_view *view = tui_view_of((enum tui_screen)screen);
		struct tui_listing *listing = &model->listing[screen];

		if (!view || !view->listing)
			continue;
		apply_sort(view->listing, listing,
		           tui_memory_get(memory, name_of(view, "sort", name)));
		apply_columns(view->listing, listing,
		              tui_memory_get(memory, name_of(view, "hidden", name)));
		snprintf(listing->filter, sizeof listing->filter, "%s",
		         tui_memory_get(memory, name_of(view, "filter", name)));
	}
	for (size_t i = 0; i < LINES_KEPT; i++) {
		const char *line;

		snprintf(name, sizeof name, "palette.%zu", i);
		line = tui_memory_get(memory, name);
		if (line[0] == '\0' || strlen(line) >= TUI_PALETTE_SIZE)
			break;
		snprintf(model->palette.history[i], TUI_PALETTE_SIZE, "%s", line);
		model->palette.lines = i + 1;
	}
}

static void
take_columns(struct tui_memory *memory, const struct tui_view *view, unsigned hidden)
{
	char name[TUI_MEMORY_KEY], text[TUI_MEMORY_VALUE] = "";
	size_t n = 0;

	for (int c = 1; view->listing->columns[c].title; c++)
		if (hidden & 1u << c)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? "," : "",
			                      view->listing->columns[c].title);
	tui_memory_set(memory, name_of(view, "hidden", name), text);
}

void
tui_memory_take(struct tui_model *model)
{
	struct tui_memory *memory = &model->memory;
	char name[TUI_MEMORY_KEY], sort[64];

	for (int screen = 0; screen < TUI_SCREEN_COUNT; screen++) {
		const struct tui_view *view = tui_view_of((enum tui_screen)screen);
		const struct tui_listing *listing = &model->listing[screen];

		if (!view || !view->listing)
			continue;
		snprintf(sort, sizeof sort, "%s%s",
		         view->listing->sorts ? view->listing->sorts[listing->sort].word : "",
		         listing->is_reverse ? " reverse" : "");
		tui_memory_set(memory, name_of(view, "sort", name), sort);
		tui_memory_set(memory, name_of(view, "filter", name), listing->filter);
		take_columns(memory, view, listing->hidden);
	}
	for (size_t i = 0; i < LINES_KEPT; i++) {
		snprintf(name, sizeof name, "palette.%zu", i);
		tui_memory_set(memory, name,
		               i < model->palette.lines ? model->palette.history[i] : "");
	}
}

/* ---- the file ------------------------------------------------------------------------- */

/* make_folder - all folders of path. False: one could not be made. */
static bool
make_folder(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST) {
			*at = '/';
			return false;
		}
		*at = '/';
	}
	return true;
}

/* path_of - False: nobody's home. */
static bool
path_of(char path[PATH_SIZE])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n = 0;

	if (state && state[0] == '/') /* a relative one is to be ignored, XDG says */
		n = snprintf(path, PATH_SIZE, "%s/relaytui/screens", state);
	else if (home && home[0] == '/')
		n = snprintf(path, PATH_SIZE, "%s/.local/state/relaytui/screens", home);
	return n > 0 && n < PATH_SIZE - 8;
}

void
tui_memory_load(struct tui_model *model)
{
	char path[PATH_SIZE], *bytes;
	FILE *file;
	size_t n;

	if (!path_of(path) || !(file = fopen(path, "re")))
		return;
	bytes = mem_alloc(FILE_MAX_BYTES);
	n = fread(bytes, 1, FILE_MAX_BYTES, file);
	fclose(file);
	tui_memory_parse(&model->memory, (struct span){ bytes, n });
	mem_free(bytes);
	tui_memory_apply(model);
}

/* write_all - beside the file, then in its place: never half of it. */
static void
write_all(const struct tui_memory *memory, const char *path)
{
	char beside[PATH_SIZE + 8];
	FILE *file;
	bool is_good;
	int fd;

	snprintf(beside, sizeof beside, "%s.new", path);
	(void)unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!file)
		return;
	for (size_t i = 0; i < memory->items; i++)
		fprintf(file, "%s %s\n", memory->key[i], memory->value[i]);
	is_good = !ferror(file);
	if (fclose(file) == 0 && is_good)
		(void)rename(beside, path);
	else
		(void)unlink(beside);
}

void
tui_memory_save(struct tui_model *model)
{
	char path[PATH_SIZE];

	tui_memory_take(model);
	if (path_of(path) && make_folder(path))
		write_all(&model->memory, path);
}
