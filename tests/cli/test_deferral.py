"""deferral list, show and rule test, and an operator's rules from file to verdict, over a running relay."""

import json
import os
import re
import time

import pytest
import relaylib
from relaylib import wait_for
from test_socket import client  # noqa: F401 (a fixture)
from test_terminal import Terminal

SENDER = "orders@shop.example"
RULES = "rule ours.full\n\tcategory policy\n\tphrase mailbox full\n"


@pytest.fixture(scope="module")
def refused(relay):
    """Three recipients of full mailboxes in two domains, and one unknown user."""
    for name in ("u1@a.full", "u2@b.full", "u3@b.full", "nobody@unknown"):
        relay.relay.send(relay.login, SENDER, name + ".mail.example")
    for name in ("u1@a.full", "u2@b.full", "u3@b.full"):
        relay.relay.wait_status(name + ".mail.example", "deferred")
    relay.relay.wait_status("nobody@unknown.mail.example", "bounced")
    return relay


def cli(relay, *args):
    return relaylib.run([relaylib.program("relaycli"), "--socket", relay.relay.socket, *args], check=False)


def answer(relay, *args):
    done = cli(relay, "--json", *args)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def full_group(relay):
    return next(one for one in answer(relay, "deferral", "list")["items"] if one["category"] == "mailbox_full")


def test_refusals_are_grouped_by_reply(refused):
    result = answer(refused, "deferral", "list")
    assert result["schema"] == "relay.deferral.list/1" and result["complete"] is True
    assert [one["count"] for one in result["items"]] == sorted((one["count"] for one in result["items"]), reverse=True)
    full = full_group(refused)
    assert full["count"] == 3 and full["deferred"] == 3 and full["bounced"] == 0 and full["queues"] == 2
    assert full["rule"] == "full" and re.fullmatch("[0-9a-f]{12}", full["group"])
    assert full["template"].startswith("452 ") and full["code"] == 452 and full["reply"]
    assert full["first_at"] <= full["last_at"]
    unknown = next(one for one in result["items"] if one["category"] == "mailbox_unknown")
    assert unknown["bounced"] == 1 and "mail.example" not in unknown["template"]


def test_groups_by_credential_and_by_terms(refused):
    items = answer(refused, "deferral", "list", "--by", "cred")["items"]
    assert [(one["key"], one["count"]) for one in items] == [("shop", 4)]
    items = answer(refused, "deferral", "list", "domain:b.full.mail.example")["items"]
    assert [(one["count"], one["queues"]) for one in items] == [(2, 1)]
    assert all(one["guessed"] for one in answer(refused, "deferral", "list", "--unknown")["items"])
    assert answer(refused, "deferral", "list", "--unknown", "code:550")["items"] == []
    assert not any(one["guessed"] for one in answer(refused, "deferral", "list")["items"])


def test_the_category_is_shown_on_a_terminal(refused):
    t = Terminal("--socket", refused.relay.socket, "deferral", "list", columns=160, NO_COLOR="1")
    try:
        assert t.wait() == 0, t.seen
    finally:
        t.end()
    assert "CATEGORY" in t.seen and "mailbox_full" in t.seen and "mailbox_unknown" in t.seen, t.seen


def test_a_group_is_shown_with_its_messages(refused):
    group = full_group(refused)["group"]
    shown = answer(refused, "deferral", "show", group)
    assert shown["schema"] == "relay.deferral.show/1" and shown["group"]["count"] == 3
    assert {one["recipient"] for one in shown["messages"]} == {
        "u1@a.full.mail.example", "u2@b.full.mail.example", "u3@b.full.mail.example"}
    words = cli(refused, "deferral", "show", group).stdout.decode()
    assert "3 deferred, 0 bounced, in 2 queues" in words and "decided by full" in words
    done = cli(refused, "deferral", "show", "000000000000")
    assert done.returncode == 3 and b"no group 000000000000" in done.stderr


def test_a_file_of_rules_is_tried_on_the_log(refused, tmp_path):
    rules = tmp_path / "my.rules"
    rules.write_text(RULES)
    result = answer(refused, "deferral", "rule", "test", str(rules))
    assert result["schema"] == "relay.deferral.rule/1"
    assert (result["looked_at"], result["changed"], result["conflicts"]) == (4, 3, 3)
    one = result["items"][0]
    assert (one["count"], one["from"], one["to"], one["rule"], one["overrules"]) == (
        3, "mailbox_full", "policy", "ours.full", "full")
    words = cli(refused, "deferral", "rule", "test", str(rules)).stdout.decode()
    assert words.startswith("3 of 4 replies would be read differently; 3 of them against another rule.")
    rules.write_text("rule ours.full\n\tcategory policies\n")
    done = cli(refused, "deferral", "rule", "test", str(rules))
    assert done.returncode == 2 and b"my.rules:2: there is no category" in done.stderr


def test_rules_are_read_again_on_reload_and_a_bad_file_changes_nothing(world):
    path = os.path.join(world.folder, "my.rules")
    with open(path, "w", encoding="utf-8") as out:
        out.write("rule ours.other\n\tcategory policy\n\tphrase pod bay door\n")
    world.zone.domain("full.mail.example")
    world.start("full.mail.example mailbox-full", retry='"1h"', extra='rules = {"%s"}' % path)

    def category(recipient):
        world.relay.send(world.login, SENDER, recipient)
        world.relay.wait_status(recipient, "deferred")
        return [one for one in world.relay.item(recipient)["events"] if one["event"] == "deferred"][-1]["category"]

    assert category("a@full.mail.example") == "mailbox_full"
    with open(path, "w", encoding="utf-8") as out:
        out.write(RULES.replace("policy", "policies"))
    done = cli(world, "config", "reload")
    assert done.returncode != 0 and b"my.rules:2: there is no category" in done.stderr
    assert category("b@full.mail.example") == "mailbox_full"
    with open(path, "w", encoding="utf-8") as out:
        out.write(RULES)
    assert cli(world, "config", "reload").returncode == 0
    wait_for(lambda: category("c%d@full.mail.example" % os.getpid()) == "policy" or None, "the new rules")


def test_a_view_of_them_has_details_of_the_selected_group_only(refused, client):
    group = full_group(refused)["group"]
    subscription = client.ask("view.subscribe", view="deferrals", interval_ms=250, select=group, params={
        "by": "reply", "details": True, "terms": ["since:1h"]})["subscription"]
    first = client.notice("view")["data"]
    data = first if not first.get("pending") else wait_for(
        lambda: (lambda data: not data.get("pending") and data)(client.notice("view")["data"]), "rows")
    rows = {row["key"]: row for row in data["rows"]}
    assert rows[group]["name"] == rows[group]["template"] and data["as_of"] and data["complete"]
    assert sum(rows[group]["minutes"]) == 3 and rows[group]["by_credential"] == [{"name": "shop", "count": 3}]
    assert sum(one["count"] for one in rows[group]["by_address"]) == 3 and rows[group]["reply"].startswith("4.2.2 ")
    assert [key for key, row in rows.items() if "minutes" in row or "reply" in row] == [group]
    other = next(key for key in rows if key != group)
    client.ask("view.update", subscription=subscription, select=other)
    moved = wait_for(lambda: (lambda rows: "minutes" in rows[other] and rows)(
        {row["key"]: row for row in client.notice("view")["data"]["rows"]}), "the other's details")
    assert "minutes" not in moved[group]


def test_a_limit_ends_when_it_is_said_to(refused, client):
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 1800))
    scope = {"scope": "domain:a.full.mail.example", "limit": "max_connections"}
    client.ask("throttle.set", value="2", ends_at=at, **scope)
    row = next(one for one in client.ask("throttle.show", scope=scope["scope"])["items"] if one["set"])
    assert row["set"]["ends_at"] == at and row["set"]["value"] == 2
    client.ask("throttle.clear", **scope)
    for more in ({}, {"ends_at": at, "for_ms": 5000}, {"ends_at": "yesterday noon"}, {"ends_at": "2020-01-01T00:00:00Z"}):
        assert client.call("throttle.set", value="2", **scope, **more)["error"]["data"]["kind"] == "params"
