/* alert_migrate.h - a trial that went back to the old system by itself is an alert until an
 * operator sets its share again. The scheduler knows; it is asked now and then. Thread: main. */
#ifndef ALERT_ALERT_MIGRATE_H
#define ALERT_ALERT_MIGRATE_H

#include "alert/alert.h"
#include "loop/loop.h"
#include "schedule/schedule.h"

struct alert_migrate;
/* alert_migrate_new - asks for the first time once the loop runs. Returns owned, or NULL (err). */
struct alert_migrate *alert_migrate_new(struct loop *loop, struct schedule *schedule,
                                        struct err *err);
void alert_migrate_free(struct alert_migrate **watch); /* after the scheduler stopped */
void alert_migrate_say(const struct alert_migrate *watch, struct alert_round *round);

#endif
