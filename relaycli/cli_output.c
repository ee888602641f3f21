/* cli_output.c - see cli_output.h.
 *
 * The same rows on a terminal and in a pipe: a terminal gets an aligned table
 * for people, a pipe gets TSV with machine forms (RFC 3339, plain numbers). */
#include "cli_output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli_cell.h"
#include "cli_fields.h"

#define CELL_MAX_BYTES ((size_t)1 << 20)
#define DEFAULT_WIDTH 80
#define READABLE 30 /* columns: prose is not made narrower */

/* ---- settings ------------------------------------------------------------ */

static int
terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long long n;
	struct winsize size;

	if (columns && span_to_u64(span_of(columns), &n) && n > 0 && n < 10000)
		return (int)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return DEFAULT_WIDTH;
}

/* wants_color - --color beats NO_COLOR beats CLICOLOR_FORCE beats the terminal. */
static bool
wants_color(const struct cli *cli, const struct command_line *line)
{
	const char *flag = command_line_text(line, "color");
	const char *none = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"),
		   *term = getenv("TERM");

	if (flag && strcmp(flag, "auto") != 0)
		return strcmp(flag, "always") == 0;
	if (none && none[0])
		return false;
	if (force && force[0] && strcmp(force, "0") != 0)
		return true;
	return cli->is_tty && term && strcmp(term, "dumb") != 0;
}

static enum cli_form
form_of(const struct cli *cli, const struct command_line *line)
{
	static const struct {
		const char *flag;
		enum cli_form form;
	} forms[] = {
		{ "json", CLI_JSON },
		{ "jsonl", CLI_JSONL },
		{ "csv", CLI_CSV },
		{ "tsv", CLI_TSV },
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (command_line_has(line, forms[i].flag))
			return forms[i].form;
	return cli->has_shell_form ? cli->shell_form : CLI_TEXT;
}

void
cli_output_set(struct cli *cli, const struct command_line *line)
{
	cli->line = line;
	cli->output_code = CLI_DONE;
	cli->is_tty = isatty(STDOUT_FILENO);
	cli->form = form_of(cli, line);
	cli->is_colored = wants_color(cli, line);
	cli->is_utc = command_line_has(line, "utc");
	cli->is_wide = command_line_has(line, "wide");
	cli->has_header = !command_line_has(line, "no-header");
	cli->is_quiet = command_line_has(line, "quiet");
	cli->may_ask = !command_line_has(line, "no-input") && isatty(STDIN_FILENO) &&
		isatty(STDERR_FILENO);
	cli->may_page = cli->is_tty && !command_line_has(line, "no-pager") &&
		(!cli->in_shell || cli->has_pager);
	cli->fields = command_line_text(line, "fields");
	cli->width = cli->is_tty && !cli->is_wide ? terminal_width() : 0;
	cli->timeout_ms = (int)command_line_duration(line, "timeout", 30000);
}

bool
cli_is_prose(const struct cli *cli)
{
	return cli->form == CLI_TEXT && cli->is_tty && !cli->fields;
}

int
cli_write_and_close(int fd, struct span text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int saved = errno;

			close(fd);
			errno = saved;
			return -1;
		}
		text = (struct span){ text.p + n, text.n - (size_t)n };
	}
	return close(fd); /* a full disk may only show here */
}

/* ---- lists --------------------------------------------------------------- */

static bool
field_is(struct span wanted, const struct cli_column *column)
{
	return span_is_nocase(wanted, column->key) || span_is_nocase(wanted, column->column.header);
}

struct chosen {
	const struct cli_column *column[CLI_FIELDS_MAX];
	struct cli_column own[CLI_FIELDS_MAX]; /* of keys that no column of ours shows */
	size_t count;
};

/* key_in - the items' own spelling of a key that is in one of them, or NULL. */
static const char *
key_in(const json_t *items, struct span name)
{
	json_t *item, *value;
	const char *key;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)items, i, item)
		json_object_foreach(item, key, value)
			if (span_is(name, key))
				return key;
	return NULL;
}

static void
refuse_field(struct cli *cli, struct span name, const struct cli_column *column, size_t columns)
{
	struct buf names;

	buf_init(&names, 1024);
	for (size_t i = 0; i < columns; i++)
		(void)buf_printf(&names, "%s%s", i ? ", " : "", column[i].key);
	(void)buf_append(&names, "", 1);
	cli_fields_refuse(cli, name, buf_data(&names));
	buf_deinit(&names);
}

/* choose - the columns that --fields names, in its order; all without it. */
static int
choose(struct cli *cli, const json_t *items, const struct cli_column *column, size_t columns,
       struct chosen *chosen)
{
	struct span rest = span_of(cli->fields ? cli->fields : "");

	chosen->count = 0;
	for (size_t i = 0; !cli->fields && i < columns; i++)
		chosen->column[chosen->count++] = &column[i];
	while (rest.n && chosen->count < CLI_FIELDS_MAX) {
		struct span name = span_trim(span_cut(rest, ',', &rest));
		struct cli_column *own = &chosen->own[chosen->count];
		size_t i = 0;

		while (i < columns && !field_is(name, &column[i]))
			i++;
		*own = (struct cli_column){ key_in(items, name), { .header = "" }, CLI_AS_TEXT };
		own->column.header = own->key;
		if (i == columns && !own->key) {
			refuse_field(cli, name, column, columns);
			return cli->output_code;
		}
		chosen->column[chosen->count++] = i < columns ? &column[i] : own;
	}
	return CLI_DONE;
}

static void
put_rows(const struct cli *cli, const json_t *items, const struct cli_column *const *chosen,
         size_t count)
{
	bool is_human = cli->form == CLI_TEXT && cli->is_tty;
	struct api_table_options options = {
		.style = is_human		? API_TABLE_ALIGNED
			 : cli->form == CLI_CSV ? API_TABLE_CSV
						: API_TABLE_TSV,
		.has_header = cli->has_header && (is_human || cli->form == CLI_CSV),
		.is_bold = cli->is_colored,
		.width = cli->width,
	};
	struct api_column column[CLI_FIELDS_MAX];
	struct api_table *table;
	const json_t *item;
	size_t i;

	for (i = 0; i < count; i++) {
		column[i] = chosen[i]->column;
		column[i].is_whole |= chosen[i]->as == CLI_AS_TIME;
		if (!is_human)
			column[i].header = chosen[i]->key;
	}
	table = api_table_new(column, count);
	json_array_foreach(items, i, item) {
		for (size_t c = 0; c < count; c++) {
			struct buf cell;

			buf_init(&cell, CELL_MAX_BYTES);
			if (is_human)
				cli_cell_append_human(cli, item, chosen[c], &cell);
			else
				cli_cell_append_machine(item, chosen[c], &cell);
			(void)buf_append(&cell, "", 1);
			api_table_add(table, buf_data(&cell));
			buf_deinit(&cell);
		}
	}
	api_table_print(table, &options, stdout);
	api_table_free(&table);
}

static void
print_json(const json_t *value)
{
	char *text = api_json_text_of(value);

	fputs(text, stdout);
	fputc('\n', stdout);
	mem_free(text);
}

void
cli_put_json_line(const char *schema, const json_t *row)
{
	json_t *line = api_json_new(schema);

	json_object_update(line, (json_t *)(uintptr_t)row);
	print_json(line);
	json_decref(line);
}

static void
put_lines(const json_t *result)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(result, "items"), i, item)
		cli_put_json_line(api_json_get_text(result, "schema"), item);
}

bool
cli_put_json(struct cli *cli, const json_t *result)
{
	json_t *kept;

	if (cli->form != CLI_JSON && cli->form != CLI_JSONL)
		return false;
	kept = cli->fields ? cli_fields_keep_result(cli, result) :
	       json_incref((json_t *)(uintptr_t)result);
	if (!kept)
		return true; /* said */
	if (cli->form == CLI_JSONL && json_is_array(json_object_get(kept, "items")))
		put_lines(kept);
	else
		print_json(kept);
	json_decref(kept);
	return true;
}

int
cli_put_list(struct cli *cli, const json_t *result, const struct cli_column *column, size_t columns)
{
	const json_t *items = json_object_get(result, "items");
	struct chosen chosen;

	if (cli_put_json(cli, result))
		return cli->output_code;
	if (choose(cli, items, column, columns, &chosen) != CLI_DONE)
		return CLI_USAGE;
	if (json_array_size(items) == 0 && cli->form == CLI_TEXT && cli->is_tty && !cli->is_quiet) {
		cli_say("none\n");
		return CLI_DONE;
	}
	if (json_array_size(items) > 0 || cli->form == CLI_CSV)
		put_rows(cli, items, chosen.column, chosen.count);
	if (cli->form == CLI_TEXT && cli->is_tty && !cli->is_quiet &&
	    api_json_get_text(result, "next_cursor"))
		cli_say("more: --cursor %s\n", api_json_get_text(result, "next_cursor"));
	return CLI_DONE;
}

static void
put_cell(const struct cli *cli, const json_t *value)
{
	struct buf cell;

	buf_init(&cell, CELL_MAX_BYTES);
	cli_cell_append_scalar(value, &cell);
	if (cli->form == CLI_CSV)
		api_table_put_csv(stdout, buf_span(&cell));
	else
		api_table_put_tsv(stdout, buf_span(&cell));
	buf_deinit(&cell);
}

static void
put_keys_and_values(const struct cli *cli, json_t *object)
{
	const char *key;
	json_t *value;
	int n = 0;

	if (cli->form != CLI_CSV) {
		json_object_foreach(object, key, value) {
			fprintf(stdout, "%s\t", key);
			put_cell(cli, value);
			fputc('\n', stdout);
		}
		return;
	}
	json_object_foreach(object, key, value)
		if (cli->has_header)
			fprintf(stdout, "%s%s", n++ ? "," : "", key);
	if (cli->has_header)
		fputc('\n', stdout);
	n = 0;
	json_object_foreach(object, key, value) {
		fputs(n++ ? "," : "", stdout);
		put_cell(cli, value);
	}
	fputc('\n', stdout);
}

bool
cli_put_object(struct cli *cli, const json_t *object)
{
	json_t *kept;

	if (cli->form != CLI_TSV && cli->form != CLI_CSV && !cli->fields)
		return false;
	kept = cli->fields ? cli_fields_keep(cli, object) :
	       json_incref((json_t *)(uintptr_t)object);
	if (kept)
		put_keys_and_values(cli, kept);
	json_decref(kept);
	return true;
}

/* ---- prose --------------------------------------------------------------- */

void
cli_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stdout, fmt, ap);
	va_end(ap);
}

void
cli_put(const char *text)
{
	api_text_put(stdout, span_of(text ? text : "-"));
}

void
cli_put_padded(const char *text, int width)
{
	struct span span = span_of(text ? text : "-");
	int columns = api_text_width(span);

	api_text_put(stdout, span);
	fprintf(stdout, "%*s", columns < width ? width - columns : 0, "");
}

/* narrower - an indent that leaves room for words: rather at the left than in shreds. */
static int
narrower(const struct cli *cli, int indent)
{
	if (cli->width == 0 || cli->width >= indent + READABLE)
		return indent;
	return cli->width > READABLE ? 2 : 0;
}

void
cli_put_hanging(const struct cli *cli, const char *text, int at, int indent)
{
	struct span rest = span_of(text ? text : "");
	int width = cli->is_tty && cli->width > 0 ? cli->width : 0;
	bool is_first = true; /* of its line */

	indent = narrower(cli, indent);
	while (rest.n) {
		struct span word = span_cut(rest, ' ', &rest);
		int columns = api_text_width(word);

		if (width > 0 && at > indent && at + !is_first + columns > width) {
			fprintf(stdout, "\n%*s", indent, "");
			at = indent;
		} else if (!is_first) {
			fputc(' ', stdout);
			at++;
		}
		api_text_put(stdout, word);
		at += columns;
		is_first = false;
	}
	fputc('\n', stdout);
}

void
cli_put_wrapped(const struct cli *cli, const char *text, int indent)
{
	indent = narrower(cli, indent);
	fprintf(stdout, "%*s", indent, "");
	cli_put_hanging(cli, text, indent, indent);
}

const char *
cli_time(const struct cli *cli, const json_t *object, const char *key, char out[API_FORMAT_SIZE])
{
	api_format_time(api_json_get_time(object, key), clock_unix_ms(), cli->is_utc, out);
	return out;
}
