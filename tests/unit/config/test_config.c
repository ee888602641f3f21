/* relayd.conf: what is accepted, and what is refused with which line and words. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "config.h"
#include "config_diff.h"
#include "config_restart.h"
#include "config_text.h"

static char path[] = "/tmp/relay-test-config-XXXXXX";

static struct config *
load(const char *text, struct err *err)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return config_load(path, err);
}

#define BASE "hostname = \"relay.example\"\nlisten \"submission\" {}\n"

static const struct bad_row {
	const char *name, *text, *says;
} bad[] = {
	{ "no hostname", "listen \"submission\" {}\n", ":1: hostname is missing" },
	{ "bad hostname", "hostname = \"-x\"\nlisten \"submission\" {}\n", "is not a host name" },
	{ "no listener", "hostname = \"a.example\"\n", ":1: no listen section" },
	{ "misspelt option", BASE "limits {\n  recipents = 5\n}\n",
	  ":4: there is no option \"recipents\"; did you mean \"recipients\"?" },
	{ "misspelt section", BASE "lisen \"x\" {}\n",
	  ":3: there is no option \"lisen\"; did you mean \"listen\"?" },
	{ "misspelt at the top", BASE "hostnam = \"x\"\n", "did you mean \"hostname\"?" },
	{ "unlike anything", BASE "frobnicate = 7\n", ":3: there is no option \"frobnicate\"" },
	{ "line after comments",
	  "# one\n# two\n/* three\n four */\n// \"five\n" BASE "limits { recipients = x }\n",
	  ":8: recipients: \"x\": must be a whole number" },
	{ "hash inside quotes", BASE "limits { recipients = \"a#b\" }\n",
	  ":3: recipients: \"a#b\": must be" },
	{ "too many lists",
	  BASE "source_check {\n  blocklists = {\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\","
	       "\"i\",\"j\",\"k\",\"l\",\"m\",\"n\",\"o\",\"p\",\n\"q\"}\n}\n",
	  ":5: blocklists: more than 16; leave some out" },
	{ "notices from nobody", BASE "notices { from = \"postmaster\" }\n",
	  "notices: from \"postmaster\" is not an address as in postmaster@relay.example" },
	{ "notices with a name", BASE "notices { from = \"Relay <a@b.example>\" }\n",
	  "is not an address" },
	{ "notices, dot last", BASE "notices { from = \"a.@b.example\" }\n", "is not an address" },
	{ "range", BASE "limits { recipients = 0 }\n", "must be 1 to 100000" },
	{ "duration without unit", BASE "limits { idle_timeout = \"90\" }\n",
	  ":3: idle_timeout: \"90\":" },
	{ "duration too short", BASE "limits { idle_timeout = \"10ms\" }\n", "idle_timeout" },
	{ "bad size", BASE "limits { message_size = \"5X\" }\n", "message_size" },
	{ "bad word", BASE "delivery { tls = sometimes }\n", "must be one of none, opportunistic" },
	{ "bad port", BASE "delivery { port = 70000 }\n", "must be a port" },
	{ "bad retry item", BASE "delivery { retry = {\"1m\", \"x\"} }\n", ":3: retry: \"x\"" },
	{ "bad rate", BASE "provider \"p\" { mx = {\"*.p\"}\n rate = \"50\" }\n",
	  ":4: rate: \"50\"" },
	{ "kind of a later version", BASE "listen \"api\" {}\n",
	  "kind api is not in this version" },
	{ "a provider called as those without",
	  BASE "provider \"others\" { mx = {\"*.p\"} }\n", "choose another name" },
	{ "pool without address", BASE "pool \"shared\" {}\n", "pool \"shared\" has no address" },
	{ "pool with a name for an address",
	  BASE "pool \"a\" { address = {\"mx1.relay.example\"} }\n",
	  "pool \"a\": \"mx1.relay.example\" is not an IP address" },
	{ "one address in two spellings",
	  BASE "pool \"a\" { address = {\"2001:db8::1\", \"2001:DB8:0::1\"} }\n",
	  "pool \"a\" has 2001:db8::1 twice" },
	{ "weights of other addresses",
	  BASE "pool \"a\" { address = {\"192.0.2.1\"} weight = {1, 2} }\n",
	  "pool \"a\" has 1 addresses and 2 weights" },
	{ "weight out of range",
	  BASE "pool \"a\" { address = {\"192.0.2.1\"} weight = {0} }\n", "must be 1 to 1000" },
	{ "unknown overflow",
	  BASE "pool \"a\" { address = {\"192.0.2.1\"} overflow = \"b\" }\n",
	  "overflow: there is no pool \"b\"" },
	{ "overflow into itself",
	  BASE "pool \"a\" { address = {\"192.0.2.1\"} overflow = \"a\" }\n",
	  "overflow is the pool itself" },
	{ "a second default pool", BASE "pool \"default\" { address = {\"192.0.2.1\"} }\n",
	  "the default pool is delivery.source" },
	{ "source of no pool", BASE "source \"192.0.2.9\" { ehlo = \"a.example\" }\n",
	  "source \"192.0.2.9\" is in no pool" },
	{ "source with a bad name",
	  BASE "pool \"a\" { address = {\"192.0.2.1\"} }\n"
	       "source \"192.0.2.1\" { ehlo = \"not a name\" }\n",
	  "ehlo \"not a name\" is not a host name" },
	{ "title twice", BASE "listen \"submission\" { port = 1 }\n", "ubmission" },
	{ "unknown title without kind", BASE "listen \"foo\" { port = 1 }\n", "needs kind" },
	{ "clear text submission",
	  "hostname = \"a.example\"\nlisten \"submission\" { tls = none }\n",
	  "would take passwords in clear text" },
	{ "local on a public address",
	  BASE "listen \"local\" { address = {\"192.0.2.1\"} credential = \"x\" }\n",
	  "is not a loopback address" },
	{ "local without credential", BASE "listen \"local\" {}\n", "credential is missing" },
	{ "same port twice", BASE "listen \"b\" { kind = submission\n port = 587 }\n",
	  "listen \"b\" wants port 587 of 0.0.0.0, which listen \"submission\" has by 0.0.0.0" },
	{ "same port by another address",
	  BASE "listen \"b\" { kind = submission\n address = {\"192.0.2.1\"} port = 587 }\n",
	  "listen \"b\" wants port 587 of 192.0.2.1, which listen \"submission\" has by 0.0.0.0" },
	{ "same second address",
	  BASE "listen \"b\" { kind = submission\n address = {\"192.0.2.1\", \"::1\"} port = 26 }\n"
	  "listen \"c\" { kind = submission\n address = {\"192.0.2.2\", \"::1\"} port = 26 }\n",
	  "listen \"c\" wants port 26 of ::1, which listen \"b\" has by ::1" },
	{ "an address twice",
	  BASE "listen \"b\" { kind = submission\n address = {\"::1\", \"::\"} port = 26 }\n",
	  "listen \"b\" wants port 26 of ::, which listen \"b\" has by ::1" },
	{ "not an address",
	  "hostname = \"a.example\"\nlisten \"submission\" { address = {\"localhost\"} }\n",
	  "is not an IP address" },
	{ "smarthost without host", BASE "smarthost \"old\" {}\n", "has no host" },
	{ "smarthost of a bad name", BASE "smarthost \"Old/1\" { host = \"h\" }\n",
	  "its name is small letters" },
	{ "smarthost whose password would go in clear",
	  BASE "smarthost \"old\" { host = h tls = none user = u password_file = f }\n",
	  "a password needs tls" },
	{ "route without host", BASE "route \"*\" {}\n", "has no host" },
	{ "password in clear",
	  BASE "route \"*\" { host = \"h\" user = \"u\" password_file = \"/f\" }\n",
	  "needs tls = required" },
	{ "dane", BASE "delivery { tls = dane }\n", "dane is not in this version" },
	{ "provider without mx", BASE "provider \"p\" {}\n", "has no mx patterns" },
	{ "rule without provider", BASE "reply_rule \"r\" { match = 'x' }\n",
	  ":3: reply_rule \"r\" has no provider" },
	{ "rule without pattern", BASE "reply_rule \"r\" { provider = \"google\" }\n",
	  ":3: reply_rule \"r\" has no match" },
	{ "rule of nobody", BASE "reply_rule \"r\" { provider = \"gogle\" match = 'x' }\n",
	  ":3: reply_rule \"r\": there is no provider \"gogle\"" },
	{ "shipped ones turned off",
	  BASE "shipped_rules = no\nreply_rule \"r\" { provider = \"google\" match = 'x' }\n",
	  ":4: reply_rule \"r\": there is no provider \"google\"" },
	{ "no pattern at all", BASE "reply_rule \"r\" { provider = \"google\" match = 'a(' }\n",
	  ":3: reply_rule \"r\": match: missing closing parenthesis at character 3" },
	{ "threshold too high",
	  BASE "reply_rule \"r\" { provider = \"google\" match = 'a' threshold = \"5000/h\" }\n",
	  "threshold counts to 1000 at most" },
	{ "action", BASE "reply_rule \"r\" { action = stop }\n", "must be one of slow, pause" },
	{ "half an identity", BASE "source \"192.0.2.1\" { key = \"/k\" }\n",
	  ":3: source \"192.0.2.1\" needs both certificate and key" },
	{ "half a certificate", BASE "tls { certificate = \"/c\" }\n", "needs both" },
	{ "name server", BASE "dns { nameservers = {\"dns.example\"} }\n", "is not ADDRESS" },
	{ "other store", BASE "store = \"mysql:x\"\n", "this version has sqlite" },
	{ "unclosed", BASE "limits {\n recipients = 5\n",
	  ":3: the { of this line is never closed" },
	{ "unterminated", BASE "x = \"\n", "" },
};

static void
test_refused(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = { 0 };
		struct config *config = load(bad[i].text, &err);

		if (config != NULL || strstr(err.text, bad[i].says) == NULL)
			fail_msg("%s: got \"%s\", expected \"%s\"", bad[i].name,
				 config ? "accepted" : err.text, bad[i].says);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_ptr_equal(strstr(err.text, path), err.text);
	}
}

static const struct config_provider *
provider_of(const struct config *config, const char *host)
{
	const struct config_provider *provider = config_find_provider(config, span_of(host));

	assert_non_null(provider);
	return provider;
}

static void
test_shipped_providers_are_changed_by_name(void **unused)
{
	struct err err;
	struct config *c = load(BASE "provider \"google\" { max_connections = 20 }\n"
				     "provider \"mine\" { mx = {\"*.mx.icloud.com\"} }\n"
				     "reply_rule \"yahoo.complaints\" { for = \"30m\" }\n",
				&err);
	const struct config_provider *google;
	bool has_rule = false;

	(void)unused;
	assert_non_null(c);
	google = provider_of(c, "aspmx.l.google.com");
	assert_int_equal(google->max_connections, 20);
	assert_int_equal(google->messages_per_connection, 50); /* as shipped */
	assert_int_equal(google->line, 3);
	assert_int_equal(provider_of(c, "mta5.am0.yahoodns.net")->line, 0);
	assert_string_equal(provider_of(c, "a.mx.icloud.com")->name, "mine"); /* the file's first */
	assert_string_equal(provider_of(c, "mx01.mail.icloud.com")->name, "apple");
	assert_null(config_find_provider(c, SPAN_LIT("mx.nobody.example")));
	for (size_t i = 0; i < c->reply_rules; i++) {
		const struct config_reply_rule *rule = &c->reply_rule[i];

		if (strcmp(rule->name, "yahoo.complaints") != 0)
			continue;
		has_rule = true;
		assert_int_equal(rule->for_ms, 30 * 60000);
		assert_int_equal(rule->threshold.count, 5); /* as shipped */
		assert_int_equal(rule->threshold.period_ms, 600000);
		assert_int_equal(rule->action, CONFIG_ACTION_STOP_SOURCE);
	}
	assert_true(has_rule);
	config_unref(&c);
}

static void
test_a_list_replaces_the_shipped_one(void **unused)
{
	struct err err;
	struct config *c = load(BASE "provider \"google\" { mx = {\"*.g.example\"} }\n", &err);

	(void)unused;
	assert_non_null(c);
	assert_null(config_find_provider(c, SPAN_LIT("aspmx.l.google.com")));
	assert_string_equal(provider_of(c, "mx.g.example")->name, "google");
	config_unref(&c);
}

static void
test_no_shipped_providers_if_not_wanted(void **unused)
{
	struct err err;
	struct config *c = load(BASE "shipped_rules = no\n", &err);

	(void)unused;
	assert_non_null(c);
	assert_int_equal(c->providers, 0);
	assert_int_equal(c->reply_rules, 0);
	config_unref(&c);
}

static void
test_defaults(void **unused)
{
	struct err err;
	struct config *c = load(BASE "listen \"submissions\" {}\n", &err);

	(void)unused;
	assert_non_null(c);
	assert_string_equal(c->state_dir, "/var/lib/relayd");
	assert_int_equal(c->listeners, 2);
	assert_int_equal(c->listener[0].port, 587);
	assert_int_equal(c->listener[1].port, 465);
	assert_int_equal(c->listener[1].tls, CONFIG_TLS_IMPLICIT);
	assert_int_equal(c->listener[0].addresses, 2);
	assert_int_equal(c->limits.recipients, 1000);
	assert_int_equal(c->limits.message_bytes, 50 << 20);
	assert_int_equal(c->delivery.retries, 7);
	assert_int_equal(c->delivery.retry_ms[6], 4 * 3600 * 1000);
	assert_int_equal(c->delivery.tls, CONFIG_OUT_TLS_OPPORTUNISTIC);
	config_unref(&c);
	assert_null(c);
}

static void
test_values(void **unused)
{
	struct err err;
	struct config *c =
		load("hostname = \"relay.example\"\nstate_dir='/s'\nlog_level = debug\n"
		     "tls { certificate = \"/a\" key = \"/b\" }\ntls { certificate = \"/c\" key = "
		     "\"/d\" }\n"
		     "listen \"in\" { kind = local\n port = 2600\n credential = cron }\n"
		     "dns { nameservers = {\"127.0.0.1:5353\", \"[::1]:54\"}\n trusted = yes }\n"
		     "delivery { retry = {\"1s\",\"90s\"} port = 2525 }\n"
		     "route \"*.internal.example\" { host = \"10.0.0.5\" port = 2525 tls = none }\n"
		     "route \"*\" { host = smart.example }\n"
		     "provider \"google\" { mx = {\"*.google.com\",\"*.googlemail.com\"} "
		     "max_connections = 20 rate = \"50/s\" }\n"
		     "pool \"a\" { address = {\"192.0.2.1\", \"2001:DB8::1\"} weight = {3, 1} "
		     "overflow = \"default\" warmup = true }\n"
		     "warmup { first = 20 growth = 0 days = 45 }\n"
		     "source \"192.0.2.1\" { ehlo = \"mx1.relay.example\" }\n"
		     "log { keep = \"7d\" subject = no }\n",
		     &err);

	(void)unused;
	if (c == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(c->certificates, 2);
	assert_string_equal(c->certificate[1].key, "/d");
	assert_int_equal(c->listener[0].kind, CONFIG_LOCAL);
	assert_string_equal(c->listener[0].address[0], "127.0.0.1");
	assert_int_equal(c->dns.nameservers, 2);
	assert_true(c->dns.trusted);
	assert_int_equal(c->delivery.retry_ms[1], 90000);
	assert_false(c->log.subject);
	assert_string_equal(config_find_route(c, span_of("a.internal.example"))->host, "10.0.0.5");
	assert_string_equal(config_find_route(c, span_of("b.example"))->host, "smart.example");
	assert_string_equal(
		config_find_provider(c, span_of("ALT1.gmail-smtp-in.l.GOOGLE.com"))->name,
		"google");
	assert_null(config_find_provider(c, span_of("google.com.evil.example")));
	assert_int_equal(c->provider[0].rate.count, 50);
	assert_string_equal(config_find_pool(c, "a")->address[1], "2001:db8::1");
	assert_int_equal(config_pool_weight(config_find_pool(c, "a"), 0), 3);
	assert_ptr_equal(config_find_pool(c, NULL), &c->default_pool);
	assert_true(config_find_pool(c, "a")->warmup);
	assert_false(c->default_pool.warmup);
	assert_int_equal(c->warmup.first, 20);
	assert_int_equal(c->warmup.growth, 0);
	assert_int_equal(c->warmup.days, 45);
	assert_null(config_find_pool(c, "b"));
	assert_string_equal(config_ehlo(c, "192.0.2.1"), "mx1.relay.example");
	assert_string_equal(config_ehlo(c, "192.0.2.2"), "relay.example");
	assert_string_equal(config_ehlo(c, NULL), "relay.example");
	assert_int_equal(c->provider[0].rate.period_ms, 1000);
	config_unref(&c);
}

static void
test_changes_are_lines(void **unused)
{
	static const struct {
		const char *was, *is;
		size_t max;
		const char *says;
	} rows[] = {
		{ "a = 1\nb {\n}\n", "b {\n  a = 1\n}", 800, "" },
		{ "a = 1\nb = 2\n", "b = 2\na = 3", 800, "- a = 1; + a = 3" },
		{ "", "a = 1\n\nb = 2", 800, "+ a = 1; + b = 2" },
		{ "", "a = 1\nb = 2", 20, "+ a = 1; ..." },
		{ "a = 11111111111111111", "b = 2", 20, "..." },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf out;

		buf_init(&out, 1600);
		config_text_changes(rows[i].was, rows[i].is, rows[i].max, &out);
		if (!span_is(buf_span(&out), rows[i].says))
			fail_msg("%s: %.*s", rows[i].says, (int)out.len, buf_data(&out));
		buf_deinit(&out);
	}
}

static void
note_difference(void *arg, const struct config_difference *difference)
{
	(void)buf_printf(arg, "%s: %s -> %s (%s)\n", difference->option,
			 difference->was ? difference->was : "-",
			 difference->is ? difference->is : "-",
			 difference->needs_restart ? "restart" : "reload");
}

static void
test_differences_are_options(void **unused)
{
	static const struct {
		const char *name, *was, *is, *says, *restart; /* restart: names of config_restart */
	} rows[] = {
		{ "the same, otherwise written", "delivery { max_age = \"3d\" }",
		  "# a word\ndelivery { max_age = \"72h\" }", "", "" },
		{ "single options", "delivery { max_age = \"3d\" }\n",
		  "workers = 3\ndelivery { max_age = \"90s\" tls = required }\n"
		  "limits { message_size = \"1500\" }",
		  "workers: 0 -> 3 (restart)\n"
		  "limits.message_size: 50M -> 1500 (reload)\n"
		  "delivery.max_age: 3d -> 90s (reload)\n"
		  "delivery.tls: opportunistic -> required (reload)\n", "workers" },
		{ "lists, and unset", "delivery { retry = {\"1m\", \"5m\"} }",
		  "delivery { retry = {\"1m\"} source = {\"192.0.2.1\"} }\n"
		  "alerts { mail = \"a@relay.example\" }",
		  "delivery.retry: 1m, 5m -> 1m (reload)\n"
		  "delivery.source: - -> \"192.0.2.1\" (reload)\n"
		  "alerts.mail: - -> a@relay.example (reload)\n", "" },
		{ "titled sections", "route \"a.example\" { host = \"b.example\" }",
		  "route \"c.example\" { host = \"b.example\" }\n"
		  "provider \"google\" { rate = \"20/10m\" }\n"
		  "listen \"local\" { credential = \"x\" }",
		  "listen local: - -> there (restart)\n"
		  "route a.example: there -> - (reload)\n"
		  "route c.example: - -> there (reload)\n"
		  "provider google.rate: - -> 20/10m (reload)\n",
		  "listen.kind, listen.address, listen.port, listen.tls" },
		{ "beside options of a restart",
		  "delivery { source = {\"192.0.2.1\"} }\n"
		  "source \"192.0.2.1\" { ehlo = \"a.example\" }\n"
		  "listen \"local\" { port = 2525 credential = \"x\" }",
		  "delivery { source = {\"192.0.2.1\"} }\n"
		  "source \"192.0.2.1\" { ehlo = \"b.example\" }\n"
		  "listen \"local\" { port = 2526 credential = \"y\" }",
		  "listen local.port: 2525 -> 2526 (restart)\n"
		  "listen local.credential: x -> y (reload)\n"
		  "source 192.0.2.1.ehlo: a.example -> b.example (reload)\n",
		  "listen.port" },
		{ "their order", "route \"a.*\" { host = \"b.example\" }\n"
		  "route \"*\" { host = \"c.example\" }",
		  "route \"*\" { host = \"c.example\" }\n"
		  "route \"a.*\" { host = \"b.example\" }",
		  "route (order): \"a.*\", \"*\" -> \"*\", \"a.*\" (reload)\n", "" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char was_text[800], is_text[800];
		struct config *was, *is;
		struct err err = { 0 };
		struct buf said;

		snprintf(was_text, sizeof was_text, BASE "%s", rows[i].was);
		snprintf(is_text, sizeof is_text, BASE "%s", rows[i].is);
		was = load(was_text, &err);
		is = load(is_text, &err);
		if (was == NULL || is == NULL)
			fail_msg("%s: %s", rows[i].name, err.text);
		buf_init(&said, 4096);
		config_diff(was, was, is, note_difference, &said);
		if (!span_is(buf_span(&said), rows[i].says))
			fail_msg("%s: %.*s", rows[i].name, (int)said.len, buf_data(&said));
		buf_clear(&said);
		config_restart_names(was, is, &said);
		if (!span_is(buf_span(&said), rows[i].restart))
			fail_msg("%s: %.*s", rows[i].name, (int)said.len, buf_data(&said));
		/* what was reloaded already is no difference; what needs a restart still is */
		buf_clear(&said);
		config_diff(was, is, is, note_difference, &said);
		assert_null(memmem(buf_span(&said).p, said.len, "(reload)", 8));
		buf_deinit(&said);
		config_unref(&was);
		config_unref(&is);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_are_lines),
		cmocka_unit_test(test_differences_are_options),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shipped_providers_are_changed_by_name),
		cmocka_unit_test(test_a_list_replaces_the_shipped_one),
		cmocka_unit_test(test_no_shipped_providers_if_not_wanted),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
	};
	int fd = mkstemp(path), rc;

	close(fd);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return rc;
}
