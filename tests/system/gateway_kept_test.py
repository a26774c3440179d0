#!/usr/bin/env python3
"""Appraisals whose outcome is kept, batches, rates and traces at the real troth-gateway."""
import concurrent.futures
import hashlib
import json
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import NONCE, GatewayCase, free_port, wait_until  # noqa: E402

GOOD = {"report": "e30=", "nonce": NONCE}
LATER = {"Prefer": "handling=lenient, respond-async; wait=0"}


class Kept(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.verifier = cls.start_peer("verifier")
        cls.tokens = cls.folder / "tokens"
        cls.tokens.write_text("".join(f"{hashlib.sha256(name.encode()).hexdigest()} attester {name}\n"
                                      for name in ("alice", "bob")))
        cls.gateway = cls.start_behind()
        cls.wait_until_ready(cls())

    @classmethod
    def start_behind(cls, rest=None, **more):
        return cls.start_gateway({"tokens": str(cls.tokens), **(rest or {})},
                                 verifiers=[f"127.0.0.1:{cls.verifier.port}"], **more)

    def ask_as(self, who, method, path, body=None, headers=None, gateway=None):
        return self.ask(method, path, body, {"Authorization": f"Bearer {who}", **(headers or {})},
                        (gateway or self.gateway).port)

    def appraise(self, body, headers=None, who="alice", gateway=None):
        return self.ask_as(who, "POST", "/v1/appraisals", body, headers, gateway)

    def outcome(self, location, who="alice"):
        found = []

        def is_there():
            found[:] = [self.ask_as(who, "GET", location)]
            return found[0].status != 202
        wait_until(is_there)
        return found[0]

    # -- later

    def test_a_result_for_later_is_found_by_who_asked_for_it(self):
        begun = self.appraise({**GOOD, "policy": "later"}, LATER)
        self.assertEqual(begun.status, 202, begun.body)
        self.assertEqual(begun.headers["preference-applied"], "respond-async")
        location = begun.headers["location"]
        self.assertEqual(location, "/v1/appraisals/" + begun.json()["id"])
        done = self.outcome(location)
        self.assertEqual((done.status, done.json()["policy"]), (200, "later"))
        self.check_problem(self.ask_as("bob", "GET", location), 404, "not_found")
        self.check_problem(self.ask_as("alice", "GET", location[:-1] + "x"), 404, "not_found")

    def test_a_result_for_later_has_the_form_that_was_asked_for(self):
        begun = self.appraise(GOOD, {**LATER, "Accept": "text/html"})
        done = self.outcome(begun.headers["location"])
        self.assertEqual(done.headers["content-type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", done.headers["content-security-policy"])

    def test_a_refusal_for_later_is_told_later(self):
        for code, status in (("untrusted", 422), ("exhausted", 503)):
            begun = self.appraise({**GOOD, "policy": f"error-{code}"}, LATER)
            done = self.outcome(begun.headers["location"])
            self.assertEqual((done.status, done.json()["code"]), (status, code))
            self.assertEqual(done.headers["content-type"], "application/problem+json")

    def test_while_there_is_none_the_client_is_told_to_wait(self):
        begun = self.appraise({**GOOD, "policy": "hold it for ever"}, LATER)
        pending = self.ask_as("alice", "GET", begun.headers["location"])
        self.assertEqual((pending.status, pending.json()["status"]), (202, "pending"))
        self.assertEqual(pending.headers["retry-after"], "1")

    def test_what_was_accepted_is_finished_by_a_gateway_that_stops(self):
        gateway = self.start_behind({"requestSeconds": 2})
        self.wait_until_ready(gateway)
        begun = self.appraise({**GOOD, "policy": "hold it for ever"}, LATER, gateway=gateway)
        self.assertEqual(begun.status, 202)
        gateway.process.send_signal(signal.SIGTERM)
        self.assertEqual(gateway.process.wait(20), 0)
        done = self.outcome(begun.headers["location"])  # at another, which shares the verifiers
        self.assertEqual((done.status, done.json()["code"]), (504, "timeout"))

    # -- once

    def test_the_same_request_under_a_key_has_the_same_answer(self):
        challenge = self.ask_as("alice", "POST", "/v1/challenges").json()["id"]
        body = {"report": "e30=", "challengeId": challenge}
        key = {"Idempotency-Key": "k-1"}
        first = self.appraise(body, key)
        self.assertEqual(first.status, 200, first.body)
        again = self.appraise(body, key)
        self.assertEqual((again.status, again.body), (200, first.body))
        self.check_problem(self.appraise(body), 409, "no_challenge")  # without the key
        self.check_problem(self.appraise(GOOD, key), 409, "conflict")
        self.check_problem(self.appraise(body, {**key, "Accept": "application/cbor"}), 409,
                           "conflict")
        self.assertEqual(self.appraise(GOOD, key, "bob").status, 200)  # whose key is another
        later = self.appraise(body, {**key, **LATER})
        self.assertEqual((later.status, later.body), (200, first.body))

    def test_a_refusal_is_kept_unless_it_may_be_different_the_next_time(self):
        body = {**GOOD, "policy": "error-untrusted"}
        first = self.appraise(body, {"Idempotency-Key": "k-2"})
        again = self.appraise(body, {"Idempotency-Key": "k-2"})
        self.assertEqual((first.status, first.body), (again.status, again.body))
        self.assertEqual(first.status, 422)
        body = {**GOOD, "policy": "error-unavailable"}
        first = self.appraise(body, {"Idempotency-Key": "k-3"})
        again = self.appraise(body, {"Idempotency-Key": "k-3"})
        self.assertEqual((first.status, again.status), (503, 503))
        self.assertNotEqual(first.json()["requestId"], again.json()["requestId"])

    def test_the_same_request_while_it_is_under_way(self):
        gateway = self.start_behind({"requestSeconds": 5})
        self.wait_until_ready(gateway)
        body, key = {**GOOD, "policy": "hold it for ever"}, {"Idempotency-Key": "k-4"}
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            two = [pool.submit(self.appraise, body, key, "alice", gateway) for _ in range(2)]
            codes = sorted(one.result().json()["code"] for one in two)
        self.assertEqual(codes, ["conflict", "timeout"])

    def test_keys_that_are_none(self):
        for key in ("a b", "x" * 129, "\xe4"):
            self.check_problem(self.appraise(GOOD, {"Idempotency-Key": key}), 400, "malformed",
                               "Idempotency-Key")

    # -- many

    def test_a_batch_is_answered_in_its_order_each_with_its_status(self):
        parts = [{**GOOD, "policy": f"p{n}"} for n in range(20)]
        parts[3] = {"report": "e30="}
        parts[7]["policy"] = "error-untrusted"
        answer = self.ask_as("alice", "POST", "/v1/appraisals/batch", parts)
        self.assertEqual(answer.status, 200, answer.body)
        for n, one in enumerate(answer.json()):
            if n in (3, 7):
                code = "missing" if n == 3 else "untrusted"
                self.assertEqual((one["status"], one["problem"]["code"]),
                                 (400 if n == 3 else 422, code))
            else:
                self.assertEqual((one["status"], one["result"]["policy"]), (200, f"p{n}"))
        lines = "\n".join(map(json.dumps, parts))
        answer = self.ask_as("alice", "POST", "/v1/appraisals/batch", lines,
                             {"Content-Type": "application/x-ndjson"})
        self.assertEqual(answer.headers["content-type"], "application/x-ndjson")
        told = [json.loads(line) for line in answer.body.splitlines()]
        self.assertEqual([one["status"] for one in told].count(200), 18)
        self.assertEqual(told[19]["result"]["policy"], "p19")

    def test_a_batch_that_is_none(self):
        for body, status, code in (({}, 400, "malformed"), ([], 400, "missing"),
                                   ([1] * 65, 413, "too_large"), ("[1", 400, "truncated")):
            answer = self.ask_as("alice", "POST", "/v1/appraisals/batch", body)
            self.check_problem(answer, status, code)

    # -- how often, and traces

    def test_a_caller_that_asks_too_often_has_to_wait_and_others_do_not(self):
        gateway = self.start_behind(callers={"requestsPerMinute": 30, "requestsAtOnce": 3})
        self.wait_until_ready(gateway)
        answers = [self.appraise(GOOD, gateway=gateway) for _ in range(4)]
        self.assertEqual([one.status for one in answers[:3]], [200] * 3)
        self.check_problem(answers[3], 429, "rate_limited")
        self.assertIn(int(answers[3].headers["retry-after"]), (1, 2))
        self.assertEqual(self.appraise(GOOD, who="bob", gateway=gateway).status, 200)
        self.assertEqual(self.ask("GET", "/healthz", port=gateway.port).status, 200)
        answer = self.ask_as("alice", "POST", "/v1/appraisals/batch", [GOOD], gateway=gateway)
        self.check_problem(answer, 429, "rate_limited")
        many = self.start_behind(callers={"requestsPerMinute": 1, "requestsAtOnce": 3})
        self.wait_until_ready(many)
        answer = self.ask_as("bob", "POST", "/v1/appraisals/batch", [GOOD] * 5, gateway=many)
        self.assertEqual([one["status"] for one in answer.json()].count(429), 2)

    def test_a_trace_goes_on(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        answer = self.appraise(GOOD, {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        self.assertRegex(answer.json()["trace"], f"^00-{trace}-[0-9a-f]{{16}}-01$")
        self.assertEqual(answer.json()["request"], answer.headers["x-request-id"])
        wait_until(lambda: f"trace={trace}" in self.gateway.log.read_text())
        other = self.appraise(GOOD, {"traceparent": "nonsense"}).json()["trace"]
        self.assertRegex(other, "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$")

    # -- the admin address

    def test_the_log_level_is_changed_by_who_has_a_token(self):
        admin = free_port()
        gateway = self.start_behind(admin=f"127.0.0.1:{admin}", logLevel="error",
                                    adminTokens=[hashlib.sha256(b"root").hexdigest()])
        self.wait_until_ready(gateway)

        def set_level(level, token="root"):
            return self.ask("PUT", "/log-level", {"level": level},
                            {"Authorization": f"Bearer {token}"}, admin)
        self.assertEqual(set_level("info", "wrong").status, 401)
        self.appraise(GOOD, gateway=gateway)
        self.assertNotIn("http.answered", gateway.log.read_text())
        self.assertEqual(set_level("info").json(), {"level": "info"})
        self.appraise(GOOD, gateway=gateway)
        wait_until(lambda: "http.answered" in gateway.log.read_text())
        self.check_problem(set_level("loud"), 400, "unsupported")
        open_one = free_port()
        other = self.start_behind(admin=f"127.0.0.1:{open_one}")
        self.wait_until_ready(other)
        self.assertEqual(self.ask("GET", "/log-level", port=open_one).json(), {"level": "info"})
        self.check_problem(self.ask("PUT", "/log-level", {"level": "debug"}, port=open_one), 403,
                           "forbidden", "adminTokens")


if __name__ == "__main__":
    unittest.main()
