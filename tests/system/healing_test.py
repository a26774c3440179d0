#!/usr/bin/env python3
"""Any one process may be killed while a loop of attestations runs: healing_test.py ROOT.

The loop loses the rounds that are under way, and goes on by itself once the process is back.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from deployment import ROLES, Deployment  # noqa: E402

ROUNDS = 200
INTERVAL_S = 0.05


class Healing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="troth-healing-")
        self.addCleanup(folder.cleanup)
        self.here = Deployment(pathlib.Path(folder.name) / "here", ROOT)
        self.addCleanup(self.here.close)
        self.here.make_certificates()
        self.here.make_logs([ROOT / "README.md"])
        self.here.make_metadata()
        self.here.boot()
        self.here.configure()

    def rounds_while(self, action):
        """Returns the outcome of each round of a loop while `action` runs."""
        loop = subprocess.Popen([self.here.bin / "troth-testtool", "attest", "--gateway",
                                 self.here.gateway_url, "--count", str(ROUNDS), "--interval",
                                 str(INTERVAL_S), "--output", "json"],
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(loop.stdout.close)
        try:
            action()
            said, _ = loop.communicate(timeout=180)
        finally:
            loop.kill()
            loop.wait()
        rounds = [json.loads(line) for line in said.splitlines() if line.startswith('{"round"')]
        return [one["outcome"] for one in sorted(rounds, key=lambda one: one["round"])]

    def test_each_process_may_be_killed_and_comes_back(self):
        self.here.start()

        def kill_each():
            for name in ROLES:
                time.sleep(0.5)
                self.here.processes[name].kill()
                self.here.processes[name].start()
                self.here.processes[name].wait_until_ready()

        outcomes = self.rounds_while(kill_each)
        self.assertEqual(len(outcomes), ROUNDS)
        self.assertNotIn("fail", outcomes)
        self.assertEqual(outcomes[-20:], ["success"] * 20)
        self.assertGreater(outcomes.count("success"), ROUNDS // 2)

    def test_they_may_be_started_in_any_order(self):
        self.here.start("gateway", "prover", "verifier", "driver-tpm", "driver-sw", "est")
        self.here.attest()

    def test_the_gateway_shows_what_the_machine_is_described_by(self):
        self.here.start()
        with urllib.request.urlopen(f"{self.here.gateway_url}/v1/metadata", timeout=20) as answer:
            items = json.load(answer)["items"]
        self.assertEqual({(each["name"], each["source"]) for each in items},
                         {(name, "folder")
                          for name in ("firmware", "system", "programs", "example-machine")})

    def test_each_stops_when_it_is_told_to(self):
        self.here.start()
        for name in ROLES:
            self.assertEqual(self.here.processes[name].stop(), 0, name)


if __name__ == "__main__":
    unittest.main()
