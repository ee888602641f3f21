#!/usr/bin/python3
"""Checks that no file includes upward: see "Layers" below. Prints offenders, exits 1."""

import pathlib
import re
import sys

# from bottom to top; folders on one row may not include each other
LAYERS = [["base"], ["verdict"], ["api"], ["command", "import", "evidence"]]
DAEMON = [["config"], ["loop"], ["smtp"], ["mail"], ["pace", "migrate", "vault", "dkim", "trace"], ["store", "resolve"], ["account", "suppress", "source", "policy"], ["domain"]]
STAGES = ["accept", "parse", "submit", "sign", "schedule", "deliver", "record", "notify"]  # may use a later one
TOP = ["notice", "rotation", "alert", "tripwire", "feedback", "control", "http"]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def folder_of(path):
    parts = path.parts
    if parts[0] == "shared":
        return parts[1]
    if parts[0] == "relayd" and len(parts) == 2:
        return "config" if path.name.startswith("config") else "relayd"
    return parts[1] if parts[0] == "relayd" else parts[0]


def folder_of_include(name, own):
    if "/" in name:
        return name.split("/")[0]
    return "config" if name.startswith("config") else own


def rank(folder):
    rows = LAYERS + DAEMON
    for number, row in enumerate(rows):
        if folder in row:
            return number
    if folder in STAGES:
        return len(rows)
    return len(rows) + 1 + (TOP.index(folder) if folder in TOP else len(TOP))


def is_allowed(own, other):
    if own == other:
        return True
    if own in ("relaycli", "relaytui"):
        return other in ("base", "verdict", "api", "command", "import", "evidence")
    if own in STAGES and other in STAGES:
        return STAGES.index(other) > STAGES.index(own)
    return rank(other) < rank(own)


def main():
    bad = 0
    for root in ("shared", "relayd", "relaycli", "relaytui"):
        for path in sorted(pathlib.Path(root).rglob("*.[ch]")):
            own = folder_of(path)
            for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
                if not is_allowed(own, folder_of_include(name, own)):
                    print("%s: %s must not include %s" % (path, own, name))
                    bad += 1
    print("layers: %s" % ("%d upward includes" % bad if bad else "ok"))
    return 1 if bad else 0


sys.exit(main())
