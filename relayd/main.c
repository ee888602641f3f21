/* main.c - relayd's command line, its process set-up and its exit codes.
 *
 * 0 stopped as asked, 78 configuration, 69 port, state folder or schema, 70 our bug. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <jansson.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "config.h"
#include "materials.h"
#include "pipeline.h"
#include "vault/master_key.h"
#include "winner.h"

static const char usage[] =
	"Usage: relayd --config FILE [--check [--domain NAME | --mx HOST]]\n"
	"       relayd --make-master-key FILE\n"
	"       relayd --version\n"
	"\n"
	"Takes mail from applications, signs it and delivers it. Runs in the\n"
	"foreground and logs to stderr. SIGTERM stops it, SIGHUP reloads FILE.\n"
	"\n"
	"  -c, --config FILE  the configuration, see relayd.conf(5)\n"
	"      --check        only check FILE; says FILE:LINE: reason\n"
	"      --domain NAME  with --check: also which provider and reply rules mail for\n"
	"                     NAME gets, and why, as JSON; asks FILE's name servers\n"
	"      --mx HOST      the same for an MX host, without DNS\n"
	"      --make-master-key FILE\n"
	"                     a new file with a new master key, see master_key in\n"
	"                     relayd.conf(5); prints what to do with it\n"
	"      --version      print the version\n"
	"  -h, --help         this text\n";

enum { OPTION_CHECK = 256, OPTION_VERSION, OPTION_DOMAIN, OPTION_MX, OPTION_MASTER_KEY };

struct main_options {
	const char *config_file;
	bool is_check;
	const char *domain, *mx; /* of --check */
};

static int
make_master_key(const char *file)
{
	struct err err;

	if (master_key_make(file, &err) < 0) {
		fprintf(stderr, "relayd: %s\n", err.text);
		return err.kind == ERR_INPUT ? EX_USAGE : EX_CANTCREAT;
	}
	printf("%s has a new master key. Give it to the user relayd runs as, keep a copy apart\n"
	       "from the backups of the state folder (without it the DKIM keys are lost), set\n"
	       "\n"
	       "    master_key = \"%s\"\n"
	       "\n"
	       "in relayd.conf and restart relayd; or leave it root's and give it by systemd:\n"
	       "\n"
	       "    LoadCredential=relayd-master-key:%s\n", file, file, file);
	return EXIT_SUCCESS;
}

/* parse_options - returns -1 to go on, else the exit code */
static int
parse_options(int argc, char **argv, struct main_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, OPTION_CHECK },
		{ "domain", required_argument, NULL, OPTION_DOMAIN },
		{ "make-master-key", required_argument, NULL, OPTION_MASTER_KEY },
		{ "mx", required_argument, NULL, OPTION_MX },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->config_file = optarg;
			break;
		case OPTION_CHECK:
			options->is_check = true;
			break;
		case OPTION_DOMAIN:
			options->domain = optarg;
			break;
		case OPTION_MX:
			options->mx = optarg;
			break;
		case OPTION_MASTER_KEY:
			umask(077);
			return make_master_key(optarg);
		case OPTION_VERSION:
			puts("relayd " RELAY_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if ((options->domain || options->mx)
	    && (!options->is_check || (options->domain && options->mx))) {
		fputs("relayd: --domain and --mx belong to --check, one of them\n", stderr);
		return EX_USAGE;
	}
	if (optind < argc || options->config_file == NULL) {
		fprintf(stderr, "relayd: %s\n\n%s",
			optind < argc ? "unexpected argument" : "--config FILE is missing", usage);
		return EX_USAGE;
	}
	return -1;
}

/* Secrets pass through this process: no core file, no ptrace by others, no
 * files others may read. Sessions need descriptors: take all we may have. */
static void
prepare_process(void)
{
	struct rlimit files, none = { 0, 0 };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	umask(077);
	json_set_alloc_funcs(mem_alloc, mem_free_wiped); /* new passwords are answered in JSON */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)sigaction(SIGPIPE, &ignore, NULL);
	/* the main loop reads these from a signalfd; threads inherit the mask */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static int
check_only(const struct main_options *options)
{
	struct err err = { 0 };
	struct config *config = config_load(options->config_file, &err);
	int code = EXIT_SUCCESS;

	if (config == NULL || materials_check(config, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		config_unref(&config);
		return EX_CONFIG;
	}
	if (materials_check_keys(config, &err) < 0) {
		if (err.kind == ERR_INPUT) {
			fprintf(stderr, "%s: %s\n", config->file, err.text);
			config_unref(&config);
			return EX_CONFIG;
		}
		fprintf(stderr,
			"relayd: not known here is whether the DKIM keys open: %s%s\n", err.text,
			err.kind == ERR_PERM ? ", or as a systemd credential, which is not seen "
					       "here" : "");
	}
	if ((options->domain || options->mx)
	    && winner_print(config, options->domain, options->mx, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		code = err.kind == ERR_INPUT ? EX_NOHOST : EX_UNAVAILABLE;
	}
	config_unref(&config);
	return code;
}

int
main(int argc, char **argv)
{
	struct main_options options = { 0 };
	struct config *config;
	struct err err = { 0 };
	int rc = parse_options(argc, argv, &options);

	if (rc >= 0)
		return rc;
	if (options.is_check)
		return check_only(&options);
	prepare_process();
	config = config_load(options.config_file, &err);
	if (config == NULL) {
		fprintf(stderr, "relayd: %s\n", err.text);
		return EX_CONFIG;
	}
	if (pipeline_run(config, &err) == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "relayd: %s\n", err.text);
	if (err.kind == ERR_INPUT)
		return EX_CONFIG;
	return err.kind == ERR_BUG ? EX_SOFTWARE : EX_UNAVAILABLE;
}
