/* cli_nouns.h - the commands that are more than "ask and print a table". Each
 * returns its exit code. */
#ifndef RELAYCLI_CLI_NOUNS_H
#define RELAYCLI_CLI_NOUNS_H

#include "cli.h"

int cli_status(struct cli *cli, const struct command_line *line);
int cli_doctor(struct cli *cli, const struct command_line *line);
int cli_version(struct cli *cli, const struct command_line *line);
int cli_find(struct cli *cli, const struct command_line *line);
int cli_message_show(struct cli *cli, const struct command_line *line);
int cli_message_act(struct cli *cli, const struct command_line *line);  /* retry, bounce, cancel */
int cli_log_export(struct cli *cli, const struct command_line *line);
int cli_log_tail(struct cli *cli, const struct command_line *line);
int cli_queue_show(struct cli *cli, const struct command_line *line);
int cli_queue_ages(struct cli *cli, const struct command_line *line);
int cli_queue_act(struct cli *cli, const struct command_line *line);    /* hold, release, flush */
int cli_queue_move(struct cli *cli, const struct command_line *line);
int cli_queue_bounce(struct cli *cli, const struct command_line *line);
/* cli_credential_confirm - before rotate, retire, revoke, compromised; as cli_confirm. */
int cli_credential_confirm(struct cli *cli, const struct command_line *line);
int cli_credential_show(struct cli *cli, const struct command_line *line);
int cli_credential_secret(struct cli *cli, const struct command_line *line); /* create, rotate */
int cli_suppression_list(struct cli *cli, const struct command_line *line);
int cli_suppression_check(struct cli *cli, const struct command_line *line);
int cli_suppression_add(struct cli *cli, const struct command_line *line);
int cli_suppression_remove(struct cli *cli, const struct command_line *line);
int cli_suppression_import(struct cli *cli, const struct command_line *line);
int cli_suppression_export(struct cli *cli, const struct command_line *line);
int cli_throttle_list(struct cli *cli, const struct command_line *line);
int cli_throttle_show(struct cli *cli, const struct command_line *line);
int cli_throttle_history(struct cli *cli, const struct command_line *line);
int cli_throttle_set(struct cli *cli, const struct command_line *line);
int cli_pool_list(struct cli *cli, const struct command_line *line);
int cli_pool_show(struct cli *cli, const struct command_line *line);
int cli_pool_ip(struct cli *cli, const struct command_line *line);
int cli_pool_warmup(struct cli *cli, const struct command_line *line);
int cli_pool_check(struct cli *cli, const struct command_line *line);
int cli_migrate_status(struct cli *cli, const struct command_line *line);
int cli_migrate_plan(struct cli *cli, const struct command_line *line);
int cli_evidence(struct cli *cli, const struct command_line *line);           /* migrate evidence */
int cli_migrate_set(struct cli *cli, const struct command_line *line);        /* stage, canary */
int cli_throttle_clear(struct cli *cli, const struct command_line *line);
int cli_credential_limit(struct cli *cli, const struct command_line *line);
int cli_credential_sent(struct cli *cli, const struct command_line *line);
int cli_credential_compromised(struct cli *cli, const struct command_line *line);
int cli_credential_test(struct cli *cli, const struct command_line *line);
int cli_credential_end(struct cli *cli, const struct command_line *line);    /* retire, revoke */
int cli_domain_show(struct cli *cli, const struct command_line *line);
int cli_domain_records(struct cli *cli, const struct command_line *line);    /* records, add */
int cli_dkim_rotate(struct cli *cli, const struct command_line *line);
int cli_dkim_import(struct cli *cli, const struct command_line *line);
int cli_dkim_export(struct cli *cli, const struct command_line *line);
int cli_dkim_remove(struct cli *cli, const struct command_line *line);
int cli_domain_check(struct cli *cli, const struct command_line *line);
int cli_domain_remove(struct cli *cli, const struct command_line *line);
int cli_deferral_show(struct cli *cli, const struct command_line *line);
int cli_deferral_rule(struct cli *cli, const struct command_line *line);
int cli_explain(struct cli *cli, const struct command_line *line);
int cli_config_check(struct cli *cli, const struct command_line *line);
int cli_config_show(struct cli *cli, const struct command_line *line);
int cli_config_diff(struct cli *cli, const struct command_line *line);
int cli_config_reload(struct cli *cli, const struct command_line *line);
int cli_report(struct cli *cli, const struct command_line *line);
int cli_rpc(struct cli *cli, const struct command_line *line);
int cli_help(struct cli *cli, const struct command_line *line);
int cli_top(struct cli *cli, const struct command_line *line);
int cli_completion_script(struct cli *cli, const struct command_line *line);
int cli_completion_words(struct cli *cli, const struct command_line *line);

/* cli_put_events - "  14:02:10.004  accepted   ..." lines, oldest first; with
 * the day when they are not all of today. */
void cli_put_events(const struct cli *cli, const json_t *item);
/* cli_put_zone - the reader's, into params of what answers with a sentence: it speaks their
 * time. */
void cli_put_zone(const struct cli *cli, json_t *params);

#endif
