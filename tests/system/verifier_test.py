#!/usr/bin/env python3
"""Real troth-verifiers behind a real gateway: challenges, refusals, restarts, configuration.

Arguments: the folder of the executables.
"""
import base64
import json
import pathlib
import signal
import socket
import subprocess
import sys
import time
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
VERIFIER = BIN / "troth-verifier"
sys.argv[1:1] = [str(BIN / "troth-gateway"), "-", str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import NONCE, GatewayCase, free_port, wait_until  # noqa: E402

REPORT = base64.b64encode(b"no report").decode()


class Verifier(GatewayCase):
    """A gateway and two verifiers that share a store."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ports = [free_port(), free_port()]
        cls.admin = free_port()
        cls.verifiers = [cls.start_verifier(port) for port in cls.ports]
        cls.gateway = cls.start_gateway(
            verifiers=[f"127.0.0.1:{port}" for port in cls.ports],
            admin=f"127.0.0.1:{cls.admin}")

    def setUp(self):
        self.wait_for_peers(2)

    @classmethod
    def configuration(cls, **more):
        return {"admin": "", "tls": cls.pki.tls("verifier"), "listen": "127.0.0.1:0",
                "store": f"sqlite3://{cls.folder}/challenges.sqlite3",
                "trust": {"metadataRoots": [str(cls.pki.folder / "metadata-ca.pem")],
                          "akRoots": [str(cls.pki.folder / "ak-ca.pem")]}, **more}

    @classmethod
    def start_verifier(cls, port=0, **more):
        return cls.start([str(VERIFIER)], cls.configuration(listen=f"127.0.0.1:{port}", **more))

    def run_verifier(self, configuration, *arguments):
        file = self.folder / "run.json"
        file.write_text(json.dumps({"state": str(self.folder), **configuration}))
        return subprocess.run([VERIFIER, *arguments, "--config", file], capture_output=True,
                              text=True, timeout=20)

    def wait_for_peers(self, count):
        """Waits until the gateway says that so many verifiers are connected."""
        line = f'troth_peers_connected{{peer="verifiers"}} {count}\n'
        wait_until(lambda: line in self.ask("GET", "/metrics", port=self.admin).body.decode())

    def challenge(self):
        answer = self.ask("POST", "/v1/challenges")
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json()

    def appraise(self, **body):
        return self.ask("POST", "/v1/appraisals", {"report": REPORT, **body})

    # -- appraisals

    def test_what_is_no_report_is_a_result_that_fails(self):
        answer = self.appraise(nonce=NONCE)
        self.assertEqual(answer.status, 200, answer.body)
        result = answer.json()
        self.assertEqual(result["summary"]["status"], "fail")
        self.assertEqual(result["troth"]["policy"], "default")
        self.assertEqual(result["troth"]["freshness"], "caller")

    def test_a_challenge_issued_by_one_is_consumed_by_either_once(self):
        for _ in range(4):  # the two take turns
            made = self.challenge()
            self.assertEqual(len(base64.b64decode(made["nonce"])), 32)
            first = self.appraise(challengeId=made["id"])
            self.assertEqual(first.status, 200, first.body)
            self.assertEqual(first.json()["troth"]["freshness"], "challenge")
            self.check_problem(self.appraise(challengeId=made["id"]), 409, "no_challenge")

    def test_what_the_owner_did_not_allow_is_refused(self):
        self.check_problem(self.appraise(nonce=NONCE, roots="x"), 403, "forbidden", "roots")
        self.check_problem(self.appraise(nonce=NONCE, time="2026-11-24T09:43:36Z"), 403,
                           "forbidden", "time")
        self.check_problem(self.appraise(nonce=NONCE, policy="cmc-compat"), 404, "not_found",
                           "policy")
        self.check_problem(self.appraise(challengeId="0" * 32), 409, "no_challenge")

    # -- restarts

    def test_killing_either_costs_at_most_what_is_in_flight(self):
        for one in range(2):
            made = self.challenge()
            self.verifiers[one].kill()
            self.wait_for_peers(1)
            for _ in range(4):
                self.assertEqual(self.appraise(nonce=NONCE).status, 200)
            self.assertEqual(self.appraise(challengeId=made["id"]).status, 200)  # it was kept
            self.verifiers[one].start()
            self.wait_for_peers(2)

    def test_a_frozen_verifier_is_taken_out(self):
        frozen = self.verifiers[0].process
        frozen.send_signal(signal.SIGSTOP)
        try:
            self.wait_for_peers(1)
            self.assertEqual(self.appraise(nonce=NONCE).status, 200)
        finally:
            frozen.send_signal(signal.SIGCONT)
        self.wait_for_peers(2)

    def test_while_none_is_there_requests_fail_at_once_and_may_be_asked_again(self):
        for one in self.verifiers:
            one.kill()
        self.wait_for_peers(0)
        begun = time.monotonic()
        answer = self.appraise(nonce=NONCE)
        self.assertLess(time.monotonic() - begun, 1)
        self.check_problem(answer, 503, "unavailable")
        self.assertIn("retry-after", answer.headers)
        for one in self.verifiers:
            one.start()
        self.wait_for_peers(2)
        self.assertEqual(self.appraise(nonce=NONCE).status, 200)

    # -- the process

    def test_a_stop_signal_exits_0(self):
        for stop in (signal.SIGTERM, signal.SIGINT):
            made = self.start_verifier()
            made.process.send_signal(stop)
            self.assertEqual(made.stop(), 0)

    def test_what_does_not_start(self):
        tls = self.pki.tls("verifier")
        trust = self.configuration()["trust"]
        for change, detail in (
                ({"tls": {}}, "missing: tls"),
                ({"tls": {**tls, "key": ""}}, "missing: tls"),
                ({"tls": {**tls, "key": "/none"}}, "io: tls.key"),
                ({"tls": self.pki.tls("gateway")}, "forbidden: "),
                ({"trust": {}}, "missing: trust"),
                ({"trust": {**trust, "akRoots": []}}, "missing: trust"),
                ({"trust": {**trust, "akRoots": ["/none"]}}, "not_found: trust.akRoots"),
                ({"trust": {**trust, "akRoots": [tls["key"]]}}, "malformed: trust.akRoots"),
                ({"policy": "nonsense"}, "not_found: policy"),
                ({"polcy": "default"}, "unknown_key: "),
                ({"challengeLifetime": 0}, "malformed: "),
                ({"store": "mysql://x"}, "unsupported: "),
                ({"store": "postgresql://u:tell-tale@h/d"}, "forbidden: "),
                ({"listen": "nowhere"}, "malformed: listen"),
                ({"listen": ""}, "malformed: listen"),
                ({"tls": {**tls, "names": ["*.example"]}}, "malformed: tls.names"),
                ({"tls": {**tls, "names": ["gateway:1"]}}, "malformed: tls.names"),
                ({"tls": {**tls, "names": [""]}}, "malformed: tls.names"),
                ({"tls": {**tls, "names": ["a"]}, "listen": f"unix://{self.folder}/s"},
                 "malformed: tls.names"),
                ({"admin": "0.0.0.0:0"}, "forbidden: admin")):
            with self.subTest(change):
                done = self.run_verifier({**self.configuration(), **change})
                self.assertIn(done.returncode, (2, 4), done.stderr)
                self.assertIn(detail, done.stderr)
                self.assertNotIn("tell-tale", done.stderr)
                self.assertEqual(done.stdout, "")
                checked = self.run_verifier({**self.configuration(), **change}, "--check-config")
                self.assertEqual((checked.returncode, checked.stderr),
                                 (done.returncode, done.stderr))
        done = self.run_verifier(self.configuration(listen=f"127.0.0.1:{self.ports[0]}"))
        self.assertEqual(done.returncode, 4)
        self.assertIn(f"cannot listen on tls://127.0.0.1:{self.ports[0]}", done.stderr)

    def test_help_version_and_the_configuration(self):
        for flag in ("--help", "--version", "--check-config", "--print-config"):
            done = self.run_verifier(self.configuration(), flag)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(json.loads(done.stdout)["allowCallerRoots"])
        self.assertEqual(json.loads(done.stdout)["policy"], "default")

    def test_health_is_that_of_its_store(self):
        configuration = self.configuration(admin=f"127.0.0.1:{free_port()}")
        self.assertEqual(self.run_verifier(configuration, "health").returncode, 4)
        made = self.start_verifier(admin=configuration["admin"])
        wait_until(lambda: self.run_verifier(configuration, "health").returncode == 0)
        self.assertEqual(made.stop(), 0)

    def test_systemd_hears_of_start_and_stop(self):
        path = str(self.folder / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(path)
            heard.settimeout(20)
            file = self.folder / "notify.json"
            file.write_text(json.dumps({"state": str(self.folder), **self.configuration()}))
            process = subprocess.Popen([VERIFIER, "--config", file], env={"NOTIFY_SOCKET": path},
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertEqual(heard.recv(100), b"READY=1")
            process.terminate()
            self.assertEqual(heard.recv(100), b"STOPPING=1")
            self.assertEqual(process.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
