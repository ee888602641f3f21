/* source_check.h - what other servers see of an address we send from: the names to ask
 * the DNS for, and what the answers mean. Pure. Thread: any.
 *
 * Receivers want a PTR record whose name leads back to the address (forward-confirmed), and
 * the greeting's name among them. Blocklists (RFC 5782) answer with an address in 127.0.0.0/8
 * when they list it; 127.255.255.x says that the question was refused (too many, or by way of
 * an open resolver), anything outside 127.0.0.0/8 is a broken or captured list. */
#ifndef SOURCE_SOURCE_CHECK_H
#define SOURCE_SOURCE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "config.h"

#define SOURCE_NAME_SIZE 256
#define SOURCE_LISTS_MAX CONFIG_BLOCKLISTS_MAX
#define SOURCE_NAMES_MAX 4         /* PTR records looked at */

enum source_ptr {
	SOURCE_PTR_UNKNOWN,        /* no answer */
	SOURCE_PTR_NONE, SOURCE_PTR_UNCONFIRMED, SOURCE_PTR_CONFIRMED
};
enum source_listing {
	SOURCE_LIST_UNKNOWN,       /* no answer */
	SOURCE_LIST_CLEAR,
	SOURCE_LIST_LISTED,
	SOURCE_LIST_REFUSED,       /* it does not answer us: ask by a resolver of our own */
	SOURCE_LIST_COUNT
};

struct source_list {
	const char *name;
	enum source_listing listing;
	char answer[16];           /* 127.0.0.2; of LISTED and REFUSED */
};

/* struct source_report - of one address. Whoever fills it owns it. */
struct source_report {
	char address[48];
	const char *ehlo;
	int64_t at_unix_ms;        /* 0: not checked yet */
	bool is_missing;           /* this host does not have it */
	enum source_ptr ptr;
	const char *ptr_why;       /* of UNKNOWN */
	char ptr_name[SOURCE_NAME_SIZE]; /* the confirmed one, else the first */
	bool is_greeting_confirmed; /* ehlo is the name of a confirmed PTR record */
	struct source_list list[SOURCE_LISTS_MAX];
	size_t lists;
};

/* source_check_reverse_name - "2.0.0.127.in-addr.arpa", "1.0...ip6.arpa". false: no address. */
bool source_check_reverse_name(const char *address, char out[SOURCE_NAME_SIZE]);
/* source_check_list_name - "2.0.0.127.zen.example". false: no address, or too long. */
bool source_check_list_name(const char *address, const char *list, char out[SOURCE_NAME_SIZE]);
/* source_check_read_list - what these A records say. */
void source_check_read_list(struct source_list *list, const char (*record)[256], size_t count);
/* source_check_problem - the i-th sentence about it that an operator should act on; false: no
 * more. */
bool source_check_problem(const struct source_report *report, size_t i, char *out, size_t n);
/* source_check_refusal - the same of list i, when it does not answer us; false: it does. */
bool source_check_refusal(const struct source_report *report, size_t i, char *out, size_t n);
const char *source_ptr_name(enum source_ptr ptr);           /* "confirmed" */
const char *source_listing_name(enum source_listing listing); /* "listed" */

#endif
