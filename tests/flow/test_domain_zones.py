"""`domain check` against a hundred zones, each defect alone and combined, huge and hostile ones too.

Two knotd (the zone's own servers), unbound (a real resolver) and a server that misbehaves, each once;
domain_answer runs the checks that relayd runs, without a relay for each."""

import base64
import concurrent.futures
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from relaylib import PATIENCE, Process, free_port, program, wait_for

ED = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
OTHER_ED = "v=DKIM1; k=ed25519; p=AAAAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURoA="
SPF = "v=spf1 ip4:192.0.2.10 ~all"
DMARC = "v=DMARC1; p=none; rua=mailto:d@%s"
SOURCES = [["192.0.2.10", "relay.example"]]


def public_key(bits):
    key = subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=key, capture_output=True, check=True)
    return base64.b64encode(der.stdout).decode()


KEY = public_key(2048)
RSA = "v=DKIM1; k=rsa; p=" + KEY


def quote(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def txt(text, size=255):
    """A TXT record's data, in strings of size bytes."""
    return "TXT " + " ".join(quote(text[i:i + size]) for i in range(0, max(len(text), 1), size))


# ---- variants: (changes, {purpose: state}, {purpose: words of its sentence, reason or warning}) ------------
# changes: name below the domain ("" itself) -> list of record data, in place of the good ones of that type
# a purpose that is not named is ok
K1, K1E, DM, BACK = "k1._domainkey", "k1e._domainkey", "_dmarc", "bounce"
V = {}


def variant(name, changes, states=None, words=None, **more):
    assert name not in V, name
    V[name] = dict(changes=changes, states=states or {}, words=words or {}, **more)


variant("good", {})
variant("upper-case", {"": [txt(SPF.upper().replace("V=SPF1", "V=spf1"))], DM: [txt("v=DMARC1; P=NONE; RUA=mailto:d@upper-case.example")]})

# keys
variant("key-gone", {K1: []}, {"dkim k1": "missing"}, {"dkim k1": "NXDOMAIN"}, dkim=False)
variant("key-nodata", {K1: ["A 192.0.2.1"]}, {"dkim k1": "missing"}, {"dkim k1": "no such record"}, dkim=False)
variant("ed-gone", {K1E: []}, {"dkim k1e": "missing"}, dkim=True)
variant("keys-gone", {K1: [], K1E: []}, {"dkim k1": "missing", "dkim k1e": "missing"}, dkim=False)
variant("key-revoked", {K1: [txt("v=DKIM1; p=")]}, {"dkim k1": "different"}, {"dkim k1": "revoked"}, dkim=False)
variant("key-other", {K1: [txt("v=DKIM1; k=rsa; p=" + public_key(1024))]}, {"dkim k1": "different"}, {"dkim k1": "another key"})
variant("ed-other", {K1E: [txt(OTHER_ED)]}, {"dkim k1e": "different"}, {"dkim k1e": "another key"})
variant("key-cut", {K1: [txt(RSA[:255])]}, {"dkim k1": "different"}, {"dkim k1": "cut off|no RSA"})
variant("key-split-small", {K1: [txt(RSA, 7)]})
variant("key-split-single-bytes", {K1: [txt(RSA, 1)]})
variant("key-spaced", {K1: [txt("v=DKIM1 ; k = rsa ; p = " + KEY[:60] + " " + KEY[60:])]})
variant("key-strings-with-spaces", {K1: ['TXT %s %s' % (quote(RSA[:200]), quote(" " + RSA[200:]))]})
variant("key-quoted", {K1: [txt('"' + RSA + '"')]}, {"dkim k1": "different"}, {"dkim k1": "no tag name"})
variant("key-backslash", {K1: [txt(RSA.replace(";", "\\;"))]}, {"dkim k1": "different"}, {"dkim k1": "DKIM1"})
variant("key-no-semicolon", {K1: [txt(RSA.replace(";", ""))]}, {"dkim k1": "different"})
variant("key-no-version", {K1: [txt("p=" + KEY)]})
variant("key-testing", {K1: [txt("v=DKIM1; t=y; p=" + KEY)]}, {}, {"dkim k1": "t=y"})
variant("key-strict", {K1: [txt("v=DKIM1; t=s; p=" + KEY)]})
variant("key-sha1", {K1: [txt("v=DKIM1; h=sha1; p=" + KEY)]}, {"dkim k1": "different"}, {"dkim k1": "sha256"})
variant("key-service", {K1: [txt("v=DKIM1; s=other; p=" + KEY)]}, {"dkim k1": "different"}, {"dkim k1": "email"})
variant("key-as-pem", {K1: [txt("v=DKIM1; p=-----BEGIN PUBLIC KEY-----" + KEY)]}, {"dkim k1": "different"}, {"dkim k1": "base64"})
variant("key-twice", {K1: [txt(RSA), txt(OTHER_ED)]}, {"dkim k1": "different"}, {"dkim k1": "2 of them"})
variant("key-alias", {K1: ["CNAME kept.k1-target.example."], "kept.k1-target": []})
variant("key-alias-dangling", {K1: ["CNAME gone.elsewhere.example."]}, {"dkim k1": "missing"}, {"dkim k1": "NXDOMAIN"})
variant("key-alias-loop", {K1: ["CNAME loop2.key-alias-loop.example."], "loop2": ["CNAME k1._domainkey.key-alias-loop.example."]},
        {"dkim k1": "unreadable"})
variant("key-name-doubled", {K1: [], "k1._domainkey.key-name-doubled.example": [txt(RSA)]}, {"dkim k1": "missing"})
variant("key-html", {K1: [txt("<html><body>parked</body></html>")]}, {"dkim k1": "different"})
variant("key-empty", {K1: ['TXT ""']}, {"dkim k1": "different"}, {"dkim k1": "no key"})
variant("key-bytes", {K1: ['TXT "v=DKIM1; p=\\255\\000\\001"']}, {"dkim k1": "different"})
variant("key-huge", {K1: [txt("v=DKIM1; p=" + "A" * 60000)]}, {"dkim k1": "different"}, {"dkim k1": "longer than"})
variant("key-too-huge-to-answer", {K1: ["TXT " + " ".join(['"%s"' % ("A" * 255)] * 255 + ['"%s"' % ("A" * 254)])]}, {"dkim k1": "unreadable"})

# wildcards
variant("wildcard-spf", {K1: [], "*": [txt(SPF)]}, {"dkim k1": "missing"}, slow=True)
variant("wildcard-text", {K1: [], K1E: [], "*._domainkey": [txt("v=spf1 -all")]},
        {"dkim k1": "different", "dkim k1e": "different"})
variant("wildcard-dmarc", {DM: [], "*": [txt("verification=1")]}, {"dmarc": "missing"}, {"dmarc": "only other TXT"})
variant("wildcard-key", {K1: [], "*._domainkey": [txt(RSA)]})

# SPF
variant("spf-gone", {"": []}, {"spf": "missing"}, spf=False)
variant("spf-only-others", {"": [txt("google-site-verification=x"), txt("MS=1")]}, {"spf": "missing"}, {"spf": "only other TXT"})
variant("spf-beside-others", {"": [txt("google-site-verification=x"), txt(SPF)]})
variant("spf-beside-300-others", {"": [txt("note %d" % i) for i in range(300)] + [txt(SPF)]})
variant("spf-beside-2000-others", {"": [txt("n%d" % i) for i in range(2000)] + [txt(SPF)]}, {"spf": "unreadable"}, {"spf": "1024"})
variant("spf-twice", {"": [txt(SPF), txt("v=spf1 -all")]}, {"spf": "different"}, {"spf": "2 of them&receivers ignore both (SPF: permerror)"},
        spf=False, found={"spf": {SPF, "v=spf1 -all"}})
variant("spf-plus-all", {"": [txt("v=spf1 +all")]}, {}, {"spf": "anybody may send as spf-plus-all.example"}, headline="Yes, but anybody may send")
variant("spf-all", {"": [txt("v=spf1 mx all")]}, {}, {"spf": "lets every address in (all)"}, headline="Yes, but anybody may send")
variant("spf-open-include", {"": [txt("v=spf1 include:inc.spf-open-include.example -all")], "inc": [txt("v=spf1 +all")]}, {},
        {"spf": "anybody may send"}, headline="Yes, but anybody may send")
variant("spf-all-networks", {"": [txt("v=spf1 ip4:0.0.0.0/0 -all")]}, {}, {"spf": "anybody may send"}, headline="Yes, but")
variant("spf-question-all", {"": [txt("v=spf1 ip4:192.0.2.10 ?all")]}, {}, {"spf": "says nothing about other addresses&!anybody may send"},
        headline="Yes. ")
variant("spf-no-all", {"": [txt("v=spf1 ip4:192.0.2.10")]}, {}, {"spf": "says nothing about other addresses"}, headline="Yes. ")
variant("spf-open-return-path", {BACK: ["MX 10 relay.example.", txt("v=spf1 +all")]}, {},
        {"return_path TXT": "anybody may send as bounce.spf-open-return-path.example"}, headline="Yes, but anybody may send")
variant("spf-300-strings", {"": ["TXT " + " ".join(quote(c) for c in (SPF[:-4] + "ip4:198.51.100.1 " * 16 + "~all")[:300])]})
variant("spf-strings-without-space", {"": ['TXT "v=spf1" "ip4:192.0.2.10" "~all"']}, {"spf": "missing"})
variant("spf-syntax", {"": [txt("v=spf1 ipv4:192.0.2.10 ~all")]}, {"spf": "different"}, {"spf": "no such mechanism"})
variant("spf-comma", {"": [txt("v=spf1 ip4:192.0.2.10, ~all")]}, {"spf": "different"}, {"spf": "no IPv4"})
variant("spf-tab", {"": ['TXT "v=spf1 ip4:192.0.2.10\\009~all"']}, {"spf": "different"})
variant("spf-spaces", {"": [txt("v=spf1   ip4:192.0.2.10   ~all  ")]})
variant("spf-quotes", {"": [txt('"v=spf1 ip4:192.0.2.10 ~all"')]}, {"spf": "missing"})
variant("spf-fail", {"": [txt("v=spf1 -all")]}, {"spf": "different"}, {"spf": "fail (-all)"}, spf=False)
variant("spf-softfail", {"": [txt("v=spf1 ip4:192.0.2.9 ~all")]}, {"spf": "different"}, {"spf": "softfail"})
variant("spf-neutral", {"": [txt("v=spf1 ip4:192.0.2.9")]}, {"spf": "different"}, {"spf": "neutral"})
variant("spf-other-way", {"": [txt("v=spf1 a:relay.example -all")]})
variant("spf-include", {"": [txt("v=spf1 include:inc.spf-include.example -all")], "inc": [txt("v=spf1 ip4:192.0.2.0/24 ?all")]})
variant("spf-include-none", {"": [txt("v=spf1 include:inc.spf-include-none.example -all")]}, {"spf": "different"}, {"spf": "has no SPF"})
variant("spf-include-loop", {"": [txt("v=spf1 include:spf-include-loop.example -all")]}, {"spf": "different"}, {"spf": "more than 10 terms"})
variant("spf-redirect", {"": [txt("v=spf1 redirect=r.spf-redirect.example")], "r": [txt(SPF)]})
variant("spf-redirect-ring", {"": [txt("v=spf1 redirect=spf-redirect-ring.example")]}, {"spf": "different"})
variant("spf-eleven", {"": [txt("v=spf1 " + "a:relay2.example " * 11 + "-all")]}, {"spf": "different"}, {"spf": "more than 10 terms"})
variant("spf-ten", {"": [txt("v=spf1 ip4:192.0.2.10 " + "a:relay2.example " * 10 + "-all")]}, {}, {"spf": "uses 10 of the 10"})
variant("spf-late-error", {"": [txt("v=spf1 ip4:192.0.2.10 " + "a:relay2.example " * 11 + "-all")]}, {}, {"spf": "not let in early"})
variant("spf-voids", {"": [txt("v=spf1 a:n1.example a:n2.example a:n3.example ip4:192.0.2.10 -all")]}, {"spf": "different"},
        {"spf": "more than 2 names"})
variant("spf-alias", {"": [txt("v=spf1 include:inc.spf-alias.example -all")], "inc": ["CNAME real.spf-alias.example."], "real": [txt(SPF)]})
variant("spf-macro", {"": [txt("v=spf1 exists:%{ir}.%{v}.list.%{d} -all")], "10.2.0.192.in-addr.list": ["A 127.0.0.2"]})
variant("spf-long", {"": [txt("v=spf1 " + " ".join("ip4:198.51.100.%d" % (i % 256) for i in range(2500)) + " ip4:192.0.2.10 -all")]})
variant("spf-two-addresses", {"": [txt("v=spf1 ip4:192.0.2.10 -all")]}, {"spf": "different", "return_path TXT": "different"},
        {"spf": "2001:db8::10 gets fail"}, sources=SOURCES + [["2001:db8::10", "relay.example"]])
variant("spf-of-hostname", {"": [txt("v=spf1 a:relay.example -all")], BACK: ["MX 10 relay.example.", txt("v=spf1 a:relay.example -all")]},
        sources=[])
variant("spf-private", {}, {}, {}, sources=[], hidden="10.0.0.5", hostname="nowhere.example", spf=False, headline="Not certain. ",
        doubts=["SPF could not be evaluated: mail leaves by 10.0.0.5, which is private, and nowhere.example has no address in the DNS. "
                "Publish an A or AAAA record of nowhere.example with the address that receivers see mail come from."])
variant("spf-private-hostname", {}, {}, {}, sources=[], hostname="ns1.example", spf=False, headline="Not certain. ",
        doubts=["SPF could not be evaluated: relayd.conf names no address that mail leaves by, and the address of ns1.example is private "
                "(127.0.0.1)."])
variant("spf-private-no-key", {K1: [], DM: [txt("v=DMARC1; p=reject; rua=mailto:d@spf-private-no-key.example")]}, {"dkim k1": "missing"},
        {}, sources=[], hostname="nowhere.example", verdict=None, doubts=["SPF could not be evaluated"], headline="No. 1 of the 4 records",
        certain=False)

# the return-path subdomain
variant("return-mx-gone", {BACK: [txt(SPF)]}, {"return_path MX": "missing"}, state="ok")
variant("return-mx-other", {BACK: ["MX 10 mail.elsewhere.example.", txt(SPF)]}, {"return_path MX": "different"},
        {"return_path MX": "10 mail.elsewhere.example"}, state="ok")
variant("return-mx-second", {BACK: ["MX 5 mail.elsewhere.example.", "MX 10 RELAY.example.", txt(SPF)]})
variant("return-mx-null", {BACK: ["MX 0 .", txt(SPF)]}, {"return_path MX": "different"}, state="ok")
variant("return-gone", {BACK: []}, {"return_path MX": "missing", "return_path TXT": "missing"}, state="ok")

# DMARC
variant("dmarc-gone", {DM: []}, {"dmarc": "missing"})
variant("dmarc-lower-case", {DM: [txt("v=dmarc1; p=none")]}, {"dmarc": "missing"}, {"dmarc": "only other TXT"})
variant("dmarc-no-semicolon", {DM: [txt("v=DMARC1 p=none")]}, {"dmarc": "missing"})
variant("dmarc-quotes", {DM: [txt('"v=DMARC1; p=none"')]}, {"dmarc": "missing"})
variant("dmarc-twice", {DM: [txt("v=DMARC1; p=none"), txt("v=DMARC1; p=reject")]}, {"dmarc": "different"}, {"dmarc": "2 of them, and receivers ignore both"},
        found={"dmarc": {"v=DMARC1; p=none", "v=DMARC1; p=reject"}})
variant("dmarc-typo", {DM: [txt("v=DMARC1; p=rejcet")]}, {"dmarc": "different"}, {"dmarc": "value that it cannot have; receivers ignore the record."})
variant("dmarc-no-policy", {DM: [txt("v=DMARC1;")]}, {"dmarc": "different"}, {"dmarc": "no policy"})
variant("dmarc-no-rua", {DM: [txt("v=DMARC1; p=none")]}, {}, {"dmarc": "no rua="})
variant("dmarc-rua-elsewhere", {DM: [txt("v=DMARC1; p=none; rua=mailto:d@reports.other-org.example")]}, {},
        {"dmarc": "does not agree"})
variant("dmarc-rua-agreed", {DM: [txt("v=DMARC1; p=none; rua=mailto:d@agreeing.example")]}, {}, {"dmarc": "!does not agree"})
variant("dmarc-pct", {DM: [txt("v=DMARC1; p=none; pct=50; rua=mailto:d@dmarc-pct.example")]}, {}, {"dmarc": "removed"})
variant("dmarc-reject", {DM: [txt("v=DMARC1; p=reject; rua=mailto:d@dmarc-reject.example")]}, policy="reject")
variant("dmarc-strict", {DM: [txt("v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:d@dmarc-strict.example")]}, policy="reject")
variant("dmarc-order", {DM: [txt("v=DMARC1; rua=mailto:d@dmarc-order.example; p=none")]}, {}, {"dmarc": "not the second tag"})
variant("dmarc-at-the-wrong-place", {DM: [], "": [txt(SPF), txt("v=DMARC1; p=none")]}, {"dmarc": "missing"})
variant("sub.dmarc-inherits", {DM: []}, inherited=True, policy="quarantine", policy_domain="dmarc-inherits.example")
variant("sub.dmarc-own", {DM: [txt("v=DMARC1; p=none; rua=mailto:d@dmarc-own.example")]}, policy="none")

# MTA-STS and TLS reports
variant("tls-gone", {"_mta-sts": [], "_smtp._tls": []}, {"mta_sts": "missing", "tls_report": "missing"}, state="ok")
variant("sts-no-id", {"_mta-sts": [txt("v=STSv1;")]}, {"mta_sts": "different"}, {"mta_sts": "id= is missing"}, state="ok")
variant("sts-twice", {"_mta-sts": [txt("v=STSv1; id=1"), txt("v=STSv1; id=2")]}, {"mta_sts": "different"}, state="ok")
variant("tls-report-bad", {"_smtp._tls": [txt("v=TLSRPTv1; rua=me")]}, {"tls_report": "different"}, {"tls_report": "no mailto"}, state="ok")

# combined
variant("all-gone", {K1: [], K1E: [], "": [], BACK: [], DM: [], "_mta-sts": [], "_smtp._tls": []},
        {"dkim k1": "missing", "dkim k1e": "missing", "spf": "missing", "return_path MX": "missing", "return_path TXT": "missing",
         "dmarc": "missing", "mta_sts": "missing", "tls_report": "missing"}, dkim=False, spf=False, verdict="neither SPF nor DKIM")
variant("fails-reject", {K1: [txt("v=DKIM1; p=")], "": [txt("v=spf1 -all")], DM: [txt("v=DMARC1; p=reject; rua=mailto:d@fails-reject.example")]},
        {"dkim k1": "different", "spf": "different"}, policy="reject", dkim=False, spf=False, verdict="Receivers reject all mail from fails-reject.example now",
        headline="No. Receivers reject all mail from fails-reject.example now: it fails DMARC")
variant("fails-quarantine", {K1: [], "": [], DM: [txt("v=DMARC1; p=quarantine; rua=mailto:d@fails-quarantine.example")]},
        {"dkim k1": "missing", "spf": "missing"}, policy="quarantine", verdict="spam folders",
        headline="No. Receivers put into spam folders all mail")
variant("by-spf-only", {K1: [], K1E: []}, {"dkim k1": "missing", "dkim k1e": "missing"}, dkim=False, spf=True, verdict=None)
variant("by-dkim-only", {"": []}, {"spf": "missing"}, dkim=True, spf=False, verdict=None)

# servers: what ns2 has instead; zones of their own
variant("ns2-has-not-got-it", {}, {"dkim k1": "not_everywhere"}, {"dkim k1": "ns2.example"}, second={K1: []})
variant("ns2-has-the-old-one", {}, {"spf": "not_everywhere"}, {"spf": "do not agree"}, second={"": [txt("v=spf1 exists -all")]})
variant("ns2-turns-us-away", {}, {"spf": "not_everywhere"}, {"spf": "ns2.example&gets fail (-all)"}, second={"": [txt("v=spf1 -all")]},
        headline="Not yet. ")
variant("ns1-has-not-got-it", {DM: []}, {"dmarc": "not_everywhere"}, second={DM: [txt("v=DMARC1; p=none")]}, resolver_may="dmarc")

FAKES = {  # behaviour of the server at 127.0.0.8 for TXT of names in <key>.example -> what is said of it
    "servfail": "SERVFAIL", "refused": "REFUSED", "not-authoritative": "not authoritative", "truncates": "takes no TCP",
    "no-edns": None, "another-id": "no answer", "garbage": "no answer", "silent": "no answer", "refers": "refers",
    "bad-strings": "cannot be read", "code-15": "error code",
}


def good(domain):
    return {K1: [txt(RSA)], K1E: [txt(ED)], "": [txt(SPF)], BACK: ["MX 10 relay.example.", txt(SPF)],
            DM: [txt(DMARC % domain)], "_mta-sts": [txt("v=STSv1; id=20260101T000000")],
            "_smtp._tls": [txt("v=TLSRPTv1; rua=mailto:t@%s" % domain)]}


def zone_lines(second=False):
    lines = ["example. 60 IN SOA ns1.example. host.example. 1 60 60 600 60", "example. 60 IN NS ns1.example.",
             "example. 60 IN NS ns2.example.", "ns1.example. 60 IN A 127.0.0.1", "ns2.example. 60 IN A 127.0.0.2",
             "relay.example. 60 IN A 192.0.2.10", "relay2.example. 60 IN A 192.0.2.77", "ns8.example. 60 IN A 127.0.0.8",
             "kept.k1-target.example. 60 IN " + txt(RSA),
             '_dmarc.dmarc-inherits.example. 60 IN TXT "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@dmarc-inherits.example"',
             '*._report._dmarc.agreeing.example. 60 IN TXT "v=DMARC1"',
             "lame.example. 60 IN NS ns9.example.", "ns9.example. 60 IN A 127.0.0.8"]
    for name, one in V.items():
        domain = name + ".example"
        records = {**good(domain), **one["changes"], **(one.get("second", {}) if second else {})}
        for label, data in records.items():
            owner = label + "." + domain if label else domain
            lines += ["%s. 60 IN %s" % (owner, rdata) for rdata in data]
    for fake in FAKES:
        lines.append("%s.example. 60 IN NS ns8.example." % fake)
    return [line for line in lines if not line.startswith("kept.k1-target.key-alias")]


class Misbehaving:
    """A name server at 127.0.0.8, UDP only: NS and SOA as they should be, TXT and MX as the zone's name says."""

    def __init__(self, port):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.8", port))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                packet, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            answer = self.answer(packet)
            if answer:
                self.udp.sendto(answer, peer)

    def answer(self, packet):
        query = dns.message.from_wire(packet)
        question = query.question[0]
        name = question.name.to_text().rstrip(".").lower()
        behaviour = next((fake for fake in FAKES if name == fake + ".example" or name.endswith("." + fake + ".example")), "")
        reply = dns.message.make_response(query)
        kind = question.rdtype
        if not behaviour:  # a zone that it does not serve
            reply.set_rcode(dns.rcode.REFUSED)
            return reply.to_wire()
        if kind == 2 and name == behaviour + ".example":
            reply.flags |= dns.flags.AA
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", "NS", "ns8.example."))
            return reply.to_wire()
        if kind not in (15, 16):
            reply.flags |= dns.flags.AA
            return reply.to_wire()
        return self.misbehave(behaviour, query, reply, name)

    def misbehave(self, behaviour, query, reply, name):
        domain = behaviour + ".example"
        data = [line for label, lines in good(domain).items() if name == (label + "." + domain if label else domain)
                for line in lines if (line.startswith("MX") and query.question[0].rdtype == 15)
                or (line.startswith("TXT") and query.question[0].rdtype == 16)]
        for line in data:
            reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", *line.split(" ", 1)))
        reply.flags |= dns.flags.AA
        wire = bytearray(reply.to_wire(max_size=65535))
        if behaviour == "no-edns" and query.edns >= 0:
            failed = dns.message.make_response(query)
            failed.use_edns(-1)
            failed.set_rcode(dns.rcode.FORMERR)
            return failed.to_wire()
        if behaviour in ("servfail", "refused", "code-15"):
            empty = dns.message.make_response(query)
            empty.set_rcode({"servfail": 2, "refused": 5, "code-15": 15}[behaviour])
            return empty.to_wire()
        if behaviour == "not-authoritative":
            wire[2] &= ~0x04
        elif behaviour == "truncates":
            wire[2] |= 0x02
        elif behaviour == "another-id":
            wire[0] ^= 0x55
        elif behaviour == "garbage":
            return b"\xff" * 40
        elif behaviour == "silent":
            return None
        elif behaviour == "refers":
            empty = dns.message.make_response(query)
            empty.authority.append(dns.rrset.from_text("example.", 60, "IN", "NS", "ns1.example."))
            return empty.to_wire()
        elif behaviour == "bad-strings" and reply.answer:
            bad = wire.find(b"v=") - 1  # the length of the last string now reaches beyond its record
            wire[bad + 256 if wire[bad] == 255 else bad] = 255
        return bytes(wire)

    def stop(self):
        self.udp.close()


class Servers:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="relay-zones-", dir="/tmp")
        self.port, self.resolver_port = free_port(), free_port()
        self.parts = []

    def start(self):
        for number, second in ((1, False), (2, True)):
            self.knot(number, second)
        self.parts.append(Misbehaving(self.port))
        self.unbound()
        wait_for(lambda: self.ask("127.0.0.1", self.port) and self.ask("127.0.0.2", self.port)
                 and self.ask("127.0.0.3", self.resolver_port), "the name servers answer")
        return self

    def knot(self, number, second):
        folder = os.path.join(self.folder, "ns%d" % number)
        os.makedirs(folder)
        with open(os.path.join(folder, "example.zone"), "w", encoding="ascii") as out:
            out.write("\n".join(zone_lines(second)) + "\n")
        with open(os.path.join(folder, "sub-lame.zone"), "w", encoding="ascii") as out:
            out.write("half-lame.test. 60 IN SOA ns1.example. host.example. 1 60 60 600 5\n"
                      "half-lame.test. 60 IN NS ns1.example.\nhalf-lame.test. 60 IN NS ns2.example.\n")
            for label, data in good("half-lame.test").items():
                out.writelines("%shalf-lame.test. 60 IN %s\n" % (label + "." if label else "", rdata) for rdata in data)
        half = "" if second else "  - domain: half-lame.test.\n    file: %s/sub-lame.zone\n" % folder
        with open(os.path.join(folder, "knot.conf"), "w") as out:
            out.write("server:\n  listen: 127.0.0.%d@%d\n  rundir: %s\n  background-workers: 1\n  udp-workers: 1\n"
                      "  tcp-workers: 1\ncontrol:\n  listen: %s/knot.sock\ndatabase:\n  storage: %s\n"
                      "log:\n  - target: stderr\n    any: info\n"
                      "template:\n  - id: default\n    zonefile-sync: -1\n    journal-content: none\n"
                      "zone:\n  - domain: example.\n    file: %s/example.zone\n%s"
                      % (number, self.port, folder, folder, folder, folder, half))
        self.parts.append(Process(["/usr/sbin/knotd", "-c", os.path.join(folder, "knot.conf")], os.path.join(folder, "log")))

    def reload(self):
        for number, second in ((1, False), (2, True)):
            folder = os.path.join(self.folder, "ns%d" % number)
            with open(os.path.join(folder, "example.zone"), "w", encoding="ascii") as out:
                out.write("\n".join(zone_lines(second)).replace("host.example. 1 60", "host.example. 2 60") + "\n")
            subprocess.run(["/usr/sbin/knotc", "-b", "-s", os.path.join(folder, "knot.sock"), "zone-reload", "example."],
                           check=True, capture_output=True)

    def unbound(self):
        zones = [("example", "127.0.0.1"), ("half-lame.test", "127.0.0.1"), ("lame.example", "127.0.0.8")]
        zones += [(fake + ".example", "127.0.0.8") for fake in FAKES]
        path = os.path.join(self.folder, "unbound.conf")
        with open(path, "w") as out:
            out.write('server:\n  interface: 127.0.0.3@%d\n  directory: "%s"\n  chroot: ""\n  username: ""\n  pidfile: ""\n'
                      "  do-daemonize: no\n  use-syslog: no\n  do-not-query-localhost: no\n  module-config: \"iterator\"\n"
                      "  do-ip6: no\n  msg-buffer-size: 65552\n  harden-below-nxdomain: no\n  access-control: 127.0.0.0/8 allow\n"
                      "  local-zone: example. nodefault\n  local-zone: test. nodefault\n"
                      "remote-control:\n  control-enable: no\n" % (self.resolver_port, self.folder))
            for name, address in zones:
                out.write('stub-zone:\n  name: "%s"\n  stub-addr: %s@%d\n' % (name, address, self.port))
        self.parts.append(Process(["/usr/sbin/unbound", "-d", "-c", path], os.path.join(self.folder, "unbound.log")))

    def ask(self, address, port):
        import dns.exception
        import dns.query
        try:
            query = dns.message.make_query("relay.example.", "A")
            return dns.query.udp(query, address, port=port, timeout=0.3).answer
        except (OSError, dns.exception.DNSException):
            return None

    def request(self, domain, **more):
        records = []
        for label, data in good(domain).items():
            purpose = {K1: "dkim", K1E: "dkim", "": "spf", BACK: "return_path", DM: "dmarc", "_mta-sts": "mta_sts",
                       "_smtp._tls": "tls_report"}[label]
            for rdata in data:
                kind, value = rdata.split(" ", 1)
                value = "".join(value.split('"')[1::2]) if kind == "TXT" else value.rstrip(".")
                records.append({"purpose": purpose, "name": label + "." + domain if label else domain, "type": kind,
                                "value": value, "optional": purpose in ("mta_sts", "tls_report")})
        return {"domain": domain, "hostname": "relay.example", "records": records, "sources": SOURCES,
                "resolvers": ["127.0.0.3:%d" % self.resolver_port], "port": self.port,
                "timeout_ms": int(400 * PATIENCE), "budget_ms": 20000, **more}

    def check(self, requests):
        done = subprocess.run([program("domain_answer")], input="".join(json.dumps(one) + "\n" for one in requests).encode(),
                              capture_output=True, timeout=120 * PATIENCE, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-4000:]
        return [json.loads(line) for line in done.stdout.splitlines()]

    def stop(self):
        for part in self.parts:
            part.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def servers():
    one = Servers()
    try:
        yield one.start()
    finally:
        one.stop()


def key_of(record):
    if record["purpose"] == "dkim":
        return "dkim " + record["name"].split(".")[0]
    return record["purpose"] + (" " + record["type"] if record["purpose"] == "return_path" else "")


def all_words(record):
    return " ".join([record["sentence"], record["effect"] or "", record["todo"] or ""] + record["warnings"]
                    + [a["reason"] or "" for a in record["answers"]])


def faults(name, one, report):
    """What the report says otherwise than the variant wants."""
    seen = {key_of(record): record for record in report["records"]}
    for key, record in seen.items():
        if record["state"] != one["states"].get(key, "ok"):
            yield "%s is %s: %s %s" % (key, record["state"], record["sentence"], record["answers"])
        for wanted in one["words"].get(key, "").split("&"):
            found = any(word in all_words(record) for word in wanted.lstrip("!").split("|"))
            if found == wanted.startswith("!"):
                yield "%s says: %s" % (key, all_words(record))
        if len(record["answers"]) != 3:
            yield "%s has %d answers" % (key, len(record["answers"]))
        if record["state"] != "ok" and record["purpose"] not in ("mta_sts", "tls_report") and not record["effect"]:
            yield "%s has no effect" % key
    required = [seen[key]["state"] for key in ("dkim k1", "dkim k1e", "spf", "dmarc")]
    order = ["ok", "not_everywhere", "unreadable", "different", "missing"]
    if report["state"] != one.get("state", max(required, key=order.index)):
        yield "the whole is " + report["state"]
    for key, value in (("dkim", "dkim_passes"), ("spf", "spf_passes"), ("policy", "policy"), ("policy_domain", "policy_domain")):
        if key in one and report[value] != one[key]:
            yield "%s is %s" % (value, report[value])
    if not report["sentence"].startswith(one.get("headline", "")):
        yield "the headline is %s" % report["sentence"]
    if len(report["doubts"]) != len(one.get("doubts", [])) or not all(a.startswith(b) for a, b in zip(report["doubts"], one.get("doubts", []))):
        yield "doubts: %s" % report["doubts"]
    for key, texts in one.get("found", {}).items():
        if set(seen[key]["found_all"]) != texts:
            yield "%s has %s" % (key, seen[key]["found_all"])
    if "certain" in one and report["certain"] != one["certain"]:
        yield "certain: %s" % report["certain"]
    if "verdict" in one and (one["verdict"] or "") not in (report["verdict"] or "") or (one.get("verdict", "") is None and report["verdict"]):
        yield "the verdict is %s" % report["verdict"]
    if seen["dmarc"]["inherited"] != one.get("inherited", False):
        yield "inherited: %s" % seen["dmarc"]["inherited"]


def test_a_hundred_zones(servers):
    assert len(V) >= 80
    reports = servers.check([servers.request(name + ".example", **{key: one[key] for key in ("sources", "hidden", "hostname") if key in one})
                             for name, one in V.items()])
    assert len(reports) == len(V)
    wrong = ["%s: %s" % (name, fault) for (name, one), report in zip(V.items(), reports) for fault in faults(name, one, report)]
    assert not wrong, "\n".join(wrong)


def test_a_resolver_that_remembers(servers):
    """What was just published: the zone has it, a resolver that was asked too early does not."""
    request = servers.request("key-gone.example")
    assert servers.check([request])[0]["records"][0]["state"] == "missing"
    V["key-gone"] = dict(V["key-gone"], changes={})
    try:
        servers.reload()
    finally:
        V["key-gone"] = dict(V["key-gone"], changes={K1: []})
    key = servers.check([request])[0]["records"][0]
    assert key["state"] == "not_everywhere" and "2 of 3 servers have it" in key["sentence"]
    seconds = re.fullmatch(r"Wait: 127.0.0.3:%d remembers an older answer, for (\d+) seconds at most\." % servers.resolver_port,
                           key["todo"])
    assert 0 < int(seconds[1]) <= 60  # the last field of the SOA


def test_servers_that_misbehave(servers):
    """Each is told apart, none holds up the check, and what it says is not believed."""
    names = [name + ".example" for name in [*FAKES, "lame"]] + ["half-lame.test"]
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        reports = list(pool.map(lambda name: servers.check([servers.request(name)])[0], names))
    for (fake, words), report in zip(FAKES.items(), reports):
        record = report["records"][0]
        own = [a for a in record["answers"] if a["own"]]
        # a resolver that was referred elsewhere names no server for the zone any more: then those above it
        assert own[0]["server"] == "ns8.example (127.0.0.8)" or fake == "refers", (fake, record)
        if words is None:
            assert report["state"] == "ok", (fake, report)
        else:
            assert own[0]["state"] == "unreadable" and words in own[0]["reason"], (fake, own)
        assert report["took_ms"] < 10000 * PATIENCE, (fake, report["took_ms"])
    lame, half = reports[-2:]
    assert lame["state"] == "unreadable" and "it refers to other servers" in lame["records"][0]["answers"][0]["reason"]
    assert "lame.example" in lame["sentence"] and lame["sentence"].startswith("Unknown. ") and not lame["verdict"]
    assert half["state"] == "ok" and half["sentence"].startswith("Not certain. ") and "1 of 3 servers gave no answer" in half["sentence"]
    assert half["doubts"] == ["ns2.example (127.0.0.2), a server of the zone, gave no answer: REFUSED."] and {a["reason"] for a in half["records"][0]["answers"] if a["own"]} == {None, "REFUSED"}
