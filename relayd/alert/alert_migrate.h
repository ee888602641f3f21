/* alert_migrate.h - a trial that went back to the old system by itself is an alert until an
 * operator sets its share again. The scheduler knows. Thread: main. */
#ifndef ALERT_ALERT_MIGRATE_H
#define ALERT_ALERT_MIGRATE_H

#include "alert/alert.h"
#include "alert/alert_ask.h"

/* alert_migrate_say - migrations: of SCHEDULE_LIST_MIGRATIONS. */
void alert_migrate_say(const struct alert_ask *migrations, struct alert_round *round);

#endif
