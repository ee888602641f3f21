/* source_check.c - names to ask for, and what answers mean. Pure. */
#include "source/source_check.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const ptr_names[] = {
	[SOURCE_PTR_UNKNOWN] = "unknown",
	[SOURCE_PTR_NONE] = "none",
	[SOURCE_PTR_UNCONFIRMED] = "unconfirmed",
	[SOURCE_PTR_CONFIRMED] = "confirmed",
};
static const char *const listing_names[] = {
	[SOURCE_LIST_UNKNOWN] = "unknown",
	[SOURCE_LIST_CLEAR] = "clear",
	[SOURCE_LIST_LISTED] = "listed",
	[SOURCE_LIST_REFUSED] = "refused",
};
static_assert(sizeof listing_names / sizeof listing_names[0] == SOURCE_LIST_COUNT,
	      "a name per listing");

const char *
source_ptr_name(enum source_ptr ptr)
{
	return ptr <= SOURCE_PTR_CONFIRMED ? ptr_names[ptr] : "?";
}

const char *
source_listing_name(enum source_listing listing)
{
	return listing < SOURCE_LIST_COUNT ? listing_names[listing] : "?";
}

/* reverse - the labels of an address, last first, with a dot behind each */
static bool
reverse(const char *address, char *out, size_t n, bool *is_six_out)
{
	unsigned char raw[16];
	size_t at = 0;

	*is_six_out = strchr(address, ':') != NULL;
	if (inet_pton(*is_six_out ? AF_INET6 : AF_INET, address, raw) != 1)
		return false;
	out[0] = '\0';
	for (int i = *is_six_out ? 15 : 3; i >= 0; i--) {
		int more = *is_six_out ? snprintf(out + at, n - at, "%x.%x.", raw[i] & 15u,
						  (unsigned)raw[i] >> 4)
				       : snprintf(out + at, n - at, "%u.", raw[i]);

		at += (size_t)more;
	}
	return true;
}

static bool
join(const char *address, const char *four, const char *six, char out[SOURCE_NAME_SIZE])
{
	char labels[72];
	bool is_six;

	if (!reverse(address, labels, sizeof labels, &is_six))
		return false;
	return snprintf(out, SOURCE_NAME_SIZE, "%s%s", labels, is_six ? six : four) <
	       SOURCE_NAME_SIZE - 2;
}

bool
source_check_reverse_name(const char *address, char out[SOURCE_NAME_SIZE])
{
	return join(address, "in-addr.arpa", "ip6.arpa", out);
}

bool
source_check_list_name(const char *address, const char *list, char out[SOURCE_NAME_SIZE])
{
	return join(address, list, list, out);
}

void
source_check_read_list(struct source_list *list, const char (*record)[256], size_t count)
{
	list->listing = SOURCE_LIST_CLEAR;
	list->answer[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		bool is_refusal = strncmp(record[i], "127.255.255.", 12) == 0;

		if (strncmp(record[i], "127.", 4) != 0 || strlen(record[i]) >= sizeof list->answer)
			continue; /* a captured zone: means nothing */
		if (is_refusal && list->listing == SOURCE_LIST_LISTED)
			continue;
		list->listing = is_refusal ? SOURCE_LIST_REFUSED : SOURCE_LIST_LISTED;
		memcpy(list->answer, record[i], strlen(record[i]) + 1);
		if (!is_refusal)
			return;
	}
}

/* ---- in words ------------------------------------------------------------------------- */

static bool
ptr_problem(const struct source_report *r, char *out, size_t n)
{
	if (r->ptr == SOURCE_PTR_NONE)
		snprintf(out, n,
			 "Source address %s has no PTR record: many providers refuse its mail. "
			 "Have %s set as its reverse name.",
			 r->address, r->ehlo);
	else if (r->ptr == SOURCE_PTR_UNCONFIRMED)
		snprintf(out, n,
			 "Source address %s: its PTR record says %s, and that name does not lead "
			 "back to it. Give the name an address record with it.",
			 r->address, r->ptr_name);
	else if (r->ptr == SOURCE_PTR_CONFIRMED && !r->is_greeting_confirmed)
		snprintf(out, n,
			 "Source address %s greets as %s, and its PTR record says %s: set "
			 "source \"%s\" { ehlo } or the PTR record.",
			 r->address, r->ehlo, r->ptr_name, r->address);
	else
		return false;
	return true;
}

bool
source_check_refusal(const struct source_report *report, size_t i, char *out, size_t n)
{
	if (report->at_unix_ms == 0 || i >= report->lists
	    || report->list[i].listing != SOURCE_LIST_REFUSED)
		return false;
	snprintf(out, n,
		 "Blocklist %s refuses our questions (%s): whether our addresses are listed there "
		 "is not known. Ask by a resolver of your own.",
		 report->list[i].name, report->list[i].answer);
	return true;
}

bool
source_check_problem(const struct source_report *report, size_t i, char *out, size_t n)
{
	if (report->at_unix_ms == 0)
		return false;
	if (ptr_problem(report, out, n) && i-- == 0)
		return true;
	for (size_t k = 0; k < report->lists; k++) {
		const struct source_list *list = &report->list[k];

		if (list->listing != SOURCE_LIST_LISTED || i-- > 0)
			continue;
		snprintf(out, n, "Source address %s is listed at %s (%s): ask there why, and send "
				 "from others meanwhile.",
			 report->address, list->name, list->answer);
		return true;
	}
	return false;
}
