"""Conditions that last: raised once, cleared once, mailed once, over restarts too."""

from relaylib import wait_for

SENDER, OPS = "app@shop.example", "ops@ok.mail.example"


def problems(relay):
    return relay.ask("status")["problems"]


def alerts_in_log(relay, word):
    return [line for line in relay.process.log().splitlines() if "alert.%s" % word in line and "quota:shop:day" in line]


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
    assert any("credential shop has used up its 5 recipients a day" in p for p in problems(shop.relay))

    mails = []

    def told():
        mails[:] = [m for m in shop.providers.messages(OPS)]
        text = "".join(m.body.decode() for m in mails).replace("=\r\n", "")
        return "RAISED" in text and "has used up its 5 recipients" in text.replace("\r\n  ", " ")
    wait_for(told, "the mail about the quota")
    assert all(m.header("Auto-Submitted") == "auto-generated" for m in mails)

    shop.relay.stop()
    shop.relay.start()
    assert any("used up its 5" in p for p in problems(shop.relay))
    assert not alerts_in_log(shop.relay, "raised")[2:]  # nothing is raised again
    shop.relay.cli("credential", "limit", "shop", "quota=none")
    assert not any("recipients a day" in p for p in problems(shop.relay))
    wait_for(lambda: any("cleared" in m.body.decode() for m in shop.providers.messages(OPS)), "the mail that it is over")
    assert len(alerts_in_log(shop.relay, "cleared")) == 1


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
