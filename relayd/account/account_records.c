/* account_records.c - see account_records.h. */
#include "account_records.h"

#include <string.h>

#define RECORD_MAX 2048
#define FIXED_RECORDS 3

static int
list_key(const struct account_domain *domain, const struct account_key *key, struct arena *arena,
	 struct account_record *out, struct err *err)
{
	struct buf value;
	int rc;

	buf_init(&value, RECORD_MAX);
	rc = dkim_key_write_record(key->key, &value, err);
	if (rc == 0)
		*out = (struct account_record){
			.purpose = "dkim",
			.name = arena_printf(arena, "%s._domainkey.%s", key->selector,
					     domain->name),
			.type = "TXT",
			.ttl_sec = ACCOUNT_RECORDS_TTL_SEC,
			.value = arena_span(arena, buf_span(&value)),
		};
	buf_deinit(&value);
	return rc;
}

/* SPF softfails what is not ours, and DMARC only watches: the operator knows who
 * else sends for the domain, we do not. */
static void
list_fixed(const struct account_domain *domain, const char *hostname, struct arena *arena,
	   struct account_record out[FIXED_RECORDS])
{
	const struct account_record fixed[FIXED_RECORDS] = {
		{ .purpose = "spf",
		  .name = arena_strdup(arena, domain->name),
		  .type = "TXT",
		  .value = arena_printf(arena, "v=spf1 a:%s ~all", hostname) },
		{ .purpose = "dmarc",
		  .name = arena_printf(arena, "_dmarc.%s", domain->name),
		  .type = "TXT",
		  .value = "v=DMARC1; p=none" },
		{ .purpose = "return_path",
		  .name = arena_printf(arena, "bounce.%s", domain->name),
		  .type = "MX",
		  .value = arena_printf(arena, "10 %s", hostname) },
	};

	memcpy(out, fixed, sizeof fixed);
	for (size_t i = 0; i < FIXED_RECORDS; i++)
		out[i].ttl_sec = ACCOUNT_RECORDS_TTL_SEC;
}

int
account_records_list(const struct account_domain *domain, const char *hostname, struct arena *arena,
		     struct account_record **records_out, struct err *err)
{
	struct account_record *record =
		arena_zero(arena, (domain->keys + FIXED_RECORDS) * sizeof *record);
	size_t n = 0;

	for (size_t i = 0; i < domain->keys; i++)
		if (domain->key[i].is_active &&
		    list_key(domain, &domain->key[i], arena, &record[n++], err) < 0)
			return -1;
	list_fixed(domain, hostname, arena, &record[n]);
	*records_out = record;
	return (int)(n + FIXED_RECORDS);
}

static void
write_text(const char *value, struct buf *out)
{
	size_t in_string = 0;

	(void)buf_append_text(out, "\"");
	for (; *value != '\0'; value++) {
		if (in_string == 255) {
			(void)buf_append_text(out, "\" \"");
			in_string = 0;
		}
		if (*value == '"' || *value == '\\')
			(void)buf_append_text(out, "\\");
		(void)buf_append(out, value, 1);
		in_string++;
	}
	(void)buf_append_text(out, "\"");
}

int
account_records_write_zone(const struct account_record *record, size_t records, struct buf *out,
			   struct err *err)
{
	for (size_t i = 0; i < records; i++) {
		bool is_text = strcmp(record[i].type, "TXT") == 0;

		(void)buf_printf(out, "%s.\t%u\tIN\t%s\t", record[i].name, record[i].ttl_sec,
				 record[i].type);
		if (is_text)
			write_text(record[i].value, out);
		else
			(void)buf_printf(out, "%s.", record[i].value); /* ends in a host name */
		if (buf_append_text(out, "\n") < 0)
			return err_set(err, ERR_LIMIT, 0, "the zone text is too long");
	}
	return 0;
}
