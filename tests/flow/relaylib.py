"""What every flow test stands on: private servers on loopback, in a folder of their own.

A World owns a temporary folder and what runs in it: a name server (knotd), receiving
servers (providers), relayd. Nothing is shared between worlds, every port is free, and
close() ends each process by its own id. Waiting is always for a condition, with a deadline.
"""

import contextlib
import datetime
import email
import email.message
import glob
import json
import os
import random
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, "build", os.environ.get("RELAY_VARIANT", "plain"))
# sanitised and emulated builds are slower; deadlines only bound a failing test
PATIENCE = float(os.environ.get("RELAY_PATIENCE", "1"))


class Failure(AssertionError):
    """A condition did not come true in time, or a program failed."""


def program(name):
    return os.path.join(BUILD, name)


def memory(pid):
    """What the process can write to, as a core dump would have it."""
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            fields = line.split()
            if "w" not in fields[1] or fields[-1] in ("[vvar]", "[vsyscall]"):
                continue
            start, end = (int(part, 16) for part in fields[0].split("-"))
            try:
                mem.seek(start)
                yield fields[-1], mem.read(end - start)
            except OSError:
                pass


def wait_for(condition, what, seconds=15.0):
    """Return the first true value of condition(); fail with `what` after the deadline."""
    end = time.monotonic() + seconds * PATIENCE
    tick = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure("not within %.0f s: %s" % (seconds * PATIENCE, what() if callable(what) else what))
        tick.wait(0.02)


# Below the ports the kernel gives to outgoing connections, which would take a free one before
# its server does; tests that run at the same time choose from slices of their own.
PORTS, SLICES = range(10240, 32000), 16
given_ports = set()


def instant(text):
    """A time of an answer, in seconds since 1970."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def free_port(address="127.0.0.1", kinds=(socket.SOCK_STREAM, socket.SOCK_DGRAM)):
    """A port that is free for TCP and UDP on every loopback address a test may use."""
    worker = int("0" + os.environ.get("PYTEST_XDIST_WORKER", "").lstrip("gw")) % SLICES
    while True:
        port = PORTS[random.randrange(len(PORTS) // SLICES) * SLICES + worker]
        with contextlib.ExitStack() as stack:
            try:
                for kind in kinds:
                    probe = stack.enter_context(socket.socket(socket.AF_INET, kind))
                    probe.bind((address if address != "any" else "0.0.0.0", port))
            except OSError:
                continue
        if port not in given_ports:
            given_ports.add(port)
            return port


def answers(port, address="127.0.0.1"):
    """Does anybody accept TCP connections there?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


class Process:
    """A program in the foreground with its output in a file; ended by its own id."""

    def __init__(self, argv, log, cwd=None, env=None):
        self.argv, self.log_path = argv, log
        self.log_file = open(log, "ab")
        self.popen = subprocess.Popen(argv, stdout=self.log_file, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, cwd=cwd, env=env)

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def logged(self, *words, count=1):
        """The lines that have all the words, once there are that many: relayd writes its log on a thread of its own,
        so a line may come after the answer that tells of it."""
        def found():
            lines = [line for line in self.log().splitlines() if all(word in line for word in words)]
            return lines if len(lines) >= count else None
        return wait_for(found, lambda: "%d lines with %s in the log:\n%s" % (count, words, self.log()[-4000:]))

    def is_running(self):
        return self.popen.poll() is None

    def must_run(self):
        if not self.is_running():
            raise Failure("%s ended with %s:\n%s" % (self.argv[0], self.popen.returncode, self.log()[-4000:]))
        return True

    def stop(self, seconds=20):
        """SIGTERM, wait; returns the exit code."""
        if self.is_running():
            self.popen.terminate()
        return self.wait(seconds)

    def kill(self):
        if self.is_running():
            self.popen.kill()
        return self.wait(20)

    def wait(self, seconds=20):
        try:
            code = self.popen.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise Failure("%s did not end within %s s:\n%s" % (self.argv[0], seconds, self.log()[-4000:]))
        finally:
            self.log_file.close()
        return code


class Zone:
    """knotd, authoritative for "example." and for what broken() names."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "dns")
        os.makedirs(self.folder)
        self.port = free_port()
        self.records, self.failing, self.serial = [], [], 1
        self.reverses = []
        self.process = None

    def add(self, name, kind, value, ttl=60):
        """One record; name absolute without the final dot, TXT values unsplit."""
        if kind == "TXT":
            value = " ".join('"%s"' % value[i:i + 255].replace("\\", "\\\\").replace('"', '\\"')
                             for i in range(0, len(value), 255))
        elif kind in ("MX", "CNAME", "NS") and not value.endswith("."):
            value += "."
        self.records.append("%s. %d IN %s %s" % (name, ttl, kind, value))
        return self

    def domain(self, name, *hosts):
        """MX hosts for name: (preference, host, address...), default one at 127.0.0.1."""
        for preference, host, *addresses in hosts or [(10, "mx." + name, "127.0.0.1")]:
            self.add(name, "MX", "%d %s" % (preference, host))
            for address in addresses:
                self.add(host, "AAAA" if ":" in address else "A", address)
        return self

    def null_mx(self, name):
        self.records.append("%s. 60 IN MX 0 ." % name)
        return self

    def reverse(self, address, name):
        """A PTR record of an address in 127.0.0.0/8; its zone is served from start() on."""
        labels = ".".join(reversed(address.split(".")))
        self.reverses.append("%s.in-addr.arpa. 1 IN PTR %s." % (labels, name))
        return self

    def broken(self, name):
        """A zone below example that answers SERVFAIL. Before start()."""
        self.failing.append(name)
        return self

    def remove(self, name, kind=None):
        self.records = [r for r in self.records
                        if not (r.startswith(name + ". ") and (kind is None or " IN %s " % kind in r))]
        return self

    def write(self):
        self.serial += 1
        with open(os.path.join(self.folder, "example.zone"), "w") as out:
            out.write("example. 60 IN SOA ns.example. host.example. %d 60 60 600 5\n" % self.serial)
            out.write("example. 60 IN NS ns.example.\nns.example. 60 IN A 127.0.0.1\n")
            out.write("\n".join(dict.fromkeys(self.records)) + "\n")
        with open(os.path.join(self.folder, "127.in-addr.arpa.zone"), "w") as out:
            out.write("127.in-addr.arpa. 60 IN SOA ns.example. host.example. %d 60 60 600 1\n" % self.serial)
            out.write("127.in-addr.arpa. 60 IN NS ns.example.\n" + "\n".join(self.reverses) + "\n")

    def start(self):
        self.write()
        zones = "".join("  - domain: %s.\n    file: %s\n" % (name, os.path.join(self.folder, name + ".zone"))
                        for name in ["example", "127.in-addr.arpa"] + self.failing)
        with open(os.path.join(self.folder, "knot.conf"), "w") as out:
            out.write("server:\n  listen: 127.0.0.1@%d\n  rundir: %s\n  background-workers: 1\n"
                      "  udp-workers: 1\n  tcp-workers: 1\n"
                      "control:\n  listen: %s/knot.sock\n"
                      "database:\n  storage: %s\nlog:\n  - target: stderr\n    any: info\n"
                      "template:\n  - id: default\n    zonefile-sync: -1\n    journal-content: none\n"
                      "zone:\n%s" % (self.port, self.folder, self.folder, self.folder, zones))
        self.process = Process(["/usr/sbin/knotd", "-c", os.path.join(self.folder, "knot.conf")],
                               os.path.join(self.folder, "log"))
        wait_for(lambda: self.process.must_run() and self.ask("ns.example", "A"), "the name server answers")
        return self

    def reload(self):
        """Serve what was added since start."""
        self.write()
        run(["/usr/sbin/knotc", "-b", "-s", os.path.join(self.folder, "knot.sock"), "zone-reload", "example."])
        return self

    def ask(self, name, kind):
        import dns.message
        import dns.query
        try:
            question = dns.message.make_query(name, kind, use_edns=0, payload=4096)
            answer = dns.query.udp(question, "127.0.0.1", timeout=1, port=self.port)
        except (dns.exception.Timeout, OSError):
            return []
        return [r for rrset in answer.answer for r in rrset]

    def txt(self, name):
        """The joined strings of a TXT record, or None: what a DKIM verifier wants."""
        for record in self.ask(name.rstrip("."), "TXT"):
            return b"".join(record.strings)
        return None

    def stop(self):
        if self.process:
            self.process.stop()


class Message:
    """One message a receiving server took: its bytes and its envelope."""

    def __init__(self, raw, envelope):
        self.raw, self.envelope = raw, envelope
        self.sender = envelope["sender"]
        self.recipients = envelope["recipients"]
        self.parsed = email.message_from_bytes(raw)

    @property
    def body(self):
        return self.raw.split(b"\r\n\r\n", 1)[1]

    def header(self, name):
        return self.parsed[name]


class Providers:
    """The simulated receiving servers."""

    def __init__(self, folder, script="", port=0, addresses=("127.0.0.1",), save=True):
        self.folder = os.path.join(folder, "providers")
        os.makedirs(os.path.join(self.folder, "mail"), exist_ok=True)
        self.script, self.addresses, self.save = script, addresses, save
        self.port = port or free_port("any")
        self.process = None

    def start(self):
        with open(os.path.join(self.folder, "script"), "w") as out:
            out.write(self.script)
        argv = [program("providers"), "--script", out.name, "--count-file", os.path.join(self.folder, "counts")]
        for address in self.addresses:
            argv += ["--listen", "%s:%d" % (address, self.port)]
        if self.save:
            argv += ["--save", os.path.join(self.folder, "mail")]
        self.process = Process(argv, os.path.join(self.folder, "log"))
        wait_for(lambda: self.process.must_run() and answers(
            self.port, "127.0.0.1" if self.addresses[0] == "lo" else self.addresses[0]), "providers answers")
        return self

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def messages(self, recipient=None):
        found = []
        for path in sorted(glob.glob(os.path.join(self.folder, "mail", "*.json"))):
            with open(path) as envelope, open(path[:-5] + ".eml", "rb") as raw:
                message = Message(raw.read(), json.load(envelope))
            if recipient is None or recipient in message.recipients:
                found.append(message)
        return found

    def envelopes(self):
        for path in sorted(glob.glob(os.path.join(self.folder, "mail", "*.json"))):
            with open(path) as envelope:
                yield path[:-5] + ".eml", json.load(envelope)

    def wait(self, recipient=None, count=1, seconds=15):
        return wait_for(lambda: (lambda m: m if len(m) >= count else None)(self.messages(recipient)),
                        lambda: "%d message(s) for %s at the providers, which have %d" %
                        (count, recipient or "anybody", len(self.messages(recipient))), seconds)

    def counts(self):
        try:
            with open(os.path.join(self.folder, "counts")) as counts:
                return json.load(counts)
        except (OSError, ValueError):
            return {}


def run(argv, data=None, check=True, env=None, seconds=60):
    """Run a program to its end; fails with its output unless check is off."""
    done = subprocess.run(argv, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=env, timeout=seconds * PATIENCE)
    if check and done.returncode != 0:
        raise Failure("%s\nexit %d\n%s\n%s" % (" ".join(map(str, argv)), done.returncode,
                                              done.stdout.decode(errors="replace")[-3000:],
                                              done.stderr.decode(errors="replace")[-3000:]))
    return done


class Relay:
    """relayd with its own state, ports and socket; relaycli speaks to it."""

    CONFIG = """
hostname       = "relay.example"
state_dir      = "{folder}/state"
control_socket = "{folder}/control.sock"
listen "submission"  {{ address = {{"127.0.0.1"}} port = {submission} tls = starttls }}
listen "submissions" {{ address = {{"127.0.0.1"}} port = {submissions} tls = implicit }}
dns      {{ nameservers = {{"127.0.0.1:{dns}"}} }}
delivery {{ port = {port} retry = {{{retry}}} {delivery} }}
limits   {{ {limits} }}
{extra}
"""

    def __init__(self, folder, dns_port, delivery_port, extra="", retry='"1s"', delivery="", limits=""):
        self.folder = os.path.join(folder, "relay")
        os.makedirs(os.path.join(self.folder, "state"), exist_ok=True)
        self.submission, self.submissions = free_port(), free_port()
        self.socket = os.path.join(self.folder, "control.sock")
        self.config_path = os.path.join(self.folder, "relayd.conf")
        self.values = dict(folder=self.folder, submission=self.submission, submissions=self.submissions,
                           dns=dns_port, port=delivery_port, extra=extra, retry=retry, delivery=delivery,
                           limits=limits)
        self.process = None
        self.env = {}  # beside ours
        self.starts = 0

    def start(self):
        with open(self.config_path, "w") as out:
            out.write(self.CONFIG.format(**self.values))
        self.process = Process([program("relayd"), "--config", self.config_path],
                               os.path.join(self.folder, "log"), env=dict(os.environ, **self.env))
        self.starts += 1
        wait_for(lambda: self.process.must_run() and self.is_ready(), "relayd answers on its control socket")
        return self

    def is_ready(self):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(self.socket)
                probe.sendall(b'{"id":1,"method":"status","params":{}}\n')
                return b'"id"' in probe.recv(65536)
            except OSError:
                return False

    def stop(self):
        if self.process:
            code = self.process.stop()
            self.process = None
            return code
        return None

    def kill(self):
        """kill -9: nothing is flushed, nothing is said."""
        self.process.kill()
        self.process = None

    def rss_kb(self, which="VmHWM"):
        with open("/proc/%d/status" % self.process.pid) as status:
            for line in status:
                if line.startswith(which + ":"):
                    return int(line.split()[1])
        return 0

    # ---- relaycli ----

    def cli(self, *args, check=True, data=None):
        """Run relaycli, plain output; returns the finished process."""
        return run([program("relaycli"), "--socket", self.socket, *args], data=data, check=check)

    def ask(self, *args):
        """Run relaycli --json; returns the object it printed."""
        return json.loads(self.cli("--json", *args).stdout)

    def domain(self, name, zone=None):
        """Add a sender domain; with a zone, serve the records it asks for."""
        answer = self.ask("domain", "add", name)
        if zone is not None:
            for record in answer["records"]:
                zone.add(record["name"], record["type"], record["value"])
            zone.reload()
        return answer

    def credential(self, name, *senders, flags=()):
        """Create a credential; returns (user, password)."""
        args = [arg for sender in senders for arg in ("--from", sender)]
        answer = self.ask("credential", "create", name, *args, *flags)
        return answer["user"], answer["pass"]

    def find(self, *terms):
        done = self.cli("--json", "find", *terms, check=False)
        if done.returncode not in (0, 3):
            raise Failure("find %s: %s" % (terms, done.stderr.decode(errors="replace")))
        return json.loads(done.stdout) if done.stdout.strip() else {"items": []}

    def item(self, recipient):
        """The newest record of this recipient, or None."""
        items = self.find(recipient, "--last")["items"]
        return items[0] if items else None

    def wait_status(self, recipient, status, seconds=15):
        return wait_for(lambda: (lambda i: i if i and i["status"] == status else None)(self.item(recipient)),
                        lambda: "%s is %s; it is %s" % (recipient, status, self.item(recipient)), seconds)

    # ---- clients ----

    def client(self, user=None, password=None, implicit=False, timeout=20):
        """A logged-in smtplib client over TLS."""
        context = ssl._create_unverified_context()
        if implicit:
            client = smtplib.SMTP_SSL("127.0.0.1", self.submissions, context=context, timeout=timeout * PATIENCE)
        else:
            client = smtplib.SMTP("127.0.0.1", self.submission, timeout=timeout * PATIENCE)
            client.starttls(context=context)
        if user:
            client.login(user, password)
        return client

    def send(self, login, sender, recipients, message=None, options=()):
        """Send one message with smtplib; returns the queue id of the final reply."""
        if isinstance(recipients, str):
            recipients = [recipients]
        if message is None:
            message = text_message(sender, recipients[0])
        client = self.client(*login)
        try:
            code, text = client.ehlo_or_helo_if_needed() or (250, b"")
            code, text = client.mail(sender, options)
            assert code == 250, text
            for recipient in recipients:
                code, text = client.rcpt(recipient)
                assert code == 250, text
            code, text = client.data(message)
            assert code == 250, text
        finally:
            client.close()
        return queue_id(text)


def queue_id(reply):
    """The id in "2.0.0 Ok: queued as <id>"."""
    reply = reply.decode() if isinstance(reply, bytes) else reply
    assert "queued as " in reply, reply
    return reply.rsplit("queued as ", 1)[1].split()[0]


def text_message(sender, recipient, subject="hello", body="This is a line.\r\nAnd another.\r\n", headers=""):
    return ("From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, 23 Nov 2026 14:02:11 +0000\r\n"
            "Message-ID: <%d.%s>\r\n%s\r\n%s" % (sender, recipient, subject, time.monotonic_ns(), sender,
                                               headers, body)).encode()


class Pair:
    """A self-signed certificate and its key."""

    def __init__(self, folder, name):
        self.certificate, self.key = (os.path.join(str(folder), "%s.%s" % (name, end)) for end in ("pem", "key"))
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
             "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name,
             "-keyout", self.key, "-out", self.certificate])

    def printed(self):
        """Its fingerprint as openssl prints it: sha256 Fingerprint=AB:CD..."""
        return run(["openssl", "x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256"]).stdout.decode().strip()

    def fingerprint(self):
        return self.printed().partition("=")[2].replace(":", "").lower()

    def of_listeners(self):
        """The lines of relayd.conf that make it the relay's own."""
        return 'tls { certificate = "%s" key = "%s" }' % (self.certificate, self.key)


class World:
    """A folder and all that runs in it."""

    def __init__(self):
        # short, since socket paths are; open to others, since Postfix changes its user
        self.folder = tempfile.mkdtemp(prefix="relay-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.zone = Zone(self.folder)
        self.providers = None
        self.relay = None
        self.others = []

    def start(self, script="", addresses=("127.0.0.1",), domain="shop.example", login=True, save=True, **relay):
        """Name server, providers, relayd, one sender domain and one credential."""
        self.zone.start()
        self.providers = Providers(self.folder, script, addresses=addresses, save=save).start()
        self.relay = Relay(self.folder, self.zone.port, self.providers.port, **relay).start()
        if login:
            self.relay.domain(domain, self.zone)
            self.login = self.relay.credential("shop", "@" + domain)
        return self

    def keep(self, other):
        """other.stop() is called at the end."""
        self.others.append(other)
        return other

    def close(self, failed=False):
        for part in [self.relay, self.providers, *self.others, self.zone]:
            if part is not None:
                with contextlib.suppress(Failure, OSError):
                    part.stop()
        if failed:
            for path in sorted(glob.glob(os.path.join(self.folder, "*", "log"))):
                with open(path, errors="replace") as log:
                    print("---- %s\n%s" % (path, log.read()[-6000:]))
        shutil.rmtree(self.folder, ignore_errors=True)
