/* command_flags.h - rows of command.c's table that stand in command_flags.c. Each ends with one
 * without a name. */
#ifndef COMMAND_COMMAND_FLAGS_H
#define COMMAND_COMMAND_FLAGS_H

#include "command/command.h"

extern const struct command_flag command_flags_throttle_list[];
extern const struct command_flag command_flags_throttle_set[];
extern const struct command_flag command_flags_pool_ip[];
extern const struct command_flag command_flags_pool_warmup[];
extern const struct command_flag command_flags_migrate[];
extern const struct command_flag command_flags_create[];
extern const struct command_flag command_flags_revoke[];
extern const struct command_flag command_flags_compromised[];
extern const struct command_flag command_flags_sent[];
extern const struct command_flag command_flags_test[];
extern const struct command_flag command_flags_rotate[];
extern const struct command_flag command_flags_records[];
extern const struct command_flag command_flags_domain_add[];
extern const struct command_flag command_flags_dkim_rotate[];
extern const struct command_flag command_flags_dkim_export[];
extern const struct command_flag command_flags_dkim_remove[];
extern const struct command_flag command_flags_domain_check[];
extern const struct command_flag command_flags_check[];
extern const struct command_flag command_flags_doctor[];
extern const struct command_flag command_flags_audit[];

#endif
