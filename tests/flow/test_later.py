"""Mail that its sender wants sent later (RFC 4865), or not for long, through the real programs."""

import datetime
import smtplib
import time

import pytest
from relaylib import text_message, wait_for

SENDER = "app@shop.example"


def utc(seconds):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def send(world, recipient, options=(), headers=""):
    return world.relay.send(world.login, SENDER, recipient, text_message(SENDER, recipient, headers=headers),
                            options=options)


def item(world, recipient):
    return world.relay.find(recipient)["items"][0]


def test_holdfor_is_delivered_after_its_time_and_survives_a_restart(world):
    world.zone.domain("ok.example")
    world.start("")
    began = time.time()
    send(world, "x@ok.example", options=["HOLDFOR=3"])
    send(world, "far@ok.example", options=["HOLDUNTIL=" + utc(3600)])
    assert item(world, "x@ok.example")["status"] == "scheduled"
    answer = world.relay.find("far@ok.example")
    assert answer["answer"]["sentence"].startswith("Not yet. It is to be sent at ")
    world.relay.stop()
    world.relay.start()
    found = world.relay.wait_status("x@ok.example", "delivered")
    assert time.time() - began >= 2.9
    assert [e["event"] for e in found["events"]][:2] == ["accepted", "scheduled"]
    assert item(world, "far@ok.example")["status"] == "scheduled"
    queue = world.relay.ask("queue", "show", "ok.example")["queue"]
    assert queue["scheduled"] == 1 and "its mail is scheduled" in queue["why"]
    assert queue["waits"]["constraint"] == "scheduled" and queue["waits"]["until_at"]
    words = world.relay.cli("queue", "show", "ok.example").stdout.decode()
    assert "scheduled 1" in words and "its mail is scheduled, the first goes at " in " ".join(words.split())
    shown = world.relay.ask("message", "show", item(world, "far@ok.example")["id"])
    assert shown["waits"][0]["constraint"] == "scheduled" and shown["waits"][0]["recipient"] == "far@ok.example"
    assert shown["waits"][0]["projected_at"] == shown["waits"][0]["until_at"] and shown["waits"][0]["cause"] is None


def test_a_scheduled_message_is_retried_only_when_told_so(world):
    world.zone.domain("ok.example").domain("busy.example")
    world.start("busy.example temp-fail", retry='"1h"')
    relay, ids = world.relay, {}
    for who in ("ok", "busy"):
        send(world, "x@%s.example" % who, options=["HOLDFOR=3600"])
        ids[who] = item(world, "x@%s.example" % who)["id"]
    refused = relay.cli("message", "retry", ids["ok"], check=False)
    assert refused.returncode == 1 and b"it is to be sent at " in refused.stderr, refused
    assert b"--scheduled sends it now" in refused.stderr and item(world, "x@ok.example")["status"] == "scheduled"
    relay.cli("message", "retry", "--scheduled", *ids.values())
    relay.wait_status("x@ok.example", "delivered")
    found = relay.wait_status("x@busy.example", "deferred")
    assert [e["event"] for e in found["events"]][:3] == ["accepted", "scheduled", "scheduled"]
    assert "before its time" in found["events"][2]["detail"], found["events"]
    relay.stop()
    relay.start()
    assert item(world, "x@busy.example")["status"] == "deferred", "a restart does not schedule it again"
    for verb in ("retry", "hold", "release", "cancel", "bounce"):
        gone = relay.cli("message", verb, "6H165P8AC9999", "--yes", check=False)
        assert gone.returncode == 3 and b"there is no message 6H165P8AC9999" in gone.stderr, (verb, gone)
    done = relay.cli("message", "retry", ids["ok"], check=False)
    assert done.returncode == 3 and b"nothing of it waits any more" in done.stderr, done
    part = relay.cli("message", "retry", ids["busy"], "6H165P8AC9999", check=False)
    assert part.returncode == 7 and b"1 unknown id" in part.stderr, part


def test_a_recipient_sent_early_drags_no_other_along(world):
    """One of two is sent early; a move to another pool, and a restart, leave the other its time."""
    world.zone.domain("ok.example").domain("busy.example")
    world.start("busy.example temp-fail", retry='"1h"', extra='pool "other" { address = {"127.0.0.2"} }')
    relay = world.relay
    relay.send(world.login, SENDER, ["early@ok.example", "late@ok.example", "late@busy.example"],
               text_message(SENDER, "early@ok.example"), options=["HOLDFOR=3600"])
    before = {who: item(world, who)["next_attempt_at"] for who in ("late@ok.example", "late@busy.example")}
    sent = relay.ask("message", "retry", "--scheduled", "--match", "to:early@ok.example")
    assert sent["affected"] == 1, sent
    one = relay.wait_status("early@ok.example", "delivered")["id"]
    for queue in ("ok.example", "busy.example"):
        moved = relay.cli("queue", "move", queue, "--pool", "other", "--yes")
        assert b": 1 recipient." in moved.stdout, moved

    def keep_their_time():
        for who, at in before.items():
            found = item(world, who)
            assert (found["status"], found["next_attempt_at"]) == ("scheduled", at), found
        waits = relay.ask("message", "show", one)["waits"]
        assert [(w["constraint"], w["until_at"][:19], w["pool"]) for w in waits] == [
            ("scheduled", before[w["recipient"]][:19], "other") for w in waits] and len(waits) == 2, waits
    keep_their_time()
    relay.stop()
    relay.start()
    keep_their_time()
    again = relay.cli("message", "retry", one, check=False)
    assert again.returncode == 1 and b"as the sender asked: nothing done" in again.stderr, again
    assert [m for m in world.providers.messages() if "late@" in str(m.recipients)] == []


def test_what_expires_after_a_restart_has_its_last_answer(world):
    world.zone.domain("shop.example").domain("temp.example")
    world.start("temp.example temp-fail", retry='"1h"', extra='notices { gather = "1s" }')
    relay = world.relay
    send(world, "x@temp.example", headers="X-Relay-Expires: 6s\r\n")
    said = relay.wait_status("x@temp.example", "deferred")["events"][-1]
    relay.stop()
    relay.start()
    found = relay.wait_status("x@temp.example", "expired")
    last = found["events"][-1]
    assert (last["code"], last["reply"]) == (said["code"], said["reply"]) and said["code"], found["events"]
    (notice,) = wait_for(lambda: [m for m in world.providers.messages(SENDER) if m.sender == ""], "a notice")
    assert "smtp; %d" % said["code"] in notice.raw.decode(), notice.raw.decode()
    assert "mx.temp.example said:" in notice.raw.decode() and "Remote-MTA" in notice.raw.decode()


def test_limits_and_headers_of_scheduled_mail(world):
    world.zone.domain("ok.example")
    world.start("", limits='future_release = "1h"')
    client = world.relay.client(*world.login)
    assert client.has_extn("futurerelease")
    assert client.esmtp_features["futurerelease"].split()[0] == "3600"
    for options, words in ((["HOLDFOR=3601"], b"further ahead"), (["HOLDUNTIL=" + utc(7200)], b"further ahead"),
                           (["HOLDFOR=1", "HOLDUNTIL=" + utc(5)], b"exclude each other")):
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail(SENDER, ["x@ok.example"], text_message(SENDER, "x@ok.example"), mail_options=options)
        assert refused.value.smtp_code == 501 and words in refused.value.smtp_error
    send(world, "h@ok.example", headers="X-Relay-Send-At: %s\r\nX-Relay-Expires: 2m\r\n" % utc(1800))
    found = item(world, "h@ok.example")
    assert found["status"] == "scheduled"
    apart = [datetime.datetime.fromisoformat(found[name].replace("Z", "+00:00"))
             for name in ("next_attempt_at", "expires_at")]
    assert apart[1] - apart[0] == datetime.timedelta(minutes=2), "its age counts from its time"
    send(world, "now@ok.example", headers="X-Relay-Send-At: %s\r\nX-Relay-Priority: bulk\r\n" % utc(-5))
    message = world.providers.wait("now@ok.example")[0]
    assert message.header("X-Relay-Send-At") is None and message.header("X-Relay-Priority") is None
    bad = text_message(SENDER, "bad@ok.example", headers="X-Relay-Expires: soon\r\n")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail(SENDER, ["bad@ok.example"], bad)
    assert refused.value.smtp_code == 550 and b"X-Relay-Expires is how long" in refused.value.smtp_error


def test_what_is_not_delivered_by_its_time_is_returned_or_said_to_be_late(world):
    """RFC 2852: R is given up, held by an operator or not, over a restart; N is tried on; both senders hear."""
    world.zone.domain("shop.example").domain("full.example")
    world.start("full.example mailbox-full", limits='deliver_by_min = "1s"', extra='notices { gather = "1s" }')
    relay = world.relay
    client = relay.client(*world.login)
    assert client.has_extn("deliverby") and client.esmtp_features["deliverby"] == "1"
    for options, code, words in ((["BY=120;R", "HOLDFOR=120"], 501, b"BY is over before HOLDFOR"),
                                 (["BY=0;R"], 501, b"a time that is to come"), (["BY=120"], 501, b"seconds;N")):
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail(SENDER, ["x@full.example"], text_message(SENDER, "x@full.example"), mail_options=options)
        assert refused.value.smtp_code == code and words in refused.value.smtp_error, refused.value
    send(world, "returned@full.example", options=["BY=2;R"])
    send(world, "late@full.example", options=["BY=2;N"])
    relay.cli("queue", "hold", "--cred", "shop")
    relay.stop()
    relay.start()
    found = relay.wait_status("returned@full.example", "expired")
    assert "by the time its sender gave" in found["events"][-1]["detail"], found["events"][-1]
    told = wait_for(lambda: (lambda all: all if len(all) == 2 else None)(
        [m for m in world.providers.messages(SENDER) if m.sender == ""]), "two notices")
    raw = {("Action: failed" in m.raw.decode()): m.raw.decode() for m in told}
    assert "Status: 5.4.7" in raw[True] and "returned@full.example" in raw[True]
    assert "Action: delayed" in raw[False] and "late@full.example" in raw[False]
    assert all("\nDeliver-By-Date: " in one for one in raw.values())
    assert relay.ask("find", "late@full.example")["answer"]["status"] == "held"
