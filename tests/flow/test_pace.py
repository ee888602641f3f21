"""Hidden limits over real sockets: what a provider takes is used, and trouble of one is nobody else's."""

import smtplib

import pytest

from relaylib import PATIENCE, free_port, instant, text_message, wait_for

SENDER = "app@shop.example"


class Campaign:
    """A local listener takes mail without ceremony, so that handing in is not what is measured."""

    def __init__(self, world, script, extra="", addresses=("127.0.0.1",), **relay):
        self.world, self.port = world, free_port()
        world.start(script, addresses=addresses, save=False, extra=extra + (
            '\nlisten "app" { kind = local address = {"127.0.0.1"} port = %d tls = none credential = "shop" }\n'
            % self.port), **relay)

    def send(self, recipients):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as client:
            for recipient in recipients:
                client.sendmail(SENDER, [recipient], text_message(SENDER, recipient))

    def rule(self, number=0):
        rules = self.world.providers.counts().get("rules", [])
        return rules[number] if len(rules) > number else {"accepted": 0, "deferred": 0, "refused": 0}

    def events(self, domain, kind, limit=1000):
        items = self.world.relay.ask("log", "search", "domain:" + domain, "event:" + kind, "--limit", str(limit))["items"]
        return sorted(instant(item["at"]) for item in items)

    def limits(self, scope):
        return {row["limit"]: row for row in self.world.relay.ask("throttle", "show", scope)["items"]}


def test_a_limit_that_tightens_is_followed(world):
    world.zone.domain("big.example")
    campaign = Campaign(world, 'big.example rate=60 later=20@2s says="451 4.7.1 Message rate exceeded, slow down"')
    count = 60 + 2 * 60 + 4 * 20  # a burst of a second's worth, two seconds, then four at the lower limit
    campaign.send("r%d@big.example" % n for n in range(count))
    wait_for(lambda: campaign.rule()["accepted"] == count, lambda: "all of it arrives: %s" % campaign.rule(), 30)
    took = campaign.events("big.example", "delivered")
    assert len(took) == count
    assert took[-1] - took[0] <= 2 + 4 / 0.5, "at least half of the limit while it is still being learnt"
    assert campaign.rule()["deferred"] <= count * 0.06, campaign.rule()
    rate = campaign.limits("domain:big.example")["rate"]
    assert rate["set_by"] == "auto" and "rate exceeded" in rate["cause"]


def test_an_incident_costs_no_message_an_attempt(world):
    world.zone.domain("big.example")
    campaign = Campaign(world, "big.example incident=300ms-3s")
    count = 0
    while campaign.rule()["deferred"] == 0:  # however fast this machine is: mail comes in while it lasts
        assert count < 20000, "nothing met the incident"
        campaign.send("r%d@big.example" % n for n in range(count, count + 20))
        count += 20
    campaign.send("r%d@big.example" % n for n in range(count, count + 300))
    count += 300
    wait_for(lambda: campaign.rule()["accepted"] == count, lambda: "all of it arrives: %s" % campaign.rule(), 20)
    took = campaign.events("big.example", "delivered")
    assert took[-1] - took[0] <= 3 + 5, "recovered soon after it was over"
    assert campaign.rule()["deferred"] <= 20, "asked by single messages, not by all: %s" % campaign.rule()
    waited = world.relay.ask("throttle", "history", "domain:big.example")["items"]
    assert any("paused" in row["change"] and "4.3.2" in row["change"] for row in waited), waited


def test_too_many_connections_narrow_the_window_not_the_rate(world):
    world.zone.domain("narrow.example", (10, "mx.narrow.example", "127.0.0.9"))
    campaign = Campaign(world, "narrow.example at=127.0.0.9 connections=2 slow=20", addresses=("127.0.0.1", "127.0.0.9"))
    count = 60
    campaign.send("r%d@narrow.example" % n for n in range(count))
    wait_for(lambda: campaign.rule()["accepted"] == count, lambda: "all of it arrives: %s" % campaign.rule(), 20)
    limits = campaign.limits("domain:narrow.example")
    assert "rate" not in limits, "nobody spoke of a rate"
    assert limits["max_connections"]["set_by"] == "auto" and "concurrent" in limits["max_connections"]["cause"]
    # what the provider took is in our log a moment later
    wait_for(lambda: {item["status"] for item in world.relay.find("domain:narrow.example", "--limit", "100")["items"]}
             == {"delivered"}, "all of it is delivered")


SILENT, SLOW, EACH = 5, 200, 2
RATE = int(100 / PATIENCE)  # what a sanitised relay can do with ease on two processors


@pytest.mark.alone
def test_silence_and_slowness_elsewhere_slow_nobody(world):
    """TCP without a word, many slow domains, and one that is well: it keeps its speed."""
    for n in range(SILENT):
        world.zone.domain("silent%d.example" % n, (10, "mx.silent%d.example" % n, "127.0.2.%d" % (n + 1)))
    for n in range(SLOW):
        world.zone.domain("slow%d.example" % n, (10, "mx.slow%d.example" % n, "127.0.1.%d" % (n + 1)))
    world.zone.domain("fast.example", (10, "mx.fast.example", "127.0.0.1"))
    campaign = Campaign(world, "silent*.example at=127.0.2.* silent\nslow*.example at=127.0.1.* slow=1000\n"
                               "fast.example accept\n", addresses=("lo",),
                        extra='shutdown_grace = "1s"\nprovider "fast" { mx = {"mx.fast.example"} rate = "%d/s" }' % RATE)
    for kind, domains in (("silent", SILENT), ("slow", SLOW)):
        campaign.send("r%d@%s%d.example" % (m, kind, n) for n in range(domains) for m in range(EACH))
    wait_for(lambda: world.providers.counts().get("open", 0) >= SILENT + SLOW, "all of these are tried")
    count = RATE * 3
    campaign.send("r%d@fast.example" % n for n in range(count))
    wait_for(lambda: campaign.rule(2)["accepted"] == count, lambda: "all of it arrives: %s" % campaign.rule(2), 20)
    took = campaign.events("fast.example", "delivered")
    assert len(took) == count
    speed = (count - 1) / (took[-1] - took[0])
    assert speed >= 0.9 * RATE, "%.1f a second instead of %d" % (speed, RATE)
