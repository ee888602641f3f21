/* config.c - read relayd.conf into a snapshot.
 *
 * libConfuse does the grammar; every value is taken as text and converted here
 * by the option's row, so that a wrong one is reported with its line. What
 * needs care in libConfuse 3.3: it miscounts lines after comments (blanked
 * first, outside quotes), and says nothing about a second section of the same
 * title unless CFGF_NO_TITLE_DUPES is set. Thread: main. */
#include "config.h"

#include <arpa/inet.h>
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config_check.h"
#include "config_table.h"
#include "config_shipped.h"

#define FILE_BYTES_MAX (1024 * 1024)
#define OPTIONS_MAX 64
#define SECTIONS_MAX 24

/* what the callbacks of one parse need; libConfuse has no place for a pointer
 * of ours, and configuration is only read on the main thread */
static struct parse_state {
	struct config *config;
	const struct config *shipped; /* what sections of the same title begin with; or NULL */
	struct err *err;
	bool failed; /* the first message counts, later ones follow from it */
} state;

/* ---- where a value goes ---------------------------------------------------- */

static int __attribute__((format(printf, 2, 3)))
fail(unsigned line, const char *fmt, ...)
{
	char text[sizeof state.err->text];
	va_list ap;

	if (state.failed)
		return -1;
	state.failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(state.err, ERR_INPUT, (int)line, "%s:%u: %s", state.config->file, line,
		       text);
}

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
add_item(const struct config_option *option, struct span text, void *place, struct err *err)
{
	struct {
		void *items;
		size_t count;
	} *list = place;
	size_t width = option->type == CONFIG_TEXTS ? sizeof(char *) : sizeof(int64_t);
	char *grown = arena_alloc(state.config->arena, (list->count + 1) * width);
	int64_t number;

	if (list->count > 0)
		memcpy(grown, list->items, list->count * width);
	if (option->type == CONFIG_TEXTS) {
		((const char **)(void *)grown)[list->count] = arena_span(state.config->arena, text);
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

/* set_value - one value, as text, to its place in base (config or item) */
static int
set_value(const struct config_option *option, void *base, struct span text, struct err *err)
{
	void *place = (char *)base + option->offset;

	switch (option->type) {
	case CONFIG_TEXT:
		*(const char **)place = arena_span(state.config->arena, text);
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
		return add_item(option, text, place, err);
	}
	return err_set(err, ERR_BUG, 0, "option %s has no type", option->name);
}

static bool
is_list(const struct config_option *option)
{
	return option->type == CONFIG_TEXTS || option->type == CONFIG_DURATIONS ||
	       option->type == CONFIG_COUNTS;
}

static void
set_fallback(const struct config_option *option, void *base)
{
	struct span rest = span_of(option->fallback), item;
	struct err err;

	if (option->fallback == NULL)
		return;
	do {
		item = is_list(option) ? span_cut(rest, ' ', &rest) : rest;
		must(set_value(option, base, item, &err) == 0);
	} while (is_list(option) && rest.n > 0);
}

/* ---- libConfuse ---------------------------------------------------------------- */

static const struct config_section *
find_section(const char *name)
{
	for (size_t i = 0; i < config_section_count; i++)
		if (strcmp(config_sections[i].name, name) == 0)
			return &config_sections[i];
	return NULL;
}

static const struct config_section *
section_of(cfg_t *cfg)
{
	return find_section(strcmp(cfg_name(cfg), "root") == 0 ? "" : cfg_name(cfg));
}

static const struct config_option *
find_option(const struct config_section *section, const char *name)
{
	for (size_t i = 0; i < section->options; i++)
		if (strcmp(section->option[i].name, name) == 0)
			return &section->option[i];
	return NULL;
}

/* validate_value - runs as each value is read, when the line is still known; the value is
 * converted into a scratch item and again, for good, after the whole file parsed */
static int
validate_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct config_option *option = find_option(section_of(cfg), cfg_opt_name(opt));
	union {
		int64_t number;
		struct units_rate rate;
		struct {
			void *items;
			size_t count;
		} list;
	} scratch = { 0 };
	struct config_option probe = *option;
	const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	struct err err;

	probe.offset = 0;
	if (set_value(&probe, &scratch, span_of(text), &err) < 0)
		return fail((unsigned)cfg->line, "%s: \"%.40s\": %s", option->name, text, err.text);
	return 0;
}

static void __attribute__((format(printf, 2, 0)))
report_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	const struct config_section *section = section_of(cfg);
	char text[160];

	if (strstr(fmt, "no such option") != NULL) {
		const char *name = va_arg(ap, const char *);
		const char *near = config_check_nearest(section, name);

		fail((unsigned)cfg->line, "there is no option \"%.40s\"%s%s%s", name,
		     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
		return;
	}
	vsnprintf(text, sizeof text, fmt, ap);
	fail((unsigned)cfg->line, "%s", text);
}

static void
fill_opts(const struct config_section *section, cfg_opt_t *opts)
{
	size_t n = 0;

	for (size_t i = 0; i < section->options; i++) {
		const struct config_option *option = &section->option[i];
		cfg_opt_t text = CFG_STR("", NULL, CFGF_NODEFAULT);
		cfg_opt_t list = CFG_STR_LIST("", NULL, CFGF_NODEFAULT);

		opts[n] = is_list(option) ? list : text;
		opts[n].name = option->name;
		opts[n++].validcb = validate_value;
	}
	opts[n] = (cfg_opt_t)CFG_END();
}

/* is_inherited: what is not given stays as it is */
static void
collect_options(cfg_t *cfg, const struct config_section *section, void *base, bool is_inherited)
{
	for (size_t i = 0; i < section->options; i++) {
		const struct config_option *option = &section->option[i];
		cfg_opt_t *opt = cfg_getopt(cfg, option->name);
		unsigned count = opt == NULL ? 0 : cfg_opt_size(opt);
		struct err err;

		if (count == 0 || cfg_opt_getnstr(opt, 0) == NULL) {
			if (!is_inherited)
				set_fallback(option, base);
			continue;
		}
		if (is_list(option))
			memset((char *)base + option->offset, 0, sizeof(void *) + sizeof(size_t));
		for (unsigned k = 0; k < count; k++)
			must(set_value(option, base, span_of(cfg_opt_getnstr(opt, k)), &err) == 0);
	}
}

static const char *
title_of(const struct config_section *section, const char *item)
{
	return *(const char *const *)(const void *)(item + section->title_offset);
}

/* the i-th shipped item of a section, or NULL */
static const char *
shipped_item(const struct config_section *section, size_t i)
{
	const char *base = (const char *)state.shipped;

	if (base == NULL || !section->is_titled ||
	    i >= *(const size_t *)(const void *)(base + section->count_offset))
		return NULL;
	return *(const char *const *)(const void *)(base + section->array_offset) +
	       i * section->item_bytes;
}

static const char *
shipped_by_title(const struct config_section *section, const char *title)
{
	const char *item;

	for (size_t i = 0; (item = shipped_item(section, i)) != NULL; i++)
		if (strcmp(title_of(section, item), title) == 0)
			return item;
	return NULL;
}

/* add_shipped - behind the file's own items those it does not name; returns how many */
static unsigned
add_shipped(cfg_t *root, const struct config_section *section, char *items)
{
	unsigned count = cfg_size(root, section->name), added = 0;
	const char *item;

	for (size_t i = 0; (item = shipped_item(section, i)) != NULL; i++) {
		bool is_named = false;

		for (unsigned k = 0; k < count && !is_named; k++)
			is_named = strcmp(title_of(section, items + k * section->item_bytes),
					  title_of(section, item)) == 0;
		if (!is_named)
			memcpy(items + (count + added++) * section->item_bytes, item,
			       section->item_bytes);
	}
	return added;
}

static void
collect_items(cfg_t *root, const struct config_section *section)
{
	struct config *config = state.config;
	unsigned count = cfg_size(root, section->name);
	size_t most = count + 1;
	char *items;

	while (shipped_item(section, most - count - 1) != NULL)
		most++;
	items = arena_zero(config->arena, most * section->item_bytes);

	for (unsigned i = 0; i < count; i++) {
		cfg_t *cfg = cfg_getnsec(root, section->name, i);
		char *item = items + i * section->item_bytes;
		const char *base = section->is_titled ? shipped_by_title(section, cfg_title(cfg))
						      : NULL;

		if (base != NULL)
			memcpy(item, base, section->item_bytes);
		if (section->is_titled)
			*(const char **)(void *)(item + section->title_offset) =
				arena_strdup(config->arena, cfg_title(cfg));
		*(uint32_t *)(void *)(item + section->line_offset) = (uint32_t)cfg->line;
		config_check_preset(section, item);
		collect_options(cfg, section, item, base != NULL);
	}
	if (config->shipped_rules)
		count += add_shipped(root, section, items);
	*(void **)(void *)((char *)config + section->array_offset) = items;
	*(size_t *)(void *)((char *)config + section->count_offset) = count;
}

static void
collect(cfg_t *root)
{
	for (size_t i = 0; i < config_section_count; i++) {
		const struct config_section *section = &config_sections[i];

		if (section->is_many)
			collect_items(root, section);
		else
			collect_options(*section->name ? cfg_getsec(root, section->name) : root,
					section, state.config, false);
	}
}

/* ---- the file ------------------------------------------------------------------ */

/* blank_comments - spaces for #..., //... and C comments outside quotes; newlines stay */
static void
blank_comments(char *p)
{
	char quote = 0;

	for (; *p; p++) {
		if (quote) {
			if (*p == '\\' && p[1])
				p++;
			else if (*p == quote)
				quote = 0;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (*p == '#' || (*p == '/' && p[1] == '/')) {
			while (*p && *p != '\n')
				*p++ = ' ';
			if (!*p)
				return;
		} else if (*p == '/' && p[1] == '*') {
			while (*p && !(*p == '*' && p[1] == '/')) {
				if (*p != '\n')
					*p = ' ';
				p++;
			}
			if (!*p)
				return;
			p[0] = p[1] = ' ';
			p++;
		}
	}
}

/* check_braces - libConfuse takes the end of the file for a missing '}' */
static int
check_braces(const char *p)
{
	unsigned line = 1, open_line = 0;
	int depth = 0;
	char quote = 0;

	for (; *p; p++) {
		line += *p == '\n';
		if (quote) {
			if (*p == '\\' && p[1])
				p++;
			else if (*p == quote)
				quote = 0;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (*p == '{') {
			if (depth++ == 0)
				open_line = line;
		} else if (*p == '}') {
			depth--;
		}
	}
	return depth > 0 ? fail(open_line, "the { of this line is never closed") : 0;
}

static char *
read_file(const char *file, struct err *err)
{
	FILE *in = fopen(file, "re");
	char *text;
	size_t n;

	if (in == NULL) {
		err_errno(err, errno, "%s: cannot be read", file);
		return NULL;
	}
	text = mem_alloc(FILE_BYTES_MAX + 1);
	n = fread(text, 1, FILE_BYTES_MAX + 1, in);
	if (ferror(in) || n > FILE_BYTES_MAX) {
		err_set(err, ERR_INPUT, 0, "%s: %s", file,
			ferror(in) ? "cannot be read"
				   : "is larger than 1 MiB: not a configuration");
		fclose(in);
		mem_free(text);
		return NULL;
	}
	fclose(in);
	text[n] = '\0';
	if (strlen(text) != n) {
		err_set(err, ERR_INPUT, 0, "%s: holds a NUL byte: not a configuration", file);
		mem_free(text);
		return NULL;
	}
	blank_comments(text);
	return text;
}

static int
parse_text(const char *text)
{
	cfg_opt_t opts[OPTIONS_MAX], section_opts[SECTIONS_MAX][OPTIONS_MAX];
	cfg_t *root;
	size_t n = 0;
	int rc;

	fill_opts(&config_sections[0], opts);
	while (opts[n].name != NULL)
		n++;
	for (size_t i = 1; i < config_section_count; i++) {
		const struct config_section *section = &config_sections[i];
		cfg_flag_t flags =
			(section->is_many ? CFGF_MULTI : CFGF_NONE) |
			(section->is_titled ? CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE);

		fill_opts(section, section_opts[i]);
		opts[n++] = (cfg_opt_t)CFG_SEC(section->name, section_opts[i], flags);
	}
	opts[n] = (cfg_opt_t)CFG_END();
	must(n < OPTIONS_MAX && config_section_count <= SECTIONS_MAX);

	root = cfg_init(opts, CFGF_NONE);
	must(root != NULL);
	cfg_set_error_function(root, report_error);
	rc = cfg_parse_buf(root, text);
	if (rc == CFG_SUCCESS && !state.failed)
		collect(root);
	else if (!state.failed)
		fail(1, "cannot be understood");
	cfg_free(root);
	return state.failed ? -1 : 0;
}

/* load_shipped - the built-in providers and rules, marked by line 0 */
static const struct config *
load_shipped(struct arena *arena, struct err *err)
{
	struct config *shipped = arena_zero(arena, sizeof *shipped);
	char *text = mem_strdup(config_shipped_text);

	shipped->arena = arena;
	shipped->file = "providers.conf";
	state = (struct parse_state){ .config = shipped, .err = err };
	blank_comments(text);
	must(check_braces(text) == 0 && parse_text(text) == 0);
	mem_free(text);
	for (size_t i = 0; i < shipped->providers; i++)
		shipped->provider[i].line = 0;
	for (size_t i = 0; i < shipped->reply_rules; i++)
		shipped->reply_rule[i].line = 0;
	return shipped;
}

struct config *
config_load(const char *file, struct err *err)
{
	struct arena *arena = arena_new(16 * 1024);
	struct config *config = arena_zero(arena, sizeof *config);
	const struct config *shipped;
	char *text;

	ref_init(&config->ref);
	config->arena = arena;
	config->file = arena_strdup(arena, file);
	shipped = load_shipped(arena, err);
	state = (struct parse_state){ .config = config, .shipped = shipped, .err = err };
	text = read_file(file, err);
	if (text == NULL || check_braces(text) < 0 || parse_text(text) < 0 ||
	    config_check(config, err) < 0)
		config_unref(&config);
	mem_free(text);
	return config;
}

struct config *
config_ref(const struct config *config)
{
	union {
		const struct config *in;
		struct config *out;
	} both = { .in = config };

	ref_add(&both.out->ref);
	return both.out;
}

void
config_unref(struct config **config)
{
	struct arena *arena;

	if (*config == NULL)
		return;
	arena = (*config)->arena;
	if (ref_drop(&(*config)->ref))
		arena_free(&arena);
	*config = NULL;
}

const char *
config_provider_match(const struct config_provider *provider, struct span mx_host)
{
	for (size_t k = 0; k < provider->mxs; k++)
		if (span_match_nocase(mx_host, span_of(provider->mx[k])))
			return provider->mx[k];
	return NULL;
}

const struct config_provider *
config_find_provider(const struct config *config, struct span mx_host)
{
	for (size_t i = 0; i < config->providers; i++)
		if (config_provider_match(&config->provider[i], mx_host) != NULL)
			return &config->provider[i];
	return NULL;
}

const struct config_route *
config_find_route(const struct config *config, struct span domain)
{
	for (size_t i = 0; i < config->routes; i++)
		if (span_match_nocase(domain, span_of(config->route[i].pattern)))
			return &config->route[i];
	return NULL;
}
