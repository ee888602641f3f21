/* domain_records.h - what to publish for a domain, and where its mail comes from, by a
 * configuration. Pure. Thread: any. */
#ifndef DOMAIN_DOMAIN_RECORDS_H
#define DOMAIN_DOMAIN_RECORDS_H

#include "account/account_records.h"
#include "config.h"
#include "domain/domain_check.h"

/* domain_records_list - as account_records_list, with the configuration's facts. */
int domain_records_list(const struct config *config, const struct account_domain *domain,
			struct arena *arena, struct account_record **records_out, struct err *err);
/* domain_records_sources - addresses that others see mail come from, and how each greets; copies in
 * arena. None: they are private (*hidden_out is one) or the system's choice (NULL), then it is the
 * hostname's. */
size_t domain_records_sources(const struct config *config, struct arena *arena,
			      const struct domain_check_source **sources_out,
			      const char **hidden_out);
/* domain_records_servers - whom to ask, how long; copies in arena. */
void domain_records_servers(const struct config *config, struct arena *arena,
			    struct domain_dns_options *dns);

#endif
