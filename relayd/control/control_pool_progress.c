/* control_pool_progress.c - pool.progress: one address's warm-up with each provider, the
 * schedule it follows, and what was seen of it from outside. Thread: main. */
#include <string.h>

#include "control/control_pool.h"
#include "pace/pace_warmup.h"

static json_t *
pools_json(const struct config *config, const char *address, bool of_overflow)
{
	json_t *list = json_array();

	for (size_t i = 0; i <= config->pools; i++) {
		const struct config_pool *pool = i == 0 ? &config->default_pool
		                                        : &config->pool[i - 1];

		for (size_t k = 0; k < pool->addresses; k++)
			if (strcmp(pool->address[k], address) == 0
			    && (!of_overflow || pool->overflow))
				json_array_append_new(list, json_string(of_overflow
				                                                ? pool->overflow
				                                                : pool->name));
	}
	return list;
}

/* schedule_json - recipients of each provider by day, and what has to hold for a day to count. */
static json_t *
schedule_json(const struct config *config)
{
	const struct pace_warmup_plan plan = { config->warmup.first, config->warmup.growth,
		                               config->warmup.days };
	json_t *one = json_object(), *caps = json_array();

	for (uint32_t day = 1; day <= plan.days; day++)
		json_array_append_new(caps, json_integer(pace_warmup_cap(&plan, day)));
	api_json_put(one, "caps", caps);
	api_json_put_real(one, "deferred_below", PACE_WARMUP_DEFERRALS_MAX);
	api_json_put_real(one, "complained_below", PACE_WARMUP_COMPLAINTS_MAX);
	return one;
}

/* seen_json - what others were seen to say of it last, as pool.check answers it. */
static json_t *
seen_json(const struct control *control, const char *address)
{
	const struct source_report *report =
		source_watch_find(control->options.sources, address);

	return report ? control_source_json(report) : json_null();
}

static void
progress_shown(struct mailbox_item *item, void *owner)
{
	struct schedule_ask *ask = (struct schedule_ask *)(void *)item;
	struct control_call *call = control_pool_take(item);
	const char *address;
	json_t *result;

	(void)owner;
	if (!call)
		return;
	address = ask->match;
	if (ask->rows == 0) {
		schedule_ask_free(&ask);
		control_pool_fail_address(call);
		return;
	}
	result = api_json_new("relay.pool.warmup/1");
	api_json_put_text(result, "address", address);
	api_json_put(result, "pools", pools_json(call->control->config, address, false));
	api_json_put(result, "overflow", pools_json(call->control->config, address, true));
	api_json_put_bool(result, "warmup", ask->source[0].warms_up);
	api_json_put(result, "off", control_pool_off_json(&ask->source[0].off));
	api_json_put(result, "paused", control_pool_off_json(&ask->source[0].pause));
	api_json_put(result, "items", control_pool_warmups_json(ask, address));
	api_json_put(result, "schedule", schedule_json(call->control->config));
	api_json_put(result, "source", seen_json(call->control, address));
	api_json_put_null(result, "next_cursor");
	schedule_ask_free(&ask);
	control_call_answer(call, result);
}

void
control_pool_answer_progress(struct control_call *call, const char *address)
{
	control_pool_ask_sources(call, address, progress_shown);
}

void
control_pool_progress(struct control_call *call)
{
	char address[CONTROL_ADDRESS_SIZE];

	if (control_pool_address(call, address))
		control_pool_answer_progress(call, address);
}
