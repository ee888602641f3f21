/* cli_suppression_parse.c - see cli_suppression_parse.h. */
#include "cli_suppression_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api_json.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

/* what services call a field, in lower case without space, _ and - */
static const struct {
	const char *name;
	enum cli_suppression_field field;
} names[] = {
	{ "address", CLI_SUPPRESSION_ADDRESS },
	{ "email", CLI_SUPPRESSION_ADDRESS },
	{ "emailaddress", CLI_SUPPRESSION_ADDRESS }, /* SES, Postmark */
	{ "recipient", CLI_SUPPRESSION_ADDRESS },
	{ "cause", CLI_SUPPRESSION_CAUSE },
	{ "suppressionreason", CLI_SUPPRESSION_CAUSE }, /* Postmark */
	{ "type", CLI_SUPPRESSION_CAUSE },
	{ "reason", CLI_SUPPRESSION_CAUSE }, /* SES; SendGrid: the reply */
	{ "since", CLI_SUPPRESSION_SINCE },
	{ "sinceat", CLI_SUPPRESSION_SINCE },
	{ "created", CLI_SUPPRESSION_SINCE },   /* SendGrid: unix seconds */
	{ "createdat", CLI_SUPPRESSION_SINCE }, /* Postmark, Mailgun */
	{ "lastupdatetime", CLI_SUPPRESSION_SINCE }, /* SES */
	{ "ends", CLI_SUPPRESSION_ENDS },
	{ "endsat", CLI_SUPPRESSION_ENDS },
	{ "scope", CLI_SUPPRESSION_SCOPE },
	{ "detail", CLI_SUPPRESSION_DETAIL },
	{ "error", CLI_SUPPRESSION_DETAIL }, /* Mailgun */
	{ "reply", CLI_SUPPRESSION_DETAIL },
	{ "origin", CLI_SUPPRESSION_DETAIL },
};

/* how they call a cause, as above */
static const struct {
	const char *name, *cause;
} causes[] = {
	{ "hardbounce", "hard_bounce" },
	{ "bounce", "hard_bounce" }, /* SES */
	{ "bounces", "hard_bounce" },
	{ "permanent", "hard_bounce" },
	{ "complaint", "complaint" }, /* SES */
	{ "complaints", "complaint" },
	{ "spamcomplaint", "complaint" }, /* Postmark */
	{ "spamreport", "complaint" },
	{ "unsubscribe", "unsubscribe" },
	{ "unsubscribes", "unsubscribe" },
	{ "unsubscribed", "unsubscribe" },
	{ "manual", "manual" },
	{ "manualsuppression", "manual" }, /* Postmark */
	{ "mailboxfull", "mailbox_full" },
};

static size_t
fold(struct span text, char *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n && n + 1 < max; i++) {
		char c = text.p[i];

		if (c != ' ' && c != '_' && c != '-')
			out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	out[n] = '\0';
	return n;
}

static int
field_of(struct span name)
{
	char folded[64];

	fold(name, folded, sizeof folded);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(folded, names[i].name) == 0)
			return (int)names[i].field;
	return -1;
}

static const char *
cause_of(struct span text)
{
	char folded[64];

	fold(text, folded, sizeof folded);
	for (size_t i = 0; i < COUNT_OF(causes); i++)
		if (strcmp(folded, causes[i].name) == 0)
			return causes[i].cause;
	return NULL;
}

/* ---- one entry ----------------------------------------------------------------------- */

/* "2024-05-01T10:00:00Z", "2024-05-01 10:00:00", "2024-05-01", unix seconds,
 * "Fri, 21 Oct 2011 11:02:55 UTC" */
static bool
parse_time(struct span text, int64_t *ms_out)
{
	char copy[64];
	unsigned long long seconds;
	struct tm tm = { 0 };
	struct err err;

	if (text.n == 0 || text.n >= sizeof copy)
		return false;
	if (span_to_u64(text, &seconds) && seconds > 100000000 && seconds < 100000000000) {
		*ms_out = (int64_t)seconds * 1000;
		return true;
	}
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (text.n > 10 && copy[10] == ' ')
		copy[10] = 'T';
	if (clock_parse_rfc3339(span_of(copy), ms_out, &err) == 0)
		return true;
	if (strlen(copy) == 19 && copy[10] == 'T') {
		memcpy(copy + 19, "Z", 2);
		return clock_parse_rfc3339(span_of(copy), ms_out, &err) == 0;
	}
	if (strptime(copy, "%a, %d %b %Y %H:%M:%S", &tm) == NULL)
		return false;
	*ms_out = (int64_t)timegm(&tm) * 1000;
	return true;
}

static void
put_text(json_t *entry, const char *key, struct span text)
{
	struct buf repaired;

	buf_init(&repaired, 4096);
	utf8_repair(text, &repaired);
	api_json_put(entry, key, api_json_string(buf_span(&repaired)));
	buf_deinit(&repaired);
}

static int
put_time(json_t *entry, const char *key, struct span text, struct err *err)
{
	int64_t ms;

	if (text.n == 0)
		return 0;
	if (!parse_time(text, &ms))
		return err_set(err, ERR_INPUT, 0, "\"%.*s\" is no time",
		               (int)(text.n < 40 ? text.n : 40), text.p);
	api_json_put_time(entry, key, ms);
	return 0;
}

/* put_cause - a word we know, or what a service tells of the failure: then it is the
 * detail, and the cause is the file's. */
static void
put_cause(json_t *entry, struct span text, const char *fallback)
{
	const char *cause = cause_of(text);

	if (!cause && text.n > 0 && !json_object_get(entry, "detail"))
		put_text(entry, "detail", text);
	if (!cause)
		cause = fallback ? fallback : "manual";
	api_json_put_text(entry, "cause", cause);
}

static json_t *
entry_of(const struct span field[CLI_SUPPRESSION_FIELD_COUNT], const char *fallback,
         struct err *err)
{
	json_t *entry = json_object();

	if (field[CLI_SUPPRESSION_ADDRESS].n == 0) {
		err_set(err, ERR_INPUT, 0, "has no address");
		json_decref(entry);
		return NULL;
	}
	put_text(entry, "address", field[CLI_SUPPRESSION_ADDRESS]);
	if (field[CLI_SUPPRESSION_DETAIL].n > 0)
		put_text(entry, "detail", field[CLI_SUPPRESSION_DETAIL]);
	if (field[CLI_SUPPRESSION_SCOPE].n > 0)
		put_text(entry, "scope", field[CLI_SUPPRESSION_SCOPE]);
	put_cause(entry, field[CLI_SUPPRESSION_CAUSE], fallback);
	if (put_time(entry, "since_at", field[CLI_SUPPRESSION_SINCE], err) < 0 ||
	    put_time(entry, "ends_at", field[CLI_SUPPRESSION_ENDS], err) < 0) {
		json_decref(entry);
		return NULL;
	}
	return entry;
}

/* ---- CSV ----------------------------------------------------------------------------- */

/* split - fields of a line; quoted ones are unquoted into text. Returns how many, or -1. */
static int
split(struct span line, struct buf *text, struct span field[CLI_SUPPRESSION_COLUMNS_MAX])
{
	size_t start[CLI_SUPPRESSION_COLUMNS_MAX + 1];
	const char *unquoted;
	bool is_quoted = false;
	int count = 0;

	if (line.n > CLI_SUPPRESSION_LINE_MAX)
		return -1;
	start[0] = 0;
	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i];

		if (c == '"' && is_quoted && i + 1 < line.n && line.p[i + 1] == '"')
			(void)buf_append(text, &line.p[i++], 1);
		else if (c == '"')
			is_quoted = !is_quoted;
		else if (c != ',' || is_quoted)
			(void)buf_append(text, &c, 1);
		else if (++count < CLI_SUPPRESSION_COLUMNS_MAX)
			start[count] = text->len;
		else
			return -1;
	}
	start[++count] = text->len;
	unquoted = text->len > 0 ? buf_data(text) : "";
	for (int i = 0; i < count; i++)
		field[i] = span_trim((struct span){ unquoted + start[i],
		                                    start[i + 1] - start[i] });
	return is_quoted ? -1 : count;
}

static const struct cli_suppression_columns plain = {
	.of = { [CLI_SUPPRESSION_ADDRESS] = 0, [CLI_SUPPRESSION_CAUSE] = 1,
		[CLI_SUPPRESSION_SINCE] = 2, [CLI_SUPPRESSION_ENDS] = -1,
		[CLI_SUPPRESSION_SCOPE] = -1, [CLI_SUPPRESSION_DETAIL] = -1 },
};

bool
cli_suppression_header(struct span line, struct cli_suppression_columns *columns_out)
{
	struct span field[CLI_SUPPRESSION_COLUMNS_MAX];
	struct buf text;
	int count;

	*columns_out = plain;
	buf_init(&text, CLI_SUPPRESSION_LINE_MAX + 1);
	if (line.n >= 3 && memcmp(line.p, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
		line = (struct span){ line.p + 3, line.n - 3 };
	count = memchr(line.p ? line.p : "", '@', line.n) ? 0 : split(line, &text, field);
	if (count > 0) {
		for (int f = 0; f < CLI_SUPPRESSION_FIELD_COUNT; f++)
			columns_out->of[f] = -1;
		for (int i = count - 1; i >= 0; i--) /* the first of a kind counts */
			if (field_of(field[i]) >= 0)
				columns_out->of[field_of(field[i])] = i;
		for (int i = 0; i < count; i++) /* SendGrid's bounces have a reply and a status */
			if (span_is_nocase(field[i], "status"))
				columns_out->fallback = "hard_bounce";
		if (columns_out->of[CLI_SUPPRESSION_ADDRESS] < 0) {
			*columns_out = plain;
			count = 0;
		}
	}
	buf_deinit(&text);
	return count > 0;
}

json_t *
cli_suppression_line(struct span line, const struct cli_suppression_columns *columns,
                     struct err *err)
{
	struct span cell[CLI_SUPPRESSION_COLUMNS_MAX], field[CLI_SUPPRESSION_FIELD_COUNT];
	json_t *entry = NULL;
	struct buf text;
	int count;

	err->text[0] = '\0';
	line = span_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return NULL;
	buf_init(&text, CLI_SUPPRESSION_LINE_MAX + 1);
	count = split(line, &text, cell);
	if (count < 0) {
		err_set(err, ERR_INPUT, 0, "is no line of CSV");
	} else {
		for (int f = 0; f < CLI_SUPPRESSION_FIELD_COUNT; f++)
			field[f] = columns->of[f] >= 0 && columns->of[f] < count
			                   ? cell[columns->of[f]] : SPAN_EMPTY;
		entry = entry_of(field, columns->fallback, err);
	}
	buf_deinit(&text);
	return entry;
}

/* ---- JSON ---------------------------------------------------------------------------- */

json_t *
cli_suppression_entries(json_t *root)
{
	static const char *const keys[] = {
		"items",                         /* Mailgun, and ours */
		"SuppressedDestinationSummaries", /* SES */
		"Suppressions",                  /* Postmark */
		"result",
	};

	if (json_is_array(root))
		return root;
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (json_is_array(json_object_get(root, keys[i])))
			return json_object_get(root, keys[i]);
	return NULL;
}

json_t *
cli_suppression_object(const json_t *object, struct err *err)
{
	struct span field[CLI_SUPPRESSION_FIELD_COUNT];
	const char *fallback = NULL, *key;
	char number[24] = "";
	json_t *value;

	for (int f = 0; f < CLI_SUPPRESSION_FIELD_COUNT; f++)
		field[f] = SPAN_EMPTY;
	if (!json_is_object(object)) {
		err_set(err, ERR_INPUT, 0, "is no object");
		return NULL;
	}
	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		int f = field_of(span_of(key));

		if (strcmp(key, "code") == 0 || strcmp(key, "status") == 0)
			fallback = "hard_bounce"; /* Mailgun's and SendGrid's bounces */
		if (f < 0 || (field[f].n > 0 && strcmp(key, "cause") != 0))
			continue;
		if (json_is_integer(value)) {
			snprintf(number, sizeof number, "%lld",
			         (long long)json_integer_value(value));
			field[f] = span_of(number);
		} else if (json_is_string(value)) {
			field[f] = (struct span){ json_string_value(value),
				                  json_string_length(value) };
		}
	}
	return entry_of(field, fallback, err);
}
