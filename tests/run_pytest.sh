#!/bin/bash
# tests/run_pytest.sh NAME PYTEST-ARGUMENTS...: runs pytest, adds its counts to $COUNT_FILE.
set -u
name=$1
shift
xml=$(mktemp "${TMPDIR:-/tmp}/relay-junit-XXXXXX")
/usr/bin/python3 -B -m pytest -q -p no:cacheprovider --junitxml="$xml" "$@"
rc=$?
[ -z "${COUNT_FILE:-}" ] || /usr/bin/python3 - "$name" "$xml" >>"$COUNT_FILE" <<'PY'
import sys
import xml.etree.ElementTree
suite = xml.etree.ElementTree.parse(sys.argv[2]).getroot()[0].attrib
failed, skipped = int(suite["failures"]) + int(suite["errors"]), int(suite["skipped"])
print(sys.argv[1], int(suite["tests"]) - failed - skipped, failed, skipped)
PY
rm -f "$xml"
exit $rc
