"""The review page, served by a process of its own as a person starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import requests


class Server:
    """A review, or another page, that runs in a process of its own."""

    def __init__(self, folder, *options, page="review"):
        command = [sys.executable, "-m", "curate", page, "-d", str(folder), "--no-browser", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = self.process.stderr.readline()
        self.entry = re.search(r"http\S+", line)[0]
        self.address = self.entry.partition("?")[0]
        self.line = line
        self.session = requests.Session()
        self.session.get(self.entry, timeout=20)

    def get(self, path, **options):
        return self.session.get(self.address + path, timeout=20, **options)

    def post(self, path, body):
        origin = {"origin": self.address.rstrip("/")}
        return self.session.post(self.address + path, json=body, headers=origin, timeout=20)

    def keys(self):
        return [key for key, _ in self.get("queue?reviewer=ana").json()["items"]]

    def keep(self, key, reviewer="ana"):
        sent = {"key": key, "reviewer": reviewer, "judgement": "keep", "onset": 0.0, "offset": 99.0}
        return self.post("verdict", sent)

    def undo(self, reviewer):
        act = self.get(f"latest?reviewer={reviewer}").json()["act"]
        return self.post("undo", {"reviewer": reviewer, "act": act})

    def end(self, by=signal.SIGINT):
        self.process.send_signal(by)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err
