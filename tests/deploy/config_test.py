#!/usr/bin/env python3
"""Each example configuration is taken by the service it is for: config_test.py ROOT BIN."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop()).resolve()
ROOT = pathlib.Path(sys.argv.pop()).resolve()
FOLDERS = ["authority", "client", "driver-sw", "driver-tpm", "est", "gateway", "postgresql",
           "prover", "verifier"]


class Configurations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Makes what the configurations name, below a folder instead of the root."""
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="troth-config-"))
        cls.addClassCleanup(shutil.rmtree, cls.top)
        for name in FOLDERS:
            (cls.top / "pki" / name).mkdir(parents=True)
        subprocess.run([ROOT / "deploy/compose/pki", cls.top / "pki"], check=True, timeout=120,
                       stdout=subprocess.DEVNULL,
                       env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"})
        vendor = (cls.top / "pki/authority/ak-ca.pem").read_bytes()  # any CA's will do
        for name in ("machine/logs/ek-roots.pem", "etc/troth/ek-roots.pem"):
            (cls.top / name).parent.mkdir(parents=True)
            (cls.top / name).write_bytes(vendor)
        (cls.top / "etc/troth/pki").symlink_to(cls.top / "pki")

    def check(self, folder):
        files = sorted((ROOT / folder).glob("*.json"))
        self.assertEqual(len(files), 6)
        for file in files:
            text = file.read_text()
            for place in ("/pki/", "/machine/", "/metadata", "/etc/troth/", "/var/lib/troth"):
                text = text.replace(f'"{place}', f'"{self.top}{place}')
                text = text.replace(f"={place}", f"={self.top}{place}")
            text = re.sub(r'"groups": \[\s*"troth"\s*\]', f'"groups": ["{os.getgid()}"]', text)
            here = self.top / file.name
            here.write_text(text)
            program = BIN / f"troth-{file.stem.split('-')[0]}"
            done = subprocess.run([program, "--config", here, "--check-config"], text=True,
                                  capture_output=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 0, f"{file}: {done.stderr}")

    def test_those_for_one_machine(self):
        self.check("deploy/config")

    def test_those_for_containers(self):
        self.check("deploy/compose")


if __name__ == "__main__":
    unittest.main()
