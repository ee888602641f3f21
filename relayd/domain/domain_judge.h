/* domain_judge.h - what servers said about a record, put beside what is wanted, and what it means
 * for mail. Pure. Thread: any. */
#ifndef DOMAIN_DOMAIN_JUDGE_H
#define DOMAIN_DOMAIN_JUDGE_H

#include "base/arena.h"
#include "domain/domain_report.h"

/* domain_judge_answer - fills in state and reason of one answer; finding has purpose, name and
 * expected. Of SPF only the record's form is judged here: domain_check evaluates it. */
void domain_judge_answer(const struct domain_finding *finding, struct domain_answer *answer,
			 struct arena *arena);
/* domain_judge_finding - state and found of the whole, from the states of its answers. */
void domain_judge_finding(struct domain_finding *finding, struct arena *arena);
/* domain_judge_words - sentence, effect and to do, from state and found. reason: why it is
 * DIFFERENT, or NULL for what an answer said. */
void domain_judge_words(struct domain_finding *finding, const char *domain, const char *reason,
			struct arena *arena);
/* domain_judge_text - the record of the set that counts for the finding, as text; NULL: none. */
const char *domain_judge_text(const struct domain_finding *finding, const struct resolve_set *set,
			      struct arena *arena);
void domain_judge_warn(struct domain_finding *finding, const char *text);

#endif
