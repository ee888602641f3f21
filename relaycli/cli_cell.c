/* cli_cell.c - see cli_cell.h. */
#include "cli_cell.h"

#include "api/api_json.h"
#include "api/api_names.h"
#include "base/clock.h"
#include "base/units.h"

void
cli_cell_append_scalar(const json_t *value, struct buf *out)
{
	if (json_is_string(value))
		(void)buf_append(out, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		(void)buf_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		(void)buf_printf(out, "%g", json_real_value(value));
	else if (json_is_boolean(value))
		(void)buf_append_text(out, json_is_true(value) ? "yes" : "no");
	else if (!json_is_null(value) && value)
		(void)api_json_append(value, out);
}

static void
append_list(const json_t *list, struct buf *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const json_t *id = json_object_get(one, "id");

		if (i > 0)
			(void)buf_append_text(out, ",");
		cli_cell_append_scalar(!json_is_object(one) ? one
			      : id		   ? id
						   : json_object_get(one, "selector"),
			      out);
	}
}

void
cli_cell_append_machine(const json_t *item, const struct cli_column *column, struct buf *out)
{
	const json_t *value = json_object_get(item, column->key);

	if (json_is_array(value))
		append_list(value, out);
	else
		cli_cell_append_scalar(value, out);
}

static void
append_human_number(const json_t *value, enum cli_as as, struct buf *out)
{
	int64_t n = json_integer_value(value);
	char text[UNITS_TEXT_SIZE];

	if (!json_is_integer(value)) {
		(void)buf_append_text(out, "-");
		return;
	}
	if (as == CLI_AS_COUNT)
		units_format_count((uint64_t)n, text);
	else if (as == CLI_AS_SIZE)
		units_format_size((uint64_t)n, text);
	else
		units_format_duration(n, text);
	(void)buf_append_text(out, text);
}

static void
append_human_time(const struct cli *cli, const json_t *item, const struct cli_column *column,
                  struct buf *out)
{
	int64_t at = api_json_get_time(item, column->key), now = clock_unix_ms();
	char text[API_FORMAT_SIZE];

	if (column->as == CLI_AS_TIME)
		api_format_time(at, now, cli->is_utc, text);
	else if (column->as == CLI_AS_AGE)
		api_format_age(at, now, text);
	else
		api_format_next(at, now, text);
	(void)buf_append_text(out, text);
}

void
cli_cell_append_human(const struct cli *cli, const json_t *item, const struct cli_column *column,
             struct buf *out)
{
	const json_t *value = json_object_get(item, column->key);
	const struct api_event_kind *kind;
	size_t before = out->len;

	switch (column->as) {
	case CLI_AS_COUNT:
	case CLI_AS_SIZE:
	case CLI_AS_MS:
		append_human_number(value, column->as, out);
		return;
	case CLI_AS_TIME:
	case CLI_AS_AGE:
	case CLI_AS_NEXT:
		append_human_time(cli, item, column, out);
		return;
	case CLI_AS_LABEL:
		kind = json_is_string(value)
			       ? api_event_kind_find(span_of(json_string_value(value)))
			       : NULL;
		(void)buf_append_text(out, kind ? kind->label : "-");
		return;
	default:
		cli_cell_append_machine(item, column, out);
		if (out->len == before)
			(void)buf_append_text(out, "-");
	}
}

void
cli_cell_put_line(const json_t *object, const char *const *keys, size_t n, bool is_csv)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *value = json_object_get(object, keys[i]);
		struct span text = span_of(json_string_value(value));
		char number[24];

		if (json_is_integer(value)) {
			snprintf(number, sizeof number, "%lld",
			         (long long)json_integer_value(value));
			text = span_of(number);
		}
		if (i > 0)
			fputc(is_csv ? ',' : '\t', stdout);
		(is_csv ? api_table_put_csv : api_table_put_tsv)(stdout, text);
	}
	fputc('\n', stdout);
}
