/* fuzz_account_scram.c - a whole exchange: the first byte chooses the mechanism,
 * the first line is client-first, the rest client-final. Whatever is sent, nobody
 * is let in: the secret is not in the input. */
#include <string.h>

#include "account/account_rows.h"
#include "account/account_scram.h"
#include "account/account_secret.h"
#include "fuzz.h"

static const unsigned char bytes[32] = "the bytes of this session's TLS";
static const struct account_scram_binding binding[] = { { "tls-exporter", bytes, 32 } };
static const unsigned char nonce[ACCOUNT_SCRAM_NONCE_BYTES];

static const struct account_snapshot *
snapshot(void)
{
	static struct account_snapshot *made;
	struct store_change credential = { .kind = STORE_PUT_CREDENTIAL };
	struct store_change secret = { .kind = STORE_PUT_SECRET };
	struct account_rows *rows;

	if (made != NULL)
		return made;
	credential.row.credential = (struct store_credential){
		.id = 1, .name = "shop", .from = "", .iterations = ACCOUNT_SCRAM_ITERATIONS
	};
	secret.row.secret = (struct store_secret){ .id = 2, .credential_id = 1, .label = "k1" };
	memset(secret.row.secret.stored_key, 7, sizeof secret.row.secret.stored_key);
	rows = account_rows_new();
	must(account_rows_apply(rows, &credential, NULL) == 0);
	must(account_rows_apply(rows, &secret, NULL) == 0);
	made = account_rows_build(rows, 1);
	account_rows_free(&rows);
	return made;
}

static void
finish(struct account_scram *scram, struct span client_final)
{
	const struct account_credential *credential;
	struct buf out;
	struct err err = { 0 };

	buf_init(&out, ACCOUNT_SCRAM_MESSAGE_MAX);
	must(account_scram_final(scram, snapshot(), client_final, 1, &credential, &out, &err) ==
	     NULL);
	must(credential == NULL && out.len == 0);
	must(err.kind == ERR_INPUT || err.kind == ERR_PERM);
	buf_deinit(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span first, final, input = fuzz_span(data, size);
	struct account_scram_options options = { .binding = binding, .nonce = nonce };
	struct account_scram *scram;
	struct buf out;
	struct err err = { 0 };

	if (size == 0)
		return 0;
	options.is_plus = data[0] & 1;
	options.offers_plus = data[0] & 3;
	options.bindings = options.offers_plus;
	input.p++;
	input.n--;
	first = span_cut(input, '\n', &final);
	buf_init(&out, ACCOUNT_SCRAM_MESSAGE_MAX);
	scram = account_scram_first(&options, snapshot(), first, &out, &err);
	if (scram == NULL) {
		must(err.kind == ERR_INPUT && out.len == 0);
	} else {
		must(out.len > 0 && account_scram_user(scram)[0] != '\0');
		finish(scram, final);
	}
	account_scram_free(&scram);
	buf_deinit(&out);
	return 0;
}
