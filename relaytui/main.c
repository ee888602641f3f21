/* main.c - relaytui: the relay on a terminal. Options, then tui_app. */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/api_client.h"
#include "base/mem.h"
#include "tui_action.h"
#include "tui_app.h"

enum { EXIT_USAGE = 2 };
enum { OPTION_HELP = 'h', OPTION_SOCKET = 's', OPTION_RO = 'r', OPTION_VERSION = 'V',
       OPTION_PRINT_KEYS = 'k', OPTION_MOUSE = 'm', OPTION_PICK = 'p' };

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "ro", no_argument, NULL, OPTION_RO },
	{ "mouse", no_argument, NULL, OPTION_MOUSE },
	{ "pick", no_argument, NULL, OPTION_PICK },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "print-keys", no_argument, NULL, OPTION_PRINT_KEYS }, /* for the manual page */
	{ NULL, 0, NULL, 0 },
};

static void
print_help(void)
{
	printf("relaytui - watch relayd and act on it\n\n"
	       "usage: relaytui [--socket PATH] [--ro] [--mouse] [--pick]\n\n"
	       "  --socket PATH  relayd's control socket (default: RELAY_SOCKET or %s)\n"
	       "  --ro           change nothing\n"
	       "  --mouse        a click selects, the wheel scrolls\n"
	       "  --pick         Enter leaves, and the selected row goes to standard output\n"
	       "  --help         this text\n"
	       "  --version      the version\n\n"
	       "Inside, ? lists the keys and q goes back; see relaytui(1).\n",
	       API_CLIENT_SOCKET);
}

int
main(int argc, char **argv)
{
	const char *named = getenv("RELAY_SOCKET");
	struct tui_options options = { .socket_path = API_CLIENT_SOCKET };
	struct err err;
	int option;

	if (named && named[0])
		options.socket_path = named;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_SOCKET:
			options.socket_path = optarg;
			break;
		case OPTION_RO:
			options.is_read_only = true;
			break;
		case OPTION_MOUSE:
			options.has_mouse = true;
			break;
		case OPTION_PICK:
			options.is_pick = true;
			break;
		case OPTION_HELP:
			print_help();
			return 0;
		case OPTION_VERSION:
			printf("relaytui %s\n", RELAY_VERSION);
			return 0;
		case OPTION_PRINT_KEYS:
			tui_action_print(stdout);
			return 0;
		default:
			fprintf(stderr, "relaytui: try --help\n");
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "relaytui: \"%s\" is one argument too many; try --help\n",
			argv[optind]);
		return EXIT_USAGE;
	}
	(void)setlocale(LC_ALL, "");
	json_set_alloc_funcs(mem_alloc, mem_free_wiped); /* new passwords come in JSON */
	if (tui_app_run(&options, &err) < 0) {
		fprintf(stderr, "relaytui: %s\n", err.text);
		return err.kind == ERR_INPUT ? EXIT_USAGE : 1;
	}
	return 0;
}
