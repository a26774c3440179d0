#!/usr/bin/env python3
"""A machine's TLS keys, from the gateway to its TPM and back, in real processes: machine_keys_test.py
ROOT.

The TPM is a software TPM; OpenSSL verifies what the keys sign.
"""
import base64
import hashlib
import json
import os
import pathlib
import struct
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
SIGN, RSA_DECRYPT = 0x15D, 0x159  # codes of the TPM's commands
OF_LOADING = {0x131, 0x157, 0x161, 0x162, 0x165, 0x173}  # CreatePrimary, Load, Context*, ...
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
        # tpm2-tss writes down what the driver asks its TPM.
        cls.commands = cls.folder / "commands.pcapng"
        os.environ["TCTI_PCAP_FILE"] = str(cls.commands)
        driver = {**cls.here.configurations()["driver-tpm"],
                  "tpm": {"tcti": "pcap:" + cls.here.tcti}}
        cls.here.configure(gateway={"loopback": {"useKeys": True}}, driver_tpm=driver)
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

    def asked_of_tpm(self):
        """Returns the code of each command, and of each answer, so far."""
        content, at, out = self.commands.read_bytes(), 0, []
        while at + 8 <= len(content):
            kind, size = struct.unpack_from("<II", content, at)
            if kind == 6:  # a packet: block header, 20 bytes more, IP, TCP, tag, size
                out += struct.unpack_from(">I", content, at + 28 + 40 + 6)
            at += size
        return out

    def sign(self, key):
        self.must("POST", f"/v1/keys/{key}/signatures",
                  {"hash": "SHA-256", "digest": base64.b64encode(bytes(32)).decode()})

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

    def test_a_signature_costs_one_command_of_the_tpm(self):
        for algorithm, command in ("EC256", SIGN), ("RSA2048", RSA_DECRYPT):
            with self.subTest(algorithm=algorithm):
                key = self.make("tpm", algorithm)
                self.sign(key)
                before = len(self.asked_of_tpm())
                for _ in range(10):
                    self.sign(key)
                asked = self.asked_of_tpm()[before:]
                self.assertEqual(asked.count(command), 10)
                self.assertFalse(OF_LOADING.intersection(asked), asked)

    def test_keys_outlive_the_processes_and_a_reboot(self):
        made = {kind: self.make(kind) for kind in KINDS}
        for name in ("prover", "driver-tpm"):
            self.here.processes[name].kill()
            self.here.start(name)
        for name in ("prover", "gateway"):  # connected again, both ways
            self.here.processes[name].wait_until_ready()
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

    def test_a_second_prover_does_not_get_at_the_keys(self):
        document = json.loads((self.here.folder / "prover.json").read_text())
        file = self.folder / "second.json"
        file.write_text(json.dumps({**document, "admin": "",
                                    "listen": f"unix://{self.folder / 'second'}"}))
        done = subprocess.run([self.here.bin / "troth-prover", "--config", file], timeout=60,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"conflict: state: {self.keys}: another process", done.stderr)

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

    def test_attested_tls_is_spoken_with_keys_that_are_in_the_tpm(self):
        testtool = self.here.bin / "troth-testtool"
        for algorithm in ("EC256", "RSA2048"):
            side = ["--gateway", self.here.gateway_url, "--tls-key-id", self.make("tpm", algorithm),
                    "--tls-roots", self.here.pki / "tls-keys-ca.pem"]
            with self.subTest(algorithm), subprocess.Popen(
                    [testtool, "listen", "localhost:0", "--count", "1", *side],
                    stdout=subprocess.PIPE, text=True) as listener:
                address = listener.stdout.readline().split()[-1]
                done = subprocess.run([testtool, "dial", address, "--send", "hello", *side],
                                      capture_output=True, text=True, timeout=60, check=False)
                listener.terminate()
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"SUCCESS  attestation of {NAME}", done.stdout)
                self.assertTrue(done.stdout.endswith("hello\n"), done.stdout)

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
