/* fuzz_smtp_data.c - content on the wire: the same in every split, and the same
 * again after stuffing. The first byte chooses fixing and the size of pieces. */
#include "base/mem.h"
#include "fuzz.h"
#include "smtp/smtp_data.h"

#define OUT_MAX_BYTES (4 * 1024 * 1024)

static bool
decode_by(struct smtp_data *data, struct span in, size_t step, struct buf *out, size_t *used_out)
{
	bool ended = false;
	size_t used;

	*used_out = 0;
	while (!ended && *used_out < in.n) {
		size_t n = in.n - *used_out < step ? in.n - *used_out : step;
		char *piece = mem_copy(in.p + *used_out, n);

		ended = smtp_data_decode(data, (struct span){ piece, n }, out, &used);
		mem_free(piece);
		must(used <= n && (ended || used == n));
		*used_out += used;
	}
	return ended;
}

static bool
is_same(const struct smtp_data *a, const struct smtp_data *b)
{
	return a->state == b->state && a->saw_bare == b->saw_bare && a->saw_nul == b->saw_nul &&
	       a->saw_8bit == b->saw_8bit && a->longest_bytes == b->longest_bytes &&
	       a->total_bytes == b->total_bytes;
}

static void
check_clean(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		must(text.p[i] != '\n' || (i > 0 && text.p[i - 1] == '\r'));
		must(text.p[i] != '\r' || i + 1 == text.n || text.p[i + 1] == '\n');
	}
}

static void
check_stuffed_again(struct span text)
{
	struct smtp_stuff stuff;
	struct smtp_data data;
	struct buf wire, out;
	size_t used;

	buf_init(&wire, OUT_MAX_BYTES);
	buf_init(&out, OUT_MAX_BYTES);
	smtp_stuff_init(&stuff);
	smtp_stuff_encode(&stuff, text, &wire);
	smtp_stuff_end(&stuff, &wire);
	smtp_data_init(&data, false);
	must(smtp_data_decode(&data, buf_span(&wire), &out, &used));
	must(used == wire.len && !data.saw_bare && span_equals(buf_span(&out), text));
	buf_deinit(&wire);
	buf_deinit(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_data whole, split;
	struct buf whole_out, split_out;
	size_t whole_used, split_used, step;
	bool fix, ended;
	struct span in;

	if (size < 2)
		return 0;
	fix = data[0] & 1;
	step = 1 + (data[0] >> 1) % 32u;
	in = fuzz_span(data + 1, size - 1);
	buf_init(&whole_out, OUT_MAX_BYTES);
	buf_init(&split_out, OUT_MAX_BYTES);
	smtp_data_init(&whole, fix);
	smtp_data_init(&split, fix);
	ended = decode_by(&whole, in, in.n, &whole_out, &whole_used);
	must(decode_by(&split, in, step, &split_out, &split_used) == ended);
	must(whole_used == split_used && is_same(&whole, &split));
	must(span_equals(buf_span(&whole_out), buf_span(&split_out)));
	must(whole.total_bytes == whole_out.len);
	if (fix || !whole.saw_bare)
		check_clean(buf_span(&whole_out));
	if (ended && (fix || !whole.saw_bare))
		check_stuffed_again(buf_span(&whole_out));
	buf_deinit(&whole_out);
	buf_deinit(&split_out);
	return 0;
}
