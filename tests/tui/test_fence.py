"""What goes over the line: nothing is painted before the last frame was
answered (CSI 5 n), answers may come in pieces, and frames are small."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pytest

import tuilib

QUESTION = b"\x1b[5n"


class Line:
    """A terminal that answers only when told to."""

    def __init__(self, socket, width=80, height=24):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(tuilib.RELAYTUI, [tuilib.RELAYTUI, "--socket", socket],
                      {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       "LINES": str(height), "COLUMNS": str(width)})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.seen = b""

    def read(self, seconds):
        """What comes within that time; at once when something is there."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return b""
        self.seen += data
        return data

    def frame(self):
        """Up to and with the next question; returns its bytes."""
        until = time.monotonic() + tuilib.DEADLINE
        while QUESTION not in self.seen:
            assert time.monotonic() < until, self.seen
            self.read(0.1)
        frame, self.seen = self.seen.split(QUESTION, 1)
        return frame

    def write(self, data):
        os.write(self.fd, data)

    def answer(self):
        self.write(b"\x1b[0n")

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def line(daemon):
    tuilib.wait_until("the socket", lambda: os.path.exists(daemon.socket))
    made = Line(daemon.socket)
    yield made
    made.close()


def frames_until(line, word):
    for _ in range(60):
        frame = line.frame()
        line.answer()
        if word in frame:
            return frame
    raise AssertionError("%r in no frame" % word)


def test_nothing_is_painted_while_a_frame_is_under_way(line):
    frames_until(line, b"google")
    line.frame()  # this one is not answered
    asked = time.monotonic()
    for key in (b"j", b"j", b"k"):
        line.write(key)
    line.frame()
    assert time.monotonic() - asked > 0.4
    line.answer()


def test_a_terminal_that_never_answers_is_still_painted(line):
    for _ in range(3):  # they are waited for, the next is not even asked
        line.frame()
    line.write(b"2")
    until = time.monotonic() + tuilib.DEADLINE
    while b"DESTINATION" not in line.seen:
        assert time.monotonic() < until
        line.read(0.1)
    assert QUESTION not in line.seen


def test_an_answer_in_pieces_is_no_key(line):
    frames_until(line, b"google")
    line.frame()
    for piece in (b"\x1b", b"[", b"0", b"n"):  # 60 ms apart, as a slow line does
        line.write(piece)
        select.select([], [], [], 0.06)
    # taken for keys, "0" would have said that this screen comes later
    for _ in range(3):
        assert b"later" not in line.frame()
        line.answer()
    line.write(b"2")
    frames_until(line, b"DESTINATION")


def test_frames_are_small(line):
    frames_until(line, b"google")
    line.write(b"2")
    frames_until(line, b"AGE of")
    line.write(b"j")
    sizes = []
    for _ in range(7):
        sizes.append(len(line.frame()))
        line.answer()
    assert sorted(sizes)[len(sizes) // 2] <= 300, sizes


def test_idle_only_the_clock_is_written(daemon, line):
    frames_until(line, b"google")
    daemon.process.send_signal(signal.SIGSTOP)
    frames = []
    for _ in range(4):
        frames.append(line.frame())
        line.answer()
    quiet = frames[2]
    assert len(quiet) < 40 and re.search(rb"\d", quiet), frames
