"""The table of commands, and a world in which each of them has something to do."""

import json
import os
import subprocess

import relaylib

TABLE = None
RECIPIENT = "ann@full.mail.example"
OTHERS = ("ben@full.mail.example", "cleo@full.mail.example")  # for who ends something after the first is bounced
EXTRA = """
pool "p" { address = {"127.0.0.2"} warmup = yes }
pool "news" { address = {"192.0.2.10"} warmup = yes }
smarthost "old" { host = "127.0.0.1" port = 9 tls = none }
"""


def table():
    """The rows of the command table; asked of relaycli once."""
    global TABLE
    if TABLE is None:
        done = subprocess.run([relaylib.program("relaycli"), "completion", "table"], capture_output=True, check=True)
        TABLE = json.loads(done.stdout)["items"]
    return TABLE


def name(row):
    return row["noun"] + (" " + row["verb"] if row["verb"] else "")


def make_world():
    """Mail that was delivered, refused, waits and has hostile words in it; a pool, a smarthost, a rule file."""
    world = relaylib.World()
    for one in ("ok", "unknown", "full"):
        world.zone.domain(one + ".mail.example")
    world.start("unknown.mail.example unknown-user\nfull.mail.example mailbox-full", retry='"1h"', extra=EXTRA)
    relay = world.relay
    subject = "\u65e5\u672c\u8a9e e\u0301 \U0001f600 \u202e\x1b]52;c;aGk=\x07\x1b[2J \x9b1m \u200b, \"quoted\""
    for to in (RECIPIENT, *OTHERS, "joe@ok.mail.example", "nobody@unknown.mail.example"):
        relay.send(world.login, "orders@shop.example", to,
                   relaylib.text_message("orders@shop.example", to, subject=subject))
    relay.wait_status("joe@ok.mail.example", "delivered")
    relay.wait_status("nobody@unknown.mail.example", "bounced")
    for to in (RECIPIENT, *OTHERS):
        relay.wait_status(to, "deferred")
    relay.credential("to-do", "@shop.example")
    with open(os.path.join(world.folder, "password"), "w", encoding="utf-8") as out:
        out.write(world.login[1] + "\n")
    for file, text in (("my.rules", "rule a.b\n\tcategory policy\n\tphrase pod bay door\n"),
                       ("list.csv", "gone@full.mail.example,manual\n"),
                       ("header", "Authentication-Results: mx.example; spf=pass smtp.mailfrom=shop.example\n\n")):
        with open(os.path.join(world.folder, file), "w", encoding="utf-8") as out:
            out.write(text)
    relaylib.run(["openssl", "genrsa", "-traditional", "-out", os.path.join(world.folder, "key.pem"), "2048"])
    return world


def samples(world):
    """What an argument of a kind may be; a command that needs another value names it by itself."""
    relay = world.relay
    groups = relay.ask("deferral", "list", "--since", "1d")["items"]
    return {
        "kind": {
            "text": "sample", "option": "env=x", "count": "1", "term": "to:" + RECIPIENT, "id": relay.item(RECIPIENT)["id"],
            "credential": "shop", "key": "k1", "domain": "shop.example", "queue": "full.mail.example",
            "sender": "@shop.example", "method": "rpc.describe", "json": "{}", "noun": "queue", "verb": "list",
            "pool": "p", "source": "127.0.0.2", "scope": "domain:full.mail.example", "provider": "google",
            "selector": relay.ask("domain", "show", "shop.example")["keys"][0]["selector"],
            "group": groups[0]["group"] if groups else "none", "time": "1h", "duration": "1h",
            "file": os.path.join(world.folder, "list.csv"),
        },
        "command": {
            "find": [RECIPIENT],
            "queue move": ["full.mail.example", "--pool", "default"],
            "credential test": ["shop", "--secret-file", os.path.join(world.folder, "password")],
            "message cancel": [relay.item(OTHERS[0])["id"]],
            "throttle clear": ["domain:full.mail.example"],
            "domain dkim remove": ["shop.example", "sel9"],  # imported before
            "credential compromised": ["to-do", "--secret-out", os.path.join(world.folder, "secret3")],
            "queue bounce": ["full.mail.example", "--reason", "withdrawn"],
            "audit list": ["since:1d"], "domain remove": ["new.example"],
            "log search": ["since:1d"],
            "suppression check": [RECIPIENT], "suppression add": ["x@y.example"], "suppression remove": ["x@y.example"],
            "throttle set": ["domain:full.mail.example", "rate", "1/s", "--for", "1h"],
            "deferral rule": ["test", os.path.join(world.folder, "my.rules")],
            "pool ip": ["check", "127.0.0.2"],
            "credential create": ["sample", "--from", "@shop.example", "--secret-out",
                                  os.path.join(world.folder, "secret")],
            "credential rotate": ["to-do", "--overlap", "0s", "--secret-out", os.path.join(world.folder, "secret2")],
            "credential limit": ["to-do", "rate=50/s"],
            "migrate evidence": ["shop", os.path.join(world.folder, "header")],
            "migrate stage": ["to-do", "old"], "migrate canary": ["to-do", "5"],
            "domain add": ["new.example"],
            "domain limit": ["shop.example", "dmarc-fail=hold"],
            "domain dkim import": ["shop.example", "sel9", os.path.join(world.folder, "key.pem")],
            "domain dkim export": ["shop.example", "k1", "--out", os.path.join(world.folder, "out.pem")],
            "explain": ["550 5.1.1 no such user"],
            "config check": [os.path.join(world.folder, "relay", "relayd.conf")],
            "completion words": ["queue", "l"],
        },
    }


def arguments(row, known):
    """A line that this row takes."""
    words = [*row["noun"].split(), *(row["verb"] or "").split()]
    if name(row) in known["command"]:
        return words + known["command"][name(row)]
    for arg in row["args"]:
        words.append(arg["name"].split("|")[0] if arg["kind"] == "word" else known["kind"][arg["kind"]])
    return words
