"""The audit log: who changed what, when, from what to what, why and over which interface."""

import csv
import io
import os
import pwd
import signal
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


def test_a_key_that_ends_says_when_it_was_last_used(shop):
    shop.relay.send(shop.login, SENDER, "a@ok.mail.example", text_message(SENDER, "a@ok.mail.example"))
    wait_for(lambda: shop.relay.ask("credential", "show", "shop")["credential"]["last_used_at"], "its last use")
    shop.relay.cli("credential", "rotate", "shop", "--overlap", "1h", "--json")
    assert last(shop, "credential.rotate")["detail"].startswith("k2 made; k1 ends: never -> 20")
    shop.relay.cli("credential", "retire", "shop", "k1", "--yes", "--reason", "not used any more")
    detail = last(shop, "credential.retire")["detail"]
    assert detail.startswith("k1 ends: 20") and "; key k1 made 20" in detail
    assert ", last used 20" in detail and " from 127.0.0.1; reason: not used any more" in detail


@pytest.mark.parametrize("queued, words, bounced", [
    ((), "queued mail kept: 1 recipient", []),
    (("--queued", "keep"), "queued mail kept: 1 recipient", []),
    (("--queued", "hold"), "queued mail held: 1 recipient", []),
    (("--queued", "bounce"), "queued mail held: 1 recipient, to be bounced", ["1 recipient; reason: "])])
def test_a_revocation_says_what_became_of_the_queue(world, queued, words, bounced):
    world.zone.domain("full.mail.example")
    shop = world.start("full.mail.example mailbox-full", retry='"1h"')
    shop.relay.send(shop.login, SENDER, "a@full.mail.example", text_message(SENDER, "a@full.mail.example"))
    shop.relay.wait_status("a@full.mail.example", "deferred")
    shop.relay.cli("credential", "revoke", "shop", "--yes", *queued)
    (row,) = audit(shop, "what:credential.revoke")
    assert (row["object"], row["via"]) == ("shop", "socket")
    assert row["detail"].startswith("live -> revoked; key k1 made 20") and row["detail"].endswith("; " + words)
    assert [row["detail"][:len("1 recipient; reason: ")] for row in audit(shop, "what:queue.bounce")] == bounced


def test_senders_are_without_stray_spaces(shop):
    shop.relay.cli("credential", "limit", "shop", "from=@shop.example,news@shop.example", "env=trial")
    assert last(shop, "credential.limit")["detail"] == \
        "from: @shop.example -> @shop.example news@shop.example; env: none -> trial"
    assert last(shop, "credential.create")["detail"] == "from @shop.example"
    for row in audit(shop):
        assert row["detail"] == row["detail"].strip() and "\n" not in row["detail"] and " )" not in row["detail"]


def test_domains_say_what_they_were(shop):
    shop.relay.domain("gone.example")
    shop.relay.cli("domain", "remove", "gone.example", "--yes")
    assert last(shop, "domain.remove")["detail"] == "was: keys k1 (active), k1e (active); pool default"


def test_suppressions_say_what_was_there(shop):
    cli = shop.relay.cli
    cli("suppression", "add", "a@ok.mail.example", "--reason", "asked by phone", "--for", "1d")
    cli("suppression", "add", "a@ok.mail.example", "--reason", "and again")
    again, first = details(shop, "what:suppression.add")
    assert first.startswith("none -> a@ok.mail.example: manual since 20") and "(asked by phone)" in first
    assert again.startswith("a@ok.mail.example: manual since 20") and ", if that is stronger" in again
    cli("suppression", "remove", "a@ok.mail.example", "--yes", "--reason", "a mistake")
    detail = last(shop, "suppression.remove")["detail"]
    assert detail.startswith("1 removed; a@ok.mail.example: manual since 20")
    assert "by %s (and again)" % ME in detail and detail.endswith("; reason: a mistake")


def test_a_reload_says_which_lines_changed_and_who_asked(shop):
    def rewrite(extra):
        shop.relay.values["extra"] = extra
        with open(shop.relay.config_path, "w") as out:
            out.write(shop.relay.CONFIG.format(**shop.relay.values))

    rewrite('provider "big" {\n  mx = "*.big.example"\n  rate = "5/s"\n}')
    shop.relay.cli("config", "reload", "--reason", "they asked")
    assert last(shop, "config.reload")["detail"] == \
        '+ provider "big" {; + mx = "*.big.example"; + rate = "5/s"; reason: they asked'
    rewrite('provider "big" {\n  mx = "*.big.example"  # theirs\n  rate = "2/s"\n}')
    os.kill(shop.relay.process.pid, signal.SIGHUP)
    row = wait_for(lambda: audit(shop, "via:signal"), "the row of the signal")[0]
    assert (row["who"], row["uid"], row["object"]) == (ME, os.getuid(), shop.relay.config_path)
    assert row["detail"] == '- rate = "5/s"; + rate = "2/s"'
    shop.relay.cli("config", "reload")
    assert last(shop, "config.reload")["detail"] == "no line changed"
