#!/usr/bin/python3
"""How long "did they get it?" takes on a log of ten million recipients.

A relay sends one message, for a row to copy; then its log is filled while it is stopped: days
of finished messages to millions of addresses, with the columns and indexes it made itself. Then
relaycli is timed as a whole command, from its start to its last byte, by questions of each kind.

    tests/bench/find.py [--recipients 10000000] [--days 30] [--rounds 100] [--keep]
"""

import argparse
import contextlib
import glob
import os
import random
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "flow"))

import relaylib  # noqa: E402
from relaylib import text_message, wait_for  # noqa: E402

DAY_MS = 86400000
DOMAINS = ["%s%d.example" % (name, n) for n in range(250) for name in ("mail", "post", "inbox", "web")]
FIRST, LAST = (["ann", "bob", "chris", "dana", "eve", "frank", "gita", "hugo", "iris", "jo"],
               ["lee", "kim", "ng", "roy", "diaz", "khan", "weiss", "sato", "moreau", "novak"])


def address(n):
    return "%s.%s%d@%s" % (FIRST[n % 10], LAST[n // 10 % 10], n, DOMAINS[n * 7919 % len(DOMAINS)])


def order(n):
    """Ten digits that look random, another number for each n: the hard case for what passes texts over."""
    return n * 7368787 % 10 ** 10


def message_id(n):
    return "%016x@shop.example" % (n * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)


def rows_of(db, sql):
    cursor = db.execute(sql)
    return [c[0] for c in cursor.description], cursor.fetchall()


class Log:
    """The state folder of a stopped relay."""

    def __init__(self, folder, recipients, days):
        self.folder, self.recipients, self.days = folder, recipients, days
        self.addresses = max(1, recipients // 2)
        self.first = 1000000  # of the ids that are added
        self.count = recipients // days  # of a day

    def fill(self):
        hot = sqlite3.connect(os.path.join(self.folder, "relay.db"))
        template = sorted(glob.glob(os.path.join(self.folder, "log", "*.db")))[-1]
        today = int(time.time() * 1000) // DAY_MS
        hot.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
        self.put_addresses(hot, today)
        schema, version, message, recipient = self.read_template(template)
        for back in range(1, self.days + 1):
            self.put_day(today - back, schema, version, message, recipient)
        hot.execute("UPDATE state SET value = ? WHERE name = 'created_unix_ms'", ((today - 400) * DAY_MS,))
        hot.commit()
        hot.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        hot.close()

    def put_addresses(self, hot, today):
        hot.executemany("INSERT INTO address_domain (id, name) VALUES (?, ?)",
                        ((self.first + i, name) for i, name in enumerate(DOMAINS)))
        hot.executemany("INSERT INTO address (id, folded, given, domain_id, last_day) VALUES (?, ?, NULL, ?, ?)",
                        ((self.first + n, address(n), self.first + n * 7919 % len(DOMAINS), today)
                         for n in range(self.addresses)))
        hot.commit()

    def read_template(self, path):
        db = sqlite3.connect(path)
        schema = [row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        version = db.execute("PRAGMA user_version").fetchone()[0]
        message, recipient = rows_of(db, "SELECT * FROM message LIMIT 1"), rows_of(db, "SELECT * FROM recipient LIMIT 1")
        db.close()
        return schema, version, message, recipient

    def put_day(self, day, schema, version, message, recipient):
        name = time.strftime("%Y-%m-%d", time.gmtime(day * DAY_MS / 1000))
        path = os.path.join(self.folder, "log", name + ".db")
        db = sqlite3.connect(path)
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
        tables = [sql for sql in schema if sql.startswith("CREATE TABLE")]
        for sql in tables:
            db.execute(sql)
        count = self.count
        step = DAY_MS // count if count < DAY_MS else 1

        def rows(table, keys):
            names, (given,) = table[0], table[1]
            base = dict(zip(names, given))
            places = {key: names.index(key) for key in keys}
            row = list(base.values())
            for n in range(count):
                at = day * DAY_MS + n * step
                mid = at << 22
                values = {"id": mid, "message_id": mid, "address_id": self.first + self.number(day, n), "at_unix_ms": at,
                          "event_id": mid + 1, "subject": "Order %d is on its way" % order(day * count + n),
                          "tags": "ref-%d" % order(day * count + n + 10 ** 8) if n % 4 == 0 else None,
                          "message_hash": self.hash(message_id(day * count + n))}
                for key, place in places.items():
                    row[place] = values[key]
                if table is message:
                    row[places["message_id"]] = message_id(day * count + n)
                yield tuple(row)
        for table, source, keys in (("message", message, ("id", "message_id", "message_hash", "subject", "tags")),
                                    ("recipient", recipient, ("message_id", "address_id", "event_id", "at_unix_ms"))):
            db.executemany("INSERT INTO %s VALUES (%s)" % (table, ",".join("?" * len(source[0]))), rows(source, keys))
        db.execute("INSERT INTO tag SELECT tags, id FROM message WHERE tags IS NOT NULL ORDER BY tags")
        db.execute("INSERT INTO text_block_todo SELECT min(id) FROM message")  # as if from before there were texts
        for sql in schema:
            if sql.startswith("CREATE INDEX"):
                db.execute(sql)
        db.execute("PRAGMA user_version = %d" % version)
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    @staticmethod
    def hash(text):
        """As relayd's store_hash: FNV-1a, as a signed number."""
        value = 0xcbf29ce484222325
        for byte in text.encode():
            value = (value ^ byte) * 0x100000001b3 & 0xFFFFFFFFFFFFFFFF
        return value - (value >> 63 << 64)

    def wait_texts(self):
        """relayd makes what is searched, of messages and of addresses, in the background."""
        hot = os.path.join(self.folder, "relay.db")
        todo = [(path, "SELECT count(*) FROM text_block_todo") for path in glob.glob(os.path.join(self.folder, "log", "*.db"))]
        todo.append((hot, "SELECT (SELECT max(id) FROM address) / 1024 - (SELECT ifnull(max(no) + 1, 0) FROM address_block)"))

        def is_done(path, sql):
            with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as db:
                return db.execute(sql).fetchone()[0] == 0
        wait_for(lambda: all(is_done(path, sql) for path, sql in todo), "the texts of the log", 1800)

    def number(self, day, n):
        """Which address the n-th message of that day went to."""
        return (day * 1000003 + n * 104729) % self.addresses


def size_of(state):
    return sum(os.path.getsize(path) for path in glob.glob(os.path.join(state, "**", "*.db"), recursive=True))


def timed(relay, *terms):
    """Milliseconds from the command's start to its last byte; and what it printed."""
    argv = [relaylib.program("relaycli"), "--socket", relay.socket, "find", *terms]
    started = time.perf_counter()
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    took = (time.perf_counter() - started) * 1000
    if done.returncode not in (0, 3):
        sys.exit("find %s: exit %d: %s" % (terms, done.returncode, done.stderr.decode(errors="replace")))
    return took, done.stdout.decode()


class Questions:
    """What is asked, each time about another message of the log."""

    def __init__(self, log):
        self.log, self.rand = log, random.Random(1)
        self.today = int(time.time() * 1000) // DAY_MS

    def message(self):
        """Its day, and its place in it; one in four has a tag."""
        return self.today - self.rand.randint(1, self.log.days), self.rand.randrange(self.log.count // 4) * 4

    def number(self):
        day, n = self.message()
        return day * self.log.count + n

    def someone(self):
        return address(self.log.number(*self.message()))

    def part(self, text, length):
        start = self.rand.randrange(len(text) - length + 1)
        return text[start:start + length]

    def kinds(self):
        return (("exact address", lambda: (self.someone(),), "Yes."),
                ("exact address, --last", lambda: (self.someone(), "--last"), "Yes."),
                ("beginning (b.lee12@)", lambda: (self.someone().split("@")[0] + "@",), "Yes."),
                ("part of an address (lee12)", lambda: (self.someone().split("@")[0][4:],), "Yes."),
                ("domain", lambda: ("domain:" + self.rand.choice(DOMAINS),), "Yes."),
                ("subject: an order number", lambda: ("subject:%d" % order(self.number()),), "Yes."),
                ("an order number, bare", lambda: ("%d" % order(self.number()),), "Yes."),
                ("seven digits of one", lambda: (self.part("%010d" % order(self.number()), 7),), None),
                ("four digits of one", lambda: ("subject:" + self.part("%010d" % order(self.number()), 4),), "Yes."),
                ("phrase with a number", lambda: ("order %d is" % order(self.number()),), "Yes."),
                ("phrase that all have", lambda: ("is on its way",), "Yes."),
                ("phrase that none has", lambda: ("order on its way is %d" % self.rand.randrange(10),), "No trace."),
                ("common parts, never together", lambda: ("way is on",), "No trace."),
                ("two letters that are nowhere", lambda: (self.rand.choice("qxz") + self.rand.choice("jq"),), "No trace."),
                ("order number in a tag", lambda: ("%d" % order(self.number() + 10 ** 8),), "Yes."),
                ("tag:", lambda: ("tag:ref-%d" % order(self.number() + 10 ** 8),), "Yes."),
                ("Message-ID", lambda: ("<%s>" % message_id(self.number()),), "Yes."),
                ("ten bytes of a Message-ID", lambda: (self.part(message_id(self.number())[:16], 10),), "Yes."),
                ("name and phrase", lambda: (self.rand.choice(LAST), "on its way"), "Yes."),
                ("name and order number", lambda: (self.rand.choice(LAST), "%d" % order(self.number())), None),
                ("credential and number", lambda: ("cred:nobody", "subject:%d" % order(self.number())), "No trace."),
                ("nobody (with near ones)", lambda: (self.someone().replace(".", "x", 1),), "No trace."))


def ask(relay, log, rounds):
    print("%-32s %8s %8s %8s %8s" % ("ms, whole command", "p50", "p95", "p99", "max"))
    for name, make, answer in Questions(log).kinds():
        took = []
        for _ in range(rounds):
            terms = make()
            ms, said = timed(relay, *terms)
            took.append(ms)
            if answer and answer not in said:
                print("  %s: %s" % (" ".join(terms), said.splitlines()[:1]))
        took.sort()
        print("%-32s %8.1f %8.1f %8.1f %8.1f" % (name, *(took[min(len(took) - 1, int(len(took) * p))]
                                                         for p in (0.5, 0.95, 0.99)), took[-1]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=10000000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    given = parser.parse_args()
    world = relaylib.World()
    try:
        world.zone.domain("ok.example")
        world.start()
        world.relay.send(world.login, "app@shop.example", "one@ok.example", text_message("app@shop.example", "one@ok.example"))
        world.relay.wait_status("one@ok.example", "delivered")
        state = os.path.join(world.relay.folder, "state")
        wait_for(lambda: glob.glob(os.path.join(state, "log", "*.db")), "its day's log", 120)
        world.relay.stop()
        log = Log(state, given.recipients, given.days)
        started = time.monotonic()
        log.fill()
        before = size_of(state)
        print("%d recipients over %d days to %d addresses: %.2f GB, made in %.0f s" % (
            log.recipients, log.days, log.addresses, before / 1e9, time.monotonic() - started), flush=True)
        started = time.monotonic()
        world.relay.start()
        log.wait_texts()
        print("texts of them: %.0f bytes a recipient, made in %.0f s" % (
            (size_of(state) - before) / log.recipients, time.monotonic() - started), flush=True)
        ask(world.relay, log, given.rounds)
    finally:
        if not given.keep:
            world.close(failed=False)


if __name__ == "__main__":
    main()
