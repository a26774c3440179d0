#!/usr/bin/env python3
"""troth-testtool with TLS keys of a machine, through every door of the real troth-gateway: it has
them made, manages them, and speaks TLS with them."""
import hashlib
import json
import pathlib
import re
import subprocess
import sys

TESTTOOL = sys.argv.pop()
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import unittest  # noqa: E402

from gateway import GatewayCase, free_port, wait_until  # noqa: E402

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ALGORITHMS = ("EC256", "EC384", "RSA2048", "RSA3072")


def run(*arguments):
    return subprocess.run([TESTTOOL, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, check=False)


class Keys(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        prover = cls.start_peer("prover")
        plain, other, path = free_port(), free_port(), cls.folder / "socket"
        tokens, token = cls.folder / "tokens", cls.folder / "token"
        tokens.write_text(f"{hashlib.sha256(b'secret').hexdigest()} key-user alice\n")
        token.write_text("secret\n")
        cls.gateway = cls.start_gateway(
            {"tokens": str(tokens)}, provers=[f"127.0.0.1:{prover.port}"],
            socket={"unix": str(path), "tcp": f"127.0.0.1:{plain}"},
            grpc={"listen": f"127.0.0.1:{other}"}, coap={"listen": f"127.0.0.1:{plain}"},
            loopback={"useKeys": True})
        cls.wait_until_ready(cls())
        cls.rest = ["--gateway", f"http://127.0.0.1:{cls.gateway.port}", "--token-file", token]
        cls.unix = ["--gateway", f"unix://{path}"]
        cls.doors = {"rest": cls.rest, "unix": cls.unix,
                     "tcp": ["--gateway", f"tcp://127.0.0.1:{plain}"],
                     "coap": ["--gateway", f"coap://127.0.0.1:{plain}"],
                     "grpc": ["--gateway", f"grpc://127.0.0.1:{other}"]}

    def each_door(self):
        for name, door in self.doors.items():
            with self.subTest(name):
                yield name, door

    def check(self, done, code=0, said=""):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(said, done.stderr)
        return done.stdout

    def enrol(self, door, *more):
        """@returns a new key's id, its certificate's file, and one of the CA above it."""
        out = self.folder / "made.pem"
        key = self.check(run("enroll-key", *door, "--out", out, "--cn", "device", "--dns",
                             "localhost", "--ip", "127.0.0.1", *more)).strip()
        self.assertRegex(key, f"^{UUID}$")
        blocks = re.findall(r"-----BEGIN.*?END CERTIFICATE-----\n", out.read_text(), re.S)
        self.assertEqual(len(blocks), 2)
        leaf, ca = self.folder / f"{key}.pem", self.folder / f"{key}-ca.pem"
        leaf.write_text(blocks[0])
        ca.write_text(blocks[1])
        return key, leaf, ca

    # -- keys

    def test_a_key_is_made_and_its_certificate_is_shown_at_every_door(self):
        for _, door in self.each_door():
            for kind in ("tpm", "sw"):
                key, leaf, _ = self.enrol(door, "--type", kind)
            shown = self.check(run("keys", "certificate", key, *door))
            self.assertTrue(shown.startswith(leaf.read_text()))
            self.check(run("keys", "certificate", key, *door, "--out", self.folder / "shown"))
            self.assertEqual((self.folder / "shown").read_text(), shown)
            text = subprocess.run(["openssl", "x509", "-in", leaf, "-noout", "-text"],
                                  capture_output=True, text=True, timeout=20, check=True).stdout
            for name in ("CN = device", "DNS:localhost", "IP Address:127.0.0.1"):
                self.assertIn(name, text)

    def test_keys_are_listed_rotated_and_deleted_over_rest(self):
        key, leaf, _ = self.enrol(self.rest)
        table = self.check(run("keys", "list", *self.rest)).splitlines()
        self.assertEqual(table[0].split(), ["ID", "TYPE", "ALGORITHM", "NAME", "OWNER", "UNTIL"])
        line = next(line for line in table if line.startswith(key))
        self.assertRegex(line, rf"^{key}  tpm   EC256 +device +token alice +20\d\d-")
        listed = json.loads(self.check(run("keys", "list", *self.rest, "--output", "json")))
        self.assertIn(key, [one["id"] for one in listed["keys"]])
        self.assertIn(key, self.check(run("keys", "rotate", key, *self.rest)))
        self.assertNotIn(leaf.read_text(),
                         self.check(run("keys", "certificate", key, *self.rest)))
        self.assertEqual(self.check(run("keys", "delete", key, *self.rest)), "")
        self.check(run("keys", "certificate", key, *self.rest), 4, "not_found: ")

    def test_what_an_api_does_not_have_is_said(self):
        for name, door in self.each_door():
            if name != "rest":
                for task in (("list",), ("rotate", "x"), ("delete", "x")):
                    done = run("keys", *task, *door)
                    self.assertNotEqual(done.returncode, 0)
                    self.assertIn("unsupported: this API", done.stderr)
                    self.assertIn("use REST", done.stderr)

    def test_command_lines_that_cannot_be(self):
        tls = ("--tls-roots", "roots", "--mode", "none")
        for arguments, said in (
                (("keys",), "subcommand"), (("keys", "rotate", *self.rest), "ID"),
                (("enroll-key",), "--gateway"),
                (("enroll-key", *self.rest, "--type", "snp"), "no such choice"),
                (("dial", "x:1", *tls, "--tls-key-id", "x"), "--gateway"),
                (("dial", "x:1", *tls, *self.unix, "--tls-key-id", "x", "--tls-cert", "c",
                  "--tls-key", "k"), "this, or --tls-cert")):
            self.check(run(*arguments), 2, said)
        self.check(run("enroll-key", *self.rest, "--algorithm", "DSA"), 2, "unsupported: ")
        self.check(run("enroll-key", *self.rest, "--cn", "error-unavailable"), 4, "unavailable: ")

    # -- TLS

    def listen(self, door, key, ca, *more):
        port = free_port()
        log = (self.folder / f"listen-{port}").open("w+")
        process = subprocess.Popen(
            [TESTTOOL, "listen", f"127.0.0.1:{port}", "--mode", "none", "--tls-roots", ca,
             "--tls-key-id", key, *door, *more], stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stdout.close(),
                                 log.close()))
        self.assertIn("listening on", process.stdout.readline(),
                      pathlib.Path(log.name).read_text())
        return f"127.0.0.1:{port}", pathlib.Path(log.name)

    def dial(self, where, door, key, ca):
        return run("dial", where, "--mode", "none", "--tls-roots", ca, "--tls-key-id", key, *door,
                   "--send", "hello")

    def test_both_sides_speak_with_keys_that_are_elsewhere(self):
        for name, door in self.each_door():
            for algorithm in ALGORITHMS if name == "unix" else ALGORITHMS[:1]:
                with self.subTest(algorithm):
                    key, _, ca = self.enrol(door, "--algorithm", algorithm)
                    where, _ = self.listen(door, key, ca)
                    for _ in range(2):
                        self.assertEqual(self.check(self.dial(where, door, key, ca)), "hello\n")

    def test_a_key_that_is_gone_or_another_ends_the_handshake_and_says_why(self):
        server, _, ca = self.enrol(self.rest)
        client, _, _ = self.enrol(self.unix)
        where, log = self.listen(self.rest, server, ca)
        self.assertEqual(self.check(self.dial(where, self.unix, client, ca)), "hello\n")
        self.check(run("keys", "rotate", server, *self.rest))
        self.assertNotEqual(self.dial(where, self.unix, client, ca).returncode, 0)
        wait_until(lambda: "bad_signature: " in log.read_text())
        for _ in range(2):  # the next handshake shows the new certificate
            self.assertEqual(self.check(self.dial(where, self.unix, client, ca)), "hello\n")
        self.check(run("keys", "delete", server, *self.rest))
        self.assertNotEqual(self.dial(where, self.unix, client, ca).returncode, 0)
        wait_until(lambda: f"not_found: the TLS key {server}: " in log.read_text())
        self.check(self.dial(where, self.rest, server, ca), 4,
                   f"not_found: the TLS key {server}: ")


if __name__ == "__main__":
    unittest.main()
