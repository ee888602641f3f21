"""What each command of the table says, compared with golden/commands/NAME: on a terminal, in a pipe and with stdin
closed, 40, 80 and 200 columns wide, asked of a scripted relayd (answers.py) at a moment that stands still.

RELAY_UPDATE=1 writes them anew. In a file, forms that say the same stand together: "tty 80, tty 200", and "pipe" is
a pipe of every width; "! " is stderr where it is one of its own. What a terminal asks is answered with Enter."""

import os
import re
import shutil
import subprocess

import answers
import commandlib
import pytest
import relaylib
import schemalib
from fakelib import FakeDaemon
from test_terminal import Terminal

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "golden", "commands")
CLOCK = os.path.join(HERE, "..", "..", "build", os.environ.get("RELAY_VARIANT", "plain"), "still_clock.so")
ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "CET-1CEST,M3.5.0,M10.5.0/3", "PAGER": "", "NO_COLOR": "1",
               "LD_PRELOAD": os.path.abspath(CLOCK), "STILL_CLOCK": str(int(answers.NOW.timestamp())),
               "ASAN_OPTIONS": "verify_asan_link_order=0"}
WIDTHS = (40, 80, 200)
NOT_ON_A_TERMINAL = {"top"}  # it opens relaytui, which tests/tui looks at
NO_JSON = {"completion bash", "completion zsh", "completion fish", "completion words", "completion man", "help", "top"}
BEGINS = {"completion bash", "completion zsh", "completion fish", "completion man", "completion table"}  # the rest is the table's
OF_THE_HOST = re.compile(r"^\w+ +(?:clock|memory|swap\b[^:]*): .*\n(?: .*\n)*", re.M)  # what doctor says of this machine
PROGRESS = re.compile(r"\r[^\r\n]*\x1b\[K\n?")  # is of the clock that goes on: test_terminal.py
ROWS = commandlib.table()
FILES = {
    "list.csv": "x@y.example,manual\n",
    "my.rules": "rule a.b\n\tcategory policy\n\tphrase pod bay door\n",
    "header": "Authentication-Results: mx.mail.example; spf=pass smtp.mailfrom=shop.example\n\n",
    "key.pem": "-----BEGIN PRIVATE KEY-----\nexample\n-----END PRIVATE KEY-----\n",
    "password": "rlyEXAMPLE\n",
    "relayd.conf": 'hostname = "mx1.example"\nstate_dir = "/nonexistent"\ncontrol_socket = "/nonexistent/s"\n'
                   'listen "submission" { port = 2587 }\n',
}
KNOWN = {  # what the arguments are; see commandlib.arguments
    "kind": {
        "text": "sample", "option": "env=x", "count": "1", "term": "to:" + answers.LEE, "id": answers.MAIL[1]["id"], "credential": "shop-prod",
        "key": "k1", "domain": "shop.example", "queue": "yahoo.example", "method": "version.show", "noun": "queue", "verb": "list",
        "json": "{}", "pool": "default", "source": "192.0.2.11", "scope": "provider:yahoo", "provider": "yahoo", "selector": "k1",
        "group": "b2fb2cb69f8a", "file": "list.csv",
    },
    "command": {
        "find": [answers.LEE], "queue move": ["yahoo.example", "--pool", "news"],
        "queue bounce": ["yahoo.example", "--reason", "withdrawn"],
        "suppression check": ["nobody@old.example"], "suppression add": ["x@y.example"], "suppression remove": ["x@y.example"],
        "throttle set": ["provider:yahoo", "rate", "1/s", "--for", "1h"], "throttle clear": ["provider:yahoo", "rate"],
        "deferral rule": ["test", "my.rules"], "pool ip": ["off", "192.0.2.12", "--reason", "listed"],
        "pool warmup": ["show", "192.0.2.11"],
        "credential create": ["shop-prod", "--from", "@shop.example", "--expires", "2026-12-31", "--secret-out", "secret"],
        "credential rotate": ["shop-prod", "--secret-out", "secret"],
        "credential compromised": ["shop-prod", "--secret-out", "secret"],
        "credential limit": ["shop-prod", "rate=50/s", "expires=2026-12-31"], "credential test": ["shop-prod", "--secret-file", "password"],
        "migrate evidence": ["shop-prod", "header"], "migrate stage": ["shop-prod", "trial"], "migrate canary": ["shop-prod", "5"],
        "domain add": ["shop.example"], "domain limit": ["shop.example", "dmarc-fail=send"], "domain remove": ["old.example"],
        "domain dkim import": ["shop.example", "k2", "key.pem"], "domain dkim export": ["shop.example", "k1", "--out", "out.pem"],
        "explain": ["550 5.1.1 no such user"], "config check": ["relayd.conf"], "completion words": ["queue", "l"],
    },
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    made = FakeDaemon(tmp_path_factory.mktemp("fake"), answers.all_answers())
    yield made
    made.close()


def shown(text, name):
    """Control characters are spelt out; what differs from run to run is left out."""
    text = PROGRESS.sub("", text.replace("\r\n", "\n"))
    text = "".join(c if c in "\n\t" or ord(c) >= 32 and c != "\x7f" else repr(c)[1:-1] for c in text)
    text = OF_THE_HOST.sub("", text) if name == "doctor" else text
    text += "" if text.endswith("\n") or not text else "\\\n"
    lines = text.splitlines(keepends=True)
    if name in BEGINS and len(lines) + len(text) > 300:
        lines = [line[:100].rstrip("\n") + "\n" for line in lines[:4]] + ["...\n"]
    return "".join(lines)


class Runs:
    """Runs one command, each time in a folder with the same files."""

    def __init__(self, daemon, folder, name):
        self.daemon, self.folder, self.name, self.count = daemon, str(folder), name, 0

    def environment(self, columns):
        self.count += 1
        folder = os.path.join(self.folder, "%d" % self.count)
        os.mkdir(folder)
        for file, text in FILES.items():
            with open(os.path.join(folder, file), "w", encoding="utf-8") as out:
                out.write(text)
        return folder, {**ENVIRONMENT, "COLUMNS": str(columns), "RELAY_SOCKET": self.daemon.socket, "HOME": folder}

    def terminal(self, columns, *args):
        folder, environment = self.environment(columns)
        t = Terminal(*args, typed="\n\n", folder=folder, **environment)
        try:
            code = t.wait()
        finally:
            t.end()
        shutil.rmtree(folder)
        return code, shown(t.seen, self.name)

    def pipe(self, columns, closed, *args):
        folder, environment = self.environment(columns)
        words = [relaylib.program("relaycli"), *args]
        if closed:
            words = ["sh", "-c", 'exec "$@" <&-', "sh", *words]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, env=environment, cwd=folder,
                              timeout=30 * relaylib.PATIENCE)
        shutil.rmtree(folder)
        self.stdout = done.stdout
        said = ["! " + line for line in shown(done.stderr.decode(), self.name).splitlines(keepends=True)]
        return done.returncode, shown(done.stdout.decode(), self.name) + "".join(said)


def forms(row, runs, args):
    """form: (code, text), in the order of the file."""
    name, said = commandlib.name(row), {}
    flags = {flag["name"] for flag in row["flags"]}
    if name not in NOT_ON_A_TERMINAL:
        for columns in WIDTHS:
            said["tty %d" % columns] = runs.terminal(columns, *args)
        for flag in ("dry-run", "yes"):
            if flag in flags and (flag == "dry-run" or row["danger"] in ("moderate", "severe")):
                said["tty 80 --" + flag] = runs.terminal(80, *args, "--" + flag)
    for form, closed in (("pipe", False), ("closed", True)):
        each = [runs.pipe(columns, closed, *args) for columns in WIDTHS]
        if each[0] == each[1] == each[2]:
            said[form] = each[0]
        else:
            said.update(("%s %d" % (form, columns), one) for columns, one in zip(WIDTHS, each))
    return said


def written(args, said):
    text, kept = "$ relaycli %s\n" % " ".join(args), {}
    for form, what in said.items():
        kept.setdefault(what, []).append(form)
    for (code, what), those in kept.items():
        text += "== %s -> %d\n%s" % (", ".join(those), code, what)
    return text


def compare(name, text):
    path = os.path.join(GOLDEN, name.replace(" ", "_"))
    if os.environ.get("RELAY_UPDATE"):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    assert os.path.exists(path), "no golden of this command: look at what RELAY_UPDATE=1 writes, and keep it"
    with open(path, encoding="utf-8") as golden:
        assert text == golden.read()


@pytest.mark.parametrize("row", ROWS, ids=[commandlib.name(row) for row in ROWS])
def test_every_command_says_what_it_said(daemon, tmp_path, row):
    name, args = commandlib.name(row), commandlib.arguments(row, KNOWN)
    runs = Runs(daemon, tmp_path, name)
    compare(name, written(args, forms(row, runs, args)))
    if name not in NO_JSON:
        yes = ["--yes"] if "yes" in {flag["name"] for flag in row["flags"]} else []
        code, text = runs.pipe(80, False, *args, "--json", *yes)
        assert runs.stdout and runs.stdout.isascii(), text
        schemalib.check(runs.stdout)


def test_there_is_no_golden_of_what_is_no_command():
    names = {commandlib.name(row).replace(" ", "_") for row in ROWS}
    assert set(os.listdir(GOLDEN)) <= names
