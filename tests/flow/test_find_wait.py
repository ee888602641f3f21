"""What `find` says of mail that waits for something of ours: the cause first, and no moment that is not known."""

from relaylib import text_message, wait_for

SENDER = "app@shop.example"
AWAY = 'pool "away" { address = {"192.0.2.1"} }'
NEW = """
pool "new" { address = {"127.0.0.2"} warmup = true }
warmup { first = 2 growth = 40 days = 30 }
"""


def send(world, recipient, login=None):
    world.relay.send(login or world.login, SENDER, recipient, text_message(SENDER, recipient))


def sentence(world, recipient):
    return world.relay.find(recipient)["answer"]["sentence"]


def waits(world, recipient, *words):
    """Until the sentence has these words."""
    return wait_for(lambda: (lambda s: s if all(word in s for word in words) else None)(sentence(world, recipient)),
                    lambda: "%s in %s" % (words, sentence(world, recipient)))


def test_a_server_that_says_nothing(world):
    world.zone.domain("silent.example", (10, "mx.silent.example", "127.0.0.9"))
    world.start("silent.example at=127.0.0.9 silent", addresses=("127.0.0.1", "127.0.0.9"),
                delivery='reply_timeout = "60s"')
    for n in range(4):
        send(world, "u%d@silent.example" % n)
    told = waits(world, "u0@silent.example", "It is being handed to mx.silent.example now, for ")
    assert "It is the first try; gives up" in told and "next" not in told, told
    told = waits(world, "u3@silent.example", " to mx.silent.example are at work")
    assert told.startswith("Not yet. All ") and "when it is tried next cannot be told" in told, told


def test_an_address_of_ours_that_is_not_here(world):
    world.zone.domain("ok.example")
    world.start("", extra=AWAY)
    send(world, "a@ok.example", world.relay.credential("away", "@shop.example", flags=("--pool", "away")))
    told = waits(world, "a@ok.example", "192.0.2.1 is not an address of this host")
    assert "server" not in told, told


def test_a_warm_up_that_an_operator_paused(world):
    world.zone.domain("ok.example")
    world.start("", extra=NEW)
    login = world.relay.credential("news", "@shop.example", flags=("--pool", "new"))
    send(world, "first@ok.example", login)
    world.relay.wait_status("first@ok.example", "delivered")
    send(world, "b@ok.example", login)
    waits(world, "b@ok.example", "127.0.0.2 warms up with others, day 1 of 30: 1 of today's 2 recipients went", "next at")
    world.relay.cli("pool", "warmup", "pause", "127.0.0.2", "--reason", "complaints", "--yes")
    told = waits(world, "b@ok.example", 'paused the warm-up of 127.0.0.2 ("complaints") until relaycli pool warmup resume')
    assert "next in a moment" not in told, told


def test_a_hold_with_an_end(world):
    world.zone.domain("full.example")
    world.start("full.example mailbox-full")
    send(world, "c@full.example")
    world.relay.wait_status("c@full.example", "deferred")
    world.relay.cli("queue", "hold", "full.example", "--for", "1h", "--reason", "q", "--yes")
    told = waits(world, "c@full.example", "On hold.", '("q"), until ')
    assert told.endswith("Release: relaycli queue release full.example"), told


def test_the_evidence_has_the_reason_and_our_address(world):
    world.zone.domain("gone.example", (10, "mx.gone.example", "127.0.0.77"))
    world.start("")
    send(world, "d@gone.example")
    told = wait_for(lambda: (lambda t: t if "deferred" in t else None)(
        world.relay.cli("find", "d@gone.example").stdout.decode()), "it was tried")
    assert "connect failed: Connection refused" in told, told
