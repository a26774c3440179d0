#!/usr/bin/env python3
"""deploy/compose.yaml on a Docker engine, from nothing and back: compose_test.py ROOT.

The image takes ROOT/build/bin, less its debug information. Exits 77, which is "skipped", where no engine answers.
"""
import base64
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from processes import free_ports  # noqa: E402

PROJECT = f"troth-test-{os.getpid()}"


def answers(*command):
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


def run(*command, timeout=600):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False,
                          env=environment())
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout[-2000:]}"
                             f"{done.stderr[-2000:]}")
    return done.stdout


def environment():
    plain = {} if answers("docker", "buildx", "version") else {"DOCKER_BUILDKIT": "0"}
    return {**os.environ, **plain, "TROTH_BINARIES": "build/image/bin", "TROTH_PORT": str(PORT)}


PORT = free_ports(1)[0]
COMPOSE = (["docker", "compose"] if answers("docker", "compose", "version") else ["docker-compose"])


def compose(*arguments, timeout=600):
    return run(*COMPOSE, "--project-name", PROJECT, "--file", str(ROOT / "deploy/compose.yaml"),
               *arguments, timeout=timeout)


class Gateway:
    """A client of the REST API, with the token and the CA that the deployment made."""

    def __init__(self):
        script = "cat /pki/client/token; echo; cat /pki/client/ca.pem"
        said = compose("run", "--rm", "-T", "--entrypoint", "sh", "client", "-c", script)
        self.token, ca = said.split("\n", 1)
        self.tls = ssl.create_default_context(cadata=ca)

    def post(self, path, body=None):
        """Returns the status and the bytes that came."""
        return self.ask("POST", path, json.dumps(body).encode() if body is not None else b"")

    def ask(self, method, path, data=None):
        request = urllib.request.Request(
            f"https://localhost:{PORT}{path}", method=method, data=data,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
                     "Accept": "application/json"})
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as why:
            return why.code, why.read()

    def post_until_served(self, path, body=None, timeout=60):
        """The same; asks again while a peer is away."""
        end = time.monotonic() + timeout
        while True:
            status, answer = self.post(path, body)
            if status not in (502, 503, 504) or time.monotonic() > end:
                return status, answer
            time.sleep(0.5)


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(compose, "down", "--volumes", "--timeout", "5")
        run(str(ROOT / "deploy/base-image"))
        run("cmake", "--install", str(ROOT / "build"), "--strip", "--prefix",
            str(ROOT / "build/image"))
        compose("up", "--build", "--detach", timeout=1200)
        cls.wait_until_healthy("gateway")

    @staticmethod
    def containers(service):
        return compose("ps", "-q", service).split()

    @staticmethod
    def wait_until_healthy(service, count=1, timeout=180):
        end = time.monotonic() + timeout
        while True:
            states = [run("docker", "inspect", "--format", "{{.State.Health.Status}}", each).strip()
                      for each in Compose.containers(service)]
            if states.count("healthy") >= count:
                return
            if time.monotonic() > end:
                raise AssertionError(f"{service}: {states}\n{compose('logs', '--tail', '20')}")
            time.sleep(1)

    def attest(self):
        done = compose("run", "--rm", "-T", "client", "attest", "--output", "json")
        return json.loads(done[done.index("{"):])

    def test_1_the_machine_attests(self):
        self.assertEqual(self.attest()["summary"]["status"], "success")

    def test_2_no_container_may_do_more_than_it_must(self):
        for container in compose("ps", "-q").split():
            seen = json.loads(run("docker", "inspect", container))[0]
            with self.subTest(seen["Name"]):
                self.assertTrue(seen["HostConfig"]["ReadonlyRootfs"])
                self.assertEqual(seen["HostConfig"]["CapDrop"], ["ALL"])
                self.assertFalse(seen["HostConfig"]["CapAdd"])
                self.assertFalse(seen["HostConfig"]["Privileged"])
                self.assertIn("no-new-privileges:true", seen["HostConfig"]["SecurityOpt"])
                self.assertEqual(seen["Config"]["User"], "troth")

    def test_3_a_stranger_gets_nothing(self):
        gateway = Gateway()
        gateway.token = "0" * 64
        self.assertEqual(gateway.post("/v1/challenges")[0], 401)

    def test_3_the_metadata_that_is_handed_out_is_shown(self):
        status, listed = Gateway().ask("GET", "/v1/metadata")
        self.assertEqual(status, 200, listed)
        items = json.loads(listed)["items"]
        self.assertIn("example-machine", [each["name"] for each in items if each["active"]])

    def test_4_a_challenge_of_one_verifier_is_answered_at_another_once(self):
        compose("up", "--detach", "--no-build", "--scale", "verifier=2")
        self.wait_until_healthy("verifier", count=2)
        gateway = Gateway()
        one, other = self.containers("verifier")

        run("docker", "stop", "--time", "5", other)
        status, challenge = gateway.post_until_served("/v1/challenges")
        self.assertEqual(status, 201, challenge)
        challenge = json.loads(challenge)
        run("docker", "start", other)
        self.wait_until_healthy("verifier", count=2)
        run("docker", "stop", "--time", "5", one)

        status, attested = gateway.post_until_served("/v1/attestations",
                                                     {"nonce": challenge["nonce"]})
        self.assertEqual(status, 200, attested[:2000])
        question = {"report": base64.b64encode(attested).decode(), "challengeId": challenge["id"]}
        status, result = gateway.post_until_served("/v1/appraisals", question)
        self.assertEqual(status, 200, result[:2000])
        self.assertEqual(json.loads(result)["summary"]["status"], "success")
        run("docker", "start", one)
        self.wait_until_healthy("verifier", count=2)
        for _ in range(4):  # whoever is asked
            status, problem = gateway.post_until_served("/v1/appraisals", question)
            self.assertGreaterEqual(status, 400)
            self.assertEqual(json.loads(problem)["code"], "no_challenge")

    def test_5_losing_a_verifier_or_the_database_heals(self):
        gateway = Gateway()
        run("docker", "kill", self.containers("verifier")[0])
        status, _ = gateway.post_until_served("/v1/challenges")
        self.assertEqual(status, 201)
        run("docker", "restart", "--time", "5", self.containers("postgresql")[0])
        self.wait_until_healthy("postgresql")
        status, _ = gateway.post_until_served("/v1/challenges")
        self.assertEqual(status, 201)
        self.assertEqual(self.attest()["summary"]["status"], "success")


if __name__ == "__main__":
    if not answers("docker", "version") or not answers(*COMPOSE, "version"):
        print("SKIPPED: no Docker engine with Compose answers")
        sys.exit(77)
    if not shutil.which("debootstrap") and not answers("docker", "image", "inspect",
                                                       "debian:bookworm-slim"):
        print("SKIPPED: neither debian:bookworm-slim nor debootstrap is here")
        sys.exit(77)
    unittest.main(verbosity=2)
