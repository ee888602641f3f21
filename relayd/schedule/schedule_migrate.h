/* schedule_migrate.h - credentials on their way from an old system to this relay: which
 * of their mail goes directly, which through a smarthost of relayd.conf.
 *
 *   stage old: all by the smarthost - trial: percent directly - moved: all directly
 *
 * A way is part of a queue's key ("x.example", "x.example/old"), so that a recipient has
 * no byte for it, each way has its route, and picking is as ever. Which one a message
 * takes is a function of its id and the share (migrate_split.h): nothing is stored of it,
 * and when the share changes what waits is given its new way at once. A credential
 * without a migration costs one look at a pointer. Everything belongs to the scheduler's
 * thread. */
#ifndef SCHEDULE_SCHEDULE_MIGRATE_H
#define SCHEDULE_SCHEDULE_MIGRATE_H

#include "schedule/schedule_types.h"

struct schedule_migration { /* of schedule->migrations, made when its stage is first set */
	enum migrate_stage stage;
	uint32_t percent;          /* directly, in a trial */
	const char *smarthost;     /* of schedule->ways; NULL: never needed one */
	int64_t since_unix_ms;     /* stage and share are so since then: results are counted */
	char *reason, *by;
	char *returned;            /* why its trial went back to the old system by itself ... */
	int64_t returned_unix_ms;  /* ... then; 0: it did not, since an operator set a share */
	uint32_t returned_percent; /* ... from this share */
	struct migrate_result result[MIGRATE_WAY_COUNT];
	struct migrate_result ended[MIGRATE_WAY_COUNT]; /* of the trial that went back */
	bool is_staged;            /* an operator set a stage; else only evidence is here */
	struct list evidence;      /* struct schedule_evidence */
	size_t evidences;
	struct list in_unsaved;    /* schedule->unsaved_migrations: something was counted */
	char credential[];
};

void schedule_migrate_load(struct schedule *s, const struct store_migrate *row);
/* schedule_migrate_find - of the credential of that name; NULL: its mail goes directly. */
struct schedule_migration *schedule_migrate_find(const struct schedule *s, const char *name);
/* schedule_migrate_way - the smarthost by which message id goes; NULL: directly. */
const char *schedule_migrate_way(const struct schedule_credential *credential, uint64_t id);
/* schedule_migrate_settle - gives what waits of the migration's credential its way. */
void schedule_migrate_settle(struct schedule *s, struct schedule_migration *migration);
/* schedule_migrate_add - its row to write. schedule_migrate_put - to the store; ask (or
 * NULL) is answered when it has it. */
void schedule_migrate_add(struct store_write *write, const struct schedule_migration *migration);
void schedule_migrate_put(struct schedule *s, struct schedule_ask *ask,
                          const struct schedule_migration *migration);
/* schedule_migrate_get - made in stage moved, if it is not there. */
struct schedule_migration *schedule_migrate_get(struct schedule *s, const char *name);
/* schedule_migrate_name_way - the name as queues and migrations have it. */
const char *schedule_migrate_name_way(struct schedule *s, const char *smarthost);
void schedule_migrate_free_all(struct schedule *s);

/* ---- schedule_migrate_result.c -------------------------------------------------------- */
/* schedule_migrate_hear - an outcome, before r leaves the state it was in. */
void schedule_migrate_hear(struct schedule *s, const struct schedule_recipient *r,
                           const struct mail_event *event);
/* schedule_migrate_begin - its stage or share is another: counting begins anew. */
void schedule_migrate_begin(struct schedule *s, struct schedule_migration *migration);
void schedule_migrate_load_result(struct schedule *s, const struct store_migrate_result *row);
void schedule_migrate_flush(struct schedule *s); /* at a turn's end: judges, saves */
int64_t schedule_migrate_save_due(const struct schedule *s);

/* ---- schedule_migrate_evidence.c ------------------------------------------------------ */
void schedule_migrate_load_evidence(struct schedule *s, const struct store_migrate_evidence *row);
bool schedule_migrate_add_evidence(struct schedule *s, struct schedule_ask *ask);
/* schedule_migrate_sum - all of one method; by: the newest's, in the arena. */
struct migrate_evidence schedule_migrate_sum(const struct schedule_migration *migration,
                                             enum migrate_method method, struct arena *arena);
void schedule_migrate_drop_evidence(struct schedule_migration *migration); /* at the end */

/* ---- schedule_migrate_act.c: what operators see and do -------------------------------- */
void schedule_migrate_list(struct schedule *s, struct schedule_ask *ask);
/* schedule_migrate_words - "stage trial, 20 % directly, smarthost old", for the audit log. */
const char *schedule_migrate_words(const struct schedule_migration *migration,
                                   struct arena *arena);
bool schedule_migrate_set(struct schedule *s, struct schedule_ask *ask); /* true: answer now */

#endif
