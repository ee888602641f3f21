/* tui_domain.c - see tui_domain.h. */
#include "tui_domain.h"

#include <stdio.h>
#include <string.h>

#include "api/api_json.h"

#define CHUNK 255 /* bytes of one string of a TXT record (RFC 1035 s3.3) */

bool
tui_domain_is_ok(const char *state)
{
	return strcmp(state, "ok") == 0;
}

static const char *
signing_selector(const json_t *keys)
{
	const json_t *key;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)keys, i, key)
		if (api_json_get_bool(key, "active"))
			return tui_text_of(key, "selector");
	return "";
}

struct tui_domain_row
tui_domain_read(const json_t *row)
{
	return (struct tui_domain_row){
		.name = tui_text_of(row, "domain"),
		.state = tui_text_of(row, "state"),
		.sentence = tui_text_of(row, "sentence"),
		.dkim = tui_text_of(row, "dkim"),
		.spf = tui_text_of(row, "spf"),
		.dmarc = tui_text_of(row, "dmarc"),
		.return_path = tui_text_of(row, "return_path"),
		.policy = tui_text_of(row, "policy"),
		.selector = signing_selector(json_object_get(row, "keys")),
		.keys = json_object_get(row, "keys"),
		.problems = json_array_size(json_object_get(row, "problems")),
		.checked_unix_ms = api_json_get_time(row, "checked_at"),
		.failing_unix_ms = api_json_get_time(row, "failing_since_at"),
		.sent_failing = api_json_get_int(row, "sent_failing", 0),
		.generation = api_json_get_int(row, "generation", 0),
		.holds_failing = strcmp(tui_text_of(row, "dmarc_fail"), "hold") == 0,
	};
}

/* ---- what is to be fixed -------------------------------------------------------------- */

static bool
is_wrong(const json_t *record, bool is_optional)
{
	return !tui_domain_is_ok(tui_text_of(record, "state"))
	       && api_json_get_bool(record, "optional") == is_optional;
}

static struct tui_finding
read_finding(const json_t *record)
{
	return (struct tui_finding){
		.name = tui_text_of(record, "name"),
		.type = tui_text_of(record, "type"),
		.state = tui_text_of(record, "state"),
		.sentence = tui_text_of(record, "sentence"),
		.effect = tui_text_of(record, "effect"),
		.todo = tui_text_of(record, "todo"),
		.expected = tui_text_of(record, "expected"),
		.found = tui_text_of(record, "found"),
		.answers = json_object_get(record, "answers"),
		.is_optional = api_json_get_bool(record, "optional"),
	};
}

bool
tui_domain_finding(const json_t *report, size_t wanted, struct tui_finding *out)
{
	json_t *records = json_object_get(report, "records"), *record;
	size_t i, seen = 0;

	for (int optional = 0; optional < 2; optional++)
		json_array_foreach(records, i, record)
			if (is_wrong(record, optional) && seen++ == wanted) {
				*out = read_finding(record);
				return true;
			}
	return false;
}

size_t
tui_domain_findings(const json_t *report)
{
	struct tui_finding finding;
	size_t n = 0;

	while (tui_domain_finding(report, n, &finding))
		n++;
	return n;
}

size_t
tui_domain_shown(const struct tui_model *model)
{
	size_t n = tui_domain_findings(tui_listing_detail(model));
	int chosen = tui_listing_shown(model)->choice[0];

	return n && chosen > 0 ? (size_t)chosen % n : 0;
}

/* ---- to be published --------------------------------------------------------------------- */

bool
tui_domain_put_record(const char *name, const char *type, const char *value, struct buf *out)
{
	size_t before = out->len, n = strlen(value);
	int rc = buf_printf(out, "%s. IN %s", name, type);

	if (strcmp(type, "TXT") != 0)
		rc |= buf_printf(out, " %s", value);
	for (size_t at = 0; strcmp(type, "TXT") == 0 && at < n; at += CHUNK) {
		rc |= buf_append_text(out, " \"");
		for (size_t i = at; i < n && i < at + CHUNK; i++)
			rc |= buf_printf(out, "%s%c",
			                 value[i] == '"' || value[i] == '\\' ? "\\" : "", value[i]);
		rc |= buf_append_text(out, "\"");
	}
	if (rc < 0)
		out->len = before;
	return rc >= 0;
}

const char *
tui_domain_copy(const struct tui_model *model)
{
	static char text[TUI_DOMAIN_COPY_SIZE]; /* until the next y: there is one clipboard */
	struct tui_finding finding;
	struct buf record;
	bool has_record = tui_domain_finding(tui_listing_detail(model), tui_domain_shown(model),
	                                     &finding);

	if (!has_record || finding.expected[0] == '\0')
		return tui_listing_key(model);
	buf_init(&record, sizeof text - 1);
	if (tui_domain_put_record(finding.name, finding.type, finding.expected, &record)) {
		memcpy(text, buf_data(&record), record.len);
		text[record.len] = '\0';
	} else {
		snprintf(text, sizeof text, "%s", tui_listing_key(model));
	}
	buf_deinit(&record);
	return text;
}
