/* config_pool.c - pools of source addresses: what the table cannot check, and
 * look-ups. Addresses are rewritten as inet_ntop has them, so that one address
 * has one spelling everywhere. Thread: main for checks, any for look-ups. */
#include <arpa/inet.h>
#include <string.h>

#include "config_check.h"

#define FAIL(config, line, ...) config_check_fail((config), (line), (err), __VA_ARGS__)

/* ---- checks ------------------------------------------------------------------ */

/* canonical - the one spelling of an address, or NULL */
static const char *
canonical(struct config *config, const char *text)
{
	char out[INET6_ADDRSTRLEN];
	unsigned char raw[16];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, raw) != 1)
		return NULL;
	return arena_strdup(config->arena, inet_ntop(family, raw, out, sizeof out));
}

static int
check_addresses(struct config *config, struct config_pool *pool, const char *what, struct err *err)
{
	if (pool->addresses > CONFIG_POOL_ADDRESSES_MAX)
		return FAIL(config, pool->line, "%.60s has more than %d addresses", what,
			    CONFIG_POOL_ADDRESSES_MAX);
	for (size_t i = 0; i < pool->addresses; i++) {
		const char *address = canonical(config, pool->address[i]);

		if (address == NULL)
			return FAIL(config, pool->line, "%.60s: \"%.60s\" is not an IP address",
				    what, pool->address[i]);
		pool->address[i] = address;
		for (size_t k = 0; k < i; k++)
			if (strcmp(pool->address[k], address) == 0)
				return FAIL(config, pool->line, "%.60s has %s twice", what,
					    address);
	}
	return 0;
}

static int
check_pool(struct config *config, struct config_pool *pool, struct err *err)
{
	const char *what = arena_printf(config->arena, "pool \"%.40s\"", pool->name);

	if (strcmp(pool->name, CONFIG_POOL_DEFAULT) == 0 || *pool->name == '\0')
		return FAIL(config, pool->line,
			    "%s: the default pool is delivery.source; choose another name", what);
	if (pool->addresses == 0)
		return FAIL(config, pool->line, "%s has no address", what);
	if (check_addresses(config, pool, what, err) < 0)
		return -1;
	if (pool->weights > 0 && pool->weights != pool->addresses)
		return FAIL(config, pool->line, "%s has %zu addresses and %zu weights", what,
			    pool->addresses, pool->weights);
	if (pool->overflow == NULL)
		return 0;
	if (strcmp(pool->overflow, pool->name) == 0)
		return FAIL(config, pool->line, "%s: overflow is the pool itself", what);
	if (config_find_pool(config, pool->overflow) == NULL)
		return FAIL(config, pool->line, "%s: overflow: there is no pool \"%.40s\"", what,
			    pool->overflow);
	return 0;
}

static bool
is_in(const struct config_pool *pool, const char *address)
{
	for (size_t i = 0; i < pool->addresses; i++)
		if (strcmp(pool->address[i], address) == 0)
			return true;
	return false;
}

static int
check_source(struct config *config, size_t n, struct err *err)
{
	struct config_source *source = &config->source[n];
	const char *address = canonical(config, source->address);
	bool is_used;

	if (address == NULL)
		return FAIL(config, source->line, "source \"%.60s\" is not an IP address",
			    source->address);
	source->address = address;
	for (size_t i = 0; i < n; i++)
		if (strcmp(config->source[i].address, address) == 0)
			return FAIL(config, source->line, "source \"%s\" is there twice", address);
	is_used = is_in(&config->default_pool, address);
	for (size_t i = 0; i < config->pools; i++)
		is_used = is_used || is_in(&config->pool[i], address);
	if (!is_used) /* a slip of the pen would greet with the wrong name, silently */
		return FAIL(config, source->line,
			    "source \"%s\" is in no pool and not in delivery.source", address);
	if (source->ehlo != NULL && !config_check_is_host_name(source->ehlo))
		return FAIL(config, source->line,
			    "source \"%s\": ehlo \"%.60s\" is not a host name", address,
			    source->ehlo);
	return 0;
}

int
config_check_pools(struct config *config, struct err *err)
{
	config->default_pool = (struct config_pool){ .name = CONFIG_POOL_DEFAULT,
						     .address = config->delivery.source,
						     .addresses = config->delivery.sources,
						     .line = 1 };
	if (check_addresses(config, &config->default_pool, "delivery: source", err) < 0)
		return -1;
	for (size_t i = 0; i < config->pools; i++)
		if (check_pool(config, &config->pool[i], err) < 0)
			return -1;
	for (size_t i = 0; i < config->sources; i++)
		if (check_source(config, i, err) < 0)
			return -1;
	return 0;
}

/* ---- look-ups ---------------------------------------------------------------- */

const struct config_pool *
config_find_pool(const struct config *config, const char *name)
{
	if (name == NULL || *name == '\0' || strcmp(name, CONFIG_POOL_DEFAULT) == 0)
		return &config->default_pool;
	for (size_t i = 0; i < config->pools; i++)
		if (strcmp(config->pool[i].name, name) == 0)
			return &config->pool[i];
	return NULL;
}

static void
add_addresses(const struct config_pool *pool, const char **list, size_t *count)
{
	for (size_t i = 0; i < pool->addresses; i++) {
		size_t k = 0;

		while (k < *count && strcmp(list[k], pool->address[i]) != 0)
			k++;
		if (k == *count)
			list[(*count)++] = pool->address[i];
	}
}

const char *const *
config_addresses(const struct config *config, struct arena *arena, size_t *count_out)
{
	size_t most = config->default_pool.addresses + 1;
	const char **list;

	for (size_t i = 0; i < config->pools; i++)
		most += config->pool[i].addresses;
	list = arena_alloc(arena, most * sizeof *list);
	*count_out = 0;
	add_addresses(&config->default_pool, list, count_out);
	for (size_t i = 0; i < config->pools; i++)
		add_addresses(&config->pool[i], list, count_out);
	return list;
}

uint32_t
config_pool_weight(const struct config_pool *pool, size_t i)
{
	return pool->weights > i ? (uint32_t)pool->weight[i] : 1;
}

const char *
config_ehlo(const struct config *config, const char *source_address)
{
	for (size_t i = 0; source_address != NULL && i < config->sources; i++)
		if (strcmp(config->source[i].address, source_address) == 0 &&
		    config->source[i].ehlo != NULL)
			return config->source[i].ehlo;
	return config->hostname;
}
