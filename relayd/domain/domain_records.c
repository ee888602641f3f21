/* domain_records.c - see domain_records.h. */
#include "domain/domain_records.h"

int
domain_records_list(const struct config *config, const struct account_domain *domain,
		    struct arena *arena, struct account_record **records_out, struct err *err)
{
	struct account_records_facts facts = { .hostname = config->hostname,
					       .reports_to = config->domain_check.reports_to };

	facts.address = config_addresses(config, arena, &facts.addresses);
	return account_records_list(domain, &facts, arena, records_out, err);
}

size_t
domain_records_sources(const struct config *config, struct arena *arena,
		       const struct domain_check_source **sources_out, const char **hidden_out)
{
	size_t addresses, count = 0;
	const char *const *address = config_addresses(config, arena, &addresses);
	struct domain_check_source *source = arena_alloc(arena, (addresses + 1) * sizeof *source);

	for (size_t i = 0; i < addresses; i++)
		if (account_records_is_public(address[i]))
			source[count++] = (struct domain_check_source){
				arena_strdup(arena, address[i]),
				arena_strdup(arena, config_ehlo(config, address[i])),
			};
	*hidden_out = count == 0 && addresses > 0 ? arena_strdup(arena, address[0]) : NULL;
	*sources_out = source;
	return count;
}

void
domain_records_servers(const struct config *config, struct arena *arena,
		       struct domain_dns_options *dns)
{
	bool has_own = config->domain_check.resolvers > 0;
	const char **from = has_own ? config->domain_check.resolver : config->dns.nameserver;
	size_t count = has_own ? config->domain_check.resolvers : config->dns.nameservers;
	const char **copy = arena_alloc(arena, (count + 1) * sizeof *copy);

	for (size_t i = 0; i < count; i++)
		copy[i] = arena_strdup(arena, from[i]);
	dns->resolver = copy;
	dns->resolvers = count;
	dns->port = config->domain_check.port;
	dns->timeout_ms = config->domain_check.timeout_ms;
}
