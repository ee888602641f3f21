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


def send_tagged(world, recipient, tag):
    text = text_message(SENDER, recipient, headers="X-Relay-Tag: %s\r\n" % tag)
    return world.relay.send(world.login, SENDER, recipient, text)


def test_a_domain_is_held_before_mail_for_it_comes(world):
    world.zone.domain("temp.example").domain("ok.example")
    world.start("")
    relay = world.relay
    said = relay.cli("queue", "hold", "Temp.example", "--for", "1h", "--reason", "q").stdout.decode()
    assert said == ("Held temp.example: nothing waits there now, what comes is held. "
                    "Undo: relaycli queue release temp.example\n"), said
    relay.stop()
    relay.start()
    send(world, "a@temp.example")
    relay.wait_status("a@temp.example", "held")
    near = relay.ask("queue", "hold", "tmp.example")
    assert (near["affected"], near["near"]) == (0, "temp.example"), near
    assert {h["held_scope"] for h in relay.ask("queue", "holds")["items"]} == {"temp.example", "tmp.example"}
    assert relay.cli("queue", "hold", "typo", check=False).returncode == 3
    assert b"Would hold 0 messages" in relay.cli("queue", "hold", "new.example", "--dry-run").stdout
    relay.cli("queue", "release", "Temp.example")
    relay.cli("queue", "release", "tmp.example")
    relay.wait_status("a@temp.example", "delivered")
    assert relay.ask("queue", "holds")["items"] == []


def test_a_queue_that_several_hold_is_not_said_to_be_held_by_one(world):
    world.zone.domain("busy.example")
    world.start("busy.example temp-fail", retry='"1h"')
    relay = world.relay
    other = relay.credential("cr", "@shop.example")
    relay.send(other, SENDER, "a@busy.example", text_message(SENDER, "a@busy.example"))
    send_tagged(world, "b@busy.example", "night")
    ids = [send(world, "c@busy.example"), send(world, "d@busy.example")]
    for who in "abcd":
        relay.wait_status(who + "@busy.example", "deferred")

    def queue():
        return relay.ask("queue", "show", "busy.example")["queue"]
    relay.cli("queue", "hold", "--cred", "cr")
    assert (queue()["held"], queue()["held_by"]) == (1, None)
    assert queue()["why"].endswith("1 hold keeps some of it (relaycli queue holds)"), queue()
    relay.cli("queue", "hold", "--match", "tag:night")
    relay.cli("message", "hold", ids[0])
    assert queue()["why"].endswith("3 holds keep some of it (relaycli queue holds)"), queue()
    relay.cli("message", "cancel", ids[1], "--yes")
    row = queue()
    assert (row["held"], row["held_by"], row["state"]) == (3, None, "HELD by 3 holds"), row
    assert row["why"] == "3 holds keep all of it, each a part (relaycli queue holds)"
    relay.cli("queue", "release", "cred:cr")
    relay.cli("queue", "release", "tag:night")
    wait_for(lambda: queue()["held"] == 1, "one is left")


def test_messages_found_by_terms_are_held_over_a_restart(world):
    """What waits is held by what the log knows of it; what comes later is not."""
    world.zone.domain("ok.example").domain("full.example")
    world.start("")
    relay = world.relay
    relay.cli("queue", "hold", "--cred", "shop")
    night = [send_tagged(world, "%s@ok.example" % who, "night") for who in ("a", "b")]
    day = send_tagged(world, "c@ok.example", "day")
    seen = relay.ask("message", "hold", "--match", "tag:night", "--dry-run")
    assert seen["affected"] == 2
    held = relay.ask("message", "hold", "--match", "tag:night from:@shop.example", "--reason", "wrong price")
    assert held["affected"] == 2 and held["hold"].startswith("messages:")
    relay.cli("queue", "release", "cred:shop")
    relay.wait_status("c@ok.example", "delivered")
    send_tagged(world, "d@ok.example", "night")
    relay.wait_status("d@ok.example", "delivered")
    assert relay.stop() == 0
    relay.start()
    shown = relay.ask("message", "show", night[0])
    assert shown["waits"][0]["constraint"] == "held" and shown["waits"][0]["held_reason"] == "wrong price"
    assert "relaycli message release %s" % night[0] in shown["waiting"][0]
    answer = relay.ask("find", "a@ok.example")["answer"]
    assert answer["status"] == "held" and answer["sentence"].startswith("On hold. "), answer
    assert 'held the message' in answer["sentence"] and '("wrong price")' in answer["sentence"]
    assert answer["sentence"].endswith("Release: relaycli message release %s" % night[0])
    relay.cli("message", "release", night[0])
    relay.wait_status("a@ok.example", "delivered")
    relay.cli("queue", "release", held["hold"])
    relay.wait_status("b@ok.example", "delivered")
    assert day not in [i["id"] for i in relay.ask("message", "list", "tag:night")["items"]]


def test_mail_held_in_terms_is_held_when_it_comes_later_too(world):
    world.zone.domain("ok.example")
    world.start("")
    relay = world.relay
    relay.cli("queue", "hold", "--cred", "shop")
    send_tagged(world, "a@ok.example", "night")
    send_tagged(world, "b@ok.example", "day")
    held = relay.ask("queue", "hold", "--match", "tag:night from:@Shop.Example", "--reason", "wrong price")
    assert held["affected"] == 1 and held["object"] == "from:@shop.example tag:night"
    relay.cli("queue", "release", "cred:shop")
    relay.wait_status("b@ok.example", "delivered")
    send_tagged(world, "c@ok.example", "night")
    assert relay.stop() == 0
    relay.start()
    send_tagged(world, "d@ok.example", "night")
    for who in "acd":
        answer = wait_for(lambda: relay.ask("find", "%s@ok.example" % who)["answer"], "an answer")
        assert answer["status"] == "held" and "wrong price" in answer["sentence"], answer
        assert answer["sentence"].endswith("Release: relaycli queue release 'from:@shop.example tag:night'")
    (stands,) = relay.ask("queue", "holds")["items"]
    assert stands["held_scope"] == held["object"] and stands["waiting"] == 3 and stands["held_reason"] == "wrong price"
    gone = relay.cli("queue", "bounce", "--match", "tag:night to:d@ok.example", "--reason", "recalled", "--yes")
    assert gone.stdout.startswith(b"Bounced tag:night to:d@ok.example: 1 recipient."), gone.stdout
    relay.wait_status("d@ok.example", "bounced")
    released = relay.cli("queue", "release", "tag:night from:@shop.example")
    assert released.stdout.startswith(b"Released tag:night from:@shop.example: 2 recipients."), released.stdout
    for who in "ac":
        relay.wait_status("%s@ok.example" % who, "delivered")
    assert relay.cli("queue", "release", "tag:night", check=False).returncode == 3
    refused = relay.cli("queue", "hold", "--match", "subject:sale", check=False)
    assert refused.returncode == 2 and b"message hold --match" in refused.stderr


def test_a_cancel_after_a_restart_says_what_had_left(world):
    world.zone.domain("ok.example").domain("full.example")
    world.start("full.example mailbox-full", retry='"1h"')
    relay = world.relay
    many = ["a@ok.example", "b@full.example"]
    both = relay.send(world.login, SENDER, many, text_message(SENDER, many[0]))
    gone = send(world, "c@ok.example")
    relay.wait_status("a@ok.example", "delivered")
    relay.wait_status("b@full.example", "deferred")
    relay.wait_status("c@ok.example", "delivered")
    assert relay.stop() == 0
    relay.start()
    part = relay.cli("message", "cancel", both, "--yes", check=False)
    assert part.returncode == 7 and b"1 recipient cancelled; 1 had left already" in part.stderr, part.stderr
    assert b"nothing waits: a@ok.example delivered at 20" in part.stderr, part.stderr
    none = relay.cli("message", "cancel", gone, "--yes", check=False)
    assert none.returncode == 3 and b"nothing of it waits any more: c@ok.example delivered at 20" in none.stderr
    again = relay.cli("message", "cancel", both, "--yes", check=False)
    assert again.returncode == 3 and b"b@full.example cancelled at 20" in again.stderr, again.stderr
