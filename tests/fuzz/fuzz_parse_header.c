/* fuzz_parse_header.c - a header section through all that is done with one. */
#include "base/utf8.h"
#include "fuzz.h"
#include "parse/parse_header.h"
#include "parse/parse_wish.h"
#include "smtp/smtp_address.h"

#define FIELDS_MAX 200
#define ADDRESSES 16

/* Found in one go or byte by byte, the end is the same. */
static size_t
find_end(struct span section)
{
	size_t whole_from = 0, from = 0, whole = 0, bytes = 0;
	bool found = parse_header_find_end(section, &whole_from, &whole);

	for (size_t n = 1; n <= section.n && n < 512; n++) {
		if (parse_header_find_end((struct span){ section.p, n }, &from, &bytes)) {
			must(found && bytes == whole);
			return whole;
		}
	}
	must(whole <= section.n);
	return found ? whole : section.n;
}

static void
check_fields(const struct parse_header *header, struct span section)
{
	const char *at = section.p;

	for (size_t i = 0; i < header->fields; i++) {
		const struct parse_field *f = &header->field[i];

		must(f->whole.p == at && f->name.p == at && f->name.n > 0);
		must(fuzz_inside(f->value, f->whole));
		at += f->whole.n;
	}
	must(at <= section.p + section.n);
}

static void
check_from(const struct parse_header *header, struct arena *arena)
{
	struct span addresses[ADDRESSES];
	struct smtp_address address;
	struct err err;
	size_t count;

	if (parse_header_from(header, arena, addresses, &count, &err) < 0) {
		must(count == 0 && err.kind == ERR_INPUT && err.code == 550);
		return;
	}
	must(count >= 1 && count <= ADDRESSES);
	for (size_t i = 0; i < count; i++)
		must(smtp_address_parse(addresses[i], &address, &err) == 0);
}

static void
check_description(const struct parse_header *header)
{
	struct mail_message *message = mail_message_new();

	parse_header_describe(header, message);
	if (message->subject)
		must(strlen(message->subject) <= MAIL_SUBJECT_MAX_BYTES &&
		     utf8_is_valid(span_of(message->subject)));
	for (size_t i = 0; i < message->tags; i++)
		must(message->tag[i][0] && strlen(message->tag[i]) <= MAIL_TAG_MAX_BYTES &&
		     utf8_is_valid(span_of(message->tag[i])));
	mail_message_free(&message);
}

static void
check_wishes(const struct parse_header *header)
{
	struct parse_wish wish;
	struct err err;

	if (parse_wish_read(header, &wish, &err) < 0)
		must(err.kind == ERR_INPUT && err.code == 550);
	else
		must(wish.send_at_unix_ms >= 0 && wish.lifetime_ms >= 0);
}

/* What we write reads back, with nothing left that had to go. */
static void
check_rewriting(const struct parse_header *header, struct arena *arena, size_t section_bytes)
{
	static const struct parse_trace trace = {
		.hostname = "relay.example.com",
		.client_name = "app",
		.client_address = "192.0.2.1",
		.protocol = "ESMTPSA",
		.tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
		.credential = "shop",
		.now_unix_ms = 1700000000000,
	};
	struct parse_header again;
	struct buf out;
	struct err err;

	buf_init(&out, section_bytes + 4096);
	must(parse_header_rewrite(header, &trace, "a@b", &out, &err) == 0);
	must(parse_header_scan(buf_span(&out), FIELDS_MAX + 3, arena, &again, &err) == 0);
	must(again.received_count == header->received_count + 1);
	must(!parse_header_find(&again, "Bcc") && !parse_header_find(&again, "X-Relay-Tag"));
	must(parse_header_find(&again, "Date") && parse_header_find(&again, "Message-ID"));
	buf_deinit(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span section = fuzz_span(data, size);
	struct arena *arena = arena_new(0);
	struct parse_header header;
	struct err err;

	section.n = find_end(section);
	if (parse_header_scan(section, FIELDS_MAX, arena, &header, &err) == 0) {
		check_fields(&header, section);
		check_from(&header, arena);
		check_description(&header);
		check_wishes(&header);
		check_rewriting(&header, arena, section.n);
	} else {
		must(err.kind == ERR_INPUT && err.code == 550);
	}
	arena_free(&arena);
	return 0;
}
