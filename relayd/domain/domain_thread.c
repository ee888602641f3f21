/* domain_thread.c - see domain_thread.h. */
#include "domain/domain_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

struct domain_thread {
	struct mailbox *box;
	pthread_t thread;
	int stop_fd;	  /* readable from domain_thread_stop on; never read */
	bool is_stopping; /* the thread's own: it has seen the message */
	bool has_looked;  /* for the list of suffixes */
	struct dmarc_suffixes *suffixes;
};

struct domain_job *
domain_job_new(void)
{
	struct domain_job *job = mem_zero(1, sizeof *job);

	job->arena = arena_new(0);
	return job;
}

void
domain_job_free(struct domain_job **job)
{
	if (*job == NULL)
		return;
	domain_report_free(&(*job)->report);
	arena_free(&(*job)->arena);
	mem_free(*job);
	*job = NULL;
}

static void
load_suffixes(struct domain_thread *thread)
{
	if (thread->has_looked)
		return;
	thread->has_looked = true;
	thread->suffixes = dmarc_suffixes_new(NULL);
	if (thread->suffixes == NULL)
		LOG(LOG_WARNING, "domain.suffixes",
		    LOG_TEXT("error", "there is no public suffix list: organisational domains are "
				      "found by RFC 9989 only"));
}

static void
on_job(struct mailbox_item *item, void *owner)
{
	struct domain_thread *thread = owner;
	struct domain_job *job = (struct domain_job *)(void *)item;

	item->next = NULL;
	if (thread == NULL || thread->is_stopping) {
		mailbox_answer(&job->back, &job->item); /* without a report */
		return;
	}
	load_suffixes(thread);
	job->request.suffixes = thread->suffixes;
	job->request.dns.stop_fd = thread->stop_fd;
	job->request.dns.deadline_mono_ms = clock_mono_ms() + job->budget_ms;
	job->report = domain_check_run(&job->request);
	mailbox_answer(&job->back, &job->item);
}

static void
on_stop(struct mailbox_item *item, void *owner)
{
	struct domain_thread *thread = owner;

	if (thread != NULL)
		thread->is_stopping = true;
	mem_free(item);
}

static void *
run(void *arg)
{
	struct domain_thread *thread = arg;

	while (!thread->is_stopping) {
		struct mailbox_item *item = mailbox_wait(thread->box, -1);

		while (item != NULL) {
			struct mailbox_item *next = item->next;

			item->fn(item, thread);
			item = next;
		}
	}
	return NULL;
}

static void
free_all(struct domain_thread **thread)
{
	mailbox_free(&(*thread)->box);
	if ((*thread)->stop_fd >= 0)
		close((*thread)->stop_fd);
	dmarc_suffixes_free(&(*thread)->suffixes);
	mem_free(*thread);
	*thread = NULL;
}

struct domain_thread *
domain_thread_start(struct err *err)
{
	struct domain_thread *thread = mem_zero(1, sizeof *thread);
	int rc;

	thread->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	thread->box = mailbox_new("domain", 0, thread, err);
	if (thread->stop_fd < 0 || thread->box == NULL) {
		if (thread->stop_fd < 0)
			err_errno(err, errno, "domain checks: no file descriptor");
		free_all(&thread);
		return NULL;
	}
	rc = pthread_create(&thread->thread, NULL, run, thread);
	if (rc != 0) {
		err_errno(err, rc, "domain checks: cannot start their thread");
		free_all(&thread);
		return NULL;
	}
	pthread_setname_np(thread->thread, "domain");
	return thread;
}

void
domain_thread_stop(struct domain_thread **thread)
{
	struct mailbox_item *item;

	if (*thread == NULL)
		return;
	(void)eventfd_write((*thread)->stop_fd, 1);
	item = mem_zero(1, sizeof *item);
	item->fn = on_stop;
	mailbox_send((*thread)->box, &item);
	pthread_join((*thread)->thread, NULL);
	free_all(thread);
}

void
domain_thread_send(struct domain_thread *thread, struct domain_job **job)
{
	struct mailbox_item *item = &(*job)->item;

	item->fn = on_job;
	*job = NULL;
	mailbox_send(thread->box, &item);
}
