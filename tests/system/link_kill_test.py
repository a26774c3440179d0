#!/usr/bin/env python3
"""Processes are killed and started again in a random order while clients ask: link_kill_test.py ROOT.

Every request succeeds, or fails with a code that says to ask again, within its deadline.
"""
import http.client
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path[:0] = [str(ROOT / "deploy/demo.d"), str(ROOT / "tests/support")]
from deployment import ROLES, Deployment  # noqa: E402
from threads import running  # noqa: E402

ROUNDS = int(os.environ.get("TROTH_KILLS", "50"))
REQUEST_S = 3
GRACE_S = 4  # that the gateway may take beyond, on a busy machine
NONCE = "A" * 43 + "="
QUESTIONS = {
    "/v1/attestations": {"nonce": NONCE},
    "/v1/appraisals": {"nonce": NONCE, "report": "bm8gcmVwb3J0"},
    "/v1/challenges": None,
}


class Client(threading.Thread):
    """Asks one question again and again."""

    def __init__(self, port, path):
        super().__init__()
        self.port, self.path = port, path
        self.ends = threading.Event()
        self.outcomes = {}
        self.slowest_s = 0
        self.wrong = []

    def run(self):
        body = QUESTIONS[self.path]
        while not self.ends.wait(0.02):
            begun = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.request("POST", self.path, json.dumps(body) if body else None,
                                   {"Content-Type": "application/json"} if body else {})
                answer = connection.getresponse()
                self.note(answer.status, answer.read())
            except (OSError, http.client.HTTPException):
                self.count("the gateway was killed")
            finally:
                connection.close()
            self.slowest_s = max(self.slowest_s, time.monotonic() - begun)

    def note(self, status, body):
        code = "good" if status < 300 else json.loads(body)["code"]
        self.count(code)
        if code not in ("good", "unavailable", "timeout", "exhausted"):
            self.wrong.append(body)

    def count(self, what):
        self.outcomes[what] = self.outcomes.get(what, 0) + 1


class Killing(unittest.TestCase):
    def test_no_request_hangs_or_fails_for_good(self):
        seed = int(os.environ.get("TROTH_SEED", random.randrange(2**32)))
        print(f"TROTH_SEED={seed}", file=sys.stderr)
        dice = random.Random(seed)
        folder = tempfile.TemporaryDirectory(prefix="troth-kill-")
        self.addCleanup(folder.cleanup)
        here = Deployment(pathlib.Path(folder.name) / "here", ROOT, links=dice.choice(("unix", "tls")))
        self.addCleanup(here.close)
        here.make_certificates()
        here.make_logs([ROOT / "README.md"])
        here.make_metadata()
        here.boot()
        here.configure(gateway={"rest": {"listen": f"127.0.0.1:{here.rest_port}",
                                         "requestSeconds": REQUEST_S}},
                       prover={**here.configurations()["prover"], "patienceSeconds": 1})
        here.start()
        clients = [Client(here.rest_port, path) for path in QUESTIONS]
        with running(clients):
            for _ in range(ROUNDS):
                one = here.processes[dice.choice(list(ROLES))]
                one.kill()
                one.start()
                time.sleep(dice.uniform(0.05, 0.8))
        for client in clients:
            print(client.path, client.outcomes, f"slowest {client.slowest_s:.1f} s", file=sys.stderr)
            self.assertEqual(client.wrong, [])
            self.assertLess(client.slowest_s, REQUEST_S + GRACE_S)
            self.assertGreater(client.outcomes["good"], 0)
        for name in ROLES:
            here.processes[name].wait_until_ready()
        here.attest()
        for name in ROLES:
            self.assertEqual(here.processes[name].stop(), 0, name)


if __name__ == "__main__":
    if not shutil.which("swtpm") or not shutil.which("swtpm_setup"):
        print("SKIPPED: no swtpm on this machine")
        sys.exit(77)
    unittest.main()
