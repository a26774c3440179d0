#!/usr/bin/env python3
"""Reports of a stranger's making, each wrong in one place, before a real verifier and gateway.

What a verifier must refuse of signed metadata, of the parts of a report and of how they are
written, in both encodings. Arguments: the folder of the executables. Skips without a library for
certificates.
"""
import base64
import json
import pathlib
import socket
import sys
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
sys.argv[1:1] = [str(BIN / "troth-gateway"), "-", str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
try:
    from minted_reports import (CODE_SIGNING, STATUS_SIGNING, Attester, Party, b64, b64url,
                                component, sha256, stamp)
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)
from gateway import GatewayCase, wait_until  # noqa: E402

POLICY = {"name": "minted", "requiredPcrs": [0, 4, 10], "notChecked": ["tpm.event_content"]}
SERVER = "https://status.example"

# What follows when no item counts, and when the root manifest does not.
UNSIGNED = {"metadata.image_description", "metadata.root_manifest", "tpm.event", "tpm.reference",
            "metadata.certification_level"}
ROOTLESS = {"metadata.root_manifest", "metadata.layers", "metadata.described", "tpm.event",
            "tpm.reference"}


def status_of(answer="good", since=-1, until=5, server=SERVER, of=None, produced=-1):
    """Has the manifests name a status server, and it answer so."""
    def change(attester):
        for manifest in attester.manifests:
            manifest["omspServer"] = SERVER
        attester.status = lambda digests: {
            "type": "OMSP Response", "server": server,
            **({"producedAt": stamp(produced)} if produced is not None else {}),
            "responses": [{"manifestHash": of or digest, "status": answer,
                           "thisUpdate": stamp(since), "nextUpdate": stamp(until)}
                          for digest in digests]}
    return change


def signed_by(*make):
    def change(attester):
        attester.signers = [one(attester) for one in make]
    return change


def metadata_signer(attester):
    return Party("signer", attester.metadata_root, CODE_SIGNING)


def first(attester):
    return attester.signers[0]


def manifest(at, **members):
    def change(attester):
        attester.manifests[at].update(members)
        for name in [name for name, value in members.items() if value is ...]:
            del attester.manifests[at][name]
    return change


def context(change):
    def put(attester):
        attester.change_context = lambda value: {**value, **change(value)}
    return put


def evidences(change):
    def put(attester):
        attester.change_evidences = change
    return put


def reference(**members):
    """Adds a reference value that is the first of PCR 10 but for this."""
    def change(attester):
        made = component(10, *attester.logs[10][0])
        attester.manifests[0]["sbom"]["components"][4] = {**made, **members}
    return change


def json_header(**more):
    return lambda attester: attester.header.update(more if attester.encoding == "json" else {})


def changed_payload(attester):
    """Puts the payload of another item behind a good signature."""
    kept = []

    def swap(item):
        kept.append(item)
        if len(kept) != 2:
            return item
        if attester.encoding == "json":
            other = json.loads(kept[0])["payload"]
            return json.dumps({**json.loads(item), "payload": other}).encode()
        return item.replace(b"\x62os", b"\x62so", 1)
    attester.change_item = swap


def weakened(algorithm):
    """Signs nothing, and says so, or with a hash of the certificate as a secret."""
    def change(attester):
        if attester.encoding != "json":
            return

        def strip(item):
            value = json.loads(item)
            head = json.loads(base64.urlsafe_b64decode(value["signatures"][0]["protected"] + "=="))
            head["alg"] = algorithm
            value["signatures"][0] = {"protected": b64url(json.dumps(head).encode()),
                                      "signature": ""}
            return json.dumps(value).encode()
        attester.change_item = strip
    return change


# What is done to a good report, and the codes of all that must fail for it; where the encodings
# differ in it, those of JSON and of CBOR.
GOOD = {
    "as it is": lambda attester: None,
    "two signers": signed_by(first, metadata_signer),
    "a good status": status_of(),
}
REFUSED = {
    "M01 a stranger's signature": (
        signed_by(lambda a: Party("signer", Party("Metadata CA"), CODE_SIGNING)),
        {"untrusted"} | UNSIGNED),
    "M01 the CA of attestation keys": (
        signed_by(lambda a: Party("signer", a.ak_root, CODE_SIGNING)), {"untrusted"} | UNSIGNED),
    "M01 a status signer": (
        signed_by(lambda a: Party("signer", a.metadata_root, STATUS_SIGNING)),
        {"untrusted"} | UNSIGNED),
    "M01 a signer of the past": (
        signed_by(lambda a: Party("signer", a.metadata_root, CODE_SIGNING, after=-1)),
        {"expired"} | UNSIGNED),
    "M01 a key in the header": (
        json_header(jwk={"kty": "EC"}), {"unsupported"} | UNSIGNED, set()),
    "M01 a header that must be understood": (
        json_header(crit=["x"], x=1), {"unsupported"} | UNSIGNED, set()),
    "M01 no algorithm": (weakened("none"), {"unsupported"} | UNSIGNED, set()),
    "M01 a public key as a secret": (weakened("HS256"), {"unsupported"} | UNSIGNED, set()),
    "M02 one of two signatures": (
        signed_by(first, lambda a: Party("signer", Party("CA"), CODE_SIGNING)),
        {"untrusted"} | UNSIGNED),
    "M02 one signer twice": (signed_by(first, first), {"metadata.signers"} | UNSIGNED),
    "M02 another payload": (
        changed_payload, {"bad_signature", "metadata.described", "metadata.layers"}),
    "M03 no validity": (manifest(1, validity=...), {"metadata.validity"}),
    "M03 a manifest of the past": (
        manifest(1, validity={"notBefore": stamp(-9), "notAfter": stamp(-1)}), {"expired"}),
    "M03 a manifest of the future": (
        manifest(1, validity={"notBefore": stamp(1), "notAfter": stamp(9)}), {"expired"}),
    "M03 revoked": (status_of("revoked"), {"revoked"}),
    "M03 unknown": (status_of("unknown"), {"unknown_status"}),
    "M03 a status of the past": (status_of(until=-0.5), {"expired"}),
    "M03 a status of the future": (status_of(since=1), {"expired"}),
    "M03 a status produced in the future": (status_of(produced=1), {"expired"}),
    "M03 a status without the time of its production": (status_of(produced=None), {"missing"}),
    "M03 a status of others": (status_of(of="ab" * 32), {"no_status"}),
    "M03 a status of another server": (status_of(server="https://other.example"), {"no_status"}),
    "M03 a status by a metadata signer": (
        lambda a: (status_of()(a), setattr(a, "status_signers", a.signers)),
        {"untrusted", "no_status"}),
    "M03 no status": (
        lambda a: (status_of()(a), setattr(a, "status", None)), {"no_status"}),
    "M04 no root": (
        manifest(0, baseLayers=["os"]), {"metadata.root_manifest", "metadata.layers",
                                         "reference.authority", "tpm.event"}),
    "M04 two roots": (manifest(1, baseLayers=["os"]), {"metadata.root_manifest"}),
    "M04 a cycle": (manifest(1, baseLayers=["app"]), {"metadata.layers"}),
    "M04 a base layer that is not there": (
        manifest(2, baseLayers=["os", "gone"]), {"metadata.layers"}),
    "M04 a manifest that is not described": (
        lambda a: a.image["descriptions"].pop(), {"metadata.described"}),
    "M04 a description without a manifest": (
        lambda a: a.manifests.pop(), {"metadata.described"}),
    "M05 no evidence": (
        evidences(lambda e: []),
        {"evidence.present", "evidence.required", "evidence.collateral", "reference.evidence"}),
    "M05 an evidence twice": (
        evidences(lambda e: e * 2),
        {"evidence.required", "evidence.unique", "evidence.collateral"}),
    "M05 an unknown evidence": (
        evidences(lambda e: e + [{"type": "XYZ Evidence", "evidence": b64(b"x")}]),
        {"evidence.known"}),
    "M05 no collateral": (context(lambda c: {"collateral": []}), {"evidence.collateral"}),
    "M05 collateral of no evidence": (
        context(lambda c: {"collateral": c["collateral"] + [{"type": "SW Evidence"}]}),
        {"evidence.collateral"}),
    "M06 an item under another's digest": (
        context(lambda c: {"metadata": dict(zip(c["metadata"],
                                                reversed(list(c["metadata"].values()))))}),
        {"metadata.digest"} | UNSIGNED),
    "M06 an item that nobody has": (
        context(lambda c: {"digests": c["digests"] + ["00" * 32]}), {"not_cached"}),
    "M06 a context hashed by SHA-1": (context(lambda c: {"alg": "SHA-1"}), {"context.hash"}),
    "M09 a digest of another length": (
        reference(hashes=[{"alg": "SHA-256", "content": "ab" * 20}]), {"malformed"} | ROOTLESS),
    "M09 an empty digest": (
        reference(hashes=[{"alg": "SHA-256", "content": ""}]), {"malformed"} | ROOTLESS),
    "M09 no digest": (reference(hashes=[]), {"tpm.event", "tpm.reference"}),
    "M09 a digest of another algorithm": (
        reference(hashes=[{"alg": "SHA-1", "content": sha256(b"10 0").hexdigest()[:40]}]),
        {"tpm.event", "tpm.reference"}),
    "M09 a component that nothing measures": (
        reference(properties=[{"name": "cmc.index", "value": "10"}]),
        {"reference.trust_anchor", "tpm.event"}),
}
# What makes a report none: it is not read, and says nothing of the device.
UNREADABLE = {
    "M07 a byte order mark": ("malformed", lambda b: b"\xef\xbb\xbf" + b),
    "M07 a member twice": ("malformed", lambda b: b.replace(b'{"version"', b'{"type":"","type"', 1)
                           if b[:1] == b"{" else b"\xa6" + b[1:8] + b[1:]),
    "M07 invalid UTF-8": ("malformed", lambda b: b.replace(b"Attestation", b"\xffttestation", 1)),
    "M07 bytes behind it": ("trailing", lambda b: b + b"\x00" if b[:1] != b"{" else b + b"{}"),
    "M07 half of it": ("truncated", lambda b: b[:len(b) // 2]),
}


class Refusals(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roots = [Party("Metadata CA"), Party("AK CA"), Party("Status CA")]
        trust = {}
        for key, root in zip(("metadataRoots", "akRoots", "statusRoots"), cls.roots):
            file = cls.folder / f"{key}.pem"
            file.write_bytes(root.pem)
            trust[key] = [str(file)]
        policy = cls.folder / "policy.json"
        policy.write_text(json.dumps(POLICY))
        verifier = cls.start([str(BIN / "troth-verifier")], {
            "admin": "", "tls": cls.pki.tls("verifier"), "listen": "127.0.0.1:0", "trust": trust,
            "policy": str(policy)})
        cls.gateway = cls.start_gateway(verifiers=[f"127.0.0.1:{verifier.port}"])
        one = cls()
        wait_until(lambda: one.ask("GET", "/readyz").status == 200)

    def appraise(self, change, encoding):
        attester = Attester(encoding, self.roots)
        change(attester)
        answer = self.ask("POST", "/v1/appraisals", {"report": b64(attester.report()),
                                                     "nonce": b64(attester.nonce)})
        self.assertEqual(answer.status, 200, answer.body)
        result = answer.json()
        failed = [each for each in result["troth"]["findings"] if each["outcome"] == "fail"]
        for each in failed:
            self.assertTrue(each["code"] and each["got"] and each["expected"], each)
        return result["summary"]["status"], {each["code"] for each in failed}

    def test_good_ones_are_affirmed(self):
        for what, change in GOOD.items():
            for encoding in ("json", "cbor"):
                with self.subTest(what, encoding=encoding):
                    self.assertEqual(self.appraise(change, encoding), ("success", set()))

    def test_each_is_refused_for_what_is_wrong_and_nothing_else(self):
        for what, (change, *expected) in REFUSED.items():
            for encoding, codes in zip(("json", "cbor"), (expected[0], expected[-1])):
                with self.subTest(what, encoding=encoding):
                    verdict = "fail" if codes else "success"  # JSON alone has it
                    self.assertEqual(self.appraise(change, encoding), (verdict, codes))

    def test_no_address_in_a_report_is_asked(self):
        """P04: those of keys, of issuers and of status servers are the sender's."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"

            def tempt(attester):
                attester.signers = [Party("signer", attester.metadata_root, CODE_SIGNING,
                                          issuers_at=url)]
                attester.header = {"x5u": url} if attester.encoding == "json" else {35: url}
                for manifest in attester.manifests:
                    manifest["omspServer"] = url
            for encoding, codes in (("json", {"unsupported"} | UNSIGNED), ("cbor", {"no_status"})):
                self.assertEqual(self.appraise(tempt, encoding), ("fail", codes))
            listener.settimeout(0.5)
            self.assertRaises(TimeoutError, listener.accept)

    def test_what_is_no_report_is_refused_with_its_code(self):
        for what, (code, change) in UNREADABLE.items():
            for encoding in ("json", "cbor"):
                with self.subTest(what, encoding=encoding):
                    verdict, codes = self.appraise(
                        lambda attester: setattr(attester, "change_bytes", change), encoding)
                    self.assertEqual((verdict, codes), ("fail", {code}))


if __name__ == "__main__":
    unittest.main()
