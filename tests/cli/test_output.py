"""The forms of relaycli's answers: fields, quoting, closed outputs, times."""

import csv
import io
import json
import os
import subprocess

import pytest
import relaylib

RECIPIENT = "ann@full.mail.example"


@pytest.fixture(scope="module")
def filled(relay):
    relay.relay.send(relay.login, "orders@shop.example", [RECIPIENT, "joe@ok.mail.example"],
                     relaylib.text_message("orders@shop.example", RECIPIENT, subject='50 "off", now\u2764'))
    relay.relay.wait_status(RECIPIENT, "deferred")
    relay.relay.wait_status("joe@ok.mail.example", "delivered")
    return relay.relay


def test_fields_work_in_every_form(filled):
    def out(*args):
        return filled.cli(*args).stdout.decode()
    assert out("queue", "list", "--fields", "deferred,key") == "1\tfull.mail.example\n"
    assert out("queue", "list", "--fields", "key", "--csv") == "key\nfull.mail.example\n"
    assert out("queue", "list", "--fields", "key", "--csv", "--no-header") == "full.mail.example\n"
    assert out("queue", "list", "--fields", "generation,key").endswith("\tfull.mail.example\n")  # no column shows it
    assert json.loads(out("queue", "list", "--fields", "key", "--json"))["items"] == [{"key": "full.mail.example"}]
    assert json.loads(out("queue", "list", "--fields", "key", "--jsonl")) == {"schema": "relay.queue.list/1",
                                                                              "key": "full.mail.example"}
    assert out("queue", "show", "full.mail.example", "--fields", "key,deferred") == \
        "key\tfull.mail.example\ndeferred\t1\n"
    assert json.loads(out("queue", "show", "full.mail.example", "--fields", "key", "--json")) == \
        {"schema": "relay.queue.show/1", "key": "full.mail.example"}
    assert out("status", "--fields", "hostname") == "hostname\trelay.example\n"
    assert out("status", "--fields", "hostname", "--csv") == "hostname\nrelay.example\n"
    assert out("queue", "ages", "--fields", "up_to").splitlines()
    lines = out("log", "tail", "--fields", "event,recipient").splitlines()
    assert "delivered\tjoe@ok.mail.example" in lines
    assert out("log", "tail", "-n", "1", "--csv", "--fields", "event,recipient").splitlines()[0] == "event,recipient"
    assert set(json.loads(out("log", "tail", "-n", "1", "--jsonl", "--fields", "event"))) == {"schema", "event"}


@pytest.mark.parametrize("args", [
    ["queue", "list"], ["queue", "show", "full.mail.example"], ["status"], ["credential", "list"],
    ["credential", "show", "shop"], ["message", "list"], ["domain", "list"], ["log", "tail"], ["config", "show"],
])
@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_an_unknown_field_is_refused_with_those_there_are(filled, args, form):
    done = filled.cli(*args, *form, "--fields", "colour", check=False)
    assert done.returncode == 2 and done.stdout == b""
    assert b'no field \\"colour\\"; there are ' in done.stderr or b'no field "colour"; there are ' in done.stderr


def test_csv_is_quoted(filled):
    done = filled.cli("message", "list", "to:" + RECIPIENT, "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert rows[0]["recipient"] == RECIPIENT and rows[0]["subject"] == '50 "off", now\u2764'
    assert b'"50 ""off"", now' in done.stdout


def test_the_same_rows_in_every_form(filled):
    keys = ["id", "recipient", "status"]
    wanted = [[item[key] for key in keys] for item in filled.ask("message", "list")["items"]]
    args = ["message", "list", "--fields", ",".join(keys)]
    assert [line.split("\t") for line in filled.cli(*args).stdout.decode().splitlines()] == wanted
    assert [line.split("\t") for line in filled.cli(*args, "--tsv").stdout.decode().splitlines()] == wanted
    assert list(csv.reader(io.StringIO(filled.cli(*args, "--csv").stdout.decode())))[1:] == wanted
    assert [[json.loads(line)[key] for key in keys] for line in
            filled.cli(*args, "--jsonl").stdout.splitlines()] == wanted


def shell(filled, script):
    env = {"PATH": "%s:%s" % (os.path.dirname(relaylib.program("relaycli")), os.environ["PATH"]), "TZ": "UTC",
           "LANG": "C.UTF-8", "RELAY_SOCKET": filled.socket}
    return subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, env=env,
                          timeout=60 * relaylib.PATIENCE)


@pytest.mark.parametrize("command", ["log search since:7d", "log tail", "suppression export", "rpc rpc.describe",
                                     "help", "completion man", "message list --json"])
def test_a_reader_that_leaves_ends_it_quietly(filled, command):
    done = shell(filled, "relaycli %s | true; echo ${PIPESTATUS[0]} >&2" % command)
    assert done.stderr.decode() == "0\n"


def test_an_answer_that_cannot_be_written_is_a_failure(filled):
    for to in (">/dev/full", ">&-"):
        done = shell(filled, "relaycli queue list " + to)
        assert done.returncode == 1 and b"relaycli: cannot write the answer: " in done.stderr
    # the connection must not take the place of what was closed, and be written to
    done = shell(filled, "relaycli queue list <&- >&- 2>&-")
    assert done.returncode == 1 and done.stdout == done.stderr == b""
    assert shell(filled, "relaycli status --json <&-").returncode == 0


def test_times_are_local_where_they_are_typed(filled):
    def count(*args, zone="UTC"):
        done = shell(filled, "TZ=%s relaycli message list --json %s" % (zone, " ".join(args)))
        assert done.returncode in (0, 3), done.stderr
        return len(json.loads(done.stdout)["items"]) if done.stdout else 0
    assert count("--since yesterday") == count("--since 2h") == count("since:yesterday") == 2
    assert count("--until yesterday") == 0
    at = filled.ask("message", "list")["items"][0]["accepted_at"]  # 2026-11-23T14:02:11.004Z
    hour = at[:14] + "00"
    later = "%s%02d:00" % (at[:11], (int(at[11:13]) + 1) % 24)
    if later[11:13] != "00":
        assert count("--since " + hour, "--until " + later) == 2
        assert count("--since " + hour, "--until " + later, zone="XXX-5") == 0  # five hours ago there
        assert count("--since " + hour, "--until " + later, "--utc", zone="XXX-5") == 2
    done = filled.cli("message", "list", "--since", "yesteryear", check=False)
    assert done.returncode == 2 and b"yesterday, 14:00, 2026-11-23" in done.stderr
