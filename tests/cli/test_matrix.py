"""Every command of the table asked of a real relayd: in a pipe, with stdin closed, on a narrow terminal, as JSON.

New commands are in it by themselves: arguments come from their kinds (commandlib.samples). What each of them
says word by word, on screens of all widths: test_golden.py."""

import json
import os
import re
import subprocess
import unicodedata

import commandlib
import pytest
import relaylib
import schemalib
from test_terminal import Terminal

NOT_ON_A_TERMINAL = {"top": "it opens relaytui, which tests/tui looks at"}
CODES = {  # where they are not 0, or 6 of what asks: in a pipe, with stdin closed, on a terminal, as JSON
    "doctor": [7, 7, 7, 7],  # no blocklist answers here
    "domain check": [7, 7, 7, 7],  # nor does the domain's own name server
    "suppression check": [3, 3, 3, 3],
    "message release": [0, 3, 3, 3],  # released by the first
    "credential create": [0, 2, 2, 1],  # its secret's file is there; so is it
    "domain dkim export": [0, 2, 2, 0],
    "domain add": [0, 1, 1, 1], "domain dkim rotate": [0, 1, 1, 1], "domain dkim import": [0, 1, 1, 1],
}
PROSE = {"completion bash", "completion zsh", "completion fish", "completion words", "completion man", "help", "top"}
SGR = re.compile("\x1b\\[[0-9;]*m|\r[^\r\n]*\x1b\\[K")  # and a progress line, which is wiped
ROWS = commandlib.table()


def pipe(world, args, columns, closed):
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", "COLUMNS": str(columns), "PAGER": "",
           "HOME": world.folder}
    words = [relaylib.program("relaycli"), "--socket", world.relay.socket, *args]
    if closed:
        words = ["sh", "-c", 'exec "$@" <&-', "sh", *words]
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, env=env, timeout=30 * relaylib.PATIENCE)


def assert_harmless(text):
    bad = [c for c in text if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t"]
    assert not bad, (bad, text)


def width(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def table_lines(text):
    """The lines of tables: from a header in bold to the next empty line."""
    inside, found = False, []
    for line in text.split("\n"):
        inside = "\x1b[1m" in line and SGR.sub("", line).isupper() or (inside and line != "")
        if inside:
            found.append(SGR.sub("", line))
    return found


def assert_json(done, row):
    out, err = done.stdout.decode(), done.stderr.decode()
    assert out.isascii()
    schemalib.check(done.stdout)
    for line in out.splitlines():
        assert re.match(r"relay(\.[a-z_]+)+/\d+$", json.loads(line)["schema"]), line
    if not out and done.returncode:
        error = json.loads(err)["error"]
        assert error["exit"] == done.returncode and error["message"] and "internal" not in error["code"]


@pytest.mark.parametrize("row", ROWS, ids=[commandlib.name(row) for row in ROWS])
def test_every_command_everywhere(made, row):
    world, known = made
    args, name = commandlib.arguments(row, known), commandlib.name(row)
    if name in NOT_ON_A_TERMINAL:
        pytest.skip(NOT_ON_A_TERMINAL[name])
    codes = []
    for closed in (False, True):
        done = pipe(world, args, 80, closed)
        codes.append(done.returncode)
        assert_harmless((done.stdout + done.stderr).decode())
    t = Terminal("--socket", world.relay.socket, *args, "--no-input", columns=40, home=world.folder)
    try:
        codes.append(t.wait())
    finally:
        t.end()
    assert_harmless(SGR.sub("", t.seen))
    too_wide = [line for line in table_lines(t.seen) if width(line) > 40]
    assert not too_wide, too_wide
    if name not in PROSE:
        done = pipe(world, [*args, "--json"], 80, False)
        codes.append(done.returncode)
        assert_json(done, row)
    asks = row["danger"] in ("moderate", "severe")
    assert codes == CODES.get(name, [6 if asks else 0] * 4)[:len(codes)], done.stderr


def test_no_command_is_left_without_words_for_its_kinds(made):
    kinds = {arg["kind"] for row in ROWS for arg in row["args"]} - {"word"}
    assert kinds <= set(made[1]["kind"])
