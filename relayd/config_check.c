/* config_check.c - rules between options of relayd.conf. Thread: main. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "config_check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const struct kind_row {
	const char *name;
	uint16_t port;
	int tls;
	bool is_local; /* listens on loopback unless told otherwise */
	bool is_here;  /* this version has it */
} kinds[CONFIG_KIND_COUNT] = {
	[CONFIG_SUBMISSION] = { "submission", 587, CONFIG_TLS_STARTTLS, false, true },
	[CONFIG_SUBMISSIONS] = { "submissions", 465, CONFIG_TLS_IMPLICIT, false, true },
	[CONFIG_BOUNCES] = { "bounces", 25, CONFIG_TLS_STARTTLS, false, false },
	[CONFIG_API] = { "api", 8443, CONFIG_TLS_IMPLICIT, false, false },
	[CONFIG_LOCAL] = { "local", 2525, CONFIG_TLS_NONE, true, true },
	[CONFIG_METRICS] = { "metrics", 9465, CONFIG_TLS_NONE, true, false },
};

static const char *const out_tls_names[] = { "none", "opportunistic", "required", "verified",
					     "dane" };

const char *
config_kind_name(int kind)
{
	return kind >= 0 && kind < CONFIG_KIND_COUNT ? kinds[kind].name : "?";
}

const char *
config_out_tls_name(int tls)
{
	return tls >= 0 && tls <= CONFIG_OUT_TLS_DANE ? out_tls_names[tls] : "?";
}

const char *
config_action_name(int action)
{
	static const char *const names[] = {
		[CONFIG_ACTION_SLOW] = "slow",
		[CONFIG_ACTION_PAUSE] = "pause",
		[CONFIG_ACTION_ONE_CONNECTION] = "one_connection",
		[CONFIG_ACTION_STOP_SOURCE] = "stop_source",
		[CONFIG_ACTION_STOP_CREDENTIAL] = "stop_credential",
	};

	return action >= 0 && action <= CONFIG_ACTION_STOP_CREDENTIAL ? names[action] : "?";
}

void
config_check_preset(const struct config_section *section, void *item)
{
	struct config_listener *listener = item;

	if (strcmp(section->name, "listen") != 0)
		return;
	listener->kind = CONFIG_KIND_COUNT;
	listener->tls = -1;
	for (int k = 0; k < CONFIG_KIND_COUNT; k++)
		if (strcmp(listener->title, kinds[k].name) == 0)
			listener->kind = k;
}

/* distance - edits (insert, delete, change, swap neighbours) between two names, capped rows */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[3][48];
	size_t n = strlen(a), m = strlen(b);

	if (n >= 47 || m >= 47)
		return 99;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = row[i % 3], *last = row[(i - 1) % 3], *before = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);

			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}

const char *
config_check_nearest(const struct config_section *section, const char *name)
{
	const char *best = NULL;
	unsigned best_distance = 3;

	for (size_t i = 0; section != NULL && i < section->options; i++) {
		unsigned d = distance(name, section->option[i].name);

		if (d < best_distance) {
			best_distance = d;
			best = section->option[i].name;
		}
	}
	for (size_t i = 1; section == &config_sections[0] && i < config_section_count; i++) {
		unsigned d = distance(name, config_sections[i].name);

		if (d < best_distance) {
			best_distance = d;
			best = config_sections[i].name;
		}
	}
	return best;
}

#define FAIL(config, line, ...) config_check_fail((config), (line), (err), __VA_ARGS__)

int
config_check_fail(const struct config *config, uint32_t line, struct err *err, const char *fmt, ...)
{
	char text[sizeof err->text];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(err, ERR_INPUT, (int)line, "%s:%u: %s", config->file, line, text);
}

static bool
is_numeric_address(const char *text)
{
	unsigned char raw[16];

	return inet_pton(AF_INET, text, raw) == 1 || inet_pton(AF_INET6, text, raw) == 1;
}

static bool
is_loopback(const char *text)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, text, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, text, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static void
default_listener(struct config *config, struct config_listener *listener)
{
	const struct kind_row *kind = &kinds[listener->kind];
	static const char *const everywhere[] = { "0.0.0.0", "::" };

	if (listener->port == 0)
		listener->port = kind->port;
	if (listener->tls < 0)
		listener->tls = kind->tls;
	if (listener->addresses > 0)
		return;
	listener->address = arena_zero(config->arena, 2 * sizeof *listener->address);
	listener->addresses = kind->is_local ? 1 : 2;
	for (size_t i = 0; i < listener->addresses; i++)
		listener->address[i] = kind->is_local ? "127.0.0.1" : everywhere[i];
}

static int
check_listener(struct config *config, struct config_listener *listener, struct err *err)
{
	if (listener->kind == CONFIG_KIND_COUNT)
		return FAIL(config, listener->line,
			    "listen \"%.30s\" needs kind = submission, submissions or local",
			    listener->title);
	if (!kinds[listener->kind].is_here)
		return FAIL(config, listener->line,
			    "listen \"%.30s\": kind %s is not in this version", listener->title,
			    kinds[listener->kind].name);
	default_listener(config, listener);
	for (size_t i = 0; i < listener->addresses; i++) {
		if (!is_numeric_address(listener->address[i]))
			return FAIL(config, listener->line,
				    "listen \"%.30s\": \"%.40s\" is not an IP address",
				    listener->title, listener->address[i]);
		if (listener->kind == CONFIG_LOCAL && !is_loopback(listener->address[i]))
			return FAIL(config, listener->line,
				    "listen \"%.30s\": %s is not a loopback address; kind local "
				    "has no password",
				    listener->title, listener->address[i]);
	}
	if (listener->kind == CONFIG_LOCAL && listener->credential == NULL)
		return FAIL(config, listener->line,
			    "listen \"%.30s\": credential is missing: on whose behalf is its mail?",
			    listener->title);
	if (listener->kind != CONFIG_LOCAL && listener->tls == CONFIG_TLS_NONE)
		return FAIL(config, listener->line,
			    "listen \"%.30s\": tls = none would take passwords in clear text; use "
			    "starttls or implicit",
			    listener->title);
	if (listener->kind == CONFIG_LOCAL && listener->tls != CONFIG_TLS_NONE)
		return FAIL(config, listener->line,
			    "listen \"%.30s\": kind local has no TLS; remove tls", listener->title);
	return 0;
}

/* overlap - is the first place taken when the second is asked for? "::" leaves IPv4 alone. */
static bool
overlap(const char *a, const char *b)
{
	bool is_six = strchr(a, ':') != NULL;
	const char *any = is_six ? "::" : "0.0.0.0";

	return is_six == (strchr(b, ':') != NULL) &&
	       (strcmp(a, b) == 0 || strcmp(a, any) == 0 || strcmp(b, any) == 0);
}

/* check_apart - bind(2) would say no more than that somebody has the port. */
static int
check_apart(const struct config *config, const struct config_listener *one,
	    const struct config_listener *other, struct err *err)
{
	if (one->port != other->port)
		return 0;
	for (size_t i = 0; i < one->addresses; i++)
		for (size_t k = one == other ? i + 1 : 0; k < other->addresses; k++)
			if (overlap(one->address[i], other->address[k]))
				return FAIL(config, other->line,
					    "listen \"%.30s\" wants port %u of %.40s, which listen "
					    "\"%.30s\" has by %.40s",
					    other->title, other->port, other->address[k],
					    one->title, one->address[i]);
	return 0;
}

static int
check_listeners(struct config *config, struct err *err)
{
	if (config->listeners == 0)
		return FAIL(config, 1,
			    "no listen section: add listen \"submission\" {} and listen "
			    "\"submissions\" {}");
	for (size_t i = 0; i < config->listeners; i++) {
		struct config_listener *listener = &config->listener[i];

		if (check_listener(config, listener, err) < 0)
			return -1;
		for (size_t k = 0; k <= i; k++)
			if (check_apart(config, &config->listener[k], listener, err) < 0)
				return -1;
	}
	return 0;
}

static int
check_out_tls(const struct config *config, uint32_t line, const char *where, int tls,
	      struct err *err)
{
	if (tls == CONFIG_OUT_TLS_DANE)
		return FAIL(config, line, "%.40s: tls = dane is not in this version; use verified",
			    where);
	return 0;
}

/* kind: "route" or "smarthost" */
static int
check_route(const struct config *config, const char *kind, const struct config_route *route,
	    struct err *err)
{
	if (route->host == NULL)
		return FAIL(config, route->line, "%s \"%.40s\" has no host", kind,
			    route->pattern);
	if ((route->user == NULL) != (route->password_file == NULL))
		return FAIL(config, route->line,
			    "%s \"%.40s\": user and password_file go together", kind,
			    route->pattern);
	if (route->user != NULL && route->tls < CONFIG_OUT_TLS_REQUIRED)
		return FAIL(config, route->line,
			    "%s \"%.40s\": a password needs tls = required or verified", kind,
			    route->pattern);
	return check_out_tls(config, route->line, route->pattern, route->tls, err);
}

/* A smarthost's name is part of its queues' names, "x.example/old". */
static bool
is_smarthost_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= CONFIG_SMARTHOST_MAX && name[n] == '\0';
}

static int
check_smarthosts(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->smarthosts; i++) {
		const struct config_route *smarthost = &config->smarthost[i];

		if (!is_smarthost_name(smarthost->pattern))
			return FAIL(config, smarthost->line,
				    "smarthost \"%.40s\": its name is small letters, digits and -, "
				    "at most %d",
				    smarthost->pattern, CONFIG_SMARTHOST_MAX);
		if (check_route(config, "smarthost", smarthost, err) < 0)
			return -1;
	}
	return 0;
}

static int
check_routes(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->routes; i++)
		if (check_route(config, "route", &config->route[i], err) < 0)
			return -1;
	if (check_smarthosts(config, err) < 0)
		return -1;
	for (size_t i = 0; i < config->providers; i++) {
		const struct config_provider *provider = &config->provider[i];

		if (provider->mxs == 0)
			return FAIL(config, provider->line,
				    "provider \"%.40s\" has no mx patterns", provider->name);
		if (strcmp(provider->name, CONFIG_PROVIDER_OTHERS) == 0)
			return FAIL(config, provider->line,
				    "provider \"%s\": that is what those without a provider are "
				    "called; choose another name", provider->name);
	}
	return check_out_tls(config, 1, "delivery", config->delivery.tls, err);
}

bool
config_has_provider(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->providers; i++)
		if (strcmp(config->provider[i].name, name) == 0)
			return true;
	return false;
}

static int
check_pattern(const struct config *config, const struct config_reply_rule *rule, struct err *err)
{
	PCRE2_UCHAR reason[80] = "";
	pcre2_code *code;
	PCRE2_SIZE at;
	int number;

	code = pcre2_compile((PCRE2_SPTR)rule->match, PCRE2_ZERO_TERMINATED, PCRE2_CASELESS,
			     &number, &at, NULL);
	if (code == NULL)
		(void)pcre2_get_error_message(number, reason, sizeof reason);
	pcre2_code_free(code);
	if (code == NULL)
		return FAIL(config, rule->line,
			    "reply_rule \"%.40s\": match: %.60s at character %zu",
			    rule->name, (const char *)reason, (size_t)at + 1);
	return 0;
}

static int
check_reply_rules(const struct config *config, struct err *err)
{
	for (size_t i = 0; i < config->reply_rules; i++) {
		const struct config_reply_rule *rule = &config->reply_rule[i];

		if (rule->provider == NULL || rule->match == NULL)
			return FAIL(config, rule->line, "reply_rule \"%.40s\" has no %s",
				    rule->name, rule->provider == NULL ? "provider" : "match");
		if (!config_has_provider(config, rule->provider))
			return FAIL(config, rule->line,
				    "reply_rule \"%.40s\": there is no provider \"%.40s\"",
				    rule->name, rule->provider);
		if (rule->threshold.count > CONFIG_THRESHOLD_MAX)
			return FAIL(config, rule->line,
				    "reply_rule \"%.40s\": threshold counts to %d at most",
				    rule->name, CONFIG_THRESHOLD_MAX);
		if (check_pattern(config, rule, err) < 0)
			return -1;
	}
	return 0;
}

/* "1.2.3.4", "1.2.3.4:5353", "::1", "[::1]:5353" */
static bool
is_nameserver(const char *text)
{
	char host[64];
	struct span port, rest, whole = span_of(text);
	unsigned long long number;
	size_t n;

	if (is_numeric_address(text))
		return true;
	if (whole.n > 0 && whole.p[0] == '[') {
		struct span inside =
			span_cut((struct span){ whole.p + 1, whole.n - 1 }, ']', &rest);

		n = inside.n;
		if (n >= sizeof host || (rest.n > 0 && rest.p[0] != ':'))
			return false;
		memcpy(host, inside.p, n);
		port = rest.n > 0 ? (struct span){ rest.p + 1, rest.n - 1 } : SPAN_LIT("53");
	} else {
		struct span inside = span_cut(whole, ':', &port);

		n = inside.n;
		if (n >= sizeof host)
			return false;
		memcpy(host, inside.p, n);
	}
	host[n] = '\0';
	return is_numeric_address(host) && span_to_u64(port, &number) && number >= 1 &&
	       number <= 65535;
}

bool
config_check_is_host_name(const char *text)
{
	size_t n = strlen(text), label = 0;

	for (size_t i = 0; i < n; i++) {
		bool alnum = (text[i] >= '0' && text[i] <= '9') ||
			     ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z');

		if (text[i] == '.' ? label == 0 : !(alnum || (text[i] == '-' && label > 0)))
			return false;
		label = text[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return n > 0 && n <= 253 && label > 0 && text[n - 1] != '-';
}

/* is_plain_address - one that stands in a From field without quotes: dot-atom@host. */
static bool
is_plain_address(const char *text)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~";
	const char *at = strrchr(text, '@');
	bool is_dot_allowed = false;

	if (at == NULL || at - text > 64 || strlen(text) > 254 ||
	    !config_check_is_host_name(at + 1))
		return false;
	for (const char *p = text; p < at; p++) {
		bool is_alnum = (*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z');

		if (*p == '.' ? !is_dot_allowed : !is_alnum && strchr(others, *p) == NULL)
			return false;
		is_dot_allowed = *p != '.';
	}
	return is_dot_allowed; /* not empty, no dot last */
}

static int
check_domain_check(const struct config *config, struct err *err)
{
	const char *to = config->domain_check.reports_to;

	for (size_t i = 0; i < config->domain_check.resolvers; i++)
		if (!is_nameserver(config->domain_check.resolver[i]))
			return FAIL(config, 1,
				    "domain_check: resolvers: \"%.60s\" is not ADDRESS or "
				    "ADDRESS:PORT",
				    config->domain_check.resolver[i]);
	if (to != NULL && !is_plain_address(to))
		return FAIL(config, 1,
			    "domain_check: reports_to \"%.60s\" is not an address as in "
			    "dmarc@%.40s",
			    to, config->hostname);
	return 0;
}

int
config_check(struct config *config, struct err *err)
{
	if (config->hostname == NULL)
		return FAIL(config, 1, "hostname is missing: add hostname = \"relay.example.com\"");
	if (!config_check_is_host_name(config->hostname))
		return FAIL(config, 1, "hostname \"%.60s\" is not a host name", config->hostname);
	if (strncmp(config->store, "sqlite:", 7) != 0 || config->store[7] == '\0')
		return FAIL(config, 1, "store \"%.40s\": this version has sqlite:FILE only",
			    config->store);
	for (size_t i = 0; i < config->certificates; i++)
		if (config->certificate[i].certificate == NULL ||
		    config->certificate[i].key == NULL)
			return FAIL(config, config->certificate[i].line,
				    "tls needs both certificate and key");
	for (size_t i = 0; i < config->sources; i++)
		if ((config->source[i].certificate == NULL) != (config->source[i].key == NULL))
			return FAIL(config, config->source[i].line,
				    "source \"%.50s\" needs both certificate and key, or neither",
				    config->source[i].address);
	for (size_t i = 0; i < config->dns.nameservers; i++)
		if (!is_nameserver(config->dns.nameserver[i]))
			return FAIL(config, 1,
				    "nameservers: \"%.60s\" is not ADDRESS or ADDRESS:PORT",
				    config->dns.nameserver[i]);
	if (config_check_pools(config, err) < 0)
		return -1;
	if (check_domain_check(config, err) < 0)
		return -1;
	if (config->notices.from != NULL && !is_plain_address(config->notices.from))
		return FAIL(config, 1,
			    "notices: from \"%.60s\" is not an address as in postmaster@%.40s",
			    config->notices.from, config->hostname);
	if (config->notices.from == NULL)
		config->notices.from =
			arena_printf(config->arena, "MAILER-DAEMON@%s", config->hostname);
	if (config->alerts.mail != NULL && !is_plain_address(config->alerts.mail))
		return FAIL(config, 1,
			    "alerts: mail \"%.60s\" is not an address as in ops@shop.example",
			    config->alerts.mail);
	if (check_listeners(config, err) < 0)
		return -1;
	return check_routes(config, err) < 0 ? -1 : check_reply_rules(config, err);
}
