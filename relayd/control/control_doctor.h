/* control_doctor.h - the rows of a check-up: what was looked at, how it is, what was seen and
 * what to do. Thread: main. */
#ifndef CONTROL_CONTROL_DOCTOR_H
#define CONTROL_CONTROL_DOCTOR_H

#include <jansson.h>

#include "config.h"

enum control_doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_UNKNOWN };

/* control_doctor_add - a row: {"check","object","state","seen","todo"}. object may be NULL, and
 * todo too: nothing is to be done, or seen says it. */
void control_doctor_add(json_t *checks, const char *check, const char *object,
			enum control_doctor_state state, const char *todo, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* control_doctor_host - the process and its files: room, descriptors, resolver, permissions. */
void control_doctor_host(json_t *checks, const struct config *config);

/* control_doctor_resolver - the first that is asked, into out (80 bytes). Returns out. */
#define CONTROL_DOCTOR_RESOLVER_SIZE 80
const char *control_doctor_resolver(const struct config *config,
				    char out[CONTROL_DOCTOR_RESOLVER_SIZE]);

#endif
