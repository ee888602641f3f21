"""What `config diff` says a reload takes is taken: the new value counts, in all that read it."""

import base64
import smtplib

import pytest

from relaylib import free_port, wait_for

SENDER = "app@shop.example"


class Configured:
    """A shop whose options change while it runs."""

    def __init__(self, world):
        self.local, self.relay, self.login = free_port(), None, None
        world.zone.domain("ok.mail.example")
        world.start(**self.values("10", "1M", "yes", "90d", "app"))
        self.relay, self.login = world.relay, world.login

    def values(self, failures, reserve, subject, keep, credential):
        return {"limits": 'auth_failures = %s disk_reserve = "%s"' % (failures, reserve),
                "extra": 'log { subject = %s keep = "%s" }\nlisten "local" { port = %d credential = "%s" }'
                         % (subject, keep, self.local, credential)}

    def reload(self, *values):
        self.relay.values.update(self.values(*values))
        with open(self.relay.config_path, "w") as out:
            out.write(self.relay.CONFIG.format(**self.relay.values))
        changed = self.relay.ask("config", "diff")["items"]
        assert changed and all(one["takes"] == "reload" for one in changed), changed
        self.relay.cli("config", "reload")
        assert self.relay.ask("config", "diff")["items"] == []

    def try_login(self):
        client = self.relay.client()
        client.ehlo()
        return client.docmd("AUTH", "PLAIN " + base64.b64encode(b"\0nobody\0wrong").decode())[0]

    def mail(self):
        return self.relay.client(*self.login).mail(SENDER)

    def mail_locally(self):
        with smtplib.SMTP("127.0.0.1", self.local, timeout=20) as client:
            client.ehlo()
            return client.mail(SENDER)[0]


@pytest.fixture
def configured(world):
    return Configured(world)


def test_fewer_failed_logins_shut_out(configured):
    assert configured.try_login() == 535
    configured.reload("2", "1M", "yes", "90d", "app")
    assert [configured.try_login(), configured.try_login()] == [535, 454]


def test_more_room_kept_on_the_disk_stops_accepting_and_less_goes_on(configured):
    assert configured.mail()[0] == 250
    configured.reload("10", "1024G", "yes", "90d", "app")
    wait_for(lambda: configured.mail()[0] == 452, "a disk with less than a terabyte free counts as full")
    configured.reload("10", "1M", "yes", "90d", "app")
    wait_for(lambda: configured.mail()[0] == 250, "it counts as roomy again")


def test_subjects_are_kept_no_more(configured):
    for number, subject in enumerate(("yes", "no", "yes")):
        if number > 0:
            configured.reload("10", "1M", subject, "90d", "app")
        to = "n%d@ok.mail.example" % number
        configured.relay.send(configured.login, SENDER, to)
        item = wait_for(lambda: configured.relay.item(to), "it is found")
        assert item["subject"] == ("hello" if subject == "yes" else None)


def test_mail_of_the_local_listener_becomes_anothers(configured):
    assert configured.mail_locally() == 451
    configured.reload("10", "1M", "yes", "90d", "shop")
    wait_for(lambda: configured.mail_locally() == 250, "it is shop's")
