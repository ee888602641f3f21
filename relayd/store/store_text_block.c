/* store_text_block.c - see the header. Numbers are differences, zigzag, seven bits a byte:
 * some eleven bytes for a message with one recipient. */
#include "store/store_text_block.h"

#include <string.h>
#include "base/mem.h"
#include "base/must.h"

#define COLUMN_MAX_BYTES (64 * 1024 * 1024) /* a full block and the longest message of all */
#define VARINT_BYTES 10

void
store_text_block_init(struct store_text_block *block)
{
	memset(block, 0, sizeof *block);
	buf_init(&block->subject, COLUMN_MAX_BYTES);
	buf_init(&block->tags, COLUMN_MAX_BYTES);
	buf_init(&block->message_id, COLUMN_MAX_BYTES);
	buf_init(&block->number, COLUMN_MAX_BYTES);
}

void
store_text_block_deinit(struct store_text_block *block)
{
	buf_deinit(&block->subject);
	buf_deinit(&block->tags);
	buf_deinit(&block->message_id);
	buf_deinit(&block->number);
}

void
store_text_block_clear(struct store_text_block *block)
{
	buf_clear(&block->subject);
	buf_clear(&block->tags);
	buf_clear(&block->message_id);
	buf_clear(&block->number);
	block->lowest_id = block->highest_id = block->last_id = 0;
	block->last_origin = block->last_sender = 0;
	block->messages = 0;
}

static size_t
text_bytes(const struct store_text_block *block)
{
	return block->subject.len + block->tags.len + block->message_id.len;
}

bool
store_text_block_is_full(const struct store_text_block *block)
{
	return block->messages >= STORE_TEXT_MESSAGES ||
	       text_bytes(block) + block->number.len >= STORE_TEXT_BYTES;
}

/* ---- adding ---------------------------------------------------------------------------- */

static void
put_number(struct buf *number, int64_t value)
{
	uint64_t rest = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
	char *p = buf_reserve(number, VARINT_BYTES);
	size_t n = 0;

	must(p != NULL);
	for (; rest >= 0x80; rest >>= 7)
		p[n++] = (char)(rest | 0x80);
	p[n++] = (char)rest;
	buf_commit(number, n);
}

static void
put_line(struct buf *column, const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0;
	char *p = buf_reserve(column, n + 1);

	must(p != NULL); /* texts of a message are capped by its parser */
	if (n > 0)
		store_fold(text, n, p);
	p[n] = '\n';
	buf_commit(column, n + 1);
}

static void
count_in(struct store_text_block *block, uint64_t id)
{
	if (block->messages == 0 || id < block->lowest_id)
		block->lowest_id = id;
	if (id > block->highest_id)
		block->highest_id = id;
	block->messages++;
	block->last_id = id;
}

void
store_text_block_add(struct store_text_block *block, const struct store_text_row *row)
{
	put_number(&block->number, (int64_t)(row->id - block->last_id));
	put_number(&block->number, row->origin_id - block->last_origin);
	put_number(&block->number, row->sender_id - block->last_sender);
	put_number(&block->number, (int64_t)row->addresses);
	for (size_t i = 0; i < row->addresses; i++)
		put_number(&block->number, row->address[i]);
	put_line(&block->subject, row->subject);
	put_line(&block->tags, row->tags);
	put_line(&block->message_id, row->message_id);
	count_in(block, row->id);
	block->last_origin = row->origin_id;
	block->last_sender = row->sender_id;
}

unsigned char *
store_text_block_grams(const struct store_text_block *block, size_t *bytes_out)
{
	const struct span lines[] = { buf_span(&block->subject), buf_span(&block->tags),
				      buf_span(&block->message_id) };

	return store_grams_new(lines, 3, bytes_out);
}

/* ---- reading --------------------------------------------------------------------------- */

void
store_text_numbers_init(struct store_text_numbers *numbers, struct span number)
{
	*numbers = (struct store_text_numbers){ .p = number.p, .end = number.p + number.n };
}

static bool
take_number(struct store_text_numbers *numbers, int64_t *value_out)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && numbers->p < numbers->end; shift += 7) {
		unsigned char c = (unsigned char)*numbers->p++;

		value |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80) {
			*value_out = (int64_t)(value >> 1 ^ -(value & 1));
			return true;
		}
	}
	numbers->is_damaged = true;
	return false;
}

bool
store_text_numbers_address(struct store_text_numbers *numbers, int64_t *id_out)
{
	if (numbers->addresses == 0 || !take_number(numbers, id_out))
		return false;
	numbers->addresses--;
	return true;
}

bool
store_text_numbers_next(struct store_text_numbers *numbers)
{
	int64_t id, origin, sender, addresses, skipped;

	while (store_text_numbers_address(numbers, &skipped))
		continue;
	if (numbers->is_damaged || numbers->p == numbers->end ||
	    !take_number(numbers, &id) || !take_number(numbers, &origin) ||
	    !take_number(numbers, &sender) || !take_number(numbers, &addresses))
		return false;
	/* unsigned: what a damaged file says must not overflow */
	numbers->id += (uint64_t)id;
	numbers->origin_id = (int64_t)((uint64_t)numbers->origin_id + (uint64_t)origin);
	numbers->sender_id = (int64_t)((uint64_t)numbers->sender_id + (uint64_t)sender);
	numbers->addresses = (size_t)addresses; /* each takes a byte at least: ends at p == end */
	return true;
}

int
store_text_block_load(struct store_text_block *block, size_t messages, struct span number,
		      struct span subject, struct span tags, struct span message_id)
{
	struct store_text_numbers numbers;

	store_text_block_clear(block);
	store_text_numbers_init(&numbers, number);
	while (store_text_numbers_next(&numbers))
		count_in(block, numbers.id);
	block->last_origin = numbers.origin_id;
	block->last_sender = numbers.sender_id;
	if (numbers.is_damaged || block->messages != messages ||
	    buf_append_span(&block->number, number) != 0 ||
	    buf_append_span(&block->subject, subject) != 0 ||
	    buf_append_span(&block->tags, tags) != 0 ||
	    buf_append_span(&block->message_id, message_id) != 0) {
		store_text_block_clear(block);
		return -1;
	}
	return 0;
}
