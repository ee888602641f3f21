"""A control socket that gives prepared answers, for what no small world can show."""

import json
import os
import socket
import threading


class FakeDaemon:
    """Answers each method with the object of that name; params of all requests are kept."""

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
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        with peer, peer.makefile("rw", encoding="utf-8") as stream:
            for line in stream:
                request = json.loads(line)
                self.asked.append((request["method"], request.get("params")))
                stream.write(json.dumps({"id": request["id"], "result": self.answers[request["method"]]}) + "\n")
                stream.flush()

    def close(self):
        self.listener.close()
