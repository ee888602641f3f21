/* domain_answer.c - domain_check_run() as a filter: one JSON request a line in, one JSON report a
 * line out, so that hundreds of zones can be tried without a relay for each.
 *
 *   {"domain":"v1.example","hostname":"relay.example","records":[{"purpose","name","type","value",
 *    "optional"}],"sources":[["192.0.2.10","relay.example"]],"resolvers":["127.0.0.1:5300"],
 *    "hidden":"10.0.0.5","port":5301,"timeout_ms":500,"budget_ms":20000}
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "domain/domain_check.h"

#define ROWS_MAX 32

struct request {
	struct domain_check_request check;
	struct account_record record[ROWS_MAX];
	struct domain_check_source source[ROWS_MAX];
	const char *resolver[ROWS_MAX];
};

static const char *
text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void
read_request(const json_t *one, struct request *request)
{
	const json_t *records = json_object_get(one, "records"), *item;
	const json_t *sources = json_object_get(one, "sources");
	const json_t *resolvers = json_object_get(one, "resolvers");
	struct domain_check_request *check = &request->check;
	size_t i;

	must(json_array_size(records) <= ROWS_MAX && json_array_size(sources) <= ROWS_MAX &&
	     json_array_size(resolvers) <= ROWS_MAX);
	json_array_foreach(records, i, item)
	{
		request->record[i] = (struct account_record){
			.purpose = text(item, "purpose"),
			.name = text(item, "name"),
			.type = text(item, "type"),
			.value = text(item, "value"),
			.is_optional = json_is_true(json_object_get(item, "optional")),
		};
	}
	json_array_foreach(sources, i, item)
	{
		request->source[i].address = json_string_value(json_array_get(item, 0));
		request->source[i].helo = json_string_value(json_array_get(item, 1));
	}
	json_array_foreach(resolvers, i, item)
	{
		request->resolver[i] = json_string_value(item);
	}
	check->domain = text(one, "domain");
	check->hostname = text(one, "hostname");
	check->record = request->record;
	check->records = json_array_size(records);
	check->source = request->source;
	check->sources = json_array_size(sources);
	check->hidden = text(one, "hidden");
	check->dns.resolver = request->resolver;
	check->dns.resolvers = json_array_size(resolvers);
	check->dns.port = (uint16_t)json_integer_value(json_object_get(one, "port"));
	check->dns.timeout_ms = json_integer_value(json_object_get(one, "timeout_ms"));
	check->dns.deadline_mono_ms =
		clock_mono_ms() + json_integer_value(json_object_get(one, "budget_ms"));
	check->dns.stop_fd = -1;
}

static json_t *
texts(const char *const *one, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(one[i]));
	return list;
}

static json_t *
answers(const struct domain_finding *finding)
{
	json_t *list = json_array();

	for (size_t i = 0; i < finding->answers; i++) {
		const struct domain_answer *answer = &finding->answer[i];

		json_array_append_new(list,
				      json_pack("{s:s,s:b,s:s,s:s?,s:i}", "server", answer->server,
						"own", answer->is_own, "state",
						domain_state_name(answer->state), "reason",
						answer->reason, "records", (int)answer->set.count));
	}
	return list;
}

static json_t *
findings(const struct domain_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->findings; i++) {
		const struct domain_finding *finding = &report->finding[i];
		json_t *one = json_pack(
			"{s:s,s:s,s:s,s:s,s:s,s:s?,s:s?,s:s?,s:o,s:b,s:o,s:o}", "purpose",
			finding->purpose, "name", finding->name, "type", finding->type, "state",
			domain_state_name(finding->state), "sentence", finding->sentence, "effect",
			finding->effect, "todo", finding->todo, "found", finding->found,
			"found_all", texts(finding->every, finding->everys), "inherited",
			finding->is_inherited, "warnings",
			texts(finding->warning, finding->warnings), "answers", answers(finding));

		must(one != NULL);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
spf(const struct domain_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->spfs; i++) {
		const struct domain_spf *one = &report->spf[i];

		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:s,s:i,s:s?}", "identity", one->identity,
						"address", one->address, "result",
						spf_result_name(one->outcome.result), "lookups",
						(int)one->outcome.lookups, "problem",
						one->outcome.problem));
	}
	return list;
}

static void
answer(const json_t *one)
{
	static struct dmarc_suffixes *suffixes;
	struct request request = { .check = { 0 } };
	struct domain_report *report;
	json_t *result;

	if (suffixes == NULL)
		suffixes = dmarc_suffixes_new(NULL);
	read_request(one, &request);
	request.check.suffixes = suffixes;
	report = domain_check_run(&request.check);
	result = json_pack(
		"{s:s,s:s,s:s,s:s?,s:b,s:o,s:i,s:o,s:o,s:s?,s:s?,s:s,s:b,s:b}", "domain",
		report->domain, "state", domain_state_name(report->state), "sentence",
		report->sentence, "verdict", report->verdict, "certain", report->is_verdict_certain,
		"doubts", texts((const char *const *)report->doubt, report->doubts), "took_ms",
		(int)report->took_ms, "records", findings(report), "spf", spf(report),
		"policy_domain", report->dmarc.policy_domain, "policy",
		report->dmarc.policy_domain ? dmarc_policy_name(report->dmarc.policy) : NULL,
		"organisation", report->dmarc.organisation, "dkim_passes",
		report->dmarc.is_dkim_passing, "spf_passes", report->dmarc.is_spf_passing);
	must(result != NULL);
	json_dumpf(result, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(result);
	domain_report_free(&report);
}

int
main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, stdin)) > 0) {
		json_error_t error;
		json_t *one = json_loadb(line, (size_t)n, 0, &error);

		if (one == NULL) {
			fprintf(stderr, "domain_answer: %s\n", error.text);
			return 1;
		}
		answer(one);
		json_decref(one);
	}
	free(line);
	return 0;
}
