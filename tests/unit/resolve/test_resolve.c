/* test_resolve.c - domains to routes, over real sockets and a name server of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "base/mem.h"
#include "base/must.h"
#include "resolve/resolve.h"
#include "unit/resolve/responder.h"

#define DEADLINE_MS 20000

static const struct record zone[] = {
	{ "plain.example", "MX", "20 mx2.plain.example", 300, ANSWERS },
	{ "plain.example", "MX", "10 mx1.plain.example", 300, ANSWERS },
	{ "mx1.plain.example", "A", "192.0.2.1", 300, ANSWERS },
	{ "mx1.plain.example", "A", "192.0.2.2", 300, ANSWERS },
	{ "mx2.plain.example", "A", "192.0.2.3", 300, ANSWERS },
	{ "v6.example", "MX", "10 mx.v6.example", 300, ANSWERS },
	{ "mx.v6.example", "AAAA", "::1", 300, ANSWERS }, /* loopback: there is always a route */
	{ "mx.v6.example", "A", "192.0.2.4", 300, ANSWERS },
	{ "implicit.example", "A", "192.0.2.5", 300, ANSWERS },
	{ "empty.example", "TXT", "", 300, ANSWERS },
	{ "null.example", "MX", "0 .", 300, ANSWERS },
	{ "null2.example", "MX", "0 .", 300, ANSWERS },
	{ "null2.example", "MX", "10 mx1.plain.example", 300, ANSWERS },
	{ "lost.example", "MX", "10 nowhere.example", 300, ANSWERS },
	{ "shaky.example", "MX", "10 nowhere.example", 300, ANSWERS },
	{ "shaky.example", "MX", "20 broken.example", 300, ANSWERS },
	{ "half.example", "MX", "10 broken.example", 300, ANSWERS },
	{ "half.example", "MX", "20 mx2.plain.example", 300, ANSWERS },
	{ "broken.example", "TXT", "", 300, SAYS_SERVFAIL },
	{ "refused.example", "TXT", "", 300, SAYS_REFUSED },
	{ "silent.example", "TXT", "", 300, SILENT },
	{ "a.silent2.example", "TXT", "", 300, SILENT },
	{ "b.silent2.example", "TXT", "", 300, SILENT },
	{ "large.example", "MX", "10 mx1.plain.example", 300, TRUNCATES },
	{ "old.example", "MX", "10 mx1.plain.example", 300, HATES_EDNS },
	{ "forged.example", "MX", "10 mx1.plain.example", 300, FORGES },
	{ "alias.example", "CNAME", "plain.example", 300, ANSWERS },
	{ "far.example", "CNAME", "implicit.example", 300, CHASES_NOT },
	{ "mxalias.example", "MX", "10 far.example", 300, ANSWERS },
	{ "loop1.example", "CNAME", "loop2.example", 300, CHASES_NOT },
	{ "loop2.example", "CNAME", "loop1.example", 300, CHASES_NOT },
	{ "spin1.example", "CNAME", "spin2.example", 300, ANSWERS },
	{ "spin2.example", "CNAME", "spin1.example", 300, ANSWERS },
	{ "self.example", "MX", "10 me.example", 300, ANSWERS },
	{ "backup.example", "MX", "10 mx1.plain.example", 300, ANSWERS },
	{ "backup.example", "MX", "20 me.example", 300, ANSWERS },
	{ "backup.example", "MX", "30 mx2.plain.example", 300, ANSWERS },
	{ "me.example", "A", "127.0.0.1", 300, ANSWERS },
	{ "named.example", "MX", "10 relay.example", 300, ANSWERS },
	{ "relay.example", "A", "192.0.2.9", 300, ANSWERS },
	{ "smart.example", "A", "192.0.2.7", 300, ANSWERS },
	{ "bad.example", "MX", "10 not_a host!", 300, ANSWERS },
	{ "short.example", "A", "192.0.2.8", 1, ANSWERS },
};

/* what a test edits; the resolver gets copies, for a configuration never changes */
struct settings {
	struct config config;
	struct config_listener listener;
	struct config_route route[3], smarthost[1];
	const char *nameserver[3];
	const char *address[1];
};

static struct bench {
	struct responder responder;
	struct settings settings, given[4];
	size_t givens;
	char server[64];
	struct loop *loop;
	struct mailbox *asker;
	struct loop_timer deadline;
	struct resolve *resolve;
	struct resolve_route *got[300];
	size_t back, want;
} bench;

static const struct config *
give(void)
{
	struct settings *given = &bench.given[bench.givens++];

	must(bench.givens <= sizeof bench.given / sizeof bench.given[0]);
	*given = bench.settings;
	given->config.listener = &given->listener;
	given->listener.address = given->address;
	given->config.route = given->route;
	given->config.smarthost = given->smarthost;
	given->config.dns.nameserver = given->nameserver;
	ref_init(&given->config.ref); /* ours, never dropped */
	return &given->config;
}

static void
reconfigure(void)
{
	resolve_reconfigure(bench.resolve, give());
}

static void
on_answer(struct mailbox_item *item, void *owner)
{
	struct resolve_request *request = (struct resolve_request *)(void *)item;

	(void)owner;
	bench.got[(size_t)request->context] = request->route;
	mem_free(request);
	if (++bench.back == bench.want)
		loop_stop(bench.loop);
}

static void
ask(const char *domain, size_t no)
{
	struct resolve_request *request = mem_zero(1, sizeof *request);

	request->back = (struct mailbox_return){ bench.asker, on_answer };
	request->context = (void *)no;
	snprintf(request->domain, sizeof request->domain, "%s", domain);
	resolve_send(bench.resolve, &request);
}

static void
await(size_t want)
{
	bench.want = want;
	loop_timer_set(&bench.deadline, DEADLINE_MS);
	if (bench.back < want)
		loop_run(bench.loop);
	loop_timer_clear(&bench.deadline);
	assert_int_equal(bench.back, want);
	bench.back = 0;
}

static struct resolve_route *
resolve_one(const char *domain)
{
	ask(domain, 0);
	await(1);
	return bench.got[0];
}

static void
on_deadline(void *arg)
{
	(void)arg;
	loop_stop(bench.loop);
}

static int
set_up(void **state)
{
	struct err err;

	(void)state;
	memset(&bench, 0, sizeof bench);
	responder_start(&bench.responder, zone, sizeof zone / sizeof zone[0]);
	snprintf(bench.server, sizeof bench.server, "127.0.0.1:%u", bench.responder.port);
	bench.settings.nameserver[0] = bench.server;
	bench.settings.address[0] = "127.0.0.1";
	bench.settings.config.hostname = "relay.example";
	bench.settings.config.dns.nameservers = 1;
	bench.settings.config.dns.timeout_ms = 150;
	bench.settings.config.dns.max_per_zone = 10;
	bench.settings.config.dns.min_ttl_ms = 1000;
	bench.settings.config.dns.max_ttl_ms = 100000;
	bench.settings.config.delivery.port = 2525;
	bench.settings.listener = (struct config_listener){ .title = "bounces",
	  .kind = CONFIG_BOUNCES,
		                                   .addresses = 1, .port = 25 };
	bench.settings.config.listeners = 1;
	bench.loop = loop_new("test", &err);
	bench.asker = mailbox_new("asker", 1000, &bench, &err);
	mailbox_attach(bench.asker, bench.loop);
	loop_timer_init(&bench.deadline, bench.loop, on_deadline, NULL);
	bench.resolve = resolve_start(give(), &err);
	assert_non_null(bench.resolve);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	resolve_stop(&bench.resolve);
	loop_timer_deinit(&bench.deadline);
	mailbox_free(&bench.asker);
	loop_free(&bench.loop);
	responder_stop(&bench.responder);
	return 0;
}

/* ---- domains ---------------------------------------------------------------------------- */
static void
describe(const struct resolve_route *route, char *out, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = 0;

	out[0] = '\0';
	if (route->failed) {
		snprintf(out, size, "%s %u.%u.%u %s", route->permanent ? "permanent" : "temporary",
		         route->enhanced.class, route->enhanced.subject, route->enhanced.detail,
		         route->err.text);
		return;
	}
	for (size_t i = 0; i < route->hosts; i++) {
		n += (size_t)snprintf(out + n, size - n, "%s%s/%zu", i ? " " : "",
		  route->host[i].name,
		                      route->host[i].addresses);
		if (route->host[i].addresses == 0)
			continue;
		inet_ntop(route->host[i].address[0].sa.sa_family,
		          route->host[i].address[0].sa.sa_family == AF_INET6
		                  ? (const void *)&route->host[i].address[0].in6.sin6_addr
		                  : &route->host[i].address[0].in.sin_addr,
		          address, sizeof address);
		if (route->host[i].addresses == 1)
			n += (size_t)snprintf(out + n, size - n, "=%s", address);
		assert_int_equal(ntohs(route->host[i].address[0].in.sin_port), 2525);
	}
}

static const struct {
	const char *domain, *want; /* a failure: its beginning */
} domains[] = {
	{ "plain.example", "mx1.plain.example/2 mx2.plain.example/1=192.0.2.3" },
	{ "Plain.Example.", "mx1.plain.example/2 mx2.plain.example/1=192.0.2.3" },
	{ "v6.example", "mx.v6.example/2" },
	{ "implicit.example", "implicit.example/1=192.0.2.5" },
	{ "empty.example", "permanent 5.4.4 DNS: empty.example has neither MX nor address" },
	{ "missing.example", "permanent 5.1.2 DNS: missing.example does not exist (NXDOMAIN)" },
	{ "null.example", "permanent 5.1.10 DNS: null.example takes no mail" },
	{ "null2.example", "mx1.plain.example/2" },
	{ "lost.example", "permanent 5.4.4 DNS: no MX host of lost.example has an address" },
	{ "shaky.example",
	  "temporary 4.4.3 DNS: SERVFAIL while looking for the address of broken" },
	{ "half.example", "broken.example/0 mx2.plain.example/1=192.0.2.3" },
	{ "broken.example",
	  "temporary 4.4.3 DNS: SERVFAIL while looking for the MX of broken.example" },
	{ "refused.example", "temporary 4.4.3 DNS: REFUSED" },
	{ "silent.example", "temporary 4.4.3 DNS: no answer" },
	{ "large.example", "mx1.plain.example/2" },
	{ "old.example", "mx1.plain.example/2" },
	{ "forged.example", "mx1.plain.example/2" },
	{ "alias.example", "mx1.plain.example/2 mx2.plain.example/1=192.0.2.3" },
	{ "far.example", "far.example/1=192.0.2.5" },
	{ "mxalias.example", "far.example/1=192.0.2.5" },
	{ "loop1.example", "temporary 4.4.3 DNS: too many CNAMEs" },
	{ "spin1.example", "temporary 4.4.3 DNS: too many CNAMEs" },
	{ "self.example", "me.example/1=127.0.0.1" }, /* nobody of us listens on 2525 */
	{ "bad.example", "permanent 5.4.4 DNS: no MX host" },
	{ "not a domain", "permanent 5.1.2 not a domain is no domain name" },
	{ "a..b", "permanent 5.1.2" },
	{ "[192.0.2.77]", "[192.0.2.77]/1=192.0.2.77" },
	{ "[IPv6:::1]", "[IPv6:::1]/1=::1" },
	{ "[mail]", "permanent 5.1.3 [mail] is no IP address" },
};

static void
resolves(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
		struct resolve_route *route = resolve_one(domains[i].domain);
		char got[1024];

		describe(route, got, sizeof got);
		if (strncmp(got, domains[i].want, strlen(domains[i].want)) != 0)
			fail_msg("%s: %s", domains[i].domain, got);
		assert_false(route->secure);
		assert_false(route->is_configured);
		resolve_route_unref(&route);
	}
	assert_true(bench.responder.by_tcp > 0);
	assert_int_equal(bench.responder.dos, 0);
}

static void
prefers_the_family_it_is_told(void **state)
{
	struct resolve_route *route = resolve_one("v6.example");

	(void)state;
	assert_int_equal(route->host[0].address[0].sa.sa_family, AF_INET6);
	resolve_route_unref(&route);
	bench.settings.config.dns.prefer_ipv4 = true;
	reconfigure();
	route = resolve_one("v6.example");
	assert_int_equal(route->host[0].address[0].sa.sa_family, AF_INET);
	resolve_route_unref(&route);
}

static void
does_not_mail_itself(void **state)
{
	struct resolve_route *route;
	char got[1024];

	(void)state;
	bench.settings.listener.port = 2525; /* now 127.0.0.1:2525 is us */
	reconfigure();
	route = resolve_one("self.example");
	describe(route, got, sizeof got);
	assert_non_null(strstr(got, "permanent 5.4.6 mail for self.example loops back"));
	resolve_route_unref(&route);
	route = resolve_one("named.example"); /* our hostname, whatever its address */
	assert_true(route->failed);
	resolve_route_unref(&route);
	route = resolve_one("backup.example"); /* only what is better than ourselves */
	describe(route, got, sizeof got);
	assert_string_equal(got, "mx1.plain.example/2");
	resolve_route_unref(&route);
	bench.settings.address[0] = "0.0.0.0"; /* the interfaces' addresses count */
	reconfigure();
	route = resolve_one("self.example");
	assert_true(route->failed);
	resolve_route_unref(&route);
}

static void
configured_routes_come_first(void **state)
{
	char file[] = "/tmp/relay-test-XXXXXX";
	int fd = mkstemp(file);
	struct resolve_route *route;
	char got[1024];

	(void)state;
	assert_int_equal(write(fd, "geheim\n", 7), 7);
	close(fd);
	bench.settings.route[0] = (struct config_route){ .pattern = "*.internal.example",
	  .host = "192.0.2.50",
		                                .port = 2525, .tls = CONFIG_OUT_TLS_NONE };
	bench.settings.route[1] = (struct config_route){ .pattern = "smart.test",
	  .host = "smart.example",
		                                .port = 2525, .tls = CONFIG_OUT_TLS_VERIFIED,
		                                .user = "me", .password_file = file };
	bench.settings.route[2] = (struct config_route){ .pattern = "gone.test",
	  .host = "missing.example",
		                                .port = 2525, .tls = CONFIG_OUT_TLS_NONE,
		                                .user = "me",
		                                .password_file = "/nonexistent/file" };
	bench.settings.config.routes = 3;
	reconfigure();
	route = resolve_one("a.internal.example");
	describe(route, got, sizeof got);
	assert_string_equal(got, "192.0.2.50/1=192.0.2.50");
	assert_true(route->is_configured);
	assert_null(route->user);
	resolve_route_unref(&route);
	route = resolve_one("smart.test");
	describe(route, got, sizeof got);
	assert_string_equal(got, "smart.example/1=192.0.2.7");
	assert_int_equal(route->tls, CONFIG_OUT_TLS_VERIFIED);
	assert_string_equal(route->user, "me");
	assert_string_equal(route->password, "geheim");
	resolve_route_unref(&route);
	route = resolve_one("gone.test"); /* the operator's mistake bounces nothing */
	assert_true(route->failed);
	assert_false(route->permanent);
	resolve_route_unref(&route);
	unlink(file);
}

static void
smarthosts_are_found_by_name(void **state)
{
	char file[] = "/tmp/relay-test-XXXXXX";
	int fd = mkstemp(file);
	struct resolve_route *route;
	char got[1024];

	(void)state;
	assert_int_equal(write(fd, "geheim\n", 7), 7);
	close(fd);
	bench.settings.route[0] = (struct config_route){ .pattern = "*", .host = "192.0.2.50",
							 .port = 25, .user = "other",
							 .password_file = "/nonexistent/file" };
	bench.settings.config.routes = 1;
	bench.settings.smarthost[0] = (struct config_route){ .pattern = "old",
							     .host = "smart.example", .port = 2525,
							     .tls = CONFIG_OUT_TLS_REQUIRED,
							     .user = "me", .password_file = file };
	bench.settings.config.smarthosts = 1;
	reconfigure();
	route = resolve_one(RESOLVE_SMARTHOST "old"); /* whatever the routes say */
	describe(route, got, sizeof got);
	assert_string_equal(got, "smart.example/1=192.0.2.7");
	assert_string_equal(route->smarthost, "old");
	assert_string_equal(route->user, "me");
	assert_string_equal(route->password, "geheim");
	resolve_route_unref(&route);
	route = resolve_one(RESOLVE_SMARTHOST "gone");
	assert_true(route->failed);
	assert_false(route->permanent);
	assert_non_null(strstr(route->err.text, "smarthost gone is not in relayd.conf"));
	resolve_route_unref(&route);
	unlink(file);
}

static void
asks_once_for_many(void **state)
{
	unsigned before;

	(void)state;
	for (size_t i = 0; i < 50; i++)
		ask("plain.example", i);
	await(50);
	assert_true(bench.responder.queries <= 5); /* MX, and A and AAAA of two hosts */
	for (size_t i = 0; i < 50; i++)
		resolve_route_unref(&bench.got[i]);
	before = bench.responder.queries;
	for (size_t i = 0; i < 3; i++) {
		struct resolve_route *route =
			resolve_one(i == 1 ? "missing.example" : "plain.example");

		resolve_route_unref(&route);
	}
	bench.got[0] = resolve_one("missing.example");
	resolve_route_unref(&bench.got[0]);
	assert_int_equal(bench.responder.queries, before + 1); /* "no" is remembered, too */
}

static void
a_dead_zone_delays_only_its_own(void **state)
{
	struct resolve_stats stats;
	char name[64];

	(void)state;
	bench.settings.config.dns.timeout_ms = 2000;
	bench.settings.config.dns.max_per_zone = 3;
	reconfigure();
	for (size_t i = 1; i <= 100; i++) { /* in a zone that never answers */
		snprintf(name, sizeof name, i % 2 ? "a.silent2.example" : "b.silent2.example");
		ask(name, 299);
	}
	ask("plain.example", 0);
	await(1);
	assert_false(bench.got[0]->failed);
	resolve_route_unref(&bench.got[0]);
	resolve_stats_read(bench.resolve, &stats);
	assert_true(stats.questions <= 7); /* two joined ones of the dead zone */
	bench.back = 0; /* the others are freed by resolve_stop */
}

static void
the_next_server_is_asked(void **state)
{
	int nobody = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof address;
	char mute[64];
	struct resolve_route *route;
	struct resolve_stats stats;

	(void)state; /* the first refuses (nothing is bound there), the second never answers */
	assert_int_equal(bind(nobody, (struct sockaddr *)&address, n), 0);
	assert_int_equal(getsockname(nobody, (struct sockaddr *)&address, &n), 0);
	snprintf(mute, sizeof mute, "127.0.0.1:%u", ntohs(address.sin_port));
	bench.settings.nameserver[0] = "127.0.0.1:1";
	bench.settings.nameserver[1] = mute;
	bench.settings.nameserver[2] = bench.server;
	bench.settings.config.dns.nameservers = 3;
	reconfigure();
	route = resolve_one("plain.example");
	assert_false(route->failed);
	resolve_route_unref(&route);
	resolve_stats_read(bench.resolve, &stats);
	assert_true(stats.timeouts >= 1);
	close(nobody);
}

static void
trusts_ad_only_when_told(void **state)
{
	struct resolve_route *route;

	(void)state;
	bench.settings.config.dns.trusted = true;
	reconfigure();
	route = resolve_one("plain.example");
	assert_true(route->secure);
	assert_true(bench.responder.dos > 0);
	resolve_route_unref(&route);
	bench.settings.config.dns.trusted = false;
	reconfigure();
	route = resolve_one("plain.example"); /* its server still sets AD */
	assert_false(route->secure);
	resolve_route_unref(&route);
}

static void
keeps_as_long_as_it_may(void **state)
{
	struct resolve_route *route = resolve_one("short.example");
	int64_t first = route->expires_mono_ms, now = loop_now_mono_ms(bench.loop);

	(void)state;
	assert_in_range((uint64_t)(first - now), 0, 1500);
	resolve_route_unref(&route);
	route = resolve_one("plain.example"); /* 300 s, cut to 100 s */
	assert_in_range((uint64_t)(route->expires_mono_ms - now), 50000, 101500);
	resolve_route_unref(&route);
	route = resolve_one("missing.example"); /* the SOA's minimum */
	assert_in_range((uint64_t)(route->expires_mono_ms - now), 20000, 31500);
	resolve_route_unref(&route);
}

static void
a_bad_server_list_keeps_the_old(void **state)
{
	struct resolve_route *route;

	(void)state;
	bench.settings.nameserver[0] = "no address";
	reconfigure();
	route = resolve_one("plain.example");
	assert_false(route->failed);
	resolve_route_unref(&route);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(resolves),
		TEST(prefers_the_family_it_is_told),
		TEST(does_not_mail_itself),
		TEST(configured_routes_come_first),
		TEST(smarthosts_are_found_by_name),
		TEST(asks_once_for_many),
		TEST(a_dead_zone_delays_only_its_own),
		TEST(the_next_server_is_asked),
		TEST(trusts_ad_only_when_told),
		TEST(keeps_as_long_as_it_may),
		TEST(a_bad_server_list_keeps_the_old),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
