"""What operators stop or take back, over a restart."""

from relaylib import text_message, wait_for

SENDER = "app@shop.example"


def send(world, recipient):
    return world.relay.send(world.login, SENDER, recipient, text_message(SENDER, recipient))


def test_a_held_credential_stays_held_over_a_restart_and_its_mail_can_be_cancelled(world):
    world.zone.domain("ok.example").domain("two.example")
    world.start("")
    world.relay.cli("queue", "hold", "--cred", "shop", "--reason", "leaked key")
    ids = [send(world, "a@ok.example"), send(world, "b@two.example")]
    assert world.relay.stop() == 0
    world.relay.start()
    ids.append(send(world, "c@ok.example"))
    for mid in ids:
        why = wait_for(lambda: world.relay.ask("message", "show", mid)["waiting"], "the scheduler has it")
        assert "held cred:shop at" in str(why[0]) and "leaked key" in str(why[0])
    world.relay.cli("message", "cancel", ids[1], "--yes", "--reason", "wrong price")
    item = world.relay.wait_status("b@two.example", "cancelled")
    assert item["events"][-1]["event"] == "cancelled" and "wrong price" in item["events"][-1]["detail"]
    world.relay.cli("queue", "release", "cred:shop")
    for recipient in ("a@ok.example", "c@ok.example"):
        world.relay.wait_status(recipient, "delivered")
    assert world.relay.stop() == 0
    world.relay.start()
    assert world.relay.ask("find", "b@two.example")["items"][0]["status"] == "cancelled"
    send(world, "d@two.example")
    world.relay.wait_status("d@two.example", "delivered")
