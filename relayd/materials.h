/* materials.h - what a configuration names and somebody has to open: certificates, keys,
 * rules. Thread: main. */
#ifndef RELAYD_MATERIALS_H
#define RELAYD_MATERIALS_H

#include "base/err.h"
#include "config.h"
#include "loop/tls.h"
#include "verdict/verdict_rules.h"

/* Each returns owned, or NULL with a reason that names file and line where there is one. */
struct tls_server *materials_certificates(const struct config *config, struct err *err);
/* materials_identities - who we are towards servers, by source address. */
struct tls_client *materials_identities(const struct config *config, struct err *err);
/* materials_rules - what replies mean: the operator's files, then what we ship. */
struct verdict_rules *materials_rules(const struct config *config, struct err *err);

/* materials_check - what config_load cannot see: can all of it be read? */
int materials_check(const struct config *config, struct err *err);
/* materials_check_keys - do the DKIM keys that lie in the store open with the master key that is
 * named? err INPUT: no, relayd would not start; another kind: nobody can tell here,
 * as when the key may come as a systemd credential. */
int materials_check_keys(const struct config *config, struct err *err);

#endif
