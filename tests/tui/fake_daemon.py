#!/usr/bin/python3
"""A control socket with a script instead of a relay: the same rows every time.

    fake_daemon.py SOCKET [--role viewer] [--requests FILE] [--torn]

It answers what relaytui asks (shared/api/api_view.h), pushes its pictures each
interval, and writes every request it gets to FILE, one JSON object a line, so
that a test can see what the keys did. Times are the real clock's, for ages and
countdowns; everything else is fixed."""

import argparse
import json
import os
import random
import select
import socket
import time

import fake_credentials
import fake_message
import fake_pace
import fake_pools
import fake_suppressions

BOOT_ID = "%032x" % (os.getpid() << 64 | time.monotonic_ns())
PROVIDERS = [
    ("google", True, 3, 9811, 140.0, 6.2, 38000, 20, 20, "throttled", "the provider slows us down", "421-4.7.28 rate"),
    ("outlook", True, 9, 4020, 61.0, 2.1, 12000, 12, 15, "ok", None, None),
    ("yahoo", True, 12, 3377, 18.0, 14.0, 250000, 4, 5, "backoff", "88% are one reply", "421 4.7.0 [TSS04] deferred"),
    ("mx.corp.example", False, 712, 792, 70.0, 0.9, 3000, 61, 0, "ok", None, None),
]
QUEUES = [
    # key, provider, ready, deferred, held, age s, next in s (None: not before released), state, why, reply
    ("gmail.com", "google", 9811, 620, 0, 38, 0, "throttled", "paced to 140/s after 421 4.7.28", "421-4.7.28 unusual rate"),
    ("yahoo.com", "yahoo", 0, 3377, 0, 250, 129, "backoff", "the provider answers 421 4.7.0; step 3 of 8",
     "421 4.7.0 [TSS04] Messages temporarily deferred"),
    ("outlook.com", "outlook", 4020, 91, 0, 12, 0, "ok", "being delivered", None),
    ("example.net", None, 0, 214, 0, 10920, 1860, "unreachable", "no host answers", "connect timed out"),
    ("b\u00fccher.example", None, 3, 0, 0, 1, 0, "ok", "being delivered", None),
    # hostile: an escape sequence, a bidi override, C1, tab and newline
    ("evil\x1b]52;c;aGk=\x07\u202e\u009b2J\t\n.example", None, 0, 1, 0, 60, 60, "backoff", "said \x1b[2J\r\n", "450 \x1b[31mred\u202etxt"),
]
EVENTS = [
    ("delivered", "ann@gmail.com", "shop-prod", 1200, 250, "2.0.0", "250 2.0.0 OK 1732370551 gsmtp"),
    ("deferred", "bob@yahoo.com", "shop-prod", 400, 421, "4.7.0", "421 4.7.0 [TSS04] temporarily deferred"),
    ("accepted", "cy@outlook.com", "billing-app", None, 0, None, None),
    ("bounced", "dan@example.net", "newsletter", 700, 550, "5.1.1", "550 5.1.1 user unknown"),
    ("auth.failed", None, None, None, 535, "5.7.8", None),
    ("delivered", "\u4e16\u84ee@\u4f8b\u3048.example", "shop-prod", 2000, 250, None, "250 ok SMTPUTF8"),
]


def stamp(seconds_from_now=0.0):
    at = time.time() + seconds_from_now
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".%03dZ" % (at * 1000 % 1000)


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.unread = b""
        self.unsent = b""
        self.views = {}   # subscription -> [params, seq, due]
        self.events = {}  # subscription -> due
        self.messages = {}  # subscription -> the message whose events they are
        self.last = 0

    def fileno(self):
        return self.sock.fileno()


class Daemon:
    def __init__(self, path, role, requests, torn):
        self.role, self.requests, self.torn = role, requests, torn
        self.dice = random.Random(20261125)
        self.listener = socket.socket(socket.AF_UNIX)
        if os.path.exists(path):
            os.unlink(path)
        self.listener.bind(path)
        self.listener.listen()
        self.clients = []
        self.held = set()
        self.generation = {row[0]: 1 for row in QUEUES}
        self.events_made = 0
        # a screen's views and methods each
        self.parts = [fake_pools.Pools(self), fake_pace.Pace(self), fake_suppressions.Suppressions(self),
                      fake_credentials.Credentials(self)]
        self.messages = fake_message.Messages()

    # ---- pictures -----------------------------------------------------------------

    def status(self):
        return {"hostname": "mx1.relay.example", "version": "1.4.2", "started_at": stamp(-3600),
                "now_at": stamp(), "role": self.role, "user": "ana", "queued": 18402, "deferred": 1211,
                "held": 40, "active": 61,
                "rates": {"accepted": 312.0, "delivered": 298.0, "deferred": 9.1, "bounced": 1.9},
                "connections": {"in": 61, "out": 212}, "disk": {"used_percent": 41.0, "free_bytes": 1 << 40},
                "problems": []}

    def overview(self, seq):
        names = ("name", "is_provider", "domains", "queued", "out_per_s", "defer_percent", "oldest_ms",
                 "connections", "max_connections", "state", "why", "last_reply")
        points = 60 if seq == 1 else 1
        series = {kind: [(i * 7 + k * 5) % 23 for i in range(points)]
                  for k, kind in enumerate(("accepted", "delivered", "deferred", "bounced"))}
        return {"status": self.status(), "series": dict(series, step_ms=1000, first_at=stamp(-points)),
                "latency": {"count": 9, "p50_ms": 1400, "p95_ms": 9000, "p99_ms": 240000},
                "providers": [dict(zip(names, row), deferred=0, backoff_until_at=None) for row in PROVIDERS],
                "providers_total": len(PROVIDERS),
                "attention": [
                    {"level": "alert", "kind": "queue", "object": "yahoo.com", "screen": "queues",
                     "text": "oldest 4m10s and growing 6 min; 88% are one reply"},
                    {"level": "warning", "kind": "auth", "object": "billing-app", "screen": "log",
                     "text": "first use from new network 203.0.113.0/24"}],
                "credentials": [{"name": "shop-prod", "accepted": 18220, "delivered": 18000, "bounced": 54,
                                 "bounce_percent": 0.3}],
                "credentials_since_at": stamp(-300), "events": [self.event(*row) for row in EVENTS]}

    def queue(self, row):
        key, provider, ready, deferred, held, age, wait, state, why, reply = row
        if key in self.held:
            ready, deferred, held, wait, state, why = 0, 0, ready + deferred, None, "HELD by ana", "held by ana"
        return {"key": key, "provider": provider, "ready": ready, "deferred": deferred, "held": held,
                "active": 0, "oldest_at": stamp(-age), "next_at": None if wait is None else stamp(wait),
                "state": state, "why": why, "last_reply": reply, "generation": self.generation[key]}

    def queues(self, params):
        wanted = params.get("filter")
        rows = [row for row in QUEUES if not wanted or wanted.strip("*") in row[0]]
        rows.sort(key={"oldest": lambda r: -r[5], "size": lambda r: -(r[2] + r[3]), "name": lambda r: r[0],
                       "next": lambda r: r[6]}[params.get("sort", "oldest")], reverse=params.get("reverse", False))
        offset, limit = params.get("offset", 0), params.get("limit", 40)
        select = params.get("select")
        chosen = [self.queue(row) for row in QUEUES if row[0] == select]
        return {"status": self.status(), "total": len(rows), "offset": offset, "limit": limit,
                "sort": params.get("sort", "oldest"), "reverse": False, "filter": wanted,
                "rows": [self.queue(row) for row in rows[offset:offset + limit]],
                "selected": select and {"key": select, "ages": [0, 41, 890, 2011, 435, 0, 0, 0],
                                        "row": chosen[0] if chosen else None}}

    def event(self, kind, recipient, credential, took, code, enhanced, reply):
        self.events_made += 1
        return {"id": "%013d" % self.events_made, "at": stamp(), "event": kind,
                "message": "01JD7QZ8M%04d" % self.events_made if kind != "auth.failed" else None, "recipient_no": 0,
                "recipient": recipient, "credential": credential, "sender_domain": "shop.example",
                "site": recipient and recipient.split("@")[1], "remote_host": None,
                "remote_address": "203.0.113.9", "source_address": None, "tls": "TLSv1.3", "tls_verified": None,
                "code": code, "enhanced": enhanced, "category": None, "hard": False, "reply": reply, "attempt": 1,
                "duration_ms": took, "next_attempt_at": None,
                "detail": "bad password" if kind == "auth.failed" else None}

    # ---- requests --------------------------------------------------------------------

    def act(self, method, params):
        key = params["match"]
        if self.role != "operator":
            return None, ("not_permitted", "you may only look")
        if key not in self.generation:
            return None, ("not_found", "no queue " + key)
        if params.get("generation", self.generation[key]) != self.generation[key]:
            return None, ("changed", key + " changed since you looked: nothing done")
        self.generation[key] += 1
        if method == "queue.hold":
            self.held.add(key)
        elif method == "queue.release":
            self.held.discard(key)
        affected = next(row[2] + row[3] for row in QUEUES if row[0] == key)
        return {"schema": "relay.%s/1" % method, "affected": affected, "object": key}, None

    def answer(self, client, request):
        method, params = request["method"], request.get("params", {})
        if method == "view.subscribe":
            client.last += 1
            client.views[client.last] = [params, 0, 0.0]
            return {"schema": "relay.view.subscribe/1", "subscription": client.last, "view": params["view"],
                    "interval_ms": 1000, "boot_id": BOOT_ID, "version": "1.4.2", "hostname": "mx1.relay.example",
                    "user": "ana", "role": self.role}, None
        if method == "view.update":
            view = client.views.get(params["subscription"])
            if not view:
                return None, ("not_found", "no such subscription")
            view[0].update(params)
            view[2] = 0.0
            return {}, None
        if method == "events.subscribe":
            client.last += 1
            client.events[client.last] = time.monotonic() + 0.2
            return {"schema": "relay.events.subscribe/1", "subscription": client.last}, None
        if method in ("view.unsubscribe", "events.unsubscribe"):
            client.views.pop(params["subscription"], None)
            client.events.pop(params["subscription"], None)
            return {}, None
        if method == "log.tail":
            return {"schema": "relay.log.tail/1", "items": [self.event(*row) for row in EVENTS]}, None
        if method in ("queue.hold", "queue.release", "queue.flush"):
            return self.act(method, params)
        for part in self.parts:
            if method in part.methods:
                return part.methods[method](params)
        return None, ("method", "no such method: " + method)

    def take_line(self, client, line):
        request = json.loads(line)
        if self.requests:
            with open(self.requests, "a", encoding="ascii") as out:
                out.write(json.dumps(request) + "\n")
        result, error = self.messages.answer(self, client, request), None
        if result is None:
            return
        if result is False:
            result, error = self.answer(client, request)
        reply = {"id": request["id"]}
        if error:
            reply["error"] = {"code": -32000, "message": error[1], "data": {"kind": error[0], "hint": ""}}
        else:
            reply["result"] = result
        self.send(client, reply)

    # ---- sockets ----------------------------------------------------------------------

    def send(self, client, value):
        client.unsent += json.dumps(value).encode("ascii") + b"\n"

    def push(self, client):
        now = time.monotonic()
        for number, view in client.views.items():
            params, seq, due = view
            if now < due:
                continue
            view[1], view[2] = seq + 1, now + params.get("interval_ms", 1000) / 1000
            name = params["view"]
            views = {"status": lambda params: self.status(), "overview": lambda params: self.overview(view[1]),
                     "queues": self.queues}
            for part in self.parts:
                views.update(part.views)
            data = views[name](params)
            self.send(client, {"method": "view", "params": {
                "subscription": number, "view": name, "seq": view[1], "boot_id": BOOT_ID, "generation": 1,
                "at": stamp(), "data": data}})
        for number, due in client.events.items():
            if now >= due:
                client.events[number] = now + 0.5
                self.send(client, {"method": "event", "params": self.event(*EVENTS[self.events_made % len(EVENTS)])})
                self.send(client, {"method": "events.sampled", "params": {"subscription": number, "count": 75}})

    def drop(self, client):
        client.sock.close()
        self.clients.remove(client)

    def read(self, client):
        try:
            data = client.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drop(client)
            return
        client.unread += data
        while b"\n" in client.unread:
            line, client.unread = client.unread.split(b"\n", 1)
            self.take_line(client, line)

    def write(self, client):
        """With --torn a line comes in pieces of any size, and the tenth picture ends in its middle with the
        connection: what a daemon that dies while it writes looks like."""
        piece = client.unsent
        if self.torn:
            piece = piece[:self.dice.randint(1, 97)]
        if self.torn == 1 and client.views and max(view[1] for view in client.views.values()) >= 10:
            self.torn = 2  # once
            client.sock.send(client.unsent[:len(client.unsent) // 2])
            self.drop(client)
            return
        try:
            client.unsent = client.unsent[client.sock.send(piece):]
        except BlockingIOError:
            pass
        except OSError:
            self.drop(client)

    def run(self):
        while True:
            waiting = [c for c in self.clients if c.unsent]
            readable, writable, _ = select.select([self.listener] + self.clients, waiting, [], 0.05)
            if self.listener in readable:
                sock = self.listener.accept()[0]
                sock.setblocking(False)
                self.clients.append(Client(sock))
            for client in readable:
                if client in self.clients:
                    self.read(client)
            for client in writable:
                if client in self.clients:
                    self.write(client)
            for client in self.clients:
                self.push(client)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("--role", default="operator")
    parser.add_argument("--requests")
    parser.add_argument("--torn", action="store_const", const=1, default=0)
    args = parser.parse_args()
    Daemon(args.socket, args.role, args.requests, args.torn).run()


main()
