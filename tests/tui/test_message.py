"""Search and Message in a real terminal: from "did they get it?" to what is done about it."""

import json
import os
import re
import stat

import relaylib

LIVE = re.compile(r"● LIVE \d\d:\d\d:\d\d")
SENDER = "orders@shop.example"


def search(screen, line):
    screen.shows(LIVE)
    screen.keys("6")
    screen.type(line)
    screen.shows(line)
    screen.keys("Enter")


def test_from_a_line_to_the_message_and_back(daemon, open_tui):
    screen = open_tui(daemon.socket)
    search(screen, "to:b.lee@yahoo.com since:30d")
    screen.shows("Not yet. Yahoo asked us to slow down (421 TSS04).", re.compile(r"MATCHES 50\+ \(searched 30d, 41M rows"),
                 "DEFERRED ×3")
    assert daemon.requests("find.search")[0]["params"]["terms"] == ["to:b.lee@yahoo.com", "since:30d"]
    screen.keys("Down", "j", "Enter")
    screen.shows("Search ▸ 01JD600000001", "message 2 of 50+", "Delivered?  YES — Gmail accepted it", "(1 of 3 rcpts)",
                 "subject hidden (v show)", "signed     d=shop.example s=k1")
    screen.keys("j", "v")
    screen.shows("NOT YET — Yahoo asked us to slow down", "(2 of 3 rcpts)", "subject Your order 17", "attempt 3  mta3.yahoo.example",
                 "next try   (in 1m", "bounce to orders@shop.example")
    screen.keys("]")
    screen.shows("Search ▸ 01JD600000002", "message 3 of 50+")
    screen.keys("q", "G")
    screen.shows("MATCHES 100+")  # the end was looked at: the next page came by itself
    assert daemon.requests("find.search")[1]["params"]["cursor"] == "50"


def test_a_search_is_given_up_by_any_key(daemon, open_tui):
    screen = open_tui(daemon.socket)
    search(screen, "slow")
    screen.shows("searching…", "any key cancels")
    screen.type("x")
    screen.shows("slowx", "cancelled: Enter searches again")
    asked = daemon.requests("find.search")[0]["id"]
    assert daemon.requests("rpc.cancel")[0]["params"] == {"id": asked}
    screen.keys("Escape", "Escape")
    screen.shows("PROVIDERS")


def test_tab_save_and_export(daemon, open_tui, tmp_path):
    screen = open_tui(daemon.socket, state=str(tmp_path / "state"))
    screen.shows(LIVE)
    screen.keys("6")
    screen.type("cred:sh")
    screen.keys("Tab")
    screen.shows("cred:shop-prod ")
    screen.keys("Enter")
    screen.shows("MATCHES 50+")
    screen.keys("Down", "S")
    screen.type("shop")
    screen.keys("Enter")
    screen.shows("saved as s1 shop")
    screen.keys("e", "C-u")
    path = str(tmp_path / "found.jsonl")
    screen.type(path)
    screen.keys("Enter")
    screen.shows("written to")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    rows = [json.loads(line) for line in open(path, encoding="ascii")]
    assert len(rows) == 120 and rows[0]["recipient"] == "b.lee@yahoo.com"
    screen.keys("/", "C-u")
    screen.keys("Escape", "q", "q")
    screen.ended(0)
    screen = open_tui(daemon.socket, state=str(tmp_path / "state"))
    search(screen, "s1")
    screen.shows("cred:shop-prod", "MATCHES 50+")


def test_a_queue_opens_its_messages(daemon, open_tui):
    screen = open_tui(daemon.socket, 160, 45)
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("▶ example.net")
    screen.keys("j", "Enter")
    screen.shows("Queues ▸ yahoo.com ▸ messages", "PREVIEW 01JD600000000", "LOG COVERAGE", "SAVED SEARCHES")
    assert daemon.requests("find.search")[0]["params"]["terms"] == ["domain:yahoo.com", "status:waiting"]
    screen.keys("Enter")
    screen.shows("Queues ▸ yahoo.com ▸ 01JD600000000", "RECIPIENTS (3)", "DKIM  d=shop.example s=k1", "世蓮@例え.example")
    screen.keys("q", "q")
    screen.shows("Queues ▸ all")


def test_hold_shows_at_once_and_bounce_asks(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("5")
    screen.shows("@yahoo.com")
    screen.keys("j", "Enter")
    screen.shows(re.compile(r"Log ▸ \w{13}"), "Delivered?")
    screen.keys("j")
    screen.shows("NOT YET")
    screen.keys("H")
    screen.shows("last action: held", "U undo", "ON HOLD")  # told by the event it made
    screen.keys("U")
    screen.shows("undone: released", "NOT YET")
    screen.keys("B")
    screen.shows("2 recipients of orders@shop.example still wait.", "reason")
    screen.keys("Escape")
    screen.hides("still wait")
    screen.keys("B")
    screen.shows("still wait")
    screen.keys("Tab")
    screen.type("withdrawn")
    screen.keys("Enter", "Enter")
    screen.shows("last action: bounced", "NO — It bounced")
    made = [one["params"] for one in daemon.requests("message.bounce")]
    assert [one.get("dry_run") for one in made] == [True, True, None]
    assert made[-1]["reason"] == "withdrawn" and made[-1]["count"] == 2


def test_against_a_real_relay(world, open_tui):
    world.zone.domain("full.mail.example")
    world.start("full.mail.example mailbox-full", retry='"1h"')
    relay = world.relay
    for name in ("ann", "bob"):
        relay.send(world.login, SENDER, name + "@full.mail.example")
        relay.wait_status(name + "@full.mail.example", "deferred")
    screen = open_tui(relay.socket, 160, 45)
    screen.shows("● LIVE")
    screen.keys("2")
    screen.shows("▶ full.mail.example", "MESSAGES (sample of 2)")
    screen.keys("Enter")
    screen.shows("Queues ▸ full.mail.example ▸ messages", "MATCHES 2 (", "Not yet.", "DEFERRED ×1")
    screen.keys("Enter")
    screen.shows("message 1 of 2", "Delivered?  NOT YET — ", "to bob@full.mail.example", "attempt 1", "452",
                 "bounce to " + SENDER, "RECIPIENTS (1)")
    bob = relay.item("bob@full.mail.example")["id"]
    relay.cli("message", "hold", bob)     # somebody else: the queue's hold is no event of the message
    screen.shows("ON HOLD", "HELD")
    relay.cli("message", "release", bob)
    screen.shows("NOT YET")
    relay.cli("message", "bounce", bob, "--reason", "withdrawn", "--yes")
    screen.shows("NO — ", "BOUNCED")      # its event came by itself
    screen.keys("t")
    screen.shows(re.compile("relaycli message show %s --trace" % bob))
    screen.keys("q", "]")
    screen.shows("message 2 of 2", "to ann@full.mail.example", "NOT YET")
    screen.keys("X")
    screen.shows("Cancel " + relay.item("ann@full.mail.example")["id"], "nobody is told")
    screen.keys("Tab", "Tab", "Enter")
    screen.shows("last action: cancelled", "CANCELLED")
    assert relaylib.wait_for(lambda: relay.item("ann@full.mail.example")["status"] == "cancelled", "it is cancelled")
