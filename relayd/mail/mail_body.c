/* mail_body.c - the shared content of a message. Immutable after mail_body_new,
 * which is why a plain reference count is all the locking it needs. */
#include "mail/mail_body.h"

#include "base/mem.h"
#include "base/must.h"

struct mail_body *
mail_body_new(char *head, size_t head_bytes, char *text, uint64_t text_bytes, uint64_t spool_id)
{
	struct mail_body *body = mem_zero(1, sizeof *body);

	must(text == NULL || spool_id == 0);
	ref_init(&body->ref);
	body->head = head;
	body->head_bytes = head_bytes;
	body->text = text;
	body->text_bytes = text_bytes;
	body->spool_id = spool_id;
	return body;
}

struct mail_body *
mail_body_ref(struct mail_body *body)
{
	ref_add(&body->ref);
	return body;
}

void
mail_body_unref(struct mail_body **body)
{
	struct mail_body *b = *body;

	*body = NULL;
	if (b == NULL || !ref_drop(&b->ref))
		return;
	mem_free(b->head);
	mem_free(b->text);
	mem_free(b);
}

uint64_t
mail_body_bytes(const struct mail_body *body)
{
	return body->head_bytes + body->text_bytes;
}

size_t
mail_body_memory_bytes(const struct mail_body *body)
{
	return sizeof *body + body->head_bytes + (body->text ? (size_t)body->text_bytes : 0);
}
