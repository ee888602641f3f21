#!/bin/bash
# Runs cmocka programs one after the other; prints only what failed and a count.
set -u
passed=0 failed=0
for t in "$@"; do
	out=$("$t" 2>&1); rc=$?
	p=$(grep -c '^\[       OK \]' <<<"$out"); f=$(grep '^\[  FAILED  \] [^0-9]' <<<"$out" | sort -u | wc -l)
	passed=$((passed + p))
	if [ $rc -ne 0 ]; then
		[ "$f" -gt 0 ] || f=1
		failed=$((failed + f))
		printf '%s\n' "--- $t (exit $rc)" "$out"
	fi
done
echo "unit: $passed passed, $failed failed"
[ -z "${COUNT_FILE:-}" ] || echo "unit $passed $failed 0" >>"$COUNT_FILE"
[ $failed -eq 0 ]
