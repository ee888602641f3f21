#!/usr/bin/python3
"""What looking at refusals costs relayd, on a log with a million events in the last hour.

A relay delivers one message and has one refused, for rows to copy; then the log of today is filled
while it is stopped. Measured are one walk (relaycli deferral list) and the processor time of relayd
while a screen looks at the view "deferrals" every two seconds, beside the time while nobody looks.

    tests/bench/deferrals.py [--events 1000000] [--refused 0.1] [--seconds 40]
"""

import argparse
import contextlib
import glob
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "flow"))

import relaylib  # noqa: E402
from relaylib import wait_for  # noqa: E402

HOUR_MS = 3600000
SENDER = "app@shop.example"
REPLIES = [b"550 5.1.1 <user%d@x.example>: user %d unknown", b"552 5.2.2 mailbox of %d is full (%d)",
           b"554 5.7.1 message %d refused, see https://x.example/%d", b"550 5.7.26 unauthenticated mail from %d, %d"]


def rows_of(db, sql):
    cursor = db.execute(sql)
    return [column[0] for column in cursor.description], cursor.fetchall()


def fill(state, events, refused):
    """Today's file gets that many messages of the last hour, one recipient each."""
    path = sorted(glob.glob(os.path.join(state, "log", "*.db")))[-1]
    db = sqlite3.connect(path)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
    names, messages = rows_of(db, "SELECT * FROM message LIMIT 1")
    columns, recipients = rows_of(db, "SELECT * FROM recipient WHERE code >= 200 ORDER BY code")
    good, bad = recipients[0], recipients[-1]
    start, every = int(time.time() * 1000) - HOUR_MS + 60000, max(1, int(1 / refused))

    def values(names, row, **given):
        row = list(row)
        for name, value in given.items():
            row[names.index(name)] = value
        return tuple(row)

    def messages_of():
        for n in range(events):
            yield values(names, messages[0], id=(start + n * (HOUR_MS - 120000) // events) << 22 | n & 1023,
                         message_id="%d@shop.example" % n, message_hash=n)

    def recipients_of():
        for n in range(events):
            at = start + n * (HOUR_MS - 120000) // events
            mid = at << 22 | n & 1023
            row = bad if n % every == 0 else good
            reply = REPLIES[n // every % len(REPLIES)] % (n, n) if row is bad else row[columns.index("reply")]
            yield values(columns, row, message_id=mid, event_id=mid + 1024, at_unix_ms=at, reply=reply)

    def put(table, names, rows):
        db.executemany("INSERT OR IGNORE INTO %s VALUES (%s)" % (table, ",".join("?" * len(names))), rows)

    put("message", names, messages_of())
    put("recipient", columns, recipients_of())
    db.execute("DELETE FROM text_block_todo")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    count = db.execute("SELECT count(*), sum(code >= 500) FROM recipient").fetchone()
    db.close()
    return count


def has_both(state):
    paths = glob.glob(os.path.join(state, "log", "*.db"))
    if not paths:
        return False
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % sorted(paths)[-1], uri=True)) as db:
        try:
            codes = [row[0] for row in db.execute("SELECT code FROM recipient")]
        except sqlite3.OperationalError:
            return False  # it is being made
    return any(200 <= code < 300 for code in codes) and any(code >= 500 for code in codes)


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def look(path, seconds, moves):
    """A screen at the view; moves: the cursor goes on each quarter of a second. Returns pictures, walks, bytes."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    sock.settimeout(0.25)
    params = {"view": "deferrals", "interval_ms": 2000, "delta": True, "limit": 80, "params": {
        "by": "reply", "details": True, "terms": ["since:1h"]}}
    sock.sendall(json.dumps({"id": 1, "method": "view.subscribe", "params": params}).encode() + b"\n")
    end, unread, counted, walks, size, keys, n = time.monotonic() + seconds, b"", 0, set(), 0, [], 1
    next_move = 0.0
    while time.monotonic() < end:
        try:
            got = sock.recv(1 << 20)
            size += len(got)
            unread += got
        except socket.timeout:
            pass
        while b"\n" in unread:
            line, unread = unread.split(b"\n", 1)
            data = json.loads(line).get("params", {}).get("data")
            if data:
                counted += 1
                keys = data.get("keys") or keys or [row["key"] for row in data["rows"]]
                walks.add(data.get("as_of"))
        if moves and keys and time.monotonic() >= next_move:
            n, next_move = n + 1, time.monotonic() + 0.25
            sock.sendall(json.dumps({"id": n, "method": "view.update", "params": {
                "subscription": 1, "select": keys[n % len(keys)]}}).encode() + b"\n")
    sock.close()
    return counted, len(walks - {None}), size


def measure(relay, seconds):
    pid = relay.process.pid
    started = time.perf_counter()
    done = subprocess.run([relaylib.program("relaycli"), "--socket", relay.socket, "deferral", "list", "--json"],
                          stdout=subprocess.PIPE, check=True)
    took = time.perf_counter() - started
    walked = json.loads(done.stdout)
    print("one walk: %.0f ms for %d refusals in %d groups, complete: %s" % (
        took * 1000, walked["looked_at"], len(walked["items"]), walked["complete"]))
    for name, moves, looks in (("nobody looks", False, False), ("a screen looks", False, True),
                               ("... and moves the cursor", True, True)):
        before = cpu_seconds(pid)
        if looks:
            pictures, walks, size = look(relay.socket, seconds, moves)
        else:
            pictures, walks, size = 0, 0, 0
            time.sleep(seconds)  # what is measured is that time
        used = cpu_seconds(pid) - before
        print("%-26s %5.2f s of processor in %d s: %4.1f %% of one; %d pictures of %d walks, %d bytes/s" % (
            name, used, seconds, 100 * used / seconds, pictures, walks, size / seconds), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1000000)
    parser.add_argument("--refused", type=float, default=0.1)
    parser.add_argument("--seconds", type=int, default=40)
    given = parser.parse_args()
    world = relaylib.World()
    try:
        for name in ("ok", "unknown"):
            world.zone.domain(name + ".mail.example")
        world.start("unknown.mail.example unknown-user\n")
        for name in ("ok", "unknown"):
            world.relay.send(world.login, SENDER, "a@%s.mail.example" % name)
        world.relay.wait_status("a@ok.mail.example", "delivered")
        world.relay.wait_status("a@unknown.mail.example", "bounced")
        state = os.path.join(world.relay.folder, "state")
        wait_for(lambda: has_both(state), "both in its day's log", 120)
        world.relay.stop()
        print("%d recipients, %d refused" % fill(state, given.events, given.refused), flush=True)
        world.relay.start()
        measure(world.relay, given.seconds)
    finally:
        world.close(failed=False)


if __name__ == "__main__":
    main()
