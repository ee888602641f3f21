/* control_pool_act.c - what operators do to the addresses mail leaves by: switch them off
 * and on, set, pause and resume their warm-up. Thread: main. */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "control/control_pool.h"

static_assert(CONTROL_ADDRESS_SIZE == INET6_ADDRSTRLEN, "room for any address");

bool
control_pool_address(struct control_call *call, char out[CONTROL_ADDRESS_SIZE])
{
	const char *given = control_text(call, "address");
	int family = strchr(given, ':') ? AF_INET6 : AF_INET;
	unsigned char raw[16];
	struct api_error error;

	if (inet_pton(family, given, raw) == 1
	    && inet_ntop(family, raw, out, CONTROL_ADDRESS_SIZE))
		return true;
	(void)api_error_set(&error, API_ERROR_PARAMS, "\"%.60s\" is not an IP address", given);
	control_call_fail(call, &error);
	return false;
}

void
control_pool_fail_address(struct control_call *call)
{
	struct api_error error;

	(void)api_error_set(&error, API_ERROR_NOT_FOUND,
	                    "no pool has the address %.60s; relaycli pool list shows them",
	                    control_text(call, "address"));
	control_call_fail(call, &error);
}

/* ---- acts --------------------------------------------------------------------------------- */

static struct schedule_ask *
ask_of(struct control_call *call, enum schedule_act act, const char *address, mailbox_fn fn)
{
	struct schedule_ask *ask = control_ask_new(call, act, fn);

	ask->match = arena_strdup(ask->arena, address);
	ask->reason = arena_strdup(ask->arena, control_text(call, "reason"));
	ask->by = arena_strdup(ask->arena, call->user);
	return ask;
}

/* ---- pool.ip ------------------------------------------------------------------------------ */

static void
switched(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;

	control_ask_audit(owner, ask, ask->did);
	call = control_ask_take(ask);
	if (!call)
		return;
	schedule_ask_free(&ask);
	control_pool_answer_switch(call);
}

void
control_pool_ip(struct control_call *call)
{
	bool is_off = strcmp(control_text(call, "state"), "off") == 0;
	int64_t for_ms = control_int(call, "for_ms", 0);
	char address[CONTROL_ADDRESS_SIZE];
	struct schedule_ask *ask;

	if (!control_pool_address(call, address))
		return;
	ask = ask_of(call, is_off ? SCHEDULE_SWITCH_OFF : SCHEDULE_SWITCH_ON, address, switched);
	ask->until_unix_ms = is_off && for_ms ? clock_unix_ms() + for_ms : 0;
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}

/* ---- pool.warmup ------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum schedule_act act;
} warmup_acts[] = {
	{ "set", SCHEDULE_SET_WARMUP },
	{ "pause", SCHEDULE_PAUSE_WARMUP },
	{ "resume", SCHEDULE_RESUME_WARMUP },
};

static void
warmup_set(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = ask->context;
	const char *address;

	control_ask_audit(owner, ask, ask->did);
	call = control_ask_take(ask);
	if (!call)
		return;
	address = arena_strdup(call->arena, ask->match);
	schedule_ask_free(&ask);
	control_pool_answer_progress(call, address);
}

void
control_pool_warmup(struct control_call *call)
{
	const char *act = control_text(call, "act");
	char address[CONTROL_ADDRESS_SIZE];
	struct schedule_ask *ask;
	size_t i = 0;

	if (!control_pool_address(call, address))
		return;
	while (strcmp(warmup_acts[i].name, act) != 0)
		i++; /* checked against the table's words */
	ask = ask_of(call, warmup_acts[i].act, address, warmup_set);
	ask->provider = arena_strdup(ask->arena, control_text(call, "provider"));
	ask->day = (uint32_t)control_int(call, "day", 1);
	if (!control_ask_send(call, ask))
		control_ask_fail_busy(call);
}
