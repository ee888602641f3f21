"""Screen 7 against a real relay: what is made there works, and its password is nowhere afterwards."""

import base64
import os
import re

import pytest

import relaylib
import tuilib

import fake_credentials

SENDER = "orders@shop.example"
PASSWORD = re.compile(r"password +(\S{30,})")


def open_credentials(world, open_tui, width=80, height=24):
    for name in ("mail.example", "full.mail.example"):
        world.zone.domain(name)
    world.start("full.mail.example mailbox-full", retry='"1h"')
    screen = open_tui(world.relay.socket, width, height)
    screen.shows("● LIVE")
    screen.keys("7")
    screen.shows("Credentials ▸ all (1)", "▶ shop")
    return screen


def password_of(screen):
    return PASSWORD.search(screen.shows(PASSWORD)).group(1)


def traces_of(password):
    """As bytes, as base64 in a copy, and letter by letter in the cells of a screen: ours have 16 bytes, curses' 28."""
    end = password[-24:]  # a block that is freed loses its first bytes to the allocator
    cells = [b"".join(re.escape(letter.encode("utf-32-le")) + b".{%d}" % (size - 4) for letter in end) for size in (4, 16, 28)]
    return re.compile(b"|".join([re.escape(end.encode()), re.escape(base64.b64encode(password.encode())[-30:-4])] + cells), re.DOTALL)


def found(pid, traces):
    return [(where, match.start(), match.group()[:40]) for where, data in relaylib.memory(pid)
            for match in traces.finditer(data)]


def assert_gone(screen, password):
    """Not on the screen or above it, not in the process's memory or arguments."""
    pid, traces = screen.pid(), traces_of(password)
    tuilib.wait_until("a screen without the password",
                      lambda: password not in screen.tmux("capture-pane", "-p", "-S", "-", "-e"), screen.text)
    tuilib.wait_until("a memory without the password", lambda: not found(pid, traces), lambda: found(pid, traces))
    with open("/proc/%d/cmdline" % pid, "rb") as file:
        assert password.encode() not in file.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="reading another process's memory takes root")
@pytest.mark.skipif(os.environ.get("RELAY_VARIANT") in ("asan", "tsan"), reason="a sanitizer keeps what was freed")
@pytest.mark.parametrize("width, height", [(80, 24), (160, 45)])
def test_a_new_credential_and_its_password(world, open_tui, width, height):
    screen = open_credentials(world, open_tui, width, height)
    screen.keys("N")
    screen.shows("New credential", "name")
    screen.type("billing")
    screen.keys("Tab")
    screen.type("@shop.example")
    screen.keys("Tab")
    screen.type("production")
    for _ in range(11):
        screen.keys("Tab")
    screen.shows("▶[ Create ]")
    screen.keys("Enter")
    password = password_of(screen)
    text = screen.shows("billing ─ its password, shown this once", "user      billing", "port      ", "y copies the password")
    assert found(screen.pid(), traces_of(password))  # that the search finds what is there
    screen.keys("Enter", "q", "j", "e")  # typed ahead, perhaps: it stays
    assert password in screen.text(), text
    screen.resize(width + 1, height)  # drawn whole: the password is far behind in the terminal's output buffer
    screen.shows(password)
    screen.keys("Escape")
    screen.shows("▶ shop", "billing", "last action: created billing")
    assert_gone(screen, password)
    world.relay.send(("billing", password), SENDER, "ann@mail.example")
    world.relay.wait_status("ann@mail.example", "delivered")
    assert password not in world.relay.cli("audit", "list").stdout.decode()


@pytest.mark.skipif(os.geteuid() != 0, reason="reading another process's memory takes root")
@pytest.mark.skipif(os.environ.get("RELAY_VARIANT") in ("asan", "tsan"), reason="a sanitizer keeps what was freed")
def test_rotate_copy_and_revoke(world, open_tui):
    screen = open_credentials(world, open_tui)
    relay = world.relay
    relay.send(world.login, SENDER, "ann@mail.example")
    relay.send(world.login, SENDER, "bob@full.mail.example")
    relay.wait_status("bob@full.mail.example", "deferred")
    screen.tmux("set-option", "-s", "set-clipboard", "on")
    screen.keys("O")
    screen.shows("Rotate shop", "1 host used the old one in 24h:", "▶[ Cancel ]")
    screen.keys("Tab", "C-u")
    screen.type("1h")
    screen.keys("Tab")
    screen.type("as every month")
    screen.keys("Tab", "Enter")
    password = password_of(screen)
    screen.shows("The old password of shop works for another 1h.")
    screen.keys("y")
    tuilib.wait_until("the copy", lambda: password in screen.tmux("list-buffers"))
    screen.keys("Escape")
    screen.shows(re.compile(r"▶ shop +active +2 keys: k2 new, k1 till \d\d:\d\d"))
    assert_gone(screen, password)
    relay.send(("shop", password), SENDER, "cy@mail.example")
    assert "as every month" in relay.cli("audit", "list").stdout.decode()
    screen.keys("X")
    screen.shows("Revoke shop ─ 3 msgs in 5 min will start failing", "1 recipient waits.")
    screen.keys("Right")
    screen.shows("(•) hold")
    screen.keys("Tab", "Tab")
    screen.type("shop")
    screen.keys("Tab", "Enter")
    screen.shows(re.compile(r"▶ shop +revoked +by \w+ \d\d:\d\d"), "last action: revoked shop")
    assert relay.ask("credential", "show", "shop")["credential"]["state"] == "revoked"
    relay.wait_status("bob@full.mail.example", "held")


def test_changed_since_it_was_seen(world, open_tui):
    screen = open_credentials(world, open_tui)
    screen.keys("p")  # the picture stands still; somebody else acts
    screen.shows("PAUSED")
    world.relay.cli("credential", "limit", "shop", "rate=7/s")
    screen.keys("O")
    screen.shows("Rotate shop")
    screen.keys("Tab", "Tab", "Tab", "Enter")
    screen.shows("shop changed since you looked: nothing done")
    assert len(world.relay.ask("credential", "show", "shop")["credential"]["keys"]) == 1


# ---- before a scripted daemon ---------------------------------------------------------


def test_credentials_are_seen(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("● LIVE")
    screen.keys("7")
    screen.shows("Credentials ▸ all (10)   sort: LAST USED ▼", "▶ shop-prod     active    2 keys: k3 new, k2 till",
                 "412k  0.3%", "billing-app   active !  1 key, 402 d old", "old-crm       revoked   by ana",
                 "N new  O rotate  X revoke  ⏎ what was sent  E limits  / filter  ? help")
    screen.keys("Enter")
    screen.shows("shop-prod ─ what was sent with it (24h)", "412,003 accepted", "192.0.2.15 app01", "never before")
    screen.keys("q")
    screen.resize(160, 45)
    screen.shows("│ shop-prod ─ what was sent with it (24h)", "LIMITS    50/s")


def test_a_rotation_asks_and_shows_once(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("● LIVE")
    screen.keys("7")
    screen.shows("▶ shop-prod")
    screen.keys("O")
    screen.shows("Rotate shop-prod", "3 hosts used the old one in 24h: app01 app02 cron1", "▶[ Cancel ]")
    screen.keys("Enter")
    screen.hides("Rotate shop-prod")
    assert not daemon.requests("credential.rotate")
    screen.keys("O")
    screen.shows("▶[ Cancel ]")
    screen.keys("Tab", "Tab", "Tab", "Enter")
    screen.shows("shop-prod ─ its password, shown this once", "password  " + fake_credentials.PASSWORD)
    screen.keys("Escape")
    screen.shows("last action: rotated shop-prod")
    assert daemon.requests("credential.rotate")[0]["params"] == {"name": "shop-prod", "generation": 7, "overlap_ms": 86400000}
    with open(daemon.log, encoding="ascii") as log:
        assert fake_credentials.PASSWORD not in log.read()


def test_a_revocation_wants_its_name(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("● LIVE")
    screen.keys("7")
    screen.shows("▶ shop-prod")
    screen.keys("X")
    screen.shows("Revoke shop-prod ─ 1,004 msgs in 5 min will start failing", "61 recipients wait.")
    screen.keys("Tab", "Tab")
    screen.type("shop-pro")
    screen.keys("Tab", "Enter")
    screen.shows("type shop-prod to confirm")
    screen.keys("Escape")
    screen.hides("Revoke shop-prod")
    assert not daemon.requests("credential.revoke")


def test_viewers_look_and_change_nothing(daemon, open_tui):
    daemon.stop()
    daemon.start("--role", "viewer")
    screen = open_tui(daemon.socket)
    screen.shows("● READ-ONLY")
    screen.keys("7")
    screen.shows("▶ shop-prod")
    screen.keys("N", "O", "X", "E", "D", "I")
    screen.shows("read-only (your role is viewer): nothing was changed")
    screen.keys("8")
    screen.shows("▶ shop.example")
    screen.keys("j")
    screen.shows("example.org ─ 2 things to fix", "We asked: 9.9.9.9, 1.1.1.1 and the zone's own server; all say NXDOMAIN.")
    screen.keys("c")
    screen.shows("relayd lets operators do that")
    screen.keys("K", "X", "D", "E", "N")
    screen.shows("read-only (your role is viewer): nothing was changed")
    assert {one["method"] for one in daemon.requests() if one["method"].split(".")[0] in ("credential", "domain")} <= {
        "credential.sent", "domain.report"}
