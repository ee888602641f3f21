"""Delivery status notices (RFC 3461, 3464, 6522, 6533): what senders are told of their mail."""

import email
import email.utils
import quopri
import re

import dkim
import pytest

from mtalib import Holding
from relaylib import text_message, wait_for

SENDER = "app@shop.example"
QUICK = 'notices { gather = "1s" %s }'


@pytest.fixture
def told(world):
    """start(script, notices=..., **relay): a world where shop.example itself receives."""
    def start(script="", notices="", **relay):
        world.zone.domain("shop.example").domain("gone.example").domain("ok.example").domain("full.example")
        return world.start("gone.example unknown-user\nfull.example mailbox-full\n" + script,
                           extra=QUICK % notices, **relay)
    return start


def send(world, recipients, message=None, mail=(), rcpt=(), sender=SENDER):
    """One message with DSN parameters; recipients: address, or (address, parameters)."""
    client = world.relay.client(*world.login)
    try:
        client.ehlo()
        assert "dsn" in client.esmtp_features
        assert client.mail(sender, mail)[0] == 250
        for recipient in recipients:
            address, options = recipient if isinstance(recipient, tuple) else (recipient, rcpt)
            code, text = client.rcpt(address, options)
            assert code == 250, text
        first = recipients[0][0] if isinstance(recipients[0], tuple) else recipients[0]
        code, text = client.data(message or text_message(SENDER, first))
        assert code == 250, text
    finally:
        client.close()


def notices(world, to=SENDER):
    return [m for m in world.providers.messages(to) if m.sender == ""]


def wait_notices(world, count=1, to=SENDER):
    found = wait_for(lambda: (lambda n: n if len(n) >= count else None)(notices(world, to)), "%d notices" % count)
    assert len(found) == count, [m.raw for m in found]
    return found


def parts(notice):
    """(words, fields of the message, [fields of each recipient], returned part); checks the frame."""
    message = notice.parsed
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert message["Auto-Submitted"] == "auto-replied" and message["MIME-Version"] == "1.0"
    assert email.utils.parsedate_to_datetime(message["Date"])
    assert not message.defects and notice.raw.count(b"\n") == notice.raw.count(b"\r\n")
    assert max(len(line) for line in notice.raw.split(b"\r\n")) <= 998
    words, status, returned = message.get_payload()
    assert words.get_content_type() == "text/plain"
    fields = status.get_payload()
    assert status.get_content_type() in ("message/delivery-status", "message/global-delivery-status")
    return words.get_payload(decode=True).decode(words.get_content_charset()), fields[0], fields[1:], returned


def test_a_failure_is_told_in_words_and_fields(told):
    world = told()
    message = text_message(SENDER, "b@gone.example")
    send(world, [("b@gone.example", ["ORCPT=rfc822;B+2Bx@gone.example"])], message, mail=["ENVID=order+2B17"])
    (notice,) = wait_notices(world)
    words, about, (recipient,), returned = parts(notice)
    assert notice.header("From") == "Mail Delivery System <MAILER-DAEMON@relay.example>"
    assert notice.header("To") == "<%s>" % SENDER and notice.recipients == [SENDER]
    assert notice.header("Subject") == "Undelivered: hello"
    original_id = re.search(rb"Message-ID: (<[^>]+>)", message).group(1).decode()
    assert notice.header("References") == original_id and notice.header("In-Reply-To") == original_id
    assert about["Reporting-MTA"] == "dns; relay.example" and about["Original-Envelope-Id"] == "order+17"
    assert email.utils.parsedate_to_datetime(about["Arrival-Date"])
    assert recipient["Original-Recipient"] == "rfc822; B+x@gone.example"
    assert recipient["Final-Recipient"] == "rfc822; b@gone.example"
    assert recipient["Action"] == "failed" and recipient["Status"] == "5.1.1"
    assert recipient["Remote-MTA"].startswith("dns; mx.gone.example (127.0.0.1)")
    assert "smtp; 550 5.1.1 Recipient address rejected: User unknown" in " ".join(recipient["Diagnostic-Code"].split())
    assert recipient["Last-Attempt-Date"] and not recipient["Will-Retry-Until"]
    for expected in ("b@gone.example", "the mailbox does not exist", "mx.gone.example said:", "User unknown",
                     "Check the spelling"):
        assert expected in words, words
    assert returned.get_content_type() == "text/rfc822-headers"
    assert original_id in returned.get_payload() and "This is a line" not in notice.raw.decode()


def test_what_an_operator_bounced_is_told_as_his_doing(told):
    world = told("ok.example temp-fail\n", retry='"1h"')
    send(world, ["b@ok.example"])
    (found,) = wait_for(lambda: world.relay.ask("find", "b@ok.example")["items"], "the message")
    wait_for(lambda: world.relay.ask("find", "b@ok.example")["items"][0]["attempts"], "a try")
    world.relay.cli("message", "bounce", found["id"], "--reason", "withdrawn by the shop", "--yes")
    (notice,) = wait_notices(world)
    words, _, (recipient,), _ = parts(notice)
    words = " ".join(words.split())
    assert "an operator of this relay took it out of the queue" in words
    assert "The reason given: withdrawn by the shop" in words and "provider" not in words, words
    assert "receiving side" not in words and "Ask those who run relay.example" in words, words
    assert recipient["Status"] == "5.7.1" and not recipient["Last-Attempt-Date"]


def test_one_notice_tells_of_all_that_failed_together(told):
    world = told()
    send(world, ["a@gone.example", "ok@ok.example", "b@gone.example"])
    (notice,) = wait_notices(world)
    _, _, recipients, _ = parts(notice)
    assert [r["Final-Recipient"] for r in recipients] == ["rfc822; a@gone.example", "rfc822; b@gone.example"]


@pytest.mark.parametrize("ret,content", [("FULL", "message/rfc822"), ("HDRS", "text/rfc822-headers")])
def test_ret_says_how_much_comes_back(told, ret, content):
    world = told()
    send(world, ["a@gone.example"], mail=["RET=" + ret])
    (notice,) = wait_notices(world)
    returned = parts(notice)[3]
    assert returned.get_content_type() == content
    if ret == "FULL":
        (original,) = returned.get_payload()
        assert original["Subject"] == "hello" and "This is a line.\r\nAnd another." in original.get_payload()


def test_an_8bit_message_comes_back_whole_through_a_server_that_takes_7bit_only(told):
    world = told("shop.example no-8bitmime\n")
    text = text_message(SENDER, "a@gone.example", body="Grüße aus der Zeile.\r\n",
                        headers="MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                "Content-Transfer-Encoding: 8bit\r\n")
    send(world, ["a@gone.example"], text, mail=["RET=FULL", "BODY=8BITMIME"])
    (notice,) = wait_notices(world)
    assert max(notice.raw) < 128
    returned = parts(notice)[3]
    assert returned.get_content_type() == "message/global"
    original = quopri.decodestring(notice.raw.decode().split("message/global", 1)[1]).decode()
    assert "Subject: hello" in original and "Grüße aus der Zeile." in original


def test_a_message_over_return_size_comes_back_as_header(told):
    world = told(notices='return_size = "1K"')
    send(world, ["a@gone.example"], text_message(SENDER, "a@gone.example", body="A line of text.\r\n" * 200),
         mail=["RET=FULL"])
    assert parts(wait_notices(world)[0])[3].get_content_type() == "text/rfc822-headers"


def test_a_text_from_the_spool_comes_back_whole(told):
    world = told()
    body = "A line of text that is repeated.\r\n" * 6000  # 200 KB: lives in spool/
    send(world, ["a@gone.example"], text_message(SENDER, "a@gone.example", body=body), mail=["RET=FULL"])
    (notice,) = wait_notices(world)
    (original,) = parts(notice)[3].get_payload()
    assert original.get_payload().replace("\r\n", "\n") == body.replace("\r\n", "\n")


def test_notify_decides_and_success_is_told_as_relayed(told):
    world = told()
    send(world, [("never@gone.example", ["NOTIFY=NEVER"]), ("success@gone.example", ["NOTIFY=SUCCESS"]),
                 ("plain@ok.example", []), ("failure@ok.example", ["NOTIFY=FAILURE"]),
                 ("asked@ok.example", ["NOTIFY=SUCCESS"]), ("failure@gone.example", ["NOTIFY=FAILURE,DELAY"])])
    seen = {}

    def both():
        for notice in notices(world):
            for recipient in parts(notice)[2]:
                seen[recipient["Final-Recipient"][8:]] = (recipient["Action"], recipient["Status"][0])
        return len(seen) >= 2
    wait_for(both, lambda: "two told of: %s" % seen)
    assert seen == {"asked@ok.example": ("relayed", "2"), "failure@gone.example": ("failed", "5")}


def test_a_next_server_with_dsn_is_asked_and_reports_itself(told):
    world = told("dsn.example at=127.0.0.9 dsn", addresses=("127.0.0.1", "127.0.0.9"))
    world.zone.domain("dsn.example", (10, "mx.dsn.example", "127.0.0.9")).reload()
    send(world, [("a@dsn.example", ["NOTIFY=SUCCESS,FAILURE", "ORCPT=utf-8;zo\\x{EB}@dsn.example"])],
         mail=["RET=HDRS", "ENVID=order+2B17"])
    (message,) = world.providers.wait("a@dsn.example")
    assert message.envelope["mail"].endswith("RET=HDRS ENVID=order+2B17")
    assert message.envelope["rcpt"] == ["RCPT TO:<a@dsn.example> NOTIFY=SUCCESS,FAILURE "
                                        "ORCPT=utf-8;zo\\x{EB}@dsn.example"]
    send(world, [("b@ok.example", ["NOTIFY=SUCCESS"])])  # to one without: this notice is the only one
    assert [r["Final-Recipient"] for r in parts(wait_notices(world)[0])[2]] == ["rfc822; b@ok.example"]


def test_a_delay_is_told_once_and_then_the_end(told):
    world = told(notices='delay_after = "1s"', delivery='max_age = "6s"')
    send(world, [("a@full.example", []), ("b@full.example", ["NOTIFY=FAILURE"])])
    (delay,) = wait_notices(world)
    _, _, (recipient,), _ = parts(delay)
    assert recipient["Final-Recipient"] == "rfc822; a@full.example"
    assert (recipient["Action"], recipient["Status"]) == ("delayed", "4.2.2")
    assert email.utils.parsedate_to_datetime(recipient["Will-Retry-Until"])
    assert delay.header("Subject") == "Delayed: hello"
    end = wait_notices(world, 2)[1]
    words, _, recipients, _ = parts(end)
    assert {r["Final-Recipient"][8:]: (r["Action"], r["Status"]) for r in recipients} == {
        "a@full.example": ("failed", "5.4.7"), "b@full.example": ("failed", "5.4.7")}
    assert "452 4.2.2 Mailbox full" in recipients[0]["Diagnostic-Code"] and "delivered in time" in words


def test_nothing_is_said_about_a_notice(told):
    """The sender's own address does not exist: its notice bounces, and there it ends."""
    world = told("shop.example unknown-user")
    send(world, ["a@gone.example"])
    item = world.relay.wait_status(SENDER, "bounced")
    assert item["sender"] == "" and item["credential"] == "(notices)"
    # a later message's notice is the next: nothing came between
    send(world, ["b@gone.example"])
    wait_for(lambda: len(world.relay.find(SENDER)["items"]) == 2, "its notice bounced as well")
    world.relay.stop()
    log = open(world.relay.folder + "/log").read()
    assert log.count("notice.accepted") == 2


def test_a_credential_may_mute_its_notices(told):
    world = told()
    world.relay.cli("credential", "limit", "shop", "notices=no", "--yes")
    send(world, ["quiet@gone.example"])
    world.relay.wait_status("quiet@gone.example", "bounced")
    world.relay.cli("credential", "limit", "shop", "notices=yes", "--yes")
    send(world, ["loud@gone.example"])
    (notice,) = wait_notices(world)
    assert [r["Final-Recipient"] for r in parts(notice)[2]] == ["rfc822; loud@gone.example"]


def test_notices_are_signed_when_their_domain_is_ours(told):
    world = told(notices='from = "postmaster@shop.example"')
    send(world, ["a@gone.example"])
    (notice,) = wait_notices(world)
    signatures = notice.parsed.get_all("DKIM-Signature")
    assert len(signatures) == 2
    for index in range(2):
        assert dkim.DKIM(notice.raw).verify(idx=index, dnsfunc=lambda name, timeout=5: world.zone.txt(name.decode()))


def test_that_notices_are_not_signed_is_an_alert_until_they_are(told):
    world = told()

    def alerts():
        return [p for p in world.relay.ask("status")["problems"] if "are not signed" in p]
    (said,) = wait_for(alerts, "an alert")
    assert "MAILER-DAEMON@relay.example" in said and "relaycli domain add relay.example" in said, said
    world.relay.domain("relay.example", world.zone)
    wait_for(lambda: not alerts(), "it ends")


def test_a_sender_beyond_ascii_gets_the_international_forms(told):
    world = told()
    world.zone.domain("xn--mnchen-3ya.example").reload()
    world.relay.domain("münchen.example", world.zone)
    world.login = world.relay.credential("munich", "@münchen.example")
    sender = "jörg@münchen.example"
    message = text_message(sender, "zoë@gone.example", subject="Grüße", body="Hallo\r\n",
                           headers="MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n")
    client = world.relay.client(*world.login)
    client.ehlo()
    client.command_encoding = "utf-8"
    assert client.mail(sender, ["SMTPUTF8", "BODY=8BITMIME"])[0] == 250
    assert client.rcpt("zoë@gone.example", ["ORCPT=utf-8;zo\\x{EB}@gone.example"])[0] == 250
    assert client.data(message)[0] == 250
    client.close()
    (notice,) = wait_notices(world, to=sender)
    raw = notice.raw.decode("utf-8")
    assert "Content-Type: message/global-delivery-status" in raw
    assert "Original-Recipient: utf-8; zoë@gone.example" in raw
    assert "Final-Recipient: utf-8; zoë@gone.example" in raw
    assert "Content-Type: message/global-headers" in raw and "To: <jörg@münchen.example>" in raw
    assert "SMTPUTF8" in notice.envelope["mail"]
    assert "zoë@gone.example" in parts(notice)[0]


def test_an_ascii_sender_gets_ascii_about_an_international_recipient(told):
    world = told()
    client = world.relay.client(*world.login)
    client.ehlo()
    client.command_encoding = "utf-8"
    assert client.mail(SENDER, ["SMTPUTF8", "BODY=8BITMIME"])[0] == 250
    assert client.rcpt("zoë@gone.example")[0] == 250
    assert client.data(text_message(SENDER, "zoë@gone.example", subject="Grüße"))[0] == 250
    client.close()
    (notice,) = wait_notices(world)
    assert all(byte < 128 for byte in notice.raw) and "SMTPUTF8" not in notice.envelope["mail"]
    assert parts(notice)[2][0]["Final-Recipient"] == "utf-8; zo\\x{EB}@gone.example"
    returned = parts(notice)[3]
    assert returned.get_content_type() == "message/global-headers"


def test_killed_between_outcome_and_notice_it_is_told_once(told):
    """gather keeps the notice back: the relay is killed with the failure recorded and nothing said."""
    world = told()
    world.relay.stop()
    world.relay.values["extra"] = 'notices { gather = "1h" }'
    world.relay.start()
    send(world, ["a@gone.example", "b@gone.example"])
    world.relay.wait_status("a@gone.example", "bounced")
    world.relay.wait_status("b@gone.example", "bounced")
    assert notices(world) == []
    world.relay.kill()
    world.relay.values["extra"] = 'notices { gather = "1s" }'
    world.relay.start()
    (notice,) = wait_notices(world)
    assert len(parts(notice)[2]) == 2
    world.relay.wait_status(SENDER, "delivered")
    world.relay.kill()
    world.relay.start()
    send(world, ["c@gone.example"])  # its notice comes last, and no other before it
    assert [len(parts(n)[2]) for n in wait_notices(world, 2)] == [2, 1]


@pytest.mark.postfix
def test_postfix_takes_a_notice(world):
    """From the null sender, with all its parts as they were made."""
    world.zone.domain("gone.example").domain("shop.example", (10, "mx.shop.example", "127.0.0.20"))
    world.start("gone.example unknown-user", extra=QUICK % "")
    postfix = world.keep(Holding(world.folder, "127.0.0.20", world.providers.port).start())
    send(world, ["a@gone.example"])
    world.relay.wait_status(SENDER, "delivered", 30)
    (queue_id,) = wait_for(postfix.queue_ids, "the notice is in Postfix's queue")
    assert re.search(r"^sender: *$", postfix.envelope(queue_id), re.M)
    kept = email.message_from_bytes(postfix.message(queue_id))
    assert kept["Auto-Submitted"] == "auto-replied"
    assert [p.get_content_type() for p in kept.get_payload()] == [
        "text/plain", "message/delivery-status", "text/rfc822-headers"]
