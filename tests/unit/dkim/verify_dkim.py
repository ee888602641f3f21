#!/usr/bin/python3
"""Verify all DKIM signatures of a message with dkimpy.

stdin: "NAME TXT" lines (the DNS), an empty line, the message.
Exit: 0 every signature is good, 1 one is not or there is none, 77 no dkimpy.
"""
import sys

try:
    import dkim
except ImportError:
    sys.exit(77)


def main():
    records, _, message = sys.stdin.buffer.read().partition(b"\n\n")
    zone = dict(line.split(b" ", 1) for line in records.splitlines())

    def lookup(name, timeout=5):
        return zone.get(name if isinstance(name, bytes) else name.encode())

    header = message.partition(b"\r\n\r\n")[0]
    signatures = sum(line.lower().startswith(b"dkim-signature:") for line in header.splitlines())
    verifier = dkim.DKIM(message)
    good = 0
    for index in range(signatures):
        try:
            good += verifier.verify(index, dnsfunc=lookup)
        except dkim.DKIMException:
            pass
    return 0 if signatures and good == signatures else 1


sys.exit(main())
