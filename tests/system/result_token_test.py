#!/usr/bin/env python3
"""Result tokens of the real troth-testtool, read by other people's libraries.

Arguments: the folder of the executables.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

DEBIAN = "/usr/bin/python3"

try:
    import cbor2
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from jwcrypto import jwk, jwt
except ImportError as missing:
    # They are Debian's, and so its interpreter's.
    if sys.executable != DEBIAN and os.path.exists(DEBIAN):
        os.execv(DEBIAN, [DEBIAN, *sys.argv])
    print(f"skipped: {missing}")
    sys.exit(77)

BIN = pathlib.Path(sys.argv.pop(1))
NONCE = "5a" * 32
OLD = "tag:github.com,2023:veraison/ear"
NEW = "tag:ietf.org,2026:rats/ear#04"


class ResultToken(unittest.TestCase):
    """A report of garbage: its appraisal fails, and the token says so."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        subprocess.run([BIN / "troth-pki", "init", "--dir", cls.folder / "pki"], check=True,
                       capture_output=True)
        cls.key = ec.generate_private_key(ec.SECP256R1())
        (cls.folder / "key.pem").write_bytes(cls.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        cls.jwk = jwk.JWK.from_pyca(cls.key.public_key())
        cls.write_keys("keys.json", cls.jwk)
        (cls.folder / "report").write_bytes(b"garbage")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def write_keys(cls, name, key):
        exported = json.loads(key.export_public())
        exported.update(kid=key.thumbprint(), alg="ES256", use="sig")
        (cls.folder / name).write_text(json.dumps({"keys": [exported]}))

    def make(self, output, profile=NEW, *more):
        return subprocess.run(
            [BIN / "troth-testtool", "verify", "--api", "lib", "--report", self.folder / "report",
             "--nonce", NONCE, "--roots", self.folder / "pki" / "metadata-ca.pem",
             "--output", output, "--signing-key", self.folder / "key.pem",
             "--ear-profile", profile, *more], capture_output=True, timeout=30)

    def read(self, token, *more, keys="keys.json"):
        (self.folder / "token").write_bytes(token)
        return subprocess.run(
            [BIN / "troth-testtool", "token", "--token", self.folder / "token",
             "--keys", self.folder / keys, *more], capture_output=True, text=True, timeout=30)

    def test_a_third_party_verifies_the_jwt(self):
        for profile, status in ((NEW, "ear_status"), (OLD, "ear.status")):
            made = self.make("ear-jwt", profile)
            self.assertEqual(made.returncode, 1, made.stderr)
            token = jwt.JWT(jwt=made.stdout.decode().strip(), key=self.jwk, algs=["ES256"])
            self.assertEqual(token.token.jose_header["kid"], self.jwk.thumbprint())
            claims = json.loads(token.claims)
            self.assertEqual(claims["eat_profile"], profile)
            self.assertIsInstance(claims["iat"], int)
            self.assertEqual(claims["submods"]["report"][status], "contraindicated")
            self.assertNotIn("eat_nonce", claims)

    @unittest.skipUnless(shutil.which("jose"), "no jose")
    def test_the_tool_jose_verifies_the_jwt(self):
        made = self.make("ear-jwt")
        verify = ["jose", "jws", "ver", "-i", "-", "-O", "-", "-k"]
        done = subprocess.run([*verify, self.folder / "keys.json"], input=made.stdout.strip(),
                              capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["eat_profile"], NEW)
        self.write_keys("another.json", jwk.JWK.generate(kty="EC", crv="P-256"))
        done = subprocess.run([*verify, self.folder / "another.json"], input=made.stdout.strip(),
                              capture_output=True, timeout=30)
        self.assertNotEqual(done.returncode, 0)

    def test_a_third_party_verifies_the_cwt(self):
        for profile in (NEW, OLD):
            made = self.make("ear-cwt", profile)
            self.assertEqual(made.returncode, 1, made.stderr)
            message = cbor2.loads(made.stdout)
            self.assertEqual(message.tag, 18)
            protected, unprotected, payload, signature = message.value
            self.assertEqual(unprotected, {})
            header = cbor2.loads(protected)
            self.assertEqual(header[1], -7)
            self.assertEqual(header[3], f'application/eat+cwt; eat_profile="{profile}"')
            self.assertEqual(header[4], self.jwk.thumbprint().encode())
            signed = cbor2.dumps(["Signature1", protected, b"", payload])
            half = len(signature) // 2
            self.key.public_key().verify(
                utils.encode_dss_signature(int.from_bytes(signature[:half], "big"),
                                           int.from_bytes(signature[half:], "big")),
                signed, ec.ECDSA(hashes.SHA256()))
            claims = cbor2.loads(payload)
            self.assertEqual(cbor2.dumps(claims, canonical=True), payload)
            self.assertEqual(claims[265], profile)
            part = claims[266]["report"]
            self.assertEqual(part[1000], 96)
            # Both have the same numbers, and differ in the type of the policies.
            self.assertIsInstance(part[1003], list if profile == NEW else str)
            self.assertEqual(claims.get(1000), 96 if profile == NEW else None)

    def test_the_result_itself_is_the_same_in_both_encodings(self):
        told = json.loads(self.make("json").stdout)
        made = self.make("cbor")
        self.assertEqual(made.returncode, 1, made.stderr)
        result = cbor2.loads(made.stdout)
        self.assertEqual(cbor2.dumps(result, canonical=True), made.stdout)
        self.assertEqual(result[0], told["version"])
        self.assertEqual(result[2]["status"], told["summary"]["status"])
        self.assertEqual(len(result["troth"][3]), len(told["troth"]["findings"]))

    def test_both_read_back_with_the_keys_of_a_third_party(self):
        for output in ("ear-jwt", "ear-cwt"):
            read = self.read(self.make(output).stdout)
            self.assertEqual(read.returncode, 1, read.stderr)
            self.assertIn("report  contraindicated", read.stdout)

    def test_a_token_of_another_key_or_another_answer_is_refused(self):
        token = self.make("ear-jwt").stdout
        self.write_keys("other.json", jwk.JWK.generate(kty="EC", crv="P-256"))
        read = self.read(token, keys="other.json")
        self.assertEqual((read.returncode, read.stdout), (1, ""))
        self.assertIn("untrusted: ", read.stderr)
        for code, *options in (("missing: ear.eat_nonce", "--nonce", NONCE),
                               ("unsupported: ear.eat_profile", "--profile", OLD),
                               ("missing: ear.aud", "--audience", "me"),
                               ("forbidden: ear.submods.report", "--policy", "strict"),
                               ("expired: ear.iat", "--time", "2020-01-01T00:00:00Z"),
                               ("expired: ear.exp", "--time", "2100-01-01T00:00:00Z")):
            read = self.read(token, *options)
            self.assertEqual((read.returncode, read.stdout), (1, ""), code)
            self.assertIn(code, read.stderr)

    def test_a_token_needs_a_key(self):
        made = subprocess.run(
            [BIN / "troth-testtool", "verify", "--api", "lib", "--report", self.folder / "report",
             "--nonce", NONCE, "--roots", self.folder / "pki" / "metadata-ca.pem",
             "--output", "ear-jwt"], capture_output=True, text=True, timeout=30)
        self.assertEqual(made.stdout, "")
        self.assertIn("unsupported: ear: no signing key is configured", made.stderr)

    def test_a_page_says_what_failed(self):
        made = self.make("html")
        self.assertEqual(made.returncode, 1, made.stderr)
        self.assertIn(b'<span class="fail">fail</span>', made.stdout)
        self.assertIn(b"report.format", made.stdout)

    def check_verifier(self, **ear):
        roots = str(self.folder / "pki" / "metadata-ca.pem")
        file = self.folder / "verifier.json"
        file.write_text(json.dumps({
            "state": str(self.folder), "admin": "", "ear": ear,
            "trust": {"metadataRoots": [roots], "akRoots": [roots]}}))
        return subprocess.run([BIN / "troth-verifier", "--check-config", "--config", file],
                              capture_output=True, text=True, timeout=30)

    def test_the_verifier_refuses_keys_that_are_none_and_shows_none(self):
        secret = str(self.folder / "key.pem")
        public = self.folder / "public.pem"
        public.write_bytes(self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        for expected, ear in (
                ("ear.signingKey", {"signingKey": str(public)}),
                ("ear.signingKey", {"signingKey": str(self.folder / "none.pem")}),
                ("ear.signingKey: there are retired keys", {"retiredKeys": [str(public)]}),
                ("ear.retiredKeys", {"signingKey": secret, "retiredKeys": [secret]}),
                ("a key twice", {"signingKey": secret, "retiredKeys": [str(public)]})):
            checked = self.check_verifier(**ear)
            self.assertEqual(checked.returncode, 2, checked.stderr)
            self.assertIn(expected, checked.stderr)
            self.assertNotIn("PRIVATE KEY", checked.stderr + checked.stdout)


if __name__ == "__main__":
    unittest.main()
