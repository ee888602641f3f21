"""Moving a credential here from an old system, which is another relay with a login of its own."""

import gzip
import os
import re

import pytest

from relaylib import Providers, Relay, text_message, wait_for

SENDER = "app@shop.example"
OLD_ADDRESS, OWN_ADDRESS = "127.0.0.7", "127.0.0.6"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def is_direct(queue_id, percent):
    """What migrate_split_is_direct decides: written down a second time, on purpose."""
    mask, x = (1 << 64) - 1, 0
    for letter in queue_id.upper():
        x = x << 5 | ALPHABET.index(letter)
    x = ((x ^ x >> 33) * 0xff51afd7ed558ccd) & mask
    x = ((x ^ x >> 33) * 0xc4ceb9fe1a85ec53) & mask
    return (x ^ x >> 33) % 100 < percent


class Migration:
    """The old system and the relay, told apart at the provider by their source addresses. With
    a script the old system has providers of its own, who take everything."""

    def __init__(self, world, script=""):
        self.world = world
        world.zone.domain("ok.example").start()
        world.providers = self.providers = Providers(world.folder, script).start()
        self.others, route = self.providers, ""
        if script:
            self.others = world.keep(Providers(os.path.join(world.folder, "others")).start())
            route = 'route "*" { host = "127.0.0.1" port = %d tls = none }' % self.others.port
        self.old = world.keep(Relay(os.path.join(world.folder, "old"), world.zone.port, self.providers.port,
                                    delivery='source = {"%s"}' % OLD_ADDRESS, extra=route).start())
        self.old.domain("shop.example")
        user, password = self.old.credential("legacy", "@shop.example")
        secret = os.path.join(world.folder, "old-password")
        with open(secret, "w") as out:
            out.write(password + "\n")
        self.smarthost = ('smarthost "old" { host = "127.0.0.1" port = %d tls = required user = "%s" '
                          'password_file = "%s" }\n' % (self.old.submission, user, secret))
        self.relay = world.relay = Relay(world.folder, world.zone.port, self.providers.port,
                                         delivery='source = {"%s"}' % OWN_ADDRESS, extra=self.smarthost).start()
        self.relay.domain("shop.example", world.zone)
        self.login = self.relay.credential("shop", "@shop.example")

    def send(self, recipient):
        return self.relay.send(self.login, SENDER, recipient, text_message(SENDER, recipient))

    def send_many(self, names):
        """Over one connection; recipient -> queue id."""
        ids, client = {}, self.relay.client(*self.login)
        for recipient in names:
            client.mail(SENDER)
            client.rcpt(recipient)
            code, text = client.data(text_message(SENDER, recipient))
            assert code == 250, text
            ids[recipient] = text.decode().rsplit(" ", 1)[1]
        client.quit()
        return ids

    def way(self, recipient, count=1):
        """"direct" or "old", by who handed it to the provider."""
        peers = {m.envelope["peer"] for m in self.providers.wait(recipient, count)}
        assert len(peers) == 1, peers
        return {OLD_ADDRESS: "old", OWN_ADDRESS: "direct"}[peers.pop()]

    def stream(self, name="shop"):
        (item,) = self.relay.ask("migrate", "status", name)["items"]
        return item


@pytest.fixture
def migration(world):
    return Migration(world)


def test_a_canary_sends_its_share_directly_and_the_rest_by_the_old_system(migration):
    relay = migration.relay
    assert migration.stream()["stage"] is None and migration.stream()["direct_percent"] == 100
    relay.cli("migrate", "canary", "shop", "20")
    ids = migration.send_many("r%d@ok.example" % n for n in range(100))
    migration.providers.wait(count=100, seconds=30)
    ways = {recipient: migration.way(recipient) for recipient in ids}
    assert ways == {r: "direct" if is_direct(i, 20) else "old" for r, i in ids.items()}
    assert 5 <= list(ways.values()).count("direct") <= 40, ways
    by_old = next(r for r, way in ways.items() if way == "old")
    event = relay.wait_status(by_old, "delivered")["events"][-1]
    assert event["site"] == "smarthost:old" and event["remote_address"] == "127.0.0.1"
    stream = wait_for(lambda: (lambda s: s if sum(r["delivered"] for r in s["results"].values()) == 100 else None)(
        migration.stream()), "all are counted")
    assert stream["results"]["direct"]["delivered"] == list(ways.values()).count("direct")
    assert 0 < stream["results"]["old"]["median_ms"] <= stream["results"]["old"]["p95_ms"]
    relay.stop()
    relay.start()
    assert migration.stream()["results"] == stream["results"], "kept over a restart"
    assert (stream["stage"], stream["direct_percent"], stream["smarthost"]) == ("trial", 20, "old")
    assert any("stage trial, 20 % directly" in row["detail"] for row in relay.ask("audit", "list")["items"])


def test_stages_send_all_of_it_one_way(migration):
    relay = migration.relay
    for stage, way in (("old", "old"), ("moved", "direct")):
        relay.cli("migrate", "stage", "shop", stage)
        for n in range(3):
            migration.send("%s%d@ok.example" % (stage, n))
            assert migration.way("%s%d@ok.example" % (stage, n)) == way


def test_a_message_keeps_its_way_over_a_restart_and_changes_it_with_the_share(migration):
    relay = migration.relay
    relay.cli("migrate", "canary", "shop", "50")
    relay.cli("queue", "hold", "--cred", "shop")
    ids = {"k%d@ok.example" % n: migration.send("k%d@ok.example" % n) for n in range(12)}
    relay.cli("queue", "hold", "ok.example")
    relay.cli("queue", "release", "cred:shop")
    relay.stop()
    relay.start()

    def smarthost_of(queue_id):
        (waits,) = relay.ask("message", "show", queue_id)["waits"]
        return waits["smarthost"]
    assert {r: smarthost_of(i) for r, i in ids.items()} == \
        {r: None if is_direct(i, 50) else "old" for r, i in ids.items()}
    names = {row["key"] for row in relay.ask("queue", "list")["items"]}
    assert names == {"ok.example", "ok.example/old"}, "one hold of the domain is of both ways"
    assert all(row["state"].startswith("HELD") for row in relay.ask("queue", "list")["items"])
    relay.cli("migrate", "canary", "shop", "0")
    assert {smarthost_of(i) for i in ids.values()} == {"old"}
    relay.cli("queue", "release", "ok.example")
    assert {migration.way(r) for r in ids} == {"old"}


def test_a_queue_of_one_way_is_held_by_its_name(migration):
    relay = migration.relay
    relay.cli("migrate", "stage", "shop", "old")
    relay.cli("queue", "hold", "--cred", "shop")
    migration.send("a@ok.example")
    relay.cli("queue", "hold", "ok.example")
    relay.cli("queue", "hold", "ok.example/old")
    relay.cli("queue", "release", "cred:shop")
    relay.cli("queue", "release", "ok.example")
    assert relay.ask("queue", "show", "ok.example/old")["queue"]["state"].startswith("HELD")
    assert not migration.providers.messages("a@ok.example")
    relay.cli("queue", "release", "ok.example/old")
    assert migration.way("a@ok.example") == "old"


def test_a_smarthost_that_is_gone_from_the_configuration_has_its_mail_wait(migration):
    relay = migration.relay
    relay.cli("migrate", "stage", "shop", "old")
    relay.values["extra"] = ""
    relay.stop()
    relay.start()
    migration.send("a@ok.example")
    queue = wait_for(lambda: (lambda q: q if "not in relayd.conf" in q["why"] else None)(
        relay.ask("queue", "show", "ok.example")["queue"]), "it says why it waits")
    assert "smarthost old is not in relayd.conf" in queue["why"] and migration.stream()["smarthost_missing"]
    relay.cli("migrate", "stage", "shop", "moved")
    assert migration.way("a@ok.example") == "direct"


def test_what_cannot_be_is_refused(migration):
    for args, code, words in [
            (("stage", "shop", "new"), 2, "old|trial|moved"),
            (("stage", "nobody", "old"), 3, "there is no credential nobody"),
            (("canary", "shop", "101"), 2, "100"),
            (("canary", "shop", "some"), 2, "number"),
            (("stage", "shop", "trial", "--smarthost", "older"), 3, "smarthost older is not in relayd.conf"),
            (("status", "nobody"), 3, "there is no credential nobody")]:
        done = migration.relay.cli("migrate", *args, check=False)
        assert done.returncode == code and words in done.stderr.decode(), done
    assert migration.stream()["stage"] is None


def test_a_direct_way_that_is_refused_goes_back_by_itself_and_nothing_is_lost(world):
    migration = Migration(world, "ok.example blocklisted")
    relay = migration.relay
    relay.cli("migrate", "canary", "shop", "40")
    sent = migration.send_many("a%d@ok.example" % n for n in range(40))
    relay.stop()
    relay.start()
    sent.update(migration.send_many("b%d@ok.example" % n for n in range(60)))
    stream = wait_for(lambda: (lambda s: s if s["returned"] else None)(migration.stream()), "it went back", 30)
    assert (stream["stage"], stream["direct_percent"], stream["returned_percent"]) == ("trial", 0, 40)
    assert "first attempts refused" in stream["returned"] and "by the old system" in stream["returned"]
    assert (stream["by"], stream["reason"]) == ("relayd", stream["returned"])
    assert stream["trial_results"]["direct"]["refused"] >= 1 and stream["trial_results"]["old"]["delivered"] >= 20
    shown = relay.cli("migrate", "status", "shop").stdout.decode()
    assert "WENT BACK BY ITSELF from 40 %" in shown and "  %s\n" % stream["returned"] in shown, "never cut"
    ended = shown[shown.index("IN THE TRIAL THAT ENDED"):shown.index("SINCE THEN")]
    assert re.search(r"\n    refused +%d +0\n" % stream["trial_results"]["direct"]["refused"], ended), ended
    (row,) = relay.ask("audit", "list", "what:migrate.return", "who:relayd")["items"]
    assert (row["object"], row["via"]) == ("shop", "relayd")
    assert row["detail"] == "stage trial, 40 % directly, smarthost old -> stage trial, 0 % directly, smarthost old; " \
        "reason: " + stream["returned"]
    later = migration.send_many("c%d@ok.example" % n for n in range(20))

    def outcomes():
        items = relay.ask("message", "list", "cred:shop", "--limit", "1000")["items"]
        found = {item["recipient"]: item["status"] for item in items}
        return found if all(status in ("delivered", "bounced") for status in found.values()) else None
    found = wait_for(outcomes, "all have an outcome", 30)
    assert set(found) == set(sent) | set(later)
    assert all(found[recipient] == "delivered" for recipient in later)
    bounced = {r for r, status in found.items() if status == "bounced"}
    assert bounced <= {r for r, i in sent.items() if is_direct(i, 40)}
    migration.others.wait(count=len(found) - len(bounced), seconds=30)
    assert len(migration.others.messages()) == len(found) - len(bounced) and not migration.providers.messages()
    wait_for(lambda: [p for p in relay.ask("status")["problems"] if "went back to old" in p], "it is an alert", 20)
    relay.stop()
    relay.start()
    assert migration.stream()["trial_results"] == stream["trial_results"], "kept over a restart"
    relay.cli("migrate", "canary", "shop", "1")
    assert migration.stream()["returned"] is None and "trial_results" not in migration.stream()
    assert relay.ask("audit", "list", "what:migrate.canary")["items"][0]["detail"] == \
        "stage trial, 0 % directly, smarthost old -> stage trial, 1 % directly, smarthost old"
    wait_for(lambda: not [p for p in relay.ask("status")["problems"] if "went back to old" in p], "it is over", 20)


def test_the_plan_names_the_next_step_and_evidence_fulfils_it(migration):
    relay = migration.relay
    relay.credential("news", "@shop.example", flags=("--bulk",))
    for name in ("news", "shop"):
        relay.cli("migrate", "stage", name, "old")
    plan = relay.ask("migrate", "plan")
    assert [item["credential"] for item in plan["items"]] == ["shop", "news"] and plan["next"] == "shop"
    assert plan["items"][0]["next_command"] == "relaycli migrate canary shop 5" and not plan["items"][0]["missing"]
    relay.cli(*plan["items"][0]["next_command"].split()[1:])
    missing = migration.stream()["missing"]
    assert "50 first attempts directly; it has 0" in missing[0] and len(missing) == 4
    header = (b"Received-SPF: pass client-ip=192.0.2.1;\r\nAuthentication-Results: mx.y.example;\r\n"
              b"  spf=pass smtp.mailfrom=app@shop.example; dkim=pass header.d=shop.example;\r\n"
              b"  dmarc=pass header.from=shop.example\r\nFrom: app@shop.example\r\n\r\n")
    for _ in range(2):
        said = relay.cli("migrate", "evidence", "shop", "-", data=header).stdout
        assert said == b"mx.y.example says: spf passed 1 of 1, dkim passed 1 of 1, dmarc passed 1 of 1.\n", said
    shown = relay.cli("migrate", "status", "shop").stdout.decode()
    assert "  DKIM   1 passed, 0 failed; the last word is mx.y.example's, " in shown
    report = os.path.join(migration.world.folder, "report.xml.gz")
    with gzip.open(report, "wb") as out:
        out.write(REPORT)
    relay.cli("migrate", "evidence", "shop", report)
    relay.stop()
    relay.start()
    evidence = migration.stream()["evidence"]
    assert [evidence[m]["passed"] for m in ("spf", "dkim", "dmarc")] == [8, 1, 8], "the header once, the report's 7"
    details = [row["detail"] for row in relay.ask("audit", "list", "what:migrate.evidence")["items"]]
    assert details[0].startswith("report r1 of Reporter Ltd; SPF: 1 passed 0 failed -> 8 passed 0 failed; DKIM: ")
    assert evidence["dkim"]["failed"] == 7 and evidence["dkim"]["last_by"] in ("mx.y.example", "Reporter Ltd")
    assert any("DKIM that passes" in text for text in migration.stream()["missing"])
    for data, code, words in [(b"From: a@shop.example\r\n", 1, b"no field Authentication-Results"),
                              (b"<feedback>", 1, b"no element found"),
                              (header.replace(b"shop.example", b"x.test"), 3, b"nothing of the domains")]:
        done = relay.cli("migrate", "evidence", "shop", "-", data=data, check=False)
        assert done.returncode == code and words in done.stderr, done
    relay.cli("migrate", "stage", "shop", "moved")
    assert relay.ask("migrate", "plan")["next"] == "news"


REPORT = b"""<?xml version="1.0"?><feedback><report_metadata><org_name>Reporter Ltd</org_name><report_id>r1</report_id>
<date_range><begin>1700000000</begin><end>1700086399</end></date_range></report_metadata><record><row>
<source_ip>192.0.2.1</source_ip><count>7</count><policy_evaluated><dkim>fail</dkim><spf>pass</spf></policy_evaluated></row>
<identifiers><header_from>shop.example</header_from></identifiers></record><record><row><source_ip>192.0.2.1</source_ip>
<count>900</count><policy_evaluated><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>other.test</header_from></identifiers></record></feedback>"""
