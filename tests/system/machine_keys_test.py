#!/usr/bin/env python3
"""A machine's TLS keys, from the gateway to its TPM and back, in real processes: machine_keys_test.py
ROOT.

The TPM is a software TPM; OpenSSL verifies what the keys sign.
"""
import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from deployment import Deployment  # noqa: E402

NAME = "example-machine"
KINDS = ("tpm", "sw")
ALGORITHMS = ("EC256", "EC384", "RSA2048", "RSA3072")
HASHES = {"SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}


class MachineKeys(unittest.TestCase):
    """Everything runs from the first test to the last."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-machine-keys-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.here = Deployment(cls.folder / "here", ROOT)
        cls.addClassCleanup(cls.here.close)
        cls.here.make_certificates()
        cls.here.make_logs([ROOT / "README.md"])
        cls.here.make_metadata()
        cls.here.boot()
        cls.here.configure(gateway={"loopback": {"useKeys": True}})
        cls.here.start()
        cls.keys = cls.here.folder / "state/prover/keys"

    def ask(self, method, path, body=None, accept="application/json"):
        request = urllib.request.Request(
            self.here.gateway_url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": accept})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def must(self, method, path, body=None, accept="application/json"):
        status, answer = self.ask(method, path, body, accept)
        self.assertLess(status, 300, answer)
        return answer

    def make(self, kind, algorithm="EC256"):
        made = json.loads(self.must("POST", "/v1/keys", {
            "type": kind, "algorithm": algorithm, "commonName": NAME,
            "dnsNames": ["localhost", NAME], "ipAddresses": ["127.0.0.1"]}))
        self.addCleanup(self.ask, "DELETE", f"/v1/keys/{made['id']}")
        return made["id"]

    def leaf_of(self, key):
        """Returns the file of its certificate, which is good for servers of these names."""
        pem = self.must("GET", f"/v1/keys/{key}", accept="application/pem-certificate-chain")
        file = self.folder / f"{key}.pem"
        file.write_bytes(pem)
        for name in ("-verify_hostname", "localhost"), ("-verify_ip", "127.0.0.1"):
            subprocess.run(["openssl", "verify", "-CAfile", self.here.pki / "tls-keys-ca.pem",
                            "-purpose", "sslserver", *name, file], check=True, capture_output=True)
        return file

    def check_signs(self, key, algorithm="EC256"):
        leaf = self.leaf_of(key)
        for name, function in HASHES.items():
            digest = self.folder / "digest"
            digest.write_bytes(function(b"a handshake").digest())
            signature = self.folder / "signature"
            signature.write_bytes(self.must(
                "POST", f"/v1/keys/{key}/signatures",
                {"hash": name, "digest": base64.b64encode(digest.read_bytes()).decode()},
                "application/octet-stream"))
            options = ["-pkeyopt", f"digest:{function().name}"]
            if algorithm.startswith("RSA"):
                options += ["-pkeyopt", "rsa_padding_mode:pss",
                            "-pkeyopt", "rsa_pss_saltlen:digest"]
            done = subprocess.run(["openssl", "pkeyutl", "-verify", "-certin", "-inkey", leaf,
                                   "-in", digest, "-sigfile", signature, *options],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_keys_of_each_kind_are_made_certified_and_sign(self):
        for kind in KINDS:
            for algorithm in ALGORITHMS:
                with self.subTest(kind=kind, algorithm=algorithm):
                    self.check_signs(self.make(kind, algorithm), algorithm)

    def test_keys_outlive_the_processes_and_a_reboot(self):
        made = {kind: self.make(kind) for kind in KINDS}
        for name in ("prover", "driver-tpm"):
            self.here.processes[name].kill()
            self.here.start(name)
        self.here.processes["gateway"].wait_until_ready()
        for key in made.values():
            self.check_signs(key)

    def test_the_private_half_is_for_the_prover_alone(self):
        made = {kind: self.make(kind) for kind in KINDS}
        self.assertEqual(self.keys.stat().st_mode & 0o777, 0o700)
        for kind, key in made.items():
            file = self.keys / f"{key}.json"
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            self.assertEqual("PRIVATE KEY" in file.read_text(), kind == "sw")
        for log in self.here.logs.iterdir():
            self.assertNotIn("PRIVATE KEY", log.read_text(errors="replace"), log)

    def test_a_rotated_key_has_the_same_id_and_another_certificate(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                key = self.make(kind)
                before = self.leaf_of(key).read_text()
                self.must("POST", f"/v1/keys/{key}/rotation")
                self.assertNotEqual(self.leaf_of(key).read_text(), before)
                self.check_signs(key)

    def test_a_name_that_is_not_the_machines_leaves_no_key(self):
        before = sorted(self.keys.glob("*"))
        for kind in KINDS:
            status, answer = self.ask("POST", "/v1/keys", {
                "type": kind, "algorithm": "EC256", "commonName": "other-machine"})
            self.assertEqual((status, json.loads(answer)["code"]), (403, "forbidden"), answer)
        self.assertEqual(sorted(self.keys.glob("*")), before)

    def test_an_erased_key_is_gone(self):
        key = self.make("tpm")
        self.must("DELETE", f"/v1/keys/{key}")
        self.assertEqual(self.ask("GET", f"/v1/keys/{key}")[0], 404)
        self.assertFalse((self.keys / f"{key}.json").exists())

    def test_z_a_machine_that_runs_something_else_gets_no_key_and_keeps_those_it_has(self):
        key = self.make("tpm")
        other = self.folder / "unknown"
        other.write_text("unknown")
        self.here.measure(other)
        for kind in KINDS:
            status, answer = self.ask("POST", "/v1/keys", {
                "type": kind, "algorithm": "EC256", "commonName": NAME})
            self.assertEqual(json.loads(answer)["code"], "untrusted", (status, answer))
        self.assertEqual(self.ask("POST", f"/v1/keys/{key}/rotation")[0], status)
        self.check_signs(key)


if __name__ == "__main__":
    unittest.main()
