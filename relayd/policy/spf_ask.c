/* spf_ask.c - see spf_private.h: what an SPF evaluation asks the DNS, and what it makes of an
 * address and of macros. */
#include "policy/spf_private.h"

#include <stdarg.h>
#include <stdio.h>

#define NAME_SIZE (SPF_NAME_MAX + 1)
#define LABEL_MAX 63
#define SHOWN_MAX 200 /* of a peer's text in a trace */
#define TEXT_SIZE 512

/* ---- what the operator reads --------------------------------------------------------------- */
const char *
spf_shown(struct spf_state *state, struct span text)
{
	char *copy = arena_span(state->arena,
				(struct span){ text.p, text.n < SHOWN_MAX ? text.n : SHOWN_MAX });

	for (char *p = copy; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return copy;
}

void __attribute__((format(printf, 3, 4)))
spf_note(struct spf_state *state, const struct spf_frame *frame, const char *format, ...)
{
	struct spf_outcome *out = state->out;
	char text[TEXT_SIZE];
	va_list ap;

	if (out->traces == SPF_TRACE_MAX)
		return;
	if (out->trace == NULL)
		out->trace = arena_alloc(state->arena, SPF_TRACE_MAX * sizeof *out->trace);
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	out->trace[out->traces++] =
		(struct spf_line){ frame->depth, arena_strdup(state->arena, text) };
}

enum spf_match __attribute__((format(printf, 3, 4)))
spf_stop(struct spf_state *state, enum spf_result result, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	state->out->problem = arena_strdup(state->arena, text);
	state->is_stopped = true;
	state->stop = result;
	return SPF_MATCH_STOPPED;
}

/* ---- asking -------------------------------------------------------------------------------- */
bool
spf_is_name(const char *name)
{
	size_t label = 0, n = strlen(name);

	if (n == 0 || n > SPF_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		label = name[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MAX || (name[i] == '.' && (i == 0 || name[i - 1] == '.')))
			return false;
	}
	return name[n - 1] != '.';
}

/* ask - SPF_MATCH_YES: there are records; SPF_MATCH_NO: none. A name that cannot be one has none,
 * and costs nothing. FAILED answers stop nothing here. */
enum spf_match
spf_ask(struct spf_state *state, const char *name, enum resolve_set_type type,
	struct resolve_set *set)
{
	*set = (struct resolve_set){ .status = RESOLVE_NXDOMAIN };
	if (!spf_is_name(name))
		return SPF_MATCH_NO;
	if (!state->query->lookup(state->query->arg, name, type, set)) {
		state->out->is_pending = true;
		state->is_stopped = true;
		return SPF_MATCH_STOPPED;
	}
	return set->status == RESOLVE_FOUND && set->count > 0 ? SPF_MATCH_YES : SPF_MATCH_NO;
}

static bool
is_void(const struct resolve_set *set)
{
	return set->status == RESOLVE_NODATA || set->status == RESOLVE_NXDOMAIN;
}

/* ask_counted - for a term: void answers count, failures end with a temperror */
enum spf_match
spf_ask_counted(struct spf_state *state, const char *name, enum resolve_set_type type,
		struct resolve_set *set)
{
	enum spf_match match = spf_ask(state, name, type, set);

	if (match == SPF_MATCH_STOPPED)
		return match;
	if (set->status == RESOLVE_FAILED)
		return spf_stop(state, SPF_TEMPERROR, "the DNS does not answer for %s: %s", name,
				set->why ? set->why : "no reason given");
	if (is_void(set) && spf_is_name(name) && ++state->out->voids > SPF_VOIDS_MAX)
		return spf_stop(
			state, SPF_PERMERROR,
			"more than %d names it asks for do not exist or have no such record "
			"(the last is %s)",
			SPF_VOIDS_MAX, name);
	return match;
}

enum spf_match
spf_spend_lookup(struct spf_state *state, struct span term)
{
	if (++state->out->lookups > SPF_LOOKUPS_MAX)
		return spf_stop(state, SPF_PERMERROR,
				"more than %d terms that ask the DNS; %s is one too many",
				SPF_LOOKUPS_MAX, spf_shown(state, term));
	return SPF_MATCH_NO;
}

/* ---- addresses ------------------------------------------------------------------------------ */
bool
spf_has_prefix(const struct spf_state *state, const unsigned char *address, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(address, state->address, whole) != 0)
		return false;
	return rest == 0 || ((address[whole] ^ state->address[whole]) >> (8 - rest)) == 0;
}

bool
spf_is_among(const struct spf_state *state, const struct resolve_set *set, unsigned bits)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->record[i].data.n == state->address_bytes &&
		    spf_has_prefix(state, (const unsigned char *)set->record[i].data.p, bits))
			return true;
	return false;
}

enum resolve_set_type
spf_own_type(const struct spf_state *state)
{
	return state->address_bytes == 4 ? RESOLVE_SET_A : RESOLVE_SET_AAAA;
}

unsigned
spf_own_prefix(const struct spf_state *state, const struct spf_term *term)
{
	return state->address_bytes == 4 ? term->prefix4 : term->prefix6;
}

bool
spf_read_address(struct spf_state *state)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	size_t n = 0;

	if (inet_pton(AF_INET, state->query->address, state->address) == 1) {
		state->address_bytes = 4;
	} else if (inet_pton(AF_INET6, state->query->address, state->address) != 1) {
		return false;
	} else if (memcmp(state->address, mapped, sizeof mapped) == 0) {
		memmove(state->address, state->address + 12, 4);
		state->address_bytes = 4;
	} else {
		state->address_bytes = 16;
	}
	inet_ntop(state->address_bytes == 4 ? AF_INET : AF_INET6, state->address, state->readable,
		  sizeof state->readable);
	if (state->address_bytes == 4)
		snprintf(state->dotted, sizeof state->dotted, "%s", state->readable);
	for (size_t i = 0; i < 32 && state->address_bytes == 16; i++) {
		unsigned nibble = state->address[i / 2] >> (i % 2 ? 0 : 4) & 15u;

		state->dotted[n++] = "0123456789abcdef"[nibble];
		state->dotted[n++] = i < 31 ? '.' : '\0';
	}
	return true;
}

/* ---- names that lead back to the address (s5.5) ---------------------------------------------- */
static void
reverse_name(const struct spf_state *state, char out[NAME_SIZE])
{
	const unsigned char *a = state->address;
	size_t n = 0;

	if (state->address_bytes == 4) {
		snprintf(out, NAME_SIZE, "%u.%u.%u.%u.in-addr.arpa", a[3], a[2], a[1], a[0]);
		return;
	}
	for (size_t i = 32; i-- > 0;) {
		out[n++] = state->dotted[2 * i];
		out[n++] = '.';
	}
	snprintf(out + n, NAME_SIZE - n, "ip6.arpa");
}

/* ask_names - a question that fails means that a name does not count. */
static enum spf_match
ask_names(struct spf_state *state)
{
	struct resolve_set pointers, set;
	char name[NAME_SIZE];

	reverse_name(state, name);
	if (spf_ask(state, name, RESOLVE_SET_PTR, &pointers) == SPF_MATCH_STOPPED)
		return SPF_MATCH_STOPPED;
	state->name_voids += is_void(&pointers);
	for (size_t i = 0; i < pointers.count && i < SPF_HOSTS_MAX; i++) {
		const char *host = arena_span(state->arena, pointers.record[i].data);

		if (spf_ask(state, host, spf_own_type(state), &set) == SPF_MATCH_STOPPED)
			return SPF_MATCH_STOPPED;
		state->name_voids += is_void(&set) && spf_is_name(host);
		if (spf_is_among(state, &set, (unsigned)state->address_bytes * 8))
			state->name[state->names++] = host;
	}
	state->has_names = true;
	return SPF_MATCH_YES;
}

/* find_names - asked for once, charged to every term that wants them */
enum spf_match
spf_find_names(struct spf_state *state)
{
	if (!state->has_names && ask_names(state) == SPF_MATCH_STOPPED)
		return SPF_MATCH_STOPPED;
	state->out->voids += state->name_voids;
	if (state->out->voids > SPF_VOIDS_MAX)
		return spf_stop(
			state, SPF_PERMERROR,
			"more than %d names it asks for do not exist or have no such record "
			"(the last are names of %s)",
			SPF_VOIDS_MAX, state->readable);
	return SPF_MATCH_YES;
}

bool
spf_is_or_below(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	if (n < d || !span_is_nocase((struct span){ name + n - d, d }, domain))
		return false;
	return n == d || name[n - d - 1] == '.';
}

/* validated_name - macro p: the domain itself, one below it, any, or "unknown" */
static const char *
validated_name(const struct spf_state *state, const char *domain)
{
	for (size_t i = 0; i < state->names; i++)
		if (span_is_nocase(span_of(state->name[i]), domain))
			return state->name[i];
	for (size_t i = 0; i < state->names; i++)
		if (spf_is_or_below(state->name[i], domain))
			return state->name[i];
	return state->names > 0 ? state->name[0] : "unknown";
}

/* ---- macros ------------------------------------------------------------------------------------
 */
/* expand - text, or a name to ask for, in the arena. SPF_MATCH_STOPPED, or SPF_MATCH_YES. */
enum spf_match
spf_expand(struct spf_state *state, const char *domain, struct span text, const char **text_out)
{
	struct spf_macro_values values = {
		.local = span_of(state->local),
		.sender_domain = span_of(state->domain),
		.domain = span_of(domain),
		.helo = span_of(state->query->helo ? state->query->helo : ""),
		.receiver = span_of(state->query->receiver ? state->query->receiver : "unknown"),
		.dotted = state->dotted,
		.readable = state->readable,
		.is_v6 = state->address_bytes == 16,
		.now_unix_sec = state->query->now_unix_sec,
	};
	struct buf buf;
	int rc;

	if (spf_macro_uses(text, 'p')) {
		if (spf_find_names(state) == SPF_MATCH_STOPPED)
			return SPF_MATCH_STOPPED;
		values.validated = span_of(validated_name(state, domain));
	}
	buf_init(&buf, SPF_EXPANDED_MAX);
	rc = spf_macro_expand(text, &values, &buf);
	*text_out = rc < 0 ? NULL : arena_span(state->arena, buf_span(&buf));
	buf_deinit(&buf);
	return rc < 0 ? spf_stop(state, SPF_PERMERROR, "%s expands to more than 64 KiB",
				 spf_shown(state, text))
		      : SPF_MATCH_YES;
}

/* target - the domain a term is about: its domain-spec expanded, or the record's own */
enum spf_match
spf_target(struct spf_state *state, const struct spf_frame *frame, struct span spec,
	   const char **name_out)
{
	const char *expanded;
	char *name;

	if (spec.n == 0) {
		*name_out = frame->domain;
		return SPF_MATCH_YES;
	}
	if (spf_expand(state, frame->domain, spec, &expanded) == SPF_MATCH_STOPPED)
		return SPF_MATCH_STOPPED;
	name = arena_span(state->arena, spf_macro_fit(span_of(expanded)));
	for (char *p = name; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	*name_out = name;
	return SPF_MATCH_YES;
}
