"""Applications send: programs nobody here wrote, over 587 and 465."""

import base64
import os
import smtplib
import socket
import ssl
import time

import pytest

from mtalib import environment, tool
from relaylib import Relay, free_port, queue_id, run, text_message, wait_for

SENDER = "app@shop.example"


def recipient(name="b.lee"):
    return name + "@ok.mail.example"


def expect_one(shop, to=None):
    (message,) = shop.providers.wait(to or recipient())
    assert message.sender == SENDER
    return message


def swaks(shop, *more, check=True):
    user, password = shop.login
    return run(["swaks", "-s", "127.0.0.1", "-f", SENDER, "-t", recipient(), "-au", user, "-ap", password, *more],
               check=check)


def test_swaks_sends_over_starttls(shop):
    done = swaks(shop, "-p", str(shop.relay.submission), "-tls", "-a", "PLAIN")
    assert b"queued as" in done.stdout
    message = expect_one(shop)
    assert "with ESMTPSA" in message.header("Received")
    assert shop.relay.wait_status(recipient(), "delivered")["sender"] == SENDER


def test_swaks_sends_over_implicit_tls_with_login(shop):
    swaks(shop, "-p", str(shop.relay.submissions), "-tlsc", "-a", "LOGIN")
    expect_one(shop)


def test_swaks_is_not_offered_auth_without_tls(shop):
    done = swaks(shop, "-p", str(shop.relay.submission), "-a", "PLAIN", check=False)
    assert done.returncode != 0
    assert b"AUTH" not in b"".join(l for l in done.stdout.splitlines() if l.startswith(b"<"))
    assert b"STARTTLS" in done.stdout


@pytest.mark.parametrize("way", ["starttls", "implicit"])
def test_msmtp_sends(shop, way):
    user, password = shop.login
    port = shop.relay.submission if way == "starttls" else shop.relay.submissions
    message = text_message(SENDER, recipient())
    run(["msmtp", "--file=/dev/null", "--host=127.0.0.1", "--port=%d" % port, "--tls=on",
         "--tls-starttls=" + ("on" if way == "starttls" else "off"), "--tls-certcheck=off", "--auth=plain",
         "--user=" + user, "--passwordeval=printf %s " + password, "--from=" + SENDER, recipient()],
        data=message.replace(b"\r\n", b"\n"))
    assert expect_one(shop).body == message.split(b"\r\n\r\n", 1)[1]


@pytest.mark.parametrize("implicit", [False, True], ids=["587", "465"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_smtplib_sends(shop, implicit, mechanism):
    client = shop.relay.client(implicit=implicit)
    client.ehlo()
    assert mechanism in client.esmtp_features["auth"].split()
    client.user, client.password = shop.login
    client.auth(mechanism, client.auth_plain if mechanism == "PLAIN" else client.auth_login)
    client.sendmail(SENDER, [recipient()], text_message(SENDER, recipient()))
    client.quit()
    expect_one(shop)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "PLAIN", "LOGIN"])
@pytest.mark.parametrize("version", ["1.3", "1.2"])
def test_gsasl_logs_in(shop, mechanism, version):
    user, password = shop.login
    priority = "NORMAL:-VERS-ALL:+VERS-TLS" + version
    # libgsasl that could bind refuses to log in without binding
    binding = [] if mechanism.endswith("-PLUS") else ["--no-cb"]
    done = run(["gsasl", "--smtp", "--connect=127.0.0.1:%d" % shop.relay.submission, "--starttls",
                "--priority=" + priority, "--x509-ca-file=", "--mechanism=" + mechanism,
                "--authentication-id=" + user, "--authorization-id=", "--password=" + password, "--quiet", *binding],
               data=b"QUIT\r\n", check=False, seconds=20)
    assert b"235 " in done.stdout + done.stderr, (done.stdout, done.stderr)


def test_gsasl_is_refused_with_a_wrong_password(shop):
    done = run(["gsasl", "--smtp", "--connect=127.0.0.1:%d" % shop.relay.submission, "--starttls",
                "--x509-ca-file=", "--mechanism=SCRAM-SHA-256", "--authentication-id=" + shop.login[0],
                "--authorization-id=", "--password=wrong", "--quiet"], data=b"", check=False, seconds=20)
    assert done.returncode != 0
    assert b"235 " not in done.stdout


def test_unknown_user_and_wrong_password_get_the_same_reply(shop):
    replies = set()
    for user, password in [(shop.login[0], "wrong"), ("nobody", "wrong")]:
        with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
            shop.relay.client(user, password)
        replies.add((caught.value.smtp_code, caught.value.smtp_error))
    assert len(replies) == 1 and replies.pop()[0] == 535


def test_the_queue_id_of_the_reply_is_found(shop):
    message_id = shop.relay.send(shop.login, SENDER, recipient())
    assert len(message_id) == 13
    assert shop.relay.wait_status(recipient(), "delivered")["id"] == message_id


def test_a_sender_that_is_not_allowed_is_refused_with_what_is(shop):
    client = shop.relay.client(*shop.login)
    code, text = client.mail("ceo@bank.example")
    if code == 250:
        code, text = client.rcpt(recipient())
    assert code == 550 and b"5.7.1" in text and b"shop.example" in text


def test_a_from_header_that_is_not_allowed_is_refused(shop):
    client = shop.relay.client(*shop.login)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail(SENDER, [recipient()], text_message("ceo@bank.example", recipient()))
    assert caught.value.smtp_code == 550 and b"5.7.1" in caught.value.smtp_error


@pytest.mark.parametrize("name", ["ceo@bank.example", "from ceo@bank.example via us"])
def test_an_address_in_the_display_name_counts_too(shop, name):
    """Receivers differ in which of two unquoted addresses they show as the sender."""
    with pytest.raises(smtplib.SMTPDataError) as caught:
        shop.relay.client(*shop.login).sendmail(SENDER, [recipient()], text_message("%s <%s>" % (name, SENDER), recipient()))
    assert caught.value.smtp_error.startswith(b"5.7.1 From: ceo@bank.example is not allowed")
    for allowed in ("other@shop.example <%s>" % SENDER, '"ceo@bank.example" <%s>' % SENDER):
        shop.relay.client(*shop.login).sendmail(SENDER, [recipient()], text_message(allowed, recipient()))


def test_a_name_beyond_ascii_in_ehlo_does_not_make_the_header_8bit(shop):
    say = raw_session(shop)
    assert say("EHLO büro.example".encode()).startswith(b"250")
    say(b"MAIL FROM:<%s>" % SENDER.encode())
    say(b"RCPT TO:<%s>" % recipient().encode())
    assert say(b"DATA").startswith(b"354")
    assert say(text_message(SENDER, recipient()) + b".").startswith(b"250")
    raw = shop.providers.wait(recipient())[0].raw
    assert b"from b??ro.example" in raw and raw.isascii()


def raw_session(shop):
    """A TLS socket after login, for what client libraries refuse to send."""
    user, password = shop.login
    plain = socket.create_connection(("127.0.0.1", shop.relay.submissions), 20)
    tls = ssl._create_unverified_context().wrap_socket(plain)
    lines = tls.makefile("rb")

    def say(data, end=True):
        tls.sendall(data + (b"\r\n" if end else b""))
        reply = lines.readline()
        while reply[3:4] == b"-":
            reply = lines.readline()
        return reply
    lines.readline()
    say(b"EHLO client.example")
    token = base64.b64encode(b"\0%s\0%s" % (user.encode(), password.encode()))
    assert say(b"AUTH PLAIN " + token).startswith(b"235")
    return say


@pytest.mark.parametrize("ending", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n"],
                         ids=["LF.LF", "CR.CR", "LF.CRLF", "CRLF.LF"])
def test_only_crlf_dot_crlf_ends_a_message(shop, ending):
    say = raw_session(shop)
    say(b"MAIL FROM:<%s>" % SENDER.encode())
    say(b"RCPT TO:<%s>" % recipient().encode())
    assert say(b"DATA").startswith(b"354")
    smuggled = b"MAIL FROM:<x@shop.example>\r\nRCPT TO:<smuggled@ok.mail.example>\r\nDATA\r\n"
    reply = say(text_message(SENDER, recipient()) + ending + smuggled + b"\r\n.")
    assert reply.startswith(b"550 5.5.2"), reply
    assert say(b"NOOP").startswith(b"250")
    shop.relay.send(shop.login, SENDER, recipient("after"))
    shop.providers.wait(recipient("after"))
    assert shop.providers.messages("smuggled@ok.mail.example") == []


def test_nothing_sent_before_starttls_survives_it(shop):
    with socket.create_connection(("127.0.0.1", shop.relay.submission), 20) as plain:
        lines = plain.makefile("rb")
        lines.readline()
        plain.sendall(b"EHLO a.example\r\n")
        while lines.readline()[3:4] == b"-":
            pass
        plain.sendall(b"STARTTLS\r\nEHLO injected.example\r\nNOOP\r\n")
        assert lines.readline().startswith(b"220")
        tls = ssl._create_unverified_context().wrap_socket(plain, suppress_ragged_eofs=True)
        tls.sendall(b"NOOP\r\n")
        assert tls.recv(4096).count(b"\r\n") == 1


def test_the_body_is_delivered_byte_for_byte(shop):
    body = b".\r\n..\r\n.leading dots\r\n" + bytes(range(128, 256)) + b"\r\n" + b"x" * 990 + b"\r\n\t \r\n\r\n"
    message = text_message(SENDER, recipient(), body="") + body
    shop.relay.send(shop.login, SENDER, recipient(), message, options=["BODY=8BITMIME"])
    received = expect_one(shop)
    assert received.body == body
    assert received.header("Bcc") is None


def test_bcc_is_removed_and_missing_headers_are_added(shop):
    message = b"From: %s\r\nBcc: secret@ok.mail.example\r\nSubject: x\r\n\r\nhi\r\n" % SENDER.encode()
    shop.relay.send(shop.login, SENDER, recipient(), message)
    received = expect_one(shop)
    assert b"secret@" not in received.raw
    assert received.header("Date") and received.header("Message-ID")
    assert len(received.parsed.get_all("Received")) == 1


def test_tags_are_taken_off_and_kept(shop):
    message = text_message(SENDER, recipient(), headers="X-Relay-Tag: welcome\r\n")
    shop.relay.send(shop.login, SENDER, recipient(), message)
    assert expect_one(shop).header("X-Relay-Tag") is None
    wait_for(lambda: shop.relay.find("tag:welcome")["items"], "the tag is searchable")


def test_pipelined_commands_are_answered_in_order(shop):
    say = raw_session(shop)
    data = b"MAIL FROM:<%s>\r\nRCPT TO:<nobody>\r\nRCPT TO:<%s>\r\nDATA" % (SENDER.encode(), recipient().encode())
    replies = [say(data)]
    replies += [say(b"", end=False) for _ in range(3)]
    assert [r[:3] for r in replies] == [b"250", b"501", b"250", b"354"] or replies[1][:1] == b"5", replies
    assert b"queued as" in say(text_message(SENDER, recipient()) + b".")


def test_a_loop_is_refused(shop):
    message = b"Received: from a by b; Mon, 23 Nov 2026 14:02:11 +0000\r\n" * 60 + text_message(SENDER, recipient())
    client = shop.relay.client(*shop.login)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail(SENDER, [recipient()], message)
    assert caught.value.smtp_code == 554 and b"5.4.6" in caught.value.smtp_error


def test_a_message_above_the_limit_is_refused_at_mail(world):
    world.zone.domain("ok.mail.example")
    world.start(limits='message_size = "100K"')
    client = world.relay.client(*world.login)
    code, text = client.mail(SENDER, ["SIZE=200000"])
    assert code == 552 and b"5.3.4" in text


@pytest.mark.postfix
def test_smtp_source_sends_through_the_local_listener(world):
    port = free_port()
    world.zone.domain("ok.mail.example")
    world.start(login=False, extra='listen "local" { address = {"127.0.0.1"} port = %d tls = none '
                'credential = "old" }' % port)
    with socket.create_connection(("127.0.0.1", port), 20) as early:
        lines = early.makefile("rb")
        lines.readline()
        early.sendall(b"EHLO a\r\n")
        while lines.readline()[3:4] == b"-":
            pass
        early.sendall(b"MAIL FROM:<%s>\r\n" % SENDER.encode())
        assert lines.readline().startswith(b"451 4.7.0")
    world.relay.domain("shop.example", world.zone)
    world.relay.credential("old", "@shop.example")
    run([tool("smtp-source"), "-4", "-c", "-m", "50", "-s", "5", "-l", "2000", "-f", SENDER, "-t", recipient(),
         "127.0.0.1:%d" % port], env=environment())
    assert len(world.providers.wait(recipient(), count=50)) == 50


def test_a_local_listener_on_a_public_address_is_refused(world):
    world.zone.start()
    relay = Relay(world.folder, world.zone.port, 25,
                  extra='listen "local" { address = {"0.0.0.0"} port = %d tls = none credential = "x" }' % free_port())
    with open(relay.config_path, "w") as out:
        out.write(relay.CONFIG.format(**relay.values))
    done = run([os.path.join(os.path.dirname(__file__), "..", "..", "build",
                             os.environ.get("RELAY_VARIANT", "plain"), "relayd"),
                "--config", relay.config_path, "--check"], check=False)
    assert done.returncode == 78 and b"relayd.conf" in done.stderr


def test_repeated_failures_shut_the_pair_out_and_nobody_else(world):
    world.zone.domain("ok.mail.example")
    world.start(limits="auth_failures = 3")
    world.relay.send(world.login, SENDER, recipient())  # a good login from this address
    world.relay.credential("other", "@shop.example")
    refused = 0
    for _ in range(8):
        try:
            world.relay.client("other", "stale")
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected, OSError):
            refused += 1
    assert refused == 8
    started = time.monotonic()
    world.relay.send(world.login, SENDER, recipient("second"))
    assert time.monotonic() - started < 10
    world.providers.wait(recipient("second"))


def test_the_reply_says_queued_only_once_it_can_be_found(shop):
    client = shop.relay.client(*shop.login)
    client.mail(SENDER)
    client.rcpt(recipient())
    _, text = client.data(text_message(SENDER, recipient()))
    assert shop.relay.item(recipient())["id"] == queue_id(text)
