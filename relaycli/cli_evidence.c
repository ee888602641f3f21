/* cli_evidence.c - migrate evidence: a header or a DMARC report is read here, where hostile
 * bytes can do least; the daemon gets the counts of what concerns the credential. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "api/api_json.h"
#include "base/mem.h"
#include "cli_nouns.h"
#include "cli_output.h"
#include "evidence/evidence.h"

#define PIECE (64 * 1024)

struct found {
	const json_t *froms;       /* the credential's: "@shop.example", "a@shop.example" */
	uint64_t passed[EVIDENCE_WHAT_COUNT], failed[EVIDENCE_WHAT_COUNT];
	uint64_t others;           /* messages of other domains */
};

/* ---- which are its ------------------------------------------------------------------------ */

static bool
is_below(struct span domain, struct span parent)
{
	return domain.n > parent.n && domain.p[domain.n - parent.n - 1] == '.'
	       && span_equals_nocase((struct span){ domain.p + domain.n - parent.n, parent.n },
	                             parent);
}

/* is_of - the domain of a pattern, one below it (a return path), or one above (which signs
 * for it). A result that names no domain is of the message it stands in. */
static bool
is_of(const json_t *froms, struct span domain)
{
	const json_t *one;
	size_t i;

	if (domain.n == 0)
		return true;
	json_array_foreach(froms, i, one) {
		const char *at = strrchr(json_string_value(one), '@');
		struct span own = span_of(at ? at + 1 : "");

		if (own.n > 2 && own.p[0] == '*') /* "@*.shop.example" */
			own = (struct span){ own.p + 2, own.n - 2 };
		if (own.n > 0 && (span_equals_nocase(domain, own) || is_below(domain, own)
		                  || (is_below(own, domain) && memchr(domain.p, '.', domain.n))))
			return true;
	}
	return false;
}

static void
take_item(const struct evidence_item *item, void *arg)
{
	struct found *found = arg;

	if (!is_of(found->froms, span_of(item->domain)))
		found->others += item->messages;
	else if (item->has_passed)
		found->passed[item->what] += item->messages;
	else
		found->failed[item->what] += item->messages;
}

/* ---- reading ------------------------------------------------------------------------------ */

static int
read_all(int fd, struct buf *out)
{
	char piece[PIECE];
	ssize_t n;

	while ((n = read(fd, piece, sizeof piece)) > 0)
		if (buf_append(out, piece, (size_t)n) < 0)
			break; /* too large: evidence_read says so */
	return n < 0 ? -1 : 0;
}

static int
read_file(struct cli *cli, const char *name, struct buf *out)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC), rc;

	(void)cli;
	rc = fd < 0 ? -1 : read_all(fd, out);
	if (rc < 0)
		fprintf(stderr, "relaycli: %s: %s\n", name, strerror(errno));
	if (fd >= 0 && !is_stdin)
		close(fd);
	return rc;
}

/* ---- telling ------------------------------------------------------------------------------ */

/* id_of - a report's own, or for a header a hash: given again it is the same. */
static void
id_of(struct span file, const struct evidence_origin *origin, char out[EVIDENCE_NAME_SIZE])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < file.n; i++)
		hash = (hash ^ (unsigned char)file.p[i]) * UINT64_C(0x100000001b3);
	if (*origin->report)
		memcpy(out, origin->report, EVIDENCE_NAME_SIZE);
	else
		snprintf(out, EVIDENCE_NAME_SIZE, "header %016" PRIx64, hash);
}

static json_t *
params_of(const struct command_line *line, struct span file, const struct evidence_origin *origin,
          const struct found *found)
{
	json_t *params = command_params(line); /* name, reason */
	char id[EVIDENCE_NAME_SIZE], key[32];

	id_of(file, origin, id);
	api_json_put_text(params, "reporter", *origin->by ? origin->by : "(not said)");
	api_json_put_text(params, "report", id);
	if (origin->until_unix > 0)
		api_json_put_int(params, "at_ms", origin->until_unix * 1000);
	for (int what = 0; what < EVIDENCE_WHAT_COUNT; what++) {
		const char *method = evidence_what_name((enum evidence_what)what);

		snprintf(key, sizeof key, "%s_passed", method);
		api_json_put_int(params, key, (int64_t)found->passed[what]);
		snprintf(key, sizeof key, "%s_failed", method);
		api_json_put_int(params, key, (int64_t)found->failed[what]);
	}
	return params;
}

static void
say(const struct found *found, const struct evidence_origin *origin)
{
	const char *lead = "";

	cli_put(*origin->by ? origin->by : "(not said)");
	cli_say(" says: ");
	for (int what = 0; what < EVIDENCE_WHAT_COUNT; what++) {
		if (found->passed[what] + found->failed[what] == 0)
			continue;
		cli_say("%s%s passed %" PRIu64 " of %" PRIu64, lead,
		        evidence_what_name((enum evidence_what)what), found->passed[what],
		        found->passed[what] + found->failed[what]);
		lead = ", ";
	}
	cli_say(found->others > 0 ? ". Results of other domains were left out.\n" : ".\n");
}

static int
send_found(struct cli *cli, const struct command_line *line, struct span file,
           const struct evidence_origin *origin, const struct found *found)
{
	uint64_t all = 0;
	json_t *result;
	int code;

	for (int what = 0; what < EVIDENCE_WHAT_COUNT; what++)
		all += found->passed[what] + found->failed[what];
	if (all == 0) {
		fprintf(stderr, "relaycli: it says nothing of the domains that %s may send as\n",
		        line->word[0]);
		return CLI_NONE;
	}
	code = cli_call(cli, "migrate.evidence", params_of(line, file, origin, found), &result);
	if (code != CLI_DONE)
		return code;
	if (!cli_put_json(cli, result) && !cli_put_object(cli, result) && !cli->is_quiet)
		say(found, origin);
	json_decref(result);
	return CLI_DONE;
}

int
cli_evidence(struct cli *cli, const struct command_line *line)
{
	const char *name = line->word[0], *file = line->word[1];
	json_t *shown, *params = json_object();
	struct evidence_origin origin;
	struct found found = { .others = 0 };
	struct buf bytes;
	struct err err;
	int code;

	api_json_put_text(params, "name", name);
	code = cli_call(cli, "credential.show", params, &shown);
	if (code != CLI_DONE)
		return code;
	found.froms = json_object_get(json_object_get(shown, "credential"), "from");
	buf_init(&bytes, EVIDENCE_FILE_MAX + PIECE);
	if (read_file(cli, file, &bytes) < 0) {
		code = CLI_FAILED;
	} else if (evidence_read(buf_span(&bytes), &origin, take_item, &found, &err) < 0) {
		fprintf(stderr, "relaycli: %s: %s\n", file, err.text);
		code = CLI_FAILED;
	} else {
		code = send_found(cli, line, buf_span(&bytes), &origin, &found);
	}
	buf_deinit(&bytes);
	json_decref(shown);
	return code;
}
