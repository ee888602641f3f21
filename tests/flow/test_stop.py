"""What reply rules and providers stop: listed with the way out, lifted by operators, and no more than that."""

import time

from relaylib import instant, text_message, wait_for

SENDER = "app@shop.example"
PROVIDER = 'provider "{0}" {{ mx = {{"mx.{0}.example"}} max_connections = 4 }}\n'
RULE = ('reply_rule "{0}.r" {{ provider = "{0}" match = "too much mail" threshold = "1/1h" action = {1} '
        'for = "{2}" }}\n')
POOLS = 'pool "two" { address = {"127.0.0.21", "127.0.0.22"} }\npool "one" { address = {"127.0.0.23"} }\n'


def start(world, actions, script="", length="5m", retry='"1m"', pool=None):
    """actions: {provider: action}; mail to bad.PROVIDER.example is what the rule matches."""
    extra = POOLS
    for name, action in actions.items():
        world.zone.domain(name + ".example").add("bad.%s.example" % name, "MX", "10 mx.%s.example" % name)
        extra += PROVIDER.format(name) + RULE.format(name, action, length)
        script += 'bad.%s.example rcpt="450 4.7.1 too much mail from you"\n' % name
    world.start(script, extra=extra, retry=retry)
    if pool:
        world.relay.cli("credential", "limit", "shop", "pool=" + pool)
    return world.relay


def send(world, recipient, login=None, sender=SENDER):
    return world.relay.send(login or world.login, sender, recipient, text_message(sender, recipient))


def rows(relay, *scope):
    items = relay.ask("throttle", "show", *scope)["items"] if scope else relay.ask("throttle", "list")["items"]
    return {(row["scope"], row["limit"], row["source_address"] or row["credential"]): row
            for row in items if row["active"]}


def queue(relay, name):
    return relay.ask("queue", "show", name)["queue"]


def test_all_that_is_stopped_is_listed_with_its_way_out_over_a_restart_too(world):
    world.zone.domain("later.example").domain("dead.example", (10, "mx.dead.example", "127.0.0.9"))
    relay = start(world, {"src": "stop_source", "cred": "stop_credential", "paused": "pause", "one": "one_connection"},
                  'later.example mail="421 4.7.0 try again in 17 minutes"\n', pool="two")
    for name in ("src", "cred", "paused", "one"):
        send(world, "x@bad.%s.example" % name)
    send(world, "x@later.example")
    send(world, "x@dead.example")

    def all_there():
        found = rows(relay)
        return found if len({key[1] for key in found}) == 6 else None
    found = wait_for(all_there, "all of them", 20)
    ways = {row["limit"]: (row["scope"], row["set_by"], row["undo"]) for row in found.values()
            if not row["scope"].startswith("domain:bad")}
    assert ways["stop_source"] == ("provider:src", "rule src.r", "relaycli throttle clear provider:src stop_source")
    assert ways["stop_credential"][1:] == ("rule cred.r", "relaycli throttle clear provider:cred stop_credential")
    assert ways["pause"] == ("provider:paused", "rule paused.r", "relaycli throttle clear provider:paused pause")
    assert ways["one_connection"][:2] == ("provider:one", "rule one.r")
    (later,) = [row for row in found.values() if row["scope"] == "domain:later.example"]
    assert later["limit"] == "backoff" and later["undo"] == "relaycli queue flush later.example"
    assert "17 minutes" in later["cause"] and instant(later["ends_at"]) > time.time() + 900
    (dead,) = [row for row in found.values() if row["scope"] == "domain:dead.example"]
    assert dead["limit"] == "unreachable" and "refused" in dead["cause"] and dead["set_by"] == "auto"
    (cred,) = [row for row in found.values() if row["limit"] == "stop_credential"]
    assert cred["credential"] == "shop" and "too much mail" in cred["cause"] and cred["ends_at"]
    text = relay.cli("throttle", "list").stdout.decode()
    assert "rule src.r" in text and "127.0.0.2" in text
    wait_for(lambda: len({row[1] for row in rows(relay)}) == 6, "still there")
    relay.stop()
    relay.start()
    again = rows(relay)
    for key, row in found.items():
        if row["set_by"].startswith("rule "):
            assert again[key]["set_by"] == row["set_by"]
            assert abs(instant(again[key]["ends_at"]) - instant(row["ends_at"])) < 2


def test_an_unknown_scope_is_refused_everywhere(world):
    relay = start(world, {"src": "stop_source"})
    for verb in ("show", "history"):
        done = relay.cli("throttle", verb, "provider:nosuch", check=False)
        assert done.returncode == 3 and b"no provider nosuch" in done.stderr, (verb, done)
    done = relay.cli("throttle", "set", "ip:127.0.0.99", "rate", "5/s", check=False)
    assert done.returncode == 3 and b"in no pool" in done.stderr
    done = relay.cli("throttle", "clear", "cred:nosuch", "--yes", check=False)
    assert done.returncode == 3 and b"no credential nosuch" in done.stderr


def test_a_stopped_credential_is_told_and_can_be_let_go(world):
    relay = start(world, {"cred": "stop_credential"}, retry='"2s"')
    other = relay.credential("other", "@shop.example")
    relay.cli("credential", "limit", "shop", "pool=two")  # by none of the two
    send(world, "x@bad.cred.example")
    wait_for(lambda: rows(relay), "the rule acts")
    send(world, "c@cred.example")
    send(world, "o@cred.example", other)
    world.providers.wait("o@cred.example", seconds=20)

    def told():
        found = queue(relay, "cred.example")
        return found if found["state"] == "stopped" else None
    found = wait_for(told, "the queue tells it", 20)
    assert "cred gets nothing of shop by rule cred.r" in found["why"]
    assert "relaycli throttle clear provider:cred" in found["why"]
    (row,) = [row for row in relay.ask("queue", "list")["items"] if row["key"] == "cred.example"]
    assert row["why"].split(" (in")[0] == found["why"].split(" (in")[0]
    assert instant(found["next_at"]) > instant(found["oldest_at"]) + 200

    done = relay.cli("queue", "flush", "cred.example", "--yes")
    text = done.stdout.decode()
    assert "Flushed cred.example: 0 recipients." in text
    assert "1 stays" in text and "too much mail" in text and "rule cred.r" in text and "throttle clear provider:cred stop_credential" in text
    told()
    retried = relay.cli("message", "retry", relay.ask("find", "c@cred.example")["items"][0]["id"], check=False)
    assert retried.returncode == 0 or b"rule" in retried.stderr

    relay.cli("message", "cancel", relay.item("x@bad.cred.example")["id"], "--yes")  # or it is refused again
    cleared = relay.ask("throttle", "clear", "cred:shop", "--yes")
    assert cleared["cleared"] == ["rule cred.r: stop_credential of shop at cred"]
    world.providers.wait("c@cred.example", seconds=20)
    (audit,) = [row for row in relay.ask("audit", "list")["items"] if row["action"] == "throttle.clear"]
    assert audit["object"] == "cred:shop" and "rule cred.r" in audit["detail"]
    changes = [row["change"] for row in relay.ask("throttle", "history", "provider:cred")["items"]]
    assert any("lifted by" in change for change in changes)


def test_clear_lifts_pauses_and_stopped_addresses(world):
    relay = start(world, {"src": "stop_source", "paused": "pause"}, pool="one")
    for name in ("src", "paused"):
        send(world, "x@bad.%s.example" % name)
    wait_for(lambda: {key[1] for key in rows(relay)} >= {"pause", "stop_source"}, "both rules act")
    for name in ("src", "paused"):
        send(world, "u@%s.example" % name)
    done = relay.cli("throttle", "clear", "provider:src", "rate", "--yes", check=False)
    assert done.returncode == 3 and b"rule src.r stands there" in done.stderr, done
    wait_for(lambda: queue(relay, "src.example")["state"] == "stopped", "it waits")
    text = relay.cli("throttle", "clear", "provider:src", "--yes").stdout.decode()
    assert "Cleared for provider:src: rule src.r: stop_source of src from 127.0.0.23." in text or not text
    world.providers.wait("u@src.example", seconds=20)
    relay.cli("message", "cancel", relay.item("x@bad.paused.example")["id"], "--yes")  # or it is refused again
    relay.cli("throttle", "clear", "provider:paused", "pause", "--yes")
    world.providers.wait("u@paused.example", seconds=30)
    relay.stop()
    relay.start()
    assert not [key for key in rows(relay) if key[1] in ("pause", "stop_source")]


def test_stopped_addresses_are_named_where_others_deliver(world):
    relay = start(world, {"src": "stop_source"}, pool="two")
    other = relay.credential("other", "@shop.example", flags=("--pool", "one"))
    for n in range(2):
        wait_for(lambda: send(world, "y%d@bad.src.example" % n) and True, "sent")
        wait_for(lambda: len(rows(relay, "provider:src")) > n, "one more is stopped")
    send(world, "z@src.example")
    send(world, "zo@src.example", other)
    world.providers.wait("zo@src.example", seconds=20)

    def told():
        found = [row for row in relay.ask("queue", "list")["items"] if row["key"] == "src.example"]
        return found[0] if found and found[0]["why"] else None
    why = wait_for(told, "it is told")["why"]
    assert "send nothing to src by rule src.r until" in why and "gets nothing" not in why
    assert "127.0.0.21" in why and "127.0.0.22" in why and "127.0.0.23" not in why
    states = {row["address"]: row for row in relay.ask("pool", "list")["items"]}
    assert states["127.0.0.21"]["state"] == "stopped" and states["127.0.0.23"]["state"] == "ok"
    (stop,) = states["127.0.0.21"]["stops"]
    assert (stop["provider"], stop["rule"]) == ("src", "src.r") and stop["until_at"]
    assert stop["undo"] == "relaycli throttle clear provider:src stop_source"
    for row in relay.ask("pool", "show", "two")["pool"]["addresses"]:
        assert [stop["rule"] for stop in row["stops"]] == ["src.r"] and row["state"] == "stopped"


def test_stops_are_alerts_until_they_are_lifted(world):
    relay = start(world, {"src": "stop_source", "cred": "stop_credential"}, pool="one")
    for name in ("src", "cred"):
        send(world, "x@bad.%s.example" % name)

    def problems():
        return [text for text in relay.ask("status")["problems"] if "by rule" in text]
    found = wait_for(lambda: len(problems()) == 2 and problems(), "two alerts", 20)
    assert any("127.0.0.23 sends nothing to src by rule src.r" in text
               and "relaycli throttle clear provider:src stop_source" in text for text in found), found
    assert any("shop sends nothing to cred by rule cred.r" in text
               and "relaycli throttle clear provider:cred stop_credential" in text for text in found), found
    for name in ("src", "cred"):
        relay.cli("throttle", "clear", "provider:" + name, "--yes")
    wait_for(lambda: not problems(), "cleared", 20)
    for word in ("raised", "cleared"):
        assert len(relay.process.logged("alert.%s key=stop:" % word, count=2)) == 2


def test_one_message_does_not_stop_the_whole_pool(world):
    relay = start(world, {"src": "stop_source"}, retry='"2s"', pool="two")
    send(world, "x@bad.src.example")
    wait_for(lambda: rows(relay, "provider:src"), "one address is stopped")
    item = relay.wait_status("x@bad.src.example", "deferred")
    send(world, "ok@src.example")
    world.providers.wait("ok@src.example", seconds=20)
    first = [event for event in item["events"] if event["event"] == "deferred"]
    assert len(first) == 1, "the next address is not asked at once: %s" % first

    def tried_again():
        events = relay.ask("find", "x@bad.src.example")["items"][0]["events"]
        tried = [event for event in events if event["event"] == "deferred"]
        return tried if len(tried) > 1 else None
    tried = wait_for(tried_again, "the other address is tried at its next attempt", 20)
    assert instant(tried[1]["at"]) - instant(tried[0]["at"]) > 1
    stopped = [key for key in rows(relay, "provider:src") if key[1] == "stop_source"]
    assert len(stopped) == 1, "what it alone is told stops no second address: %s" % stopped
    assert instant(tried[1]["next_attempt_at"]) - instant(tried[1]["at"]) > 250, "and now it is left alone"
