/* providers.c - many receiving mail servers in one small process.
 *
 *   providers --listen 127.0.0.1:2525 --script FILE --save DIR
 *
 * Stands in for the world's mailbox providers in the demo, the flow tests and
 * the benchmarks: which server it plays is decided by the recipient's domain,
 * or by the local address a client reached (see provider_script.c and --help).
 * One thread, one loop; on a benchmark it is a sink that costs little. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <jansson.h>
#include "base/mem.h"
#include "provider_script.h"
#include "provider_session.h"

enum { LISTENERS_MAX = 64, BACKLOG = 1024, COUNT_INTERVAL_MS = 100 };

static struct provider_world world = { .name = "providers.example" };
static int listeners[LISTENERS_MAX];
static struct loop_watch *watches[LISTENERS_MAX];
static size_t listener_count;
static const char *count_file;
static uint64_t counted_version = UINT64_MAX;
static struct loop_timer count_timer;

static const struct option options[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "script", required_argument, NULL, 's' },
	{ "save", required_argument, NULL, 'd' },
	{ "count-file", required_argument, NULL, 'c' },
	{ "cert", required_argument, NULL, 'C' },
	{ "key", required_argument, NULL, 'K' },
	{ "name", required_argument, NULL, 'n' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
help(void)
{
	printf("usage: providers [--listen ADDRESS:PORT]... [--script FILE] [--save DIR]\n"
	       "                 [--count-file FILE] [--cert FILE --key FILE] [--name HOST]\n\n"
	       "  --listen      where to listen (127.0.0.1:2525); port 0 takes a free one; lo:PORT "
	       "is\n"
	       "                every address of the loopback interface. The places are printed.\n"
	       "  --save        keep accepted messages: NUMBER.eml as received, NUMBER.json "
	       "envelope\n"
	       "  --count-file  JSON counters, rewritten as they change\n"
	       "  --cert --key  PEM; without them a self-signed certificate is made\n\n");
	provider_script_help();
}

static int
die(const char *text)
{
	fprintf(stderr, "providers: %s\n", text);
	return 1;
}

/* parse_place - "127.0.0.1:25", "[::1]:25", "lo:25" */
static int
parse_place(const char *text, struct sockaddr_storage *address_out, socklen_t *len_out,
	    bool *is_loopback_device_out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address_out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address_out;
	const char *colon = strrchr(text, ':');
	unsigned long long port;
	char host[64];

	memset(address_out, 0, sizeof *address_out);
	if (!colon || (size_t)(colon - text) >= sizeof host ||
	    !span_to_u64(span_of(colon + 1), &port) || port > 65535)
		return -1;
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	*is_loopback_device_out = strcmp(host, "lo") == 0;
	if (host[0] == '[') {
		host[strlen(host) - 1] = '\0';
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		*len_out = sizeof *v6;
		return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1 ? 0 : -1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	*len_out = sizeof *v4;
	return *is_loopback_device_out || inet_pton(AF_INET, host, &v4->sin_addr) == 1 ? 0 : -1;
}

static void
print_place(int fd, const char *given)
{
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;

	getsockname(fd, (struct sockaddr *)&bound, &len);
	/* the port stands at the same place for both families */
	printf("providers: listening on %.*s:%u\n", (int)(strrchr(given, ':') - given), given,
	       ntohs(((struct sockaddr_in *)&bound)->sin_port));
}

static int
add_listener(const char *place)
{
	struct sockaddr_storage address;
	socklen_t len;
	bool is_device;
	int fd, on = 1;

	if (listener_count == LISTENERS_MAX ||
	    parse_place(place, &address, &len, &is_device) != 0) {
		fprintf(stderr, "providers: --listen %s: not ADDRESS:PORT\n", place);
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || (is_device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0) ||
	    bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, BACKLOG) != 0) {
		fprintf(stderr, "providers: cannot listen on %s: %s\n", place, strerror(errno));
		return -1;
	}
	listeners[listener_count++] = fd;
	return 0;
}

static void
on_accept(int fd, short events, void *arg)
{
	int peer;

	(void)events;
	(void)arg;
	while ((peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		provider_session_start(&world, peer);
}

static void
on_signal(int fd, short events, void *arg)
{
	struct signalfd_siginfo info;

	(void)events;
	(void)arg;
	if (read(fd, &info, sizeof info) > 0)
		loop_stop(world.loop);
}

static json_t *
rule_counts(void)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < provider_script_count(world.script); i++) {
		const struct provider_rule *rule = provider_script_rule(world.script, i);

		json_array_append_new(rules,
				      json_pack("{s:s, s:I, s:I, s:I}", "pattern", rule->pattern,
						"accepted", (json_int_t)rule->accepted, "deferred",
						(json_int_t)rule->deferred, "refused",
						(json_int_t)rule->refused));
	}
	return rules;
}

static void
write_counts(void)
{
	char part[PATH_MAX];
	json_t *counts;

	if (!count_file || counted_version == world.version)
		return;
	counted_version = world.version;
	counts = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "connections",
			   (json_int_t)world.connections, "open", (json_int_t)world.open,
			   "open_most", (json_int_t)world.open_most, "handshakes",
			   (json_int_t)world.handshakes, "messages", (json_int_t)world.messages,
			   "bytes", (json_int_t)world.bytes, "accepted", (json_int_t)world.accepted,
			   "deferred", (json_int_t)world.deferred, "refused",
			   (json_int_t)world.refused, "dropped", (json_int_t)world.dropped, "rules",
			   rule_counts());
	snprintf(part, sizeof part, "%.4000s.part", count_file);
	if (json_dump_file(counts, part, JSON_INDENT(1)) != 0 || rename(part, count_file) != 0)
		fprintf(stderr, "providers: cannot write %s: %s\n", count_file, strerror(errno));
	json_decref(counts);
}

static void
on_count_timer(void *arg)
{
	(void)arg;
	write_counts();
	loop_timer_set(&count_timer, COUNT_INTERVAL_MS);
}

static int
serve(void)
{
	struct loop_watch *signals;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = loop_watch_new(world.loop, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
				 on_signal, NULL);
	loop_watch_set(signals, LOOP_READ);
	for (size_t i = 0; i < listener_count; i++) {
		watches[i] = loop_watch_new(world.loop, listeners[i], on_accept, NULL);
		loop_watch_set(watches[i], LOOP_READ);
	}
	loop_timer_init(&count_timer, world.loop, on_count_timer, NULL);
	if (count_file)
		loop_timer_set(&count_timer, COUNT_INTERVAL_MS);
	loop_run(world.loop);
	write_counts();
	printf("providers: %llu messages, %llu recipients accepted, %llu deferred, %llu refused, "
	       "%llu connections\n",
	       (unsigned long long)world.messages, (unsigned long long)world.accepted,
	       (unsigned long long)world.deferred, (unsigned long long)world.refused,
	       (unsigned long long)world.connections);
	return 0;
}

static int
start(const char *script, const struct tls_files *files, char **places)
{
	struct err err;

	world.script = provider_script_new(script, &err);
	if (!world.script)
		return die(err.text);
	world.loop = loop_new("providers", &err);
	if (!world.loop)
		return die(err.text);
	world.tls = tls_server_new(files, files->certificate ? 1 : 0, world.name, &err);
	if (!world.tls)
		return die(err.text);
	for (size_t i = 0; places[i]; i++)
		if (add_listener(places[i]) != 0)
			return 1;
	for (size_t i = 0; i < listener_count; i++)
		print_place(listeners[i], places[i]);
	fflush(stdout);
	return serve();
}

int
main(int argc, char **argv)
{
	static char standard[] = "127.0.0.1:2525";
	char *places[LISTENERS_MAX + 1] = { standard, NULL };
	struct tls_files files = { NULL, NULL };
	const char *script = NULL;
	size_t place_count = 0;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'l' && place_count < LISTENERS_MAX)
			places[place_count++] = optarg;
		else if (option == 's')
			script = optarg;
		else if (option == 'd')
			world.save_dir = optarg;
		else if (option == 'c')
			count_file = optarg;
		else if (option == 'C')
			files.certificate = optarg;
		else if (option == 'K')
			files.key = optarg;
		else if (option == 'n')
			world.name = optarg;
		else
			return option == 'h' ? (help(), 0) : die("see --help");
	}
	return start(script, &files, places);
}
