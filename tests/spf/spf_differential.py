#!/usr/bin/python3
"""SPF evaluated twice: by relay (spf_answer) and by Debian's pyspf, on zones made from a seed.

    spf_differential.py PROGRAM [CASES [SEED]]

Results must be equal, but for what EXPLAINED names: pyspf expands and counts some terms of a record
before it evaluates the first one. Such a case is accepted only when pyspf itself says which limit it
met, a record has the term in question, and pyspf with that limit out of the way agrees with relay."""

import collections
import ipaddress
import json
import random
import subprocess
import sys

import spf

DOMAIN, HELO = "sender.example", "helo.example.net"
ADDRESSES = ["192.0.2.1", "192.0.2.129", "198.51.100.7", "203.0.113.200", "2001:db8::1",
             "2001:db8:0:1::25", "::ffff:192.0.2.1"]
NAMES = [DOMAIN, "a.sender.example", "b.sender.example", "mail.example.net", "mx1.example.net", "mx2.example.net",
         "_spf.example.org", "loop.example", "deep.example.com", "none.example", "two.example",
         "empty.example", "slow.example", "alias.example", "many.example", "bad.example"]
IP4 = ["192.0.2.1", "192.0.2.0/24", "192.0.2.128/25", "198.51.100.0/22", "203.0.113.0/30", "10.0.0.1", "0.0.0.0/0"]
IP6 = ["2001:db8::1", "2001:db8::/32", "2001:db8:0:1::/64", "::ffff:192.0.2.1", "2001:DB8::2", "::/1"]
BAD_IP4 = ["1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4/33", "1.2.3.4//24", "1.2.3.4/024", ""]
BAD_IP6 = ["2001:db8", "2001:db8::1/129", "2001:db8::g", "192.0.2.1", "1:2:3:4:5:6:7:8:9"]
ODD_TERMS = ["all:x", "all/8", "alll", "ip4", "include", "A", "MX", "Ptr", "ptr/0", "ipv4:1.2.3.4", "=a", "a=", "mx:", "include:",
             "a,", "http://x", "1a=b", "moo=%", "exists:x.example/24"]
MACROS = ["%{ir}.%{v}.example.org", "%{l}.example", "%{l1r-}.example.net", "%{S}.example.com", "%{d}", "%{o}", "a.%{d2}",
          "%{d1r}.example", "%{h}", "_spf.%{o2}", "b.%{d}", "mx1%%.example.net", "%{p}", "%{p2}", "x.%{pr}", "%{d128}"]
BAD_SPECS = ["com", "%{x}.example", "%{c}.example", "foo..example", "mx1.example.net.", "mx1.example.123", "a" * 64 + ".example",
             "%(d)", "%{d", "example.-com", "MX1.Example.NET", ""]
MISSING = ["gone%d.example" % i for i in range(4)]


class Zone:
    """One domain's neighbourhood: names, records, an address and a sender."""

    def __init__(self, rng):
        self.rng = rng
        self.names = {}
        for name in NAMES:
            self.names[name] = self.node(name)
        self.names[DOMAIN]["TXT"] = self.texts(DOMAIN, strict=0.98)
        self.names["slow.example"] = "TIMEOUT"
        self.names["alias.example"] = {"CNAME": rng.choice(NAMES[:5])}
        self.names["none.example"].pop("TXT", None)
        self.names["empty.example"] = {"TXT": ["not SPF"]}
        self.names["many.example"]["MX"] = [[i, "mx1.example.net"] for i in range(rng.choice([9, 10, 11, 12]))]
        self.address = rng.choice(ADDRESSES)
        for address in ADDRESSES[:6]:
            if rng.random() < 0.6:
                self.names[reverse(address)] = {"PTR": rng.sample(NAMES[:5] + MISSING[:1], rng.randint(1, 3))}
        self.sender = rng.choice(["joe@", "strong-bad@", "user+tag.x@", ""]) + DOMAIN

    def node(self, name):
        rng, node = self.rng, {}
        if rng.random() < 0.8:
            node["A"] = rng.sample(["192.0.2.1", "192.0.2.130", "198.51.100.9", "203.0.113.1"], rng.randint(1, 2))
        if rng.random() < 0.5:
            node["AAAA"] = rng.sample(["2001:db8::1", "2001:db8::2", "2001:db8:0:1::9"], 1)
        if rng.random() < 0.5:
            node["MX"] = [[10 * i, host] for i, host in
                          enumerate(rng.sample(NAMES[:6] + MISSING[:1], rng.randint(1, 4)))]
        if rng.random() < 0.75:
            node["TXT"] = self.texts(name)
        return node or {"A": ["192.0.2.77"]}

    def texts(self, name, strict=0.97):
        rng = self.rng
        found = [self.record(name)]
        if rng.random() > strict:
            found.append(rng.choice([self.record(name), "v=spf10 -all", "v=spf1-all", "V=SPF1 -all"]))
        if rng.random() < 0.2:
            found.insert(0, rng.choice(["google-site-verification=x", "v=spf2.0/pra -all", ""]))
        return found

    def record(self, name):
        rng = self.rng
        terms = [self.term(name) for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6, 12]))]
        if rng.random() < 0.7:
            terms.append(rng.choice("-~?+ ").strip() + "all")
        if rng.random() < 0.25:
            terms.insert(rng.randint(0, len(terms)), "redirect=" + self.spec(name, plain=True))
        if rng.random() < 0.1:
            terms.insert(rng.randint(0, len(terms)), rng.choice(["moo=%{d}", "x.y-z=", "default=pass"]))
        sep = " " if rng.random() < 0.95 else "  "
        return sep.join([rng.choice(["v=spf1"] * 9 + ["V=SpF1"])] + terms) + (" " if rng.random() < 0.05 else "")

    def spec(self, name, plain=False):
        """A domain-spec; plain: one that cannot be the record's own domain."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.8:
            return rng.choice([other for other in NAMES if not plain or not may_be(name, other)])
        if kind < 0.87:
            return rng.choice(MISSING)
        if kind < 0.985:
            return rng.choice(MACROS[:4] if plain else MACROS)
        return rng.choice(BAD_SPECS)

    def length(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.65:
            return ""
        return rng.choice(["/24", "/25", "//64", "/24//64", "/32", "/0", "//0", "/24//48"] if kind < 0.99 else
                          ["/33", "//129", "/024", "/", "//", "/24/64", "/a"])

    def term(self, name):
        rng = self.rng
        sign = rng.choice(["", "", "", "+", "-", "~", "?"])
        kind = rng.choice(["a", "a", "mx", "mx", "include", "include", "include", "exists", "ptr", "ip4", "ip4", "ip6"])
        if rng.random() < 0.012:
            return sign + rng.choice(ODD_TERMS)
        if kind in ("a", "mx"):
            return sign + kind + (":" + self.spec(name) if rng.random() < 0.7 else "") + self.length()
        if kind == "ptr":
            return sign + kind + (":" + self.spec(name) if rng.random() < 0.5 else "")
        if kind in ("include", "exists"):
            return sign + kind + ":" + self.spec(name, plain=kind == "include")
        if kind == "ip4":
            return sign + "ip4:" + rng.choice(IP4 if rng.random() < 0.99 else BAD_IP4)
        return sign + "ip6:" + rng.choice(IP6 if rng.random() < 0.99 else BAD_IP6)


def reverse(address):
    if ":" not in address:
        return ".".join(reversed(address.split("."))) + ".in-addr.arpa"
    return ".".join(reversed(ipaddress.ip_address(address).exploded.replace(":", ""))) + ".ip6.arpa"


def may_be(name, other):
    """Could a record of name be met under the name other? (alias.example is an alias of one of five)"""
    return other == name or (other == "alias.example" and name in NAMES[:5])


def follow(zone, name):
    node = zone.names.get(name)
    return zone.names.get(node["CNAME"]) if isinstance(node, dict) and "CNAME" in node else node


def pyspf_lookup(zone):
    def lookup(name, qtype, strict=True, timeout=20):
        name = name.lower().rstrip(".")
        node = follow(zone, name)
        if node == "TIMEOUT":
            raise spf.TempError("DNS timeout")
        found = (node or {}).get(qtype, [])
        if qtype == "TXT":
            found = [[text.encode()] for text in found]
        elif qtype == "MX":
            found = [tuple(one) for one in found]
        return [((name, qtype), one) for one in found]
    return lookup


def by_pyspf(zone):
    spf.DNSLookup = pyspf_lookup(zone)
    return spf.query(i=zone.address, s=zone.sender, h=HELO, receiver="receiver.example", querytime=0).check()


# ---- where pyspf does not do what the text says --------------------------------------------------
# (its words, the limit, a term that some record must have, the paragraph)
EXPLAINED = [
    ("Void lookup limit", "MAX_VOID_LOOKUPS", "%{p",
     "s4.6.4, s4.6.2: terms are evaluated from left to right; a macro p behind the term that matches asks nothing"),
    ("Too many DNS lookups", "MAX_LOOKUP", "redirect=",
     "s6.1: redirect= is evaluated when no mechanism matches, only then does it cost a look-up"),
    ("Void lookup limit", "MAX_VOID_LOOKUPS", "redirect=",
     "s6.1: the same, with a macro or name in redirect= that does not exist"),
]
EXPLAINED_MAX_PER_MILLE = 3


def explanation(zone, ours, said):
    """The paragraph by which ours is right and pyspf, which said why, is not; None: there is none."""
    texts = " ".join(text for node in zone.names.values() if isinstance(node, dict) for text in node.get("TXT", []))
    for words, limit, term, paragraph in EXPLAINED:
        if words not in said or term not in texts.lower():
            continue
        old = getattr(spf, limit)
        setattr(spf, limit, 1000)
        try:
            if by_pyspf(zone)[0] == ours:
                return paragraph
        finally:
            setattr(spf, limit, old)
    return None


def main():
    program = sys.argv[1]
    cases, seed = (int(text) for text in (sys.argv[2:] + ["1000", "1"][len(sys.argv) - 2:])[:2])
    rng = random.Random(seed)
    zones = [Zone(rng) for _ in range(cases)]
    lines = "".join(json.dumps({"address": zone.address, "sender": zone.sender, "helo": HELO, "zone": zone.names}) + "\n"
                    for zone in zones)
    answers = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == cases
    equal, explained, failed, results = 0, 0, 0, collections.Counter()
    for zone, answer in zip(zones, answers):
        ours = json.loads(answer)
        theirs, _, said = by_pyspf(zone)
        results[theirs] += 1
        if ours["result"] == theirs:
            equal += 1
        elif explanation(zone, ours["result"], said):
            explained += 1
        else:
            failed += 1
            print("differs: relay %s, pyspf %s (%s)\n  %s" % (ours, theirs, said, json.dumps(
                {"address": zone.address, "sender": zone.sender, "helo": HELO, "zone": zone.names})))
    if explained * 1000 > EXPLAINED_MAX_PER_MILLE * max(cases, 1000):
        print("more explained differences than such terms can account for: %d" % explained)
        failed += 1
    if cases >= 1000 and (len(results) < 6 or min(results.values()) * 100 < cases):
        print("the cases do not try everything: %s" % dict(results))
        failed += 1
    print("spf: %d equal to pyspf %s, %d explained by RFC 7208, %d failed (seed %d; %s)" % (
        equal, spf.__version__, explained, failed, seed, ", ".join("%s %d" % one for one in sorted(results.items()))))
    return 1 if failed else 0


sys.exit(main())
