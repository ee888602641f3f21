"""Source addresses: shares of a pool, a credential's own pool, the name of each address."""

import os

from relaylib import text_message, wait_for

SENDER = "app@shop.example"
POOLS = """
pool "own" {{ address = {{"127.0.0.4"}} }}
pool "away" {{ address = {{"192.0.2.1"}} }}
pool "kept" {{ address = {{"192.0.2.1"}} overflow = "own" }}
pool "shared" {{ address = {{"127.0.0.2", "127.0.0.3"}} weight = {{3, 1}} }}
source "127.0.0.2" {{ ehlo = "mx2.relay.example" }}
source "127.0.0.3" {{ ehlo = "mx3.relay.example" }}
""".replace("{{", "{").replace("}}", "}")


def start(world):
    world.zone.domain("ok.example")
    return world.start("", extra=POOLS)


def send(world, login, recipient):
    return world.relay.send(login, SENDER, recipient, text_message(SENDER, recipient))


def login_of(world, pool):
    return world.relay.credential(pool, "@shop.example", flags=("--pool", pool))


def test_mail_leaves_by_weight_and_each_address_greets_with_its_name(world):
    start(world)
    login = login_of(world, "shared")
    for n in range(40):
        send(world, login, "r%d@ok.example" % n)
    came = [message.envelope for message in world.providers.wait(count=40, seconds=30)]
    by = {peer: [one for one in came if one["peer"] == peer] for peer in {one["peer"] for one in came}}
    assert sorted(by) == ["127.0.0.2", "127.0.0.3"]
    assert 29 <= len(by["127.0.0.2"]) <= 31, {peer: len(found) for peer, found in by.items()}
    assert {one["helo"] for one in by["127.0.0.2"]} == {"mx2.relay.example"}
    assert {one["helo"] for one in by["127.0.0.3"]} == {"mx3.relay.example"}


def test_a_credential_has_its_own_pool_and_moves_to_another(world):
    start(world)
    login = login_of(world, "own")
    send(world, login, "a@ok.example")
    assert world.providers.wait("a@ok.example")[0].envelope["peer"] == "127.0.0.4"
    world.relay.cli("credential", "limit", "own", "pool=shared")
    send(world, login, "b@ok.example")
    moved = world.providers.wait("b@ok.example")[0].envelope
    assert moved["peer"] in ("127.0.0.2", "127.0.0.3") and moved["helo"].startswith("mx")


def test_an_address_that_is_not_here_is_replaced_or_waited_for(world):
    start(world)
    kept, away = login_of(world, "kept"), login_of(world, "away")
    send(world, kept, "a@ok.example")
    assert world.providers.wait("a@ok.example")[0].envelope["peer"] == "127.0.0.4"
    send(world, away, "b@ok.example")

    def stopped():
        queue = world.relay.ask("queue", "show", "ok.example")["queue"]
        return queue if queue["state"] == "stopped" else None
    queue = wait_for(stopped, "it says why it waits")
    assert "192.0.2.1 is not an address of this host" in queue["why"]
    item = world.relay.wait_status("b@ok.example", "deferred")
    assert "no address of pool away can be used" in item["events"][-1]["reply"]
    world.relay.cli("credential", "limit", "away", "pool=own")
    world.relay.wait_status("b@ok.example", "delivered")
    status = world.relay.ask("status")
    assert [text for text in status["problems"] if "pool away: 192.0.2.1 is not an address of this host" in text]
    with open(os.path.join(world.relay.folder, "log")) as log:
        assert any("source.changed" in line and "192.0.2.1 is not an address" in line for line in log)


def test_an_address_switched_off_is_told_with_who_steps_in(world):
    start(world)
    relay = world.relay
    said = relay.cli("pool", "ip", "off", "127.0.0.4", "--reason", "listed").stdout.decode()
    assert said == ("127.0.0.4 sends nothing; pool own: nothing steps in, its mail waits. "
                    "Undo: relaycli pool ip on 127.0.0.4\n"), said

    def told(words):
        return wait_for(lambda: [p for p in relay.ask("status")["problems"] if words in p], words)
    (problem,) = told("pool own: 127.0.0.4 is switched off by ")
    assert problem.endswith("nothing steps in, its mail waits; relaycli pool ip on 127.0.0.4"), problem
    (problem,) = told("pool away: 192.0.2.1 is not an address of this host: ")
    assert problem.endswith("nothing steps in, its mail waits"), problem
    relay.cli("pool", "ip", "on", "127.0.0.4")
    wait_for(lambda: not [p for p in relay.ask("status")["problems"] if "switched off" in p], "it is on again")
    said = relay.cli("pool", "ip", "off", "127.0.0.2").stdout.decode()
    assert "steps in" in said and "nothing" not in said.split(";")[1], said


def test_an_unknown_pool_is_refused(world):
    start(world)
    create = ("create", "x", "--from", "@shop.example", "--pool", "sharde", "--secret-out", "-")
    for args in (create, ("limit", "shop", "pool=sharde")):
        done = world.relay.cli("credential", *args, check=False)
        assert done.returncode in (2, 3) and b'there is no pool "sharde"' in done.stderr, done


def test_what_waits_is_moved_to_another_pool_over_a_restart(world):
    start(world)
    login = login_of(world, "own")
    relay = world.relay
    relay.cli("queue", "hold", "--cred", "own")
    ids = [send(world, login, recipient) for recipient in ("a@ok.example", "b@ok.example")]
    wait_for(lambda: relay.ask("queue", "list")["total"], "a queue")
    wrong = relay.cli("queue", "move", "ok.example", "--pool", "nowhere", "--yes", check=False)
    assert wrong.returncode == 3 and b'there is no pool "nowhere": add pool' in wrong.stderr, wrong
    assert relay.cli("queue", "move", "ok.example", "--pool", "shared", check=False).returncode == 6
    seen = relay.ask("queue", "move", "--match", "to:a@ok.example", "--pool", "shared", "--dry-run")
    assert seen["affected"] == 1
    moved = relay.cli("queue", "move", "--match", "to:a@ok.example", "--pool", "shared", "--yes", "--reason", "listed")
    assert moved.stdout == b"Moved to:a@ok.example: 1 recipient.\n", moved.stdout
    assert relay.ask("queue", "show", "ok.example")["queue"]["moved_to"] == "shared"
    assert any("1 recipient; pool: own -> shared" in a["detail"] for a in relay.ask("audit", "list", "queue.move")["items"])
    assert relay.stop() == 0
    relay.start()
    assert relay.ask("message", "show", ids[0])["waits"][0]["pool"] == "shared"
    assert relay.ask("message", "show", ids[1])["waits"][0]["pool"] == "own"
    relay.cli("queue", "release", "cred:own")
    assert world.providers.wait("a@ok.example")[0].envelope["peer"] in ("127.0.0.2", "127.0.0.3")
    assert world.providers.wait("b@ok.example")[0].envelope["peer"] == "127.0.0.4"


def test_a_domain_chooses_a_pool_where_the_credential_does_not(world):
    start(world)
    relay = world.relay
    login = relay.credential("plain", "@shop.example")
    wrong = relay.cli("domain", "limit", "shop.example", "pool=sharde", check=False)
    assert wrong.returncode == 3 and b'there is no pool "sharde"' in wrong.stderr, wrong
    assert relay.ask("domain", "limit", "shop.example", "pool=own")["pool"] == "own"
    assert relay.stop() == 0
    relay.start()
    assert b"pool own, for mail of credentials" in relay.cli("domain", "show", "shop.example").stdout
    send(world, login, "a@ok.example")
    assert world.providers.wait("a@ok.example")[0].envelope["peer"] == "127.0.0.4"
    send(world, login_of(world, "shared"), "b@ok.example")
    assert world.providers.wait("b@ok.example")[0].envelope["peer"] in ("127.0.0.2", "127.0.0.3")
    with open(relay.config_path) as config:
        text = config.read().replace('"own"', '"other"')
    with open(relay.config_path, "w") as config:
        config.write(text)
    relay.cli("config", "reload")
    problems = str(relay.ask("status")["problems"])
    assert "pool own of domain shop.example is not in relayd.conf" in problems, problems
    assert "relaycli domain limit shop.example pool=default" in problems
