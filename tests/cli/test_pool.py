"""pool list, show, warmup and ip as an operator reads them: on a terminal, in a pipe, as JSON."""

import re

import pytest
import relaylib
from test_terminal import Terminal

POOLS = """
pool "shared-a" { address = {"127.0.0.2"} }
pool "warm-b" { address = {"127.0.0.3", "127.0.0.4"} overflow = "shared-a" warmup = yes }
source "127.0.0.2" { ehlo = "mx2.example" }
source_check { blocklists = {"bl.example"} }
"""


@pytest.fixture(scope="module")
def pools():
    made = relaylib.World()
    made.zone.reverse("127.0.0.2", "mx2.example").add("mx2.example", "A", "127.0.0.2")
    made.zone.reverse("127.0.0.3", "mx3.example").add("mx3.example", "A", "127.0.0.9")
    made.zone.add("3.0.0.127.bl.example", "A", "127.0.0.4")
    try:
        made.start(extra=POOLS, login=False)
        for address in ("127.0.0.2", "127.0.0.3", "127.0.0.4"):
            made.relay.cli("pool", "ip", "check", address)
        made.relay.cli("pool", "warmup", "set", "127.0.0.3", "--provider", "google", "--day", "9")
        made.relay.cli("pool", "ip", "off", "127.0.0.4", "--reason", "listed", "--for", "1d")
        yield made.relay
    finally:
        made.close(failed=False)


def seen(relay, *args):
    """The lines on a terminal of 100 columns; every digit of a time is a @."""
    t = Terminal("--socket", relay.socket, *args, NO_COLOR="1")
    try:
        assert t.wait() == 0, t.seen
    finally:
        t.end()
    return re.sub(r"\d\d \w\w\w \d\d:\d\d|\d\d:\d\d:\d\d", lambda time: "@" * len(time.group()),
                  t.seen).splitlines()


LIST = """\
POOL      IP         PTR/HELO                        STATE     DAY  TODAY  DEFER  BL
shared-a  127.0.0.2  mx2.example                     ok          -    0/-      -   0
warm-b    127.0.0.3  mx3.example (leads elsewhere!)  warming  9/30  0/738      -   1
warm-b    127.0.0.4  (no PTR!)                       off         -    0/-      -   0
! 127.0.0.4 is switched off by root at @@@@@@@@: listed; until @@@@@@@@@@@@; undo: relaycli pool ip on 127.0.0.4"""

WARMUP = """\
PROVIDER  STATE     DAY  TODAY              DEFER  COMPL  TOMORROW  WARM ON       OPENS
google    warming  9/30  0/738  ----------      -      -     1,033  @@@@@@@@@@@@  -
Overflow goes to: shared-a."""

SHOW = """\
warm-b  used by no credential; new addresses warm up; overflow goes to: shared-a
"""


def who(relay):
    return relay.ask("audit", "list", "pool.ip")["items"][0]["who"]


def test_the_list_says_what_matters_of_each_address(pools):
    assert seen(pools, "pool", "list") == LIST.replace("root", who(pools)).splitlines()


def test_a_warm_up_is_shown_with_its_forecast(pools):
    assert seen(pools, "pool", "warmup", "show", "127.0.0.3") == WARMUP.splitlines()


def test_a_pool_is_shown_with_each_address(pools):
    lines = seen(pools, "pool", "show", "warm-b")
    assert lines[:2] == SHOW.splitlines() + [""]
    assert lines[2:5] == [line.replace("POOL    ", "POOL  ").replace("warm-b    ", "warm-b  ")
                          for line in LIST.splitlines() if not line.startswith(("shared", "!"))]
    assert lines[-3:] == ["127.0.0.3"] + WARMUP.splitlines()[:2]


def test_in_a_pipe_it_is_tsv_and_nothing_else(pools):
    rows = pools.cli("pool", "list", "--fields", "address,state,today,listed").stdout.decode().splitlines()
    assert [row.split("\t") for row in rows] == [["127.0.0.2", "ok", "0/-", "0"],
                                                 ["127.0.0.3", "warming", "0/738", "1"],
                                                 ["127.0.0.4", "off", "0/-", "0"]]
    done = pools.cli("--csv", "pool", "warmup", "show", "127.0.0.3").stdout.decode().splitlines()
    assert done[0].startswith("provider,state,progress,today") and done[1].startswith('google,warming,9/30,0/738')


def test_json_has_numbers(pools):
    row = pools.ask("pool", "list")["items"][1]
    assert (row["day"], row["days"], row["cap_today"], row["sent_today"]) == (9, 30, 738, 0)
    assert row["ptr"] == "unconfirmed" and row["blocklisted"] == 1 and row["deferred_share"] is None
    shown = pools.ask("pool", "warmup", "show", "127.0.0.3")
    assert shown["schema"] == "relay.pool.warmup/1" and shown["overflow"] == ["shared-a"]
    assert shown["items"][0]["cap_tomorrow"] == 1033 and shown["items"][0]["warm_at"].endswith("Z")


def test_it_says_what_was_done(pools):
    done = pools.ask("pool", "warmup", "set", "127.0.0.3", "--provider", "yahoo")
    assert done["schema"] == "relay.pool.warmup/1" and [row["day"] for row in done["items"]] == [9, 1]
    say = pools.cli("pool", "warmup", "pause", "127.0.0.3", "--reason", "holidays").stdout.decode()
    assert say.startswith("127.0.0.3 sends nothing to providers where it is not warm")
    again = pools.cli("pool", "warmup", "resume", "127.0.0.3", check=False)
    assert again.returncode == 0 and b"goes on warming up" in again.stdout
    assert say.endswith("Undo: relaycli pool warmup resume 127.0.0.3\n"), say
    assert pools.cli("pool", "warmup", "set", "127.0.0.3", "--provider", "yahoo", "--day", "3").stdout == (
        b"127.0.0.3 is at day 3 of 30 of its warm-up with yahoo. How far it is: relaycli pool warmup show 127.0.0.3\n")
    assert pools.cli("pool", "warmup", "set", "127.0.0.3", "--provider", "yahoo", "--day", "31").stdout == (
        b"127.0.0.3 is warm with yahoo from now on: it has no cap. How far it is: relaycli pool warmup show 127.0.0.3\n")
    assert pools.cli("pool", "warmup", "set", "127.0.0.3", "--day", "31").stdout == (
        b"127.0.0.3 is warm from now on: it has no cap. How far it is: relaycli pool warmup show 127.0.0.3\n")
    assert pools.cli("-q", "pool", "ip", "on", "127.0.0.4").stdout == b""
    assert re.match(r"127\.0\.0\.4 sends nothing; pool warm-b: 127\.0\.0\.3 steps in\. Until .+\. "
                    r"Undo: relaycli pool ip on 127\.0\.0\.4\n",
                    pools.cli("pool", "ip", "off", "127.0.0.4", "--for", "1d").stdout.decode())
