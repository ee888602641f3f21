/* domain_check.c - see domain_check.h.
 *
 *   records   each at all servers, judged one by one (domain_judge)
 *   SPF       evaluated for each address, as the From domain and as the return-path subdomain
 *   DMARC     the policy that applies, both organisational domains, alignment
 *   words     the report's own sentence, and what to act on
 */
#include "domain/domain_check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "policy/dkim_record.h"
#include "policy/dmarc_walk.h"
#include "domain/domain_judge.h"

#define SOURCES_MAX 16 /* evaluated; a pool of hundreds is mostly one network */
#define PROBLEMS_MAX 32

struct checking {
	const struct domain_check_request *request;
	struct domain_report *report;
	struct arena *arena;
	struct domain_dns *dns;
	struct domain_check_source source[SOURCES_MAX];
	size_t sources;
	struct dmarc_walk walk;
};

/* ---- records ------------------------------------------------------------------------------- */
static void
check_record(struct checking *c, const struct account_record *record)
{
	struct domain_finding *finding = &c->report->finding[c->report->findings++];
	enum resolve_set_type type =
		strcmp(record->type, "MX") == 0 ? RESOLVE_SET_MX : RESOLVE_SET_TXT;

	*finding = (struct domain_finding){
		.purpose = arena_strdup(c->arena, record->purpose),
		.name = arena_strdup(c->arena, record->name),
		.type = arena_strdup(c->arena, record->type),
		.expected = arena_strdup(c->arena, record->value),
		.is_optional = record->is_optional || strcmp(record->purpose, "return_path") == 0,
	};
	finding->answers = domain_dns_ask(c->dns, finding->name, type, &finding->answer);
	for (size_t i = 0; i < finding->answers; i++)
		domain_judge_answer(finding, &finding->answer[i], c->arena);
	domain_judge_finding(finding, c->arena);
}

static struct domain_finding *
find(struct checking *c, const char *purpose, const char *type)
{
	for (size_t i = 0; i < c->report->findings; i++)
		if (strcmp(c->report->finding[i].purpose, purpose) == 0 &&
		    strcmp(c->report->finding[i].type, type) == 0)
			return &c->report->finding[i];
	return NULL;
}

/* warn_of_keys - what a key record says besides the key */
static void
warn_of_keys(struct checking *c, struct domain_finding *finding)
{
	struct dkim_record record;

	if (finding->found == NULL || dkim_record_parse(span_of(finding->found), &record, NULL) < 0)
		return;
	if (record.is_testing)
		domain_judge_warn(finding,
				  "t=y says that the domain is testing DKIM: receivers may "
				  "treat a signature that fails as none. Take it out.");
	if (record.kind == DKIM_RECORD_RSA && record.bits > 0 &&
	    record.bits < DKIM_RECORD_BITS_GOOD)
		domain_judge_warn(finding,
				  arena_printf(c->arena,
					       "the key has %u bits; %u are asked for today.",
					       record.bits, DKIM_RECORD_BITS_GOOD));
}

/* ---- SPF ------------------------------------------------------------------------------------ */
static void
find_sources(struct checking *c)
{
	static const enum resolve_set_type types[] = { RESOLVE_SET_A, RESOLVE_SET_AAAA };
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < c->request->sources && c->sources < SOURCES_MAX; i++)
		c->source[c->sources++] = c->request->source[i];
	for (size_t t = 0; t < 2 && c->request->sources == 0; t++) {
		struct resolve_set set;

		(void)domain_dns_look_up(c->dns, c->request->hostname, types[t], &set);
		for (size_t i = 0; i < set.count && c->sources < SOURCES_MAX; i++) {
			inet_ntop(t == 0 ? AF_INET : AF_INET6, set.record[i].data.p, text,
				  sizeof text);
			c->source[c->sources++] =
				(struct domain_check_source){ arena_strdup(c->arena, text),
							      c->request->hostname };
		}
	}
}

static void
evaluate(struct checking *c, const char *identity, const char *domain,
	 const struct domain_check_source *source)
{
	struct domain_spf *spf = &c->report->spf[c->report->spfs++];
	struct spf_query query = {
		.address = source->address,
		.sender = arena_printf(c->arena, "postmaster@%s", domain),
		.helo = source->helo,
		.now_unix_sec = c->report->at_unix_ms / 1000,
		.wants_explanation = true,
		.lookup = domain_dns_look_up,
		.arg = c->dns,
	};

	*spf = (struct domain_spf){ .identity = identity,
				    .domain = arena_strdup(c->arena, domain),
				    .address = arena_strdup(c->arena, source->address),
				    .helo = arena_strdup(c->arena, source->helo) };
	spf_check(&query, c->arena, &spf->outcome);
}

/* judge_spf - the finding of that record, by what it comes to */
static void
judge_spf(struct checking *c, const char *identity, struct domain_finding *finding)
{
	const char *reason = NULL;

	for (size_t i = 0; i < c->report->spfs && reason == NULL; i++) {
		const struct domain_spf *spf = &c->report->spf[i];
		const struct spf_outcome *outcome = &spf->outcome;

		if (strcmp(spf->identity, identity) != 0 || outcome->result == SPF_PASS ||
		    outcome->result == SPF_NONE)
			continue;
		reason = outcome->problem
				 ? outcome->problem
				 : arena_printf(c->arena, "mail from %s gets %s%s%s%s",
						spf->address, spf_result_name(outcome->result),
						outcome->term ? " (" : "",
						outcome->term ? outcome->term : "",
						outcome->term ? ")" : "");
		if (finding->state == DOMAIN_OK)
			finding->state = outcome->result == SPF_TEMPERROR ? DOMAIN_UNREADABLE
									  : DOMAIN_DIFFERENT;
	}
	domain_judge_words(finding, c->report->domain,
			   finding->state == DOMAIN_SPREADING ? NULL : reason, c->arena);
}

static void
warn_of_cost(struct checking *c, struct domain_finding *finding)
{
	struct spf_query query = {
		.address = c->source[0].address,
		.sender = arena_printf(c->arena, "postmaster@%s", c->report->domain),
		.helo = c->source[0].helo,
		.matches_nothing = true,
		.lookup = domain_dns_look_up,
		.arg = c->dns,
	};
	struct spf_outcome outcome;

	spf_check(&query, c->arena, &outcome);
	c->report->most_lookups = outcome.lookups;
	if (outcome.result == SPF_PERMERROR && finding->state == DOMAIN_OK)
		domain_judge_warn(finding,
				  arena_printf(c->arena,
					       "whoever is not let in early makes it an error: %s.",
					       outcome.problem));
	else if (outcome.lookups >= SPF_LOOKUPS_MAX - 1)
		domain_judge_warn(finding,
				  arena_printf(c->arena,
					       "it uses %u of the %d look-ups that receivers "
					       "make.",
					       outcome.lookups, SPF_LOOKUPS_MAX));
}

static void
check_spf(struct checking *c)
{
	const char *path = arena_printf(c->arena, "%s.%s", ACCOUNT_RETURN_PATH, c->report->domain);
	struct domain_finding *from = find(c, "spf", "TXT"), *back = find(c, "return_path", "TXT");

	find_sources(c);
	c->report->spf = arena_zero(c->arena, (2 * c->sources + 1) * sizeof *c->report->spf);
	for (size_t i = 0; i < c->sources; i++)
		evaluate(c, "from", c->report->domain, &c->source[i]);
	for (size_t i = 0; i < c->sources; i++)
		evaluate(c, "return_path", path, &c->source[i]);
	if (from != NULL)
		judge_spf(c, "from", from);
	if (back != NULL)
		judge_spf(c, "return_path", back);
	if (from == NULL || c->sources == 0)
		return;
	warn_of_cost(c, from);
	if (c->request->sources > SOURCES_MAX)
		domain_judge_warn(from,
				  arena_printf(c->arena,
					       "only the first %d of %zu addresses were tried.",
					       SOURCES_MAX, c->request->sources));
}

/* ---- DMARC ----------------------------------------------------------------------------------- */
static const char *
organisation(struct checking *c, const char *domain)
{
	struct dmarc_walk walk;

	dmarc_walk(domain, domain_dns_look_up, c->dns, &walk);
	return walk.organisation;
}

/* check_reports - who is to get them must agree when it is another organisation */
static void
check_reports(struct checking *c, struct domain_finding *finding, const struct dmarc_record *record)
{
	for (size_t i = 0; i < record->ruas; i++) {
		struct span address = dmarc_record_address(record->rua[i]), host;
		struct resolve_set set;
		const char *name, *to;
		bool is_agreed = false;

		(void)span_cut(address, '@', &host);
		if (host.n == 0)
			continue;
		to = arena_span(c->arena, host);
		if (dmarc_is_aligned(to, organisation(c, to), c->report->domain,
				     c->walk.organisation, false))
			continue;
		name = arena_printf(c->arena, "%s._report._dmarc.%s", c->report->domain, to);
		(void)domain_dns_look_up(c->dns, name, RESOLVE_SET_TXT, &set);
		for (size_t k = 0; k < set.count; k++)
			is_agreed |= dmarc_record_is(set.record[k].data);
		if (!is_agreed && set.status != RESOLVE_FAILED)
			domain_judge_warn(
				finding,
				arena_printf(c->arena,
					     "%s does not agree to get its reports: %s TXT "
					     "\"v=DMARC1\" is missing, nobody will send any.",
					     to, name));
	}
	if (record->ruas == 0)
		domain_judge_warn(finding,
				  "there is no rua=: nobody reports who sends as the domain.");
}

static void
warn_of_policy(struct checking *c, struct domain_finding *finding)
{
	const struct dmarc_record *record = &c->walk.policy_step->record;
	char text[256];

	for (size_t i = 0; i < record->faults; i++)
		domain_judge_warn(finding, arena_printf(c->arena, "%s.",
							dmarc_fault_text(&record->fault[i], text,
									 sizeof text)));
	check_reports(c, finding, record);
}

/* is_key_in_place - a key that signs (not one that is next, or was before), seen by receivers; RSA,
 * for few of them verify Ed25519 */
static bool
is_key_in_place(const struct domain_report *report)
{
	struct dkim_record key;

	for (size_t i = 0; i < report->findings; i++) {
		const struct domain_finding *finding = &report->finding[i];

		if (strcmp(finding->purpose, "dkim") == 0 && !finding->is_optional &&
		    finding->state == DOMAIN_OK &&
		    dkim_record_parse(span_of(finding->expected), &key, NULL) == 0 &&
		    key.kind == DKIM_RECORD_RSA)
			return true;
	}
	return false;
}

static bool
is_spf_passing(const struct domain_report *report)
{
	bool any = false;

	for (size_t i = 0; i < report->spfs; i++) {
		if (strcmp(report->spf[i].identity, "from") != 0)
			continue;
		if (report->spf[i].outcome.result != SPF_PASS)
			return false;
		any = true;
	}
	return any;
}

static void
keep_policy(struct checking *c)
{
	struct domain_dmarc *dmarc = &c->report->dmarc;
	const struct dmarc_step *step = c->walk.policy_step;

	if (step == NULL)
		return;
	(void)dmarc_walk_policy(&c->walk, true, &dmarc->policy);
	dmarc->policy_domain = arena_strdup(c->arena, step->domain);
	dmarc->record = arena_span(c->arena, step->text);
	dmarc->is_testing = step->record.is_testing;
	dmarc->is_dkim_strict = step->record.is_dkim_strict;
	dmarc->is_spf_strict = step->record.is_spf_strict;
}

static void
check_dmarc(struct checking *c)
{
	struct domain_report *report = c->report;
	struct domain_dmarc *dmarc = &report->dmarc;
	struct domain_finding *finding = find(c, "dmarc", "TXT");

	dmarc_walk(report->domain, domain_dns_look_up, c->dns, &c->walk);
	dmarc->organisation = c->walk.organisation;
	dmarc->why = c->walk.why;
	if (c->request->suffixes != NULL)
		dmarc->organisation_by_list =
			arena_strdup(c->arena, dmarc_suffixes_organisation(c->request->suffixes,
									   report->domain));
	keep_policy(c);
	/* d= and the sender are the domain itself: aligned however strict */
	dmarc->is_dkim_passing = is_key_in_place(report);
	dmarc->is_spf_passing = is_spf_passing(report);
	dmarc->is_return_path_aligned = !dmarc->is_spf_strict;
	if (finding == NULL)
		return;
	if (finding->state == DOMAIN_MISSING && c->walk.policy_step != NULL &&
	    c->walk.policy_step->domain != report->domain) {
		finding->state = DOMAIN_OK;
		finding->is_inherited = true;
		finding->found = dmarc->record;
	}
	domain_judge_words(finding, report->domain, NULL, c->arena);
	if (finding->is_inherited)
		finding->sentence =
			arena_printf(c->arena, "The DMARC record of %s counts for %s too.",
				     dmarc->policy_domain, report->domain);
	if (c->walk.policy_step != NULL)
		warn_of_policy(c, finding);
	if (dmarc->organisation_by_list != NULL && dmarc->policy_domain != NULL &&
	    strcmp(dmarc->organisation_by_list, dmarc->organisation) != 0)
		domain_judge_warn(finding,
				  arena_printf(c->arena,
					       "receivers differ about its organisation: %s by RFC "
					       "9989, %s by the public suffix list.",
					       dmarc->organisation, dmarc->organisation_by_list));
}

/* ---- words ------------------------------------------------------------------------------------
 */
static void
add_problem(struct checking *c, const char *text)
{
	if (c->report->problems < PROBLEMS_MAX)
		c->report->problem[c->report->problems++] = text;
}

/* add_verdict - what becomes of mail when neither of the two passes */
static void
add_verdict(struct checking *c)
{
	const struct domain_dmarc *dmarc = &c->report->dmarc;
	static const char *const effects[DMARC_POLICY_COUNT] = {
		[DMARC_NONE] =
			"it asks for nothing (p=none), but Gmail and others refuse or junk it",
		[DMARC_QUARANTINE] = "it asks for quarantine: the mail goes to spam folders",
		[DMARC_REJECT] = "it asks for reject: Gmail and most others will refuse the mail",
	};

	if (dmarc->is_dkim_passing || dmarc->is_spf_passing)
		return;
	c->report->verdict =
		dmarc->policy_domain == NULL
			? "Mail from it passes neither SPF nor DKIM: Gmail, Yahoo and Outlook "
			  "refuse it or put it into spam folders."
			: arena_printf(
				  c->arena,
				  "Mail from it fails DMARC, since neither SPF nor DKIM passes; as "
				  "for the policy of %s, %s.",
				  dmarc->policy_domain, effects[dmarc->policy]);
	add_problem(c, c->report->verdict);
}

static void
conclude(struct checking *c)
{
	struct domain_report *report = c->report;
	size_t bad = 0, required = 0;
	const struct domain_finding *first = NULL;

	report->problem = arena_alloc(c->arena, PROBLEMS_MAX * sizeof *report->problem);
	add_verdict(c);
	for (size_t i = 0; i < report->findings; i++) {
		const struct domain_finding *finding = &report->finding[i];

		if (finding->is_optional)
			continue;
		required++;
		if (finding->state == DOMAIN_OK)
			continue;
		add_problem(c, finding->sentence);
		bad++;
		if (finding->state > report->state)
			report->state = finding->state;
		if (first == NULL || finding->state > first->state)
			first = finding;
	}
	if (bad == 0)
		report->sentence = arena_printf(
			c->arena, "Yes. %s is ready: all %zu records that mail needs are right%s.",
			report->domain, required,
			report->dmarc.is_dkim_passing && report->dmarc.is_spf_passing
				? ", and it passes DMARC by SPF and by DKIM"
				: "");
	else
		report->sentence = arena_printf(
			c->arena,
			"%s %zu of the %zu records of %s that mail needs %s not right. %s",
			report->state == DOMAIN_SPREADING    ? "Not yet."
			: report->state == DOMAIN_UNREADABLE ? "Unknown."
							     : "No.",
			bad, required, report->domain, bad == 1 ? "is" : "are", first->sentence);
}

static struct domain_report *
finish(struct checking *c, int64_t started_mono_ms)
{
	domain_dns_free(&c->dns);
	c->report->took_ms = clock_mono_ms() - started_mono_ms;
	return c->report;
}

struct domain_report *
domain_check_run(const struct domain_check_request *request)
{
	struct arena *arena = arena_new(16384);
	struct checking *c = arena_zero(arena, sizeof *c);
	int64_t started_mono_ms = clock_mono_ms();

	c->request = request;
	c->arena = arena;
	c->report = arena_zero(arena, sizeof *c->report);
	c->report->arena = arena;
	c->report->domain = arena_strdup(arena, request->domain);
	c->report->at_unix_ms = clock_unix_ms();
	c->report->finding = arena_zero(arena, (request->records + 1) * sizeof *c->report->finding);
	c->dns = domain_dns_new(&request->dns, arena);
	for (size_t i = 0; i < request->records; i++)
		check_record(c, &request->record[i]);
	if (request->has_records_only)
		return finish(c, started_mono_ms);
	check_spf(c);
	for (size_t i = 0; i < c->report->findings; i++) {
		struct domain_finding *finding = &c->report->finding[i];

		if (finding->sentence == NULL)
			domain_judge_words(finding, c->report->domain, NULL, arena);
		if (strcmp(finding->purpose, "dkim") == 0)
			warn_of_keys(c, finding);
	}
	check_dmarc(c);
	conclude(c);
	return finish(c, started_mono_ms);
}
