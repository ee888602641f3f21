/* materials.c - see materials.h. */
#include "materials.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "account/account.h"
#include "store/store.h"
#include "vault/vault.h"

struct tls_server *
materials_certificates(const struct config *config, struct err *err)
{
	struct tls_files *files = mem_zero(config->certificates + 1, sizeof *files);
	struct tls_server *server;

	for (size_t i = 0; i < config->certificates; i++)
		files[i] = (struct tls_files){ config->certificate[i].certificate,
					       config->certificate[i].key };
	server = tls_server_new(files, config->certificates, config->hostname, err);
	mem_free(files);
	return server;
}

struct tls_client *
materials_identities(const struct config *config, struct err *err)
{
	struct tls_client *client = tls_client_new(err);
	char reason[sizeof err->text];

	for (size_t i = 0; client != NULL && i < config->sources; i++) {
		const struct config_source *source = &config->source[i];
		const struct tls_files files = { source->certificate, source->key };

		if (source->certificate == NULL ||
		    tls_client_add(client, source->address, &files, err) == 0)
			continue;
		memcpy(reason, err->text, sizeof reason);
		err_set(err, ERR_INPUT, 0, "%s:%u: %s", config->file, source->line, reason);
		tls_client_free(&client);
	}
	return client;
}

static bool
is_known_provider(const char *name, void *arg)
{
	return config_has_provider(arg, name);
}

struct verdict_rules *
materials_rules(const struct config *config, struct err *err)
{
	struct verdict_rules *rules =
		verdict_rules_load(config->rules_file, config->rules_files, err);

	if (rules != NULL &&
	    verdict_rules_check_providers(rules, is_known_provider,
					  (void *)(uintptr_t)config, err) < 0)
		verdict_rules_unref(&rules);
	return rules;
}

int
materials_check(const struct config *config, struct err *err)
{
	struct verdict_rules *rules = materials_rules(config, err);
	struct tls_client *client;
	struct tls_server *server;
	struct vault *vault;
	char reason[sizeof err->text];

	if (rules == NULL)
		return -1;
	verdict_rules_unref(&rules);
	vault = vault_open(config->master_key, config->master_key_old, err);
	if (vault == NULL)
		return -1;
	vault_close(&vault);
	client = materials_identities(config, err);
	if (client == NULL)
		return -1;
	tls_client_free(&client);
	server = materials_certificates(config, err);
	if (server == NULL) {
		uint32_t line = config->certificates > 0 ? config->certificate[0].line : 1;

		memcpy(reason, err->text, sizeof reason);
		return err_set(err, ERR_INPUT, 0, "%s:%u: %s", config->file, line, reason);
	}
	tls_server_unref(&server);
	return 0;
}

int
materials_check_keys(const struct config *config, struct err *err)
{
	const struct store_options store = { .url = config->store,
					     .state_dir = config->state_dir };
	struct vault *vault = vault_open(config->master_key, config->master_key_old, err);
	int rc;

	if (vault == NULL)
		return -1;
	rc = account_check_sealed(&store, vault, err);
	vault_close(&vault);
	if (rc < 0 && config->master_key == NULL && getenv("CREDENTIALS_DIRECTORY") == NULL)
		err->kind = ERR_PERM; /* systemd may give it to relayd, and not to who checks */
	return rc;
}
