#!/bin/bash
# The relay with simulated providers and real traffic, all on loopback, in a
# throw-away folder. With a terminal: opens relaytui; on quit everything stops.
# Without: runs DEMO_SECONDS (15) and prints a summary.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build/plain}
seconds=${DEMO_SECONDS:-15}
umask 077
folder=$(mktemp -d "${TMPDIR:-/tmp}/relay-demo-XXXXXX") || exit 1
pids=()

stop_all() {
	trap - EXIT INT TERM
	local pid
	# applications first, the relay before what it delivers to
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		pid=${pids[i]}
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	[ -n "${DEMO_KEEP:-}" ] || rm -rf "$folder"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

die() {
	echo "demo: $*" >&2
	for log in "$folder"/*.log; do
		[ -s "$log" ] && tail -n 8 "$log" | sed "s|^|  ${log##*/}: |" >&2
	done
	exit 1
}

start() { # NAME COMMAND...: in the background, output to NAME.log
	local name=$1
	shift
	"$@" >"$folder/$name.log" 2>&1 </dev/null &
	pids+=($!)
}

wait_until() { # WHAT COMMAND...
	local what=$1 tries
	shift
	for ((tries = 0; tries < 150; tries++)); do
		"$@" >/dev/null 2>&1 && return
		for pid in "${pids[@]}"; do
			kill -0 "$pid" 2>/dev/null || die "something ended before $what"
		done
		read -r -t 0.1 <> <(:) || :
	done
	die "gave up waiting until $what"
}

free_ports() { /usr/bin/python3 - "$1" <<'PY'
import socket, sys
held = []
while len(held) < 2 * int(sys.argv[1]):
    tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    tcp.bind(("127.0.0.1", 0))
    try:
        udp.bind(tcp.getsockname())
    except OSError:
        continue
    held += [tcp, udp]
print(*sorted({s.getsockname()[1] for s in held}))
PY
}

port_answers() { (: >"/dev/tcp/127.0.0.1/$1"); }

read -r dns_port mx_port smtp_port smtps_port < <(free_ports 4)
socket=$folder/control.sock

# ---- the world: names, and the servers behind them ------------------------------
zone() { # NAME: a zone file from the records on stdin
	{
		echo "$1. 60 IN SOA ns.example. host.example. 1 60 60 600 5"
		echo "$1. 60 IN NS ns.example."
		cat
	} >"$folder/$1.zone"
}
zone com <<-END
	gmail.com. 60 IN MX 5 gmail-smtp-in.l.google.com.
	gmail-smtp-in.l.google.com. 60 IN A 127.0.0.11
	outlook.com. 60 IN MX 5 outlook-com.olc.protection.outlook.com.
	outlook-com.olc.protection.outlook.com. 60 IN A 127.0.0.12
	yahoo.com. 60 IN MX 1 mta5.am0.yahoodns.net.
	yahoo.com. 60 IN MX 1 mta6.am0.yahoodns.net.
	icloud.com. 60 IN MX 10 mx01.mail.icloud.com.
	mx01.mail.icloud.com. 60 IN A 127.0.0.14
END
zone net <<-END
	mta5.am0.yahoodns.net. 60 IN A 127.0.0.13
	mta6.am0.yahoodns.net. 60 IN A 127.0.0.13
END
zone example <<-END
	ns.example. 60 IN A 127.0.0.1
	corp.example. 60 IN MX 10 mx.corp.example.
	shop.example. 60 IN MX 10 mx.corp.example.
	news.example. 60 IN MX 10 mx.corp.example.
	mx.corp.example. 60 IN A 127.0.0.15
	greylist.example. 60 IN MX 10 mx.greylist.example.
	mx.greylist.example. 60 IN A 127.0.0.16
	full.example. 60 IN MX 10 mx.full.example.
	mx.full.example. 60 IN A 127.0.0.17
	gone.example. 60 IN MX 10 mx.gone.example.
	mx.gone.example. 60 IN A 127.0.0.18
	slow.example. 60 IN MX 10 mx.slow.example.
	mx.slow.example. 60 IN A 127.0.0.19
	old.example. 60 IN MX 10 mx.old.example.
	mx.old.example. 60 IN A 127.0.0.20
END
cat >"$folder/knot.conf" <<-END
	server:
	  listen: 127.0.0.1@$dns_port
	  rundir: $folder
	  udp-workers: 1
	  tcp-workers: 1
	  background-workers: 1
	control:
	  listen: $folder/knot.sock
	database:
	  storage: $folder
	log:
	  - target: stderr
	    any: warning
	template:
	  - id: default
	    zonefile-sync: -1
	    journal-content: none
	zone:
	$(for z in com net example; do printf '  - domain: %s.\n    file: %s/%s.zone\n' $z "$folder" $z; done)
END
sed -i 's/^\t//' "$folder/knot.conf"
cat >"$folder/providers.script" <<-END
	gmail.com        rate=25 98%accept 2%unknown-user
	yahoo.com        greylist=5s rate=10
	outlook.com      97%accept 2%spam 1%disabled
	icloud.com       accept
	corp.example     accept
	greylist.example greylist=8s
	full.example     mailbox-full
	gone.example     unknown-user
	slow.example     slow=1500
	old.example      at=127.0.0.20 no-tls no-pipelining no-chunking
END
start knotd /usr/sbin/knotd -c "$folder/knot.conf"
start providers "$build/providers" --listen "lo:$mx_port" --script "$folder/providers.script"
wait_until "the name server answers" port_answers "$dns_port"
wait_until "the providers answer" port_answers "$mx_port"

# ---- the relay --------------------------------------------------------------------
cat >"$folder/relayd.conf" <<-END
	hostname       = "relay.example"
	state_dir      = "$folder/state"
	control_socket = "$socket"
	listen "submission"  { address = {"127.0.0.1"} port = $smtp_port }
	listen "submissions" { address = {"127.0.0.1"} port = $smtps_port }
	dns      { nameservers = {"127.0.0.1:$dns_port"} }
	delivery { port = $mx_port  retry = {"5s", "10s", "20s"}  max_age = "10m" }
	limits   { disk_reserve = "20M" }
	provider "google"  { mx = {"*.google.com"}             max_connections = 5  rate = "20/s" }
	provider "outlook" { mx = {"*.olc.protection.outlook.com"} max_connections = 5 }
	provider "yahoo"   { mx = {"*.yahoodns.net"}           max_connections = 5  messages_per_connection = 20 }
	provider "apple"   { mx = {"*.icloud.com"}             max_connections = 10 messages_per_connection = 5 }
END
start relayd "$build/relayd" --config "$folder/relayd.conf"
cli() { "$build/relaycli" --socket "$socket" "$@"; }
wait_until "relayd is ready" cli status
for domain in shop.example news.example; do
	cli domain add "$domain" >/dev/null || die "domain add $domain"
done
cli credential create shop-prod --from @shop.example --secret-out - >"$folder/shop.secret" ||
	die "credential create shop-prod"
cli credential create newsletter --from @news.example --bulk --secret-out - >"$folder/news.secret" ||
	die "credential create newsletter"
start traffic /usr/bin/python3 demo/traffic.py --port "$smtp_port" \
	--login "shop-prod,$folder/shop.secret,orders@shop.example,20" \
	--login "newsletter,$folder/news.secret,hello@news.example,30"

if [ -t 0 ] && [ -t 1 ] && [ -z "${DEMO_HEADLESS:-}" ]; then
	export RELAY_SOCKET=$socket
	"$build/relaytui" --socket "$socket"
	exit
fi
read -r -t "$seconds" <> <(:) || :
sample=$(cli --json log search to:@gmail.com status:delivered since:5m --limit 1 2>/dev/null |
	/usr/bin/python3 -c 'import json,sys; i=json.load(sys.stdin)["items"]; print(i[0]["recipient"] if i else "ana@gmail.com")' 2>/dev/null)
cli --json status | /usr/bin/python3 -c '
import json, sys
totals = json.load(sys.stdin)["totals"]
print("  ".join("%s %d" % (k, totals[k]) for k in ("accepted", "delivered", "deferred", "bounced")))' ||
	die "no status"
echo
echo "\$ relaycli find ${sample:-ana@gmail.com} --last"
cli find "${sample:-ana@gmail.com}" --last
