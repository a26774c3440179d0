#!/usr/bin/env python3
"""The demo tells its story and leaves nothing behind: demo_test.py ROOT."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()


class Demo(unittest.TestCase):
    def test_one_success_and_three_refusals_each_with_its_reason(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, ROOT / "deploy/demo.d/story.py", ROOT], text=True,
                                  capture_output=True, timeout=120, check=False,
                                  env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": folder})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])
        said = done.stdout
        self.assertEqual(said.count("SUCCESS  attestation of example-machine"), 1)
        self.assertEqual(said.count("FAIL  attestation of example-machine"), 3)
        reasons = [said.index(f"FAIL  {rule}, ")
                   for rule in ("context.nonce", "tpm.pcr_digest", "tpm.event")]
        self.assertEqual(reasons, sorted(reasons))

    def test_simulated_silicon_is_taken_where_it_may_be_and_refused_by_default(self):
        for anchor in ("snp", "sgx", "tdx"):
            with self.subTest(anchor=anchor), tempfile.TemporaryDirectory() as folder:
                done = subprocess.run([sys.executable, ROOT / "deploy/demo.d/story.py", ROOT,
                                       "--anchor", anchor], text=True, capture_output=True,
                                      timeout=120, check=False,
                                      env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                                           "TMPDIR": folder})
                said = done.stdout
                self.assertEqual(done.returncode, 0, said + done.stderr)
                self.assertEqual(said.count("SUCCESS  attestation of example-machine"), 1)
                self.assertEqual(said.count("FAIL  attestation of example-machine"), 2)
                self.assertIn(f"{anchor.upper()} Result", said)
                reasons = [said.index(f"FAIL  {rule}, ")
                           for rule in ("context.nonce", "evidence.simulated")]
                self.assertEqual(reasons, sorted(reasons))

    def test_an_unknown_option_exits_2(self):
        for options in (["--bogus"], ["--anchor"], ["--anchor", "tea"], ["--keep", "--bogus"]):
            done = subprocess.run([ROOT / "deploy/demo", *options], capture_output=True, timeout=30,
                                  check=False)
            self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
