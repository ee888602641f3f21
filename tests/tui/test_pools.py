"""The Pools and Suppressions screens in a real terminal, before a scripted daemon and a real relay."""

import re

SENDER = "orders@shop.example"


def test_pools_are_shown_and_switched(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("● LIVE")
    screen.keys("0")
    screen.shows("Pools ▸ all (2 pools, 4 IPs)", "▶ shared-a 198.51.100.10 mx1.relay.example", "(no PTR!)", "210k/—", "no cap")
    screen.keys("j", "j")
    screen.shows("warm-b 198.51.100.20 ─ day 9 of 30, cap 10,000/day, per provider:", "google  2,400/4,000 ▇▇▇▇▇▇░░░░",
                 "Tomorrow 13,000 if deferral < 5% and complaints < 0.1% (today 0.8%, 0.0%).", "Overflow goes to: shared-a.",
                 "⏎ detail  W warm-up…  O on/off  c check lists  M move…  / filter  ? help")
    screen.keys("Enter")
    screen.shows("SCHEDULE", "d8 527  d9 737  d10 1.0k", "BLOCKLISTS checked", re.compile(r"zen\.spamhaus\.org +clear"))
    screen.keys("q", "O")
    screen.shows("┌ Switch off 198.51.100.20")
    screen.type("1h")
    screen.keys("Enter")
    screen.type("listed")
    screen.keys("Enter", "Enter")
    screen.shows("last action: switched off 198.51.100.20", "off since", "U undo ")
    assert daemon.requests("pool.ip")[0]["params"] == {"address": "198.51.100.20", "state": "off", "reason": "listed",
                                                       "for_ms": 3600000}
    screen.keys("U")
    screen.shows("undone: switched on 198.51.100.20", "day 9 of 30")
    screen.keys("c")
    screen.shows("198.51.100.20 checked: PTR record mx9.relay.example, clear on 2 blocklists")
    screen.keys("M")
    screen.shows("In use by: newsletter", "Other pools: shared-a")
    screen.keys("Enter", "Enter", "Enter", "Enter")
    screen.shows("last action: moved newsletter")
    assert daemon.requests("credential.limit")[0]["params"] == {"name": "newsletter", "options": ["pool=shared-a"]}


def test_a_wide_terminal_shows_the_schedule(daemon, open_tui):
    screen = open_tui(daemon.socket, 160, 45)
    screen.shows("● LIVE")
    screen.keys("0")
    screen.shows("shared-a     198.51.100.10")
    screen.keys("j", "j")
    screen.shows("│ SCHEDULE", "▁▁▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇█", "warm about", "│ BLOCKLISTS checked", "W warm-up…   O off…")


def test_suppressions_are_paged_added_and_removed(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("● LIVE")
    screen.keys("9")
    screen.shows("Suppressions ▸ all (8,812)   sort: SINCE ▼", "▶ d.roe@example.net      hard bounce  550 5.1.1 user unknown",
                 "manual ana", re.compile(r"Blocked by this list: 212 sends .*\(newsletter 198, shop-prod 14\)"),
                 "N add  X remove…  ⏎ evidence  I import  e export  / filter  ? help  q back")
    screen.keys("G")
    screen.shows("▶ user0001@old.example")
    screen.keys("g", "Enter")
    screen.shows("first 550:", "(message 01JD7RQZ8M400)", "sends stopped since: 3", "X remove asks for a reason and logs it")
    screen.keys("q", "X")
    screen.shows("┌ Remove d.roe@example.net")
    screen.keys("Left", "Enter")
    screen.shows("say why")
    screen.keys("Up")
    screen.type("new mailbox")
    screen.keys("Enter", "Enter")
    screen.shows("last action: removed d.roe@example.net", "Suppressions ▸ all (8,811)", "U undo ")
    screen.keys("U")
    screen.shows("undone: put back d.roe@example.net", "Suppressions ▸ all (8,812)")
    screen.keys("N")
    screen.type("x@y.example")
    screen.keys("Enter", "Enter", "Enter", "Enter", "Enter", "Enter")
    screen.shows("last action: added x@y.example", "Suppressions ▸ all (8,813)")
    assert daemon.requests("suppression.add")[0]["params"] == {"address": "x@y.example", "cause": "manual"}


def test_many_suppressions_are_removed_by_their_filter_only(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("● LIVE")
    screen.keys("9")
    screen.shows("all (8,812)")
    screen.keys("/")
    screen.type("user1")
    screen.keys("Enter")
    screen.shows("Suppressions ▸ some (1,000)   filter: user1", "user1999@old.example")
    screen.keys("X")
    screen.shows('a all 1,000 like "user1"')
    screen.keys("a")
    screen.shows("1,000 suppressions are removed. This cannot be undone.", "type the name to confirm")
    screen.type("incident")
    screen.keys("Enter", "Enter", "Enter")
    screen.shows("type user1 to confirm")
    assert [one["params"].get("dry_run") for one in daemon.requests("suppression.remove")] == [True]
    screen.keys("Up")
    screen.type("user1")
    screen.keys("Enter", "Enter")
    screen.shows("removed all like user1, 1,000 suppressions", "Suppressions ▸ some (0)")


def test_a_real_relay_has_pools_and_suppressions(world, open_tui):
    world.zone.domain("unknown.mail.example")
    world.start("unknown.mail.example unknown-user", extra='pool "news" { address = { "127.0.0.2" }  warmup = yes }')
    relay = world.relay
    relay.send(world.login, SENDER, "nobody@unknown.mail.example")
    relay.wait_status("nobody@unknown.mail.example", "bounced")
    relay.send(world.login, SENDER, "nobody@unknown.mail.example")
    relay.wait_status("nobody@unknown.mail.example", "suppressed")
    screen = open_tui(relay.socket, 160, 45)
    screen.shows("● LIVE")
    screen.keys("9")
    screen.shows("Suppressions ▸ all (1)", "▶ nobody@unknown.mail.example", "hard bounce", "550",
                 re.compile(r"Blocked by this list: 1 send (today|since \d\d:\d\d) \(shop 1\)"), "sends stopped since: 1")
    screen.keys("X", "Left", "Up")
    screen.type("tested")
    screen.keys("Enter", "Enter")
    screen.shows("last action: removed nobody@unknown.mail.example", "Suppressions ▸ all (0)", "gone", "Blocked by this list: 1 send")
    screen.keys("U")
    screen.shows("undone: put back", "▶ nobody@unknown.mail.example")
    assert relay.ask("suppression", "list")["items"][0]["code"] == 550
    screen.keys("0")
    screen.shows(re.compile(r"news +127\.0\.0\.2 .* cold"))
    screen.keys("/")
    screen.type("news")
    screen.keys("Enter")
    screen.shows("▶ news", "cold: day 1 begins with its first message", "│ SCHEDULE", "d1 50  d2 70")
    screen.keys("W")
    screen.shows("┌ Warm-up of 127.0.0.2")
    screen.keys("Enter")
    screen.type("1")  # behind the 1 that stands there: day 11
    screen.keys("Enter", "Enter", "Enter", "Enter")
    screen.shows("last action: set the warm-up of 127.0.0.2", "cold: day 11 begins with its first message, 1,446 to each")
    screen.keys("q", "q", "q")
    screen.ended(0)
