#!/usr/bin/env python3
"""Runs the real troth-pki, whose path is the argument: what it makes, refuses and says."""
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

PKI = sys.argv.pop()


def run(*arguments):
    """Runs it to its end."""
    return subprocess.run([PKI, *map(str, arguments)], capture_output=True, text=True, timeout=30)


class Pki(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name) / "pki"

    def good(self, *arguments):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def refused(self, code, text, *arguments):
        done = run(*arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(text, done.stderr)

    def issue(self, role, *more):
        return self.good("issue", "--dir", self.folder, "--role", role, "--name", f"{role}-1",
                         "--out", self.folder / role, *more)

    def test_help_and_version_exit_0(self):
        for arguments in (["--help"], ["init", "--help"], ["add-ca", "--help"], ["issue", "--help"],
                          ["renew", "--help"], ["show", "--help"]):
            self.assertIn("Usage: troth-pki", self.good(*arguments))
        self.assertRegex(self.good("--version"), r"^troth-pki \d+\.\d+\.\d+\n$")

    def test_a_wrong_command_line_exits_2(self):
        for arguments in ([], ["init"], ["bogus"], ["init", "--dir", self.folder, "--days", "0"],
                          ["issue", "--dir", self.folder], ["renew", "--dir", self.folder],
                          ["renew", "--dir", self.folder, "--ca", "tls-ca", "--out", "x"],
                          ["renew", "--dir", self.folder, "--ca", "tls-ca", "--new-key"]):
            with self.subTest(arguments):
                self.assertEqual(run(*arguments).returncode, 2)
        self.assertFalse(self.folder.exists())

    def test_init_makes_five_cas_once(self):
        self.good("init", "--dir", self.folder, "--organization", "Example")
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["ak-ca.key", "ak-ca.pem", "metadata-ca.key", "metadata-ca.pem",
                          "status-ca.key", "status-ca.pem", "tls-ca.key", "tls-ca.pem",
                          "tls-keys-ca.key", "tls-keys-ca.pem"])
        self.assertEqual(stat.S_IMODE(self.folder.stat().st_mode), 0o700)
        for key in self.folder.glob("*.key"):
            self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        self.assertIn("CN=Troth TLS CA,O=Example", self.good("show", self.folder / "tls-ca.pem"))
        self.refused(2, "conflict: ", "init", "--dir", self.folder)

    def test_a_folder_of_an_earlier_version_gets_the_ca_that_it_lacks(self):
        add = ["add-ca", "--dir", self.folder, "--ca", "status-ca"]
        self.refused(4, "not_found: ", *add)
        self.assertFalse(self.folder.exists())
        self.good("init", "--dir", self.folder, "--organization", "Example")
        self.refused(2, "conflict: ", *add)
        others = {file: file.read_bytes() for file in self.folder.glob("[!s]*-ca.*")}
        self.assertEqual(len(others), 8)
        for file in self.folder.glob("status-ca.*"):
            file.unlink()
        self.refused(4, "add-ca makes one", "issue", "--dir", self.folder, "--role",
                     "status-signer", "--name", "x", "--out", self.folder / "x")
        self.assertIn("status-ca.pem: CN=Troth status CA,O=Example,", self.good(*add))
        self.assertEqual(stat.S_IMODE((self.folder / "status-ca.key").stat().st_mode), 0o600)
        self.assertEqual(others, {file: file.read_bytes() for file in others})
        self.issue("status-signer")
        self.assertIn("status-signer: ", self.good("show", self.folder / "status-signer.pem"))
        self.refused(2, "unsupported: CA root-ca; there are tls-ca,", *add[:-1], "root-ca")

    def test_an_issued_certificate_is_shown_with_its_purpose(self):
        self.good("init", "--dir", self.folder)
        self.assertRegex(self.issue("verifier", "--dns", "localhost", "--ip", "127.0.0.1"),
                         r"verifier\.pem: CN=verifier-1,O=Troth, valid until \d{4}-")
        shown = self.good("show", self.folder / "verifier.pem")
        for text in ("VALID  CN=verifier-1,O=Troth", "verifier: shows a troth-verifier",
                     "localhost", "127.0.0.1", "urn:troth:role:verifier"):
            self.assertIn(text, shown)
        self.issue("metadata-signer", "--days", "1")
        self.assertIn("EXPIRES SOON", self.good("show", self.folder / "metadata-signer.pem"))

    def test_openssl_agrees(self):
        self.good("init", "--dir", self.folder)
        self.issue("verifier")
        for ca, code in (("tls-ca", 0), ("metadata-ca", 2)):
            for purpose in ("sslserver", "sslclient"):
                done = subprocess.run(
                    ["openssl", "verify", "-x509_strict", "-purpose", purpose,
                     "-CAfile", self.folder / f"{ca}.pem", self.folder / "verifier.pem"],
                    capture_output=True, check=False)
                self.assertEqual(done.returncode, code, done.stderr)

    def test_renewing_replaces_the_certificate_when_it_is_due(self):
        self.good("init", "--dir", self.folder)
        self.issue("prover", "--days", "20")
        file, key = self.folder / "prover.pem", self.folder / "prover.key"
        old, old_key = file.read_bytes(), key.read_bytes()
        renew = ["renew", "--dir", self.folder, "--out", self.folder / "prover"]
        self.good(*renew, "--within", "10")
        self.assertEqual(file.read_bytes(), old)
        self.good(*renew, "--within", "30")
        self.assertNotEqual(file.read_bytes(), old)
        self.assertEqual(key.read_bytes(), old_key)
        self.good(*renew, "--new-key")
        self.assertNotEqual(key.read_bytes(), old_key)
        self.good("renew", "--dir", self.folder, "--ca", "tls-ca")

    def test_refusals_exit_with_their_code(self):
        self.refused(4, "not_found: ", "show", self.folder / "none.pem")
        self.good("init", "--dir", self.folder)
        issue = ["issue", "--dir", self.folder, "--name", "x", "--out", self.folder / "x"]
        self.refused(2, "unsupported: role auditor; there are driver,", *issue, "--role", "auditor")
        self.refused(2, "malformed: ", *issue, "--role", "driver", "--ip", "nowhere")
        self.refused(2, "malformed: ", "show", self.folder / "tls-ca.key")
        self.issue("driver")
        self.refused(2, "conflict: ", *issue[:-1], self.folder / "driver", "--role", "driver")
        other = self.folder.with_name("other")
        self.good("init", "--dir", other)
        self.refused(5, "untrusted: ", "renew", "--dir", other, "--out", self.folder / "driver")


if __name__ == "__main__":
    unittest.main()
