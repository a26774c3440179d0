#!/usr/bin/env python3
"""What the real troth-gateway takes from its clients and no more: sizes, times, numbers."""
import concurrent.futures
import contextlib
import pathlib
import re
import resource
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import MIB, NONCE, Client, GatewayCase, free_port, head, post, wait_until  # noqa: E402
from threads import running  # noqa: E402

HOLD = {"report": "e30=", "nonce": NONCE, "policy": "hold it for ever"}
GOOD = {"report": "e30=", "nonce": NONCE}


class Dribble(threading.Thread):
    """Sends a byte more of one header after the other, of each every half second."""

    def __init__(self, connections):
        super().__init__()
        self.connections, self.ends = connections, threading.Event()
        self.count, self.surprises = 0, []

    def run(self):
        at_a_time = len(self.connections) // 50
        while not self.ends.wait(0.01):
            for one in self.connections[:at_a_time]:
                try:
                    one.sendall(b"x")
                except OSError as why:
                    self.surprises.append(repr(why))
            self.connections = self.connections[at_a_time:] + self.connections[:at_a_time]
            self.count += 1


class Flood(threading.Thread):
    """Sends far too much again and again, and reads what it is told only then."""

    def __init__(self, port, start, size, status):
        super().__init__()
        self.port, self.start_of_it, self.size, self.status = port, start, size, status
        self.ends, self.count, self.surprises = threading.Event(), 0, []

    def run(self):
        block = b"x" * MIB
        while not self.ends.wait(0.1):
            with Client(self.port) as client:
                client.send(self.start_of_it)
                sent = 0
                with contextlib.suppress(ConnectionError):  # the other side need not read it all
                    while sent < self.size and not self.ends.is_set():
                        client.send(block)
                        sent += len(block)
                with contextlib.suppress(ConnectionError):
                    answer = client.answer()
                    self.count += 1
                    if answer.status != self.status:
                        self.surprises.append(answer.body)


class Limits(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        verifier = cls.start_peer("verifier")
        cls.verifiers = [f"127.0.0.1:{verifier.port}"]
        cls.gateway = cls.start_gateway(verifiers=cls.verifiers)
        cls.wait_until_ready(cls())

    def start_tight(self, **rest):
        made = self.start_gateway(rest, verifiers=self.verifiers, maxReportBytes=MIB)
        self.wait_until_ready(made)
        return made

    # -- sizes

    def test_64_mib_are_refused_unread(self):
        before = self.gateway.peak_bytes()
        size = 64 * MIB
        with Client(self.gateway.port) as client:
            client.send(head("POST", "/v1/appraisals", "Content-Type: application/json",
                             f"Content-Length: {size}"))
            self.check_problem(client.answer(), 413, "too_large")
        with Client(self.gateway.port) as client:  # one that sends it all the same
            client.send(head("POST", "/v1/appraisals", "Content-Type: application/json",
                             f"Content-Length: {size}"))
            block = bytes(MIB)
            for _ in range(64):
                client.send(block)
            self.check_problem(client.answer(), 413, "too_large")
            self.assertTrue(client.is_closed())
        self.assertLess(self.gateway.peak_bytes() - before, 8 * MIB)
        self.check_serves()

    def test_a_body_without_a_length_ends_at_the_limit(self):
        tight = self.start_tight()
        before = tight.peak_bytes()
        with Client(tight.port) as client:
            client.send(head("POST", "/v1/appraisals", "Content-Type: application/json",
                             "Transfer-Encoding: chunked"))
            block = b"100000\r\n" + b" " * MIB + b"\r\n"
            for _ in range(64):
                client.send(block)
            self.check_problem(client.answer(), 413, "too_large")
            self.assertTrue(client.is_closed())
        self.assertLess(tight.peak_bytes() - before, 16 * MIB)

    def test_a_small_route_takes_a_small_body(self):
        answer = self.ask("POST", "/v1/challenges", " " * 4097)
        self.check_problem(answer, 413, "too_large")

    def test_a_header_over_the_limit(self):
        for lines in ([f"X-Long: {'x' * 16_384}"], ["X-Many: x"] * 2_000):
            answer = self.exchange(head("GET", "/healthz", *lines))
            self.check_problem(answer, 431, "header_too_large")
        answer = self.exchange(head("GET", "/" + "x" * 16_384))
        self.check_problem(answer, 431, "header_too_large")
        self.assertEqual(self.exchange(head("GET", "/healthz", f"X: {'x' * 15_000}")).status, 200)

    # -- times

    def test_a_slow_header(self):
        tight = self.start_tight(headerSeconds=1)
        with Client(tight.port) as client:
            for byte in head("GET", "/healthz")[:30]:
                client.send(byte)
                time.sleep(0.05)
            self.check_problem(client.answer(), 408, "timeout")
            self.assertTrue(client.is_closed())

    def test_a_slow_body(self):
        tight = self.start_tight(bodySeconds=1)
        for framing in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
            with Client(tight.port) as client:
                client.send(head("POST", "/v1/appraisals", "Content-Type: application/json",
                                 framing))
                for _ in range(6):
                    client.send("1\r\n{\r\n" if "chunked" in framing else "{")
                    time.sleep(0.2)
                self.check_problem(client.answer(), 408, "timeout")
                self.assertTrue(client.is_closed())

    def test_a_body_that_always_goes_on(self):
        tight = self.start_tight(bodySeconds=1)
        begun = time.monotonic()
        with Client(tight.port) as client, self.assertRaises(ConnectionError):
            client.send(head("POST", "/v1/appraisals", "Content-Type: application/json",
                             "Content-Length: 1000000"))
            while time.monotonic() - begun < 15:
                client.send(" ")
        self.assertLess(time.monotonic() - begun, 12)  # it may drain for 5 s

    def test_answers_that_nobody_reads(self):
        other = self.start_gateway({"maxBodyBytes": 24 * MIB, "bodySeconds": 2},
                                   verifiers=self.verifiers)
        self.wait_until_ready(other)
        huge = post("/v1/appraisals", {**GOOD, "policy": "huge answer"})
        with Client(other.port) as first, Client(other.port) as second:
            for client in (first, second):
                client.send(huge)
            time.sleep(1)
            self.check_problem(self.exchange(huge, other.port), 503, "exhausted")
            self.assertEqual(self.ask("POST", "/v1/challenges", port=other.port).status, 201)
            wait_until(lambda: self.exchange(huge, other.port).status == 200)

    def test_slow_clients_keep_nobody_waiting(self):
        slow = [Client(self.gateway.port) for _ in range(200)]
        for client in slow:
            client.send("POST /v1/appraisals HTTP/1.1\r\nHost")
        begun = time.monotonic()
        self.check_serves()
        self.assertEqual(self.ask("POST", "/v1/appraisals", GOOD).status, 200)
        self.assertLess(time.monotonic() - begun, 2)
        for client in slow:
            client.__exit__()

    def test_silent_connections_end(self):
        tight = self.start_tight(headerSeconds=1, idleSeconds=1)
        with Client(tight.port) as never, Client(tight.port) as once:
            once.send(head("GET", "/healthz"))
            self.assertEqual(once.answer().status, 200)
            self.assertTrue(once.is_closed())
            self.assertTrue(never.is_closed())

    def test_however_many_ask_whether_it_is_ready_its_peers_are_asked_once(self):
        verifier, admin = self.start_peer("verifier"), free_port()
        gateway = self.start_gateway(verifiers=[f"127.0.0.1:{verifier.port}"],
                                     admin=f"127.0.0.1:{admin}")
        self.wait_until_ready(gateway)
        verifier.process.send_signal(signal.SIGSTOP)
        self.addCleanup(verifier.process.send_signal, signal.SIGCONT)
        clients = [Client(gateway.port) for _ in range(200)]
        for client in clients:
            client.send(head("GET", "/readyz"))
        time.sleep(0.5)
        figures = self.ask("GET", "/metrics", port=admin).body.decode()
        open_ones = re.search(r'troth_link_requests_outstanding\{.*verifier.*\} (\d+)', figures)
        self.assertIn(int(open_ones[1]), (1, 2), figures)
        for client in clients:
            self.assertEqual(client.answer().status, 503)
            client.__exit__()

    def test_no_answer_within_the_deadline(self):
        tight = self.start_tight(requestSeconds=1)
        begun = time.monotonic()
        self.check_problem(self.ask("POST", "/v1/appraisals", HOLD, port=tight.port), 504,
                           "timeout")
        self.assertLess(time.monotonic() - begun, 3)

    # -- numbers

    def test_more_requests_than_are_served_at_a_time(self):
        tight = self.start_tight(maxRequests=2, requestSeconds=10)
        with Client(tight.port) as first, Client(tight.port) as second:
            first.send(post("/v1/appraisals", HOLD))
            second.send(post("/v1/appraisals", HOLD))
            wait_until(lambda: self.ask("POST", "/v1/challenges", port=tight.port).status == 503)
            answer = self.ask("POST", "/v1/challenges", port=tight.port)
            self.check_problem(answer, 503, "exhausted")
            self.assertEqual(answer.headers["retry-after"], "1")
            self.check_serves(tight.port)

    def test_more_connections_than_are_kept(self):
        tight = self.start_tight(maxConnections=4)
        kept = []

        def keep():  # the connections that asked for readiness may not be gone yet
            client = Client(tight.port)
            client.send(head("GET", "/healthz"))
            if client.answer().status != 200:
                client.__exit__()
                return False
            kept.append(client)
            return True

        for _ in range(4):
            wait_until(keep)
        for _ in range(3):
            with Client(tight.port) as surplus:
                surplus.send(head("GET", "/healthz"))
                answer = surplus.answer()
                self.check_problem(answer, 503, "exhausted")
                self.assertEqual(answer.headers["retry-after"], "1")
                self.assertTrue(surplus.is_closed())
        kept.pop().__exit__()
        wait_until(lambda: self.ask("GET", "/healthz", port=tight.port).status == 200)
        for client in kept:
            client.__exit__()

    def test_a_crowd_takes_nothing_from_other_clients(self):
        """10,000 idle connections, 1,000 slow ones, bodies of 1 GiB, headers of 100 MB. Another
        gateway of the same machine, which has none of that, is asked in turns."""
        idle, slow = 10_000, 1_000
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 2 * idle:
            self.skipTest(f"{hard} descriptors allowed, {2 * idle} wanted")
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * idle, hard))  # the gateway's, too
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        crowded = self.start_gateway({"maxConnections": idle + slow + 100, "headerSeconds": 120},
                                     verifiers=self.verifiers)
        self.wait_until_ready(crowded)
        kept = [socket.create_connection(("127.0.0.1", crowded.port)) for _ in range(idle + slow)]
        for one in kept[:slow]:
            one.sendall(b"POST /v1/appraisals HTTP/1.1\r\nHost: ")
        calm, busy = [], []
        attacks = [Dribble(kept[:slow]), Flood(crowded.port, head(
            "POST", "/v1/appraisals", "Content-Type: application/json",
            f"Content-Length: {1024 * MIB}"), 1024 * MIB, 413), Flood(
                crowded.port, "GET /healthz HTTP/1.1\r\nHost: troth\r\nX: ", 100 * MIB, 431)]
        with running(attacks):
            wait_until(lambda: all(one.count for one in attacks))
            while len(busy) < 5 or (min(busy) > 2 * min(calm) and len(busy) < 30):
                calm.append(self.p99(self.gateway.port))  # the least is what others disturb least
                busy.append(self.p99(crowded.port))
        for one in attacks:
            self.assertEqual(one.surprises, [], one)
        print(f"p99 {min(calm):.4f} s alone, {min(busy):.4f} s in the crowd; "
              f"{crowded.peak_bytes() // MIB} MiB", file=sys.stderr)
        self.assertLess(crowded.peak_bytes(), 200 * MIB)
        self.assertLessEqual(min(busy), 2 * min(calm), f"{calm}, {busy}")
        self.check_serves(crowded.port)
        for one in kept:
            one.close()

    def p99(self, port):
        """Returns the time within which 99 of 100 requests of a well-behaved client are answered."""
        times = []
        with Client(port) as client:
            for _ in range(200):
                begun = time.monotonic()
                client.send(post("/v1/appraisals", GOOD))
                self.assertEqual(client.answer().status, 200)
                times.append(time.monotonic() - begun)
        return sorted(times)[len(times) * 99 // 100 - 1]

    def test_large_bodies_share_one_budget(self):
        tight = self.start_tight(maxBodyBytes=4 * MIB, bodySeconds=10)
        size = 2 * MIB
        announce = head("POST", "/v1/appraisals", "Content-Type: application/json",
                        f"Content-Length: {size}")
        with Client(tight.port) as first, Client(tight.port) as second:
            for client in (first, second):
                client.send(announce)
            time.sleep(0.5)
            self.check_problem(self.exchange(announce, tight.port), 503, "exhausted")
            self.assertEqual(self.ask("POST", "/v1/challenges", port=tight.port).status, 201)
            first.send(b" " * size)
            self.check_problem(first.answer(), 400, "truncated")
        wait_until(lambda: self.ask("POST", "/v1/appraisals", " " * size,
                                    port=tight.port).status == 400)

    def test_a_large_body_holds_up_nobody(self):
        body = '{"nonce":"%s","report":{"a":[%s0]}}' % (NONCE, "{}," * (5 * MIB))
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            large = [pool.submit(self.ask, "POST", "/v1/appraisals", body) for _ in range(4)]
            slowest = 0
            while not all(one.done() for one in large):
                begun = time.monotonic()
                self.check_serves()
                slowest = max(slowest, time.monotonic() - begun)
            for one in large:
                self.assertEqual(one.result().status, 200)
        self.assertLess(slowest, 1.5)


if __name__ == "__main__":
    unittest.main()
