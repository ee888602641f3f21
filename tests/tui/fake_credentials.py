"""The scripted daemon's credentials and domains: the rows of the unit tests' goldens, as old as they are there."""

import calendar
import copy
import json
import os
import re
import time

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "relaytui", "data")
THEN = calendar.timegm((2026, 11, 23, 14, 2, 31))  # when those rows are looked at
PASSWORD = "rly-0123456789-abcdefghijklmnopqrstuvwxyz"


def moved(value, by):
    """All times, later by so many seconds."""
    if isinstance(value, dict):
        return {key: moved(one, by) for key, one in value.items()}
    if isinstance(value, list):
        return [moved(one, by) for one in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z", value):
        at = calendar.timegm(time.strptime(value[:19], "%Y-%m-%dT%H:%M:%S")) + by
        return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at))
    return value


def load(name):
    with open(os.path.join(DATA, name + ".json"), encoding="utf-8") as file:
        return moved(json.load(file), int(time.time()) - THEN)


class Credentials:
    def __init__(self, daemon):
        self.daemon = daemon
        self.data = {"credentials": load("credentials"), "domains": load("domains")}
        self.views = {"credentials": lambda params: self.view("credentials", params),
                      "domains": lambda params: self.view("domains", params)}
        self.methods = {"credential.sent": lambda params: (load("credential_sent"), None),
                        "credential.effect": self.effect, "credential.rotate": self.rotate,
                        "credential.create": self.create, "credential.revoke": self.revoke,
                        "domain.report": self.report, "domain.check": self.check}

    def view(self, name, params):
        data = copy.copy(self.data[name])
        wanted = (params.get("filter") or "").strip("*")
        rows = [row for row in data["rows"] if wanted in row["key"]]
        return dict(data, status=self.daemon.status(), rows=rows, total=len(rows), all=len(data["rows"]),
                    filter=params.get("filter"))

    def row(self, name):
        return next(row for row in self.data["credentials"]["rows"] if row["name"] == name)

    def change(self, params):
        """The row, or why it may not be changed."""
        row = self.row(params["name"])
        if self.daemon.role != "operator":
            return None, ("not_permitted", "you may only look")
        if params.get("generation", row["generation"]) != row["generation"]:
            return None, ("changed", row["name"] + " was changed since you looked: nothing done")
        row["generation"] += 1
        return row, None

    def effect(self, params):
        return {"schema": "relay.credential.effect/1", "credential": params["name"],
                "generation": self.row(params["name"])["generation"], "waiting": 61, "hosts_total": 3,
                "hosts": [{"value": value} for value in ("192.0.2.15 app01", "192.0.2.16 app02", "192.0.2.17 cron1")],
                "recent_ms": 300000, "recent_messages": 1004, "recent_recipients": 1004}, None

    def secret(self, user):
        return {"host": "mx1.relay.example", "port": 587, "secure": "STARTTLS", "user": user, "pass": PASSWORD, "key": "k4"}, None

    def rotate(self, params):
        row, error = self.change(params)
        return self.secret(row["name"]) if row else (None, error)

    def create(self, params):
        row = copy.deepcopy(self.row("newsletter"))
        row.update(key=params["name"], name=params["name"], generation=1)
        self.data["credentials"]["rows"].insert(0, row)
        return self.secret(params["name"])

    def revoke(self, params):
        row, error = self.change(params)
        if row:
            row.update(state="revoked", revoked_by="ana", revoked_at=row["last_used_at"])
        return ({"held": 61, "queued": params["queued"]} if row else None), error

    def report(self, params):
        if params["name"] == "example.org":
            return load("domain_report"), None
        return {"schema": "relay.domain.report/1", "records": [], "sentence": "Yes. All is right."}, None

    def check(self, params):
        return dict(self.report(params)[0], state="missing", sentence="No. One record is missing."), None
