#!/usr/bin/python3
"""What relaytui writes to a terminal and how long a key takes, beside htop in the same
terminal (libvterm on a pty). `make bench-tui`.

    tui.py [--seconds 10]

Figures: bytes a second at rest, bytes and milliseconds for a key (until what it paints
comes), and the end over 8 KB/s after q. htop shows this machine: what it writes
depends on what runs; it is there for the scale."""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "tui"), os.path.join(HERE, "..", "flow")]

import pathlib  # noqa: E402

import tuilib  # noqa: E402
import vterm  # noqa: E402


def at_rest(line, seconds):
    line.run(2)
    got = line.got
    line.run(seconds)
    return (line.got - got) / seconds


def keys(line, down, up, count=60):
    """Bytes and seconds of each key: until something comes, then until it is quiet."""
    sizes, took = [], []
    for i in range(count):
        got = line.got
        line.keys(down if i % 2 == 0 else up)
        took.append(line.until(lambda: line.got > got, "the key"))
        line.run(0.03)
        sizes.append(line.got - got)
    return sizes, took


def quit_ms(make, key, word):
    line = make(bytes_per_sec=8192, delay_ms=20)
    try:
        line.until(lambda: word in line.text(), word)
        line.keys(key)
        return 1000 * line.until(lambda: line.is_over, "the end")
    finally:
        line.close()


def measure(name, make, word, down, up, leave, seconds, before=b"", then=""):
    line = make()
    try:
        line.until(lambda: word in line.text(), word)
        if before:
            line.keys(before)
            line.until(lambda: then in line.text(), then)
        rest = at_rest(line, seconds)
        sizes, took = keys(line, down, up)
    finally:
        line.close()
    took.sort()
    print("%-22s %8.0f B/s at rest  %6.0f B a key  key to paint p50 %5.1f ms  p95 %5.1f ms  q at 8 KB/s %4.0f ms" % (
        name, rest, statistics.median(sizes), 1000 * took[len(took) // 2], 1000 * took[len(took) * 95 // 100],
        quit_ms(make, leave, word)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="relay-bench-tui-"))
    daemon = tuilib.FakeDaemon(folder).start()
    tuilib.wait_until("the socket", lambda: os.path.exists(daemon.socket))
    try:
        for size, wide in (("80x24", (80, 24)), ("160x45", (160, 45))):
            def relaytui(**more):
                return vterm.Terminal([tuilib.RELAYTUI, "--socket", daemon.socket], *wide, folder=str(folder), **more)
            for name, key, word in (("Overview", b"1", "PROVIDERS"), ("Queues", b"2", "DESTINATION"),
                                    ("Log", b"5", "EVENT")):
                measure("%s %s" % (name, size), relaytui, "LIVE", b"j", b"k", b"qqq", options.seconds, key, word)
            if shutil.which("htop"):
                def htop(**more):
                    return vterm.Terminal([shutil.which("htop")], *wide, folder=str(folder), **more)
                measure("htop %s" % size, htop, "Load average", b"\x1bOB", b"\x1bOA", b"q", options.seconds)
            else:
                print("htop is not installed: nothing beside it")
    finally:
        daemon.stop()
        shutil.rmtree(folder)


main()
