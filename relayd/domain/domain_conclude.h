/* domain_conclude.h - from all that was found to the sentences about the whole: what becomes of
 * mail, what could not be asked, what to act on. Pure. Thread: any. */
#ifndef DOMAIN_DOMAIN_CONCLUDE_H
#define DOMAIN_DOMAIN_CONCLUDE_H

#include "domain/domain_report.h"

/* domain_conclude - state, sentence, verdict, problems and doubts, from findings, spf and dmarc;
 * texts are the report's arena's. */
void domain_conclude(struct domain_report *report);

#endif
