/* store_report_count.h - the counting of a report: by name, by time, by reply. Knows
 * nothing of where rows come from. One thread. */
#ifndef STORE_STORE_REPORT_COUNT_H
#define STORE_STORE_REPORT_COUNT_H

#include "store/store_report.h"

struct store_report_count;
struct store_report_group;

struct store_report_recipient { /* what is counted of one */
	uint64_t message_id;
	bool is_first;                 /* of its message, which counts it once */
	enum mail_status status;
	bool was_deferred, has_complained;
	uint64_t size_bytes;
	int64_t finished_unix_ms;
	struct store_report_group *group[STORE_REPORT_KIND_COUNT];
};

/* store_report_count_new - request is borrowed. Returns owned. */
struct store_report_count *store_report_count_new(struct store_report *request);
void store_report_count_free(struct store_report_count **count);
/* store_report_count_group - of that name; "others" once there are too many. Borrowed. */
struct store_report_group *store_report_count_group(struct store_report_count *count,
                                                    enum store_report_kind kind,
                                                    const char *name);
const char *store_report_group_name(const struct store_report_group *group);
void store_report_count_add(struct store_report_count *count,
                            const struct store_report_recipient *recipient);
/* store_report_count_reply - one that put off, or refused for good. */
void store_report_count_reply(struct store_report_count *count, const char *site,
                              struct span reply, int code, enum verdict_category category,
                              bool is_final);
/* store_report_count_answer - fill the request, but what it says of the log. */
void store_report_count_answer(struct store_report_count *count);

#endif
