#!/usr/bin/env python3
"""Where the real troth-gateway sees requests begin and end, and what it takes for none."""
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import NONCE, Client, GatewayCase, head, post  # noqa: E402

GOOD = {"report": "e30=", "nonce": NONCE}


class Framing(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        verifier = cls.start_peer("verifier")
        cls.gateway = cls.start_gateway(verifiers=[f"127.0.0.1:{verifier.port}"])
        cls.wait_until_ready(cls())

    def test_a_request_whose_end_can_be_seen_in_two_places(self):
        smuggled = "GET /metrics HTTP/1.1\r\nHost: troth\r\n\r\n"
        chunked = "Transfer-Encoding: chunked"
        for lines in (
                ["Content-Length: 4", chunked], [chunked, "Content-Length: 4"],
                ["Content-Length: 4", "Content-Length: 5"],
                ["Content-Length: 4", "Content-Length: 4"], ["Content-Length: 4, 4"],
                ["Content-Length: +4"], ["Content-Length: -1"], ["Content-Length: 0x4"],
                ["Content-Length: 4 4"], ["Content-Length: 99999999999999999999"],
                ["Content-Length:"], [chunked, chunked], ["Transfer-Encoding: gzip, chunked"],
                ["Transfer-Encoding: chunked, identity"], ["Transfer-Encoding: xchunked"],
                ["Transfer-Encoding: \x0bchunked"], ["Transfer-Encoding : chunked"],
                ["Content-Length : 4"], ["X: y\r\n Transfer-Encoding: chunked", "\x00: x"],
                ["Host: other"], ["Content-Length: 4\r"], ["X: a\rContent-Length: 4"], ["Content-Type: application/json"],
                ["Authorization: Bearer a", "Authorization: Bearer b"],
                ["Idempotency-Key: a", "Idempotency-Key: b"]):
            with self.subTest(lines), Client(self.gateway.port) as client:
                client.send(head("POST", "/v1/challenges", "Content-Type: application/json",
                                 *lines) + "0\r\n\r\n" + smuggled)
                self.check_problem(client.answer(), 400, "malformed")
                self.assertTrue(client.is_closed())
        self.check_serves()

    def test_a_list_may_stand_in_several_lines_and_a_trace_in_one(self):
        trace = "traceparent: 00-" + "4" * 32 + "-" + "5" * 16 + "-01"
        for lines, status, is_theirs in (
                (["Accept: text/csv", "Accept: application/json", trace], 200, True),
                ([trace, trace], 200, False), (["Accept: text/csv", "Accept: text/plain"], 406, None),
                (["Prefer: handling=strict", "Prefer: respond-async"], 202, None)):
            answer = self.exchange(post("/v1/appraisals", GOOD, *lines))
            self.assertEqual(answer.status, status, lines)
            if status == 200:
                self.assertEqual("4" * 32 in answer.json()["trace"], is_theirs, lines)

    def test_chunks_that_are_none(self):
        for body in ("x\r\n", "4\r\n{}\r\n0\r\n\r\n", "-1\r\n", "2\r\n{}0\r\n\r\n",
                     "FFFFFFFFFFFFFFFFF\r\n", "2;" + "x" * 100_000, "0\r\n" + "X: y\r\n" * 20_000):
            with self.subTest(body[:20]), Client(self.gateway.port) as client:
                client.send(head("POST", "/v1/challenges", "Content-Type: application/json",
                                 "Transfer-Encoding: chunked") + body)
                client.socket.shutdown(socket.SHUT_WR)
                answer = client.file.readline()
                self.assertIn(answer[:12], (b"HTTP/1.1 400", b"HTTP/1.1 413", b"HTTP/1.1 431", b""))
        self.check_serves()

    def test_what_is_no_request(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n",
                     b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", b"GET /healthz HTTP/1.1\r\n\r\n",
                     b"GET healthz HTTP/1.1\r\nHost: a\r\n\r\n", b"G\x00T / HTTP/1.1\r\n\r\n",
                     b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
                     b"GET /healthz HTTP/1.1\nHost: a\n\n",
                     b"GET /healthz#x HTTP/1.1\r\nHost: a\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nHost: user@a\r\n\r\n"):
            with self.subTest(data), Client(self.gateway.port) as client:
                client.send(data + b"\r\n\r\n")
                self.check_problem(client.answer(), 400, "malformed")
                self.assertTrue(client.is_closed())

    def test_requests_in_a_row_are_answered_in_a_row(self):
        with Client(self.gateway.port) as client:
            client.send(post("/v1/challenges", {}) + head("GET", "/nothing")
                        + post("/v1/appraisals", GOOD) + head("HEAD", "/healthz")
                        + head("GET", "/version", "Connection: close")
                        + head("GET", "/healthz"))
            self.assertEqual(client.answer().status, 201)
            self.check_problem(client.answer(), 404, "not_found")
            self.assertEqual(client.answer().json()["reportBytes"], 2)
            without_body = client.file.readline()
            self.assertEqual(without_body, b"HTTP/1.1 200 OK\r\n")
            while client.file.readline() != b"\r\n":
                pass
            last = client.answer()
            self.assertEqual((last.status, last.headers["connection"]), (200, "close"))
            self.assertTrue(client.is_closed())

    def test_http_1_0_gets_one_answer(self):
        with Client(self.gateway.port) as client:
            client.send("GET /healthz HTTP/1.0\r\n\r\n")
            self.assertEqual(client.answer().body, b"ok\n")
            self.assertTrue(client.is_closed())

    def test_a_body_is_sent_once_the_gateway_wants_it(self):
        expecting = ("Content-Type: application/json", "Expect: 100-continue")
        with Client(self.gateway.port) as client:
            client.send(head("POST", "/v1/challenges", *expecting, "Content-Length: 2"))
            self.assertEqual(client.file.readline(), b"HTTP/1.1 100 Continue\r\n")
            self.assertEqual(client.file.readline(), b"\r\n")
            client.send("{}")
            self.assertEqual(client.answer().status, 201)
            client.send(head("POST", "/v1/challenges", *expecting, "Content-Length: 67108864"))
            self.check_problem(client.answer(), 413, "too_large")
            self.assertTrue(client.is_closed())
        answer = self.exchange(head("POST", "/v1/challenges", "Expect: 200-ok",
                                    "Content-Length: 2", "Content-Type: application/json") + "{}")
        self.check_problem(answer, 417, "expectation_failed")


if __name__ == "__main__":
    unittest.main()
