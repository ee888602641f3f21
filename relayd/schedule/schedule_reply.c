/* schedule_reply.c - what a server or we said last: one copy, shared by those it
 * concerns. Thread: scheduler. */
#include "schedule/schedule_reply.h"

#include <string.h>
#include "base/mem.h"

#define REPLY_MAX_BYTES 200

struct schedule_reply *
schedule_reply_new(int code, struct verdict_status enhanced, enum verdict_category category,
                   struct span text)
{
	size_t n = text.n < REPLY_MAX_BYTES ? text.n : REPLY_MAX_BYTES;
	struct schedule_reply *reply = mem_alloc(sizeof *reply + n + 1);

	*reply = (struct schedule_reply){ .refs = 1, .code = code, .enhanced = enhanced,
		                          .category = category, .n = n };
	if (n > 0)
		memcpy(reply->text, text.p, n);
	reply->text[n] = '\0';
	return reply;
}

struct schedule_reply *
schedule_reply_of(const struct mail_event *event)
{
	return schedule_reply_new(event->code, event->enhanced, event->category, event->reply);
}

struct schedule_reply *
schedule_reply_ref(struct schedule_reply *reply)
{
	if (reply)
		reply->refs++;
	return reply;
}

void
schedule_reply_unref(struct schedule_reply **reply)
{
	if (*reply && --(*reply)->refs == 0)
		mem_free(*reply);
	*reply = NULL;
}
