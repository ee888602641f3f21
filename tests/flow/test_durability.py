"""Nothing that got 250 is lost: over restarts, kill -9, and with large messages."""

import random
import smtplib
import threading
from collections import Counter

import pytest

from relaylib import PATIENCE, Failure, text_message, wait_for

SENDER = "app@shop.example"


def test_a_restart_keeps_the_queue(world):
    world.zone.domain("later.example", (10, "mx.later.example", "127.0.0.9"))
    world.start()  # nobody listens at 127.0.0.9
    names = ["a%d@later.example" % n for n in range(10)]
    ids = {name: world.relay.send(world.login, SENDER, name) for name in names}
    assert world.relay.stop() == 0
    world.relay.start()
    assert world.relay.ask("status")["queued"] + world.relay.ask("status")["deferred"] >= 10
    world.providers.stop()
    world.providers.addresses = ("127.0.0.9",)
    world.providers.start()
    for name in names:
        assert world.relay.wait_status(name, "delivered", 40)["id"] == ids[name]
    assert len(world.providers.messages()) == 10


def test_what_was_delivered_is_not_sent_again_after_a_restart(shop):
    shop.relay.send(shop.login, SENDER, "a@ok.mail.example")
    shop.relay.wait_status("a@ok.mail.example", "delivered")
    shop.relay.stop()
    shop.relay.start()
    shop.relay.send(shop.login, SENDER, "b@ok.mail.example")
    shop.providers.wait("b@ok.mail.example")
    assert len(shop.providers.messages("a@ok.mail.example")) == 1


class Senders:
    """Several applications that send numbered messages and remember which got 250."""

    def __init__(self, world, count, threads):
        self.world, self.count = world, count
        self.next, self.lock = 0, threading.Lock()
        self.accepted = set()
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(threads)]

    def take(self):
        with self.lock:
            self.next += 1
            return self.next if self.next <= self.count else None

    def work(self):
        client, number = None, self.take()
        while number is not None:
            recipient = "n%d@ok.mail.example" % number
            try:
                client = client or self.world.relay.client(*self.world.login, timeout=10)
                client.sendmail(SENDER, [recipient], text_message(SENDER, recipient))
                with self.lock:
                    self.accepted.add(recipient)
                number = self.take()
            except (smtplib.SMTPException, OSError):
                # not accepted as far as this client knows: it tries the same one again
                client = None
                self.pause()

    def pause(self):
        self.world.up.wait(10)

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def is_alive(self):
        return any(thread.is_alive() for thread in self.threads)


@pytest.mark.slow
def test_kill_9_loses_no_accepted_message(world):
    """20 kills at random moments of a 5,000-message run; duplicates are counted."""
    kills, total = 20, 5000
    world.zone.domain("ok.mail.example")
    world.start(limits="connections_per_address = 1000")
    world.up = threading.Event()
    world.up.set()
    senders = Senders(world, total, 10).start()
    moments = random.Random(20261123)
    for kill in range(kills):
        goal = (kill + 1) * total // (kills + 2) + moments.randrange(total // (kills + 2))
        wait_for(lambda g=goal: senders.next >= g or not senders.is_alive(), "the run goes on", 120)
        world.up.clear()
        world.relay.kill()
        world.relay.start()
        world.up.set()
    wait_for(lambda: not senders.is_alive(), "all messages are sent", 300)

    def arrived():
        return Counter(r for _, envelope in world.providers.envelopes() for r in envelope["recipients"])
    missing = set(senders.accepted)
    try:
        wait_for(lambda: not missing.difference(arrived()), "all arrive", 120)
    except Failure:
        pass
    missing -= set(arrived())
    # the client makes a new Message-ID whenever it tries again: the same one twice was us
    repeated = sum(n - 1 for n in Counter(m.header("Message-ID") for m in world.providers.messages()).values())
    resent = sum(n - 1 for n in arrived().values()) - repeated
    print("kill -9: %d kills, %d accepted, %d missing, %d sent twice by relayd, %d sent again by clients" %
          (kills, len(senders.accepted), len(missing), repeated, resent))
    assert len(senders.accepted) == total
    assert not missing
    # at least once, and again only what was in the batch in flight
    assert repeated <= kills * 50


@pytest.mark.slow
def test_a_50_mb_message_does_not_cost_50_mb_of_memory(world):
    world.zone.domain("ok.mail.example")
    world.start(limits='message_size = "80M"')
    before = world.relay.rss_kb("VmRSS")
    line = b"0123456789abcdef" * 4 + b"\r\n"
    body = line * (50 * 1024 * 1024 // len(line))
    message = text_message(SENDER, "a@ok.mail.example", body="") + body
    world.relay.send(world.login, SENDER, "a@ok.mail.example", message)
    world.relay.wait_status("a@ok.mail.example", "delivered", 60)
    assert world.providers.messages("a@ok.mail.example")[0].body == body
    grown = world.relay.rss_kb("VmHWM") - before
    print("50 MB message: peak grew by %d KB" % grown)
    assert grown < 20 * 1024 * PATIENCE
