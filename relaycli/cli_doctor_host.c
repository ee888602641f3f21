/* cli_doctor_host.c - see cli_doctor.h: the machine under relayd. Only the kernel is asked. */
#include "cli_doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "base/units.h"

#define MEMORY_WARN_PERCENT 10
#define MEMORY_FAIL_PERCENT 3
#define CLOCK_WARN_USEC 1000000 /* signatures and certificates bear more, log readers do not */

static void
check_clock(json_t *checks)
{
	struct timex now = { .modes = 0 };
	int state = adjtimex(&now);

	if (state < 0)
		cli_doctor_add(checks, "clock", NULL, "unknown", NULL,
			       "the kernel does not say: %s", strerror(errno));
	else if (state == TIME_ERROR || (now.status & STA_UNSYNC))
		cli_doctor_add(checks, "clock", NULL, "warn",
			       "install and start chrony: apt install chrony; chronyc tracking",
			       "nobody keeps it right (the kernel calls it unsynchronised): DKIM "
			       "times and certificates go wrong when it drifts");
	else if (now.maxerror > CLOCK_WARN_USEC)
		cli_doctor_add(checks, "clock", NULL, "warn", "chronyc tracking",
			       "synchronised, but it may be off by %.1f s", now.maxerror / 1e6);
	else
		cli_doctor_add(checks, "clock", NULL, "ok", NULL,
			       "synchronised, off by at most %.0f ms", now.maxerror / 1e3);
}

/* read_kib - "MemTotal:  123 kB" of a file in /proc; -1: it has none. */
static long long
read_kib(const char *file, const char *key)
{
	FILE *in = fopen(file, "re");
	long long value = -1, one;
	char line[256], name[64];

	while (in != NULL && value < 0 && fgets(line, sizeof line, in) != NULL)
		if (sscanf(line, "%63[^:]: %lld", name, &one) == 2 && strcmp(name, key) == 0)
			value = one;
	if (in != NULL)
		(void)fclose(in);
	return value;
}

static void
check_memory(json_t *checks, int64_t pid)
{
	long long total = read_kib("/proc/meminfo", "MemTotal");
	long long room = read_kib("/proc/meminfo", "MemAvailable"), own = -1;
	char total_text[UNITS_TEXT_SIZE], room_text[UNITS_TEXT_SIZE], own_text[UNITS_TEXT_SIZE];
	char path[64];
	bool is_short;

	if (total <= 0 || room < 0) {
		cli_doctor_add(checks, "memory", NULL, "unknown", NULL,
			       "/proc/meminfo does not say");
		return;
	}
	(void)snprintf(path, sizeof path, "/proc/%lld/status", (long long)pid);
	own = pid > 0 ? read_kib(path, "VmRSS") : -1;
	units_format_size((uint64_t)total * 1024, total_text);
	units_format_size((uint64_t)room * 1024, room_text);
	units_format_size((uint64_t)(own > 0 ? own : 0) * 1024, own_text);
	is_short = 100 * room < MEMORY_WARN_PERCENT * total;
	cli_doctor_add(checks, "memory", NULL,
		       100 * room < MEMORY_FAIL_PERCENT * total ? "fail"
		       : is_short			       ? "warn"
							       : "ok",
		       is_short ? "look what takes it (top -o %MEM); limits { body_memory } in "
				  "relayd.conf is relayd's largest part" : NULL,
		       "%s of %s are free%s%s", room_text, total_text,
		       own > 0 ? "; relayd uses " : "", own > 0 ? own_text : "");
}

/* swap_state - "ok": in memory, or encrypted below; "warn": in the clear; "unknown": a file, of
 * which the disk below it decides. */
static const char *
swap_state(const char *device)
{
	char path[300], uuid[8] = "";
	FILE *in;

	if (strncmp(device, "/dev/zram", 9) == 0)
		return "ok";
	if (strncmp(device, "/dev/", 5) != 0)
		return "unknown";
	(void)snprintf(path, sizeof path, "/sys/block/%.200s/dm/uuid", device + 5);
	in = fopen(path, "re");
	if (in == NULL)
		return "warn"; /* no device mapper: a partition as it is */
	if (fgets(uuid, sizeof uuid, in) == NULL)
		uuid[0] = '\0';
	(void)fclose(in);
	return strncmp(uuid, "CRYPT-", 6) == 0 ? "ok" : "warn"; /* LVM is not encrypted by itself */
}

/* check_swap - what is swapped out stays on the disk: keys and passwords, too */
static void
check_swap(json_t *checks)
{
	FILE *in = fopen("/proc/swaps", "re");
	char line[512], device[256];
	bool is_any = false;

	if (in == NULL) {
		cli_doctor_add(checks, "swap", NULL, "unknown", NULL, "/proc/swaps: %s",
			       strerror(errno));
		return;
	}
	while (fgets(line, sizeof line, in) != NULL) {
		const char *state;

		if (line[0] != '/' || sscanf(line, "%255s", device) != 1)
			continue;
		state = swap_state(device);
		is_any = true;
		if (strcmp(state, "ok") == 0)
			cli_doctor_add(checks, "swap", device, "ok", NULL,
				       "in memory, or encrypted");
		else if (strcmp(state, "warn") == 0)
			cli_doctor_add(checks, "swap", device, "warn",
				       "encrypt it with a key of each boot (crypttab: "
				       "/dev/urandom swap), or do without: swapoff",
				       "it is not encrypted: passwords and keys may come to lie "
				       "on it");
		else
			cli_doctor_add(checks, "swap", device, "unknown", "lsblk -f",
				       "a file: whether the disk below it is encrypted is not "
				       "known here");
	}
	(void)fclose(in);
	if (!is_any)
		cli_doctor_add(checks, "swap", NULL, "ok", NULL, "there is none");
}

void
cli_doctor_host(json_t *checks, int64_t pid)
{
	check_clock(checks);
	check_memory(checks, pid);
	check_swap(checks);
}
