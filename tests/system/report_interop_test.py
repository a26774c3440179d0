#!/usr/bin/env python3
"""Has readers of others read our reports, in both encodings, and verify every signature in them.
Arguments: the folder of the sources. Skips where there are no such readers."""
import base64
import datetime
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
sys.path[:0] = [str(SOURCE / "deploy/demo.d"), str(SOURCE / "tests/support")]
try:
    import cbor2
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
    from jwcrypto import jwk, jws, jwt
    from third_party import verify_cose
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)
from deployment import Deployment  # noqa: E402
from processes import run  # noqa: E402

ROLES = {"driver-sw": "driver", "prover": "prover", "est": "est", "gateway": "gateway"}
NONCE = bytes(range(32))


class Machine(Deployment):
    driver = "driver-sw"

    def configurations(self):
        own = {name: own for name, own in super().configurations().items() if name in ROLES}
        del own["gateway"]["verifiers"]
        return own


PROFILE = "tag:troth.example,2026:report"


def to_base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Interoperability(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.machine = machine = Machine(folder.name, SOURCE, ROLES)
        cls.addClassCleanup(machine.close)
        machine.make_certificates()
        vendor = (machine.pki / "ak-ca.pem").read_bytes()  # any CA's will do: no TPM enrols
        (machine.machine / "ek-roots.pem").write_bytes(vendor)
        machine.make_logs([machine.bin / "troth-est"])
        machine.make_metadata()
        machine.configure()
        machine.start()
        signer = (machine.pki / "metadata-signer.pem").read_bytes()
        cls.signer = x509.load_pem_x509_certificate(signer)
        # One time for all appraisals: findings tell it.
        cls.time = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def report(self, encoding):
        out = self.machine.folder / f"report.{encoding}"
        run(self.machine.bin / "troth-testtool", "generate", "--gateway", self.machine.gateway_url,
            "--nonce", NONCE.hex(), "--encoding", encoding, "--out", out)
        return out.read_bytes()

    def check_item(self, digest, item):
        """Verifies a metadata item, and returns the form of its signature."""
        self.assertEqual(hashlib.sha256(item).hexdigest(), digest)
        if item[:1] == b"{":
            token = jws.JWS()
            general = json.loads(item)
            for one in general["signatures"]:
                token.deserialize(json.dumps({"payload": general["payload"], **one}))
                token.verify(jwk.JWK.from_pem(self.signer.public_bytes(Encoding.PEM)))
            return "jws"
        body, _, payload, signatures = cbor2.loads(item).value
        for protected, open_header, signature in signatures:
            certificate = x509.load_der_x509_certificate(open_header[33][0])
            self.assertEqual(certificate, self.signer)
            verify_cose(certificate.public_key(), cbor2.loads(protected)[1], signature,
                        cbor2.dumps(["Signature", body, protected, b"", payload]))
        return "cose"

    def check_evidence(self, evidence, pem, context):
        """Verifies that the collateral's key signed the hash of the context."""
        token = jws.JWS()
        token.deserialize(evidence.decode())
        token.verify(jwk.JWK.from_pem(pem))
        nonce = base64.b64decode(json.loads(token.payload)["nonce"])
        self.assertEqual(nonce, hashlib.sha256(context).digest())

    def test_a_JSON_report_is_read_and_verified(self):
        report = json.loads(self.report("json"))
        context = json.loads(from_base64url(report["context"]))
        self.assertEqual(base64.b64decode(context["nonce"]), NONCE)
        forms = {self.check_item(digest, base64.b64decode(context["metadata"][digest]))
                 for digest in context["digests"]}
        self.assertEqual(forms, {"jws", "cose"})
        (evidence,), (collateral,) = report["evidences"], context["collateral"]
        self.check_evidence(base64.b64decode(evidence["evidence"]),
                            base64.b64decode(collateral["key"]), report["context"].encode())

    def test_a_CBOR_report_is_read_and_verified_and_written_again_as_it_was(self):
        content = self.report("cbor")
        report = cbor2.loads(content)
        self.assertEqual(cbor2.dumps(report, canonical=True), content)
        context = report[5]
        self.assertEqual(context[2], NONCE)
        forms = {self.check_item(digest, context[5][digest]) for digest in context[4]}
        self.assertEqual(forms, {"jws", "cose"})
        (evidence,), (collateral,) = report[4], context[3]
        encoded = cbor2.dumps(context, canonical=True)
        self.assertIn(encoded, content)
        self.check_evidence(evidence[1], collateral[2], encoded)

    def findings(self, content):
        """What is found about a report, or an envelope; or why it is none."""
        file = self.machine.folder / "sent"
        file.write_bytes(content)
        done = subprocess.run(
            [self.machine.bin / "troth-testtool", "verify", "--api", "lib", "--report", file,
             "--nonce", NONCE.hex(), "--roots", self.machine.pki / "metadata-ca.pem",
             "--time", self.time, "--output", "json"], capture_output=True, text=True, timeout=60)
        if done.stdout:
            return json.loads(done.stdout)["troth"]["findings"]
        self.assertEqual(done.returncode, 1, done.stderr)  # it is the report that is refused
        return done.stderr

    def driver_key(self):
        state = self.machine.folder / "state" / "driver-sw"
        return next(each.read_bytes() for each in state.iterdir()
                    if each.is_file() and b"PRIVATE KEY" in each.read_bytes())

    def jwt_around(self, report, pem, **more):
        wrapped = ["application/vnd.troth.report+json", to_base64url(report), 4]
        token = jwt.JWT(header={"alg": "ES256", "typ": "JWT"},
                        claims={"eat_profile": PROFILE, "eat_nonce": to_base64url(NONCE),
                                "cmw": wrapped, **more})
        token.make_signed_token(jwk.JWK.from_pem(pem))
        return token.serialize().encode()

    def test_an_EAT_of_others_making_changes_nothing_of_what_is_found(self):
        report, pem = self.report("json"), self.driver_key()
        found = self.findings(report)
        self.assertIn("sw.signature", {each["rule"] for each in found})
        self.assertEqual(self.findings(self.jwt_around(report, pem)), found)
        other = jwk.JWK.generate(kty="EC", crv="P-256").export_to_pem(True, None)
        for code, token in (("bad_signature: ", self.jwt_around(report, other)),
                            ("expired: ", self.jwt_around(report, pem, exp=1)),
                            ("conflict: ", self.jwt_around(report, pem, eat_nonce="AAAAAAAAAAA")),
                            ("unsupported: ", self.jwt_around(report, pem, eat_profile="x"))):
            self.assertIn(code, self.findings(token))

    def test_a_CWT_of_others_making_changes_nothing_of_what_is_found(self):
        report, key = self.report("cbor"), load_pem_private_key(self.driver_key(), None)
        wrapped = ["application/vnd.troth.report+cbor", report, 4]
        claims = cbor2.dumps({265: PROFILE, 10: NONCE, 299: wrapped})
        protected = cbor2.dumps({1: -7})
        signed = cbor2.dumps(["Signature1", protected, b"", claims])
        numbers = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = b"".join(each.to_bytes(32, "big") for each in numbers)
        token = cbor2.CBORTag(18, [protected, {}, claims, signature])
        found = self.findings(report)
        self.assertEqual(self.findings(cbor2.dumps(token)), found)
        self.assertEqual(self.findings(cbor2.dumps(cbor2.CBORTag(61, token))), found)
        token.value[3] = bytes(64)
        self.assertIn("bad_signature: ", self.findings(cbor2.dumps(token)))


if __name__ == "__main__":
    unittest.main()
