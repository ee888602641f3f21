/* fuzz_vault.c - any bytes as a row of a DKIM key and as a master key file: what was not
 * sealed by us does not open, what was opens to the same bytes. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vault/master_key.h"
#include "vault/vault.h"

static struct vault *
open_vault(void)
{
	char dir[] = "/tmp/fuzz_vault_XXXXXX", file[64];
	struct vault *vault;

	must(mkdtemp(dir) != NULL);
	(void)snprintf(file, sizeof file, "%s/key", dir);
	must(master_key_make(file, NULL) == 0);
	vault = vault_open(file, NULL, NULL);
	must(vault != NULL);
	(void)unlink(file);
	(void)rmdir(dir);
	return vault;
}

static void
try_row(const struct vault *vault, struct span row)
{
	struct err err = { .text = "" };
	struct buf out;

	buf_init(&out, VAULT_SEALED_MAX_BYTES);
	if (vault_unseal(vault, "shop.example", "k1", row, &out, &err) == 0)
		must(!vault_is_sealed(row) && span_equals(buf_span(&out), row));
	else
		must(err.text[0] != '\0' && out.len == 0);
	vault_wipe(&out);
}

static void
try_round(const struct vault *vault, struct span plain)
{
	struct buf row, out;

	buf_init(&row, VAULT_SEALED_MAX_BYTES);
	buf_init(&out, VAULT_SEALED_MAX_BYTES);
	if (vault_seal(vault, "shop.example", "k1", plain, &row, NULL) == 0) {
		must(vault_is_current(vault, buf_span(&row)));
		must(vault_unseal(vault, "shop.example", "k1", buf_span(&row), &out, NULL) == 0);
		must(span_equals(buf_span(&out), plain));
	}
	vault_wipe(&out);
	vault_wipe(&row);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vault *vault;
	unsigned char key[MASTER_KEY_BYTES];
	struct err err = { .text = "" };

	if (vault == NULL)
		vault = open_vault();
	try_row(vault, fuzz_span(data, size));
	try_round(vault, fuzz_span(data, size));
	if (master_key_parse(fuzz_span(data, size), key, &err) < 0)
		must(err.text[0] != '\0');
	return 0;
}
