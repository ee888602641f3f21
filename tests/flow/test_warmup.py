"""Source addresses under warm-up, and addresses that an operator switches off."""

import json
import os

from relaylib import text_message, wait_for

SENDER = "app@shop.example"
NEW, OLD = "127.0.0.2", "127.0.0.3"
POOLS = """
pool "new" {{ address = {{"127.0.0.2"}} overflow = "old" warmup = true }}
pool "old" {{ address = {{"127.0.0.3"}} }}
provider "big" {{ mx = {{"mx.big.example"}} }}
warmup {{ first = {first} growth = 40 days = 30 }}
"""


def start(world, first=1, pools=POOLS):
    world.zone.domain("ok.example").domain("big.example")
    world.start("", extra=pools.format(first=first))
    return world.relay.credential("news", "@shop.example", flags=("--pool", "new"))


def send(world, login, recipient):
    """Send to it; where did it come from?"""
    world.relay.send(login, SENDER, recipient, text_message(SENDER, recipient))
    return world.providers.wait(recipient)[0].envelope["peer"]


def progress(world, address=NEW):
    return {row["provider"]: row for row in world.relay.ask("pool", "warmup", "show", address)["items"]}


def test_the_overflow_pool_takes_what_a_new_address_may_not_send(world):
    login = start(world, first=72)  # three an hour, at first
    came = [send(world, login, "r%d@ok.example" % n) for n in range(6)]
    assert came == [NEW] * 3 + [OLD] * 3
    assert send(world, login, "a@big.example") == NEW  # a provider of its own has its own day
    for name in ("r0@ok", "r1@ok", "r2@ok", "r3@ok", "r4@ok", "r5@ok", "a@big"):
        world.relay.wait_status(name + ".example", "delivered")
    rows = progress(world)
    assert (rows["others"]["sent_today"], rows["others"]["cap_today"], rows["others"]["day"]) == (3, 72, 1)
    assert rows["big"]["sent_today"] == 1 and rows["big"]["state"] == "warming"
    assert rows["others"]["cap_tomorrow"] == 101 and rows["others"]["opens_at"] and rows["others"]["warm_at"]
    listed = {row["address"]: row for row in world.relay.ask("pool", "list")["items"]}
    assert listed[NEW]["state"] == "warming" and (listed[NEW]["day"], listed[NEW]["days"]) == (1, 30)
    assert (listed[NEW]["sent_today"], listed[NEW]["cap_today"]) == (4, 144)
    assert listed[OLD]["state"] == "ok" and listed[OLD]["cap_today"] is None and listed[OLD]["sent_today"] == 3
    text = world.relay.cli("pool", "list").stdout.decode().splitlines()
    assert ["new", NEW] == text[0].split("\t")[:2] and "4/144" in text[0] and "1/30" in text[0]
    shown = world.relay.ask("pool", "show", "new")["pool"]
    assert shown["overflow"] == "old" and shown["credentials"] == ["news"] and shown["dedicated"]
    assert [row["provider"] for row in shown["addresses"][0]["providers"]] == ["big", "others"]
    world.relay.ask("pool", "warmup", "set", NEW, "--provider", "big", "--day", "31")
    row = world.relay.ask("pool", "list")["items"][0]  # warm with one of two: no cap for all of it
    assert (row["state"], row["day"], row["sent_today"], row["cap_today"]) == ("warming", 1, 4, None)


def test_a_warm_up_goes_on_after_a_restart_and_after_a_crash(world):
    login = start(world)
    assert [send(world, login, "%s@ok.example" % name) for name in "ab"] == [NEW, OLD]
    world.relay.wait_status("a@ok.example", "delivered")
    before = progress(world)["others"]
    assert before["sent_today"] == 1 and before["cap_today"] == 1
    world.relay.stop()
    world.relay.start()
    after = progress(world)["others"]
    assert {key: after[key] for key in after if key != "mean_per_day"} == \
        {key: before[key] for key in before if key != "mean_per_day"}
    assert send(world, login, "c@ok.example") == OLD
    assert send(world, login, "a@big.example") == NEW
    world.relay.wait_status("a@big.example", "delivered")  # committed, and with it what was sent
    world.relay.kill()
    world.relay.start()
    assert send(world, login, "b@big.example") == OLD


def test_without_overflow_it_waits_and_says_until_when(world):
    login = start(world, pools=POOLS.replace(' overflow = "old"', ""))
    assert send(world, login, "a@ok.example") == NEW
    world.relay.send(login, SENDER, "b@ok.example", text_message(SENDER, "b@ok.example"))

    def waiting():
        queue = world.relay.ask("queue", "show", "ok.example")["queue"]
        return queue if queue["waits"]["constraint"] == "warmup_cap" else None
    queue = wait_for(waiting, "it waits for the warm-up")
    assert queue["state"] == "warming" and queue["waits"]["until_at"] and queue["waits"]["projected_at"]
    assert NEW + " warms up with others, day 1 of 30: 1 of today's 1 recipients went; more may go " in queue["why"]
    shown = world.relay.find("b@ok.example")
    assert shown["answer"]["sentence"].startswith(
        "Not yet. 127.0.0.2 warms up with others, day 1 of 30: 1 of today's 1 recipients went. No try so far; next at ")
    # the operator's way out: it is warm, says she who knows
    world.relay.ask("pool", "warmup", "set", NEW, "--day", "31", "--reason", "used elsewhere before")
    assert world.providers.wait("b@ok.example")[0].envelope["peer"] == NEW
    assert progress(world)["others"]["state"] == "warm" and progress(world)["*"]["state"] == "warm"
    assert send(world, login, "a@big.example") == send(world, login, "b@big.example") == NEW
    audit = world.relay.ask("audit", "list", "pool.warmup")["items"][0]
    assert audit["object"] == NEW and \
        sorted(audit["detail"].split("; ")) == ["new ones: none -> warm", "others: day 1 -> warm", "reason: used elsewhere before"]


def test_an_address_is_switched_off_and_on(world):
    login = start(world, first=1000)
    assert send(world, login, "a@ok.example") == NEW
    done = world.relay.cli("pool", "ip", "off", NEW, "--reason", "listed at zen", "--for", "1d")
    assert NEW.encode() + b" sends nothing" in done.stdout
    assert send(world, login, "b@ok.example") == OLD
    world.relay.ask("pool", "ip", "off", OLD, "--reason", "this one too")
    world.relay.send(login, SENDER, "c@ok.example", text_message(SENDER, "c@ok.example"))
    wait_for(lambda: world.relay.ask("queue", "show", "ok.example")["queue"]["waits"]["constraint"] == "source_off",
             "it waits for an address")
    why = world.relay.ask("queue", "show", "ok.example")["queue"]["why"]
    assert NEW + " is switched off" in why and '("listed at zen")' in why and "until 20" in why
    listed = {row["address"]: row for row in world.relay.ask("pool", "list")["items"]}
    assert listed[OLD]["state"] == "off" and listed[OLD]["off"]["reason"] == "this one too"
    assert listed[NEW]["off"]["until_at"] and not listed[OLD]["off"]["until_at"]
    world.relay.stop()
    world.relay.start()
    world.relay.wait_status("c@ok.example", "deferred")
    assert world.relay.ask("pool", "show", "old")["pool"]["addresses"][0]["state"] == "off"
    world.relay.ask("pool", "ip", "on", OLD)
    world.relay.ask("queue", "flush", "ok.example")  # since the restart it has a time of its own
    assert world.providers.wait("c@ok.example")[0].envelope["peer"] == OLD
    events = [row["detail"] for row in world.relay.ask("audit", "list", "pool.ip")["items"]]
    assert events[0] == "off by root (this one too) -> on" and events[1] == "on -> off; reason: this one too" and \
        events[2].startswith("on -> off until 20")
    with open(os.path.join(world.relay.folder, "log")) as log:
        text = log.read()
    assert "source.changed" in text and "is switched off by" in text and OLD + " sends again" in text


def test_a_complaint_reaches_the_address_that_sent_the_mail(world):
    login = start(world, first=72)
    assert [send(world, login, "%s@big.example" % name) for name in "abcd"] == [NEW] * 3 + [OLD]
    world.relay.wait_status("d@big.example", "delivered")
    world.relay.wait_status("a@big.example", "delivered")
    world.relay.cli("suppression", "add", "d@big.example", "--cause", "complaint")
    world.relay.cli("suppression", "add", "never@big.example", "--cause", "complaint")
    world.relay.cli("suppression", "add", "b@big.example", "--cause", "manual")
    world.relay.cli("suppression", "add", "a@big.example", "--cause", "complaint")
    row = wait_for(lambda: progress(world)["big"] if progress(world)["big"]["complaints"] else None, "it is counted")
    assert row["complaints"] == 1 and row["state"] == "frozen" and row["cap_tomorrow"] == row["cap_today"] == 72
    assert "1 complaint " in row["why"] and "day 1 comes again" in row["why"]
    assert progress(world, OLD)["big"]["complaints"] == 1


def test_a_pause_and_what_cannot_be(world):
    login = start(world, first=1000)
    world.relay.ask("pool", "warmup", "pause", NEW, "--reason", "holidays")
    assert send(world, login, "a@ok.example") == OLD
    assert progress(world)["others"]["state"] == "paused"
    assert world.relay.ask("pool", "list")["items"][0]["state"] == "paused"
    world.relay.ask("pool", "warmup", "resume", NEW)
    assert send(world, login, "b@ok.example") == NEW
    for args, code, words in (
            (("pool", "ip", "off", "192.0.2.9"), 3, "is in no pool"),
            (("pool", "ip", "of", NEW), 2, "wants on|off|check, not \"of\""),
            (("pool", "ip", "on", NEW), 3, "is not switched off"),
            (("pool", "ip", "off", "mx1"), 2, "is not an IP address"),
            (("pool", "show", "nwe"), 3, "did you mean new?"),
            (("pool", "warmup", "show", "192.0.2.9"), 3, "no pool has the address"),
            (("pool", "warmup", "set", NEW, "--provider", "bgi"), 3, "there is no provider bgi"),
            (("pool", "warmup", "stop", NEW), 2, "wants show|set|pause|resume"),
            (("pool", "warmup", "resume", NEW), 3, "is not paused")):
        done = world.relay.cli(*args, check=False)
        assert done.returncode == code and words.encode() in done.stderr, (args, done)
    done = world.relay.cli("--json", "pool", "warmup", "show", "192.0.2.9", check=False)
    assert json.loads(done.stderr)["error"]["code"]
