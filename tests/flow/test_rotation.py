"""DKIM rotation against a real name server: no message is without a signature that verifies, and old
records are asked to go when nothing needs them."""

import json
import socket
import threading

import dkim
import pytest

from relaylib import text_message, wait_for
from test_dkim_key import dkim_cli, publish, selectors, states

SENDER = "app@shop.example"
CONFIG = """
domain_check {{ port = {port} interval = "1h" timeout = "300ms" }}
dkim         {{ interval = "1s" settle = "{settle}" grace = "{grace}" }}
"""


def start(world, settle="1s", grace="1s", retry='"1s"'):
    world.zone.domain("ok.mail.example")
    return world.start(extra=CONFIG.format(port=world.zone.port, settle=settle, grace=grace), retry=retry)


def wait_states(relay, wanted, seconds=20):
    wait_for(lambda: states(relay) == wanted, lambda: "%s: they are %s" % (wanted, states(relay)), seconds)


def alerts(relay):
    return "\n".join(relay.ask("status")["problems"])


class Load:
    """One client that sends as fast as it is answered; each message verified against the zone as it is then."""

    def __init__(self, shop):
        self.shop, self.sent, self.must_end, self.failure = shop, 0, threading.Event(), None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            client = self.shop.relay.client(*self.shop.login)
            while not self.must_end.is_set():
                recipient = "r%d@ok.mail.example" % self.sent
                client.sendmail(SENDER, [recipient], text_message(SENDER, recipient))
                self.sent += 1
                self.must_end.wait(0.01)
            client.quit()
        except Exception as error:  # told by stop()
            self.failure = error

    def stop(self):
        self.must_end.set()
        self.thread.join()
        assert self.failure is None, self.failure
        return self.sent


def verify_all(shop, messages):
    """How often each set of selectors signed; every signature verifies, and all have an RSA and an Ed25519 one."""
    seen = {}
    cache = {}

    def lookup(name, timeout=5):
        if name not in cache:
            cache[name] = shop.zone.txt(name.decode())
        return cache[name]
    for message in messages:
        fields = message.parsed.get_all("DKIM-Signature")
        assert len(fields) == 2, message.raw[:2000]
        for index in range(2):
            assert dkim.DKIM(message.raw).verify(idx=index, dnsfunc=lookup), message.raw[:2000]
        key = tuple(sorted(selectors(message)))
        seen[key] = seen.get(key, 0) + 1
    return seen


@pytest.mark.slow
def test_no_message_is_without_a_signature_that_verifies(world):
    shop = start(world)
    relay = shop.relay
    load = Load(shop)
    answer = relay.ask("domain", "dkim", "rotate", "shop.example")
    wait_for(lambda: load.sent >= 50, "some mail")
    assert states(relay) == {"k1": "active", "k1e": "active", "k2": "new", "k2e": "new"}  # nothing is published
    before = load.sent
    publish(shop, {"records": [r for r in answer["records"] if r["name"].startswith("k2.")]})
    wait_for(lambda: states(relay)["k2"] == "active", "the RSA key's switch")
    assert states(relay)["k2e"] == "new" and states(relay)["k1e"] == "active"
    publish(shop, answer)
    wait_for(lambda: states(relay)["k2e"] == "active", "the other's")
    after = load.sent
    wait_for(lambda: load.sent >= after + 20, "mail after it")
    sent = load.stop()
    messages = shop.providers.wait(count=sent)
    seen = verify_all(shop, messages)
    assert sum(seen.values()) == sent and set(seen) <= {("k1", "k1e"), ("k1e", "k2"), ("k2", "k2e")}, seen
    assert seen["k1", "k1e"] >= before and seen["k2", "k2e"] >= 20
    wait_states(relay, {"k1": "unneeded", "k1e": "unneeded", "k2": "active", "k2e": "active"})


def test_steps_survive_restarts_and_are_told(world):
    shop = start(world)
    relay = shop.relay
    answer = relay.ask("domain", "dkim", "rotate", "shop.example", "--algorithm", "rsa")
    relay.stop()
    relay.start()
    assert states(relay)["k2"] == "new"
    publish(shop, answer)
    wait_for(lambda: states(relay)["k2"] == "published" or states(relay)["k2"] == "active", "it is seen")
    relay.kill()
    relay.start()
    wait_for(lambda: states(relay)["k2"] == "active", "the switch")
    assert states(relay)["k1"] == "retired"
    relay.stop()
    relay.start()
    wait_for(lambda: states(relay)["k1"] == "unneeded", "nothing needs the old one")
    wait_for(lambda: "remove the TXT record k1._domainkey.shop.example" in alerts(relay), "the alert")
    assert "k1." not in relay.cli("domain", "records", "shop.example").stdout.decode()
    shop.zone.remove("k1._domainkey.shop.example").reload()
    wait_for(lambda: "k1" not in states(relay), "it is forgotten")
    wait_for(lambda: "k1._domainkey" not in alerts(relay), "the alert is cleared")
    moves = [a["detail"] for a in relay.ask("audit", "list")["items"] if a["action"] == "domain.dkim.move"]
    assert moves[::-1] == ["k2: new -> published", "k1: active -> retired, k2: published -> active",
                           "k1: retired -> unneeded", "k1 (unneeded) removed"]


def test_a_record_that_goes_again_does_not_switch(world):
    shop = start(world, settle="1h")
    with socket.socket(socket.AF_UNIX) as watcher:
        watcher.settimeout(20)
        watcher.connect(shop.relay.socket)
        watcher.sendall(b'{"id":1,"method":"events.subscribe","params":{}}\n')
        lines = watcher.makefile("rb")
        assert b'"error"' not in lines.readline()
        answer = shop.relay.ask("domain", "dkim", "rotate", "shop.example", "--algorithm", "ed25519")
        publish(shop, answer)
        told = []
        while len(told) < 2:
            event = json.loads(lines.readline()).get("params", {})
            if event.get("event") == "domain.changed" and "DKIM" in event["detail"]:
                told.append(event["detail"].split(", by")[0])
    assert told == ["shop.example DKIM: k2e (Ed25519) made", "shop.example DKIM: k2e: new -> published"]
    shop.zone.remove("k2e._domainkey.shop.example")
    shop.zone.add("k2e._domainkey.shop.example", "TXT", "v=DKIM1; k=ed25519; p=")
    shop.zone.reload()
    wait_for(lambda: states(shop.relay)["k2e"] == "new", "it is seen no more")
    assert states(shop.relay)["k1e"] == "active"


@pytest.mark.slow
def test_an_old_key_is_kept_while_mail_signed_with_it_waits(world):
    world.zone.domain("later.mail.example", (10, "mx.later.mail.example", "127.0.0.9"))  # nobody is there
    shop = start(world)
    relay = shop.relay
    relay.send(shop.login, SENDER, "late@later.mail.example")
    publish(shop, relay.ask("domain", "dkim", "rotate", "shop.example", "--algorithm", "rsa"))
    wait_for(lambda: states(relay)["k2"] == "active", "the switch")
    relay.domain("other.example", shop.zone)
    publish(shop, relay.ask("domain", "dkim", "rotate", "other.example", "--algorithm", "rsa"))

    def other(selector):
        return next((k["state"] for k in relay.ask("domain", "show", "other.example")["keys"]
                     if k["selector"] == selector), None)
    wait_for(lambda: other("k1") == "unneeded", "the other domain's key goes: none of its mail waits")
    assert states(relay)["k1"] == "retired"
    kept = dkim_cli(relay, "remove", "shop.example", "k1", "--yes", check=False)
    assert kept.returncode != 0 and b"on its way" in kept.stderr
    relay.cli("queue", "bounce", "later.mail.example", "--yes", "--reason", "test")
    wait_for(lambda: states(relay)["k1"] == "unneeded", "it may go now")


def test_old_keys_are_an_alert_until_they_are_rotated(world):
    world.zone.domain("ok.mail.example")
    shop = world.start(extra='alerts { key_age = "1s" }')
    wait_for(lambda: "DKIM key k1 of shop.example is from" in alerts(shop.relay), "the reminder")
    assert "relaycli domain dkim rotate shop.example" in alerts(shop.relay)
