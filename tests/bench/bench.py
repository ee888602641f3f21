#!/usr/bin/python3
"""relay against Debian's Postfix, doing the same work on this machine in one run.

    smtp-source -> relayd or Postfix -> smtp-sink

4 KB messages, 20 sessions, one recipient each, no TLS, no DNS (a route, a relayhost), the
same durability (250 after fsync, on the same file system). Without DKIM, and with one
RSA-2048 signature (Postfix: OpenDKIM as milter). A second part sends to 200 destinations
that take a second for each command and to a provider of 20 domains that takes connections and
never says a word, and measures what is left for a healthy one.

    tests/bench/bench.py [--quick] [--only relay|postfix] [--parts plain,dkim,slow] [--json FILE]
"""

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "flow"))

import mtalib  # noqa: E402
import relaylib  # noqa: E402
from relaylib import Process, Providers, Relay, Zone, free_port, run, wait_for  # noqa: E402

SENDER, DOMAIN, RECIPIENT = "app@shop.example", "shop.example", "b.lee@sink.example"
SESSIONS, LENGTH = 20, 4096
TICKS = os.sysconf("SC_CLK_TCK")
SLOW_DESTINATIONS, SLOW_EACH, SILENT_DOMAINS = 200, 10, 20


def stat_of(pid):
    """(parent, ticks of its own, ticks of children it has waited for); None when gone."""
    try:
        with open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def tree(pid):
    """pid and everything below it that runs now."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = stat_of(int(name))
            if stat:
                parents.setdefault(stat[0], []).append(int(name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += parents.get(one, [])
    return found


def cpu_seconds(roots):
    """What these process trees have used, ended children included."""
    ticks = 0
    for root in roots:
        for pid in tree(root):
            stat = stat_of(pid)
            if stat:
                ticks += stat[1] + stat[2]
    return ticks / TICKS


def pss_kb(roots):
    """Memory of the trees, shared pages shared out."""
    total = 0
    for root in roots:
        for pid in tree(root):
            try:
                with open("/proc/%d/smaps_rollup" % pid) as rollup:
                    total += sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
            except OSError:
                pass
    return total


class PeakMemory(threading.Thread):
    """Samples a few times a second; the peak is in .kb."""

    def __init__(self, roots):
        super().__init__(daemon=True)
        self.roots, self.kb, self.done = roots, 0, threading.Event()

    def run(self):
        while not self.done.wait(0.3):
            self.kb = max(self.kb, pss_kb(self.roots))

    def finish(self):
        self.done.set()
        self.join()
        return max(self.kb, pss_kb(self.roots))


class Contender:
    """A mail server under test: where it listens, its processes, how to stop it."""

    name = ""

    def __init__(self, folder, sink_port, dkim):
        self.folder, self.sink_port, self.dkim = folder, sink_port, dkim
        self.port = free_port()

    def start(self):
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError

    def roots(self):
        """Process ids whose trees do the work."""
        raise NotImplementedError


class RelayContender(Contender):
    name = "relay"
    ROUTE = 'route "*" {{ host = "127.0.0.1" port = {port} tls = none }}'

    def __init__(self, folder, sink_port, dkim, extra=None, dns_port=53, delivery_port=25):
        super().__init__(folder, sink_port, dkim)
        listener = ('listen "local" { address = {"127.0.0.1"} port = %d tls = none credential = "bench" }\n'
                    % self.port)
        self.relay = Relay(folder, dns_port, delivery_port, retry='"5s","30s"',
                           limits="connections_per_address = 1000",
                           extra=listener + (self.ROUTE.format(port=sink_port) if extra is None else extra))

    def start(self):
        relay = self.relay.start()
        relay.domain(DOMAIN)
        relay.credential("bench", "@" + DOMAIN)
        relay.stop()
        self.keep_keys()
        relay.start()
        return self

    def keep_keys(self):
        """Postfix signs with one RSA key or not at all: so do we here."""
        with sqlite3.connect(os.path.join(self.relay.folder, "state", "relay.db")) as db:
            for key, pem in db.execute("SELECT id, pem FROM dkim_key").fetchall():
                bits = run(["openssl", "pkey", "-noout", "-text"], data=pem.encode()).stdout
                is_wanted = self.dkim and b"2048 bit" in bits
                db.execute("UPDATE dkim_key SET is_active = ? WHERE id = ?", (int(is_wanted), key))
        db.close()

    def stop(self):
        self.relay.stop()

    def roots(self):
        return [self.relay.process.pid]

    def peak_kb(self, sampled):
        return max(sampled, self.relay.rss_kb("VmHWM"))


class PostfixContender(Contender):
    name = "Postfix"

    def __init__(self, folder, sink_port, dkim, **settings):
        super().__init__(folder, sink_port, dkim)
        self.milter = None
        if dkim:
            key = os.path.join(folder, "key.pem")
            run(["openssl", "genrsa", "-traditional", "-out", key, "2048"])
            os.chmod(key, 0o600)
            self.milter = mtalib.OpenDkim(folder, free_port(), DOMAIN, "s1", key)
            settings.update(smtpd_milters="inet:127.0.0.1:%d" % self.milter.port, milter_default_action="tempfail")
        settings.setdefault("relayhost", "[127.0.0.1]:%d" % sink_port)
        self.postfix = mtalib.Postfix(folder, "127.0.0.1", self.port, disable_dns_lookups="yes",
                                      smtpd_client_connection_count_limit="1000", **settings)

    def start(self):
        if self.milter:
            self.milter.start()
        self.postfix.start()
        return self

    def stop(self):
        self.postfix.stop()
        if self.milter:
            self.milter.stop()

    def roots(self):
        return [self.postfix.master_pid()] + ([self.milter.process.pid] if self.milter else [])

    def peak_kb(self, sampled):
        return sampled


def source(port, count, recipient=RECIPIENT, sessions=SESSIONS):
    """Start smtp-source; the sessions stay open between messages."""
    return subprocess.Popen([mtalib.tool("smtp-source"), "-4", "-d", "-s", str(sessions), "-l", str(LENGTH),
                             "-m", str(count), "-f", SENDER, "-t", recipient, "127.0.0.1:%d" % port],
                            env=mtalib.environment(), stdout=subprocess.DEVNULL)


class Ending(threading.Thread):
    """Notes the moment a process ends: Popen.wait with a time-out looks only now and then."""

    def __init__(self, popen, seconds, what):
        super().__init__(daemon=True)
        self.popen, self.what = popen, what
        self.at = None
        self.watchdog = threading.Timer(seconds, popen.kill)
        self.watchdog.start()
        self.start()

    def run(self):
        self.popen.wait()
        self.at = time.monotonic()
        self.watchdog.cancel()

    def moment(self):
        self.join()
        if self.popen.returncode != 0:
            raise relaylib.Failure("%s ended with %d" % (self.what, self.popen.returncode))
        return self.at


def sink(folder, port, count):
    """smtp-sink that ends by itself after count messages."""
    user = ["-u", "daemon"] if os.geteuid() == 0 else []
    process = Process([mtalib.tool("smtp-sink"), "-4", *user, "-M", str(count), "127.0.0.1:%d" % port, "1000"],
                      os.path.join(folder, "sink.log"), env=mtalib.environment())
    wait_for(lambda: relaylib.answers(port), "smtp-sink answers")
    return process


def one_run(contender, folder, count):
    """count messages through; (seconds to accept, seconds to deliver)."""
    receiver = Ending(sink(folder, contender.sink_port, count).popen, 600, "smtp-sink")
    started = time.monotonic()
    sender = Ending(source(contender.port, count), 600, "smtp-source")
    return sender.moment() - started, receiver.moment() - started


def count_syncs(contender, folder, count):
    """fsync and fdatasync calls per message, counted by strace over a run of its own."""
    summary = os.path.join(folder, "strace")
    pids = [str(pid) for root in contender.roots() for pid in tree(root)]
    tracer = subprocess.Popen(["strace", "-f", "-q", "-c", "-U", "calls,name", "-e", "trace=fsync,fdatasync", "-o", summary]
                              + [arg for pid in pids for arg in ("-p", pid)],
                              stderr=subprocess.DEVNULL)
    wait_for(lambda: all(is_traced(int(pid)) for pid in pids), "strace is attached")
    one_run(contender, folder, count)
    tracer.send_signal(2)
    tracer.wait(30)
    with open(summary) as lines:
        calls = sum(int(m.group(1)) for m in map(re.compile(r"\s*(\d+)\s+f(?:data)?sync\b").match, lines) if m)
    return calls / count


def is_traced(pid):
    try:
        with open("/proc/%d/status" % pid) as status:
            return "TracerPid:\t0\n" not in status.read()
    except OSError:
        return True


def measure(kind, dkim, count, sync_count):
    """One contender, one configuration: a fresh installation, a warm-up, a run, a counted run."""
    world = relaylib.World()
    contender = kind(world.folder, free_port(), dkim)
    try:
        contender.start()
        one_run(contender, world.folder, max(200, count // 10))
        memory = PeakMemory(contender.roots())
        memory.start()
        before = cpu_seconds(contender.roots())
        accept, deliver = one_run(contender, world.folder, count)
        used = cpu_seconds(contender.roots()) - before
        peak = contender.peak_kb(memory.finish())
        return {"messages": count, "accepted/s": count / accept, "delivered/s": count / deliver,
                "CPU s per 1,000": used * 1000 / count, "peak MB": peak / 1024,
                "fsyncs per message": count_syncs(contender, world.folder, sync_count)}
    finally:
        contender.stop()
        world.close()


# ---- 200 destinations that take a second per command, and one that says nothing ----

def slow_script():
    return "slow*.example slow=1000\nsilent*.example at=127.0.2.* silent\nfast.example accept\n"


def slow_domains():
    return ["slow%d.example" % n for n in range(SLOW_DESTINATIONS)] + \
        ["silent%d.example" % n for n in range(SILENT_DOMAINS)]


class SlowRelay(RelayContender):
    def __init__(self, world, providers):
        self.zone = world.zone
        for n in range(SLOW_DESTINATIONS):
            self.zone.domain("slow%d.example" % n, (10, "mx.slow%d.example" % n, "127.0.1.%d" % (n + 1)))
        for n in range(SILENT_DOMAINS):
            self.zone.domain("silent%d.example" % n, (10, "mx.silent.example", "127.0.2.1"))
        self.zone.domain("fast.example")
        self.zone.start()
        super().__init__(world.folder, providers.port, False, extra='shutdown_grace = "1s"', dns_port=self.zone.port,
                         delivery_port=providers.port)


class SlowPostfix(PostfixContender):
    def __init__(self, world, providers):
        path = os.path.join(world.folder, "transport")
        with open(path, "w") as out:
            out.write("fast.example smtp:[127.0.0.1]:%d\n" % providers.port)
            for n in range(SLOW_DESTINATIONS):
                out.write("slow%d.example smtp:[127.0.1.%d]:%d\n" % (n, n + 1, providers.port))
            for n in range(SILENT_DOMAINS):
                out.write("silent%d.example smtp:[127.0.2.1]:%d\n" % (n, providers.port))
        super().__init__(world.folder, providers.port, False, transport_maps="texthash:" + path, relayhost="")


def healthy_rate(providers, port, count, limit):
    """Messages a second that reach fast.example, until all did or the limit passed."""
    def taken():
        return next((rule["accepted"] for rule in providers.counts().get("rules", [])
                     if rule["pattern"] == "fast.example"), 0)
    before, started = taken(), time.monotonic()
    sender = source(port, count, "b@fast.example")
    try:
        wait_for(lambda: taken() - before >= count, "all arrive", limit)
    except relaylib.Failure:
        pass
    seconds, got = time.monotonic() - started, taken() - before
    if sender.poll() is None:
        sender.kill()
    sender.wait()
    return got / seconds


def measure_slow(kind, count, limit):
    world = relaylib.World()
    providers = Providers(world.folder, slow_script(), addresses=("lo",), save=False)
    contender = None
    try:
        providers.start()
        contender = kind(world, providers)
        contender.start()
        healthy_rate(providers, contender.port, count // 5, limit)
        alone = healthy_rate(providers, contender.port, count, limit)
        for domain in slow_domains():
            Ending(source(contender.port, SLOW_EACH, "a@" + domain, 1), 120, "smtp-source").moment()
        wait_for(lambda: providers.counts().get("open", 0) >= 20, "the slow ones are tried", 30)
        beside = healthy_rate(providers, contender.port, count, limit)
        return {"alone/s": alone, "beside/s": beside, "kept %": 100 * beside / alone,
                "slow connections": providers.counts().get("open_most", 0)}
    finally:
        if contender:
            contender.stop()
        providers.stop()
        world.close()


# ---- the table ----

def ratio(row, ours, theirs):
    """How many times better: more a second, less of everything else."""
    if not ours or not theirs:
        return ""
    better = ours / theirs if row.endswith("/s") or row.startswith("kept") else theirs / ours
    return "%.1fx" % better


def print_block(title, results):
    names = list(results)
    print("\n%-34s%s%12s" % (title, "".join("%14s" % name for name in names), "ratio" if len(names) == 2 else ""))
    for row in results[names[0]]:
        values = [results[name].get(row, 0) for name in names]
        cells = "".join("%14s" % ("%.3f" % v if v < 10 else "%.1f" % v if v < 100 else "{:,.0f}".format(v))
                        for v in values)
        better = ratio(row, *values) if len(values) == 2 and row not in ("messages", "slow connections") else ""
        print("  %-32s%s%12s" % (row, cells, better))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages")
    parser.add_argument("--only", choices=["relay", "postfix"])
    parser.add_argument("--parts", default="plain,dkim,slow", help="which of them (all)")
    parser.add_argument("--json", metavar="FILE")
    given = parser.parse_args()
    scale = 10 if given.quick else 1
    if not os.path.exists(mtalib.tool("smtp-source")):
        sys.exit("bench: skipped, no smtp-source in build/test-servers (make deps-test)")
    kinds = [(RelayContender, SlowRelay, 40000 // scale)]
    if mtalib.missing():
        print("bench: Postfix left out: " + mtalib.missing())
    else:
        kinds.append((PostfixContender, SlowPostfix, 6000 // scale))
    kinds = [k for k in kinds if given.only in (None, k[0].name.lower())]
    everything = {}
    parts = given.parts.split(",")
    for part, title, dkim in (("plain", "without DKIM", False), ("dkim", "with RSA-2048 DKIM", True)):
        if part not in parts:
            continue
        everything[title] = {kind.name: measure(kind, dkim, count, min(count, 2000))
                             for kind, _, count in kinds}
        print_block(title, everything[title])
    if "slow" in parts:
        title = "beside %d slow, %d silent" % (SLOW_DESTINATIONS, SILENT_DOMAINS)
        everything[title] = {kind.name: measure_slow(slow, count // 4, 30) for kind, slow, count in kinds}
        print_block(title, everything[title])
    if given.json:
        with open(given.json, "w") as out:
            json.dump(everything, out, indent=1)


if __name__ == "__main__":
    main()
