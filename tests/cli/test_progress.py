"""What takes long shows how far it is on a terminal, and says what was done when it is broken off."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import threading

import answers
import pytest
import relaylib
from fakelib import FakeDaemon


class Run:
    """relaycli with stderr on a terminal, stdout in a file, stdin from a file."""

    def __init__(self, daemon, folder, *args, data=""):
        self.out = os.path.join(str(folder), "out")
        given = os.path.join(str(folder), "in")
        with open(given, "w", encoding="utf-8") as file:
            file.write(data)
        self.fd, slave = pty.openpty()
        with open(self.out, "wb") as out, open(given, "rb") as stdin:
            self.process = subprocess.Popen(
                [relaylib.program("relaycli"), "--socket", daemon.socket, *args], stdin=stdin, stdout=out, stderr=slave,
                env={"PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8", "HOME": str(folder)})
        os.close(slave)
        self.seen = ""

    def read(self):
        """More of what is on the terminal; False: that was all."""
        if not select.select([self.fd], [], [], 20 * relaylib.PATIENCE)[0]:
            raise relaylib.Failure("relaycli says nothing more after\n" + self.seen[-1000:])
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += data.decode()
        return True

    def expect(self, pattern):
        while not re.search(pattern, self.seen):
            assert self.read(), self.seen

    def end(self, number=None):
        """(exit code, lines of stdout), after a signal."""
        if number:
            self.process.send_signal(number)
        while self.read():
            pass
        os.close(self.fd)
        code = self.process.wait(30 * relaylib.PATIENCE)
        with open(self.out, encoding="utf-8") as out:
            return code, out.read().splitlines(keepends=True)


@pytest.fixture
def fake(tmp_path):
    daemon = FakeDaemon(tmp_path, {})
    yield daemon
    daemon.close()


def endless(method, row, **more):
    """Pages without an end, of 1,000 rows each."""
    return lambda params: answers.items(method, *[row] * 1000, cursor=(params.get("cursor") or 0) + 1000, **more)


def test_an_export_shows_how_far_it_is_and_what_was_written(fake, tmp_path):
    fake.answers["suppression.list"] = endless("suppression.list", answers.suppression(1, "a@x.example", "manual"))
    run = Run(fake, tmp_path, "suppression", "export")
    run.expect(r"\r[\d,]+ written, \d+/s")
    code, lines = run.end(signal.SIGINT)
    told = re.search(r"relaycli: ([\d,]+) suppressions written\r\n$", run.seen)
    assert code == 130 and told, run.seen[-300:]
    assert len(lines) == 1 + int(told[1].replace(",", "")) and lines[-1].endswith("\n")  # a header, and whole lines


def test_an_export_of_a_known_time_says_what_is_left(fake, tmp_path):
    coverage = {**answers.COVERAGE, "from": answers.at(-4), "until": answers.at()}
    fake.answers["log.search"] = endless("log.search", answers.event("accepted", -1, "a@x.example"), coverage=coverage)
    run = Run(fake, tmp_path, "log", "export")
    run.expect(r"\r[\d,]+ written, \d+/s,  25 %, \w+ left, back to 2026-11-25 14:20:00 UTC")
    code, lines = run.end(signal.SIGINT)
    assert code == 130 and re.search(r"relaycli: [\d,]+ events written, back to 2026-11-25 14:20:00 UTC\r\n$", run.seen)
    assert len(lines) % 1000 == 0 and json.loads(lines[-1])["schema"] == "relay.log.export/1"


IDS = ["6H16PFB%06d" % i for i in range(2500)]


def held(params):
    return answers.answer("message.hold", affected=len(params["ids"]), hold="messages:" + params["ids"][0],
                          items=[{"id": one, "affected": 1, "active": 0, "left": 0} for one in params["ids"]])


def test_many_messages_are_acted_on_in_steps(fake, tmp_path):
    fake.answers["message.hold"] = held
    run = Run(fake, tmp_path, "message", "hold", "-", data="\n".join(IDS))
    code, lines = run.end()
    assert code == 0 and re.search(r"2,500 messages done, \d+/s, 100 %, 0ms left", run.seen), run.seen
    assert lines == ["Held: 2,500 recipients of 2500 messages. Undo: the same ids to relaycli message release -\n"]
    assert [one for _, params in fake.asked for one in params["ids"]] == IDS
    assert [len(params["ids"]) for _, params in fake.asked] == [1000, 1000, 500]
    code, lines = Run(fake, tmp_path, "--json", "message", "hold", "-", data="\n".join(IDS)).end()
    answer = json.loads(lines[0])
    assert code == 0 and answer["affected"] == 2500 == len(answer["items"]) and "hold" not in answer


def test_a_step_in_which_nothing_waits_is_no_failure(fake, tmp_path):
    def some(params):
        return held(params) if params["ids"][0] != IDS[1000] else None
    fake.answers["message.hold"] = some
    code, lines = Run(fake, tmp_path, "message", "hold", "-", data="\n".join(IDS)).end()
    assert code == 0 and lines[0].startswith("Held: 1,500 recipients of 2500 messages.")
    fake.answers["message.hold"] = lambda params: None
    assert Run(fake, tmp_path, "message", "hold", "-", data="\n".join(IDS)).end() == (3, [])


def test_steps_that_are_broken_off_say_what_was_done(fake, tmp_path):
    reached, go_on = threading.Event(), threading.Event()

    def slow(params):
        if params["ids"][0] == IDS[1000]:
            reached.set()
            go_on.wait(60)
        return held(params)
    fake.answers["message.hold"] = slow
    run = Run(fake, tmp_path, "message", "hold", "-", data="\n".join(IDS))
    assert reached.wait(30 * relaylib.PATIENCE)
    code, lines = run.end(signal.SIGINT)
    go_on.set()
    assert (code, lines) == (130, []) and run.seen.endswith("relaycli: done for the first 1,000 of 2,500 messages\r\n")


def test_what_cannot_be_undone_is_one_request_or_none(fake, tmp_path):
    run = Run(fake, tmp_path, "message", "bounce", "-", "--yes", data="\n".join("6H16PFB%06d" % i for i in range(4097)))
    assert run.end() == (2, []) and "more than 4096 ids at once: nothing done" in run.seen and not fake.asked
