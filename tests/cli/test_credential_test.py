"""relaycli credential test: logs in as an application would, and says which step fails and why."""

import json
import os

import pytest
import relaylib
from test_terminal import Terminal

SENDER = "relay-test@shop.example"


def run(relay, *args, secret=None):
    """(exit code, the object) with the password on stdin."""
    done = relay.cli("--json", "credential", "test", *args, "--secret-file", "-", check=False, data=(secret or "").encode())
    return done.returncode, json.loads(done.stdout) if done.stdout else json.loads(done.stderr)


def states(answer):
    return {row["check"]: row["state"] for row in answer["items"]}


def row(answer, check):
    return next(r for r in answer["items"] if r["check"] == check)


def test_each_step_is_told_and_nothing_is_sent(relay):
    name, secret = relay.relay.credential("steps", "@shop.example", "ann@shop.example", flags=["--quota", "200/month"])
    before = relay.relay.ask("status")["totals"]["accepted"]
    code, answer = run(relay.relay, name, secret=secret + "\n")
    assert code == 0 and answer["schema"] == "relay.credential.test/1" and answer["ok"] is True
    assert (answer["name"], answer["host"], answer["port"]) == ("steps", "relay.example", relay.relay.submission)
    assert states(answer) == {"connection": "ok", "certificate": "warn", "login": "ok", "sender": "ok", "quota": "ok"}
    assert row(answer, "connection")["seen"] == "127.0.0.1 port %d, TLSv1.3 by STARTTLS" % relay.relay.submission
    assert "does not trust who signed it (self-signed certificate)" in row(answer, "certificate")["seen"]
    assert row(answer, "login")["seen"] == "PLAIN, 235 2.7.0 Logged in as steps"
    assert [(r["object"], r["seen"][:3]) for r in answer["items"] if r["check"] == "sender"] == [
        (SENDER, "250"), ("ann@shop.example", "250")]
    assert row(answer, "quota")["seen"] == "200 of 200 recipients are left"
    assert relay.relay.ask("status")["totals"]["accepted"] == before
    assert secret not in json.dumps(answer)
    text = relay.relay.cli("credential", "test", name, "--secret-file", "-", data=secret.encode()).stdout.decode()
    assert "ok       login: PLAIN, 235" in text


def test_a_failed_login_has_the_reason_of_the_log(relay):
    name, secret = relay.relay.credential("far", "@shop.example", flags=["--source", "192.0.2.0/24"])
    code, answer = run(relay.relay, name, secret=secret)
    login = row(answer, "login")
    assert code == 1 and answer["ok"] is False and login["state"] == "fail"
    assert login["seen"].startswith("refused: 535 5.7.8 Authentication failed") and "relayd's log says: " in login["seen"]
    assert "127.0.0.1" in login["seen"] or "network" in login["seen"] or "address" in login["seen"], login["seen"]
    assert login["todo"] == "relaycli credential show far" and "sender" not in states(answer)
    code, answer = run(relay.relay, "shop", secret="relay_wrong")
    assert code == 1 and "relayd's log says: wrong name or password" in row(answer, "login")["seen"]


def test_no_credential_no_password_no_address(relay):
    code, answer = run(relay.relay, "nobody", secret="x")
    assert code == 3 and answer["error"]["code"] == "not_found"
    code, answer = run(relay.relay, "shop", secret="")
    assert code == 2 and "there is no password in it" in answer["error"]["message"]
    code, answer = run(relay.relay, "shop", "--to", "b@x.example>\r\nDATA", secret="x")
    assert code == 2 and "one address" in answer["error"]["message"]
    done = relay.relay.cli("credential", "test", "shop", check=False, data=b"")
    assert done.returncode == 2 and b"--secret-file FILE" in done.stderr
    done = relay.relay.cli("credential", "test", "shop", "--secret-file", "/nowhere/x", check=False)
    assert done.returncode == 2 and b"/nowhere/x: No such file" in done.stderr


@pytest.mark.parametrize("form", ["plain", "env"])
def test_the_file_that_secret_out_wrote_will_do(relay, tmp_path, form):
    path = str(tmp_path / "secret")
    relay.relay.cli("credential", "create", "filed-" + form, "--from", "@shop.example", "--secret-out", path, "--format", form)
    done = relay.relay.cli("credential", "test", "filed-" + form, "--secret-file", path)
    assert b"Logged in as filed-" in done.stdout


@pytest.mark.parametrize("host,status,code,state", [
    ("ok", "delivered", 0, "ok"), ("full", "deferred", 10, "warn"), ("unknown", "bounced", 11, "fail")])
def test_one_message_is_followed_to_its_end(relay, host, status, code, state):
    to = "test@%s.mail.example" % host
    done, answer = run(relay.relay, "shop", "--to", to, secret=relay.login[1])
    delivery = row(answer, "delivery")
    assert (done, delivery["state"], delivery["object"]) == (code, state, to), answer
    assert answer["status"] == status and answer["reply"][:3] in delivery["seen"] and answer["to"] == to
    assert relay.relay.item(to)["id"] == answer["message"]
    if host == "ok":
        message = relay.providers.wait(to)[0]
        assert message.header("Auto-Submitted") == "auto-generated" and message.header("From") == "<%s>" % SENDER


def test_a_sender_that_is_not_allowed_is_refused(relay):
    code, answer = run(relay.relay, "shop", "--to", "b@ok.mail.example", "--from", "ann@other.example",
                       secret=relay.login[1])
    assert code == 1 and row(answer, "message")["seen"].startswith("MAIL is refused: 550")


def test_the_password_is_typed_without_echo(relay):
    terminal = Terminal("--socket", relay.relay.socket, "credential", "test", "shop")
    try:
        terminal.expect(r"Password \(not shown\): ")
        terminal.say(relay.login[1] + "\n")
        terminal.expect("Logged in as shop")
        assert terminal.wait() == 0 and relay.login[1] not in terminal.seen
    finally:
        terminal.end()
    terminal = Terminal("--socket", relay.relay.socket, "credential", "test", "shop")
    try:
        terminal.expect(r"Password \(not shown\): ")
        terminal.say("\x03")
        assert terminal.wait() == 130
    finally:
        terminal.end()


def test_a_certificate_for_another_host_fails(world, tmp_path):
    pair = relaylib.Pair(tmp_path, "other.example")
    world.start(extra=pair.of_listeners())
    code, answer = run(world.relay, "shop", "--to", "b@ok.mail.example", secret=world.login[1])
    assert code == 1 and "for other.example, not for relay.example" in row(answer, "certificate")["seen"]
    assert states(answer)["login"] == "ok" and "message" not in states(answer)


def test_a_certificate_that_the_system_trusts_is_trusted(world, tmp_path):
    pair = relaylib.Pair(tmp_path, "relay.example")
    world.start(extra=pair.of_listeners())
    done = relaylib.run([relaylib.program("relaycli"), "--socket", world.relay.socket, "--json", "credential", "test", "shop",
                         "--secret-file", "-"], data=world.login[1].encode(), env=dict(os.environ, SSL_CERT_FILE=pair.certificate))
    assert row(json.loads(done.stdout), "certificate")["seen"].startswith("the certificate is for relay.example, trusted, and ends in ")
