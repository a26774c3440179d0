#!/usr/bin/env python3
"""Whoever stands between two attested programs gets nothing: atls_attacks_test.py ROOT.

The man in the middle is a program of its own, with a certificate that both sides take: what keeps
him out is the attestation alone.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from deployment import Deployment  # noqa: E402
from processes import run  # noqa: E402

SECRET = "the secret of the application"
NONCE = "context.nonce"
FORBIDDEN = "forbidden: aTLS request.attest: "


class ManInTheMiddle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-middle-")
        cls.addClassCleanup(folder.cleanup)
        cls.here = Deployment(pathlib.Path(folder.name) / "here", ROOT)
        cls.addClassCleanup(cls.here.close)
        cls.here.make_certificates()
        program = cls.here.folder / "program"
        shutil.copy("/bin/true", program)
        cls.here.make_logs([program])
        cls.here.make_metadata()
        cls.here.boot()
        cls.here.configure()
        cls.here.start()

    def side(self, name):
        files = self.here.tls(name)
        return ["--gateway", self.here.gateway_url, "--encoding", "json", "--timeout", "5",
                "--tls-roots", files["ca"], "--tls-cert", files["certificate"],
                "--tls-key", files["key"]]

    def begin(self, *command):
        """Starts a program that says where it listens."""
        started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(lambda: (started.kill(), started.communicate()))
        said = started.stdout.readline()
        self.assertTrue(said.startswith("listening on "), said or started.stderr.read())
        return started, said.split()[-1]

    def listen(self, *options):
        return self.begin(self.here.bin / "troth-testtool", "listen", "localhost:0", "--count", "1",
                          *self.side("gateway"), *options)

    def stand_between(self, attack, to=None):
        files = self.here.tls("est")
        return self.begin(sys.executable, ROOT / "tests/support/man_in_the_middle.py", attack,
                          "--ca", files["ca"], "--cert", files["certificate"],
                          "--key", files["key"], *(["--to", to] if to else []))

    def dial(self, address, *options, accepted=(1,)):
        return run(self.here.bin / "troth-testtool", "dial", address, "--send", SECRET,
                   *self.side("verifier"), *options, accepted=accepted)

    def attack(self, name, *options, to=None, accepted=(1,)):
        """Has somebody dial into the arms of the man in the middle, and returns what he says."""
        middle, address = self.stand_between(name, to)
        dialled = self.dial(address, *options, accepted=accepted)
        heard, complaint = middle.communicate(timeout=30)
        self.assertNotIn(SECRET, heard)
        self.assertEqual(complaint, "", "the attack did not come about")
        self.assertNotIn("SUCCESS", dialled.stdout)
        return dialled.stderr

    def attack_both(self, name, *options):
        listener, address = self.listen(*options)
        complaint = self.attack(name, *options, to=address)
        said, answer = listener.communicate(timeout=30)
        self.assertNotIn(SECRET, said)
        self.assertNotIn("SUCCESS", said)
        return complaint, answer

    def test_without_him_they_speak(self):
        _, address = self.listen()
        self.assertIn(SECRET, self.dial(address, accepted=(0,)).stdout)

    def test_a01_reports_of_two_other_connections_are_refused(self):
        for complaint in self.attack_both("relay"):
            self.assertIn(NONCE, complaint)

    def test_a01_another_good_machine_is_not_the_one_that_is_meant(self):
        listener, address = self.listen()
        refused = self.dial(address, "--signer", "another-machine TPM AK",
                            accepted=(5,))
        self.assertIn("untrusted", refused.stderr)
        self.assertIn("expected another-machine TPM AK", refused.stderr)
        self.assertNotIn(SECRET, listener.communicate(timeout=30)[0])
        _, address = self.listen()
        self.dial(address, "--signer", "example-machine TPM AK", accepted=(0,))

    def test_a02_our_own_report_is_not_the_peers(self):
        self.assertIn(NONCE, self.attack("reflect"))

    def test_a02_two_who_dial_are_not_two_sides(self):
        middle, address = self.stand_between("marry")
        others = [subprocess.Popen([self.here.bin / "troth-testtool", "dial", address, "--send",
                                    SECRET, *self.side("verifier")], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True) for _ in range(2)]
        for each in others:
            _, complaint = each.communicate(timeout=30)
            self.assertEqual(each.returncode, 1, complaint)
            self.assertIn(NONCE, complaint)
        self.assertNotIn(SECRET, middle.communicate(timeout=30)[0])

    def test_a03_an_older_tls_is_refused(self):
        middle, address = self.stand_between("old_tls")
        self.assertIn("protocol version", self.dial(address).stderr)
        self.assertIn("gave up", middle.communicate(timeout=30)[1])

    def test_a04_no_mode_is_lowered(self):
        for mode in ("mutual", "client", "server"):
            with self.subTest(mode):
                for complaint in self.attack_both("lower", "--mode", mode):
                    self.assertIn(FORBIDDEN, complaint)
                    self.assertIn("none", complaint)
                    self.assertIn(mode, complaint)

    def test_a04_a_report_that_is_left_out_is_missed(self):
        self.assertIn("missing: aTLS response", self.attack("empty"))
        self.assertIn("missing: aTLS response.report", self.attack("skip"))

    def test_a04_nobody_speaks_before_all_is_done(self):
        self.assertIn("too_large: aTLS message", self.attack("early"))

    def test_a04_a_success_with_an_error_is_neither(self):
        self.assertIn("malformed: aTLS complete", self.attack("both", "--mode", "none"))

    def test_a04_attesting_again_is_not_talked_away(self):
        for complaint in self.attack_both("strip", "--renew", "demanded"):
            self.assertIn("aTLS request: the peer cannot attest again", complaint)

    def test_a05_a_length_of_4_gib_is_refused(self):
        self.assertIn("too_large: aTLS message", self.attack("flood"))

    def test_a05_who_stalls_is_given_up(self):
        self.assertIn("timeout", self.attack("stall", accepted=(4,)))

    def test_a06_a_certificate_for_another_host_is_refused(self):
        listener, address = self.listen()
        port = address.rsplit(":", 1)[1]
        refused = self.dial(f"127.0.0.2:{port}", accepted=(4, 5))
        self.assertRegex(refused.stderr, "untrusted|unavailable")
        self.assertNotIn(SECRET, listener.stdout.read(0) or "")


if __name__ == "__main__":
    unittest.main()
