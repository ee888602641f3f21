#!/bin/bash
# tests/run_pytest.sh NAME PYTEST-ARGUMENTS...: runs pytest, adds its counts to $COUNT_FILE.
# Tests mostly wait for programs, so more run at once than there are processors; those
# marked `alone` measure time and run afterwards, by themselves.
set -u
name=$1
shift
results=$(mktemp -d "${TMPDIR:-/tmp}/relay-junit-XXXXXX")
trap 'rm -rf "$results"' EXIT

run() { # PYTEST-ARGUMENTS...; no test selected is no failure
	local rc
	/usr/bin/python3 -B -m pytest -q -p no:cacheprovider "$@"
	rc=$?
	[ $rc -eq 5 ] || [ $rc -eq 0 ] || failed=$rc
}
failed=0
selection=
while [ $# -gt 0 ]; do
	case $1 in
	-m) selection=" and ($2)"; shift 2 ;;
	*) break ;;
	esac
done
run -n $(($(nproc) * 2 + 1)) -m "not alone$selection" --junitxml="$results/together.xml" "$@"
run -m "alone$selection" --junitxml="$results/alone.xml" "$@"
[ -z "${COUNT_FILE:-}" ] || /usr/bin/python3 - "$name" "$results"/*.xml >>"$COUNT_FILE" <<'PY'
import sys
import xml.etree.ElementTree
passed = failed = skipped = 0
for path in sys.argv[2:]:
    suite = xml.etree.ElementTree.parse(path).getroot()[0].attrib
    bad, left = int(suite["failures"]) + int(suite["errors"]), int(suite["skipped"])
    passed, failed, skipped = passed + int(suite["tests"]) - bad - left, failed + bad, skipped + left
print(sys.argv[1], passed, failed, skipped)
PY
exit $failed
