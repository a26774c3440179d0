#!/usr/bin/env python3
"""Has readers of others read our reports, in both encodings, and verify every signature in them.
Arguments: the folder of the sources. Skips where there are no such readers."""
import base64
import hashlib
import json
import pathlib
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
sys.path[:0] = [str(SOURCE / "deploy/demo.d"), str(SOURCE / "tests/support")]
try:
    import cbor2
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from jwcrypto import jwk, jws
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


if __name__ == "__main__":
    unittest.main()
