#!/usr/bin/env python3
"""Attacks on the service itself, through the doors of real gateways with real troth-verifiers.

Credentials and objects of others, challenges used twice at once, ids that are paths or patterns,
bodies that unfold, a store that is spoilt. Arguments: the folder of the executables.
"""
import base64
import concurrent.futures
import gzip
import hashlib
import http.client
import json
import pathlib
import sqlite3
import ssl
import subprocess
import sys
import time
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
sys.argv[1:1] = [str(BIN / "troth-gateway"), "-", str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import JSON, MIB, NONCE, GatewayCase, wait_until  # noqa: E402

REPORT = base64.b64encode(b"no report").decode()
CALLERS = {"alice": "attester", "bob": "attester", "olivia": "operator", "ada": "admin"}
SESSION = "application/vnd.veraison.challenge-response-session+json"
# What ids are not: paths, patterns, statements, and what moves a cursor.
ODD_IDS = ("..%2f..%2fetc%2fpasswd", "%2e%2e", "%25", "_", "*", "%27%20OR%20%271%27=%271", "%00",
           "%1b%5b2J", "a" * 5_000, "%c0%ae", "'%3bDROP%20TABLE%20troth_challenge%3b--")


class ServiceAttacks(GatewayCase):
    """Two gateways, and two verifiers that share a store."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tokens = cls.folder / "tokens"
        tokens.write_text("".join(f"{hashlib.sha256(name.encode()).hexdigest()} {role} {name}\n"
                                  for name, role in CALLERS.items()))
        key = cls.folder / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-out", key], check=True, capture_output=True)
        key.chmod(0o600)
        cls.store = cls.folder / "store.sqlite3"
        cls.verifiers = [cls.start([str(BIN / "troth-verifier")], {
            "admin": "", "listen": f"unix://{cls.folder}/verifier-{n}",
            "store": f"sqlite3://{cls.store}", "ear": {"signingKey": str(key)},
            "trust": {"metadataRoots": [str(cls.pki.folder / "metadata-ca.pem")],
                      "akRoots": [str(cls.pki.folder / "ak-ca.pem")]}}) for n in range(2)]
        cls.rest = {"tokens": str(tokens)}
        cls.links = [f"unix://{cls.folder}/verifier-{n}" for n in range(2)]
        cls.gateways = [cls.start_gateway(cls.rest, verifiers=cls.links) for _ in range(2)]
        cls.gateway = cls.gateways[0]
        for one in cls.gateways:
            cls().wait_for_verifiers(one.port)

    def wait_for_verifiers(self, port, count=2):
        line = f'troth_peers_connected{{peer="verifiers"}} {count}\n'
        wait_until(lambda: line in self.call("olivia", "GET", "/metrics", port=port).body.decode())

    def call(self, who, method, path, body=None, headers=None, port=None):
        return self.ask(method, path, body, {"Authorization": f"Bearer {who}", **(headers or {})},
                        port)

    def challenge(self):
        answer = self.call("alice", "POST", "/v1/challenges")
        self.assertEqual(answer.status, 201, answer.body)
        return {"report": REPORT, "challengeId": answer.json()["id"]}

    # -- who asks

    def test_a_token_counts_and_not_the_certificate_beside_it(self):
        tls = {"certificate": str(self.pki.folder / "gateway.pem"),
               "key": str(self.pki.folder / "gateway.key"),
               "clientCa": str(self.pki.folder / "tls-ca.pem")}
        other = self.start_gateway({**self.rest, "tls": tls,
                                    "clientRoles": ["urn:troth:role:verifier=admin"]},
                                   verifiers=self.links)
        context = ssl.create_default_context(cafile=self.pki.folder / "tls-ca.pem")
        context.load_cert_chain(self.pki.folder / "verifier.pem", self.pki.folder / "verifier.key")

        def status(headers):
            connection = http.client.HTTPSConnection("localhost", other.port, timeout=20,
                                                     context=context)
            connection.request("GET", "/v1/policies", headers=headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status

        wait_until(lambda: status({}) == 200)  # the certificate's role
        self.assertEqual(status({"Authorization": "Bearer alice"}), 403)
        self.assertEqual(status({"Authorization": "Bearer nobody"}), 401)
        self.assertEqual(status({"Authorization": "Basic YWRhOmFkYQ=="}), 401)

    def test_what_one_keeps_another_does_not_find(self):
        begun = self.call("alice", "POST", "/v1/appraisals", {"report": REPORT, "nonce": NONCE},
                          {"Prefer": "respond-async"})
        self.assertEqual(begun.status, 202, begun.body)
        where = begun.headers["location"]
        wait_until(lambda: self.call("alice", "GET", where).status == 200)
        for who in ("bob", "ada"):
            self.assertIn(self.call(who, "GET", where).status, (403, 404))
        self.check_problem(self.call("bob", "GET", where), 404, "not_found")
        self.check_problem(self.call("nobody", "GET", where), 401, "unauthenticated")

    def test_a_session_is_its_callers(self):
        opened = self.call("alice", "POST", "/challenge-response/v1/newSession",
                           headers={"Accept": SESSION})
        self.assertEqual(opened.status, 201, opened.body)
        where = opened.headers["location"]
        kind = opened.json()["accept"][0]
        self.check_problem(self.call("bob", "GET", where, headers={"Accept": SESSION}), 404,
                           "not_found")
        self.check_problem(self.call("bob", "POST", where, b"{}", {"Content-Type": kind}), 404,
                           "not_found")
        self.check_problem(self.call("bob", "DELETE", where), 404, "not_found")
        shown = self.call("alice", "GET", where, headers={"Accept": SESSION})
        self.assertEqual(shown.json()["status"], "waiting")

    # -- challenges

    def test_a_challenge_that_many_answer_at_once_is_used_once(self):
        for _ in range(5):
            question = self.challenge()
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                answers = list(pool.map(
                    lambda n, q=question: self.call("alice", "POST", "/v1/appraisals", q,
                                                    port=self.gateways[n % 2].port), range(16)))
            self.assertEqual(sorted(one.status for one in answers), [200] + [409] * 15)
            for one in answers:
                if one.status != 200:
                    self.check_problem(one, 409, "no_challenge")

    def test_a_challenge_that_was_used_stays_used_when_the_verifiers_start_again(self):
        used, fresh = self.challenge(), self.challenge()
        self.assertEqual(self.call("alice", "POST", "/v1/appraisals", used).status, 200)
        for one in self.verifiers:
            self.assertEqual(one.stop(), 0)
            one.start()
        for one in self.gateways:
            self.wait_for_verifiers(one.port)
        self.check_problem(self.call("alice", "POST", "/v1/appraisals", used), 409, "no_challenge")
        self.assertEqual(self.call("alice", "POST", "/v1/appraisals", fresh).status, 200)

    def test_a_challenge_has_its_time(self):
        link = f"unix://{self.folder}/hasty"
        hasty = self.start([str(BIN / "troth-verifier")], {
            **json.loads(self.verifiers[0].file.read_text()), "listen": link,
            "store": "memory://", "challengeLifetime": 1})
        gateway = self.start_gateway(self.rest, verifiers=[link])
        self.wait_for_verifiers(gateway.port, 1)
        made = self.call("alice", "POST", "/v1/challenges", port=gateway.port).json()
        time.sleep(1.1)
        question = {"report": REPORT, "challengeId": made["id"]}
        self.check_problem(self.call("alice", "POST", "/v1/appraisals", question,
                                     port=gateway.port), 409, "no_challenge")
        self.assertEqual(hasty.stop(), 0)

    # -- ids and bodies

    def test_an_id_is_a_name_and_nothing_else(self):
        made = self.challenge()
        for odd in ODD_IDS:
            for who, method, path in (
                    ("alice", "GET", "/v1/appraisals/{}"),
                    ("alice", "GET", "/challenge-response/v1/session/{}"),
                    ("alice", "DELETE", "/challenge-response/v1/session/{}"),
                    ("olivia", "GET", "/v1/reference-values/{}"),
                    ("ada", "DELETE", "/v1/reference-values/{}"),
                    ("ada", "GET", "/v1/policies/{}/1"), ("ada", "DELETE", "/v1/policies/p/{}"),
                    ("ada", "POST", "/v1/policies/{}/deactivate")):
                with self.subTest(method=method, path=path, id=odd[:40]):
                    answer = self.call(who, method, path.format(odd))
                    self.assertIn(answer.status, (400, 404, 405, 413, 431), answer.body)
                    self.assertTrue(answer.json()["code"])
        for odd in ("../x", "%", "_" * 32, "' OR '1'='1", "\x00", "\x1b[2J", "a" * 129):
            answer = self.call("alice", "POST", "/v1/appraisals",
                               {"report": REPORT, "challengeId": odd})
            self.assertIn(answer.status, (400, 409, 413), answer.body)
        self.assertEqual(self.call("alice", "POST", "/v1/appraisals", made).status, 200)
        text = self.call("olivia", "GET", "/metrics").body.decode()
        self.assertNotIn("passwd", text)
        self.assertNotIn("DROP", text)
        for one in (*self.gateways, *self.verifiers):
            self.assertNotIn("\x1b", one.log.read_text())

    def test_a_body_is_what_came_and_does_not_unfold(self):
        before = self.gateway.peak_bytes()
        bomb = gzip.compress(bytes(64 * MIB))
        answer = self.call("alice", "POST", "/v1/appraisals", bomb,
                           {**JSON, "Content-Encoding": "gzip"})
        self.assertIn((answer.status, answer.json()["code"]),
                      ((400, "malformed"), (415, "unsupported_media_type")))
        for deep in ("[" * 100_000, '{"a":' * 100_000, '{"report": ' + "[" * 100_000):
            answer = self.call("alice", "POST", "/v1/appraisals", deep)
            self.assertIn((answer.status, answer.json()["code"]),
                          ((400, "malformed"), (400, "truncated"), (413, "too_large")))
        self.assertLess(self.gateway.peak_bytes() - before, 32 * MIB)
        self.check_serves()

    # -- policies and the store

    def test_of_policies_that_are_activated_at_once_one_applies(self):
        for version in range(8):
            put = self.call("ada", "PUT", f"/v1/policies/race/{version}",
                            {"minimumCertificationLevel": version})
            self.assertEqual(put.status, 200, put.body)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            done = list(pool.map(
                lambda n: self.call("ada", "POST", f"/v1/policies/race/{n}/activate", {},
                                    port=self.gateways[n % 2].port).status, range(8)))
        self.assertEqual(done, [200] * 8)
        listed = [[one["version"] for one in
                   self.call("ada", "GET", "/v1/policies", port=self.gateways[n % 2].port)
                   .json()["policies"] if one["name"] == "race" and one["active"]]
                  for n in range(4)]
        self.assertEqual(len(listed[0]), 1)
        self.assertEqual(listed, [listed[0]] * 4)

    def test_what_somebody_put_into_the_store_does_not_count(self):
        put = self.call("ada", "PUT", "/v1/policies/spoilt/1", {"minimumCertificationLevel": 1})
        self.assertEqual(put.status, 200, put.body)
        self.assertEqual(self.call("ada", "POST", "/v1/policies/spoilt/1/activate", {}).status, 200)
        with sqlite3.connect(self.store, timeout=20) as base:
            base.execute("UPDATE troth_policy SET document = '{\"accept\": \"all\"}' "
                         "WHERE name = 'spoilt'")
            base.execute("UPDATE troth_change SET number = number + 1")
        question = {"report": REPORT, "nonce": NONCE, "policy": "spoilt"}
        for _ in range(4):
            answer = self.call("alice", "POST", "/v1/appraisals", question)
            self.assertGreaterEqual(answer.status, 400, answer.body)
            self.assertTrue(answer.json()["code"])
        self.assertEqual(self.call("ada", "POST", "/v1/policies/spoilt/deactivate").status, 200)
        self.assertEqual(self.call("ada", "DELETE", "/v1/policies/spoilt/1").status, 200)
        self.assertEqual(self.call("alice", "POST", "/v1/appraisals", self.challenge()).status, 200)

    def test_without_the_store_there_is_no_verdict(self):
        question = self.challenge()
        with sqlite3.connect(self.store, timeout=20) as base:
            base.execute("ALTER TABLE troth_challenge RENAME TO elsewhere")
        for _ in range(4):
            answer = self.call("alice", "POST", "/v1/appraisals", question)
            self.check_problem(answer, 500, "io")
            self.assertNotIn("troth_challenge", answer.body.decode())
        with sqlite3.connect(self.store, timeout=20) as base:
            base.execute("ALTER TABLE elsewhere RENAME TO troth_challenge")
        wait_until(lambda: self.call("alice", "POST", "/v1/challenges").status == 201)
        wait_until(lambda: self.call("alice", "POST", "/v1/appraisals", question).status == 200)


if __name__ == "__main__":
    unittest.main()
