/* notice_private.h - what the two files of the thread of notices know of each other. */
#ifndef NOTICE_NOTICE_PRIVATE_H
#define NOTICE_NOTICE_PRIVATE_H

#include <pthread.h>
#include "base/list.h"
#include "base/map.h"
#include "notice/notice.h"
#include "submit/submit.h"

struct notice {
	struct loop *loop;
	struct mailbox *box;
	pthread_t thread;
	bool is_running;           /* main's */
	struct config *config;     /* a reference */
	struct account_snapshot *accounts; /* a reference */
	struct store *store;
	struct submit *submit;
	struct map *jobs;          /* by message */
	struct list waiting;       /* jobs in the order they are due */
	struct loop_timer turn;
	uint32_t under_way;
};

/* ---- notice_job.c: one message somebody is to be told about ---------------------------- */
void notice_job_due(struct notice *notice, uint64_t message_id, bool is_delay);
void notice_job_turn(void *arg); /* the timer's: those that are due */
void notice_job_free_all(struct notice *notice);

#endif
