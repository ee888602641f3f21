/* api_names.c - see api_names.h. */
#include "api/api_names.h"

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

static const struct api_status statuses[] = {
	{ "queued", API_FATE_WAITING },     { "deferred", API_FATE_WAITING },
	{ "held", API_FATE_WAITING },       { "scheduled", API_FATE_WAITING },
	{ "delivered", API_FATE_DONE },     { "bounced", API_FATE_FAILED },
	{ "suppressed", API_FATE_FAILED },  { "expired", API_FATE_FAILED },
	{ "cancelled", API_FATE_FAILED },   { "rejected", API_FATE_FAILED },
	{ "complained", API_FATE_DONE },
};

static const struct api_event_kind event_kinds[] = {
	{ .name = "rejected", .label = "RJCT", .is_bad = true },
	{ .name = "accepted", .label = "ACPT" },
	{ .name = "scheduled", .label = "SCHD" },
	{ .name = "deferred", .label = "DEFR", .is_bad = true },
	{ .name = "delivered", .label = "DLVD" },
	{ .name = "bounced", .label = "BNCE", .is_bad = true },
	{ .name = "suppressed", .label = "SUPP", .is_bad = true },
	{ .name = "expired", .label = "EXPD", .is_bad = true },
	{ .name = "cancelled", .label = "CNCL" },
	{ .name = "complained", .label = "CMPL", .is_bad = true },
	{ .name = "unsubscribed", .label = "UNSB" },
	{ .name = "auth.failed", .label = "AUTH", .is_bad = true, .is_relay = true },
	{ .name = "throttle.changed", .label = "THRT", .is_relay = true },
	{ .name = "queue.held", .label = "HELD", .is_relay = true },
	{ .name = "queue.released", .label = "RLSD", .is_relay = true },
	{ .name = "credential.changed", .label = "CRED", .is_relay = true },
	{ .name = "domain.changed", .label = "DOMN", .is_relay = true },
	{ .name = "source.changed", .label = "SRCE", .is_relay = true },
	{ .name = "suppression.changed", .label = "SUPC", .is_relay = true },
	{ .name = "alert.raised", .label = "ALRT", .is_bad = true, .is_relay = true },
	{ .name = "alert.cleared", .label = "OKAY", .is_relay = true },
};

const struct api_status *
api_status_at(size_t i)
{
	return i < COUNT_OF(statuses) ? &statuses[i] : NULL;
}

const struct api_status *
api_status_find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (span_is(name, statuses[i].name))
			return &statuses[i];
	return NULL;
}

const struct api_event_kind *
api_event_kind_at(size_t i)
{
	return i < COUNT_OF(event_kinds) ? &event_kinds[i] : NULL;
}

const struct api_event_kind *
api_event_kind_find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(event_kinds); i++)
		if (span_is(name, event_kinds[i].name))
			return &event_kinds[i];
	return NULL;
}
