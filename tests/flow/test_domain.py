"""A sending domain's DNS, checked by relayd: on demand, by itself, with an alert when a record goes."""

import json
import os
import socket

import pytest

from relaylib import Process, free_port, program, wait_for

CONFIG = """
domain_check {{ port = {port} interval = "{interval}" timeout = "300ms" }}
pool "out" {{ address = {{"127.0.0.2", "192.0.2.10", "2001:db8::10"}} }}
"""


def start(world, interval="1h"):
    world.zone.add("relay.example", "A", "192.0.2.10")
    return world.start(extra=CONFIG.format(port=world.zone.port, interval=interval))


def check(world, *flags):
    done = world.relay.cli("--json", "domain", "check", "shop.example", *flags, check=False)
    return done.returncode, json.loads(done.stdout)


def by_name(report):
    return {record["name"] + " " + record["type"]: record for record in report["records"]}


def test_what_records_says_is_what_check_wants(world):
    start(world)
    code, report = check(world)
    assert (code, report["schema"], report["state"]) == (0, "relay.domain.check/1", "ok"), report
    assert report["sentence"].startswith("Yes. shop.example is ready") and not report["problems"]
    assert {r["state"] for r in report["records"]} == {"ok"}
    assert all(len(r["answers"]) == 2 and {a["own"] for a in r["answers"]} == {True, False} for r in report["records"])
    spf = {(s["identity"], s["address"]): s for s in report["spf"]}
    assert set(spf) == {(i, a) for i in ("from", "return_path") for a in ("192.0.2.10", "2001:db8::10")}
    assert {s["result"] for s in spf.values()} == {"pass"}
    assert spf["from", "2001:db8::10"]["term"] == "ip6:2001:db8::10"
    dmarc = report["dmarc"]
    assert (dmarc["policy"], dmarc["policy_domain"], dmarc["passes"]) == ("none", "shop.example", True)
    assert dmarc["organisation"] == dmarc["organisation_by_list"] == "shop.example"
    done = world.relay.cli("domain", "check", "nosuch.example", check=False)
    assert done.returncode == 3 and b"there is no domain nosuch.example" in done.stderr


def test_says_what_is_wrong_and_what_to_do(world):
    start(world)
    world.zone.remove("k1._domainkey.shop.example").remove("_dmarc.shop.example").remove("shop.example", "TXT")
    world.zone.add("shop.example", "TXT", "v=spf1 ip4:198.51.100.0/24 -all").reload()
    code, report = check(world)
    assert code == 1 and report["state"] == "missing"
    records = by_name(report)
    key = records["k1._domainkey.shop.example TXT"]
    assert key["state"] == "missing" and key["todo"].startswith("Publish k1._domainkey.shop.example")
    spf = records["shop.example TXT"]
    assert spf["state"] == "different" and "mail from 192.0.2.10 gets fail (-all)" in spf["sentence"]
    assert spf["found"] == "v=spf1 ip4:198.51.100.0/24 -all"
    assert spf["expected"][:spf["differs_at"]] == spf["found"][:spf["differs_at"]] == "v=spf1 ip4:19"
    assert {a["state"] for a in spf["answers"]} == {"different"} and all("gets fail" in a["reason"] for a in spf["answers"])
    assert not report["dmarc"]["passes"] and "reject or junk" in report["problems"][0]
    text = world.relay.cli("domain", "check", "shop.example", check=False).stdout.decode()
    lines = text.splitlines()
    headline = " ".join(text.split("\n\n")[0].split())
    assert headline.startswith("No. Gmail, Yahoo and Outlook reject or junk all mail from shop.example now: ")
    assert "3 of the 4 records of shop.example that mail needs are not right." in headline and "does not do" not in text
    expected, mark = next((lines[i], lines[i + 2]) for i, line in enumerate(lines) if line.startswith("      expected "))
    assert mark.strip() == "^" and expected[mark.index("^") - 2:] == "192.0.2.10 ip6:2001:db8::10 ~all"


def test_says_first_what_receivers_do(world):
    start(world)
    world.zone.remove("k1._domainkey.shop.example").remove("_dmarc.shop.example").remove("shop.example", "TXT")
    world.zone.add("_dmarc.shop.example", "TXT", "v=DMARC1; p=reject; rua=mailto:d@shop.example").reload()
    text = " ".join(world.relay.cli("domain", "check", "shop.example", check=False).stdout.decode().split())
    assert text.startswith("No. Receivers reject all mail from shop.example now: it fails DMARC, since neither SPF nor DKIM passes, "
                           "and the policy of shop.example is p=reject. 2 of the 4 records of shop.example that mail needs are not right.")
    assert "mail from here fails" in text
    world.zone.remove("_dmarc.shop.example").add("_dmarc.shop.example", "TXT", "v=DMARC1; p=quarantine; rua=mailto:d@shop.example").reload()
    assert world.relay.cli("domain", "check", "shop.example", check=False).stdout.startswith(b"No. Receivers put into spam folders all mail")


def test_two_records_where_one_may_be_are_both_shown(world):
    start(world)
    world.zone.add("shop.example", "TXT", "v=spf1 -all").add("_dmarc.shop.example", "TXT", "v=DMARC1; p=reject").reload()
    done = world.relay.cli("domain", "check", "shop.example", check=False)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    found = sorted(line.split("  ")[-1] for line in lines if line.startswith("      found "))
    assert len(found) == 4 and found[0] == "v=DMARC1; p=none; rua=mailto:dmarc-reports@shop.example" and found[1] == "v=DMARC1; p=reject"
    assert found[2] == "v=spf1 -all" and found[3].startswith("v=spf1 ip4:192.0.2.10 ")
    text = " ".join(" ".join(lines).split())
    assert "The SPF record of shop.example is wrong: there are 2 of them, and receivers ignore both (SPF: permerror)." in text
    assert "The DMARC record of shop.example is wrong: there are 2 of them, and receivers ignore both." in text
    assert not [line for line in lines if line.strip() == "^"]
    world.zone.remove("_dmarc.shop.example").add("_dmarc.shop.example", "TXT", "v=DMARC1; p=rejcet").reload()
    text = world.relay.cli("domain", "check", "shop.example", check=False).stdout.decode()
    assert "      found  v=DMARC1; p=rejcet\n" in text
    assert ('The DMARC record of shop.example is wrong: "p" has a value that it cannot have; receivers ignore the record. '
            "Receivers act as if there were none") in " ".join(text.split())


def test_a_record_that_lets_anybody_in_is_said(world):
    start(world)
    world.zone.remove("shop.example", "TXT").add("shop.example", "TXT", "v=spf1 +all").reload()
    code, report = check(world)
    sentence = "anybody may send as shop.example: its SPF record lets every address in (+all)"
    assert (code, report["state"]) == (0, "ok") and report["sentence"].startswith("Yes, but %s." % sentence)
    assert report["problems"] == [sentence + "."] and by_name(report)["shop.example TXT"]["warnings"] == [sentence + "."]


def test_silent_servers_are_named(world):
    """A second resolver that is dead, and a server of the zone that nobody reaches: right, but not certain."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        dead = "127.0.0.1:%d" % silent.getsockname()[1]
        world.zone.add("relay.example", "A", "192.0.2.10").add("example", "NS", "ns2.example").add("ns2.example", "A", "127.0.0.9")
        world.zone.add("example", "NS", "ns3.example")
        world.start(extra=CONFIG.format(port=world.zone.port, interval="1h").replace(
            "interval =", 'resolvers = {"127.0.0.1:%d", "%s"} interval =' % (world.zone.port, dead)))
        done = world.relay.cli("domain", "check", "shop.example", check=False)
        text = " ".join(done.stdout.decode().split())
        assert done.returncode == 7, text
        assert text.startswith("Not certain. All 4 records of shop.example that mail needs are right where they were seen, "
                               "but 3 of 5 servers gave no answer. ")
        lines = text
        assert dead + ", a resolver, is silent." in lines
        assert "ns2.example (127.0.0.9), a server of the zone, gave no answer: nobody listens there." in lines
        assert "ns3.example, a server of the zone, gave no answer: its address cannot be found." in lines
        assert "Yes" not in text
        world.zone.remove("k1._domainkey.shop.example").reload()
        code, report = check(world)
        assert code == 1 and len(report["doubts"]) == 3 and report["sentence"].startswith("No. 1 of the 4")


def test_spf_that_nobody_can_evaluate_is_not_ready(world):
    world.zone.remove("relay.example")
    world.start(extra=CONFIG.format(port=world.zone.port, interval="1h").replace(', "192.0.2.10", "2001:db8::10"', ""))
    code, report = check(world)
    assert code == 7 and not report["spf"] and not report["dmarc"]["spf_certain"]
    assert report["sentence"].startswith("Not certain. ") and "SPF could not be evaluated" in report["sentence"]
    assert report["doubts"] == ["SPF could not be evaluated: mail leaves by 127.0.0.2, which is private, and relay.example has no "
                                "address in the DNS. Publish an A or AAAA record of relay.example with the address that receivers "
                                "see mail come from."]
    text = world.relay.cli("domain", "check", "shop.example", check=False).stdout.decode()
    assert "mail leaves by:\n  for none\n" in text
    world.zone.add("relay.example", "A", "192.0.2.10").reload()
    code, report = check(world)
    assert code == 0 and report["sentence"].startswith("Yes. ")


def test_a_record_that_goes_raises_an_alert(world):
    start(world, interval="1s")

    def state():
        return world.relay.ask("domain", "list")["items"][0]["state"]

    def problems():
        return [p for p in world.relay.ask("status")["problems"] if "shop.example" in p]
    wait_for(lambda: state() == "ok", "the first check")
    assert not problems()
    key = next(r for r in world.relay.ask("domain", "records", "shop.example")["records"]
               if r["name"] == "k1._domainkey.shop.example")
    with socket.socket(socket.AF_UNIX) as watcher:
        watcher.settimeout(20)
        watcher.connect(world.relay.socket)
        watcher.sendall(b'{"id":1,"method":"events.subscribe","params":{}}\n')
        lines = watcher.makefile("rb")
        assert b'"error"' not in lines.readline()

        def alert():
            while True:
                event = json.loads(lines.readline()).get("params", {})
                if event.get("event", "").startswith("alert.") and "shop.example" in event["detail"]:
                    return event["event"], event["detail"]
        world.zone.remove("k1._domainkey.shop.example").reload()
        sentence = "shop.example: The DKIM key k1 is missing. relaycli domain check shop.example"
        wait_for(lambda: problems() == [sentence], "the problem in status")
        assert alert() == ("alert.raised", sentence)
        shown = world.relay.ask("domain", "show", "shop.example")
        assert (shown["dkim"], shown["spf"], shown["policy"]) == ("missing", "ok", "none") and shown["problems"]
        world.zone.add(key["name"], "TXT", key["value"]).reload()
        wait_for(lambda: not problems(), "the problem gone from status")
        assert alert() == ("alert.cleared", sentence)


def test_mail_that_fails_dmarc_is_counted(world):
    world.zone.domain("ok.mail.example")
    start(world, interval="1s")

    def shown():
        return world.relay.ask("domain", "show", "shop.example")

    def send(count):
        for _ in range(count):
            world.relay.send(world.login, "app@shop.example", "b.lee@ok.mail.example")
    wait_for(lambda: shown()["state"] == "ok", "the first check")
    send(1)
    assert world.providers.wait("b.lee@ok.mail.example") and shown()["sent_failing"] == 0
    records = {r["name"]: r["value"] for r in world.relay.ask("domain", "records", "shop.example")["records"]}
    world.zone.remove("k1._domainkey.shop.example").remove("shop.example", "TXT").reload()
    wait_for(lambda: shown()["failing_since_at"], "a check that finds that mail fails")
    send(2)
    wait_for(lambda: shown()["sent_failing"] == 2, "two messages counted")
    assert "2 delivered like this since" in world.relay.cli("domain", "show", "shop.example").stdout.decode()
    alerts = [p for p in world.relay.ask("status")["problems"] if "fails DMARC" in p]
    assert len(alerts) == 1 and "Sent like this so far: 2." in alerts[0] and "queue hold --match from:@shop.example" in alerts[0]
    world.relay.cli("queue", "hold", "--match", "from:@shop.example", "--reason", "DNS", "--yes")
    world.relay.cli("queue", "release", "--match", "from:@shop.example", "--yes")
    world.zone.add("k1._domainkey.shop.example", "TXT", records["k1._domainkey.shop.example"]).reload()
    wait_for(lambda: not shown()["failing_since_at"], "a check that finds that mail passes")
    assert shown()["sent_failing"] == 0


def test_servers_that_do_not_answer_are_no_news(world):
    start(world, interval="1s")
    wait_for(lambda: world.relay.ask("domain", "list")["items"][0]["state"] == "ok", "the first check")
    world.zone.process.stop()
    code, report = check(world)
    assert code == 7 and report["sentence"].startswith("Unknown. None of the servers gave an answer")
    assert report["doubts"][0].endswith("a resolver, gave no answer: nobody listens there.") and report["problems"] and "DMARC, since" not in " ".join(report["problems"])
    assert {a["status"] for r in report["records"] for a in r["answers"]} == {"failed"}
    assert not any("shop.example" in problem for problem in world.relay.ask("status")["problems"])


def test_relayd_stops_while_a_check_waits(world):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        extra = CONFIG.format(port=free_port(), interval="1h").replace("300ms", "30s").replace(
            "interval =", 'resolvers = {{"127.0.0.1:%d"}} interval ='.replace("{{", "{").replace("}}", "}")
            % silent.getsockname()[1])
        world.start(extra=extra)
        watcher = socket.socket(socket.AF_UNIX)
        watcher.connect(world.relay.socket)
        watcher.sendall(b'{"id":1,"method":"domain.check","params":{"name":"shop.example"}}\n')
        silent.settimeout(10)
        silent.recv(512)  # it is being asked
        assert world.relay.stop() == 0
        watcher.close()


def test_a_domain_in_use_is_not_removed(world):
    start(world)
    done = world.relay.cli("domain", "remove", "shop.example", check=False)  # before it asks for a yes
    assert done.returncode == 1 and b"needs a yes" not in done.stderr
    assert b"credential shop sends as shop.example; first: relaycli credential limit shop from=..., or revoke it" in done.stderr
    assert world.relay.cli("domain", "remove", "shop.example", "--yes", check=False).returncode == 1
    world.relay.cli("domain", "add", "b.example")
    world.relay.cli("credential", "limit", "shop", "from=@b.example")
    assert world.relay.cli("domain", "remove", "shop.example", check=False).returncode == 6
    world.relay.cli("domain", "remove", "shop.example", "--yes")
    assert world.relay.cli("domain", "remove", "shop.example", check=False).returncode == 3


@pytest.mark.slow
def test_live_goes_on_until_all_is_right(world):
    start(world)
    key = next(r for r in world.relay.ask("domain", "records", "shop.example")["records"]
               if r["name"] == "k1._domainkey.shop.example")
    world.zone.remove(key["name"]).reload()
    live = world.keep(Process([program("relaycli"), "--socket", world.relay.socket, "domain", "check", "shop.example",
                               "--live"], os.path.join(world.folder, "live")))
    wait_for(lambda: live.log().startswith("No. 1 of the 4 records"), "the first result")
    world.zone.add(key["name"], "TXT", key["value"]).reload()
    wait_for(lambda: live.popen.poll() is not None, "the end of --live")
    assert live.popen.returncode == 0 and "\nYes. shop.example is ready" in live.log()
