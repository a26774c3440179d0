#!/usr/bin/env python3
"""Runs the examples of docs/rest.md, and holds its tables to what the real troth-gateway does.

Arguments: troth-gateway, fake-peer, troth-pki.
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from gateway import GATEWAY, NONCE, GatewayCase  # noqa: E402

TEXT = (ROOT / "docs" / "rest.md").read_text()


def section(title):
    return TEXT.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


class Docs(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        verifier, prover = cls.start_peer("verifier"), cls.start_peer("prover")
        cls.gateway = cls.start_gateway(verifiers=[f"127.0.0.1:{verifier.port}"],
                                        provers=[f"127.0.0.1:{prover.port}"])
        cls.wait_until_ready(cls())

    def test_the_examples_work(self):
        blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
        self.assertGreaterEqual(len(blocks), 5)
        done = subprocess.run(["bash", "-euxo", "pipefail", "-c", "\n".join(blocks)],
                              capture_output=True, text=True, timeout=60, cwd=self.folder,
                              env={"PATH": "/usr/bin:/bin",
                                   "GATEWAY": f"http://127.0.0.1:{self.gateway.port}"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"type":"Attestation Result"', done.stdout)

    def test_every_code_of_a_peer_has_the_status_that_is_listed(self):
        rows = re.findall(r"^\| (\d+) \| (.*?) \|", section("Errors"), re.MULTILINE)
        listed = {}
        for status, codes in rows:
            for code in re.findall(r"`(\w+)`", codes):
                listed[code] = int(status)  # of `timeout`, the later one is a peer's
        known = re.findall(r"^  (\w+)(?: = \d+)?, ", (ROOT / "shared/base/error.hpp").read_text(),
                           re.MULTILINE)
        self.assertGreater(len(known), 20)
        for code in known:
            with self.subTest(code):
                body = {"report": "e30=", "nonce": NONCE, "policy": f"error-{code}"}
                self.check_problem(self.ask("POST", "/v1/appraisals", body), listed[code], code)

    def test_the_defaults_are_those_that_are_listed(self):
        done = subprocess.run([GATEWAY, "--print-config"], capture_output=True, timeout=20)
        now = json.loads(done.stdout)
        rows = re.findall(r"^\| `([\w.]+)` \| (\d+)( MiB)? \|", section("Limits"), re.MULTILINE)
        self.assertEqual(len(rows), 10)
        for key, value, unit in rows:
            at = now
            for part in key.split("."):
                at = at[part]
            self.assertEqual(at, int(value) * (1024 * 1024 if unit else 1), key)
        listed = {key for key, *_ in rows}
        for key in now["rest"]:
            if re.match("max|.*Seconds$", key):
                self.assertIn(f"rest.{key}", listed)


if __name__ == "__main__":
    unittest.main()
