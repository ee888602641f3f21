"""Every relaycli line of README, the manual pages and the table's own examples is run.

Lines that begin with relaycli (after "$ " or "sudo ") go to a prepared relay; what stands in README's
tables without it, `queue hold yahoo.com --for 1h`, is read by the grammar only. What asks is not told
yes: exit 6 is as good as done."""

import os
import re
import shlex
import subprocess

import commandlib
import pytest
import relaylib

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
PAGES = ["README.md", "relaycli/relaycli.1.in", "relayd/relayd.8.in", "relayd/relayd.conf.5.in", "relaytui/relaytui.1.in"]
NOT_RUN = {  # line: why
    "domain check shop.example --live": "it goes on until all records are published",
    "completion bash": "it names the script, of which test_terminal.py runs all three",
    "log tail -f to:@yahoo.com": "it follows until Ctrl-C, as in test_terminal.py",
    "config check --domain gmail.com": "it asks the DNS of the internet; test_usage.py asks with --mx",
    "credential test shop-prod --to ann@mail.example": "it asks for the password: test_credential_test.py",
    "config check --domain": "it names a flag",
}
INSTEAD = {  # what is there already
    "domain add shop.example": "domain add other.example",
}
WORDS = {  # what stands for something
    "ADDRESS": commandlib.RECIPIENT, "NAME": "shop-prod", "ID": "6H16PFBM80000", "ID…": "6H16PFBM80000", "IP": "127.0.0.2",
    "FILE": "list.csv", "…": "words", "ID...": "6H16PFBM80000",
}
NOUNS = {row["noun"] for row in commandlib.table()}
VERBS = {(row["noun"], (row["verb"] or "").split(" ")[0]) for row in commandlib.table()}
GOOD = {0, 3, 6, 7, 9, 10, 11, 12}


def roff(text):
    text = re.sub(r'^\.(?:B|I|BR|RB)\s+(?:"([^"]*)".*|(.*?)\s*[,.]?)$', lambda m: m[1] or m[2] or "", text)
    return text.replace("\\-", "-").replace("\\(dq", '"').replace("\\fB", "").replace("\\fR", "").replace("\\fI", "")


def lines_of(page):
    """(line, is it run) of a page."""
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        text = file.read()
    code = False
    for line in text.splitlines():
        if page.endswith(".in"):
            found = re.match(r"(?:sudo |\$ )?relaycli ([a-z].*)$", roff(line))
            if found:
                yield found[1], True
            continue
        if line.strip().startswith("```"):
            code = not code
        elif code:
            found = re.match(r"\s*(?:\$ |sudo )*relaycli ([a-z].*?)(?:\s{2,}#.*)?$", line)
            if found:
                yield found[1], True
        for inline in [] if code else re.findall(r"`([^`]+)`", line):
            words = inline.split()
            if "relaycli" in words[:2] and len(words) > 1 and words[-1] != "relaycli" and words[0] in ("sudo", "relaycli"):
                yield " ".join(words[1 + (words[0] == "sudo"):]), True
            elif len(words) > 2 and (words[0], words[1]) in VERBS and words[0] != "status":
                yield inline, False


def examples():
    seen = []
    for page in PAGES:
        for line, runs in lines_of(page):
            if (line, runs) not in seen and "|" not in line:
                seen.append((line, runs))
    for row in commandlib.table():
        if row["example"] and (row["example"], True) not in seen:
            seen.append((row["example"], True))
    return seen


def words_of(line):
    return [WORDS.get(word, word).replace("…", "words") for word in shlex.split(line)]


@pytest.fixture(scope="module")
def made():
    world = commandlib.make_world()
    try:
        world.relay.credential("shop-prod", "@shop.example")
        for name, other in (("google.com!shop.example!1795600000.zip", "header"), ("mail2024.pem", "key.pem")):
            os.link(os.path.join(world.folder, other), os.path.join(world.folder, name))
        yield world
    finally:
        world.close(failed=False)


def is_mention(done, words, folder, socket):
    """Only the command's name stands there: it is one if it has help."""
    return done.returncode == 2 and b" wants " in done.stderr and relaycli(folder, socket, [*words, "--help"]).returncode == 0


def relaycli(folder, socket, words):
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"}
    # files that examples keep in /root lie in the world's folder here
    words = [os.path.join(folder, word[6:]) if word.startswith("/root/") else word for word in words]
    return subprocess.run([relaylib.program("relaycli"), "--socket", socket, *words], cwd=folder, env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60 * relaylib.PATIENCE)


@pytest.mark.parametrize("line", [line for line, runs in examples() if runs])
def test_an_example_runs(made, line):
    if line in NOT_RUN:
        pytest.skip(NOT_RUN[line])
    words = words_of(INSTEAD.get(line, line))
    done = relaycli(made.folder, made.relay.socket, words)
    if is_mention(done, words, made.folder, made.relay.socket):
        return
    if line.startswith("credential create") and done.returncode == 2:  # its secret wants a terminal
        done = relaycli(made.folder, made.relay.socket, [*words_of(line.replace("shop-prod", "shop-new")), "--json"])
    assert done.returncode in GOOD, done.stderr.decode()


@pytest.mark.parametrize("line", [line for line, runs in examples() if not runs])
def test_a_line_of_a_table_is_in_the_grammar(tmp_path, line):
    words = words_of(line)
    if "--out" not in words:
        (tmp_path / "list.csv").write_text("x@y.example\n")
    done = relaycli(str(tmp_path), "/nowhere/control.sock", words)
    assert done.returncode in (0, 1, 3, 5, 6) or is_mention(done, words, str(tmp_path), "/nowhere/control.sock"), \
        done.stderr.decode()


def test_there_are_examples():
    assert len([1 for _, runs in examples() if runs]) > 25
