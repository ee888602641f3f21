/* cli_doctor.h - doctor: the rows it is made of, and who makes them. Rows are as those of
 * doctor.check: {"check","object","state","seen","todo"}. */
#ifndef RELAYCLI_CLI_DOCTOR_H
#define RELAYCLI_CLI_DOCTOR_H

#include "cli.h"

/* cli_doctor_add - state: "ok", "warn", "fail", "unknown", or "note" for what nobody can tell
 * from here. object and todo may be NULL. */
void cli_doctor_add(json_t *checks, const char *check, const char *object, const char *state,
                    const char *todo, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* cli_doctor_put - a line for each row, its way out below. */
void cli_doctor_put(const struct cli *cli, const json_t *checks);
/* cli_doctor_host - this machine: clock, memory, swap. pid: of relayd, 0 not known. */
void cli_doctor_host(json_t *checks, int64_t pid);
/* cli_doctor_resolver - asks it one question, waits at most two seconds. */
void cli_doctor_resolver(json_t *checks, const char *resolver, bool is_trusted);
/* cli_doctor_ports - connects to each listener of config.show's answer as a client would, and
 * says what of port 25 and of the world outside can be known. */
void cli_doctor_ports(struct cli *cli, const json_t *config, json_t *checks);

#endif
