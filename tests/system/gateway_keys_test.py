#!/usr/bin/env python3
"""TLS keys through every door of the real troth-gateway: who may make, use and manage which, and
that OpenSSL takes what they sign."""
import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from doors import CoapDoor, GrpcDoor, Refused, SocketDoor  # noqa: E402
from gateway import GatewayCase, free_port  # noqa: E402

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
HASHES = {"SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}
ALGORITHMS = ("EC256", "EC384", "RSA2048", "RSA3072")
ORDER = {"type": "sw", "alg": "EC256", "cn": "web", "dnsNames": ["web.example"],
         "ipAddresses": ["10.0.0.1"]}
WHO = {"alice": "key-user", "bob": "key-user", "carol": "admin", "dave": "attester+relying-party",
       "erin": "admin+key-user"}
NOWHERE = "00000000-0000-4000-8000-000000000000"


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True,
                          timeout=20, check=False)


def digest_of(name, text=b"text"):
    return HASHES[name](text).digest()


class Keys(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        prover, est = cls.start_peer("prover"), cls.start_peer("est")
        tokens = cls.folder / "tokens"
        tokens.write_text("".join(f"{hashlib.sha256(name.encode()).hexdigest()} {roles} {name}\n"
                                  for name, roles in WHO.items()))
        cls.audit = cls.folder / "audit"
        cls.path, cls.port, other = cls.folder / "socket", free_port(), free_port()
        cls.peers = {"provers": [f"127.0.0.1:{prover.port}"], "est": f"127.0.0.1:{est.port}"}
        cls.gateway = cls.start_gateway(
            {"tokens": str(tokens)}, **cls.peers, audit={"file": str(cls.audit)},
            socket={"unix": str(cls.path), "tcp": f"127.0.0.1:{cls.port}"},
            grpc={"listen": f"127.0.0.1:{other}"}, coap={"listen": f"127.0.0.1:{other}"},
            loopback={"useKeys": True})
        cls.wait_until_ready(cls())
        coap = f"coap://127.0.0.1:{other}"
        # gRPC takes tokens where it has TLS; here whoever calls is of this machine.
        cls.doors = [SocketDoor(cls.path, "json"), SocketDoor(cls.path, "cbor"),
                     SocketDoor(cls.port, "json"), SocketDoor(cls.port, "cbor"),
                     GrpcDoor(other), CoapDoor(coap, "json"), CoapDoor(coap, "cbor")]

    def each_door(self):
        for door in self.doors:
            with self.subTest(door=type(door).__name__, encoding=door.encoding,
                              at=str(getattr(door, "address", ""))):
                yield door

    def check_refused(self, code, door, operation, members):
        with self.assertRaises(Refused) as refused:
            door.ask(operation, members)
        self.assertEqual(refused.exception.code, code, refused.exception)

    def rest(self, who, method, path, body=None, accept=None):
        headers = {"Authorization": f"Bearer {who}", **({"Accept": accept} if accept else {})}
        return self.ask(method, path, body, headers)

    def make(self, who, **more):
        made = self.rest(who, "POST", "/v1/keys", {"type": "tpm", "algorithm": "EC256", **more})
        self.assertEqual(made.status, 201, made.body)
        return made.json()["id"]

    def check_chain(self, certificates, names=()):
        """The leaf is certified by the last one. @returns a file with the leaf."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "leaf.pem").write_text(certificates[0])
        (folder / "ca.pem").write_text(certificates[-1])
        self.assertNotEqual(certificates[0], certificates[-1])
        done = openssl("verify", "-CAfile", folder / "ca.pem", folder / "leaf.pem")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        text = openssl("x509", "-in", folder / "leaf.pem", "-noout", "-text").stdout
        for name in names:
            self.assertIn(name, text)
        return folder / "leaf.pem"

    def check_signature(self, leaf, algorithm, name, digest, signature):
        folder = leaf.parent
        (folder / "digest").write_bytes(digest)
        (folder / "signature").write_bytes(signature)
        options = ["-pkeyopt", f"digest:{name.replace('-', '').lower()}"]
        if algorithm.startswith("RSA"):
            options += ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]
        done = openssl("pkeyutl", "-verify", "-certin", "-inkey", leaf, "-in", folder / "digest",
                       "-sigfile", folder / "signature", *options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    # -- the reference's operations

    def test_a_key_is_made_shown_and_used_at_every_door(self):
        for door in self.each_door():
            for kind in ("tpm", "sw", "snp"):
                made = door.ask("TLSCreate", {"keyConfig": {**ORDER, "type": kind}})
                self.assertRegex(made["keyId"], f"^{UUID}$")
            chain = [one.decode() for one in
                     door.ask("TLSCert", {"keyId": made["keyId"]})["certificate"]]
            leaf = self.check_chain(chain, ("CN = web", "DNS:web.example", "IP Address:10.0.0.1"))
            for name in HASHES:
                signed = door.ask("TLSSign", {"keyId": made["keyId"], "hashAlg": name,
                                              "content": digest_of(name)})
                self.check_signature(leaf, "EC256", name, digest_of(name),
                                     signed["signedContent"])

    def test_a_key_may_be_of_every_algorithm(self):
        door = self.doors[1]
        for algorithm in ALGORITHMS:
            with self.subTest(algorithm):
                made = door.ask("TLSCreate", {"keyConfig": {"type": "tpm", "alg": algorithm}})
                chain = door.ask("TLSCert", {"keyId": made["keyId"]})["certificate"]
                leaf = self.check_chain([one.decode() for one in chain])
                signed = door.ask("TLSSign", {"keyId": made["keyId"], "hashAlg": "SHA-256",
                                              "content": digest_of("SHA-256")})
                self.check_signature(leaf, algorithm, "SHA-256", digest_of("SHA-256"),
                                     signed["signedContent"])

    def test_what_is_asked_wrongly_is_refused_alike_at_every_door(self):
        for door in self.each_door():
            key = door.ask("TLSCreate", {"keyConfig": ORDER})["keyId"]
            sign = {"keyId": key, "hashAlg": "SHA-256", "content": digest_of("SHA-256")}
            for operation, members, code in (
                    ("TLSCreate", {}, "missing"),
                    ("TLSCreate", {"keyConfig": {**ORDER, "type": ""}}, "missing"),
                    ("TLSCreate", {"keyConfig": {**ORDER, "alg": ""}}, "missing"),
                    ("TLSCreate", {"keyConfig": {**ORDER, "type": "sgx"}}, "unsupported"),
                    ("TLSCreate", {"keyConfig": {**ORDER, "alg": "DSA"}}, "unsupported"),
                    ("TLSCreate", {"keyConfig": {**ORDER, "dnsNames": ["a"] * 101}}, "too_large"),
                    ("TLSCreate", {"keyConfig": {**ORDER, "cn": "error-exhausted"}}, "exhausted"),
                    ("TLSCreate", {"keyConfig": {**ORDER, "cn": "error-unavailable"}},
                     "unavailable"),
                    ("TLSCert", {"keyId": ""}, "missing"),
                    ("TLSCert", {"keyId": NOWHERE}, "not_found"),
                    ("TLSSign", {**sign, "keyId": NOWHERE}, "not_found"),
                    ("TLSSign", {**sign, "content": b""}, "missing"),
                    ("TLSSign", {**sign, "content": bytes(31)}, "malformed"),
                    ("TLSSign", {**sign, "content": bytes(33)}, "malformed"),
                    ("TLSSign", {**sign, "content": bytes(65)}, "too_large"),
                    ("TLSSign", {**sign, "hashAlg": "SHA-384"}, "malformed"),
                    ("TLSSign", {**sign, "hashAlg": "SHA-1"}, "unsupported"),
                    ("TLSSign", {**sign, "hashAlg": "sha256"}, "unsupported")):
                with self.subTest(operation, members=str(members)[:80]):
                    self.check_refused(code, door, operation, members)

    def test_nobody_uses_the_key_of_another(self):
        by_user, by_anybody = self.doors[1], self.doors[3]
        key = by_user.ask("TLSCreate", {"keyConfig": ORDER})["keyId"]
        sign = {"keyId": key, "hashAlg": "SHA-256", "content": digest_of("SHA-256")}
        for door in self.doors[2:]:
            self.check_refused("not_found", door, "TLSSign", sign)
            self.check_refused("not_found", door, "TLSCert", {"keyId": key})
        # Who manages all of them signs with none but its own.
        theirs = by_anybody.ask("TLSCreate", {"keyConfig": ORDER})["keyId"]
        self.assertEqual(len(by_user.ask("TLSCert", {"keyId": theirs})["certificate"]), 2)
        self.check_refused("not_found", by_user, "TLSSign", {**sign, "keyId": theirs})

    def test_who_shows_nothing_uses_no_keys_if_that_was_not_said(self):
        port, other = free_port(), free_port()
        gateway = self.start_gateway(
            **self.peers, socket={"tcp": f"127.0.0.1:{port}"},
            grpc={"listen": f"127.0.0.1:{other}"}, coap={"listen": f"127.0.0.1:{other}"})
        self.wait_until_ready(gateway)
        for door in (SocketDoor(port, "cbor"), GrpcDoor(other),
                     CoapDoor(f"coap://127.0.0.1:{other}", "json")):
            for operation in ("TLSCreate", "TLSSign", "TLSCert"):
                self.check_refused("forbidden", door, operation, {})
        for method, path in (("GET", "/v1/keys"), ("POST", "/v1/keys")):
            answer = self.ask(method, path, {} if method == "POST" else None, port=gateway.port)
            self.check_problem(answer, 403, "forbidden", "needs the role key-user")

    # -- REST

    def test_a_key_is_made_listed_rotated_and_deleted_by_its_owner(self):
        made = self.rest("alice", "POST", "/v1/keys", {
            "type": "tpm", "algorithm": "EC384", "commonName": "web", "dnsNames": ["web.example"],
            "ipAddresses": ["10.0.0.1"]})
        self.assertEqual(made.status, 201, made.body)
        key = made.json()
        place = f"/v1/keys/{key['id']}"
        self.assertEqual(made.headers["location"], place)
        self.assertEqual((key["kind"], key["algorithm"], key["commonName"], key["owner"]),
                         ("tpm", "EC384", "web", "token alice"))
        self.assertIn(key, self.rest("alice", "GET", "/v1/keys").json()["keys"])
        self.assertEqual(self.rest("alice", "GET", place, accept="application/json").json(), key)
        first = self.rest("alice", "GET", place)
        self.assertEqual(first.headers["content-type"], "application/pem-certificate-chain")
        leaf = self.check_chain(self.blocks(first), ("CN = web", "DNS:web.example"))
        self.check_signs("alice", place, leaf)
        turned = self.rest("alice", "POST", place + "/rotation")
        self.assertEqual((turned.status, turned.json()["id"]), (200, key["id"]), turned.body)
        second = self.rest("alice", "GET", place)
        self.assertNotEqual(first.body, second.body)
        self.check_signs("alice", place, self.check_chain(self.blocks(second)))
        left = self.rest("alice", "DELETE", place)
        self.assertEqual(left.status, 200, left.body)
        self.assertNotIn(key["id"], left.body.decode())
        for method, path in (("GET", place), ("DELETE", place), ("POST", place + "/rotation")):
            self.check_problem(self.rest("alice", method, path), 404, "not_found")

    @staticmethod
    def blocks(answer):
        return re.findall(r"-----BEGIN.*?END CERTIFICATE-----\n", answer.body.decode(), re.S)

    def sign(self, who, place, accept=None, **more):
        body = {"hash": "SHA-384", "digest": base64.b64encode(digest_of("SHA-384")).decode(),
                **more}
        return self.rest(who, "POST", place + "/signatures", body, accept)

    def check_signs(self, who, place, leaf):
        got = self.sign(who, place)
        self.assertEqual(got.status, 200, got.body)
        for signature in (base64.b64decode(got.json()["signature"], validate=True),
                          self.sign(who, place, "application/octet-stream").body):
            self.check_signature(leaf, "EC384", "SHA-384", digest_of("SHA-384"), signature)

    def test_who_may_do_what_with_whose_key(self):
        key = self.make("alice")
        place = f"/v1/keys/{key}"
        listed = {who: [one["id"] for one in self.rest(who, "GET", "/v1/keys").json()["keys"]]
                  for who in ("alice", "bob", "carol", "erin")}
        self.assertEqual({who: key in keys for who, keys in listed.items()},
                         {"alice": True, "bob": False, "carol": True, "erin": True})
        self.check_problem(self.sign("bob", place), 404, "not_found")
        self.check_problem(self.sign("carol", place), 403, "forbidden", "needs the role key-user")
        self.check_problem(self.sign("erin", place), 404, "not_found")
        self.check_problem(self.rest("carol", "POST", "/v1/keys", {}), 403, "forbidden")
        for method, path in (("GET", place), ("DELETE", place), ("POST", place + "/rotation")):
            self.check_problem(self.rest("bob", method, path), 404, "not_found")
            self.check_problem(self.rest("dave", method, path), 403, "forbidden",
                               "needs the role key-user or admin")
        self.assertEqual(self.rest("carol", "GET", place).status, 200)
        self.assertEqual(self.rest("carol", "POST", place + "/rotation").status, 200)
        self.assertEqual(self.sign("alice", place).status, 200)
        self.assertEqual(self.rest("carol", "DELETE", place).status, 200)
        self.check_problem(self.sign("alice", place), 404, "not_found")

    def test_what_is_asked_wrongly_over_rest(self):
        place = f"/v1/keys/{self.make('alice')}"
        for more, code in (({"digest": "AAAA"}, "malformed"), ({"hash": "SHA-1"}, "unsupported"),
                           ({"hash": "SHA-512"}, "malformed"), ({"more": "x"}, "unknown_key")):
            self.check_problem(self.sign("alice", place, **more), 400, code)
        for body, code in (({"type": "tpm"}, "missing"),
                           ({"type": "tpm", "algorithm": "EC256", "owner": "x"}, "unknown_key"),
                           ({"type": "tpm", "algorithm": "EC256", "dnsNames": "x"}, "malformed")):
            self.check_problem(self.rest("alice", "POST", "/v1/keys", body), 400, code)
        self.check_problem(self.rest("alice", "POST", "/v1/keys", {
            "type": "tpm", "algorithm": "EC256", "commonName": "error-exhausted"}), 503,
            "exhausted")
        self.check_problem(self.rest("alice", "GET", place, accept="text/html"), 406,
                           "not_acceptable")

    def test_the_ca_of_keys_is_for_whoever_has_a_role(self):
        for who in WHO:
            got = self.rest(who, "GET", "/v1/ca-certificates")
            self.assertEqual((got.status, got.body), (200, b"ca"))
            self.assertEqual(got.headers["content-type"], "application/pem-certificate-chain")
        self.check_problem(self.ask("GET", "/v1/ca-certificates"), 401, "unauthenticated")

    # -- what is remembered

    def test_the_audit_log_says_which_key_was_made_used_and_given_up(self):
        key = self.make("bob")
        place = f"/v1/keys/{key}"
        digest = base64.b64encode(digest_of("SHA-384")).decode()
        self.assertEqual(self.sign("bob", place).status, 200)
        self.assertEqual(self.sign("alice", place).status, 404)
        self.assertEqual(self.rest("carol", "POST", place + "/rotation").status, 200)
        self.assertEqual(self.rest("bob", "DELETE", place).status, 200)
        socket = self.doors[1].ask("TLSCreate", {"keyConfig": ORDER})["keyId"]
        self.doors[1].ask("TLSSign", {"keyId": socket, "hashAlg": "SHA-256",
                                      "content": digest_of("SHA-256")})
        lines = [json.loads(line) for line in self.audit.read_text().splitlines()]
        user = f"uid {os.geteuid()}"
        seen = [(one["caller"], one["action"], one["outcome"]) for one in lines
                if one["door"] == "keys" and (key in one["action"] or socket in one["action"])]
        self.assertEqual(seen, [
            ("token bob", f"create {key}", "ok"), ("token bob", f"sign {key}", "ok"),
            ("token alice", f"sign {key}", "not_found"), ("token carol", f"rotate {key}", "ok"),
            ("token bob", f"erase {key}", "ok"), (user, f"create {socket}", "ok"),
            (user, f"sign {socket}", "ok")])
        requests = {one["request"]: one["door"] for one in lines if one["door"] != "keys"}
        self.assertEqual({requests[one["request"]] for one in lines if one["door"] == "keys"
                          and key in one["action"]}, {"rest"})
        for secret in (digest, digest_of("SHA-384").hex()):
            self.assertNotIn(secret, self.audit.read_text() + self.gateway.log.read_text())


if __name__ == "__main__":
    unittest.main()
