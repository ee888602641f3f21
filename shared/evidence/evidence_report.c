/* evidence_report.c - a DMARC aggregate report, by RFC 7489 appendix C, with expat.
 *
 * Elements are known by their path below <feedback>; a namespace is no matter, unknown
 * ones are skipped. A record's counts: SPF and DKIM as policy_evaluated has them, aligned
 * with the From domain, which is what DMARC asks; DMARC passed if either did. */
#include "evidence/evidence.h"

#include <errno.h>
#include <expat.h>
#include <string.h>

#define DEPTH_MAX 12
#define PATH_SIZE 128
#define TEXT_MAX 512   /* of one element; the rest is left out */
#define COUNT_MAX 1000000000000ULL

struct record {
	char source[64], from[EVIDENCE_NAME_SIZE], spf[16], dkim[16], count[24];
};

struct reading {
	XML_Parser parser;
	struct evidence_origin *origin;
	evidence_fn fn;
	void *arg;
	char path[PATH_SIZE];      /* "feedback/record/row/" */
	size_t depth, skipped;     /* skipped: elements below one whose path is too long */
	char text[TEXT_MAX];
	size_t text_n;
	char begin[24], end[24];
	struct record record;
	size_t records;
	const char *why;           /* it was stopped; or NULL */
};

static void
stop(struct reading *reading, const char *why)
{
	reading->why = why;
	(void)XML_StopParser(reading->parser, XML_FALSE);
}

/* ---- where values go ------------------------------------------------------------------------ */

enum place { ORIGIN, READING, RECORD };
static const struct {
	const char *path;
	enum place place;
	size_t offset, size;
} fields[] = {
#define OF(type, field) offsetof(struct type, field), sizeof((struct type *)0)->field
	{ "feedback/report_metadata/org_name/", ORIGIN, OF(evidence_origin, by) },
	{ "feedback/report_metadata/report_id/", ORIGIN, OF(evidence_origin, report) },
	{ "feedback/report_metadata/date_range/begin/", READING, OF(reading, begin) },
	{ "feedback/report_metadata/date_range/end/", READING, OF(reading, end) },
	{ "feedback/record/row/source_ip/", RECORD, OF(record, source) },
	{ "feedback/record/row/count/", RECORD, OF(record, count) },
	{ "feedback/record/row/policy_evaluated/spf/", RECORD, OF(record, spf) },
	{ "feedback/record/row/policy_evaluated/dkim/", RECORD, OF(record, dkim) },
	{ "feedback/record/identifiers/header_from/", RECORD, OF(record, from) },
#undef OF
};

/* put_text - the element's text, trimmed; longer than its place: left out. Control
 * characters are not part of any of these. */
static void
put_text(char *to, size_t size, struct span text)
{
	text = span_trim(text);
	if (text.n >= size)
		return;
	for (size_t i = 0; i < text.n; i++)
		to[i] = (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i];
	to[text.n] = '\0';
}

static void
take_value(struct reading *reading)
{
	char *base[] = { [ORIGIN] = (char *)reading->origin, [READING] = (char *)reading,
			 [RECORD] = (char *)&reading->record };

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(reading->path, fields[i].path) == 0)
			put_text(base[fields[i].place] + fields[i].offset, fields[i].size,
				 (struct span){ reading->text, reading->text_n });
}

static void
take_record(struct reading *reading)
{
	const struct record *record = &reading->record;
	bool spf = strcmp(record->spf, "pass") == 0, dkim = strcmp(record->dkim, "pass") == 0;
	const bool passed[] = { [EVIDENCE_SPF] = spf, [EVIDENCE_DKIM] = dkim,
				[EVIDENCE_DMARC] = spf || dkim };
	unsigned long long count;

	if (++reading->records > EVIDENCE_ROWS_MAX) {
		stop(reading, "it has too many records");
		return;
	}
	if (!span_to_u64(span_of(record->count), &count) || count == 0 || count > COUNT_MAX
	    || *record->from == '\0')
		return; /* says nothing of anybody */
	for (int what = 0; what < EVIDENCE_WHAT_COUNT; what++)
		reading->fn(&(struct evidence_item){ (enum evidence_what)what, passed[what], count,
						     record->from, record->source },
			    reading->arg);
}

/* ---- expat ---------------------------------------------------------------------------------- */

static void
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	const char *colon = strrchr(name, ':'), *local = colon ? colon + 1 : name;
	struct reading *reading = arg;
	size_t at = strlen(reading->path), n = strlen(local);

	(void)attributes;
	reading->text_n = 0;
	if (++reading->depth > DEPTH_MAX) {
		stop(reading, "its elements are nested too deeply");
	} else if (reading->skipped > 0 || at + n + 2 > sizeof reading->path) {
		reading->skipped++;
	} else {
		memcpy(reading->path + at, local, n);
		memcpy(reading->path + at + n, "/", 2);
		if (strcmp(reading->path, "feedback/record/") == 0)
			reading->record = (struct record){ .source = "" };
	}
}

static void
on_end(void *arg, const XML_Char *name)
{
	struct reading *reading = arg;
	char *slash;

	(void)name;
	reading->depth--;
	if (reading->skipped > 0) {
		reading->skipped--;
		return;
	}
	take_value(reading);
	if (strcmp(reading->path, "feedback/record/") == 0)
		take_record(reading);
	reading->text_n = 0;
	reading->path[strlen(reading->path) - 1] = '\0';
	slash = strrchr(reading->path, '/');
	*(slash ? slash + 1 : reading->path) = '\0';
}

static void
on_text(void *arg, const XML_Char *text, int n)
{
	struct reading *reading = arg;
	size_t room = sizeof reading->text - reading->text_n;
	size_t take = (size_t)n < room ? (size_t)n : room;

	memcpy(reading->text + reading->text_n, text, take);
	reading->text_n += take;
}

/* No report has one, and entities are only trouble. */
static void
on_doctype(void *arg, const XML_Char *name, const XML_Char *system, const XML_Char *public,
	   int has_subset)
{
	(void)name, (void)system, (void)public, (void)has_subset;
	stop(arg, "it has a document type");
}

static int64_t
time_of(const char *text)
{
	unsigned long long seconds;

	if (!span_to_u64(span_of(text), &seconds) || seconds >= 1ULL << 40)
		return 0;
	return (int64_t)seconds;
}

static int
parse(struct reading *reading, struct span xml, struct err *err)
{
	XML_SetUserData(reading->parser, reading);
	XML_SetElementHandler(reading->parser, on_start, on_end);
	XML_SetCharacterDataHandler(reading->parser, on_text);
	XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
	if (XML_Parse(reading->parser, xml.p, (int)xml.n, XML_TRUE) == XML_STATUS_OK)
		return 0;
	return err_set(err, ERR_INPUT, EINVAL, "line %lu: %s",
		       (unsigned long)XML_GetCurrentLineNumber(reading->parser),
		       reading->why ? reading->why
				    : XML_ErrorString(XML_GetErrorCode(reading->parser)));
}

int
evidence_report_read(struct span xml, struct evidence_origin *origin_out, evidence_fn fn, void *arg,
		     struct err *err)
{
	struct reading reading = { .origin = origin_out, .fn = fn, .arg = arg };
	int rc;

	*origin_out = (struct evidence_origin){ .by = "" };
	if (xml.n > EVIDENCE_TEXT_MAX)
		return err_set(err, ERR_INPUT, EFBIG, "it is too large");
	reading.parser = XML_ParserCreate(NULL);
	if (reading.parser == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "no memory to read it");
	rc = parse(&reading, xml, err);
	XML_ParserFree(reading.parser);
	origin_out->from_unix = time_of(reading.begin);
	origin_out->until_unix = time_of(reading.end);
	if (rc == 0 && reading.records == 0)
		rc = err_set(err, ERR_INPUT, EINVAL, "it is XML, but no DMARC report with records");
	return rc;
}
