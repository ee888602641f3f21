/* domain_check.c - see domain_check.h.
 *
 *   records   each at all servers, judged one by one (domain_judge)
 *   SPF       evaluated for each address, as the From domain and as the return-path subdomain
 *   DMARC     the policy that applies, both organisational domains, alignment
 *   words     of the whole (domain_conclude)
 */
#include "domain/domain_check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "policy/dkim_record.h"
#include "policy/dmarc_walk.h"
#include "domain/domain_conclude.h"
#include "domain/domain_judge.h"

#define SOURCES_MAX 16 /* evaluated; a pool of hundreds is mostly one network */
#define ANSWERS_MAX 16

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
/* find_hostname - its addresses that others may see. Returns why there is none, or NULL. */
static const char *
find_hostname(struct checking *c)
{
	static const enum resolve_set_type types[] = { RESOLVE_SET_A, RESOLVE_SET_AAAA };
	const char *host = c->request->hostname, *why = NULL;
	char text[INET6_ADDRSTRLEN];

	for (size_t t = 0; t < 2; t++) {
		struct resolve_set set;

		(void)domain_dns_look_up(c->dns, host, types[t], &set);
		if (set.status == RESOLVE_FAILED && why == NULL)
			why = arena_printf(c->arena, "the DNS does not answer for %s", host);
		for (size_t i = 0; i < set.count && c->sources < SOURCES_MAX; i++) {
			inet_ntop(t == 0 ? AF_INET : AF_INET6, set.record[i].data.p, text,
				  sizeof text);
			if (account_records_is_public(text))
				c->source[c->sources++] =
					(struct domain_check_source){ arena_strdup(c->arena, text),
								      host };
			else
				why = arena_printf(c->arena, "the address of %s is private (%s)",
						   host, text);
		}
	}
	if (c->sources > 0)
		return NULL;
	return why ? why : arena_printf(c->arena, "%s has no address in the DNS", host);
}

static void
find_sources(struct checking *c)
{
	const char *hidden = c->request->hidden, *why;

	for (size_t i = 0; i < c->request->sources && c->sources < SOURCES_MAX; i++)
		c->source[c->sources++] = c->request->source[i];
	if (c->sources > 0 || (why = find_hostname(c)) == NULL)
		return;
	c->report->spf_why = arena_printf(
		c->arena,
		"SPF could not be evaluated: %s%s, and %s. Publish an A or AAAA record of %s with "
		"the address that receivers see mail come from.",
		hidden ? "mail leaves by " : "relayd.conf names no address that mail leaves by",
		hidden ? arena_printf(c->arena, "%s, which is private", hidden) : "", why,
		c->request->hostname);
}

/* struct served - a look-up as one server has the record that is judged */
struct served {
	struct domain_dns *dns;
	const char *name;
	const struct resolve_set *set;
};

static bool
look_up_served(void *arg, const char *name, enum resolve_set_type type, struct resolve_set *out)
{
	const struct served *served = arg;

	if (type != RESOLVE_SET_TXT || strcmp(name, served->name) != 0)
		return domain_dns_look_up(served->dns, name, type, out);
	*out = *served->set;
	return true;
}

static struct spf_query
query_for(struct checking *c, const char *domain, const struct domain_check_source *source)
{
	return (struct spf_query){
		.address = source->address,
		.sender = arena_printf(c->arena, "postmaster@%s", domain),
		.helo = source->helo,
		.now_unix_sec = c->report->at_unix_ms / 1000,
		.lookup = domain_dns_look_up,
		.arg = c->dns,
	};
}

static void
evaluate(struct checking *c, const char *identity, const char *domain,
	 const struct domain_check_source *source)
{
	struct domain_spf *spf = &c->report->spf[c->report->spfs++];
	struct spf_query query = query_for(c, domain, source);

	query.wants_explanation = true;
	*spf = (struct domain_spf){ .identity = identity,
				    .domain = arena_strdup(c->arena, domain),
				    .address = arena_strdup(c->arena, source->address),
				    .helo = arena_strdup(c->arena, source->helo) };
	spf_check(&query, c->arena, &spf->outcome);
}

/* weigh - does the record, as this server has it, let in every address that mail leaves by? */
static void
weigh(struct checking *c, const struct domain_finding *finding, struct domain_answer *answer)
{
	struct served served = { c->dns, finding->name, &answer->set };

	for (size_t i = 0; i < c->sources && answer->state == DOMAIN_OK; i++) {
		struct spf_query query = query_for(c, finding->name, &c->source[i]);
		struct spf_outcome outcome;

		query.lookup = look_up_served;
		query.arg = &served;
		spf_check(&query, c->arena, &outcome);
		if (outcome.result == SPF_PASS)
			continue;
		answer->state =
			outcome.result == SPF_TEMPERROR ? DOMAIN_UNREADABLE : DOMAIN_DIFFERENT;
		answer->reason = outcome.problem
					 ? outcome.problem
					 : arena_printf(c->arena, "mail from %s gets %s%s%s%s",
							c->source[i].address,
							spf_result_name(outcome.result),
							outcome.term ? " (" : "",
							outcome.term ? outcome.term : "",
							outcome.term ? ")" : "");
	}
}

/* judge_spf - server by server: a record of the right form may still turn our mail away */
static void
judge_spf(struct checking *c, struct domain_finding *finding)
{
	const char *text[ANSWERS_MAX];

	for (size_t i = 0; i < finding->answers && i < ANSWERS_MAX; i++) {
		struct domain_answer *answer = &finding->answer[i];
		size_t k = 0;

		text[i] = NULL;
		if (answer->state != DOMAIN_OK)
			continue;
		text[i] = domain_judge_text(finding, &answer->set, c->arena);
		while (k < i && (text[k] == NULL || strcmp(text[k], text[i]) != 0))
			k++;
		if (k == i) {
			weigh(c, finding, answer);
		} else {
			answer->state = finding->answer[k].state;
			answer->reason = finding->answer[k].reason;
		}
	}
	domain_judge_finding(finding, c->arena);
	domain_judge_words(finding, c->report->domain, NULL, c->arena);
}

/* warn_of_strangers - what anybody gets by it, and what it costs receivers to find out */
static void
warn_of_strangers(struct checking *c, struct domain_finding *finding)
{
	static const struct domain_check_source anybody = { "192.0.2.1", "anybody.invalid" };
	struct spf_query query =
		query_for(c, finding->name, c->sources > 0 ? &c->source[0] : &anybody);
	struct spf_outcome outcome;

	query.matches_nothing = true;
	spf_check(&query, c->arena, &outcome);
	if (strcmp(finding->purpose, "spf") == 0)
		c->report->most_lookups = outcome.lookups;
	if (outcome.result == SPF_PASS) {
		const char *open = arena_printf(
			c->arena,
			"anybody may send as %s: its SPF record lets every address in%s%s%s",
			finding->name, outcome.term ? " (" : "", outcome.term ? outcome.term : "",
			outcome.term ? ")" : "");

		domain_judge_warn(finding, arena_printf(c->arena, "%s.", open));
		if (c->report->open_to == NULL)
			c->report->open_to = open;
	} else if (outcome.result == SPF_NEUTRAL) {
		domain_judge_warn(finding, "it says nothing about other addresses (no ~all or -all "
					   "at its end): they get neutral.");
	} else if (outcome.result == SPF_PERMERROR && finding->state == DOMAIN_OK) {
		domain_judge_warn(finding,
				  arena_printf(c->arena,
					       "whoever is not let in early makes it an error: %s.",
					       outcome.problem));
	}
	if (outcome.result != SPF_PERMERROR && outcome.lookups >= SPF_LOOKUPS_MAX - 1)
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
	for (size_t i = 0; i < 2; i++) {
		struct domain_finding *finding = i == 0 ? from : back;

		if (finding == NULL)
			continue;
		judge_spf(c, finding);
		if (finding->state != DOMAIN_MISSING && finding->state != DOMAIN_UNREADABLE)
			warn_of_strangers(c, finding);
	}
	if (from != NULL && c->request->sources > SOURCES_MAX)
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
		domain_judge_warn(finding, arena_printf(c->arena, "%s%s.",
							dmarc_fault_text(&record->fault[i], text,
									 sizeof text),
							record->fault[i].kind == DMARC_FAULT_VALUE
								? "; receivers ignore that tag"
								: ""));
	check_reports(c, finding, record);
}

/* judge_signatures - by a key that signs (not one that is next, or was before), seen by receivers;
 * RSA, for few of them verify Ed25519 */
static void
judge_signatures(struct domain_report *report)
{
	struct dkim_record key;

	report->dmarc.is_dkim_certain = true;
	for (size_t i = 0; i < report->findings; i++) {
		const struct domain_finding *finding = &report->finding[i];

		if (strcmp(finding->purpose, "dkim") != 0 || finding->is_optional ||
		    dkim_record_parse(span_of(finding->expected), &key, NULL) < 0 ||
		    key.kind != DKIM_RECORD_RSA)
			continue;
		if (finding->state == DOMAIN_OK)
			report->dmarc.is_dkim_passing = true;
		else if (finding->state == DOMAIN_UNREADABLE || finding->state == DOMAIN_SPREADING)
			report->dmarc.is_dkim_certain = false;
	}
	report->dmarc.is_dkim_certain |= report->dmarc.is_dkim_passing;
}

/* judge_senders - SPF of every address as the From domain */
static void
judge_senders(struct domain_report *report, const struct domain_finding *finding)
{
	bool any = false, all = true;

	for (size_t i = 0; i < report->spfs; i++) {
		if (strcmp(report->spf[i].identity, "from") != 0)
			continue;
		all &= report->spf[i].outcome.result == SPF_PASS;
		any = true;
	}
	report->dmarc.is_spf_passing = any && all;
	report->dmarc.is_spf_certain = report->dmarc.is_spf_passing || finding == NULL ||
				       finding->state == DOMAIN_MISSING ||
				       finding->state == DOMAIN_DIFFERENT;
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
	judge_signatures(report);
	judge_senders(report, find(c, "spf", "TXT"));
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
	domain_conclude(c->report);
	return finish(c, started_mono_ms);
}
