"""A campaign to a provider with a hidden rate, and what a password reset has to wait beside it."""

import smtplib
import threading

from relaylib import free_port, instant, text_message, wait_for

SENDER = "app@shop.example"
RATE, CAMPAIGN, SESSIONS = 50, 1500, 5


def hand_in(port, count):
    """count messages to one domain over a local listener."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        for number in range(count):
            recipient = "r%d@big.example" % number
            client.sendmail(SENDER, [recipient], text_message(SENDER, recipient))


def seconds_to_deliver(relay, recipient):
    item = relay.wait_status(recipient, "delivered", 20)
    (delivered,) = [event for event in item["events"] if event["event"] == "delivered"]
    return instant(delivered["at"]) - instant(item["accepted_at"])


def test_a_reset_passes_a_campaign_that_its_provider_slows_down(world):
    bulk = free_port()
    world.zone.domain("big.example")
    world.start("big.example rate=%d" % RATE, save=False, extra=(
        'listen "news" { kind = local address = {"127.0.0.1"} port = %d tls = none credential = "news" }\n' % bulk))
    world.relay.credential("news", "@shop.example", flags=("--bulk",))
    threads = [threading.Thread(target=hand_in, args=(bulk, CAMPAIGN // SESSIONS)) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def rule():
        return next(iter(world.providers.counts().get("rules", [])), {"accepted": 0, "deferred": 0})
    wait_for(lambda: rule()["deferred"] > 0, "the provider asks to slow down")
    waits = []
    for number in range(3):
        recipient = "reset%d@big.example" % number
        world.relay.send(world.login, SENDER, recipient)
        waits.append(seconds_to_deliver(world.relay, recipient))
    assert rule()["accepted"] < CAMPAIGN, "the campaign was over: nothing was passed"
    assert max(waits) <= 3, waits
