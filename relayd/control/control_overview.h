/* control_overview.h - what the Overview screen shows besides the pulse: sites,
 * who sends most, what needs attention, the last events.
 *
 * Gathered only while somebody watches: asking the scheduler once a second and
 * copying every event costs something, and a relay nobody looks at pays nothing.
 * Thread: main. */
#ifndef CONTROL_CONTROL_OVERVIEW_H
#define CONTROL_CONTROL_OVERVIEW_H

#include <jansson.h>
#include <stdbool.h>

struct control;
struct control_overview;

struct control_overview *control_overview_new(struct control *control);
void control_overview_free(struct control_overview **overview);
void control_overview_watch(struct control_overview *overview);   /* one more looks */
void control_overview_unwatch(struct control_overview *overview); /* one less */
/* control_overview_is_ready - the scheduler has answered once since the first watch. */
bool control_overview_is_ready(const struct control_overview *overview);
/* control_overview_put - "providers", "attention", "credentials", "events" into data. */
void control_overview_put(struct control_overview *overview, json_t *data);

#endif
