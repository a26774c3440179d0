#!/usr/bin/env python3
"""troth-testtool through every door of the real troth-gateway: another URL, the same outcome."""
import pathlib
import subprocess
import sys

TESTTOOL = sys.argv.pop()
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import unittest  # noqa: E402

from gateway import MIB, GatewayCase, free_port  # noqa: E402


def run(*arguments):
    return subprocess.run([TESTTOOL, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, check=False)


class Doors(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        verifier, prover = cls.start_peer("verifier"), cls.start_peer("prover")
        plain, secure, path = free_port(), free_port(), cls.folder / "socket"
        other = free_port()
        folder = cls.pki.folder
        tls = {"certificate": str(folder / "gateway.pem"), "key": str(folder / "gateway.key"),
               "clientCa": str(folder / "tls-ca.pem")}
        cls.gateway = cls.start_gateway(
            {"clientRoles": ["urn:troth:role:prover=attester"]},
            verifiers=[f"127.0.0.1:{verifier.port}"], provers=[f"127.0.0.1:{prover.port}"],
            socket={"unix": str(path), "tcp": f"127.0.0.1:{plain}"},
            grpc={"listen": f"127.0.0.1:{other}"}, coap={"listen": f"127.0.0.1:{plain}"},
            coaps={"listen": f"127.0.0.1:{secure}", "tls": tls})
        cls.wait_until_ready(cls())
        cls.shown = ["--ca", folder / "tls-ca.pem", "--cert", folder / "prover.pem",
                     "--key", folder / "prover.key"]
        cls.urls = {"rest": f"http://127.0.0.1:{cls.gateway.port}", "unix": f"unix://{path}",
                    "tcp": f"tcp://127.0.0.1:{plain}", "coap": f"coap://127.0.0.1:{plain}",
                    "grpc": f"grpc://127.0.0.1:{other}", "coaps": f"coaps://localhost:{secure}"}

    def each_door(self):
        for name, url in self.urls.items():
            with self.subTest(name):
                yield ["--gateway", url, *(self.shown if name == "coaps" else [])]

    def test_a_report_is_written(self):
        for nonce, content in ((b"a nonce!", b"report for a nonce!"),
                               (b"large answer", b"x" * (3 * MIB))):
            for door in self.each_door():
                file = self.folder / "report"
                done = run("generate", *door, "--nonce", nonce.hex(), "--encoding", "cbor",
                           "--out", file)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(file.read_bytes(), content)

    def test_a_refusal_keeps_its_code(self):
        file = self.folder / "to-verify"
        file.write_bytes(b"\xa1" + bytes(100_000))
        for code in ("untrusted", "no_challenge", "unavailable", "internal"):
            exits = set()
            for door in self.each_door():
                done = run("verify", *door, "--report", file, "--nonce",
                           f"error-{code}".encode().hex())
                self.assertIn(f"troth-testtool: {code}: ", done.stderr)
                exits.add(done.returncode)
            self.assertEqual(len(exits), 1, exits)
            self.assertNotIn(0, exits)

    def test_the_reference_has_no_challenges(self):
        for door in self.each_door():
            done = run("generate", *door, "--out", self.folder / "challenged")
            self.assertEqual(done.returncode == 0, self.urls["rest"] in door, done.stderr)
            if done.returncode:
                self.assertIn("missing: --nonce", done.stderr)

    def test_what_a_door_cannot_be_asked_is_refused(self):
        for door in self.each_door():
            done = run("verify", *door, "--report", __file__, "--nonce", "00" * 8,
                       "--policy", "strict")
            self.assertEqual("unsupported" in done.stderr, self.urls["rest"] not in door)

    def test_urls_and_apis_that_do_not_fit(self):
        verify = ("verify", "--report", __file__, "--nonce", "00" * 8)
        for more, why in ((("--gateway", "ftp://x:1"), "not an http"),
                          (("--gateway", "x"), "not an http"),
                          (("--api", "grpc"), "needs a --gateway"),
                          (("--api", "grpc", "--gateway", "http://x"), "is of another")):
            done = run(*verify, *more)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(why, done.stderr)
        for url, code in (("tcp://127.0.0.1:1", "unavailable"), ("tcp://x", "malformed"),
                          ("unix:///none", "unavailable"), ("coap://x", "malformed"),
                          ("coaps://127.0.0.1:1", "missing"),
                          ("grpc://127.0.0.1:1", "unavailable")):
            with self.subTest(url):
                done = run(*verify, "--gateway", url, "--timeout", "3")
                self.assertIn(f"troth-testtool: {code}: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
