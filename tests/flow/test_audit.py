"""The audit log: who changed what, when, from what to what, why and over which interface."""

import csv
import io
import json
import os
import pwd
import sqlite3

import pytest

from relaylib import text_message, wait_for

SENDER = "app@shop.example"
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def shop(world):
    world.zone.domain("ok.mail.example")
    return world.start()


def audit(shop, *terms):
    return shop.relay.ask("audit", "list", *terms)["items"]


def last(shop, action):
    return audit(shop, "what:" + action)[0]


def test_who_what_via_and_object_are_terms(shop):
    shop.relay.cli("queue", "hold", "cred:shop", "--reason", "a spike")
    (row,) = audit(shop, "who:" + ME, "what:queue.hold", "via:socket", "since:1h", "object:shop")
    assert (row["object"], row["uid"], row["via"]) == ("cred:shop", os.getuid(), "socket")
    assert audit(shop, "who:%d" % os.getuid(), "what:queue") == [row]
    assert audit(shop, "cred:shop", "spike") == [row]
    assert audit(shop, "who:nobody") == [] and audit(shop, "until:1h") == []
    wrong = shop.relay.cli("audit", "list", "to:b@ok.mail.example", check=False)
    assert wrong.returncode == 2 and b"who: what: object: via:" in wrong.stderr
    wrong = shop.relay.cli("find", "who:" + ME, check=False)
    assert wrong.returncode == 2 and b"audit list" in wrong.stderr


def test_the_interface_is_in_each_form(shop):
    shop.relay.cli("queue", "hold", "cred:shop")
    rows = list(csv.DictReader(io.StringIO(shop.relay.cli("audit", "list", "--csv", "what:queue.hold").stdout.decode())))
    assert [(r["who"], r["via"], r["action"]) for r in rows] == [(ME, "socket", "queue.hold")]
    text = shop.relay.cli("audit", "list", "--tsv", "what:queue.hold").stdout.decode()
    assert "\t%s\tsocket\tqueue.hold\t" % ME in text


def test_nobody_changes_it_through_sql(shop):
    shop.relay.stop()
    db = sqlite3.connect(os.path.join(shop.relay.folder, "state", "relay.db"))
    before = db.execute("SELECT count(*) FROM audit").fetchone()[0]
    assert before > 0
    for act in ("DELETE FROM audit", "UPDATE audit SET detail = ''",
                "INSERT OR REPLACE INTO audit SELECT id, 1, 1, '', '', '', '', '' FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(act)
    assert db.execute("SELECT count(*) FROM audit").fetchone()[0] == before
    db.close()
    shop.relay.start()
    shop.relay.cli("queue", "hold", "cred:shop")
    assert len(audit(shop)) == before + 1


# ---- from what to what ---------------------------------------------------------------------------


def details(shop, *terms):
    return [row["detail"] for row in audit(shop, *terms)]


def test_holds_say_what_stood_before(shop):
    cli = shop.relay.cli
    cli("queue", "hold", "cred:shop", "--reason", "a spike")
    cli("queue", "hold", "cred:shop", "--for", "1h")
    cli("queue", "release", "cred:shop")
    release, again, hold = details(shop, "what:queue")
    assert hold == "0 recipients; not held -> held; reason: a spike"
    assert again.startswith("0 recipients; held by %s (a spike) -> held until 20" % ME)
    assert release.startswith("0 recipients; held by %s until 20" % ME) and release.endswith(" -> released")
    cli("queue", "hold", "cred:shop", "--for", "1s")
    ended = wait_for(lambda: audit(shop, "who:relayd", "what:queue.release"), "the end of its time")[0]
    assert ended["via"] == "relayd" and ended["object"] == "cred:shop"
    assert ended["detail"].endswith(" -> released; reason: its time is over")


def test_limits_say_old_and_new(shop):
    cli = shop.relay.cli
    cli("throttle", "set", "domain:ok.mail.example", "rate", "5/s", "--for", "1h", "--reason", "they asked")
    cli("throttle", "set", "domain:ok.mail.example", "rate", "2/s", "--for", "1h")
    cli("throttle", "clear", "domain:ok.mail.example", "--yes")
    clear, again, first = details(shop, "what:throttle")
    assert first.startswith("rate: by rule -> 5") and " until 20" in first and first.endswith("; reason: they asked")
    assert again.startswith("rate: 5") and "by %s until 20" % ME in again and "(they asked) -> 2" in again
    assert clear.startswith("rate: 2") and clear.endswith(" -> by rule")
