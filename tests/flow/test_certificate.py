"""Client certificates as a login: beside the password, or instead of it."""

import base64
import json
import smtplib
import socket
import ssl

import pytest

from mtalib import Postfix
from relaylib import Pair, text_message, wait_for

SENDER = "app@shop.example"


@pytest.fixture
def ours(shop):
    return Pair(shop.folder, "app")


@pytest.fixture
def other(shop):
    return Pair(shop.folder, "other")


def limit(shop, *options):
    return shop.relay.cli("credential", "limit", "shop", *options, check=False)


def connect(shop, pair=None, implicit=False, version=None):
    context = ssl._create_unverified_context()
    if version is not None:
        context.maximum_version = version
    if pair is not None:
        context.load_cert_chain(pair.certificate, pair.key)
    if implicit:
        client = smtplib.SMTP_SSL("127.0.0.1", shop.relay.submissions, context=context, timeout=20)
    else:
        client = smtplib.SMTP("127.0.0.1", shop.relay.submission, timeout=20)
        client.starttls(context=context)
    client.ehlo()
    return client


def refused(client, login):
    plain = base64.b64encode(("\0%s\0%s" % login).encode()).decode()
    return client.docmd("AUTH", "PLAIN " + plain)[0] == 535


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_second_factor(shop, ours, other, version):
    assert limit(shop, "certificate=" + ours.printed()).returncode == 0
    assert shop.relay.ask("credential", "show", "shop")["credential"]["certificate"] == [ours.fingerprint()]
    for implicit in (False, True):
        assert refused(connect(shop, None, implicit, version), shop.login)
        assert refused(connect(shop, other, implicit, version), shop.login)
        with connect(shop, ours, implicit, version) as client:
            assert "EXTERNAL" not in client.esmtp_features["auth"]
            assert client.mail(SENDER)[0] == 530  # the certificate alone is not enough
            client.login(*shop.login)
            assert client.mail(SENDER)[0] == 250
    assert refused(connect(shop, ours), (shop.login[0], "wrong"))
    shop.relay.process.logged("wants a client certificate, and none was shown")
    shop.relay.process.logged("the client certificate is none of the credential's")


def test_taken_away_it_ends_open_sessions_and_not_asked_for_it_is_not_needed(shop, ours, other):
    limit(shop, "certificate=" + ours.fingerprint())
    client = connect(shop, ours)
    client.login(*shop.login)
    limit(shop, "certificate=%s,%s" % (ours.fingerprint(), other.fingerprint()))
    assert client.noop()[0] == 250
    limit(shop, "certificate=" + other.fingerprint())
    assert client.noop()[0] == 421
    limit(shop, "certificate=none")
    connect(shop).login(*shop.login)


def test_alone(shop, ours, other):
    assert limit(shop, "certificate-only=yes").returncode == 2
    done = limit(shop, "certificate=" + ours.fingerprint(), "certificate-only=yes")
    assert done.returncode == 0, done
    assert limit(shop, "certificate=none").returncode == 2  # nobody could log in
    assert refused(connect(shop, ours), shop.login)  # the password is none any more
    assert refused(connect(shop), shop.login)
    for response in ("=", base64.b64encode(b"shop").decode()):
        client = connect(shop, ours)
        assert "EXTERNAL" in client.esmtp_features["auth"]
        assert client.docmd("AUTH", "EXTERNAL " + response) == (235, b"2.7.0 Logged in as shop")
        assert client.sendmail(SENDER, ["a@ok.mail.example"], text_message(SENDER, "a@ok.mail.example")) == {}
    client = connect(shop, ours)
    assert client.docmd("AUTH", "EXTERNAL " + base64.b64encode(b"somebody").decode())[0] == 535
    client = connect(shop, other)
    assert client.docmd("AUTH", "EXTERNAL =")[0] == 504 and client.mail(SENDER)[0] == 530
    client = connect(shop)
    assert client.docmd("AUTH", "EXTERNAL =")[0] == 504 and client.mail(SENDER)[0] == 530
    shop.relay.wait_status("a@ok.mail.example", "delivered")
    client = connect(shop, ours)
    assert client.mail(SENDER)[0] == 250
    shop.relay.cli("credential", "revoke", "shop", "--yes")
    assert client.noop()[0] == 421
    assert connect(shop, ours).mail(SENDER)[0] == 530


def test_one_certificate_of_two_credentials_says_which(shop, ours):
    flags = ("--certificate", ours.fingerprint(), "--certificate-only")
    for name in ("one", "two"):
        shop.relay.credential(name, "@shop.example", flags=flags)
    client = connect(shop, ours)
    assert client.mail(SENDER)[0] == 530
    assert client.docmd("AUTH", "EXTERNAL =")[0] == 535
    assert client.docmd("AUTH", "EXTERNAL " + base64.b64encode(b"two").decode()) == (235, b"2.7.0 Logged in as two")


def test_why_a_certificate_does_not_do_is_in_the_log_and_the_events(shop, ours):
    limit(shop, "certificate=" + ours.fingerprint(), "certificate-only=yes", "source=10.0.0.0/8")
    with socket.socket(socket.AF_UNIX) as watcher:
        watcher.settimeout(15)
        watcher.connect(shop.relay.socket)
        lines = watcher.makefile("rw")
        lines.write('{"id":1,"method":"events.subscribe","params":{"filter":"event:auth.failed"}}\n')
        lines.flush()
        assert "result" in json.loads(lines.readline())
        assert connect(shop, ours).mail(SENDER)[0] == 530  # the client hears no reason
        event = json.loads(lines.readline())["params"]
    assert event["credential"] == "shop" and "may not be used from this network" in event["detail"]
    shop.relay.process.logged('mechanism=certificate why="the credential may not be used from this network"')


def test_a_credential_that_expired_leaves_its_certificate_to_another(shop, ours):
    flags = ("--certificate", ours.fingerprint(), "--certificate-only")
    shop.relay.credential("old", "@shop.example", flags=flags + ("--expires", "1s"))
    shop.relay.credential("new", "@shop.example", flags=flags)
    wait_for(lambda: connect(shop, ours).mail(SENDER)[0] == 250, "only one of the two is left", 5)
    client = connect(shop, ours)
    assert client.docmd("AUTH", "EXTERNAL =") == (235, b"2.7.0 Logged in as new")


@pytest.mark.postfix
def test_postfix_needs_no_password(shop, ours):
    limit(shop, "certificate=" + ours.fingerprint(), "certificate-only=yes")
    mta = shop.keep(Postfix(shop.folder, "127.0.0.30", shop.providers.port,
                            relayhost="[127.0.0.1]:%d" % shop.relay.submission,
                            smtp_tls_security_level="encrypt", smtp_tls_cert_file=ours.certificate,
                            smtp_tls_key_file=ours.key).start())
    with smtplib.SMTP("127.0.0.30", shop.providers.port, timeout=20) as client:
        client.sendmail(SENDER, ["b@ok.mail.example"], text_message(SENDER, "b@ok.mail.example"))
    wait_for(lambda: shop.relay.item("b@ok.mail.example"), mta.log)
    shop.relay.wait_status("b@ok.mail.example", "delivered")
