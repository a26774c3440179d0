#!/usr/bin/env python3
"""Signs metadata with keys in a software TPM. Arguments: the folder of the executables, the folder
of the sources. Exits 77, which is "skipped", where there is no software TPM."""
import pathlib
import shutil
import socket
import sys
import tempfile
import time
import unittest

BIN, SOURCE = map(pathlib.Path, sys.argv[1:3])
del sys.argv[1:3]
sys.path.insert(0, str(SOURCE / "deploy" / "demo.d"))
from processes import Process, free_ports, run  # noqa: E402

TOOL = BIN / "troth-metatool"
HANDLES = {"p256": "0x81010100", "p384": "0x81010101", "rsa2048": "0x81010102"}


class Signing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-metatool-tpm-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        port = free_ports(1, adjacent=2)[0]
        cls.tcti = f"swtpm:host=127.0.0.1,port={port}"
        run(SOURCE / "deploy/swtpm/setup", cls.folder / "tpm")
        tpm = Process("swtpm", [SOURCE / "deploy/swtpm/start", cls.folder / "tpm", port],
                      cls.folder / "swtpm.log")
        tpm.start()
        cls.addClassCleanup(tpm.kill)
        cls.wait_for(port)
        run(BIN / "troth-pki", "init", "--dir", cls.folder / "pki")
        (cls.folder / "password").write_text("a secret\n")
        (cls.folder / "extensions").write_text(
            "extendedKeyUsage=codeSigning\nbasicConstraints=critical,CA:FALSE\n"
            "keyUsage=critical,digitalSignature\nauthorityKeyIdentifier=keyid\n")
        for kind in HANDLES:
            cls.make_key(kind)
        run(TOOL, "create", "manifest", "--name", "os", "--out", cls.folder / "os.json")

    @classmethod
    def wait_for(cls, port):
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                assert time.monotonic() < end, "the software TPM does not come up"
                time.sleep(0.02)

    @classmethod
    def make_key(cls, kind):
        """Makes a key in the TPM, and a certificate for it."""
        password = ["--password-file", cls.folder / "password"] if kind == "p384" else []
        run(TOOL, "create", "key", "--tcti", cls.tcti, "--handle", HANDLES[kind], "--kind", kind,
            *password, "--out", cls.folder / f"{kind}.pub")
        pki = cls.folder / "pki"
        run("openssl", "x509", "-new", "-force_pubkey", cls.folder / f"{kind}.pub", "-subj",
            f"/CN={kind}", "-CA", pki / "metadata-ca.pem", "-CAkey", pki / "metadata-ca.key",
            "-days", "2", "-extfile", cls.folder / "extensions", "-out", cls.folder / f"{kind}.pem")

    def sign(self, *kinds, out="os.signed", form="jws", more=(), accepted=(0,)):
        keys = [word for kind in kinds for word in (
            "--key", f"tpm:{HANDLES[kind]}", "--certs", self.folder / f"{kind}.pem")]
        return run(TOOL, "sign", "--tcti", self.tcti, *keys, *more, "--in", self.folder / "os.json",
                   "--format", form, "--out", self.folder / out, accepted=accepted)

    def verify(self, signers, out="os.signed"):
        run(TOOL, "verify", self.folder / out, "--roots", self.folder / "pki/metadata-ca.pem",
            "--signers", signers)

    def test_keys_of_each_kind_sign_in_each_form(self):
        for form in ("jws", "cose"):
            for kind in ("p256", "rsa2048"):
                with self.subTest(form=form, kind=kind):
                    self.sign(kind, form=form)
                    self.verify(1)
        self.sign("rsa2048", more=("--rsa-padding", "pss"))
        self.verify(1)

    def test_keys_in_the_TPM_and_in_files_sign_together(self):
        run(BIN / "troth-pki", "issue", "--dir", self.folder / "pki", "--role", "metadata-signer",
            "--name", "filed", "--out", self.folder / "filed")
        self.sign("p256", "rsa2048", more=("--key", self.folder / "filed.key", "--certs",
                                           self.folder / "filed.pem"))
        self.verify(3)

    def test_a_key_with_a_password_signs_for_who_knows_it(self):
        self.sign("p384", more=("--tpm-password-file", self.folder / "password"))
        self.verify(1)
        (self.folder / "wrong").write_text("another\n")
        done = self.sign("p384", more=("--tpm-password-file", self.folder / "wrong"),
                         out="none", accepted=(2, 4, 5))
        self.assertIn("forbidden", done.stderr)
        self.assertFalse((self.folder / "none").exists())

    def test_what_cannot_be_done_is_said(self):
        for words, said in ((("--handle", "0x81010100"), "conflict"),
                            (("--handle", "0x01010100"), "malformed"),
                            (("--handle", "key"), "malformed")):
            done = run(TOOL, "create", "key", "--tcti", self.tcti, *words, "--out",
                       self.folder / "none", accepted=(2, 4))
            self.assertIn(said, done.stderr)
        for key, said in (("tpm:0x81010199", "not_found"), ("tpm:x", "malformed")):
            done = run(TOOL, "sign", "--tcti", self.tcti, "--key", key, "--certs",
                       self.folder / "p256.pem", "--in", self.folder / "os.json", "--format", "jws",
                       "--out", self.folder / "none", accepted=(2, 4))
            self.assertIn(said, done.stderr)
        done = run(TOOL, "sign", "--tcti", self.tcti, "--key", f"tpm:{HANDLES['p256']}", "--certs",
                   self.folder / "rsa2048.pem", "--in", self.folder / "os.json", "--format", "jws",
                   "--out", self.folder / "none", accepted=(2, 4))
        self.assertIn("conflict: the first certificate is not of the key", done.stderr)


if __name__ == "__main__":
    if not shutil.which("swtpm") or not shutil.which("swtpm_setup"):
        print("SKIPPED: no swtpm on this machine")
        sys.exit(77)
    unittest.main()
