#!/bin/bash
# Runs cmocka programs, as many at once as there are processors; prints only what failed
# and a count.
set -u
results=$(mktemp -d "${TMPDIR:-/tmp}/relay-unit-XXXXXX")
trap 'rm -rf "$results"' EXIT

# one program: its output, and a line "passed failed" beside it
run_one() { # RESULTS-FOLDER PROGRAM
	local out=$1/${2//\//_} p f rc
	"$2" >"$out" 2>&1
	rc=$?
	p=$(grep -c '^\[       OK \]' "$out")
	f=$(grep '^\[  FAILED  \] [^0-9]' "$out" | sort -u | wc -l)
	[ $rc -eq 0 ] && f=0 || [ "$f" -gt 0 ] || f=1
	[ $rc -eq 0 ] || { printf '%s\n' "--- $2 (exit $rc)"; cat "$out"; } >"$out.failed"
	echo "$p $f" >"$out.count"
}
export -f run_one

printf '%s\0' "$@" | xargs -0 -r -n 1 -P "$(nproc)" bash -c 'run_one "$@"' run_one "$results"
find "$results" -name '*.failed' | sort | xargs -r cat
read -r passed failed ran < <(find "$results" -name '*.count' -exec cat {} + |
	awk '{ p += $1; f += $2 } END { print p + 0, f + 0, NR }')
[ "$ran" = $# ] || { echo "unit: $(($# - ran)) programs did not run"; failed=$((failed + $# - ran)); }
echo "unit: $passed passed, $failed failed"
[ -z "${COUNT_FILE:-}" ] || echo "unit $passed $failed 0" >>"$COUNT_FILE"
[ "$failed" -eq 0 ]
