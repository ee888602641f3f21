"""relaytui against a relay that really delivers, defers and bounces."""

import re

import relaylib

SENDER = "orders@shop.example"


def test_a_real_relay_is_seen_and_steered(world, open_tui):
    for name in ("ok", "unknown", "full"):
        world.zone.domain(name + ".mail.example")
    world.start("unknown.mail.example unknown-user\nfull.mail.example mailbox-full", retry='"1h"')
    relay = world.relay
    screen = open_tui(relay.socket, 160, 45)
    screen.shows("● LIVE", "relay relay", "TOP CREDENTIALS")
    screen.keys("5")
    screen.shows("FOLLOW")
    for name in ("b.lee@ok", "nobody@unknown", "ann@full"):
        relay.send(world.login, SENDER, name + ".mail.example")
    screen.shows(re.compile(r"ACPT  .*queued \w{13}"), re.compile(r"DLVD  b•••@ok\.mail\.example .* 250"),
                 re.compile(r"BNCE  n•••@unknown\.mail\.\S+ .* 550"),
                 re.compile(r"DEFR  a•••@full\.mail\.example .* 452"))
    screen.keys("E")
    screen.type("DEFR")
    screen.keys("Enter")
    screen.hides("BNCE")
    screen.keys("2")
    screen.shows("Queues ▸ all (1 queue)", "▶ full.mail.example", "why is it waiting?", "452")
    screen.keys("H")
    screen.shows("last action: held full.mail.example, 1 recipient", "HELD")
    assert "HELD" in relay.cli("queue", "list").stdout.decode()
    screen.keys("U")
    screen.shows("undone: released full.mail.example")
    screen.hides("HELD")
    screen.keys("1")
    screen.shows(re.compile(r"▶ \S*mail\.example|PROVIDERS"), "shop")
    relay.kill()
    screen.shows("STALE")
    relay.start()
    screen.shows("● LIVE", "relayd was restarted")
    screen.keys("2")
    screen.shows("▶ full.mail.example")
    screen.keys("q", "q", "q")
    screen.ended(0)


def test_changed_since_you_looked(world, open_tui):
    world.zone.domain("full.mail.example")
    world.start("full.mail.example mailbox-full", retry='"1h"')
    world.relay.send(world.login, SENDER, "ann@full.mail.example")
    world.relay.wait_status("ann@full.mail.example", "deferred")
    screen = open_tui(world.relay.socket)
    screen.shows("● LIVE")
    screen.keys("2")
    screen.shows("▶ full.mail.example")
    screen.keys("p")  # the picture stands still; somebody else acts
    screen.shows("PAUSED")
    world.relay.cli("queue", "hold", "full.mail.example")
    screen.keys("F")
    screen.shows("full.mail.example changed since you looked: nothing done")


def test_limits_and_refusals_of_a_relay(world, open_tui):
    world.zone.domain("a.big.example", (10, "mx.big.example", "127.0.0.1")).domain("full.mail.example")
    world.start("full.mail.example mailbox-full", retry='"1h"',
                extra='provider "big" { mx = {"*.big.example"} max_connections = 4 }\n')
    world.relay.send(world.login, SENDER, "x@a.big.example")
    world.relay.wait_status("x@a.big.example", "delivered")
    world.relay.send(world.login, SENDER, "ann@full.mail.example")
    world.relay.wait_status("ann@full.mail.example", "deferred")
    screen = open_tui(world.relay.socket, 160, 45)
    screen.shows("● LIVE")
    screen.keys("3", "a", "/")
    screen.type("big")
    screen.keys("Enter")
    screen.shows(re.compile(r"▶ big +conns +\d"))
    screen.keys("T")
    screen.shows("Throttle provider:big: conns", "allowed 4 conns")
    screen.type("2")
    screen.keys("Enter", "Enter", "Enter", "Enter")
    screen.shows("throttled provider:big to 2", re.compile(r"big +conns +2 .* operator "), "way out: relaycli throttle clear")
    row = [one for one in world.relay.ask("throttle", "show", "provider:big")["items"] if one["limit"] == "max_connections"][0]
    assert row["set"]["value"] == 2 and row["share"] == row["used"] / 2 and row["queued"] == 0
    screen.keys("U")
    screen.shows("undone: cleared provider:big", re.compile(r"big +conns .* rule "))
    screen.keys("4")
    screen.shows("1 message in 1 group", re.compile(r"▶ +1 +1 452 "), "plain words", "  452 4.2.2 Mailbox full", "BY SENDING IP",
                 "shop", re.compile(r"[▂-█] ?$", re.M))
    group = world.relay.ask("deferral", "list")["items"][0]
    shown = world.relay.ask("deferral", "show", group["group"])["group"]
    assert sum(shown["minutes"]) == 1 and "minutes" not in group
    screen.keys("Enter")
    screen.shows("code:452 category:mailbox_full status:waiting", "full.mail.example")
