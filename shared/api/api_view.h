/* api_view.h - what the control socket pushes to a screen: the live views.
 *
 * One request opens a view, one notification a tick follows; the same JSON
 * serves relaytui, `relaycli status` and anybody who speaks the socket.
 *
 *   -> {"id":1,"method":"view.subscribe","params":{"view":"queues","interval_ms":1000,
 *       "offset":0,"limit":40,"sort":"oldest","reverse":false,"filter":"*.example",
 *       "select":"yahoo.com"}}
 *   <- {"id":1,"result":{"schema":"relay.view.subscribe/1","subscription":1,"view":"queues",
 *       "interval_ms":1000,"boot_id":B,"version":V,"hostname":H,"user":"ana","role":"operator"}}
 *   <- {"method":"view","params":{"subscription":1,"view":"queues","seq":1,"boot_id":B,
 *       "generation":G,"at":T,"data":{...}}}
 *
 * The first "view" comes at once, the next each interval_ms (250 .. 60000,
 * default 1000). seq counts this subscription's notifications from 1: a gap
 * cannot happen, since for a reader that is too slow ticks are merged, not
 * queued: the next one it gets is newer, and "merged" in params counts the
 * ticks it did not see. boot_id differs after a restart: drop what is cached
 * and subscribe again. generation grows when the daemon's account or
 * configuration changed (credentials, domains, reload).
 *
 * "view.update" {"subscription":1, any of interval_ms offset limit sort reverse
 * filter select params delta} changes a window and pushes at once; a field left out
 * stays, null clears filter, select and params. "view.unsubscribe" {"subscription":1}
 * ends it. A client may hold 8 subscriptions.
 *
 * "delta":true on a view with rows: after the first, data has "delta":true, "rows"
 * only those that are new or changed since the notification before, by "key", and
 * "keys", all keys of the window in order, only when those changed. All else in data
 * comes whole. Nothing is told twice and nothing can be missed (see seq).
 *
 * Numbers are JSON numbers; "..._at" is RFC 3339 UTC with ms or null; "..._ms"
 * milliseconds; a rate is events per second (real).
 *
 * data of "status" (and the head of every other view's data, under "status"):
 *   {"hostname":"relay.example","version":"0.1.0","started_at":T,"now_at":T,
 *    "role":"operator"|"viewer","user":"ana",
 *    "queued":N,"deferred":N,"held":N,"active":N,   waiting recipients; queued is all of them
 *    "rates":{"accepted":R,"delivered":R,"deferred":R,"bounced":R},   mean of the last 10 s
 *    "totals":{"accepted":N,"delivered":N,"deferred":N,"bounced":N},  since start
 *    "connections":{"in":N,"out":N},
 *    "disk":{"used_percent":R,"free_bytes":N},
 *    "problems":["disk is nearly full: ...", ...]}      sentences; [] when all is well
 *
 * data of "overview":
 *   {"status":{...},
 *    "series":{"step_ms":1000,"first_at":T,"accepted":[N,...],"delivered":[N,...],
 *              "deferred":[N,...],"bounced":[N,...]},
 *        counts per second, oldest first, equally long: up to 300 in the first
 *        notification, after that only the seconds that are new since the last
 *        one (0 to 300 of them; append, keep the newest 300). "first_at" is the
 *        second of element 0.
 *    "latency":{"count":N,"p50_ms":N,"p95_ms":N,"p99_ms":N},
 *        accept to delivered, last 5 min; nulls when count is 0
 *    "providers":[{"name":"google","is_provider":true,"domains":712,
 *                  "queued":N,"deferred":N,
 *                  "out_per_s":R,"defer_percent":R|null,         last 10 s, last minute
 *                  "oldest_ms":N|null,"connections":N,"max_connections":N,
 *                  "state":"ok"|"throttled"|"backoff"|"unreachable"|...,
 *                  "why":"sentence"|null,"last_reply":"421 ..."|null,
 *                  "backoff_until_at":T|null}],                  by queued, at most 50
 *    "providers_total":N,
 *    "attention":[{"level":"alert"|"warning",
 *                  "kind":"relay"|"site"|"queue"|"credential"|"domain"|"source",
 *                  "object":"yahoo","text":"oldest 4m10s; ...",
 *                  "screen":"queues"|"throttles"|"credentials"|"domains"|"pools"|""}],
 *    "credentials":[{"name":"shop-prod","accepted":N,"delivered":N,"bounced":N,
 *                    "bounce_percent":R|null}],          top 8 by accepted, last 5 min
 *    "credentials_since_at":T,         counted from here on: only while somebody looks
 *    "events":[{event},...]}           the last 8, oldest first, as in events.subscribe
 *
 * data of "queues":
 *   {"status":{...},"total":N,"offset":N,"limit":N,"sort":"oldest","reverse":false,
 *    "filter":null,
 *    "rows":[{"key":"yahoo.com","provider":"yahoo"|null,
 *             "ready":N,"deferred":N,"held":N,"active":N,
 *             "oldest_at":T|null,"next_at":T|null,     null: not before it is released
 *             "state":"backoff","why":"sentence"|null,"last_reply":"421 ..."|null,
 *             "scheduled":N,"waits":{"constraint":"backoff","cause":TEXT|null,
 *                                    "until_at":T|null,"projected_at":T|null},
 *             "held_by":"ana"|null,"held_reason":TEXT|null,"held_scope":TEXT|null,
 *             "held_since_at":T|null,"held_until_at":T|null,
 *             "moved":N,"moved_to":"pool"|null,"generation":N}],
 *    "selected":null | {"key":"yahoo.com","ages":[N x 8],     <1m 5m 15m 1h 4h 1d 3d >3d
 *             "row":{as in rows} | null}}                     null: the queue is empty now
 *   Every tick carries the whole window (at most 200 rows), but see delta.
 *   sort: oldest | size | name | next.
 *
 * data of a list ("throttles", "deferrals", "credentials", "domains", "suppressions",
 * "pools"): what the method throttle.list, deferral.list, ... answers, sorted, filtered
 * and cut by the daemon:
 *   {"status":{...},"all":N,"total":N,"offset":N,"limit":N,"sort":W|null,"reverse":false,
 *    "filter":null,"rows":[{"key":K, ... an item of the method's answer ...}],
 *    "as_of":T,                 when the method said so: what is work is not asked each tick
 *    ... what the answer has beside its items ...}
 *   or, when the method refused, {"status":{...},"failed":"sentence","rows":[]}, and while it
 *   works on its first answer {"status":{...},"pending":true,"rows":[]}.
 *   all: items of the answer; total: those that pass the filter. filter: part of any text
 *   of a row, or a pattern with *. "params" of the subscription are the method's.
 *   "suppressions": newest first (reverse: oldest), sort since; its filter is terms as of
 *   suppression.list ("user@", "domain:x.example since:7d"), and any window costs the same.
 *
 * "events.subscribe" {"filter":"to:@yahoo.com event:bounced"} ->
 *   {"schema":"relay.events.subscribe/1","subscription":2}
 * then {"method":"event","params":{event, "subscription":2}} and, for a slow reader,
 *   {"method":"events.lost","params":{"subscription":2,"count":N}}
 * before the next event. "rate" (0: no limit; else events a second) samples on
 * the daemon's side; once a second those left out are counted in
 *   {"method":"events.sampled","params":{"subscription":2,"count":N}}
 * "events.unsubscribe" {"subscription":2} ends it.
 *
 * An event (fields that do not apply are null):
 *   {"id":"13 chars","at":T,"event":"deferred","message":"13 chars","recipient_no":0,
 *    "recipient":A,"credential":C,"sender_domain":D,"site":S,
 *    "remote_host":H,"remote_address":IP,"source_address":IP,
 *    "tls":"TLSv1.3"|"","tls_verified":V,"code":421,"enhanced":"4.7.0",
 *    "category":"rate_limited","hard":false,"reply":"421 4.7.0 ...",
 *    "reply_b64":only when bytes had to be replaced,
 *    "attempt":1,"duration_ms":412,"next_attempt_at":T,"detail":"words"}
 *
 * Acts carry what the person saw:
 *   {"method":"queue.hold","params":{"match":"yahoo.com","generation":G,"reason":"...",
 *    "for_ms":3600000}} -> {"schema":"relay.queue.hold/1","affected":N,"object":"yahoo.com"}
 * error data.kind is "changed" when the generation differs ("changed since you
 * looked"). queue.release and queue.flush take match and generation. */
#ifndef API_API_VIEW_H
#define API_API_VIEW_H

#define API_VIEW_INTERVAL_MIN_MS 250
#define API_VIEW_INTERVAL_MAX_MS 60000
#define API_VIEW_INTERVAL_MS 1000    /* when not said */
#define API_VIEW_SERIES 300          /* points kept, one a second */
#define API_VIEW_ROWS_MAX 200        /* of a window */
#define API_VIEW_PROVIDERS_MAX 50
#define API_VIEW_CREDENTIALS 8
#define API_VIEW_EVENTS 8
#define API_VIEW_AGES 8              /* <1m 5m 15m 1h 4h 1d 3d >3d */
#define API_VIEW_SUBSCRIPTIONS_MAX 8 /* per client, events among them */

#endif
