"""relaycli against a running relay: answers, forms, exit codes, secrets."""

import csv
import io
import json
import os
import re
import stat
import subprocess

import pytest
import relaylib
from relaylib import wait_for

SENDER = "orders@shop.example"
RFC3339 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


@pytest.fixture(scope="module")
def sent(relay):
    """One message each that was delivered, bounced, deferred, and to two that fare differently."""
    r = relay.relay
    ids = {name: r.send(relay.login, SENDER, "%s.mail.example" % name)
           for name in ("b.lee@ok", "nobody@unknown", "ann@full")}
    ids["both"] = r.send(relay.login, SENDER, ["one@ok.mail.example", "two@full.mail.example"])
    r.wait_status("b.lee@ok.mail.example", "delivered")
    r.wait_status("nobody@unknown.mail.example", "bounced")
    r.wait_status("ann@full.mail.example", "deferred")
    r.wait_status("one@ok.mail.example", "delivered")
    r.wait_status("two@full.mail.example", "deferred")
    return ids


def cli(relay, *args, check=False, env=None):
    return relaylib.run([relaylib.program("relaycli"), "--socket", relay.relay.socket, *args], check=check,
                        env=dict(os.environ, **(env or {})))


def text(relay, *args, **options):
    return cli(relay, *args, **options).stdout.decode()


# ---- find ---------------------------------------------------------------------------------------


def test_find_says_yes_first_and_then_the_evidence(relay, sent):
    done = cli(relay, "find", "b.lee@ok.mail.example", env={"TZ": "Europe/Berlin"})
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert re.match(r"Yes\. \S+ accepted it at \d\d:\d\d:\d\d today \(CES?T\), \S+ seconds after your app sent it\.$",
                    lines[0]), lines[0]
    assert "is not visible to us" in lines[1]
    evidence = "\n".join(lines[2:])
    assert re.search(r"^  \d\d:\d\d:\d\d\.\d{3}  accepted   shop from 127\.0\.0\.1", evidence, re.M)
    assert "signed     DKIM d=shop.example" in evidence
    assert re.search(r"delivered  mx\.ok\.mail\.example \[127\.0\.0\.1\], TLSv1\.3, from 127\.0\.0\.1\n +250 ", evidence)
    assert "message %s" % sent["b.lee@ok"] in evidence


def test_find_takes_what_is_known_of_an_address(relay, sent):
    for known in ("b.lee@", "B.Lee@ok", "b.lee@ok.mail.example", "lee", "@ok.mail.example", "to:b.lee@"):
        said = text(relay, "find", known)
        assert "b.lee@ok.mail.example" in text(relay, "find", known, "--json"), (known, said)
    assert cli(relay, "find", "b.le@").returncode == 3  # it is the beginning that is known


def test_find_speaks_utc_when_asked(relay, sent):
    assert "(UTC)" in text(relay, "find", "b.lee@ok.mail.example", "--utc", env={"TZ": "Europe/Berlin"})


@pytest.mark.parametrize("address,sentence,code,judged", [
    ("b.lee@ok.mail.example", r"Yes\. ", 0, 0),
    ("nobody@unknown.mail.example", r"No\. It bounced at \S+: the mailbox does not exist \(550 5\.1\.1\)\.", 0, 11),
    ("ann@full.mail.example", r"Not yet\. .*\(452 4\.2\.2\)\. 1 try; next at .*; gives up ", 0, 10),
    ("nobody.ever@ok.mail.example", r"No trace\. Nothing to that address in the log, which is complete from ", 3, 3),
])
def test_find_has_fixed_words_and_exit_codes(relay, sent, address, sentence, code, judged):
    done = cli(relay, "find", address)
    assert re.match(sentence, done.stdout.decode()) and done.returncode == code
    assert cli(relay, "find", address, "--exit-status").returncode == judged


def test_find_offers_near_addresses(relay, sent):
    assert "near: b.lee@ok.mail.example (1)" in text(relay, "find", "b.le@ok.mail.example")


def test_find_takes_ids_and_message_ids(relay, sent):
    answer = relay.relay.ask("find", sent["b.lee@ok"])
    item = answer["items"][0]
    assert item["id"] == sent["b.lee@ok"]
    for way in (item["message_id"], "<%s>" % item["message_id"], "msgid:" + item["message_id"], "id:" + item["id"]):
        assert [i["id"] for i in relay.relay.find(way)["items"]] == [item["id"]], way


def test_find_says_partly_for_a_message_to_many(relay, sent):
    answer = relay.relay.ask("find", sent["both"])
    assert answer["answer"]["status"] == "partly"
    assert answer["answer"]["sentence"] == "Partly. 1 of 2 recipients delivered; two@full.mail.example is waiting."


def test_find_json_has_the_promised_fields(relay, sent):
    answer = relay.relay.ask("find", "ann@full.mail.example")
    assert set(answer) >= {"schema", "answer", "coverage", "items", "near", "next_cursor"}
    assert set(answer["coverage"]) >= {"from", "until", "complete", "gaps"}
    item = answer["items"][0]
    assert set(item) >= {"id", "message_id", "sender", "recipient", "credential", "status", "accepted_at",
                         "next_attempt_at", "expires_at", "suppressed", "events"}
    assert item["status"] == "deferred" and item["suppressed"] is False and len(item["id"]) == 13
    for key in ("accepted_at", "next_attempt_at", "expires_at"):
        assert RFC3339.match(item[key])
    events = item["events"]
    assert [e["event"] for e in events] == ["accepted", "deferred"]
    assert events[1]["code"] == 452 and events[1]["enhanced"] == "4.2.2" and events[1]["category"] == "mailbox_full"
    assert events[1]["attempt"] == 1 and events[1]["reply"].startswith("452 4.2.2 ")


def test_find_pages_with_a_cursor(relay, sent):
    seen, cursor = [], []
    while True:
        page = relay.relay.ask("find", "domain:full.mail.example", "--limit", "1", *cursor)
        seen += [(i["id"], i["recipient"]) for i in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = ["--cursor", page["next_cursor"]]
    assert sorted(r for _, r in seen) == ["ann@full.mail.example", "two@full.mail.example"]


def test_find_refuses_what_it_does_not_know(relay):
    for term, word in (("status:defered", "deferred"), ("form:a@x", "from:"), ("since:yesteryear", "is no time")):
        done = cli(relay, "find", term)
        assert done.returncode == 2 and word in done.stderr.decode()


# ---- forms ----------------------------------------------------------------------------------------


def test_tables_are_tsv_in_a_pipe(relay, sent):
    rows = [line.split("\t") for line in text(relay, "message", "list", "to:@full.mail.example").splitlines()]
    assert len(rows) == 2 and {len(row) for row in rows} == {9}
    assert RFC3339.match(rows[0][1])


def test_csv_has_a_header_and_quotes(relay, sent):
    rows = list(csv.DictReader(io.StringIO(text(relay, "message", "list", "--csv"))))
    assert {row["status"] for row in rows} == {"delivered", "bounced", "deferred"}
    plain = text(relay, "message", "list", "--csv", "--no-header")
    assert plain.count("\n") == len(rows)


def test_fields_choose_columns_in_every_form(relay, sent):
    assert text(relay, "message", "list", "--fields", "status,id", "-n1").count("\t") == 1
    answer = json.loads(text(relay, "message", "list", "--json", "--fields", "id,status", "-n", "1"))
    assert set(answer["items"][0]) == {"id", "status"}
    assert cli(relay, "message", "list", "--fields", "colour").returncode == 2


def test_jsonl_is_one_object_a_line(relay, sent):
    lines = [json.loads(line) for line in text(relay, "message", "list", "--jsonl").splitlines()]
    assert all(line["schema"] == "relay.message.list/1" for line in lines)
    ours = [line for line in lines if line["credential"] == "shop"]  # beside a notice, which comes when it comes
    assert sorted((line["id"], line["recipient"]) for line in ours) == sorted(
        [(sent[name], name + ".mail.example") for name in sent if name != "both"]
        + [(sent["both"], to) for to in ("one@ok.mail.example", "two@full.mail.example")])


def test_every_json_answer_is_ascii_with_a_schema(relay, sent):
    for args in (["status"], ["queue", "list"], ["queue", "ages"], ["queue", "show", "full.mail.example"],
                 ["credential", "list"], ["credential", "show", "shop"], ["domain", "list"],
                 ["domain", "show", "shop.example"], ["domain", "records", "shop.example"], ["config", "show"],
                 ["audit", "list"], ["log", "search", "to:@ok.mail.example"], ["message", "show", sent["both"]],
                 ["pool", "list"], ["pool", "show", "default"], ["log", "tail"], ["rpc", "rpc.describe"], ["version"]):
        done = cli(relay, "--json", *args, check=True)
        assert done.stdout.isascii() and done.stdout.count(b"\n") == 1
        assert re.match(r"relay\.[a-z]+\.[a-z]+/1$", json.loads(done.stdout)["schema"])


def test_a_failure_in_json_leaves_stdout_empty(relay):
    done = cli(relay, "--json", "credential", "show", "nobody")
    assert done.returncode == 3 and done.stdout == b""
    assert set(json.loads(done.stderr)["error"]) >= {"code", "message", "hint"}


def test_status_counts(relay, sent):
    status = relay.relay.ask("status")
    assert set(status) >= {"schema", "version", "hostname", "boot_id", "started_at", "queued", "deferred", "held",
                           "totals", "problems"}
    assert status["totals"]["accepted"] >= 5 and status["deferred"] == 2


# ---- log -------------------------------------------------------------------------------------------


def test_log_tail_prints_the_past_oldest_first(relay, sent):
    events = relay.relay.ask("log", "tail", "-n", "100")["items"]
    assert [e["at"] for e in events] == sorted(e["at"] for e in events)
    assert {e["event"] for e in events} >= {"accepted", "delivered", "bounced", "deferred"}
    only = relay.relay.ask("log", "tail", "event:bounced")["items"]
    assert only and {e["event"] for e in only} == {"bounced"}


def test_log_tail_follows_without_loss_or_repetition(relay):
    argv = [relaylib.program("relaycli"), "--socket", relay.relay.socket, "log", "tail", "-f", "--jsonl",
            "to:follow*"]
    relay.relay.send(relay.login, SENDER, "follow0@ok.mail.example")
    relay.relay.wait_status("follow0@ok.mail.example", "delivered")
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as tail:
        try:
            first = json.loads(tail.stdout.readline())
            assert first["recipient"] == "follow0@ok.mail.example"
            for i in range(1, 4):
                relay.relay.send(relay.login, SENDER, "follow%d@ok.mail.example" % i)
            events = [first] + [json.loads(tail.stdout.readline()) for _ in range(7)]
        finally:
            tail.send_signal(2)
        assert tail.wait(10 * relaylib.PATIENCE) == 130
    seen = [(e["event"], e["recipient"]) for e in events]
    assert sorted(seen) == sorted((k, "follow%d@ok.mail.example" % i) for i in range(4)
                                  for k in ("accepted", "delivered"))


# ---- queues -----------------------------------------------------------------------------------------


def test_hold_release_flush(relay, sent):
    r = relay.relay
    held = r.ask("queue", "hold", "full.mail.example", "--reason", "complaint spike")
    assert held["affected"] == 2 and held["object"] == "full.mail.example"
    assert re.match(r'On hold\. root held the queue full\.mail\.example at \d\d:\d\d \("complaint spike"\)\. '
                    r"Release: relaycli queue release full\.mail\.example\n",
                    text(relay, "find", "ann@full.mail.example")) or os.geteuid() != 0
    row = r.ask("queue", "list")["items"][0]
    assert row["held"] == 2 and row["held_reason"] == "complaint spike"
    old = row["generation"]
    assert r.ask("queue", "release", "full.mail.example")["affected"] == 2
    done = cli(relay, "queue", "hold", "full.mail.example", "--generation", str(old))
    assert done.returncode == 9 and b"changed since you looked" in done.stderr
    assert cli(relay, "queue", "flush", "full.mail.example").returncode == 0
    assert cli(relay, "queue", "flush", "--match", "*", "--yes").returncode == 0
    assert cli(relay, "queue", "flush", "fulll.mail.example").returncode == 3
    assert text(relay, "queue", "hold", "fulll.mail.example") == (
        "Held fulll.mail.example: nothing waits there now, what comes is held. Did you mean full.mail.example? "
        "Undo: relaycli queue release fulll.mail.example\n")
    assert cli(relay, "queue", "release", "fulll.mail.example").returncode == 0
    actions = [(a["action"], a["object"]) for a in r.ask("audit", "list")["items"]]
    assert ("queue.hold", "full.mail.example") in actions and ("queue.release", "full.mail.example") in actions
    assert any("complaint spike" in a["detail"] for a in r.ask("audit", "list", "queue.hold")["items"])


def test_bounce_is_looked_at_confirmed_and_counted(relay):
    r = relay.relay
    for i in range(3):
        r.send(relay.login, SENDER, "gone%d@gone.full.mail.example" % i)
    for i in range(3):
        r.wait_status("gone%d@gone.full.mail.example" % i, "deferred")
    n = r.ask("queue", "show", "gone.full.mail.example")["queue"]["deferred"]
    args = ("queue", "bounce", "gone.full.mail.example", "--reason", "campaign withdrawn")
    seen = text(relay, *args, "--dry-run")
    assert re.match(r"Would bounce %d messages \(oldest \S+\) from 1 credential; %d bounce notices to 1 sender\. "
                    r"Nothing done\.\n" % (n, n), seen), seen
    assert cli(relay, *args).returncode == 6
    assert cli(relay, *args, "--confirm=gone.mail.example").returncode == 6
    grown = cli(relay, *args, "--yes", "--count", str(n - 1))
    assert grown.returncode == 9 and b"%d would be touched now, not %d" % (n, n - 1) in grown.stderr
    assert cli(relay, "queue", "bounce", "gone.full.mail.example", "--yes").returncode == 2  # no reason
    assert r.ask("queue", "show", "gone.full.mail.example")["queue"]["deferred"] == n
    assert r.ask(*args, "--confirm=gone.full.mail.example")["affected"] == n
    found = r.ask("find", "gone0@gone.full.mail.example")["items"][0]
    assert found["status"] == "bounced"
    bounced = [e for e in found["events"] if e["event"] == "bounced"][0]
    assert re.match(r"bounced by \S+: campaign withdrawn$", bounced["detail"]) and not bounced["hard"], bounced
    said = text(relay, "find", "gone0@gone.full.mail.example")
    assert re.match(r"No\. \S+ bounced it at \d\d:\d\d \(\"campaign withdrawn\"\)\.\n", said), said
    assert said.count("campaign withdrawn") == 2, said  # the sentence, and the event once
    assert cli(relay, *args, "--yes").returncode == 3


def test_single_messages_are_cancelled_by_id(relay):
    r = relay.relay
    ids = [r.send(relay.login, SENDER, ["one@gone.full.mail.example", "two@ok.mail.example"]),
           r.send(relay.login, SENDER, "three@gone.full.mail.example")]
    for who in ("one", "three"):
        r.wait_status(who + "@gone.full.mail.example", "deferred")
    r.wait_status("two@ok.mail.example", "delivered")
    assert text(relay, "message", "cancel", ids[1], "--dry-run") == (
        "Would cancel 1 recipient of 1 message. Nothing done.\n")
    assert cli(relay, "message", "cancel", ids[1]).returncode == 6
    assert cli(relay, "message", "cancel", "no-id", "--yes").returncode == 2
    argv = [relaylib.program("relaycli"), "--socket", r.socket, "message", "cancel", "-", "--yes"]
    done = subprocess.run(argv, input="%s  a line of a list\n" % ids[1], capture_output=True, text=True,
                          timeout=relaylib.PATIENCE)
    assert (done.returncode, done.stdout) == (0, "Cancelled: 1 recipient of 1 message.\n"), done.stderr
    assert re.match(r"No\. .*cancelled", text(relay, "find", "three@gone.full.mail.example"))
    part = cli(relay, "message", "cancel", ids[0], "--yes", "--reason", "wrong price")
    assert part.returncode == 7 and b"1 recipient cancelled; 1 had left already" in part.stderr, part.stderr
    assert cli(relay, "message", "retry", ids[0]).returncode == 3
    wait_for(lambda: any(a["object"] == ids[0] and "wrong price" in a["detail"]
                         for a in r.ask("audit", "list", "message.cancel")["items"]), "the audit log has it")


def test_all_mail_of_a_credential_is_held(relay):
    r = relay.relay
    held = text(relay, "queue", "hold", "--cred", "shop", "--reason", "leaked key", "--for", "1h")
    assert re.match(r"Held cred:shop: \d+ recipients?\. Undo: relaycli queue release cred:shop\n", held), held
    mid = r.send(relay.login, SENDER, "waits@gone.full.mail.example")
    why = wait_for(lambda: r.ask("message", "show", mid)["waiting"], "the scheduler has it")
    assert re.match(r"waits@\S+ waits: \S+ held cred:shop at \S+ \(\"leaked key\"\); until ", str(why[0])), why
    assert r.ask("queue", "show", "gone.full.mail.example")["queue"]["state"].startswith("HELD by ")
    assert cli(relay, "queue", "hold", "--cred", "nobody").returncode == 3
    assert cli(relay, "queue", "release", "cred:shop").returncode == 0
    r.wait_status("waits@gone.full.mail.example", "deferred")
    again = cli(relay, "queue", "release", "--cred", "shop")
    assert again.returncode == 3 and b"credential shop is not held" in again.stderr


def test_some_of_many_is_exit_7(relay, sent):
    done = cli(relay, "queue", "release", "full.mail.example", "nowhere.example")
    assert done.returncode == 7 and b"1 of 2" in done.stderr


# ---- credentials: the secret --------------------------------------------------------------------------


def test_a_secret_goes_where_it_was_told(relay, tmp_path):
    name = iter("app%d" % i for i in range(10))
    alone = text(relay, "credential", "create", next(name), "--from", "@shop.example", "--secret-out", "-")
    assert re.match(r"^[A-Za-z0-9]{30,}\n$", alone)
    path = tmp_path / "secret"
    user = next(name)
    shown = text(relay, "credential", "create", user, "--from", "@shop.example", "--secret-out", str(path),
                 "--format", "env")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    values = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert values["SMTP_USER"] == user and values["SMTP_PASSWORD"] not in shown
    relay.relay.client(user, values["SMTP_PASSWORD"]).quit()
    created = relay.relay.ask("credential", "create", next(name), "--from", "@shop.example")
    assert set(created) >= {"schema", "credential", "host", "port", "secure", "user", "pass"}
    assert created["secure"] == "STARTTLS" and created["port"] == relay.relay.submission
    assert set(created["credential"]["keys"][0]) >= {"id", "created_at", "last_used_at", "ends_at"}


def test_a_failed_create_leaves_no_file(relay, tmp_path):
    path = tmp_path / "secret"
    done = cli(relay, "credential", "create", "x", "--from", "@nowhere.example", "--secret-out", str(path))
    assert done.returncode == 3 and not path.exists()


def test_secrets_are_in_no_log_and_no_audit(relay):
    created = relay.relay.ask("credential", "create", "quiet", "--from", "@shop.example")
    with open(os.path.join(relay.relay.folder, "log")) as log:
        assert created["pass"] not in log.read()
    assert created["pass"] not in text(relay, "audit", "list", "--json")


def test_create_without_from_says_so(relay):
    answer = relay.relay.ask("credential", "create", "mute")
    assert "may send nothing" in answer["note"]


def test_rotate_needs_no_yes_unless_it_stops_something(relay):
    relay.relay.ask("credential", "create", "spin", "--from", "@shop.example")
    assert cli(relay, "--json", "credential", "rotate", "spin").returncode == 0
    assert cli(relay, "--json", "credential", "rotate", "spin", "--overlap", "0s").returncode == 6
    assert cli(relay, "--json", "credential", "rotate", "spin", "--overlap", "0s", "--yes").returncode == 0


def test_options_are_set_at_birth_and_changed_later(relay):
    made = relay.relay.ask("credential", "create", "news", "--from", "@shop.example", "--bulk", "--notices", "no")
    assert made["credential"]["bulk"] and not made["credential"]["notices"]
    shown = text(relay, "credential", "limit", "news", "bulk=no", "suppressed=refuse", "--reason", "a trial")
    assert "bulk=no pool=default notices=no suppressed=refuse" in shown
    now = relay.relay.ask("credential", "show", "news")["credential"]
    assert not now["bulk"] and now["suppressed"] == "refuse" and now["pool"] is None
    assert "bulk: yes -> no; suppressed: record -> refuse; reason: a trial" in text(relay, "audit", "list", "--json")
    refused = cli(relay, "credential", "limit", "news", "speed=9")
    assert refused.returncode == 2 and b"help credential limit" in refused.stderr


def test_revoke_takes_the_name_or_yes(relay):
    relay.relay.ask("credential", "create", "old", "--from", "@shop.example")
    assert cli(relay, "credential", "revoke", "old").returncode == 6
    assert cli(relay, "credential", "revoke", "old", "--confirm=old").returncode == 0
    states = {c["name"]: c["state"] for c in relay.relay.ask("credential", "list")["items"]}
    assert states["old"] == "revoked"


# ---- domains --------------------------------------------------------------------------------------------


def test_domain_records_and_their_zone(relay):
    answer = relay.relay.ask("domain", "add", "b\u00fccher.example")
    assert answer["domain"] == "xn--bcher-kva.example"
    for record in answer["records"]:
        assert set(record) >= {"purpose", "name", "type", "ttl", "value"} and not record["name"].endswith(".")
    zone = text(relay, "domain", "records", "b\u00fccher.example", "--zone")
    assert len(zone.splitlines()) == len(answer["records"])
    assert [line.startswith("; ") for line in zone.splitlines()] == [r["optional"] for r in answer["records"]]
    prose = text(relay, "domain", "records", "b\u00fccher.example")
    assert all(r["value"] in prose for r in answer["records"]) and "From p=none to p=reject" in prose
    assert all(max(map(len, re.findall(r'"([^"]*)"', line)), default=0) <= 255 for line in zone.splitlines())
    assert cli(relay, "domain", "remove", "xn--bcher-kva.example").returncode == 6
    assert cli(relay, "domain", "remove", "xn--bcher-kva.example", "--yes").returncode == 0
    assert cli(relay, "domain", "show", "xn--bcher-kva.example").returncode == 3


# ---- config ------------------------------------------------------------------------------------------------


def test_a_bad_reload_changes_nothing(relay):
    path = relay.relay.config_path
    with open(path) as file:
        good = file.read()
    try:
        with open(path, "a") as file:
            file.write('\nhostnam = "x"\n')
        done = cli(relay, "config", "reload")
        assert done.returncode == 1 and re.search(rb"relayd\.conf:\d+: ", done.stderr)
    finally:
        with open(path, "w") as file:
            file.write(good)
    assert cli(relay, "config", "reload").returncode == 0
    assert cli(relay, "config", "check").returncode == 0


def test_a_reload_says_what_only_a_restart_takes(relay):
    path = relay.relay.config_path
    with open(path) as file:
        good = file.read()
    port = relay.relay.ask("credential", "show", "shop")["port"]
    try:
        with open(path, "w") as file:
            file.write(good.replace("port = %d" % port, "port = 5"))
        done = cli(relay, "config", "reload")
        assert done.returncode == 0 and b"Only a restart takes listen.port" in done.stdout, done
        wait_for(lambda: "relayd.conf was changed where only a restart takes it: listen.port" in text(relay, "status"),
                 "status says so")
        assert relay.relay.ask("credential", "show", "shop")["port"] == port  # the one that answers
    finally:
        with open(path, "w") as file:
            file.write(good)
    done = cli(relay, "config", "reload")
    assert done.returncode == 0 and b"restart" not in done.stdout
    wait_for(lambda: "only a restart" not in text(relay, "status"), "it is as it was")


def test_live_names_are_completed(relay):
    words = text(relay, "completion", "words", "--", "credential", "show", "sho")
    assert re.match(r"shop\tactive, ", words)
    assert text(relay, "completion", "words", "--", "domain", "show", "").split("\t")[0].strip() == "shop.example"
    assert wait_for(lambda: "queue.list" in text(relay, "completion", "words", "--", "rpc", "queue."), "methods")


def test_the_log_is_exported_page_by_page(relay, sent):
    lines = [json.loads(line) for line in text(relay, "log", "export", "--since", "1d").splitlines()]
    assert {"accepted", "delivered", "bounced", "deferred"} <= {line["event"] for line in lines}
    assert len({(line["id"], line["event"], line["message"], line["recipient"]) for line in lines}) == len(lines)
    assert {sent["both"], sent["b.lee@ok"]} <= {line["message"] for line in lines}
    rows = list(csv.DictReader(io.StringIO(text(relay, "log", "export", "--since", "1d", "--csv"))))
    assert len(rows) >= len(lines) and {row["event"] for row in rows} == {line["event"] for line in lines}
    only = text(relay, "log", "export", "to:b.lee@ok.mail.example", "--tsv").splitlines()
    assert only and all("b.lee@ok.mail.example" in line for line in only)
    assert cli(relay, "log", "export", "to:nobody-at-all@ok.mail.example").stdout == b""
    assert cli(relay, "log", "export", "--since", "neverland").returncode == 2
