"""The scripted daemon's pools: four addresses, one of them warming up."""

import time


def stamp(seconds_from_now=0.0):
    at = time.time() + seconds_from_now
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".%03dZ" % (at * 1000 % 1000)


ROWS = [
    # pool, address, ptr, name, state, day, sent, cap, deferred share, lists
    ("shared-a", "198.51.100.10", "confirmed", "mx1.relay.example", "ok", None, 210400, None, 0.051, 0),
    ("shared-a", "198.51.100.11", "confirmed", "mx2.relay.example", "ok", None, 198000, None, 0.012, 0),
    ("warm-b", "198.51.100.20", "confirmed", "mx9.relay.example", "warming", 9, 6100, 10000, 0.008, 0),
    ("warm-b", "2001:db8::20", "none", None, "ok", None, 0, None, None, None),
]
SHARES = [("google", 2400, 4000), ("outlook", 1900, 3000), ("yahoo", 900, 1500), ("others", 900, 1500)]
LISTS = [("zen.spamhaus.org", "clear", None), ("b.barracudacentral.org", "clear", None)]


class Pools:
    def __init__(self, daemon):
        self.daemon = daemon
        self.off = {}      # address -> what pool.ip was told
        self.paused = set()
        self.pool_of = {"newsletter": "warm-b", "shop-prod": "shared-a"}
        self.views = {"pools": self.view}
        self.methods = {"pool.progress": self.progress, "pool.show": self.show, "pool.ip": self.ip,
                        "pool.warmup": self.warmup, "pool.check": self.check, "credential.limit": self.limit}

    def row(self, pool, address, ptr, name, state, day, sent, cap, share, lists):
        off = self.off.get(address)
        return {"key": pool + " " + address, "pool": pool, "address": address, "weight": 1, "ehlo": name or "mx9.relay.example",
                "ptr": ptr, "ptr_name": name, "blocklisted": lists, "blocklists_refused": [], "stops": [],
                "state": "off" if off else "paused" if address in self.paused else state, "day": day, "days": day and 30,
                "sent_today": sent, "cap_today": cap, "deferred_share": share, "mean_per_day": 9000.0,
                "last_used_at": stamp(-5), "advice": None,
                "off": off and {"by": "ana", "reason": off.get("reason"), "since_at": stamp(), "until_at": None},
                "paused": {"by": "ana", "reason": None, "since_at": stamp(), "until_at": None}
                if address in self.paused else None}

    def view(self, params):
        wanted = (params.get("filter") or "").strip("*")
        rows = [self.row(*row) for row in ROWS if wanted in row[0] + " " + row[1]]
        return {"status": self.daemon.status(), "all": len(ROWS), "total": len(rows), "offset": 0, "limit": 200, "sort": None,
                "reverse": False, "filter": params.get("filter"), "rows": rows}

    def source(self, address):
        return {"address": address, "missing": False, "ehlo": "mx9.relay.example", "ptr": "confirmed", "ptr_error": None,
                "ptr_name": "mx9.relay.example", "greeting_confirmed": True, "problems": [], "checked_at": stamp(-600),
                "blocklists": [dict(zip(("list", "result", "answer"), row)) for row in LISTS]}

    def progress(self, params):
        warming = params["address"] == "198.51.100.20"
        items = [{"address": params["address"], "provider": name, "state": "warming", "why": None, "day": 9, "days": 30,
                  "began_at": stamp(-3600), "sent_today": sent, "cap_today": cap, "cap_tomorrow": cap * 13 // 10,
                  "opens_at": None, "warm_at": stamp(21 * 86400), "deferred_share": 0.008, "complained_share": 0.0002,
                  "complaints": 0, "mean_per_day": 900.0, "last_used_at": stamp(-5)} for name, sent, cap in SHARES]
        return {"schema": "relay.pool.warmup/1", "address": params["address"], "pools": ["warm-b"], "overflow": ["shared-a"],
                "warmup": warming, "off": None, "paused": None, "items": items if warming else [], "next_cursor": None,
                "schedule": {"caps": [int(50 * 1.4 ** day) for day in range(30)], "deferred_below": 0.05,
                             "complained_below": 0.001}, "source": self.source(params["address"])}, None

    def show(self, params):
        users = [name for name, pool in self.pool_of.items() if pool == params["name"]]
        return {"schema": "relay.pool.show/1", "pool": {"name": params["name"], "credentials": users}}, None

    def ip(self, params):
        if params["state"] == "off":
            self.off[params["address"]] = params
        else:
            self.off.pop(params["address"], None)
        return {"schema": "relay.pool.ip/1", "address": params["address"], "state": params["state"], "until_at": None}, None

    def warmup(self, params):
        if params["act"] == "pause":
            self.paused.add(params["address"])
        else:
            self.paused.discard(params["address"])
        return self.progress(params)

    def check(self, params):
        return {"schema": "relay.pool.check/1", "source": self.source(params["address"])}, None

    def limit(self, params):
        if params["name"] not in self.pool_of:
            return None, ("not_found", "there is no credential " + params["name"])
        for option in params["options"]:
            if option.startswith("pool="):
                self.pool_of[params["name"]] = option[5:]
        return {"schema": "relay.credential.limit/1"}, None
