#!/usr/bin/env python3
"""Has readers of others read what troth-metatool, whose path is the argument, signs: CBOR and
JSON to their members, every signature verified. Skips where there are no such readers."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
try:
    import cbor2
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import Encoding
    from jwcrypto import jwk, jws
    from third_party import verify_cose
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)

METATOOL = sys.argv.pop()

KEYS = {"p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "p521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
        "rsa": ["rsa:2048"], "ed25519": ["ed25519"]}
JWS_NAMES = {"p256": "ES256", "p384": "ES384", "p521": "ES512", "rsa": "RS256",
             "ed25519": "EdDSA"}
COSE_NUMBERS = {"p256": -7, "p384": -35, "p521": -36, "rsa": -257, "ed25519": -8}


class Interoperability(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.signers = {}
        for name, key in KEYS.items():
            subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", *key, "-keyout",
                            f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj",
                            f"/CN={name}", "-addext", "extendedKeyUsage=codeSigning"],
                           cwd=self.folder, check=True, capture_output=True)
            self.signers[name] = x509.load_pem_x509_certificate(
                (self.folder / f"{name}.pem").read_bytes())
        (self.folder / "tdx.json").write_text(json.dumps(
            {"quoteVersion": 4, "tdId": {"mrOwner": "00" * 48, "mrOwnerConfig": "01" * 48,
                                         "mrConfigId": "02" * 48}, "xfam": "e702060000000000",
             "tdAttributes": {"debug": False, "septVEDisable": True, "pks": False, "kl": False},
             "acceptedTcbStatuses": ["UpToDate"]}))

    def do(self, *arguments):
        subprocess.run([METATOOL, *arguments], cwd=self.folder, check=True, capture_output=True)

    def make(self, encoding, form, *more):
        """Signs a manifest with every key; returns the payload and what was signed."""
        self.do("create", "manifest", "--name", "os", "--developer", "Jörg", "--tdx-policy",
                "tdx.json", "--format", encoding, "--out", "item")
        keys = []
        for name in KEYS:
            keys += ["--key", f"{name}.key", "--certs", f"{name}.pem"]
        self.do("sign", *keys, "--format", form, "--in", "item", "--out", "signed", *more)
        return (self.folder / "item").read_bytes(), (self.folder / "signed").read_bytes()

    def test_another_jose_verifies_every_signature(self):
        item, signed = self.make("json", "jws")
        general = json.loads(signed)
        self.assertEqual(len(general["signatures"]), len(KEYS))
        for (name, certificate), one in zip(self.signers.items(), general["signatures"]):
            token = jws.JWS()
            token.deserialize(json.dumps({"payload": general["payload"], **one}))
            token.verify(jwk.JWK.from_pem(certificate.public_bytes(Encoding.PEM)))
            self.assertEqual(token.payload, item)
            self.assertEqual(token.jose_header["alg"], JWS_NAMES[name])
        self.assertEqual(json.loads(item)["developerCommonName"], "Jörg")

    def test_another_cbor_reads_it_and_every_signature_verifies(self):
        for padding_name, rsa in (("pkcs1", -257), ("pss", -37)):
            item, signed = self.make("cbor", "cose", "--rsa-padding", padding_name)
            message = cbor2.loads(signed)
            self.assertEqual(message.tag, 98)
            body, _, payload, signatures = message.value
            self.assertEqual(payload, item)
            self.assertEqual(len(signatures), len(KEYS))
            for name, (protected, open_header, signature) in zip(KEYS, signatures):
                number = cbor2.loads(protected)[1]
                self.assertEqual(number, rsa if name == "rsa" else COSE_NUMBERS[name])
                certificate = x509.load_der_x509_certificate(open_header[33][0])
                self.assertEqual(certificate, self.signers[name])
                signed_bytes = cbor2.dumps(["Signature", body, protected, b"", payload])
                verify_cose(certificate.public_key(), number, signature, signed_bytes)
                with self.assertRaises(InvalidSignature):
                    verify_cose(certificate.public_key(), number, signature, signed_bytes + b"\0")

    def test_another_cbor_writes_the_same_bytes(self):
        item, _ = self.make("cbor", "cose")
        read = cbor2.loads(item)
        self.assertEqual(read[0], "Manifest")
        self.assertEqual(read[16][3], {0: False, 1: True, 2: False, 3: False})
        self.assertEqual(cbor2.dumps(read, canonical=True), item)


if __name__ == "__main__":
    unittest.main()
