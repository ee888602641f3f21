"""Debian's Postfix and OpenDKIM, run privately from build/test-servers (see tests/install.sh).

Postfix insists on changing its user, so its tests need root; without it they say skipped.
Its accounts here are ones every Debian has: no account is created, nothing is installed.
"""

import grp
import os
import pwd
import shutil
import subprocess

from relaylib import TOP, Failure, Process, answers, run, wait_for

ROOT = os.path.join(TOP, "build", "test-servers", "root")
SBIN = os.path.join(ROOT, "usr", "sbin")
LIBRARIES = ":".join(os.path.join(ROOT, part) for part in
                     ("usr/lib/postfix", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib"))


def missing():
    """Why Postfix cannot run here, or None."""
    if not os.path.exists(os.path.join(SBIN, "postfix")):
        return "no Postfix in build/test-servers (make deps-test)"
    if os.geteuid() != 0:
        return "a private Postfix needs root"
    try:
        pwd.getpwnam("daemon"), grp.getgrnam("tape")
    except KeyError:
        return "no account that Postfix could use"
    return None


def environment(**more):
    return dict(os.environ, LD_LIBRARY_PATH=LIBRARIES, **more)


def tool(name):
    """smtp-source, smtp-sink, postcat, ...: they run by themselves."""
    return os.path.join(SBIN, name)


class Postfix:
    """A whole Postfix with its own queue and configuration; it listens on address:port.

    inet_interfaces knows only 127.0.0.1 of the loopback network, so the address stands in
    master.cf."""

    MAIN = {
        "compatibility_level": "3.6",
        "mail_owner": "daemon",
        "setgid_group": "tape",
        "default_privs": "nobody",
        "import_environment": "MAIL_CONFIG LD_LIBRARY_PATH TZ",
        "export_environment": "LD_LIBRARY_PATH TZ",
        "myhostname": "postfix.example",
        "mydestination": "",
        "local_recipient_maps": "",
        "alias_maps": "",
        "alias_database": "",
        "mynetworks": "127.0.0.0/8",
        "biff": "no",
        "smtputf8_enable": "no",
    }

    def __init__(self, folder, address, port, **settings):
        self.folder = os.path.join(folder, "postfix-%d" % port)
        self.address, self.port = address, port
        self.config = os.path.join(self.folder, "conf")
        self.settings = dict(self.MAIN, inet_interfaces="127.0.0.1",
                             queue_directory=os.path.join(self.folder, "queue"),
                             data_directory=os.path.join(self.folder, "data"),
                             command_directory=SBIN,
                             daemon_directory=os.path.join(ROOT, "usr/lib/postfix/sbin"),
                             shlib_directory=os.path.join(ROOT, "usr/lib/postfix"),
                             meta_directory=self.config,
                             maillog_file=os.path.join(self.folder, "log"),
                             maillog_file_prefixes=self.folder, **settings)
        self.environment = environment(MAIL_CONFIG=self.config)
        self.is_started = False

    def start(self):
        for part in ("queue", "data", "conf"):
            os.makedirs(os.path.join(self.folder, part))
        shutil.chown(os.path.join(self.folder, "data"), "daemon")
        for name in ("post-install", "postfix-files", "postfix-script"):
            shutil.copy(os.path.join(ROOT, "etc/postfix", name), self.config)
        with open(os.path.join(self.config, "main.cf"), "w") as out:
            out.writelines("%s = %s\n" % pair for pair in self.settings.items())
        with open(os.path.join(ROOT, "usr/share/postfix/master.cf.dist")) as given, \
                open(os.path.join(self.config, "master.cf"), "w") as out:
            for line in given:
                if line.startswith("smtp ") and "inet" in line:
                    line = "%s:%d inet n - n - - smtpd\n" % (self.address, self.port)
                elif line.startswith("#postlog "):
                    line = line[1:]
                fields = line.split()
                if len(fields) == 8 and fields[4] == "y":
                    line = line.replace(" y ", " n ", 1)
                out.write(line)
        self.command("start")
        self.is_started = True
        wait_for(lambda: answers(self.port, self.address), lambda: "Postfix answers:\n" + self.log())
        return self

    def command(self, verb):
        # master would hold on to a pipe
        with open(os.path.join(self.folder, "output"), "ab") as out:
            code = subprocess.run([tool("postfix"), "-c", self.config, verb], env=self.environment,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=60).returncode
        if code != 0:
            raise Failure("postfix %s: exit %d\n%s" % (verb, code, self.log()))

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), errors="replace") as log:
                return log.read()[-6000:]
        except OSError:
            return ""

    def master_pid(self):
        with open(os.path.join(self.folder, "queue/pid/master.pid")) as pid:
            return int(pid.read())

    def stop(self):
        if self.is_started:
            self.is_started = False
            self.command("stop")

    def queue_ids(self):
        """Ids of what is in the hold queue."""
        ids = []
        for _, _, names in os.walk(os.path.join(self.folder, "queue", "hold")):
            ids += names
        return sorted(ids)

    def message(self, queue_id):
        """Header and body exactly as they stand in the queue, LF for each CRLF."""
        return run([tool("postcat"), "-c", self.config, "-bhq", queue_id], env=self.environment).stdout

    def envelope(self, queue_id):
        return run([tool("postcat"), "-c", self.config, "-eq", queue_id], env=self.environment).stdout.decode()


class Holding(Postfix):
    """Takes mail for everybody and keeps it on hold, where postcat shows it."""

    def __init__(self, folder, address, port, **settings):
        super().__init__(folder, address, port,
                         smtpd_client_restrictions="check_client_access static:HOLD",
                         **settings)


class OpenDkim:
    """A signing milter on a local port, for the comparison."""

    def __init__(self, folder, port, domain, selector, key):
        self.folder = os.path.join(folder, "opendkim")
        os.makedirs(self.folder, exist_ok=True)
        self.port = port
        self.config = os.path.join(self.folder, "conf")
        with open(self.config, "w") as out:
            out.write("Domain %s\nSelector %s\nKeyFile %s\nSocket inet:%d@127.0.0.1\nMode s\n"
                      "Canonicalization relaxed/relaxed\nSyslog no\nBackground no\n"
                      "RequireSafeKeys no\nInternalHosts 0.0.0.0/0\nOversignHeaders From\n"
                      % (domain, selector, key, port))
        self.process = None

    def start(self):
        self.process = Process([tool("opendkim"), "-f", "-x", self.config], os.path.join(self.folder, "log"),
                               env=environment())
        wait_for(lambda: self.process.must_run() and answers(self.port), "opendkim answers")
        return self

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None


def opendkim_verdict(folder, raw, records):
    """What OpenDKIM's verifier says of a message; records: name -> TXT."""
    data, config, message = (os.path.join(folder, name) for name in ("dns.txt", "opendkim.conf", "m.eml"))
    with open(data, "w") as out:
        out.writelines("%s %s\n" % pair for pair in records.items())
    with open(config, "w") as out:
        out.write("Mode v\nSyslog no\nTestDNSData %s\n" % data)
    with open(message, "wb") as out:
        out.write(raw)
    done = subprocess.run([tool("opendkim"), "-x", config, "-vv", "-t", message], env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return done.stdout.decode(errors="replace")
