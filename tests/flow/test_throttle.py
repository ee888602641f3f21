"""The pace over real sockets: kept over a restart, limited by operators, by rules, and beside silence."""


from relaylib import instant, text_message, wait_for

SENDER = "app@shop.example"
BIG = ('provider "big" {{ mx = {{"*.big.example"}} max_connections = 4 }}\n'
       'reply_rule "big.closed" {{ provider = "big" match = \'closed for you\' threshold = "1/h" '
       'action = pause for = "{pause}" }}\n')


def start(world, script, pause="60s", **relay):
    world.zone.domain("a.big.example", (10, "mx.big.example", "127.0.0.1")).domain("ok.example")
    return world.start(script, extra=BIG.format(pause=pause), **relay)


def send(world, recipient):
    return world.relay.send(world.login, SENDER, recipient, text_message(SENDER, recipient))


def limits(world, scope="provider:big"):
    return {row["limit"]: row for row in world.relay.ask("throttle", "show", scope)["items"]}


def delivered_at(world, recipient):
    item = world.relay.wait_status(recipient, "delivered")
    return instant([e for e in item["events"] if e["event"] == "delivered"][-1]["at"])


def test_a_limit_set_by_hand_is_kept_over_a_restart_and_ends_with_clear(world):
    start(world, "")
    send(world, "x@a.big.example")
    world.relay.wait_status("x@a.big.example", "delivered")
    assert limits(world)["max_connections"]["set_by"] == "rule"
    world.relay.cli("throttle", "set", "provider:big", "rate", "2/s", "--for", "1h", "--reason", "a trial")
    world.relay.cli("throttle", "set", "provider:big", "max_connections", "1", "--for", "1h")
    row = limits(world)["rate"]
    assert row["cap"] == 2 and row["set_by"].startswith("operator ") and row["cause"] == "a trial" and row["ends_at"]
    assert world.relay.stop() == 0
    world.relay.start()
    for n in range(5):
        send(world, "r%d@a.big.example" % n)
    times = sorted(delivered_at(world, "r%d@a.big.example" % n) for n in range(5))
    assert times[-1] - times[0] >= 1.5, "5 messages at 2 a second"
    assert limits(world)["max_connections"]["cap"] == 1
    history = world.relay.ask("throttle", "history", "provider:big")["items"]
    assert world.relay.cli("throttle", "clear", "provider:big", check=False).returncode == 6
    world.relay.cli("throttle", "clear", "provider:big", "--yes")
    row = limits(world)["max_connections"]  # its window opens by what it takes
    assert "rate" not in limits(world) and row["set_by"] == "rule" and row["rule"] == 4 and 1 < row["cap"] <= 4
    assert len(world.relay.ask("throttle", "history", "provider:big")["items"]) > len(history)
    assert world.relay.cli("throttle", "clear", "provider:big", "--yes", check=False).returncode == 3


def test_what_waits_for_a_limit_set_by_hand_goes_when_that_ends(world):
    start(world, "")
    world.relay.cli("throttle", "set", "provider:big", "rate", "1/d", "--for", "1h", "--reason", "a trial")
    send(world, "first@a.big.example")
    world.relay.wait_status("first@a.big.example", "delivered")
    for n in range(3):
        send(world, "r%d@a.big.example" % n)

    def told():
        waits = world.relay.ask("queue", "show", "a.big.example")["queue"]["waits"]
        return waits if waits["constraint"] == "rate" else None
    ends = instant(limits(world)["rate"]["ends_at"])
    turn = instant(wait_for(told, "it waits for the limit")["projected_at"])
    assert abs(turn - ends) < 2, "not a day later: the limit ends before"
    world.relay.cli("throttle", "set", "provider:big", "rate", "2/d", "--for", "2h")  # the same limit, longer
    assert abs(instant(told()["projected_at"]) - instant(limits(world)["rate"]["ends_at"])) < 2
    text = world.relay.cli("throttle", "show", "provider:big").stdout.decode()
    assert "2/d" in text
    world.relay.cli("throttle", "set", "domain:a.big.example", "rate", "60/s", "--for", "1s")
    world.relay.cli("throttle", "set", "provider:big", "rate", "2/d", "--for", "3s")
    for n in range(3):
        world.relay.wait_status("r%d@a.big.example" % n, "delivered")


def test_config_check_says_who_wins_a_domain(world):
    start(world, "")
    answer = world.relay.ask("config", "check", "--domain", "A.big.example")
    assert answer["hosts"] == ["mx.big.example"] and answer["provider"] == "big"
    assert "relayd.conf:" in answer["from"] and [rule["name"] for rule in answer["rules"]] == ["big.closed"]
    other = world.relay.ask("config", "check", "--domain", "ok.example")
    assert other["provider"] is None and len(other["hosts"]) == 1
    done = world.relay.cli("config", "check", "--domain", "nowhere.example", check=False)
    assert done.returncode == 3 and b"does not exist" in done.stderr


def test_a_limit_names_what_it_does_not_know(world):
    start(world, "")
    for args, code, words in ((("provider:bgi", "rate", "1/s"), 3, b"no provider bgi"),
                              (("big", "rate", "1/s"), 2, b"provider:NAME"),
                              (("cred:shop", "rate", "1/s"), 2, b"a credential has no pace"),
                              (("provider:big", "rate", "fast"), 2, b"is not a rate"),
                              (("provider:big", "speed", "1"), 2, b"max_connections"),
                              (("provider:big", "max_connections", "0"), 2, b"1 to 1000000")):
        done = world.relay.cli("throttle", "set", *args, check=False)
        assert done.returncode == code and words in done.stderr, (args, done)


def test_a_pause_by_rule_survives_a_restart(world):
    start(world, 'a.big.example rcpt="451 4.7.1 closed for you"', pause="20s")
    send(world, "x@a.big.example")
    world.relay.wait_status("x@a.big.example", "deferred")

    def paused():
        queue = world.relay.ask("queue", "show", "a.big.example")["queue"]
        return queue if queue["state"] == "paused" else None
    queue = wait_for(paused, "the rule pauses it")
    assert "by rule big.closed" in queue["why"] and "closed for you" in queue["why"]
    history = world.relay.ask("throttle", "history", "provider:big")["items"]
    assert "rule big.closed" in history[-1]["change"]
    world.relay.stop()
    attempts = world.providers.counts()["rules"][0]["refused"] + world.providers.counts()["rules"][0]["deferred"]
    world.relay.start()
    send(world, "y@a.big.example")
    queue = wait_for(paused, "the pause is still there")
    assert "by rule big.closed" in queue["why"]
    assert world.relay.ask("throttle", "history", "provider:big")["items"][:len(history)] == history
    again = world.providers.counts()["rules"][0]
    assert again["refused"] + again["deferred"] == attempts, "nothing was tried in between"


def test_what_a_site_tolerates_is_remembered_over_a_restart(world):
    start(world, "a.big.example rate=20")
    client = world.relay.client(*world.login)
    for n in range(80):
        recipient = "r%d@a.big.example" % n
        client.sendmail(SENDER, [recipient], text_message(SENDER, recipient))
    found = wait_for(lambda: limits(world).get("rate"), "a rate was found")
    assert found["set_by"] == "auto" and "421" in found["cause"]
    world.relay.stop()
    world.relay.start()
    again = wait_for(lambda: limits(world).get("rate"), "the rate is known again")
    assert again["set_by"] == "auto" and again["cap"] < 40
    # an operator who goes below it is who holds it then, until when he said
    world.relay.ask("throttle", "set", "provider:big", "rate", "1/s", "--for", "1h", "--reason", "gently")
    row = wait_for(lambda: (lambda r: r if r["cap"] == 1 else None)(limits(world)["rate"]), "the lower one counts")
    assert row["set_by"].startswith("operator ") and row["cause"] == "gently" and row["ends_at"]
    world.relay.ask("throttle", "clear", "provider:big", "rate", "--yes")
    assert wait_for(lambda: limits(world)["rate"]["set_by"] == "auto", "what was found counts again")
