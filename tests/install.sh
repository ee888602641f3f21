#!/bin/bash
# Installs what is missing, with apt.
#
#   tests/install.sh build           packages.build
#   tests/install.sh test            packages.build, packages.test; unpacks packages.private
#
# Nothing is asked of apt when nothing is missing. Services that packages bring
# are not started. A mail server is never installed: the ones the tests talk to
# are unpacked into build/test-servers and run from there.
set -u
cd "$(dirname "$0")/.." || exit 1
servers=build/test-servers

names() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@"; }

missing() {
	local name
	for name in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "install: root is needed to install packages, and there is no sudo" >&2
		return 1
	fi
}

install_missing() {
	local wanted policy=/usr/sbin/policy-rc.d made_policy=no rc
	wanted=$(missing "$@")
	[ -n "$wanted" ] || return 0
	echo "install:" $wanted
	# a name server that a test starts privately must not come up as a service
	if [ ! -e $policy ] && printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null; then
		as_root chmod 755 $policy
		made_policy=yes
	fi
	as_root apt-get -q update >/dev/null
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y --no-install-recommends install $wanted >build/install.log 2>&1
	rc=$?
	[ $made_policy = no ] || as_root rm -f $policy
	[ $rc = 0 ] || { tail -n 20 build/install.log >&2; return 1; }
}

# what apt would install for the private packages, without installing it
private_closure() {
	apt-get -q -s -o Debug::NoLocking=1 --no-install-recommends install "$@" 2>/dev/null |
		awk '$1 == "Inst" { print $2 }'
}

unpack_private() {
	local wanted stamp=$servers/.unpacked deb
	wanted=$(names packages.private | sort)
	[ -f $stamp ] && [ "$(cat $stamp)" = "$wanted" ] && return 0
	rm -rf $servers
	mkdir -p $servers/debs $servers/root
	echo "unpack privately:" $wanted
	# those installed already are not in apt's plan: fetch them all the same
	if ! (cd $servers/debs && apt-get -q download $( (echo "$wanted"; private_closure $wanted) | sort -u) \
		>download.log 2>&1); then
		as_root apt-get -q update >/dev/null
		(cd $servers/debs && apt-get -q download $( (echo "$wanted"; private_closure $wanted) | sort -u) \
			>download.log 2>&1) || {
			tail -n 5 $servers/debs/download.log >&2
			echo "install: cannot fetch the test servers; their tests will say skipped" >&2
			return 0
		}
	fi
	for deb in $servers/debs/*.deb; do
		dpkg-deb -x "$deb" $servers/root || return 1
	done
	rm -f $servers/debs/*.deb
	echo "$wanted" >$stamp
}

kind=${1:-build}
mkdir -p build
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "install: this needs Debian 12 or a relative with apt. Elsewhere install the like of:" >&2
	names packages.build | tr '\n' ' ' >&2
	echo >&2
	# with everything at hand, building may still work
	pkg-config --exists libevent_core libssl sqlite3 jansson libpcre2-8 libconfuse libidn2 libpsl 2>/dev/null
	exit
fi
case $kind in
build) install_missing $(names packages.build) ;;
test) install_missing $(names packages.build packages.test) && unpack_private ;;
*) echo "usage: tests/install.sh build|test" >&2; exit 2 ;;
esac
