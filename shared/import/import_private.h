/* import_private.h - inside shared/import:
 *
 *   import_feed --bytes--> import_csv | import_json --row--> import_judge --entry--> caller
 *                                 '--names--> import_shape (which format, which field) */
#ifndef IMPORT_IMPORT_PRIVATE_H
#define IMPORT_IMPORT_PRIVATE_H

#include "base/buf.h"
#include "import/import.h"

#define IMPORT_COLUMNS_MAX 64
#define IMPORT_ENTRY_MAX_BYTES ((size_t)64 * 1024)
#define IMPORT_DEPTH_MAX 16

enum import_field {
	IMPORT_FIELD_ADDRESS, IMPORT_FIELD_REASON, IMPORT_FIELD_SINCE, IMPORT_FIELD_UNTIL,
	IMPORT_FIELD_SCOPE, IMPORT_FIELD_BY, IMPORT_FIELD_DETAIL, IMPORT_FIELD_MESSAGE,
	IMPORT_FIELD_SITE, IMPORT_FIELD_CODE, IMPORT_FIELD_ENHANCED, IMPORT_FIELD_REPLY,
	IMPORT_FIELD_ORIGIN,           /* postmark: whose act it was */
	IMPORT_FIELD_IP,               /* sendgrid: only spam reports have it */
	IMPORT_FIELD_TAGS,             /* mailgun: only unsubscribes have it */
	IMPORT_FIELD_COUNT
};

struct import_row {
	uint64_t line;
	struct span value[IMPORT_FIELD_COUNT];
	bool has[IMPORT_FIELD_COUNT];  /* there is such a column or key, maybe empty */
};

struct import_csv {
	enum import_csv_state {
		IMPORT_CSV_START, IMPORT_CSV_BARE, IMPORT_CSV_QUOTED, IMPORT_CSV_QUOTE_IN_QUOTED,
		IMPORT_CSV_DROPPING    /* to the end of the line: it is too long */
	} state;
	char separator;                /* 0: none was seen yet */
	struct buf record;
	size_t end[IMPORT_COLUMNS_MAX], fields; /* of fields that are over, in record */
	bool has_too_many, is_headed;  /* is_headed: the first record is over */
	uint64_t line, record_line;
	int field_of[IMPORT_COLUMNS_MAX]; /* enum import_field or -1 */
};

struct import_json {
	char open[IMPORT_DEPTH_MAX];   /* '{' or '[' each */
	size_t depth, object_depth;    /* object_depth: of the one captured, 0: none */
	bool is_in_string, is_escaped, is_too_long;
	struct buf object;
	uint64_t line, object_line;
};

struct import { /* import_new, import_free */
	struct import_options options;
	enum import_format format;     /* IMPORT_FORMAT_COUNT: not known yet */
	enum { IMPORT_NOTHING_YET, IMPORT_IS_CSV, IMPORT_IS_JSON } syntax;
	size_t marks;                  /* bytes of a byte order mark that were seen */
	struct import_counts counts;
	struct import_csv csv;
	struct import_json json;
};

/* ---- import.c */
void import_give(struct import *import, const struct import_entry *entry);
void import_report(struct import *import, enum import_fault fault, uint64_t line,
                   const char *why);

/* ---- import_shape.c */
/* import_shape_find - the format whose columns these are, wanted (or any that fits, when
 * COUNT). COUNT: none. */
enum import_format import_shape_find(const struct span *name, size_t names,
                                     enum import_format wanted);
int import_shape_field(enum import_format format, struct span name); /* -1: of no use */
/* import_shape_needs - "email, created": what a file of that format has to have */
const char *import_shape_needs(enum import_format format);
bool import_shape_is_name(struct span written, const char *folded);

/* ---- import_judge.c: a row becomes an entry, or is reported */
void import_judge(struct import *import, const struct import_row *row);
/* import_time - RFC 3339 (a blank for the T, no zone: UTC), RFC 5322, or seconds since
 * 1970 (milliseconds when that many). -1: none of these. */
int import_time(struct span text, int64_t *unix_ms_out);

/* ---- import_csv.c, import_json.c */
int import_csv_feed(struct import *import, struct span bytes, struct err *err);
int import_csv_end(struct import *import, struct err *err);
int import_json_feed(struct import *import, struct span bytes, struct err *err);
int import_json_end(struct import *import, struct err *err);

#endif
