/* import_json.c - see import_private.h: entries are the objects of an array, or objects
 * one after the other (JSON lines). What is around them (the name of the list, tokens
 * and addresses of further pages) is passed over, so that a file of any size needs the
 * memory of one entry.
 *
 * An object is captured from its brace on; when an array in it turns out to hold objects
 * itself, it was what is around, and the capture starts again with the inner one. */
#include <stdio.h>
#include "api/api_json.h"
#include "import/import_private.h"

struct pairs {
	const char *key[IMPORT_COLUMNS_MAX];
	struct span name[IMPORT_COLUMNS_MAX];
	json_t *value[IMPORT_COLUMNS_MAX]; /* borrowed */
	size_t count;
	bool has_array;
};

static int
not_json(const struct import *import, const char *what, struct err *err)
{
	return err_set(err, ERR_INPUT, 0, "line %llu: not JSON as expected: %s",
	               (unsigned long long)import->json.line, what);
}

/* ---- an object ------------------------------------------------------------------------ */

static struct pairs
pairs_of(json_t *object)
{
	struct pairs pairs = { .count = 0 };
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		pairs.has_array |= json_is_array(value);
		if (pairs.count == IMPORT_COLUMNS_MAX)
			break;
		pairs.key[pairs.count] = key;
		pairs.name[pairs.count] = span_of(key);
		pairs.value[pairs.count++] = value;
	}
	return pairs;
}

#define NUMBER_SIZE 32

/* text_of - of a list of texts the first; of numbers their digits, in number. */
static struct span
text_of(const json_t *value, char number[NUMBER_SIZE])
{
	if (json_is_array(value))
		value = json_array_get(value, 0);
	if (json_is_string(value))
		return span_trim((struct span){ json_string_value(value),
		                                json_string_length(value) });
	if (json_is_integer(value))
		snprintf(number, NUMBER_SIZE, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value) && json_real_value(value) > 0 && json_real_value(value) < 1e14)
		snprintf(number, NUMBER_SIZE, "%.3f", json_real_value(value));
	else
		return SPAN_EMPTY;
	return span_of(number);
}

static void
give_object(struct import *import, const struct pairs *pairs)
{
	struct import_row row = { .line = import->json.object_line };
	char number[IMPORT_FIELD_COUNT][NUMBER_SIZE];

	for (size_t i = 0; i < pairs->count; i++) {
		int field = import_shape_field(import->format, pairs->name[i]);

		if (field < 0)
			continue;
		row.has[field] = true;
		if (row.value[field].n == 0)
			row.value[field] = text_of(pairs->value[i], number[field]);
	}
	import_judge(import, &row);
}

/* is_around - an object outside all lists that is a list's wrapping, and the list empty */
static bool
is_around(const struct import *import, const struct pairs *pairs)
{
	return import->json.depth == 0 && (pairs->has_array || pairs->count == 0);
}

static int
read_object(struct import *import, struct err *err)
{
	struct import_json *json = &import->json;
	enum import_format found;
	struct pairs pairs;
	struct err refused;
	json_t *object = api_json_parse(buf_span(&json->object), &refused);
	int result = 0;

	if (object == NULL) {
		import_report(import, IMPORT_BAD, json->object_line, refused.text);
		return 0;
	}
	pairs = pairs_of(object);
	found = import_shape_find(pairs.name, pairs.count, import->format);
	if (found != IMPORT_FORMAT_COUNT) {
		import->format = found;
		give_object(import, &pairs);
	} else if (!is_around(import, &pairs)) {
		char why[120];

		snprintf(why, sizeof why, "an entry has to have: %s",
		         import_shape_needs(import->format));
		if (import->format != IMPORT_FORMAT_COUNT)
			import_report(import, IMPORT_BAD, json->object_line, why);
		else
			result = not_json(import, "the first object names no address (address, "
			                          "email, EmailAddress)", err);
	}
	json_decref(object);
	return result;
}

/* ---- around objects ------------------------------------------------------------------- */

static void
keep(struct import_json *json, char c)
{
	if (json->object_depth > 0 && !json->is_too_long &&
	    buf_append(&json->object, &c, 1) != 0)
		json->is_too_long = true;
}

static int
open_one(struct import *import, char c, struct err *err)
{
	struct import_json *json = &import->json;
	bool is_listed = json->depth == 0 || json->open[json->depth - 1] == '[';

	if (json->depth == IMPORT_DEPTH_MAX)
		return not_json(import, "nested deeper than 16", err);
	json->open[json->depth++] = c;
	if (c == '{' && is_listed) {
		buf_clear(&json->object);
		json->is_too_long = false;
		json->object_depth = json->depth;
		json->object_line = json->line;
	}
	keep(json, c);
	return 0;
}

static int
close_one(struct import *import, char c, struct err *err)
{
	struct import_json *json = &import->json;
	bool ends_object = json->object_depth > 0 && json->depth == json->object_depth;

	if (json->depth == 0 || json->open[json->depth - 1] != (c == '}' ? '{' : '['))
		return not_json(import, "a bracket is closed that was not opened", err);
	keep(json, c);
	json->depth--;
	if (!ends_object)
		return 0;
	json->object_depth = 0;
	if (!json->is_too_long)
		return read_object(import, err);
	import_report(import, IMPORT_BAD, json->object_line, "longer than 65536 bytes");
	return 0;
}

static int
take(struct import *import, char c, struct err *err)
{
	struct import_json *json = &import->json;
	bool is_between = json->depth == 0 || (json->depth == 1 && json->open[0] == '[');

	if (json->is_in_string) {
		keep(json, c);
		if (json->is_escaped)
			json->is_escaped = false;
		else if (c == '\\')
			json->is_escaped = true;
		else if (c == '"')
			json->is_in_string = false;
		return 0;
	}
	if (c == '{' || c == '[')
		return open_one(import, c, err);
	if (c == '}' || c == ']')
		return close_one(import, c, err);
	if (is_between && (c == '\0' || strchr(" \t\r\n,", c) == NULL))
		return not_json(import, "entries are objects, {\"address\": ...}", err);
	keep(json, c);
	json->is_in_string = c == '"';
	return 0;
}

int
import_json_feed(struct import *import, struct span bytes, struct err *err)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (take(import, bytes.p[i], err) != 0)
			return -1;
		import->json.line += bytes.p[i] == '\n';
	}
	return 0;
}

int
import_json_end(struct import *import, struct err *err)
{
	if (import->json.depth > 0)
		return not_json(import, "the file ends in the middle", err);
	return 0;
}
