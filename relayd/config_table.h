/* config_table.h - a row per option of relayd.conf: what config.c parses by,
 * what `relayd --check` validates by and what the manual page lists. */
#ifndef RELAYD_CONFIG_TABLE_H
#define RELAYD_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum config_type {
	CONFIG_TEXT,	  /* const char * */
	CONFIG_TEXTS,	  /* const char ** and size_t right behind it */
	CONFIG_COUNT,	  /* uint32_t, min..max */
	CONFIG_PORT,	  /* uint16_t */
	CONFIG_FLAG,	  /* bool: yes, no */
	CONFIG_DURATION,  /* int64_t ms, min..max in ms */
	CONFIG_DURATIONS, /* int64_t * and size_t right behind it */
	CONFIG_COUNTS,	  /* likewise */
	CONFIG_SIZE,	  /* uint64_t bytes */
	CONFIG_RATE,	  /* struct units_rate */
	CONFIG_WORD,	  /* enum (int): index into words */
};

struct config_option {
	const char *name;
	enum config_type type;
	size_t offset; /* into struct config, or into the section's item */
	const char
		*fallback;  /* as it would be written; lists: items split by a space; NULL: unset */
	long long min, max; /* COUNT, DURATION (ms), SIZE; TEXTS: how many, 0 any number */
	const char *const *words; /* WORD: NULL-terminated */
	bool needs_restart;	  /* a reload cannot change it */
	const char *help;	  /* one line, for the manual page */
};

struct config_section {
	const char *name;    /* "" is the top level */
	bool is_many;	     /* may be given many times, each makes an item */
	bool is_titled;	     /* each item with its own title */
	size_t item_bytes;   /* many: size of an item ... */
	size_t title_offset; /* ... where its title goes ... */
	size_t line_offset;  /* ... and the line (uint32_t) it ends on; SIZE_MAX: nowhere */
	size_t array_offset, count_offset; /* ... and where struct config has them */
	const struct config_option *option;
	size_t options;
	const char *help;
};

extern const struct config_section config_sections[];
extern const size_t config_section_count;

#endif
