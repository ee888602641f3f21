"""Credentials change while applications are connected."""

import os
import smtplib
import time

import pytest

from relaylib import PATIENCE, wait_for

SENDER, RECIPIENT = "app@shop.example", "b.lee@ok.mail.example"


def test_revoke_cuts_a_running_session_and_new_logins_within_a_second(shop):
    client = shop.relay.client(*shop.login)
    assert client.noop()[0] == 250
    shop.relay.cli("credential", "revoke", "shop", "--yes")
    started = time.monotonic()

    def is_cut():
        try:
            return client.noop()[0] != 250
        except smtplib.SMTPServerDisconnected:
            return True
    wait_for(is_cut, "the session is cut at its next command", 5)
    assert time.monotonic() - started < 1 * PATIENCE
    with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        shop.relay.client(*shop.login)
    assert caught.value.smtp_code == 535


def test_rotate_keeps_the_old_secret_for_the_overlap(shop):
    answer = shop.relay.ask("credential", "rotate", "shop", "--overlap", "2s", "--yes")
    for password in (shop.login[1], answer["pass"]):
        shop.relay.client(shop.login[0], password).quit()

    def old_is_refused():
        try:
            shop.relay.client(*shop.login).quit()
        except smtplib.SMTPAuthenticationError:
            return True
        return False
    wait_for(old_is_refused, "the old secret ends", 10)
    shop.relay.client(shop.login[0], answer["pass"]).quit()


def test_no_secret_is_readable_in_the_state_folder(shop):
    shop.relay.send(shop.login, SENDER, RECIPIENT)
    secret = shop.login[1].encode()
    shop.relay.stop()
    for folder, _, names in os.walk(shop.relay.folder):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                assert secret not in file.read(), name
    shop.relay.start()
    shop.relay.send(shop.login, SENDER, "second@ok.mail.example")


def test_last_use_is_known_per_secret(shop):
    shop.relay.client(*shop.login).quit()
    wait_for(lambda: any(key.get("last_used_at") for key in
                         shop.relay.ask("credential", "show", "shop")["credential"]["keys"]), "last use", 10)
