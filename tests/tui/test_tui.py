"""relaytui in a real terminal: screens, keys, resizing, a daemon that goes and comes."""

import json
import os
import re
import signal
import subprocess

import pytest

import tuilib
import vterm

LIVE = re.compile(r"● LIVE \d\d:\d\d:\d\d")


def test_screens_appear(daemon, open_tui):
    screen = open_tui(daemon.socket)
    text = screen.shows(LIVE, "relay mx1 │ in 312/s out 298/s │ queued 18,402 deferred 1,211 │")
    assert "▶ google           9,811  140/s   6.2%     38s  20/20 throttled 421-4.7.28" in text
    assert "NEEDS ATTENTION (2)" in text
    screen.keys("2")
    screen.shows("Queues ▸ all (6 queues)   filter: none   sort: OLDEST ▼", "▶ example.net", "AGE of example.net")
    screen.keys("5")
    screen.shows("Log ▸ live   filter: none   FOLLOW", "a•••@gmail.com", "世•••@例え.example")
    screen.shows(re.compile(r"sampling 1:\d+ \(\d+/s in, \d+/s shown\); filter to see all"))
    screen.keys("1")
    screen.shows("PROVIDERS (by queued)")


def test_a_wide_terminal_has_a_right_pane(daemon, open_tui):
    screen = open_tui(daemon.socket, 160, 45)
    screen.shows("│ TOP CREDENTIALS (5 min)", "LATENCY accept→delivered  p50 1.4s p95 9s p99 4m", "ana rw")
    screen.keys("2")
    screen.shows("gmail.com ")              # a key on rows that are not there yet moves nothing
    screen.keys("j")
    screen.shows("yahoo.com ─ why is it waiting?", "step 3 of 8", "U undo")
    screen.keys("5")
    screen.shows("@gmail.com")
    screen.keys("j")
    screen.shows("─ selected", "FILTER (live, server-side)")


def test_it_follows_the_size_of_the_terminal(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("PROVIDERS")
    screen.resize(160, 45)
    screen.shows("TOP CREDENTIALS")
    screen.resize(60, 16)
    screen.hides("TOP CREDENTIALS")
    screen.shows("? help")
    screen.resize(20, 5)
    screen.shows("relaytui needs", "60x16")
    screen.resize(80, 24)
    screen.shows("PROVIDERS", LIVE, "1-9 screens  ⏎ open  / filter  ? help  q quit")
    assert all(len(row) <= 80 for row in screen.rows())
    screen.keys("/")
    screen.type("yah")
    screen.resize(160, 45)  # in the middle of a question
    screen.shows("providers named (* any, empty all): yah")
    screen.keys("Enter")
    screen.shows("filter: yah", "▶ yahoo")
    screen.keys("q", "q")
    screen.ended(0)


def test_hold_undo_release(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("▶ example.net")
    screen.keys("j")
    screen.shows("▶ yahoo.com", "AGE of yahoo.com")
    screen.keys("H")
    screen.shows("last action: held yahoo.com, 3,377 recipients", "HELD by ana", "U undo ")
    assert daemon.requests("queue.hold")[0]["params"] == {"match": "yahoo.com", "generation": 1}
    screen.keys("U")
    screen.shows("undone: released yahoo.com")
    screen.hides("HELD by ana")
    assert daemon.requests("queue.release")[0]["params"]["generation"] == 2
    screen.keys("F")
    screen.shows("flushed yahoo.com")


def test_sort_filter_and_detail(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("▶ example.net")
    screen.keys("s", "z")
    screen.shows("sort: SIZE")
    screen.keys("/")
    screen.type("mail")
    screen.keys("Enter")
    screen.shows("Queues ▸ some (1 queue)   filter: mail")
    screen.keys("g")
    screen.shows("paced to 140/s after 421 4.7.28", "421-4.7.28 unusual rate")


def test_a_screen_is_found_as_it_was_left(daemon, open_tui, tmp_path):
    state = str(tmp_path / "state")
    screen = open_tui(daemon.socket, state=state)
    screen.shows(LIVE)
    screen.keys("2", "s", "n", "s", "n", ":")
    screen.type("columns provider")
    screen.keys("Enter")
    screen.shows("sort: NAME ▲")
    screen.hides("PROVIDER")
    screen.keys("q", "q", "q")
    screen.ended(0)
    path = os.path.join(state, "relaytui", "screens")
    assert os.stat(path).st_mode & 0o777 == 0o600
    screen = open_tui(daemon.socket, state=state)
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("sort: NAME ▲", "▶ yahoo.com")
    screen.hides("PROVIDER")


def test_a_row_is_picked_for_a_script(daemon, open_tui, tmp_path):
    screen = open_tui(daemon.socket, arguments="--pick >%s" % (tmp_path / "picked"))
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("▶ example.net")
    screen.keys("j", "Enter")
    screen.ended(0)
    assert (tmp_path / "picked").read_text() == "yahoo.com\n"


def test_a_list_is_written_to_a_new_file(world, open_tui, tmp_path):
    world.zone.domain("waiting.mail.example")
    world.start("waiting.mail.example mailbox-full", retry='"1h"')
    world.relay.send(world.login, "orders@shop.example", "ann@waiting.mail.example")
    screen = open_tui(world.relay.socket)
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("▶ waiting.mail.example")
    path = tmp_path / "queues.jsonl"
    for said in ("written to", "cannot write queues.jsonl: File exists"):
        screen.keys("e")
        screen.shows("to the new file:")
        screen.keys("C-u")
        screen.type(str(path))
        screen.keys("Enter")
        screen.shows(said)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == ["waiting.mail.example"]


def test_the_mouse_selects(daemon, tmp_path):
    line = vterm.Terminal([tuilib.RELAYTUI, "--mouse", "--socket", daemon.socket], folder=str(tmp_path))
    try:
        line.shows("PROVIDERS", "LIVE")
        line.keys(b"2")
        line.shows("▶ example.net")
        line.keys(b"\x1b[<0;5;6M")  # SGR: button 1 down at column 5, row 6
        line.shows("▶ evil")
        line.keys(b"\x1b[<64;5;6M")  # the wheel
        line.shows("▶ yahoo.com")
    finally:
        line.close()


def test_ctrl_s_freezes_nothing(daemon, tmp_path):
    line = vterm.Terminal([tuilib.RELAYTUI, "--socket", daemon.socket], folder=str(tmp_path))
    try:
        line.shows("PROVIDERS", "LIVE")
        line.keys(b"\x13")
        line.keys(b"2")
        line.shows("▶ example.net")
    finally:
        line.close()


def test_the_palette_runs_relaycli(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys(":")
    screen.type("expl")
    screen.keys("Tab")
    screen.shows(":explain ")
    screen.type("550 5.1.1 user unknown")
    screen.keys("Enter")
    screen.shows("Output ▸ relaycli explain 550 5.1.1 user unknown", "category    mailbox_unknown")
    screen.keys("q")
    screen.shows("Overview")
    screen.keys(":", "Up", "BSpace", "BSpace", "Enter")  # its history; what it refuses stays on the line
    screen.shows("Output ▸ relaycli explain 550 5.1.1 user unkno")
    screen.keys("q", ":")
    screen.type("quue lst")
    screen.keys("Enter")
    screen.shows("Did you mean: queue list")
    screen.keys("Escape")
    screen.hides("Did you mean")


def test_viewers_and_ro_change_nothing(daemon, open_tui):
    daemon.stop()
    daemon.start("--role", "viewer")
    screen = open_tui(daemon.socket)
    screen.shows("● READ-ONLY")
    screen.keys("2")
    screen.shows("▶ example.net")
    screen.keys("H", "R", "F")
    screen.shows("read-only (your role is viewer): nothing was changed")
    other = open_tui(daemon.socket, arguments="--ro")
    other.shows("● READ-ONLY")
    other.keys("2", "H")
    other.shows("read-only (--ro): nothing was changed")
    assert not [one for one in daemon.requests() if one["method"].startswith("queue.")]


def test_a_daemon_killed_and_started_again(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    daemon.stop(signal.SIGKILL)
    screen.shows(re.compile(r"○ STALE 0\d:\d\d"), "again in", "cannot reach relayd")
    screen.keys("2")
    screen.shows("Queues ▸ all")  # still answers keys
    daemon.start()
    screen.shows(LIVE, "▶ example.net")


def test_messages_in_pieces_and_a_half_one(daemon, open_tui):
    daemon.stop()
    daemon.start("--torn")
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("▶ example.net")
    screen.shows(re.compile(r"again in \d+ s"))  # it ended in the middle of a line
    screen.shows(LIVE, "▶ example.net", "bücher.example")
    screen.keys("j")
    screen.shows("▶ yahoo.com")


def test_a_daemon_that_stands_still(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    daemon.process.send_signal(signal.SIGSTOP)
    screen.shows(re.compile(r"○ STALE 00:0\d"))
    daemon.process.send_signal(signal.SIGCONT)
    screen.shows(LIVE)


def test_a_daemon_that_comes_later(tmp_path, open_tui):
    daemon = tuilib.FakeDaemon(tmp_path)
    screen = open_tui(daemon.socket)
    screen.shows("○ CONNECTING", "cannot reach relayd at")
    daemon.start()
    try:
        screen.shows(LIVE, "▶ google")
    finally:
        daemon.stop()


def test_pause_shows_what_waits(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("p")
    screen.shows(re.compile(r"PAUSED \+[1-9]"))
    screen.keys("j")
    screen.shows("▶ outlook")
    screen.keys("p")
    screen.shows(LIVE)


def test_the_log_stands_still_until_f(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("5")
    screen.shows("FOLLOW", "b•••@yahoo.com")
    screen.keys("j", "j")
    text = screen.shows(re.compile(r"⏸ paused at \d\d:\d\d:\d\d, \+[1-9][\d,]* new — f resume"))
    before = [row for row in text.split("\n") if "▶" in row]
    assert len(before) == 1
    screen.shows(re.compile(r"\+\d\d+ new"))
    assert [row for row in screen.rows() if "▶" in row] == before
    screen.keys("v")
    screen.shows("bob@yahoo.com")
    screen.keys("f")
    screen.hides("paused at")


def test_hostile_text_is_shown_not_obeyed(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("evil\\x1b]52;c;aGk=\\x0")
    raw = screen.tmux("capture-pane", "-p", "-e")
    assert "\u202e" not in raw and "\x9b" not in raw
    assert screen.tmux("list-buffers").strip() == ""


def test_copy_asks_the_terminal(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.tmux("set-option", "-s", "set-clipboard", "on")
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("▶ example.net")
    screen.keys("y")
    screen.shows("copied example.net")
    tuilib.wait_until("the copy", lambda: "example.net" in screen.tmux("list-buffers"))


def test_pasted_text_does_nothing(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("2")
    screen.shows("▶ example.net")
    screen.tmux("set-buffer", "Hello, RFH people, this is no command")
    screen.tmux("paste-buffer", "-p")
    screen.shows("pasted text was ignored")
    assert not [one for one in daemon.requests() if one["method"].startswith("queue.")]
    screen.keys("/")
    screen.shows("queues like")
    screen.tmux("set-buffer", "example")
    screen.tmux("paste-buffer", "-p")
    screen.shows("queues like (* any, empty all): example")


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGSEGV, 139),
                                          (signal.SIGABRT, 134)])
def test_signals_leave_the_terminal_as_it_was(daemon, open_tui, number, code):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    os.kill(screen.pid(), number)
    screen.ended(code)


def test_suspended_and_continued(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    screen.keys("C-z")

    def state():
        with open("/proc/%d/stat" % screen.pid(), encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    tuilib.wait_until("stop", lambda: state() == "T")
    screen.hides("PROVIDERS")
    screen.resize(100, 30)
    os.kill(screen.pid(), signal.SIGCONT)
    screen.shows(LIVE, "PROVIDERS")
    screen.keys("q", "q")
    screen.ended(0)


def test_the_terminal_goes_away(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows(LIVE)
    pid = screen.pid()
    screen.close()
    tuilib.wait_until("the end", lambda: not os.path.exists("/proc/%d" % pid))


@pytest.mark.parametrize("terminal", ["xterm-256color", "screen", "tmux-256color", "linux", "vt100"])
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_terminals_and_locales(daemon, open_tui, terminal, locale):
    screen = open_tui(daemon.socket, locale=locale, environment="NO_COLOR=1 TERM=" + terminal)
    text = screen.shows("PROVIDERS (by queued)", "google")
    if locale == "C":
        assert text.isascii()
        assert "* LIVE" in text
    screen.keys("5")
    screen.shows("RECIPIENT", "@gmail.com")
    screen.keys("q", "q", "q")
    screen.ended(0)


@pytest.mark.parametrize("terminal", ["dumb", "", "no-such-terminal"])
def test_terminals_that_cannot_be_used(daemon, open_tui, terminal):
    screen = open_tui(daemon.socket, environment="TERM=" + terminal)
    screen.ended(2)


def test_without_a_terminal():
    done = subprocess.run([tuilib.RELAYTUI], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", check=False)
    assert done.returncode == 2
    assert done.stderr == "relaytui: relaytui needs a terminal; in scripts use relaycli\n"
    assert subprocess.run([tuilib.RELAYTUI, "--no-such"], stderr=subprocess.DEVNULL, check=False).returncode == 2
    version = subprocess.run([tuilib.RELAYTUI, "--version"], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    assert re.fullmatch(r"relaytui \d+\.\d+\.\d+\n", version.stdout)
