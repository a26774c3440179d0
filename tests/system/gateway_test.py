#!/usr/bin/env python3
"""What the REST API of the real troth-gateway answers, and what it refuses with which code."""
import base64
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import MIB, NONCE, GatewayCase, head, post  # noqa: E402


def encoded(data):
    return base64.b64encode(data).decode()


def appraisal(report="e30=", **more):
    return {"report": report, "nonce": NONCE, **more}


class Api(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        verifier, prover = cls.start_peer("verifier"), cls.start_peer("prover")
        cls.gateway = cls.start_gateway(verifiers=[f"127.0.0.1:{verifier.port}"],
                                        provers=[f"127.0.0.1:{prover.port}"])
        cls.wait_until_ready(cls())

    # -- what it answers

    def test_a_challenge_is_created(self):
        for body in ({}, None, ""):
            answer = self.ask("POST", "/v1/challenges", body)
            self.assertEqual(answer.status, 201, answer.body)
            self.assertEqual(answer.headers["content-type"], "application/json")
            self.assertEqual(set(answer.json()), {"id", "nonce", "expires"})
            self.assertEqual(len(base64.b64decode(answer.json()["nonce"])), 32)

    def test_an_attestation_is_the_report_as_the_prover_made_it(self):
        body = {"nonce": encoded(b"a nonce!")}
        for encoding in ("json", "cbor"):
            answer = self.ask("POST", "/v1/attestations", {**body, "encoding": encoding})
            self.assertEqual((answer.status, answer.body), (200, b"report for a nonce!"))
            self.assertEqual(answer.headers["content-type"], f"application/{encoding}")
        for accept, expected in (("application/cbor", "cbor"), ("*/*", "json")):
            answer = self.ask("POST", "/v1/attestations", body, {"Accept": accept})
            self.assertEqual(answer.headers["content-type"], f"application/{expected}")

    def test_a_large_report_arrives_whole(self):
        answer = self.ask("POST", "/v1/attestations", {"nonce": encoded(b"large answer")})
        self.assertEqual(answer.body, b"x" * (3 * MIB))

    def test_an_appraisal_reaches_the_verifier_with_all_it_says(self):
        answer = self.ask("POST", "/v1/appraisals", appraisal(
            encoded(b"\xa1\x00\x01"), policy="strict", roots="PEM", time="2026-11-24T09:43:36Z",
            peer="machine"), {"traceparent": ""})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.headers["content-type"], "application/json")
        self.assertEqual(answer.json(), {
            "type": "Attestation Result", "reportBytes": 3, "reportBegins": answer.json()[
                "reportBegins"], "mediaType": "application/cbor", "nonce": NONCE,
            "policy": "strict", "roots": "PEM", "time": "2026-11-24T09:43:36Z",
            "peer": "machine", "policyDocument": "", "hasDeadline": True,
            "request": answer.headers["x-request-id"], "trace": answer.json()["trace"]})

    def test_a_report_leaves_out_what_is_known_of_a_peer(self):
        answer = self.ask("POST", "/v1/attestations", {"nonce": NONCE, "peer": "machine"})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn(b" without machine", answer.body)  # which the fake knows by its name

    def test_a_json_report_may_stand_in_the_body(self):
        body = json.dumps(appraisal()).replace('"e30="', '{ "a" : [1.0] }')
        got = self.ask("POST", "/v1/appraisals", body).json()
        self.assertEqual((got["reportBegins"], got["mediaType"]),
                         ('{ "a" : [1.0] }', "application/json"))

    def test_a_result_is_of_the_type_the_client_takes(self):
        for accept in ("application/cbor", "application/json;q=0.1, application/*"):
            answer = self.ask("POST", "/v1/appraisals", appraisal(), {"Accept": accept})
            self.assertEqual(answer.headers["content-type"], "application/cbor")

    def test_the_largest_report_is_appraised(self):
        answer = self.ask("POST", "/v1/appraisals", appraisal(encoded(bytes(16 * MIB))))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["reportBytes"], 16 * MIB)

    def test_a_challenge_is_good_for_one_appraisal(self):
        ident = self.ask("POST", "/v1/challenges").json()["id"]
        body = {"report": "e30=", "challengeId": ident}
        self.assertEqual(self.ask("POST", "/v1/appraisals", body).status, 200)
        self.check_problem(self.ask("POST", "/v1/appraisals", body), 409, "no_challenge")

    def test_the_service_says_how_it_is(self):
        self.assertEqual(self.ask("GET", "/healthz").body, b"ok\n")
        self.assertEqual(self.ask("GET", "/readyz").json(), {"ready": True})
        self.assertEqual(self.ask("GET", "/version").json()["name"], "troth-gateway")
        figures = self.ask("GET", "/metrics").body.decode()
        for line in ('troth_peers_connected{peer="verifiers"} 1',
                     'troth_peers_connected{peer="provers"} 1', "troth_build_info"):
            self.assertIn(line, figures)
        self.assertEqual(self.exchange(head("HEAD", "/healthz", "Connection: close")).status, 200)

    def test_every_answer_has_its_own_request_id(self):
        ids = {self.ask("GET", "/healthz", headers={"X-Request-Id": "mine"})
               .headers["x-request-id"] for _ in range(3)}
        self.assertEqual(len(ids), 3)
        self.assertNotIn("mine", ids)

    # -- what it refuses

    def test_bodies_that_are_not_what_they_must_be(self):
        for path, body, code in (
                ("/v1/challenges", {"a": 1}, "unknown_key"),
                ("/v1/challenges", "[]", "malformed"),
                ("/v1/attestations", {}, "missing"),
                ("/v1/attestations", {"nonce": "AAAA"}, "malformed"),
                ("/v1/attestations", {"nonce": NONCE, "encoding": "xml"}, "unsupported"),
                ("/v1/attestations", {"nonce": NONCE, "deadline": 1}, "unknown_key"),
                ("/v1/appraisals", "", "truncated"),
                ("/v1/appraisals", '{"report":"e30=","nonce":"' + NONCE, "truncated"),
                ("/v1/appraisals", json.dumps(appraisal()) + "x", "trailing"),
                ("/v1/appraisals", "{'report':1}", "malformed"),
                ("/v1/appraisals", b'{"report":"\xff"}', "malformed"),
                ("/v1/appraisals", '{"report":"e30=","report":"e30=","nonce":"%s"}' % NONCE,
                 "malformed"),
                ("/v1/appraisals", '{"x":' + "[" * 100_000, "too_large"),
                ("/v1/appraisals", {"report": "e30="}, "missing"),
                ("/v1/appraisals", {"nonce": NONCE}, "missing"),
                ("/v1/appraisals", appraisal(challengeId="a"), "malformed"),
                ("/v1/appraisals", appraisal("e3"), "malformed"),
                ("/v1/appraisals", appraisal(time="noon"), "malformed"),
                ("/v1/appraisals", appraisal(nonce=encoded(bytes(65))), "too_large"),
                ("/v1/appraisals", appraisal(verdict="success"), "unknown_key")):
            with self.subTest(path=path, body=str(body)[:80]):
                status = 413 if code == "too_large" else 400
                self.check_problem(self.ask("POST", path, body), status, code)

    def test_a_report_over_the_limit(self):
        answer = self.ask("POST", "/v1/appraisals", appraisal(encoded(bytes(16 * MIB + 1))))
        self.check_problem(answer, 413, "too_large", "appraisal.report")

    def test_errors_of_the_verifier_keep_their_code(self):
        for code, status in (("malformed", 400), ("unsupported", 400), ("forbidden", 403),
                             ("not_found", 404), ("no_challenge", 409), ("too_large", 413),
                             ("untrusted", 422), ("io", 500), ("internal", 500),
                             ("exhausted", 503), ("unavailable", 503), ("timeout", 504)):
            with self.subTest(code):
                answer = self.ask("POST", "/v1/appraisals", appraisal(policy=f"error-{code}"))
                self.check_problem(answer, status, code)
                self.assertEqual("retry-after" in answer.headers, status == 503)
                self.assertEqual("as the script says" in answer.json()["detail"], status != 500)

    def test_errors_of_the_prover_keep_their_code(self):
        for code, status in (("conflict", 409), ("io", 500), ("unavailable", 503)):
            nonce = encoded(f"error-{code}".encode())
            self.check_problem(self.ask("POST", "/v1/attestations", {"nonce": nonce}), status, code)

    def test_roots_and_a_time_where_they_are_not_allowed(self):
        for more in ({"roots": "forbidden"}, {"time": "2001-01-01T00:00:00Z"}):
            answer = self.ask("POST", "/v1/appraisals", appraisal(**more))
            self.check_problem(answer, 403, "forbidden")

    def test_routes_and_methods_that_are_not_there(self):
        for path in ("/", "/v1", "/v1/", "/v1/appraisals/", "/v1/appraisals%2f", "/V1/challenges",
                     "/v1/../healthz", "//healthz"):
            with self.subTest(path):
                self.check_problem(self.exchange(head("GET", path)), 404, "not_found")
        for method, path, allow in (("GET", "/v1/appraisals", "POST"), ("POST", "/healthz", "GET"),
                                    ("DELETE", "/v1/challenges", "POST"),
                                    ("PUT", "/metrics", "GET"), ("TRACE", "/healthz", "GET")):
            with self.subTest(method=method, path=path):
                answer = self.ask(method, path)
                self.check_problem(answer, 405, "method_not_allowed")
                self.assertEqual(answer.headers["allow"], allow)

    def test_a_body_of_another_type(self):
        for kind in ("text/plain", "application/cbor", "application/jsonx", ""):
            answer = self.ask("POST", "/v1/appraisals", "{}", {"Content-Type": kind})
            self.check_problem(answer, 415, "unsupported_media_type")
        answer = self.ask("POST", "/v1/appraisals", appraisal(),
                          {"Content-Type": "Application/JSON; charset=utf-8"})
        self.assertEqual(answer.status, 200)

    def test_an_answer_that_the_client_does_not_take(self):
        for path, body in (("/v1/challenges", {}), ("/v1/appraisals", appraisal()),
                           ("/v1/attestations", {"nonce": NONCE})):
            answer = self.ask("POST", path, body, {"Accept": "image/png"})
            self.check_problem(answer, 406, "not_acceptable")
        answer = self.ask("POST", "/v1/attestations", {"nonce": NONCE, "encoding": "json"},
                          {"Accept": "application/cbor"})
        self.check_problem(answer, 406, "not_acceptable")

    def test_what_a_client_sends_cannot_forge_the_log(self):
        self.exchange(head("GET", "/\x1b[2J\x7f%0aerror"))
        self.exchange(post("/v1/appraisals", appraisal(policy="error-internal")))
        log = self.gateway.log.read_text()
        self.assertNotIn("\x1b", log)
        line = next(line for line in log.splitlines() if "code=internal" in line)
        for part in ("POST", "/v1/appraisals", "500", "internal"):
            self.assertIn(part, line)

    def test_a_route_whose_peers_are_not_configured_is_not_there(self):
        verifier = self.start_peer("verifier")
        other = self.start_gateway(verifiers=[f"127.0.0.1:{verifier.port}"])
        self.wait_until_ready(other)
        answer = self.ask("POST", "/v1/attestations", {"nonce": NONCE}, port=other.port)
        self.check_problem(answer, 404, "not_found")
        self.assertEqual(self.ask("POST", "/v1/challenges", port=other.port).status, 201)


if __name__ == "__main__":
    unittest.main()
