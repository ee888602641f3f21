"""The control socket itself: views, events, roles, hostile clients."""

import json
import os
import socket
import stat
import subprocess
import sys

import pytest
import relaylib
from relaylib import wait_for

SENDER = "orders@shop.example"


class Client:
    """One connection; notices that come while an answer is awaited are kept."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20 * relaylib.PATIENCE)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="ascii")
        self.notices = []
        self.last = 0

    def call(self, method, **params):
        self.last += 1
        self.socket.sendall((json.dumps({"id": self.last, "method": method, "params": params}) + "\n").encode())
        while True:
            line = json.loads(self.lines.readline())
            if line.get("id") == self.last:
                return line
            self.notices.append(line)

    def ask(self, method, **params):
        line = self.call(method, **params)
        assert "result" in line, line
        return line["result"]

    def notice(self, method):
        while True:
            for i, line in enumerate(self.notices):
                if line["method"] == method:
                    return self.notices.pop(i)["params"]
            self.notices.append(json.loads(self.lines.readline()))

    def close(self):
        self.lines.close()
        self.socket.close()


@pytest.fixture
def client(relay):
    made = Client(relay.relay.socket)
    yield made
    made.close()


def test_describe_lists_methods_with_parameters(client):
    items = {item["method"]: item for item in client.ask("rpc.describe")["items"]}
    assert {"log.search", "view.subscribe", "events.subscribe", "rpc.describe", "queue.hold"} <= set(items)
    assert items["queue.hold"]["changes"] and items["queue.hold"]["role"] == "operator"
    assert any(p["name"] == "name" and p["required"] for p in items["credential.show"]["params"])


def test_status_view(client):
    answer = client.ask("view.subscribe", view="status", interval_ms=250)
    pictures = [client.notice("view") for _ in range(3)]
    assert [p["seq"] for p in pictures] == [1, 2, 3]
    assert {p["subscription"] for p in pictures} == {answer["subscription"]}
    assert pictures[0]["boot_id"] == answer["boot_id"] and "queued" in pictures[0]["data"]
    client.ask("view.unsubscribe", subscription=answer["subscription"])
    assert client.call("view.unsubscribe", subscription=answer["subscription"])["error"]["data"]["kind"] == "not_found"


def test_overview_view(relay, client):
    client.ask("view.subscribe", view="overview", interval_ms=250)
    first = client.notice("view")["data"]
    assert set(first) >= {"status", "series", "latency", "providers", "attention", "credentials", "events"}
    relay.relay.send(relay.login, SENDER, "seen@ok.mail.example")

    def seen():
        data = client.notice("view")["data"]
        return data if any(e["recipient"] == "seen@ok.mail.example" and e["event"] == "delivered"
                           for e in data["events"]) and any(p["name"] for p in data["providers"]) else None
    data = wait_for(seen, "the delivery is among the last events")
    assert len(data["series"]["accepted"]) <= 3
    assert data["credentials"][0]["name"] == "shop" and data["credentials"][0]["accepted"] >= 1
    assert len(data["events"]) <= 8

    def counted():
        data = client.notice("view")["data"]
        return data["latency"]["count"] >= 1 and sum(data["series"]["accepted"]) >= 0 and data
    assert wait_for(counted, "latency")["latency"]["p50_ms"] is not None


def test_queues_view_moves_its_window(relay, client):
    for name in ("a", "b", "c"):
        relay.relay.send(relay.login, SENDER, "%s@%s.full.mail.example" % (name, name))
    subscription = client.ask("view.subscribe", view="queues", sort="name", limit=2, interval_ms=250,
                              filter=".full.mail")["subscription"]
    data = wait_for(lambda: (lambda d: d if d["total"] == 3 else None)(client.notice("view")["data"]), "three queues")
    assert [row["key"] for row in data["rows"]] == ["a.full.mail.example", "b.full.mail.example"]
    client.ask("view.update", subscription=subscription, offset=2)
    data = wait_for(lambda: (lambda d: d if d["offset"] == 2 else None)(client.notice("view")["data"]), "the rest")
    assert [row["key"] for row in data["rows"]] == ["c.full.mail.example"]
    client.ask("view.update", subscription=subscription, offset=0, reverse=True, select="b.full.mail.example")
    data = wait_for(lambda: (lambda d: d if d["reverse"] and d["selected"] else None)(client.notice("view")["data"]),
                    "the other way round")
    assert [row["key"] for row in data["rows"]] == ["c.full.mail.example", "b.full.mail.example"]
    assert data["selected"]["key"] == "b.full.mail.example" and sum(data["selected"]["ages"]) == 1
    client.ask("view.update", subscription=subscription, filter=None, select=None)
    wait_for(lambda: (lambda d: d["filter"] is None and d["selected"] is None)(client.notice("view")["data"]), "no filter")


class Picture:
    """What a client that merges deltas holds: the rows of a view, whole."""

    def __init__(self, client):
        self.client, self.rows, self.told = client, {}, []

    def next(self):
        data = self.client.notice("view")["data"]
        keys = data.get("keys", list(self.rows))
        fresh = {row["key"]: row for row in data["rows"]}
        self.told = list(fresh)
        if data.get("delta"):
            assert all(key in fresh or key in self.rows for key in keys), "a row that was never told"
            self.rows = {key: fresh.get(key) or self.rows[key] for key in keys}
        else:
            self.rows = fresh
        return data


@pytest.mark.parametrize("view, method", [
    ("throttles", "throttle.list"), ("credentials", "credential.list"), ("domains", "domain.list"),
    ("pools", "pool.list"), ("deferrals", "deferral.list"), ("suppressions", "suppression.list")])
def test_a_list_is_a_live_view(relay, client, view, method):
    if view == "suppressions":
        relay.relay.ask("suppression", "add", "view@listed.example", "--reason", "left")
    client.ask("view.subscribe", view=view, interval_ms=250, limit=200)
    data = client.notice("view")["data"]
    items = client.ask(method)["items"]
    assert data["total"] == len(items) <= data["all"] and not data["filter"]
    assert len({row["key"] for row in data["rows"]}) == len(items)
    assert items or view in ("throttles", "deferrals", "pools")
    assert all(row.keys() - {"key"} <= (items + [{}])[0].keys() | {"name"} for row in data["rows"])
    assert data["status"]["role"] == "operator"


def test_a_list_tells_only_what_changed(relay, client):
    for name in ("delta-a", "delta-b", "delta-c"):
        relay.relay.ask("credential", "create", name, "--from", "@shop.example")
    client.ask("view.subscribe", view="credentials", interval_ms=250, filter="delta-*", sort="name", delta=True)
    picture = Picture(client)
    assert picture.next().get("delta") is None and list(picture.rows) == ["delta-a", "delta-b", "delta-c"]
    data = picture.next()
    assert data["delta"] and data["rows"] == [] and "keys" not in data
    relay.relay.ask("credential", "limit", "delta-b", "rate=5/s")
    wait_for(lambda: picture.next() and picture.told == ["delta-b"], "only the changed one is told")
    assert picture.rows["delta-b"]["rate"] and list(picture.rows) == ["delta-a", "delta-b", "delta-c"]
    relay.relay.ask("credential", "create", "delta-ab", "--from", "@shop.example")
    wait_for(lambda: "keys" in picture.next(), "the order changed")
    assert list(picture.rows) == ["delta-a", "delta-ab", "delta-b", "delta-c"]
    assert "delta-ab" in picture.told and not {"delta-a", "delta-c"} & set(picture.told)  # delta-b's rate moves on


def test_switching_delta_begins_with_a_whole_picture(relay, client):
    relay.relay.ask("credential", "create", "switch-a", "--from", "@shop.example")
    subscription = client.ask("view.subscribe", view="credentials", interval_ms=250, filter="switch-",
                              delta=True)["subscription"]
    wait_for(lambda: client.notice("view")["data"].get("delta"), "a delta")
    client.ask("view.update", subscription=subscription, delta=False)
    wait_for(lambda: not client.notice("view")["data"].get("delta"), "whole again")
    client.ask("view.update", subscription=subscription, delta=True)
    client.notices.clear()
    assert [row["key"] for row in client.notice("view")["data"]["rows"]] == ["switch-a"]


def test_a_filter_has_no_other_signs_than_the_star(relay, client):
    relay.relay.ask("credential", "create", "plain-a", "--from", "@shop.example")
    for text, count in (("plain-?", 0), ("plain-[a-z]", 0), ("plain-\\a", 0), ("PLAIN-", 1), ("*lain-a", 1)):
        subscription = client.ask("view.subscribe", view="credentials", filter=text)["subscription"]
        data = client.notice("view")["data"]
        assert data["total"] == count, text
        client.ask("view.unsubscribe", subscription=subscription)
        client.notices.clear()


def test_a_list_is_sorted_and_cut_by_the_daemon(relay, client):
    for name in ("cut-a", "cut-b", "cut-c"):
        relay.relay.ask("credential", "create", name, "--from", "@shop.example")
    subscription = client.ask("view.subscribe", view="credentials", interval_ms=250, filter="cut-", sort="name",
                              reverse=True, offset=1, limit=1)["subscription"]
    data = client.notice("view")["data"]
    assert [row["key"] for row in data["rows"]] == ["cut-b"] and data["total"] == 3 and data["all"] > 3
    error = client.call("view.update", subscription=subscription, sort="size")["error"]
    assert error["data"]["kind"] == "params" and "none of used, name, state" in error["message"]
    error = client.call("view.subscribe", view="throttles", params={"every": True})["error"]
    assert error["data"]["kind"] == "params" and "every" in error["message"]


def test_the_suppression_list_is_paged_anywhere(relay, client):
    def window(**params):
        answer = client.ask("suppression.list", **params)
        return answer["total"], [item["address"].split("@")[0] for item in answer["items"]]
    client.ask("suppression.import", entries=[{"address": "p%03d@paged.example" % i, "cause": "hard_bounce"}
                                              for i in range(300)])
    assert window(match="paged.example", offset=0, limit=2) == (300, ["p299", "p298"])
    assert window(match="paged.example", offset=298, limit=9) == (300, ["p001", "p000"])
    assert window(match="paged.example", offset=1, limit=2, reverse=True) == (300, ["p001", "p002"])
    assert window(match="paged.example", offset=300, limit=9) == (300, [])
    assert window(match="domain:paged.example p29", offset=0, limit=1) == (10, ["p299"])
    assert window(match="paged.example", cause="complaint", offset=0) == (0, [])
    assert window(match="paged.example since:1h", offset=299, limit=9) == (300, ["p000"])
    assert window(match="paged.example until:1h", offset=0) == window(match="paged.example site:google", offset=0) == (0, [])
    client.ask("suppression.add", address="one@scoped.example", scope="cred:shop")
    assert window(match="scoped.example cred:shop", offset=0) == (1, ["one"])
    assert window(match="scoped.example cred:other", offset=0) == (0, [])
    client.ask("suppression.add", address="new@paged.example")  # what comes is on top, what went is gone
    assert window(match="paged.example", offset=0, limit=2) == (301, ["new", "p299"])
    client.ask("suppression.remove", address="new@paged.example")
    client.ask("suppression.remove", address="p150@paged.example")
    assert window(match="paged.example", offset=148, limit=2) == (299, ["p151", "p149"])
    client.ask("suppression.add", address="again@paged.example")  # it may get the id of one that went
    assert window(match="paged.example", offset=0, limit=1) == (300, ["again"])
    assert client.call("suppression.list", match="status:deferred", offset=0)["error"]["data"]["kind"] == "params"
    assert client.ask("suppression.list", limit=1)["total"] is None


def test_the_suppression_view_moves_its_window(relay, client):
    client.ask("suppression.import", entries=[{"address": "v%02d@viewed.example" % i} for i in range(20)])
    subscription = client.ask("view.subscribe", view="suppressions", interval_ms=60000, limit=2, sort="since",
                              filter="domain:viewed.example")["subscription"]
    data = client.notice("view")["data"]
    assert data["total"] == data["all"] == 20 and data["blocked"]["total"] >= 0
    assert [row["address"] for row in data["rows"]] == ["v19@viewed.example", "v18@viewed.example"]
    assert data["rows"][0]["key"] == str(data["rows"][0]["id"])
    client.ask("view.update", subscription=subscription, offset=18)
    data = wait_for(lambda: (lambda d: d["offset"] == 18 and d)(client.notice("view")["data"]), "the end")
    assert [row["address"] for row in data["rows"]] == ["v01@viewed.example", "v00@viewed.example"]
    client.ask("view.update", subscription=subscription, offset=0, reverse=True)
    data = wait_for(lambda: (lambda d: d["reverse"] and d)(client.notice("view")["data"]), "the other way round")
    assert data["rows"][0]["address"] == "v00@viewed.example"
    client.ask("view.update", subscription=subscription, filter="since:never")
    assert wait_for(lambda: client.notice("view")["data"].get("failed"),
                    "why nothing comes").startswith('"never" is no time')


def test_limits_of_credentials_are_throttles_too(relay, client):
    relay.relay.ask("credential", "create", "capped", "--from", "@shop.example")
    relay.relay.ask("credential", "limit", "capped", "quota=100/day", "rate=50/h")

    def rows(**params):
        return {row["limit"]: row for row in client.ask("throttle.list", **params)["items"] if row["scope"] == "cred:capped"}
    limits = rows(all=True)
    assert set(limits) == {"recipients/day", "recipients/1h"} and rows() == {}  # less than half is used: as its limits say
    day = limits["recipients/day"]
    assert (day["cap"], day["used"], day["share"], day["set_by"], day["active"]) == (100, 0, 0, "credential", False)
    assert day["resets_at"] and day["ends_at"] is None and day["credential"] == "capped" and day["undo"] is None
    total = client.ask("throttle.list")["total"]
    relay.relay.ask("credential", "limit", "capped", "quota=none", "rate=none")
    assert client.ask("throttle.list")["total"] == total - 2


def test_a_client_has_eight_subscriptions_at_most(client):
    for _ in range(8):
        client.ask("view.subscribe", view="status", interval_ms=60000)
    assert client.call("events.subscribe")["error"]["data"]["kind"] == "busy"


def test_events_are_filtered_by_the_daemon(relay, client):
    client.ask("events.subscribe", filter="to:wanted@ok.mail.example event:delivered")
    relay.relay.send(relay.login, SENDER, "other@ok.mail.example")
    relay.relay.send(relay.login, SENDER, "wanted@ok.mail.example")
    event = client.notice("event")
    assert event["recipient"] == "wanted@ok.mail.example" and event["event"] == "delivered"
    assert set(event) >= {"id", "at", "event", "message", "recipient", "credential", "sender_domain", "site",
                          "remote_host", "remote_address", "source_address", "tls", "tls_verified", "code",
                          "enhanced", "category", "reply", "attempt", "duration_ms"}
    assert client.call("events.subscribe", filter="event:devlivered")["error"]["data"]["kind"] == "params"


def test_changes_are_events_too(relay, client):
    client.ask("events.subscribe", filter="event:credential.changed")
    relay.relay.ask("credential", "create", "evented", "--from", "@shop.example")
    assert client.notice("event")["event"] == "credential.changed"


def test_a_reader_that_is_too_slow_is_told_how_many_it_lost(relay, client):
    """It never reads while thousands of events pass; the daemon keeps little for it and counts."""
    client.ask("events.subscribe")
    sessions = [relay.relay.client(*relay.login) for _ in range(2)]
    message = relaylib.text_message(SENDER, "many@ok.mail.example")
    for i in range(30):
        session = sessions[i % 2]
        session.sendmail(SENDER, ["r%d-%d@ok.mail.example" % (i, n) for n in range(200)], message)
    total = 30 * 200 * 2
    wait_for(lambda: relay.relay.ask("status")["totals"]["delivered"] >= 30 * 200, "all are delivered", 60)
    got = lost = 0
    while got + lost < total:
        line = json.loads(client.lines.readline())
        if line["method"] == "event":
            got += line["params"]["event"] in ("accepted", "delivered") and \
                line["params"]["recipient"].startswith("r")
        elif line["method"] == "events.lost":
            lost += line["params"]["count"]
        if lost and got + lost >= total - 64:
            break  # the last lost ones are told with the next event
    assert got > 0 and lost > 0


def test_hostile_clients_do_no_harm(relay):
    for data in (b"\x00" * 70000 + b"\n", b"{" * 100000 + b"\n", b"[" * 1000000, b"\xff\xfe\n",
                 b'{"id":1,"method":"view.subscribe","params":{"view":"status","interval_ms":1}}\n'):
        with socket.socket(socket.AF_UNIX) as hostile:
            hostile.settimeout(5)
            hostile.connect(relay.relay.socket)
            try:
                hostile.sendall(data)
                hostile.shutdown(socket.SHUT_WR)
                while hostile.recv(65536):
                    pass
            except OSError:
                pass
    assert relay.relay.ask("status")["hostname"] == "relay.example"


def test_too_many_clients_are_refused_not_served_badly(relay):
    made = []
    try:
        for _ in range(300):
            one = socket.socket(socket.AF_UNIX)
            one.connect(relay.relay.socket)
            one.settimeout(5 * relaylib.PATIENCE)
            made.append(one)
        assert b"too many clients" in made[-1].recv(4096)
    finally:
        for one in made:
            one.close()
    wait_for(lambda: relay.relay.cli("status", check=False).returncode == 0, "it answers again")


def test_the_socket_file_is_for_its_owner(relay):
    mode = os.stat(relay.relay.socket).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660


AS_OTHER = """
import json, os, socket, sys
os.setgroups([int(g) for g in sys.argv[3:]])
os.setgid(65534)
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
try:
    s.sendall((sys.argv[2] + "\\n").encode())
except BrokenPipeError:
    pass  # refused already: the reason is there to be read
print(s.makefile().readline())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be somebody else")
def test_groups_decide_who_may_do_what(world):
    import grp
    operators, viewers = grp.getgrnam("adm"), grp.getgrnam("games")
    world.start(extra='control { operators = "adm" viewers = "games" }', login=False)
    assert stat.S_IMODE(os.stat(world.relay.socket).st_mode) == 0o666

    def ask(request, *groups):
        done = subprocess.run([sys.executable, "-c", AS_OTHER, world.relay.socket, json.dumps(request),
                               *[str(g.gr_gid) for g in groups]], capture_output=True, check=True)
        return json.loads(done.stdout)
    look = {"id": 1, "method": "status.show"}
    change = {"id": 1, "method": "domain.add", "params": {"name": "a.example"}}
    assert ask(look)["error"]["data"]["kind"] == "not_permitted"
    assert ask(look, viewers)["result"]["role"] == "viewer"
    assert ask(change, viewers)["error"]["data"]["kind"] == "not_permitted"
    assert ask(look, operators)["result"]["role"] == "operator"
    assert ask(change, viewers, operators)["result"]["domain"] == "a.example"
    assert world.relay.ask("audit", "list")["items"][0]["uid"] == 65534


def test_a_stale_socket_is_replaced_a_live_one_respected(world):
    world.start(login=False)
    path = world.relay.socket
    second = relaylib.Relay(world.folder + "/second", world.zone.port, world.providers.port)
    second.values["folder"] = second.folder
    config = second.CONFIG.format(**second.values).replace(second.folder + "/control.sock", path)
    with open(second.config_path, "w") as out:
        out.write(config)
    done = relaylib.run([relaylib.program("relayd"), "--config", second.config_path], check=False)
    assert done.returncode == 69 and b"another relayd answers there" in done.stderr
    assert world.relay.cli("status").returncode == 0
    world.relay.kill()
    assert os.path.exists(path)
    world.relay.start()
    assert world.relay.stop() == 0
    assert not os.path.exists(path)
