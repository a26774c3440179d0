#!/usr/bin/env python3
"""A machine enrols a TLS key at the EST server by HTTPS, in real processes: tls_keys_test.py ROOT.

The key is in a file and the machine's TPM is a software TPM; OpenSSL makes requests and reads what
comes back.
"""
import base64
import hashlib
import http.client
import json
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from deployment import Deployment  # noqa: E402
from processes import free_ports, run  # noqa: E402

PREFIX = "/.well-known/est/"
NAME = "example-machine"


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True,
                          check=True, timeout=30).stdout


class TlsKeys(unittest.TestCase):
    """Everything runs from the first test to the last."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-tls-keys-")
        cls.addClassCleanup(folder.cleanup)
        cls.here = Deployment(pathlib.Path(folder.name) / "here", ROOT)
        cls.addClassCleanup(cls.here.close)
        cls.here.make_certificates()
        cls.here.issue("gateway-server", "est-https")
        cls.here.make_logs([ROOT / "README.md"])
        cls.here.make_metadata()
        cls.here.boot()
        cls.port = free_ports(1)[0]
        cls.ca = cls.here.pki / "tls-keys-ca.pem"
        keys = cls.here.configurations()["est"]["tlsKeys"]
        cls.here.configure(est={"tlsKeys": {
            **keys, "listen": f"127.0.0.1:{cls.port}",
            "tls": {"certificate": str(cls.here.pki / "est-https.pem"),
                    "key": str(cls.here.pki / "est-https.key")}}})
        cls.here.start()

    def ask(self, method, what, body=None, content_type=None):
        trusting = ssl.create_default_context(cafile=self.here.pki / "tls-ca.pem")
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60,
                                                 context=trusting)
        self.addCleanup(connection.close)
        connection.request(method, PREFIX + what, body,
                           {"Content-Type": content_type} if content_type else {})
        answer = connection.getresponse()
        answer.content = answer.read()
        return answer

    def certificates_in(self, answer):
        self.assertEqual(answer.status, 200, answer.content)
        self.assertEqual(answer.headers["Content-Type"],
                         "application/pkcs7-mime; smime-type=certs-only")
        self.assertEqual(answer.headers["Content-Transfer-Encoding"], "base64")
        self.assertLessEqual(max(map(len, answer.content.split(b"\r\n"))), 76)
        text = openssl("pkcs7", "-inform", "DER", "-print_certs",
                       given=base64.b64decode(answer.content)).decode()
        return re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.S)

    def challenge(self, method="POST"):
        answer = self.ask(method, "attestchallenge")
        self.assertEqual(answer.status, 200, answer.content)
        given = json.loads(answer.content)
        self.assertEqual(set(given), {"id", "nonce", "expires"})
        self.assertEqual(len(base64.b64decode(given["nonce"])), 32)
        return given

    def make_request(self, name=NAME, extensions=("subjectAltName=DNS:" + NAME,)):
        """Returns the SubjectPublicKeyInfo of a new key, and a CSR that it has signed."""
        key = self.here.folder / "tls.key"
        added = [word for one in extensions for word in ("-addext", one)]
        csr = openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-keyout", key, "-subj", f"/CN={name}", *added, "-outform", "DER")
        return openssl("pkey", "-in", key, "-pubout", "-outform", "DER"), csr

    def report_for(self, challenge, public_key):
        nonce = hashlib.sha256(base64.b64decode(challenge["nonce"]) + public_key).hexdigest()
        file = self.here.folder / "report.json"
        file.unlink(missing_ok=True)
        run(self.here.bin / "troth-testtool", "generate", "--gateway", self.here.gateway_url,
            "--nonce", nonce, "--out", file)
        return file.read_bytes()

    def enrol(self, challenge, csr, report, what="attestenroll", between=()):
        parts = [("application/pkcs10", csr),
                 *[("application/octet-stream", each) for each in (*between, report)]]
        body = b"".join(
            f"--x\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
            + base64.encodebytes(content) + b"\r\n" for kind, content in parts) + b"--x--\r\n"
        return self.ask("POST", f"{what}?challenge={challenge['id']}", body,
                        "multipart/mixed; boundary=x")

    def assert_refused(self, answer, status, code):
        self.assertEqual((answer.status, json.loads(answer.content)["code"]), (status, code),
                         answer.content)

    def test_the_certificates_of_the_ca_are_for_everybody(self):
        given = self.certificates_in(self.ask("GET", "cacerts"))
        self.assertEqual(given, [self.ca.read_text().strip()])

    def test_a_machine_that_passes_gets_a_certificate_once_for_a_challenge(self):
        challenge = self.challenge()
        public_key, csr = self.make_request()
        report = self.report_for(challenge, public_key)
        given = self.certificates_in(self.enrol(challenge, csr, report))
        self.assertEqual(len(given), 1)
        file = self.here.folder / "tls.pem"
        file.write_text(given[0])
        openssl("verify", "-CAfile", self.ca, "-purpose", "sslserver", "-verify_hostname", NAME,
                file)
        self.assertEqual(openssl("x509", "-in", file, "-noout", "-pubkey"),
                         openssl("pkey", "-pubin", "-inform", "DER", given=public_key))
        self.assert_refused(self.enrol(challenge, csr, report), 409, "no_challenge")
        serial = openssl("x509", "-in", file, "-noout", "-serial").decode().split("=")[1].strip()
        kept = json.loads((self.here.folder / "state/est/tls-keys" /
                           f"{serial.lower().lstrip('0')}.json").read_text())
        self.assertEqual((kept["machine"], kept["kind"], kept["dnsNames"]), (NAME, "sw", [NAME]))
        self.assertIn(f"certified a TLS key (sw) of {NAME}",
                      (self.here.logs / "est.log").read_text())

    def test_a_report_is_for_one_challenge_and_one_key(self):
        challenge = self.challenge("GET")
        public_key, csr = self.make_request()
        report = self.report_for(challenge, public_key)
        _, other = self.make_request()
        self.assert_refused(self.enrol(challenge, other, report), 422, "untrusted")
        self.assert_refused(self.enrol(self.challenge(), csr, report), 422, "untrusted")

    def test_names_and_powers_that_are_not_a_machines_are_refused(self):
        for name, extensions in (("other-machine", ()), (NAME, ("subjectAltName=DNS:google.com",)),
                                 (NAME, ("basicConstraints=CA:TRUE",)),
                                 (NAME, ("subjectAltName=URI:urn:troth:role:gateway",))):
            with self.subTest(name=name, extensions=extensions):
                challenge = self.challenge()
                public_key, csr = self.make_request(name, extensions)
                self.assert_refused(
                    self.enrol(challenge, csr, self.report_for(challenge, public_key)), 403,
                    "forbidden")

    def test_a_key_that_no_tpm_vouches_for_is_not_in_one(self):
        challenge = self.challenge()
        public_key, csr = self.make_request()
        answer = self.enrol(challenge, csr, self.report_for(challenge, public_key),
                            "tpmcertifyenroll", (b"P", b"created", b"A", b"S", b"AK"))
        self.assertEqual(answer.status, 400, answer.content)

    def test_what_is_no_enrolment_is_refused(self):
        self.assertEqual(self.ask("GET", "attestenroll").status, 405)
        self.assertEqual(self.ask("POST", "simpleenroll").status, 404)
        self.assertEqual(self.ask("POST", "attestenroll", b"x", "application/pkcs10").status, 415)
        self.assert_refused(self.ask("POST", "attestenroll", b"x", "multipart/mixed; boundary=x"),
                            400, "missing")
        self.assert_refused(self.enrol({"id": "0" * 32}, b"x", b"x"), 409, "no_challenge")


if __name__ == "__main__":
    unittest.main()
