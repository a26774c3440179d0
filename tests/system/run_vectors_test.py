#!/usr/bin/env python3
"""The runner of vectors counts what passed, what failed and what it has no code for.

    run_vectors_test.py ROOT PROGRAM
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop()
ROOT = pathlib.Path(sys.argv.pop())
GARBAGE = b"no event log"


def entry(**more):
    return {"id": "garbage", "files": {"eventlog": "log.bin"}, "time": None,
            "expected": {"must_not_crash": True}, **more}


class Runner(unittest.TestCase):
    def run_on(self, *entries, category="eventlog"):
        with tempfile.TemporaryDirectory() as folder:
            kind = pathlib.Path(folder, "deep", "down")
            kind.mkdir(parents=True)
            (kind / "log.bin").write_bytes(GARBAGE)
            (kind / "manifest.json").write_text(
                json.dumps({"category": category, "vectors": entries}))
            return subprocess.run([PROGRAM, folder], capture_output=True, text=True, timeout=60,
                                  check=False)

    def test_a_manifest_is_found_wherever_it_stands(self):
        done = self.run_on(entry())
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]),
                         (0, "1 passed, 0 failed, 0 skipped"))

    def test_a_file_of_another_hash_fails_its_entry(self):
        good = hashlib.sha256(GARBAGE).hexdigest()
        bad = hashlib.sha256(b"").hexdigest()
        done = self.run_on(entry(sha256={"log.bin": good}), entry(sha256={"log.bin": bad}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("failed eventlog/garbage", done.stdout)
        self.assertTrue(done.stdout.endswith("1 passed, 1 failed, 0 skipped\n"))

    def test_an_entry_without_what_it_must_have_fails_alone(self):
        done = self.run_on({"id": "hollow"}, entry())
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stdout.endswith("1 passed, 1 failed, 0 skipped\n"))

    def test_unknown_kinds_and_operations_are_skipped_by_name(self):
        done = self.run_on(entry(), category="tea-leaves")
        self.assertIn("skipped kind tea-leaves: 1", done.stdout)
        self.assertEqual(done.returncode, 1, "nothing was verified")
        done = self.run_on(entry(negative_variants=[{"id": "v", "op": "burn"}]))
        self.assertIn("skipped op.burn: 1", done.stdout)
        self.assertEqual(done.returncode, 0)

    def test_the_script_says_how_it_is_used(self):
        script = ROOT / "tests" / "run-vectors"
        for arguments, code in ([], 2), (["/nowhere"], 2), (["--help"], 0):
            done = subprocess.run([script, *arguments], capture_output=True, timeout=60,
                                  check=False)
            self.assertEqual(done.returncode, code)


if __name__ == "__main__":
    unittest.main()
