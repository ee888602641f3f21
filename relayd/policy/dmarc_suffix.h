/* dmarc_suffix.h - the organisational domain by the public suffix list (RFC 7489 s3.2), through
 * libpsl. Many receivers still go by it; dmarc_walk.h has what RFC 9989 puts in its place. */
#ifndef POLICY_DMARC_SUFFIX_H
#define POLICY_DMARC_SUFFIX_H

#include <stdbool.h>

struct dmarc_suffixes; /* immutable, may be shared by threads */

/* dmarc_suffixes_new - reads the system's newest list (a file: not on a loop), else the one built
 * into the library. path: another list, for tests; NULL: that one. Returns owned; NULL: none. */
struct dmarc_suffixes *dmarc_suffixes_new(const char *path);
void dmarc_suffixes_free(struct dmarc_suffixes **suffixes);
/* dmarc_suffixes_organisation - domain, or the end of it, that is one label more than a public
 * suffix; domain itself when it is a public suffix. domain: A-labels, lower case, no final dot.
 * Borrows domain. */
const char *dmarc_suffixes_organisation(const struct dmarc_suffixes *suffixes, const char *domain);
bool dmarc_suffixes_has(const struct dmarc_suffixes *suffixes, const char *domain);

#endif
