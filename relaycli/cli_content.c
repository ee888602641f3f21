/* cli_content.c - message show --headers and --body: what a message says, slice by slice.
 *
 * A terminal gets it line by line and harmless; a pipe or file gets its bytes as they are, so
 * that "> mail.eml" is the mail. --json is one object and therefore has a cap; --jsonl is a slice
 * a line and has none. */
#include <string.h>

#include "api/api_json.h"
#include "api/api_text.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli_message.h"
#include "cli_output.h"
#include "cli_pager.h"

#define JSON_MAX_BYTES ((size_t)8 << 20)  /* of one object */
#define SLICE_MAX_BYTES ((size_t)1 << 20) /* relayd's are smaller */
#define LINE_MAX_BYTES 4096               /* a longer one is put in parts */

struct content {
	struct buf slice;
	struct buf whole;  /* --json */
	struct buf line;   /* a terminal: begun, its end has not come */
};

/* ---- a terminal ------------------------------------------------------------------------ */

static void
put_line(struct buf *line)
{
	struct span text = buf_span(line);

	if (text.n > 0 && text.p[text.n - 1] == '\r')
		text.n--;
	api_text_put(stdout, text);
	cli_say("\n");
	buf_clear(line);
}

static void
put_part(struct buf *line)
{
	struct span text = buf_span(line);

	text.n = utf8_whole(text);
	api_text_put(stdout, text);
	buf_consume(line, text.n);
}

static void
put_harmless(struct content *content, struct span bytes)
{
	while (bytes.n > 0) {
		const char *end = memchr(bytes.p, '\n', bytes.n);
		size_t n = end ? (size_t)(end - bytes.p) : bytes.n;

		if (n > LINE_MAX_BYTES / 2)
			n = LINE_MAX_BYTES / 2;
		if (content->line.len + n > LINE_MAX_BYTES)
			put_part(&content->line);
		(void)buf_append(&content->line, bytes.p, n);
		bytes = (struct span){ bytes.p + n, bytes.n - n };
		if (bytes.n > 0 && bytes.p[0] == '\n') {
			put_line(&content->line);
			bytes = (struct span){ bytes.p + 1, bytes.n - 1 };
		}
	}
}

/* ---- slices ------------------------------------------------------------------------------ */

static int
keep_whole(struct cli *cli, struct content *content, const json_t *result)
{
	char size[UNITS_TEXT_SIZE];

	if (buf_append_span(&content->whole, buf_span(&content->slice)) == 0)
		return CLI_DONE;
	units_format_size((uint64_t)api_json_get_int(result, "total_bytes", 0), size);
	return cli_fail_text(cli, API_ERROR_FAILED, "it has %s, too much for one JSON object: "
	                     "--jsonl gives it in slices, a pipe its bytes", size);
}

static int
put_slice(struct cli *cli, struct content *content, const json_t *result)
{
	struct err err;

	buf_clear(&content->slice);
	if (api_json_get_bytes(result, "text", "text_b64", &content->slice, &err) < 0)
		return cli_fail_text(cli, API_ERROR_FAILED, "relayd's answer: %s", err.text);
	if (cli->form == CLI_JSON)
		return keep_whole(cli, content, result);
	if (cli_put_json(cli, result)) /* --jsonl */
		return cli->output_code;
	if (cli->is_tty)
		put_harmless(content, buf_span(&content->slice));
	else
		fwrite(buf_data(&content->slice), 1, content->slice.len, stdout);
	return CLI_DONE;
}

/* put_end - what only shows when all is there; result is the last slice's answer. */
static int
put_end(struct cli *cli, struct content *content, json_t *result)
{
	if (cli->form == CLI_JSON) { /* one slice that has all of it */
		json_object_del(result, "text_b64");
		api_json_put_int(result, "offset", 0);
		api_json_put_int(result, "bytes", (int64_t)content->whole.len);
		api_json_put_bytes(result, "text", "text_b64", buf_span(&content->whole));
		(void)cli_put_json(cli, result);
		return cli->output_code;
	}
	if (content->line.len > 0)
		put_line(&content->line);
	return CLI_DONE;
}

static int
put_all(struct cli *cli, struct content *content, const char *method,
        const struct command_line *line)
{
	const char *reason = command_line_text(line, "reason");
	int64_t offset = 0;
	int code;

	do {
		json_t *params = json_object(), *result;

		api_json_put_text(params, "id", line->word[0]);
		api_json_put_int(params, "offset", offset);
		if (reason)
			api_json_put_text(params, "reason", reason);
		code = cli_call(cli, method, params, &result);
		if (code != CLI_DONE)
			break;
		code = put_slice(cli, content, result);
		offset = api_json_get_int(result, "next_offset", -1);
		if (code == CLI_DONE && offset < 0)
			code = put_end(cli, content, result);
		json_decref(result);
	} while (code == CLI_DONE && offset > 0);
	return code;
}

int
cli_message_content(struct cli *cli, const struct command_line *line, const char *method)
{
	struct content content;
	int code;

	if (cli->form == CLI_CSV || cli->form == CLI_TSV)
		return cli_fail_text(cli, API_ERROR_PARAMS, "a mail has no columns: --json or "
		                     "--jsonl, or neither for the mail itself");
	buf_init(&content.slice, SLICE_MAX_BYTES);
	buf_init(&content.whole, JSON_MAX_BYTES);
	buf_init(&content.line, LINE_MAX_BYTES);
	cli_pager_start(cli);
	code = put_all(cli, &content, method, line);
	cli_pager_end(cli);
	buf_deinit(&content.slice);
	buf_deinit(&content.whole);
	buf_deinit(&content.line);
	return code;
}
