#!/usr/bin/env python3
"""Whether manifests still are good (OMSP), in real processes: an EST server answers, the prover
staples, the verifier judges and asks nobody.

Arguments: the folder of the sources. A key in a file is the machine's anchor: status is of metadata.
"""
import http.client
import json
import pathlib
import re
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(SOURCE / "deploy" / "demo.d"))
from deployment import Deployment  # noqa: E402
from processes import Failed, free_ports, run  # noqa: E402

ROLES = {"driver-sw": "driver", "prover": "prover", "est": "est", "verifier": "verifier",
         "gateway": "gateway"}
POLICY = {"acceptSoftwareEvidence": True, "requireReferenceValues": False,
          "requiredEvidence": ["SW Evidence"]}
LIFETIME = 6  # seconds for which an answer holds


class Machine(Deployment):
    driver = "driver-sw"

    def configurations(self):
        return {name: own for name, own in super().configurations().items() if name in ROLES}


class Status(unittest.TestCase):
    """Everything runs from the first test to the last."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-status-")
        cls.addClassCleanup(folder.cleanup)
        cls.machine = Machine(folder.name, SOURCE, ROLES)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.make_certificates()
        cls.machine.issue("status-signer", "status", addressed=False)
        cls.port = free_ports(1)[0]
        cls.server = f"http://127.0.0.1:{cls.port}/omsp"
        cls.status_file = cls.machine.folder / "status.json"
        cls.make_metadata()
        cls.say("--good", cls.manifest)
        pki = cls.machine.pki
        vendor = (pki / "ak-ca.pem").read_bytes()  # any CA's will do: no TPM enrols
        (cls.machine.machine / "ek-roots.pem").write_bytes(vendor)
        policy = cls.machine.folder / "policy.json"
        policy.write_text(json.dumps(POLICY))
        cls.machine.configure(
            est={"status": {"listen": f"127.0.0.1:{cls.port}", "file": str(cls.status_file),
                            "certificate": str(pki / "status.pem"),
                            "key": str(pki / "status.key"), "lifetimeSeconds": LIFETIME}},
            prover={"statusServers": [cls.server]},
            verifier={"policy": str(policy),
                      "trust": {"metadataRoots": [str(pki / "metadata-ca.pem")],
                                "akRoots": [str(pki / "ak-ca.pem")],
                                "statusRoots": [str(pki / "status-ca.pem")]}})
        cls.machine.start()

    @classmethod
    def make_metadata(cls):
        work = cls.machine.folder / "unsigned"
        work.mkdir()
        tool = cls.machine.bin / "troth-metatool"
        run(tool, "create", "manifest", "--name", "system", "--certification-level", "1",
            "--status-server", cls.server, "--out", work / "system.json")
        run(tool, "create", "image-description", "--name", "machine", "--manifest", "system",
            "--out", work / "image.json")
        cls.machine.sign(work / "system.json", "system", "jws")
        cls.machine.sign(work / "image.json", "image", "jws")
        cls.manifest = cls.machine.folder / "metadata" / "system.jws"

    @classmethod
    def say(cls, *manifests):
        run(cls.machine.bin / "troth-metatool", "create", "status", "--server", cls.server,
            *manifests, "--out", cls.status_file)

    def ask(self, body, media_type="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/omsp", body, {"Content-Type": media_type})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers.get("Content-Type"), content

    def appraise(self):
        """Attests once. Returns the verdict and what was said of the status, by rule."""
        done = self.machine.attest("--output", "json", accepted=(0, 1, 3, 4))
        if not done.stdout:
            return None, {}
        result = json.loads(done.stdout)
        said = {each["rule"]: (each["outcome"], each.get("code"))
                for each in result["troth"]["findings"] if each["rule"].startswith("metadata.")}
        return result["summary"]["status"], said

    def wait_for(self, rule, outcome, code=None, seconds=3 * LIFETIME):
        end = time.monotonic() + seconds
        while True:
            verdict, said = self.appraise()
            if said.get(rule) == (outcome, code):
                return verdict, said
            self.assertLess(time.monotonic(), end, (verdict, said))

    def test_a_good_manifest_stays_good_while_answers_come_and_go(self):
        verdict, said = self.wait_for("metadata.status", "pass")
        self.assertEqual(verdict, "warn", said)  # a key in a file is never more
        end = time.monotonic() + 2 * LIFETIME  # twice what one answer holds for
        while time.monotonic() < end:
            verdict, said = self.appraise()
            self.assertEqual(said["metadata.status"][0], "pass", said)
            self.assertEqual(said["metadata.status_time"][0], "pass", said)

    def test_a_question_goes_on_with_the_trace_of_the_look_that_it_is_part_of(self):
        self.wait_for("metadata.status", "pass")
        log = self.machine.processes["est"].log.read_text()
        questions = set(re.findall(r"http\.answered .*trace=(\w+) .*path=/omsp ", log))
        looks = set(re.findall(r"link\.answered what=metadata .*trace=(\w+)", log))
        self.assertTrue(questions & looks, log[-2000:])

    def test_a_revocation_reaches_the_verifier(self):
        self.wait_for("metadata.status", "pass")
        self.say("--revoked", self.manifest, "--reason", "a hole")
        try:
            verdict, said = self.wait_for("metadata.status", "fail", "revoked")
            self.assertEqual(verdict, "fail")
            self.say("--outdated", self.manifest)
            verdict, said = self.wait_for("metadata.status", "warn", "outdated")
            self.assertEqual(verdict, "warn")
        finally:
            self.say("--good", self.manifest)
        self.wait_for("metadata.status", "pass")

    def test_what_the_file_does_not_name_is_unknown(self):
        other = self.machine.folder / "metadata" / "image.jws"  # signed, and no manifest of ours
        self.say("--good", other)
        try:
            verdict, said = self.wait_for("metadata.status", "fail", "unknown_status")
            self.assertEqual(verdict, "fail")
        finally:
            self.say("--good", self.manifest)
        self.wait_for("metadata.status", "pass")

    def test_without_the_server_the_last_answer_serves_until_it_ends(self):
        self.wait_for("metadata.status", "pass")
        est = self.machine.processes["est"]
        est.kill()
        try:
            verdict, said = self.appraise()
            self.assertEqual(said["metadata.status"][0], "pass", said)
            self.machine.processes["prover"].kill()  # the answer outlives its process
            self.machine.processes["prover"].start()
            verdict, said = self.wait_for("metadata.status_time", "fail", "expired")
            self.assertEqual(verdict, "fail")
        finally:
            self.machine.start("est")
        self.wait_for("metadata.status_time", "pass")

    def test_everybody_may_ask_and_nonsense_is_refused(self):
        status, media_type, body = self.ask('{"arVersion":"3.3.0","requests":["00"]}')
        self.assertEqual((status, media_type), (200, "application/jose+json"))
        self.assertEqual(len(json.loads(body)["signatures"]), 1)
        status, media_type, body = self.ask(b"\xa2\x00\x653.3.0\x01\x81\x6200", "application/cbor")
        self.assertEqual(status, 200)
        self.assertTrue(media_type.startswith("application/cose"))
        self.assertEqual(body[:2], b"\xd8\x62")  # COSE_Sign
        for body, media_type, expected in (("{}", "application/json", 400),
                                           ("nonsense", "application/json", 400),
                                           ("{}", "text/plain", 415),
                                           ("x" * 300_000, "application/json", 413)):
            self.assertEqual(self.ask(body, media_type)[0], expected, body[:20])

    def test_a_file_that_cannot_be_read_lets_no_question_be_answered(self):
        est = self.machine.processes["est"]
        self.status_file.write_text("{")
        try:
            status, _, body = self.ask('{"arVersion":"3.3.0","requests":["00"]}')
            self.assertEqual(status, 503, body)
            self.assertNotIn(str(self.status_file), body.decode())
            with self.assertRaises(Failed):
                run(*est.health)
        finally:
            self.say("--good", self.manifest)
        est.wait_until_ready()

    def test_a_signer_of_another_role_does_not_start(self):
        pki = self.machine.pki
        for change, said in (
                ({"certificate": str(pki / "metadata-signer.pem"),
                  "key": str(pki / "metadata-signer.key")}, "not a status signer's"),
                ({"key": str(pki / "metadata-signer.key")}, "conflict: status.certificate"),
                ({"file": ""}, "missing: status.file"),
                ({"file": str(self.machine.folder / "none")}, "none")):
            with self.subTest(said):
                file = self.machine.folder / "changed.json"
                file.write_text(json.dumps({"status": change}))
                done = run(*self.machine.processes["est"].command, "--config", file,
                           "--check-config", accepted=(2, 4))
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
