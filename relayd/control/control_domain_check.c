/* control_domain_check.c - what the DNS says of a sending domain: domain.check, what the last one
 * said, and the short form in lists. Thread: main. */
#include <stdio.h>
#include <string.h>

#include "control/control_private.h"

static const char *
status_name(enum resolve_status status)
{
	static const char *const names[] = {
		[RESOLVE_FOUND] = "found",   [RESOLVE_ALIAS] = "alias",
		[RESOLVE_NODATA] = "nodata", [RESOLVE_NXDOMAIN] = "nxdomain",
		[RESOLVE_FAILED] = "failed",
	};

	return names[status];
}

static json_t *
texts_json(const char *const *text, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, api_json_string(span_of(text[i])));
	return list;
}

/* ---- records --------------------------------------------------------------------------- */
static json_t *
answers_json(const struct domain_finding *finding)
{
	json_t *list = json_array();

	for (size_t i = 0; i < finding->answers; i++) {
		const struct domain_answer *answer = &finding->answer[i];
		json_t *one = json_object();

		api_json_put_text(one, "server", answer->server);
		api_json_put_bool(one, "own", answer->is_own);
		api_json_put_text(one, "status", status_name(answer->set.status));
		api_json_put_int(one, "records", (int64_t)answer->set.count);
		api_json_put_text(one, "state", domain_state_name(answer->state));
		api_json_put_text(one, "reason", answer->reason);
		api_json_put_int(one, "took_ms", answer->took_ms);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
finding_json(const struct domain_finding *finding)
{
	json_t *one = json_object();

	api_json_put_text(one, "purpose", finding->purpose);
	api_json_put_text(one, "name", finding->name);
	api_json_put_text(one, "type", finding->type);
	api_json_put_text(one, "state", domain_state_name(finding->state));
	api_json_put_bool(one, "optional", finding->is_optional);
	api_json_put_bool(one, "inherited", finding->is_inherited);
	api_json_put_text(one, "sentence", finding->sentence);
	api_json_put_text(one, "effect", finding->effect);
	api_json_put_text(one, "todo", finding->todo);
	api_json_put(one, "warnings", texts_json(finding->warning, finding->warnings));
	api_json_put_text(one, "expected", finding->expected);
	api_json_put_text(one, "found", finding->found);
	api_json_put(one, "found_all", texts_json(finding->every, finding->everys));
	if (finding->found != NULL)
		api_json_put_int(one, "differs_at", (int64_t)finding->differs_at);
	else
		api_json_put_null(one, "differs_at");
	api_json_put(one, "answers", answers_json(finding));
	return one;
}

static json_t *
findings_json(const struct domain_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->findings; i++)
		json_array_append_new(list, finding_json(&report->finding[i]));
	return list;
}

/* ---- SPF and DMARC ------------------------------------------------------------------------ */
static json_t *
trace_json(const struct spf_outcome *outcome)
{
	json_t *list = json_array();

	for (size_t i = 0; i < outcome->traces; i++) {
		json_t *one = json_object();

		api_json_put_int(one, "depth", outcome->trace[i].depth);
		api_json_put_text(one, "text", outcome->trace[i].text);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
spf_json(const struct domain_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->spfs; i++) {
		const struct domain_spf *spf = &report->spf[i];
		json_t *one = json_object();

		api_json_put_text(one, "identity", spf->identity);
		api_json_put_text(one, "domain", spf->domain);
		api_json_put_text(one, "address", spf->address);
		api_json_put_text(one, "helo", spf->helo);
		api_json_put_text(one, "result", spf_result_name(spf->outcome.result));
		api_json_put_text(one, "term", spf->outcome.term);
		api_json_put_text(one, "owner", spf->outcome.owner);
		api_json_put_text(one, "problem", spf->outcome.problem);
		api_json_put_text(one, "explanation", spf->outcome.explanation);
		api_json_put_int(one, "lookups", spf->outcome.lookups);
		api_json_put_int(one, "voids", spf->outcome.voids);
		api_json_put(one, "trace", trace_json(&spf->outcome));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
dmarc_json(const struct domain_dmarc *dmarc)
{
	json_t *one = json_object();

	api_json_put_text(one, "policy_domain", dmarc->policy_domain);
	api_json_put_text(one, "policy",
			  dmarc->policy_domain ? dmarc_policy_name(dmarc->policy) : NULL);
	api_json_put_bool(one, "testing", dmarc->is_testing);
	api_json_put_text(one, "record", dmarc->record);
	api_json_put_text(one, "organisation", dmarc->organisation);
	api_json_put_text(one, "organisation_by_list", dmarc->organisation_by_list);
	api_json_put_text(one, "adkim", dmarc->is_dkim_strict ? "s" : "r");
	api_json_put_text(one, "aspf", dmarc->is_spf_strict ? "s" : "r");
	api_json_put_bool(one, "dkim_passes", dmarc->is_dkim_passing);
	api_json_put_bool(one, "spf_passes", dmarc->is_spf_passing);
	api_json_put_bool(one, "dkim_certain", dmarc->is_dkim_certain);
	api_json_put_bool(one, "spf_certain", dmarc->is_spf_certain);
	api_json_put_bool(one, "passes", dmarc->is_dkim_passing || dmarc->is_spf_passing);
	api_json_put_bool(one, "return_path_aligned", dmarc->is_return_path_aligned);
	api_json_put_text(one, "uncertain", dmarc->why);
	return one;
}

/* ---- the whole ------------------------------------------------------------------------------ */
static json_t *
report_json(const struct domain_report *report, const char *schema)
{
	json_t *result = api_json_new(schema);

	api_json_put_text(result, "domain", report->domain);
	api_json_put_text(result, "state", domain_state_name(report->state));
	api_json_put_text(result, "sentence", report->sentence);
	api_json_put(result, "problems",
		     texts_json((const char *const *)report->problem, report->problems));
	api_json_put(result, "doubts",
		     texts_json((const char *const *)report->doubt, report->doubts));
	api_json_put_time(result, "checked_at", report->at_unix_ms);
	api_json_put_int(result, "took_ms", report->took_ms);
	api_json_put(result, "records", findings_json(report));
	api_json_put(result, "spf", spf_json(report));
	api_json_put_int(result, "spf_most_lookups", report->most_lookups);
	api_json_put(result, "dmarc", dmarc_json(&report->dmarc));
	return result;
}

static void
checked(void *arg, const struct domain_report *report)
{
	struct control_call *call = arg;

	if (control_call_is_gone(call))
		control_call_drop(call);
	else
		control_call_answer(call, report_json(report, "relay.domain.check/1"));
}

void
control_domain_check(struct control_call *call)
{
	struct api_error error;
	const struct account_domain *domain = control_domain_find(call, &error);
	struct err err;

	if (domain == NULL)
		control_call_fail(call, &error);
	else if (!domain_watch_check(call->control->options.domains, domain->name, checked, call,
				     &err))
		control_call_fail_err(call, &err);
}

static json_t *
history_json(const struct domain_watch_row *row)
{
	json_t *list = json_array();

	for (size_t i = 0; i < row->changes; i++) {
		json_t *one = json_object();

		api_json_put_time(one, "at", row->change[i].at_unix_ms);
		api_json_put_text(one, "purpose", row->change[i].purpose);
		api_json_put_text(one, "before", domain_state_name(row->change[i].from));
		api_json_put_text(one, "state", domain_state_name(row->change[i].to));
		json_array_append_new(list, one);
	}
	return list;
}

/* The last check, told again: asks nobody, so that whoever may look may see it. */
void
control_domain_report(struct control_call *call)
{
	struct api_error error;
	const struct account_domain *domain = control_domain_find(call, &error);
	struct domain_watch_row row = { .report = NULL };
	json_t *result;

	if (domain != NULL && (!domain_watch_find(call->control->options.domains, domain->name,
						  &row) || row.report == NULL)) {
		(void)api_error_set(&error, API_ERROR_NOT_FOUND, "%s was not checked yet: relayd "
				    "does so soon, relaycli domain check %s does it now",
				    domain->name, domain->name);
		domain = NULL;
	}
	if (domain == NULL) {
		control_call_fail(call, &error);
		return;
	}
	result = report_json(row.report, "relay.domain.report/1");
	api_json_put(result, "history", history_json(&row));
	control_call_answer(call, result);
}

void
control_domain_put_check(struct control *control, const char *domain, json_t *one)
{
	static const char *const purposes[] = { "dkim", "spf", "dmarc", "return_path" };
	struct domain_watch_row row = { .report = NULL };
	const struct domain_report *report =
		domain_watch_find(control->options.domains, domain, &row) ? row.report : NULL;

	api_json_put_text(one, "state", report ? domain_state_name(report->state) : NULL);
	api_json_put_text(one, "sentence", report ? report->sentence : NULL);
	for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
		api_json_put_text(one, purposes[i], report ? domain_state_name(domain_report_worst(
						   report, purposes[i])) : NULL);
	api_json_put_text(one, "policy",
			  report && report->dmarc.policy_domain
				  ? dmarc_policy_name(report->dmarc.policy)
				  : NULL);
	api_json_put(one, "problems",
		     texts_json(report ? (const char *const *)report->problem : NULL,
				report ? report->problems : 0));
	api_json_put(one, "doubts",
		     texts_json(report ? (const char *const *)report->doubt : NULL,
				report ? report->doubts : 0));
	api_json_put_int(one, "sent_failing", (int64_t)row.sent_failing);
	if (row.failing_unix_ms != 0)
		api_json_put_time(one, "failing_since_at", row.failing_unix_ms);
	else
		api_json_put_null(one, "failing_since_at");
	if (report)
		api_json_put_time(one, "checked_at", report->at_unix_ms);
	else
		api_json_put_null(one, "checked_at");
}
