/* control.c - see control.h. */
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "control/control_private.h"
#include "control/control_overview.h"
#include "control/control_rates.h"
#include "control/control_socket.h"
#include "control/control_suppression.h"

#define MAILBOX_CAP 4096 /* nothing is sent here but answers, which are never refused */

static uint64_t
disk_bytes(const char *folder)
{
	struct statvfs st;

	return statvfs(folder, &st) == 0 ? (uint64_t)st.f_blocks * st.f_frsize : 0;
}

struct control *
control_new(const struct control_options *options, struct err *err)
{
	struct control *control = mem_zero(1, sizeof *control);
	uint64_t boot;

	control->box = mailbox_new("control", MAILBOX_CAP, control, err);
	if (!control->box) {
		mem_free(control);
		return NULL;
	}
	mailbox_attach(control->box, options->loop);
	control->loop = options->loop;
	control->options = *options;
	control->config = config_ref(options->config);
	control->fd = -1;
	control->started_unix_ms = clock_unix_ms();
	control->disk_bytes = disk_bytes(options->config->state_dir);
	rand_secret(&boot, sizeof boot);
	snprintf(control->boot_id, sizeof control->boot_id, "%016llx", (unsigned long long)boot);
	list_init(&control->sessions);
	list_init(&control->calls);
	loop_timer_init(&control->accept_pause, control->loop, control_socket_resume, control);
	if (options->sources != NULL)
		source_watch_listen(options->sources, control_source_changed, control);
	control->rates = control_rates_new(control->loop, options->notify);
	control->overview = control_overview_new(control);
	control->suppressions = control_suppression_indexes_new();
	control_socket_configure(control);
	return control;
}

int
control_listen(struct control *control, struct err *err)
{
	return control_socket_open(control, err);
}

void
control_set_config(struct control *control, const struct config *config)
{
	struct config *old = (struct config *)(uintptr_t)control->config;

	control->config = config_ref(config);
	config_unref(&old);
	control->reloads++;
	control_socket_configure(control);
}

void
control_set_rules(struct control *control, const struct verdict_rules *rules)
{
	verdict_rules_unref(&control->rules);
	control->rules = verdict_rules_ref(rules);
}

void
control_stop(struct control *control)
{
	control_socket_close(control);
	for (struct list *l = control->calls.next; l != &control->calls; l = l->next)
		LIST_OWNER(l, struct control_call, link)->done = NULL; /* nobody waits any more */
	while (!list_is_empty(&control->sessions))
		control_session_close(
			LIST_OWNER(control->sessions.next, struct control_session, link));
}

void
control_free(struct control **control)
{
	struct control *gone = *control;
	struct config *config;

	if (!gone)
		return;
	*control = NULL;
	control_stop(gone);
	/* answers still in the box find their calls without a session and drop them */
	mailbox_detach(gone->box);
	mailbox_free(&gone->box);
	while (!list_is_empty(&gone->calls)) {
		struct control_call *call =
			LIST_OWNER(gone->calls.next, struct control_call, link);

		call->audits = 0; /* nobody is left who would say so */
		control_call_drop(call);
	}
	control_overview_free(&gone->overview);
	control_suppression_indexes_free(&gone->suppressions);
	control_rates_free(&gone->rates);
	loop_timer_deinit(&gone->accept_pause);
	config = (struct config *)(uintptr_t)gone->config;
	config_unref(&config);
	verdict_rules_unref(&gone->rules);
	mem_free(gone);
}

uint64_t
control_generation(struct control *control)
{
	return account_snapshot(control->options.account)->generation + control->reloads;
}
