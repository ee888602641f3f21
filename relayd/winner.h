/* winner.h - which provider and which reply rules mail for a domain gets, and why:
 * what `relayd --check --domain` prints. Asks the name servers of the file that is
 * checked, so that a file can be tried before relayd runs with it. Thread: main. */
#ifndef RELAYD_WINNER_H
#define RELAYD_WINNER_H

#include "base/err.h"
#include "config.h"

/* winner_print - one JSON object, relay.config.check/1, to stdout. domain: looked up;
 * or NULL and mx: the name of an MX host as it is, without DNS. Waits for at most
 * half a minute. -1: nothing printed (err INPUT: no such domain; TEMP: no answer). */
int winner_print(const struct config *config, const char *domain, const char *mx,
                 struct err *err);

#endif
