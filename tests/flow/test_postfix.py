"""Debian's Postfix receives what an application sent, byte for byte."""

import os

import pytest

from mtalib import Holding
from relaylib import text_message, wait_for

pytestmark = pytest.mark.postfix
SENDER, RECIPIENT = "app@shop.example", "b.lee@postfix.example"


@pytest.fixture
def receiver(world):
    world.zone.domain("postfix.example", (10, "mx.postfix.example", "127.0.0.20"))
    world.start()
    return world.keep(Holding(world.folder, "127.0.0.20", world.providers.port).start())


BODIES = {
    "plain": b"Hello,\r\nworld.\r\n",
    "dots": b".\r\n..\r\n...three\r\n.x\r\nend\r\n",
    "empty lines at the end": b"text\r\n\r\n\r\n\r\n",
    "long lines": b"a" * 998 + b"\r\n" + b"b" * 990 + b"\r\n",
    "eight bits": bytes(range(128, 256)) + b"\r\n",
    "spaces": b" leading\r\ntrailing \t \r\n \r\n",
    "4 MB": b"0123456789abcdef" * 4 + b"\r\n",
}


@pytest.mark.parametrize("name", sorted(BODIES))
def test_postfix_receives_the_body_byte_for_byte(world, receiver, name):
    body = BODIES[name] * (60000 if name == "4 MB" else 1)
    message = text_message(SENDER, RECIPIENT, body="") + body
    world.relay.send(world.login, SENDER, RECIPIENT, message, options=["BODY=8BITMIME"])
    world.relay.wait_status(RECIPIENT, "delivered", 30)
    (queue_id,) = wait_for(receiver.queue_ids, "the message is in Postfix's queue")
    kept = receiver.message(queue_id)
    header, _, kept_body = kept.partition(b"\n\n")
    assert kept_body == body.replace(b"\r\n", b"\n")
    given = message.split(b"\r\n\r\n", 1)[0].replace(b"\r\n", b"\n")
    assert header.endswith(given), header
    assert "sender: " + SENDER in receiver.envelope(queue_id) or "sender: " in receiver.envelope(queue_id)
    assert "recipient: " + RECIPIENT in receiver.envelope(queue_id)


def test_postfix_receives_many_messages_over_few_connections(world, receiver):
    for n in range(30):
        world.relay.send(world.login, SENDER, "user%d@postfix.example" % n)
    wait_for(lambda: len(receiver.queue_ids()) == 30, lambda: "%d of 30" % len(receiver.queue_ids()), 30)
    with open(os.path.join(receiver.folder, "log")) as log:
        connects = sum(1 for line in log if ": connect from" in line)
    assert connects < 30
