"""What receiving servers do, and what becomes of the mail."""

import pytest

from relaylib import Providers, Relay, text_message, wait_for

SENDER = "app@shop.example"


def send(world, *recipients, **more):
    return world.relay.send(world.login, SENDER, list(recipients), **more)


def kinds(item):
    return [event["event"] for event in item["events"]]


def events_of(item, kind):
    return [event for event in item["events"] if event["event"] == kind]


def test_greylisted_then_delivered(world):
    world.zone.domain("grey.example")
    world.start("grey.example greylist=1s")
    send(world, "a@grey.example")
    item = world.relay.wait_status("a@grey.example", "delivered", 30)
    deferred = events_of(item, "deferred")
    assert deferred and deferred[0]["code"] == 451 and deferred[0]["category"] == "greylisted"
    assert len(world.providers.messages("a@grey.example")) == 1


def test_a_null_mx_bounces_at_once(world):
    world.zone.null_mx("nomail.example")
    world.start()
    send(world, "a@nomail.example")
    item = world.relay.wait_status("a@nomail.example", "bounced")
    (bounced,) = events_of(item, "bounced")
    assert bounced["category"] == "domain_not_found"
    assert bounced["hard"] is True


def test_a_domain_that_does_not_exist_bounces_and_servfail_waits(world):
    world.zone.broken("broken.example")
    world.start()
    send(world, "a@nosuch.example", "a@x.broken.example")
    world.relay.wait_status("a@nosuch.example", "bounced")
    item = world.relay.wait_status("a@x.broken.example", "deferred")
    assert events_of(item, "deferred")[-1]["category"] == "network_error"


def test_an_unknown_user_bounces_hard_and_the_others_are_delivered(world):
    world.zone.domain("mixed.example").domain("gone.example")
    world.start("gone.example unknown-user")
    send(world, "a@mixed.example", "b@gone.example", "c@mixed.example")
    world.relay.wait_status("a@mixed.example", "delivered")
    world.relay.wait_status("c@mixed.example", "delivered")
    item = world.relay.wait_status("b@gone.example", "bounced")
    (bounced,) = events_of(item, "bounced")
    assert (bounced["code"], bounced["enhanced"], bounced["category"]) == (550, "5.1.1", "mailbox_unknown")
    assert bounced["hard"] is True and "User unknown" in bounced["reply"]


def test_a_full_mailbox_waits_and_expires_softly(world):
    world.zone.domain("full.example")
    world.start("full.example mailbox-full", delivery='max_age = "3s"')
    send(world, "a@full.example")
    item = wait_for(lambda: (lambda i: i if i and i["status"] in ("expired", "bounced") else None)
                    (world.relay.item("a@full.example")), "gives up", 40)
    assert events_of(item, "deferred")[0]["category"] == "mailbox_full"
    assert not any(event["hard"] for event in item["events"])


def test_several_recipients_of_one_domain_share_a_transaction(world):
    world.zone.domain("ok.example")
    world.start()
    names = ["r%d@ok.example" % n for n in range(20)]
    send(world, *names)
    for name in names:
        world.relay.wait_status(name, "delivered")
    messages = world.providers.messages()
    assert sum(len(m.recipients) for m in messages) == 20
    assert len(messages) == 1


def test_each_recipient_of_a_transaction_gets_its_own_result(world):
    world.zone.domain("half.example")
    world.start("half.example 50%unknown-user")
    names = ["user%d@half.example" % n for n in range(12)]
    send(world, *names)
    statuses = {name: wait_for(lambda n=name: (lambda i: i if i and i["status"] in ("delivered", "bounced") else None)
                               (world.relay.item(n)), name)["status"] for name in names}
    taken = [r for m in world.providers.messages() for r in m.recipients]
    assert sorted(taken) == sorted(n for n, s in statuses.items() if s == "delivered")
    assert set(statuses.values()) == {"delivered", "bounced"}


def test_a_server_without_8bitmime_gets_what_it_can_read(world):
    world.zone.domain("old.example", (10, "mx.old.example", "127.0.0.9"))
    world.start("old.example at=127.0.0.9 no-8bitmime no-chunking no-pipelining",
                addresses=("127.0.0.1", "127.0.0.9"))
    text = "Grüße aus Köln\r\n"
    message = text_message(SENDER, "a@old.example", headers="MIME-Version: 1.0\r\nContent-Type: text/plain; "
                           "charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", body="") + text.encode()
    send(world, "a@old.example", message=message, options=["BODY=8BITMIME"])
    item = wait_for(lambda: (lambda i: i if i and i["status"] in ("delivered", "bounced") else None)
                    (world.relay.item("a@old.example")), "an end")
    if item["status"] == "bounced":
        (bounced,) = events_of(item, "bounced")
        assert bounced["enhanced"] == "5.6.3" and world.providers.messages() == []
    else:
        (received,) = world.providers.messages()
        assert all(byte < 128 for byte in received.raw)
        assert received.parsed.get_payload(decode=True).decode("utf-8").replace("\n", "\r\n").replace(
            "\r\r", "\r") == text


def test_a_server_that_knows_helo_only_is_served(world):
    world.zone.domain("helo.example", (10, "mx.helo.example", "127.0.0.9"))
    world.start("helo.example at=127.0.0.9 no-ehlo", addresses=("127.0.0.1", "127.0.0.9"))
    send(world, "a@helo.example")
    world.relay.wait_status("a@helo.example", "delivered")


def test_tls_is_used_where_offered_and_its_facts_are_kept(world):
    world.zone.domain("ok.example")
    world.start()
    send(world, "a@ok.example")
    item = world.relay.wait_status("a@ok.example", "delivered")
    (delivered,) = events_of(item, "delivered")
    assert delivered["tls"].startswith("TLSv1.")
    assert world.providers.messages()[0].envelope["tls"] == delivered["tls"]


def test_a_broken_handshake_does_not_stop_opportunistic_mail(world):
    world.zone.domain("bad.example", (10, "mx.bad.example", "127.0.0.9"))
    world.start("bad.example at=127.0.0.9 broken-tls", addresses=("127.0.0.1", "127.0.0.9"))
    send(world, "a@bad.example")
    item = world.relay.wait_status("a@bad.example", "delivered", 30)
    assert world.providers.messages()[0].envelope["tls"] == ""
    assert not events_of(item, "delivered")[0]["tls"]


def test_the_next_mx_is_tried_when_the_first_refuses(world):
    world.zone.domain("two.example", (10, "mx1.two.example", "127.0.0.9"), (20, "mx2.two.example", "127.0.0.1"))
    world.start()  # nobody listens at 127.0.0.9
    send(world, "a@two.example")
    item = world.relay.wait_status("a@two.example", "delivered")
    assert events_of(item, "delivered")[0]["remote_host"] == "mx2.two.example"


def test_a_domain_without_mx_is_delivered_to_its_address(world):
    world.zone.add("plain.example", "A", "127.0.0.1")
    world.start()
    send(world, "a@plain.example")
    world.relay.wait_status("a@plain.example", "delivered")


def test_a_connection_lost_in_the_message_is_tried_again(world):
    world.zone.domain("drop.example")
    world.start("drop.example drop-data")
    send(world, "a@drop.example")
    world.relay.wait_status("a@drop.example", "deferred")
    assert world.providers.messages() == []
    world.providers.stop()
    world.providers.script = ""
    world.providers.start()
    world.relay.wait_status("a@drop.example", "delivered", 30)
    assert len(world.providers.messages("a@drop.example")) == 1


def test_a_site_that_is_down_does_not_burn_attempts(world):
    """The site backs off; its messages wait without trying one by one."""
    world.zone.domain("down.example", (10, "mx.down.example", "127.0.0.9"))
    world.start()  # nobody listens at 127.0.0.9
    names = ["a%d@down.example" % n for n in range(10)]
    for name in names:
        send(world, name)
    wait_for(lambda: any(i and i["status"] == "deferred" for i in map(world.relay.item, names)), "the site fails")
    world.providers.stop()
    world.providers.addresses = ("127.0.0.9",)
    world.providers.start()
    for name in names:
        world.relay.wait_status(name, "delivered", 40)
    tried = [item["attempts"] for item in map(world.relay.item, names)]
    assert max(tried) <= 2, tried


def test_a_server_that_closes_every_session_is_asked_by_one(world):
    """421 to each recipient: the site waits, not each message, and nobody's attempts are used up."""
    world.zone.domain("close.example")
    world.start('close.example rcpt="421 4.3.2 shutting down"', retry='"2s"')
    names = ["a%d@close.example" % n for n in range(10)]
    for name in names:
        send(world, name)

    def all_wait():
        return all(i and i["status"] == "deferred" for i in map(world.relay.item, names))
    wait_for(all_wait, "all are told why they wait")
    tried = world.providers.counts()["rules"][0]
    assert tried["refused"] + tried["deferred"] <= 3, tried
    world.providers.stop()
    world.providers.script = ""
    world.providers.start()
    for name in names:
        world.relay.wait_status(name, "delivered", 20)
    assert max(world.relay.item(name)["attempts"] for name in names) == 1


def test_a_rate_limit_slows_the_site_and_loses_nothing(world):
    world.zone.domain("busy.example")
    world.start("busy.example rate=5")
    names = ["a%d@busy.example" % n for n in range(30)]
    for name in names:
        send(world, name)
    world.providers.wait(count=30, seconds=90)
    got = sorted(r for m in world.providers.messages() for r in m.recipients)
    assert got == sorted(names)
    statuses = {world.relay.wait_status(name, "delivered")["status"] for name in names}
    assert statuses == {"delivered"}


def test_a_greeting_that_refuses_us_is_about_us_not_the_recipient(world):
    world.zone.domain("list.example", (10, "mx.list.example", "127.0.0.8"))
    world.start("list.example at=127.0.0.8 blocklisted-greeting", addresses=("127.0.0.1", "127.0.0.8"))
    send(world, "a@list.example")
    item = wait_for(lambda: (lambda i: i if i and i["status"] in ("bounced", "deferred") else None)
                    (world.relay.item("a@list.example")), "an answer")
    event = item["events"][-1]
    assert event["category"] == "reputation_block" and event["hard"] is False


def test_a_route_overrides_the_mx(world):
    world.zone.start()
    world.providers = Providers(world.folder, addresses=("127.0.0.9",)).start()
    world.relay = Relay(world.folder, world.zone.port, 1,
                        extra='route "*.inside.example" { host = "127.0.0.9" port = %d tls = none }'
                        % world.providers.port).start()
    world.relay.domain("shop.example", world.zone)
    world.login = world.relay.credential("shop", "@shop.example")
    send(world, "a@x.inside.example")
    world.relay.wait_status("a@x.inside.example", "delivered")
    assert world.providers.messages()[0].envelope["tls"] == ""


@pytest.mark.parametrize("host", ["relay.example", "alias.example"], ids=["by name", "by address"])
def test_an_mx_that_points_at_ourselves_is_refused(world, host):
    world.zone.domain("self.example", (10, host, "127.0.0.1")).start()
    world.relay = Relay(world.folder, world.zone.port, 0)
    world.relay.values["port"] = world.relay.submission  # mail would come back to this listener
    world.relay.start()
    world.relay.domain("shop.example")
    world.login = world.relay.credential("shop", "@shop.example")
    send(world, "a@self.example")
    item = world.relay.wait_status("a@self.example", "bounced")
    assert "ourselves" in item["events"][-1]["reply"] or "ourselves" in str(item["events"][-1]["detail"])


def test_a_slow_provider_does_not_delay_a_fast_one(world):
    world.zone.domain("slow.example", (10, "mx.slow.example", "127.0.0.9")).domain("fast.example")
    world.start("slow.example at=127.0.0.9 slow=1000", addresses=("127.0.0.1", "127.0.0.9"))
    for n in range(40):
        send(world, "a%d@slow.example" % n)
    send(world, "a@fast.example")
    world.relay.wait_status("a@fast.example", "delivered", 4)


@pytest.mark.parametrize("script,category", [("x.example spam", "spam_content"), ("x.example no-dmarc", "auth_failed"),
                                             ("x.example size=1K", "message_too_large"),
                                             ("x.example disabled", "mailbox_disabled")])
def test_a_refusal_is_judged(world, script, category):
    world.zone.domain("x.example")
    world.start(script)
    send(world, "a@x.example", message=text_message(SENDER, "a@x.example", body="y" * 70 + "\r\n") +
         (b"y" * 70 + b"\r\n") * 40)
    item = world.relay.wait_status("a@x.example", "bounced")
    assert events_of(item, "bounced")[0]["category"] == category
    assert item["suppressed"] is False
