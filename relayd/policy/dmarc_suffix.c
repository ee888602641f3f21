/* dmarc_suffix.c - see dmarc_suffix.h. */
#include "policy/dmarc_suffix.h"

#include <libpsl.h>

#include "base/mem.h"

struct dmarc_suffixes {
	const psl_ctx_t *list;
	psl_ctx_t *own; /* NULL: list is the library's */
};

struct dmarc_suffixes *
dmarc_suffixes_new(const char *path)
{
	struct dmarc_suffixes *suffixes = mem_zero(1, sizeof *suffixes);

	suffixes->own = path ? psl_load_file(path) : psl_latest(NULL);
	suffixes->list = suffixes->own ? suffixes->own : path ? NULL : psl_builtin();
	if (suffixes->list == NULL)
		dmarc_suffixes_free(&suffixes);
	return suffixes;
}

void
dmarc_suffixes_free(struct dmarc_suffixes **suffixes)
{
	if (*suffixes == NULL)
		return;
	psl_free((*suffixes)->own);
	mem_free(*suffixes);
	*suffixes = NULL;
}

const char *
dmarc_suffixes_organisation(const struct dmarc_suffixes *suffixes, const char *domain)
{
	const char *found = psl_registrable_domain(suffixes->list, domain);

	return found ? found : domain;
}

bool
dmarc_suffixes_has(const struct dmarc_suffixes *suffixes, const char *domain)
{
	return psl_is_public_suffix(suffixes->list, domain) != 0;
}
