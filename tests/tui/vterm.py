"""A terminal without a screen: a pty whose other end is libvterm, so that a test reads
cells as a person would, and knows when a frame is whole: relaytui ends each with a
question for the terminal's status (CSI 5 n), and this terminal answers when the test
lets it, after as long as a slow line would take."""

import ctypes
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import tuilib

QUESTION = b"\x1b[5n"
ANSWER = b"\x1b[0n"


class Position(ctypes.Structure):
    _fields_ = [("row", ctypes.c_int), ("col", ctypes.c_int)]


class Cell(ctypes.Structure):  # what follows the width (attributes, colours) is not looked at
    _fields_ = [("chars", ctypes.c_uint32 * 6), ("width", ctypes.c_char), ("rest", ctypes.c_char * 64)]


def load():
    library = ctypes.CDLL("libvterm.so.0")
    library.vterm_new.restype = ctypes.c_void_p
    library.vterm_obtain_screen.restype = ctypes.c_void_p
    library.vterm_obtain_screen.argtypes = [ctypes.c_void_p]
    library.vterm_set_utf8.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.vterm_set_size.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
    library.vterm_screen_reset.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.vterm_screen_enable_altscreen.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.vterm_input_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    library.vterm_screen_get_cell.argtypes = [ctypes.c_void_p, Position, ctypes.POINTER(Cell)]
    library.vterm_free.argtypes = [ctypes.c_void_p]
    return library


VTERM = load()


class Screen:
    """The cells."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.vterm = VTERM.vterm_new(height, width)
        VTERM.vterm_set_utf8(self.vterm, 1)
        self.screen = VTERM.vterm_obtain_screen(self.vterm)
        VTERM.vterm_screen_enable_altscreen(self.screen, 1)
        VTERM.vterm_screen_reset(self.screen, 1)

    def write(self, data):
        VTERM.vterm_input_write(self.vterm, data, len(data))

    def resize(self, width, height):
        self.width, self.height = width, height
        VTERM.vterm_set_size(self.vterm, height, width)

    def rows(self):
        cell, rows = Cell(), []
        for row in range(self.height):
            text, col = "", 0
            while col < self.width:
                VTERM.vterm_screen_get_cell(self.screen, Position(row, col), ctypes.byref(cell))
                text += "".join(chr(c) for c in cell.chars if 0 < c < 0x110000) or " "
                col += max(cell.width[0] if cell.width else 1, 1)
            rows.append(text)
        return rows

    def close(self):
        VTERM.vterm_free(self.vterm)


class Terminal:
    """A program on a pty. bytes_per_sec and delay_ms: the line to it; 0: a local one."""

    def __init__(self, argv, width=80, height=24, bytes_per_sec=0, delay_ms=0, environment=None, *, folder):
        self.screen = Screen(width, height)
        self.rate, self.delay = bytes_per_sec, delay_ms / 1000
        self.waiting = b""      # given by the program, not over the line yet
        self.due = []           # (when, bytes) on their way back: keys and answers
        self.clock = time.monotonic()
        self.tail = b""         # of what arrived: a question may come in two pieces
        self.got = 0            # bytes that arrived
        self.frames = []        # (when, bytes) of each frame, by its question
        self.frame_bytes = 0
        self.is_over = False
        os.makedirs(folder, exist_ok=True)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)  # where e writes to
            os.execve(argv[0], argv, dict({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "TZ": "UTC",
                                           "XDG_STATE_HOME": folder, "PATH": os.environ["PATH"]}, **(environment or {})))
        self.set_size(width, height)
        os.set_blocking(self.fd, False)

    def set_size(self, width, height):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def resize(self, width, height):
        self.screen.resize(width, height)
        self.set_size(width, height)

    def keys(self, data):
        """They arrive after the line's delay."""
        self.due.append((time.monotonic() + self.delay, data))

    def arrive(self, data):
        """At the terminal: drawn, and a whole frame is answered."""
        self.screen.write(data)
        self.got += len(data)
        text = self.tail + data
        at, begin = text.find(QUESTION), 0
        while at >= 0:
            self.frame_bytes += at - begin - (len(self.tail) if begin == 0 else 0)
            self.frames.append((time.monotonic(), max(self.frame_bytes, 0)))
            self.frame_bytes, begin = 0, at + len(QUESTION)
            self.due.append((time.monotonic() + self.delay, ANSWER))
            at = text.find(QUESTION, begin)
        rest = text[begin:]
        self.frame_bytes += len(rest) - (len(self.tail) if begin == 0 else 0)
        self.tail = b""
        for n in range(len(QUESTION) - 1, 0, -1):
            if rest.endswith(QUESTION[:n]):
                self.tail = QUESTION[:n]
                break

    def turn(self, seconds):
        """One step of the line: what may pass passes. A program that a slow line cannot keep up with has to wait:
        at most 4 KB are taken from it ahead, as the buffers of a real connection do."""
        now = time.monotonic()
        room = len(self.waiting) < 4096 and not self.is_over
        wait = min([seconds] + [max(when - now, 0) for when, _ in self.due] + ([0.005] if self.waiting else []))
        if select.select([self.fd] if room else [], [], [], wait)[0]:
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                data = b""
            self.waiting += data
            self.is_over = self.is_over or not data
        now = time.monotonic()
        may = int((now - self.clock) * self.rate) if self.rate else len(self.waiting)
        if may > 0 or not self.waiting:
            self.clock = now
        if may > 0 and self.waiting:
            piece, self.waiting = self.waiting[:may], self.waiting[may:]
            self.arrive(piece)
        while self.due and self.due[0][0] <= now:
            data = self.due.pop(0)[1]
            if not self.is_over:
                os.write(self.fd, data)

    def run(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until and not (self.is_over and not self.waiting):
            self.turn(until - time.monotonic())

    def until(self, condition, what, seconds=tuilib.DEADLINE):
        """Until condition() is true; returns the seconds it took."""
        begin = time.monotonic()
        while True:
            value = condition()
            if value:
                return time.monotonic() - begin
            if time.monotonic() - begin > seconds * tuilib.relaylib.PATIENCE:
                raise tuilib.relaylib.Failure("not within %g s: %s\n%s" % (seconds, what, self.text()))
            self.turn(0.05)

    def text(self):
        return "\n".join(self.screen.rows())

    def shows(self, *words, seconds=tuilib.DEADLINE):
        return self.until(lambda: all(word in self.text() for word in words), repr(words), seconds)

    def next_frame(self, seconds=tuilib.DEADLINE):
        count = len(self.frames)
        self.until(lambda: len(self.frames) > count, "a frame", seconds)
        return self.frames[-1][1]

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.fd)
        self.screen.close()
