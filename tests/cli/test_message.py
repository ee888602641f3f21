"""message show --headers and --body: what a mail says, for whom, how long, and how it is shown."""

import base64
import json
import os
import subprocess
import sys

import pytest
import relaylib
from relaylib import text_message, wait_for
from test_terminal import Terminal

SENDER = "orders@shop.example"
WAITS = "ann@full.mail.example"
HOSTILE = b"caf\xc3\xa9 \xe9 \x1b]52;c;aGk=\x07 \xc2\x9b1m \xe2\x80\xae evil\r\n"


def mail(body, **more):
    return text_message(SENDER, WAITS, **more).split(b"\r\n\r\n")[0] + b"\r\n\r\n" + body


def queue(relay, body, **more):
    """A message that waits; its id."""
    relay.relay.send(relay.login, SENDER, WAITS, mail(body, **more), options=["BODY=8BITMIME"])
    return relay.relay.item(WAITS)["id"]


def show(relay, *args, **options):
    return relay.relay.cli("message", "show", *args, **options)


def test_headers_are_those_that_were_accepted_with_ours(relay):
    one = queue(relay, b"secret words\r\n", headers="X-Campaign: spring\r\n")
    head = show(relay, one, "--headers").stdout
    assert head.endswith(b"\r\n\r\n") and b"secret words" not in head
    for field in (b"X-Campaign: spring\r\n", b"DKIM-Signature: ", b"Received: from ", b"Subject: hello\r\n"):
        assert field in head, head
    answer = relay.relay.ask("message", "show", one, "--headers")
    assert answer["text"].encode() == head and answer["total_bytes"] == answer["bytes"] == len(head)
    assert answer["next_offset"] is None and "text_b64" not in answer
    assert not relay.relay.ask("audit", "list", "what:message.headers", "object:" + one)["items"]


def test_a_pipe_gets_the_bytes_and_a_terminal_harmless_text(relay):
    one = queue(relay, HOSTILE)
    raw = show(relay, one, "--body").stdout
    assert raw.endswith(b"\r\n\r\n" + HOSTILE)
    answer = relay.relay.ask("message", "show", one, "--body")
    assert base64.b64decode(answer["text_b64"]) == raw and "caf\u00e9 \ufffd \x1b]52" in answer["text"]
    t = Terminal("--socket", relay.relay.socket, "message", "show", one, "--body")
    assert t.wait() == 0
    for bad in (b"\x1b", b"\x07", b"\xc2\x9b", b"\xe2\x80\xae", b"\xe9 "):
        assert bad not in t.raw, t.raw
    assert "caf\u00e9 \\xe9 \\x1b]52;c;aGk=\\x07 " in t.seen and "<U+202E> evil\n" in t.seen, t.seen
    refused = show(relay, one, "--body", "--csv", check=False)
    assert refused.returncode == 2 and b"--json" in refused.stderr and not refused.stdout
    assert show(relay, one, "--body", "--headers", check=False).returncode == 2


@pytest.mark.parametrize("kilobytes", (100, 700), ids=("in the database", "in the spool"))
def test_a_long_one_comes_in_slices_and_is_one_look(relay, kilobytes):
    line = "h\u00e4lt zusammen \u20ac \U0001f600 ".encode() * 30 + b"\r\n"
    text = line * (kilobytes * 1024 // len(line))
    one = queue(relay, text)
    raw = show(relay, one, "--body").stdout
    assert raw.endswith(b"\r\n\r\n" + text)
    slices = [json.loads(s) for s in show(relay, one, "--body", "--jsonl").stdout.splitlines()]
    assert len(slices) > kilobytes // 64 and "".join(s["text"] for s in slices).encode() == raw
    assert all("text_b64" not in s and s["bytes"] <= 65536 for s in slices), "none ends within a character"
    assert [s["next_offset"] for s in slices] == [s["offset"] for s in slices[1:]] + [None]
    assert relay.relay.ask("message", "show", one, "--body")["text"].encode() == raw
    rows = relay.relay.ask("audit", "list", "what:message.body", "object:" + one)["items"]
    assert len(rows) == 3 and all(row["detail"].startswith("headers and body read, ") for row in rows), rows


def test_one_json_object_has_a_cap_and_says_what_to_do(relay):
    text = (b"0123456789abcdef" * 8 + b"\r\n") * 80000  # 10 MB
    one = queue(relay, text)
    refused = show(relay, one, "--body", "--json", check=False)
    assert refused.returncode == 1 and not refused.stdout and b"--jsonl gives it in slices" in refused.stderr, refused.stderr
    assert show(relay, one, "--body").stdout.endswith(text)


def rpc(relay, method, **params):
    done = relay.relay.cli("rpc", method, json.dumps(params), check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_no_slice_is_read_past_the_audit_log(relay):
    one = queue(relay, b"x" * 900 + b"\r\n")
    code, out, _ = rpc(relay, "message.body", id=one, offset=500)
    assert code == 0 and json.loads(out)["offset"] == 500
    assert len(relay.relay.ask("audit", "list", "what:message.body", "object:" + one)["items"]) == 1
    code, _, err = rpc(relay, "message.body", id=one, offset=1 << 40)
    assert code == 2 and "offset: it has " in err
    code, out, _ = rpc(relay, "message.body", id=one, offset=json.loads(out)["total_bytes"])
    assert code == 0 and json.loads(out)["text"] == "" and json.loads(out)["next_offset"] is None
    show(relay, one, "--body", "--reason", "ticket 12")
    assert relay.relay.ask("audit", "list", "object:" + one)["items"][0]["detail"].endswith("; reason: ticket 12")
    assert show(relay, one, "--reason", "ticket 12", check=False).returncode == 2


def test_what_is_gone_says_since_when(relay):
    relay.relay.send(relay.login, SENDER, "joe@ok.mail.example", mail(b"hello\r\n"))
    found = relay.relay.wait_status("joe@ok.mail.example", "delivered")  # its content may still be there for a moment
    gone = wait_for(lambda: (lambda d: d if d.returncode else None)(show(relay, found["id"], "--body", check=False)),
                    "the end of its content")
    assert gone.returncode == 3 and not gone.stdout
    assert b"is gone since %s" % found["finished_at"][:19].encode() in gone.stderr, gone.stderr
    assert b"when its last recipient was done" in gone.stderr and b"is kept for 90d" in gone.stderr
    assert relay.relay.ask("message", "show", found["id"])["message"]["id"] == found["id"]
    never = show(relay, "6H165P8AC9999", "--headers", check=False)
    assert never.returncode == 3 and b"no message 6H165P8AC9999" in never.stderr


AS_VIEWER = """
import os, sys
os.setgroups([int(sys.argv[1])])
os.setgid(65534)
os.setuid(65534)
os.execv("/proc/self/fd/" + sys.argv[2], ["relaycli", *sys.argv[3:]])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be somebody else")
@pytest.mark.parametrize("subjects", ("yes", "no"))
def test_a_viewer_reads_headers_but_no_body(world, subjects):
    import grp
    world.zone.domain("full.mail.example")
    world.start("*full.mail.example mailbox-full", retry='"1h"',
                extra='control { viewers = "games" }\nlog { subject = %s }' % subjects)
    one = queue(world, b"secret words\r\n")
    binary = os.open(relaylib.program("relaycli"), os.O_RDONLY)  # its folder may be closed to others

    def look(*args):
        words = ["--socket", world.relay.socket, "message", "show", one, *args]
        return subprocess.run([sys.executable, "-c", AS_VIEWER, str(grp.getgrnam("games").gr_gid), str(binary), *words],
                              capture_output=True, pass_fds=[binary])
    headers, body = look("--headers"), look("--body")
    os.close(binary)
    assert body.returncode == 4 and not body.stdout, body
    assert b"is a viewer: message.body needs the operator role" in body.stderr, body
    assert not world.relay.ask("audit", "list", "what:message.body")["items"]
    if subjects == "yes":
        assert headers.returncode == 0 and b"Subject: hello\r\n" in headers.stdout, headers
    else:
        assert headers.returncode == 4 and not headers.stdout and b"log { subject = no }" in headers.stderr, headers
    assert b"Subject: hello\r\n" in show(world, one, "--headers").stdout
