"""Every command of the table, on a terminal, in a pipe and with stdin closed, on narrow and wide screens.

New commands are in it by themselves: arguments come from their kinds (commandlib.samples)."""

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
CODES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130}
PROSE = {"completion bash", "completion zsh", "completion fish", "completion words", "completion man", "help", "top"}
JUDGES = {"domain check": (1, 7), "doctor": (1, 7), "credential test": (1, 7, 10), "config diff": (1, 7)}  # the code is the answer
WIDTHS = (40, 80, 200)
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
    asks = row["danger"] in ("moderate", "severe")
    plain = []
    for columns in WIDTHS:
        for closed in (False, True):
            done = pipe(world, args, columns, closed)
            assert done.returncode in CODES and b"is in the table but" not in done.stderr
            assert not asks or done.returncode in (6, 3, 0), done.stderr  # 0: nothing to ask about
            assert_harmless((done.stdout + done.stderr).decode())
            plain.append(done.returncode)
        t = Terminal("--socket", world.relay.socket, *args, "--no-input", columns=columns, home=world.folder)
        try:
            code = t.wait()
        finally:
            t.end()
        assert code in CODES
        assert_harmless(SGR.sub("", t.seen))
        too_wide = [line for line in table_lines(t.seen) if width(line) > columns]
        assert not too_wide, (columns, too_wide)
    if name not in PROSE:
        done = pipe(world, [*args, "--json"], 80, False)
        assert done.returncode in CODES
        assert_json(done, row)
    if row["danger"] == "safe" and name not in PROSE:
        assert plain[0] in (0, 3, *JUDGES.get(name, ())), (args, pipe(world, args, 80, False).stderr)


def test_no_command_is_left_without_words_for_its_kinds(made):
    kinds = {arg["kind"] for row in ROWS for arg in row["args"]} - {"word"}
    assert kinds <= set(made[1]["kind"])
