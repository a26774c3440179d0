"""Makes attestation reports by the formats alone, with nothing of ours: what a stranger would send.

Every part of `Attester` may be changed before `report` is called, so that a report is wrong in one
place and right in all others.
"""
import base64
import datetime
import hashlib
import json
import struct

import cbor
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding

NOW = datetime.datetime.utcnow().replace(microsecond=0)
CODE_SIGNING, STATUS_SIGNING, AK = "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.9", "2.23.133.8.3"


def day(offset):
    return NOW + datetime.timedelta(days=offset)


def stamp(offset):
    return day(offset).isoformat() + "Z"


def b64(content):
    return base64.b64encode(content).decode()


def b64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def sha256(content):
    return hashlib.sha256(content)


class Party:
    """A key with its certificate and those above."""

    def __init__(self, name, issuer=None, usage=None, after=300, issuers_at=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.issuer = issuer
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        signer = issuer or self
        identifier = x509.SubjectKeyIdentifier.from_public_key
        builder = (x509.CertificateBuilder().subject_name(subject)
                   .issuer_name(issuer.certificate.subject if issuer else subject)
                   .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(day(-30)).not_valid_after(day(after))
                   .add_extension(x509.BasicConstraints(usage is None, None), True)
                   .add_extension(identifier(self.key.public_key()), False)
                   .add_extension(x509.KeyUsage(usage is not None, False, False, False, False,
                                                usage is None, usage is None, False, False), True))
        if usage:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage)]), False)
        if issuer:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False)
        if issuers_at:
            place = x509.AccessDescription(x509.AuthorityInformationAccessOID.CA_ISSUERS,
                                           x509.UniformResourceIdentifier(issuers_at))
            builder = builder.add_extension(x509.AuthorityInformationAccess([place]), False)
        self.certificate = builder.sign(signer.key, hashes.SHA256())

    @property
    def pem(self):
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def chain(self):
        own = [self.certificate.public_bytes(Encoding.DER)]
        return own + self.issuer.chain if self.issuer and self.issuer.issuer else own

    def sign(self, content):
        """Returns r and s, 32 bytes each."""
        both = utils.decode_dss_signature(self.key.sign(content, ec.ECDSA(hashes.SHA256())))
        return b"".join(number.to_bytes(32, "big") for number in both)


def sign_json(payload, signers, header):
    body, signatures = b64url(payload), []
    for by in signers:
        certificates = [b64(each) for each in by.chain]
        protected = b64url(json.dumps({"alg": "ES256", "x5c": certificates, **header}).encode())
        signatures.append({"protected": protected,
                           "signature": b64url(by.sign(f"{protected}.{body}".encode()))})
    return json.dumps({"payload": body, "signatures": signatures}).encode()


def sign_cbor(payload, signers, header):
    signatures = []
    for by in signers:
        protected = cbor.dumps({1: -7, **header})
        signed = cbor.dumps(["Signature", b"", protected, b"", payload])
        signatures.append([protected, {33: by.chain}, by.sign(signed)])
    return b"\xd8\x62" + cbor.dumps([b"", {}, payload, signatures])


# How JSON's members are numbered in CBOR, and what becomes bytes: "b64", "hex".
INFO = {"type": 0, "name": 1, "version": 2, "description": 4,
        "validity": (3, {"notBefore": 0, "notAfter": 1})}
COMPONENT = {"type": 0, "name": 1, "optional": 4, "properties": (6, [{"name": 0, "value": 1}]),
             "hashes": (2, [{"alg": 0, "content": (1, "hex")}])}
KINDS = {
    "Manifest": {**INFO, "baseLayers": 12, "certLevel": 13, "omspServer": 20,
                 "sbom": (10, {"bomFormat": 0, "specVersion": 1, "version": 2,
                               "components": (3, [COMPONENT])})},
    "Image Description": {**INFO, "descriptions": (21, [{"type": 0, "name": 1, "manifest": 3}])},
    "OMSP Response": {**INFO, "server": 30, "producedAt": 31,
                      "responses": (32, [{"manifestHash": 0, "status": 1, "thisUpdate": 2,
                                          "nextUpdate": 3}])}}
EVIDENCE = {"type": 0, "evidence": (1, "b64"), "signature": (3, "b64")}
ARTIFACT = {"type": 0, "index": 1, "events": (2, [COMPONENT])}
CONTEXT = {"type": 0, "alg": 1, "nonce": (2, "b64"), "digests": 4,
           "collateral": (3, [{"type": 0, "certs": (1, ["b64"]), "artifacts": (3, [ARTIFACT])}]),
           "metadata": (5, {None: (None, "b64")})}


def numbered(value, form):
    if form == "b64":
        return base64.b64decode(value)
    if form == "hex":
        return bytes.fromhex(value)
    if isinstance(form, list):
        return [numbered(each, form[0]) for each in value]
    if not isinstance(form, dict):
        return value
    out = {}
    for name, each in value.items():
        number, inner = form.get(name) if isinstance(form.get(name), tuple) else (
            form.get(name), None)
        if None in form:
            number, inner = name, form[None][1]
        out[name if number is None else number] = numbered(each, inner)
    return out


def component(pcr, name, digest, **more):
    return {"type": "application", "name": name,
            "hashes": [{"alg": "SHA-256", "content": digest}],
            "properties": [{"name": "cmc.ta", "value": "TPM"},
                           {"name": "cmc.index", "value": str(pcr)}], **more}


def item(kind, name, **own):
    return {"type": kind, "name": name, "version": stamp(-2), "description": "minted",
            "validity": {"notBefore": stamp(-3), "notAfter": stamp(30)}, **own}


class Attester:
    """A machine with a TPM that measured two events into each of three registers."""

    pcrs = (0, 4, 10)

    def __init__(self, encoding, roots):
        self.encoding = encoding
        self.metadata_root, self.ak_root, self.status_root = roots
        self.signers = [Party("signer", self.metadata_root, CODE_SIGNING)]
        self.status_signers = [Party("status", self.status_root, STATUS_SIGNING)]
        self.ak = Party("AK", self.ak_root, AK)
        self.header = {}  # more of each signature
        self.nonce = bytes(range(32))
        self.logs = {pcr: [(f"event {n}", sha256(f"{pcr} {n}".encode()).hexdigest())
                           for n in range(2)] for pcr in self.pcrs}
        self.manifests = [self.manifest("rtm", "rtm"), self.manifest("os", "rtm"),
                          self.manifest("app", "os")]
        self.manifests[0]["sbom"]["components"] = [
            component(pcr, *event) for pcr in self.pcrs for event in self.logs[pcr]]
        names = [each["name"] for each in self.manifests]
        self.image = item("Image Description", "image", descriptions=[
            {"type": "Manifest Description", "name": f"{name}.description", "manifest": name}
            for name in names])
        self.status = None  # makes a status of the digests of the manifests

        def same(value):
            return value
        self.change_item = self.change_context = self.change_evidences = self.change_bytes = same

    @staticmethod
    def manifest(name, base):
        return item("Manifest", name, baseLayers=[base], certLevel=1,
                    sbom={"bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1,
                          "components": []})

    def sign(self, what, signers):
        if self.encoding == "json":
            return sign_json(json.dumps(what).encode(), signers, self.header)
        return sign_cbor(cbor.dumps(numbered(what, KINDS[what["type"]])), signers, self.header)

    def register(self, pcr):
        value = bytes(32)
        for _, digest in self.logs[pcr]:
            value = sha256(value + bytes.fromhex(digest)).digest()
        return value

    def quote(self, context):
        selected = sum(1 << pcr for pcr in self.logs)
        values = sha256(b"".join(self.register(pcr) for pcr in sorted(self.logs))).digest()
        quoted = (b"\xffTCG\x80\x18" + struct.pack(">H", 34) + b"\x00\x0b" + bytes(32)
                  + struct.pack(">H", 32) + sha256(context).digest() + bytes(16) + b"\x01"
                  + bytes(8) + struct.pack(">IHB", 1, 0x0b, 3) + selected.to_bytes(3, "little")
                  + struct.pack(">H", 32) + values)
        signed = self.ak.sign(quoted)
        signature = struct.pack(">HHH", 0x18, 0x0b, 32) + signed[:32] + b"\x00\x20" + signed[32:]
        return {"type": "TPM Evidence", "evidence": b64(quoted), "signature": b64(signature)}

    def report(self):
        signed = [self.sign(each, self.signers) for each in self.manifests]
        if self.status:
            digests = [sha256(each).hexdigest() for each in signed]
            signed.append(self.sign(self.status(digests), self.status_signers))
        signed.append(self.sign(self.image, self.signers))
        metadata = {sha256(each).hexdigest(): each for each in map(self.change_item, signed)}
        context = self.change_context({
            "type": "Context", "alg": "SHA-256", "nonce": b64(self.nonce),
            "collateral": [{"type": "TPM Evidence", "certs": [b64(each) for each in self.ak.chain],
                            "artifacts": [self.log(pcr) for pcr in sorted(self.logs)]}],
            "digests": list(metadata),
            "metadata": {digest: b64(each) for digest, each in metadata.items()}})
        if self.encoding == "json":
            hashed = b64url(json.dumps(context).encode()).encode()
        else:
            hashed = cbor.dumps(numbered(context, CONTEXT))
        evidences = self.change_evidences([self.quote(hashed)])
        if self.encoding == "json":
            made = json.dumps({"version": "3.3.0", "type": "Attestation Report",
                               "encoding": "b64", "evidences": evidences,
                               "context": hashed.decode()}).encode()
        else:
            made = (cbor.head(5, 5) + cbor.dumps(0) + cbor.dumps("3.3.0") + cbor.dumps(1)
                    + cbor.dumps("Attestation Report") + cbor.dumps(3) + cbor.dumps("cbor")
                    + cbor.dumps(4) + cbor.dumps(numbered(evidences, [EVIDENCE]))
                    + cbor.dumps(5) + hashed)
        return self.change_bytes(made)

    def log(self, pcr):
        return {"type": "PCR Eventlog", "index": pcr, "events": [
            {"type": "", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
            for name, digest in self.logs[pcr]]}
