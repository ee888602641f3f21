"""Screen 8 against a real relay and a real name server: what is to be published, and after that."""

import re

import tuilib


def test_a_domain_is_checked_and_mended(world, open_tui):
    world.start()  # all its records are there
    screen = open_tui(world.relay.socket, 160, 45)
    screen.shows("● LIVE")
    screen.keys("8")
    screen.shows("Domains ▸ all (1)", "▶ shop.example", "shop.example ─ nothing to fix")
    screen.keys("K")
    screen.shows("New DKIM key for shop.example", "▶[ Cancel ]")
    screen.keys("Tab", "Right", "Right", "Tab", "Tab", "Tab", "Tab", "Enter")
    screen.shows("shop.example ─ 1 record to publish", "TXT k2e._domainkey.shop.example")
    screen.keys("Escape")
    screen.shows("last action: made a new DKIM key for shop.example", re.compile(r"k2e +ed25519 256 +new since"))
    screen.keys("c")
    screen.shows("checked shop.example: ", "shop.example ─ 1 record to publish", "Publish this TXT record (y copies it):",
                 "k2e._domainkey.shop.example", "We asked: ", "NXDOMAIN", "DNS ANSWERS")
    screen.tmux("set-option", "-s", "set-clipboard", "on")
    screen.keys("y")
    tuilib.wait_until("the copy", lambda: "k2e._domainkey.shop.example. IN TXT" in screen.tmux("list-buffers"))
    line = screen.tmux("show-buffer")
    name, value = re.fullmatch(r'(\S+)\. IN TXT "([^"]*)"\n?', line).groups()
    world.zone.add(name, "TXT", value).reload()
    screen.keys("c")
    screen.shows("shop.example ─ nothing to fix", "HISTORY", re.compile(r"dkim ok → missing"), re.compile(r"dkim missing → ok"))


def test_a_domain_is_added_and_removed(world, open_tui):
    world.start()
    screen = open_tui(world.relay.socket)
    screen.shows("● LIVE")
    screen.keys("8")
    screen.shows("▶ shop.example")
    screen.keys("N")
    screen.shows("New domain")
    screen.type("other.example")
    screen.keys("Tab", "Tab", "Tab", "Enter")
    screen.shows(re.compile(r"other\.example ─ \d records to publish"), "_dmarc.other.example")
    screen.keys("Escape")
    screen.shows("Domains ▸ all (2)")
    screen.keys("g", "X")
    screen.shows("Remove other.example", "type the name to confirm")
    screen.keys("Tab")
    screen.type("other.example")
    screen.keys("Tab", "Enter")
    screen.shows("last action: removed other.example", "Domains ▸ all (1)")
    screen.keys("j", "k", "X")
    screen.shows("remove: ", "shop")  # a credential sends as it
    assert [one["domain"] for one in world.relay.ask("domain", "list")["items"]] == ["shop.example"]
