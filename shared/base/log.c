/* log.c - formats a line on the caller's thread, writes it on a thread of its own.
 *
 * Callers hold the lock for a memcpy into the ring only, and never wait for
 * stderr: a reader that stops reading costs log lines, not mail. Under systemd
 * (JOURNAL_STREAM) a line starts with <level>, else with time and level. */
#include "log.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <limits.h>

#include "clock.h"
#include "id.h"
#include "must.h"
#include "utf8.h"

#define RING_BYTES (256 * 1024)
#define LINE_BYTES 1024
#define CUT_MARK " ..."
#define STOP_WAIT_MS 1000 /* a blocked stderr holds up the exit no longer */

struct line {
	char text[LINE_BYTES];
	size_t n;
	bool cut; /* something did not fit */
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_t thread;
	bool running;          /* the writer thread takes the lines */
	bool stopping;
	size_t head, n;        /* first byte that waits, how many wait */
	uint64_t dropped;      /* since the start */
	char ring[RING_BYTES];
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER };

static atomic_int shown_level = LOG_INFO; /* read on every call: no lock for what is not shown */

static const char *const level_names[] = {
	[LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
};

static void
add(struct line *line, const char *p, size_t n)
{
	/* room for the mark and the newline is never given away */
	if (line->cut || n > LINE_BYTES - sizeof CUT_MARK - line->n) {
		line->cut = true;
		return;
	}
	memcpy(line->text + line->n, p, n);
	line->n += n;
}

static void
add_text(struct line *line, const char *text)
{
	add(line, text, strlen(text));
}

static void __attribute__((format(printf, 2, 3)))
add_format(struct line *line, const char *fmt, ...)
{
	char text[96];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	must(n >= 0 && n < (int)sizeof text);
	add(line, text, (size_t)n);
}

/* needs_quotes - anything but plain words; logfmt readers split at blanks. */
static bool
needs_quotes(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return true;
	}
	return s.n == 0;
}

static void
add_quoted(struct line *line, struct span s)
{
	add(line, "\"", 1);
	while (s.n > 0 && !line->cut) {
		uint32_t rune;
		size_t n = utf8_next(s, &rune);

		if (n == 0 || (n == 1 && !utf8_is_harmless(rune))) {
			n = 1;
			add_format(line, "\\x%02x", (unsigned char)s.p[0]);
		} else if (!utf8_is_harmless(rune)) {
			add_format(line, "<U+%04X>", (unsigned)rune);
		} else {
			if (rune == '"' || rune == '\\')
				add(line, "\\", 1);
			add(line, s.p, n);
		}
		s.p += n;
		s.n -= n;
	}
	add(line, "\"", 1);
}

static void
add_value(struct line *line, struct span s)
{
	if (needs_quotes(s))
		add_quoted(line, s);
	else
		add(line, s.p, s.n);
}

static void
add_field(struct line *line, const struct log_field *field)
{
	char id[ID_TEXT_SIZE];

	if (field->type == LOG_TYPE_TEXT && field->as.text == NULL)
		return;
	add(line, " ", 1);
	add_text(line, field->key);
	add(line, "=", 1);
	switch (field->type) {
	case LOG_TYPE_TEXT:
		add_value(line, span_of(field->as.text));
		break;
	case LOG_TYPE_SPAN:
		add_value(line, field->as.span);
		break;
	case LOG_TYPE_UINT:
		add_format(line, "%llu", (unsigned long long)field->as.uint);
		break;
	case LOG_TYPE_INT:
		add_format(line, "%lld", (long long)field->as.sint);
		break;
	case LOG_TYPE_ID:
		id_format(field->as.uint, id);
		add_text(line, id);
		break;
	case LOG_END:
		break;
	}
}

static void
add_prefix(struct line *line, enum log_level level)
{
	char now[CLOCK_RFC3339_SIZE];

	if (getenv("JOURNAL_STREAM")) {
		add_format(line, "<%d>", (int)level);
		return;
	}
	clock_format_rfc3339(clock_unix_ms(), now);
	add_format(line, "%s %s ", now, level_names[level]);
}

static void
compose(struct line *line, enum log_level level, const char *event,
        const struct log_field *fields)
{
	line->n = 0;
	line->cut = false;
	add_prefix(line, level);
	add_text(line, event);
	for (; fields->type != LOG_END; fields++)
		add_field(line, fields);
	if (line->cut) {
		memcpy(line->text + line->n, CUT_MARK, sizeof CUT_MARK - 1);
		line->n += sizeof CUT_MARK - 1;
	}
	line->text[line->n++] = '\n';
}

static bool
is_stopping(void)
{
	bool stopping;

	pthread_mutex_lock(&state.lock);
	stopping = state.stopping;
	pthread_mutex_unlock(&state.lock);
	return stopping;
}

/* write_all - pieces of at most PIPE_BUF after poll() said there is room, so
 * that a stopped reader is seen instead of blocking in write(2). */
static void
write_all(const char *p, size_t n)
{
	while (n > 0) {
		struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
		size_t piece = n < PIPE_BUF ? n : PIPE_BUF;
		bool last_chance = is_stopping();
		ssize_t done;

		if (poll(&fd, 1, STOP_WAIT_MS) == 0) {
			if (last_chance)
				return;
			continue;
		}
		done = write(STDERR_FILENO, p, piece);
		if (done < 0)
			return; /* nobody can be told that stderr is broken */
		p += done;
		n -= (size_t)done;
	}
}

static void
put(const char *p, size_t n)
{
	size_t at = (state.head + state.n) % RING_BYTES;
	size_t first = n < RING_BYTES - at ? n : RING_BYTES - at;

	memcpy(state.ring + at, p, first);
	memcpy(state.ring, p + first, n - first);
	state.n += n;
}

/* take - move up to n waiting bytes to out; waits for some. 0: told to stop. */
static size_t
take(char *out, size_t n, uint64_t *dropped_out)
{
	pthread_mutex_lock(&state.lock);
	while (state.n == 0 && !state.stopping)
		pthread_cond_wait(&state.filled, &state.lock);
	if (n > state.n)
		n = state.n;
	if (n > RING_BYTES - state.head)
		n = RING_BYTES - state.head;
	memcpy(out, state.ring + state.head, n);
	state.head = (state.head + n) % RING_BYTES;
	state.n -= n;
	*dropped_out = state.dropped;
	pthread_mutex_unlock(&state.lock);
	return n;
}

static void
write_dropped(uint64_t count)
{
	const struct log_field fields[] = { LOG_UINT("count", count), { NULL, LOG_END, { NULL } } };
	struct line line;

	compose(&line, LOG_WARNING, "log.dropped", fields);
	write_all(line.text, line.n);
}

static void *
writer(void *unused)
{
	uint64_t dropped, told = 0;
	char chunk[16 * 1024];
	size_t n;

	(void)unused;
	do {
		n = take(chunk, sizeof chunk, &dropped);
		write_all(chunk, n);
		/* between lines only: a chunk that fills up may end inside one */
		if (dropped > told && (n == 0 || chunk[n - 1] == '\n')) {
			write_dropped(dropped - told);
			told = dropped;
		}
	} while (n > 0);
	return NULL;
}

int
log_start(enum log_level level, struct err *err)
{
	int rc;

	must(!state.running);
	log_set_level(level);
	state.stopping = false;
	rc = pthread_create(&state.thread, NULL, writer, NULL);
	if (rc)
		return err_errno(err, rc, "cannot start the log thread");
	pthread_mutex_lock(&state.lock);
	state.running = true;
	pthread_mutex_unlock(&state.lock);
	return 0;
}

void
log_stop(void)
{
	pthread_mutex_lock(&state.lock);
	if (!state.running) {
		pthread_mutex_unlock(&state.lock);
		return;
	}
	state.running = false; /* from here on lines are written at once again */
	state.stopping = true;
	pthread_cond_signal(&state.filled);
	pthread_mutex_unlock(&state.lock);
	pthread_join(state.thread, NULL);
}

void
log_set_level(enum log_level level)
{
	must(level >= LOG_ERROR && level <= LOG_DEBUG);
	atomic_store_explicit(&shown_level, (int)level, memory_order_relaxed);
}

void
log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	struct line line;
	bool direct;

	if ((int)level > atomic_load_explicit(&shown_level, memory_order_relaxed))
		return;
	compose(&line, level, event, fields);
	pthread_mutex_lock(&state.lock);
	direct = !state.running;
	if (!direct && line.n > RING_BYTES - state.n)
		state.dropped++;
	else if (!direct)
		put(line.text, line.n);
	pthread_cond_signal(&state.filled);
	pthread_mutex_unlock(&state.lock);
	if (direct && write(STDERR_FILENO, line.text, line.n) < 0)
		return;
}

uint64_t
log_dropped(void)
{
	uint64_t dropped;

	pthread_mutex_lock(&state.lock);
	dropped = state.dropped;
	pthread_mutex_unlock(&state.lock);
	return dropped;
}
