/* spf_private.h - what spf_check.c (the evaluation) and spf_ask.c (its questions, macros and
 * addresses) share. One evaluation, one thread. */
#ifndef POLICY_SPF_PRIVATE_H
#define POLICY_SPF_PRIVATE_H

#include <arpa/inet.h>

#include "policy/spf_check.h"
#include "policy/spf_macro.h"

/* STOPPED: the evaluation has ended, pending or with the error that state->stop names; whoever
 * gets it returns at once. */
enum spf_match { SPF_MATCH_NO, SPF_MATCH_YES, SPF_MATCH_STOPPED };

struct spf_state {
	const struct spf_query *query;
	struct arena *arena;
	struct spf_outcome *out;
	unsigned char address[16];
	size_t address_bytes; /* 4 or 16 */
	char dotted[64], readable[INET6_ADDRSTRLEN];
	const char *local, *domain; /* of the sender */
	bool is_stopped;
	enum spf_result stop; /* TEMPERROR or PERMERROR, unless pending */
	bool has_names;	      /* the PTR names that lead back to the address */
	size_t names;
	const char *name[SPF_HOSTS_MAX];
	unsigned name_voids;	 /* void look-ups they cost each term that wants them */
	const char *explanation; /* exp= of the record that decides; NULL: none */
	const char *explained;	 /* that record's domain */
};

/* struct spf_frame - one record under evaluation */
struct spf_frame {
	const char *domain;
	unsigned depth;
};

/* ---- what the operator reads */
const char *spf_shown(struct spf_state *state, struct span text); /* printable, shortened */
void spf_note(struct spf_state *state, const struct spf_frame *frame, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* spf_stop - the evaluation ends with result, for that reason. Returns STOPPED. */
enum spf_match spf_stop(struct spf_state *state, enum spf_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- questions */
bool spf_is_name(const char *name); /* can it be asked for? */
/* spf_ask - YES: there are records; NO: none. A name that cannot be one has none, and costs
 * nothing. A FAILED answer stops nothing here. */
enum spf_match spf_ask(struct spf_state *state, const char *name, enum resolve_set_type type,
		       struct resolve_set *set);
/* spf_ask_counted - for a term: void answers count, failures end with a temperror */
enum spf_match spf_ask_counted(struct spf_state *state, const char *name,
			       enum resolve_set_type type, struct resolve_set *set);
enum spf_match spf_spend_lookup(struct spf_state *state, struct span term); /* one of ten */
/* spf_find_names - state->name: asked for once, charged to every term that wants them. */
enum spf_match spf_find_names(struct spf_state *state);
bool spf_is_or_below(const char *name, const char *domain);

/* ---- macros */
/* spf_expand - text with its macros expanded, in the arena. STOPPED, or YES. */
enum spf_match spf_expand(struct spf_state *state, const char *domain, struct span text,
			  const char **text_out);
/* spf_target - the domain a term is about: its domain-spec expanded, or the record's own. */
enum spf_match spf_target(struct spf_state *state, const struct spf_frame *frame, struct span spec,
			  const char **name_out);

/* ---- addresses */
bool spf_read_address(struct spf_state *state); /* the query's, into state. false: it is none */
bool spf_has_prefix(const struct spf_state *state, const unsigned char *address, unsigned bits);
bool spf_is_among(const struct spf_state *state, const struct resolve_set *set, unsigned bits);
enum resolve_set_type spf_own_type(const struct spf_state *state);
unsigned spf_own_prefix(const struct spf_state *state, const struct spf_term *term);

#endif
