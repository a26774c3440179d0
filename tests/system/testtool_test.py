#!/usr/bin/env python3
"""Runs the real troth-testtool, whose path is the argument, against gateways played here."""
import base64
import contextlib
import http.server
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TESTTOOL = sys.argv.pop()
NONCE = bytes(range(32))
RESULT = {"version": "3.4.0", "type": "Attestation Result", "summary": {"status": "success"},
          "prover": {"hostname": "machine-1"}}


def run(*arguments, timeout=60):
    """Runs it to its end."""
    return subprocess.run([TESTTOOL, *map(str, arguments)], capture_output=True, timeout=timeout)


def result(status):
    return json.dumps(RESULT | {"summary": {"status": status}}).encode()


class Gateway(http.server.ThreadingHTTPServer):
    """Answers as `answers` say, by path: a list of (status, media type, body), the last one kept."""
    daemon_threads = True

    def __init__(self, port=0, **answers):
        super().__init__(("127.0.0.1", port), Handler)
        self.asked = []
        self.connections = []
        self.answers = {
            "challenges": [(201, "application/json", json.dumps(
                {"id": "c1", "nonce": base64.b64encode(NONCE).decode(),
                 "expires": "2026-11-24T10:00:00Z"}).encode())],
            "attestations": [(200, None, b"report")],
            "appraisals": [(200, "application/json", result("success"))],
        } | answers

    def die(self):
        """Ends as a killed process does: every connection is cut."""
        self.shutdown()
        self.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def next_answer(self, path):
        answers = self.answers[path.rsplit("/", 1)[-1]]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections.append(self.connection)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), json.loads(body)))
        answer = self.server.next_answer(self.path)
        if callable(answer):
            return answer(self)
        status, media_type, content = answer
        self.send_response(status)
        self.send_header("Content-Type", media_type or self.headers["Accept"])
        self.send_header("Content-Length", str(len(content)))
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def problem(status, code):
    return status, "application/problem+json", json.dumps(
        {"status": status, "code": code, "detail": "because"}).encode()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "report").write_bytes(b"a report")

    def play(self, context=None, **answers):
        """Starts a gateway. Returns it and its URL."""
        gateway = Gateway(**answers)
        if context:
            gateway.socket = context.wrap_socket(gateway.socket, server_side=True)
        thread = threading.Thread(target=gateway.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(gateway.die)
        scheme = "https" if context else "http"
        return gateway, f"{scheme}://127.0.0.1:{gateway.server_address[1]}"

    def generate(self, url, *arguments):
        return run("generate", "--gateway", url, "--nonce", NONCE.hex(), "--encoding", "json",
                   "--out", self.folder / "out", *arguments)

    def verify(self, url, *arguments):
        return run("verify", "--api", "rest", "--gateway", url, "--report", self.folder / "report",
                   *arguments)

    def assert_exit(self, done, code, said=""):
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        self.assertIn(said.encode(), done.stderr)


class CommandLine(Case):
    def test_bash_completes_commands_options_and_choices(self):
        script = run("--completion").stdout.decode()
        for words, wanted in ((["at"], ["attest"]), (["attest", "--gat"], ["--gateway"]),
                              (["attest", "--encoding", ""], ["cbor", "json"]),
                              (["attest", "--roots", ""], [])):
            typed = " ".join(f"'{each}'" for each in ("troth-testtool", *words))
            done = subprocess.run(
                ["bash", "-c", f"{script}\nCOMP_WORDS=({typed}); COMP_CWORD={len(words)}\n"
                 "_troth_testtool && printf '%s\\n' \"${COMPREPLY[@]}\""],
                capture_output=True, check=True, text=True)
            self.assertEqual(done.stdout.split(), wanted, words)

    def test_help_and_version_exit_0(self):
        for arguments in (["--help"], ["generate", "--help"], ["verify", "--help"],
                          ["attest", "--help"]):
            self.assertEqual(run(*arguments).returncode, 0)
        self.assertRegex(run("--version").stdout, rb"^troth-testtool \d+\.\d+\.\d+\n$")

    def test_wrong_usage_exits_2(self):
        report = self.folder / "report"
        verify = ["verify", "--report", report, "--api"]
        for arguments in (
                [], ["--bogus"], ["stray"], ["generate"],
                ["generate", "--gateway", "http://x", "--nonce", "", "--out", "x"],
                ["generate", "--gateway", "http://x", "--nonce", "abc", "--out", "x"],
                ["generate", "--gateway", "http://x", "--nonce", "ab", "--out", "x",
                 "--encoding", "xml"],
                ["generate", "--gateway", "ftp://x", "--nonce", "ab", "--out", "x"],
                ["generate", "--gateway", "not a url", "--nonce", "ab", "--out", "x"],
                [*verify, "lib", "--roots", "x"],
                [*verify, "lib", "--nonce", "ab"],
                [*verify, "lib", "--roots", report, "--nonce", "ab"],
                [*verify, "lib", "--roots", "x", "--nonce", "ab", "--nonce-file", "y"],
                [*verify, "lib", "--roots", "x", "--challenge", "c1"],
                [*verify, "rest", "--nonce", "ab"],
                [*verify, "rest", "--gateway", "http://x", "--nonce", "ab", "--policy", "./p"],
                [*verify, "rest", "--gateway", "http://x", "--nonce", "ab", "--ak-roots", "x"],
                [*verify, "rest", "--gateway", "http://x", "--nonce", "ab", "--status-roots", "x"],
                [*verify, "rest", "--gateway", "http://x", "--nonce", "ab", "--time", "today"],
                [*verify, "rest", "--gateway", "https://x", "--nonce", "ab", "--cert", "x"],
                ["attest", "--gateway", "http://x", "--count", "0"],
                ["attest", "--gateway", "http://x", "--interval", "1"],
                ["attest", "--gateway", "http://x", "--count", "2", "--interval", "nan"],
                ["attest", "--gateway", "http://x", "--count", "2", "--output", "cbor"]):
            with self.subTest(arguments):
                self.assert_exit(run(*arguments), 2)
        for commands in [], ["keys"]:
            self.assertIn(b"no such command: stray", run(*commands, "stray").stderr)

    def test_files_that_are_not_there_exit_4(self):
        missing = self.folder / "missing"
        self.assert_exit(run("verify", "--api", "lib", "--roots", missing, "--nonce", "ab",
                             "--report", self.folder / "report"), 4, "missing")
        _, url = self.play()
        self.assert_exit(self.verify(url, "--nonce-file", missing), 4, "missing")
        self.assert_exit(run("verify", "--api", "rest", "--gateway", url, "--nonce", "ab",
                             "--report", missing), 4, "missing")


class Generate(Case):
    def test_a_report_that_answers_a_nonce_is_written(self):
        gateway, url = self.play()
        self.assert_exit(self.generate(url), 0)
        self.assertEqual((self.folder / "out").read_bytes(), b"report")
        path, headers, body = gateway.asked[0]
        self.assertEqual(path, "/v1/attestations")
        self.assertEqual(body, {"nonce": base64.b64encode(NONCE).decode(), "encoding": "json"})
        self.assertEqual(headers["Accept"], "application/json")
        self.assertNotIn("Authorization", headers)

    def test_without_a_nonce_a_challenge_is_asked_for(self):
        gateway, url = self.play()
        done = run("generate", "--gateway", url, "--encoding", "cbor", "--out", self.folder / "out",
                   "--nonce-out", self.folder / "nonce")
        self.assert_exit(done, 0)
        self.assertIn(b"challenge c1\n", done.stdout)
        self.assertEqual((self.folder / "nonce").read_bytes(), NONCE)
        self.assertEqual([path for path, *_ in gateway.asked],
                         ["/v1/challenges", "/v1/attestations"])

    def test_a_token_goes_along_but_not_over_the_network_in_the_clear(self):
        token = self.folder / "token"
        token.write_text("sesame\n")
        gateway, url = self.play()
        self.assert_exit(self.generate(url, "--token-file", token), 0)
        self.assertEqual(gateway.asked[0][1]["Authorization"], "Bearer sesame")
        done = self.generate("http://gateway.invalid", "--token-file", token)
        self.assert_exit(done, 5, "https")
        self.assertNotIn(b"sesame", done.stderr + done.stdout)
        token.write_text("two words\n")
        self.assert_exit(self.generate(url, "--token-file", token), 2, "no token")

    def test_refusals_have_their_exit_codes_and_write_nothing(self):
        for answer, code in (((401, "text/plain", b""), 5), (problem(403, "forbidden"), 5),
                             (problem(404, "not_found"), 4), (problem(409, "conflict"), 4),
                             (problem(400, "malformed"), 2), (problem(503, "unavailable"), 4),
                             (problem(500, "internal"), 6), ((302, "text/html", b""), 4),
                             ((200, "text/html", b"<html>"), 4)):
            with self.subTest(answer):
                gateway, url = self.play(attestations=[answer])
                self.assert_exit(self.generate(url), code, "/v1/attestations")
                self.assertEqual(len(gateway.asked), 1)
                self.assertFalse((self.folder / "out").exists())

    def test_nobody_there_exits_4(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            self.assert_exit(self.generate(url), 4, "unavailable")


class Limits(Case):
    def test_an_answer_that_does_not_come_or_does_not_end_is_given_up(self):
        def never(_):
            time.sleep(20)

        def dripping(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(100):
                    handler.wfile.write(b"x")
                    time.sleep(0.2)

        for answer in (never, dripping):
            with self.subTest(answer.__name__):
                _, url = self.play(attestations=[answer])
                started = time.monotonic()
                self.assert_exit(self.generate(url, "--timeout", "1"), 4, "timeout")
                self.assertLess(time.monotonic() - started, 8)

    def test_an_answer_that_is_too_large_is_not_taken(self):
        def claiming(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(10**12))
            handler.end_headers()

        def chunked(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(80):
                    handler.wfile.write(b"100000\r\n" + bytes(0x100000) + b"\r\n")

        for answer in (claiming, chunked):
            with self.subTest(answer.__name__):
                _, url = self.play(attestations=[answer])
                self.assert_exit(self.generate(url), 4, "response")


class Tls(Case):
    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def make_ca(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
                     "-subj", f"/CN={name}")

    def make_certificate(self, ca, name, address):
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                     f"/CN={name}")
        (self.folder / "san").write_text(f"subjectAltName=IP:{address}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey",
                     f"{ca}.key", "-out", f"{name}.pem", "-days", "1", "-extfile", "san")

    def setUp(self):
        super().setUp()
        for ca in ("ca", "stranger"):
            self.make_ca(ca)
        self.make_certificate("ca", "server", "127.0.0.1")
        self.make_certificate("ca", "elsewhere", "127.0.0.2")
        self.make_certificate("ca", "client", "127.0.0.1")

    def context(self, name="server", client_ca=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        if client_ca:
            context.load_verify_locations(self.folder / f"{client_ca}.pem")
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def test_a_server_is_trusted_by_its_ca_and_name(self):
        _, url = self.play(self.context())
        self.assert_exit(self.generate(url, "--ca", self.folder / "ca.pem"), 0)
        self.assert_exit(self.generate(url, "--ca", self.folder / "stranger.pem"), 5)
        self.assert_exit(self.generate(url), 5)
        _, url = self.play(self.context("elsewhere"))
        self.assert_exit(self.generate(url, "--ca", self.folder / "ca.pem"), 5)

    def test_we_show_a_certificate_where_one_is_asked_for(self):
        _, url = self.play(self.context(client_ca="ca"))
        ca = ("--ca", self.folder / "ca.pem")
        mine = ("--cert", self.folder / "client.pem", "--key", self.folder / "client.key")
        self.assert_exit(self.generate(url, *ca, *mine), 0)
        refused = self.generate(url, *ca).returncode  # 4: the reset came before the alert was read
        self.assertIn(refused, (4, 5))
        self.assert_exit(self.generate(url, *ca, "--cert", self.folder / "client.pem", "--key",
                                       self.folder / "server.key"), 2)

    def test_tls_before_1_3_is_refused(self):
        context = self.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        _, url = self.play(context)
        self.assert_exit(self.generate(url, "--ca", self.folder / "ca.pem"), 4)


class Verify(Case):
    def test_the_verdict_is_the_exit_code(self):
        for status, code in (("success", 0), ("fail", 1), ("warn", 3), ("", 1), ("new", 1)):
            with self.subTest(status):
                _, url = self.play(appraisals=[(200, "application/json", result(status))])
                done = self.verify(url, "--nonce", NONCE.hex())
                self.assert_exit(done, code)
                self.assertIn(b"attestation of machine-1", done.stdout)

    def test_a_report_that_is_refused_has_failed(self):
        for status, code in ((409, "conflict"), (422, "bad_signature")):
            with self.subTest(code):
                _, url = self.play(appraisals=[problem(status, code)])
                self.assert_exit(self.verify(url, "--nonce", NONCE.hex()), 1, code)

    def test_scripts_get_the_result_as_it_came(self):
        _, url = self.play()
        done = self.verify(url, "--nonce", NONCE.hex(), "--output", "json")
        self.assertEqual(json.loads(done.stdout), RESULT)
        cbor = bytes.fromhex("a1 02 a1 66 737461747573 64 7761726e")  # {2: {"status": "warn"}}
        gateway, url = self.play(appraisals=[(200, "application/cbor", cbor)])
        done = self.verify(url, "--nonce", NONCE.hex(), "--output", "cbor")
        self.assert_exit(done, 3)
        self.assertEqual(done.stdout, cbor)
        self.assertEqual(gateway.asked[0][1]["Accept"], "application/cbor")

    def test_the_gateway_is_told_what_the_command_line_says(self):
        roots = self.folder / "roots.pem"
        roots.write_text("PEM")
        nonce = self.folder / "nonce"
        nonce.write_bytes(NONCE)
        report = base64.b64encode(b"a report").decode()
        asked = {"report": report, "nonce": base64.b64encode(NONCE).decode()}
        for arguments, body in (
                (["--nonce-file", nonce], asked),
                (["--challenge", "c1"], {"report": report, "challengeId": "c1"}),
                (["--nonce-file", nonce, "--roots", roots, "--time", "2026-11-24T10:00:00+00:00"],
                 asked | {"policy": "cmc-compat", "roots": "PEM",
                          "time": "2026-11-24T10:00:00.000000000Z"}),
                (["--nonce-file", nonce, "--roots", roots, "--policy", "default"],
                 asked | {"policy": "default", "roots": "PEM"})):
            with self.subTest(arguments):
                gateway, url = self.play()
                self.assert_exit(self.verify(url, *arguments), 0)
                self.assertEqual(gateway.asked[0][2], body)

    def test_a_refused_appraisal_is_a_failed_attestation(self):
        for answer, code in ((problem(409, "no_challenge"), 1), (problem(413, "too_large"), 1),
                             (problem(403, "forbidden"), 5), (problem(503, "unavailable"), 4),
                             (problem(400, "unknown_key"), 2)):
            with self.subTest(answer):
                _, url = self.play(appraisals=[answer])
                self.assert_exit(self.verify(url, "--challenge", "c1"), code, "because")

    def test_what_is_no_result_exits_4(self):
        _, url = self.play(appraisals=[(200, "application/json", b"[")])
        self.assert_exit(self.verify(url, "--nonce", NONCE.hex()), 4)


class Attest(Case):
    def test_a_round_is_challenge_report_and_appraisal(self):
        gateway, url = self.play()
        done = run("attest", "--gateway", url)
        self.assert_exit(done, 0)
        self.assertIn(b"SUCCESS", done.stdout)
        self.assertEqual([path for path, *_ in gateway.asked],
                         ["/v1/challenges", "/v1/attestations", "/v1/appraisals"])
        self.assertEqual(gateway.asked[2][2], {"report": base64.b64encode(b"report").decode(),
                                               "challengeId": "c1"})

    def test_the_machine_may_have_another_gateway(self):
        machine, machine_url = self.play()
        centre, url = self.play()
        self.assert_exit(run("attest", "--gateway", url, "--attester", machine_url), 0)
        self.assertEqual([path for path, *_ in machine.asked], ["/v1/attestations"])
        self.assertEqual([path for path, *_ in centre.asked], ["/v1/challenges", "/v1/appraisals"])

    def test_a_loop_goes_on_after_failures_and_sums_up(self):
        report = (200, None, b"report")
        _, url = self.play(
            attestations=[report, problem(503, "unavailable"), report, report],
            appraisals=[(200, "application/json", result(status))
                        for status in ("success", "fail", "success")])
        done = run("attest", "--gateway", url, "--count", "4", "--output", "json")
        self.assert_exit(done, 1)
        *rounds, total = map(json.loads, done.stdout.splitlines())
        self.assertEqual([each["outcome"] for each in rounds],
                         ["success", "unanswered", "fail", "success"])
        self.assertEqual(rounds[1]["code"], "unavailable")
        self.assertEqual(total, {"rounds": 4, "success": 2, "warn": 0, "fail": 1, "unanswered": 1})

    def test_a_loop_without_a_failed_attestation_ends_as_its_last_refusal(self):
        report = (200, None, b"report")
        _, url = self.play(attestations=[problem(503, "unavailable"), report])
        done = run("attest", "--gateway", url, "--count", "2", "--interval", "0.01")
        self.assert_exit(done, 4)
        self.assertTrue(done.stdout.endswith(
            b"2 rounds: 1 success, 0 warn, 0 fail, 1 unanswered\n"), done.stdout)


    def test_a_loop_goes_on_by_itself_once_a_killed_gateway_is_back(self):
        gateway, url = self.play()
        process = subprocess.Popen([TESTTOOL, "attest", "--gateway", url, "--count", "30",
                                    "--interval", "0.1", "--output", "json"],
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lines = [process.stdout.readline() for _ in range(5)]
        gateway.die()
        lines += [process.stdout.readline() for _ in range(5)]
        again = Gateway(port=gateway.server_address[1])
        threading.Thread(target=again.serve_forever, daemon=True).start()
        self.addCleanup(again.server_close)
        self.addCleanup(again.shutdown)
        lines += process.stdout.readlines()
        outcomes = [json.loads(line)["outcome"] for line in lines[:-1]]
        self.assertEqual(len(outcomes), 30)
        self.assertEqual(outcomes[:5], ["success"] * 5)
        self.assertIn("unanswered", outcomes[5:10])
        self.assertEqual(outcomes[12:], ["success"] * 18)


if __name__ == "__main__":
    unittest.main()
