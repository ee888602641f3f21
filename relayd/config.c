/* config.c - read relayd.conf into a snapshot.
 *
 * libConfuse does the grammar; every value is taken as text and converted by the
 * option's row (config_value.h), so that a wrong one is reported with its line. What
 * needs care in libConfuse 3.3: it miscounts lines after comments (config_text.h), and
 * says nothing about a second section of the same title unless CFGF_NO_TITLE_DUPES is
 * set. Thread: main. */
#include "config.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "config_check.h"
#include "config_table.h"
#include "config_text.h"
#include "config_value.h"
#include "config_shipped.h"

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
	if (option->type == CONFIG_TEXTS && option->max > 0 && cfg_opt_size(opt) > option->max)
		return fail((unsigned)cfg->line, "%s: more than %lld; leave some out",
		            option->name, option->max);
	if (config_value_set(&probe, &scratch, span_of(text), state.config->arena, &err) < 0)
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

		opts[n] = config_value_is_list(option) ? list : text;
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
				config_value_set_fallback(option, base, state.config->arena);
			continue;
		}
		if (config_value_is_list(option))
			memset((char *)base + option->offset, 0, sizeof(void *) + sizeof(size_t));
		for (unsigned k = 0; k < count; k++)
			must(config_value_set(option, base, span_of(cfg_opt_getnstr(opt, k)),
			                      state.config->arena, &err) == 0);
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

static int
check_braces(const char *text)
{
	unsigned line = config_text_open_brace(text);

	return line > 0 ? fail(line, "the { of this line is never closed") : 0;
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
	config_text_blank_comments(text);
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
	text = config_text_read(file, err);
	config->text = arena_strdup(arena, text ? text : "");
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
config_find_smarthost(const struct config *config, struct span name)
{
	for (size_t i = 0; i < config->smarthosts; i++)
		if (span_is(name, config->smarthost[i].pattern))
			return &config->smarthost[i];
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
