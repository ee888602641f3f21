"""What a scripted relayd says: one small installation at one moment, NOW; each answer is as docs/schema has it.

mx1.example sends for shop.example. Yahoo slows it down, old.example is gone, ana holds mail to corp.example,
192.0.2.11 warms up. Texts of others have what hurts a terminal in them: see HOSTILE."""

import datetime

from test_report import report

NOW = datetime.datetime(2026, 11, 25, 15, 20, 0, tzinfo=datetime.timezone.utc)
PORT = 1  # nobody listens there
HOSTILE = "\u65e5\u672c\u8a9e e\u0301 \U0001f600 \u202e\x1b]52;c;aGk=\x07\x1b[2J \x9b1m \u200b, \"quoted\""
SLOW = "421 4.7.0 [TSS04] Messages from 192.0.2.10 temporarily deferred due to unexpected volume or user complaints - " \
       "4.16.55.1; see https://postmaster.example/error-codes"
GONE = "550 5.1.1 <nobody@old.example>: Recipient address rejected: User unknown"
KEY_RSA = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" + "qQwhcjBExVgIbEwmDz" * 18 + "IDAQAB"
KEY_ED = "v=DKIM1; k=ed25519; p=CRBdVWZusk+UUGm1sI08oEReNVEpOX86s27OknvUzoA="


def at(hours=0.0):
    """So many hours after NOW, as data has it."""
    when = NOW + datetime.timedelta(hours=hours)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (when.microsecond // 1000)


def answer(method, **more):
    return {"schema": "relay.%s/1" % method, **more}


def items(method, *rows, cursor=None, **more):
    return answer(method, items=list(rows), next_cursor=cursor, **more)


# ---- mail ---------------------------------------------------------------------------

def event(name, hours, to, message="6H16PFBM80000", **more):
    accepted = name == "accepted"
    return {"id": message[:-3] + "F00", "at": at(hours), "event": name, "message": message, "recipient_no": 0, "recipient": to,
            "credential": "shop-prod", "sender_domain": "shop.example", "site": None, "tls_verified": None, "code": None,
            "remote_host": "app01.shop.example" if accepted else None, "remote_address": "192.0.2.15" if accepted else None,
            "tls": "TLSv1.3 TLS_AES_256_GCM_SHA384" if accepted else None, "source_address": None, "enhanced": None, "hard": False,
            "category": None, "reply": None, "attempt": None, "duration_ms": None, "next_attempt_at": None,
            "detail": "d=shop.example s=k1 rsa" if accepted else None, **more}


def attempt(name, hours, to, host, code, enhanced, category, reply, **more):
    return event(name, hours, to, site=host, remote_host=host, remote_address="203.0.113.26", source_address="192.0.2.10",
                 tls="TLSv1.3", tls_verified="opportunistic", code=code, enhanced=enhanced, category=category, reply=reply,
                 duration_ms=1194, **{"attempt": 1, **more})


def mail(number, to, status, hours, *events, **more):
    message = "6H16PFBM8%04d" % number
    for one in events:
        one["message"] = message
    return {"id": message, "message_id": "%d.orders@shop.example" % number, "sender": "orders@shop.example", "recipient": to,
            "recipient_no": 0, "recipients": 1, "credential": "shop-prod", "status": status, "accepted_at": at(hours),
            "next_attempt_at": None, "expires_at": at(hours + 72), "finished_at": None, "suppressed": False, "attempts": 1,
            "subject": "Your order 4711", "tags": ["night"], "size_bytes": 14541, "client_address": "192.0.2.15",
            "client_name": "app01.shop.example", "tls": "TLSv1.3 TLS_AES_256_GCM_SHA384", "signature": "d=shop.example s=k1 rsa",
            "events": list(events), **more}


LEE = "b.lee@yahoo.example"
EVENTS = [event("accepted", -1.30, LEE),
          attempt("deferred", -1.29, LEE, "mta5.yahoodns.example", 421, "4.7.0", "rate_limited", SLOW, next_attempt_at=at(0.2)),
          event("accepted", -26, "nobody@old.example"),
          attempt("bounced", -25.9, "nobody@old.example", "mx.old.example", 550, "5.1.1", "mailbox_unknown", GONE, hard=True),
          event("accepted", -0.01, "ann@mail.example"),
          attempt("delivered", -0.009, "ann@mail.example", "mx.mail.example", 250, "2.0.0", None, "250 2.0.0 OK 1732370531")]
MAIL = [mail(3, "ann@mail.example", "delivered", -0.01, EVENTS[4], EVENTS[5], finished_at=at(-0.009), subject=HOSTILE),
        mail(1, LEE, "deferred", -1.30, EVENTS[0], EVENTS[1], next_attempt_at=at(0.2), attempts=3),
        mail(2, "nobody@old.example", "bounced", -26, EVENTS[2], EVENTS[3], finished_at=at(-25.9), suppressed=True)]
COVERAGE = {"from": at(-90 * 24), "until": at(), "complete": True, "gaps": [], "scanned": 3}


def mail_answers():
    message = {key: MAIL[1][key] for key in ("id", "message_id", "sender", "credential", "accepted_at", "expires_at", "subject",
                                             "size_bytes", "client_address", "client_name", "tls", "signature")}
    wait = {"constraint": "own_retry", "cause": SLOW, "until_at": at(0.2), "projected_at": at(0.2), "recipient": LEE, "held_by": None,
            "held_reason": None, "held_scope": None, "held_since_at": None, "held_until_at": None, "pool": "default", "moved": False,
            "smarthost": None}
    said = {"status": "deferred", "note": None, "sentence": "Not yet. Yahoo asked us to slow down (421 TSS04). 3 tries; next at "
            "16:32:00; gives up 28 Nov 15:02."}
    return {
        "find.search": items("find.search", MAIL[1], near=[], coverage=COVERAGE, answer=said),
        "message.list": items("message.list", *MAIL, coverage=COVERAGE, cursor="6H16PFBM80002"),
        "message.show": answer("message.show", message={
            **message, "from_domain": "shop.example", "recipients_total": 1, "recipients": [{**MAIL[1], "answer": said}]}, waits=[wait],
            waiting=["%s attempt 1 was answered \"%s\"; next attempt at 16:32:00 (in 12m)" % (LEE, SLOW)]),
        "log.tail": items("log.tail", *EVENTS[2:]),
        "log.search": items("log.search", *EVENTS, coverage=COVERAGE),
    }


def act(method, affected=1, **more):
    """What an act on messages or queues says, and what it would do."""
    seen = {"dry_run": True, "oldest_at": at(-1.3), "notices": affected, "senders": 1, "credentials": ["shop-prod"],
            "at_least": False}
    done = answer(method, affected=affected, **more)
    return {method: done, method + " dry_run": {**done, **seen}}


def act_answers():
    of_message = {"items": [{"id": MAIL[1]["id"], "affected": 1, "active": 0, "left": 0}]}
    of_queue = {"queues": 1, "object": "yahoo.example"}
    out = {}
    for verb in ("retry", "release", "bounce", "cancel"):
        out.update(act("message." + verb, **of_message))
    out.update(act("message.hold", **of_message))
    out["message.hold"]["hold"] = "messages:6H17XK6V40000"
    for verb in ("hold", "release", "flush", "bounce", "move"):
        out.update(act("queue." + verb, 3377, **of_queue))
    return out


# ---- queues, pace, deferrals ------------------------------------------------------------

def queue(key, provider, state, why, hours, *counts, constraint="own_retry", cause=None, **more):
    deferred, held, ready, active = counts
    return {"key": key, "provider": provider, "ready": ready, "deferred": deferred, "scheduled": 0, "held": held, "active": active,
            "oldest_at": at(hours), "next_at": at(0.2), "state": state, "why": why, "last_reply": cause,
            "waits": {"constraint": constraint, "cause": cause, "until_at": at(0.2), "projected_at": at(0.25)},
            "held_by": None, "held_reason": None, "held_scope": None, "held_since_at": None, "held_until_at": None,
            "moved": 0, "moved_to": None, "generation": 7, **more}


HOLD = {"held_scope": "corp.example", "held_by": "ana", "held_reason": "complaint spike, see ticket 4711", "held_since_at": at(-1.5),
        "held_until_at": at(2)}
YAHOO = queue("yahoo.example", "yahoo", "backing off", "Yahoo is served at 12/m since 16:01 (\"421 4.7.0 [TSS04]\"); it doubles "
              "in 5m", -4.2, 3340, 0, 37, 2, constraint="rate", cause=SLOW)
QUEUES = [YAHOO,
          queue("corp.example", None, "held", "held by ana since 14:50: complaint spike, see ticket 4711", -1.5, 0, 12, 0, 0,
                constraint="hold", **HOLD),
          queue("post.\u90f5\u4fbf.example", None, "ok", "each waits for its own next attempt", -0.1, 1, 0, 0, 0)]
AGES = [{"up_to": name, "count": count} for name, count in
        (("1m", 12), ("5m", 310), ("15m", 1020), ("1h", 1800), ("4h", 231), ("1d", 4), ("3d", 0), ("older", 0))]


def limit(scope, name, cap, rule, used, **more):
    return {"scope": scope, "source_address": None, "credential": None, "limit": name, "cap": cap, "rule": rule, "used": used,
            "share": used / cap, "set_by": "rule", "cause": None, "ends_at": None, "resets_at": None, "set": None, "queued": 12,
            "undo": None, "active": True, **more}


LIMITS = [limit("provider:yahoo", "rate", 0.2, 5.0, 0.18, source_address="192.0.2.10", set_by="replies", cause=SLOW,
                ends_at=at(0.3), undo="relaycli throttle clear provider:yahoo rate"),
          limit("domain:corp.example", "max_connections", 2.0, 10.0, 1.0, set_by="ana", cause="they asked for it", ends_at=at(30),
                undo="relaycli throttle clear domain:corp.example max_connections")]


def group(**more):
    return {"group": "b2fb2cb69f8a", "key": "421 4.7.0 [TSS04] Messages from * temporarily deferred due to unexpected volume or user "
            "complaints - *; see https://postmaster.example/error-codes", "count": 611, "deferred": 611, "bounced": 0, "queues": 4,
            "queues_more": False, "from": "yahoo", "first_at": at(-1), "last_at": at(-0.01), "template": SLOW, "code": 421,
            "enhanced": "4.7.0", "reply": SLOW, "category": "rate_limited", "rule": "yahoo.volume", "guessed": False, **more}


def pace_answers():
    looked = {"since": at(-1), "looked_at": 1544, "complete": True}
    small = group(group="0c1d", key="452 4.2.2 mailbox full", count=12, deferred=12, queues=1, category="mailbox_full",
                  rule="full", **{"from": "mx.mail.example"})
    return {
        "queue.list": items("queue.list", *QUEUES, total=3),
        "queue.show": answer("queue.show", queue=YAHOO, ages=AGES),
        "queue.ages": answer("queue.ages", queue="yahoo.example", ages=AGES),
        "queue.holds": items("queue.holds", {**HOLD, "waiting": 12}, total=1),
        "throttle.list": items("throttle.list", *LIMITS, total=6),
        "throttle.show": items("throttle.show", LIMITS[0], total=1),
        "throttle.history": items("throttle.history", {
            "at": at(-0.3), "scope": "provider:yahoo", "source_address": "192.0.2.10",
            "rate": 0.2, "rate_before": 5.0, "change": "rate 5/s -> 12/m: 421 4.7.0 [TSS04], 3 times in 1m"}, total=1),
        "throttle.set": answer("throttle.set", scope="provider:yahoo", affected=1),
        "throttle.clear": answer("throttle.clear", scope="provider:yahoo", affected=1, cleared=["rate (12/m by replies)"]),
        "deferral.list": items("deferral.list", group(), small, others=0, **looked),
        "deferral.show": answer("deferral.show", group=group(words="unexpected volume", advice="Send slower; look for complaints.",
                                                          minutes=[0] * 59 + [7], by_credential=[{"name": "shop-prod", "count": 611}],
                                                          by_address=[{"name": "192.0.2.10", "count": 611}], host="mta5.example",
                                                          address="203.0.113.9"),
                                messages=[{"id": MAIL[1]["id"], "recipient": LEE, "credential": "shop-prod", "status": "deferred",
                                           "at": at(-1.29)}], **looked),
        "deferral.rule": items("deferral.rule", changed=0, conflicts=0, **looked),
    }


# ---- credentials, domains, addresses -------------------------------------------------------

def key(name="k1", hours=-2000, **more):
    return {"id": name, "created_at": at(hours), "last_used_at": at(-0.004), "last_used_address": "192.0.2.15", "ends_at": None,
            "live": True, "safe_to_retire": False, **more}


def credential(name="shop-prod", **more):
    return {"name": name, "state": "active", "from": ["@shop.example"], "keys": [key()], "bulk": False, "null_sender": False,
            "fix_line_ends": False, "pool": None, "notices": True, "suppressed": "record", "env": "production",
            "source": ["192.0.2.0/24"], "certificate": [], "certificate_only": False, "protocols": ["smtp", "api"],
            "rate": {"limit": 50, "period_ms": 1000, "used": 3, "opens_at": at(0.001)},
            "day": {"limit": None, "used": 1402, "opens_at": at(8.67)}, "month": {"limit": 200000, "used": 61044, "opens_at": at(130)},
            "recipients_max": None, "size_max_bytes": 10485760, "expires_at": None, "tripwire": "warn", "created_at": at(-2000),
            "revoked_at": None, "revoked_by": None, "last_used_at": at(-0.004), "generation": 3, **more}


def ending(params):
    """What a credential has that is to end as these params say."""
    option = [one for one in params.get("options", []) if one.startswith("expires=")]
    return {"expires_at": params.get("expires", option[0][8:] if option else None)}


def secret(method, name="shop-prod", keys=(), expires_at=None, **more):
    return answer(method, credential=credential(name, keys=list(keys) or [key()], expires_at=expires_at), host="mx1.example", port=587, secure="STARTTLS",
                  user=name, key=(list(keys) or [key()])[-1]["id"], **{"pass": "rlyEXAMPLEexampleEXAMPLEexampleEXAMPLE0000"}, **more)


def used(value, now, before, new=False):
    return {"value": value, "recipients": now, "before": before, "new": new, "first_at": at(-20), "last_at": at(-0.1)}


def sent():
    lists = {"networks": [used("192.0.2.0/24", 1380, 9000), used("198.51.100.0/24", 22, 0, True)], "keys": [used("k1", 1402, 9000)],
             "hosts": [used("192.0.2.15 app01", 1380, 9000), used("198.51.100.7 laptop", 22, 0, True)],
             "senders": [used("orders@shop.example", 1402, 9000)], "from_domains": [used("shop.example", 1402, 9000)],
             "domains": [used("yahoo.example", 900, 4000), used("mail.example", 502, 5000)]}
    totals = {name + "_total": len(rows) for name, rows in lists.items()}
    return answer("credential.sent", credential="shop-prod", since_at=at(-24), compared_since_at=at(-24 * 8), complete=True,
                  messages=1400, recipients=1402, messages_before=8990, recipients_before=9000, busiest_hour=311,
                  busiest_hour_before=290, statuses={"deferred": 40, "delivered": 1360, "bounced": 2},
                  unusual=["198.51.100.0/24 was not seen in the week before"], **lists, **totals)


def credential_answers():
    ended = key(ends_at=at(24))
    usual = {"learned": True, "this_hour": 61, "busiest_hour": 290, "recipients": 1300, "networks": 1, "from_domains": 1}
    day = {"recipients_24h": 1402, "bounced_24h": 2}
    old = credential("newsletter", state="expired", bulk=True, env=None, expires_at=at(-48), last_used_at=None, month={
        "limit": None, "used": 0, "opens_at": at(130)}, rate=None, keys=[key("k1", ends_at=at(-48), live=False), key("k2", -90)])
    return {
        "credential.list": items("credential.list", dict(credential(), **day), dict(old, **day)),
        "credential.show": answer("credential.show", host="mx1.example", port=PORT, secure="STARTTLS", user="shop-prod",
                                  credential=credential(keys=[ended, key("k2", -1)], usual=usual, **day)),
        "credential.create": lambda params: secret("credential.create", **ending(params)),
        "credential.rotate": secret("credential.rotate", keys=[ended, key("k2", 0, last_used_at=None, last_used_address=None)]),
        "credential.limit": lambda params: answer("credential.limit", credential=credential(**ending(params))),
        "credential.retire": answer("credential.retire", credential=credential(keys=[key(ends_at=at(), live=False), key("k2", -1)]),
                                    note=None),
        "credential.revoke": answer("credential.revoke", credential=credential(state="revoked", revoked_at=at(), revoked_by="ana"), queued="keep"),
        "credential.sent": sent(),
        "credential.compromised": secret("credential.compromised", keys=[key(ends_at=at(), live=False), key("k2", 0)], revoked="k1",
                                         sent=sent(), queued="hold", held=40),
    }


def results(delivered, refused):
    return {"delivered": delivered, "deferrals": 12, "bounced_hard": 3, "bounced_refused": refused, "bounced_other": 0,
            "first_attempts": delivered + 15, "refused": refused, "broken": 0, "median_ms": 1200, "p95_ms": 14000}


def migrate_answers():
    seen = {"passed": 40, "failed": 0, "last_by": "mx.mail.example", "last_at": at(-3)}
    stream = {"credential": "shop-prod", "stage": "trial", "direct_percent": 5, "smarthost": "old", "smarthost_missing": False,
              "since_at": at(-30), "by": "ana", "reason": "a first step", "returned": None, "returned_at": None,
              "results": {"direct": results(70, 1), "old": results(1290, 0)}}
    row = {**stream, "bulk": False, "recipients_per_day": 1402.5, "evidence": {"spf": seen, "dkim": seen, "dmarc": seen},
           "next_command": "relaycli migrate canary shop-prod 20", "missing": ["100 first attempts directly; it has 85"]}
    return {
        "migrate.status": items("migrate.status", row),
        "migrate.plan": items("migrate.plan", row, next=row["next_command"], not_begun=["newsletter"]),
        "migrate.evidence": answer("migrate.evidence", credential="shop-prod", reporter="mx.mail.example", evidence=row["evidence"]),
        "migrate.stage": answer("migrate.stage", stream=stream),
        "migrate.canary": answer("migrate.canary", stream=stream),
    }


def dkim(selector, algorithm, bits, state):
    return {"selector": selector, "algorithm": algorithm, "bits": bits, "state": state, "active": state == "active",
            "since_at": at(-2000), "created_at": at(-2000)}


KEYS = [dkim("k1", "rsa", 2048, "active"), dkim("k1e", "ed25519", 256, "active")]
RECORDS = [("dkim", "k1._domainkey.shop.example", "TXT", KEY_RSA, None, False),
           ("dkim", "k1e._domainkey.shop.example", "TXT", KEY_ED, None, False),
           ("spf", "shop.example", "TXT", "v=spf1 ip4:192.0.2.10 ~all",
            "Only one SPF record is allowed: if there is one, add what this has before its \"all\".", False),
           ("return_path", "bounce.shop.example", "MX", "10 mx1.example", None, False),
           ("dmarc", "_dmarc.shop.example", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@shop.example", None, False),
           ("tls_report", "_smtp._tls.shop.example", "TXT", "v=TLSRPTv1; rua=mailto:tls@shop.example",
            "About mail that the domain receives: where others report failures of TLS.", True)]


def domain():
    return {"domain": "shop.example", "pool": None, "dmarc_fail": "send", "keys": KEYS, "created_at": at(-2000), "generation": 5,
            "credentials": ["newsletter", "shop-prod"], "state": "wrong", "dkim": "ok", "spf": "missing", "dmarc": "ok",
            "return_path": "ok", "policy": "none", "doubts": [], "sent_failing": 22, "failing_since_at": at(-20), "checked_at": at(-0.1),
            "problems": ["shop.example has no SPF record"], "sentence": "No. One record of shop.example is missing: SPF."}


def checked(purpose, name, kind, value, *rest):
    missing = purpose == "spf"
    return {"purpose": purpose, "name": name, "type": kind, "state": "missing" if missing else "ok", "optional": rest[1],
            "inherited": False, "sentence": "The SPF record of shop.example is missing." if missing else "The record %s is right." % name,
            "effect": "Mail passes SPF nowhere; DMARC rests on DKIM alone." if missing else None,
            "todo": "Publish it: relaycli domain records shop.example" if missing else None, "warnings": [], "expected": value,
            "found": None if missing else value, "found_all": [], "differs_at": 0 if missing else len(value),
            "answers": [{"server": "ns1.example (192.0.2.53)", "own": True, "status": "none" if missing else "found",
                         "records": 0 if missing else 1, "state": "missing" if missing else "ok", "reason": None, "took_ms": 4}]}


SPF_FAILS = {"identity": "from", "domain": "shop.example", "address": "192.0.2.10", "helo": "mx1.example", "result": "none", "term": None,
             "owner": None, "problem": None, "explanation": None, "lookups": 0, "voids": 0,
             "trace": [{"depth": 0, "text": "shop.example has no SPF record: none"}]}
DMARC = {"policy_domain": "shop.example", "policy": "none", "testing": False, "record": RECORDS[4][3], "organisation": "shop.example",
         "organisation_by_list": "shop.example", "adkim": "r", "aspf": "r", "dkim_passes": True, "spf_passes": False,
         "dkim_certain": True, "spf_certain": True, "passes": True, "return_path_aligned": True, "uncertain": None}


def domain_answers():
    records = [{"purpose": purpose, "name": name, "type": kind, "ttl": 3600, "value": value, "optional": optional, "note": note}
               for purpose, name, kind, value, note, optional in RECORDS]
    zone = "".join("%s.\t3600\tIN\t%s\t%s\n" % (one["name"], one["type"], one["value"]) for one in records[2:])
    whole = {"domain": "shop.example", "records": records, "zone": zone,
             "advice": ["p=none changes nothing for anybody's mail: it asks for reports. Make sure that somebody gets them."]}
    shown = {**domain(), "not_removable": "credential shop-prod sends as shop.example; first: relaycli credential limit shop-prod "
             "from=..., or revoke it"}
    new = [dkim("k2", "rsa", 2048, "new"), dkim("k2e", "ed25519", 256, "new")]
    fresh = [{key: one[key] for key in ("purpose", "name", "type", "ttl", "value")} for one in records[:2]]
    for one in fresh:
        one["name"] = one["name"].replace("k1", "k2")
    check = {key: domain()[key] for key in ("domain", "state", "sentence", "problems", "doubts", "checked_at")}
    return {
        "domain.list": items("domain.list", domain(), {**domain(), "domain": "news.example", "state": "ok", "spf": "ok",
                                                       "problems": [], "sent_failing": 0, "sentence": "Yes. All is right."}, wrong=1),
        "domain.show": lambda params: answer("domain.show", **{**shown, **(
            {"domain": "old.example", "credentials": [], "not_removable": None} if params["name"] == "old.example" else {})}),
        "domain.limit": answer("domain.limit", **shown),
        "domain.records": answer("domain.records", **whole), "domain.add": answer("domain.add", **whole),
        "domain.check": answer("domain.check", **check, took_ms=31, spf=[SPF_FAILS], spf_most_lookups=0, dmarc=DMARC, records=[checked(*one) for one in RECORDS]),
        "domain.dkim.rotate": answer("domain.dkim.rotate", domain="shop.example", keys=KEYS + new, warning=None, records=fresh),
        "domain.dkim.import": answer("domain.dkim.import", domain="shop.example", keys=KEYS + new[:1], warning=None, records=fresh[:1]),
        "domain.dkim.export": answer("domain.dkim.export", domain="shop.example", selector="k1",
                                     pem="-----BEGIN PRIVATE KEY-----\nexample\n-----END PRIVATE KEY-----\n"),
        "domain.dkim.remove": answer("domain.dkim.remove", domain="shop.example", keys=KEYS, warning=None, records=[]),
        "domain.remove": answer("domain.remove", domain="old.example"),
    }


def source(address, state, **more):
    return {"pool": "default", "address": address, "weight": 1, "ehlo": "mx1.example", "ptr": "ok", "ptr_name": "mx1.example",
            "blocklisted": 0, "blocklists_refused": [], "state": state, "stops": [], "day": None, "days": None, "sent_today": 9120,
            "cap_today": None, "deferred_share": 0.011, "mean_per_day": 18000.0, "last_used_at": at(-0.001), "off": None,
            "paused": None, "advice": None, **more}


def warmup(provider, state, **more):
    return {"address": "192.0.2.11", "provider": provider, "state": state, "why": None, "began_at": at(-24 * 9), "day": 9, "days": 30,
            "sent_today": 431, "cap_today": 738, "cap_tomorrow": 1033, "complaints": 0, "complained_share": 0.0,
            "deferred_share": 0.02, "mean_per_day": 400.0, "last_used_at": at(-0.02), "opens_at": None, "warm_at": at(24 * 21), **more}


def pool_answers():
    warm = source("192.0.2.11", "warming", day=9, days=30, sent_today=431, cap_today=738, ptr="unconfirmed", blocklisted=1)
    off = source("192.0.2.12", "off", ptr="none", ptr_name=None, sent_today=0, deferred_share=None,
                 off={"by": "ana", "since_at": at(-3), "reason": "listed", "until_at": at(21)})
    progress = [warmup("google", "warming"), warmup("yahoo", "waiting", why="a block", sent_today=738, opens_at=at(8.67))]
    check = {"address": "192.0.2.11", "missing": False, "ehlo": "mx1.example", "ptr": "unconfirmed", "ptr_name": "mx1.example",
             "ptr_error": None, "greeting_confirmed": False, "checked_at": at(-0.01), "blocklists": [
                 {"list": "zen.blocklist.example", "result": "clean", "answer": None},
                 {"list": "bl.blocklist.example", "result": "listed", "answer": "127.0.0.2"}],
             "problems": ["PTR mx1.example of 192.0.2.11 leads to 192.0.2.10", "192.0.2.11 is listed at bl.blocklist.example"]}
    shown = {"name": "default", "warmup": True, "overflow": None, "credentials": ["shop-prod"], "domains": [], "dedicated": False,
             "addresses": [{**one, "providers": progress if one is warm else []} for one in (source("192.0.2.10", "ok"), warm, off)]}
    forecast = {"pools": ["default"], "overflow": ["news"], "warmup": True, "off": None, "paused": None}
    return {
        "pool.list": items("pool.list", source("192.0.2.10", "ok"), warm, off),
        "pool.show": answer("pool.show", pool=shown),
        "pool.check": answer("pool.check", source=check),
        "pool.ip": answer("pool.ip", address="192.0.2.12", state="off", until_at=None, instead=["pool default: 192.0.2.10 steps in"]),
        "pool.progress": items("pool.warmup", *progress, address="192.0.2.11", source=check,
                               schedule={"caps": [50, 70, 98], "deferred_below": 0.05, "complained_below": 0.001}, **forecast),
    }


# ---- the rest --------------------------------------------------------------------------------

def suppression(number, address, reason, scope="everywhere", **more):
    return {"id": number, "address": address, "scope": scope, "reason": reason, "since_at": at(-24 * 24), "ends_at": None, "ended": False,
            "by": "relayd", "detail": None, "message": None, "provider": None, "code": 0, "reply": "", **more}


def suppression_answers():
    rows = [suppression(1, "nobody@old.example", "hard_bounce", since_at=at(-25.9), message=MAIL[2]["id"], code=550, reply=GONE,
                        provider="mx.old.example"),
            suppression(2, "carl@mail.example", "complaint", "cred:newsletter", by="feedback", provider="mail.example"),
            suppression(3, "x@y.example", "manual", by="ana", ends_at=at(24 * 6), detail="asked by phone")]
    removed = answer("suppression.remove", affected=1, dry_run=False, causes={"manual": 1})
    return {
        "suppression.list": items("suppression.list", *rows, total=None, blocked={
            "since_at": at(-14), "total": 212, "credentials": [{"credential": "newsletter", "count": 198}]}),
        "suppression.check": items("suppression.check", rows[0]),
        "suppression.add": answer("suppression.add", affected=1, kept=0, scope="everywhere"),
        "suppression.remove": removed,
        "suppression.remove dry_run": {**removed, "dry_run": True, "entries": rows[2:]},
        "suppression.import": {"affected": 1, "kept": 1, "causes": {"manual": 1}, "refused": []},
    }


def daemon_answers():
    made = {"id": "6H17XK0G40E00", "at": at(-30), "uid": 1001, "who": "ana", "via": "socket", "action": "queue.hold",
            "object": "corp.example", "detail": "complaint spike, see ticket 4711"}
    return {
        "status.show": answer(
            "status.show", hostname="mx1.example", version="0.1.0", boot_id="4fd4394271aeba40", started_at=at(-400), now_at=at(),
            role="operator", user="ana", queued=37, deferred=3341, held=12, active=2, connections={"in": 14, "out": 9},
            rates={"accepted": 3.0, "delivered": 2.8, "deferred": 0.4, "bounced": 0.0}, disk={"free_bytes": 74612166656,
                                                                                              "used_percent": 72.4},
            totals={"accepted": 18402, "delivered": 18107, "deferred": 1120, "bounced": 165, "rejected": 3, "expired": 0,
                    "auth_failed": 7},
            problems=["Source address 192.0.2.12 has no PTR record: many providers refuse its mail. Have mx1.example set as its "
                      "reverse name."]),
        "version.show": {"version": "0.1.0", "hostname": "mx1.example"},
        "config.show": answer(
            "config.show", file="relayd.conf", hostname="mx1.example", state_dir="/var/lib/relayd",
            control_socket="/run/relayd/control.sock", store="sqlite:relay.db", message_bytes=52428800, recipients=1000,
            max_age_ms=259200000, log_keep_ms=7776000000, log_subject=True, routes=[],
            listeners=[{"title": "submission", "kind": "submission", "address": ["127.0.0.1"], "port": PORT, "tls": "starttls",
                        "credential": None}],
            providers=[{"name": "yahoo", "mx": ["*.yahoodns.example"], "max_connections": 5, "messages_per_connection": 20,
                        "rate_count": 5, "rate_period_ms": 1000}]),
        "config.diff": answer("config.diff", file="/etc/relayd/relayd.conf", items=[]),
        "config.reload": answer("config.reload", file="/etc/relayd/relayd.conf", needs_restart=None),
        "doctor.check": doctor(),
        "audit.list": items("audit.list", made, {**made, "at": at(-31), "action": "credential.limit", "object": "shop-prod",
                                                 "detail": "rate: none -> 50/s"}),
        "report.make": report(),
        "rpc.describe": items("rpc.describe", {"method": "version.show", "role": "viewer", "changes": False, "help": "its version",
                                               "params": []}),
    }


def check(name, about, state, seen, todo=None):
    return {"check": name, "object": about, "state": state, "seen": seen, "todo": todo}


def doctor():
    return {"hostname": "mx1.example", "version": "0.1.0", "file": "relayd.conf", "pid": 1, "resolver": "127.0.0.1:1", "dns_trusted": False,
            "domains": ["shop.example"], "addresses": ["192.0.2.10"], "checks": [
                check("store", None, "ok", "it can be written; 17 commits since the start"),
                check("disk", "/var/lib/relayd", "warn", "4.1G free of 256G, 97% of the inodes", "make room, or log { keep = \"30d\" }"),
                check("domain", "shop.example", "fail", "shop.example has no SPF record", "relaycli domain check shop.example")]}


def all_answers():
    return {**mail_answers(), **act_answers(), **pace_answers(), **credential_answers(), **migrate_answers(), **domain_answers(),
            **pool_answers(), **suppression_answers(), **daemon_answers()}
