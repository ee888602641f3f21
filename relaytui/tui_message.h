/* tui_message.h - the message that is looked at: what relayd says of it, which of
 * its recipients, and the list it was opened from.
 *
 * message.show is asked once; then its events are subscribed to (tui_feed) and each
 * of them, and now and then the time, asks again. Pure. Thread: the app's. */
#ifndef TUI_MESSAGE_H
#define TUI_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "tui_action.h"

struct tui_model;

#define TUI_ID_SIZE 16
#define TUI_PATH_SIZE 160

struct tui_message {
	char id[TUI_ID_SIZE];      /* "": none was opened yet */
	uint32_t recipient_no;     /* whose timeline is shown */
	enum tui_screen from;      /* whose list has its siblings */
	char path[TUI_PATH_SIZE];  /* of that list: "Queues ▸ yahoo.com" */
	json_t *answer;            /* owned: of message.show; NULL: not there (yet) */
	json_t *domain;            /* owned: domain.show of its sender's; NULL likewise */
	char error[240];           /* why there is no answer; "" */
	int64_t asked_mono_ms;
	bool is_asked, has_asked_domain;
	bool is_due;               /* something happened to it since it was asked about */
	int top;                   /* line of the timeline that is shown first */
};

/* tui_message_open - the screen of a message, from the one that is shown. path: of the
 * list that was shown. */
void tui_message_open(struct tui_model *model, const char *id, uint32_t recipient_no,
                      const char *path);
/* tui_message_show - another one instead of it. */
void tui_message_show(struct tui_model *model, const char *id, uint32_t recipient_no);
/* tui_message_ask - what is due and may be asked now. */
void tui_message_ask(struct tui_model *model);

/* ---- what is known; borrowed, NULL: not there (yet) ------------------------------ */
/* tui_message_fact - of the envelope: "sender", "credential"; "" none. */
const char *tui_message_fact(const struct tui_model *model, const char *key);
size_t tui_message_recipients(const struct tui_model *model);
const json_t *tui_message_recipient(const struct tui_model *model, size_t i);
/* tui_message_selected - which recipient that is. */
size_t tui_message_selected(const struct tui_model *model);
/* tui_message_wait - what that recipient waits for, of the answer's "waits". */
const json_t *tui_message_wait(const struct tui_model *model, const json_t *recipient);
/* tui_message_select - the recipient that many further. */
void tui_message_select(struct tui_model *model, long by);

/* ---- for the feed and the model -------------------------------------------------- */
void tui_message_event(struct tui_model *model); /* something happened to it */
void tui_message_forget(struct tui_message *message); /* all that was answered */
void tui_message_lost(struct tui_message *message); /* the connection went */

#endif
