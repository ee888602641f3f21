"""What the fake daemon says of throttles and deferrals: a few rows, changed by throttle.set and throttle.clear."""

import time


def stamp(seconds_from_now):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + seconds_from_now))


def limit(scope, name, cap, rule, used, set_by, cause=None, source=None, **more):
    return {"key": " ".join(filter(None, (scope, name, source))), "scope": scope, "source_address": source,
            "credential": None, "limit": name, "cap": cap, "rule": rule, "used": used,
            "share": min(1.0, used / cap) if cap else 1.0, "set_by": set_by, "cause": cause, "ends_at": None,
            "resets_at": None, "set": None, "queued": 9811, "undo": None, "active": set_by != "rule", **more}


TSS04 = "421 4.7.0 [TSS04] Messages from 198.51.100.10 temporarily deferred"


class Pace:
    """The limits and refusals of one fake relay."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.was_set = {}  # scope -> (value, ends_at, reason)
        self.views = {"throttles": self.throttles, "deferrals": self.deferrals}
        self.methods = {"throttle.show": self.show, "throttle.history": self.history, "throttle.set": self.set,
                        "throttle.clear": self.clear}

    def limits(self):
        rows = [limit("provider:outlook", "pause", None, None, 0, "rule s3150", "550 5.7.1 S3150", ends_at=stamp(4000),
                      undo="relaycli throttle clear provider:outlook pause"),
                limit("provider:yahoo", "rate", 18.0, 60.0, 18.0, "auto", TSS04, queued=3377),
                limit("provider:google", "rate", 150.0, 200.0, 140.0, "auto", "421-4.7.28 rate", "198.51.100.10"),
                limit("provider:google", "max_connections", 20, 20, 20, "rule", None, "198.51.100.10"),
                limit("evil\x1b[2J\u202e.example", "unreachable", None, None, 0, "auto", "red\x1b[31m\r\n")]
        for row in rows:
            given = self.was_set.get(row["scope"])
            if given and row["limit"] == "rate":
                value, ends_at, reason = given
                row.update(cap=min(row["cap"], value), set_by="operator ana", ends_at=ends_at, cause=reason, set={
                    "scope": row["scope"], "value": value, "by": "ana", "reason": reason, "ends_at": ends_at})
        return rows

    def throttles(self, params):
        rows = self.limits()
        if not params.get("params", {}).get("all"):
            rows = [row for row in rows if row["active"]]
        return {"status": self.daemon.status(), "all": 41, "total": len(rows), "offset": 0, "limit": 40, "sort": "used", "reverse": False,
                "filter": None, "rows": rows}

    def deferrals(self, params):
        asked = params.get("params", {})
        rows = [{"group": "%012x" % n, "key": "%012x" % n, "name": text, "template": text, "count": count, "deferred": count,
                 "bounced": 0, "queues": queues, "queues_more": False, "from": site, "first_at": stamp(-3000),
                 "last_at": stamp(-5), "code": code, "enhanced": None, "category": category, "rule": None, "guessed": False}
                for n, (count, queues, text, site, code, category) in enumerate([
                    (2981, 1, TSS04, "yahoo", 421, "reputation_block"),
                    (620, 1, "421 4.7.28 unusual rate", "google", 421, "rate_limited"),
                    (88, 61, "452 mailbox full\x1b]52;c;aGk=\x07", None, 452, "mailbox_full")])]
        for row in rows:
            if row["key"] == params.get("select"):
                row.update(minutes=[i * 7 % 23 for i in range(60)], by_credential=[{"name": "shop-prod", "count": 2802}],
                           by_address=[{"name": "198.51.100.10", "count": row["count"]}], reply=row["template"],
                           host="mta5.example", address="203.0.113.9")
        return {"status": self.daemon.status(), "all": len(rows), "total": len(rows), "offset": 0, "limit": 40, "sort": None, "reverse": False,
                "filter": None, "rows": rows, "others": 0, "complete": True, "since": stamp(-3600), "as_of": stamp(0),
                "looked_at": sum(row["count"] for row in rows), "by": asked.get("by")}

    def show(self, params):
        rows = [row for row in self.limits() if row["scope"] == params["scope"]]
        return {"schema": "relay.throttle.show/1", "items": rows, "total": len(rows), "next_cursor": None}, None

    def history(self, params):
        return {"schema": "relay.throttle.history/1", "next_cursor": None, "total": 1, "items": [
            {"at": stamp(-600), "scope": params["scope"], "source_address": None, "rate": 18.0, "rate_before": 60.0,
             "change": "slower: 18 messages a second, then up to 60 messages a second; it said: " + TSS04}]}, None

    def set(self, params):
        count = float(params["value"].split("/")[0])
        self.was_set[params["scope"]] = (count, params.get("ends_at") or stamp(params["for_ms"] / 1000), params.get("reason"))
        return {"schema": "relay.throttle.set/1", "scope": params["scope"], "affected": 1}, None

    def clear(self, params):
        self.was_set.pop(params["scope"], None)
        return {"schema": "relay.throttle.clear/1", "scope": params["scope"], "affected": 1, "cleared": [params["limit"]]}, None
