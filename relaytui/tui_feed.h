/* tui_feed.h - the connection: what the model wants to see is asked for, what
 * comes goes into the model, what was lost is connected anew.
 *
 * After every turn tui_feed_sync compares what the screen wants with what was
 * asked; views never talk to the daemon. One thread. */
#ifndef TUI_FEED_H
#define TUI_FEED_H

#include "tui_model.h"

struct tui_feed;

/* tui_feed_new - model is borrowed and outlives it. Returns owned. */
struct tui_feed *tui_feed_new(const char *socket_path, struct tui_model *model);
void tui_feed_free(struct tui_feed **feed);
int tui_feed_fd(const struct tui_feed *feed);        /* -1: not connected */
short tui_feed_events(const struct tui_feed *feed);
/* tui_feed_read - take what came. Returns whether anything was done. */
bool tui_feed_read(struct tui_feed *feed);
/* tui_feed_sync - connect when it is time, subscribe as the model wants, send
 * its requests. */
void tui_feed_sync(struct tui_feed *feed);

#endif
