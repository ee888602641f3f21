"""What others see of source addresses: PTR records, the greeting's name, blocklists, and the host itself."""

import json
import socket

from relaylib import wait_for

SOURCES = """
pool "out" {{ address = {{"127.0.0.2", "127.0.0.3", "127.0.0.4", "192.0.2.77"}} }}
source "127.0.0.2" {{ ehlo = "mx2.example" }}
source_check {{ blocklists = {{"bl.example", "zen.example", "taken.example"}} interval = "{interval}" }}
"""


def start(world, interval="1h"):
    zone = world.zone.reverse("127.0.0.2", "mx2.example").reverse("127.0.0.3", "mx3.example")
    zone.add("mx2.example", "A", "127.0.0.2").add("mx3.example", "A", "127.0.0.9")
    zone.add("2.0.0.127.bl.example", "A", "127.0.0.4", ttl=1)
    zone.add("2.0.0.127.zen.example", "A", "127.255.255.254")
    zone.add("2.0.0.127.taken.example", "A", "192.0.2.80")
    return world.start(extra=SOURCES.format(interval=interval), login=False)


def check(world, address):
    return world.relay.ask("pool", "check", address)["source"]


def problems(world):
    return [p for p in world.relay.ask("status")["problems"] if p.startswith("Source address")]


def test_an_address_is_checked_on_demand(world):
    start(world)
    good = check(world, "127.0.0.2")
    assert (good["ptr"], good["ptr_name"], good["greeting_confirmed"]) == ("confirmed", "mx2.example", True)
    assert {e["list"]: (e["result"], e["answer"]) for e in good["blocklists"]} == {
        "bl.example": ("listed", "127.0.0.4"), "zen.example": ("refused", "127.255.255.254"),
        "taken.example": ("clear", None)}
    assert len(good["problems"]) == 2 and "is listed at bl.example (127.0.0.4)" in good["problems"][0]
    assert good["problems"][1].startswith("Blocklist zen.example refuses our questions (127.255.255.254)")
    row = world.relay.ask("pool", "list")["items"][0]
    assert row["blocklists_refused"] == ["zen.example"] and row["blocklisted"] == 1, row
    refusals = [p for p in world.relay.ask("status")["problems"] if "refuses our questions" in p]
    assert len(refusals) == 1 and "zen.example" in refusals[0], refusals
    other = check(world, "127.0.0.3")
    assert other["ptr"] == "unconfirmed" and other["ptr_name"] == "mx3.example"
    assert "does not lead back" in other["problems"][0] and not other["missing"]
    assert check(world, "127.0.0.4")["ptr"] == "none"
    lost = check(world, "192.0.2.77")  # its reverse zone is nobody's here: no answer is no fault
    assert lost["missing"] and lost["ptr"] == "unknown" and not lost["problems"]
    text = world.relay.cli("pool", "check", "127.0.0.2").stdout.decode()
    assert "mx2.example" in text and "! Source address 127.0.0.2 is listed at bl.example" in text
    done = world.relay.cli("pool", "check", "127.0.0.99", check=False)
    assert done.returncode != 0 and b"no pool has the address 127.0.0.99" in done.stderr


def test_problems_come_and_go_by_themselves(world):
    start(world, interval="1s")

    def all_three():
        found = "\n".join(problems(world))
        return all(words in found for words in ("127.0.0.2 is listed at bl.example", "127.0.0.3: its PTR record",
                                                "127.0.0.4 has no PTR record"))
    wait_for(all_three, "three problems in status")
    with socket.socket(socket.AF_UNIX) as watcher:
        watcher.settimeout(20)
        watcher.connect(world.relay.socket)
        watcher.sendall(b'{"id":1,"method":"events.subscribe","params":{"filter":"event:source.changed"}}\n')
        lines = watcher.makefile("rb")
        assert b'"error"' not in lines.readline()
        world.zone.remove("2.0.0.127.bl.example").reload()
        event = json.loads(lines.readline())["params"]
    assert event["event"] == "source.changed" and event["detail"] == "127.0.0.2: no problem is left"
    wait_for(lambda: not any("127.0.0.2" in p for p in problems(world)), "it is listed no more")
    assert "127.0.0.3: its PTR record" in "\n".join(problems(world))
    world.relay.process.logged("source.checked address=127.0.0.2 ")
