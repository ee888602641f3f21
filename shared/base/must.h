/* must.h - our own invariants, checked in every build.
 *
 * Never for peer input: a peer cannot make must() fail. When one fails the
 * process prints where and aborts; nothing accepted is lost, since "250" was
 * only ever said after the commit. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#define must(cond) \
	((cond) ? (void)0 : must_fail(#cond, __FILE__, __LINE__, __func__))

/* must_fail - report a broken invariant and abort. Thread: any. */
_Noreturn void must_fail(const char *cond, const char *file, int line,
                         const char *func);

#endif
