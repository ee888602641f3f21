"""Both signatures verify: with dkimpy and the keys the zone serves, and with OpenDKIM."""

import dkim
import pytest

from mtalib import opendkim_verdict
from relaylib import text_message

SENDER, RECIPIENT = "app@shop.example", "b.lee@ok.mail.example"


def receive(shop, message=None):
    shop.relay.send(shop.login, SENDER, RECIPIENT, message)
    return shop.providers.wait(RECIPIENT)[0]


def signatures(message):
    return message.parsed.get_all("DKIM-Signature") or []


def lookup(shop):
    return lambda name, timeout=5: shop.zone.txt(name.decode() if isinstance(name, bytes) else name)


def test_dkimpy_verifies_both_signatures(shop):
    message = receive(shop)
    algorithms = set()
    for index, signature in enumerate(signatures(message)):
        tags = dict(part.strip().split("=", 1) for part in signature.replace("\n", "").replace("\r", "").split(";")
                    if "=" in part)
        assert tags["d"].strip() == "shop.example" and tags["c"].strip() == "relaxed/relaxed"
        assert tags["h"].lower().split(":").count("from") == 2  # oversigned
        algorithms.add(tags["a"].strip())
        assert dkim.DKIM(message.raw).verify(idx=index, dnsfunc=lookup(shop)), tags
    assert algorithms == {"rsa-sha256", "ed25519-sha256"}


@pytest.mark.parametrize("change", ["body", "subject", "second From"])
def test_a_changed_message_verifies_no_more(shop, change):
    message = receive(shop)
    raw = {"body": message.raw.replace(b"This is a line", b"That is a line"),
           "subject": message.raw.replace(b"Subject: hello", b"Subject: howdy"),
           "second From": b"From: evil@bank.example\r\n" + message.raw}[change]
    assert raw != message.raw
    for index in range(len(signatures(message))):
        try:
            assert not dkim.DKIM(raw).verify(idx=index, dnsfunc=lookup(shop))
        except dkim.ValidationError:  # how dkimpy says that the body's hash differs
            assert change == "body"


@pytest.mark.postfix
def test_opendkim_verifies_the_rsa_signature(shop):
    message = receive(shop)
    records = {}
    for record in shop.relay.ask("domain", "records", "shop.example")["records"]:
        if record["purpose"] == "dkim":
            records[record["name"]] = record["value"]
    verdict = opendkim_verdict(shop.folder, message.raw, records)
    assert "verification (s=" in verdict and "succeeded" in verdict, verdict


def test_the_records_are_what_the_zone_needs(shop):
    records = shop.relay.ask("domain", "records", "shop.example")["records"]
    kinds = {record["purpose"] for record in records}
    assert {"dkim", "spf", "dmarc"} <= kinds
    for record in records:
        assert not record["name"].endswith(".") and '"' not in record["value"]
        if record["type"] == "TXT":
            assert shop.zone.txt(record["name"]) == record["value"].encode()


def test_every_signed_message_verifies_whatever_its_spaces(shop):
    odd = text_message(SENDER, RECIPIENT, subject="  a   b\t c ", headers="X-Empty:\r\nX-Folded: one\r\n two\r\n",
                       body="trailing  \t \r\n\r\n two  spaces\r\n\r\n\r\n")
    message = receive(shop, odd)
    for index in range(2):
        assert dkim.DKIM(message.raw).verify(idx=index, dnsfunc=lookup(shop))
