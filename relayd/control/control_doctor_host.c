/* control_doctor_host.c - what a check-up sees of relayd's process and of its files: room on
 * the disk, descriptors, the way to the resolver, who may read what. Only the kernel is asked.
 * Thread: main. */
#include "control/control_doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/units.h"

#define FILES_OF_OUR_OWN 128 /* databases, sockets, timers, bodies being read */
#define INODES_WARN_PERCENT 5
#define RESOLV_CONF "/etc/resolv.conf"

static void
check_disk(json_t *checks, const struct config *config)
{
	uint64_t reserve = config->limits.disk_reserve_bytes, room;
	char free_text[UNITS_TEXT_SIZE], reserve_text[UNITS_TEXT_SIZE];
	struct statvfs st;
	double inodes;

	if (statvfs(config->state_dir, &st) < 0) {
		control_doctor_add(checks, "disk", config->state_dir, DOCTOR_UNKNOWN, NULL,
				   "it cannot be asked: %s", strerror(errno));
		return;
	}
	room = (uint64_t)st.f_bavail * st.f_frsize;
	units_format_size(room, free_text);
	units_format_size(reserve, reserve_text);
	inodes = st.f_files > 0 ? 100.0 * (double)st.f_favail / (double)st.f_files : 100;
	if (room < 2 * reserve)
		control_doctor_add(checks, "disk", config->state_dir,
				   room < reserve ? DOCTOR_FAIL : DOCTOR_WARN,
				   "make room; log { keep } and limits { disk_reserve } in "
				   "relayd.conf say how much is wanted",
				   "%s free; below %s mail is refused", free_text, reserve_text);
	else if (inodes < INODES_WARN_PERCENT)
		control_doctor_add(checks, "disk", config->state_dir, DOCTOR_WARN,
				   "remove small files on that file system: find -xdev | wc -l",
				   "%s free, but only %.1f%% of the inodes", free_text, inodes);
	else
		control_doctor_add(checks, "disk", config->state_dir, DOCTOR_OK, NULL,
				   "%s free, %.0f%% of the inodes", free_text, inodes);
}

static void
check_descriptors(json_t *checks, const struct config *config)
{
	unsigned long long wanted = (unsigned long long)config->limits.connections +
				    config->delivery.total_connections + FILES_OF_OUR_OWN;
	struct rlimit files;
	char todo[160];

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	(void)snprintf(todo, sizeof todo,
		       "LimitNOFILE=%llu in relayd.service (systemctl edit relayd) and a restart",
		       wanted);
	if (files.rlim_cur != RLIM_INFINITY && files.rlim_cur < wanted)
		control_doctor_add(checks, "descriptors", NULL, DOCTOR_WARN, todo,
				   "relayd may open %llu files; limits.connections and "
				   "delivery.total_connections together want %llu",
				   (unsigned long long)files.rlim_cur, wanted);
	else
		control_doctor_add(checks, "descriptors", NULL, DOCTOR_OK, NULL,
				   "relayd may open %llu files, its connections want %llu",
				   (unsigned long long)files.rlim_cur, wanted);
}

static void
check_dumps(json_t *checks)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 &&
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
		control_doctor_add(checks, "core dumps", NULL, DOCTOR_OK, NULL,
				   "off, and no other program may look into relayd");
	else
		control_doctor_add(checks, "core dumps", NULL, DOCTOR_WARN,
				   "restart relayd, which switches them off; see its log",
				   "a crash would write keys and passwords to the disk");
}

/* ---- the resolver: whom do we believe? --------------------------------------------- */

static bool
is_loopback(const char *text)
{
	return strncmp(text, "127.", 4) == 0 || strcmp(text, "::1") == 0 ||
	       strncmp(text, "[::1]", 5) == 0;
}

/* read_resolv_conf - its first name server into out; false: none */
static bool
read_resolv_conf(char *out, size_t size)
{
	FILE *in = fopen(RESOLV_CONF, "re");
	char line[256], word[64];
	bool found = false;

	while (in != NULL && !found && fgets(line, sizeof line, in) != NULL)
		if (sscanf(line, " nameserver %63s", word) == 1)
			found = snprintf(out, size, "%s", word) < (int)size;
	if (in != NULL)
		(void)fclose(in);
	return found;
}

const char *
control_doctor_resolver(const struct config *config, char out[CONTROL_DOCTOR_RESOLVER_SIZE])
{
	if (config->dns.nameservers > 0)
		(void)snprintf(out, CONTROL_DOCTOR_RESOLVER_SIZE, "%s", config->dns.nameserver[0]);
	else if (!read_resolv_conf(out, CONTROL_DOCTOR_RESOLVER_SIZE))
		(void)snprintf(out, CONTROL_DOCTOR_RESOLVER_SIZE, "127.0.0.1");
	return out;
}

static void
check_resolver(json_t *checks, const struct config *config)
{
	char first[CONTROL_DOCTOR_RESOLVER_SIZE];
	const char *from = config->dns.nameservers > 0 ? "dns.nameservers" : RESOLV_CONF;
	const char *far = is_loopback(control_doctor_resolver(config, first)) ? NULL : first;

	for (size_t i = 0; i < config->dns.nameservers && far == NULL; i++)
		if (!is_loopback(config->dns.nameserver[i]))
			far = config->dns.nameserver[i];
	if (config->dns.trusted && far != NULL)
		control_doctor_add(checks, "resolver", far, DOCTOR_WARN,
				   "run a validating resolver on this host (unbound) and name it "
				   "in dns.nameservers, or set dns.trusted = no",
				   "dns.trusted believes it about DNSSEC, and it is not on this "
				   "host: who can forge packets on the way can forge its word");
	else if (!config->dns.trusted)
		control_doctor_add(checks, "resolver", first, DOCTOR_OK, NULL,
				   "from %s; its word on DNSSEC is not believed (dns.trusted = no)",
				   from);
	else
		control_doctor_add(checks, "resolver", first, DOCTOR_OK, NULL,
				   "on this host (%s), and believed about DNSSEC (dns.trusted)",
				   from);
}

/* ---- who may read and write what --------------------------------------------------- */

struct permission {
	const char *path, *what;
	mode_t forbidden;                /* these bits must not be set */
	enum control_doctor_state state; /* when they let others read; writing is a failure */
};

/* look - false: nothing to say. An absent file is somebody else's check. */
static bool
look(json_t *checks, const struct permission *one)
{
	const mode_t write = S_IWGRP | S_IWOTH;
	struct stat st;
	char todo[400];

	if (one->path == NULL || stat(one->path, &st) < 0 || !(st.st_mode & one->forbidden))
		return false;
	(void)snprintf(todo, sizeof todo, "chmod %04o %.300s",
		       (unsigned)(st.st_mode & 07777 & ~one->forbidden), one->path);
	control_doctor_add(checks, "permissions", one->path,
			   st.st_mode & one->forbidden & write ? DOCTOR_FAIL : one->state, todo,
			   "%s may be %s by others (mode %04o)", one->what,
			   st.st_mode & one->forbidden & write ? "written" : "read",
			   (unsigned)(st.st_mode & 07777));
	return true;
}

static void
check_permissions(json_t *checks, const struct config *config)
{
	const mode_t others = S_IRWXO, everybody = S_IRWXG | S_IRWXO;
	size_t bad = 0;

#define LOOK(p, w, f, s) look(checks, &(struct permission){ (p), (w), (f), (s) })
	bad += LOOK(config->file, "the configuration", S_IWGRP | S_IWOTH, DOCTOR_FAIL);
	bad += LOOK(config->state_dir, "the state folder", everybody, DOCTOR_WARN);
	bad += LOOK(config->master_key, "the master key", everybody, DOCTOR_FAIL);
	bad += LOOK(config->master_key_old, "the old master key", everybody, DOCTOR_FAIL);
	for (size_t i = 0; i < config->certificates; i++)
		bad += LOOK(config->certificate[i].key, "a certificate's key", others, DOCTOR_FAIL);
	for (size_t i = 0; i < config->sources; i++)
		bad += LOOK(config->source[i].key, "a certificate's key", others, DOCTOR_FAIL);
	for (size_t i = 0; i < config->routes; i++)
		bad += LOOK(config->route[i].password_file, "a password", others, DOCTOR_FAIL);
	for (size_t i = 0; i < config->smarthosts; i++)
		bad += LOOK(config->smarthost[i].password_file, "a password", others, DOCTOR_FAIL);
#undef LOOK
	if (bad == 0)
		control_doctor_add(checks, "permissions", NULL, DOCTOR_OK, NULL,
				   "configuration, state folder, keys and password files are "
				   "closed to others");
}

void
control_doctor_host(json_t *checks, const struct config *config)
{
	check_disk(checks, config);
	check_descriptors(checks, config);
	check_dumps(checks);
	check_resolver(checks, config);
	check_permissions(checks, config);
}
