"""The scripted daemon's suppressions: three that are told apart, and many below them."""

import time

MANY = 8809


def stamp(seconds_from_now=0.0):
    at = time.time() + seconds_from_now
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".%03dZ" % (at * 1000 % 1000)


def entry(number, address, reason, age, reply="", scope="everywhere", ends=None, by=None, detail=None):
    return {"key": str(number), "id": number, "address": address, "scope": scope, "reason": reason, "since_at": stamp(-age),
            "ends_at": ends and stamp(ends), "ended": False, "by": by, "detail": detail, "provider": None, "reply": reply,
            "message": "01JD7RQZ8M400" if reply else None, "code": 550 if reply else 0}


class Suppressions:
    def __init__(self, daemon):
        self.daemon = daemon
        self.last = MANY + 3
        self.rows = [entry(MANY + 3, "d.roe@example.net", "hard_bounce", 40, "550 5.1.1 user unknown", "cred:newsletter"),
                     entry(MANY + 2, "k.poe@aol.com", "complaint", 3600, by="feedback", detail="ARF from aol"),
                     entry(MANY + 1, "*@dead.example", "manual", 20 * 86400, by="ana", detail="domain closed", ends=9 * 86400)]
        self.rows += [entry(n, "user%04d@old.example" % n, "hard_bounce", 90000 - n, "550 5.1.1 no such user") for n in
                      range(MANY, 0, -1)]
        self.views = {"suppressions": self.view}
        self.methods = {"suppression.add": self.add, "suppression.remove": self.remove,
                        "suppression.import": self.put_back, "message.list": self.stopped}

    def like(self, wanted):
        return [row for row in self.rows if not wanted or wanted in row["address"]]

    def view(self, params):
        rows = self.like(params.get("filter"))
        offset = params.get("offset", 0)
        return {"status": self.daemon.status(), "all": len(rows), "total": len(rows), "offset": offset, "limit": 200,
                "sort": "since", "reverse": False, "filter": params.get("filter"),
                "rows": rows[offset:offset + params.get("limit", 50)],
                "blocked": {"since_at": stamp(-60), "total": 212, "credentials": [
                    {"credential": "newsletter", "count": 198}, {"credential": "shop-prod", "count": 14}]}}

    def add(self, params):
        if any(row["address"] == params["address"] for row in self.rows):
            return {"schema": "relay.suppression.add/1", "affected": 0, "kept": 1, "scope": "everywhere"}, None
        self.last += 1
        self.rows.insert(0, entry(self.last, params["address"], params.get("cause", "manual"), 0, by="ana",
                                  scope=params.get("scope", "everywhere"), detail=params.get("reason")))
        return {"schema": "relay.suppression.add/1", "affected": 1, "kept": 0, "scope": "everywhere"}, None

    def remove(self, params):
        gone = [row for row in self.rows if (row["address"], row["scope"]) == (params["address"], params["scope"])] \
            if "address" in params else self.like(params["match"].split(" until:")[0])
        if not params.get("dry_run"):
            self.rows = [row for row in self.rows if row not in gone]
        causes = {}
        for row in gone:
            causes[row["reason"]] = causes.get(row["reason"], 0) + 1
        return {"schema": "relay.suppression.remove/1", "affected": len(gone), "dry_run": bool(params.get("dry_run")),
                "causes": causes, "entries": gone[:5]}, None

    def put_back(self, params):
        for one in params["entries"]:
            self.last += 1
            self.rows.insert(0, dict(entry(self.last, one["address"], one["cause"], 0), scope=one["scope"],
                                     since_at=one["since_at"], reply=one["reply"] or ""))
        return {"schema": "relay.suppression.import/1", "affected": len(params["entries"]), "kept": 0, "refused": []}, None

    def stopped(self, params):
        items = [{"id": "01JD7RQZ8M9%02d" % n, "accepted_at": stamp(-n), "credential": "newsletter"} for n in range(3)]
        return {"schema": "relay.message.list/1", "items": items if "status:suppressed" in params["terms"] else [],
                "next_cursor": None}, None
