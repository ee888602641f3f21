/* domain_check.h - everything about a sending domain's DNS, once: each record at each server, SPF
 * for each address, DMARC for what the relay will send. Waits for answers: the check's thread. */
#ifndef DOMAIN_DOMAIN_CHECK_H
#define DOMAIN_DOMAIN_CHECK_H

#include "account/account_records.h"
#include "policy/dmarc_suffix.h"
#include "domain/domain_dns.h"
#include "domain/domain_report.h"

struct domain_check_source {
	const char *address, *helo;
};

struct domain_check_request { /* borrowed */
	const char *domain, *hostname;
	const struct account_record *record;
	size_t records;
	bool has_records_only; /* the records are looked up and judged; no SPF, DMARC, verdict */
	const struct domain_check_source *source; /* that mail leaves by, as others see them;
						   * none: the hostname's addresses */
	size_t sources;
	const char *hidden; /* one that they do not see (private), when there are no sources; NULL:
			     * the system chooses */
	const struct dmarc_suffixes *suffixes; /* NULL: there is no list */
	struct domain_dns_options dns;
};

/* domain_check_run - Returns owned. */
struct domain_report *domain_check_run(const struct domain_check_request *request);

#endif
