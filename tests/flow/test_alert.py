"""Conditions that last: raised once, cleared once, mailed once, over restarts too."""

from email.utils import parsedate_to_datetime

from relaylib import wait_for

SENDER, OPS = "app@shop.example", "ops@ok.mail.example"


def problems(relay):
    return relay.ask("status")["problems"]


def alerts_in_log(relay, word, count):
    return relay.process.logged("alert." + word, "quota:shop:day", count=count)


def send(shop, n):
    shop.relay.send(shop.login, SENDER, "r%d@ok.mail.example" % n)


def test_a_quota_is_told_at_80_percent_and_when_full_and_cleared(world):
    world.zone.domain("ok.mail.example")
    shop = world.start(extra='alerts { mail = "%s" interval = "1s" }' % OPS)
    shop.relay.cli("credential", "limit", "shop", "quota=5/day")
    for n in range(3):
        send(shop, n)
    assert not any("quota" in p or "recipients a day" in p for p in problems(shop.relay))
    send(shop, 3)
    assert any("credential shop has used 4 of its 5 recipients a day" in p for p in problems(shop.relay))
    send(shop, 4)
    assert any("credential shop has used up its quota, 5 recipients a day" in p for p in problems(shop.relay))

    mails = []

    def told():
        mails[:] = [m for m in shop.providers.messages(OPS)]
        text = "".join(m.body.decode() for m in mails).replace("=\r\n", "")
        return "RAISED" in text and "has used up its quota, 5 recipients" in text.replace("\r\n  ", " ")
    wait_for(told, "the mail about the quota")
    assert all(m.header("Auto-Submitted") == "auto-generated" for m in mails)

    shop.relay.stop()
    shop.relay.start()
    assert any("used up its quota, 5" in p for p in problems(shop.relay))
    assert not alerts_in_log(shop.relay, "raised", 2)[2:]  # nothing is raised again
    shop.relay.cli("credential", "limit", "shop", "quota=none")
    assert not any("recipients a day" in p for p in problems(shop.relay))
    wait_for(lambda: any("cleared" in m.body.decode() for m in shop.providers.messages(OPS)), "the mail that it is over")
    assert len(alerts_in_log(shop.relay, "cleared", 1)) == 1


def restart(relay):
    relay.stop()
    relay.start()


def told(shop):
    """The mails about alerts, each as one line of text, in order."""
    mails = sorted(shop.providers.messages(OPS), key=lambda m: parsedate_to_datetime(m.header("Date")))
    return mails, [" ".join(m.body.decode().replace("=\r\n", "").split()) for m in mails]


def test_a_restart_neither_loses_nor_repeats_what_is_to_be_mailed_nor_mails_sooner(world):
    world.zone.domain("ok.mail.example")
    shop = world.start(extra='alerts { mail = "%s" interval = "5s" }' % OPS)
    wait_for(lambda: "self-signed" in "".join(told(shop)[1]), "the first mail")
    shop.relay.cli("credential", "limit", "shop", "expires=3d")
    assert any("credential shop" in p for p in problems(shop.relay))  # raised, and waits to be mailed
    restart(shop.relay)
    wait_for(lambda: len(told(shop)[1]) == 2, "the mail about what was raised before the restart")
    shop.relay.cli("credential", "limit", "shop", "expires=never")
    assert not any("credential shop" in p for p in problems(shop.relay))
    restart(shop.relay)
    wait_for(lambda: len(told(shop)[1]) == 3, "the mail that it is over")
    restart(shop.relay)
    problems(shop.relay)
    mails, texts = told(shop)
    assert len(mails) == 3
    assert [("RAISED" in t, "cleared" in t) for t in texts] == [(True, False), (True, False), (False, True)]
    assert all("credential shop" in t for t in texts[1:]) and "self-signed" not in texts[1] + texts[2]
    dates = [parsedate_to_datetime(m.header("Date")) for m in mails]
    assert all((b - a).total_seconds() >= 4 for a, b in zip(dates, dates[1:]))  # whole seconds


def test_an_old_password_is_an_alert_until_it_is_rotated(world):
    world.zone.domain("ok.mail.example")
    shop = world.start(extra='alerts { secret_age = "1s" }')
    wait_for(lambda: any("the password of credential shop is from" in p for p in problems(shop.relay)), "the reminder")


def test_an_alert_address_that_is_none_is_refused(world):
    world.zone.domain("ok.mail.example")
    shop = world.start()
    with open(shop.relay.config_path, "a") as config:
        config.write('\nalerts { mail = "ops" }\n')
    done = shop.relay.cli("config", "reload", check=False)
    assert done.returncode != 0 and b'mail "ops" is not an address' in done.stdout + done.stderr
