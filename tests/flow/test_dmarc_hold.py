"""A sending domain whose mail would fail DMARC is held, where it wants that, and goes when its DNS is right again."""

import json

import pytest

from relaylib import wait_for
from test_domain import start

SCOPE = "from:@shop.example"
BY = "relayd domain check"


class Shop:
    def __init__(self, world):
        world.zone.domain("ok.mail.example")
        start(world, interval="1s")
        self.world, self.relay, self.zone = world, world.relay, world.zone
        self.key = next(r for r in self.relay.ask("domain", "records", "shop.example")["records"]
                        if r["name"] == "k1._domainkey.shop.example")
        self.spf = next(r for r in self.relay.ask("domain", "records", "shop.example")["records"]
                        if r["name"] == "shop.example" and r["purpose"] == "spf")
        self.policy("reject")

    def policy(self, policy):
        self.zone.remove("_dmarc.shop.example").add("_dmarc.shop.example", "TXT",
                                                    "v=DMARC1; p=%s; rua=mailto:d@shop.example" % policy).reload()
        wait_for(lambda: self.shown()["state"] == "ok" and self.shown()["policy"] == policy, "a check of p=" + policy)

    def shown(self):
        return self.relay.ask("domain", "show", "shop.example")

    def break_dns(self):
        self.zone.remove("k1._domainkey.shop.example").remove("shop.example", "TXT").reload()
        wait_for(lambda: self.shown()["failing_since_at"], "a check that finds that mail fails")

    def mend_dns(self):
        self.zone.add(self.key["name"], "TXT", self.key["value"]).add("shop.example", "TXT", self.spf["value"]).reload()
        wait_for(lambda: self.shown()["state"] == "ok", "a check that finds that all is right")

    def holds(self):
        return {h["held_scope"]: h for h in self.relay.ask("queue", "holds")["items"]}

    def problems(self, words):
        return [p for p in self.relay.ask("status")["problems"] if words in p]

    def send(self, recipient):
        self.relay.send(self.world.login, "app@shop.example", recipient)

    def audit(self):
        return [a for a in self.relay.ask("audit", "list")["items"] if a["who"] == BY]


@pytest.fixture
def shop(world):
    return Shop(world)


def test_held_while_it_fails_over_a_restart_and_then_delivered(shop):
    shop.relay.cli("domain", "limit", "shop.example", "dmarc-fail=hold")
    assert shop.shown()["dmarc_fail"] == "hold"
    assert b"held while it would fail DMARC" in shop.relay.cli("domain", "show", "shop.example").stdout
    assert not shop.holds()
    # what waits already is held as well
    shop.relay.cli("queue", "hold", "--cred", "shop", "--reason", "later")
    shop.send("early@ok.mail.example")
    shop.break_dns()
    wait_for(lambda: SCOPE in shop.holds(), "the hold")
    hold = wait_for(lambda: shop.holds()[SCOPE]["waiting"] == 1 and shop.holds()[SCOPE], "what waited under it")
    assert hold["held_by"] == BY and "Receivers reject all mail from shop.example now" in hold["held_reason"]
    shown = shop.relay.cli("queue", "holds").stdout.decode()
    assert BY in shown and "Receivers reject all mail" in shown
    shop.relay.cli("queue", "release", "cred:shop")
    shop.send("late@ok.mail.example")
    wait_for(lambda: shop.holds()[SCOPE]["waiting"] == 2, "both held")
    wait_for(lambda: shop.problems("shop.example: all its mail is held"), "the alert")
    assert "queue release from:@shop.example" in shop.problems("all its mail is held")[0]
    audit = wait_for(shop.audit, "the audit entry")
    assert (audit[0]["action"], audit[0]["object"], audit[0]["via"]) == ("queue.hold", SCOPE, "relayd")
    assert "Receivers reject" in audit[0]["detail"]

    assert shop.relay.stop() == 0
    shop.relay.start()
    wait_for(lambda: shop.shown()["failing_since_at"], "the first check after it")
    assert shop.holds()[SCOPE]["waiting"] == 2 and shop.holds()[SCOPE]["held_by"] == BY
    assert not shop.world.providers.messages("late@ok.mail.example")
    shop.mend_dns()
    assert shop.world.providers.wait("early@ok.mail.example") and shop.world.providers.wait("late@ok.mail.example")
    wait_for(lambda: SCOPE not in shop.holds(), "the hold gone")
    wait_for(lambda: not shop.problems("held"), "the alert gone")
    assert [a["action"] for a in shop.audit()] == ["queue.release", "queue.hold"]


def test_a_hold_that_was_released_by_hand_stays_so_until_all_was_right(shop):
    shop.relay.cli("domain", "limit", "shop.example", "dmarc-fail=hold")
    shop.break_dns()
    wait_for(lambda: SCOPE in shop.holds(), "the hold")
    wait_for(lambda: shop.audit(), "the audit entry")
    shop.relay.cli("queue", "release", SCOPE)
    shop.send("now@ok.mail.example")
    assert shop.world.providers.wait("now@ok.mail.example")
    assert shop.relay.stop() == 0
    shop.relay.start()
    before = shop.shown()["checked_at"]
    wait_for(lambda: shop.shown()["failing_since_at"] and before != shop.shown()["checked_at"], "checks after the restart")
    shop.send("again@ok.mail.example")
    assert shop.world.providers.wait("again@ok.mail.example") and SCOPE not in shop.holds()
    wait_for(lambda: not shop.problems("all its mail is held"), "no alert that it is held")
    shop.mend_dns()
    shop.break_dns()
    wait_for(lambda: SCOPE in shop.holds(), "the next failure's hold")
    shop.relay.cli("domain", "limit", "shop.example", "dmarc-fail=send")  # it is released, and none comes
    wait_for(lambda: SCOPE not in shop.holds(), "released with the option")
    shop.send("sent@ok.mail.example")
    assert shop.world.providers.wait("sent@ok.mail.example")


def test_what_an_operator_holds_is_left_alone(shop):
    shop.relay.cli("domain", "limit", "shop.example", "dmarc-fail=hold")
    shop.relay.cli("queue", "hold", "--match", SCOPE, "--reason", "mine", "--yes")
    shop.break_dns()
    checked = shop.shown()["checked_at"]
    wait_for(lambda: shop.shown()["checked_at"] != checked, "one more check")
    assert shop.holds()[SCOPE]["held_reason"] == "mine" and not shop.audit()
    shop.mend_dns()
    checked = shop.shown()["checked_at"]
    wait_for(lambda: shop.shown()["checked_at"] != checked, "one more check")
    assert shop.holds()[SCOPE]["held_reason"] == "mine" and not shop.audit()
    # ours, then taken over
    shop.relay.cli("queue", "release", SCOPE)
    wait_for(lambda: not shop.holds(), "nothing held")
    shop.break_dns()
    wait_for(lambda: shop.holds().get(SCOPE, {}).get("held_by") == BY, "our hold")
    shop.relay.cli("queue", "hold", "--match", SCOPE, "--reason", "mine now", "--yes")
    shop.mend_dns()
    checked = shop.shown()["checked_at"]
    wait_for(lambda: shop.shown()["checked_at"] != checked, "one more check")
    assert shop.holds()[SCOPE]["held_reason"] == "mine now"


def test_only_where_it_is_wanted_and_the_policy_asks_for_it(shop):
    shop.break_dns()
    wait_for(lambda: shop.problems("To keep what comes: relaycli queue hold --match from:@shop.example"), "the advice")
    assert not shop.holds()  # send is the default
    shop.mend_dns()
    shop.relay.cli("domain", "limit", "shop.example", "dmarc-fail=hold")
    shop.policy("none")
    shop.break_dns()
    shop.send("none@ok.mail.example")
    assert shop.world.providers.wait("none@ok.mail.example") and not shop.holds()
    done = shop.relay.cli("domain", "limit", "shop.example", "dmarc-fail=drop", check=False)
    assert done.returncode != 0 and b"dmarc-fail is send or hold" in done.stderr
    # rotation writes the domain's row, too: the option stays
    shop.relay.cli("domain", "dkim", "rotate", "shop.example")
    assert shop.shown()["dmarc_fail"] == "hold"
    assert json.loads(shop.relay.cli("--json", "domain", "list").stdout)["items"][0]["dmarc_fail"] == "hold"


def test_silent_servers_neither_hold_nor_release(shop):
    shop.relay.cli("domain", "limit", "shop.example", "dmarc-fail=hold")
    shop.zone.process.stop()
    wait_for(lambda: shop.shown()["state"] == "unreadable", "a check without answers")
    assert not shop.holds()
    shop.zone.start()
    shop.break_dns()
    wait_for(lambda: SCOPE in shop.holds(), "the hold")
    shop.zone.process.stop()
    wait_for(lambda: shop.shown()["state"] == "unreadable", "a check without answers")
    checked = shop.shown()["checked_at"]
    wait_for(lambda: shop.shown()["checked_at"] != checked, "one more check")
    assert SCOPE in shop.holds()
