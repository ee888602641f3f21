"""DKIM keys in an operator's hands: made, imported, exported, switched by hand, removed."""

import os
import stat
import subprocess

import dkim
import pytest

from relaylib import run

SENDER, RECIPIENT = "app@shop.example", "b.lee@ok.mail.example"


def keys(relay):
    return {key["selector"]: key for key in relay.ask("domain", "show", "shop.example")["keys"]}


def states(relay):
    return {selector: key["state"] for selector, key in keys(relay).items()}


def dkim_cli(relay, *args, **options):
    return relay.cli("domain", "dkim", *args, **options)


def selectors(message):
    found = set()
    for field in message.parsed.get_all("DKIM-Signature"):
        found.add(dict(tag.strip().split("=", 1) for tag in field.replace("\n", "").replace("\r", "").split(";")
                       if "=" in tag)["s"].strip())
    return found


def verify(shop, message):
    for index, _ in enumerate(message.parsed.get_all("DKIM-Signature")):
        assert dkim.DKIM(message.raw).verify(idx=index, dnsfunc=lambda name, timeout=5: shop.zone.txt(name.decode()))


def publish(shop, answer):
    for record in answer["records"]:
        shop.zone.add(record["name"], record["type"], record["value"])
    shop.zone.reload()


def openssl(folder, *args):
    path = os.path.join(folder, "key%d.pem" % len(os.listdir(folder)))
    run(["openssl", args[0], "-out", path, *args[1:]])
    return path


def test_rotated_keys_wait_and_are_switched_by_hand(shop):
    relay = shop.relay
    assert states(relay) == {"k1": "active", "k1e": "active"}
    answer = relay.ask("domain", "dkim", "rotate", "shop.example", "--bits", "3072")
    assert states(relay) == {"k1": "active", "k1e": "active", "k2": "new", "k2e": "new"}
    assert keys(relay)["k2"]["bits"] == 3072 and keys(relay)["k2e"]["algorithm"] == "ed25519"
    assert sorted(r["name"].split(".")[0] for r in answer["records"]) == ["k2", "k2e"]
    again = dkim_cli(relay, "rotate", "shop.example", check=False)
    assert again.returncode != 0 and b"waits for its record already" in again.stderr
    publish(shop, answer)
    unasked = dkim_cli(relay, "rotate", "shop.example", "--now", check=False)
    assert b"needs a yes" in unasked.stderr and states(relay)["k2"] in ("new", "published")  # a check may have seen it
    switched = dkim_cli(relay, "rotate", "shop.example", "--now", "--yes")
    assert b"does not verify" in switched.stderr
    assert states(relay) == {"k1": "retired", "k1e": "retired", "k2": "active", "k2e": "active"}
    relay.send(shop.login, SENDER, RECIPIENT)
    message = shop.providers.wait(RECIPIENT)[0]
    assert selectors(message) == {"k2", "k2e"}
    verify(shop, message)
    zone = dkim_cli(relay, "rotate", "shop.example", "--algorithm", "rsa") and \
        relay.cli("domain", "records", "shop.example", "--zone").stdout.decode()
    assert [line.split(".")[0] for line in zone.splitlines() if "_domainkey" in line] == ["k1", "k1e", "k2", "k2e", "k3"]
    relay.stop()
    relay.start()
    assert states(relay) == {"k1": "retired", "k1e": "retired", "k2": "active", "k2e": "active", "k3": "new"}
    log = [a["detail"] for a in relay.ask("audit", "list")["items"] if a["action"] == "domain.dkim.rotate"]
    assert len(log) == 3 and "k1: active -> retired" in log[1] and any("k2: %s -> active" % was in log[1] for was in ("new", "published"))


def test_removing_leaves_what_signs_and_no_selector_comes_twice(shop):
    relay = shop.relay
    dkim_cli(relay, "rotate", "shop.example")
    dkim_cli(relay, "remove", "shop.example", "k2", "--yes")  # gives the rotation up
    assert states(relay) == {"k1": "active", "k1e": "active", "k2e": "new"}
    refused = dkim_cli(relay, "remove", "shop.example", "k1", "--now", "--yes", check=False)
    assert refused.returncode != 0 and b"k1 signs, and no other RSA key does" in refused.stderr
    refused = dkim_cli(relay, "remove", "shop.example", "k1e", "--yes", check=False)
    assert refused.returncode != 0 and b"on its way" in refused.stderr
    dkim_cli(relay, "remove", "shop.example", "k1e", "--now", "--yes")
    refused = dkim_cli(relay, "remove", "shop.example", "k9", "--yes", check=False)
    assert refused.returncode == 3 and b"has no DKIM key k9" in refused.stderr
    dkim_cli(relay, "remove", "shop.example", "k2e", "--yes")
    dkim_cli(relay, "rotate", "shop.example", "--algorithm", "both")
    assert states(relay) == {"k1": "active", "k3": "new", "k3e": "new"}


def test_a_key_goes_out_into_a_file_of_its_own_and_back_in(shop):
    relay, out = shop.relay, os.path.join(shop.folder, "out.pem")
    dkim_cli(relay, "export", "shop.example", "k1", "--out", out)
    assert stat.S_IMODE(os.stat(out).st_mode) == 0o600
    assert dkim_cli(relay, "export", "shop.example", "k1", "--out", out, check=False).returncode == 2  # never over it
    assert dkim_cli(relay, "export", "shop.example", "k1", check=False).returncode == 2
    with open(out, "rb") as pem:
        assert dkim_cli(relay, "export", "shop.example", "k1", "--out", "-").stdout == pem.read()
    public = subprocess.run(["openssl", "pkey", "-in", out, "-pubout"], capture_output=True, check=True).stdout
    record = next(r for r in relay.ask("domain", "records", "shop.example")["records"]
                  if r["name"].startswith("k1."))["value"]
    assert "".join(public.decode().split("\n")[1:-2]) in record

    relay.domain("other.example", shop.zone)
    dkim_cli(relay, "rotate", "other.example")
    said = dkim_cli(relay, "import", "other.example", "Mail2024", out).stdout.decode()
    assert said.count("._domainkey.other.example") == 1 and "mail2024._domainkey.other.example  TXT" in said
    assert "Mail is signed with it once" in said
    said = dkim_cli(relay, "remove", "other.example", "k2", "--yes").stdout.decode()
    assert "Publish" not in said and "Mail is signed" not in said and "k2e" in said
    assert "Its record, k2._domainkey.other.example TXT, can go from the DNS" in said
    imported = next(k for k in relay.ask("domain", "show", "other.example")["keys"] if k["selector"] == "mail2024")
    assert (imported["state"], imported["algorithm"], imported["bits"]) == ("new", "rsa", 2048)
    taken = dkim_cli(relay, "import", "other.example", "mail2024", out, check=False)
    assert taken.returncode != 0 and b"already" in taken.stderr
    actions = [a["action"] for a in relay.ask("audit", "list")["items"]]
    assert actions.count("domain.dkim.export") == 2 and actions.count("domain.dkim.import") == 1


@pytest.mark.parametrize("kind, args", [
    ("PKCS#8 RSA", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
    ("PKCS#1 RSA", ["genrsa", "-traditional", "2048"]),
    ("Ed25519", ["genpkey", "-algorithm", "ED25519"])])
def test_keys_made_elsewhere_sign(shop, kind, args):
    with open(openssl(shop.folder, *args), "rb") as pem:
        text = pem.read()
    answer = shop.relay.cli("--json", "domain", "dkim", "import", "shop.example", "mail2024", "-", data=text)
    assert b"PRIVATE" not in answer.stdout
    publish(shop, shop.relay.ask("domain", "records", "shop.example"))
    algorithm = "ed25519" if "ED25519" in args else "rsa"
    dkim_cli(shop.relay, "rotate", "shop.example", "--algorithm", algorithm, "--now", "--yes")
    shop.relay.send(shop.login, SENDER, RECIPIENT)
    message = shop.providers.wait(RECIPIENT)[0]
    assert "mail2024" in selectors(message) and len(selectors(message)) == 2
    verify(shop, message)


def test_what_is_no_private_key_is_refused_in_words(shop):
    folder, relay = shop.folder, shop.relay
    private = openssl(folder, "genrsa", "2048")
    short = openssl(folder, "genrsa", "512")
    public = os.path.join(folder, "public.pem")
    run(["openssl", "pkey", "-in", private, "-pubout", "-out", public])
    locked = openssl(folder, "pkey", "-in", private, "-aes256", "-passout", "pass:x")
    curve = openssl(folder, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    for path, why in ((public, b"public key"), (short, b"1024 to 4096 bits"), (locked, b"encrypted"),
                      (curve, b"or Ed25519"), (relay.config_path, b"not a private key"), ("/dev/null", b"not a private"),
                      (folder + "/none", b"No such file")):
        done = dkim_cli(relay, "import", "shop.example", "x1", path, check=False)
        assert done.returncode == 2 and why in done.stderr, (path, done.stderr)
    with open(private) as pem:
        done = dkim_cli(relay, "import", "shop.example", "x1", pem.read(), check=False)
    assert done.returncode == 2 and b"history" in done.stderr and b"MII" not in done.stderr
    for selector in ("-x", "a..b", "a b", "x" * 64, "ä"):
        done = dkim_cli(relay, "import", "shop.example", "--", selector, private, check=False)
        assert done.returncode == 2, selector
    assert states(relay) == {"k1": "active", "k1e": "active"}
    assert "MII" not in relay.process.log()
