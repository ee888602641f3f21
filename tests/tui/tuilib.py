"""relaytui in a private tmux, and a scripted daemon behind it. Everything waits
for what it expects, with a deadline; a screen that never comes is printed."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys

import relaylib

HERE = os.path.dirname(os.path.abspath(__file__))

RELAYTUI = os.path.abspath(os.path.join(HERE, "..", "..", "build", os.environ.get("RELAY_VARIANT", "plain"), "relaytui"))
DEADLINE = 20  # seconds, times relaylib.PATIENCE
counter = itertools.count(1)


def wait_until(what, is_true, on_failure=lambda: ""):
    """relaylib's waiting, with what the screen shows when it fails."""
    return relaylib.wait_for(is_true, lambda: "%s\n%s" % (what, on_failure()), DEADLINE)


class FakeDaemon:
    def __init__(self, folder):
        self.socket = str(folder / "control.sock")
        self.log = str(folder / "requests.jsonl")
        self.process = None

    def start(self, *arguments):
        self.process = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "fake_daemon.py"), self.socket,
                                         "--requests", self.log, *arguments])
        return self

    def stop(self, number=signal.SIGKILL):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait()
            self.process = None

    def requests(self, method=None):
        try:
            with open(self.log, encoding="ascii") as lines:
                made = [json.loads(line) for line in lines if line.endswith("\n")]
        except FileNotFoundError:
            return []
        return [one for one in made if method is None or one["method"] == method]


class Screen:
    """A terminal of width x height with relaytui in it; afterwards its exit code is on it."""

    def __init__(self, folder, socket, width, height, arguments="", environment="", locale="C.UTF-8",
                 state=None):
        self.server = "relaytest-%d-%d" % (os.getpid(), next(counter))
        self.pid_file = str(folder / ("pid-" + self.server))
        self.modes = str(folder / ("modes-" + self.server))
        self.state = state or str(folder / ("state-" + self.server))  # never the home of who runs the tests
        shell = ("stty -a >{modes}.before; sh -c 'echo $$ >{pid}; exec env LC_ALL={locale} TZ=UTC XDG_STATE_HOME={state} {env} {program} "
                 "--socket {socket} {arguments}'; echo exit=$?; stty -a >{modes}.after; echo done; "
                 "exec cat").format(modes=self.modes, pid=self.pid_file, locale=locale, env=environment, state=self.state,
                                    program=RELAYTUI, socket=socket, arguments=arguments)
        self.width = width
        self.tmux("new-session", "-d", "-x", str(width), "-y", str(height), shell)

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-L", self.server, "-f", "/dev/null", "-u", *arguments], check=True,
                              stdout=subprocess.PIPE, encoding="utf-8", env=dict(os.environ, LC_ALL="C.UTF-8")).stdout

    def close(self):
        subprocess.run(["tmux", "-L", self.server, "kill-server"], stderr=subprocess.DEVNULL)

    def text(self):
        return self.tmux("capture-pane", "-p", "-J")

    def rows(self):
        return self.text().split("\n")

    def shows(self, *words):
        """Wait until all words (texts or compiled patterns) are on the screen at once; returns it."""
        def are_there():
            text = self.text()
            return all(w.search(text) if isinstance(w, re.Pattern) else w in text for w in words) and text
        return wait_until("%r on the screen" % (words,), are_there, self.text)

    def hides(self, word):
        return wait_until("%r gone from the screen" % word, lambda: word not in self.text(), self.text)

    def keys(self, *keys):
        """One at a time: a burst would be taken for pasted text."""
        for key in keys:
            self.tmux("send-keys", key)

    def type(self, text):
        for letter in text:
            self.tmux("send-keys", "-l", letter)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def pid(self):
        with open(self.pid_file, encoding="ascii") as file:
            return int(file.read())

    def ended(self, code):
        """relaytui is gone, with this exit code, and left the terminal as it found it."""
        self.shows("exit=%d" % code, "done")
        modes = [open(self.modes + end, encoding="ascii").read() for end in (".before", ".after")]
        # the window may have another size now; nothing else may differ
        before, after = (re.sub(r"rows \d+; columns \d+;", "", text) for text in modes)
        assert before == after
        assert self.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").strip() == "0 1"
