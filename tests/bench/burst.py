#!/usr/bin/python3
"""A campaign of 100,000 to a provider that tolerates 50 messages a second, and password
resets to the same provider in between.

    smtp-source -> relayd -> providers (one that refuses what passes its hidden rate)

Nothing in the configuration tells the relay the rate. Reported: how long the campaign took
to hand in, the share of the tolerated rate that was used, deferrals in a hundred attempts
(the first minute apart), and how long each reset took from "250" to delivered.

    tests/bench/burst.py [--messages 100000] [--rate 50] [--seconds 180]
"""

import argparse
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "flow"))

import bench  # noqa: E402
import mtalib  # noqa: E402
import relaylib  # noqa: E402
from relaylib import free_port, instant, wait_for  # noqa: E402

RESET_SECONDS = 3.0  # what a reset may take, whatever waits
FIRST_MINUTE = 60


def took(relay, recipient):
    """Seconds from acceptance to delivery of the newest message to recipient."""
    item = relay.wait_status(recipient, "delivered", 60)
    delivered = [event for event in item["events"] if event["event"] == "delivered"][-1]
    return instant(delivered["at"]) - instant(item["accepted_at"])


def counts_of(providers):
    rule = providers.counts()["rules"][0]
    return rule["accepted"], rule["deferred"]


class Burst:
    """One relay, one provider with a hidden rate, one campaign."""

    def __init__(self, rate, messages):
        self.rate, self.messages = rate, messages
        self.world = relaylib.World()
        self.bulk_port, self.reset_port = free_port(), free_port()
        listeners = "".join('listen "%s" { kind = local address = {"127.0.0.1"} port = %d tls = none '
                            'credential = "%s" }\n' % (name, port, name)
                            for name, port in (("news", self.bulk_port), ("shop", self.reset_port)))
        self.world.zone.domain("big.example")
        self.world.start("big.example rate=%d" % rate, save=False, login=False, retry='"1m","5m"', extra=listeners,
                         limits="connections_per_address = 1000")
        self.relay = self.world.relay
        self.relay.domain("shop.example")
        self.relay.credential("news", "@shop.example", flags=("--bulk",))
        self.relay.credential("shop", "@shop.example")

    def hand_in(self):
        """Seconds it took."""
        started = time.monotonic()
        bench.Ending(bench.source(self.bulk_port, self.messages, "crowd@big.example"), 600, "smtp-source").moment()
        return time.monotonic() - started

    def reset(self, number):
        recipient = "reset%d@big.example" % number
        bench.Ending(bench.source(self.reset_port, 1, recipient, 1), 60, "smtp-source").moment()
        return took(self.relay, recipient)

    def close(self):
        self.world.close()


def run(rate, messages, seconds):
    burst = Burst(rate, messages)
    try:
        started = time.monotonic()
        handed_in = burst.hand_in()
        resets, marks = [], []
        for number in range(max(3, seconds // 20)):
            due = started + (number + 1) * seconds / max(3, seconds // 20)
            wait_for(lambda: time.monotonic() >= due, "time passes", seconds + 60)
            resets.append(burst.reset(number))
            marks.append((time.monotonic() - started, *counts_of(burst.world.providers)))
        return handed_in, resets, marks
    finally:
        burst.close()


def rates(marks, rate):
    """(share of the tolerated rate, deferrals in 100 attempts) after the first minute, or over all."""
    begin = next((m for m in marks if m[0] >= FIRST_MINUTE), None)
    if begin is None or begin is marks[-1]:
        begin = (0.0, 0, 0)
    end = marks[-1]
    taken, refused = end[1] - begin[1], end[2] - begin[2]
    return taken / (end[0] - begin[0]) / rate, 100 * refused / max(1, taken + refused)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100000)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=180)
    given = parser.parse_args()
    if not os.path.exists(mtalib.tool("smtp-source")):
        sys.exit("burst: skipped, no smtp-source in build/test-servers (make deps-test)")
    handed_in, resets, marks = run(given.rate, given.messages, given.seconds)
    share, deferred = rates(marks, given.rate)
    print("campaign of %d handed in within %.1f s" % (given.messages, handed_in))
    for at, taken, refused in marks:
        print("  after %5.0f s  %6d taken  %5d refused" % (at, taken, refused))
    print("share of the tolerated %d/s used: %.1f %%" % (given.rate, 100 * share))
    print("deferred: %.2f %% of attempts" % deferred)
    print("resets: %s s" % ", ".join("%.2f" % seconds for seconds in resets))
    return 0 if max(resets) <= RESET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
