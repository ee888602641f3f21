/* cli_migrate.h - shared by cli_migrate.c and cli_migrate_show.c only. */
#ifndef RELAYCLI_CLI_MIGRATE_H
#define RELAYCLI_CLI_MIGRATE_H

#include "cli_output.h"

/* cli_migrate_say_way - "shop is in stage trial: 20 % of its mail goes directly, ..." */
void cli_migrate_say_way(const json_t *stream);
/* cli_migrate_show - one stream in full: nothing is cut. */
void cli_migrate_show(const struct cli *cli, const json_t *stream);

#endif
