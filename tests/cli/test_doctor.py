"""relaycli doctor: what is looked at, what is said of it, and the exit code."""

import json
import os
import re
import socket
import threading

import pytest
import relaylib
from relaylib import wait_for
from test_terminal import Terminal

SENDER = "orders@shop.example"


def doctor(relay, *args):
    """(exit code, the object)"""
    done = relay.cli("--json", "doctor", *args, check=False)
    return done.returncode, json.loads(done.stdout)


def rows(answer, check, about=""):
    return [r for r in answer["items"] if r["check"] == check and about in (r["object"] or "") + " " + r["seen"]]


def states(answer, check):
    return {r["state"] for r in answer["items"] if r["check"] == check}


def test_every_row_says_what_was_seen_and_the_worst_decides(relay):
    code, answer = doctor(relay.relay)
    assert answer["schema"] == "relay.doctor/1"
    for row in answer["items"]:
        assert set(row) == {"check", "object", "state", "seen", "todo"} and row["seen"]
        assert row["state"] in ("ok", "warn", "fail", "unknown", "note")
    assert {r["check"] for r in answer["items"]} >= {
        "relayd", "config", "store", "disk", "descriptors", "core dumps", "resolver", "permissions", "reload", "restart",
        "certificate", "domain", "dkim", "credential", "address", "alert", "listener", "outside", "port 25 out", "clock",
        "memory", "swap"}
    seen = {r["state"] for r in answer["items"]}
    assert code == (1 if "fail" in seen else 7 if "unknown" in seen else 0)
    assert answer["state"] == next(s for s in ("fail", "warn", "unknown", "ok") if s in seen)
    worst = next(r for r in answer["items"] if r["state"] == answer["state"])
    assert answer["first"] == (worst["todo"] or worst["seen"])


def test_each_check_is_a_line_and_the_last_says_what_to_do_first(relay):
    text = relay.relay.cli("doctor", check=False).stdout.decode()
    lines, first = text.split("\nDo first:")
    assert all(re.match(r"(ok|warn|FAIL|unknown|note) +\S|         -> ", line) for line in lines.splitlines())
    assert first.strip()
    assert relay.relay.cli("doctor", "-q", check=False).stdout == b""
    for form in ("--tsv", "--csv"):
        assert b"core dumps" in relay.relay.cli("doctor", form, "--fields", "state,check", check=False).stdout


def test_ports_are_met_as_a_client_meets_them(relay):
    _, answer = doctor(relay.relay)
    by_starttls, by_tls = rows(answer, "listener")
    assert str(relay.relay.submission) in by_starttls["object"] and str(relay.relay.submissions) in by_tls["object"]
    for row in (by_starttls, by_tls):  # self-signed: said once, of the certificate
        assert row["state"] == "ok" and row["seen"].startswith("TLSv1.3, it offers AUTH; the certificate is for relay.example")
    assert states(answer, "certificate") == {"warn"}
    outside = rows(answer, "outside")[0]
    assert outside["state"] == "note" and "cannot be seen from this host" in outside["seen"]
    assert "openssl s_client -connect relay.example:%d -starttls smtp" % relay.relay.submission in outside["todo"]


def test_the_way_out_is_known_once_something_was_delivered(world):
    world.zone.domain("ok.mail.example")
    world.start()
    _, answer = doctor(world.relay)
    assert states(answer, "port 25 out") == {"unknown"}
    world.relay.send(world.login, SENDER, "b@ok.mail.example")
    world.relay.wait_status("b@ok.mail.example", "delivered")
    _, answer = doctor(world.relay)
    assert states(answer, "port 25 out") == {"ok"}


def test_live_asks_the_dns_for_domains_and_addresses(world):
    world.zone.reverse("127.0.0.2", "relay.example").add("relay.example", "A", "127.0.0.2")
    world.start(extra='pool "out" { address = {"127.0.0.2"} }\nsource_check { blocklists = {"bl.example"} }\n')
    world.relay.domain("later.example")
    code, answer = doctor(world.relay, "--live")
    later = rows(answer, "domain", "later.example")[0]
    assert later["state"] == "warn" and later["todo"] == "relaycli domain check later.example"
    assert rows(answer, "domain", "shop.example")[0]["state"] != "unknown"
    address = rows(answer, "address", "127.0.0.2")[0]
    assert address["state"] == "ok" and address["seen"] == \
        "PTR relay.example leads back to it, it greets as relay.example; on none of 1 blocklists"
    assert code == 7 and {r["check"] for r in answer["items"] if r["state"] == "unknown"} == {"port 25 out"}
    world.zone.add("2.0.0.127.bl.example", "A", "127.0.0.2", ttl=1).reload()
    wait_for(lambda: "is listed at bl.example" in json.dumps(rows(doctor(world.relay, "--live")[1], "address")),
             "the listing is found")


class Resolver(threading.Thread):
    """Answers each question with these bytes 2 and 3 of the header; None: not at all."""

    def __init__(self, flags):
        super().__init__(daemon=True)
        self.flags, self.socket = flags, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                question, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if self.flags is not None:
                self.socket.sendto(question[:2] + self.flags + question[4:], sender)

    def stop(self):
        self.socket.close()


@pytest.mark.parametrize("flags,trusted,state,words", [
    (b"\x81\xa0", "yes", "ok", "it answers, and validates DNSSEC"),
    (b"\x81\x80", "yes", "warn", "does not validate DNSSEC, about which dns.trusted believes it"),
    (b"\x81\x80", "no", "ok", "does not validate DNSSEC"),
    (b"\x81\x85", "yes", "unknown", "not about the root (code 5)"),
    (None, "no", "fail", "does not answer"),
])
def test_the_resolver_is_asked_whether_it_validates(world, flags, trusted, state, words):
    resolver = world.keep(Resolver(flags))
    world.relay = relaylib.Relay(world.folder, resolver.port, 25)
    world.relay.CONFIG = world.relay.CONFIG.replace("dns      {{", "dns {{ trusted = %s" % trusted)
    world.relay.start()
    _, answer = doctor(world.relay)
    asked = [r for r in rows(answer, "resolver") if "answer" in r["seen"]][0]
    assert (asked["state"], asked["object"]) == (state, "127.0.0.1:%d" % resolver.port) and words in asked["seen"]
    assert bool(asked["todo"]) == (state != "ok")


def test_files_that_others_may_write_fail(world):
    world.start(login=False)
    relay = world.relay
    os.chmod(relay.folder + "/state", 0o700)
    os.chmod(relay.config_path, 0o644)
    assert states(doctor(relay)[1], "permissions") == {"ok"}
    os.chmod(relay.config_path, 0o666)
    os.chmod(relay.folder + "/state", 0o755)
    code, answer = doctor(relay)
    assert code == 1 and answer["state"] == "fail"
    config, state = rows(answer, "permissions")
    assert config["state"] == "fail" and config["todo"] == "chmod 0644 " + relay.config_path == answer["first"]
    assert state["state"] == "warn" and state["todo"] == "chmod 0700 %s/state" % relay.folder
    assert rows(answer, "domain")[0]["todo"].startswith("relaycli domain add")
    assert rows(answer, "credential")[0]["todo"].startswith("relaycli credential create")


def test_a_changed_file_a_broken_file_and_a_restart_that_is_due(world):
    world.start(login=False)
    relay = world.relay
    text = open(relay.config_path).read()
    with open(relay.config_path, "a") as out:
        out.write("workers = 3\n")
    _, answer = doctor(relay)
    assert states(answer, "reload") == {"warn"} and states(answer, "config") == {"ok"}
    relay.cli("config", "reload")
    _, answer = doctor(relay)
    assert states(answer, "reload") == {"ok"}
    assert states(answer, "restart") == {"warn"} and "workers" in rows(answer, "restart")[0]["seen"]
    with open(relay.config_path, "w") as out:
        out.write(text + "worker = 3\n")
    code, answer = doctor(relay)
    assert code == 1 and re.search(r"relayd\.conf:\d+: .*worker", rows(answer, "config")[0]["seen"])
    with open(relay.config_path, "w") as out:
        out.write(text)


def test_config_diff_says_what_differs_and_what_takes_it(world):
    world.start(login=False)
    relay = world.relay
    assert relay.ask("config", "diff") == {"schema": "relay.config.diff/1", "file": relay.config_path, "items": []}
    with open(relay.config_path, "a") as out:
        out.write('workers = 3\nalerts { interval = "90s" }\n')
    changed = [("workers", "0", "3", "restart"), ("alerts.interval", "5m", "90s", "reload")]

    def items():
        return [(i["option"], i["running"], i["file"], i["takes"]) for i in relay.ask("config", "diff")["items"]]
    assert items() == changed
    assert relay.cli("config", "diff").stdout == b"workers\t0\t3\trestart\nalerts.interval\t5m\t90s\treload\n"
    terminal = Terminal("--socket", relay.socket, "config", "diff")
    try:
        terminal.expect(r"OPTION +RUNNING +FILE +TAKES")
        terminal.expect(r"config reload takes what says reload\.\nOnly a restart takes the rest\.")
        assert terminal.wait() == 0
    finally:
        terminal.end()
    relay.cli("config", "reload")
    assert items() == changed[:1]
    with open(relay.config_path, "a") as out:
        out.write("hostnam = 1\n")
    done = relay.cli("config", "diff", check=False)
    assert done.returncode == 1 and b"relayd.conf:" in done.stderr and b"hostnam" in done.stderr


def test_a_certificate_for_another_host_fails(world, tmp_path):
    pair = relaylib.Pair(tmp_path, "other.example")
    world.start(login=False, extra=pair.of_listeners())
    code, answer = doctor(world.relay)
    assert code == 1 and states(answer, "certificate") == {"ok"}
    for row in rows(answer, "listener"):
        assert row["state"] == "fail" and "for other.example, not for relay.example" in row["seen"]


def test_without_the_daemon_it_says_so_first_and_checks_the_file(tmp_path):
    conf = tmp_path / "relayd.conf"
    conf.write_text('hostname = "relay.example"\nstate_dir = "%s"\ncontrol_socket = "%s/s"\n'
                    'listen "submission" { port = 2587 }\n' % (tmp_path, tmp_path))
    argv = [relaylib.program("relaycli"), "--socket", "/nowhere/control.sock", "--json", "doctor", "--config"]
    done = relaylib.run([*argv, str(conf)], check=False)
    answer = json.loads(done.stdout)
    assert done.returncode == 1 and answer["items"][0]["check"] == "relayd" and answer["items"][0]["state"] == "fail"
    assert answer["first"].startswith("systemctl status relayd")
    assert states(answer, "config") == {"ok"} and states(answer, "memory") == {"ok"}
    conf.write_text("hostnam = 1\n")
    answer = json.loads(relaylib.run([*argv, str(conf)], check=False).stdout)
    assert states(answer, "config") == {"fail"} and "relayd.conf:1" in rows(answer, "config")[0]["seen"]
