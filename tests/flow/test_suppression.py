"""Addresses that get no mail: how they come onto the list, what it does, how they leave it."""

import csv
import io
import json
import smtplib

import pytest

from relaylib import text_message, wait_for

SENDER = "app@shop.example"


def send(world, *recipients, login=None, sender=SENDER):
    return world.relay.send(login or world.login, sender, list(recipients), text_message(sender, recipients[0]))


def entries(world, *args):
    return world.relay.ask("suppression", "list", *args)["items"]


def refused_at(world, domain):
    return next(r["refused"] for r in world.providers.counts()["rules"] if r["pattern"] == domain)


def test_a_hard_bounce_suppresses_at_once_and_survives_a_restart(world):
    world.zone.domain("gone.example")
    world.start("gone.example unknown-user")
    send(world, "B.Lee@gone.example")
    world.relay.wait_status("B.Lee@gone.example", "bounced")
    (entry,) = wait_for(lambda: entries(world), "it is on the list")
    assert (entry["address"], entry["reason"], entry["code"]) == ("b.lee@gone.example", "hard_bounce", 550)
    assert "User unknown" in entry["reply"] and entry["ends_at"] is None and entry["message"]

    def told():
        found = world.relay.find("b.lee@gone.example", "--last")
        return found if "The address is now suppressed." in found["answer"]["sentence"] else None
    answer = wait_for(told, "the answer says so")
    assert answer["items"][0]["suppressed"] is True
    world.relay.stop()
    world.relay.start()
    send(world, "b.lee@gone.example")
    world.relay.wait_status("b.lee@gone.example", "suppressed")
    sentence = world.relay.find("b.lee@gone.example", "--last")["answer"]["sentence"]
    assert sentence.startswith("No. We did not try: b.lee@gone.example is suppressed since ")
    assert "(hard bounce). Remove: relaycli suppression remove" in sentence
    assert refused_at(world, "gone.example") == 1, "the provider was asked once"
    blocked = wait_for(lambda: (lambda b: b["total"] and b)(world.relay.ask("suppression", "list")["blocked"]), "it is counted")
    assert blocked["total"] == 1 and blocked["credentials"] == [{"credential": world.login[0], "count": 1}]


def test_a_blocked_reputation_never_suppresses(world):
    world.zone.domain("block.example")
    world.start("block.example blocklisted")
    send(world, "a@block.example")
    item = wait_for(lambda: (lambda i: i if i and i["status"] in ("bounced", "deferred") else None)
                    (world.relay.item("a@block.example")), "it is refused")
    assert item["events"][-1]["category"] == "reputation_block"
    assert entries(world) == [] and item["suppressed"] is False


def test_a_full_mailbox_is_suppressed_for_a_while_after_some_messages(world):
    world.zone.domain("full.example")
    world.start("full.example over-quota", extra=(
        'suppression {{ mailbox_full_count = 2 mailbox_full_span = "1s" mailbox_full_for = "1h" }}'.format()),
        delivery='max_age = "2s"')
    for n in range(2):
        send(world, "a@full.example")
        wait_for(lambda n=n: sum(i["status"] in ("bounced", "expired") for i in
                                 world.relay.find("a@full.example")["items"]) > n, "given up on", 40)
        if n == 0:
            assert entries(world) == []
    (entry,) = wait_for(lambda: entries(world), "it is on the list")
    assert entry["reason"] == "mailbox_full" and entry["ends_at"]


def test_by_hand_for_one_credential_and_refused_where_that_is_wanted(world):
    world.zone.domain("ok.example")
    world.start()
    other = world.relay.credential("news", "@shop.example", flags=("--suppressed", "refuse"))
    world.relay.cli("suppression", "add", "a@ok.example", "--scope", "cred:news", "--reason", "asked by phone")
    world.relay.cli("suppression", "add", "*@closed.example", "--for", "30d")

    def refused():
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            client = world.relay.client(*other)
            client.sendmail(SENDER, ["a@ok.example"], text_message(SENDER, "a@ok.example"))
        return refusal.value.recipients["a@ok.example"]
    code, text = refused()
    assert code == 550 and b"5.7.1" in text and b"suppressed since" in text and b"added by hand" in text
    send(world, "a@ok.example", "x@closed.example")
    world.relay.wait_status("a@ok.example", "delivered")
    world.relay.wait_status("x@closed.example", "suppressed")
    (check,) = world.relay.ask("suppression", "check", "x@closed.example")["items"]
    assert check["address"] == "*@closed.example" and check["ends_at"]
    assert world.relay.cli("suppression", "remove", "a@ok.example", check=False).returncode == 6
    world.relay.cli("suppression", "remove", "a@ok.example", "--yes", "--reason", "asked again")
    assert world.relay.cli("suppression", "remove", "a@ok.example", "--yes", check=False).returncode == 3
    assert world.relay.cli("suppression", "check", "a@ok.example", check=False).returncode == 3
    for terms in ("", "ok closed", "domain:a.example domain:b.example"):
        refused_terms = world.relay.cli("suppression", "remove", "--match", terms, "--yes", check=False)
        assert refused_terms.returncode == 2 and len(entries(world)) == 1, (terms, refused_terms)
    wait_for(lambda: send(world, "a@ok.example", login=other), "news may write again")
    audit = world.relay.cli("audit", "list", "--json").stdout
    assert b"suppression.remove" in audit and b"asked again" in audit


def test_what_a_removal_would_take_is_said_by_cause(world):
    world.start()
    relay = world.relay

    def refused(*args):
        done = relay.cli(*args, check=False)
        assert done.returncode == 2, done
        return done.stderr.decode()
    said = relay.cli("suppression", "add", "a@ok.example", "--scope", "cred:shop").stdout.decode()
    undo = "suppression remove a@ok.example --scope cred:shop"
    assert said == "a@ok.example gets no mail of cred:shop. Undo: relaycli %s\n" % undo
    relay.cli("suppression", "add", "a@ok.example", "--cause", "complaint", "--reason", "by phone")
    relay.cli("suppression", "add", "b@ok.example", "--cause", "hard_bounce")
    assert "no credential" in refused("suppression", "add", "c@ok.example", "--scope", "cred:nosuch")
    assert "no sender domain" in refused("suppression", "add", "c@ok.example", "--scope", "domain:nosuch.example")
    for cause in ("complaint", "unsubscribe"):
        assert "has no end" in refused("suppression", "add", "c@ok.example", "--cause", cause, "--for", "3d")
    assert "for: wants a time from 1m to " in refused("suppression", "add", "c@ok.example", "--for", "5s")
    dry = relay.cli("suppression", "remove", "--match", "domain:ok.example", "--dry-run").stdout.decode()
    assert dry == ("Would remove 3: 1 hard_bounce, 1 complaint, 1 manual; 1 of these asked for no more mail. "
                   "Nothing done.\n"), dry
    look = relay.ask("suppression", "remove", "a@ok.example", "--dry-run")
    assert look["causes"] == {"complaint": 1, "manual": 1} and len(look["entries"]) == 2, look
    assert relay.cli(*undo.split(), "--yes").stdout.decode() == "Removed 1: 1 manual.\n"
    assert "1 removed of scope cred:shop" in relay.cli("audit", "list", "--json").stdout.decode()
    (left,) = relay.ask("suppression", "check", "a@ok.example")["items"]
    assert (left["reason"], left["scope"], left["detail"]) == ("complaint", "everywhere", "by phone")
    assert relay.cli("suppression", "remove", "a@ok.example", "--scope", "cred:shop", "--yes", check=False).returncode == 3


def test_what_is_stronger_stays_and_spelling_does_not_matter(world):
    world.zone.domain("ok.example")
    world.start()
    world.relay.cli("suppression", "add", "joe@ok.example", "--cause", "hard_bounce")
    world.relay.cli("suppression", "add", "joe@ok.example", "--cause", "complaint")
    kept = json.loads(world.relay.cli("--json", "suppression", "add", "joe@ok.example", "--for", "60s").stdout)
    assert (kept["affected"], kept["kept"]) == (0, 1)
    (entry,) = entries(world)
    assert (entry["reason"], entry["ends_at"]) == ("complaint", None)
    assert world.relay.cli("suppression", "remove", "--cause", "hard_bounce", "--yes", check=False).returncode == 3
    for spelling in ('"joe"@ok.example', "JOE@OK.example"):
        send(world, spelling)
        world.relay.wait_status(spelling, "suppressed")
    assert [e["reason"] for e in entries(world, "domain:OK.example")] == ["complaint"]


FILES = {
    "plain.csv": ("a@x.example\n# none\nb@x.example,complaint,2024-05-01\nnot an address\n", 2, 1),
    "sendgrid.csv": ('email,reason,status,created\na@x.example,"550 5.1.1, no such user",5.1.1,1443651125\n'
                     'b@x.example,"550 5.7.1 blocked,\n see https://a.example",5.7.1,1443651125\n', 1, 0),
    "postmark.csv": ("EmailAddress,SuppressionReason,Origin,CreatedAt\n"
                     "a@x.example,SpamComplaint,Recipient,2024-05-01T10:00:00-05:00\n", 1, 0),
    "bounces.json": (json.dumps({"TotalCount": 3, "Bounces": [
        {"ID": 1, "Type": "HardBounce", "Email": "a@x.example", "Details": "smtp;550 5.1.1 no such user",
         "BouncedAt": "2024-05-01T10:00:00-05:00"},
        {"ID": 2, "Type": "SpamComplaint", "Email": "b@x.example", "BouncedAt": "2024-05-01T10:00:00-05:00"},
        {"ID": 3, "Type": "SoftBounce", "Email": "c@x.example", "BouncedAt": "2024-05-01T10:00:00-05:00"}]}), 2, 0),
    "mailgun.csv": ("address,code,error,created_at\na@x.example,550,no such user,"
                    '"Fri, 21 Oct 2011 11:02:55 UTC"\n', 1, 0),
    "ses.json": (json.dumps({"SuppressedDestinationSummaries": [
        {"EmailAddress": "a@x.example", "Reason": "COMPLAINT", "LastUpdateTime": "2024-05-01T10:00:00Z"},
        {"Reason": "BOUNCE"}]}), 1, 1),
    "mailgun.json": (json.dumps({"items": [{"address": "a@x.example", "code": "550", "error": "gone",
                                            "created_at": "Fri, 21 Oct 2011 11:02:55 UTC"}]}), 1, 0),
    "sendgrid.json": (json.dumps([{"email": "a@x.example", "created": 1443651125, "reason": "550 no"}]), 1, 0),
}
CAUSES = {"plain.csv": "manual", "sendgrid.csv": "hard_bounce", "postmark.csv": "complaint", "mailgun.csv": "hard_bounce",
          "ses.json": "complaint",
          "bounces.json": "hard_bounce", "mailgun.json": "hard_bounce", "sendgrid.json": "hard_bounce"}


def test_lists_of_other_services_come_in_and_go_out_again(world, tmp_path):
    world.start()
    for name, (text, taken, refused) in FILES.items():
        path = tmp_path / name
        path.write_text(text)
        done = world.relay.cli("--json", "suppression", "import", str(path), check=False)
        result = json.loads(done.stdout)
        assert (result["affected"], result["refused"]) == (taken, refused), (name, done)
        assert done.returncode == (7 if refused else 0), name
        assert (b"relaycli: " in done.stderr) == bool(refused or result["spared"]), name
        assert result["spared"] == (name in ("sendgrid.csv", "bounces.json")), "what passes spares the address"
        assert sum(result["causes"].values()) == taken and result["causes"][CAUSES[name]], (name, result)
        assert result["format"] == {"bounces.json": "postmark-bounces"}.get(name, name.split(".")[0]), result
        (entry,) = [e for e in entries(world) if e["address"] == "a@x.example"]
        assert entry["reason"] == CAUSES[name], (name, entry)
        back = world.relay.cli("--json", "suppression", "import", "-",
                               data=world.relay.cli("--jsonl", "suppression", "export").stdout)
        assert json.loads(back.stdout)["kept"] == taken, "its own JSON, and nothing is new"
        world.relay.cli("suppression", "remove", "--match", "domain:x.example", "--yes")
        assert entries(world) == []
    path = tmp_path / "bounces.json"
    said = world.relay.cli("suppression", "import", str(path)).stdout.decode()
    assert said == ("Imported 2 (read as postmark-bounces): 1 hard_bounce, 1 complaint; "
                    "spared 1: no sign that the address is dead.\n"), said
    rows = {e["address"]: e for e in entries(world)}
    assert rows["b@x.example"]["since_at"].startswith("2024-05-01T15:00:00") and len(rows) == 2
    assert (rows["a@x.example"]["code"], "no such user" in rows["a@x.example"]["reply"]) == (550, True), rows
    audit = world.relay.cli("audit", "list", "--json").stdout.decode()
    assert "2 of 2 from bounces.json (postmark-bounces): 1 hard_bounce, 1 complaint" in audit, audit
    assert str(tmp_path) not in audit
    world.relay.cli("suppression", "remove", "--match", "domain:x.example", "--yes")
    many = "".join("u%d@many.example,hard_bounce,2024-05-01\n" % n for n in range(2500))
    world.relay.cli("suppression", "import", "-", data=many.encode())
    exported = world.relay.cli("suppression", "export").stdout.decode()
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert len({r["address"] for r in rows}) == 2500 and rows[0]["reason"] == "hard_bounce"
    dry = world.relay.cli("suppression", "remove", "--match", "domain:many.example", "--dry-run").stdout
    assert b"2,500" in dry or b"2500" in dry
    world.relay.cli("suppression", "remove", "--match", "domain:many.example", "--cause", "hard_bounce", "--yes")
    assert entries(world) == []
    world.relay.cli("suppression", "import", "-", data=exported.encode())
    assert world.relay.ask("suppression", "check", "u7@many.example")["items"][0]["since_at"].startswith("2024-05-01")
