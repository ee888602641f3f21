/* tls_record.c - see tls_record.h. */
#include "policy/tls_record.h"

#include "policy/tag_list.h"

#define ID_MAX 32

static bool
starts(struct span txt, const char *version)
{
	size_t n = strlen(version);

	while (n < txt.n && (txt.p[n] == ' ' || txt.p[n] == '\t'))
		n++;
	return txt.n >= strlen(version) && memcmp(txt.p, version, strlen(version)) == 0 &&
	       n < txt.n && txt.p[n] == ';';
}

bool
tls_record_is_sts(struct span txt)
{
	return starts(txt, "v=STSv1");
}

bool
tls_record_is_report(struct span txt)
{
	return starts(txt, "v=TLSRPTv1");
}

/* find - the value of the one tag that matters; others are extensions */
static int
find(struct span txt, const char *name, struct span *value_out, struct err *err)
{
	struct span rest = txt;
	struct tag tag;
	size_t found = 0;
	int rc;

	while ((rc = tag_next(&rest, TAG_TIGHT, &tag, err)) > 0) {
		if (!span_is(tag.name, name))
			continue;
		if (found++ == 0)
			*value_out = tag.value;
	}
	if (rc < 0)
		return -1;
	if (found == 0)
		return err_set(err, ERR_INPUT, 0, "%s= is missing", name);
	return 0;
}

int
tls_record_parse_sts(struct span txt, struct span *id_out, struct err *err)
{
	if (!tls_record_is_sts(txt))
		return err_set(err, ERR_INPUT, 0, "it does not start with v=STSv1;");
	if (find(txt, "id", id_out, err) < 0)
		return -1;
	if (id_out->n == 0 || id_out->n > ID_MAX)
		return err_set(err, ERR_INPUT, 0, "id= must have 1 to %d letters and digits",
			       ID_MAX);
	for (size_t i = 0; i < id_out->n; i++) {
		char c = id_out->p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			return err_set(err, ERR_INPUT, 0, "id= may have letters and digits only");
	}
	return 0;
}

static bool
is_report_uri(struct span uri)
{
	const char *at = uri.n > 0 ? memchr(uri.p, '@', uri.n) : NULL;

	if (memchr(uri.p, ' ', uri.n) != NULL || memchr(uri.p, '!', uri.n) != NULL)
		return false;
	if (span_starts_nocase(uri, "mailto:"))
		return at != NULL && at > uri.p + 7 && at + 1 < uri.p + uri.n;
	return span_starts_nocase(uri, "https://") && uri.n > 8;
}

int
tls_record_parse_report(struct span txt, struct span *rua_out, struct err *err)
{
	struct span list;

	if (!tls_record_is_report(txt))
		return err_set(err, ERR_INPUT, 0, "it does not start with v=TLSRPTv1;");
	if (find(txt, "rua", rua_out, err) < 0)
		return -1;
	list = *rua_out;
	do {
		struct span uri = span_trim(span_cut(list, ',', &list));
		char shown[64];

		if (uri.n == 0 || !is_report_uri(uri))
			return err_set(err, ERR_INPUT, 0, "\"%s\" is no mailto: or https: address",
				       tag_show(uri, shown));
	} while (list.n > 0);
	return 0;
}
