"""A control socket that gives prepared answers, for what no small world can show."""

import json
import os
import socket
import threading


class FakeDaemon:
    """Answers each method with the object of that name, a dry run with that of "NAME dry_run"; one that
    is a function gets the params. Params of all requests are kept."""

    def __init__(self, folder, answers):
        self.socket = os.path.join(str(folder), "fake.sock")
        self.answers = answers
        self.asked = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        self.listener.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.meet, args=(peer,), daemon=True).start()

    def meet(self, peer):
        try:
            self.talk(peer)
        except OSError:
            pass  # it left in the middle of an answer

    def talk(self, peer):
        with peer, peer.makefile("rw", encoding="utf-8") as stream:
            for line in stream:
                request = json.loads(line)
                method, params = request["method"], request.get("params") or {}
                self.asked.append((method, request.get("params")))
                if params.get("dry_run") and method + " dry_run" in self.answers:
                    method += " dry_run"
                said = self.answers.get(method)
                said = said(params) if callable(said) else said
                said = {"result": said} if said else \
                    {"error": {"code": -32601, "message": "no answer to %s is prepared" % method,
                               "data": {"kind": "not_found", "hint": None}}}
                stream.write(json.dumps({"id": request["id"], **said}) + "\n")
                stream.flush()

    def close(self):
        self.listener.close()
