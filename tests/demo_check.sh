#!/bin/bash
# The demo without a terminal: does its summary show mail that moved, and an answer?
set -u
cd "$(dirname "$0")/.." || exit 1
out=$(DEMO_HEADLESS=1 DEMO_SECONDS=${DEMO_SECONDS:-12} demo/run.sh </dev/null) || { printf '%s\n' "$out"; exit 1; }
printf '%s\n' "$out"
read -r _ accepted _ delivered _ deferred _ bounced < <(head -n 1 <<<"$out")
fail() { echo "demo: $*" >&2; exit 1; }
[ "$accepted" -gt 100 ] || fail "only $accepted accepted"
[ "$delivered" -gt 50 ] || fail "only $delivered delivered"
[ "$deferred" -gt 0 ] || fail "nothing was deferred"
[ "$bounced" -gt 0 ] || fail "nothing bounced"
grep -q '^Yes\. ' <<<"$out" || fail "find did not say Yes"
