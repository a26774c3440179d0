#!/usr/bin/env python3
"""How the real troth-gateway starts, is reached, loses and finds its peers, and stops."""
import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from doors import Refused, SocketDoor  # noqa: E402
from gateway import GATEWAY, NONCE, Client, GatewayCase, free_port, head, post, wait_until  # noqa: E402

GOOD = {"report": "e30=", "nonce": NONCE}


class Operation(GatewayCase):
    def run_gateway(self, configuration, *arguments):
        file = self.folder / "run.json"
        file.write_text(json.dumps({"tls": self.pki.tls("gateway"), "state": str(self.folder),
                                    "verifiers": ["127.0.0.1:1"], "admin": "", **configuration}))
        return subprocess.run([GATEWAY, *arguments, "--config", str(file)], capture_output=True,
                              text=True, timeout=20)

    def start_with_verifier(self, rest=None, **more):
        self.verifier = self.start_peer("verifier")
        self.gateway = self.start_gateway(rest, verifiers=[f"127.0.0.1:{self.verifier.port}"],
                                          **more)

    # -- starting

    def test_what_does_not_start(self):
        tls = {"certificate": str(self.pki.folder / "gateway.pem"),
               "key": str(self.pki.folder / "gateway.key")}
        tokens = self.folder / "some-tokens"
        tokens.write_text(hashlib.sha256(b"x").hexdigest() + " attester")
        roleless = self.folder / "roleless-tokens"
        roleless.write_text(hashlib.sha256(b"x").hexdigest())
        for configuration, code, detail in (
                ({"rest": {"listen": "0.0.0.0:0"}}, "forbidden", "rest.tls.certificate"),
                ({"rest": {"listen": ":0", "tokens": str(tokens)}}, "forbidden",
                 "rest.tls.certificate"),
                ({"rest": {"listen": "0.0.0.0:0", "tls": tls}}, "forbidden", "rest.tokens"),
                ({"rest": {"tls": {"certificate": "x"}}}, "missing", "rest.tls"),
                ({"rest": {"tokens": "/none"}}, "not_found", "rest.tokens"),
                ({"rest": {"tokens": str(roleless)}}, "malformed", "ROLE+ROLE"),
                ({"rest": {"clientRoles": ["x=king"]}}, "unsupported", "there are attester"),
                ({"rest": {"tls": {**tls, "clientCa": tls["certificate"]}}}, "missing",
                 "rest.clientRoles"),
                ({"grpc": {"listen": "0.0.0.0:0"}}, "forbidden", "grpc.tls.certificate"),
                ({"grpc": {"listen": "0.0.0.0:0", "tls": tls}}, "forbidden", "grpc.tls.clientCa"),
                ({"grpc": {"listen": "x:0", "tls": {"key": "x"}}}, "missing", "grpc.tls"),
                ({"rest": {"lisen": ":0"}}, "unknown_key", "is rest.listen meant?"),
                ({"rest": {"maxBodyBytes": 4096}}, "malformed", "rest.maxBodyBytes"),
                ({"rest": {"maxConnections": 0}}, "malformed", "rest.maxConnections"),
                ({"listen": "127.0.0.1:1"}, "unknown_key", "rest.listen"),
                ({"verifiers": []}, "missing", "verifiers"),
                ({"verifiers": ["nowhere"]}, "malformed", "verifiers"),
                ({"tls": {}}, "missing", ""),
                ({"tls": self.pki.tls("verifier")}, "forbidden", "")):
            with self.subTest(configuration):
                done = self.run_gateway(configuration)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(f"{code}: ", done.stderr)
                self.assertIn(detail, done.stderr)

    def test_an_address_that_is_taken(self):
        self.start_with_verifier()
        done = self.run_gateway({"rest": {"listen": f"127.0.0.1:{self.gateway.port}"}})
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("io: cannot listen on 127.0.0.1:", done.stderr)

    def test_help_version_and_the_configuration(self):
        for arguments in (["--help"], ["--version"], ["--check-config"], ["--print-config"]):
            done = self.run_gateway({}, *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
        rest = json.loads(done.stdout)["rest"]
        self.assertEqual(
            {key: rest[key] for key in ("maxHeaderBytes", "headerSeconds", "bodySeconds",
                                        "idleSeconds", "maxConnections", "maxRequests")},
            {"maxHeaderBytes": 16384, "headerSeconds": 5, "bodySeconds": 30, "idleSeconds": 60,
             "maxConnections": 1000, "maxRequests": 256})
        self.assertEqual(json.loads(done.stdout)["maxReportBytes"], 16 * 1024 * 1024)

    def test_health_asks_the_admin_address(self):
        admin = f"127.0.0.1:{free_port()}"
        verifier = self.start_peer("verifier")
        options = {"verifiers": [f"127.0.0.1:{verifier.port}"], "admin": admin}
        self.assertEqual(self.run_gateway(options, "health").returncode, 4)
        gateway = self.start_gateway(**options)
        wait_until(lambda: self.run_gateway(options, "health").returncode == 0)
        verifier.kill()
        wait_until(lambda: self.run_gateway(options, "health").returncode == 4)
        self.assertIn(f"verifiers: tls://127.0.0.1:{verifier.port}",
                      self.run_gateway(options, "health").stdout)
        answer = self.ask("GET", "/readyz", port=gateway.port)
        self.assertEqual((answer.status, answer.json()), (503, {"ready": False}))

    # -- who may use it

    def ask_tls(self, context, headers=None, path="/version"):
        connection = http.client.HTTPSConnection("localhost", self.gateway.port, timeout=20,
                                                 context=context)
        try:
            connection.request("GET", path, headers=headers or {})
            got = connection.getresponse()
            return got.status, json.loads(got.read() or b"{}")
        finally:
            connection.close()

    def context(self, role=None):
        made = ssl.create_default_context(cafile=self.pki.folder / "tls-ca.pem")
        if role:
            made.load_cert_chain(self.pki.folder / f"{role}.pem", self.pki.folder / f"{role}.key")
        return made

    def rest_tls(self, **more):
        return {"listen": "0.0.0.0:0", **more,
                "tls": {"certificate": str(self.pki.folder / "gateway.pem"),
                        "key": str(self.pki.folder / "gateway.key"), **more.get("tls", {})}}

    def test_clients_with_a_certificate(self):
        self.start_with_verifier(self.rest_tls(
            tls={"clientCa": str(self.pki.folder / "tls-ca.pem")},
            clientRoles=["urn:troth:role:verifier=operator"]))
        self.assertEqual(self.ask_tls(self.context("verifier"))[0], 200)
        status, problem = self.ask_tls(self.context("prover"))  # a certificate without a role
        self.assertEqual((status, problem["code"]), (403, "forbidden"))
        self.assertIn("certificate ", problem["detail"])
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.ask_tls(self.context())
        other = type(self.pki)(self.folder / "other-pki")
        stranger = self.context()
        stranger.load_cert_chain(other.folder / "verifier.pem", other.folder / "verifier.key")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.ask_tls(stranger)
        old = self.context("verifier")
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.ask_tls(old)
        for data in (b"GET / HTTP/1.1\r\n\r\n", bytes(100), b"\x16\x03\x01\xff\xff" + bytes(500)):
            with Client(self.gateway.port) as client:
                client.send(data)
                client.socket.shutdown(1)
                client.file.read()
        self.assertEqual(self.ask_tls(self.context("verifier"))[0], 200)

    def test_clients_with_a_token(self):
        tokens = self.folder / "tokens"
        tokens.write_text(f"# a test\n{hashlib.sha256(b'secret').hexdigest()} operator\n"
                          f"{hashlib.sha256(b'other').hexdigest()} attester bob\n")
        self.start_with_verifier(self.rest_tls(tokens=str(tokens)))
        good = {"Authorization": "Bearer secret"}
        for path in ("/version", "/metrics"):
            connection = http.client.HTTPSConnection("localhost", self.gateway.port,
                                                     context=self.context(), timeout=20)
            connection.request("GET", path, headers=good)
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
        for headers in ({}, {"Authorization": "Bearer Secret"}, {"Authorization": "Basic secret"}):
            for path in ("/version", "/metrics"):
                status, problem = self.ask_tls(self.context(), headers, path)
                self.assertEqual((status, problem["code"]), (401, "unauthenticated"))
        other = {"Authorization": "Bearer other"}
        self.assertEqual(self.ask_tls(self.context(), other)[1]["code"], "forbidden")
        wait_until(lambda: self.ask_tls(self.context(), path="/readyz")[0] == 200)
        self.check_table({"operator": good, "attester": other})
        self.assertNotIn("ecret", self.gateway.log.read_text())

    def check_table(self, callers):
        """Every route against these roles and everybody else: the table of docs/rest.md."""
        challenge = ("POST", "/v1/challenges", {"attester", "relying-party"})
        appraise = ("POST", "/v1/appraisals", {"attester", "relying-party"})
        state = {"relying-party", "operator", "admin"}
        for method, path, may in (challenge, appraise, ("GET", "/metrics", state),
                                  ("GET", "/version", state)):
            for role, headers in {**callers, None: {}, "wrong": {"Authorization": "Bearer no"},
                                  "basic": {"Authorization": "Basic c2VjcmV0"}}.items():
                with self.subTest(path=path, role=role):
                    connection = http.client.HTTPSConnection(
                        "localhost", self.gateway.port, timeout=20, context=self.context())
                    connection.request(method, path, headers=headers)
                    status = connection.getresponse().status
                    connection.close()
                    if role not in callers:
                        self.assertEqual(status, 401)
                    elif role not in may:
                        self.assertEqual(status, 403)
                    else:
                        self.assertNotIn(status, (401, 403))

    # -- what was decided

    def test_the_audit_log_says_who_asked_and_what_was_decided(self):
        tokens, audit = self.folder / "audit-tokens", self.folder / "audit.log"
        tokens.write_text(f"{hashlib.sha256(b'secret').hexdigest()} attester alice\n"
                          f"{hashlib.sha256(b'other').hexdigest()} operator bob\n")
        self.start_with_verifier({"tokens": str(tokens)}, audit={"file": str(audit)},
                                 socket={"unix": str(self.folder / "audited")})
        self.wait_until_ready()
        for token, policy in (("secret", "strict"), ("secret", "error-untrusted"),
                              ("other", "strict"), ("wrong", "strict")):
            self.ask("POST", "/v1/appraisals", {**GOOD, "policy": policy},
                     {"Authorization": f"Bearer {token}"})
        with self.assertRaises(Refused):
            SocketDoor(self.folder / "audited", "json").ask("Measure", {})
        self.assertEqual(self.gateway.stop(), 0)
        lines = audit.read_text().splitlines()
        entries = [json.loads(line) for line in lines]
        me = f"uid {os.geteuid()}"
        self.assertEqual([(one["door"], one["caller"], one["action"], one["outcome"])
                          for one in entries], [
            ("rest", "token alice", "POST /v1/appraisals", "ok"),
            ("rest", "token alice", "POST /v1/appraisals", "untrusted"),
            ("rest", "token bob", "POST /v1/appraisals", "forbidden"),
            ("rest", "", "POST /v1/appraisals", "unauthenticated"),
            ("socket", me, "Measure", "missing")])
        previous = ""
        for number, (line, entry) in enumerate(zip(lines, entries), 1):
            self.assertEqual((entry["number"], entry["previous"]), (number, previous))
            previous = hashlib.sha256(line.encode()).hexdigest()
        log = self.gateway.log.read_text()
        self.assertIn(f"audit.closed lines=5 hash={previous}", log)
        for entry in entries:
            self.assertIn(f"request={entry['request']}", log)
        self.assertNotIn("secret", audit.read_text())
        audit.write_text("\n".join(lines[1:]) + "\n")
        done = self.run_gateway({"audit": {"file": str(audit)}, "rest": {"listen": "127.0.0.1:0"}})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("conflict: audit: line 1", done.stderr)

    # -- peers that come and go

    def test_a_peer_that_is_lost_fails_what_it_had_at_once_and_is_found_again(self):
        self.start_with_verifier()
        self.wait_until_ready()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            held = pool.submit(self.ask, "POST", "/v1/appraisals",
                               {**GOOD, "policy": "hold it for ever"})
            time.sleep(0.3)
            begun = time.monotonic()
            self.verifier.kill()
            self.check_problem(held.result(), 503, "unavailable")
            self.assertLess(time.monotonic() - begun, 2)
        answer = self.ask("POST", "/v1/appraisals", GOOD)
        self.check_problem(answer, 503, "unavailable", "none is connected")
        self.assertEqual(answer.headers["retry-after"], "1")
        self.verifier = self.start_peer("verifier", self.verifier.port)
        wait_until(lambda: self.ask("POST", "/v1/appraisals", GOOD).status == 200)

    def test_peers_may_start_later(self):
        port = free_port()
        gateway = self.start_gateway(provers=[f"127.0.0.1:{port}"])
        self.check_problem(self.ask("POST", "/v1/attestations", {"nonce": NONCE},
                                    port=gateway.port), 503, "unavailable")
        self.start_peer("prover", port)
        self.wait_until_ready(gateway)

    def test_a_peer_of_another_role_is_not_asked(self):
        port = free_port()
        gateway = self.start_gateway(verifiers=[f"127.0.0.1:{port}"])
        self.start_peer("prover", port)
        time.sleep(1)
        self.check_problem(self.ask("POST", "/v1/challenges", port=gateway.port), 503,
                           "unavailable")

    def test_requests_go_to_whoever_is_there(self):
        one, two = self.start_peer("verifier"), self.start_peer("verifier")
        self.gateway = self.start_gateway(verifiers=[f"127.0.0.1:{one.port}",
                                                     f"127.0.0.1:{two.port}"])
        wait_until(lambda: 'troth_peers_connected{peer="verifiers"} 2'
                   in self.ask("GET", "/metrics").body.decode())
        one.kill()
        lost = 0
        for _ in range(50):
            lost += self.ask("POST", "/v1/appraisals", GOOD).status != 200
        self.assertLessEqual(lost, 1)

    # -- stopping

    def test_a_stop_finishes_what_runs(self):
        self.start_with_verifier({"requestSeconds": 2})
        self.wait_until_ready()
        with Client(self.gateway.port) as idle, Client(self.gateway.port) as busy:
            idle.send(head("GET", "/healthz"))
            idle.answer()
            busy.send(post("/v1/appraisals", {**GOOD, "policy": "hold it for ever"}))
            time.sleep(0.3)
            self.gateway.process.send_signal(signal.SIGTERM)
            self.assertTrue(idle.is_closed())
            with self.assertRaises(ConnectionError):
                Client(self.gateway.port).answer()
            answer = busy.answer()
            self.check_problem(answer, 504, "timeout")
            self.assertEqual(answer.headers["connection"], "close")
        self.assertEqual(self.gateway.process.wait(10), 0)

    def test_a_stop_does_not_wait_for_ever(self):
        self.start_with_verifier(stopSeconds=1)
        self.wait_until_ready()
        with Client(self.gateway.port) as busy:
            busy.send(post("/v1/appraisals", {**GOOD, "policy": "hold it for ever"}))
            time.sleep(0.3)
            begun = time.monotonic()
            self.assertEqual(self.gateway.stop(), 0)
            self.assertLess(time.monotonic() - begun, 4)


if __name__ == "__main__":
    unittest.main()
