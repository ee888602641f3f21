"""A password leaked: what was sent, stop it, go on with another one."""

import json
import smtplib

import pytest

from relaylib import text_message, wait_for

SENDER = "app@shop.example"
WAITING = ["w%d@slow.mail.example" % n for n in range(3)]


@pytest.fixture
def shop(world):
    world.zone.domain("ok.mail.example")
    world.zone.domain("slow.mail.example")
    made = world.start("slow.mail.example greylist", retry='"1h"')
    for n in range(4):
        made.relay.send(made.login, SENDER, "r%d@ok.mail.example" % n)
    for to in WAITING:
        made.relay.send(made.login, SENDER, to)
        made.relay.wait_status(to, "deferred")
    return made


def test_what_was_sent_is_told_from_where_and_to_whom(shop):
    for n in range(4):
        shop.relay.wait_status("r%d@ok.mail.example" % n, "delivered")
    sent = shop.relay.ask("credential", "sent", "shop", "--since", "1h")
    assert (sent["messages"], sent["recipients"], sent["complete"]) == (7, 7, True)
    assert sent["statuses"] == {"delivered": 4, "deferred": 3}
    assert [row["value"] for row in sent["networks"]] == ["127.0.0.0/24"]
    assert [row["value"] for row in sent["keys"]] == ["k1"]
    assert [(row["value"], row["recipients"]) for row in sent["domains"]] == \
        [("ok.mail.example", 4), ("slow.mail.example", 3)]
    assert sent["unusual"] == []  # nothing to compare with
    text = shop.relay.cli("credential", "sent", "shop").stdout.decode()
    assert "7 recipients in 7 messages since" in text and "what is usual is not known" in text
    assert shop.relay.cli("credential", "sent", "nobody", check=False).returncode == 3


def test_compromised_holds_revokes_replaces_and_reports(shop):
    open_session = shop.relay.client(*shop.login)
    wrong = shop.relay.cli("credential", "compromised", "shop", "--yes", "--json", "--since", "yesterdayy", check=False)
    assert wrong.returncode == 2 and b"yesterdayy" in wrong.stderr, wrong
    assert open_session.noop()[0] == 250  # nothing was done
    answer = shop.relay.ask("credential", "compromised", "shop", "--yes", "--reason", "found on a forum")
    assert (answer["revoked"], answer["user"], answer["held"], answer["queued"]) == ("shop", "shop-2", 3, "hold")
    assert answer["credential"]["from"] == ["@shop.example"]
    assert answer["sent"]["recipients"] == 7
    assert open_session.noop()[0] == 421
    with pytest.raises(smtplib.SMTPAuthenticationError):
        shop.relay.client(*shop.login)
    item = shop.relay.item(WAITING[0])
    assert item["status"] == "held"
    shop.relay.send((answer["user"], answer["pass"]), SENDER, "new@ok.mail.example")
    shop.relay.wait_status("new@ok.mail.example", "delivered")
    audit = shop.relay.ask("audit", "list")["items"]
    change = [row for row in audit if row["action"] == "credential.compromised" and "successor" in row["detail"]][0]
    assert (change["object"], "found on a forum" in json.dumps(change)) == ("shop", True)
    assert answer["pass"] not in json.dumps(audit)

    done = shop.relay.cli("credential", "compromised", "shop", "--yes", "--json", check=False)
    assert done.returncode != 0 and b"is revoked" in done.stderr  # and nothing was made
    assert [c["name"] for c in shop.relay.ask("credential", "list")["items"]] == ["shop", "shop-2"]


def test_successors_are_numbered(shop):
    for name, successor in (("shop", "shop-2"), ("shop-2", "shop-3")):
        assert shop.relay.ask("credential", "compromised", name, "--yes", "--queued", "keep")["user"] == successor
    assert shop.relay.item(WAITING[0])["status"] == "deferred"  # kept


@pytest.mark.parametrize("queued, status", [("keep", "deferred"), ("hold", "held"), ("bounce", "bounced")])
def test_revoke_does_with_the_queue_as_it_is_told(shop, queued, status):
    shop.relay.cli("credential", "revoke", "shop", "--queued", queued, "--yes")
    for to in WAITING:
        shop.relay.wait_status(to, status)


def test_what_is_unusual_is_marked(world):
    """Usual is what was before --since; so it is dated by waiting for the clock's next second."""
    world.zone.domain("ok.mail.example")
    shop = world.start()
    for n in range(3):
        shop.relay.send(shop.login, SENDER, "r%d@ok.mail.example" % n)
    last = shop.relay.wait_status("r2@ok.mail.example", "delivered")["accepted_at"]
    since = last[:-1] + "999Z" if last.endswith("Z") and "." not in last else last
    client = shop.relay.client(*shop.login)
    for n in range(30):
        to = "v%d@ok.mail.example" % n
        client.sendmail("ceo@shop.example", [to], text_message(SENDER, to))

    def told():
        return shop.relay.ask("credential", "sent", "shop", "--since", since)
    wait_for(lambda: told()["recipients"] >= 30, "all are counted")
    sent = told()
    assert sent["recipients_before"] >= 2
    assert any("sent as ceo@shop.example, never before" in text for text in sent["unusual"])
    assert any("recipients in its busiest hour; before at most" in text for text in sent["unusual"])
    assert not any("handed in from" in text for text in sent["unusual"])
    text = shop.relay.cli("credential", "sent", "shop", "--since", since).stdout.decode()
    assert "UNUSUAL\n! " in text
