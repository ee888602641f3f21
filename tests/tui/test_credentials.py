"""Screen 7 against a real relay: what is made there works, and its password is nowhere afterwards."""

import base64
import os
import re

import pytest

import relaylib
import tuilib

SENDER = "orders@shop.example"
PASSWORD = re.compile(r"password +(\S{30,})")


def open_credentials(world, open_tui, width=80, height=24):
    world.zone.domain("mail.example")
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
