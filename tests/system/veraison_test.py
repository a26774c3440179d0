#!/usr/bin/env python3
"""Veraison's challenge-response API as its clients use it: real gateways before real verifiers that
share a store. Arguments: the folder of the executables.
"""
import base64
import json
import pathlib
import subprocess
import sys
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
sys.argv[1:1] = [str(BIN / "troth-gateway"), str(BIN / "fake-peer"), str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import GatewayCase  # noqa: E402

NEW = "/challenge-response/v1/newSession"
SESSION = "application/vnd.veraison.challenge-response-session+json"
REPORT = "application/vnd.troth.report+json"
CMW = "application/vnd.veraison.cmw+json"


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Veraison(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        key = cls.folder / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-out", key], check=True, capture_output=True)
        key.chmod(0o600)
        cls.verifiers = [cls.start([str(BIN / "troth-verifier")], {
            "admin": "", "tls": cls.pki.tls("verifier"), "listen": "127.0.0.1:0",
            "store": f"sqlite3://{cls.folder}/store.sqlite3", "ear": {"signingKey": str(key)},
            "trust": {"metadataRoots": [str(cls.pki.folder / "metadata-ca.pem")],
                      "akRoots": [str(cls.pki.folder / "ak-ca.pem")]}}) for _ in range(2)]
        cls.gateways = [cls.start_gateway(verifiers=[f"127.0.0.1:{one.port}"])
                        for one in cls.verifiers]
        cls.gateway = cls.gateways[0]
        for one in cls.gateways:
            cls.wait_until_ready(cls(), one)

    def open(self, query="", status=201):
        answer = self.ask("POST", NEW + query, headers={"Accept": SESSION})
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def submit(self, where, body=b"{}", kind=REPORT, gateway=0):
        return self.ask("POST", where, body, {"Content-Type": kind, "Accept": SESSION},
                        self.gateways[gateway].port)

    def show(self, where, gateway=0):
        return self.ask("GET", where, headers={"Accept": SESSION},
                        port=self.gateways[gateway].port)

    def test_a_session_goes_from_waiting_to_complete_at_any_gateway(self):
        opened = self.open("?nonceSize=32")
        self.assertEqual(opened.headers["content-type"], SESSION)
        session, where = opened.json(), opened.headers["location"]
        self.assertEqual(session["status"], "waiting")
        self.assertEqual(len(decoded(session["nonce"])), 32)
        self.assertIn(REPORT, session["accept"])
        self.assertEqual(self.show(where, 1).json(), session)
        done = self.submit(where, gateway=1)
        self.assertEqual(done.status, 200, done.body)
        complete = done.json()
        self.assertEqual({**complete, "result": None},
                         {**session, "status": "complete", "result": None})
        claims = json.loads(decoded(complete["result"].split(".")[1]))
        self.assertEqual(next(iter(claims["submods"].values()))["ear_status"], "contraindicated")
        self.assertEqual(self.show(where).json(), complete)

    def test_the_same_evidence_again_has_the_same_answer_and_another_is_a_conflict(self):
        where = self.open().headers["location"]
        first = self.submit(where).json()
        self.assertEqual(self.submit(where, gateway=1).json(), first)
        self.check_problem(self.submit(where, b"{ }", gateway=1), 409, "conflict")

    def test_a_nonce_has_the_size_that_was_asked_for_or_is_the_clients(self):
        for size in (8, 48, 64):
            self.assertEqual(len(decoded(self.open(f"?nonceSize={size}").json()["nonce"])), size)
        own = base64.urlsafe_b64encode(bytes(range(16))).decode()
        for text in (own, own.rstrip("="), own.replace("=", "%3D")):
            opened = self.open(f"?nonce={text}")
            self.assertEqual(decoded(opened.json()["nonce"]), bytes(range(16)))

    def test_the_verifier_gets_the_evidence_and_its_nonce_or_challenge(self):
        scripted = self.start_peer("verifier")
        gateway = self.start_gateway(verifiers=[f"127.0.0.1:{scripted.port}"])
        self.wait_until_ready(gateway)
        own = base64.urlsafe_b64encode(bytes(range(16))).decode()
        for query, nonce in ((f"?nonce={own}", bytes(range(16))), ("", b"")):
            opened = self.ask("POST", NEW + query, port=gateway.port)
            where = opened.headers["location"]
            done = self.ask("POST", where, b"{}", {"Content-Type": REPORT}, gateway.port)
            told = json.loads(decoded(done.json()["result"]))
            self.assertEqual((told["mediaType"], told["reportBegins"]), (REPORT, "{}"))
            self.assertEqual(base64.b64decode(told["nonce"]), nonce)

    def test_wishes_that_make_no_sense_are_refused(self):
        for query, status, code in (
                ("?nonceSize=7", 400, "malformed"), ("?nonceSize=65", 400, "malformed"),
                ("?nonceSize=", 400, "malformed"), ("?nonceSize=32x", 400, "malformed"),
                ("?nonce=AAAA", 400, "malformed"), ("?nonce=!", 400, "malformed"),
                ("?nonce=AAECAwQFBgcICQoLDA0ODw&nonceSize=16", 409, "conflict"),
                ("?size=32", 400, "unknown_key")):
            with self.subTest(query):
                self.check_problem(self.open(query, status), status, code)

    def test_a_wrapper_counts_as_what_is_in_it(self):
        where = self.open().headers["location"]
        wrapped = json.dumps([REPORT, base64.urlsafe_b64encode(b"{}").decode().rstrip("="), 4])
        self.assertEqual(self.submit(where, wrapped, CMW).json()["status"], "complete")

    def test_evidence_of_another_kind_or_none_leaves_the_session_as_it_was(self):
        where = self.open().headers["location"]
        self.assertEqual(self.submit(where, kind="application/psa-attestation-token").status, 415)
        self.check_problem(self.submit(where, b""), 400, "missing")
        self.assertEqual(self.show(where).json()["status"], "waiting")

    def test_a_session_that_is_forgotten_or_never_was_is_not_found(self):
        where = self.open().headers["location"]
        self.submit(where)
        self.assertEqual(self.ask("DELETE", where).status, 204)
        for path in (where, where[:-1] + ("0" if where[-1] != "0" else "1")):
            self.check_problem(self.show(path), 404, "not_found")
            self.check_problem(self.submit(path), 404, "not_found")
            self.check_problem(self.ask("DELETE", path), 404, "not_found")

    def test_discovery_shows_the_key_that_signs_and_where_to_begin(self):
        answer = self.ask("GET", "/.well-known/veraison/verification",
                          headers={"Accept": "application/vnd.veraison.discovery+json"})
        self.assertEqual(answer.status, 200, answer.body)
        shown = answer.json()
        self.assertEqual(shown["api-endpoints"], {"newChallengeResponseSession": NEW})
        self.assertEqual(shown["service-state"], "READY")
        keys = self.ask("GET", "/.well-known/jwks.json").json()["keys"]
        self.assertEqual(shown["ear-verification-key"], keys[0])


if __name__ == "__main__":
    unittest.main()
