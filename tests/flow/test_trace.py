"""message show --trace: what was said in a message's sessions, by whom, and when it is forgotten."""

import csv
import io

import pytest
from mtalib import Holding
from relaylib import text_message, wait_for

SENDER = "app@shop.example"
SECRET = "a line that is nobody's business\r\n"


def send(world, *recipients, **more):
    world.relay.send(world.login, SENDER, list(recipients), text_message(SENDER, recipients[0], body=SECRET, **more))
    return world.relay.item(recipients[0])["id"]


def trace(world, one, *args):
    return world.relay.ask("message", "show", one, "--trace", *args)


def said(session, who):
    return [line["text"] for line in session["lines"] if line["who"] == who]


def test_a_deferred_mail_shows_the_providers_words_and_no_content(world):
    world.zone.domain("full.example").domain("ok.example")
    world.start("full.example mailbox-full", retry='"1h"')
    one = send(world, "x@full.example", "y@full.example")
    world.relay.wait_status("x@full.example", "deferred")
    answer = trace(world, one)
    (session,) = answer["items"]
    assert said(session, "server").count("452 4.2.2 Mailbox full") == 2
    us = said(session, "us")
    assert us[0] == us[2] == "EHLO relay.example" and us[1] == "STARTTLS"
    assert [line for line in us if line.startswith("RCPT")] == ["RCPT TO:<x@full.example>", "RCPT TO:<y@full.example>"]
    assert session["recipients"] == [{"recipient": r + "@full.example", "result": "deferred"} for r in "xy"]
    assert session["tls"] == "TLSv1.3" and session["tls_cipher"].startswith("TLS_") and session["tls_verified"]
    assert session["remote_host"] == "mx.full.example" and session["end"] == "answered" and not session["reused"]
    times = [line["ms"] for line in session["lines"]]
    assert times == sorted(times) and times[0] == 0
    assert answer["kept"]["sessions"] == answer["kept"]["failed"] == 1 and answer["kept"]["max_bytes"] == 8 << 20
    text = world.relay.cli("message", "show", one, "--trace").stdout.decode()
    assert "< 452 4.2.2 Mailbox full\n" in text and "> (1" in text and " KB)\n" in text, text
    assert "business" not in text and "Subject" not in text and "DKIM" not in text, "content is in a trace"
    assert "Kept are 1 session (1 not all delivered)" in text and "a restart forgets them" in text
    rows = list(csv.DictReader(io.StringIO(world.relay.cli("message", "show", one, "--trace", "--csv").stdout.decode())))
    assert [row["text"] for row in rows] == [line["text"] for line in session["lines"]]
    assert rows[0]["session"] == "1" and rows[0]["remote_host"] == "mx.full.example"


def test_each_try_is_a_session_and_recipients_tell_them_apart(world):
    world.zone.domain("full.example").domain("ok.example")
    world.start("full.example mailbox-full", retry='"1h"')
    one = send(world, "x@full.example", "y@ok.example")
    world.relay.wait_status("x@full.example", "deferred")
    world.relay.wait_status("y@ok.example", "delivered")
    world.relay.cli("message", "retry", one)
    wait_for(lambda: len(trace(world, one)["items"]) == 3, lambda: trace(world, one)["items"])
    sessions = trace(world, one)["items"]
    assert [s["started_at"] for s in sessions] == sorted(s["started_at"] for s in sessions)
    assert len(trace(world, one, "--recipient", "X@full.example")["items"]) == 2
    (other,) = trace(world, one, "--recipient", "y@ok.example")["items"]
    assert other["recipients"] == [{"recipient": "y@ok.example", "result": "delivered"}]
    assert not [line for line in said(other, "us") if "full.example" in line]
    none = world.relay.cli("message", "show", one, "--trace", "--recipient", "z@ok.example", check=False)
    assert none.returncode == 3 and b"No session that had it is kept" in none.stdout and b"Kept are 3 sessions" in none.stdout


def test_mail_over_one_connection_is_not_mixed_up(world):
    world.zone.domain("ok.example")
    world.start("", delivery='max_connections = 1 idle_timeout = "10s"')
    ids = [send(world, "u%d@ok.example" % n) for n in range(3)]
    for n in range(3):
        world.relay.wait_status("u%d@ok.example" % n, "delivered")
    for n, one in enumerate(ids):
        (session,) = trace(world, one)["items"]
        assert [line for line in said(session, "us") if line.startswith("RCPT")] == ["RCPT TO:<u%d@ok.example>" % n]
        assert said(session, "us")[0] == "EHLO relay.example" and said(session, "server")[0].startswith("220 ")
        assert session["reused"] == (n > 0), (n, session)


def test_an_unreachable_host_and_what_is_under_way(world):
    world.zone.domain("gone.example", (10, "mx.gone.example", "127.0.0.8"))
    world.zone.domain("silent.example", (10, "mx.silent.example", "127.0.0.9"))
    world.start("silent.example at=127.0.0.9 silent", addresses=("127.0.0.1", "127.0.0.9"), retry='"1h"',
                delivery='reply_timeout = "60s"', extra='shutdown_grace = "1s"')
    one = send(world, "x@gone.example")
    (session,) = wait_for(lambda: trace_or_none(world, one), "its session")
    assert session["end"] == "no_connection" and session["recipients"][0]["result"] == "untried"
    assert said(session, "note")[-1] == "connect failed: Connection refused"
    assert said(session, "note")[0].startswith("connecting to mx.gone.example [127.0.0.8] port ")
    two = send(world, "x@silent.example")
    (live,) = wait_for(lambda: trace_or_none(world, two, "connected"), "the session that is under way")
    assert live["end"] == "under_way" and live["ended_at"] is None and not said(live, "server")
    assert b", under way now" in world.relay.cli("message", "show", two, "--trace").stdout


def trace_or_none(world, one, word=""):
    done = world.relay.cli("message", "show", one, "--trace", check=False)
    return trace(world, one)["items"] if done.returncode == 0 and word in done.stdout.decode() else None


def test_it_is_forgotten_with_a_restart_and_off_without_memory(world):
    world.zone.domain("full.example").domain("ok.example")
    world.start("full.example mailbox-full", retry='"1h"')
    one = send(world, "x@full.example")
    world.relay.wait_status("x@full.example", "deferred")
    world.relay.stop()
    world.relay.start()
    for args in ((), ("--json",)):
        gone = world.relay.cli("message", "show", one, "--trace", *args, check=False)
        assert gone.returncode == 3, gone
    world.relay.cli("message", "retry", one)
    wait_for(lambda: trace_or_none(world, one), "its session")
    world.relay.values["delivery"] = "trace_memory = 0"
    with open(world.relay.config_path, "w") as out:
        out.write(world.relay.CONFIG.format(**world.relay.values))
    world.relay.cli("config", "reload")
    wait_for(lambda: not trace_or_none(world, one), "the workers have read it")
    send(world, "x@ok.example")
    two = world.relay.wait_status("x@ok.example", "delivered")["id"]
    off = world.relay.cli("message", "show", two, "--trace", check=False)
    assert off.returncode == 3 and b"delivery { trace_memory = 0 }" in off.stdout, off
    never = world.relay.cli("message", "show", "6H165P8AC9999", "--trace", check=False)
    assert never.returncode == 3 and b"no message 6H165P8AC9999" in never.stderr, never


@pytest.mark.postfix
def test_a_real_postfix_takes_one_and_defers_another(world):
    world.zone.domain("postfix.example", (10, "mx.postfix.example", "127.0.0.20"))
    world.start(retry='"1h"')
    world.keep(Holding(world.folder, "127.0.0.20", world.providers.port, smtpd_recipient_restrictions=(
        "check_recipient_access inline:{ { busy@postfix.example = 450 4.2.1 come back later }, "
        "{ gone@postfix.example = 550 5.1.1 left us } }, permit_mynetworks, reject")).start())
    one = send(world, "b@postfix.example", "busy@postfix.example", "gone@postfix.example")
    for who, status in (("b", "delivered"), ("busy", "deferred"), ("gone", "bounced")):
        world.relay.wait_status(who + "@postfix.example", status, 30)
    (session,) = trace(world, one)["items"]
    server = said(session, "server")
    assert server[0].startswith("220 postfix.example ESMTP") and " queued as " in server[-1]
    assert any(line.startswith("450 4.2.1 <busy@postfix.example>: ") and "come back later" in line for line in server)
    assert any(line.startswith("550 5.1.1 <gone@postfix.example>: ") and "left us" in line for line in server)
    assert said(session, "us")[-1].endswith(" KB)") and "business" not in str(session), session["lines"]
    assert [r["result"] for r in session["recipients"]] == ["delivered", "deferred", "bounced"]
