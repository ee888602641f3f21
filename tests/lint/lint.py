#!/usr/bin/python3
"""House rules a compiler does not know. Prints offenders, exits 1.

Banned calls; calls that belong to one folder; files over 800 lines, functions
over 120 (const tables apart); marks of unfinished work; stems used twice;
migrations that are not numbered one by one."""

import pathlib
import re
import sys

BANNED = r"\b(strcpy|strcat|sprintf|vsprintf|atoi|atol|strtok|gmtime|localtime|alloca|system|gets)\s*\("
ONLY_IN = [  # (call, folders that may)
    (r"\bsqlite3_\w+\s*\(", ("relayd/store/", "tests/")),
    (r"\bf(data)?sync\s*\(", ("relayd/store/", "relayd/vault/master_key.c", "tests/")),
    (r"\b(res_n?\w+|ns_initparse|ns_parserr)\s*\(", ("relayd/resolve/", "tests/")),
    (r"\bgetaddrinfo\s*\(", ("tests/",)),
    (r"\bpthread_mutex_(lock|init)\s*\(", ("relayd/loop/mailbox.c", "shared/base/log.c", "relayd/store/", "tests/")),
]
UNFINISHED = r"\b(TODO|FIXME|XXX|HACK)\b(?!\s*\(#\d+\))"
FILE_LINES, FUNCTION_LINES = 800, 120
TEST_LINES = 1200  # a test file is a list of cases
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:\\.|[^'\\])'|\"(?:\\.|[^\"\\])*\"", re.S)


def blank(text):
    return COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def functions(code):
    """(first line, name, lines) of each definition: a '{' in column 1 up to a '}' in column 1."""
    lines = code.split("\n")
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number - start + 1
            start = None


def main():
    problems, stems = [], {}
    roots = ("shared", "relayd", "relaycli", "relaytui", "tests", "docs")
    for root in roots:
        for path in sorted(pathlib.Path(root).rglob("*.[ch]")):
            name, text = path.as_posix(), path.read_text(encoding="utf-8")
            code = blank(text)
            for number, line in enumerate(code.split("\n"), 1):
                where = "%s:%d" % (name, number)
                if re.search(BANNED, line):
                    problems.append("%s: banned call: %s" % (where, line.strip()))
                for call, folders in ONLY_IN:
                    if re.search(call, line) and not name.startswith(folders):
                        problems.append("%s: does not belong here: %s" % (where, line.strip()))
                if len(line.expandtabs(8)) > 100:
                    problems.append("%s: %d columns" % (where, len(line.expandtabs(8))))
            if re.search(UNFINISHED, text):
                problems.append("%s: a mark of unfinished work" % name)
            if code.count("\n") > (TEST_LINES if name.startswith("tests/") else FILE_LINES):
                problems.append("%s: %d lines" % (name, code.count("\n")))
            for first, length in functions(code):
                if length > FUNCTION_LINES:
                    problems.append("%s:%d: function of %d lines" % (name, first, length))
            if path.suffix == ".c" and not name.startswith("tests/") and path.stem != "main":
                if path.stem in stems:
                    problems.append("%s: same stem as %s" % (name, stems[path.stem]))
                stems[path.stem] = name
    for folder in ("schema/sqlite", "schema/sqlite/day"):
        for number, path in enumerate(sorted(pathlib.Path(folder).glob("*.sql")), 1):
            if not path.name.startswith("%04d_" % number):
                problems.append("%s: is number %d: a database would leave one out" % (path, number))
    print("\n".join(problems + ["lint: %s" % ("%d problems" % len(problems) if problems else "ok")]))
    return 1 if problems else 0


sys.exit(main())
