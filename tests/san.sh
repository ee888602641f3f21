#!/bin/bash
# `make san`: everything under ASan and UBSan, then under TSan.
set -u
cd "$(dirname "$0")/.." || exit 1
export COUNT_FILE=$PWD/build/san.count
mkdir -p build
: >"$COUNT_FILE"
tests/install.sh test || exit 1
rc=0
run() { # SAN VARIANT
	export RELAY_VARIANT=$2 RELAY_PATIENCE=4 BUILD=build/$2
	# a small quarantine: freed chunks of a streamed message would count as its memory
	export ASAN_OPTIONS=detect_stack_use_after_return=1:abort_on_error=1:quarantine_size_mb=8
	export TSAN_OPTIONS=halt_on_error=1:suppressions=$PWD/tests/tsan.supp
	echo "== $1"
	for target in "all providers" unit crash flow cli tui; do
		make --no-print-directory -s -j2 SAN="$1" $target || rc=1
	done
}
run address,undefined asan
run thread tsan
awk '{ p += $2; f += $3; s += $4 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$COUNT_FILE"
exit $rc
