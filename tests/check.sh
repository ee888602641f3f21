#!/bin/bash
# `make check`: installs what is missing, builds, runs every suite. The last line
# is "N passed, N failed, N skipped" over all of them; exit status 1 if any failed.
set -u
cd "$(dirname "$0")/.." || exit 1
export COUNT_FILE=$PWD/build/check.count
mkdir -p build
: >"$COUNT_FILE"
MAKE=${MAKE:-make}
m() { "$MAKE" --no-print-directory -s "$@"; }

step() { # NAME COMMAND...: a suite that does not count for itself counts as one test
	local name=$1 before after rc start=$SECONDS
	shift
	before=$(wc -l <"$COUNT_FILE")
	printf '== %s\n' "$name"
	"$@"
	rc=$?
	after=$(wc -l <"$COUNT_FILE")
	if [ "$before" = "$after" ]; then
		[ $rc -eq 0 ] && echo "$name 1 0 0" >>"$COUNT_FILE" || echo "$name 0 1 0" >>"$COUNT_FILE"
	elif [ $rc -ne 0 ] && ! tail -n +$((before + 1)) "$COUNT_FILE" | awk '$3 > 0 { f = 1 } END { exit !f }'; then
		echo "$name 0 1 0" >>"$COUNT_FILE" # it failed without saying which test
	fi
	printf '   %s: %ds\n' "$name" $((SECONDS - start))
}

finish() {
	awk '{ p += $2; f += $3; s += $4 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }' \
		"$COUNT_FILE"
	exit
}

tests/install.sh test || { echo "install 0 1 0" >>"$COUNT_FILE"; finish; }
step build m -j2 WERROR=1 all providers man
[ -x build/plain/relayd ] || finish
step build-clang m -j2 WERROR=1 CC=clang VARIANT=clang all
step layers m layers
step lint m lint
step headers m headers
step unit m -j2 unit
step spf m spf
step fuzz-replay m -j2 fuzz-replay
step crash m -j2 crash
step flow m flow
step cli m cli
step tui m tui
step demo tests/demo_check.sh
step unit-asan m -j2 SAN=address,undefined unit
step flow-asan m -j2 SAN=address,undefined flow-short
finish
