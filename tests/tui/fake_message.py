"""The part of the scripted daemon that knows messages: find, message.show, what is done to
one, and its events. A search for "slow" is never answered: it has to be cancelled."""

import time

SLOW = "421 4.7.0 [TSS04] Messages from 198.51.100.10 temporarily deferred due to user complaints"
PEOPLE = [("a.kim@gmail.com", "delivered"), ("b.lee@yahoo.com", "deferred"), ("\u4e16\u84ee@\u4f8b\u3048.example", "deferred")]
FOUND = 120  # messages that any search finds
SENTENCE = {"delivered": "Yes. Gmail accepted it, 1.2 seconds after your app sent it.",
            "deferred": "Not yet. Yahoo asked us to slow down (421 TSS04). 3 tries; next soon.",
            "held": "On hold. ana held the message. Release: relaycli message release ID.",
            "bounced": "No. It bounced: ana gave it up."}


def stamp(seconds_from_now=0.0):
    at = time.time() + seconds_from_now
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".%03dZ" % (at * 1000 % 1000)


class Messages:
    def __init__(self):
        self.state = {}      # id: what all that wait of it are now
        self.asked = {}      # request id: a search that is not answered

    def status(self, message, status):
        return self.state.get(message, status) if status == "deferred" else status

    def event(self, kind, message, number, **more):
        made = dict.fromkeys(("recipient", "credential", "sender_domain", "site", "remote_host", "remote_address",
                              "source_address", "tls", "tls_verified", "code", "enhanced", "category", "reply",
                              "attempt", "duration_ms", "next_attempt_at", "detail"))
        made.update(id="01JD7QZ8ME%03d" % number, at=stamp(), event=kind, message=message, recipient_no=0, hard=False)
        return dict(made, **more)

    def item(self, message, number, recipient, status):
        status = self.status(message, status)
        events = [self.event("accepted", message, 1, at=stamp(-250), remote_address="192.0.2.15", remote_host="app01",
                             tls="TLSv1.3", credential="shop-prod", recipient=recipient)]
        if status == "delivered":
            events.append(self.event("delivered", message, 2, at=stamp(-249), remote_host="mx.gmail.example", attempt=1,
                                     reply="250 2.0.0 OK gsmtp"))
        else:
            events += [self.event("deferred", message, n + 1, at=stamp(-250 + 60 * n), remote_host="mta%d.yahoo.example" % n,
                                  attempt=n, code=421, reply=SLOW, source_address="198.51.100.10", tls="TLSv1.3")
                       for n in (1, 2, 3)]
        return {"id": message, "message_id": "<a@shop.example>", "sender": "orders@shop.example", "recipient": recipient,
                "recipient_no": number, "recipients": len(PEOPLE), "credential": "shop-prod", "status": status,
                "accepted_at": stamp(-250), "next_attempt_at": stamp(120) if status == "deferred" else None,
                "expires_at": stamp(432000), "finished_at": None, "suppressed": False, "attempts": 3,
                "subject": "Your order 17", "tags": [], "size_bytes": 14541, "client_address": "192.0.2.15",
                "client_name": "app01", "tls": "TLSv1.3", "signature": "d=shop.example s=k1", "events": events}

    def show(self, message):
        people = [dict(self.item(message, i, *who), answer={"status": self.status(message, who[1]), "note": None,
                                                           "sentence": SENTENCE[self.status(message, who[1])]})
                  for i, who in enumerate(PEOPLE)]
        return {"schema": "relay.message.show/1", "waiting": [], "waits": [],
                "message": dict({key: people[0][key] for key in (
                    "id", "message_id", "sender", "subject", "credential", "accepted_at", "expires_at", "size_bytes",
                    "client_address", "client_name", "tls", "signature")}, from_domain="shop.example",
                    recipients_total=len(people), recipients=people)}

    def find(self, params):
        first = int(params.get("cursor", "0"))
        rows = [self.item("01JD6%08d" % n, 0, "b.lee@yahoo.com", "deferred")
                for n in range(first, min(first + params["limit"], FOUND))]
        return {"schema": "relay.find.search/1", "near": [], "items": rows,
                "answer": {"status": "deferred", "sentence": SENTENCE["deferred"], "note": None},
                "coverage": {"complete": True, "from": stamp(-30 * 86400), "until": stamp(), "gaps": [],
                             "scanned": 41200000},
                "next_cursor": str(first + len(rows)) if first + len(rows) < FOUND else None}

    def act(self, daemon, method, params):
        message = params["ids"][0]
        if params.get("dry_run"):
            return {"schema": "relay.%s/1" % method, "affected": 2, "items": []}
        state = {"message.hold": "held", "message.release": "deferred", "message.bounce": "bounced",
                 "message.cancel": "bounced"}.get(method)
        if state:
            self.state[message] = state
        for client in daemon.clients:
            for number, watched in client.messages.items():
                if watched == message:
                    daemon.send(client, {"method": "event", "params": dict(
                        self.event("deferred", message, 9), subscription=number)})
        return {"schema": "relay.%s/1" % method, "affected": 2, "items": []}

    def answer(self, daemon, client, request):
        """A result, None: it is not answered (yet), or False: that is not about messages."""
        method, params = request["method"], request.get("params", {})
        if method == "find.search":
            if params["terms"] == ["slow"]:
                self.asked[request["id"]] = client
                return None
            return self.find(params)
        if method == "rpc.cancel":
            return {"schema": "relay.rpc.cancel/1", "cancelled": self.asked.pop(params["id"], None) is not None}
        if method == "message.show":
            return self.show(params["id"])
        if method == "message.list" and "status:waiting" in params["terms"]:
            return {"schema": "relay.message.list/1", "items": self.find({"limit": params["limit"]})["items"],
                    "next_cursor": None, "coverage": {}}
        if method == "events.subscribe" and params.get("filter", "").startswith("id:"):
            client.last += 1
            client.messages[client.last] = params["filter"][3:]
            return {"schema": "relay.events.subscribe/1", "subscription": client.last}
        if method == "events.unsubscribe" and client.messages.pop(params["subscription"], None):
            return {}
        if method == "credential.list":
            return {"schema": "relay.credential.list/1", "items": [{"name": name} for name in ("shop-prod", "billing-app")]}
        if method.startswith("message.") and "ids" in params:
            return self.act(daemon, method, params)
        return False
