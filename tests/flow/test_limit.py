"""What a credential may send: how much, from where, until when. Exactly."""

import smtplib
import threading

import pytest

from relaylib import free_port, text_message, wait_for

SENDER = "app@shop.example"
QUOTA, SESSIONS, EACH = 120, 50, 5


def recipient(n):
    return "r%d@ok.mail.example" % n


def limit(shop, *options):
    shop.relay.cli("credential", "limit", "shop", *options)


def shown(shop):
    return shop.relay.ask("credential", "show", "shop")["credential"]


def test_fifty_sessions_get_the_quota_and_not_one_more(shop):
    limit(shop, "quota=%d/day" % QUOTA)
    sent, full, other, lock = [], [], [], threading.Lock()
    start = threading.Barrier(SESSIONS)

    def hand_in(session):
        with shop.relay.client(*shop.login, timeout=60) as client:
            start.wait()
            for n in range(EACH):
                to = recipient(session * EACH + n)
                try:
                    client.sendmail(SENDER, [to], text_message(SENDER, to))
                    answer, code, text = sent, 250, b""
                except smtplib.SMTPRecipientsRefused as e:
                    code, text = next(iter(e.recipients.values()))
                    answer = full if code == 452 else other
                except smtplib.SMTPResponseException as e:
                    code, text = e.smtp_code, e.smtp_error
                    answer = full if code == 452 else other
                with lock:
                    answer.append((code, text))

    threads = [threading.Thread(target=hand_in, args=(n,)) for n in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not other
    assert len(sent) == QUOTA
    assert len(full) == SESSIONS * EACH - QUOTA
    assert all(b"4.7.1 The quota of credential shop is used up: 120 of 120 recipients per day; it opens again at 2"
               in text for _, text in full)
    assert shown(shop)["day"]["used"] == QUOTA


def test_a_quota_is_counted_over_a_restart_and_over_kill_9(shop):
    limit(shop, "quota=4/month")
    shop.relay.send(shop.login, SENDER, [recipient(1), recipient(2)])
    shop.relay.stop()
    shop.relay.start()
    assert shown(shop)["month"]["used"] == 2
    shop.relay.send(shop.login, SENDER, [recipient(3)])
    shop.relay.kill()
    shop.relay.start()
    assert shown(shop)["month"]["used"] == 3
    client = shop.relay.client(*shop.login)
    assert client.mail(SENDER)[0] == 250
    assert client.rcpt(recipient(4))[0] == 250
    code, text = client.rcpt(recipient(5))  # the others go now, this one later
    assert code == 452 and b"has no room for 2 in one message: used 3 of 4 recipients per month" in text, text
    assert client.data(text_message(SENDER, recipient(4)))[0] == 250
    shop.relay.wait_status(recipient(5), "rejected")  # for now, but it is in the log
    sentence = shop.relay.find(recipient(5))["answer"]["sentence"]
    assert "refused at submission" in sentence and "no room for 2" in sentence, sentence
    code, text = client.mail(SENDER)
    assert code == 452 and b"per month" in text
    limit(shop, "quota=none")  # effective at the next command
    assert client.mail(SENDER)[0] == 250


def test_what_is_not_accepted_is_not_counted(shop):
    limit(shop, "quota=1/day")
    client = shop.relay.client(*shop.login)
    client.mail(SENDER)
    client.rcpt(recipient(1))
    assert client.data(text_message("boss@other.example", recipient(1)))[0] == 550
    client.mail(SENDER)
    client.rcpt(recipient(1))
    client.docmd("DATA")
    client.close()  # in the middle of the message
    wait_for(lambda: shown(shop)["day"]["used"] == 0, "the place is given back")
    shop.relay.send(shop.login, SENDER, [recipient(1)])
    assert shown(shop)["day"]["used"] == 1


def test_a_chunked_message_is_counted_once(shop):
    limit(shop, "quota=2/day")
    client = shop.relay.client(*shop.login)
    text = text_message(SENDER, recipient(1))
    text = text if isinstance(text, bytes) else text.encode()
    client.mail(SENDER)
    client.rcpt(recipient(1))
    for at in range(0, len(text), 40):
        piece = text[at:at + 40]
        client.send(b"BDAT %d%s\r\n" % (len(piece), b" LAST" if at + 40 >= len(text) else b""))
        client.send(piece)
        assert client.getreply()[0] == 250
    assert shown(shop)["day"]["used"] == 1


def test_a_message_has_the_size_and_recipients_of_its_credential(shop):
    limit(shop, "size=20K", "recipients=2")
    client = shop.relay.client(*shop.login)
    code, text = client.mail(SENDER, ["SIZE=30000"])
    assert code == 552 and b"limit of 20480" in text
    assert client.mail(SENDER)[0] == 250
    codes = [client.rcpt(recipient(n))[0] for n in range(3)]
    assert codes == [250, 250, 452]
    assert client.data(text_message(SENDER, recipient(0), body="a line\r\n" * 4000))[0] == 552


@pytest.mark.parametrize("option, words", [
    ("source=203.0.113.0/24", "from this network"),
    ("protocols=api", "not for this protocol"),
])
def test_outside_its_scope_a_login_is_a_wrong_password(shop, option, words):
    client = shop.relay.client(*shop.login)
    limit(shop, option)
    assert client.noop()[0] == 421  # a session that is there ends at its next command
    with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        shop.relay.client(*shop.login)
    assert caught.value.smtp_code == 535
    assert b"wrong user name or password" in caught.value.smtp_error
    (line,) = shop.relay.process.logged("auth.failed", "PLAIN")
    assert words in line  # the operator is told


def test_a_credential_ends_by_itself(shop):
    client = shop.relay.client(*shop.login)
    limit(shop, "expires=1s")
    wait_for(lambda: shown(shop)["state"] == "expired", "the end")
    assert client.noop()[0] == 421
    with pytest.raises(smtplib.SMTPAuthenticationError):
        shop.relay.client(*shop.login)
    limit(shop, "expires=never")
    shop.relay.client(*shop.login).quit()


def test_an_empty_value_changes_nothing(shop):
    limit(shop, "source=127.0.0.0/8")
    for option in ("source=", "from=", "protocols="):
        done = shop.relay.cli("credential", "limit", "shop", option, check=False)
        assert done.returncode == 2 and b"has no value" in done.stderr, done
    credential = shown(shop)
    assert (credential["source"], credential["from"]) == (["127.0.0.0/8"], ["@shop.example"]), credential


def test_ehlo_says_what_the_credential_may(shop):
    limit(shop, "recipients=2", "size=100K")
    client = shop.relay.client()
    client.ehlo()
    assert (client.esmtp_features["size"], client.esmtp_features["limits"]) == (str(50 << 20), "RCPTMAX=1000")
    client.login(*shop.login)
    client.ehlo()
    assert (client.esmtp_features["size"], client.esmtp_features["limits"]) == (str(100 << 10), "RCPTMAX=2")


def test_a_local_listener_says_what_its_credential_may_and_why_it_may_not(world):
    port = free_port()
    world.zone.domain("ok.mail.example")
    world.start(extra='listen "local" { port = %d credential = "shop" }' % port)
    limit(world, "recipients=2", "size=100K")
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo()
        assert (client.esmtp_features["size"], client.esmtp_features["limits"]) == (str(100 << 10), "RCPTMAX=2")
        limit(world, "protocols=api")
        assert client.mail(SENDER) == (451, b"4.7.0 Mail here is on behalf of shop, and not taken: "
                                            b"the credential is not for this protocol")
        world.relay.cli("credential", "revoke", "shop", "--yes")
        assert client.mail(SENDER)[1].endswith(b"not taken: the credential is revoked")


def test_senders_can_be_patterns(shop):
    limit(shop, "from=*-news@shop.example")
    client = shop.relay.client(*shop.login)
    assert client.mail("daily-news@shop.example")[0] == 250
    client.rset()
    assert client.mail("news@shop.example")[0] == 550


def test_senders_can_be_changed(shop):
    limit(shop, "from=news@shop.example,@*.shop.example")
    client = shop.relay.client(*shop.login)
    assert client.mail(SENDER)[0] == 550
    assert client.mail("a@b.shop.example")[0] == 250
    (change,) = shop.relay.ask("audit", "list", "credential.limit")["items"][:1]
    assert change["detail"].startswith("from: @shop.example -> ")


def test_a_password_in_the_name_field_is_not_written_down(shop):
    _, password = shop.login
    with pytest.raises(smtplib.SMTPAuthenticationError):
        shop.relay.client(password, "shop")
    events = wait_for(lambda: shop.relay.ask("log", "search", "event:auth.failed")["items"], "the failed login")
    assert events[0]["credential"] == "(a password)", events
    shop.relay.process.logged("auth.failed", "(a password)")
    assert password not in shop.relay.process.log()
