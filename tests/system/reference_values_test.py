#!/usr/bin/env python3
"""What verifiers judge by, at run time: reference values, CoRIMs, metadata, trust anchors, collateral.
Real troth-verifiers that share a store, a real troth-est, behind a real gateway.

Arguments: the folder of the executables.
"""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
sys.argv[1:1] = [str(BIN / "troth-gateway"), "-", str(BIN / "troth-pki")]
ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import cbor  # noqa: E402
from gateway import GatewayCase, wait_until  # noqa: E402

VECTORS = pathlib.Path(os.environ.get("TROTH_VECTORS", ROOT.parent / "shared" / "vectors"))
CASE = VECTORS / "cmc-reports" / "neg-ima-unreferenced-entry-cbor"
ROLES = ("attester", "relying-party", "operator", "admin")
VALUE = {"type": "firmware", "name": "shim", "hashes": [{"alg": "SHA-256", "content": "11" * 32}],
         "properties": [{"name": "cmc.ta", "value": "TPM"}, {"name": "cmc.index", "value": "4"}]}
READERS, ADMIN = {"relying-party", "operator", "admin"}, {"admin"}
CORIM, SIGNED = "application/rim+cbor", "application/rim+cose"
FORMER = 'application/corim-unsigned+cbor; profile="http://arm.com/psa/iot/1"'


def corim(name, pcr, value, more=None):
    """An unsigned CoRIM with one digest: draft-ietf-rats-corim."""
    comid = {1: {0: name}, 4: {0: [[{0: {1: "Vendor", 2: "TPM"}},
                                    [{0: pcr, 1: {2: [[1, value]], 11: name}}]]]}}
    return cbor.dumps(cbor.Tag(501, {0: name, 1: [cbor.Tag(506, cbor.dumps(comid))],
                                **(more or {})}))


class ReferenceValues(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tokens = cls.folder / "tokens"
        tokens.write_text("".join(f"{hashlib.sha256(role.encode()).hexdigest()} {role} {role}\n"
                                  for role in ROLES))
        cls.audit = cls.folder / "audit.log"
        roots = [str(cls.pki.folder / "metadata-ca.pem")]
        if CASE.exists():
            roots.append(str(VECTORS / "cmc-reports" / "ca" / "ca.pem"))
        policy = cls.folder / "policy.json"
        policy.write_text(json.dumps({"base": "cmc-compat", "name": "accepting",
                                      "acceptProvisionedValues": True}))
        cls.verifiers = [cls.start([str(BIN / "troth-verifier")], {
            "admin": "", "tls": cls.pki.tls("verifier"), "listen": "127.0.0.1:0",
            "store": f"sqlite3://{cls.folder}/store.sqlite3", "policy": "cmc-compat",
            "callerPolicies": [str(policy)], "trust": {"metadataRoots": roots, "akRoots": roots}})
            for _ in range(2)]
        cls.est = cls.start([str(BIN / "troth-est")], {
            "admin": "", "tls": cls.pki.tls("est"), "listen": "127.0.0.1:0",
            "ekRoots": [str(cls.pki.folder / "ak-ca.pem")],
            "akCa": {"certificate": str(cls.pki.folder / "ak-ca.pem"),
                     "key": str(cls.pki.folder / "ak-ca.key")}})
        cls.gateway = cls.start_gateway(
            {"tokens": str(tokens)}, audit={"file": str(cls.audit)},
            verifiers=[f"127.0.0.1:{one.port}" for one in cls.verifiers],
            est=f"127.0.0.1:{cls.est.port}")
        metrics = cls()
        for peer, count in (("verifiers", 2), ("est", 1)):
            wait_until(lambda line=f'troth_peers_connected{{peer="{peer}"}} {count}':
                       line in metrics.call("operator", "GET", "/metrics").body.decode())

    def call(self, role, method, path, body=None, headers=None):
        return self.ask(method, path, body, {"Authorization": f"Bearer {role}", **(headers or {})})

    def good(self, method, path, body=None, kind=None, role="admin"):
        answer = self.call(role, method, path, body, {"Content-Type": kind} if kind else {})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def values(self):
        return self.good("GET", "/v1/reference-values", role="relying-party")["values"]

    def tearDown(self):
        for one in self.values():
            self.good("DELETE", f"/v1/reference-values/{one['id']}")

    def test_a_value_is_added_set_aside_and_erased_for_all_verifiers(self):
        added = self.good("POST", "/v1/reference-values", VALUE)["values"]
        self.assertEqual([one["component"]["name"] for one in added], ["shim"])
        self.assertEqual((added[0]["active"], added[0]["source"], added[0]["author"]),
                         (True, "api", "token admin"))
        path = f"/v1/reference-values/{added[0]['id']}"
        for _ in range(2):  # the verifiers take turns
            self.assertEqual(self.values(), added)
            self.assertEqual(self.good("GET", path)["values"], added)
        self.assertFalse(self.good("POST", path + "/deactivate")["values"][0]["active"])
        for _ in range(2):
            self.assertFalse(self.values()[0]["active"])
        self.good("POST", "/v1/reference-values", VALUE)  # stays as it is
        self.assertFalse(self.values()[0]["active"])
        self.assertTrue(self.good("POST", path + "/activate")["values"][0]["active"])
        self.verifiers[0].stop()
        self.verifiers[1].stop()
        for one in self.verifiers:  # again, from the store
            one.file.write_text(json.dumps({**json.loads(one.file.read_text()),
                                            "listen": f"127.0.0.1:{one.port}"}))
            one.start()
        wait_until(lambda: self.call("operator", "GET", "/v1/reference-values").status == 200)
        self.assertEqual(self.values(), added)
        self.assertEqual(self.good("DELETE", path), {"values": []})
        self.assertEqual(self.values(), [])
        for method, what in (("GET", ""), ("DELETE", ""), ("POST", "/activate")):
            self.check_problem(self.call("admin", method, path + what), 404, "not_found")

    def test_a_corim_is_taken_whole(self):
        for kind in (CORIM, "application/corim-unsigned+cbor", FORMER):
            answer = self.call("admin", "POST", "/endorsement-provisioning/v1/submit",
                               corim("a", 7, b"\x01" * 32), {"Content-Type": kind})
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(answer.headers["content-type"],
                             "application/vnd.veraison.provisioning-session+json")
            self.assertEqual(answer.json()["status"], "success")
        one, = self.values()
        self.assertEqual((one["source"], one["component"]["name"]), ("corim a", "a"))
        self.assertEqual(one["component"]["hashes"],
                         [{"alg": "SHA-256", "content": "01" * 32}])
        told = self.ask("GET", "/.well-known/veraison/provisioning").json()
        self.assertEqual(told["api-endpoints"],
                         {"provisioningSubmit": "/endorsement-provisioning/v1/submit"})
        self.assertIn(CORIM, told["media-types"])

    def test_what_is_no_corim_or_counts_for_nothing_is_refused_by_its_code(self):
        good = corim("b", 7, bytes(32))
        for body, kind, status, code in (
                (b"", CORIM, 400, "truncated"), (good[:-1], CORIM, 400, "truncated"),
                (good + b"\0", CORIM, 400, "trailing"), (b"\x01", CORIM, 400, "malformed"),
                (corim("b", 24, bytes(32)), CORIM, 400, "malformed"),
                (corim("b", 7, bytes(31)), CORIM, 400, "malformed"),
                (cbor.dumps(cbor.Tag(501, {0: "b", 1: [cbor.Tag(505, b"")]})), CORIM, 400,
                 "unsupported"),
                (good, SIGNED, 400, "unsupported"),
                (good, "application/cbor", 415, "unsupported_media_type"),
                (bytes((1 << 20) + 1), CORIM, 413, "too_large")):
            with self.subTest(body=body[:20], kind=kind):
                answer = self.call("admin", "POST", "/endorsement-provisioning/v1/submit", body,
                                   {"Content-Type": kind})
                self.check_problem(answer, status, code)
        over = corim("b", 7, bytes(32), {4: {1: cbor.Tag(1, 1_500_000_000)}})
        answer = self.call("admin", "POST", "/v1/reference-values", over, {"Content-Type": CORIM})
        self.check_problem(answer, 422, "expired")
        self.assertEqual(self.values(), [])

    def sign(self, payload, folder, role="metadata-signer", **said):
        """A COSE_Sign1 by a key that the PKI in `folder` has certified for a role."""
        name = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "signer"
        subprocess.run([BIN / "troth-pki", "issue", "--dir", folder, "--role", role, "--name", "v",
                        "--out", name], check=True, capture_output=True, timeout=60)
        meta = {8: cbor.dumps({0: {0: "s"}, 1: {1: cbor.Tag(1, said["until"])}})} if said else {}
        protected = cbor.dumps({1: -7, **meta})
        signed = cbor.dumps(["Signature1", protected, b"", payload])
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", f"{name}.key"], input=signed,
                             check=True, capture_output=True, timeout=20).stdout
        parts, at = [], 2
        for _ in range(2):  # ECDSA-Sig-Value: r and s
            size = der[at + 1]
            parts.append(int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(32, "big"))
            at += 2 + size
        pem = subprocess.run(["openssl", "x509", "-in", f"{name}.pem", "-outform", "DER"],
                             check=True, capture_output=True, timeout=20).stdout
        return cbor.dumps(cbor.Tag(18, [protected, {33: pem}, payload, b"".join(parts)]))

    def test_a_signed_corim_counts_if_its_signer_is_trusted(self):
        payload = corim("signed", 8, b"\x02" * 32)
        other = type(self.pki)(self.folder / "another-pki")
        for message, status, code in (
                (self.sign(payload, self.pki.folder), 200, None),
                (self.sign(payload, self.pki.folder)[:-1] + b"\0", 422, "bad_signature"),
                (self.sign(payload, other.folder), 422, "untrusted"),
                (self.sign(payload, self.pki.folder, "verifier"), 422, "untrusted"),
                (self.sign(payload, self.pki.folder, until=1_600_000_000), 422, "expired")):
            answer = self.call("admin", "POST", "/endorsement-provisioning/v1/submit", message,
                               {"Content-Type": SIGNED})
            self.assertEqual((answer.status, answer.json().get("code")), (status, code),
                             answer.body)
        self.assertEqual([one["source"] for one in self.values()], ["corim signed"])
        other = self.sign(corim("limited", 8, b"\x03" * 32), self.pki.folder, until=4_000_000_000)
        limited, = self.good("POST", "/v1/reference-values", other, SIGNED)["values"]
        self.assertEqual(limited["until"], "2096-10-02T07:06:40Z")  # when the signature ends

    @unittest.skipUnless(CASE.exists(), "no vectors")
    def test_a_value_of_no_manifest_lets_its_measurement_pass_where_the_policy_says_so(self):
        request = {"report": base64.b64encode((CASE / "attestation-report.cbor").read_bytes()).decode(),
                   "nonce": base64.b64encode((CASE / "nonce.cbor").read_bytes()).decode()}

        def judged(policy):
            out = set()
            for _ in range(2):  # the verifiers take turns
                answer = self.call("attester", "POST", "/v1/appraisals",
                                   {**request, "policy": policy})
                self.assertEqual(answer.status, 200, answer.body)
                found = [one for one in answer.json()["troth"]["findings"]
                         if one["rule"] == "tpm.event" and one["outcome"] == "fail"]
                out.add((answer.json()["summary"]["status"], bool(found)))
            missed = [one["got"] for one in found if one["subject"] == "PCR 10"]
            return out, missed
        before, missed = judged("accepting")
        self.assertEqual(before, {("fail", True)})
        values = [corim(f"file {n}", 10, bytes.fromhex(value)) for n, value in enumerate(missed)]
        for body in values:
            self.good("POST", "/v1/reference-values", body, CORIM)
        self.assertEqual(judged("cmc-compat")[0], {("fail", True)})
        self.assertEqual(judged("accepting")[0], {("success", False)})
        for one in self.values():
            self.good("POST", f"/v1/reference-values/{one['id']}/deactivate")
        self.assertEqual(judged("accepting")[0], {("fail", True)})

    def test_trust_anchors_and_collateral_are_told(self):
        told = self.good("GET", "/v1/trust-anchors", role="relying-party")["anchors"]
        pem = (self.pki.folder / "metadata-ca.pem").read_text()
        der = base64.b64decode("".join(pem.split("-----")[2].split()))
        self.assertIn(hashlib.sha256(der).hexdigest(),
                      [one.get("sha256") for one in told if one["role"] == "metadata"])
        self.assertTrue([one for one in told if one["role"] == "intel" and "keySha256" in one])
        self.assertEqual(self.good("GET", "/v1/collateral", role="operator"), {"items": []})

    def test_metadata_is_added_set_aside_and_erased(self):
        plain = self.folder / "os.json"
        plain.write_text(json.dumps({
            "type": "Manifest", "name": "os", "version": "2026-01-01T00:00:00Z", "baseLayers": ["os"],
            "validity": {"notBefore": "2026-01-01T00:00:00Z", "notAfter": "2030-01-01T00:00:00Z"},
            "developerCommonName": "d", "certLevel": 1, "components": []}))
        name = self.folder / "signer"
        subprocess.run([BIN / "troth-pki", "issue", "--dir", self.pki.folder, "--role",
                        "metadata-signer", "--name", "s", "--out", name], check=True,
                       capture_output=True, timeout=60)
        signed = self.folder / "os.jws"
        done = subprocess.run([BIN / "troth-metatool", "sign", "--key", f"{name}.key", "--certs",
                               f"{name}.pem", "--format", "jws", "--in", plain, "--out", signed],
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        body = signed.read_bytes()
        digest = hashlib.sha256(body).hexdigest()
        path = f"/v1/metadata/{digest}"
        self.check_problem(self.call("admin", "POST", "/v1/metadata", b"{}",
                                     {"Content-Type": "application/jose+json"}), 400, "missing")
        one, = self.good("POST", "/v1/metadata", body, "application/jose+json")["items"]
        self.assertEqual((one["digest"], one["name"], one["active"], one["source"]),
                         (digest, "os", True, "api"))
        self.assertEqual(self.call("relying-party", "GET", path).body, body)
        self.assertFalse(self.good("POST", path + "/deactivate")["items"][0]["active"])
        self.assertTrue(self.good("POST", path + "/activate")["items"][0]["active"])
        self.assertEqual(self.good("DELETE", path), {"items": []})
        self.check_problem(self.call("operator", "GET", path), 404, "not_found")

    def test_who_may_do_what(self):
        for method, path, may in (
                ("GET", "/v1/reference-values", READERS), ("POST", "/v1/reference-values", ADMIN),
                ("GET", "/v1/reference-values/0", READERS),
                ("DELETE", "/v1/reference-values/0", ADMIN),
                ("POST", "/v1/reference-values/0/activate", ADMIN),
                ("POST", "/v1/reference-values/0/deactivate", ADMIN),
                ("GET", "/v1/trust-anchors", READERS), ("GET", "/v1/collateral", READERS),
                ("GET", "/v1/metadata", READERS), ("POST", "/v1/metadata", ADMIN),
                ("GET", "/v1/metadata/0", READERS), ("DELETE", "/v1/metadata/0", ADMIN),
                ("POST", "/v1/metadata/0/activate", ADMIN),
                ("POST", "/v1/metadata/0/deactivate", ADMIN),
                ("POST", "/endorsement-provisioning/v1/submit", ADMIN)):
            for role in ROLES:
                with self.subTest(path=path, method=method, role=role):
                    status = self.call(role, method, path).status
                    self.assertEqual(status == 403, role not in may, status)
            self.assertEqual(self.call("nobody", method, path).status, 401)

    def test_the_audit_log_has_who_changed_what(self):
        self.good("POST", "/v1/reference-values", VALUE)
        self.call("operator", "POST", "/v1/reference-values", VALUE)
        told = [(one["caller"], one["outcome"])
                for one in map(json.loads, self.audit.read_text().splitlines())
                if one["action"] == "POST /v1/reference-values"]
        self.assertEqual(told[-2:], [("token admin", "ok"), ("token operator", "forbidden")])


if __name__ == "__main__":
    unittest.main()
