/* mail_message.c - a message in an arena of its own, so that a session, the
 * store and the scheduler can pass it on by handing over one pointer. */
#include "mail/mail_message.h"

struct mail_message *
mail_message_new(void)
{
	struct arena *arena = arena_new(0);
	struct mail_message *message = arena_zero(arena, sizeof *message);

	message->arena = arena;
	message->credential = "";
	message->sender = "";
	message->return_path = "";
	message->tls = "";
	message->signature = "";
	return message;
}

void
mail_message_free(struct mail_message **message)
{
	struct mail_message *m = *message;
	struct arena *arena;

	*message = NULL;
	if (m == NULL)
		return;
	mail_body_unref(&m->body);
	arena = m->arena; /* m itself lives in it */
	arena_free(&arena);
}
