/* fuzz_units.c - what operators and peers write for durations, sizes, rates,
 * times and ids: refused with words, or a value within its caps that reads back. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/units.h"
#include "base/utf8.h"
#include "fuzz.h"

#define TEN_YEARS_MS (INT64_C(3660) * 86400000)

static void
try_units(struct span text)
{
	struct units_rate rate;
	struct err err;
	uint64_t bytes;
	int64_t ms;

	if (units_parse_duration(text, &ms, &err) == 0)
		must(ms >= 0 && ms <= TEN_YEARS_MS);
	else
		must(err.kind == ERR_INPUT && err.text[0] != '\0');
	if (units_parse_size(text, &bytes, &err) < 0)
		must(err.kind == ERR_INPUT && err.text[0] != '\0');
	if (units_parse_rate(text, &rate, &err) < 0)
		must(err.kind == ERR_INPUT && err.text[0] != '\0');
	else
		must(rate.period_ms > 0);
}

static void
try_time(struct span text)
{
	char written[CLOCK_RFC3339_SIZE];
	int64_t ms, again;
	struct err err;

	if (clock_parse_rfc3339(text, &ms, &err) < 0) {
		must(err.text[0] != '\0');
		return;
	}
	clock_format_rfc3339(ms, written);
	must(clock_parse_rfc3339(span_of(written), &again, &err) == 0 && again == ms);
}

static void
try_id(struct span text)
{
	char written[ID_TEXT_SIZE];
	uint64_t id, again;

	if (!id_parse(text, &id))
		return;
	id_format(id, written);
	must(id_parse(span_of(written), &again) && again == id);
}

static void
try_utf8(struct span text)
{
	struct buf repaired, harmless;

	buf_init(&repaired, 1 << 16);
	buf_init(&harmless, 1 << 18);
	must(utf8_repair(text, &repaired) == utf8_is_valid(text) || repaired.len + 4 > (1 << 16));
	must(utf8_is_valid(buf_span(&repaired)));
	utf8_harmless(text, &harmless);
	must(utf8_is_valid(buf_span(&harmless)));
	for (size_t i = 0; i < harmless.len; i++)
		must((unsigned char)buf_data(&harmless)[i] >= ' ');
	buf_deinit(&repaired);
	buf_deinit(&harmless);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);

	try_units(text);
	try_time(text);
	try_id(text);
	try_utf8(text);
	return 0;
}
