/* sim.c - the tables of the simulations: what share of a provider's hidden limit is
 * used, what is deferred, how long a backlog takes, by the relay's pace and beside
 * it by a guessed rate and by none; and how a new address's warm-up goes. `make sim` */
#include "sim/pace_sim.h"
#include "sim/warmup_sim.h"

static const char *const policies[SIM_POLICY_COUNT] = { "adaptive", "fixed 30/s", "unthrottled" };

static void
print_row(const struct sim_provider *provider, enum sim_policy policy)
{
	struct sim_result r = sim_run(provider, policy, 1);
	char recovery[32] = "";

	if (r.recovery_ms >= 0)
		snprintf(recovery, sizeof recovery, "%lld s", (long long)r.recovery_ms / 1000);
	printf("%-16s%-14s%7.1f %%%10.2f %%%10.2f %%%10.1f min%10s\n",
	       policy == SIM_ADAPTIVE ? provider->name : "", policies[policy], 100 * r.share,
	       100 * r.deferred, 100 * r.deferred_all, (double)r.drain_ms / SIM_MINUTE, recovery);
}

static void
print_warmup(const struct warmup_sim_scenario *scenario)
{
	struct warmup_sim_result r = warmup_sim_run(scenario);
	char warm[32] = "never";

	if (r.warm_day)
		snprintf(warm, sizeof warm, "day %d", r.warm_day);
	printf("%-22s%10s%14llu%10.1f %%%13.1f %%%10u%8u%8u\n", scenario->name, warm,
	       (unsigned long long)r.sent, 100 * r.used, 100 * r.most, r.most_openings, r.again,
	       r.back);
}

int
main(void)
{
	printf("%-16s%-14s%9s%12s%12s%14s%10s\n", "provider", "pace", "used", "deferred",
	       "with 1st min", "drained in", "recovery");
	for (size_t i = 0; i < SIM_PROVIDERS; i++)
		for (int policy = 0; policy < SIM_POLICY_COUNT; policy++)
			print_row(&sim_providers[i], policy);
	printf("\n%-22s%10s%14s%12s%15s%10s%8s%8s\n", "warm-up, 120 days", "warm on", "sent",
	       "of the caps", "most of a cap", "openings", "again", "back");
	for (size_t i = 0; i < WARMUP_SIM_SCENARIOS; i++)
		print_warmup(&warmup_sim_scenarios[i]);
	return 0;
}
