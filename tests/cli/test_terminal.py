"""relaycli on a terminal: tables, colours, questions, secrets, the shell."""

import os
import pty
import re
import select
import shutil
import signal
import stat
import termios
import time

import pytest
import relaylib


class Terminal:
    """relaycli on a pseudo-terminal; expect() waits for text with a deadline."""

    def __init__(self, *args, columns=100, home="/nonexistent", typed=None, folder=None, **environment):
        """typed: what was typed before it began, without an echo; folder: where it is run."""
        env = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", "TZ": "UTC", "PAGER": "",
               "COLUMNS": str(columns), "HOME": str(home), "INPUTRC": os.path.join(os.path.dirname(__file__), "inputrc"), **environment}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if folder:
                os.chdir(folder)
            if typed is not None:
                modes = termios.tcgetattr(0)
                modes[3] &= ~termios.ECHO
                termios.tcsetattr(0, termios.TCSANOW, modes)
                os.write(1, b"\0")
            os.execve(relaylib.program("relaycli"), ["relaycli", *args], env)
        self.seen, self.raw = "", b""
        self.at = 0
        self.code = None
        if typed is not None:
            while not os.read(self.fd, 1):  # its sign that nothing is echoed any more
                pass
            self.say(typed)

    def read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.raw += data  # a chunk may end within a character or a line's end
        self.seen = self.raw.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def expect(self, pattern, seconds=20):
        end = time.monotonic() + seconds * relaylib.PATIENCE
        while True:
            found = re.search(pattern, self.seen[self.at:], re.M)
            if found:
                self.at += found.end()
                return found
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                raise relaylib.Failure("%r did not come; there is\n%s" % (pattern, self.seen[self.at:]))

    def say(self, text):
        os.write(self.fd, text.encode())

    def wait(self):
        """Read to the end; the exit code."""
        end = time.monotonic() + 20 * relaylib.PATIENCE
        while self.read(max(0, end - time.monotonic())):
            pass
        if time.monotonic() >= end:
            raise relaylib.Failure("relaycli does not end; there is\n%s" % self.seen[self.at:])
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return self.code

    def end(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.fd)


@pytest.fixture
def terminal(relay):
    made = []

    def start(*args, **options):
        made.append(Terminal("--socket", relay.relay.socket, *args, **options))
        return made[-1]
    yield start
    for one in made:
        one.end()


@pytest.fixture(scope="module")
def filled(relay):
    relay.relay.send(relay.login, "orders@shop.example", "ann@full.mail.example")
    relay.relay.wait_status("ann@full.mail.example", "deferred")
    return relay


def test_a_plan_names_what_was_not_begun_and_a_stream_is_shown_whole(world):
    world.start(extra='smarthost "old" { host = "127.0.0.1" port = 9 tls = none }\n')
    made = []

    def run(*args, **options):
        t = Terminal("--socket", world.relay.socket, *args, **options)
        made.append(t)
        assert t.wait() == 0
        return t.seen
    plan = run("migrate", "plan")
    assert "Nothing is left to move" not in plan
    assert "Not begun, their mail goes directly: shop.\n" in plan
    assert "begins with: relaycli migrate stage NAME old\n" in plan
    assert "is in no stage: all of its mail goes directly." in run("migrate", "status", "shop")
    world.relay.cli("migrate", "canary", "shop", "5", "--reason", "a first step")
    shown = run("migrate", "status", "shop", columns=60)
    assert "shop is in stage trial: 5 % of its mail goes directly, the rest through old.\n" in shown
    assert re.search(r"So since [^,]+, by \S+: a first step\n", shown)
    assert re.search(r"\n +directly +by old\n  delivered +0 +0\n", shown)
    assert "  SPF    none\n" in shown
    assert "MISSING FOR THE NEXT STEP\n  50 first attempts directly; it has 0\n" in shown
    assert "Next step: relaycli migrate canary shop 20\n" in shown
    assert "directly/by the old system" in run("migrate", "status")
    assert "Next: relaycli migrate canary shop 20" in run("migrate", "plan")
    world.relay.cli("migrate", "stage", "shop", "moved")
    assert "Nothing is left to move." in run("migrate", "plan")


def test_the_audit_log_shows_the_interface(terminal, relay):
    relay.relay.cli("credential", "limit", "shop", "env=shown")
    t = terminal("audit", "list", "what:credential.limit")
    t.expect(r"WHEN +WHO +VIA +ACTION +OBJECT +DETAIL")
    t.expect(r" socket +credential\.limit +shop +env: none -> shown")
    assert t.wait() == 0


def test_tables_have_bold_headers_and_fit(filled, terminal):
    t = terminal("queue", "list", columns=70)
    assert t.wait() == 0
    lines = t.seen.splitlines()
    assert lines[0].startswith("\x1b[1mDESTINATION") and lines[0].endswith("\x1b[0m")
    assert len(lines) == 2 and all(len(re.sub("\x1b\\[[0-9;]*m", "", line)) <= 70 for line in lines)
    assert lines[1].startswith("full.mail.example  ") and "WHY" not in lines[0]


def test_narrow_tables_cut_text_but_never_drop_the_name(filled, terminal):
    t = terminal("message", "list", columns=40, NO_COLOR="1")
    t.wait()
    lines = t.seen.splitlines()
    assert lines[0].split() == ["ID", "RECIPIENT", "STATUS"]  # half a time says nothing: WHEN is left out
    assert re.match(r"[0-9A-Z]{13}  \S+\u2026  deferred$", lines[1]), lines
    assert all(len(line) <= 40 for line in lines)


@pytest.mark.parametrize("flags,environment,bold", [
    ([], {}, True), ([], {"NO_COLOR": "1"}, False), ([], {"TERM": "dumb"}, False),
    (["--color", "always"], {"NO_COLOR": "1"}, True), (["--color=never"], {"CLICOLOR_FORCE": "1"}, False),
])
def test_colour_flag_beats_environment_beats_terminal(filled, terminal, flags, environment, bold):
    t = terminal("queue", "list", *flags, **environment)
    t.wait()
    assert ("\x1b[1m" in t.seen) is bold


def test_wide_cuts_nothing(filled, terminal):
    t = terminal("message", "list", "--wide", columns=40)
    t.wait()
    assert "\u2026" not in t.seen


def test_a_secret_is_shown_once_on_a_terminal(relay, terminal):
    t = terminal("credential", "create", "shown", "--from", "@shop.example")
    assert t.wait() == 0
    assert t.seen.startswith("Created shown. The password is shown this once.\n")
    values = dict(re.findall(r"^  (\w+) +(\S+)$", t.seen, re.M))
    assert set(values) == {"host", "port", "secure", "user", "pass"}
    relay.relay.client("shown", values["pass"]).quit()


def test_severe_acts_want_the_name_typed(relay, terminal):
    relay.relay.ask("credential", "create", "typed", "--from", "@shop.example")
    t = terminal("credential", "revoke", "typed")
    t.expect("Type the name to go on: ")
    t.say("typo\n")
    assert t.wait() == 1 and "nothing done" in t.seen
    t = terminal("credential", "revoke", "typed")
    t.expect("ends it for good, with its sessions: key k1, never used")
    t.expect("nothing of it waits")
    t.expect("Type the name to go on: ")
    t.say("typed\n")
    assert t.wait() == 0 and "Revoked typed" in t.seen
    t = terminal("credential", "revoke", "nobody")
    assert t.wait() == 3 and "Type the name" not in t.seen


def test_what_ends_a_key_says_who_uses_it(relay, terminal):
    made = relay.relay.ask("credential", "create", "ending", "--from", "@shop.example")
    login = (made["user"], made["pass"])
    relay.relay.send(login, "a@shop.example", ["x@full.mail.example", "y@full.mail.example"])
    relaylib.wait_for(lambda: relay.relay.ask("credential", "show", "ending")["credential"]["last_used_at"],
                      "its use is known")
    t = terminal("credential", "rotate", "ending")
    t.expect(r"makes another key. key k1, last used \S+ ago from 127\.0\.0\.1; works for 1d more\.")
    t.expect(r"Go on\? \[y/N\] ")
    t.say("y\n")
    assert t.wait() == 0 and "the old password works for another 1d" in t.seen
    t = terminal("credential", "retire", "ending", "k1")
    t.expect(r"ends it now, with sessions that use it: key k1, last used .*; 1 other key works on\.")
    t.say("y\n")
    assert t.wait() == 0
    t = terminal("credential", "retire", "ending", "k2")
    t.expect(r"key k2, never used; no other key works, nobody could log in any more\.")
    t.say("y\n")
    t.expect("No key of it works now: nobody can log in as ending")
    assert t.wait() == 0
    relaylib.wait_for(lambda: any("no key of credential ending works" in p
                                  for p in relay.relay.ask("status")["problems"]), "the alert")
    t = terminal("credential", "rotate", "ending")
    t.expect("makes another key. no key of it works now.")
    t.say("y\n")
    t.expect("no old password works any more")
    assert t.wait() == 0
    t = terminal("credential", "revoke", "ending", "--queued", "bounce")
    t.expect("2 recipients wait: bounced, its senders are told")
    t.say("ending\n")
    t.expect("Bounced what waited of it: 2 recipients")
    assert t.wait() == 0


def test_moderate_acts_ask_and_default_to_no(relay, terminal):
    relay.relay.ask("credential", "create", "asked", "--from", "@shop.example")
    t = terminal("credential", "rotate", "asked")
    t.expect(r"Go on\? \[y/N\] ")
    t.say("\n")
    assert t.wait() == 1
    assert terminal("credential", "rotate", "asked", "--no-input").wait() == 0  # it stops nothing
    assert terminal("credential", "rotate", "asked", "--overlap", "0s", "--no-input").wait() == 6


def test_a_removal_shows_what_it_takes_before_it_asks(relay, terminal):
    relay.relay.cli("suppression", "add", "p@ok.example", "--cause", "complaint", "--reason", "asked by phone")
    t = terminal("suppression", "remove", "p@ok.example", columns=130)
    t.expect(r"would take off the list 1 entry: 1 complaint; 1 of these asked for no more mail\s+"
             r"p@ok.example \(everywhere\): complaint since .+ by \S+; asked by phone\.\s+Go on\? \[y/N\] ")
    t.say("n\n")
    assert t.wait() == 1
    assert terminal("suppression", "remove", "nobody@ok.example").wait() == 3, "there is nothing to ask about"
    relay.relay.cli("suppression", "remove", "p@ok.example", "--yes")


def test_a_move_is_looked_at_before_it_is_asked_about(filled, terminal):
    assert terminal("queue", "move", "full.mail.example", "--pool", "nosuch").wait() == 3
    assert terminal("queue", "move", "full.mail.example").wait() == 2, "to which pool?"
    assert terminal("queue", "move", "nothere.example", "--pool", "default").wait() == 3
    t = terminal("queue", "move", "full.mail.example", "--pool", "default", columns=130)
    t.expect(r"would move \d+ messages? \(oldest .+\) from 1 credential; to pool default, later mail is not moved\.\s+"
             r"Go on\? \[y/N\] ")
    t.say("y\n")
    assert t.wait() == 0
    mid = filled.relay.find("ann@full.mail.example")["items"][0]["id"]
    assert b"ann@full.mail.example leaves by pool default: it was moved there" in filled.relay.cli("message", "show", mid).stdout
    assert b"moved to default " in filled.relay.cli("queue", "show", "full.mail.example").stdout


def test_a_pager_only_for_what_is_longer_than_the_screen(filled, terminal):
    pager = {"PAGER": "sed s/^/PAGED:/", "LESS": "R"}

    def seen(*args, **options):
        t = terminal("message", "list", *args, **pager, **options)
        assert t.wait() == 0
        return t.seen
    assert "PAGED" not in seen(LINES="24")
    assert re.search(r"^PAGED:.*\nPAGED:.*full\.mail\.example", seen(LINES="2"), re.M)
    for args in (["--no-pager"], ["--json"], ["--csv"]):
        assert "PAGED" not in seen(*args, LINES="2")
    assert "full.mail.example" in seen(LINES="24")


def test_the_shell(filled, terminal, tmp_path):
    t = terminal(home=tmp_path)
    t.expect(r"relay relay \(rw\)> ")
    t.say("q l --fields key,deferred\n")  # unique beginnings will do
    t.expect(r"full\.mail\.example +1\n")
    t.expect(r"\(rw\)> ")
    t.say("quue\n")
    t.expect(r'no noun "quue"\. Did you mean: queue')
    t.expect(r"\(rw\)> ")
    t.say("\\format json\n")
    t.expect(r"\(rw\)> ")
    t.say("queue list\n")
    t.expect(r'^\{"schema":"relay\.queue\.list/1"')
    t.expect(r"\(rw\)> ")
    t.say("queue list | tr a-z A-Z\n")
    t.expect(r'"SCHEMA":"RELAY\.QUEUE\.LIST/1"')
    t.expect(r"\(rw\)> ")
    t.say("\\history\n")
    t.expect(r"^q l --fields key,deferred$")
    t.expect(r"\(rw\)> ")
    t.say("half a line\x03")  # Ctrl-C drops it
    t.expect(r"\(rw\)> ")
    t.say("\\nosuch\n")
    t.expect(r"no such command")
    t.say("\\q\n")
    t.wait()
    history = tmp_path / ".local/state/relaycli/history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.parent.stat().st_mode) == 0o700
    assert "queue list" in history.read_text() and "half a line" not in history.read_text()


def test_the_shell_completes_words_and_live_names(filled, terminal, tmp_path):
    t = terminal(home=tmp_path)
    t.expect(r"\(rw\)> ")
    t.say("queu\tsh\tfull\t\n")
    t.expect(r"queue show full\.mail\.example")
    t.expect(r"<1m ")
    t.expect(r"\(rw\)> ")
    t.say("credential \t\t")
    t.expect(r"create")
    t.expect(r"revoke")
    t.say("\x03\\q\n")
    t.wait()


def test_completion_lists_live_names_with_hints(filled, terminal, tmp_path):
    for name in ("tab-a", "tab-b"):
        filled.relay.credential(name, "@shop.example")
    t = terminal(home=tmp_path)
    prompt = r"\(rw\)> "
    t.expect(prompt)
    t.say("cred show tab-\t\t")
    t.expect(r"^  tab-a  active, never used\n  tab-b  active, never used\n")
    t.say("\x03")
    t.expect(prompt)
    t.say("q s \t\n")  # nouns and verbs by their beginning, the only queue
    t.expect(r"q s full\.mail\.example")
    t.expect(prompt)
    for typed, whole in (("queue list --sort ol\t", "--sort oldest"), ("queue list --sort=ol\t", "--sort=oldest"),
                         ("find cred:tab-b\t", "cred:tab-b "), ("throttle show cred:tab-b\t", "cred:tab-b "),
                         ("help que\tsh\t", "help queue show"), ("message list --since yes\t", "--since yesterday"),
                         ("rpc pool.l\t", "rpc pool.list")):
        t.say(typed)
        t.expect(re.escape(whole))
        t.say("\x03")
        t.expect(prompt)
    t.say("find zoe@ok.mail.example\n")  # addresses: only those of this session
    t.expect("No trace")
    t.expect(prompt)
    for typed, whole in (("find zo\t", "find zoe@ok.mail.example "), ("log tail to:zo\t", "to:zoe@ok.mail.example ")):
        t.say(typed)
        t.expect(re.escape(whole))
        t.say("\x03")
        t.expect(prompt)
    os.kill(filled.relay.process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        t.say("cred show tab-\t\t")
        t.expect(r"^  tab-a  active, never used  \(as of \d+\w+ ago\)\n")
        assert time.monotonic() - began < 2 * relaylib.PATIENCE  # two tabs of 300 ms
        t.say("\x03")
    finally:
        os.kill(filled.relay.process.pid, signal.SIGCONT)
    t.expect(prompt)
    t.say("\\q\n")
    t.wait()


SHELLS = {  # each is given a line and prints what it would offer
    "bash": ("bash", "--norc", "-c", '. <(relaycli completion bash); compopt() { :; }; COMP_LINE=$1; COMP_POINT=${#1};'
             ' _relaycli; printf "%s\\n" "${COMPREPLY[@]}"', "bash"),
    "zsh": ("zsh", "-f", "-c", 'compdef() { :; }; _files() { print files }; _describe() { print -l ${(P)2} };'
            ' . <(relaycli completion zsh); words=(${(z)1}); [[ $1 == *" " ]] && words+=("");'
            ' CURRENT=${#words}; _relaycli', "zsh"),
    "fish": ("fish", "--no-config", "-c", "relaycli completion fish | source; complete -C $argv[1]"),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_in_other_shells(filled, shell, tmp_path):
    script = relaylib.run([relaylib.program("relaycli"), "completion", shell]).stdout.decode()
    assert "relaycli completion words" in script
    if not shutil.which(shell):
        pytest.skip("%s is not installed" % shell)
    (tmp_path / "script").write_text(script)
    relaylib.run([shell, "-n", str(tmp_path / "script")])
    folder = os.path.dirname(relaylib.program("relaycli"))

    def offers(line):
        done = relaylib.run([*SHELLS[shell], line], env={"PATH": "%s:%s" % (folder, os.environ["PATH"]),
                            "HOME": str(tmp_path), "RELAY_SOCKET": filled.relay.socket, "TERM": "dumb"})
        return done.stdout.decode()
    assert re.search(r"^list\b", offers("relaycli queue li"), re.M)
    assert re.search(r"^oldest$", offers("relaycli queue list --sort ol"), re.M)
    assert re.search(r"^full.mail.example\b", offers("relaycli queue show "), re.M)
    statuses = offers("relaycli find status:de")  # bash replaces what comes after the colon only
    assert re.search(r"^(status\\?:)?deferred$", statuses, re.M) and "delivered" in statuses
    if shell != "bash":
        assert "waiting, oldest" in offers("relaycli queue show ")


def test_ctrl_c_ends_a_stream_not_the_shell(filled, terminal, tmp_path):
    t = terminal(home=tmp_path)
    t.expect(r"\(rw\)> ")
    t.say("log tail -f -n 1\n")
    t.expect(r"DEFR|ACPT")
    t.say("\x03")
    t.expect(r"\(rw\)> ")
    t.say("status\n")
    t.expect(r"relayd \d")
    t.expect(r"\(rw\)> ")
    t.say("\x04")
    assert t.wait() == 0


def test_the_shell_outlives_the_daemon(world, tmp_path):
    world.start(login=False)
    t = Terminal("--socket", world.relay.socket, home=tmp_path)
    try:
        t.expect(r"relay relay \(rw\)> ")
        world.relay.stop()
        t.say("status\n")
        t.expect(r"cannot reach|closed the connection")
        t.expect(r"no daemon\)> ")
        world.relay.start()
        t.say("status\n")
        t.expect(r"relay\.example  relayd")
        t.expect(r"relay relay \(rw\)> ")
        t.say("\\q\n")
        t.wait()
    finally:
        t.end()


def test_the_prompt_follows_the_link_while_nothing_is_typed(world, tmp_path):
    world.start(login=False)
    t = Terminal("--socket", world.relay.socket, home=tmp_path)
    try:
        t.expect(r"relay relay \(rw\)> ")
        t.say("stat")
        t.expect("stat")
        world.relay.stop()
        t.expect(r"no daemon")  # readline draws only what is different
        world.relay.start()
        t.expect(r"rw")
        t.say("us\n")  # what was typed is still there
        t.expect(r"relay\.example  relayd")
        t.say("\\q\n")
        t.wait()
    finally:
        t.end()


def test_ctrl_c_leaves_a_daemon_that_does_not_answer(filled, terminal, tmp_path):
    t = terminal(home=tmp_path)
    t.expect(r"\(rw\)> ")
    os.kill(filled.relay.process.pid, signal.SIGSTOP)
    try:
        t.say("queue list\n")
        t.expect(r"queue list *\n")  # the line is taken; the question is asked at once, and a Ctrl-C before it is lost
        began = time.monotonic()
        relaylib.wait_for(lambda: (t.say("\x03"), t.read(0.1), "interrupted" in t.seen)[-1], lambda: "it is let go: " + t.seen)
        t.expect(r"\(no answer\)> ")
        assert time.monotonic() - began < 5 * relaylib.PATIENCE
    finally:
        os.kill(filled.relay.process.pid, signal.SIGCONT)
    t.expect(r"rw")  # its late answers bring the prompt back
    t.say("queue list --fields key\n")
    t.expect(r"full\.mail\.example")
    t.say("\\q\n")
    t.wait()


def test_the_shell_s_own_commands(filled, terminal, tmp_path):
    t = terminal(home=tmp_path)
    prompt = r"\(rw\)> "

    def says(line, *patterns):
        t.expect(prompt)
        t.say(line + "\n")
        for pattern in patterns:
            t.expect(pattern)
    says("\\watch", "there is none yet")
    says("\\?", r"\\watch \[2s\] +repeat", r"\\format \[json\|", r"\| less", r"> FILE")
    says("\\timing on", r"^timing on$")
    says("queue list --fields key", r"full\.mail\.example", r"^\(\d+ms\)$|^\([\d.]+s\)$")
    says("\\timing off", r"^timing off$")
    says("\\timing maybe", r"wants on or off")
    says("\\pager off", r"^pager off$")
    says("\\pager", r"^pager off$")
    for form, shown in (("csv", r"^key\nfull"), ("tsv", r"^full\.mail\.example$"), ("jsonl", r'^\{"schema":'),
                        ("text", r"^(\x1b\[1m)?DESTINATION")):
        says("\\format " + form)
        says("queue list --fields key", shown)
    says("\\format xml", r"wants text, json")
    says("\\format", r"^format text$")
    says("\\watch 100ms", r"every 100ms, Ctrl-C ends it: queue list --fields key",
         r"full\.mail", r"every 100ms, Ctrl-C", r"full\.mail")
    t.say("\x03")
    says("\x03")  # at an empty prompt it does nothing
    says("status", r"relayd \d")
    says("\\history", r"^queue list --fields key$")
    says("\\q")
    assert t.wait() == 0


def test_output_goes_into_commands_and_files(filled, terminal, tmp_path):
    t = terminal(home=tmp_path)
    prompt = r"\(rw\)> "
    t.expect(prompt)
    t.say("queue list --fields key | sed 's/^/piped: /'\n")
    t.expect(r"^piped: full\.mail\.example$")
    t.expect(prompt)
    t.say("queue list --fields key > ~/out.tsv\n")
    t.expect(prompt)
    t.say("queue list --fields key >> ~/out.tsv\n")
    t.expect(prompt)
    assert (tmp_path / "out.tsv").read_text() == "full.mail.example\n" * 2
    t.say("queue list > /nowhere/x\n")
    t.expect(r"cannot write /nowhere/x: No such file")
    t.expect(prompt)
    t.say("find <no-such-id@shop.example>\n")  # not a file
    t.expect(r"No trace")
    t.expect(prompt)
    t.say("log search since:7d | head -n 1 >/dev/null\n")  # it leaves early; that is fine
    t.expect(prompt)
    t.say("queue list | true\n")
    t.expect(prompt)
    t.say("\\q\n")
    assert t.wait() == 0


def test_pasted_lines_are_shown_and_run_on_enter_only(filled, terminal, tmp_path):
    rc = tmp_path / "inputrc"
    rc.write_text("set enable-bracketed-paste on\n")
    t = terminal(home=tmp_path, INPUTRC=str(rc))
    prompt = r"\(rw\)> "
    t.expect(prompt)
    t.say("\x1b[200~queue list --fields key\nexplain 250\nqueue lst\nstatus\n\x1b[201~")
    t.expect("status")
    t.say("\x0c")  # what comes after it, so all of it was looked at by then: the screen is drawn anew
    t.expect(r"\(rw\)> (\x1b\[7m)?queue list --fields key")
    assert "full.mail.example" not in t.seen and "did you mean" not in t.seen.lower()
    t.say("\n")
    t.expect(r"> queue list --fields key\n")
    t.expect(r"full\.mail\.example")
    t.expect(r"^> explain 250\n")
    t.expect(r"^> queue lst\n")
    t.expect(r"Did you mean: queue list")
    t.expect(r"stopped here: 1 more line pasted, not run")
    t.expect(prompt)
    t.say("\x1b[200~explain '250\nok'\x1b[201~\n")  # a newline in quotes does not end a line
    t.expect(r"250")
    t.expect(prompt)
    t.say("\\q\n")
    assert t.wait() == 0
    history = (tmp_path / ".local/state/relaycli/history").read_text()
    assert "explain 250\n" in history and "status" not in history


def test_the_history_is_one_s_own_and_shared_by_one_s_shells(filled, terminal, tmp_path):
    state = tmp_path / "state"
    shells = [terminal(home=tmp_path, XDG_STATE_HOME=str(state)) for _ in range(2)]
    for one in shells:
        one.expect(r"\(rw\)> ")
    for number, one in enumerate(shells * 2):
        one.say("explain 25%d\n" % number)
        one.expect(r"\(rw\)> ")
    shells[0].say(" explain 259\n")  # a blank first: not remembered
    shells[0].expect(r"\(rw\)> ")
    shells[0].say("explain '-----BEGIN PRIVATE KEY-----'\n")
    shells[0].expect(r"\(rw\)> ")
    for one in shells:
        one.say("\\q\n")
        one.wait()
    file = state / "relaycli" / "history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_text().splitlines()
    assert [line for line in lines if line.startswith("explain")] == ["explain 25%d" % n for n in range(4)]
    assert not any("259" in line or "BEGIN" in line for line in lines)
    file.unlink()
    file.symlink_to("/dev/null")  # wanted by many; its mode is not ours to change
    mode = os.stat("/dev/null").st_mode
    t = terminal(home=tmp_path, XDG_STATE_HOME=str(state))
    t.expect(r"\(rw\)> ")
    t.say("\\q\n")
    t.wait()
    assert os.stat("/dev/null").st_mode == mode


def test_a_bounce_of_many_waits_and_is_withdrawn(relay, terminal):
    r = relay.relay
    many = ["m%d@a.full.mail.example" % i for i in range(101)]
    r.send(relay.login, "app@shop.example", many)
    for one in (many[0], many[-1]):
        r.wait_status(one, "deferred")
    args = ("queue", "bounce", "a.full.mail.example", "--reason", "withdrawn")
    shell = terminal(*args)
    shell.expect("Type the name to go on: ")
    shell.say("a.full.mail.example\n")
    shell.expect("101 recipients are held and go in 10s. Ctrl-C, or relaycli queue release messages:")
    why = r.ask("queue", "show", "a.full.mail.example")["queue"]
    assert why["state"].startswith("HELD by") and "about to be bounced: withdrawn" in why["why"]
    shell.say("\x03")
    shell.expect("Withdrawn: 101 recipients go on as before.")
    assert shell.wait() == 130
    assert r.ask("queue", "show", "a.full.mail.example")["queue"]["deferred"] == 101
    shell = terminal(*args, "--yes", "--grace", "1s")
    shell.expect("101 recipients are held and go in 1s")
    shell.expect("Bounced a.full.mail.example: 101 recipients.")
    assert shell.wait() == 0
    r.wait_status(many[0], "bounced")
