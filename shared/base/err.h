/* err.h - why a call failed: kind decides what the peer is told, text is for people.
 *
 * A fallible call returns 0 or -1 and takes `struct err *err` last. The caller
 * owns the struct (usually on its stack). The text names the thing, the reason
 * and the way out, and never holds a secret. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
	ERR_NONE,
	ERR_INPUT,  /* the peer's or the user's fault: tell them what to change */
	ERR_TEMP,   /* try again later */
	ERR_PERM,   /* will never work as asked */
	ERR_LIMIT,  /* a cap was reached */
	ERR_SYSTEM, /* the machine said no: disk, socket, memory map */
	ERR_BUG,    /* ours */
	ERR_KIND_COUNT
};

struct err {
	enum err_kind kind;
	int code;       /* errno, SMTP code or 0: whatever the setter documents */
	char text[160]; /* one line, no newline, valid UTF-8 */
};

/* err_set - fill *err (may be NULL) and return -1, so that
 * `return err_set(err, ...)` reads well. Over-long text is cut with "...". */
int err_set(struct err *err, enum err_kind kind, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* err_errno - the same for a failed system call: appends strerror(saved). */
int err_errno(struct err *err, int saved_errno, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* err_kind_name - "input", "temp", ... static text. */
const char *err_kind_name(enum err_kind kind);

#endif
