"""DKIM keys at rest: sealed under the master key, nowhere in the clear, and never lost."""

import os
import sqlite3

import dkim
import pytest

from relaylib import Process, program, run, wait_for

SENDER, RECIPIENT = "app@shop.example", "b.lee@ok.mail.example"


def rows(relay):
    """The stored keys by domain's number and selector."""
    with sqlite3.connect("file:%s/state/relay.db?mode=ro" % relay.folder, uri=True) as db:
        return {(d, s): pem for d, s, pem in db.execute("SELECT domain_id, selector, pem FROM dkim_key")}


def parts_of(pem):
    """Pieces of a key long enough to be nothing else: lines of its base64, or its whole."""
    lines = [line.encode() for line in pem.splitlines() if not line.startswith("---")]
    return [line for line in lines if len(line) >= 60]


def leaks(folder, parts):
    """The files below folder that hold any of these parts."""
    found = []
    for base, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(base, name), "rb") as data:
                text = data.read()
            found += [name for part in parts if part in text]
    return found


def make_master_key(relay, name):
    path = os.path.join(relay.folder, name)
    told = run([program("relayd"), "--make-master-key", path]).stdout.decode()
    assert 'master_key = "%s"' % path in told and os.stat(path).st_mode & 0o777 == 0o600
    assert open(path).read().strip() not in told
    return path


def restart(relay, *lines):
    relay.stop()
    relay.values["extra"] = "\n".join(lines)
    relay.start()


def refusal(relay, *lines):
    """What relayd says that does not start with these lines."""
    if relay.process:
        relay.stop()
    relay.values["extra"] = "\n".join(lines)
    with open(relay.config_path, "w") as out:
        out.write(relay.CONFIG.format(**relay.values))
    process = Process([program("relayd"), "--config", relay.config_path], os.path.join(relay.folder, "refused"),
                      env=dict(os.environ, **relay.env))
    assert process.wait() == 78, process.log()
    told = process.log().splitlines()[-1]
    checked = run([program("relayd"), "--config", relay.config_path, "--check"], check=False,
                  env=dict(os.environ, **relay.env))
    can_tell = "master_key" in relay.values["extra"] or relay.env  # else systemd may give the key
    assert checked.returncode == (78 if can_tell else 0) and told.removeprefix("relayd: ") in checked.stderr.decode(), checked
    return told


def problems(relay):
    return "\n".join(relay.ask("status")["problems"])


def must_verify(shop, count):
    shop.relay.send(shop.login, SENDER, RECIPIENT)
    message = shop.providers.wait(RECIPIENT, count)[-1]
    for index, _ in enumerate(message.parsed.get_all("DKIM-Signature")):
        assert dkim.DKIM(message.raw).verify(idx=index, dnsfunc=lambda name, timeout=5: shop.zone.txt(name.decode()))


def test_keys_are_sealed_and_nothing_of_them_is_left_in_the_clear(shop):
    relay = shop.relay
    state = os.path.join(relay.folder, "state")
    assert "2 DKIM keys are stored as they are" in problems(relay)
    plain = rows(relay)
    parts = [part for pem in plain.values() for part in parts_of(pem)]
    assert len(parts) > 20 and leaks(state, parts)

    key = make_master_key(relay, "master")
    relay.kill()  # so that the WAL has them too
    relay.values["extra"] = 'master_key = "%s"' % key
    relay.start()
    assert all(text.startswith("relay-sealed:1:") for text in rows(relay).values())
    assert not leaks(state, parts)
    assert "stored as they are" not in problems(relay)
    relay.domain("new.example", shop.zone)  # sealed before it reaches the store
    assert all(text.startswith("relay-sealed:1:") for text in rows(relay).values()) and len(rows(relay)) == 4
    assert not leaks(state, [b"PRIVATE KEY"])
    must_verify(shop, 1)
    assert [a for a in relay.ask("audit", "list")["items"] if a["action"] == "domain.dkim.seal"]

    other = make_master_key(relay, "other")
    restart(relay, 'master_key = "%s"' % other, 'master_key_old = "%s"' % key)
    restart(relay, 'master_key = "%s"' % other)  # the old one is needed no more
    must_verify(shop, 2)
    relay.stop()
    assert not leaks(state, parts + [b"PRIVATE KEY", open(key, "rb").read().strip(), open(other, "rb").read().strip()])


def give_credentials(relay, **keys):
    """As systemd does with LoadCredential=NAME:FILE: a folder only the service may look into, files
    that it may only read, the folder's name in the environment."""
    folder = os.path.join(relay.folder, "credentials")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o700)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    for name, path in keys.items():
        copy = os.path.join(folder, name.replace("_", "-"))
        with open(copy, "wb") as out, open(path, "rb") as key:
            out.write(key.read())
        os.chmod(copy, 0o440)
    os.chmod(folder, 0o500)
    relay.env = {"CREDENTIALS_DIRECTORY": folder}
    return folder


def test_the_master_key_comes_as_a_systemd_credential(shop):
    relay = shop.relay
    parts = [part for pem in rows(relay).values() for part in parts_of(pem)]
    key, other = make_master_key(relay, "master"), make_master_key(relay, "other")
    give_credentials(relay, some_other_service=key)
    restart(relay)
    assert "2 DKIM keys are stored as they are" in problems(relay), "a credential of another name is not ours"
    give_credentials(relay, relayd_master_key=key)
    restart(relay)
    assert all(text.startswith("relay-sealed:1:") for text in rows(relay).values()) and len(rows(relay)) == 2
    assert not leaks(os.path.join(relay.folder, "state"), parts) and "stored as they are" not in problems(relay)
    must_verify(shop, 1)
    sealed = rows(relay)
    give_credentials(relay, relayd_master_key=other, relayd_master_key_old=key)
    restart(relay)
    give_credentials(relay, relayd_master_key=other)
    restart(relay)
    assert all(text.startswith("relay-sealed:1:") and text not in sealed.values() for text in rows(relay).values())
    must_verify(shop, 2)
    folder = give_credentials(relay)
    assert "is sealed under master key" in refusal(relay)
    os.chmod(folder, 0o700)
    os.symlink("relayd-master-key", os.path.join(folder, "relayd-master-key"))  # there, and not to be read
    assert "cannot be read" in refusal(relay)
    relay.env = {}
    relay.values["extra"] = 'master_key = "%s"' % other  # the same key as a file
    relay.start()
    must_verify(shop, 3)


def test_a_start_without_the_master_key_says_so_and_loses_nothing(shop):
    relay = shop.relay
    key, other = make_master_key(relay, "master"), make_master_key(relay, "other")
    restart(relay, 'master_key = "%s"' % key)
    for lines in ([], ['master_key = "%s"' % other]):
        told = refusal(relay, *lines)
        assert "shop.example" in told and "is sealed under master key" in told and "master_key_old" in told
    os.chmod(key, 0o644)
    assert "chmod 0600" in refusal(relay, 'master_key = "%s"' % key)
    os.chmod(key, 0o600)
    assert "cannot be read" in refusal(relay, 'master_key = "%s.none"' % key)
    done = run([program("relayd"), "--make-master-key", key], check=False)
    assert done.returncode == 64 and b"is there already" in done.stderr
    relay.values["extra"] = 'master_key = "%s"' % key
    relay.start()
    must_verify(shop, 1)
    checked = run([program("relayd"), "--config", relay.config_path, "--check"])  # while it runs
    assert not checked.stderr and not checked.stdout


def test_a_damaged_row_costs_its_own_key_only(shop):
    relay = shop.relay
    key = make_master_key(relay, "master")
    restart(relay, 'master_key = "%s"' % key)
    relay.stop()
    with sqlite3.connect(os.path.join(relay.folder, "state", "relay.db")) as db:
        text = db.execute("SELECT pem FROM dkim_key WHERE selector = 'k1e'").fetchone()[0]
        db.execute("UPDATE dkim_key SET pem = ? WHERE selector = 'k1e'",
                   (text[:-1] + ("0" if text[-1] != "0" else "1"),))
    relay.start()
    wait_for(lambda: "k1e is damaged" in problems(relay), "the alert")
    must_verify(shop, 1)
    assert len(shop.providers.messages(RECIPIENT)[0].parsed.get_all("DKIM-Signature")) == 1
    relay.cli("domain", "dkim", "remove", "shop.example", "k1e", "--yes")
    wait_for(lambda: "damaged" not in problems(relay), "the alert is cleared")
    relay.stop()
    relay.start()
    assert "damaged" not in problems(relay)


def memory(relay):
    """What relayd's writable memory holds; b"" where the kernel lets nobody look."""
    found = b""
    try:
        with open("/proc/%d/maps" % relay.process.pid) as maps, open("/proc/%d/mem" % relay.process.pid, "rb") as mem:
            for line in maps:
                where, mode = line.split()[:2]
                if not mode.startswith("rw"):
                    continue
                start, end = (int(n, 16) for n in where.split("-"))
                if end - start > 1 << 28:  # a sanitizer's shadow
                    continue
                mem.seek(start)
                try:
                    found += mem.read(end - start)
                except OSError:
                    continue
    except PermissionError:
        pass
    return found


@pytest.mark.slow
def test_no_text_of_a_key_stays_in_memory(shop):
    relay = shop.relay
    key = make_master_key(relay, "master")
    restart(relay, 'master_key = "%s"' % key)
    restart(relay, 'master_key = "%s"' % key)  # the start that seals has read pages with keys in the clear
    relay.domain("new.example", shop.zone)
    must_verify(shop, 1)
    held = memory(relay)
    if not held:
        pytest.skip("the kernel does not let us look into relayd")
    assert b"shop.example" in held
    texts = [open(key).read().strip()]
    for domain in ("shop.example", "new.example"):
        out = os.path.join(relay.folder, domain)
        relay.cli("domain", "dkim", "export", domain, "k1", "--out", out)
        texts += [part.decode() for part in parts_of(open(out).read())]
    assert len(texts) > 40 and [text for text in texts if text.encode() in held] == []
