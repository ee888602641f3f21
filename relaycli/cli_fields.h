/* cli_fields.h - --fields a,b for objects and lists in every form. One thread. */
#ifndef RELAYCLI_CLI_FIELDS_H
#define RELAYCLI_CLI_FIELDS_H

#include "cli.h"

#define CLI_FIELDS_MAX 24

/* cli_fields_keep - the object with only the wanted keys, in their order. New
 * reference; NULL: one of them is not there, which was said with those there are. */
json_t *cli_fields_keep(struct cli *cli, const json_t *object);
/* cli_fields_keep_some - those of the wanted keys that it has. New reference. */
json_t *cli_fields_keep_some(const struct cli *cli, const json_t *object);
/* cli_fields_keep_result - the same for a whole answer: of its items, of itself,
 * or of the one object that it is about; its schema stays. */
json_t *cli_fields_keep_result(struct cli *cli, const json_t *result);
/* cli_fields_check - each wanted key is in one of the items; true without items.
 * false: said. */
bool cli_fields_check(struct cli *cli, const json_t *items);
/* cli_fields_refuse - say that there is no such field, but `names`. */
void cli_fields_refuse(struct cli *cli, struct span name, const char *names);

#endif
