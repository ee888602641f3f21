"""A credential that behaves as it never did. What is usual takes a day to learn, so a state
as it is after a day is put into the database of a relay that stands still."""

import os
import sqlite3
import time

import pytest

from relaylib import text_message, wait_for

SENDER = "app@shop.example"


def teach(relay, busiest):
    """Thirty hours of mail from 127.0.0.0/24 as shop.example, `busiest` recipients an hour."""
    hour = int(time.time()) // 3600
    day = hour // 24
    lines = ["1 %d %d" % ((hour - 30) * 3600000, 30 * busiest)]
    lines += ["h %d %d 0 0" % (hour - n, busiest) for n in range(1, 31)]
    lines += ["n %d 127.0.0.0/24" % day, "f %d shop.example" % day]
    relay.stop()
    with sqlite3.connect(os.path.join(relay.folder, "state", "relay.db")) as db:
        db.execute("INSERT INTO tripwire VALUES ('shop', ?, '') ON CONFLICT DO UPDATE SET state = excluded.state",
                   ("\n".join(lines) + "\n",))
    db.close()
    relay.start()


def burst(shop, count, sender=SENDER):
    """Hand in count messages, until some are refused; returns how many were taken."""
    client, taken, refused = shop.relay.client(*shop.login, timeout=60), 0, 0
    for n in range(count):
        if refused > 5:
            break
        to = "v%d@ok.mail.example" % n
        if client.mail(sender)[0] != 250 or client.rcpt(to)[0] != 250 or client.docmd("DATA")[0] != 354:
            refused += 1
            client.rset()
            continue
        client.send(text_message(sender, to) + b".\r\n")
        taken += client.getreply()[0] == 250
    client.close()
    return taken


@pytest.fixture
def shop(world):
    world.zone.domain("ok.mail.example")
    made = world.start()
    made.relay.send(made.login, SENDER, "first@ok.mail.example")
    return made


def problems(shop):
    return [p for p in shop.relay.ask("status")["problems"] if "is unusual" in p]


def test_it_learns_before_it_judges(shop):
    burst(shop, 130)
    wait_for(lambda: shop.relay.ask("credential", "show", "shop")["credential"]["usual"]["this_hour"] >= 130, "it looks")
    assert problems(shop) == []
    assert "not known yet" in shop.relay.cli("credential", "show", "shop").stdout.decode()


def test_too_much_warns_and_stops_nothing(shop):
    teach(shop.relay, 30)
    assert burst(shop, 105) == 105
    wait_for(lambda: problems(shop), "the alert")
    (problem,) = problems(shop)
    assert "recipients this hour, before at most 30; nothing is stopped" in problem
    shop.relay.stop()
    shop.relay.start()
    assert problems(shop)  # it lasts, and what was learned with it
    assert "at most 30 recipients an hour" in shop.relay.cli("credential", "show", "shop").stdout.decode()
    shop.relay.cli("credential", "limit", "shop", "tripwire=off")
    assert problems(shop) == []


def test_another_sender_domain_is_told(shop):
    shop.relay.domain("other.example")
    shop.relay.cli("credential", "limit", "shop", "from=@shop.example,@other.example")
    teach(shop.relay, 30)
    burst(shop, 1, "ceo@other.example")
    wait_for(lambda: any("first mail From other.example" in p for p in problems(shop)), "the alert")


def test_slowed_is_452_over_what_is_usual(shop):
    shop.relay.cli("credential", "limit", "shop", "tripwire=slow")
    teach(shop.relay, 30)
    taken = burst(shop, 200)
    assert 100 <= taken < 200
    client = shop.relay.client(*shop.login)
    code, text = client.mail(SENDER)
    assert code == 452 and b"recipients per hour" in text
    assert "slowed" in problems(shop)[0]
    shop.relay.cli("credential", "limit", "shop", "tripwire=warn")
    assert client.mail(SENDER)[0] == 250

    def acts():
        return [row["detail"] for row in shop.relay.ask("audit", "list", "what:tripwire.slow", "who:relayd")["items"]]
    wait_for(lambda: len(acts()) == 2, "both are in the audit log")
    assert acts()[0] == "slowed -> not slowed; reason: tripwire=slow was taken back"
    assert acts()[1].startswith("not slowed -> at most ") and "recipients this hour" in acts()[1]


def test_held_mail_waits_and_is_not_lost(shop):
    shop.relay.cli("credential", "limit", "shop", "tripwire=hold")
    teach(shop.relay, 30)
    assert burst(shop, 130) == 130  # accepted, all of it
    wait_for(lambda: problems(shop), "the alert")
    shop.relay.send(shop.login, SENDER, "late@ok.mail.example")
    item = shop.relay.wait_status("late@ok.mail.example", "held")
    assert item["status"] == "held"
    sentence = shop.relay.cli("find", "late@ok.mail.example", "--last").stdout.decode()
    assert "tripwire" in sentence and "unusual" in sentence
    assert "its mail is held" in problems(shop)[0]
    (row,) = shop.relay.ask("audit", "list", "what:tripwire", "who:relayd")["items"]
    assert (row["action"], row["object"], row["via"]) == ("tripwire.hold", "cred:shop", "relayd")
    assert row["detail"].startswith("not held -> held; reason: unusual: ")
    assert "to let it go: relaycli queue release cred:shop" in problems(shop)[0]
    assert "its mail is held" in shop.relay.process.logged("alert.raised", "unusual")[0]
    shop.relay.cli("queue", "release", "cred:shop")
    wait_for(lambda: "nothing is stopped" in problems(shop)[0], "the alert follows the release")
    shop.relay.wait_status("late@ok.mail.example", "delivered")


def test_the_alert_says_held_only_of_what_is_held(shop):
    teach(shop.relay, 30)
    assert burst(shop, 105) == 105
    wait_for(lambda: problems(shop), "the alert")
    shop.relay.cli("credential", "limit", "shop", "tripwire=hold")  # holds at the next breach
    assert "nothing is stopped" in problems(shop)[0]
    shop.relay.cli("queue", "hold", "cred:shop")
    wait_for(lambda: "its mail is held" in problems(shop)[0], "the alert follows the hold")
    shop.relay.stop()
    shop.relay.start()
    wait_for(lambda: problems(shop) and "its mail is held" in problems(shop)[0], "the alert after a restart")
